#include "keras/weight_tree.h"

#include <string.h>

#include "file/limits.h"
#include "keras/quantised.h"

/* From a tree of parts to layers and tensors. Two questions are answered here, for both layouts:
 * which parts are layers of their own, and how a tensor is called inside its layer. */

/* One tensor of a layer before it has its final name. */
struct entry {
	const struct tree_node *node;
	uint32_t object;
	const char *leaf, *role;
	bool copied;
	/* of the first entry with this leaf: how much of the path all of them share */
	int prefix, suffix;
};

struct entries {
	struct builder *build;
	const struct tree_node *layer;
	struct entry *list;
	uint32_t count;
};

static const struct catalog_object *
object_of(const struct builder *build, const struct tree_weight *weight)
{
	return &build->catalog->objects[weight->object];
}

/* ---- roles ----
 *
 * What the name says, else what the class says of the place, else what the shapes say. */

/* (in, n u), (u, n u) and a bias of n u, with or without a first axis of two. */
static bool
is_recurrent(const struct catalog_object *kernel, const struct catalog_object *recurrent,
		const struct catalog_object *bias)
{
	if (kernel->rank != 2 || recurrent->rank != 2 || bias->rank < 1 || bias->rank > 2)
		return false;
	return kernel->dims[1] == recurrent->dims[1] &&
	       kernel->dims[1] == bias->dims[bias->rank - 1] && recurrent->dims[0] > 0 &&
	       recurrent->dims[1] % recurrent->dims[0] == 0;
}

/* Without a class: what the shapes of a layer that holds only these weights tell. */
static void
roles_of_shapes(const struct builder *build, const struct tree_node *node, const char **roles)
{
	static const char *const statistics[] = {"gamma", "beta", "moving_mean", "moving_variance"};
	static const char *const dense[] = {"kernel", "bias"};
	static const char *const recurrent[] = {"kernel", "recurrent_kernel", "bias"};
	const struct catalog_object *first = object_of(build, node->first);
	const struct catalog_object *last = object_of(build, node->last);
	bool vectors = true;

	for (const struct tree_weight *w = node->first; w != NULL; w = w->next)
		vectors = vectors && object_of(build, w)->rank == 1 &&
			  object_of(build, w)->dims[0] == last->dims[0];
	if (vectors && node->own_count == 4)
		memcpy(roles, statistics, sizeof(statistics));
	else if (node->own_count == 2 && first->rank >= 2 && last->rank == 1 &&
			first->dims[first->rank - 1] == last->dims[0])
		memcpy(roles, dense, sizeof(dense));
	else if (node->own_count == 3 &&
			is_recurrent(first, object_of(build, node->first->next), last))
		memcpy(roles, recurrent, sizeof(recurrent));
}

/* In a store the names of variables are their places. */
static bool
is_positional(const struct tree_node *node)
{
	return node->first != NULL && node->first->positional;
}

/* Roles of a node's own weights into roles[own_count]. */
static void
find_roles(const struct builder *build, const struct tree_node *node, const char **roles)
{
	const struct class_row *row = class_find(node->class_name);
	const signed char *option = node->config == NULL ? NULL : node->config->option;
	uint32_t i = 0;

	if (is_positional(node) && quantised_roles(build, node, roles))
		return;
	class_roles(row, option, node->own_count, roles);
	if (is_positional(node) && row == NULL && !node->flat)
		roles_of_shapes(build, node, roles);
	/* Names that tell nothing, such as param_0, leave what the class says of the place. */
	for (const struct tree_weight *w = node->first; w != NULL; w = w->next, i++)
		if (weight_role(w->name)[0] != '\0')
			roles[i] = weight_role(w->name);
}

/* Keras 1 calls an Embedding's table W, Keras 2 a DepthwiseConv's kernel depthwise_kernel: the
 * class knows better. */
static const char *
role_in_class(const struct tree_node *node, const char *role)
{
	const struct class_row *row = class_find(node->class_name);

	if (row == NULL || class_has_role(row, role))
		return role;
	if (strcmp(role, "kernel") == 0 && class_has_role(row, "embeddings"))
		return "embeddings";
	if (strcmp(role, "depthwise_kernel") == 0 && class_has_role(row, "kernel"))
		return "kernel";
	return role;
}

/* ---- the tensors of a layer ---- */

