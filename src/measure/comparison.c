/* A comparison from the document of `ladle diff --json`. Nothing is allocated because a number in
 * it says so: rows and columns are counted by the lists that are there. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "measure/comparison_state.h"
#include "measure/measurement.h"
#include "pair/blank.h"

enum { MOST_COLUMNS = 1024, MOST_PLACES = 1 << 22 /* columns times layers */, DEPTH = 16 };

enum ladle_status
comparison_fail_memory(const struct reading *in, struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_MEMORY, in->root.document, "no memory");
}

/* ---- words for enumerators ---- */

enum ladle_status
comparison_read_word(int *out, const struct json_field *in, const char *key, int count,
		const char *(*name)(int), struct ladle_error *err)
{
	struct json_field field;

	TRY(json_get(&field, in, key, json_type_string, err));
	for (int i = 0; i < count; i++) {
		if (strcmp(json_object_get_string(field.value), name(i)) != 0)
			continue;
		*out = i;
		return LADLE_OK;
	}
	return json_fail(&field, err, "is no word that is known here");
}

#define X(...) +1
enum { FORMATS = 0 LADLE_FORMATS(X), FINDINGS = 0 LADLE_FINDINGS(X), WAYS = LADLE_BY_HAND + 1 };
#undef X

static const char *
format_word(int i)
{
	return ladle_format_name((enum ladle_format)i);
}

const char *
comparison_dtype_word(int i)
{
	return ladle_dtype_name((enum ladle_dtype)i);
}

static const char *
finding_word(int i)
{
	return ladle_finding_code_name((enum ladle_finding_code)i);
}

static const char *
way_word(int i)
{
	return ladle_paired_by_name((enum ladle_paired_by)i);
}

enum ladle_status
comparison_copy_text(const char **out, struct arena *arena, const struct json_field *in,
		const char *key, struct ladle_error *err)
{
	const char *text = "";

	TRY(json_text_of(&text, in, key, err));
	*out = arena_text(arena, text, strlen(text));
	return *out ? LADLE_OK : ladle_fail(err, LADLE_E_MEMORY, in->document, "no memory");
}

/* ---- columns ---- */

static uint32_t
find_column(const struct reading *in, const char *id)
{
	for (uint32_t k = 0; k < in->pub.count; k++)
		if (strcmp(in->pub.ids[k], id) == 0)
			return k;
	return LADLE_NONE;
}

enum ladle_status
comparison_by_column(const struct reading *in, struct json_field *fields,
		const struct json_field *row, const char *key, enum json_type kind,
		struct ladle_error *err)
{
	struct json_field map;
	uint32_t found = 0;

	TRY(json_get(&map, row, key, json_type_object, err));
	for (uint32_t k = 0; k < in->k; k++) {
		fields[k] = (struct json_field){.value = NULL};
		if (!json_object_object_get_ex(map.value, in->pub.ids[k], NULL))
			continue;
		TRY(json_get(&fields[k], &map, in->pub.ids[k], kind, err));
		found++;
	}
	return found == (uint32_t)json_object_object_length(map.value)
			       ? LADLE_OK
			       : json_fail(&map, err,
						 "names a checkpoint that is not in checkpoints");
}

static enum ladle_status
read_finding(const struct reading *in, struct ladle_finding *out, struct arena *arena,
		const struct json_field *field, struct ladle_error *err)
{
	const char *id;
	int code = 0;

	TRY(comparison_read_word(&code, field, "code", FINDINGS, finding_word, err));
	out->code = (enum ladle_finding_code)code;
	out->checkpoint = LADLE_NONE;
	if (json_object_object_get_ex(field->value, "checkpoint", NULL)) {
		TRY(json_text_of(&id, field, "checkpoint", err));
		out->checkpoint = find_column(in, id);
		if (out->checkpoint == LADLE_NONE)
			return json_fail(field, err, "is about a checkpoint that is not there");
	}
	return comparison_copy_text(&out->text, arena, field, "text", err);
}

