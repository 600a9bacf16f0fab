/* A config: to its layers, to its graph, and to the layers of small files that have none. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "keras/graph.h"
#include "keras/model_config.h"

/* ---- files ----
 *
 * The layers that tests/fuzz/corpus/config names most: a path, and for a dataset its extents. */

struct line {
	const char *path;
	int rank;
	uint64_t dims[2];
	const char *attr, *list[4]; /* of a group: strings */
};

static const struct line legacy[] = {
		{.path = "", .attr = "layer_names", .list = {"dense", "model", "bidirectional"}},
		{.path = "bidirectional",
				.attr = "weight_names",
				.list = {"forward_lstm/kernel:0", "backward_lstm/kernel:0"}},
		{.path = "bidirectional/backward_lstm"},
		{.path = "bidirectional/backward_lstm/kernel:0", .rank = 2, .dims = {4, 8}},
		{.path = "bidirectional/forward_lstm"},
		{.path = "bidirectional/forward_lstm/kernel:0", .rank = 2, .dims = {4, 8}},
		{.path = "dense",
				.attr = "weight_names",
				.list = {"dense/kernel:0", "dense/bias:0"}},
		{.path = "dense/dense"},
		{.path = "dense/dense/bias:0", .rank = 1, .dims = {3}},
		{.path = "dense/dense/kernel:0", .rank = 2, .dims = {4, 3}},
		{.path = "model", .attr = "weight_names", .list = {"dense_1/kernel:0"}},
		{.path = "model/dense_1"},
		{.path = "model/dense_1/kernel:0", .rank = 2, .dims = {3, 3}},
};

static const struct line store[] = {
		{.path = ""},
		{.path = "layers"},
		{.path = "layers/bidirectional"},
		{.path = "layers/bidirectional/backward_layer"},
		{.path = "layers/bidirectional/backward_layer/vars"},
		{.path = "layers/bidirectional/backward_layer/vars/0", .rank = 2, .dims = {4, 8}},
		{.path = "layers/bidirectional/forward_layer"},
		{.path = "layers/bidirectional/forward_layer/vars"},
		{.path = "layers/bidirectional/forward_layer/vars/0", .rank = 2, .dims = {4, 8}},
		{.path = "layers/dense"},
		{.path = "layers/dense/vars", .attr = "name", .list = {"dense"}},
		{.path = "layers/dense/vars/0", .rank = 2, .dims = {4, 3}},
		{.path = "layers/dense/vars/1", .rank = 1, .dims = {3}},
		{.path = "layers/functional"},
		{.path = "layers/functional/layers"},
		{.path = "layers/functional/layers/dense"},
		{.path = "layers/functional/layers/dense/vars"},
		{.path = "layers/functional/layers/dense/vars/0", .rank = 2, .dims = {3, 3}},
		{.path = "layers/sequential"},
		{.path = "layers/sequential/layers"},
		{.path = "layers/sequential/layers/dense"},
		{.path = "layers/sequential/layers/dense/vars"},
		{.path = "layers/sequential/layers/dense/vars/0", .rank = 1, .dims = {3}},
};

static void
add_strings(struct catalog *catalog, uint32_t object, const struct line *line)
{
	struct catalog_type type = {.dtype = LADLE_STRING, .variable = true};
	uint64_t count = 0;

	while (count < 4 && line->list[count] != NULL)
		count++;
	if (!catalog_add_strings(catalog, object, line->attr, type, 1, line->list, count))
		abort();
}

static void
add_line(struct catalog *catalog, const struct line *line)
{
	struct catalog_type type = {.dtype = LADLE_FLOAT32, .size = 4};
	const char *slash = strrchr(line->path, '/');
	const char *name = slash == NULL ? line->path : slash + 1;
	char above[128] = "/";
	uint32_t parent, object;

	memcpy(above + 1, line->path, (size_t)(name - line->path));
	parent = line->path[0] == '\0' ? LADLE_NONE : catalog_find(catalog, above);
	object = line->rank == 0 ? catalog_add_group(catalog, parent, name)
				 : catalog_add_dataset(catalog, parent, name, type, line->rank,
						   line->dims);
	if (object == LADLE_NONE)
		abort();
	if (line->attr != NULL)
		add_strings(catalog, object, line);
}

static void
read_file(const struct line *lines, size_t count, const char *text, size_t size)
{
	struct catalog catalog;

	catalog_init(&catalog);
	for (size_t i = 0; i < count; i++)
		add_line(&catalog, &lines[i]);
	fuzz_keras(&catalog, size, text, size);
	catalog_done(&catalog);
}

/* ---- the config alone ---- */

/* Every layer has its place in the tree and in the list. */
static void
walk_layers(const struct config *config)
{
	for (uint32_t i = 0; config->model != NULL && i <= config->layer_count; i++) {
		const struct config_layer *layer = config->layers[i];

		if (layer == NULL || layer->index != i || (layer->parent == NULL) != (i == 0) ||
				(layer->parent != NULL && layer->parent->index >= i))
			abort();
		config_members(layer);
	}
}

static void
walk_edges(const struct graph_model *model, const struct graph_edge *edges, uint32_t count,
		uint32_t before)
{
	for (uint32_t i = 0; i < count; i++)
		if (edges[i].node >= before || edges[i].node >= model->node_count)
			abort();
}

/* No call stands before what it takes. */
static void
walk_models(const struct ladle_graph *graph)
{
	for (uint32_t i = 0; i <= graph->config.layer_count; i++) {
		const struct graph_model *model = graph->models[i];

		for (uint32_t n = 0; model != NULL && n < model->node_count; n++)
			walk_edges(model, model->nodes[n].inputs, model->nodes[n].input_count, n);
		if (model != NULL)
			walk_edges(model, model->outputs, model->output_count, model->node_count);
	}
}

static void
read_graph(const struct config *config, struct arena *arena)
{
	const struct ladle_graph *graph = graph_make(arena, config);
	uint32_t count = config->layer_count + 1;
	uint64_t *weights = arena_array(arena, count, sizeof(*weights));
	struct graph_place *places = arena_array(arena, count, sizeof(*places));

	if (graph == NULL || weights == NULL || places == NULL)
		abort();
	walk_models(graph);
	for (uint32_t i = 0; i < count; i++)
		weights[i] = i % 3;
	for (int view = 0; view < GRAPH_VIEWS; view++)
		if (!graph_places(graph, (enum graph_view)view, weights, arena, places))
			abort();
}

static void
read_config(const char *text, size_t size)
{
	struct arena arena;
	struct config config;
	struct ladle_error err;

	arena_init(&arena);
	if (config_read(&config, &arena, text, size, &err) != LADLE_OK)
		abort();
	walk_layers(&config);
	heap_check(HEAP_PER_BYTE * size + HEAP_BASE, "config");
	if (config.model != NULL)
		read_graph(&config, &arena);
	heap_check(HEAP_PER_BYTE * size + HEAP_BASE, "graph");
	arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	heap_begin();
	read_config(text, size);
	read_file(legacy, sizeof(legacy) / sizeof(legacy[0]), text, size);
	read_file(store, sizeof(store) / sizeof(store[0]), text, size);
	return 0;
}