static void
gather_own(struct entries *all, const struct tree_node *node)
{
	struct builder *build = all->build;
	const char **roles = builder_array(build, node->own_count + 1, sizeof(*roles));
	bool quantised = quantised_kernel(build, node);
	uint32_t i = 0;

	if (roles == NULL)
		return;
	find_roles(build, node, roles);
	quantised_note(build, node, roles);
	for (const struct tree_weight *w = node->first; w != NULL; w = w->next, i++) {
		const char *role = role_in_class(node, roles[i]);
		enum ladle_dtype dtype = object_of(build, w)->type.dtype;

		all->list[all->count++] = (struct entry){
				.node = node,
				.object = w->object,
				.leaf = w->positional && role[0] != '\0' ? role : w->name,
				.role = role,
				.copied = quantised ||
					  weight_copied(node->class_name, role, dtype) != NULL,
		};
	}
}

/* Own weights before those of parts; parts stand in the order in which Keras lists them. */
static void
gather(struct entries *all, const struct tree_node *node)
{
	gather_own(all, node);
	for (const struct tree_node *child = node->first_child; child != NULL; child = child->next)
		gather(all, child);
}

/* Names of the parts between the layer and the node, outermost first; returns how many. */
static int
chain(const struct entries *all, const struct tree_node *node, const char *names[LAYERS_MAX_DEPTH])
{
	int count = 0, at;

	for (const struct tree_node *n = node; n != all->layer; n = n->parent)
		count++;
	at = count;
	for (const struct tree_node *n = node; n != all->layer; n = n->parent)
		names[--at] = n->name;
	return count;
}

/* Narrows what the first entry with this leaf shares with all the others. */
static void
narrow(const struct entries *all, struct entry *head, const struct entry *other)
{
	const char *a[LAYERS_MAX_DEPTH], *b[LAYERS_MAX_DEPTH];
	int m = chain(all, head->node, a), n = chain(all, other->node, b);
	int prefix = 0, suffix = 0;

	while (prefix < m && prefix < n && strcmp(a[prefix], b[prefix]) == 0)
		prefix++;
	while (suffix < m - prefix && suffix < n - prefix &&
			strcmp(a[m - 1 - suffix], b[n - 1 - suffix]) == 0)
		suffix++;
	if (prefix < head->prefix)
		head->prefix = prefix;
	if (suffix < head->suffix)
		head->suffix = suffix;
}

/* "kernel" where that is unique in the layer, else with what tells it from its namesakes:
 * "forward_lstm/kernel". */
static const char *
full_name(const struct entries *all, const struct entry *entry, const struct entry *head)
{
	const char *names[LAYERS_MAX_DEPTH];
	int end = chain(all, entry->node, names) - head->suffix;
	size_t length = strlen(entry->leaf) + 1;
	char *text, *at;

	if (head->prefix >= end)
		return entry->leaf;
	for (int i = head->prefix; i < end; i++)
		length += strlen(names[i]) + 1;
	text = at = builder_array(all->build, length, 1);
	for (int i = head->prefix; i < end && text != NULL; i++) {
		at = stpcpy(at, names[i]);
		*at++ = '/';
	}
	if (text != NULL)
		stpcpy(at, entry->leaf);
	return text == NULL ? "" : text;
}

static void
name_entries(struct entries *all)
{
	struct builder *build = all->build;
	struct unique_names names;
	struct name_map heads;

	if (!name_map_init(&heads, build->arena, all->count) ||
			!unique_names_init(&names, build->arena, all->count)) {
		build->failed = true;
		return;
	}
	for (uint32_t i = 0; i < all->count; i++) {
		struct entry *head = &all->list[name_map_add(&heads, all->list[i].leaf, i)];

		if (head == &all->list[i])
			head->prefix = head->suffix = LAYERS_MAX_DEPTH;
		else
			narrow(all, head, &all->list[i]);
	}
	for (uint32_t i = 0; i < all->count && !build->failed; i++) {
		const struct entry *entry = &all->list[i];
		const struct entry *head = &all->list[name_map_get(&heads, entry->leaf)];
		const char *name = unique_name(&names, full_name(all, entry, head), '_');

		build->failed |= name == NULL;
		builder_tensor(build, entry->object, name, entry->role, !entry->copied);
	}
}

/* Adds the tensors of a node, and of all below it when `deep`, to the layer added last. */
static void
emit_tensors(struct builder *build, const struct tree_node *node, bool deep)
{
	struct entries all = {.build = build, .layer = node};
	uint32_t count = deep ? node->total : node->own_count;

	if (count == 0)
		return;
	all.list = builder_array(build, count, sizeof(*all.list));
	if (all.list == NULL)
		return;
	if (deep)
		gather(&all, node);
	else
		gather_own(&all, node);
	if (!build->failed)
		name_entries(&all);
}

/* ---- what is a layer ----
 *
 * A model has layers. A composite of Keras (a wrapper, an RNN, attention) is one layer to its
 * user. A custom layer that holds others shows them, unless they look like the parts of such a
 * composite. */

