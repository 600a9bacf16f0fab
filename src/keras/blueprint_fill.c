/* Which tensor of a checkpoint is which weight of a blueprint. What a store holds is told by its
 * paths; what a legacy file holds by roles, and by the parts of names where a role is there more
 * than once. Nothing is guessed: what is left over on either side is an error. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "keras/blueprint.h"

/* One layer while its weights are found. */
struct filling {
	struct blueprint *plan;
	const struct ladle_checkpoint *from;
	const struct ladle_layer *layer;
	struct blueprint_object *unit;
	struct ladle_error *err;
};

static enum ladle_status
no_memory(const struct filling *fill)
{
	return ladle_fail(fill->err, LADLE_E_MEMORY, fill->from->path,
			"no memory for the output's weights");
}

/* ---- errors that name both sides ---- */

static void
list_held(const struct filling *fill, struct buf *out)
{
	for (uint32_t i = 0; fill->layer != NULL && i < fill->layer->tensor_count; i++)
		buf_format(out, "%s%s", i ? ", " : "",
				fill->from->tensors[fill->layer->first_tensor + i].name);
	if (fill->layer == NULL || fill->layer->tensor_count == 0)
		buf_text(out, "nothing");
}

static void
list_wanted(const struct filling *fill, struct buf *out)
{
	const struct blueprint_object *unit = fill->unit;
	bool any = false;

	for (const struct blueprint_object *o = unit; o != NULL; o = blueprint_next(unit, o))
		for (uint32_t i = 0; i < o->count; i++) {
			if (o->weights[i].same != NULL)
				continue;
			buf_format(out, "%s%s%s%s", any ? ", " : "", o == unit ? "" : o->name,
					o == unit ? "" : "/", o->weights[i].role);
			any = true;
		}
	if (!any)
		buf_text(out, "nothing");
}

static enum ladle_status
refuse(const struct filling *fill, const char *why)
{
	struct buf held, wanted;

	buf_init(&held);
	buf_init(&wanted);
	list_held(fill, &held);
	list_wanted(fill, &wanted);
	ladle_fail(fill->err, LADLE_E_USAGE, fill->from->path,
			"%s: %s (%s) holds %s; by its config it has %s: %s", fill->from->path,
			fill->unit->name, fill->unit->class_name, buf_string(&held),
			buf_string(&wanted), why);
	buf_done(&held);
	buf_done(&wanted);
	return LADLE_E_USAGE;
}

/* ---- what an object has by its class ---- */

static enum ladle_status
set_count(const struct filling *fill, struct blueprint_object *object, uint32_t count)
{
	object->weights = arena_array(fill->plan->arena, count + 1, sizeof(*object->weights));
	if (object->weights == NULL)
		return no_memory(fill);
	object->count = count;
	for (uint32_t i = 0; i < count; i++)
		object->weights[i] = (struct blueprint_weight){
				.role = "", .tensor = LADLE_NONE, .owner = object};
	return LADLE_OK;
}

static void
take_class(struct blueprint_weight *weight, const struct class_weight *from)
{
	weight->role = weight->leaf = from->role;
	weight->fixed = from->fixed;
}

/* What a layer makes itself holds the weights that a legacy file lists as the layer's. */
static bool
holds_own(const struct blueprint_object *object)
{
	return !object->is_model && !object->is_aside && class_inner(object->row, 0) == NULL;
}

static enum ladle_status
expect(const struct filling *fill, struct blueprint_object *object)
{
	const struct class_weight *list[CLASS_MAX_WEIGHTS];
	uint32_t count = holds_own(object) ? class_weights(object->row, object->option, list) : 0;

	TRY(set_count(fill, object, count));
	for (uint32_t i = 0; i < count; i++)
		take_class(&object->weights[i], list[i]);
	return LADLE_OK;
}

