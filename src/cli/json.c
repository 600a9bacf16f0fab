#include "cli/json.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "base/buf.h"
#include "base/text.h"

static struct json_object *
text_value(const char *raw)
{
	struct buf clean;
	struct json_object *out;

	buf_init(&clean);
	text_utf8_append(&clean, raw, strlen(raw));
	out = json_object_new_string(buf_string(&clean));
	buf_done(&clean);
	return out;
}

/* The shortest of 15 to 17 digits that reads back as the same double. */
static struct json_object *
number_value(double value)
{
	char text[32];

	if (!isfinite(value))
		return NULL;
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return json_object_new_double_s(value, text);
}

static void
add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static void
add_text(struct json_object *to, const char *key, const char *raw)
{
	add(to, key, text_value(raw));
}

static void
add_number(struct json_object *to, const char *key, double value)
{
	add(to, key, number_value(value));
}

static void
add_count(struct json_object *to, const char *key, uint64_t value)
{
	add(to, key, json_object_new_uint64(value));
}

static struct json_object *
document(const char *command)
{
	struct json_object *out = json_object_new_object();

	add(out, "schema", json_object_new_int(1));
	if (command)
		add_text(out, "command", command);
	return out;
}

static void
print(struct json_object *what)
{
	puts(json_object_to_json_string_ext(
			what, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(what);
}

void
json_print_error(const struct ladle_error *err)
{
	struct json_object *out = document(NULL), *error = json_object_new_object();

	add(error, "status", json_object_new_int(ladle_status_exit(err->status)));
	add_text(error, "code", ladle_status_code(err->status));
	add_text(error, "path", err->path);
	add_text(error, "text", err->text);
	add(out, "error", error);
	print(out);
}

static const char *
column_id(const struct session *session, uint32_t column)
{
	return session_column(session, column)->id;
}

static void
add_finding(struct json_object *list, const struct session *session,
		const struct ladle_finding *from, const char *row)
{
	struct json_object *one = json_object_new_object();

	add_text(one, "code", ladle_finding_code_name(from->code));
	if (row)
		add_text(one, "row", row);
	if (from->checkpoint != LADLE_NONE)
		add_text(one, "checkpoint", column_id(session, from->checkpoint));
	add_text(one, "text", from->text);
	json_object_array_add(list, one);
}

static struct json_object *
findings_value(const struct session *session, const struct ladle_finding *from, uint32_t count,
		const char *row)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < count; i++)
		add_finding(list, session, &from[i], row);
	return list;
}

static struct json_object *
shape_value(int rank, const uint64_t *shape)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < rank; i++)
		json_object_array_add(list, json_object_new_uint64(shape[i]));
	return list;
}

/* ---- ls ---- */

static struct json_object *
stats_value(const struct ladle_stats *stats)
{
	struct json_object *out = json_object_new_object();

	add_number(out, "min", stats->min);
	add_number(out, "max", stats->max);
	add_number(out, "mean", stats->mean);
	add_number(out, "sd", stats->sd);
	add_number(out, "norm", stats->norm);
	add_count(out, "zeros", stats->zeros);
	add_count(out, "nan", stats->nan);
	add_count(out, "inf", stats->inf);
	return out;
}

/* The row in which a tensor of a column stands, or LADLE_NONE. */
static uint32_t *
rows_of_tensors(const struct ladle_table *table, uint32_t column)
{
	uint32_t count = table->checkpoints[column]->tensor_count;
	uint32_t *rows = malloc((count + 1) * sizeof(*rows));

	for (uint32_t i = 0; rows && i < count; i++)
		rows[i] = LADLE_NONE;
	for (uint32_t row = 0; rows && row < table->row_count; row++)
		if (table->rows[row].index[column] != LADLE_NONE)
			rows[table->rows[row].index[column]] = row;
	return rows;
}

static struct json_object *
tensor_value(const struct ladle_tensor *tensor, const struct ladle_figures *figures,
		uint32_t column)
{
	struct json_object *out = json_object_new_object();

	add_text(out, "name", tensor->name);
	add_text(out, "object", tensor->object);
	add_text(out, "role", tensor->role);
	add(out, "shape", shape_value(tensor->rank, tensor->shape));
	add_text(out, "dtype", ladle_dtype_name(tensor->dtype));
	if (figures && figures->stats)
		add(out, "stats", stats_value(&figures->stats[column]));
	return out;
}

static struct json_object *
layer_value(struct session *session, uint32_t column, const struct ladle_layer *layer,
		const uint32_t *rows, bool stats)
{
	const struct ladle_checkpoint *checkpoint = session_table(session)->checkpoints[column];
	struct json_object *out = json_object_new_object(), *tensors = json_object_new_array();

	add_text(out, "name", layer->name);
	add_text(out, "class", layer->class_name);
	add_text(out, "path", layer->path);
	if (layer->parent != LADLE_NONE)
		add_text(out, "parent", checkpoint->layers[layer->parent].path);
	for (uint32_t i = 0; i < layer->tensor_count; i++) {
		uint32_t tensor = layer->first_tensor + i;
		const struct ladle_figures *figures =
				stats && rows && rows[tensor] != LADLE_NONE
						? ladle_figures(session_measurement(session),
								  rows[tensor])
						: NULL;

		json_object_array_add(tensors,
				tensor_value(&checkpoint->tensors[tensor], figures, column));
	}
	add(out, "tensors", tensors);
	return out;
}

