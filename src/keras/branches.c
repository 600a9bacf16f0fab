/* Which sub-networks of a model are isomorphic.
 *
 * Wherever ways meet, each way back is followed up to what several of them share: the trunk. What
 * belongs to one way alone is a branch, if others have the same classes, settings and shapes in
 * the same places. The largest set in the model is taken. */
#include "keras/branches.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "file/limits.h"
#include "keras/name_map.h"

enum { SHARED = BRANCH_OUTSIDE - 1, UNSEEN = BRANCH_OUTSIDE };

struct finder {
	struct branches *out;
	struct arena *arena;
	const struct graph_model *model;
	uint64_t *kind;         /* [layers of the config] class, settings, shapes, of all in it */
	bool *weighted;         /* [layers of the config] */
	uint32_t *taken;        /* [nodes] how often a call's tensors are taken, in all */
	uint32_t *owner, *seen; /* [nodes] of the join that is looked at */
	uint32_t *layer_owner;  /* [layers of the config] the same */
	uint64_t *hash;         /* [nodes] */
	uint64_t steps;
	uint64_t best;     /* layers with weights in all branches */
	struct join *join; /* that has them */
};

/* Where ways meet: a call, or the outputs of the model. */
struct join {
	uint32_t node;
	const struct graph_edge *edges;
	uint32_t count;
	uint64_t hash;    /* of the ends of the ways that are alike */
	uint32_t members; /* ways that are alike */
};

static uint64_t
mix(uint64_t a, uint64_t b)
{
	const uint64_t both[2] = {a, b};

	return hash_bytes(both, sizeof(both), 0);
}

/* ---- what a layer is ---- */

static uint64_t
shapes_of(const struct ladle_checkpoint *checkpoint, const struct ladle_layer *layer)
{
	uint64_t hash = 0;

	for (uint32_t t = 0; t < layer->tensor_count; t++) {
		const struct ladle_tensor *tensor = &checkpoint->tensors[layer->first_tensor + t];

		hash = mix(hash, (uint64_t)tensor->dtype);
		hash = hash_bytes(tensor->shape, (size_t)tensor->rank * sizeof(*tensor->shape),
				mix(hash, (uint64_t)tensor->rank));
	}
	return hash;
}

/* Children have higher indices: from the end, each is known before what holds it. The settings of
 * a model cover its layers, not its calls. */
static bool
find_kinds(struct finder *find)
{
	const struct ladle_checkpoint *checkpoint = find->out->checkpoint;
	const struct ladle_graph *graph = checkpoint->graph;
	uint32_t count = graph->config.layer_count + 1;

	find->kind = arena_array(find->arena, count, sizeof(*find->kind));
	find->weighted = arena_array(find->arena, count, sizeof(*find->weighted));
	if (find->kind == NULL || find->weighted == NULL)
		return false;
	for (uint32_t i = 0; i < checkpoint->layer_count; i++) {
		const struct ladle_layer *layer = &checkpoint->layers[i];

		if (layer->config >= count)
			continue;
		/* Also of a layer without tensors: alike branches list as many layers. */
		find->kind[layer->config] =
				mix(find->kind[layer->config], shapes_of(checkpoint, layer));
		find->weighted[layer->config] |= layer->tensor_count > 0;
	}
	for (uint32_t i = count; i-- > 1;) {
		const struct config_layer *layer = graph->config.layers[i];
		const struct graph_model *inner = graph->models[i];
		uint32_t outer = layer->parent->index;

		find->kind[i] = mix(
				mix(find->kind[i], layer->settings), hash_text(layer->class_name));
		for (uint32_t n = 0; inner != NULL && n < inner->node_count; n++)
			for (uint32_t e = 0; e < inner->nodes[n].input_count; e++)
				find->kind[i] = mix(find->kind[i], inner->nodes[n].inputs[e].node);
		find->kind[outer] = mix(find->kind[outer], find->kind[i]);
		find->weighted[outer] = find->weighted[outer] || find->weighted[i];
	}
	return true;
}

/* ---- one join ---- */

