#include "write/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "keras/blueprint.h"
#include "keras/config_forms.h"
#include "write/crossing.h"
#include "write/part.h"

/* How one layout becomes another. `from` and `to` are the groups that hold the layers. */
struct conversion {
	enum ladle_format from_format, to_format;
	const char *from, *to;
	bool needs_config;
};

static const struct conversion conversions[] = {
		{LADLE_LEGACY_FULL, LADLE_LEGACY_FULL, "/", "/", false},
		{LADLE_LEGACY_WEIGHTS, LADLE_LEGACY_WEIGHTS, "/", "/", false},
		{LADLE_LEGACY_FULL, LADLE_LEGACY_WEIGHTS, "/model_weights", "/", false},
		{LADLE_LEGACY_WEIGHTS, LADLE_LEGACY_FULL, "/", "/model_weights", true},
		{LADLE_WEIGHTS, LADLE_WEIGHTS, "/", "/", false},
		{LADLE_KERAS, LADLE_KERAS, "/", "/", false},
		{LADLE_KERAS, LADLE_WEIGHTS, "/", "/", false},
		{LADLE_WEIGHTS, LADLE_KERAS, "/", "/", true},
		{LADLE_SHARDS, LADLE_WEIGHTS, "/", "/", false},
		{LADLE_SHARDS, LADLE_KERAS, "/", "/", true},
};

/* What an averaged model has no use for: moments of a run that it is not. */
static const char *const optimizer_groups[] = {"/optimizer_weights", "/optimizer"};

#define RECIPE_ATTRIBUTE "ladle_recipe"

static const struct conversion *
conversion_of(enum ladle_format from, enum ladle_format to)
{
	for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++)
		if (conversions[i].from_format == from && conversions[i].to_format == to)
			return &conversions[i];
	return NULL;
}

/* A branch that no config describes is a part of its file, and copied in its layout. */
enum ladle_format
tree_layout(const struct ladle_checkpoint *template_)
{
	return template_->format == LADLE_BRANCH && !template_->graph
			       ? checkpoint_of(template_)->stored
			       : template_->format;
}

/* What has no conversion is laid out anew from the model's config. */
enum ladle_status
tree_check(enum ladle_format from, enum ladle_format to, bool has_config, const char *path,
		struct ladle_error *err)
{
	const struct conversion *conversion = conversion_of(from, to);
	bool needs_config = !conversion || conversion->needs_config;

	if (from == LADLE_PLAIN || to == LADLE_PLAIN || to == LADLE_BRANCH || to == LADLE_SHARDS)
		return ladle_fail(err, LADLE_E_USAGE, path,
				"%s: the template's layout is %s, which is not written as %s", path,
				ladle_format_name(from), ladle_format_name(to));
	if (needs_config && !has_config)
		return ladle_fail(err, LADLE_E_USAGE, path,
				"%s: %s needs the model's config and the template, %s, has none: "
				"give --config FILE",
				path, ladle_format_name(to), ladle_format_name(from));
	return LADLE_OK;
}

/* One tree while it is made. */
struct growth {
	struct tree *tree;
	const struct tree_request *request;
	const struct catalog *from;
	uint32_t source_capacity;
	unsigned char *listed; /* [objects of the template] is it a tensor of a layer? */
	bool in_optimizer;
	struct ladle_error *err;
};

static enum ladle_status
no_memory(struct growth *growth)
{
	return ladle_fail(growth->err, LADLE_E_MEMORY, growth->request->template_->pub.path,
			"no memory for the output's tree");
}

/* Notes where an object of the output comes from. */
static enum ladle_status
note_source(struct growth *growth, uint32_t object, uint32_t source)
{
	if (object == LADLE_NONE)
		return no_memory(growth);
	if (object >= growth->source_capacity) {
		uint32_t capacity = object * 2 + 64;
		uint32_t *grown = realloc(growth->tree->source, capacity * sizeof(*grown));

		if (!grown)
			return no_memory(growth);
		growth->tree->source = grown;
		growth->source_capacity = capacity;
	}
	growth->tree->source[object] = source;
	return LADLE_OK;
}

/* Keras keeps names, orders and configs in strings, so that none may be lost; what other
 * programs hang on (references, records) is left out. */
