/* `.weights.h5` and the HDF5 part of `.keras`: sections 2 and 4 of the format. */
#include "keras/readers.h"

#include <stdlib.h>
#include <string.h>

#include "file/limits.h"

/* What a model holds beside its layers. */
static const char *const beside[] = {"optimizer", "_optimizer", "metrics", "_metrics",
		"_compile_metrics", "compiled_metrics", "_compile_loss", "compiled_loss",
		"_loss_tracker"};

static bool
is_beside_layers(const char *component)
{
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		if (strcmp(beside[i], component) == 0)
			return true;
	return false;
}

static bool
holds_layers(const char *component)
{
	return strcmp(component, "layers") == 0 ||
	       strcmp(component, "_layer_checkpoint_dependencies") == 0;
}

/* ---- one `vars` group ---- */

static bool
is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* "10" stands before "2" in the file. What is no number, such as idf_weights, comes last. */
static int
compare_keys(const void *a, const void *b)
{
	const struct catalog_object *x = *(const struct catalog_object *const *)a;
	const struct catalog_object *y = *(const struct catalog_object *const *)b;

	if (is_number(x->name) != is_number(y->name))
		return is_number(x->name) ? -1 : 1;
	return tree_compare_names(x->name, y->name);
}

static uint32_t
list_datasets(struct builder *build, uint32_t group, const struct catalog_object **list)
{
	const struct catalog_object *objects = build->catalog->objects;
	uint32_t count = 0;

	for (uint32_t i = objects[group].first_child; i != LADLE_NONE;
			i = objects[i].next_sibling) {
		if (objects[i].kind != CATALOG_DATASET) {
			if (list == NULL)
				builder_finding(build, LADLE_F_FORMAT,
						"%s is a group among variables: it is not read",
						objects[i].path);
			continue;
		}
		if (list != NULL)
			list[count] = &objects[i];
		count++;
	}
	return count;
}

/* `name` is the layer's own name; Keras before 3.6 did not write it. */
static void
read_vars(struct builder *build, struct tree_node *node, uint32_t group)
{
	const struct catalog_object **list;
	const char *name = catalog_attr_text(&build->catalog->objects[group], "name");
	uint32_t count = list_datasets(build, group, NULL);

	if (name != NULL && name[0] != '\0') {
		node->name = name;
		node->named = true;
	}
	list = builder_array(build, count + 1, sizeof(*list));
	if (list == NULL)
		return;
	list_datasets(build, group, list);
	qsort(list, count, sizeof(*list), compare_keys);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t object = (uint32_t)(list[i] - build->catalog->objects);

		if (builder_take(build, object))
			tree_weight(build, node, list[i]->name, is_number(list[i]->name), object);
	}
}

/* ---- the tree of objects ---- */

struct cursor {
	struct tree_node *node;
	const char *prefix; /* path of the object, with the containers below it */
	bool in_list;       /* children are numbered by class */
};

/* The store's counter tells the class of what lies in `layers` or in a list of parts. */
static void
guess_class(struct tree_node *node, bool counted)
{
	const struct class_row *row = counted ? class_of_component(node->component) : NULL;
	const struct class_part *part = class_part(node->component);

	if (row != NULL)
		node->class_name = row->name;
	else if (part != NULL)
		node->class_name = part->class_name;
	node->class_is_guess = row != NULL;
	if (part != NULL) {
		node->name = part->name;
		node->place = class_part_place(node->component);
	}
}

/* The child called `component`, made where it is not there. */
static struct tree_node *
child_of(struct builder *build, struct cursor at, const char *component)
{
	struct tree_node *child = tree_child(build, at.node, component);

	if (child != NULL)
		return child;
	child = tree_node(build, at.node, component);
	if (child == NULL)
		return NULL;
	child->hollow = true;
	child->path = at.prefix[0] == '\0' ? component
					   : builder_join(build, at.prefix, '/', component);
	guess_class(child, at.in_list);
	return child;
}

/* One step down; containers of layers are no objects of their own. */
static struct cursor
step(struct builder *build, struct cursor at, const char *component)
{
	struct cursor to = at;

	if (holds_layers(component)) {
		at.node->has_layers = true;
		to.prefix = at.prefix[0] == '\0' ? component
						 : builder_join(build, at.prefix, '/', component);
		to.in_list = true;
		return to;
	}
	to.node = at.node->depth + 1 >= LAYERS_MAX_DEPTH ? NULL : child_of(build, at, component);
	if (to.node == NULL)
		return to;
	to.prefix = to.node->path;
	to.in_list = false;
	return to;
}

