/* What is known of Keras's layer classes; the table is classes.def. */
#ifndef KERAS_CLASSES_H
#define KERAS_CLASSES_H

#include <ladle.h>

/* Options of a layer's config that decide which weights it has.
 * X(enumerator, key, key of Keras 1, when the config does not say) */
#define CONFIG_OPTIONS(X)                      \
	X(USE_BIAS, "use_bias", "bias", true)  \
	X(BIAS_AXES, "bias_axes", NULL, true)  \
	X(SCALE, "scale", NULL, true)          \
	X(CENTER, "center", NULL, true)        \
	X(USE_SCALE, "use_scale", NULL, false) \
	X(RENORM, "renorm", NULL, false)

enum config_option {
#define X(id, key, old_key, usual) OPTION_##id,
	CONFIG_OPTIONS(X)
#undef X
			OPTION_MAYBE, /* there or not, no single key of the config says so */
	CONFIG_OPTION_COUNT,
	OPTION_ALWAYS
};

enum class_kind {
	CLASS_LEAF,      /* its weights are its own */
	CLASS_COMPOSITE, /* one layer to its user, though parts of it hold the weights */
	CLASS_MODEL      /* has layers */
};

enum { CLASS_MAX_WEIGHTS = 8 };

struct class_weight {
	const char *role;
	enum config_option option;
	bool copied;
	bool fixed; /* never trained: Keras lists it behind those that are */
};

struct class_row {
	const char *name, *snake;
	enum class_kind kind;
	struct class_weight weights[CLASS_MAX_WEIGHTS]; /* ends with role NULL, or is full */
};

/* Both resolve aliases ("Convolution2D" is Conv2D's row) and give NULL for what is not in the
 * table. */
const struct class_row *class_find(const char *name);
/* By a path component with or without its counter: "conv2d_1". */
const struct class_row *class_of_component(const char *component);
/* A class that is not known contradicts none. */
bool class_agree(const char *a, const char *b);
/* Is it a name that Keras counts up by itself: the snake case of a class, with or without _N? */
bool class_counts_name(const char *name);
/* Which roles `count` weights have, in the order in which they are stored. option[o] is -1
 * unknown, 0 or 1. Roles that cannot be told are "". */
void class_roles(const struct class_row *, const signed char *option, uint32_t count,
		const char **roles);
/* The weights that a layer of the class has by its config, in the order in which they are stored;
 * returns how many. */
uint32_t class_weights(const struct class_row *, const signed char *option,
		const struct class_weight *out[CLASS_MAX_WEIGHTS]);
/* Has the class a weight of this role? */
bool class_has_role(const struct class_row *, const char *role);

/* Length of `text` without a trailing "_<digits>". */
size_t class_stem(const char *text);

/* The role that a weight's name tells ("" none), as it stands in the file without ":0". */
const char *weight_role(const char *name);
/* The name inside "<anything>_<name>" as Keras 1 wrote it, or NULL: "dense_1_W" has "W". */
const char *weight_old_name(const char *name);
/* Why a tensor is copied and not averaged, in a few words, or NULL. `class_name` is its layer's.
 */
const char *weight_copied(const char *class_name, const char *role, enum ladle_dtype);

/* An object inside a layer of a v3 store: its place among its siblings (SIZE_MAX: not known), how
 * to call it, its class. */
struct class_part {
	const char *component, *name, *class_name;
};

const struct class_part *class_part(const char *component);
size_t class_part_place(const char *component);

/* An object that a layer makes itself, so that no config lists it. */
struct class_inner {
	const char *owner, *component, *name, *class_name;
	bool hidden; /* Keras 2 writes '_' before the component */
};

/* The number-th object inside a layer of the class, in the order of its weights, or NULL. */
const struct class_inner *class_inner(const struct class_row *, uint32_t number);

#endif
