/* The weights of one layer as a tree of named parts, before it is decided which parts are layers.
 * Both layouts make one: legacy files from weight names, v3 stores from groups. */
#ifndef KERAS_WEIGHT_TREE_H
#define KERAS_WEIGHT_TREE_H

#include "keras/builder.h"
#include "keras/model_config.h"
#include "keras/name_map.h"

struct tree_weight {
	const char *name;
	bool positional; /* the name is only its place among its siblings: "0" */
	uint32_t object;
	struct tree_weight *next;
};

struct tree_node {
	const char *name;      /* of the layer or part */
	const char *component; /* of its path */
	const char *path;
	const char *class_name;            /* "" unknown */
	const struct config_layer *config; /* NULL: none */
	bool class_is_guess;               /* from the name: dropped where the weights contradict */
	bool has_layers;                   /* its children are layers of a model */
	bool hollow;                       /* a list of parts, no object by itself */
	bool flat;                         /* one layer whatever is in it */
	bool named;                        /* the file says its name */
	int depth;
	size_t place; /* among its siblings; then the order of paths */
	struct tree_node *parent, *first_child, *last_child, *next;
	struct tree_node *same, *last_same; /* the next of one name in a layer; for the first, the
					       last of them */
	struct tree_weight *first, *last;
	uint32_t own_count; /* of weights */
	uint32_t total;     /* the same with those of all nodes below */
	bool listed;        /* its children came from a config */
	uint64_t hash;      /* of the components down to here */
};

/* NULL without memory (the builder's `failed`). */
struct tree_node *tree_node(struct builder *, struct tree_node *parent, const char *component);
/* The child of that component, or NULL. */
struct tree_node *tree_child(
		const struct builder *, const struct tree_node *parent, const char *component);
void tree_weight(struct builder *, struct tree_node *, const char *name, bool positional,
		uint32_t object);
/* Sorts the children by place, then by path with numbers in numeric order. */
void tree_sort(struct builder *, struct tree_node *);
int tree_compare_names(const char *a, const char *b);
/* Adds the node as a layer, with its tensors and the layers in it. */
void tree_emit(struct builder *, struct tree_node *, uint32_t parent);

#endif
