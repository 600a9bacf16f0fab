/* Which layer feeds which normaliser, from the graph. */
#include <math.h>
#include <string.h>

#include "align/repair.h"
#include "keras/config_value.h"
#include "keras/graph.h"

/* What a layer does to what goes through it, as far as a variance is concerned. */
enum way {
	WAY_OTHER,  /* not known, or it changes the distribution */
	WAY_SAME,   /* gives what it takes, when the model is used */
	WAY_SHAPE,  /* gives some of the numbers that it takes, at other places */
	WAY_LINEAR, /* products with a kernel */
	WAY_NORM,   /* BatchNormalization */
	WAY_LEVEL   /* normalises without statistics */
};

static const struct known {
	const char *class_name;
	enum way way;
	enum feed_form form;
	const char *kernel; /* its role */
} known[] = {
		{"Dense", WAY_LINEAR, FEED_LAST, "kernel"},
		{"EinsumDense", WAY_LINEAR, FEED_LAST, "kernel"},
		{"Conv1D", WAY_LINEAR, FEED_LAST, "kernel"},
		{"Conv2D", WAY_LINEAR, FEED_LAST, "kernel"},
		{"Conv3D", WAY_LINEAR, FEED_LAST, "kernel"},
		{"Conv1DTranspose", WAY_LINEAR, FEED_TRANSPOSED, "kernel"},
		{"Conv2DTranspose", WAY_LINEAR, FEED_TRANSPOSED, "kernel"},
		{"Conv3DTranspose", WAY_LINEAR, FEED_TRANSPOSED, "kernel"},
		{"DepthwiseConv1D", WAY_LINEAR, FEED_DEPTHWISE, NULL},
		{"DepthwiseConv2D", WAY_LINEAR, FEED_DEPTHWISE, NULL},
		{"SeparableConv1D", WAY_LINEAR, FEED_LAST, "pointwise_kernel"},
		{"SeparableConv2D", WAY_LINEAR, FEED_LAST, "pointwise_kernel"},
		{"BatchNormalization", WAY_NORM, 0, NULL},
		{"LayerNormalization", WAY_LEVEL, 0, NULL},
		{"GroupNormalization", WAY_LEVEL, 0, NULL},
		{"InstanceNormalization", WAY_LEVEL, 0, NULL},
		{"RMSNormalization", WAY_LEVEL, 0, NULL},
		{"UnitNormalization", WAY_LEVEL, 0, NULL},
		{"ActivityRegularization", WAY_SAME, 0, NULL},
		{"AlphaDropout", WAY_SAME, 0, NULL},
		{"Dropout", WAY_SAME, 0, NULL},
		{"GaussianDropout", WAY_SAME, 0, NULL},
		{"GaussianNoise", WAY_SAME, 0, NULL},
		{"Identity", WAY_SAME, 0, NULL},
		{"SpatialDropout1D", WAY_SAME, 0, NULL},
		{"SpatialDropout2D", WAY_SAME, 0, NULL},
		{"SpatialDropout3D", WAY_SAME, 0, NULL},
		{"Cropping1D", WAY_SHAPE, 0, NULL},
		{"Cropping2D", WAY_SHAPE, 0, NULL},
		{"Cropping3D", WAY_SHAPE, 0, NULL},
		{"Flatten", WAY_SHAPE, 0, NULL},
		{"Permute", WAY_SHAPE, 0, NULL},
		{"Rescaling", WAY_SHAPE, 0, NULL},
		{"Reshape", WAY_SHAPE, 0, NULL},
		{"ZeroPadding1D", WAY_SHAPE, 0, NULL},
		{"ZeroPadding2D", WAY_SHAPE, 0, NULL},
		{"ZeroPadding3D", WAY_SHAPE, 0, NULL},
};

/* ---- one layer ---- */

static const struct known *
known_of(const struct config_layer *layer)
{
	static const struct known other = {"", WAY_OTHER, 0, NULL};
	const struct class_row *row = class_find(layer->class_name);
	const char *name = row == NULL ? layer->class_name : row->name;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].class_name, name) == 0)
			return &known[i];
	return &other;
}

/* An Activation of nothing is none. */
static bool
is_linear(const struct config_values *values)
{
	const char *name = config_named(values, "activation", "linear");
	const char *leaf = strrchr(name, '.');

	return strcmp(leaf == NULL ? name : leaf + 1, "linear") == 0;
}

/* Units of an EinsumDense that stand along the kernel's last axis alone, all else being summed:
 * "ab,bc->ac". */
