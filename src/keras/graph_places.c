/* Where a layer stands, as hashes: equal ones in two models are the same place. */
#include "keras/graph.h"

#include <string.h>

#include "base/hash.h"
#include "file/limits.h"

struct placing {
	const struct ladle_graph *graph;
	enum graph_view view;
	const uint64_t *weights;  /* [layers] */
	struct graph_place *out;  /* [layers] */
	uint64_t *inside;         /* [layers] of a model: hash of its structure */
	uint64_t *own;            /* [layers] own_hash, 0: not asked for yet */
	bool *weighted;           /* [layers] has weights, or has layers that have */
	uint64_t *before, *after; /* [nodes of one model] */
	uint64_t *from;           /* the same: what takes this, so far */
};

static uint64_t
mix(uint64_t a, uint64_t b)
{
	const uint64_t both[2] = {a, b};

	return hash_bytes(both, sizeof(both), 0);
}

bool
graph_commutes(const struct config_layer *layer)
{
	static const char *const classes[] = {
			"Add", "Average", "Maximum", "Minimum", "Multiply", "Merge"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(layer->class_name, classes[i]) == 0)
			return true;
	return false;
}

static bool
is_loose(const struct placing *all)
{
	return all->view == GRAPH_LOOSE || all->view == GRAPH_LOOSE_ORDER;
}

static bool
is_ordered(const struct placing *all, const struct config_layer *layer)
{
	if (all->view == GRAPH_EXACT_ORDER || all->view == GRAPH_LOOSE_ORDER)
		return true;
	return !graph_commutes(layer);
}

/* A loose view knows of layers without weights only that ways meet there. */
static bool
is_unseen(const struct placing *all, const struct config_layer *layer)
{
	return is_loose(all) && !all->weighted[layer->index];
}

static bool
is_passed(const struct placing *all, const struct graph_node *node)
{
	return is_unseen(all, node->layer) && node->input_count <= 1;
}

static uint64_t own_hash(const struct placing *, const struct config_layer *);

static uint64_t
find_own_hash(const struct placing *all, const struct config_layer *layer)
{
	uint64_t hash = mix(all->weights[layer->index], all->inside[layer->index]);

	if (is_unseen(all, layer))
		return 0;
	if (!layer->is_model)
		hash = mix(hash, all->graph->classes[layer->index]);
	/* The first of what it wraps: Keras 3 names the backward layer of Bidirectional too. */
	if (!layer->is_model && layer->first_child != NULL)
		hash = mix(hash, own_hash(all, layer->first_child));
	return hash;
}

/* What a call is by itself. A wrapper counts with what it wraps. Remembered, since a layer that
 * holds many may be called as often. */
static uint64_t
own_hash(const struct placing *all, const struct config_layer *layer)
{
	uint64_t *known = &all->own[layer->index];

	if (*known == 0)
		*known = find_own_hash(all, layer);
	return *known;
}

/* Inputs are told apart by their place in the model's list. */
static uint64_t
input_hash(const struct graph_model *model, const struct graph_node *node)
{
	for (uint32_t i = 0; i < model->model->input_count && i < GRAPH_MAX_INPUTS; i++)
		if (strcmp(model->model->model_inputs[i].layer, node->layer->name) == 0)
			return i;
	return 0;
}

static uint64_t
before_input(const struct placing *all, const struct graph_model *model,
		const struct graph_node *node, uint32_t input)
{
	const struct graph_edge *edge;
	uint64_t from;

	if (node->input_count == 0)
		return input_hash(model, node);
	edge = &node->inputs[input];
	from = all->before[edge->node];
	return edge->output == 0 ? from : mix(from, edge->output);
}

/* A layer without input, as a Sequential model may begin with, takes the model's. */
static void
walk_down(struct placing *all, const struct graph_model *model)
{
	for (uint32_t n = 0; n < model->node_count; n++) {
		const struct graph_node *node = &model->nodes[n];
		bool ordered = is_ordered(all, node->layer);
		uint64_t sum = mix(before_input(all, model, node, 0), 0);

		if (is_passed(all, node)) {
			all->before[n] = before_input(all, model, node, 0);
			continue;
		}
		for (uint32_t e = 1; e < node->input_count; e++)
			sum += mix(before_input(all, model, node, e), ordered ? e : 0);
		all->before[n] = mix(own_hash(all, node->layer), sum);
	}
}

