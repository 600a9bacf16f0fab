/* One branch as a checkpoint of its own: a selection of the file's layers, and a config that has
 * no others. */
#include "keras/branch.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "keras/branches.h"
#include "keras/model_config.h"

struct taking {
	struct checkpoint *checkpoint;
	const struct branches *from;
	uint32_t branch;
	bool *keep;        /* [layers of the file] */
	uint32_t *renamed; /* [layers of the file] index in the selection */
	uint32_t *entry;   /* [layers of the config] index in the config that was cut */
	struct ladle_error *err;
};

static enum ladle_status
no_memory(const struct taking *take)
{
	return ladle_fail(take->err, LADLE_E_MEMORY, take->checkpoint->pub.path,
			"%s: no memory for a branch", take->checkpoint->pub.path);
}

static enum ladle_status
fail_name(const struct checkpoint *checkpoint, const struct ladle_branches *branches,
		const char *name, struct ladle_error *err)
{
	struct buf names;

	buf_init(&names);
	for (uint32_t b = 0; b < branches->count; b++)
		buf_format(&names, "%s%s", b == 0 ? "" : ", ", branches->list[b].name);
	ladle_fail(err, LADLE_E_USAGE, checkpoint->pub.path, "%s has no branch %s; it has %s",
			checkpoint->pub.path, name, buf_string(&names));
	buf_done(&names);
	return LADLE_E_USAGE;
}

/* ---- the config ---- */

/* The layers that the cut left out are known; all others follow in the same order. */
static void
number_entries(struct taking *take)
{
	const struct branches *from = take->from;
	const struct config *config = &from->checkpoint->graph->config;
	const struct config_layer *join = from->join < from->model->node_count
							  ? from->model->nodes[from->join].layer
							  : NULL;
	uint32_t next = 0;

	for (uint32_t i = 0; i <= config->layer_count; i++) {
		const struct config_layer *top = config->layers[i];
		uint32_t owner;

		while (top->parent != NULL && top->parent->parent != NULL)
			top = top->parent;
		owner = i == 0 ? BRANCH_OUTSIDE : from->layer_owner[top->index];
		take->entry[i] = LADLE_NONE;
		if ((owner == BRANCH_OUTSIDE || owner == take->branch) &&
				!(top == join && branches_drops_join(from)))
			take->entry[i] = next++;
	}
}

static enum ladle_status
cut_config(struct taking *take, const char *text, size_t length)
{
	struct checkpoint *checkpoint = take->checkpoint;
	struct arena *arena = &checkpoint->arena;
	struct ladle_graph *graph;
	struct config config;

	take->entry = arena_array(arena, take->from->checkpoint->graph->config.layer_count + 1,
			sizeof(*take->entry));
	if (take->entry == NULL)
		return no_memory(take);
	number_entries(take);
	checkpoint->config = branches_cut(
			take->from, take->branch, text, length, arena, &checkpoint->config_length);
	if (checkpoint->config == NULL)
		return no_memory(take);
	TRY(config_read(&config, arena, checkpoint->config, checkpoint->config_length, take->err));
	graph = config.model == NULL ? NULL : graph_make(arena, &config);
	if (graph == NULL)
		return no_memory(take);
	checkpoint->pub.graph = graph;
	checkpoint->pub.has_config = true;
	checkpoint->pub.model_name = config.model->name;
	checkpoint->pub.model_class = config.model->class_name;
	return LADLE_OK;
}

/* ---- the layers ---- */

static void
drop_layer(struct taking *take, uint32_t layer)
{
	take->keep[layer] = false;
}

