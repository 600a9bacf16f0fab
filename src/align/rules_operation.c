/* Operations that are called by themselves, of which a few are known. */
#include <string.h>

#include "align/rules.h"

enum kind { OF_ONE, OF_TWO, REDUCING, JOINING, NO_KIND };

static const struct operation {
	const char *class_name, *function;
	enum kind kind;
} operations[] = {
#define OPERATION(class_name, function, kind) {class_name, function, kind},
#include "align/operations.def"
};

static enum kind
kind_of(const struct call *call)
{
	bool keras = call->layer->is_operation;
	const char *name = keras ? call->layer->class_name
				 : config_string(&call->values, "function", "");

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (name[0] != '\0' && strcmp(name, keras ? operations[i].class_name
							  : operations[i].function) == 0)
			return operations[i].kind;
	return NO_KIND;
}

/* Shapes line up at the end, the batch with them: only where ranks are equal is that as it looks.
 */
static void
apply_to_two(struct call *call)
{
	struct value *in = call->inputs;

	if (call->input_count == 2 && (in[0].rank != in[1].rank || in[0].open != in[1].open)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	call_give(call, call->input_count == 2 ? value_unite(call->find, in[0], in[1]) : in[0]);
}

/* Axes in the config of Keras 3, among the arguments of TensorFlow. */
static int
axes_given(const struct call *call, const struct config_values *made, long *axes)
{
	int count = config_integers(&call->values, "axis", axes, LADLE_MAX_RANK);

	return count != 0 ? count : config_call_integers(made, "axis", axes, LADLE_MAX_RANK);
}

/* A sum or a mean does not depend on an order. */
static void
reduce(struct call *call, const struct config_values *made)
{
	bool kept = config_truth(&call->values, "keepdims", config_call_truth(made, "keepdims"));
	bool gone[LADLE_MAX_RANK + 1] = {false};
	long axes[LADLE_MAX_RANK];
	int count = axes_given(call, made, axes), rank = 0;
	struct value *in = &call->inputs[0], out;

	for (int i = 0; i < count; i++) {
		int at = value_place(call->find, in, axes[i]);

		if (at < 0 || in->rank > LADLE_MAX_RANK || in->open) {
			call_refuse(call, WHY_CALL);
			return;
		}
		gone[at] = true;
	}
	if (count < 1 || call->input_count != 1) {
		call_refuse(call, WHY_CALL);
		return;
	}
	out = value_new(call->find, in->rank);
	for (int i = 0; i < in->rank && out.axes != NULL; i++)
		if (!gone[i])
			out.axes[rank++] = in->axes[i];
		else if (kept)
			out.axes[rank++] = axes_fixed(&call->find->axes, 1);
	out.rank = rank;
	call_give(call, out);
}

static void
join(struct call *call, const struct config_values *made)
{
	long axes[LADLE_MAX_RANK];

	if (axes_given(call, made, axes) == 1 && axes[0] != 0)
		merge_along(call, axes[0]);
	else
		call_refuse(call, WHY_CALL);
}

static void
apply_kind(struct call *call, enum kind kind, const struct config_values *made)
{
	bool plain = config_call_is_plain(made);

	if (kind == REDUCING)
		reduce(call, made);
	else if (kind == JOINING)
		join(call, made);
	else if (kind == OF_TWO && plain && call->input_count <= 2)
		apply_to_two(call);
	else if (kind == OF_ONE && plain && call->input_count == 1)
		call_give(call, call->inputs[0]);
	else
		call_refuse(call, kind == NO_KIND ? WHY_CLASS : WHY_CALL);
}

/* Names of arguments are x and y here, and tensors in their order. */
void
rule_operation(struct call *call)
{
	struct config_values made = {.object = NULL};
	const struct config_call *as_made = call->made;

	if (as_made == NULL || !config_values_open(&made, as_made->own)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	call->made = NULL;
	apply_kind(call, kind_of(call), &made);
	call->made = as_made;
	config_values_close(&made);
}
