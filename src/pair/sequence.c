#include "pair/sequence.h"

#include <string.h>

#include "base/hash.h"
#include "keras/classes.h"

uint64_t
tensor_shape_hash(const struct ladle_tensor *tensor)
{
	return tensor->rank == 0
			       ? 1
			       : hash_bytes(tensor->shape,
						 (size_t)tensor->rank * sizeof(*tensor->shape), 1);
}

bool
tensor_same_shape(const struct ladle_tensor *a, const struct ladle_tensor *b)
{
	return a->rank == b->rank &&
	       (a->rank == 0 || memcmp(a->shape, b->shape, (size_t)a->rank * sizeof(*a->shape)) ==
						0);
}

const char **
layer_full_names(const struct ladle_checkpoint *checkpoint, struct arena *arena)
{
	const char **names = arena_array(arena, checkpoint->layer_count + 1, sizeof(*names));

	for (uint32_t i = 0; names != NULL && i < checkpoint->layer_count; i++) {
		const struct ladle_layer *layer = &checkpoint->layers[i];

		names[i] = layer->name;
		if (layer->parent != LADLE_NONE)
			names[i] = arena_format(arena, "%s/%s", names[layer->parent], layer->name);
		if (names[i] == NULL)
			return NULL;
	}
	return names;
}

/* Sums, since files list the parts of a layer in different orders. */
static void
hash_shapes(struct item *item, const struct ladle_checkpoint *checkpoint,
		const struct ladle_layer *layer)
{
	const struct ladle_tensor *tensor = &checkpoint->tensors[layer->first_tensor];

	for (uint32_t i = 0; i < layer->tensor_count; i++, tensor++) {
		item->ranks += hash_bytes(&tensor->rank, sizeof(tensor->rank), 0);
		item->shapes += tensor_shape_hash(tensor);
	}
}

/* ---- places in the graph ---- */

/* What the graph is told of each layer of the config: the shapes that it has in the file. */
static uint64_t *
weights_of(const struct ladle_checkpoint *checkpoint, const uint64_t *marks, struct arena *arena)
{
	uint32_t entries = checkpoint->graph->config.layer_count + 1;
	uint64_t *weights = arena_array(arena, entries, sizeof(*weights));

	for (uint32_t i = 0; weights != NULL && i < checkpoint->layer_count; i++) {
		const struct ladle_layer *layer = &checkpoint->layers[i];
		struct item item = {.id = i};

		if (layer->config == LADLE_NONE || layer->config >= entries)
			continue;
		hash_shapes(&item, checkpoint, layer);
		weights[layer->config] += item.shapes + (marks == NULL ? 0 : marks[i]);
	}
	return weights;
}

static bool
place_views(const struct ladle_checkpoint *checkpoint, const uint64_t *marks, struct arena *arena,
		struct graph_place **out)
{
	uint64_t *weights = weights_of(checkpoint, marks, arena);
	uint32_t entries = checkpoint->graph->config.layer_count + 1;

	for (int view = 0; view < GRAPH_VIEWS && weights != NULL; view++) {
		out[view] = arena_array(arena, entries, sizeof(**out));
		if (out[view] == NULL || !graph_places(checkpoint->graph, (enum graph_view)view,
							 weights, arena, out[view]))
			return false;
	}
	return weights != NULL;
}

static bool
place_items(struct sequence *out, const struct ladle_checkpoint *checkpoint, const uint64_t *marks,
		struct arena *arena)
{
	struct graph_place *views[PLACE_VIEWS];
	struct graph_place *places =
			arena_array(arena, (size_t)out->count * PLACE_VIEWS + 1, sizeof(*places));

	if (places == NULL || !place_views(checkpoint, NULL, arena, views))
		return false;
	memcpy(views + PLACE_MARKED, views, GRAPH_VIEWS * sizeof(*views));
	if (marks != NULL && !place_views(checkpoint, marks, arena, views + PLACE_MARKED))
		return false;
	for (uint32_t i = 0; i < out->count; i++, places += PLACE_VIEWS) {
		uint32_t entry = checkpoint->layers[out->items[i].id].config;

		if (entry == LADLE_NONE)
			continue;
		for (int view = 0; view < PLACE_VIEWS; view++)
			places[view] = views[view][entry];
		if (places[0].before != 0)
			out->items[i].places = places;
	}
	return true;
}

/* A model that holds tensors itself stands for a layer in it that its file does not name. */
static const char *
class_of(const struct ladle_layer *layer)
{
	const struct class_row *row = class_find(layer->class_name);

	return row != NULL && row->kind == CLASS_MODEL ? "" : layer->class_name;
}

/* Weightless layers take no part: files of one model may or may not list them. */
bool
sequence_of(struct sequence *out, const struct ladle_checkpoint *checkpoint, const uint64_t *marks,
		struct arena *arena)
{
	const char **names = layer_full_names(checkpoint, arena);
	bool is_store = checkpoint->format == LADLE_WEIGHTS || checkpoint->format == LADLE_KERAS ||
			checkpoint->format == LADLE_SHARDS;

	/* A v3 store without its config keeps no order but the counters of each class. */
	*out = (struct sequence){.ordered = checkpoint->graph != NULL || checkpoint->has_config ||
					    !is_store};
	out->items = arena_array(arena, checkpoint->layer_count + 1, sizeof(*out->items));
	if (names == NULL || out->items == NULL)
		return false;
	for (uint32_t i = 0; i < checkpoint->layer_count; i++) {
		const struct ladle_layer *layer = &checkpoint->layers[i];
		struct item *item = &out->items[out->count];

		if (layer->tensor_count == 0)
			continue;
		*item = (struct item){.name = names[i], .class_name = class_of(layer), .id = i};
		item->path = is_store ? layer->path : "";
		hash_shapes(item, checkpoint, layer);
		out->count++;
	}
	return checkpoint->graph == NULL || place_items(out, checkpoint, marks, arena);
}

bool
item_agree(const struct item *a, const struct item *b)
{
	return a->shapes == b->shapes && class_agree(a->class_name, b->class_name);
}
