/* The document of `ladle ls`. */
#include <json-c/json.h>

#include "app/layer.h"
#include "base/buf.h"
#include "cli/json.h"
#include "cli/listed.h"

static struct json_object *
stats_value(const struct ladle_stats *stats)
{
	struct json_object *out = json_object_new_object();

	json_add_number(out, "min", stats->min);
	json_add_number(out, "max", stats->max);
	json_add_number(out, "mean", stats->mean);
	json_add_number(out, "sd", stats->sd);
	json_add_number(out, "norm", stats->norm);
	json_add_count(out, "zeros", stats->zeros);
	json_add_count(out, "nan", stats->nan);
	json_add_count(out, "inf", stats->inf);
	return out;
}

static struct json_object *
tensor_value(const struct listed *listed, uint32_t index)
{
	const struct ladle_tensor *tensor = &listed->checkpoint->tensors[index];
	const struct ladle_stats *stats = listed_stats(listed, index);
	struct json_object *out = json_object_new_object();

	json_add_text(out, "name", tensor->name);
	json_add_text(out, "object", tensor->object);
	json_add_text(out, "role", tensor->role);
	json_add(out, "shape", json_shape(tensor->rank, tensor->shape));
	json_add_text(out, "dtype", ladle_dtype_name(tensor->dtype));
	if (stats)
		json_add(out, "stats", stats_value(stats));
	if (tensor->refused)
		json_add_text(out, "refused", tensor->refused);
	return out;
}

static struct json_object *
layer_value(const struct listed *listed, const struct ladle_layer *layer)
{
	const struct ladle_checkpoint *checkpoint = listed->checkpoint;
	struct json_object *out = json_object_new_object(), *tensors = json_object_new_array();

	json_add_text(out, "name", layer->name);
	json_add_text(out, "class", layer->class_name);
	json_add_text(out, "path", layer->path);
	if (layer->parent != LADLE_NONE)
		json_add_text(out, "parent", checkpoint->layers[layer->parent].path);
	for (uint32_t i = 0; i < layer->tensor_count; i++)
		json_object_array_add(tensors, tensor_value(listed, layer->first_tensor + i));
	json_add(out, "tensors", tensors);
	return out;
}

static struct json_object *
model_value(const struct ladle_checkpoint *checkpoint)
{
	struct json_object *out = json_object_new_object();

	json_add_text(out, "name", checkpoint->model_name);
	json_add_text(out, "class", checkpoint->model_class);
	return out;
}

static struct json_object *
layer_names(const struct ladle_checkpoint *checkpoint, const uint32_t *layers, uint32_t count)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < count; i++) {
		struct buf name;

		buf_init(&name);
		layer_name(&name, checkpoint, layers[i]);
		json_object_array_add(list, json_text(buf_string(&name)));
		buf_done(&name);
	}
	return list;
}

static void
add_branches(struct json_object *out, const struct listed *listed)
{
	static const struct ladle_branches none = {.merge = ""};
	const struct ladle_branches *from = listed->branches ? listed->branches : &none;
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < from->count; i++) {
		const struct ladle_branch *branch = &from->list[i];
		struct json_object *one = json_object_new_object();

		json_add_text(one, "name", branch->name);
		json_add(one, "layers",
				layer_names(listed->checkpoint, branch->layers,
						branch->layer_count));
		json_object_array_add(list, one);
	}
	json_add(out, "branches", list);
	json_add(out, "shared", layer_names(listed->checkpoint, from->shared, from->shared_count));
	json_add_text(out, "merge", from->merge);
	json_add_bool(out, "inferred", from->inferred);
}

static struct json_object *
checkpoint_value(const struct listed *listed)
{
	const struct ladle_checkpoint *from = listed->checkpoint;
	struct json_object *out = json_object_new_object();
	struct json_object *findings = json_object_new_array(), *layers = json_object_new_array();

	for (uint32_t i = 0; i < from->finding_count; i++)
		json_append_finding(findings, &from->findings[i], NULL, NULL);
	for (uint32_t i = 0; i < from->layer_count; i++)
		json_object_array_add(layers, layer_value(listed, &from->layers[i]));
	json_add_text(out, "id", listed->id);
	json_add_text(out, "path", from->path);
	json_add_text(out, "format", ladle_format_name(from->format));
	json_add_text(out, "keras_version", from->keras_version);
	json_add_text(out, "backend", from->backend);
	json_add(out, "model", model_value(from));
	json_add_count(out, "parameters", from->parameters);
	json_add_count(out, "bytes", from->bytes);
	json_add(out, "findings", findings);
	json_add(out, "layers", layers);
	if (listed->with_branches)
		add_branches(out, listed);
	return out;
}

struct json_object *
json_ls(void)
{
	struct json_object *out = json_document("ls");

	json_add(out, "checkpoints", json_object_new_array());
	return out;
}

void
json_add_listed(struct json_object *document, const struct listed *listed)
{
	json_object_array_add(
			json_object_object_get(document, "checkpoints"), checkpoint_value(listed));
}

void
json_print_ls(struct json_object *document, const struct ladle_error *err)
{
	if (err->status != LADLE_OK)
		json_add(document, "error", json_error(err, ladle_status_exit(err->status)));
	json_print(document);
}
