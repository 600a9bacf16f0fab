/* The layers that hold tensors, in one order: what two columns are paired by. */
#ifndef PAIR_SEQUENCE_H
#define PAIR_SEQUENCE_H

#include <ladle.h>

#include "base/arena.h"
#include "keras/graph.h"

/* The views of the graph; then the same with what a person paired by hand as a mark. */
enum { PLACE_MARKED = GRAPH_VIEWS, PLACE_VIEWS = 2 * GRAPH_VIEWS };

struct item {
	const char *name; /* with the names of the layers it is nested in: "backbone/in_conv" */
	const char *class_name; /* "" unknown */
	const char *path;       /* in a v3 store, where it does not depend on names; else "" */
	uint64_t shapes;        /* hash of the shapes of its tensors, in any order */
	uint64_t ranks;         /* hash of their ranks alone */
	const struct graph_place *places; /* [PLACE_VIEWS] where it stands in the graph, or NULL */
	uint32_t id;                      /* the slot or the layer that it stands for */
};

struct sequence {
	struct item *items;
	uint32_t count;
	bool ordered; /* the order is the model's; false: only within a class */
};

/* The layers with tensors of a checkpoint in file order; false without memory. `marks` [layers]:
 * equal numbers for what was paired by hand, 0 for all other; NULL: none. */
bool sequence_of(struct sequence *out, const struct ladle_checkpoint *, const uint64_t *marks,
		struct arena *);
/* Names of all layers with the names of their parents in front; NULL without memory. */
const char **layer_full_names(const struct ladle_checkpoint *, struct arena *);
/* Neither class nor shapes contradict. */
bool item_agree(const struct item *, const struct item *);
uint64_t tensor_shape_hash(const struct ladle_tensor *);
bool tensor_same_shape(const struct ladle_tensor *, const struct ladle_tensor *);

#endif