/* SpectralNormalization keeps the kernel of the layer that it wraps once more. */
static void
tie(struct blueprint_object *object)
{
	const struct blueprint_object *inner = object->first_child;

	if (inner == NULL || object->count == 0 || inner->count == 0)
		return;
	if (strcmp(object->weights[0].role, "wrapped_kernel") == 0)
		object->weights[0].same = &inner->weights[0];
}

static const struct class_weight *
weight_of_role(const struct class_row *row, const char *role)
{
	for (int i = 0; i < CLASS_MAX_WEIGHTS && row->weights[i].role != NULL; i++)
		if (strcmp(row->weights[i].role, role) == 0)
			return &row->weights[i];
	return NULL;
}

/* May the class have these roles, as far as the config says? */
static bool
config_allows(const struct blueprint_object *object, const char *const *roles, uint32_t count)
{
	const struct class_row *row = object->row;

	for (int i = 0; i < CLASS_MAX_WEIGHTS && row->weights[i].role != NULL; i++) {
		const struct class_weight *weight = &row->weights[i];
		bool there = false;

		for (uint32_t k = 0; k < count; k++)
			there = there || strcmp(roles[k], weight->role) == 0;
		if (weight->option == OPTION_ALWAYS && !there && (count > 0 || !weight->copied))
			return false;
		if (weight->option < CONFIG_OPTION_COUNT && object->option[weight->option] >= 0 &&
				object->option[weight->option] != there)
			return false;
	}
	return true;
}

static bool
all_known(const struct class_row *row, const char *const *roles, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (weight_of_role(row, roles[i]) == NULL)
			return false;
	return true;
}

/* Another number than expected: where no option says how many there are, the file does. A class
 * that is not known has what the file holds. */
static enum ladle_status
adapt(const struct filling *fill, struct blueprint_object *object, uint32_t count)
{
	const struct class_row *row = object->row;
	const char **roles = arena_array(fill->plan->arena, count + 1, sizeof(*roles));

	if (roles == NULL)
		return no_memory(fill);
	if (row != NULL)
		class_roles(row, object->option, count, roles);
	if (!holds_own(object) || (row != NULL && !config_allows(object, roles, count)))
		return refuse(fill, "they do not fit");
	if (row != NULL && !all_known(row, roles, count))
		return refuse(fill, "they do not fit");
	TRY(set_count(fill, object, count));
	for (uint32_t i = 0; i < count && row != NULL; i++)
		take_class(&object->weights[i], weight_of_role(row, roles[i]));
	return LADLE_OK;
}

/* ---- from a store: paths ---- */

/* How much of `text` the path is, or 0; a '_' before a component does not count, and Windows wrote
 * '\' for '/'. */
static size_t
path_length(const char *path, const char *text)
{
	const char *at = text;

	for (;;) {
		path += *path == '_';
		at += *at == '_';
		while (*path != '\0' && *path != '/' && *path == *at) {
			path++;
			at++;
		}
		if (*at != '/' && *at != '\\')
			return 0;
		if (*path != '/')
			return *path == '\0' ? (size_t)(at - text) + 1 : 0;
		path++;
		at++;
	}
}

/* The object that holds vars/<number>: *number is SIZE_MAX where the name is none. NULL: the path
 * leads to nothing that the class has. */
static struct blueprint_object *
object_at(struct blueprint_object *object, const char *text, size_t *number)
{
	size_t length = path_length("vars", text);

	if (length > 0) {
		bool counted = strspn(text + length, "0123456789") == strlen(text + length);

		*number = counted ? strtoul(text + length, NULL, 10) : SIZE_MAX;
		return object;
	}
	for (struct blueprint_object *o = object->first_child; o != NULL; o = o->next) {
		length = o->is_aside ? 0 : path_length(o->path, text);
		if (length > 0)
			return object_at(o, text + length, number);
	}
	return NULL;
}