static enum ladle_status
copy_attribute(struct growth *growth, uint32_t object, const struct catalog_attr *from)
{
	const struct catalog_object *to = &growth->tree->catalog.objects[object];
	const char *path = growth->request->template_->pub.path;
	struct catalog_attr *attr;

	if (catalog_attr(to, from->name) || !strcmp(from->name, RECIPE_ATTRIBUTE))
		return LADLE_OK;
	if (from->refused && from->type.dtype == LADLE_STRING)
		return ladle_fail(growth->err, LADLE_E_INPUT, path,
				"%s: attribute %s of %s %s, so it cannot be copied into the output",
				path, from->name, to->path, from->refused);
	if (from->refused || from->type.dtype == LADLE_OTHER)
		return LADLE_OK;
	attr = catalog_add_attr(&growth->tree->catalog, object, from->name, from->type, from->rank,
			from->dims);
	if (!attr)
		return no_memory(growth);
	attr->type.big_endian = false;
	attr->strings = from->strings;
	attr->lengths = from->lengths;
	attr->numbers = from->numbers;
	return LADLE_OK;
}

static enum ladle_status
copy_attributes(struct growth *growth, uint32_t object, const struct catalog_object *from)
{
	for (uint32_t i = 0; i < from->attr_count; i++)
		TRY(copy_attribute(growth, object, &from->attrs[i]));
	return LADLE_OK;
}

/* A dataset of text or records that belongs to no layer: Keras does not look at it. A link that was
 * not followed has no type: nobody knows what it hides. */
static bool
is_foreign(const struct growth *growth, uint32_t index)
{
	const struct catalog_type *type = &growth->from->objects[index].type;

	return !dtype_size(type->dtype) && type->size && !growth->listed[index] &&
	       !growth->in_optimizer;
}

static enum ladle_status
copy_dataset(struct growth *growth, uint32_t parent, uint32_t index)
{
	const struct catalog_object *from = &growth->from->objects[index];
	const char *path = growth->request->template_->pub.path;
	struct catalog_type type = from->type;
	uint32_t made;

	if (is_foreign(growth, index))
		return LADLE_OK;
	if (from->refused || !dtype_size(type.dtype))
		return ladle_fail(growth->err, LADLE_E_INPUT, path,
				"%s: %s %s, so it cannot be copied into the output", path,
				from->path, from->refused ? from->refused : "has no numbers");
	type.big_endian = false;
	made = catalog_add_dataset(
			&growth->tree->catalog, parent, from->name, type, from->rank, from->dims);
	TRY(note_source(growth, made, index));
	growth->tree->catalog.objects[made].storage = CATALOG_UNALLOCATED;
	return copy_attributes(growth, made, from);
}

static bool
is_optimizer(const char *path)
{
	for (size_t i = 0; i < sizeof(optimizer_groups) / sizeof(optimizer_groups[0]); i++)
		if (!strcmp(path, optimizer_groups[i]))
			return true;
	return false;
}

static enum ladle_status copy_children(struct growth *, uint32_t to, uint32_t group);

static enum ladle_status
copy_group(struct growth *growth, uint32_t to, uint32_t index)
{
	const struct catalog_object *from = &growth->from->objects[index];
	bool in_optimizer = growth->in_optimizer;
	uint32_t made;

	if (from->refused)
		return ladle_fail(growth->err, LADLE_E_INPUT, growth->request->template_->pub.path,
				"%s: %s %s, so it cannot be copied into the output",
				growth->request->template_->pub.path, from->path, from->refused);
	if (is_optimizer(from->path) && !growth->request->keep_optimizer)
		return LADLE_OK;
	growth->in_optimizer = in_optimizer || is_optimizer(from->path);
	made = catalog_add_group(&growth->tree->catalog, to, from->name);
	TRY(note_source(growth, made, LADLE_NONE));
	TRY(copy_attributes(growth, made, from));
	TRY(copy_children(growth, made, index));
	growth->in_optimizer = in_optimizer;
	return LADLE_OK;
}

/* Depth is bounded by CATALOG_MAX_DEPTH, which the catalog was checked for. */
static enum ladle_status
copy_children(struct growth *growth, uint32_t to, uint32_t group)
{
	const struct catalog_object *objects = growth->from->objects;
	uint32_t child = objects[group].first_child;

	for (; child != LADLE_NONE; child = objects[child].next_sibling)
		TRY(objects[child].kind == CATALOG_DATASET ? copy_dataset(growth, to, child)
							   : copy_group(growth, to, child));
	return LADLE_OK;
}

static enum ladle_status
add_text(struct growth *growth, uint32_t root, const char *name, const char *text, bool utf8)
{
	const struct catalog_type type = {.dtype = LADLE_STRING, .variable = true, .utf8 = utf8};

	if (!text || !*text)
		return LADLE_OK;
	return catalog_add_strings(&growth->tree->catalog, root, name, type, 0, &text, 1)
			       ? LADLE_OK
			       : no_memory(growth);
}

