/* Recurrent layers: the units of a cell come back to it, so that kernel, recurrent kernel and bias
 * move alike in the block of every gate. */
#include <string.h>

#include "align/rules.h"
#include "align/space.h"

/* Along the last axis a gate stands behind a gate. */
static void
describe_gates(struct call *call, uint32_t tensor, struct axis units)
{
	uint64_t extent = weight_extent(call, tensor, -1), each = axes_extent(units);

	weight_describe(call, tensor, -1,
			each > 0 && extent % each == 0
					? axes_scale(&call->find->axes, units, extent / each, 1)
					: units);
}

/* Weights of one role may be several, where gates are stored one by one. */
bool
cell_describe(struct call *call, struct axis in, struct axis *units)
{
	uint32_t recurrent = weight_find(call, "recurrent_kernel");

	if (recurrent == LADLE_NONE || weight_find(call, "kernel") == LADLE_NONE ||
			weight_rank(call, recurrent) < 2 ||
			!activation_is_known(&call->values, "activation") ||
			!activation_is_known(&call->values, "recurrent_activation"))
		return false;
	*units = axes_fresh(&call->find->axes, weight_extent(call, recurrent, -2));
	for (uint32_t t = call->first; t < call->first + call->count; t++) {
		const char *role = call->find->checkpoint->tensors[t].role;

		if (strcmp(role, "kernel") == 0)
			weight_describe(call, t, -2, in);
		else if (strcmp(role, "recurrent_kernel") == 0)
			weight_describe(call, t, -2, *units);
		else if (strcmp(role, "bias") != 0)
			continue;
		describe_gates(call, t, *units);
	}
	return true;
}

/* ---- what all have in common ---- */

/* All inputs but the first are states, by place or as initial_state. */
static bool
takes_states(struct call *call)
{
	for (uint32_t i = 0; i < call->input_count; i++)
		if (!call_names(call, i, "") && !call_names(call, i, "initial_state") &&
				!(i == 0 && (call_names(call, i, "sequences") ||
							    call_names(call, i, "inputs"))))
			return false;
	return call->input_count > 0;
}

static void
unite_states(struct call *call, struct value state)
{
	for (uint32_t i = 1; i < call->input_count; i++)
		value_unite(call->find, call->inputs[i], state);
}

/* The sequence, or its last step, and the states. `step` is what one step gives. */
static void
give_steps(struct call *call, struct axis time, struct value step, uint32_t states)
{
	struct value all = value_new(call->find, step.rank + 1);

	if (config_truth(&call->values, "return_sequences", false) && all.rank > 0) {
		all.axes[0] = time;
		for (int i = 0; i < step.rank; i++)
			all.axes[i + 1] = step.axes[i];
		call_give(call, all);
	} else {
		call_give(call, step);
	}
	if (config_truth(&call->values, "return_state", false))
		for (uint32_t i = 0; i < states; i++)
			call_give(call, step);
}

static struct value
step_of(struct call *call, struct axis units)
{
	struct value step = value_new(call->find, 1);

	if (step.rank == 1)
		step.axes[0] = units;
	return step;
}

static bool
open_sequence(struct call *call, int rank)
{
	if (!takes_states(call) || config_truth(&call->values, "time_major", false) ||
			!value_has_rank(call->find, &call->inputs[0], rank))
		return false;
	call_mix(call, call->inputs[0].axes[0]);
	return true;
}

