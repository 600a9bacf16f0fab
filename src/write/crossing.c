#include "write/crossing.h"

#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "keras/blueprint.h"
#include "keras/graph.h"
#include "keras/keras.h"
#include "keras/name_map.h"
#include "write/sketch.h"

/* One output while it is laid out. */
struct crossing {
	const struct tree_request *request;
	struct arena arena;
	struct sketch sketch;
	struct blueprint plan;
	struct ladle_checkpoint read;         /* the template once more, with the other's config */
	const struct ladle_checkpoint *from;  /* the template */
	const struct ladle_checkpoint *shape; /* whose config it is: the other file, or `from` */
	const char *prefix;                   /* of legacy layers: "" or "/model_weights" */
	struct ladle_error *err;
};

static enum ladle_status
no_memory(const struct crossing *cross)
{
	return ladle_fail(cross->err, LADLE_E_MEMORY, cross->from->path,
			"no memory for the output's tree");
}

static bool
is_store(enum ladle_format format)
{
	return format == LADLE_WEIGHTS || format == LADLE_KERAS || format == LADLE_SHARDS;
}

/* ---- which generation ---- */

/* Does the file hold a v3 store, whatever it is called? */
static bool
holds_store(const struct checkpoint *checkpoint)
{
	const struct catalog *catalog = checkpoint->catalog;
	const struct catalog_object *root = &catalog->objects[0];

	if (catalog->container != CATALOG_H5)
		return true;
	return !catalog_attr(root, "layer_names") && !catalog_attr(root, "layer_names0") &&
	       !keras_is_old(catalog) && catalog_child(catalog, 0, "model_weights") == LADLE_NONE;
}

/* A bare store says its generation by what only one of them writes; 0: nothing tells. */
static int
major_of_store(const struct checkpoint *checkpoint)
{
	const struct catalog *catalog = checkpoint->catalog;
	uint32_t vars = catalog_child(catalog, 0, "vars");

	if (vars != LADLE_NONE && catalog_attr(&catalog->objects[vars], "name"))
		return 3;
	for (uint32_t i = 0; i < catalog->object_count; i++) {
		const struct catalog_object *object = &catalog->objects[i];
		bool in_attention = object->parent != LADLE_NONE &&
				    !strncmp(catalog->objects[object->parent].name,
						    "multi_head_attention", 20);

		if (in_attention && !strcmp(object->name, "query_dense"))
			return 3;
		if (in_attention && !strcmp(object->name, "_query_dense"))
			return 2;
	}
	return 0;
}

static int
major_of(const struct checkpoint *checkpoint)
{
	const char *version = checkpoint->pub.keras_version;

	if (version[0])
		return keras_era(version).major;
	return holds_store(checkpoint) ? major_of_store(checkpoint) : 2;
}

bool
crossing_needed(const struct tree_request *request)
{
	const struct checkpoint *from = request->template_, *config = request->config;
	int major;

	if (keras_is_old(from->catalog))
		return request->format != LADLE_LEGACY_WEIGHTS;
	if (from->pub.format == LADLE_BRANCH || holds_store(from) != is_store(request->format))
		return true;
	if (!config)
		return false;
	if (request->format == LADLE_LEGACY_FULL && config->catalog->container == CATALOG_ZIP)
		return true;
	if (!config->pub.keras_version[0])
		return false;
	major = major_of(from);
	return major && major != keras_era(config->pub.keras_version).major;
}

/* ---- whose tensors ---- */

/* A template without a config of its own is read with the other's, so that its layers are known. */
static enum ladle_status
read_template(struct crossing *cross)
{
	const struct checkpoint *template_ = cross->request->template_;
	const char *text;
	size_t length;

	cross->from = &template_->pub;
	cross->shape = cross->request->config ? &cross->request->config->pub : cross->from;
	if (cross->from->graph || !cross->request->config)
		return LADLE_OK;
	text = ladle_checkpoint_config(cross->shape, &length);
	cross->read.path = cross->from->path;
	TRY(keras_read_with(
			&cross->read, template_->catalog, text, length, &cross->arena, cross->err));
	cross->from = &cross->read;
	return LADLE_OK;
}

/* Keras 1 had other classes, options and weights; it wrote its version at most at the root. */
static bool
is_of_keras_1(const struct ladle_checkpoint *checkpoint)
{
	const char *version = checkpoint->keras_version;

	if (!version[0])
		return checkpoint->format == LADLE_LEGACY_FULL;
	return strtol(version, NULL, 10) < 2;
}