enum ladle_status
comparison_read_findings(const struct reading *in, const struct ladle_finding **out,
		uint32_t *count, struct arena *arena, const struct json_field *list, size_t first,
		size_t end, struct ladle_error *err)
{
	struct ladle_finding *findings = arena_array(arena, end - first + 1, sizeof(*findings));

	if (!findings)
		return comparison_fail_memory(in, err);
	for (size_t i = first; i < end; i++) {
		struct json_field one;

		TRY(json_at(&one, list, i, json_type_object, err));
		TRY(read_finding(in, &findings[i - first], arena, &one, err));
	}
	*out = findings;
	*count = (uint32_t)(end - first);
	return LADLE_OK;
}

static enum ladle_status
read_column(struct reading *in, uint32_t k, struct ladle_error *err)
{
	struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));
	struct ladle_checkpoint *pub;
	struct json_field field, findings;
	int format = 0;

	if (!checkpoint)
		return comparison_fail_memory(in, err);
	arena_init(&checkpoint->arena);
	in->checkpoints[k] = checkpoint;
	pub = in->pub.checkpoints[k] = &checkpoint->pub;
	pub->keras_version = pub->backend = pub->model_name = pub->model_class = "";
	TRY(json_at(&field, &in->columns, k, json_type_object, err));
	TRY(comparison_copy_text(&((const char **)(uintptr_t)in->pub.ids)[k], &in->arena, &field,
			"id", err));
	in->pub.count = k;
	if (find_column(in, in->pub.ids[k]) != LADLE_NONE)
		return json_fail(&field, err, "has the id of another one");
	in->pub.count = k + 1;
	TRY(comparison_copy_text(&pub->path, &checkpoint->arena, &field, "path", err));
	TRY(comparison_read_word(&format, &field, "format", FORMATS, format_word, err));
	pub->format = (enum ladle_format)format;
	TRY(json_count_of(&pub->parameters, &field, "parameters", err));
	TRY(json_count_of(&pub->bytes, &field, "bytes", err));
	TRY(json_get(&findings, &field, "findings", json_type_array, err));
	return comparison_read_findings(in, &pub->findings, &pub->finding_count, &checkpoint->arena,
			&findings, 0, json_object_array_length(findings.value), err);
}

static enum ladle_status
read_columns(struct reading *in, struct ladle_error *err)
{
	size_t count = json_object_array_length(in->columns.value);

	if (count == 0 || count > MOST_COLUMNS)
		return json_fail(&in->columns, err, "has none, or more than 1024");
	in->k = (uint32_t)count;
	in->pub.ids = arena_array(&in->arena, count, sizeof(*in->pub.ids));
	in->checkpoints = arena_array(&in->arena, count, sizeof(struct checkpoint *));
	in->pub.checkpoints = arena_array(&in->arena, count, sizeof(struct ladle_checkpoint *));
	if (!in->pub.ids || !in->checkpoints || !in->pub.checkpoints)
		return comparison_fail_memory(in, err);
	for (uint32_t k = 0; k < in->k; k++)
		TRY(read_column(in, k, err));
	return LADLE_OK;
}

/* ---- layers ---- */

static enum ladle_status
read_parent(const struct reading *in, uint32_t index, const struct json_field *field,
		struct ladle_error *err)
{
	struct ladle_layer_row *layer = &in->layer_rows[index];
	struct json_field parent;
	uint64_t number;

	layer->parent = LADLE_NONE;
	TRY(json_get(&parent, field, "parent", json_type_null, err));
	if (parent.value == NULL)
		return LADLE_OK;
	TRY(json_whole(&number, &parent, err));
	if (number >= index)
		return json_fail(&parent, err, "is no layer before this one");
	layer->parent = (uint32_t)number;
	layer->depth = in->layer_rows[number].depth + 1;
	return LADLE_OK;
}

/* The layer of each column that has it. */
static enum ladle_status
add_layer(const struct reading *in, const struct ladle_layer_row *row, uint32_t *index,
		const struct json_field *field, struct ladle_error *err)
{
	struct json_field *names = calloc(in->k, sizeof(*names));
	enum ladle_status status = names ? comparison_by_column(in, names, field, "names",
							   json_type_string, err)
					 : comparison_fail_memory(in, err);

	for (uint32_t k = 0; k < in->k && status == LADLE_OK; k++) {
		struct checkpoint *to = in->checkpoints[k];
		struct ladle_layer *layer = (struct ladle_layer *)(uintptr_t)to->pub.layers +
					    to->pub.layer_count;
		const char *name = names[k].value ? json_object_get_string(names[k].value) : "";

		index[k] = LADLE_NONE;
		if (names[k].value == NULL)
			continue;
		layer->name = layer->path = arena_text(&to->arena, name, strlen(name));
		layer->class_name =
				arena_text(&to->arena, row->class_name, strlen(row->class_name));
		layer->parent = row->parent == LADLE_NONE ? LADLE_NONE
							  : in->layer_rows[row->parent].index[k];
		layer->first_tensor = to->pub.tensor_count;
		layer->config = LADLE_NONE;
		index[k] = to->pub.layer_count++;
		if (!layer->name || !layer->class_name)
			status = comparison_fail_memory(in, err);
	}
	free(names);
	return status;
}

