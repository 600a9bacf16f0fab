/* The walk through the graph: who gives what to whom, model by model. */
#include <string.h>

#include "align/finder.h"
#include "align/gauge.h"

static void
complain(struct call *call, enum why why)
{
	struct finder *find = call->find;
	struct complaint *one;

	if (find->complained[call->layer->index] != 0)
		return;
	find->complained[call->layer->index] = 1;
	one = finder_array(find, 1, sizeof(*one));
	if (one == NULL)
		return;
	one->reason = (struct axes_reason){why, call->layer->index};
	one->layer = find->layer_of[call->layer->index];
	*find->complaints_end = one;
	find->complaints_end = &one->next;
}

void
call_give(struct call *call, struct value value)
{
	struct value *outputs = finder_array(call->find, call->output_count + 1, sizeof(*outputs));

	if (outputs == NULL)
		return;
	if (call->output_count > 0)
		memcpy(outputs, call->outputs, call->output_count * sizeof(*outputs));
	outputs[call->output_count++] = value;
	call->outputs = outputs;
}

void
call_refuse(struct call *call, enum why why)
{
	struct axes *axes = &call->find->axes;
	struct axes_reason usual = axes->reason;

	axes->reason = (struct axes_reason){why, call->layer->index};
	for (uint32_t i = 0; i < call->input_count; i++)
		value_freeze(call->find, call->inputs[i]);
	for (uint32_t i = 0; i < call->output_count; i++)
		value_freeze(call->find, call->outputs[i]);
	axes->reason = usual;
	call->output_count = 0;
	call->unknown = true;
	complain(call, why);
}

void
call_mix(struct call *call, struct axis axis)
{
	struct axes *axes = &call->find->axes;
	struct axes_reason usual = axes->reason;

	axes->reason = (struct axes_reason){WHY_MIXED, call->layer->index};
	axes_freeze(axes, axis);
	axes->reason = usual;
}

static const char *
keyword_of(const struct call *call, uint32_t input)
{
	if (call->made == NULL || input >= call->made->count)
		return "";
	return call->made->inputs[input].keyword;
}

bool
call_names(const struct call *call, uint32_t input, const char *keyword)
{
	return strcmp(keyword_of(call, input), keyword) == 0;
}

bool
call_takes(struct call *call, uint32_t count)
{
	static const char *const usual[] = {
			"", "inputs", "input", "x", "sequence", "sequences", "input_tensor"};
	const size_t usual_count = sizeof(usual) / sizeof(usual[0]);

	for (uint32_t i = 0; i < call->input_count; i++) {
		size_t k = 0;

		while (k < usual_count && !call_names(call, i, usual[k]))
			k++;
		if (k == usual_count)
			return false;
	}
	return call->input_count == count;
}

/* The tensors of the layer itself, where it is a layer of the file. */
static void
find_weights(struct call *call)
{
	uint32_t layer = call->find->layer_of[call->layer->index];
	const struct ladle_layer *of;

	if (layer == LADLE_NONE)
		return;
	of = &call->find->checkpoint->layers[layer];
	call->first = of->first_tensor;
	call->count = of->tensor_count;
}

static void
apply(struct call *call)
{
	struct finder *find = call->find;
	struct axes_reason usual = find->axes.reason;

	find->axes.reason = (struct axes_reason){WHY_TIED, call->layer->index};
	if (find->calls_left == 0) {
		call_refuse(call, WHY_LOST);
	} else {
		find->calls_left--;
		config_values_open(&call->values, call->layer->own);
		rule_apply(call);
		gauge_note(call);
		config_values_close(&call->values);
	}
	find->axes.reason = usual;
}

struct call
call_inside(struct call *outer, const struct config_layer *layer, struct value *inputs,
		uint32_t input_count, uint32_t first, uint32_t count)
{
	struct call call = {.find = outer->find,
			.layer = layer,
			.first = first,
			.count = count,
			.inputs = inputs,
			.input_count = input_count};

	apply(&call);
	if (call.unknown)
		outer->unknown = true;
	return call;
}

