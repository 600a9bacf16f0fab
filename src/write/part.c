#include "write/part.h"

#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "keras/classes.h"
#include "keras/name_map.h"
#include "keras/weight_tree.h"
#include "write/sketch.h"

struct part {
	const struct tree_request *request;
	const struct catalog *from;
	struct arena arena;
	struct sketch sketch;
	bool *taken;        /* [objects] */
	const char **paths; /* [objects] in the output, of those that are taken */
	struct ladle_error *err;
};

static enum ladle_status
no_memory(const struct part *part)
{
	return ladle_fail(part->err, LADLE_E_MEMORY, part->request->template_->pub.path,
			"no memory for the output's tree");
}

bool
part_needed(const struct tree_request *request)
{
	const struct ladle_checkpoint *pub = &request->template_->pub;

	return pub->format == LADLE_BRANCH && pub->graph == NULL;
}

/* ---- what is taken ---- */

static void
take_below(struct part *part, uint32_t group)
{
	const struct catalog_object *objects = part->from->objects;

	part->taken[group] = true;
	for (uint32_t i = objects[group].first_child; i != LADLE_NONE; i = objects[i].next_sibling)
		take_below(part, i);
}

/* With all that it lies in. */
static void
take(struct part *part, uint32_t object)
{
	if (object == LADLE_NONE)
		return;
	take_below(part, object);
	while (part->from->objects[object].parent != LADLE_NONE) {
		object = part->from->objects[object].parent;
		part->taken[object] = true;
	}
}

/* A layer's path leads to its group, from the root of a store or of a legacy file. */
static void
take_layers(struct part *part)
{
	static const char *const always[] = {"vars", "top_level_model_weights"};
	const struct ladle_checkpoint *pub = &part->request->template_->pub;

	part->taken[0] = true;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		take(part, catalog_child(part->from, 0, always[i]));
	for (uint32_t i = 0; i < pub->layer_count; i++)
		if (pub->layers[i].parent == LADLE_NONE)
			take(part, catalog_child(part->from, 0, pub->layers[i].path));
}

/* ---- paths ---- */

static bool
counts_layers(const struct catalog_object *group)
{
	return strcmp(group->path, "/layers") == 0 ||
	       strcmp(group->path, "/_layer_checkpoint_dependencies") == 0;
}

static int
compare_objects(const void *a, const void *b)
{
	const struct catalog_object *x = *(const struct catalog_object *const *)a;
	const struct catalog_object *y = *(const struct catalog_object *const *)b;

	return tree_compare_names(x->name, y->name);
}

static const char *
next_name(struct part *part, const char *name, struct name_map *counts)
{
	const char *stem = arena_text(&part->arena, name, class_stem(name));
	uint32_t number = stem == NULL ? LADLE_NONE : name_map_get(counts, stem);

	if (stem == NULL)
		return NULL;
	number = number == LADLE_NONE ? 0 : number;
	name_map_set(counts, stem, number + 1);
	return number == 0 ? stem : arena_format(&part->arena, "%s_%u", stem, number);
}

/* Keras finds the layers of a store by class and number: dense_3 alone is dense. */
static bool
count_anew(struct part *part, uint32_t group)
{
	const struct catalog_object *objects = part->from->objects, **list;
	struct name_map counts;
	uint32_t count = 0;

	list = arena_array(&part->arena, part->from->object_count + 1, sizeof(*list));
	if (list == NULL || !name_map_init(&counts, &part->arena, part->from->object_count))
		return false;
	for (uint32_t i = objects[group].first_child; i != LADLE_NONE; i = objects[i].next_sibling)
		if (part->taken[i])
			list[count++] = &objects[i];
	qsort(list, count, sizeof(*list), compare_objects);
	for (uint32_t i = 0; i < count; i++) {
		const char *name = next_name(part, list[i]->name, &counts);

		if (name == NULL)
			return false;
		part->paths[list[i] - objects] =
				arena_format(&part->arena, "%s/%s", objects[group].path, name);
	}
	return true;
}

