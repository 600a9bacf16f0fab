/* The document of `ladle diff`: K x K figures of each row. */
#include <json-c/json.h>
#include <math.h>

#include "app/session.h"
#include "base/buf.h"
#include "cli/json.h"

static double
cosine(const struct ladle_figures *figures, uint32_t i, uint32_t j)
{
	return ladle_cosine(figures, i, j);
}

static double
relative_l2(const struct ladle_figures *figures, uint32_t i, uint32_t j)
{
	return ladle_relative_l2(figures, i, j);
}

static double
l2(const struct ladle_figures *figures, uint32_t i, uint32_t j)
{
	return figures->l2[(size_t)i * figures->k + j];
}

static double
max_abs(const struct ladle_figures *figures, uint32_t i, uint32_t j)
{
	return figures->max_abs[(size_t)i * figures->k + j];
}

/* figures NULL, of rows that are never read: all null, so that the shape is always the same. */
static struct json_object *
matrix_value(const struct ladle_figures *figures, uint32_t k,
		double (*of)(const struct ladle_figures *, uint32_t i, uint32_t j))
{
	struct json_object *rows = json_object_new_array();

	for (uint32_t i = 0; i < k; i++) {
		struct json_object *row = json_object_new_array();

		for (uint32_t j = 0; j < k; j++)
			json_object_array_add(row,
					json_number(figures ? of(figures, i, j) : (double)NAN));
		json_object_array_add(rows, row);
	}
	return rows;
}

static struct json_object *
norms_value(const struct ladle_figures *figures, uint32_t k)
{
	struct json_object *norms = json_object_new_array();

	for (uint32_t i = 0; i < k; i++)
		json_object_array_add(
				norms, json_number(figures ? ladle_norm(figures, i) : (double)NAN));
	return norms;
}

/* All of them, bit for bit. */
static bool
is_identical(const struct ladle_row *row, const struct ladle_figures *figures)
{
	for (uint32_t k = 0; k < figures->k; k++)
		if (row->index[k] == LADLE_NONE || !ladle_identical(figures, 0, k))
			return false;
	return true;
}

static void
add_figures(struct json_object *out, const struct ladle_row *row, uint32_t k,
		const struct ladle_figures *figures)
{
	json_add_bool(out, "identical", figures && is_identical(row, figures));
	json_add(out, "norm", norms_value(figures, k));
	json_add(out, "cosine", matrix_value(figures, k, cosine));
	json_add(out, "l2", matrix_value(figures, k, l2));
	json_add(out, "relative_l2", matrix_value(figures, k, relative_l2));
	json_add(out, "max_abs", matrix_value(figures, k, max_abs));
}

/* What figures are made from, so that KEEP of any mix follows from the document. */
static double
gram(const struct ladle_figures *figures, uint32_t i, uint32_t j)
{
	return figures->gram[(size_t)i * figures->k + j];
}

/* null: the row was not measured. */
static struct json_object *
nonfinite_value(const struct ladle_figures *figures, uint32_t k)
{
	struct json_object *counts = figures ? json_object_new_array() : NULL;

	for (uint32_t i = 0; counts && i < k; i++)
		json_object_array_add(counts, json_object_new_uint64(figures->nonfinite[i]));
	return counts;
}

/* Of each checkpoint's own tensor. */
static void
add_tensors(struct json_object *out, struct session *session, const struct ladle_row *row)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *shapes = json_object_new_object(), *dtypes = json_object_new_object();

	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const char *id = session_column(session, k)->id;
		const struct ladle_tensor *tensor;

		if (row->index[k] == LADLE_NONE)
			continue;
		tensor = &table->checkpoints[k]->tensors[row->index[k]];
		json_add(shapes, id, json_shape(tensor->rank, tensor->shape));
		json_add_text(dtypes, id, ladle_dtype_name(tensor->dtype));
	}
	json_add(out, "shapes", shapes);
	json_add(out, "dtypes", dtypes);
}

/* By letter; a checkpoint that lacks the row has no entry. */
static void
add_names(struct json_object *out, struct session *session, const struct ladle_row *row)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *names = json_object_new_object(), *objects = json_object_new_object();

	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const struct ladle_checkpoint *checkpoint = table->checkpoints[k];
		const char *id = session_column(session, k)->id;
		const struct ladle_tensor *tensor;
		struct buf name;

		if (row->index[k] == LADLE_NONE)
			continue;
		tensor = &checkpoint->tensors[row->index[k]];
		buf_init(&name);
		buf_format(&name, "%s/%s", checkpoint->layers[tensor->layer].name, tensor->name);
		json_add_text(names, id, buf_string(&name));
		json_add_text(objects, id, tensor->object);
		buf_done(&name);
	}
	json_add(out, "names", names);
	json_add(out, "objects", objects);
}

