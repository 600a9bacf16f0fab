#include "mix/mix.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "mix/pattern.h"

static size_t
bitset_size(uint32_t rows)
{
	return (size_t)rows / 8 + 1;
}

static bool
bit(const unsigned char *bits, uint32_t row)
{
	return bits[row / 8] >> (row % 8) & 1;
}

static void
rule_done(struct rule *rule)
{
	free((char *)rule->pub.text);
	free((char *)rule->pub.pattern);
	free((double *)rule->pub.set);
	free(rule->matches);
	*rule = (struct rule){.rows = 0};
}

static void *
duplicate(const void *data, size_t size)
{
	void *out = malloc(size ? size : 1);

	if (out)
		memcpy(out, data, size);
	return out;
}

static bool
rule_init(struct rule *rule, const struct ladle_rule *from, uint32_t k,
		const unsigned char *matches, size_t matches_size)
{
	rule->pub.skip = from->skip;
	rule->pub.text = strdup(from->text);
	rule->pub.pattern = strdup(from->pattern);
	rule->pub.set = duplicate(from->set, k * sizeof(double));
	rule->matches = duplicate(matches, matches_size);
	if (rule->pub.text && rule->pub.pattern && rule->pub.set && rule->matches)
		return true;
	rule_done(rule);
	return false;
}

enum ladle_status
ladle_mix_new(struct ladle_mix **out, uint32_t k, struct ladle_error *err)
{
	struct ladle_mix *mix = calloc(1, sizeof(*mix));

	if (mix)
		mix->faders = calloc(k + 1, sizeof(*mix->faders));
	if (!mix || !mix->faders) {
		free(mix);
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for a mix of %u", k);
	}
	mix->k = k;
	mix->normalised = true;
	for (uint32_t i = 0; i < k; i++)
		mix->faders[i].set = 1;
	*out = mix;
	return LADLE_OK;
}

void
ladle_mix_free(struct ladle_mix *mix)
{
	if (!mix)
		return;
	for (uint32_t i = 0; i < mix->rule_count; i++)
		rule_done(&mix->rules[i]);
	free(mix->rules);
	free(mix->faders);
	free(mix);
}

struct ladle_mix *
ladle_mix_copy(const struct ladle_mix *mix)
{
	struct ladle_mix *copy;

	if (ladle_mix_new(&copy, mix->k, NULL) != LADLE_OK)
		return NULL;
	copy->template_column = mix->template_column;
	copy->normalised = mix->normalised;
	memcpy(copy->faders, mix->faders, mix->k * sizeof(*mix->faders));
	copy->rules = calloc(mix->rule_count + 1, sizeof(*copy->rules));
	for (uint32_t i = 0; copy->rules && i < mix->rule_count; i++, copy->rule_count++) {
		struct rule *to = &copy->rules[i];
		const struct rule *from = &mix->rules[i];

		if (!rule_init(to, &from->pub, mix->k, from->matches, from->matches_size))
			break;
		to->rows = from->rows;
		to->matches_size = from->matches_size;
	}
	if (copy->rules && copy->rule_count == mix->rule_count)
		return copy;
	ladle_mix_free(copy);
	return NULL;
}

struct ladle_fader *
ladle_mix_fader(struct ladle_mix *mix, uint32_t column)
{
	assert(column < mix->k);
	return &mix->faders[column];
}

const struct ladle_fader *
ladle_mix_fader_const(const struct ladle_mix *mix, uint32_t column)
{
	assert(column < mix->k);
	return &mix->faders[column];
}

bool
ladle_mix_normalised(const struct ladle_mix *mix)
{
	return mix->normalised;
}

void
ladle_mix_set_normalised(struct ladle_mix *mix, bool on)
{
	mix->normalised = on;
}

uint32_t
ladle_mix_template(const struct ladle_mix *mix)
{
	return mix->template_column;
}

void
ladle_mix_set_template(struct ladle_mix *mix, uint32_t column)
{
	assert(column < mix->k);
	mix->template_column = column;
}

static enum ladle_status
match_rows(struct rule *rule, const struct ladle_table *table, const char *pattern_text,
		struct ladle_error *err)
{
	struct pattern *pattern;

	TRY(pattern_compile(&pattern, pattern_text, err));
	for (uint32_t row = 0; row < table->row_count; row++) {
		if (!pattern_matches(pattern, table, row))
			continue;
		rule->matches[row / 8] |= (unsigned char)(1 << row % 8);
		rule->rows++;
	}
	pattern_free(pattern);
	if (!rule->rows)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "%s matches no layer and no tensor",
				pattern_text);
	return LADLE_OK;
}

enum ladle_status
ladle_mix_add_rule(struct ladle_mix *mix, const struct ladle_table *table, const char *pattern,
		bool skip, const double *set, const char *text, struct ladle_error *err)
{
	const struct ladle_rule pub = {text, pattern, skip, set};
	size_t size = bitset_size(table->row_count);
	unsigned char *none = calloc(1, size);
	struct rule rule = {.matches_size = size};
	struct rule *rules = NULL;
	enum ladle_status status;

	if (none && rule_init(&rule, &pub, mix->k, none, size))
		rules = realloc(mix->rules, (mix->rule_count + 1) * sizeof(*rules));
	free(none);
	if (!rules) {
		rule_done(&rule);
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for a rule");
	}
	mix->rules = rules;
	status = match_rows(&rule, table, pattern, err);
	if (status != LADLE_OK) {
		rule_done(&rule);
		return status;
	}
	mix->rules[mix->rule_count++] = rule;
	return LADLE_OK;
}