/* A part of a composite layer, by the names that Keras gives such parts. */
static bool
is_part(const struct tree_node *node)
{
	static const char *const names[] = {"query", "key", "value", "gate", "attention_output"};
	size_t stem = class_stem(node->name);

	if (class_part(node->component) != NULL)
		return true;
	if (strncmp(node->name, "forward_", 8) == 0 || strncmp(node->name, "backward_", 9) == 0)
		return true;
	if (stem > 5 && strncmp(node->name + stem - 5, "_cell", 5) == 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(node->name, names[i]) == 0)
			return true;
	return false;
}

static bool
holds_model(const struct tree_node *node)
{
	for (const struct tree_node *child = node->first_child; child != NULL; child = child->next)
		if ((child->has_layers && child->total > 0) || holds_model(child))
			return true;
	return false;
}

/* Parts without weights, such as attention's softmax, say nothing. */
static bool
is_made_of_parts(const struct tree_node *node)
{
	for (const struct tree_node *child = node->first_child; child != NULL; child = child->next)
		if (child->total > 0 && !is_part(child))
			return false;
	return true;
}

/* A class of the table is what it is; only for an unknown one do the parts decide. */
static bool
holds_layers(const struct tree_node *node)
{
	const struct class_row *row = class_find(node->class_name);

	if (node->flat)
		return false;
	if (node->has_layers || (row != NULL && row->kind == CLASS_MODEL))
		return true;
	if (row != NULL)
		return row->kind == CLASS_COMPOSITE && holds_model(node);
	return holds_model(node) || !is_made_of_parts(node);
}

/* Several parts, and not those of a composite of Keras. */
static bool
holds_others(const struct tree_node *node)
{
	uint32_t count = 0;

	for (const struct tree_node *child = node->first_child; child != NULL; child = child->next)
		count += child->total > 0;
	return count > 1 && !is_made_of_parts(node);
}

/* A Conv1D that somebody called dense_31: the kernel of a Dense has two axes, that of a convolution
 * more. */
static bool
has_its_rank(const struct builder *build, const struct tree_node *node, const struct class_row *row)
{
	bool convolves = strstr(row->name, "Conv") != NULL;

	for (const struct tree_weight *w = node->first; w != NULL; w = w->next) {
		int rank = object_of(build, w)->rank;

		if (strcmp(weight_role(w->name), "kernel") != 0)
			continue;
		if ((strcmp(row->name, "Dense") == 0 && rank != 2) || (convolves && rank < 3))
			return false;
	}
	return true;
}

/* A guess falls where the weights have roles, or are of a number, that the class has not. */
static void
check_guess(const struct builder *build, struct tree_node *node)
{
	const struct class_row *row = class_find(node->class_name);
	uint32_t most = 0, least = 0;

	if (!node->class_is_guess || row == NULL || node->total == 0)
		return;
	if (is_positional(node) && quantised_roles(build, node, NULL))
		return;
	if (row->kind != CLASS_LEAF) {
		/* `rnn` is what people call a SimpleRNN. */
		if ((strcmp(row->name, "RNN") == 0 && node->own_count > 0) ||
				(row->kind == CLASS_COMPOSITE && holds_others(node)))
			node->class_name = "";
		return;
	}
	for (int i = 0; i < CLASS_MAX_WEIGHTS && row->weights[i].role != NULL; i++) {
		most++;
		least += row->weights[i].option == OPTION_ALWAYS;
	}
	for (const struct tree_weight *w = node->first; w != NULL; w = w->next) {
		const char *role = weight_role(w->name);

		if (!w->positional && role[0] != '\0' &&
				!class_has_role(row, role_in_class(node, role)))
			most = 0;
	}
	if (node->own_count > most || node->own_count < least || node->total != node->own_count ||
			!has_its_rank(build, node, row))
		node->class_name = "";
}

static void
emit_children(struct builder *build, struct tree_node *node, uint32_t layer)
{
	for (struct tree_node *child = node->first_child; child != NULL; child = child->next) {
		/* The model that a wrapper wraps is shown as the wrapper. */
		bool wrapped = !node->has_layers && child->has_layers &&
			       strcmp(child->component, "layer") == 0;

		if ((child->hollow || wrapped) && child->own_count == 0)
			emit_children(build, child, layer);
		else
			tree_emit(build, child, layer);
	}
}

void
tree_emit(struct builder *build, struct tree_node *node, uint32_t parent)
{
	bool nested;
	uint32_t layer;

	check_guess(build, node);
	nested = holds_layers(node);
	layer = builder_layer(build, node->name, node->class_name, node->path, parent);
	if (layer != LADLE_NONE && node->config != NULL)
		build->layers[layer].config = node->config->index;
	emit_tensors(build, node, !nested);
	if (nested && !build->failed)
		emit_children(build, node, layer);
}