/* Parents stand before their children, so that what a parent is called is known. */
static bool
find_paths(struct part *part)
{
	const struct catalog_object *objects = part->from->objects;

	part->paths[0] = "/";
	for (uint32_t i = 1; i < part->from->object_count; i++) {
		const char *above = objects[i].parent == 0 ? "" : part->paths[objects[i].parent];

		if (!part->taken[i])
			continue;
		if (part->paths[i] == NULL)
			part->paths[i] =
					arena_format(&part->arena, "%s/%s", above, objects[i].name);
		if (part->paths[i] == NULL || (counts_layers(&objects[i]) && !count_anew(part, i)))
			return false;
	}
	return true;
}

/* ---- objects ---- */

/* The list of all layers, in their order. A split list is joined: what is left of it may fit. */
static bool
add_layer_names(struct part *part, struct sketch_object *root)
{
	const struct ladle_checkpoint *pub = &part->request->template_->pub;
	const char **names = arena_array(&part->arena, pub->layer_count + 1, sizeof(*names));
	uint32_t count = 0;

	for (uint32_t i = 0; names != NULL && i < pub->layer_count; i++)
		if (pub->layers[i].parent == LADLE_NONE &&
				strcmp(pub->layers[i].name, "top_level_model_weights") != 0)
			names[count++] = pub->layers[i].name;
	return names != NULL && sketch_list(&part->sketch, root, "layer_names", names, count);
}

static bool
is_layer_names(const struct catalog_attr *attr)
{
	return strncmp(attr->name, "layer_names", 11) == 0;
}

static bool
add_attributes(struct part *part, struct sketch_object *to, const struct catalog_object *from)
{
	bool listed = false;

	for (uint32_t i = 0; i < from->attr_count && to != NULL; i++) {
		const struct catalog_attr *attr = &from->attrs[i];

		if (attr->refused || strcmp(attr->name, "ladle_recipe") == 0)
			continue;
		if (from == part->from->objects && is_layer_names(attr)) {
			if (!listed && !add_layer_names(part, to))
				return false;
			listed = true;
		} else if (attr->rank == 0 && attr->strings) {
			sketch_text(&part->sketch, to, attr->name, attr->strings[0],
					attr->type.utf8);
		} else if (attr->rank == 1 && (attr->strings || attr->count == 0)) {
			if (!sketch_list(&part->sketch, to, attr->name, attr->strings,
					    (uint32_t)attr->count))
				return false;
		}
	}
	return to != NULL;
}

static enum ladle_status
add_object(struct part *part, uint32_t object)
{
	const struct catalog_object *from = &part->from->objects[object];
	const char *path = part->request->template_->pub.path;
	struct catalog_type type = from->type;
	struct sketch_object *to;

	if (from->refused)
		return ladle_fail(part->err, LADLE_E_INPUT, path,
				"%s: %s %s, so it cannot be copied into the output", path,
				from->path, from->refused);
	type.big_endian = false;
	to = from->kind == CATALOG_DATASET ? sketch_dataset(&part->sketch, part->paths[object],
							     type, from->rank, from->dims, object)
					   : sketch_group(&part->sketch, part->paths[object]);
	return add_attributes(part, to, from) ? LADLE_OK : no_memory(part);
}

static enum ladle_status
add_objects(struct part *part)
{
	const char *recipe = part->request->recipe;

	for (uint32_t i = 0; i < part->from->object_count; i++)
		if (part->taken[i])
			TRY(add_object(part, i));
	if (recipe && *recipe)
		sketch_text(&part->sketch, part->sketch.objects[0], "ladle_recipe", recipe, true);
	return LADLE_OK;
}

static enum ladle_status
make(struct part *part, struct tree *tree)
{
	uint32_t count = part->from->object_count;

	part->taken = arena_array(&part->arena, count, sizeof(*part->taken));
	part->paths = arena_array(&part->arena, count, sizeof(*part->paths));
	if (!part->taken || !part->paths)
		return no_memory(part);
	take_layers(part);
	if (!find_paths(part))
		return no_memory(part);
	TRY(add_objects(part));
	return sketch_finish(&part->sketch, &tree->catalog, &tree->source,
			part->request->template_->pub.path, part->err);
}

enum ladle_status
part_make(struct tree *tree, const struct tree_request *request, struct ladle_error *err)
{
	struct part part = {.request = request, .from = request->template_->catalog, .err = err};
	enum ladle_status status;

	arena_init(&part.arena);
	part.sketch.arena = &part.arena;
	status = make(&part, tree);
	arena_done(&part.arena);
	return status;
}
