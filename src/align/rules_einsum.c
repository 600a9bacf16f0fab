/* EinsumDense: what a letter of the equation means is told by where else it stands. */
#include <string.h>

#include "align/rules.h"

enum { EINSUM_MAX = 64 };

struct equation {
	char in[EINSUM_MAX], kernel[EINSUM_MAX], out[EINSUM_MAX]; /* without the dots */
	bool dots; /* in both input and output, at the start */
};

static bool
take_word(const char **text, const char *end, char *out)
{
	size_t length = (size_t)(strstr(*text, end) - *text);

	if (strstr(*text, end) == NULL || length >= EINSUM_MAX)
		return false;
	memcpy(out, *text, length);
	out[length] = '\0';
	*text += length + strlen(end);
	return true;
}

/* Letters stand once in each word. */
static bool
is_plain_word(const char *word)
{
	for (const char *c = word; *c != '\0'; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z')) ||
				strchr(c + 1, *c) != NULL)
			return false;
	return true;
}

static bool
skip_dots(char *word)
{
	bool dots = strncmp(word, "...", 3) == 0;

	if (dots)
		memmove(word, word + 3, strlen(word) - 2);
	return dots;
}

static bool
parse(struct equation *e, const char *text)
{
	bool in_dots, out_dots;

	if (strchr(text, ' ') != NULL || !take_word(&text, ",", e->in) ||
			!take_word(&text, "->", e->kernel) || strlen(text) >= EINSUM_MAX)
		return false;
	strcpy(e->out, text);
	in_dots = skip_dots(e->in);
	out_dots = skip_dots(e->out);
	e->dots = in_dots;
	return in_dots == out_dots && is_plain_word(e->in) && is_plain_word(e->kernel) &&
	       is_plain_word(e->out);
}

/* The first letter is the batch, unless dots stand for it. */
static bool
drop_batch(struct equation *e)
{
	if (e->dots)
		return true;
	if (e->in[0] == '\0' || e->in[0] != e->out[0] || strchr(e->kernel, e->in[0]) != NULL)
		return false;
	memmove(e->in, e->in + 1, strlen(e->in));
	memmove(e->out, e->out + 1, strlen(e->out));
	return true;
}

/* The axis that this letter has in what comes out. */
static struct axis
axis_of(struct call *call, const struct equation *e, char letter, struct value in, uint32_t kernel)
{
	const char *at = strchr(e->in, letter), *of = strchr(e->kernel, letter);

	if (at != NULL)
		return in.axes[in.rank - (int)strlen(at)];
	return axes_fresh(&call->find->axes,
			of == NULL ? EXTENT_UNKNOWN
				   : weight_extent(call, kernel, (int)(of - e->kernel)));
}

/* Input axes that dots stand for come out as they are. */
static struct value
output_of(struct call *call, const struct equation *e, struct value in, uint32_t kernel)
{
	int letters = (int)strlen(e->out), kept = e->dots ? in.rank - (int)strlen(e->in) : 0;
	struct value out = value_new(call->find, kept + letters);

	out.open = in.open;
	for (int i = 0; i < kept && out.rank > 0; i++)
		out.axes[i] = in.axes[i];
	for (int i = 0; i < letters && out.rank > 0; i++)
		out.axes[kept + i] = axis_of(call, e, e->out[i], in, kernel);
	return out;
}

static void
describe_kernel(struct call *call, const struct equation *e, struct value in, struct value out,
		uint32_t kernel)
{
	for (int i = 0; e->kernel[i] != '\0'; i++) {
		const char *from = strchr(e->in, e->kernel[i]), *to = strchr(e->out, e->kernel[i]);

		if (from != NULL)
			weight_describe(call, kernel, i, in.axes[in.rank - (int)strlen(from)]);
		else if (to != NULL)
			weight_describe(call, kernel, i, out.axes[out.rank - (int)strlen(to)]);
	}
}

/* Lined up at the end with what comes out; an axis that the bias has not is 1 long. */
static void
describe_bias(struct call *call, const struct equation *e, struct value out)
{
	const char *axes = config_string(&call->values, "bias_axes", "");
	uint32_t bias = weight_find(call, "bias");
	int rank = weight_rank(call, bias), letters = (int)strlen(e->out);

	weight_describe_fixed(call, bias);
	for (int i = 0; i < letters && i < rank; i++)
		if (strchr(axes, e->out[letters - 1 - i]) != NULL)
			weight_describe(call, bias, rank - 1 - i, out.axes[out.rank - 1 - i]);
}

void
rule_einsum_dense(struct call *call)
{
	uint32_t kernel = weight_find(call, "kernel");
	struct equation e;
	struct value *in = &call->inputs[0], out;

	if (!call_takes(call, 1) || kernel == LADLE_NONE ||
			!parse(&e, config_string(&call->values, "equation", "")) ||
			!drop_batch(&e) || (int)strlen(e.kernel) != weight_rank(call, kernel) ||
			!(e.dots ? value_reach(call->find, in, (int)strlen(e.in))
				 : value_has_rank(call->find, in, (int)strlen(e.in)))) {
		call_refuse(call, WHY_CALL);
		return;
	}
	out = output_of(call, &e, *in, kernel);
	if (out.axes == NULL)
		return;
	describe_kernel(call, &e, *in, out, kernel);
	describe_bias(call, &e, out);
	call_give(call, out);
	if (!activation_is_known(&call->values, "activation"))
		call_refuse(call, WHY_CALL);
}
