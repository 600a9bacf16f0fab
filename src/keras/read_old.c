/* Keras 0.x: layers and weights have numbers and no names. Section 1.6 of the format. */
#include "keras/readers.h"

#include <stdlib.h>
#include <string.h>

/* What the shapes of a layer's weights tell: the shapes in Keras 0.3's order of parameters. */
struct shape_rule {
	const char *class_name;
	uint32_t count;
	bool (*holds)(const struct catalog_object *const *);
	const char *const *
			names; /* [count] of Keras 1, which kept the order; NULL: the class tells */
};

static bool
is_dense(const struct catalog_object *const *w)
{
	return w[0]->rank == 2 && w[1]->rank == 1 && w[0]->dims[1] == w[1]->dims[0];
}

/* (filters, in, length, 1): a convolution of one dimension was one of two. */
static bool
is_conv1d(const struct catalog_object *const *w)
{
	return w[0]->rank == 4 && w[1]->rank == 1 && w[0]->dims[0] == w[1]->dims[0] &&
	       w[0]->dims[3] == 1 && w[0]->dims[2] > 1;
}

static bool
is_conv2d(const struct catalog_object *const *w)
{
	return w[0]->rank == 4 && w[1]->rank == 1 && w[0]->dims[0] == w[1]->dims[0];
}

static bool
is_table(const struct catalog_object *const *w)
{
	return w[0]->rank == 2;
}

static bool
are_statistics(const struct catalog_object *const *w)
{
	for (int i = 0; i < 4; i++)
		if (w[i]->rank != 1 || w[i]->dims[0] != w[0]->dims[0])
			return false;
	return true;
}

/* W, U and b of one gate, all u wide. */
static bool
is_gate(const struct catalog_object *const *w)
{
	return w[0]->rank == 2 && w[1]->rank == 2 && w[2]->rank == 1 &&
	       w[0]->dims[1] == w[2]->dims[0] && w[1]->dims[0] == w[2]->dims[0] &&
	       w[1]->dims[1] == w[2]->dims[0];
}

static bool
are_three_gates(const struct catalog_object *const *w)
{
	return is_gate(w) && is_gate(w + 3) && is_gate(w + 6);
}

static bool
are_four_gates(const struct catalog_object *const *w)
{
	return are_three_gates(w) && is_gate(w + 9);
}

static const char *const lstm_names[] = {
		"W_i", "U_i", "b_i", "W_c", "U_c", "b_c", "W_f", "U_f", "b_f", "W_o", "U_o", "b_o"};
static const char *const gru_names[] = {
		"W_z", "U_z", "b_z", "W_r", "U_r", "b_r", "W_h", "U_h", "b_h"};

static const struct shape_rule rules[] = {
		{"Dense", 2, is_dense, NULL},
		{"Conv1D", 2, is_conv1d, NULL},
		{"Conv2D", 2, is_conv2d, NULL},
		{"Embedding", 1, is_table, NULL},
		{"BatchNormalization", 4, are_statistics, NULL},
		{"SimpleRNN", 3, is_gate, NULL},
		{"GRU", 9, are_three_gates, gru_names},
		{"LSTM", 12, are_four_gates, lstm_names},
};

static const struct shape_rule *
rule_of(const struct catalog_object *const *weights, uint32_t count)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].count == count && rules[i].holds(weights))
			return &rules[i];
	return NULL;
}

/* ---- children in numeric order: the catalog has layer_10 before layer_2 ---- */

static bool
is_numbered(const char *name, const char *stem)
{
	size_t length = strlen(stem);

	return strncmp(name, stem, length) == 0 && name[length] != '\0' &&
	       name[length + strspn(name + length, "0123456789")] == '\0';
}

static int
compare_objects(const void *a, const void *b)
{
	const struct catalog_object *x = *(const struct catalog_object *const *)a;
	const struct catalog_object *y = *(const struct catalog_object *const *)b;

	return tree_compare_names(x->name, y->name);
}

