/* What Keras stores of a model, made from its config and the table of classes: the objects, which
 * weights each of them holds, where a v3 store keeps them and in which order a legacy file lists
 * them. Sections 1.5, 2 and 4 of the format. */
#ifndef KERAS_BLUEPRINT_H
#define KERAS_BLUEPRINT_H

#include "keras/model_config.h"

/* Which Keras the output is for. */
struct keras_era {
	int major;           /* 2 also for Keras 0, 1 and where nothing says it */
	bool hidden_parts;   /* a store has `_query_dense`: before 3.0.3 */
	bool has_names;      /* a store names its objects: Keras 3 */
	bool has_directions; /* a store has an empty `layer` in Bidirectional: Keras 2 */
};

struct keras_era keras_era(const char *version);

struct blueprint_weight {
	const char *role; /* "" unknown */
	const char *leaf; /* its name in a legacy file without ":0", NULL: not known */
	bool fixed;       /* never trained */
	uint32_t tensor;  /* of the checkpoint that it comes from */
	const struct blueprint_object *owner;
	struct blueprint_weight *same; /* whose values are stored here once more, or NULL */
	bool listed;                   /* for blueprint_list */
};

/* A model, a layer, or an object inside a layer. */
struct blueprint_object {
	const struct config_layer *config; /* NULL: made by its layer */
	const char *name, *class_name;
	const char *path; /* in a store, below its parent's: "layers/dense_1", "cell" */
	const struct class_row *row;
	signed char option[CONFIG_OPTION_COUNT];
	bool is_model, trainable;
	bool is_aside; /* stored without weights, and not listed by legacy files */
	bool is_unit;  /* one layer to its user: what is in it was given with it */
	struct blueprint_weight *weights;
	uint32_t count;
	struct blueprint_object *parent, *first_child, *last_child, *next;
};

struct blueprint {
	struct arena *arena;
	struct keras_era era;
	struct blueprint_object *model;
	uint32_t layer_count; /* of the config */
	const char *path;     /* of the file that the config is of, for errors */
	bool failed;          /* no memory */
};

/* The objects, without weights. Strings are borrowed from the config. E_INPUT when the config has
 * no model or lists no layers. */
enum ladle_status blueprint_make(struct blueprint *out, struct arena *, const struct config *,
		const char *version, const char *path, struct ladle_error *);
/* Gives every object the weights that the checkpoint has for it; `layers[].config` are indices
 * into the blueprint's config. E_USAGE, naming layer, file and both sides, when one has what the
 * other has not, or when it is not known which is which. */
enum ladle_status blueprint_fill(
		struct blueprint *, const struct ladle_checkpoint *, struct ladle_error *);
/* Weights of an object and all in it. */
uint32_t blueprint_count(const struct blueprint_object *);
/* The same into list[], once each and as a legacy file lists them; returns how many. */
uint32_t blueprint_list(const struct keras_era *, struct blueprint_object *,
		const struct blueprint_weight **list);
/* The next object of a walk over `top` and all in it, parents first; NULL behind the last. */
struct blueprint_object *blueprint_next(
		const struct blueprint_object *top, const struct blueprint_object *);

#endif