/* What leads to one way alone is its own. What is taken from elsewhere too is shared, and so is all
 * before it. */
static void
find_owners(struct finder *find, const struct join *join)
{
	const struct graph_model *model = find->model;
	uint64_t edges = join->count;

	memset(find->owner, 0xff, model->node_count * sizeof(*find->owner));
	memset(find->seen, 0, model->node_count * sizeof(*find->seen));
	for (uint32_t e = 0; e < join->count; e++) {
		uint32_t end = join->edges[e].node;

		find->owner[end] = find->owner[end] == UNSEEN ? e : SHARED;
		find->seen[end]++;
	}
	for (uint32_t n = join->node; n-- > 0;) {
		uint32_t own = find->owner[n];

		if (own == UNSEEN)
			continue;
		if (find->seen[n] < find->taken[n])
			own = find->owner[n] = SHARED;
		edges += model->nodes[n].input_count;
		for (uint32_t e = 0; e < model->nodes[n].input_count; e++) {
			uint32_t from = model->nodes[n].inputs[e].node;

			find->seen[from]++;
			if (find->owner[from] == UNSEEN)
				find->owner[from] = own;
			else if (find->owner[from] != own)
				find->owner[from] = SHARED;
		}
	}
	find->steps += join->node + edges;
}

/* A layer that is called on several ways is shared although its calls are not. */
static void
find_layer_owners(struct finder *find, const struct join *join)
{
	memset(find->layer_owner, 0xff,
			(find->out->checkpoint->graph->config.layer_count + 1) *
					sizeof(*find->layer_owner));
	for (uint32_t n = 0; n < join->node; n++) {
		uint32_t *own = &find->layer_owner[find->model->nodes[n].layer->index];

		if (find->owner[n] == UNSEEN)
			continue;
		if (*own == UNSEEN)
			*own = find->owner[n];
		else if (*own != find->owner[n])
			*own = SHARED;
	}
}

static uint64_t
end_hash(const struct finder *find, const struct graph_edge *edge)
{
	return mix(find->hash[edge->node], edge->output);
}

/* The trunk is the same for all, so that a call of it is told by its number. */
static void
hash_ways(struct finder *find, const struct join *join)
{
	for (uint32_t n = 0; n < join->node; n++) {
		const struct graph_node *node = &find->model->nodes[n];
		uint32_t layer = node->layer->index;

		if (find->owner[n] == UNSEEN)
			continue;
		find->hash[n] = mix(n, 1);
		if (find->owner[n] == SHARED)
			continue;
		find->hash[n] = find->layer_owner[layer] == SHARED ? mix(layer, 2)
								   : mix(find->kind[layer], 3);
		for (uint32_t e = 0; e < node->input_count; e++)
			find->hash[n] = mix(find->hash[n], end_hash(find, &node->inputs[e]));
	}
}

static bool
is_way(const struct finder *find, const struct graph_edge *edge)
{
	return find->owner[edge->node] < SHARED;
}

