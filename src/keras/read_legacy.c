/* Whole models and weights-only files of Keras 1, 2, tf.keras and Keras 3: section 1 of the
 * format. */
#include "keras/readers.h"

#include <string.h>

#include "file/limits.h"
#include "keras/text_list.h"

/* Members of one layer's models, at any depth, by name. */
struct members {
	struct name_map by_name; /* the first of each name; `same` leads to the next */
	struct tree_node **list;
	uint32_t count, room;
	bool slashes; /* some name holds '/', as in Keras 2: parts of a weight's name are joined */
};

/* One file while its layers are read, one after another, in the order of layer_names. */
struct legacy {
	struct builder *build;
	uint32_t group;          /* that holds layer_names */
	struct name_map configs; /* members of the model by name */
	const struct config_layer **members;
	bool *told; /* [members] the layer was read: a name that comes again tells no more */
	struct members inner; /* of the layer that is read */
};

static struct text_list
text_list(struct builder *build, uint32_t index, const char *name)
{
	const struct catalog_object *object = &build->catalog->objects[index];
	struct text_list list = {.found = false};

	build->failed |= !text_list_read(&list, build->arena, object, name);
	if (list.problem != NULL)
		builder_finding(build, LADLE_F_FORMAT, "%s: attribute %s cannot be read: %s",
				object->path, name, list.problem);
	return list;
}

/* ---- the parts of a weight's name ---- */

/* "both/forward_lstm/lstm_cell/kernel:0" has three parts and the leaf "kernel". */
struct parts {
	const char *part[LAYERS_MAX_DEPTH]; /* what stands before the last */
	int count;
	const char *leaf;
};

/* The last component without TensorFlow's ":0", and what Keras 1 put before its own name. */
static void
split_leaf(struct builder *build, struct parts *parts, const char *text)
{
	const char *colon = strrchr(text, ':');
	bool counted = colon != NULL && colon[1] != '\0' &&
		       colon[1 + strspn(colon + 1, "0123456789")] == '\0';
	const char *leaf = counted ? builder_text(build, text, (size_t)(colon - text)) : text;
	const char *old = weight_role(leaf)[0] != '\0' ? NULL : weight_old_name(leaf);

	parts->leaf = old == NULL ? leaf : old;
	if (old != NULL && parts->count < LAYERS_MAX_DEPTH)
		parts->part[parts->count++] = builder_text(build, leaf, (size_t)(old - leaf) - 1);
}

/* False when the name has more parts than a tree may have levels. */
static bool
split_name(struct builder *build, struct parts *parts, const char *name)
{
	parts->count = 0;
	for (;;) {
		size_t length = strcspn(name, "/");

		if (name[length] == '\0')
			break;
		if (parts->count >= LAYERS_MAX_DEPTH / 2)
			return false;
		if (length > 0)
			parts->part[parts->count++] = builder_text(build, name, length);
		name += length + 1;
	}
	split_leaf(build, parts, name);
	return true;
}

/* ---- one layer ---- */

static bool
members_init(struct builder *build, struct members *members, const struct config_layer *config)
{
	uint32_t room = 0;

	*members = (struct members){.count = 0};
	if (config == NULL || config_members(config) == NULL)
		return true;
	for (const struct config_layer *l = config; l != NULL; l = config_below(config, l))
		room++;
	members->room = room;
	members->list = builder_array(build, room, sizeof(struct tree_node *));
	build->failed |= !name_map_init(&members->by_name, build->arena, room);
	return !build->failed;
}

static void
list_member(struct members *members, struct tree_node *node)
{
	uint32_t first;

	if (members->count == members->room)
		return;
	members->list[members->count] = node;
	members->slashes = members->slashes || strchr(node->name, '/') != NULL;
	first = name_map_add(&members->by_name, node->name, members->count);
	if (first != members->count) {
		struct tree_node *last = members->list[first];

		/* the first keeps the last, so that a chain grows at its end */
		(last->same == NULL ? last : last->last_same)->same = node;
		last->last_same = node;
	}
	members->count++;
}