static struct blueprint_object *
object_of(const struct filling *fill, const struct ladle_tensor *tensor, size_t *number)
{
	const char *path = fill->layer->path, *text = tensor->object + 1;
	size_t length = path_length(path, text);

	*number = SIZE_MAX;
	return length == 0 ? NULL : object_at(fill->unit, text + length, number);
}

static enum ladle_status
count_stored(const struct filling *fill)
{
	const struct ladle_tensor *tensors = &fill->from->tensors[fill->layer->first_tensor];
	struct blueprint_object *unit = fill->unit;
	size_t number;

	for (struct blueprint_object *o = unit; o != NULL; o = blueprint_next(unit, o)) {
		uint32_t count = 0;

		for (uint32_t i = 0; i < fill->layer->tensor_count; i++)
			count += object_of(fill, &tensors[i], &number) == o;
		if (count != o->count)
			TRY(adapt(fill, o, count));
	}
	return LADLE_OK;
}

static enum ladle_status
fill_stored(const struct filling *fill)
{
	const struct ladle_tensor *tensors = &fill->from->tensors[fill->layer->first_tensor];

	TRY(count_stored(fill));
	for (uint32_t i = 0; i < fill->layer->tensor_count; i++) {
		size_t number;
		struct blueprint_object *object = object_of(fill, &tensors[i], &number);

		if (object == NULL)
			return refuse(fill, "the class is not known to hold what the file has");
		if (number >= object->count || object->weights[number].tensor != LADLE_NONE)
			return refuse(fill, "they are not numbered from 0 on");
		object->weights[number].tensor = fill->layer->first_tensor + i;
	}
	return LADLE_OK;
}

/* ---- from a legacy file: roles and names ---- */

/* The one object whose number of weights may be another than expected. */
static struct blueprint_object *
only_holder(struct blueprint_object *unit)
{
	struct blueprint_object *only = NULL;

	for (struct blueprint_object *o = unit; o != NULL; o = blueprint_next(unit, o)) {
		if (!holds_own(o) || (o->row != NULL && o->row->weights[0].role == NULL))
			continue;
		if (only != NULL)
			return NULL;
		only = o;
	}
	return only;
}

static uint32_t
count_expected(const struct blueprint_object *unit)
{
	uint32_t count = 0;

	for (const struct blueprint_object *o = unit; o != NULL; o = blueprint_next(unit, o))
		for (uint32_t i = 0; i < o->count; i++)
			count += o->weights[i].same == NULL;
	return count;
}

/* Has the path this component? One of two directions also by its beginning, since what stands
 * behind it was not always the layer's name. */
static bool
has_component(const char *path, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(name, "forward_", 8) == 0)
		length = 8;
	else if (strncmp(name, "backward_", 9) == 0)
		length = 9;
	for (; path != NULL; path = strchr(path, '/')) {
		path += *path == '/';
		if (strncmp(path, name, length) == 0 &&
				(name[length] != '\0' || path[length] == '/'))
			return true;
	}
	return false;
}

static bool
is_only_child(const struct blueprint_object *object)
{
	const struct blueprint_object *first = object->parent->first_child;

	return first == object && object->next == NULL;
}

/* Does the tensor's name say that it is the weight's? */
static bool
is_named_for(const struct filling *fill, const struct ladle_tensor *tensor,
		const struct blueprint_weight *weight)
{
	for (const struct blueprint_object *o = weight->owner; o != fill->unit; o = o->parent)
		if (!is_only_child(o) && !has_component(tensor->object, o->name))
			return false;
	return true;
}

/* The tensor of the weight's role that its name tells, LADLE_NONE: none, or more than one. */
static uint32_t
tensor_by_name(const struct filling *fill, const struct blueprint_weight *weight)
{
	uint32_t found = LADLE_NONE, first = fill->layer->first_tensor;

	for (uint32_t i = first; i < first + fill->layer->tensor_count; i++) {
		const struct ladle_tensor *tensor = &fill->from->tensors[i];

		if (strcmp(tensor->role, weight->role) != 0 || !is_named_for(fill, tensor, weight))
			continue;
		if (found != LADLE_NONE)
			return LADLE_NONE;
		found = i;
	}
	return found;
}