void
rule_recurrent(struct call *call)
{
	struct axis units;
	struct value step;

	if (!open_sequence(call, 2) || !cell_describe(call, call->inputs[0].axes[1], &units)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	step = step_of(call, units);
	unite_states(call, step);
	give_steps(call, call->inputs[0].axes[0], step,
			strstr(call->layer->class_name, "LSTM") != NULL ? 2 : 1);
}

/* ---- cells in a layer ---- */

static const char *const cell_classes[] = {"SimpleRNNCell", "GRUCell", "LSTMCell"};

static uint32_t
states_of(const struct config_layer *cell)
{
	for (size_t i = 0; i < sizeof(cell_classes) / sizeof(cell_classes[0]); i++)
		if (strcmp(cell->class_name, cell_classes[i]) == 0)
			return i == 2 ? 2 : 1;
	return 0;
}

/* How many of the tensors from `first` on are this cell's: up to the kernel of the next one, gates
 * that are stored one by one apart. */
static uint32_t
tensors_of(const struct call *call, uint32_t first, bool last)
{
	const struct ladle_tensor *tensors = call->find->checkpoint->tensors;
	uint32_t end = call->first + call->count, at = first;
	bool recurrent = false;

	for (; at < end && !last; at++) {
		recurrent |= strcmp(tensors[at].role, "recurrent_kernel") == 0;
		if (recurrent && strcmp(tensors[at].role, "kernel") == 0)
			break;
	}
	return (last ? end : at) - first;
}

static bool
apply_cell(struct call *call, const struct config_layer *cell, uint32_t first, uint32_t count,
		struct axis in, struct axis *units)
{
	struct call inside = {.find = call->find, .layer = cell, .first = first, .count = count};
	bool known = states_of(cell) > 0 && config_values_open(&inside.values, cell->own) &&
		     cell_describe(&inside, in, units);

	config_values_close(&inside.values);
	return known;
}

/* One cell, or some above each other. */
void
rule_rnn_of_cells(struct call *call)
{
	const struct config_layer *first = call->layer->first_child, *cell = first;
	uint32_t at = call->first, states = 0, cells = 0;
	bool all = config_truth(&call->values, "return_state", false);
	struct axis units;
	bool known = first != NULL && open_sequence(call, 2);

	if (known && strcmp(first->class_name, "StackedRNNCells") == 0)
		cell = first->first_child;
	units = known ? call->inputs[0].axes[1] : (struct axis){NULL, 0};
	for (; known && cell != NULL; cell = cell->next) {
		uint32_t count = tensors_of(call, at, cell->next == NULL);

		known = apply_cell(call, cell, at, count, units, &units);
		if (known && all && first != cell) /* states come in an order that varies */
			call_mix(call, units);
		at += count;
		states += states_of(cell);
		cells++;
	}
	known = known && cells > 0 && (cells == 1 || call->input_count == 1);
	if (!known) {
		call_refuse(call, WHY_CALL);
		return;
	}
	unite_states(call, step_of(call, units));
	give_steps(call, call->inputs[0].axes[0], step_of(call, units), cells == 1 ? states : 0);
}

/* ---- convolutions in time ---- */

static bool
open_conv_lstm(struct call *call, uint32_t kernel, struct space *at)
{
	int space = space_of_class(call->layer->class_name);

	if (kernel == LADLE_NONE || weight_rank(call, kernel) != space + 2 ||
			!open_sequence(call, space + 2) ||
			(config_has(&call->values, "dim_ordering") &&
					call->layer->channels_first == 1))
		return false;
	return space_find(call, space, at);
}

void
rule_conv_lstm(struct call *call)
{
	uint32_t kernel = weight_find(call, "kernel");
	uint64_t stride[SPACE_MAX], dilation[SPACE_MAX];
	struct space at;
	struct axis units;
	struct value step;

	if (!open_conv_lstm(call, kernel, &at) ||
			!cell_describe(call, at.value.axes[at.channel], &units)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	space_read(call, space_strides, at.count, 1, stride);
	space_read(call, space_dilations, at.count, 1, dilation);
	for (int i = 0; i < at.count; i++)
		space_mix(call, &at, i,
				extent_windows(space_extent(&at, i),
						extent_dilated(weight_extent(call, kernel, i),
								dilation[i]),
						stride[i], space_padding(call)));
	at.value.axes[at.channel] = units;
	step = (struct value){.rank = at.value.rank - 1, .axes = at.value.axes + 1};
	unite_states(call, step);
	give_steps(call, at.value.axes[0], step, 2);
}
