/* The config of one branch between trunk and head, as text. Everything that is not about the
 * branches stays as Keras wrote it. */
#include "keras/branches.h"

#include <stdlib.h>
#include <string.h>

#include "keras/config_walk.h"
#include "keras/name_map.h"

struct cutting {
	const struct branches *from;
	uint32_t branch; /* that stays */
	struct arena *arena;
	struct name_map names; /* of the model's layers: their index in the config */
	uint32_t *first;       /* [layers of the config] node of each call: first[l] .. */
	uint32_t *nodes;       /* the nodes, layer by layer, in the order of calls */
	uint32_t *call;        /* [nodes] its number among the calls that stay */
	bool failed;
};

static const struct config_layer *
layer_at(const struct cutting *cut, uint32_t node)
{
	return cut->from->model->nodes[node].layer;
}

bool
branches_drops_join(const struct branches *from)
{
	static const char *const same[] = {"Average", "Maximum", "Minimum"};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (from->all_join && from->join < from->model->node_count &&
				strcmp(from->model->nodes[from->join].layer->class_name, same[i]) ==
						0)
			return true;
	return false;
}

static bool
node_stays(const struct cutting *cut, uint32_t node)
{
	uint32_t owner = cut->from->owner[node];

	if (node == cut->from->join)
		return !branches_drops_join(cut->from);
	return owner == BRANCH_OUTSIDE || owner == cut->branch;
}

/* Of a layer that all branches call, only the calls on the branch that stays. */
static bool
layer_stays(const struct cutting *cut, uint32_t layer)
{
	for (uint32_t i = cut->first[layer]; i < cut->first[layer + 1]; i++)
		if (node_stays(cut, cut->nodes[i]))
			return true;
	return false;
}

/* ---- which node is meant ---- */

static bool
index_nodes(struct cutting *cut)
{
	const struct graph_model *model = cut->from->model;
	const struct config *config = &cut->from->checkpoint->graph->config;
	uint32_t layers = config->layer_count + 1, stay = 0;

	cut->first = arena_array(cut->arena, layers + 1, sizeof(*cut->first));
	cut->nodes = arena_array(cut->arena, model->node_count + 1, sizeof(*cut->nodes));
	cut->call = arena_array(cut->arena, model->node_count + 1, sizeof(*cut->call));
	if (cut->first == NULL || cut->nodes == NULL || cut->call == NULL ||
			!name_map_init(&cut->names, cut->arena, layers))
		return false;
	for (uint32_t n = 0; n < model->node_count; n++)
		cut->first[model->nodes[n].layer->index + 1]++;
	for (uint32_t l = 0; l < layers; l++)
		cut->first[l + 1] += cut->first[l];
	for (uint32_t n = 0; n < model->node_count; n++)
		cut->nodes[cut->first[layer_at(cut, n)->index] + model->nodes[n].call] = n;
	for (uint32_t l = 0; l < layers; l++) {
		if (cut->first[l + 1] > cut->first[l])
			name_map_add(&cut->names, config->layers[l]->name, l);
		stay = 0;
		for (uint32_t i = cut->first[l]; i < cut->first[l + 1]; i++)
			cut->call[cut->nodes[i]] = node_stays(cut, cut->nodes[i]) ? stay++ : 0;
	}
	return true;
}

/* What a branch gives is what the one that stays gives, and so is what a join makes of it. */
static struct graph_edge
edge_instead(const struct cutting *cut, struct graph_edge edge)
{
	const struct branches *from = cut->from;

	if (edge.node == from->join && branches_drops_join(from))
		return from->ends[cut->branch];
	for (uint32_t b = 0; b < from->pub.count; b++)
		if (from->ends[b].node == edge.node && from->ends[b].output == edge.output)
			return from->ends[cut->branch];
	return edge;
}

/* Calls are counted from 0 or 1, as in the text that is changed: a count keeps its beginning. */
static void
rewrite_triple(struct cutting *cut, struct json_object *triple)
{
	struct json_object *name = json_object_array_get_idx(triple, 0);
	int call = json_object_get_int(json_object_array_get_idx(triple, 1));
	int output = json_object_get_int(json_object_array_get_idx(triple, 2));
	uint32_t layer = name_map_get(&cut->names, json_object_get_string(name));
	struct graph_edge edge;
	int count, base;

	if (layer == LADLE_NONE)
		return;
	count = (int)(cut->first[layer + 1] - cut->first[layer]);
	base = call >= count;
	if (call - base < 0 || call - base >= count || output < 0)
		return;
	edge = (struct graph_edge){
			cut->nodes[cut->first[layer] + (uint32_t)(call - base)], (uint32_t)output};
	edge = edge_instead(cut, edge);
	json_object_array_put_idx(
			triple, 0, json_object_new_string(layer_at(cut, edge.node)->name));
	json_object_array_put_idx(triple, 1, json_object_new_int((int)cut->call[edge.node] + base));
	json_object_array_put_idx(triple, 2, json_object_new_int((int)edge.output));
}