static enum ladle_status
plan_output(struct crossing *cross)
{
	const struct ladle_checkpoint *shape = cross->shape;

	if (cross->from->form)
		return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
				"%s is stored as Keras 1 or Theano did; it is written in that form "
				"alone",
				cross->from->path);
	if (is_of_keras_1(shape))
		return ladle_fail(cross->err, LADLE_E_USAGE, shape->path,
				"%s has a config of Keras 1, which nothing that reads the output "
				"understands: give --config FILE of Keras 2 or 3",
				shape->path);
	if (!shape->graph)
		return ladle_fail(cross->err, LADLE_E_USAGE, shape->path,
				"%s holds no config of a model: give --config FILE", shape->path);
	TRY(blueprint_make(&cross->plan, &cross->arena, &shape->graph->config, shape->keras_version,
			shape->path, cross->err));
	return blueprint_fill(&cross->plan, shape, cross->err);
}

static bool
same_shape(const struct ladle_tensor *a, const struct ladle_tensor *b)
{
	return a->rank == b->rank &&
	       (!a->rank || !memcmp(a->shape, b->shape, (size_t)a->rank * sizeof(*a->shape)));
}

/* Why a layer of the config's file has no counterpart in the template. */
static enum ladle_status
refuse_unpaired(const struct crossing *cross, const struct ladle_table *table, uint32_t row)
{
	const struct ladle_layer_row *layer =
			row == LADLE_NONE ? NULL : &table->layers[table->rows[row].layer];
	const char *why = layer && layer->unpaired ? layer->unpaired : "no tensor pairs with it";

	return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
			"%s: the config of %s has %s, and it is not clear what that is here: %s",
			cross->from->path, cross->shape->path,
			row == LADLE_NONE ? "a tensor" : table->rows[row].label, why);
}

/* The tensor of the template that is paired with one of the config's file. */
static enum ladle_status
translate(const struct crossing *cross, const struct ladle_table *table, const uint32_t *row_of,
		uint32_t *tensor)
{
	uint32_t row = row_of[*tensor];
	const struct ladle_tensor *theirs = &cross->shape->tensors[*tensor], *ours;

	if (row == LADLE_NONE || table->rows[row].index[0] == LADLE_NONE)
		return refuse_unpaired(cross, table, row);
	*tensor = table->rows[row].index[0];
	ours = &cross->from->tensors[*tensor];
	if (!same_shape(ours, theirs))
		return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
				"%s: %s has another shape than in %s, whose config the output "
				"takes",
				cross->from->path, table->rows[row].label, cross->shape->path);
	return LADLE_OK;
}

static enum ladle_status
translate_all(struct crossing *cross, const struct ladle_table *table)
{
	uint32_t *row_of = arena_array(
			&cross->arena, cross->shape->tensor_count + (size_t)1, sizeof(*row_of));
	struct blueprint_object *model = cross->plan.model;

	if (!row_of)
		return no_memory(cross);
	for (uint32_t i = 0; i < cross->shape->tensor_count; i++)
		row_of[i] = LADLE_NONE;
	for (uint32_t i = 0; i < table->row_count; i++)
		if (table->rows[i].index[1] != LADLE_NONE)
			row_of[table->rows[i].index[1]] = i;
	for (struct blueprint_object *o = model; o; o = blueprint_next(model, o))
		for (uint32_t i = 0; i < o->count; i++) {
			/* what is stored twice has no values of its own */
			if (o->weights[i].same)
				o->weights[i].tensor = LADLE_NONE;
			else
				TRY(translate(cross, table, row_of, &o->weights[i].tensor));
		}
	return LADLE_OK;
}

/* The file that the config is from holds the same model: what is which there is known, and what is
 * which here is found by pairing. */
static enum ladle_status
take_template(struct crossing *cross)
{
	const struct ladle_checkpoint *both[] = {cross->from, cross->shape};
	struct ladle_table *table;
	enum ladle_status status;

	if (cross->from == cross->shape)
		return LADLE_OK;
	TRY(ladle_pair(&table, both, 2, cross->err));
	status = translate_all(cross, table);
	ladle_table_free(table);
	return status;
}

/* A tensor that no object of the output takes would be lost in silence. */
static enum ladle_status
check_all_taken(struct crossing *cross)
{
	bool *taken = arena_array(
			&cross->arena, cross->from->tensor_count + (size_t)1, sizeof(*taken));
	struct blueprint_object *model = cross->plan.model;

	if (!taken)
		return no_memory(cross);
	for (struct blueprint_object *o = model; o; o = blueprint_next(model, o))
		for (uint32_t i = 0; i < o->count; i++)
			if (o->weights[i].tensor != LADLE_NONE)
				taken[o->weights[i].tensor] = true;
	for (uint32_t i = 0; i < cross->from->tensor_count; i++)
		if (!taken[i] && strcmp(cross->from->tensors[i].role, "wrapped_kernel"))
			return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
					"%s holds %s, which the config of %s has no place for",
					cross->from->path, cross->from->tensors[i].object,
					cross->shape->path);
	return LADLE_OK;
}

/* ---- objects that both layouts have ---- */

