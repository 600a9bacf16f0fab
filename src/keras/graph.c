#include "keras/graph.h"

#include <string.h>

#include "base/hash.h"
#include "keras/name_map.h"

/* One model while its calls are numbered. */
struct linking {
	struct arena *arena;
	struct graph_model *model;
	const struct config_layer **layers; /* its members */
	uint32_t *first;                    /* [members] the node of a member's first call */
	unsigned char *base, *out_base;     /* [members] how calls are counted: from 0 or 1 */
	uint32_t count;
	struct name_map names; /* of members */
};

static uint32_t
calls_of(const struct config_layer *layer)
{
	return layer->call_count == 0 ? 1 : layer->call_count;
}

static bool
list_members(struct linking *link, const struct config_layer *model)
{
	uint32_t room = 1, node = 0;

	for (const struct config_layer *l = model->first_child; l != NULL; l = l->next)
		room++;
	link->layers = arena_array(link->arena, room, sizeof(*link->layers));
	link->first = arena_array(link->arena, room, sizeof(*link->first));
	link->base = arena_array(link->arena, room, 1);
	link->out_base = arena_array(link->arena, room, 1);
	if (link->layers == NULL || link->first == NULL || link->base == NULL ||
			link->out_base == NULL || !name_map_init(&link->names, link->arena, room))
		return false;
	for (const struct config_layer *l = model->first_child; l != NULL; l = l->next) {
		link->layers[link->count] = l;
		link->first[link->count] = node;
		name_map_add(&link->names, l->name, link->count++);
		node += calls_of(l);
	}
	link->model->node_count = node;
	link->model->nodes = arena_array(link->arena, node + 1, sizeof(*link->model->nodes));
	return link->model->nodes != NULL;
}

enum { SAW_FIRST = 1, SAW_BEHIND = 2 };

/* Keras 2 counts the calls of a nested model from 1, Keras 3 only where outputs are listed: a count
 * that is the number of calls tells, where none is 0. */
static void
note_base(const struct linking *link, const struct config_tensor *tensor, unsigned char *seen)
{
	uint32_t member = name_map_get(&link->names, tensor->layer);

	if (member == LADLE_NONE)
		return;
	if (tensor->call == 0)
		seen[member] |= SAW_FIRST;
	else if (tensor->call == (long)calls_of(link->layers[member]))
		seen[member] |= SAW_BEHIND;
}

static void
find_bases(struct linking *link)
{
	const struct config_layer *model = link->model->model;

	for (uint32_t i = 0; i < link->count; i++)
		for (uint32_t c = 0; c < link->layers[i]->call_count; c++)
			for (uint32_t t = 0; t < link->layers[i]->calls[c].count; t++)
				note_base(link, &link->layers[i]->calls[c].inputs[t], link->base);
	for (uint32_t t = 0; t < model->output_count; t++)
		note_base(link, &model->model_outputs[t], link->out_base);
	for (uint32_t i = 0; i < link->count; i++) {
		link->base[i] = link->base[i] == SAW_BEHIND;
		link->out_base[i] = link->out_base[i] == SAW_BEHIND;
	}
}

static bool
resolve(const struct linking *link, const struct config_tensor *tensor, const unsigned char *base,
		struct graph_edge *out)
{
	uint32_t member = name_map_get(&link->names, tensor->layer);
	long call;

	if (member == LADLE_NONE)
		return false;
	call = tensor->call - base[member];
	if (call < 0 || call >= (long)calls_of(link->layers[member]) || tensor->output < 0)
		return false;
	*out = (struct graph_edge){link->first[member] + (uint32_t)call, (uint32_t)tensor->output};
	return true;
}

/* Edges to what is not there are left out: a place is then less certain, never wrong. */
static bool
resolve_all(const struct linking *link, const struct config_tensor *tensors, uint32_t count,
		const unsigned char *base, struct graph_edge **out, uint32_t *out_count)
{
	*out = arena_array(link->arena, count + 1, sizeof(**out));
	if (*out == NULL)
		return false;
	for (uint32_t t = 0; t < count; t++)
		*out_count += resolve(link, &tensors[t], base, *out + *out_count);
	return true;
}

static bool
link_functional(struct linking *link)
{
	struct graph_model *model = link->model;
	uint32_t node = 0;

	find_bases(link);
	for (uint32_t i = 0; i < link->count; i++) {
		for (uint32_t c = 0; c < calls_of(link->layers[i]); c++, node++) {
			struct graph_node *at = &model->nodes[node];

			*at = (struct graph_node){.layer = link->layers[i], .call = c};
			if (c < link->layers[i]->call_count &&
					!resolve_all(link, link->layers[i]->calls[c].inputs,
							link->layers[i]->calls[c].count, link->base,
							&at->inputs, &at->input_count))
				return false;
		}
	}
	return resolve_all(link, model->model->model_outputs, model->model->output_count,
			link->out_base, &model->outputs, &model->output_count);
}

/* A Sequential model lists no calls: each layer takes what stands before it. */
static bool
link_chain(struct linking *link)
{
	struct graph_model *model = link->model;
	struct graph_edge *edges = arena_array(link->arena, link->count + 1, sizeof(*edges));

	if (edges == NULL)
		return false;
	model->node_count = link->count;
	for (uint32_t i = 0; i < link->count; i++) {
		model->nodes[i] = (struct graph_node){.layer = link->layers[i]};
		edges[i].node = i;
		model->nodes[i].inputs = i == 0 ? NULL : &edges[i - 1];
		model->nodes[i].input_count = i > 0;
	}
	model->outputs = link->count == 0 ? NULL : &edges[link->count - 1];
	model->output_count = link->count > 0;
	return true;
}

/* ---- an order in which inputs stand before what takes them ---- */

