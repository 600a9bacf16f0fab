#include "keras/model_config.h"

#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "base/err.h"

/* Each nested model takes four levels of JSON. */
enum { CONFIG_MAX_DEPTH = 128 };

struct walk {
	struct arena *arena;
	struct config *config;
	bool failed; /* no memory */
};

/* Every look-up goes through here: a value of another type than expected is as good as absent, so
 * that no config, however wrong, is a reason to refuse weights that can be read. */
static struct json_object *
member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (object == NULL || !json_object_is_type(object, json_type_object))
		return NULL;
	json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *
text_of(struct walk *walk, struct json_object *value)
{
	char *copy;

	if (value == NULL || !json_object_is_type(value, json_type_string))
		return "";
	copy = arena_text(walk->arena, json_object_get_string(value),
			(size_t)json_object_get_string_len(value));
	walk->failed |= copy == NULL;
	return copy == NULL ? "" : copy;
}

/* A string, or a policy object whose config has a name. */
static const char *
dtype_of(struct walk *walk, struct json_object *value)
{
	struct json_object *config = member(value, "config");

	return text_of(walk, config == NULL ? value : member(config, "name"));
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
	struct json_object *function = member(config, "function");
	struct json_object *class_name = member(function, "class_name");
	struct json_object *type = member(config, "function_type");

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

static struct config_layer *read_layer(
		struct walk *, struct config_layer *parent, struct json_object *, const char *part);

static void
read_list(struct walk *walk, struct config_layer *parent, struct json_object *list,
		const char *part)
{
	size_t count = json_object_array_length(list);

	for (size_t i = 0; i < count && !walk->failed; i++)
		read_layer(walk, parent, json_object_array_get_idx(list, i), part);
}

/* The layers of a model, or what a wrapper wraps. Sequential's config was a plain list until
 * 2.2.3. */
static void
read_children(struct walk *walk, struct config_layer *layer, struct json_object *config)
{
	static const char *const wrapped[] = {
			"layer", "forward_layer", "backward_layer", "cell", "cells"};
	struct json_object *list = config;

	if (!json_object_is_type(config, json_type_array))
		list = member(config, "layers");
	if (list != NULL && json_object_is_type(list, json_type_array)) {
		layer->is_model = true;
		read_list(walk, layer, list, "");
		return;
	}
	for (size_t i = 0; i < sizeof(wrapped) / sizeof(wrapped[0]); i++) {
		struct json_object *inner = member(config, wrapped[i]);

		if (inner != NULL && json_object_is_type(inner, json_type_array))
			read_list(walk, layer, inner, wrapped[i]);
		else if (member(inner, "class_name") != NULL)
			read_layer(walk, layer, inner, wrapped[i]);
	}
}

static void
describe(struct walk *walk, struct config_layer *layer, struct json_object *object)
{
	struct json_object *config = member(object, "config");
	struct json_object *name = member(config, "name");

	layer->class_name = text_of(walk, member(object, "class_name"));
	layer->name = text_of(walk, name != NULL ? name : member(object, "name"));
	layer->module = text_of(walk, member(object, "module"));
	layer->dtype = dtype_of(walk, member(config, "dtype"));
	layer->is_operation = strncmp(layer->module, "keras.src.ops", 13) == 0;
	layer->has_code = holds_code(layer, config);
	read_options(layer, config);
}

/* Recursion is bounded by the depth that the parser accepts. */
static struct config_layer *
read_layer(struct walk *walk, struct config_layer *parent, struct json_object *object,
		const char *part)
{
	struct config_layer *layer;
	struct json_object *config = member(object, "config");

	if (config == NULL)
		return NULL;
	layer = arena_array(walk->arena, 1, sizeof(*layer));
	if (layer == NULL) {
		walk->failed = true;
		return NULL;
	}
	layer->part = part;
	describe(walk, layer, object);
	append(parent, layer);
	walk->config->layer_count += parent != NULL;
	walk->config->code_count += layer->has_code;
	read_children(walk, layer, config);
	return layer;
}

/* json-c accepts NaN and Infinity, which Python's json writes. */
static struct json_object *
parse(const char *text, size_t length, const char **problem)
{
	struct json_tokener *tokener = json_tokener_new_ex(CONFIG_MAX_DEPTH);
	struct json_object *object = NULL;

	*problem = "it is too long";
	if (tokener != NULL && length < INT_MAX) {
		object = json_tokener_parse_ex(tokener, text, (int)length);
		*problem = json_tokener_error_desc(json_tokener_get_error(tokener));
	}
	if (tokener != NULL)
		json_tokener_free(tokener);
	return object;
}

enum ladle_status
config_read(struct config *out, struct arena *arena, const char *text, size_t length,
		struct ladle_error *err)
{
	struct walk walk = {.arena = arena, .config = out};
	struct json_object *object;

	memset(out, 0, sizeof(*out));
	object = parse(text, length, &out->problem);
	if (object != NULL) {
		out->model = read_layer(&walk, NULL, object, "");
		out->problem = out->model == NULL ? "it describes no model" : NULL;
		json_object_put(object);
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