static void
walk_up(struct placing *all, const struct graph_model *model)
{
	memset(all->from, 0, model->node_count * sizeof(*all->from));
	for (uint32_t o = 0; o < model->output_count; o++)
		all->from[model->outputs[o].node] += mix(o + 1, model->outputs[o].output);
	for (uint32_t n = model->node_count; n-- > 0;) {
		const struct graph_node *node = &model->nodes[n];
		bool ordered = is_ordered(all, node->layer);

		all->after[n] = mix(own_hash(all, node->layer), all->from[n]);
		for (uint32_t e = 0; e < node->input_count; e++) {
			const struct graph_edge *edge = &node->inputs[e];
			uint64_t taken = is_passed(all, node) ? all->from[n]
							      : mix(all->after[n], ordered ? e : 0);

			all->from[edge->node] +=
					edge->output == 0 ? taken : mix(taken, edge->output);
		}
	}
}

/* A layer that is called twice stands at both places. */
static void
collect(struct placing *all, const struct graph_model *model)
{
	uint64_t inside = 0;

	for (uint32_t n = 0; n < model->node_count; n++) {
		struct graph_place *place = &all->out[model->nodes[n].layer->index];

		place->before += mix(all->before[n], 2);
		place->after += mix(all->after[n], 3);
		if (!is_passed(all, &model->nodes[n]))
			inside += mix(all->before[n], all->after[n]);
	}
	all->inside[model->model->index] = mix(inside, 4);
}

static void
place_model(struct placing *all, const struct graph_model *model)
{
	walk_down(all, model);
	walk_up(all, model);
	collect(all, model);
}

/* What stands inside another layer stands where that one does. */
static void
place_inner(struct placing *all)
{
	const struct config *config = &all->graph->config;

	for (uint32_t i = 1; i <= config->layer_count; i++) {
		const struct config_layer *layer = config->layers[i];
		const struct graph_place *outer = &all->out[layer->parent->index];
		struct graph_place *own = &all->out[i];

		if (!layer->parent->is_model)
			own->before = own->after = hash_text(layer->part);
		if (layer->parent->parent == NULL)
			continue;
		own->before = mix(own->before, outer->before);
		own->after = mix(own->after, outer->after);
	}
}

static bool
placing_init(struct placing *all, struct arena *arena)
{
	const struct config *config = &all->graph->config;
	uint32_t layers = config->layer_count + 1, nodes = 0;

	for (uint32_t i = 0; i < layers; i++)
		if (all->graph->models[i] != NULL && all->graph->models[i]->node_count > nodes)
			nodes = all->graph->models[i]->node_count;
	all->inside = arena_array(arena, layers, sizeof(*all->inside));
	all->own = arena_array(arena, layers, sizeof(*all->own));
	all->weighted = arena_array(arena, layers, sizeof(*all->weighted));
	all->before = arena_array(arena, nodes + 1, sizeof(*all->before));
	all->after = arena_array(arena, nodes + 1, sizeof(*all->after));
	all->from = arena_array(arena, nodes + 1, sizeof(*all->from));
	return all->inside != NULL && all->own != NULL && all->weighted != NULL &&
	       all->before != NULL && all->after != NULL && all->from != NULL;
}

/* From the innermost models out, since children have higher indices; then the way back. */
bool
graph_places(const struct ladle_graph *graph, enum graph_view view, const uint64_t *weights,
		struct arena *arena, struct graph_place *out)
{
	struct placing all = {.graph = graph, .view = view, .weights = weights, .out = out};
	const struct config *config = &graph->config;

	if (!placing_init(&all, arena))
		return false;
	memset(out, 0, (config->layer_count + 1) * sizeof(*out));
	for (uint32_t i = config->layer_count + 1; i-- > 0;) {
		const struct config_layer *layer = config->layers[i];

		all.weighted[i] = all.weighted[i] || weights[i] != 0;
		if (layer->parent != NULL && all.weighted[i])
			all.weighted[layer->parent->index] = true;
	}
	for (uint32_t i = config->layer_count + 1; i-- > 0;)
		if (graph->models[i] != NULL)
			place_model(&all, graph->models[i]);
	place_inner(&all);
	return true;
}