/* The children that a nested model has by its config, in its order, also those without weights. */
static void
add_members(struct builder *build, struct members *members, struct tree_node *node)
{
	const struct config_layer *first = config_members(node->config);

	if (first == NULL || node->depth >= LAYERS_MAX_DEPTH / 2 ||
			strlen(node->path) > LAYERS_MAX_PATH)
		return;
	node->has_layers = true;
	node->listed = true;
	for (const struct config_layer *l = first; l != NULL && !build->failed; l = l->next) {
		struct tree_node *child;

		if (l->is_operation || tree_child(build, node, l->name) != NULL)
			continue;
		child = tree_node(build, node, l->name);
		if (child == NULL)
			return;
		child->path = builder_join(build, node->path, '/', l->name);
		child->config = l;
		child->class_name = l->class_name;
		list_member(members, child);
		add_members(build, members, child);
	}
}

/* A part that no config knows; its name may tell a class, which the weights then confirm or not.
 */
static struct tree_node *
part_node(struct builder *build, struct tree_node *node, const char *part)
{
	struct tree_node *child = tree_child(build, node, part);
	const struct class_row *row;

	if (child != NULL || node->depth + 1 >= LAYERS_MAX_DEPTH)
		return child;
	child = tree_node(build, node, part);
	if (child == NULL)
		return NULL;
	row = class_of_component(part);
	child->path = builder_join(build, node->path, '/', part);
	child->class_name = row == NULL ? "" : row->name;
	child->class_is_guess = true;
	return child;
}

/* The first member of that name; `counted`: without the _1 that Keras 2 may have put behind it. */
static struct tree_node *
same_name(struct builder *build, const struct members *members, const char *name, bool counted)
{
	size_t stem = class_stem(name);
	uint32_t first;

	if (members->count == 0 || (counted && name[stem] == '\0'))
		return NULL;
	first = name_map_get(&members->by_name, counted ? builder_text(build, name, stem) : name);
	return first == LADLE_NONE ? NULL : members->list[first];
}

static bool
is_below(const struct tree_node *node, const struct tree_node *above)
{
	while (node != NULL && node != above)
		node = node->parent;
	return node == above;
}

/* Has the layer a weight of that name already? */
static bool
is_filled(const struct builder *build, const struct tree_node *node, const struct parts *parts,
		int next)
{
	for (; next < parts->count && node != NULL; next++)
		node = tree_child(build, node, parts->part[next]);
	for (const struct tree_weight *w = node == NULL ? NULL : node->first; w != NULL;
			w = w->next)
		if (strcmp(w->name, parts->leaf) == 0)
			return true;
	return false;
}

/* A Dropout of the name is not meant, nor a BatchNormalization by a kernel, as long as there is
 * another layer. */
static bool
may_hold(const struct tree_node *node, const char *leaf)
{
	const struct class_row *row = class_find(node->class_name);
	const char *role = weight_role(leaf);

	if (row == NULL || row->kind != CLASS_LEAF)
		return true;
	return row->weights[0].role != NULL && (role[0] == '\0' || class_has_role(row, role));
}

/* More layers of one name are not gone through. */
enum { MAX_SAME = 256 };

/* Of `node` and the members of its name, below `above`, the first that lacks the weight, since they
 * are listed in the model's order. `next`: the part of the weight's name behind it. */
static struct tree_node *
member_lacking(const struct builder *build, const struct tree_node *above, struct tree_node *node,
		const struct parts *parts, int next)
{
	struct tree_node *first = NULL;

	for (int i = 0; node != NULL && i < MAX_SAME; node = node->same, i++) {
		if (!is_below(node, above) || node == above)
			continue;
		if (node->listed || (may_hold(node, parts->leaf) &&
						    !is_filled(build, node, parts, next)))
			return node;
		first = first == NULL ? node : first;
	}
	return first;
}

/* Parts `at` to before `end` as one name. */
static const char *
joined(struct builder *build, const struct parts *parts, int at, int end)
{
	const char *name = parts->part[at];

	while (++at < end)
		name = builder_join(build, name, '/', parts->part[at]);
	return name;
}

