#include "keras/ema.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "keras/config_walk.h"
#include "keras/graph.h"
#include "keras/keras.h"
#include "keras/text_list.h"
#include "keras/weight_tree.h"

struct averages {
	struct checkpoint *checkpoint;
	uint32_t *list; /* datasets in the optimizer's order, which is that of trainable tensors */
	uint32_t count, room;
	struct ladle_error *err;
};

static enum ladle_status
fail(const struct averages *all, const char *why)
{
	const char *path = all->checkpoint->pub.path;

	return ladle_fail(all->err, LADLE_E_INPUT, path, "%s: %s", path, why);
}

/* ---- legacy: the variables have names ---- */

/* "adam/c_kernel_average" of Keras 3, "Adam/average/c/kernel:0" of 2.11 and later. */
static bool
is_average(const char *name)
{
	static const char end[] = "_average";
	size_t length = strlen(name), size = sizeof(end) - 1;

	return strstr(name, "/average/") != NULL ||
	       (length > size && strcmp(name + length - size, end) == 0);
}

static enum ladle_status
find_named(struct averages *all, uint32_t group)
{
	const struct catalog *catalog = all->checkpoint->catalog;
	const struct catalog_object *objects = catalog->objects;
	struct text_list names;

	if (!text_list_read(&names, &all->checkpoint->arena, &objects[group], "weight_names"))
		return ladle_fail(all->err, LADLE_E_MEMORY, NULL, "no memory for the averages");
	for (uint32_t i = 0; i < names.count; i++) {
		uint32_t object = catalog_child(catalog, group, names.strings[i]);

		if (object == LADLE_NONE || objects[object].kind != CATALOG_DATASET ||
				!is_average(names.strings[i]))
			continue;
		if (all->count == all->room)
			return fail(all, "its optimizer lists one variable twice");
		all->list[all->count++] = object;
	}
	return all->count > 0 ? LADLE_OK : fail(all, "its optimizer keeps no averages (use_ema)");
}

/* ---- v3: the variables have numbers ----
 *
 * The step, in Keras 3 the learning rate, then one average for each trainable variable, then the
 * slots: whether there are averages, the config alone tells. */

static bool
truth_at(struct json_object *object, const char *key)
{
	struct json_object *value = config_member(object, key);

	return value != NULL && json_object_get_boolean(value);
}

static bool
uses_averages(const char *text, size_t length)
{
	const char *problem;
	struct json_object *root = config_parse(text, length, &problem), *at;
	bool uses;

	at = config_member(config_member(root, "compile_config"), "optimizer");
	at = config_member(at, "config");
	uses = truth_at(at, "use_ema") ||
	       truth_at(config_member(config_member(at, "inner_optimizer"), "config"), "use_ema");
	if (root != NULL)
		json_object_put(root);
	return uses;
}

static int
compare_numbers(const void *a, const void *b)
{
	const struct catalog_object *x = *(const struct catalog_object *const *)a;
	const struct catalog_object *y = *(const struct catalog_object *const *)b;

	return tree_compare_names(x->name, y->name);
}

static enum ladle_status
find_numbered(struct averages *all, uint32_t group)
{
	const struct catalog_object *objects = all->checkpoint->catalog->objects, **list;
	uint32_t count = 0, first = 0;

	list = arena_array(&all->checkpoint->arena, all->room + 1, sizeof(*list));
	if (list == NULL)
		return ladle_fail(all->err, LADLE_E_MEMORY, NULL, "no memory for the averages");
	for (uint32_t i = objects[group].first_child; i != LADLE_NONE; i = objects[i].next_sibling)
		if (objects[i].kind == CATALOG_DATASET && count < all->room)
			list[count++] = &objects[i];
	qsort(list, count, sizeof(*list), compare_numbers);
	while (first < count && first < 2 && list[first]->rank == 0)
		first++;
	for (uint32_t i = first; i < count; i++)
		all->list[all->count++] = (uint32_t)(list[i] - objects);
	return all->count > 0 ? LADLE_OK : fail(all, "its optimizer has no variables but the step");
}