static const char *
join(struct crossing *cross, const char *a, const char *b)
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
			(!is_store(cross->request->format) || cross->plan.era.major < 3))
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
	return object ? LADLE_OK : no_memory(cross);
}

/* ---- a store ---- */

static enum ladle_status
add_stored(struct crossing *cross, const struct blueprint_object *object, const char *prefix)
{
	const char *path = object->path[0] ? join(cross, prefix, object->path) : prefix;
	const char *vars = join(cross, path, "vars");
	struct sketch_object *group = sketch_group(&cross->sketch, vars);

	if (cross->plan.era.has_names && !object->is_aside)
		sketch_text(&cross->sketch, group, "name", object->name, true);
	for (uint32_t i = 0; i < object->count; i++) {
		const char *number = arena_format(&cross->arena, "%s/%u", vars, i);

		if (!number)
			return no_memory(cross);
		TRY(add_weight(cross, &object->weights[i], number));
	}
	for (const struct blueprint_object *o = object->first_child; o; o = o->next)
		TRY(add_stored(cross, o, path));
	return cross->sketch.failed ? no_memory(cross) : LADLE_OK;
}

/* ---- a legacy file ---- */

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

/* "forward_lstm/lstm_cell" down from `top`. Keras 2 builds what TimeDistributed wraps under the
 * wrapper's name alone. */
static const char *
scope_of(struct crossing *cross, const struct blueprint_object *top,
		const struct blueprint_object *owner)
{
	const char *scope = "";

	for (const struct blueprint_object *o = owner;; o = o->parent) {
		bool silent = cross->plan.era.major < 3 && o != top &&
			      !strcmp(o->parent->class_name, "TimeDistributed");

		if (!silent)
			scope = scope[0] ? join(cross, o->name, scope) : o->name;
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
	const char *path = join(cross, cross->prefix, name);
	struct sketch_object *group = sketch_group(&cross->sketch, path);

	if (!list || !names || !group || !name_map_init(&listing.taken, &cross->arena, room))
		return no_memory(cross);
	count = all ? blueprint_list(&cross->plan.era, member, list) : member->count;
	for (uint32_t i = 0; i < count && !all; i++)
		list[i] = &member->weights[i];
	TRY(check_known(cross, list, count));
	for (uint32_t i = 0; i < count; i++) {
		names[i] = name_of(&listing, list[i], i);
		TRY(add_weight(cross, list[i], join(cross, path, names[i])));
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
	if (cross->shape->keras_version[0])
		return cross->shape->keras_version;
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
		return no_memory(cross);
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

static enum ladle_status
add_legacy(struct crossing *cross, struct sketch_object *root)
{
	struct sketch_object *group = root;
	const char *text;
	size_t length;

	if (cross->request->format == LADLE_LEGACY_FULL) {
		add_origin(cross, root, true);
		text = ladle_checkpoint_config(cross->shape, &length);
		sketch_text(&cross->sketch, root, "model_config", text, false);
		cross->prefix = "/model_weights";
		group = sketch_group(&cross->sketch, cross->prefix);
	}
	add_origin(cross, group, false);
	return add_members(cross, group);
}

/* ---- all of it ---- */

static enum ladle_status
lay_out(struct crossing *cross)
{
	const char *recipe = cross->request->recipe;
	struct sketch_object *root = sketch_group(&cross->sketch, "/");

	if (recipe && *recipe)
		sketch_text(&cross->sketch, root, "ladle_recipe", recipe, true);
	return is_store(cross->request->format) ? add_stored(cross, cross->plan.model, "")
						: add_legacy(cross, root);
}

static enum ladle_status
cross_over(struct crossing *cross, struct tree *tree)
{
	TRY(read_template(cross));
	TRY(plan_output(cross));
	TRY(take_template(cross));
	TRY(check_all_taken(cross));
	TRY(lay_out(cross));
	return sketch_finish(&cross->sketch, &tree->catalog, &tree->source, cross->from->path,
			cross->err);
}

/* What Keras 1 and Theano store in another way is turned only beside a file that has the new
 * way. */
static enum ladle_status
check_form(const struct tree_request *request, struct ladle_error *err)
{
	const struct ladle_checkpoint *template_ = &request->template_->pub;

	if (!template_->form)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, template_->path,
			"%s stores its weights in a form of its own and is written in its own "
			"layout alone; averaged beside a file of Keras 2 or 3 that is the "
			"template (with weight 0, if it is only that), it takes that file's",
			template_->path);
}

enum ladle_status
crossing_make(struct tree *tree, const struct tree_request *request, struct ladle_error *err)
{
	struct crossing cross = {.request = request, .prefix = "", .err = err};
	enum ladle_status status;

	TRY(check_form(request, err));
	arena_init(&cross.arena);
	cross.sketch.arena = &cross.arena;
	status = cross_over(&cross, tree);
	arena_done(&cross.arena);
	return status;
}