static enum ladle_status
fill_by_names(const struct filling *fill)
{
	bool *taken = arena_array(fill->plan->arena, fill->layer->tensor_count + 1, sizeof(*taken));
	struct blueprint_object *unit = fill->unit;

	if (taken == NULL)
		return no_memory(fill);
	for (struct blueprint_object *o = unit; o != NULL; o = blueprint_next(unit, o))
		for (uint32_t i = 0; i < o->count; i++) {
			struct blueprint_weight *weight = &o->weights[i];

			if (weight->same != NULL)
				continue;
			weight->tensor = tensor_by_name(fill, weight);
			if (weight->tensor == LADLE_NONE ||
					taken[weight->tensor - fill->layer->first_tensor])
				return refuse(fill, "their names do not say which is which");
			taken[weight->tensor - fill->layer->first_tensor] = true;
		}
	return LADLE_OK;
}

/* "foo/w:0" lies in the layer foo itself, "foo/inner/w:0" in an object of it whose attribute nobody
 * knows. */
static bool
is_flat(const struct filling *fill, const struct ladle_tensor *tensor)
{
	const char *last = strrchr(tensor->object, '/');
	size_t length = strlen(fill->unit->name);

	return last != NULL && (size_t)(last - tensor->object) >= length &&
	       strncmp(last - length, fill->unit->name, length) == 0;
}

/* A class that is not known keeps the order of the file. */
static enum ladle_status
fill_unknown(const struct filling *fill, struct blueprint_object *holder)
{
	for (uint32_t i = 0; i < holder->count; i++) {
		uint32_t tensor = fill->layer->first_tensor + i;

		if (holder != fill->unit || !is_flat(fill, &fill->from->tensors[tensor]))
			return refuse(fill, "the class is not known, and it has parts");
		holder->weights[i].tensor = tensor;
		holder->weights[i].leaf = fill->from->tensors[tensor].name;
	}
	return LADLE_OK;
}

static enum ladle_status
fill_listed(const struct filling *fill)
{
	uint32_t count = fill->layer->tensor_count, expected = count_expected(fill->unit);
	struct blueprint_object *holder = only_holder(fill->unit);

	if (count != expected && holder == NULL)
		return refuse(fill, "they do not fit");
	if (count != expected && count + holder->count < expected)
		return refuse(fill, "they do not fit");
	if (count != expected)
		TRY(adapt(fill, holder, count + holder->count - expected));
	if (holder != NULL && holder->row == NULL)
		return fill_unknown(fill, holder);
	return fill_by_names(fill);
}

/* ---- all layers ---- */

static bool
is_stored(const struct ladle_checkpoint *from, const struct ladle_layer *layer)
{
	const char *object = from->tensors[layer->first_tensor].object;
	const char *last = strrchr(object, '/');

	return last != NULL && last - object >= 5 && strncmp(last - 4, "vars", 4) == 0;
}

/* What the layer lacks altogether may be absent for its class too: Normalization with given mean
 * and variance. */
static enum ladle_status
fill_nothing(const struct filling *fill)
{
	struct blueprint_object *unit = fill->unit, *holder = only_holder(unit);

	if (count_expected(unit) == 0)
		return LADLE_OK;
	return holder == NULL ? refuse(fill, "they do not fit") : adapt(fill, holder, 0);
}

static enum ladle_status
fill_unit(struct filling *fill)
{
	struct blueprint_object *unit = fill->unit;

	for (struct blueprint_object *o = unit; o != NULL; o = blueprint_next(unit, o))
		TRY(expect(fill, o));
	tie(unit);
	if (fill->layer == NULL || fill->layer->tensor_count == 0)
		return fill_nothing(fill);
	TRY(is_stored(fill->from, fill->layer) ? fill_stored(fill) : fill_listed(fill));
	tie(unit);
	return LADLE_OK;
}