uint32_t
ladle_mix_rule_count(const struct ladle_mix *mix)
{
	return mix->rule_count;
}

const struct ladle_rule *
ladle_mix_rule(const struct ladle_mix *mix, uint32_t rule)
{
	assert(rule < mix->rule_count);
	return &mix->rules[rule].pub;
}

uint32_t
ladle_mix_rule_rows(const struct ladle_mix *mix, uint32_t rule)
{
	assert(rule < mix->rule_count);
	return mix->rules[rule].rows;
}

void
ladle_mix_remove_rule(struct ladle_mix *mix, uint32_t rule)
{
	assert(rule < mix->rule_count);
	rule_done(&mix->rules[rule]);
	mix->rule_count--;
	memmove(&mix->rules[rule], &mix->rules[rule + 1],
			(mix->rule_count - rule) * sizeof(*mix->rules));
}

/* In the order in which numpy adds, so that the results are those of numpy.average to the bit: one
 * after the other up to seven, else eight running sums that are joined in pairs. */
static double
sum_of(const double *w, uint32_t k)
{
	uint32_t half = k / 2 / 8 * 8, whole = k / 8 * 8;
	double lane[8] = {0}, sum;

	if (k > 128)
		return sum_of(w, half) + sum_of(w + half, k - half);
	for (uint32_t i = 0; i < whole; i++)
		lane[i % 8] += w[i];
	sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
	      ((lane[4] + lane[5]) + (lane[6] + lane[7]));
	for (uint32_t i = whole; i < k; i++)
		sum += w[i];
	return sum;
}

double
ladle_mix_fader_weights(const struct ladle_mix *mix, double *w)
{
	bool solo = false;

	for (uint32_t i = 0; i < mix->k; i++)
		solo |= mix->faders[i].solo;
	for (uint32_t i = 0; i < mix->k; i++) {
		const struct ladle_fader *fader = &mix->faders[i];

		/* Solo wins over mute. */
		w[i] = (solo ? fader->solo : !fader->mute) ? fader->set : 0;
	}
	return sum_of(w, mix->k);
}

static uint32_t
last_rule(const struct ladle_mix *mix, uint32_t row)
{
	for (uint32_t i = mix->rule_count; i > 0; i--)
		if (row / 8 < mix->rules[i - 1].matches_size && bit(mix->rules[i - 1].matches, row))
			return i - 1;
	return LADLE_NONE;
}

/* All weight on the column that a copied row comes from: the template, or else the first that has
 * the row. */
static void
only_template(const struct ladle_mix *mix, const struct ladle_row *row, double *w)
{
	uint32_t from = mix->template_column;

	for (uint32_t i = 0; row->index[from] == LADLE_NONE && i < mix->k; i++)
		if (row->index[i] != LADLE_NONE)
			from = i;
	for (uint32_t i = 0; i < mix->k; i++)
		w[i] = i == from;
}

struct ladle_weights
ladle_mix_weights(const struct ladle_mix *mix, const struct ladle_table *table, uint32_t row,
		double *w)
{
	struct ladle_weights out = {LADLE_W_FADERS, last_rule(mix, row), 1};
	const struct ladle_rule *rule = out.rule == LADLE_NONE ? NULL : &mix->rules[out.rule].pub;
	double sum;

	if (!table->rows[row].averaged || (rule && rule->skip)) {
		out.source = rule && rule->skip ? LADLE_W_SKIPPED : LADLE_W_COPIED;
		only_template(mix, &table->rows[row], w);
		return out;
	}
	ladle_mix_fader_weights(mix, w);
	/* A rule's own number stands whatever the mixer mutes: it is about these rows. */
	for (uint32_t i = 0; rule && i < mix->k; i++)
		w[i] = isnan(rule->set[i]) ? w[i] : rule->set[i];
	sum = sum_of(w, mix->k);
	out.source = rule ? LADLE_W_RULE : LADLE_W_FADERS;
	out.sum = mix->normalised ? sum : 1;
	return out;
}

/* With S' the new sum, a locked fader of share s is set to s S'; the others keep what they had. */
enum ladle_status
ladle_mix_move(struct ladle_mix *mix, uint32_t column, double set, struct ladle_error *err)
{
	double before = 0, free_sum = set, locked = 0, after;

	assert(column < mix->k);
	if (mix->faders[column].lock)
		return ladle_fail(
				err, LADLE_E_USAGE, NULL, "this fader is locked; unlock it first");
	for (uint32_t i = 0; i < mix->k; i++) {
		before += mix->faders[i].set;
		if (mix->faders[i].lock)
			locked += mix->faders[i].set;
		else if (i != column)
			free_sum += mix->faders[i].set;
	}
	if (locked != 0 && (before <= 0 || locked >= before || free_sum <= 0))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"the locked faders hold %.4g of %.4g: nothing is left to move",
				locked, before);
	after = locked != 0 ? free_sum / (1 - locked / before) : 0;
	for (uint32_t i = 0; i < mix->k; i++)
		if (mix->faders[i].lock)
			mix->faders[i].set *= after / before;
	mix->faders[column].set = set;
	return LADLE_OK;
}
