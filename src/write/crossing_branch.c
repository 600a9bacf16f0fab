/* A branch that was found without a config: its layers are copied as they stand, and a store's are
 * counted anew, as if the others had never been there. */
#include "write/crossing_state.h"

#include <string.h>

#include "base/err.h"
#include "keras/naming.h"

static enum ladle_status
refuse_format(const struct crossing *cross)
{
	return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
			"%s: the branch was found without a config; to write it as %s give "
			"--config FILE with the model's config",
			cross->from->path, ladle_format_name(cross->request->format));
}

static void
copy_attributes(struct crossing *cross, struct sketch_object *to, const struct catalog_object *from)
{
	for (uint32_t i = 0; to && i < from->attr_count; i++)
		if (!from->attrs[i].refused)
			sketch_attr(&cross->sketch, to, &from->attrs[i]);
}

static enum ladle_status
copy_dataset(struct crossing *cross, uint32_t index, const char *path)
{
	const struct catalog_object *from = &cross->request->template_->catalog->objects[index];
	struct catalog_type type = from->type;
	struct sketch_object *to;

	if (from->refused)
		return ladle_fail(cross->err, LADLE_E_INPUT, cross->from->path,
				"%s: %s %s, so it cannot be copied into the output",
				cross->from->path, from->path, from->refused);
	type.big_endian = false;
	to = sketch_dataset(&cross->sketch, path, type, from->rank, from->dims, index);
	copy_attributes(cross, to, from);
	return LADLE_OK;
}

/* Depth is bounded by CATALOG_MAX_DEPTH, which the catalog was checked for. */
static enum ladle_status
copy_group(struct crossing *cross, uint32_t index, const char *path)
{
	const struct catalog_object *objects = cross->request->template_->catalog->objects;
	uint32_t child = objects[index].first_child;

	copy_attributes(cross, sketch_group(&cross->sketch, path), &objects[index]);
	for (; child != LADLE_NONE; child = objects[child].next_sibling) {
		const char *name = crossing_join(cross, path, objects[child].name);

		TRY(objects[child].kind == CATALOG_DATASET ? copy_dataset(cross, child, name)
							   : copy_group(cross, child, name));
	}
	return LADLE_OK;
}

/* "layers/conv2d_3" as "layers/conv2d" where it is the first of its class that stays. */
static const char *
stored_path(struct crossing *cross, struct name_map *counts, const char *path)
{
	const char *last = strrchr(path, '/');
	const char *component = last ? last + 1 : path;
	const char *stem = arena_text(&cross->arena, component, class_stem(component));
	const char *made = stem ? naming_numbered(&cross->arena, stem, naming_count(counts, stem))
				: NULL;

	cross->sketch.failed |= !made;
	return made && last ? arena_format(&cross->arena, "%.*s/%s", (int)(last - path), path, made)
			    : made;
}

static enum ladle_status
copy_layers(struct crossing *cross, const char **names, uint32_t *count)
{
	const struct ladle_checkpoint *from = cross->from;
	const struct catalog *catalog = cross->request->template_->catalog;
	bool is_store = crossing_is_store(cross->request->format);
	struct name_map counts;

	if (!name_map_init(&counts, &cross->arena, from->layer_count))
		return crossing_no_memory(cross);
	for (uint32_t i = 0; i < from->layer_count; i++) {
		const struct ladle_layer *layer = &from->layers[i];
		uint32_t group = catalog_child(catalog, 0, layer->path);
		const char *path = layer->path;

		if (layer->parent != LADLE_NONE)
			continue;
		if (is_store)
			path = stored_path(cross, &counts, path);
		if (group == LADLE_NONE || !path)
			return refuse_format(cross);
		names[(*count)++] = layer->name;
		TRY(copy_group(cross, group, crossing_join(cross, "", path)));
	}
	return LADLE_OK;
}

/* Only in the layout that the file has: nothing says more of the layers than where they are. */
enum ladle_status
crossing_select(struct crossing *cross, struct sketch_object *root)
{
	const struct checkpoint *template_ = cross->request->template_;
	const char **names = arena_array(
			&cross->arena, cross->from->layer_count + (size_t)1, sizeof(*names));
	uint32_t count = 0;

	if (!names)
		return crossing_no_memory(cross);
	if (cross->request->format != template_->stored)
		return refuse_format(cross);
	TRY(copy_layers(cross, names, &count));
	if (template_->stored != LADLE_LEGACY_WEIGHTS)
		return LADLE_OK;
	for (uint32_t i = 0; i < template_->catalog->objects[0].attr_count; i++)
		if (strncmp(template_->catalog->objects[0].attrs[i].name, "layer_names", 11) != 0)
			sketch_attr(&cross->sketch, root, &template_->catalog->objects[0].attrs[i]);
	if (!sketch_list(&cross->sketch, root, "layer_names", names, count))
		return refuse_format(cross);
	return LADLE_OK;
}