/* Depth is bounded by the parser's. */
static void
rewrite(struct cutting *cut, struct json_object *value)
{
	struct json_object *history =
			config_member(config_member(value, "config"), "keras_history");

	if (history != NULL) {
		if (config_is_tensor(history))
			rewrite_triple(cut, history);
	} else if (json_object_is_type(value, json_type_array)) {
		bool triple = config_is_tensor(value);

		if (triple)
			rewrite_triple(cut, value);
		for (size_t i = triple ? 3 : 0; i < json_object_array_length(value); i++)
			rewrite(cut, json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, inner)
		{
			(void)key;
			rewrite(cut, inner);
		}
	}
}

/* ---- the parts of the config ---- */

static void
cut_calls(struct cutting *cut, struct json_object *entry, uint32_t layer)
{
	struct json_object *calls = config_member(entry, "inbound_nodes");
	size_t count = json_object_is_type(calls, json_type_array) ? json_object_array_length(calls)
								   : 0;

	for (size_t i = count; i-- > 0;) {
		uint32_t at = cut->first[layer] + (uint32_t)i;

		if (at < cut->first[layer + 1] && !node_stays(cut, cut->nodes[at]))
			json_object_array_del_idx(calls, i, 1);
	}
	rewrite(cut, calls);
}

static const char *
entry_name(struct json_object *entry)
{
	struct json_object *name = config_member(config_member(entry, "config"), "name");

	name = name == NULL ? config_member(entry, "name") : name;
	return json_object_is_type(name, json_type_string) ? json_object_get_string(name) : "";
}

static void
cut_layers(struct cutting *cut, struct json_object *layers)
{
	for (size_t i = json_object_array_length(layers); i-- > 0;) {
		struct json_object *entry = json_object_array_get_idx(layers, i);
		uint32_t layer = name_map_get(&cut->names, entry_name(entry));

		if (layer == LADLE_NONE)
			continue;
		if (layer_stays(cut, layer))
			cut_calls(cut, entry, layer);
		else
			json_object_array_del_idx(layers, i, 1);
	}
}

static bool
tensor_stays(const struct cutting *cut, struct json_object *triple)
{
	uint32_t layer = name_map_get(
			&cut->names, json_object_get_string(json_object_array_get_idx(triple, 0)));

	return layer != LADLE_NONE && layer_stays(cut, layer);
}

static bool
is_listed(struct json_object *list, size_t before, struct json_object *value)
{
	for (size_t i = 0; i < before; i++)
		if (json_object_equal(json_object_array_get_idx(list, i), value))
			return true;
	return false;
}

/* Inputs of other branches go; outputs of all become that of one. */
static void
cut_ends(struct cutting *cut, struct json_object *config, const char *key, bool bare)
{
	struct json_object *list = config_member(config, key);

	if (json_object_is_type(list, json_type_object) || config_is_tensor(list)) {
		rewrite(cut, list);
		return;
	}
	for (size_t i = json_object_is_type(list, json_type_array) ? json_object_array_length(list)
								   : 0;
			i-- > 0;) {
		struct json_object *triple = json_object_array_get_idx(list, i);

		if (!config_is_tensor(triple))
			continue;
		rewrite_triple(cut, triple);
		if (!tensor_stays(cut, triple))
			json_object_array_del_idx(list, i, 1);
	}
	for (size_t i = json_object_is_type(list, json_type_array) ? json_object_array_length(list)
								   : 0;
			i-- > 1;)
		if (is_listed(list, i, json_object_array_get_idx(list, i)))
			json_object_array_del_idx(list, i, 1);
	if (bare && json_object_is_type(list, json_type_array) &&
			json_object_array_length(list) == 1)
		json_object_object_add(
				config, key, json_object_get(json_object_array_get_idx(list, 0)));
}

/* Keras 3 from 3.11 on gives a list of one tensor back as a list, so that it must be written as
 * the tensor alone; both kinds load there. */
static bool
lists_tensors_bare(const struct cutting *cut)
{
	const char *version = cut->from->checkpoint->keras_version;
	char *end;
	long major = strtol(version, &end, 10), minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;

	return major > 3 || (major == 3 && minor >= 11);
}

char *
branches_cut(const struct branches *from, uint32_t branch, const char *text, size_t length,
		struct arena *arena, size_t *out_length)
{
	struct cutting cut = {.from = from, .branch = branch, .arena = arena};
	const char *problem;
	struct json_object *root = config_parse(text, length, &problem);
	struct json_object *config = config_member(root, "config");
	struct json_object *layers = config_member(config, "layers");
	bool bare = lists_tensors_bare(&cut);
	const char *done;
	char *copy = NULL;

	if (json_object_is_type(layers, json_type_array) && index_nodes(&cut)) {
		cut_layers(&cut, layers);
		cut_ends(&cut, config, "input_layers", bare);
		cut_ends(&cut, config, "output_layers", bare);
		json_object_object_del(root, "build_config");
		if (from->join == from->model->node_count)
			json_object_object_del(root, "compile_config"); /* a loss for each output */
		done = json_object_to_json_string_length(root,
				JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
				out_length);
		copy = done == NULL ? NULL : arena_text(arena, done, *out_length);
	}
	json_object_put(root);
	return copy;
}