static bool
is_plain_einsum(const struct config_values *values)
{
	const char *equation = config_string(values, "equation", "");
	const char *comma = strchr(equation, ','), *arrow = strstr(equation, "->");
	const char *unit = arrow == NULL ? NULL : arrow - 1;

	if (comma == NULL || arrow == NULL || comma + 1 >= arrow ||
			equation[strlen(equation) - 1] != *unit)
		return false;
	for (const char *c = comma + 1; c < unit; c++)
		if (memchr(equation, *c, (size_t)(comma - equation)) == NULL ||
				strchr(arrow + 2, *c) != NULL)
			return false;
	return memchr(equation, *unit, (size_t)(comma - equation)) == NULL;
}

/* What is known of a layer with its settings. */
struct seen {
	enum way way;
	enum feed_form form;
	const char *kernel;
	bool grouped, bent; /* an activation stands behind the products */
	double momentum;
};

static struct seen
see(const struct config_layer *layer)
{
	const struct known *of = known_of(layer);
	struct seen seen = {.way = of->way, .form = of->form, .kernel = of->kernel};
	struct config_values values;

	config_values_open(&values, layer->own);
	if (strcmp(layer->class_name, "Activation") == 0 && is_linear(&values))
		seen.way = WAY_SAME;
	if (strcmp(layer->class_name, "EinsumDense") == 0 && !is_plain_einsum(&values))
		seen.way = WAY_OTHER;
	seen.grouped = of->form == FEED_DEPTHWISE || config_integer(&values, "groups", 1) > 1;
	seen.bent = !is_linear(&values);
	seen.momentum = config_real(&values, "momentum", .99);
	config_values_close(&values);
	return seen;
}

/* ---- one model ---- */

struct tracing {
	struct repair_net *net;
	struct arena *arena;
	const struct ladle_table *table;
	const struct ladle_checkpoint *checkpoint;
	uint32_t column;
	uint32_t *layer_row; /* by index of the config's layer: layer row, or LADLE_NONE */
	const struct graph_model *model;
	bool root;
	struct seen *seen;    /* [nodes] */
	uint32_t *feed;       /* [nodes] index into the net's, or LADLE_NONE */
	uint32_t *taken;      /* [nodes] by how many */
	uint32_t *normalised; /* [nodes] by how many of them that normalise */
	bool failed;
};

/* The row of a role in a layer row, or LADLE_NONE; NULL: the first kernel. */
static uint32_t
row_of(const struct tracing *trace, uint32_t layer, const char *role)
{
	const struct ladle_layer_row *at = &trace->table->layers[layer];

	for (uint32_t r = at->first_row; r < at->first_row + at->row_count; r++) {
		const struct ladle_row *row = &trace->table->rows[r];

		if (role == NULL ? row->is_kernel : strcmp(row->role, role) == 0)
			return row->averaged ? r : LADLE_NONE;
	}
	return LADLE_NONE;
}

static void
add_feed(struct tracing *trace, uint32_t node)
{
	const struct config_layer *layer = trace->model->nodes[node].layer;
	uint32_t at = trace->layer_row[layer->index];
	struct repair_net *net = trace->net;
	uint32_t row = at == LADLE_NONE ? LADLE_NONE : row_of(trace, at, trace->seen[node].kernel);

	trace->feed[node] = LADLE_NONE;
	if (row == LADLE_NONE || !trace->table->rows[row].is_kernel)
		return;
	for (uint32_t i = 0; i < net->feed_count; i++) {
		if (net->feeds[i].row != row)
			continue;
		net->feeds[i].calls++;
		trace->feed[node] = i;
		return;
	}
	trace->feed[node] = net->feed_count;
	net->feeds[net->feed_count++] = (struct feed){.layer = at,
			.row = row,
			.form = trace->seen[node].form,
			.shared = trace->seen[node].grouped,
			.normalised = true,
			.calls = 1};
}

/* Back over what changes nothing. */
static struct graph_edge
source_of(const struct tracing *trace, struct graph_edge edge, enum way most)
{
	const struct graph_node *node = &trace->model->nodes[edge.node];

	while (node->input_count == 1 &&
			(trace->seen[edge.node].way == WAY_SAME ||
					(most == WAY_SHAPE &&
							trace->seen[edge.node].way == WAY_SHAPE))) {
		edge = node->inputs[0];
		node = &trace->model->nodes[edge.node];
	}
	return edge;
}

static bool
is_input(const struct tracing *trace, uint32_t node)
{
	return trace->model->nodes[node].input_count == 0 &&
	       strcmp(trace->model->nodes[node].layer->class_name, "InputLayer") == 0;
}

