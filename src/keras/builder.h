/* The arrays of a checkpoint while they grow. The first failure to grow sticks. */
#ifndef KERAS_BUILDER_H
#define KERAS_BUILDER_H

#include "base/err.h"
#include "file/catalog.h"

struct builder {
	struct arena *arena;
	const struct catalog *catalog;
	struct ladle_layer *layers;
	struct ladle_tensor *tensors;
	struct ladle_finding *findings;
	uint32_t layer_count, tensor_count, finding_count;
	uint32_t layer_room, tensor_room, finding_room;
	struct tree_node **nodes; /* hash table of the parts of layers, by parent and component */
	uint32_t node_count, node_room;
	bool *taken; /* [object_count] datasets that are a tensor, groups that are a layer */
	unsigned char *config_uses; /* [layers of the config] nodes that it describes */
	uint32_t packed_layers, float8_layers; /* quantised ones */
	const char *packed_mode;               /* of the first */
	bool failed;
};

void builder_init(struct builder *, const struct catalog *, struct arena *);
/* All strings are borrowed and must lie in the arena or the catalog. LADLE_NONE without memory. */
uint32_t builder_layer(struct builder *, const char *name, const char *class_name, const char *path,
		uint32_t parent);
/* A tensor of the layer that was added last. */
void builder_tensor(struct builder *, uint32_t object, const char *name, const char *role,
		bool averaged);
void builder_finding(struct builder *, enum ladle_finding_code, const char *format, ...)
		PRINTF_LIKE(3, 4);
/* Marks an object as used; false when it was already. */
bool builder_take(struct builder *, uint32_t object);
/* Text from the arena; "" and `failed` without memory. */
const char *builder_text(struct builder *, const char *text, size_t length);
const char *builder_join(struct builder *, const char *a, char between, const char *b);
void *builder_array(struct builder *, size_t count, size_t size);
/* Makes paths unique, counts parameters, moves everything into the checkpoint. */
enum ladle_status builder_finish(
		struct builder *, struct ladle_checkpoint *out, struct ladle_error *);

#endif