static enum ladle_status
choose_layers(struct taking *take)
{
	const struct ladle_checkpoint *pub = &take->checkpoint->pub;
	struct arena *arena = &take->checkpoint->arena;

	take->keep = arena_array(arena, pub->layer_count + 1, sizeof(*take->keep));
	take->renamed = arena_array(arena, pub->layer_count + 1, sizeof(*take->renamed));
	if (take->keep == NULL || take->renamed == NULL)
		return no_memory(take);
	memset(take->keep, true, pub->layer_count);
	for (uint32_t b = 0; b < take->from->pub.count; b++)
		for (uint32_t i = 0; b != take->branch && i < take->from->pub.list[b].layer_count;
				i++)
			drop_layer(take, take->from->pub.list[b].layers[i]);
	for (uint32_t i = 0; take->entry != NULL && i < pub->layer_count; i++)
		if (pub->layers[i].config != LADLE_NONE &&
				take->entry[pub->layers[i].config] == LADLE_NONE)
			drop_layer(take, i);
	return LADLE_OK;
}

/* Layers and tensors that stay, in their order; tensors keep their datasets. */
static enum ladle_status
select_layers(struct taking *take)
{
	struct ladle_checkpoint *pub = &take->checkpoint->pub;
	struct arena *arena = &take->checkpoint->arena;
	struct ladle_layer *layers = arena_array(arena, pub->layer_count + 1, sizeof(*layers));
	struct ladle_tensor *tensors = arena_array(arena, pub->tensor_count + 1, sizeof(*tensors));
	uint32_t layer_count = 0, tensor_count = 0;

	if (layers == NULL || tensors == NULL)
		return no_memory(take);
	pub->parameters = 0;
	for (uint32_t i = 0; i < pub->layer_count; i++) {
		struct ladle_layer *layer = &layers[layer_count];

		if (!take->keep[i])
			continue;
		*layer = pub->layers[i];
		layer->first_tensor = tensor_count;
		if (layer->parent != LADLE_NONE)
			layer->parent = take->renamed[layer->parent];
		if (take->entry != NULL && layer->config != LADLE_NONE)
			layer->config = take->entry[layer->config];
		for (uint32_t t = 0; t < layer->tensor_count; t++) {
			tensors[tensor_count] = pub->tensors[pub->layers[i].first_tensor + t];
			pub->parameters += tensors[tensor_count].count;
			tensors[tensor_count++].layer = layer_count;
		}
		take->renamed[i] = layer_count++;
	}
	pub->layers = layers;
	pub->layer_count = layer_count;
	pub->tensors = tensors;
	pub->tensor_count = tensor_count;
	return LADLE_OK;
}

static enum ladle_status
say_inferred(struct taking *take)
{
	struct ladle_checkpoint *pub = &take->checkpoint->pub;
	struct ladle_finding *findings = arena_array(
			&take->checkpoint->arena, pub->finding_count + 1, sizeof(*findings));

	if (findings == NULL)
		return no_memory(take);
	if (pub->finding_count > 0)
		memcpy(findings, pub->findings, pub->finding_count * sizeof(*findings));
	findings[pub->finding_count++] = (struct ladle_finding){
			.code = LADLE_F_FORMAT,
			.checkpoint = LADLE_NONE,
			.text = "the branches are inferred from shapes and counted names, since "
				"the "
				"file has no config; --config FILE gives one",
	};
	pub->findings = findings;
	return LADLE_OK;
}

static enum ladle_status
take_branch(struct taking *take, const char *text, size_t length)
{
	if (take->from->pub.inferred)
		TRY(say_inferred(take));
	else
		TRY(cut_config(take, text, length));
	TRY(choose_layers(take));
	TRY(select_layers(take));
	take->checkpoint->pub.format = LADLE_BRANCH;
	return LADLE_OK;
}

enum ladle_status
branch_take(struct checkpoint *checkpoint, const char *name, const char *text, size_t length,
		struct ladle_error *err)
{
	struct taking take = {.checkpoint = checkpoint, .err = err};
	struct ladle_branches *branches;
	enum ladle_status status;

	TRY(ladle_branches_find(&branches, &checkpoint->pub, err));
	take.from = (const struct branches *)(const void *)branches;
	take.branch = branches_index(branches, name);
	status = take.branch == LADLE_NONE ? fail_name(checkpoint, branches, name, err)
					   : take_branch(&take, text, length);
	ladle_branches_free(branches);
	return status;
}
