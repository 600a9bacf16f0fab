/* model_config or config.json, as a small tree. Data only: nothing in it is ever evaluated. */
#ifndef KERAS_MODEL_CONFIG_H
#define KERAS_MODEL_CONFIG_H

#include "base/arena.h"
#include "keras/classes.h"

struct config_layer {
	const char *name, *class_name; /* "" where the config has none */
	const char *module;
	const char *dtype;                       /* of the policy; "" default */
	signed char option[CONFIG_OPTION_COUNT]; /* -1 absent, 0, 1 */
	bool is_model;                           /* its children are the layers of a model */
	bool is_operation; /* Keras 3 records `x + 1` among the layers: has no weights */
	bool has_code;     /* a Lambda with marshalled Python */
	struct config_layer *parent;
	struct config_layer *first_child, *last_child, *next; /* in the model's order; the wrapped
								 layer or the cells of others */
	const char *part; /* key under which a wrapper holds this child: "layer" */
};

struct config {
	struct config_layer *model; /* the root; NULL when there is none that can be read */
	uint32_t layer_count;       /* of all layers below it */
	uint32_t code_count;        /* of layers with code */
	const char *problem;        /* why `model` is NULL */
};

/* Fails only without memory. Everything lies in the arena. */
enum ladle_status config_read(struct config *out, struct arena *, const char *text, size_t length,
		struct ladle_error *);
/* The layers that a model, or a wrapper of a model, has; NULL when it has none of its own. */
const struct config_layer *config_members(const struct config_layer *);

#endif
