#include "keras/weight_tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* Children are found by one table for all nodes: a nested model of thousands of layers lists its
 * weights in an order that no cursor could follow. */
static uint64_t
child_hash(const struct tree_node *parent, const char *component)
{
	return hash_bytes(component, strlen(component), parent->hash);
}

static uint32_t
slot_of(const struct builder *build, const struct tree_node *parent, const char *component)
{
	uint64_t hash = child_hash(parent, component);
	uint32_t mask = build->node_room - 1, at = (uint32_t)hash & mask;
	const struct tree_node *node;

	for (; (node = build->nodes[at]) != NULL; at = (at + 1) & mask)
		if (node->hash == hash && node->parent == parent &&
				strcmp(node->component, component) == 0)
			break;
	return at;
}

struct tree_node *
tree_child(const struct builder *build, const struct tree_node *parent, const char *component)
{
	return build->node_room == 0 ? NULL : build->nodes[slot_of(build, parent, component)];
}

/* Twice the room when half of it is full. */
static bool
make_room(struct builder *build)
{
	uint32_t old_room = build->node_room;
	struct tree_node **old = build->nodes;

	if (build->node_count * 2 < old_room)
		return true;
	build->node_room = old_room == 0 ? 64 : old_room * 2;
	build->nodes = builder_array(build, build->node_room, sizeof(struct tree_node *));
	if (build->nodes == NULL) {
		build->node_room = 0;
		return false;
	}
	for (uint32_t i = 0; i < old_room; i++)
		if (old[i] != NULL)
			build->nodes[slot_of(build, old[i]->parent, old[i]->component)] = old[i];
	return true;
}

static void
add_child(struct builder *build, struct tree_node *parent, struct tree_node *node)
{
	if (parent->last_child == NULL)
		parent->first_child = node;
	else
		parent->last_child->next = node;
	parent->last_child = node;
	if (make_room(build)) {
		build->nodes[slot_of(build, parent, node->component)] = node;
		build->node_count++;
	}
}

struct tree_node *
tree_node(struct builder *build, struct tree_node *parent, const char *component)
{
	struct tree_node *node = builder_array(build, 1, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->component = node->name = node->path = component;
	node->class_name = "";
	node->place = SIZE_MAX;
	node->parent = parent;
	node->hash = (uint64_t)(uintptr_t)
			node; /* of a root: tells its parts from another layer's */
	if (parent == NULL)
		return node;
	node->depth = parent->depth + 1;
	node->hash = child_hash(parent, component);
	add_child(build, parent, node);
	return node;
}

void
tree_weight(struct builder *build, struct tree_node *node, const char *name, bool positional,
		uint32_t object)
{
	struct tree_weight *weight = builder_array(build, 1, sizeof(*weight));

	if (weight == NULL)
		return;
	*weight = (struct tree_weight){.name = name, .positional = positional, .object = object};
	if (node->last == NULL)
		node->first = weight;
	else
		node->last->next = weight;
	node->last = weight;
	node->own_count++;
	for (; node != NULL; node = node->parent)
		node->total++;
}

/* Digits of a and b compared as numbers of any length; moves both behind them. */
static int
compare_numbers(const char **a, const char **b)
{
	size_t m, n;
	int order;

	while (**a == '0')
		++*a;
	while (**b == '0')
		++*b;
	m = strspn(*a, "0123456789");
	n = strspn(*b, "0123456789");
	order = m != n ? (m < n ? -1 : 1) : strncmp(*a, *b, m);
	*a += m;
	*b += n;
	return order;
}

/* Equal as numbers but not as text ("1", "01") is still ordered, so that sorting is total. */
int
tree_compare_names(const char *a, const char *b)
{
	const char *x = a, *y = b;

	while (*x != '\0' && *y != '\0') {
		if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
			int order = compare_numbers(&x, &y);

			if (order != 0)
				return order;
			continue;
		}
		if (*x != *y)
			return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
		x++;
		y++;
	}
	if (*x != *y)
		return *x == '\0' ? -1 : 1;
	return strcmp(a, b);
}

static int
compare_nodes(const void *a, const void *b)
{
	const struct tree_node *x = *(const struct tree_node *const *)a;
	const struct tree_node *y = *(const struct tree_node *const *)b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return tree_compare_names(x->path, y->path);
}

void
tree_sort(struct builder *build, struct tree_node *node)
{
	struct tree_node **list, *child;
	size_t count = 0;

	for (child = node->first_child; child != NULL; child = child->next)
		count++;
	list = count < 2 ? NULL : builder_array(build, count, sizeof(*list));
	if (list == NULL)
		return;
	child = node->first_child;
	for (size_t i = 0; i < count; i++, child = child->next)
		list[i] = child;
	qsort(list, count, sizeof(*list), compare_nodes);
	for (size_t i = 0; i < count; i++)
		list[i]->next = i + 1 < count ? list[i + 1] : NULL;
	node->first_child = list[0];
	node->last_child = list[count - 1];
}
