#include "keras/model_config.h"

#include <string.h>

#include "base/err.h"
#include "file/json_text.h"
#include "file/limits.h"
#include "keras/config_walk.h"

struct json_object *
config_member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (object == NULL || !json_object_is_type(object, json_type_object))
		return NULL;
	json_object_object_get_ex(object, key, &value);
	return value;
}

const char *
config_text(struct config_walk *walk, struct json_object *value)
{
	char *copy;

	if (value == NULL || !json_object_is_type(value, json_type_string))
		return "";
	copy = arena_text(walk->arena, json_object_get_string(value),
			(size_t)json_object_get_string_len(value));
	walk->failed |= copy == NULL;
	return copy == NULL ? "" : copy;
}

/* A string, or a policy object whose config has a name, or a mode when it quantises. */
static const char *
dtype_of(struct config_walk *walk, struct json_object *value)
{
	struct json_object *config = config_member(value, "config");

	const char *name;

	if (config == NULL)
		return config_text(walk, value);
	name = config_text(walk, config_member(config, "name"));
	return name[0] != '\0' ? name : config_text(walk, config_member(config, "mode"));
}

/* As Python would judge it: null, false, 0 and "" are false. */
static signed char
truth_of(struct json_object *config, const char *key)
{
	struct json_object *value;

	if (key == NULL || !json_object_is_type(config, json_type_object) ||
			!json_object_object_get_ex(config, key, &value))
		return -1;
	if (value == NULL)
		return 0;
	return json_object_get_boolean(value) ? 1 : 0;
}

static void
read_options(struct config_layer *layer, struct json_object *config)
{
	static const struct {
		const char *key, *old_key;
	} keys[] = {
#define X(id, key, old_key, usual) {key, old_key},
			CONFIG_OPTIONS(X)
#undef X
	};

	memset(layer->option, -1, sizeof(layer->option));
	for (size_t i = 0; config != NULL && i < sizeof(keys) / sizeof(keys[0]); i++) {
		layer->option[i] = truth_of(config, keys[i].key);
		if (layer->option[i] < 0)
			layer->option[i] = truth_of(config, keys[i].old_key);
	}
}

/* Keras 2 marshals a lambda into [code, defaults, closure]; Keras 3 into a __lambda__ object. */
static bool
holds_code(const struct config_layer *layer, struct json_object *config)
{
	struct json_object *function = config_member(config, "function");
	struct json_object *class_name = config_member(function, "class_name");
	struct json_object *type = config_member(config, "function_type");

	if (strcmp(layer->class_name, "Lambda") != 0)
		return false;
	if (type != NULL && json_object_is_type(type, json_type_string))
		return strcmp(json_object_get_string(type), "lambda") == 0;
	return json_object_is_type(function, json_type_array) ||
	       (class_name != NULL &&
			       strcmp(json_object_get_string(class_name), "__lambda__") == 0);
}

static void
append(struct config_layer *parent, struct config_layer *child)
{
	child->parent = parent;
	if (parent == NULL)
		return;
	if (parent->last_child == NULL)
		parent->first_child = child;
	else
		parent->last_child->next = child;
	parent->last_child = child;
}

static struct config_layer *read_layer(struct config_walk *, struct config_layer *parent,
		struct json_object *, const char *part);

static void
read_list(struct config_walk *walk, struct config_layer *parent, struct json_object *list,
		const char *part)
{
	size_t count = json_object_array_length(list);

	for (size_t i = 0; i < count && !walk->failed; i++)
		read_layer(walk, parent, json_object_array_get_idx(list, i), part);
}

/* The layers of a model, or what a wrapper wraps. Sequential's config was a plain list until
 * 2.2.3. */
static void
read_children(struct config_walk *walk, struct config_layer *layer, struct json_object *config)
{
	static const char *const wrapped[] = {
			"layer", "forward_layer", "backward_layer", "cell", "cells"};
	struct json_object *list = config;

	if (!json_object_is_type(config, json_type_array))
		list = config_member(config, "layers");
	if (list != NULL && json_object_is_type(list, json_type_array)) {
		layer->is_model = true;
		config_read_ends(walk, layer, config);
		read_list(walk, layer, list, "");
		return;
	}
	for (size_t i = 0; i < sizeof(wrapped) / sizeof(wrapped[0]); i++) {
		struct json_object *inner = config_member(config, wrapped[i]);

		if (inner != NULL && json_object_is_type(inner, json_type_array))
			read_list(walk, layer, inner, wrapped[i]);
		else if (config_member(inner, "class_name") != NULL)
			read_layer(walk, layer, inner, wrapped[i]);
	}
}

