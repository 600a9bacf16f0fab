/* model_config or config.json, as a small tree. Data only: nothing in it is ever evaluated. */
#ifndef KERAS_MODEL_CONFIG_H
#define KERAS_MODEL_CONFIG_H

#include "base/arena.h"
#include "keras/classes.h"

/* A tensor that one call of a layer gave: Keras's history triple. */
struct config_tensor {
	const char *layer;   /* by name, among its siblings */
	long call, output;   /* as the file counts them; `call` from 0 or 1 */
	const char *keyword; /* of the argument, or key of the dict in it; "" by position */
	const long *shape;   /* [rank] with the batch, -1: not known; NULL: not said */
	int rank;
};

/* One call of a layer: what it takes, in the order of its arguments. */
struct config_call {
	struct config_tensor *inputs;
	uint32_t count;
	const char *own; /* of an operation: the arguments, as JSON; NULL: not kept */
};

struct config_layer {
	uint32_t index;                /* in the order of the text, 0 is the model itself */
	const char *name, *class_name; /* "" where the config has none */
	const char *module;
	const char *dtype;                       /* of the policy; "" default */
	signed char option[CONFIG_OPTION_COUNT]; /* -1 absent, 0, 1 */
	signed char channels_first;              /* 1 also dim_ordering "th"; 0; -1 not said */
	bool is_model;                           /* its children are the layers of a model */
	bool is_operation;         /* Keras 3 records `x + 1` among the layers: has no weights */
	bool has_code;             /* a Lambda with marshalled Python */
	bool trainable;            /* false only where the config says so */
	uint64_t settings;         /* hash of the config without names and initialisers */
	struct config_call *calls; /* of a layer of a functional model, in the order of the calls */
	uint32_t call_count;
	struct config_tensor *model_inputs, *model_outputs; /* of a functional model */
	uint32_t input_count, output_count;
	struct config_layer *parent;
	struct config_layer *first_child, *last_child, *next; /* in the model's order; the wrapped
								 layer or the cells of others */
	const char *part; /* key under which a wrapper holds this child: "layer" */
	const char *own;  /* its config without the layers in it, as JSON; NULL: not kept */
};

struct config {
	struct config_layer *model; /* the root; NULL when there is none that can be read */
	uint32_t layer_count;       /* of all layers below it; indices are 0 to layer_count */
	const struct config_layer **layers; /* by index */
	uint32_t code_count;                /* of layers with code */
	const char *problem;                /* why `model` is NULL */
};

/* Fails only without memory. Everything lies in the arena. */
enum ladle_status config_read(struct config *out, struct arena *, const char *text, size_t length,
		struct ladle_error *);
/* The layers that a model, or a wrapper of a model, has; NULL when it has none of its own. */
const struct config_layer *config_members(const struct config_layer *);
/* The layer behind in the order of the text, of those in `top`: parents before children. NULL: it
 * was the last. */
const struct config_layer *config_below(
		const struct config_layer *top, const struct config_layer *);

#endif