/* The member that the name's part *next, or one behind it, names; moves *next behind it. */
static struct tree_node *
find_member(struct builder *build, const struct members *members, const struct tree_node *above,
		const struct parts *parts, int *next, bool counted)
{
	for (int at = *next; at < parts->count; at++) {
		for (int end = members->slashes ? parts->count : at + 1; end > at; end--) {
			struct tree_node *node = same_name(
					build, members, joined(build, parts, at, end), counted);

			node = member_lacking(build, above, node, parts, end);
			if (node == NULL)
				continue;
			*next = end;
			return node;
		}
	}
	return NULL;
}

/* What stands behind the model's own name is a member of its own, whatever inner models hold. */
static struct tree_node *
own_member(const struct builder *build, const struct tree_node *model, const struct parts *parts,
		int *next)
{
	struct tree_node *member;

	if (*next + 1 >= parts->count || strcmp(parts->part[*next], model->name) != 0)
		return NULL;
	member = tree_child(build, model, parts->part[*next + 1]);
	if (member == NULL || (!member->listed && (!may_hold(member, parts->leaf) ||
								  is_filled(build, member, parts,
										  *next + 2))))
		return NULL;
	*next += 2;
	return member;
}

/* Whole names first: the `sequential_1` around all must not be taken for a `sequential` in it. */
static struct tree_node *
next_member(struct builder *build, const struct members *members, const struct tree_node *above,
		const struct parts *parts, int *next)
{
	struct tree_node *member = own_member(build, above, parts, next);

	if (member == NULL)
		member = find_member(build, members, above, parts, next, false);
	return member != NULL ? member : find_member(build, members, above, parts, next, true);
}

/* The member that is called as its model: a model has no weights of its own here. */
static struct tree_node *
namesake(const struct builder *build, const struct tree_node *model, const struct parts *parts,
		int next)
{
	struct tree_node *member = tree_child(build, model, model->name);

	if (member == NULL || !may_hold(member, parts->leaf) ||
			is_filled(build, member, parts, next))
		return NULL;
	return member;
}

/* Goes down as far as members of models are named, then makes a node for every other part. False
 * when that is too deep.
 *
 * A member may stand anywhere in the name, at any depth, since what stands before it depends on the
 * generation: "in_conv/kernel:0", "backbone/in_conv/kernel:0" and
 * "sequential/backbone/in_conv/kernel" are one, and Keras 3 leaves inner models out. */
static bool
place_weight(struct builder *build, const struct members *members, struct tree_node *node,
		const struct parts *parts, uint32_t object)
{
	int next = 0;

	while (node->listed) {
		struct tree_node *member = next_member(build, members, node, parts, &next);

		if (member == NULL)
			member = namesake(build, node, parts, next);
		if (member == NULL)
			break;
		node = member;
	}
	for (; next < parts->count && node != NULL && !build->failed; next++)
		node = part_node(build, node, parts->part[next]);
	if (node == NULL)
		return build->failed;
	tree_weight(build, node, parts->leaf, false, object);
	return true;
}

/* A part that holds all there is says nothing: `dense_1/dense_1/kernel`,
 * `sequential/dense/kernel`. */
static void
absorb(struct tree_node *node)
{
	struct tree_node *only = node->first_child;

	while (!node->listed && node->own_count == 0 && only != NULL && only->next == NULL) {
		node->first = only->first;
		node->last = only->last;
		node->own_count = only->own_count;
		node->first_child = only->first_child;
		node->last_child = only->last_child;
		for (struct tree_node *c = node->first_child; c != NULL; c = c->next)
			c->parent = node;
		only = node->first_child;
	}
	for (struct tree_node *child = node->first_child; child != NULL; child = child->next)
		absorb(child);
}

/* Names are resolved as paths, never by listing links: layer names of Keras 2 may hold '/', so
 * that one layer's group can lie inside another's. */