static struct json_object *
checkpoint_value(struct session *session, uint32_t column, bool stats)
{
	const struct ladle_checkpoint *from = session_table(session)->checkpoints[column];
	struct json_object *out = json_object_new_object(), *layers = json_object_new_array();
	struct json_object *model = json_object_new_object();
	uint32_t *rows = rows_of_tensors(session_table(session), column);

	add_text(out, "id", column_id(session, column));
	add_text(out, "path", from->path);
	add_text(out, "format", ladle_format_name(from->format));
	add_text(out, "keras_version", from->keras_version);
	add_text(out, "backend", from->backend);
	add_text(model, "name", from->model_name);
	add_text(model, "class", from->model_class);
	add(out, "model", model);
	add_count(out, "parameters", from->parameters);
	add_count(out, "bytes", from->bytes);
	add(out, "findings", findings_value(session, from->findings, from->finding_count, NULL));
	for (uint32_t i = 0; i < from->layer_count; i++)
		json_object_array_add(layers,
				layer_value(session, column, &from->layers[i], rows, stats));
	add(out, "layers", layers);
	free(rows);
	return out;
}

void
json_print_ls(struct session *session, bool stats)
{
	struct json_object *out = document("ls"), *list = json_object_new_array();

	for (uint32_t k = 0; k < session_table(session)->checkpoint_count; k++)
		json_object_array_add(list, checkpoint_value(session, k, stats));
	add(out, "checkpoints", list);
	print(out);
}

/* ---- diff ---- */

static struct json_object *
headline_value(struct session *session, const struct ladle_verdict *verdict)
{
	struct json_object *out;

	if (verdict->row == LADLE_NONE)
		return NULL;
	out = json_object_new_object();
	add_text(out, "row", session_table(session)->rows[verdict->row].label);
	add_number(out, "keep", verdict->keep * 100);
	add_number(out, "floor", verdict->floor * 100);
	return out;
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

static struct json_object *
matrix_value(const struct ladle_figures *figures,
		double (*of)(const struct ladle_figures *, uint32_t i, uint32_t j))
{
	struct json_object *rows = json_object_new_array();

	for (uint32_t i = 0; i < figures->k; i++) {
		struct json_object *row = json_object_new_array();

		for (uint32_t j = 0; j < figures->k; j++)
			json_object_array_add(row, number_value(of(figures, i, j)));
		json_object_array_add(rows, row);
	}
	return rows;
}

static void
add_figures(struct json_object *out, const struct ladle_row *row,
		const struct ladle_figures *figures)
{
	struct json_object *norms = json_object_new_array();
	bool identical = true;
	uint32_t first = LADLE_NONE;

	for (uint32_t k = 0; k < figures->k; k++) {
		json_object_array_add(norms, number_value(ladle_norm(figures, k)));
		if (row->index[k] == LADLE_NONE)
			identical = false;
		else if (first == LADLE_NONE)
			first = k;
		else
			identical = identical && ladle_identical(figures, first, k);
	}
	add(out, "identical", json_object_new_boolean(identical));
	add(out, "norm", norms);
	add(out, "cosine", matrix_value(figures, ladle_cosine));
	add(out, "l2", matrix_value(figures, l2));
	add(out, "relative_l2", matrix_value(figures, relative_l2));
	add(out, "max_abs", matrix_value(figures, max_abs));
}

static void
add_names(struct json_object *out, struct session *session, const struct ladle_row *row)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *names = json_object_new_object(), *objects = json_object_new_object();

	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const struct ladle_checkpoint *checkpoint = table->checkpoints[k];
		const struct ladle_tensor *tensor;
		struct buf name;

		if (row->index[k] == LADLE_NONE)
			continue;
		tensor = &checkpoint->tensors[row->index[k]];
		buf_init(&name);
		buf_format(&name, "%s/%s", checkpoint->layers[tensor->layer].name, tensor->name);
		add_text(names, column_id(session, k), buf_string(&name));
		add_text(objects, column_id(session, k), tensor->object);
		buf_done(&name);
	}
	add(out, "names", names);
	add(out, "objects", objects);
}

static struct json_object *
row_findings(struct session *session, uint32_t row)
{
	enum { MOST = 32 };
	const struct ladle_table *table = session_table(session);
	const struct ladle_row *from = &table->rows[row];
	struct json_object *list =
			findings_value(session, from->findings, from->finding_count, NULL);
	struct ladle_finding found[MOST];
	char texts[4096];
	uint32_t count = ladle_row_findings(table, session_measurement(session),
			session_mix(session), row, found, MOST, texts, sizeof(texts));

	for (uint32_t i = 0; i < count; i++)
		add_finding(list, session, &found[i], NULL);
	return list;
}