/* Does it take the data, or what only changes places of them? */
static bool
is_direct(const struct tracing *trace, uint32_t node)
{
	const struct graph_node *at = &trace->model->nodes[node];
	uint32_t from;

	if (!trace->root)
		return false;
	if (at->input_count == 0)
		return true;
	from = source_of(trace, at->inputs[0], WAY_SHAPE).node;
	return is_input(trace, from) ||
	       (trace->model->nodes[from].input_count == 0 && trace->seen[from].way != WAY_LINEAR &&
			       (trace->seen[from].way == WAY_SAME ||
					       trace->seen[from].way == WAY_SHAPE));
}

/* Why a node cannot stand for what feeds a BatchNormalization, or NULL. */
static const char *
why_no_feed(struct tracing *trace, uint32_t from, const struct graph_node *norm)
{
	const struct config_layer *layer = trace->model->nodes[from].layer;
	const char *why;

	if (trace->seen[from].way == WAY_LINEAR && trace->feed[from] != LADLE_NONE) {
		if (trace->seen[from].bent)
			why = arena_format(trace->arena, "an activation stands behind %s",
					layer->name);
		else if (layer->call_count > 1 || norm->layer->call_count > 1)
			return "the layer is called more than once";
		else
			return NULL;
	} else {
		why = arena_format(trace->arena, "what feeds it, %s (class %s), is no linear layer",
				layer->name, layer->class_name);
	}
	trace->failed |= why == NULL;
	return why;
}

static void
add_norm(struct tracing *trace, uint32_t node)
{
	const struct graph_node *at = &trace->model->nodes[node];
	uint32_t layer = trace->layer_row[at->layer->index];
	struct norm *norm = &trace->net->norms[trace->net->norm_count];
	uint32_t from;

	if (layer == LADLE_NONE)
		return;
	*norm = (struct norm){.layer = layer,
			.mean = row_of(trace, layer, "moving_mean"),
			.variance = row_of(trace, layer, "moving_variance"),
			.feed = LADLE_NONE,
			.momentum = trace->seen[node].momentum};
	if (norm->mean == LADLE_NONE || norm->variance == LADLE_NONE)
		return;
	for (uint32_t i = 0; i < trace->net->norm_count; i++)
		if (trace->net->norms[i].layer == layer)
			return; /* called again: the first call has said that it is */
	trace->net->norm_count++;
	if (at->input_count != 1) {
		norm->why = "what feeds it is not known";
		return;
	}
	from = source_of(trace, at->inputs[0], WAY_SAME).node;
	norm->why = why_no_feed(trace, from, at);
	if (norm->why == NULL)
		norm->feed = trace->feed[from];
}

/* Who takes what a linear layer gives. */
static void
count_takers(struct tracing *trace, uint32_t node)
{
	const struct graph_node *at = &trace->model->nodes[node];
	bool normalises = trace->seen[node].way == WAY_NORM || trace->seen[node].way == WAY_LEVEL;

	if (trace->seen[node].way == WAY_SAME)
		return; /* its taker counts */
	for (uint32_t i = 0; i < at->input_count; i++) {
		uint32_t from = source_of(trace, at->inputs[i], WAY_SAME).node;

		trace->taken[from]++;
		trace->normalised[from] += normalises;
	}
}

static void
mark_outputs(struct tracing *trace)
{
	for (uint32_t i = 0; i < trace->model->output_count; i++) {
		struct graph_edge edge = trace->model->outputs[i];

		/* An activation of its own is no weight. */
		while (trace->feed[edge.node] == LADLE_NONE &&
				trace->model->nodes[edge.node].input_count == 1 &&
				trace->layer_row[trace->model->nodes[edge.node].layer->index] ==
						LADLE_NONE)
			edge = trace->model->nodes[edge.node].inputs[0];
		if (trace->feed[edge.node] != LADLE_NONE)
			trace->net->feeds[trace->feed[edge.node]].last |= trace->root;
		trace->taken[edge.node]++;
	}
}

static void
finish_feeds(struct tracing *trace)
{
	for (uint32_t i = 0; i < trace->model->node_count; i++) {
		struct feed *feed;

		if (trace->feed[i] == LADLE_NONE)
			continue;
		feed = &trace->net->feeds[trace->feed[i]];
		feed->normalised &= !trace->seen[i].bent && trace->taken[i] > 0 &&
				    trace->taken[i] == trace->normalised[i];
		feed->direct |= is_direct(trace, i);
		feed->direct &= feed->calls == 1;
	}
}

/* ---- what units that are re-scaled go into ---- */