/* ---- one model ---- */

struct walk {
	struct call *call; /* of the model; NULL inputs: the root */
	const struct graph_model *model;
	struct call *calls; /* [nodes] */
};

static struct value
value_at(const struct walk *walk, struct graph_edge edge)
{
	const struct call *from = &walk->calls[edge.node];

	return edge.output < from->output_count ? from->outputs[edge.output] : value_unknown();
}

/* What an InputLayer, or the first layer of a Sequential model, is told about its shape. */
static struct value
shape_told(struct finder *find, const struct config_layer *layer)
{
	static const char *const keys[] = {"batch_shape", "batch_input_shape", "build_input_shape"};
	struct value value = value_unknown();
	struct config_values values;
	bool found = false;

	config_values_open(&values, layer->own);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !found; i++)
		found = value_of_shape(find, &values, keys[i], &value);
	config_values_close(&values);
	return value;
}

static struct value
own_input(const struct walk *walk, const struct config_layer *layer)
{
	struct value value = shape_told(walk->call->find, layer);

	if (value.open && value.rank == 0)
		value = shape_told(walk->call->find, walk->model->model);
	return value;
}

/* Which input of the model's call comes in at this node; LADLE_NONE: unclear. A dict is passed by
 * the names of input layers. */
static uint32_t
bound_input(const struct walk *walk, const struct graph_node *node)
{
	const struct config_layer *model = walk->model->model;
	const struct call *call = walk->call;
	bool named = call->input_count > 1 && !call_takes(walk->call, call->input_count);

	if (model->input_count == 0)
		return call->input_count == 1 ? 0 : LADLE_NONE;
	if (model->input_count != call->input_count)
		return LADLE_NONE;
	for (uint32_t i = 0; i < model->input_count; i++) {
		if (strcmp(model->model_inputs[i].layer, node->layer->name) != 0)
			continue;
		for (uint32_t k = 0; named && k < call->input_count; k++)
			if (call_names(call, k, node->layer->name) ||
					call_names(call, k, model->model_inputs[i].keyword))
				return k;
		return named ? LADLE_NONE : i;
	}
	return LADLE_NONE;
}

/* A node that takes nothing: the input itself, or a layer that takes the input. */
static bool
take_input(struct walk *walk, const struct graph_node *node, struct value *out)
{
	uint32_t bound;

	if (walk->call->inputs == NULL) {
		*out = own_input(walk, node->layer);
		return true;
	}
	bound = bound_input(walk, node);
	if (bound == LADLE_NONE)
		return false;
	*out = walk->call->inputs[bound];
	if (out->open && out->rank == 0)
		*out = own_input(walk, node->layer);
	return true;
}

static bool
is_input(const struct config_layer *layer)
{
	return strcmp(layer->class_name, "InputLayer") == 0;
}

static bool
is_mask(const struct call *call, uint32_t input)
{
	return call_names(call, input, "mask");
}

/* What a mask tells apart stays in its order. */
static void
mix_masked(struct call *call, struct value mask)
{
	for (uint32_t i = 0; i < call->input_count; i++) {
		struct value *in = &call->inputs[i];
		int count = mask.open || mask.rank > in->rank ? in->rank : mask.rank;

		for (int k = 0; k < count; k++)
			call_mix(call, in->axes[k]);
	}
}

/* Keras 3 lists the mask that it hands on among the arguments: the rules see a call without it. */
static void
drop_masks(struct call *call)
{
	struct config_call *made = finder_array(call->find, 1, sizeof(*made));
	struct value mask = {.open = false};
	uint32_t count = 0;

	if (made == NULL)
		return;
	*made = (struct config_call){.own = call->made->own};
	made->inputs = finder_array(call->find, call->input_count, sizeof(*made->inputs));
	for (uint32_t i = 0; i < call->input_count && made->inputs != NULL; i++) {
		if (is_mask(call, i)) {
			mask = call->inputs[i];
			value_freeze(call->find, mask);
			continue;
		}
		made->inputs[count] = call->made->inputs[i];
		call->inputs[count++] = call->inputs[i];
	}
	made->count = count;
	call->made = made;
	call->input_count = count;
	mix_masked(call, mask);
}

