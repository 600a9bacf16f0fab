/* What Keras stores of a model: a v3 store, or a legacy file. */
#include "write/crossing_state.h"

#include <string.h>

#include "base/buf.h"
#include "base/dtype.h"
#include "base/err.h"
#include "keras/config_forms.h"
#include "keras/name_map.h"

/* ---- objects that both layouts have ---- */

const char *
crossing_join(struct crossing *cross, const char *a, const char *b)
{
	const char *text = arena_format(&cross->arena, "%s/%s", a, b);

	cross->sketch.failed |= !text;
	return text ? text : "";
}

/* Keras keeps bfloat16 as bytes without a dtype; only its stores say what they are. */
static enum ladle_status
check_dtype(const struct crossing *cross, const struct ladle_tensor *tensor)
{
	const char *path = cross->from->path;

	if (tensor->refused || !dtype_size(tensor->dtype))
		return ladle_fail(cross->err, LADLE_E_INPUT, path,
				"%s: %s %s, so it cannot be copied into the output", path,
				tensor->object,
				tensor->refused ? tensor->refused : "has no numbers");
	if (tensor->dtype == LADLE_BFLOAT16 &&
			(!crossing_is_store(cross->request->format) || cross->plan.era.major < 3))
		return ladle_fail(cross->err, LADLE_E_USAGE, path,
				"%s: %s is bfloat16, which Keras reads back only from a .keras or "
				".weights.h5 of Keras 3",
				path, tensor->object);
	return LADLE_OK;
}

static enum ladle_status
add_weight(struct crossing *cross, const struct blueprint_weight *weight, const char *path)
{
	uint32_t index = weight->tensor != LADLE_NONE ? weight->tensor : weight->same->tensor;
	const struct ladle_tensor *tensor = &cross->from->tensors[index];
	struct catalog_type type = {.dtype = tensor->dtype,
			.size = (uint32_t)dtype_size(tensor->dtype),
			.opaque = tensor->dtype == LADLE_BFLOAT16};
	struct sketch_object *object;

	TRY(check_dtype(cross, tensor));
	object = sketch_dataset(
			&cross->sketch, path, type, tensor->rank, tensor->shape, tensor->dataset);
	if (type.opaque)
		sketch_text(&cross->sketch, object, "dtype", "bfloat16", true);
	return object ? LADLE_OK : crossing_no_memory(cross);
}

/* ---- a store ---- */

static enum ladle_status
add_stored(struct crossing *cross, const struct blueprint_object *object, const char *prefix)
{
	const char *path = object->path[0] ? crossing_join(cross, prefix, object->path) : prefix;
	const char *vars = crossing_join(cross, path, "vars");
	struct sketch_object *group = sketch_group(&cross->sketch, vars);

	if (cross->plan.era.has_names && !object->is_aside)
		sketch_text(&cross->sketch, group, "name", object->name, true);
	for (uint32_t i = 0; i < object->count; i++) {
		const char *number = arena_format(&cross->arena, "%s/%u", vars, i);

		if (!number)
			return crossing_no_memory(cross);
		TRY(add_weight(cross, &object->weights[i], number));
	}
	for (const struct blueprint_object *o = object->first_child; o; o = o->next)
		TRY(add_stored(cross, o, path));
	return cross->sketch.failed ? crossing_no_memory(cross) : LADLE_OK;
}

/* ---- a legacy file ---- */

static const char *
home_of(const struct crossing *cross)
{
	return cross->request->format == LADLE_LEGACY_FULL ? "/model_weights" : "";
}

/* The names of one group, each once. */
struct listing {
	struct crossing *cross;
	const struct blueprint_object *member;
	struct name_map taken;
};

/* Keras 2 called this kernel by another name. */
static const char *
leaf_of(const struct crossing *cross, const struct blueprint_weight *weight)
{
	bool depthwise = !strncmp(weight->owner->class_name, "DepthwiseConv", 13);

	if (cross->plan.era.major < 3 && depthwise && !strcmp(weight->role, "kernel"))
		return "depthwise_kernel";
	if (weight->leaf && weight->leaf[0])
		return weight->leaf;
	return weight->role[0] ? weight->role : "param";
}

/* The outermost object whose name begins a weight's: the layer, and in Keras 3 the Sequential model
 * that built it. */
static const struct blueprint_object *
named_from(const struct crossing *cross, const struct blueprint_object *owner)
{
	while (!owner->is_unit && owner->parent)
		owner = owner->parent;
	if (cross->plan.era.major >= 3 && owner->parent &&
			!strcmp(owner->parent->class_name, "Sequential"))
		return owner->parent;
	return owner;
}

/* "forward_lstm/lstm_cell" down from `top`. Keras 2 builds the `layer` of a wrapper under the
 * wrapper's name alone. */
static const char *
scope_of(struct crossing *cross, const struct blueprint_object *top,
		const struct blueprint_object *owner)
{
	const char *scope = "";

	for (const struct blueprint_object *o = owner;; o = o->parent) {
		bool silent = cross->plan.era.major < 3 && o != top && !strcmp(o->path, "layer");

		if (!silent)
			scope = scope[0] ? crossing_join(cross, o->name, scope) : o->name;
		if (o == top)
			return scope;
	}
}

static const char *
name_from(struct listing *list, const struct blueprint_object *top,
		const struct blueprint_weight *weight, uint32_t number)
{
	struct crossing *cross = list->cross;
	const char *scope = scope_of(cross, top, weight->owner);
	const char *tail = cross->plan.era.major < 3 ? ":0" : "";
	const char *name = number ? arena_format(&cross->arena, "%s/%s_%u%s", scope,
						    leaf_of(cross, weight), number, tail)
				  : arena_format(&cross->arena, "%s/%s%s", scope,
						    leaf_of(cross, weight), tail);

	cross->sketch.failed |= !name;
	return name ? name : "";
}