static void
read_weights(struct legacy *file, struct tree_node *node, uint32_t group)
{
	struct builder *build = file->build;
	struct text_list names = text_list(build, group, "weight_names");
	const struct catalog_object *objects = build->catalog->objects;

	if (!names.found && objects[group].first_child != LADLE_NONE)
		builder_finding(build, LADLE_F_FORMAT,
				"%s has no weight_names: its contents are not read",
				objects[group].path);
	for (uint32_t i = 0; i < names.count && !build->failed; i++) {
		uint32_t object = catalog_child(build->catalog, group, names.strings[i]);
		struct parts parts;

		if (object == LADLE_NONE || objects[object].kind != CATALOG_DATASET)
			builder_finding(build, LADLE_F_FORMAT,
					"weight_names of %s lists %s, but there is no such dataset",
					objects[group].path, names.strings[i]);
		else if (!builder_take(build, object))
			builder_finding(build, LADLE_F_FORMAT, "weight_names of %s lists %s again",
					objects[group].path, names.strings[i]);
		else if (!split_name(build, &parts, names.strings[i]) ||
				!place_weight(build, &file->inner, node, &parts, object))
			builder_finding(build, LADLE_F_FORMAT,
					"%s is nested too deep: it is not read",
					objects[object].path);
	}
}

/* By the config where there is one, else by the name alone. */
static void
describe(struct legacy *file, struct tree_node *node)
{
	uint32_t member = file->members == NULL ? LADLE_NONE
						: name_map_get(&file->configs, node->name);
	const struct class_row *row;

	if (member != LADLE_NONE) {
		node->config = file->members[member];
		node->class_name = node->config->class_name;
		if (!file->told[member] && members_init(file->build, &file->inner, node->config))
			add_members(file->build, &file->inner, node);
		file->told[member] = true;
		return;
	}
	row = class_of_component(node->name);
	node->class_name = row == NULL ? "" : row->name;
	node->class_is_guess = true;
}

/* A layer that is listed but not there is still a layer: the model has it. */
static void
read_layer(struct legacy *file, const char *name)
{
	struct builder *build = file->build;
	const char *home = build->catalog->objects[file->group].path;
	uint32_t group = catalog_child(build->catalog, file->group, name);
	struct tree_node *node = tree_node(build, NULL, name);

	if (node == NULL)
		return;
	file->inner = (struct members){.count = 0};
	describe(file, node);
	if (group == LADLE_NONE || build->catalog->objects[group].kind != CATALOG_GROUP)
		builder_finding(build, LADLE_F_FORMAT,
				"layer_names of %s lists %s, but there is no such group", home,
				name);
	else if (!builder_take(build, group))
		builder_finding(build, LADLE_F_FORMAT, "layer_names of %s lists %s again", home,
				name);
	else
		read_weights(file, node, group);
	absorb(node);
	if (!build->failed)
		tree_emit(build, node, LADLE_NONE);
}

/* Variables of the model object itself; not in layer_names. */
static void
read_top_level(struct legacy *file)
{
	uint32_t group = catalog_child(file->build->catalog, file->group, TOP_LEVEL_WEIGHTS);
	struct tree_node *node = tree_node(file->build, NULL, TOP_LEVEL_WEIGHTS);

	if (node == NULL || group == LADLE_NONE || !builder_take(file->build, group))
		return;
	node->flat = true;
	file->inner = (struct members){.count = 0};
	read_weights(file, node, group);
	if (node->total > 0 && !file->build->failed)
		tree_emit(file->build, node, LADLE_NONE);
}

static void
index_members(struct legacy *file, const struct config *config)
{
	uint32_t count = 0;

	if (config->model == NULL || !config->model->is_model)
		return;
	file->members = builder_array(file->build, config->layer_count + 1, sizeof(*file->members));
	file->told = builder_array(file->build, config->layer_count + 1, sizeof(*file->told));
	if (file->members == NULL || file->told == NULL ||
			!name_map_init(&file->configs, file->build->arena, config->layer_count)) {
		file->build->failed = true;
		return;
	}
	for (const struct config_layer *l = config->model->first_child; l != NULL; l = l->next) {
		if (l->is_operation)
			continue;
		file->members[count] = l;
		name_map_add(&file->configs, l->name, count++);
	}
}

void
legacy_read(struct builder *build, uint32_t group, const struct config *config)
{
	struct legacy file = {.build = build, .group = group};
	struct text_list names = text_list(build, group, "layer_names");

	index_members(&file, config);
	for (uint32_t i = 0; i < names.count && !build->failed; i++)
		read_layer(&file, names.strings[i]);
	read_top_level(&file);
}