/* Windows wrote `layers\dense` as one name: the parts are the components all the same. */
static struct cursor
descend(struct builder *build, struct cursor at, const char *name)
{
	for (int parts = 0;; parts++) {
		size_t length = strcspn(name, "\\");

		if (parts == LAYERS_MAX_PARTS)
			at.node = NULL;
		else if (length > 0)
			at = step(build, at, builder_text(build, name, length));
		if (name[length] == '\0' || at.node == NULL || build->failed)
			return at;
		name += length + 1;
	}
}

/* Depth is bounded by the catalog's, and by LAYERS_MAX_DEPTH where a link has many components. */
static void
walk(struct builder *build, struct cursor at, uint32_t group)
{
	const struct catalog_object *objects = build->catalog->objects;

	/* Every object has its vars, also an empty one; a list of objects has none. */
	if (catalog_child(build->catalog, group, "vars") != LADLE_NONE)
		at.node->hollow = false;
	at.in_list = at.in_list || (at.node->hollow && at.node->parent != NULL);
	for (uint32_t i = objects[group].first_child; i != LADLE_NONE && !build->failed;
			i = objects[i].next_sibling) {
		struct cursor to;

		if (group == ROOT_OBJECT && is_beside_layers(objects[i].name))
			continue;
		if (objects[i].kind == CATALOG_DATASET) {
			builder_finding(build, LADLE_F_FORMAT,
					"%s lies outside of vars: it is not read", objects[i].path);
			continue;
		}
		if (strcmp(objects[i].name, "vars") == 0) {
			read_vars(build, at.node, i);
			continue;
		}
		to = descend(build, at, objects[i].name);
		if (to.node == NULL)
			builder_finding(build, LADLE_F_FORMAT,
					"%s is nested too deep: it is not read", objects[i].path);
		else
			walk(build, to, i);
	}
}

/* An attribute's path tells no class, but the name that Keras counted up for it may. */
static void
guess_by_name(struct tree_node *node)
{
	const struct class_row *row = NULL;

	if (node->named && node->class_name[0] == '\0' && node->parent != NULL)
		row = class_of_component(node->name);
	if (row == NULL)
		return;
	node->class_name = row->name;
	node->class_is_guess = true;
}

/* Without a name in the file: the path below the next object above. */
static void
name_nodes(struct builder *build, struct tree_node *node, const char *prefix)
{
	guess_by_name(node);
	if (node->parent != NULL && !node->named && prefix[0] != '\0')
		node->name = builder_join(build, prefix, '/', node->name);
	prefix = node->hollow && node->parent != NULL && class_part(node->component) == NULL
				 ? node->name
				 : "";
	for (struct tree_node *child = node->first_child; child != NULL; child = child->next)
		name_nodes(build, child, prefix);
	tree_sort(build, node);
}

/* Variables of the root object, under the name that legacy files give such weights. */
static void
emit_top_level(struct builder *build, struct tree_node *root)
{
	struct tree_node *own = tree_node(build, NULL, TOP_LEVEL_WEIGHTS);

	if (own == NULL || root->first == NULL)
		return;
	own->path = "vars";
	own->first = root->first;
	own->last = root->last;
	own->own_count = own->total = root->own_count;
	own->flat = true;
	tree_emit(build, own, LADLE_NONE);
}

/* A list attribute of a subclassed model is no layer; what is in it is. */
static void
emit_layers(struct builder *build, struct tree_node *node)
{
	for (struct tree_node *child = node->first_child; child != NULL && !build->failed;
			child = child->next) {
		if (child->hollow)
			emit_layers(build, child);
		else
			tree_emit(build, child, LADLE_NONE);
	}
}

void
v3_read(struct builder *build, const struct config *config, const char **model_name)
{
	struct tree_node *root = tree_node(build, NULL, "");
	struct cursor at = {.node = root, .prefix = ""};

	if (root == NULL)
		return;
	walk(build, at, ROOT_OBJECT);
	if (root->named)
		*model_name = root->name;
	name_nodes(build, root, "");
	build->config_uses = builder_array(build, config->layer_count + 1, 1);
	if (config->model != NULL && config->model->is_model && !build->failed)
		config_map_members(build, root, config->model);
	emit_layers(build, root);
	emit_top_level(build, root);
}
