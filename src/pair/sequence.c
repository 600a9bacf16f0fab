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

/* Names of all layers with the names of their parents in front. */
static const char **
full_names(const struct ladle_checkpoint *checkpoint, struct arena *arena)
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

/* Weightless layers take no part: files of one model may or may not list them. */
bool
sequence_of(struct sequence *out, const struct ladle_checkpoint *checkpoint, struct arena *arena)
{
	const char **names = full_names(checkpoint, arena);
	bool is_store = checkpoint->format == LADLE_WEIGHTS || checkpoint->format == LADLE_KERAS;

	/* A v3 store without its config keeps no order but the counters of each class. */
	*out = (struct sequence){.ordered = checkpoint->has_config || !is_store};
	out->items = arena_array(arena, checkpoint->layer_count + 1, sizeof(*out->items));
	if (names == NULL || out->items == NULL)
		return false;
	for (uint32_t i = 0; i < checkpoint->layer_count; i++) {
		const struct ladle_layer *layer = &checkpoint->layers[i];
		struct item *item = &out->items[out->count];

		if (layer->tensor_count == 0)
			continue;
		*item = (struct item){.name = names[i], .class_name = layer->class_name, .id = i};
		item->path = is_store ? layer->path : "";
		hash_shapes(item, checkpoint, layer);
		out->count++;
	}
	return true;
}

bool
item_agree(const struct item *a, const struct item *b)
{
	return a->shapes == b->shapes && class_agree(a->class_name, b->class_name);
}