static bool
has_weights(const struct tracing *trace, uint32_t node)
{
	uint32_t layer = trace->layer_row[trace->model->nodes[node].layer->index];

	return layer != LADLE_NONE && trace->table->layers[layer].row_count > 0;
}

/* Do channels at several places stand side by side in what it takes? */
static bool
takes_places(const struct tracing *trace, uint32_t node)
{
	const struct graph_node *at = &trace->model->nodes[node];
	bool flat = false;

	while (at->input_count == 1) {
		uint32_t from = at->inputs[0].node;

		if (has_weights(trace, from))
			return flat && trace->seen[from].way == WAY_NORM;
		at = &trace->model->nodes[from];
		flat |= strcmp(at->layer->class_name, "Flatten") == 0 ||
			strcmp(at->layer->class_name, "Reshape") == 0;
	}
	return false;
}

static void
find_flattened(struct tracing *trace)
{
	for (uint32_t i = 0; i < trace->model->node_count; i++) {
		uint32_t feed = trace->feed[i];

		if (feed == LADLE_NONE || trace->net->feeds[feed].normalised ||
				!takes_places(trace, i))
			continue;
		trace->net->flattened = trace->model->nodes[i].layer->name;
	}
}

/* ---- one model, all of it ---- */

static bool
open_model(struct tracing *trace)
{
	uint32_t count = trace->model->node_count + 1;

	trace->seen = arena_array(trace->arena, count, sizeof(*trace->seen));
	trace->feed = arena_array(trace->arena, count, sizeof(*trace->feed));
	trace->taken = arena_array(trace->arena, count, sizeof(*trace->taken));
	trace->normalised = arena_array(trace->arena, count, sizeof(*trace->normalised));
	return trace->seen != NULL && trace->feed != NULL && trace->taken != NULL &&
	       trace->normalised != NULL;
}

static void
trace_model(struct tracing *trace)
{
	uint32_t count = trace->model->node_count;

	trace->failed |= !open_model(trace);
	if (trace->failed)
		return;
	for (uint32_t i = 0; i < count; i++) {
		trace->seen[i] = see(trace->model->nodes[i].layer);
		trace->feed[i] = LADLE_NONE;
		trace->net->others += trace->seen[i].way == WAY_LEVEL;
		if (trace->seen[i].way == WAY_LINEAR)
			add_feed(trace, i);
	}
	for (uint32_t i = 0; i < count; i++) {
		count_takers(trace, i);
		if (trace->seen[i].way == WAY_NORM)
			add_norm(trace, i);
	}
	mark_outputs(trace);
	finish_feeds(trace);
	find_flattened(trace);
}

/* ---- all of them ---- */

/* Where an entry of the config describes two layers of the file, neither is known by it. */
static bool
map_rows(struct tracing *trace)
{
	const struct ladle_checkpoint *c = trace->checkpoint;
	uint32_t entries = c->graph->config.layer_count;
	unsigned char *twice = arena_array(trace->arena, entries + 1, 1);

	trace->layer_row = arena_array(trace->arena, entries + 1, sizeof(uint32_t));
	if (trace->layer_row == NULL || twice == NULL)
		return false;
	for (uint32_t i = 0; i <= entries; i++)
		trace->layer_row[i] = LADLE_NONE;
	for (uint32_t i = 0; i < trace->table->layer_count; i++) {
		uint32_t layer = trace->table->layers[i].index[trace->column];
		uint32_t entry = layer == LADLE_NONE ? LADLE_NONE : c->layers[layer].config;

		if (entry > entries)
			continue;
		trace->layer_row[entry] = twice[entry] ? LADLE_NONE : i;
		twice[entry] = 1;
	}
	return true;
}

bool
repair_net_find(struct repair_net *net, struct arena *arena, const struct ladle_table *table,
		uint32_t column)
{
	const struct ladle_graph *graph = table->checkpoints[column]->graph;
	struct tracing trace = {.net = net,
			.arena = arena,
			.table = table,
			.checkpoint = table->checkpoints[column],
			.column = column};

	*net = (struct repair_net){
			.feeds = arena_array(arena, table->layer_count + 1, sizeof(struct feed)),
			.norms = arena_array(arena, table->layer_count + 1, sizeof(struct norm))};
	if (net->feeds == NULL || net->norms == NULL || !map_rows(&trace))
		return false;
	for (uint32_t i = 0; i <= graph->config.layer_count && !trace.failed; i++) {
		trace.model = graph->models[i];
		trace.root = trace.model != NULL && trace.model->model == graph->config.model;
		if (trace.model != NULL)
			trace_model(&trace);
	}
	return !trace.failed;
}