/* Children called `<stem><number>` and of this kind, sorted; NULL without memory. */
static const struct catalog_object **
numbered(struct builder *build, uint32_t group, const char *stem, enum catalog_kind kind,
		uint32_t *count)
{
	const struct catalog_object *objects = build->catalog->objects, **list;
	uint32_t room = 1;

	for (uint32_t i = objects[group].first_child; i != LADLE_NONE; i = objects[i].next_sibling)
		room++;
	list = builder_array(build, room, sizeof(*list));
	*count = 0;
	for (uint32_t i = objects[group].first_child; list != NULL && i != LADLE_NONE;
			i = objects[i].next_sibling)
		if (objects[i].kind == kind && is_numbered(objects[i].name, stem))
			list[(*count)++] = &objects[i];
	if (list != NULL)
		qsort(list, *count, sizeof(*list), compare_objects);
	return list;
}

/* How many the file says there are; the layers that are there are read in any case. */
static void
check_count(struct builder *build, const struct catalog_object *group, const char *name,
		uint32_t count)
{
	const struct catalog_attr *attr = catalog_attr(group, name);
	int64_t said;

	if (attr == NULL || attr->refused != NULL || attr->type.dtype != LADLE_INT64 ||
			attr->count != 1)
		return;
	memcpy(&said, attr->numbers, sizeof(said));
	if (said != (int64_t)count)
		builder_finding(build, LADLE_F_FORMAT, "%s of %s is %lld, but there are %u", name,
				group->path, (long long)said, count);
}

/* ---- layers ---- */

static void
read_weights(struct builder *build, struct tree_node *node, uint32_t group)
{
	const struct catalog_object **weights;
	const struct shape_rule *rule;
	uint32_t count;

	weights = numbered(build, group, "param_", CATALOG_DATASET, &count);
	if (weights == NULL)
		return;
	check_count(build, &build->catalog->objects[group], "nb_params", count);
	rule = node->flat ? NULL : rule_of(weights, count);
	if (rule != NULL && node->config == NULL)
		node->class_name = rule->class_name;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t object = (uint32_t)(weights[i] - build->catalog->objects);
		bool gates = rule != NULL && rule->names != NULL;

		tree_weight(build, node, gates ? rule->names[i] : weights[i]->name, !gates, object);
	}
}

/* Members of the model, when it has as many as the file: Keras 0.x had no input layers. */
static const struct config_layer *
first_member(const struct config *config, uint32_t count)
{
	const struct config_layer *first = config_members(config->model);
	uint32_t members = 0;

	while (first != NULL && strcmp(first->class_name, "InputLayer") == 0)
		first = first->next;
	for (const struct config_layer *l = first; l != NULL; l = l->next)
		members++;
	return members == count ? first : NULL;
}

static void
read_sequence(struct builder *build, const struct config *config)
{
	const struct catalog_object **layers;
	const struct config_layer *member;
	uint32_t count;

	layers = numbered(build, ROOT_OBJECT, "layer_", CATALOG_GROUP, &count);
	if (layers == NULL)
		return;
	check_count(build, &build->catalog->objects[ROOT_OBJECT], "nb_layers", count);
	member = first_member(config, count);
	for (uint32_t i = 0; i < count && !build->failed; i++) {
		struct tree_node *node = tree_node(build, NULL, layers[i]->name);

		if (node == NULL)
			return;
		if (member != NULL) {
			node->config = member;
			node->name = member->name;
			node->class_name = member->class_name;
			member = member->next;
		}
		read_weights(build, node, (uint32_t)(layers[i] - build->catalog->objects));
		tree_emit(build, node, LADLE_NONE);
	}
}

/* All weights of all nodes in one list: which belongs to which layer, the file does not tell. */
static void
read_graph(struct builder *build, uint32_t group)
{
	struct tree_node *node = tree_node(build, NULL, "graph");

	if (node == NULL)
		return;
	node->flat = true;
	read_weights(build, node, group);
	if (!build->failed)
		tree_emit(build, node, LADLE_NONE);
}

void
old_read(struct builder *build, const struct config *config)
{
	uint32_t graph = catalog_child(build->catalog, ROOT_OBJECT, "graph");

	builder_finding(build, LADLE_F_FORMAT,
			"written by Keras 0.x: layers have no names, "
			"and their classes are guessed from shapes");
	if (catalog_attr(&build->catalog->objects[ROOT_OBJECT], "nb_layers") != NULL)
		read_sequence(build, config);
	else if (graph != LADLE_NONE)
		read_graph(build, graph);
}