/* "data_format", in Keras 1 "dim_ordering". */
static signed char
channels_first(struct json_object *config)
{
	struct json_object *order = config_member(config, "dim_ordering");
	const char *text;

	if (order == NULL)
		order = config_member(config, "data_format");
	if (order == NULL || !json_object_is_type(order, json_type_string))
		return -1;
	text = json_object_get_string(order);
	if (strcmp(text, "th") == 0 || strcmp(text, "channels_first") == 0)
		return 1;
	return strcmp(text, "tf") == 0 || strcmp(text, "channels_last") == 0 ? 0 : -1;
}

/* In HDF5 Keras 3 leaves modules out: there a layer has a dtype, an operation but a name. */
static bool
is_operation(const struct config_layer *layer, struct json_object *object,
		struct json_object *config)
{
	static const char *const of_layers[] = {"dtype", "trainable", "layers"};
	struct json_object *calls = config_member(object, "inbound_nodes");

	if (layer->module[0] != '\0')
		return strncmp(layer->module, "keras.src.ops", 13) == 0;
	for (size_t i = 0; i < sizeof(of_layers) / sizeof(of_layers[0]); i++)
		if (config_member(config, of_layers[i]) != NULL)
			return false;
	return json_object_is_type(calls, json_type_array) &&
	       config_member(json_object_array_get_idx(calls, 0), "args") != NULL;
}

static void
describe(struct config_walk *walk, struct config_layer *layer, struct json_object *object)
{
	struct json_object *config = config_member(object, "config");
	struct json_object *name = config_member(config, "name");

	layer->class_name = config_text(walk, config_member(object, "class_name"));
	layer->name = config_text(walk, name != NULL ? name : config_member(object, "name"));
	layer->module = config_text(walk, config_member(object, "module"));
	layer->dtype = dtype_of(walk, config_member(config, "dtype"));
	layer->is_operation = is_operation(layer, object, config);
	layer->has_code = holds_code(layer, config);
	layer->trainable = truth_of(config, "trainable") != 0;
	layer->settings = config_hash(config);
	layer->own = config_own(walk, config);
	layer->channels_first = channels_first(config);
	read_options(layer, config);
	config_read_calls(walk, layer, object);
}

/* Recursion is bounded by the depth that the parser accepts. */
static struct config_layer *
read_layer(struct config_walk *walk, struct config_layer *parent, struct json_object *object,
		const char *part)
{
	struct config_layer *layer;
	struct json_object *config = config_member(object, "config");

	if (config == NULL)
		return NULL;
	layer = arena_array(walk->arena, 1, sizeof(*layer));
	if (layer == NULL) {
		walk->failed = true;
		return NULL;
	}
	layer->part = part;
	layer->index = walk->config->layer_count + (parent != NULL);
	walk->config->layer_count = layer->index;
	describe(walk, layer, object);
	append(parent, layer);
	walk->config->code_count += layer->has_code;
	read_children(walk, layer, config);
	return layer;
}

struct json_object *
config_parse(const char *text, size_t length, const char **problem)
{
	return json_text_parse(text, length, CONFIG_MAX_DEPTH, problem);
}

const struct config_layer *
config_below(const struct config_layer *top, const struct config_layer *layer)
{
	if (layer->first_child != NULL)
		return layer->first_child;
	while (layer != top && layer->next == NULL)
		layer = layer->parent;
	return layer == top ? NULL : layer->next;
}

static void
list_layers(struct config_walk *walk)
{
	struct config *config = walk->config;

	config->layers = arena_array(walk->arena, config->layer_count + 1, sizeof(*config->layers));
	walk->failed |= config->layers == NULL;
	for (const struct config_layer *l = config->model; l != NULL && !walk->failed;
			l = config_below(config->model, l))
		config->layers[l->index] = l;
}

enum ladle_status
config_read(struct config *out, struct arena *arena, const char *text, size_t length,
		struct ladle_error *err)
{
	struct config_walk walk = {.arena = arena, .config = out};
	struct json_object *object;

	memset(out, 0, sizeof(*out));
	object = config_parse(text, length, &out->problem);
	if (object != NULL) {
		out->model = read_layer(&walk, NULL, object, "");
		out->problem = out->model == NULL ? "it describes no model" : NULL;
		json_object_put(object);
		list_layers(&walk);
	}
	if (walk.failed)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the model's config");
	return LADLE_OK;
}

const struct config_layer *
config_members(const struct config_layer *layer)
{
	if (layer == NULL || layer->is_model)
		return layer == NULL ? NULL : layer->first_child;
	if (layer->first_child != NULL && layer->first_child->next == NULL)
		return config_members(layer->first_child);
	return NULL;
}
