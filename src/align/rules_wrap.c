/* Layers around a layer. */
#include <string.h>

#include "align/rules.h"

static void
give_all(struct call *call, const struct call *inside)
{
	for (uint32_t i = 0; i < inside->output_count; i++)
		call_give(call, inside->outputs[i]);
}

void
rule_wrapper(struct call *call)
{
	const struct config_layer *layer = call->layer->first_child;
	struct call inside;

	if (layer == NULL || layer->next != NULL || !call_takes(call, call->input_count)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	inside = call_inside(
			call, layer, call->inputs, call->input_count, call->first, call->count);
	give_all(call, &inside);
}

/* ---- the same at every step ---- */

static struct value
without_time(struct value value)
{
	if (value.open || value.rank < 1)
		return value;
	value.axes++;
	value.rank--;
	return value;
}

static struct value
with_time(struct finder *find, struct value value, struct axis time)
{
	struct value out;

	if (value.open)
		return value;
	out = value_new(find, value.rank + 1);
	if (out.rank != value.rank + 1)
		return out;
	out.axes[0] = time;
	for (int i = 0; i < value.rank; i++)
		out.axes[i + 1] = value.axes[i];
	return out;
}

void
rule_time_distributed(struct call *call)
{
	const struct config_layer *layer = call->layer->first_child;
	struct finder *find = call->find;
	struct axis time = axes_fixed(&find->axes, EXTENT_UNKNOWN);
	struct call inside;
	struct value in;

	if (layer == NULL || layer->next != NULL || !call_takes(call, 1)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	in = call->inputs[0];
	if (!in.open && in.rank > 0)
		time = in.axes[0];
	in = without_time(in);
	inside = call_inside(call, layer, &in, 1, call->first, call->count);
	for (uint32_t i = 0; i < inside.output_count; i++)
		call_give(call, with_time(find, inside.outputs[i], time));
}

/* ---- both directions ---- */

struct directions {
	struct call *call;
	struct call way[2];
	uint32_t states; /* that come in, of one direction */
};

/* Each direction takes the input and its half of the states; its weights are half of all. */
static void
run_way(struct directions *both, int way, const struct config_layer *layer)
{
	struct call *call = both->call;
	struct value *inputs = finder_array(call->find, both->states + 1, sizeof(*inputs));
	uint32_t half = call->count / 2, first = call->first + (way == 1 ? half : 0);

	if (inputs == NULL)
		return;
	inputs[0] = call->inputs[0];
	for (uint32_t i = 0; i < both->states; i++)
		inputs[i + 1] = call->inputs[1 + (uint32_t)way * both->states + i];
	both->way[way] = call_inside(call, layer, inputs, both->states + 1, first, half);
}

static struct value
joined_ways(struct directions *both)
{
	struct finder *find = both->call->find;
	struct value a = both->way[0].outputs[0], b = both->way[1].outputs[0], out;
	struct axis ends[2];

	if (a.rank != b.rank || a.rank == 0)
		return value_unknown();
	ends[0] = a.axes[a.rank - 1];
	ends[1] = b.axes[b.rank - 1];
	for (int i = 0; i + 1 < a.rank; i++)
		axes_unite(&find->axes, a.axes[i], b.axes[i]);
	out = value_with_last(find, a, axes_join(&find->axes, ends, 2));
	return out;
}

static void
give_ways(struct directions *both)
{
	struct call *call = both->call;
	const char *mode = config_string(&call->values, "merge_mode", "concat");

	if (config_is_null(&call->values, "merge_mode")) {
		call_give(call, both->way[0].outputs[0]);
		call_give(call, both->way[1].outputs[0]);
	} else if (strcmp(mode, "concat") == 0) {
		call_give(call, joined_ways(both));
	} else {
		call_give(call, value_unite(call->find, both->way[0].outputs[0],
						both->way[1].outputs[0]));
	}
	for (int way = 0; way < 2; way++)
		for (uint32_t i = 1; i < both->way[way].output_count; i++)
			call_give(call, both->way[way].outputs[i]);
}

static const struct config_layer *
child_of(const struct config_layer *layer, const char *part)
{
	const struct config_layer *child = layer->first_child;

	while (child != NULL && strcmp(child->part, part) != 0)
		child = child->next;
	return child;
}

/* Tensors come forward first; a generator's state among them stands in both halves. */
void
rule_bidirectional(struct call *call)
{
	const struct config_layer *forward = child_of(call->layer, "layer");
	const struct config_layer *backward = child_of(call->layer, "backward_layer");
	struct directions both = {.call = call, .states = (call->input_count - 1) / 2};

	if (forward == NULL)
		forward = child_of(call->layer, "forward_layer");
	if (forward == NULL || call->input_count % 2 == 0 || call->count % 2 != 0 ||
			call->count == 0) {
		call_refuse(call, WHY_CALL);
		return;
	}
	run_way(&both, 0, forward);
	run_way(&both, 1, backward == NULL ? forward : backward);
	if (both.way[0].output_count == 0 || both.way[0].output_count != both.way[1].output_count)
		call_refuse(call, WHY_CALL);
	else
		give_ways(&both);
}