/* Variables of the model object itself: the same in both layouts, by place. */
static enum ladle_status
fill_model(const struct filling *fill)
{
	struct blueprint_object *model = fill->unit;

	TRY(set_count(fill, model, fill->layer->tensor_count));
	for (uint32_t i = 0; i < model->count; i++) {
		model->weights[i].tensor = fill->layer->first_tensor + i;
		model->weights[i].leaf = fill->from->tensors[fill->layer->first_tensor + i].name;
	}
	return LADLE_OK;
}

/* What a class that is not known made itself has another path in each layout. */
static enum ladle_status
refuse_part(const struct filling *fill)
{
	const struct ladle_layer *owner = &fill->from->layers[fill->layer->parent];

	return ladle_fail(fill->err, LADLE_E_USAGE, fill->from->path,
			"%s: %s lies in %s, whose class, %s, is not known, so that its place in "
			"another layout is not",
			fill->from->path, fill->layer->path, owner->name,
			owner->class_name[0] ? owner->class_name : "?");
}

/* Layers with tensors by their entry in the config. */
static enum ladle_status
index_layers(struct filling *fill, uint32_t *layer_of)
{
	const struct ladle_checkpoint *from = fill->from;

	for (uint32_t i = 0; i < from->layer_count; i++) {
		fill->layer = &from->layers[i];
		if (fill->layer->tensor_count == 0)
			continue;
		if (fill->layer->config == LADLE_NONE && fill->layer->parent == LADLE_NONE &&
				strcmp(fill->layer->name, "top_level_model_weights") == 0) {
			fill->unit = fill->plan->model;
			TRY(fill_model(fill));
			continue;
		}
		if (fill->layer->config == LADLE_NONE && fill->layer->parent != LADLE_NONE)
			return refuse_part(fill);
		if (fill->layer->config > fill->plan->layer_count ||
				layer_of[fill->layer->config] != LADLE_NONE)
			return ladle_fail(fill->err, LADLE_E_USAGE, from->path,
					"%s: %s is not a layer of the config of %s, so that nobody "
					"knows its place in another layout",
					from->path, fill->layer->path, fill->plan->path);
		layer_of[fill->layer->config] = i;
	}
	return LADLE_OK;
}

static enum ladle_status
check_left(const struct filling *fill, const uint32_t *layer_of)
{
	for (uint32_t i = 0; i <= fill->plan->layer_count; i++)
		if (layer_of[i] != LADLE_NONE)
			return ladle_fail(fill->err, LADLE_E_USAGE, fill->from->path,
					"%s: %s holds weights, but by the config of %s it is no "
					"layer that has any",
					fill->from->path, fill->from->layers[layer_of[i]].path,
					fill->plan->path);
	return LADLE_OK;
}

enum ladle_status
blueprint_fill(struct blueprint *plan, const struct ladle_checkpoint *from, struct ladle_error *err)
{
	struct filling fill = {.plan = plan, .from = from, .err = err};
	uint32_t *layer_of =
			arena_array(plan->arena, (size_t)plan->layer_count + 1, sizeof(*layer_of));
	struct blueprint_object *model = plan->model;

	if (layer_of == NULL)
		return no_memory(&fill);
	for (uint32_t i = 0; i <= plan->layer_count; i++)
		layer_of[i] = LADLE_NONE;
	TRY(index_layers(&fill, layer_of));
	for (struct blueprint_object *o = model; o != NULL; o = blueprint_next(model, o)) {
		if (!o->is_unit)
			continue;
		fill.unit = o;
		fill.layer = layer_of[o->config->index] == LADLE_NONE
					     ? NULL
					     : &from->layers[layer_of[o->config->index]];
		TRY(fill_unit(&fill));
		layer_of[o->config->index] = LADLE_NONE;
	}
	return check_left(&fill, layer_of);
}