static bool
has_mask(const struct call *call)
{
	bool found = false;

	if (call->layer->is_operation || strcmp(call->layer->class_name, "TFOpLambda") == 0)
		return false;
	for (uint32_t i = 0; i < call->input_count; i++)
		found |= is_mask(call, i);
	return found;
}

static void
walk_node(struct walk *walk, uint32_t number)
{
	const struct graph_node *node = &walk->model->nodes[number];
	struct call *call = &walk->calls[number];
	uint32_t listed = node->call < node->layer->call_count
					  ? node->layer->calls[node->call].count
					  : node->input_count;
	bool source = node->input_count == 0;

	*call = (struct call){.find = walk->call->find,
			.layer = node->layer,
			.input_count = source ? 1 : node->input_count};
	call->inputs = finder_array(call->find, call->input_count, sizeof(*call->inputs));
	if (call->inputs == NULL)
		return;
	if (node->call < node->layer->call_count)
		call->made = &node->layer->calls[node->call];
	for (uint32_t i = 0; i < node->input_count; i++) {
		call->inputs[i] = value_at(walk, node->inputs[i]);
		if (call->made != NULL && i < call->made->count)
			call->inputs[i] = value_as_told(
					call->find, call->inputs[i], &call->made->inputs[i]);
	}
	find_weights(call);
	if (has_mask(call))
		drop_masks(call);
	if (listed != node->input_count || (source && !take_input(walk, node, &call->inputs[0])))
		call_refuse(call, WHY_LOST);
	else if (source && is_input(node->layer))
		call_give(call, call->inputs[0]);
	else
		apply(call);
}

/* False where the model's outputs are not those that its config lists. */
static bool
walk_nodes(struct walk *walk)
{
	const struct graph_model *model = walk->model;
	struct finder *find = walk->call->find;

	walk->calls = finder_array(find, model->node_count + 1, sizeof(*walk->calls));
	for (uint32_t i = 0; i < model->node_count && walk->calls != NULL && !find->failed; i++)
		walk_node(walk, i);
	return walk->calls != NULL && model->output_count > 0 &&
	       (model->model->output_count == 0 ||
			       model->model->output_count == model->output_count);
}

static void
freeze_all(struct walk *walk)
{
	for (uint32_t i = 0; walk->calls != NULL && i < walk->model->node_count; i++)
		for (uint32_t k = 0; k < walk->calls[i].output_count; k++)
			value_freeze(walk->call->find, walk->calls[i].outputs[k]);
}

static bool
is_model(const struct config_layer *layer)
{
	const struct class_row *row = class_find(layer->class_name);

	return layer->is_model && row != NULL && row->kind == CLASS_MODEL;
}

void
walk_model(struct call *call)
{
	struct finder *find = call->find;
	struct walk walk = {.call = call, .model = find->graph->models[call->layer->index]};

	if (walk.model == NULL || !is_model(call->layer)) {
		call_refuse(call, walk.model == NULL ? WHY_LOST : WHY_CLASS);
		return;
	}
	if (!walk_nodes(&walk)) {
		find->axes.reason = (struct axes_reason){WHY_LOST, call->layer->index};
		freeze_all(&walk);
		call_refuse(call, WHY_LOST);
		return;
	}
	for (uint32_t i = 0; i < walk.model->output_count; i++)
		call_give(call, value_at(&walk, walk.model->outputs[i]));
}

void
walk_root(struct finder *find)
{
	struct call root = {.find = find, .layer = find->graph->config.model};

	walk_model(&root);
	find->axes.reason = (struct axes_reason){WHY_END, root.layer->index};
	for (uint32_t i = 0; i < root.output_count; i++)
		value_freeze(find, root.outputs[i]);
}