static enum ladle_status
read_layer(struct reading *in, uint32_t index, struct ladle_error *err)
{
	struct ladle_layer_row *layer = &in->layer_rows[index];
	uint32_t *columns = arena_array(in->table_arena, in->k, sizeof(*columns));
	struct json_field field, unpaired;
	uint64_t rows = 0;
	int way = 0;

	if (!columns)
		return comparison_fail_memory(in, err);
	TRY(json_at(&field, &in->layers, index, json_type_object, err));
	TRY(comparison_copy_text(&layer->name, in->table_arena, &field, "layer", err));
	TRY(comparison_copy_text(&layer->class_name, in->table_arena, &field, "class", err));
	TRY(comparison_read_word(&way, &field, "paired_by", WAYS, way_word, err));
	layer->paired_by = (enum ladle_paired_by)way;
	TRY(read_parent(in, index, &field, err));
	TRY(json_get(&unpaired, &field, "unpaired", json_type_null, err));
	if (unpaired.value != NULL)
		TRY(comparison_copy_text(
				&layer->unpaired, in->table_arena, &field, "unpaired", err));
	TRY(add_layer(in, layer, columns, &field, err));
	layer->index = columns;
	TRY(json_count_of(&rows, &field, "rows", err));
	if (rows > json_object_array_length(in->rows.value) - in->row_count)
		return json_fail(&field, err, "has more rows than there are");
	layer->first_row = in->row_count;
	layer->row_count = (uint32_t)rows;
	return LADLE_OK;
}

/* ---- the table ---- */

/* A list for each column in each row: that bounds what the arrays below take. Layers have a limit,
 * for a layer may be in a few columns alone. */
static enum ladle_status
check_size(const struct reading *in, struct ladle_error *err)
{
	struct json_field row;

	if (json_object_array_length(in->layers.value) > MOST_PLACES / in->k)
		return json_fail(&in->layers, err, "are more than 4194304 over all checkpoints");
	for (size_t i = 0; i < json_object_array_length(in->rows.value); i++) {
		TRY(json_at(&row, &in->rows, i, json_type_object, err));
		TRY(comparison_read_matrix(in, NULL, &row, "gram", err));
	}
	return LADLE_OK;
}

static enum ladle_status
make_arrays(struct reading *in, struct ladle_error *err)
{
	size_t rows = json_object_array_length(in->rows.value);
	size_t layers = json_object_array_length(in->layers.value);

	in->pub.table = table_blank(&in->table_arena);
	if (!in->pub.table)
		return comparison_fail_memory(in, err);
	in->layer_rows = arena_array(in->table_arena, layers + 1, sizeof(*in->layer_rows));
	in->row_list = arena_array(in->table_arena, rows + 1, sizeof(*in->row_list));
	in->pub.table->checkpoints = arena_copy(in->table_arena, in->pub.checkpoints,
			in->k * sizeof(struct ladle_checkpoint *));
	if (!in->layer_rows || !in->row_list || !in->pub.table->checkpoints)
		return comparison_fail_memory(in, err);
	for (uint32_t k = 0; k < in->k; k++) {
		struct checkpoint *to = in->checkpoints[k];

		to->pub.layers = arena_array(&to->arena, layers + 1, sizeof(*to->pub.layers));
		to->pub.tensors = arena_array(&to->arena, rows + 1, sizeof(*to->pub.tensors));
		if (!to->pub.layers || !to->pub.tensors)
			return comparison_fail_memory(in, err);
	}
	return LADLE_OK;
}

