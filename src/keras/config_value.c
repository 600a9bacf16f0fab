#include "keras/config_value.h"

#include <string.h>

#include "file/limits.h"
#include "keras/config_walk.h"

/* ---- what is kept ---- */

const char *
config_own_text(struct config_walk *walk, struct json_object *value)
{
	size_t length;
	const char *text = json_object_to_json_string_length(
			value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	char *copy;

	if (text == NULL || length > CONFIG_MAX_OWN)
		return NULL;
	copy = arena_text(walk->arena, text, length);
	walk->failed |= copy == NULL;
	return copy;
}

static bool
is_kept(const char *key)
{
	static const char *const left[] = {"layers", "layer", "forward_layer", "backward_layer",
			"cell", "cells", "dtype", "module"};
	static const char *const ends[] = {"_regularizer", "_constraint"};
	size_t length = strlen(key);

	if (config_tells_nothing(key))
		return false;
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		if (strcmp(key, left[i]) == 0)
			return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (length > strlen(ends[i]) &&
				strcmp(key + length - strlen(ends[i]), ends[i]) == 0)
			return false;
	return true;
}

const char *
config_own(struct config_walk *walk, struct json_object *config)
{
	struct json_object *own;
	const char *text;

	if (!json_object_is_type(config, json_type_object))
		return NULL;
	own = json_object_new_object();
	json_object_object_foreach(config, key, value)
	{
		if (own != NULL && is_kept(key))
			json_object_object_add(own, key, json_object_get(value));
	}
	walk->failed |= own == NULL;
	text = own == NULL ? NULL : config_own_text(walk, own);
	json_object_put(own);
	return text;
}

/* ---- what is read ---- */

bool
config_values_open(struct config_values *values, const char *own)
{
	const char *problem;

	values->object = own == NULL ? NULL : config_parse(own, strlen(own), &problem);
	return values->object != NULL;
}

void
config_values_close(struct config_values *values)
{
	json_object_put(values->object);
	values->object = NULL;
}

bool
config_has(const struct config_values *values, const char *key)
{
	return config_member(values->object, key) != NULL;
}

bool
config_is_null(const struct config_values *values, const char *key)
{
	struct json_object *value;

	return json_object_is_type(values->object, json_type_object) &&
	       json_object_object_get_ex(values->object, key, &value) && value == NULL;
}

bool
config_is_list(const struct config_values *values, const char *key)
{
	struct json_object *value = config_member(values->object, key);

	return json_object_is_type(value, json_type_array) ||
	       json_object_is_type(value, json_type_object);
}

bool
config_truth(const struct config_values *values, const char *key, bool usual)
{
	struct json_object *value = config_member(values->object, key);

	return value == NULL ? usual : json_object_get_boolean(value);
}

static bool
is_integer(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) ||
	       (json_object_is_type(value, json_type_double) &&
			       json_object_get_double(value) ==
					       (double)json_object_get_int64(value));
}

long
config_integer(const struct config_values *values, const char *key, long usual)
{
	struct json_object *value = config_member(values->object, key);

	return value != NULL && is_integer(value) ? (long)json_object_get_int64(value) : usual;
}

double
config_real(const struct config_values *values, const char *key, double usual)
{
	struct json_object *value = config_member(values->object, key);

	return json_object_is_type(value, json_type_double) ||
			       json_object_is_type(value, json_type_int)
		       ? json_object_get_double(value)
		       : usual;
}

/* Keras 3 writes a tuple that stands among arguments as an object of its own. */
static struct json_object *
list_in(struct json_object *value)
{
	struct json_object *items = config_member(config_member(value, "config"), "value");

	if (items == NULL)
		items = config_member(value, "items");
	return items == NULL ? value : items;
}

static int
take_integers(struct json_object *value, long *out, int count, int max)
{
	value = list_in(value);
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value) && count >= 0; i++)
			count = take_integers(json_object_array_get_idx(value, i), out, count, max);
		return count;
	}
	if (count >= max || (value != NULL && !is_integer(value)))
		return CONFIG_NO_LIST;
	out[count] = value == NULL ? -1 : (long)json_object_get_int64(value);
	return count + 1;
}

int
config_integers(const struct config_values *values, const char *key, long *out, int max)
{
	struct json_object *value = config_member(values->object, key);

	return value == NULL ? 0 : take_integers(value, out, 0, max);
}

const char *
config_string(const struct config_values *values, const char *key, const char *usual)
{
	struct json_object *value = config_member(values->object, key);

	return value != NULL && json_object_is_type(value, json_type_string)
			       ? json_object_get_string(value)
			       : usual;
}

const char *
config_named(const struct config_values *values, const char *key, const char *usual)
{
	struct json_object *value = config_member(values->object, key);
	struct json_object *name = config_member(value, "class_name");

	if (value == NULL)
		return usual;
	if (name != NULL && json_object_is_type(name, json_type_string) &&
			strcmp(json_object_get_string(name), "function") == 0)
		name = config_member(value, "config");
	if (name == NULL)
		name = value;
	return json_object_is_type(name, json_type_string) ? json_object_get_string(name) : "";
}

/* ---- calls ---- */

static bool
is_tensor(struct json_object *value)
{
	return config_member(config_member(value, "config"), "keras_history") != NULL;
}

static bool
is_number(struct json_object *value)
{
	return value == NULL || json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double) ||
	       json_object_is_type(value, json_type_boolean);
}

static bool is_plain(struct json_object *value, bool arguments);

/* A list of numbers is a constant with axes, unless it is Keras 3's list of the arguments. */
static bool
list_is_plain(struct json_object *list, bool arguments)
{
	size_t first = config_is_tensor(list) ? 3 : 0;

	for (size_t i = first; i < json_object_array_length(list); i++) {
		struct json_object *value = json_object_array_get_idx(list, i);

		if ((is_number(value) && !arguments) || !is_plain(value, false))
			return false;
	}
	return true;
}

static bool
is_plain(struct json_object *value, bool arguments)
{
	if (is_number(value) || is_tensor(value))
		return true;
	if (json_object_is_type(value, json_type_array))
		return list_is_plain(value, arguments);
	if (!json_object_is_type(value, json_type_object))
		return false;
	json_object_object_foreach(value, key, inner)
	{
		if (strcmp(key, "name") != 0 && !is_plain(inner, strcmp(key, "args") == 0))
			return false;
	}
	return true;
}

bool
config_call_is_plain(const struct config_values *call)
{
	return call->object != NULL && is_plain(call->object, false);
}

/* Keras 2 writes them behind a tensor, in one list of tensors or in several. */
static struct json_object *
named_in(struct json_object *value, const char *key)
{
	struct json_object *found = config_member(config_member(value, "kwargs"), key);

	if (found == NULL)
		found = config_member(value, key);
	if (found != NULL || !json_object_is_type(value, json_type_array))
		return found;
	for (size_t i = 0; i < json_object_array_length(value) && found == NULL; i++)
		found = named_in(json_object_array_get_idx(value, i), key);
	return found;
}

int
config_call_integers(const struct config_values *call, const char *key, long *out, int max)
{
	struct json_object *value = named_in(call->object, key);

	return value == NULL ? 0 : take_integers(value, out, 0, max);
}

bool
config_call_truth(const struct config_values *call, const char *key)
{
	return json_object_get_boolean(named_in(call->object, key));
}
