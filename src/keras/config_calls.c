/* Who takes what from whom: inbound_nodes, input_layers and output_layers of every generation. */
#include "keras/config_walk.h"

#include <string.h>

#include "base/hash.h"

/* ---- tensors ----
 *
 * Keras 3 writes an object of class __keras_tensor__ anywhere in the arguments; before, a tensor is
 * [layer, call, output] or [layer, call, output, keyword arguments], and these may hold more. */

struct gathering {
	struct config_walk *walk;
	struct config_tensor *list; /* NULL: only counts */
	uint32_t count;
	const char *keyword;
	struct json_object *shape; /* of the tensor that is being read */
};

static bool
is_text(struct json_object *value)
{
	return value != NULL && json_object_is_type(value, json_type_string);
}

bool
config_is_tensor(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) < 3)
		return false;
	return is_text(json_object_array_get_idx(value, 0)) &&
	       json_object_is_type(json_object_array_get_idx(value, 1), json_type_int) &&
	       json_object_is_type(json_object_array_get_idx(value, 2), json_type_int);
}

static void
take_shape(struct gathering *all, struct config_tensor *tensor)
{
	size_t rank = json_object_is_type(all->shape, json_type_array)
				      ? json_object_array_length(all->shape)
				      : 0;
	long *shape = rank > 0 && rank <= LADLE_MAX_RANK + 1
				      ? arena_array(all->walk->arena, rank, sizeof(*shape))
				      : NULL;

	for (size_t i = 0; i < rank && shape != NULL; i++) {
		struct json_object *extent = json_object_array_get_idx(all->shape, i);

		shape[i] = json_object_is_type(extent, json_type_int)
					   ? (long)json_object_get_int64(extent)
					   : -1;
	}
	tensor->shape = shape;
	tensor->rank = shape == NULL ? 0 : (int)rank;
}

static void
take_triple(struct gathering *all, struct json_object *triple)
{
	const char *layer = json_object_get_string(json_object_array_get_idx(triple, 0));

	if (strcmp(layer, "_CONSTANT_VALUE") == 0)
		return;
	if (all->list != NULL) {
		all->list[all->count] = (struct config_tensor){
				.layer = config_text(
						all->walk, json_object_array_get_idx(triple, 0)),
				.keyword = all->keyword,
				.call = json_object_get_int(json_object_array_get_idx(triple, 1)),
				.output = json_object_get_int(json_object_array_get_idx(triple, 2)),
		};
		take_shape(all, &all->list[all->count]);
	}
	all->count++;
}

static void gather(struct gathering *, struct json_object *value);

/* The outermost key is the keyword; "args" and "kwargs" are Keras 3's own. */
static void
gather_member(struct gathering *all, const char *key, struct json_object *value)
{
	const char *outer = all->keyword;

	if (outer[0] == '\0' && strcmp(key, "args") != 0 && strcmp(key, "kwargs") != 0 &&
			all->list != NULL) {
		all->keyword = arena_text(all->walk->arena, key, strlen(key));
		all->walk->failed |= all->keyword == NULL;
		if (all->keyword == NULL)
			all->keyword = "";
	}
	gather(all, value);
	all->keyword = outer;
}

/* Depth is bounded by the parser's. */
static void
gather(struct gathering *all, struct json_object *value)
{
	struct json_object *history =
			config_member(config_member(value, "config"), "keras_history");
	bool triple = config_is_tensor(value);

	if (history != NULL) {
		all->shape = config_member(config_member(value, "config"), "shape");
		gather(all, history);
		all->shape = NULL;
	} else if (json_object_is_type(value, json_type_array)) {
		if (triple)
			take_triple(all, value);
		for (size_t i = triple ? 3 : 0; i < json_object_array_length(value); i++)
			gather(all, json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, inner)
		{
			gather_member(all, key, inner);
		}
	}
}

/* Two walks: room is made for what is there. */
static struct config_tensor *
tensors_of(struct config_walk *walk, struct json_object *value, uint32_t *count)
{
	struct gathering all = {.walk = walk, .keyword = ""};

	*count = 0;
	gather(&all, value);
	if (all.count == 0)
		return NULL;
	all.list = arena_array(walk->arena, all.count, sizeof(*all.list));
	walk->failed |= all.list == NULL;
	if (all.list == NULL)
		return NULL;
	all.count = 0;
	gather(&all, value);
	*count = all.count;
	return all.list;
}

void
config_read_calls(struct config_walk *walk, struct config_layer *layer, struct json_object *entry)
{
	struct json_object *nodes = config_member(entry, "inbound_nodes");
	size_t count;

	if (!json_object_is_type(nodes, json_type_array))
		return;
	count = json_object_array_length(nodes);
	layer->calls = arena_array(walk->arena, count + 1, sizeof(*layer->calls));
	walk->failed |= layer->calls == NULL;
	for (size_t i = 0; i < count && !walk->failed; i++) {
		struct config_call *call = &layer->calls[layer->call_count++];

		call->inputs = tensors_of(walk, json_object_array_get_idx(nodes, i), &call->count);
		if (layer->is_operation || strcmp(layer->class_name, "TFOpLambda") == 0)
			call->own = config_own_text(walk, json_object_array_get_idx(nodes, i));
	}
}

void
config_read_ends(struct config_walk *walk, struct config_layer *layer, struct json_object *config)
{
	layer->model_inputs = tensors_of(
			walk, config_member(config, "input_layers"), &layer->input_count);
	layer->model_outputs = tensors_of(
			walk, config_member(config, "output_layers"), &layer->output_count);
}

/* ---- settings ---- */

/* Two layers that differ in these alone compute the same of the same weights. */
bool
config_tells_nothing(const char *key)
{
	static const char *const keys[] = {"name", "seed", "trainable", "build_config",
			"inbound_nodes", "input_layers", "output_layers", "registered_name",
			"shared_object_id"};
	size_t length = strlen(key);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return length > 12 && strcmp(key + length - 12, "_initializer") == 0;
}

static uint64_t
hash_number(double value, uint64_t seed)
{
	return hash_bytes(&value, sizeof(value), seed);
}

static uint64_t
hash_value(struct json_object *value, uint64_t seed)
{
	enum json_type type = json_object_get_type(value);

	seed = hash_bytes(&type, sizeof(type), seed);
	if (type == json_type_string)
		return hash_bytes(json_object_get_string(value),
				(size_t)json_object_get_string_len(value), seed);
	if (type == json_type_array) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			seed = hash_value(json_object_array_get_idx(value, i), seed);
		return seed;
	}
	if (type != json_type_object)
		return type == json_type_null ? seed
					      : hash_number(json_object_get_double(value), seed);
	json_object_object_foreach(value, key, inner) if (!config_tells_nothing(key)) seed =
			hash_value(inner, hash_bytes(key, strlen(key), seed));
	return seed;
}

uint64_t
config_hash(struct json_object *config)
{
	return hash_value(config, 0);
}