/* What two nested models call alike gets the models' names, what is still alike a number. */
static const char *
name_of(struct listing *list, const struct blueprint_weight *weight, uint32_t place)
{
	const struct blueprint_object *top = named_from(list->cross, weight->owner);
	const char *name = name_from(list, top, weight, 0);

	if (name_map_add(&list->taken, name, place) == place)
		return name;
	name = name_from(list, list->member, weight, 0);
	for (uint32_t number = 1; name_map_add(&list->taken, name, place) != place; number++)
		name = name_from(list, list->member, weight, number);
	return name;
}

/* Where some are trained and others are not, the order needs to know of each which it is. */
static enum ladle_status
check_known(const struct crossing *cross, const struct blueprint_weight *const *list,
		uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct blueprint_object *owner = list[i]->owner;

		if (!owner->row && owner->parent && owner->count != count)
			return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
					"%s: the class of %s, %s, is not known, so that its place "
					"in the list of the model around it is not",
					cross->from->path, owner->name, owner->class_name);
	}
	return LADLE_OK;
}

static enum ladle_status
add_listed(struct crossing *cross, struct blueprint_object *member, const char *name, bool all)
{
	uint32_t room = blueprint_count(member) + 1, count;
	const struct blueprint_weight **list =
			arena_array(&cross->arena, room, sizeof(struct blueprint_weight *));
	const char **names = arena_array(&cross->arena, room, sizeof(*names));
	struct listing listing = {.cross = cross, .member = member};
	const char *path = crossing_join(cross, home_of(cross), name);
	struct sketch_object *group = sketch_group(&cross->sketch, path);

	if (!list || !names || !group || !name_map_init(&listing.taken, &cross->arena, room))
		return crossing_no_memory(cross);
	count = all ? blueprint_list(&cross->plan.era, member, list) : member->count;
	for (uint32_t i = 0; i < count && !all; i++)
		list[i] = &member->weights[i];
	TRY(check_known(cross, list, count));
	for (uint32_t i = 0; i < count; i++) {
		names[i] = name_of(&listing, list[i], i);
		TRY(add_weight(cross, list[i], crossing_join(cross, path, names[i])));
	}
	if (!sketch_list(&cross->sketch, group, "weight_names", names, count))
		return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
				"%s: a name in %s is too long for an attribute", cross->from->path,
				name);
	return LADLE_OK;
}

/* Some version where the config's file does not say: without one Keras 2 takes the file for one of
 * Keras 1 and turns kernels around. */
static const char *
version_of(const struct crossing *cross)
{
	if (cross->version[0])
		return cross->version;
	return cross->plan.era.major < 3 ? "2.15.0" : "3.0.0";
}

/* Of Keras 3 nothing but the file itself tells it, and nothing reads it. */
static const char *
backend_of(const struct crossing *cross)
{
	if (cross->shape->backend[0])
		return cross->shape->backend;
	return cross->plan.era.major < 3 ? "tensorflow" : cross->from->backend;
}

static void
add_origin(struct crossing *cross, struct sketch_object *group, bool utf8)
{
	if (backend_of(cross)[0])
		sketch_text(&cross->sketch, group, "backend", backend_of(cross), utf8);
	sketch_text(&cross->sketch, group, "keras_version", version_of(cross), utf8);
}

static enum ladle_status
add_members(struct crossing *cross, struct sketch_object *group)
{
	struct blueprint_object *model = cross->plan.model;
	uint32_t count = 0;
	const char **names;

	for (const struct blueprint_object *o = model->first_child; o; o = o->next)
		count++;
	names = arena_array(&cross->arena, count + (size_t)1, sizeof(*names));
	if (!names)
		return crossing_no_memory(cross);
	count = 0;
	for (struct blueprint_object *o = model->first_child; o; o = o->next) {
		names[count++] = o->name;
		TRY(add_listed(cross, o, o->name, true));
	}
	if (!sketch_list(&cross->sketch, group, "layer_names", names, count))
		return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
				"%s: the name of a layer is too long for an attribute",
				cross->from->path);
	return add_listed(cross, model, "top_level_model_weights", false);
}

static void
add_config(struct crossing *cross, struct sketch_object *root)
{
	size_t length;
	const char *text = ladle_checkpoint_config(cross->shape, &length), *kept;
	struct buf made;

	buf_init(&made);
	config_for_legacy(&made, text, length, cross->plan.era.major);
	kept = made.failed ? NULL : arena_text(&cross->arena, buf_string(&made), made.length);
	cross->sketch.failed |= !kept;
	sketch_text(&cross->sketch, root, "model_config", kept, false);
	buf_done(&made);
}

static enum ladle_status
add_legacy(struct crossing *cross, struct sketch_object *root)
{
	struct sketch_object *group = root;

	if (cross->request->format == LADLE_LEGACY_FULL) {
		add_origin(cross, root, true);
		add_config(cross, root);
		group = sketch_group(&cross->sketch, home_of(cross));
	}
	add_origin(cross, group, false);
	return add_members(cross, group);
}

enum ladle_status
crossing_lay_out(struct crossing *cross, struct sketch_object *root)
{
	return crossing_is_store(cross->request->format) ? add_stored(cross, cross->plan.model, "")
							 : add_legacy(cross, root);
}
