/* What the rules share while groups are found: tensors on their way through the graph, and the
 * axes of weights that they describe. */
#ifndef ALIGN_FINDER_H
#define ALIGN_FINDER_H

#include "align/axes.h"
#include "keras/config_value.h"
#include "keras/graph.h"

/* ---- tensors on their way ---- */

/* One tensor that a call gave, without the axis of the batch. */
struct value {
	bool open; /* more axes, unknown and fixed, may stand before the ones listed */
	int rank;
	struct axis *axes;
};

/* Why an axis is fixed. X(enumerator, what is said of the layer `%s` of class `%s`; NULL: nothing,
 * as the model's own inputs and outputs are fixed in every model) */
#define WHYS(X)                                                                                \
	X(WHY_END, NULL)                                                                       \
	X(WHY_CLASS, "no rule for %s (class %s)")                                              \
	X(WHY_CALL, "no rule for the way in which %s (class %s) is called or set up")          \
	X(WHY_TIED, "%s (class %s) ties its units to what is fixed or laid out otherwise")     \
	X(WHY_MIXED, "%s (class %s) mixes neighbours along the axis of its units")             \
	X(WHY_SHAPE, "the config and the shapes of the weights of %s (class %s) do not agree") \
	X(WHY_WEIGHT, "%s (class %s) has a weight that its rule does not know")                \
	X(WHY_LOST, "the config of %s (class %s) cannot be followed from its inputs to its "   \
		    "outputs")

enum why {
#define X(id, text) id,
	WHYS(X)
#undef X
};

/* ---- weights ---- */

/* One axis of a weight. A sliced one differs along another axis: `slices` has an axis for each
 * index of axis `where`. */
struct described {
	struct axis *slices;
	uint64_t count; /* 1 where `where` is -1; 0: not described */
	int where;
	int gauge; /* of gauge.h */
};

struct weight {
	struct described *axes; /* [rank]; NULL: no rule named this weight. What a rule left out is
				   fixed */
	uint32_t visit;         /* when it was first named */
};

/* A group that lies wholly inside one layer: uses with a tensor in place of a row. */
struct inner_group {
	uint32_t units;
	struct ladle_use *uses;
	uint32_t use_count;
	struct inner_group *next;
};

/* What is not understood, by layer of the config. */
struct complaint {
	struct axes_reason reason;
	uint32_t layer; /* of the checkpoint */
	struct complaint *next;
};

struct gauge_mark;

struct finder {
	struct arena *arena; /* of the work, not of what comes out */
	const struct ladle_checkpoint *checkpoint;
	const struct ladle_graph *graph;
	struct axes axes;
	struct weight *weights;    /* [tensors] */
	uint32_t *layer_of;        /* by index of the config's layer: the checkpoint's, or NONE */
	unsigned char *complained; /* by the same: why is told */
	struct axes_reason *bad;   /* [layers of the checkpoint] kind not 0: all of it is frozen */
	struct inner_group *inner, **inner_end;
	struct complaint *complaints, **complaints_end;
	struct gauge_mark *marks;
	uint32_t visits;
	uint64_t calls_left; /* before the model is given up: models in models can be many */
	bool failed;         /* no memory */
};

/* ---- calls ---- */

/* One call of a layer; wrappers make calls of what is in them. */
struct call {
	struct finder *find;
	const struct config_layer *layer;
	struct config_values values;    /* of the layer's config */
	const struct config_call *made; /* as the config lists it; NULL: by a wrapper, by place */
	uint32_t first, count;          /* tensors that are its weights */
	struct value *inputs;
	uint32_t input_count;
	struct value *outputs;
	uint32_t output_count;
	bool unknown; /* nothing can be said of what came out */
};

void *finder_array(struct finder *, size_t count, size_t size);

/* Slices that an axis may have. A dataset without elements may claim any extent, so that what is
 * kept for each index has a limit of its own; Keras's own models stay below 5,000. */
enum { SLICES_MOST = 1 << 16 };

/* An output of this call; the first one unless more are made. */
void call_give(struct call *, struct value);
/* Freezes all inputs; what comes out is unknown. */
void call_refuse(struct call *, enum why);
/* Is input i passed under this name, or by place where names are not used? */
bool call_names(const struct call *, uint32_t input, const char *keyword);
/* Are there as many inputs as this, by place or under names that mean just that? */
bool call_takes(struct call *, uint32_t count);
/* Freezes an axis whose indices the layer does not treat alike. */
void call_mix(struct call *, struct axis);
/* Applies the rule of a layer inside this one to other inputs and a part of the weights. The
 * outputs live in the call that comes back. */
struct call call_inside(struct call *, const struct config_layer *, struct value *inputs,
		uint32_t input_count, uint32_t first, uint32_t count);

/* The rule of a class; by walk.c for models. */
void rule_apply(struct call *);
void walk_model(struct call *);
void walk_root(struct finder *);

/* ---- values ---- */

struct value value_unknown(void);
struct value value_new(struct finder *, int rank);
struct value value_copy(struct finder *, struct value);
/* The same with at least, or just, this many axes; false where that cannot be. */
bool value_reach(struct finder *, struct value *, int rank);
bool value_has_rank(struct finder *, struct value *, int rank);
/* Where Keras's axis is, which counts the batch; -1: nowhere that is known, or the batch. */
int value_place(struct finder *, struct value *, long axis);
/* With the last axis in place of the old one; a copy. */
struct value value_with_last(struct finder *, struct value, struct axis);
void value_freeze(struct finder *, struct value);
/* Both move alike where neither is broadcast; the result. */
struct value value_unite(struct finder *, struct value, struct value);
/* With the axes and extents that the config tells where they are not known. */
struct value value_as_told(struct finder *, struct value, const struct config_tensor *);
/* A shape of Keras with the batch, as fixed axes. */
bool value_of_shape(
		struct finder *, const struct config_values *, const char *key, struct value *out);

/* ---- weights ---- */

/* The tensor of this role among the call's, or LADLE_NONE. */
uint32_t weight_find(const struct call *, const char *role);
/* The same in a part: "query" and "kernel". */
uint32_t weight_find_in(const struct call *, const char *part, const char *role);
uint64_t weight_extent(const struct call *, uint32_t tensor, int axis); /* 0: no such axis */
int weight_rank(const struct call *, uint32_t tensor);
/* This axis of the weight moves as `axis` does; negative ones count from the end. LADLE_NONE is
 * no weight and nothing is done. */
void weight_describe(struct call *, uint32_t tensor, int axis, struct axis);
/* The same in `count` slices along axis `where`. */
void weight_describe_slices(struct call *, uint32_t tensor, int axis, int where,
		struct axis *slices, uint64_t count);
/* The weight is known, and no axis of it is free. */
void weight_describe_fixed(struct call *, uint32_t tensor);
/* A whole weight that has the shape of the value: 1 where it is broadcast. */
void weight_describe_like(struct call *, uint32_t tensor, struct value);

#endif