static enum ladle_status
add_archive_config(struct growth *growth, uint32_t root)
{
	const struct checkpoint *config = growth->request->config;
	int major = keras_era(config->pub.keras_version).major;
	enum ladle_status status;
	struct buf text;

	TRY(add_text(growth, root, "keras_version", config->pub.keras_version, true));
	buf_init(&text);
	config_for_legacy(&text, config->catalog->config, config->catalog->config_length, major);
	status = text.failed ? no_memory(growth)
			     : add_text(growth, root, "model_config", buf_string(&text), false);
	buf_done(&text);
	return status;
}

/* The attributes that make a weights file a whole model. They come first: what is there is not
 * copied from the template again. */
static enum ladle_status
add_config(struct growth *growth, uint32_t root)
{
	static const char *const names[] = {"keras_version", "backend", "model_config"};
	const struct catalog *config = growth->request->config->catalog;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct catalog_attr *attr = catalog_attr(&config->objects[0], names[i]);

		if (attr)
			TRY(copy_attribute(growth, root, attr));
	}
	return config->config ? add_archive_config(growth, root) : LADLE_OK;
}

/* Siblings must stay in name order, as catalogs have them. */
static enum ladle_status
grow(struct growth *growth, const struct conversion *conversion)
{
	uint32_t from = catalog_find(growth->from, conversion->from), root, to;

	if (from == LADLE_NONE)
		return ladle_fail(growth->err, LADLE_E_INPUT, growth->request->template_->pub.path,
				"%s has no %s", growth->request->template_->pub.path,
				conversion->from);
	root = to = catalog_add_group(&growth->tree->catalog, LADLE_NONE, "");
	TRY(note_source(growth, root, LADLE_NONE));
	TRY(add_text(growth, root, RECIPE_ATTRIBUTE, growth->request->recipe, true));
	if (growth->request->config && conversion->to_format == LADLE_LEGACY_FULL)
		TRY(add_config(growth, root));
	if (strcmp(conversion->to, "/")) {
		to = catalog_add_group(&growth->tree->catalog, root, conversion->to + 1);
		TRY(note_source(growth, to, LADLE_NONE));
	}
	TRY(copy_attributes(growth, to, &growth->from->objects[from]));
	return copy_children(growth, to, from);
}

static void
list_tensors(struct growth *growth)
{
	const struct ladle_checkpoint *pub = &growth->request->template_->pub;

	for (uint32_t i = 0; i < pub->tensor_count; i++)
		if (pub->tensors[i].dataset != LADLE_NONE)
			growth->listed[pub->tensors[i].dataset] = 1;
}

/* A tree that is not the template's: laid out anew, or a part of it. */
static enum ladle_status
make_other(struct tree *out, const struct tree_request *request,
		enum ladle_status (*make)(
				struct tree *, const struct tree_request *, struct ladle_error *),
		struct ladle_error *err)
{
	struct tree tree = {.source = NULL};
	enum ladle_status status;

	catalog_init(&tree.catalog);
	status = make(&tree, request, err);
	if (status == LADLE_OK)
		*out = tree;
	else
		tree_done(&tree);
	return status;
}

enum ladle_status
tree_make(struct tree *out, const struct tree_request *request, struct ladle_error *err)
{
	const struct checkpoint *from = request->template_;
	struct tree tree = {.source = NULL};
	struct growth growth = {
			.tree = &tree, .request = request, .from = from->catalog, .err = err};
	enum ladle_status status;

	TRY(tree_check(tree_layout(&from->pub), request->format,
			request->config || from->pub.has_config, from->pub.path, err));
	if (part_needed(request))
		return make_other(out, request, part_make, err);
	if (crossing_needed(request))
		return make_other(out, request, crossing_make, err);
	growth.listed = calloc(from->catalog->object_count + 1, 1);
	if (!growth.listed)
		return no_memory(&growth);
	list_tensors(&growth);
	catalog_init(&tree.catalog);
	status = grow(&growth, conversion_of(from->pub.format, request->format));
	free(growth.listed);
	if (status != LADLE_OK) {
		tree_done(&tree);
		return status;
	}
	*out = tree;
	return LADLE_OK;
}

void
tree_done(struct tree *tree)
{
	catalog_done(&tree->catalog);
	free(tree->source);
	tree->source = NULL;
}