/* Behind those of the checkpoints, before those of the rows. */
static enum ladle_status
read_table_findings(struct reading *in, struct ladle_error *err)
{
	struct json_field list, one;
	size_t first = 0, end;

	TRY(json_get(&list, &in->root, "findings", json_type_array, err));
	for (uint32_t k = 0; k < in->k; k++)
		first += in->checkpoints[k]->pub.finding_count;
	if (first > json_object_array_length(list.value))
		return json_fail(&list, err, "has less than the checkpoints have");
	for (end = first; end < json_object_array_length(list.value); end++) {
		TRY(json_at(&one, &list, end, json_type_object, err));
		if (json_object_object_get_ex(one.value, "row", NULL))
			break;
	}
	return comparison_read_findings(in, &in->pub.table->findings, &in->pub.table->finding_count,
			in->table_arena, &list, first, end, err);
}

static enum ladle_status
read_table(struct reading *in, struct ladle_error *err)
{
	struct ladle_table *table = in->pub.table;
	size_t rows = json_object_array_length(in->rows.value);
	uint32_t layers = (uint32_t)json_object_array_length(in->layers.value);

	for (uint32_t i = 0; i < layers; i++) {
		TRY(read_layer(in, i, err));
		for (uint32_t n = 0; n < in->layer_rows[i].row_count; n++)
			TRY(comparison_read_row(in, in->row_count++, i, err));
	}
	if (in->row_count != rows)
		return json_fail(&in->layers, err, "do not have all rows");
	table->checkpoint_count = in->k;
	table->layers = in->layer_rows;
	table->layer_count = layers;
	table->rows = in->row_list;
	table->row_count = in->row_count;
	TRY(read_table_findings(in, err));
	return ladle_measurement_new(&in->pub.measurement, table, 0, err);
}

static enum ladle_status
check_kind(const struct reading *in, struct ladle_error *err)
{
	const char *command = "";
	uint64_t schema = 0;

	TRY(json_count_of(&schema, &in->root, "schema", err));
	TRY(json_text_of(&command, &in->root, "command", err));
	if (schema == 1 && strcmp(command, "diff") == 0)
		return LADLE_OK;
	return json_fail(&in->root, err, "is not what `ladle diff --json` writes");
}

static enum ladle_status
read_all(struct reading *in, struct ladle_error *err)
{
	struct json_field row;

	if (json_object_get_type(in->document) != json_type_object)
		return json_fail(&in->root, err, "is no object");
	TRY(check_kind(in, err));
	TRY(json_get(&in->columns, &in->root, "checkpoints", json_type_array, err));
	TRY(json_get(&in->rows, &in->root, "rows", json_type_array, err));
	TRY(json_get(&in->layers, &in->root, "layers", json_type_array, err));
	TRY(read_columns(in, err));
	TRY(comparison_copy_text(&in->pub.recipe, &in->arena, &in->root, "recipe", err));
	TRY(check_size(in, err));
	TRY(make_arrays(in, err));
	TRY(read_table(in, err));
	for (uint32_t i = 0; i < in->row_count; i++) {
		TRY(json_at(&row, &in->rows, i, json_type_object, err));
		TRY(comparison_read_figures(in, i, &row, err));
	}
	return LADLE_OK;
}

enum ladle_status
ladle_comparison_read(struct ladle_comparison **out, const char *json, size_t length,
		const char *name, struct ladle_error *err)
{
	struct reading *in = calloc(1, sizeof(*in));
	const char *problem = "";
	enum ladle_status status;

	if (!in)
		return ladle_fail(err, LADLE_E_MEMORY, name, "no memory");
	arena_init(&in->arena);
	in->document = json_text_parse(json, length, DEPTH, &problem);
	in->root = json_root(name, in->document);
	status = in->document ? read_all(in, err)
			      : ladle_fail(err, LADLE_E_INPUT, name, "is no JSON: %s", problem);
	json_object_put(in->document);
	in->document = NULL;
	if (status == LADLE_OK)
		*out = &in->pub;
	else
		ladle_comparison_free(&in->pub);
	return status;
}

void
ladle_comparison_free(struct ladle_comparison *pub)
{
	struct reading *in = (struct reading *)(void *)pub;

	if (!in)
		return;
	ladle_measurement_free(pub->measurement);
	ladle_table_free(pub->table);
	for (uint32_t k = 0; pub->checkpoints && k < in->k; k++)
		ladle_checkpoint_close(pub->checkpoints[k]);
	arena_done(&in->arena);
	free(in);
}