static struct json_object *
row_value(struct session *session, uint32_t index)
{
	const struct ladle_table *table = session_table(session);
	const struct ladle_row *row = &table->rows[index];
	const struct ladle_judgement *judgement = &session_judgements(session)[index];
	const struct ladle_figures *figures = ladle_figures(session_measurement(session), index);
	struct json_object *out = json_object_new_object();

	add_text(out, "row", row->label);
	add_text(out, "layer", table->layers[row->layer].name);
	add_text(out, "tensor", row->tensor);
	add_text(out, "role", row->role);
	add_names(out, session, row);
	add_text(out, "paired_by", ladle_paired_by_name(table->layers[row->layer].paired_by));
	add(out, "shape", shape_value(row->rank, row->shape));
	add_text(out, "dtype", ladle_dtype_name(row->dtype));
	add_text(out, "state", ladle_state_name(judgement->state));
	add_number(out, "keep", judgement->keep * 100);
	add_number(out, "floor", judgement->floor * 100);
	if (figures)
		add_figures(out, row, figures);
	add(out, "findings", row_findings(session, index));
	return out;
}

static struct json_object *
all_findings(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *list =
			findings_value(session, table->findings, table->finding_count, NULL);

	for (uint32_t row = 0; row < table->row_count; row++)
		for (uint32_t i = 0; i < table->rows[row].finding_count; i++)
			add_finding(list, session, &table->rows[row].findings[i],
					table->rows[row].label);
	return list;
}

static struct json_object *
columns_value(struct session *session)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t k = 0; k < session_table(session)->checkpoint_count; k++) {
		struct json_object *one = json_object_new_object();

		add_text(one, "id", column_id(session, k));
		add_text(one, "path", session_column(session, k)->path);
		json_object_array_add(list, one);
	}
	return list;
}

void
json_print_diff(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct ladle_verdict verdict = session_verdict(session);
	struct json_object *out = document("diff"), *rows = json_object_new_array();

	add_text(out, "verdict", ladle_state_name(verdict.state));
	add(out, "headline", headline_value(session, &verdict));
	add(out, "checkpoints", columns_value(session));
	add(out, "findings", all_findings(session));
	for (uint32_t row = 0; row < table->row_count; row++)
		json_object_array_add(rows, row_value(session, row));
	add(out, "rows", rows);
	print(out);
}

/* ---- avg ---- */

static struct json_object *
weights_value(struct session *session)
{
	struct json_object *out = json_object_new_object();
	uint32_t count = session_table(session)->checkpoint_count;
	double *w = calloc(count + 1, sizeof(*w)), sum;

	if (!w)
		return out;
	sum = ladle_mix_fader_weights(session_mix(session), w);
	if (!ladle_mix_normalised(session_mix(session)))
		sum = 1;
	for (uint32_t k = 0; k < count; k++)
		add_number(out, column_id(session, k), w[k] / sum);
	free(w);
	return out;
}

static struct json_object *
rules_value(struct session *session)
{
	const struct ladle_mix *mix = session_mix(session);
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < ladle_mix_rule_count(mix); i++) {
		struct json_object *one = json_object_new_object();

		add_text(one, "rule", ladle_mix_rule(mix, i)->text);
		add_count(one, "rows", ladle_mix_rule_rows(mix, i));
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *
copied_value(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *list = json_object_new_array();
	double *w = calloc(table->checkpoint_count + 1, sizeof(*w));
	uint32_t template_ = ladle_mix_template(session_mix(session));

	for (uint32_t row = 0; w && row < table->row_count; row++) {
		struct ladle_weights from = ladle_mix_weights(session_mix(session), table, row, w);
		bool copied = from.source == LADLE_W_COPIED || from.source == LADLE_W_SKIPPED;

		if (copied && table->rows[row].index[template_] != LADLE_NONE)
			json_object_array_add(list, text_value(table->rows[row].label));
	}
	free(w);
	return list;
}

void
json_print_avg(struct session *session, const char *output, bool dry_run,
		const struct ladle_export_report *report)
{
	struct json_object *out = document("avg"), *wrote = json_object_new_object();

	add_text(out, "output", output);
	add_text(out, "method", "mean");
	add(out, "weights", weights_value(session));
	add(out, "rules", rules_value(session));
	add_text(out, "verdict", ladle_state_name(report->verdict.state));
	add(out, "headline", headline_value(session, &report->verdict));
	add(out, "copied", copied_value(session));
	add(out, "findings", all_findings(session));
	if (dry_run)
		add(out, "dry_run", json_object_new_boolean(true));
	add_count(wrote, "tensors", report->tensors);
	add_count(wrote, "bytes", report->bytes);
	add_text(wrote, "sha256", report->sha256);
	add(out, "wrote", wrote);
	print(out);
}