/* What stands first in the list and needs no figures. */
static uint32_t
count_paired(const struct ladle_row *row)
{
	uint32_t count = 0;

	while (count < row->finding_count && row->findings[count].code != LADLE_F_PERMUTED)
		count++;
	return count;
}

static struct json_object *
row_value(struct session *session, uint32_t index)
{
	const struct ladle_table *table = session_table(session);
	const struct ladle_row *row = &table->rows[index];
	const struct ladle_judgement *judgement = &session_judgements(session)[index];
	struct json_object *out = json_object_new_object(), *findings = json_object_new_array();

	json_append_row_findings(findings, session, index, NULL);
	json_add_text(out, "row", row->label);
	json_add_text(out, "layer", table->layers[row->layer].name);
	json_add_text(out, "tensor", row->tensor);
	json_add_text(out, "role", row->role);
	add_names(out, session, row);
	json_add_text(out, "paired_by", ladle_paired_by_name(table->layers[row->layer].paired_by));
	json_add(out, "shape", json_shape(row->rank, row->shape));
	json_add_text(out, "dtype", ladle_dtype_name(row->dtype));
	json_add_text(out, "state", ladle_state_name(judgement->state));
	json_add_number(out, "keep", judgement->keep * 100);
	json_add_number(out, "floor", judgement->floor * 100);
	add_figures(out, row, table->checkpoint_count,
			ladle_figures(session_measurement(session), index));
	json_add(out, "findings", findings);
	json_add_count(out, "findings_of_pairing", count_paired(row));
	json_add_bool(out, "averaged", row->averaged);
	add_tensors(out, session, row);
	const struct ladle_figures *figures = ladle_figures(session_measurement(session), index);
	json_add(out, "gram", matrix_value(figures, table->checkpoint_count, gram));
	json_add(out, "nonfinite", nonfinite_value(figures, table->checkpoint_count));
	return out;
}

/* ---- what the table is beside its rows ---- */

static struct json_object *
layer_value(struct session *session, const struct ladle_layer_row *layer)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *out = json_object_new_object(), *names = json_object_new_object();

	for (uint32_t k = 0; k < table->checkpoint_count; k++)
		if (layer->index[k] != LADLE_NONE)
			json_add_text(names, session_column(session, k)->id,
					table->checkpoints[k]->layers[layer->index[k]].name);
	json_add_text(out, "layer", layer->name);
	json_add_text(out, "class", layer->class_name);
	json_add(out, "parent",
			layer->parent == LADLE_NONE ? NULL : json_object_new_uint64(layer->parent));
	json_add(out, "names", names);
	json_add_text(out, "paired_by", ladle_paired_by_name(layer->paired_by));
	json_add(out, "unpaired", layer->unpaired ? json_text(layer->unpaired) : NULL);
	json_add_count(out, "rows", layer->row_count);
	return out;
}

static struct json_object *
columns_value(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *list = json_columns(session);

	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const struct ladle_checkpoint *from = table->checkpoints[k];
		struct json_object *one = json_object_array_get_idx(list, k);
		struct json_object *findings = json_object_new_array();

		for (uint32_t i = 0; i < from->finding_count; i++)
			json_append_finding(findings, &from->findings[i], NULL, NULL);
		json_add_text(one, "format", ladle_format_name(from->format));
		json_add_count(one, "parameters", from->parameters);
		json_add_count(one, "bytes", from->bytes);
		json_add(one, "findings", findings);
	}
	return list;
}

static struct json_object *
layers_value(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < table->layer_count; i++)
		json_object_array_add(list, layer_value(session, &table->layers[i]));
	return list;
}

static struct json_object *
recipe_value(struct session *session)
{
	struct buf text;
	struct json_object *out;

	buf_init(&text);
	session_recipe(session, &text);
	out = json_text(buf_string(&text));
	buf_done(&text);
	return out;
}

void
json_print_diff(struct session *session)
{
	uint32_t count = session_table(session)->row_count;
	struct ladle_verdict verdict = session_verdict(session);
	struct json_object *out = json_document("diff"), *rows = json_object_new_array();

	json_add_text(out, "verdict", ladle_state_name(verdict.state));
	json_add(out, "headline", json_headline(session, &verdict));
	json_add(out, "checkpoints", columns_value(session));
	json_add(out, "findings", json_all_findings(session));
	for (uint32_t row = 0; row < count; row++)
		json_object_array_add(rows, row_value(session, row));
	json_add(out, "rows", rows);
	json_add(out, "layers", layers_value(session));
	json_add(out, "recipe", recipe_value(session));
	json_print(out);
}