/* Layers with weights that are one way's own. */
static uint64_t
weighted_on(const struct finder *find, const struct join *join, uint32_t way)
{
	uint64_t count = 0;

	for (uint32_t n = 0; n < join->node; n++) {
		uint32_t layer = find->model->nodes[n].layer->index;

		count += find->owner[n] == way && find->layer_owner[layer] == way &&
			 find->weighted[layer];
	}
	return count;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The hash that most ways have; of equally many, any. */
static void
find_alike(struct finder *find, struct join *join, uint64_t *hashes)
{
	uint32_t count = 0;

	join->members = 0;
	for (uint32_t e = 0; e < join->count; e++)
		if (is_way(find, &join->edges[e]))
			hashes[count++] = end_hash(find, &join->edges[e]);
	qsort(hashes, count, sizeof(*hashes), compare_hashes);
	for (uint32_t first = 0, end; first < count; first = end) {
		for (end = first; end < count && hashes[end] == hashes[first];)
			end++;
		if (end - first > join->members) {
			join->members = end - first;
			join->hash = hashes[first];
		}
	}
}

static bool
is_member(const struct finder *find, const struct join *join, uint32_t way)
{
	return is_way(find, &join->edges[way]) && end_hash(find, &join->edges[way]) == join->hash;
}

/* What something else takes too is shared, and that is seen without a walk: where ways meet what
 * they went around, as most do, one way is left. */
static bool
has_two_ways(const struct finder *find, const struct join *join)
{
	uint32_t count = 0;

	for (uint32_t e = 0; e < join->count; e++)
		count += find->taken[join->edges[e].node] == 1;
	return count >= 2;
}

static bool
look_at(struct finder *find, const struct join *join)
{
	struct join found = *join;
	uint64_t *hashes = arena_array(find->arena, join->count, sizeof(*hashes));
	uint32_t way = 0;
	uint64_t size;

	if (hashes == NULL)
		return false;
	find_owners(find, join);
	find_layer_owners(find, join);
	hash_ways(find, join);
	find_alike(find, &found, hashes);
	while (way < join->count && !is_member(find, &found, way))
		way++;
	if (found.members < 2 || way == join->count)
		return true;
	size = found.members * weighted_on(find, join, way);
	if (size <= find->best)
		return true;
	find->best = size;
	*find->join = found;
	return true;
}

/* ---- all joins ---- */

static bool
count_taken(struct finder *find)
{
	const struct graph_model *model = find->model;

	for (uint32_t n = 0; n < model->node_count; n++)
		for (uint32_t e = 0; e < model->nodes[n].input_count; e++)
			find->taken[model->nodes[n].inputs[e].node]++;
	for (uint32_t o = 0; o < model->output_count; o++)
		find->taken[model->outputs[o].node]++;
	return true;
}

static bool
finder_init(struct finder *find)
{
	uint32_t nodes = find->model->node_count + 1;
	uint32_t layers = find->out->checkpoint->graph->config.layer_count + 1;

	find->taken = arena_array(find->arena, nodes, sizeof(*find->taken));
	find->owner = arena_array(find->arena, nodes, sizeof(*find->owner));
	find->seen = arena_array(find->arena, nodes, sizeof(*find->seen));
	find->hash = arena_array(find->arena, nodes, sizeof(*find->hash));
	find->layer_owner = arena_array(find->arena, layers, sizeof(*find->layer_owner));
	return find->taken != NULL && find->owner != NULL && find->seen != NULL &&
	       find->hash != NULL && find->layer_owner != NULL && find_kinds(find) &&
	       count_taken(find);
}

static bool
find_best(struct finder *find)
{
	const struct graph_model *model = find->model;
	struct join join = {model->node_count, model->outputs, model->output_count, 0, 0};

	if (has_two_ways(find, &join) && !look_at(find, &join))
		return false;
	for (uint32_t n = model->node_count; n-- > 0 && find->steps < BRANCHES_MAX_STEPS;) {
		join = (struct join){n, model->nodes[n].inputs, model->nodes[n].input_count, 0, 0};
		if (has_two_ways(find, &join) && !look_at(find, &join))
			return false;
	}
	return true;
}

/* ---- what was found ---- */

/* Calls of one way in an order that isomorphic ways share: each behind what it takes. */
struct order {
	uint32_t *stack, *list, count;
	uint32_t *next; /* [nodes] input to follow */
	bool *done;     /* [nodes] */
};

static void
order_way(const struct finder *find, struct order *order, uint32_t end, uint32_t way)
{
	uint32_t depth = 0;

	order->count = 0;
	order->stack[depth++] = end;
	order->done[end] = true;
	while (depth > 0) {
		uint32_t n = order->stack[depth - 1];
		const struct graph_node *node = &find->model->nodes[n];

		if (order->next[n] == node->input_count) {
			order->list[order->count++] = n;
			depth--;
			continue;
		}
		n = node->inputs[order->next[n]++].node;
		if (find->owner[n] != way || order->done[n])
			continue;
		order->done[n] = true;
		order->stack[depth++] = n;
	}
}

/* Layers of the file by the layer of the model that they are or stand in. */
struct file_layers {
	uint32_t *first, *next; /* [layers of the config], [layers of the file] */
	uint32_t *top;          /* [layers of the file] layer of the model, or LADLE_NONE */
	uint32_t *listed;       /* room for what the branches list */
};

static bool
list_file_layers(struct finder *find, struct file_layers *list)
{
	const struct ladle_checkpoint *checkpoint = find->out->checkpoint;
	const struct config *config = &checkpoint->graph->config;

	list->first = arena_array(find->arena, config->layer_count + 1, sizeof(uint32_t));
	list->next = arena_array(find->arena, checkpoint->layer_count + 1, sizeof(uint32_t));
	list->top = arena_array(find->arena, checkpoint->layer_count + 1, sizeof(uint32_t));
	list->listed = arena_array(find->arena, checkpoint->layer_count + 1, sizeof(uint32_t));
	if (list->first == NULL || list->next == NULL || list->top == NULL || list->listed == NULL)
		return false;
	memset(list->first, 0xff, (config->layer_count + 1) * sizeof(uint32_t));
	for (uint32_t i = checkpoint->layer_count; i-- > 0;) {
		const struct config_layer *layer;

		list->top[i] = LADLE_NONE;
		if (checkpoint->layers[i].config > config->layer_count)
			continue;
		layer = config->layers[checkpoint->layers[i].config];
		while (layer->parent != NULL && layer->parent->parent != NULL)
			layer = layer->parent;
		list->top[i] = layer->index;
		list->next[i] = list->first[layer->index];
		list->first[layer->index] = i;
	}
	return true;
}

/* Every layer is in one branch, so that all of them share one array. */
static void
fill_branch(struct finder *find, struct file_layers *files, const struct order *order,
		struct ladle_branch *branch, uint32_t way)
{
	uint32_t *layers = files->listed;
	const struct config_layer *first = NULL;

	for (uint32_t i = 0; i < order->count; i++) {
		const struct config_layer *layer = find->model->nodes[order->list[i]].layer;
		uint32_t *head = &files->first[layer->index];

		if (find->layer_owner[layer->index] != way)
			continue;
		if (first == NULL && find->weighted[layer->index])
			first = layer;
		for (; *head != LADLE_NONE; *head = files->next[*head])
			layers[branch->layer_count++] = *head;
	}
	branch->layers = layers;
	branch->name = first == NULL ? "" : first->name;
	files->listed += branch->layer_count;
}

/* Ways that are alike become branches 0, 1, ...; all others are outside. */
static void
number_owners(struct finder *find, const uint32_t *branch_of)
{
	struct branches *out = find->out;
	uint32_t layers = out->checkpoint->graph->config.layer_count + 1;

	for (uint32_t n = 0; n < find->model->node_count; n++)
		find->owner[n] = find->owner[n] < SHARED ? branch_of[find->owner[n]]
							 : BRANCH_OUTSIDE;
	for (uint32_t l = 0; l < layers; l++)
		find->layer_owner[l] = find->layer_owner[l] < SHARED
						       ? branch_of[find->layer_owner[l]]
						       : BRANCH_OUTSIDE;
	out->owner = find->owner;
	out->layer_owner = find->layer_owner;
}

static bool
list_shared(struct finder *find, const struct file_layers *files)
{
	const struct ladle_checkpoint *checkpoint = find->out->checkpoint;
	uint32_t *shared = arena_array(find->arena, checkpoint->layer_count + 1, sizeof(*shared));
	uint32_t count = 0;

	for (uint32_t i = 0; shared != NULL && i < checkpoint->layer_count; i++)
		if (checkpoint->layers[i].tensor_count > 0 &&
				(files->top[i] == LADLE_NONE ||
						find->out->layer_owner[files->top[i]] ==
								BRANCH_OUTSIDE))
			shared[count++] = i;
	find->out->pub.shared = shared;
	find->out->pub.shared_count = count;
	return shared != NULL;
}

static bool
order_init(struct finder *find, struct order *order)
{
	uint32_t nodes = find->model->node_count + 1;

	order->stack = arena_array(find->arena, nodes, sizeof(*order->stack));
	order->list = arena_array(find->arena, nodes, sizeof(*order->list));
	order->next = arena_array(find->arena, nodes, sizeof(*order->next));
	order->done = arena_array(find->arena, nodes, sizeof(*order->done));
	return order->stack != NULL && order->list != NULL && order->next != NULL &&
	       order->done != NULL;
}

/* The join is looked at once more, since others were looked at in between. */
static bool
publish(struct finder *find)
{
	struct branches *out = find->out;
	const struct join *join = find->join;
	struct ladle_branch *list = arena_array(find->arena, join->members, sizeof(*list));
	uint32_t *branch_of = arena_array(find->arena, join->count, sizeof(*branch_of));
	struct file_layers files;
	struct order order;

	out->ends = arena_array(find->arena, join->members, sizeof(*out->ends));
	if (list == NULL || branch_of == NULL || out->ends == NULL || !order_init(find, &order) ||
			!list_file_layers(find, &files))
		return false;
	find_owners(find, join);
	find_layer_owners(find, join);
	hash_ways(find, join);
	memset(branch_of, 0xff, join->count * sizeof(*branch_of));
	for (uint32_t e = 0; e < join->count; e++) {
		if (!is_member(find, join, e))
			continue;
		order_way(find, &order, join->edges[e].node, e);
		fill_branch(find, &files, &order, &list[out->pub.count], e);
		out->ends[out->pub.count] = join->edges[e];
		branch_of[e] = out->pub.count++;
	}
	number_owners(find, branch_of);
	out->model = find->model;
	out->join = join->node;
	out->all_join = out->pub.count == join->count;
	out->pub.list = list;
	out->pub.merge = join->node == find->model->node_count
					 ? ""
					 : find->model->nodes[join->node].layer->name;
	return list_shared(find, &files);
}

static enum ladle_status
find_in_graph(struct branches *out, struct ladle_error *err)
{
	struct join best = {.members = 0};
	struct finder find = {.out = out,
			.arena = &out->arena,
			.model = out->checkpoint->graph->models[0],
			.join = &best};

	if (find.model == NULL)
		return LADLE_OK;
	if (!finder_init(&find) || !find_best(&find) || (best.members > 0 && !publish(&find)))
		return ladle_fail(err, LADLE_E_MEMORY, out->checkpoint->path,
				"no memory to look for branches");
	return LADLE_OK;
}

enum ladle_status
ladle_branches_find(struct ladle_branches **out, const struct ladle_checkpoint *checkpoint,
		struct ladle_error *err)
{
	struct branches *branches = calloc(1, sizeof(*branches));
	enum ladle_status status;

	if (branches == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, checkpoint->path,
				"no memory to look for branches");
	arena_init(&branches->arena);
	branches->checkpoint = checkpoint;
	status = checkpoint->graph == NULL ? branches_infer(branches, err)
					   : find_in_graph(branches, err);
	if (status == LADLE_OK && branches->pub.count == 0)
		status = ladle_fail(err, LADLE_E_INPUT, checkpoint->path,
				"%s: the model has no branches that are alike", checkpoint->path);
	if (status != LADLE_OK) {
		ladle_branches_free(&branches->pub);
		return status;
	}
	*out = &branches->pub;
	return LADLE_OK;
}

void
ladle_branches_free(struct ladle_branches *pub)
{
	struct branches *branches = (struct branches *)(void *)pub;

	if (branches == NULL)
		return;
	arena_done(&branches->arena);
	free(branches);
}

uint32_t
branches_index(const struct ladle_branches *branches, const char *name)
{
	char *end;
	unsigned long number;

	for (uint32_t i = 0; i < branches->count; i++)
		if (strcmp(branches->list[i].name, name) == 0)
			return i;
	number = strtoul(name, &end, 10);
	return *end == '\0' && end != name && number >= 1 && number <= branches->count
			       ? (uint32_t)number - 1
			       : LADLE_NONE;
}
