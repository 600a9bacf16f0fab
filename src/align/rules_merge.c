/* Layers that take several tensors and give one. */
#include <string.h>

#include "align/rules.h"

void
rule_merge(struct call *call)
{
	struct value out;

	if (call->input_count < 1 || !call_takes(call, call->input_count)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	out = call->inputs[0];
	for (uint32_t i = 1; i < call->input_count; i++)
		out = value_unite(call->find, out, call->inputs[i]);
	call_give(call, out);
}

/* The same rank for all, and the place of the axis; -1 where that is not known. */
static int
line_up(struct call *call, long axis)
{
	int rank = 0, at = -1;

	for (uint32_t i = 0; i < call->input_count; i++)
		if (call->inputs[i].rank > rank)
			rank = call->inputs[i].rank;
	for (uint32_t i = 0; i < call->input_count; i++) {
		if (!value_reach(call->find, &call->inputs[i], rank))
			return -1;
		at = value_place(call->find, &call->inputs[i], axis);
		if (at < 0)
			return -1;
	}
	return at;
}

static struct axis
joined(struct call *call, int at)
{
	struct axis *list = finder_array(call->find, call->input_count, sizeof(*list));

	for (uint32_t i = 0; i < call->input_count && list != NULL; i++)
		list[i] = call->inputs[i].axes[at];
	return list == NULL ? axes_fixed(&call->find->axes, EXTENT_UNKNOWN)
			    : axes_join(&call->find->axes, list, call->input_count);
}

void
merge_along(struct call *call, long axis)
{
	int at = call->input_count == 0 ? -1 : line_up(call, axis);
	struct value out;

	if (at < 0 || !call_takes(call, call->input_count)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	out = value_copy(call->find, call->inputs[0]);
	for (uint32_t i = 1; i < call->input_count; i++) {
		out.open = out.open && call->inputs[i].open;
		for (int k = 0; k < out.rank; k++)
			if (k != at)
				axes_unite(&call->find->axes, out.axes[k], call->inputs[i].axes[k]);
	}
	if (at < out.rank)
		out.axes[at] = joined(call, at);
	call_give(call, out);
}

void
rule_concatenate(struct call *call)
{
	merge_along(call, config_integer(&call->values, "axis", -1));
}

/* Keras 1; of models, it lists them itself and is not followed. */
void
rule_old_merge(struct call *call)
{
	static const char *const modes[] = {"sum", "mul", "ave", "max"};
	const char *mode = config_string(&call->values, "mode", "");

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(mode, modes[i]) == 0 && !call->layer->is_model) {
			rule_merge(call);
			return;
		}
	if (strcmp(mode, "concat") == 0 && !call->layer->is_model)
		merge_along(call, config_integer(&call->values, "concat_axis", -1));
	else
		call_refuse(call, WHY_CALL);
}

/* The places of the axes that are summed over; one number stands for both. */
static bool
dot_places(struct call *call, int *at)
{
	long axes[2];
	int count = config_integers(&call->values, "axes", axes, 2);

	if (count < 1 || call->input_count != 2 || !call_takes(call, 2))
		return false;
	if (count == 1)
		axes[1] = axes[0];
	for (int i = 0; i < 2; i++) {
		at[i] = value_place(call->find, &call->inputs[i], axes[i]);
		if (at[i] < 0 || call->inputs[i].open)
			return false;
	}
	return true;
}

void
rule_dot(struct call *call)
{
	int at[2], count = 0;
	struct value out;

	if (!dot_places(call, at)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	axes_unite(&call->find->axes, call->inputs[0].axes[at[0]], call->inputs[1].axes[at[1]]);
	out = value_new(call->find, call->inputs[0].rank + call->inputs[1].rank);
	for (int k = 0; k < 2; k++)
		for (int i = 0; i < call->inputs[k].rank && out.axes != NULL; i++)
			if (i != at[k])
				out.axes[count++] = call->inputs[k].axes[i];
	if (count == 0 && out.axes != NULL)
		out.axes[count++] = axes_fixed(&call->find->axes, 1);
	out.rank = count;
	call_give(call, out);
}