struct sorting {
	uint32_t *left;           /* [nodes] inputs that are not placed yet */
	uint32_t *first, *takers; /* takers[first[n] .. first[n + 1]) take something of n */
	uint32_t *order, *place;  /* order[i]: the node at i; place: the reverse */
	uint32_t count;
};

static bool
sorting_init(struct sorting *sort, const struct graph_model *model, struct arena *arena)
{
	uint32_t n = model->node_count, edges = 0;

	for (uint32_t i = 0; i < n; i++)
		edges += model->nodes[i].input_count;
	sort->left = arena_array(arena, n + 1, sizeof(uint32_t));
	sort->first = arena_array(arena, n + 2, sizeof(uint32_t));
	sort->takers = arena_array(arena, edges + 1, sizeof(uint32_t));
	sort->order = arena_array(arena, n + 1, sizeof(uint32_t));
	sort->place = arena_array(arena, n + 1, sizeof(uint32_t));
	return sort->left != NULL && sort->first != NULL && sort->takers != NULL &&
	       sort->order != NULL && sort->place != NULL;
}

/* Counting sort of the edges by what they come from. */
static void
list_takers(struct sorting *sort, const struct graph_model *model)
{
	uint32_t n = model->node_count;

	for (uint32_t i = 0; i < n; i++) {
		sort->left[i] = model->nodes[i].input_count;
		for (uint32_t e = 0; e < model->nodes[i].input_count; e++)
			sort->first[model->nodes[i].inputs[e].node + 1]++;
	}
	for (uint32_t i = 0; i < n; i++)
		sort->first[i + 1] += sort->first[i];
	for (uint32_t i = n; i-- > 0;)
		for (uint32_t e = 0; e < model->nodes[i].input_count; e++)
			sort->takers[--sort->first[model->nodes[i].inputs[e].node + 1]] = i;
	memmove(sort->first, sort->first + 1, (size_t)n * sizeof(uint32_t));
}

/* Kahn's algorithm, 1962. */
static void
place_nodes(struct sorting *sort, const struct graph_model *model)
{
	uint32_t edges = 0, n = model->node_count;

	for (uint32_t i = 0; i < n; i++) {
		edges += model->nodes[i].input_count;
		if (sort->left[i] == 0)
			sort->order[sort->count++] = i;
	}
	sort->first[n] = edges;
	for (uint32_t at = 0; at < sort->count; at++) {
		uint32_t node = sort->order[at];

		for (uint32_t t = sort->first[node]; t < sort->first[node + 1]; t++)
			if (--sort->left[sort->takers[t]] == 0)
				sort->order[sort->count++] = sort->takers[t];
	}
	for (uint32_t at = 0; at < sort->count; at++)
		sort->place[sort->order[at]] = at;
}

static bool
renumber(struct graph_model *model, const struct sorting *sort, struct arena *arena)
{
	struct graph_node *nodes = arena_array(arena, model->node_count + 1, sizeof(*nodes));

	if (nodes == NULL)
		return false;
	for (uint32_t at = 0; at < model->node_count; at++) {
		nodes[at] = model->nodes[sort->order[at]];
		for (uint32_t e = 0; e < nodes[at].input_count; e++)
			nodes[at].inputs[e].node = sort->place[nodes[at].inputs[e].node];
	}
	for (uint32_t o = 0; o < model->output_count; o++)
		model->outputs[o].node = sort->place[model->outputs[o].node];
	model->nodes = nodes;
	return true;
}

/* *cyclic: a config whose calls go in a circle is no model's. */
static bool
sort_nodes(struct graph_model *model, struct arena *arena, bool *cyclic)
{
	struct sorting sort = {.count = 0};

	if (!sorting_init(&sort, model, arena))
		return false;
	list_takers(&sort, model);
	place_nodes(&sort, model);
	*cyclic = sort.count < model->node_count;
	return *cyclic || renumber(model, &sort, arena);
}

/* Only Sequential models list neither calls nor outputs. */
static bool
is_chain(const struct config_layer *model)
{
	bool calls = model->output_count > 0;

	for (const struct config_layer *l = model->first_child; l != NULL; l = l->next)
		calls = calls || l->call_count > 0;
	return !calls;
}

static bool
add_model(struct ladle_graph *graph, struct arena *arena, const struct config_layer *layer)
{
	struct linking link = {.arena = arena};
	bool chain = is_chain(layer), cyclic = false;

	link.model = arena_array(arena, 1, sizeof(*link.model));
	if (link.model == NULL)
		return false;
	link.model->model = layer;
	if (!list_members(&link, layer) || !(chain ? link_chain(&link) : link_functional(&link)))
		return false;
	if (!chain && !sort_nodes(link.model, arena, &cyclic))
		return false;
	if (!cyclic)
		graph->models[layer->index] = link.model;
	return true;
}

static uint64_t
class_hash(const struct config_layer *layer)
{
	const struct class_row *row = class_find(layer->class_name);

	return hash_text(row == NULL ? layer->class_name : row->name);
}

struct ladle_graph *
graph_make(struct arena *arena, const struct config *config)
{
	struct ladle_graph *graph = arena_array(arena, 1, sizeof(*graph));

	if (graph == NULL)
		return NULL;
	graph->config = *config;
	graph->models = arena_array(arena, config->layer_count + 1, sizeof(*graph->models));
	graph->classes = arena_array(arena, config->layer_count + 1, sizeof(*graph->classes));
	if (graph->models == NULL || graph->classes == NULL)
		return NULL;
	for (uint32_t i = 0; config->model != NULL && i <= config->layer_count; i++) {
		graph->classes[i] = class_hash(config->layers[i]);
		if (config->layers[i]->is_model && !add_model(graph, arena, config->layers[i]))
			return NULL;
	}
	return graph;
}