static enum ladle_status
find(struct averages *all, const char *config, size_t length)
{
	const struct catalog *catalog = all->checkpoint->catalog;
	uint32_t legacy = catalog_child(catalog, 0, "optimizer_weights");
	uint32_t store = catalog_child(catalog, 0, "optimizer/inner_optimizer/vars");
	const char *own = keras_config(catalog, &length);

	if (own != NULL)
		config = own;
	if (legacy != LADLE_NONE)
		return find_named(all, legacy);
	if (store == LADLE_NONE)
		store = catalog_child(catalog, 0, "optimizer/vars");
	if (store == LADLE_NONE)
		return fail(all, "it holds no optimizer, so that there is no moving average");
	if (config == NULL)
		return fail(all, "only the model's config tells whether its optimizer keeps "
				 "averages: give --config FILE");
	if (!uses_averages(config, length))
		return fail(all,
				"its config says of no average that the optimizer keeps (use_ema)");
	return find_numbered(all, store);
}

/* ---- which tensor has which ---- */

static bool
is_frozen(const struct ladle_checkpoint *pub, const struct ladle_layer *layer)
{
	const struct config_layer *entry = NULL;

	if (pub->graph != NULL && layer->config != LADLE_NONE &&
			layer->config <= pub->graph->config.layer_count)
		entry = pub->graph->config.layers[layer->config];
	for (; entry != NULL; entry = entry->parent)
		if (!entry->trainable)
			return true;
	return false;
}

static bool
is_trained(const struct ladle_checkpoint *pub, const struct ladle_tensor *tensor)
{
	static const char *const fixed[] = {"moving_mean", "moving_variance", "moving_stddev",
			"renorm_mean", "renorm_stddev", "vector_u"};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (strcmp(tensor->role, fixed[i]) == 0)
			return false;
	return tensor->averaged && !is_frozen(pub, &pub->layers[tensor->layer]);
}

static bool
fits(const struct catalog_object *average, const struct ladle_tensor *tensor)
{
	return average->refused == NULL && average->type.dtype == tensor->dtype &&
	       average->rank == tensor->rank &&
	       (tensor->rank == 0 ||
			       memcmp(average->dims, tensor->shape,
					       (size_t)tensor->rank * sizeof(*tensor->shape)) == 0);
}

/* Slots come in whole sets: what is left must be a multiple. */
static enum ladle_status
check_count(const struct averages *all, uint32_t trained, bool named)
{
	const char *path = all->checkpoint->pub.path;

	if (trained > 0 && (named ? all->count == trained
				  : all->count >= trained && all->count % trained == 0))
		return LADLE_OK;
	return ladle_fail(all->err, LADLE_E_INPUT, path,
			"%s: %u trainable tensors, but the optimizer has %u variables%s", path,
			trained, all->count, named ? " that are averages" : " beside its step");
}

static enum ladle_status
assign(struct averages *all, uint32_t *instead)
{
	const struct checkpoint *checkpoint = all->checkpoint;
	const struct ladle_checkpoint *pub = &checkpoint->pub;
	const struct catalog_object *objects = checkpoint->catalog->objects;
	uint32_t next = 0;

	for (uint32_t i = 0; i < pub->tensor_count; i++) {
		const struct ladle_tensor *tensor = &pub->tensors[i];

		if (!is_trained(pub, tensor))
			continue;
		if (next == all->count || !fits(&objects[all->list[next]], tensor))
			return ladle_fail(all->err, LADLE_E_INPUT, pub->path,
					"%s: %s and the optimizer's average %s are of different "
					"shape or type",
					pub->path, tensor->object,
					next == all->count ? "behind the last"
							   : objects[all->list[next]].path);
		instead[tensor->dataset] = all->list[next++];
	}
	return check_count(all, next,
			catalog_child(checkpoint->catalog, 0, "optimizer_weights") != LADLE_NONE);
}

enum ladle_status
ema_take(struct checkpoint *checkpoint, const char *config, size_t length, struct ladle_error *err)
{
	uint32_t count = checkpoint->catalog->object_count;
	struct averages all = {.checkpoint = checkpoint, .room = count, .err = err};
	uint32_t *instead = arena_array(&checkpoint->arena, count, sizeof(*instead));

	all.list = arena_array(&checkpoint->arena, count, sizeof(*all.list));
	if (instead == NULL || all.list == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, checkpoint->pub.path,
				"no memory for the averages");
	TRY(find(&all, config, length));
	for (uint32_t i = 0; i < count; i++)
		instead[i] = i;
	TRY(assign(&all, instead));
	checkpoint->instead = instead;
	return LADLE_OK;
}
