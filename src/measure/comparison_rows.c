#include "measure/comparison_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "measure/measurement.h"

static const char needs_file[] = "the file was not opened: only its figures were read";

/* ---- matrices ---- */

enum ladle_status
comparison_read_matrix(const struct reading *in, double *to, const struct json_field *row,
		const char *key, struct ladle_error *err)
{
	struct json_field matrix, line, cell;

	TRY(json_get(&matrix, row, key, json_type_array, err));
	if (json_object_array_length(matrix.value) != in->k)
		return json_fail(&matrix, err, "has not one list for each checkpoint");
	for (uint32_t i = 0; i < in->k; i++) {
		TRY(json_at(&line, &matrix, i, json_type_array, err));
		if (json_object_array_length(line.value) != in->k)
			return json_fail(&line, err, "has not one number for each checkpoint");
		for (uint32_t j = 0; to && j < in->k; j++) {
			TRY(json_at(&cell, &line, j, json_type_null, err));
			TRY(json_double(&to[(size_t)i * in->k + j], &cell, err));
		}
	}
	return LADLE_OK;
}

static enum ladle_status
fill_figures(const struct reading *in, struct figures_store *to, const struct json_field *row,
		const struct json_field *counts, struct ladle_error *err)
{
	struct json_field cell;

	TRY(comparison_read_matrix(in, to->gram, row, "gram", err));
	TRY(comparison_read_matrix(in, to->l2, row, "l2", err));
	TRY(comparison_read_matrix(in, to->max_abs, row, "max_abs", err));
	if (json_object_array_length(counts->value) != in->k)
		return json_fail(counts, err, "has not one number for each checkpoint");
	for (uint32_t k = 0; k < in->k; k++) {
		TRY(json_at(&cell, counts, k, json_type_null, err));
		TRY(json_whole(&to->nonfinite[k], &cell, err));
	}
	return LADLE_OK;
}

/* A row that was never read has null for the counts. */
enum ladle_status
comparison_read_figures(struct reading *in, uint32_t index, const struct json_field *row,
		struct ladle_error *err)
{
	struct json_field counts;
	enum ladle_status status;

	TRY(json_get(&counts, row, "nonfinite", json_type_null, err));
	if (counts.value == NULL)
		return LADLE_OK;
	TRY(json_get(&counts, row, "nonfinite", json_type_array, err));
	struct figures_store *store = figures_store_new(in->k, false);
	if (!store)
		return comparison_fail_memory(in, err);
	status = fill_figures(in, store, row, &counts, err);
	if (status == LADLE_OK)
		measurement_publish(in->pub.measurement, index, &store->pub);
	else
		free(store);
	return status;
}

/* ---- rows ---- */

static enum ladle_status
read_shape(const struct reading *in, int *rank, const uint64_t **out, struct arena *arena,
		const struct json_field *list, struct ladle_error *err)
{
	size_t count = json_object_array_length(list->value);
	uint64_t *shape = arena_array(arena, count + 1, sizeof(*shape));
	struct json_field extent;

	if (!shape)
		return comparison_fail_memory(in, err);
	if (count > LADLE_MAX_RANK)
		return json_fail(list, err, "has too many axes");
	for (size_t i = 0; i < count; i++) {
		TRY(json_at(&extent, list, i, json_type_null, err));
		TRY(json_whole(&shape[i], &extent, err));
	}
	*rank = (int)count;
	*out = shape;
	return LADLE_OK;
}

/* What of the maps by column a tensor is made of. */
struct cells {
	struct json_field *names, *objects, *shapes, *dtypes; /* [K] each */
};

static enum ladle_status
add_tensor(const struct reading *in, const struct ladle_row *row, uint32_t k, uint32_t *index,
		const struct cells *cells, struct ladle_error *err)
{
	struct checkpoint *to = in->checkpoints[k];
	struct ladle_tensor *tensor =
			(struct ladle_tensor *)(uintptr_t)to->pub.tensors + to->pub.tensor_count;
	const char *name, *object, *slash;
	uint32_t layer = in->layer_rows[row->layer].index[k];
	int dtype = 0;

	if (!cells->objects[k].value || !cells->shapes[k].value || !cells->dtypes[k].value)
		return json_fail(&cells->names[k], err, "has no object, shape or dtype beside it");
	if (layer == LADLE_NONE)
		return json_fail(&cells->names[k], err, "is of a layer that is not there");
	name = json_object_get_string(cells->names[k].value);
	object = json_object_get_string(cells->objects[k].value);
	slash = strrchr(name, '/');
	name = slash ? slash + 1 : name;
	tensor->name = arena_text(&to->arena, name, strlen(name));
	tensor->object = arena_text(&to->arena, object, strlen(object));
	tensor->role = arena_text(&to->arena, row->role, strlen(row->role));
	if (!tensor->name || !tensor->object || !tensor->role)
		return comparison_fail_memory(in, err);
	TRY(read_shape(in, &tensor->rank, &tensor->shape, &to->arena, &cells->shapes[k], err));
	for (; dtype < COMPARISON_DTYPES; dtype++)
		if (!strcmp(json_object_get_string(cells->dtypes[k].value),
				    comparison_dtype_word(dtype)))
			break;
	if (dtype == COMPARISON_DTYPES)
		return json_fail(&cells->dtypes[k], err, "is no word that is known here");
	tensor->dtype = (enum ladle_dtype)dtype;
	tensor->count = catalog_count(tensor->rank, tensor->shape);
	tensor->dataset = LADLE_NONE;
	tensor->averaged = row->averaged;
	tensor->refused = needs_file;
	tensor->layer = layer;
	((struct ladle_layer *)(uintptr_t)to->pub.layers)[layer].tensor_count++;
	*index = to->pub.tensor_count++;
	return LADLE_OK;
}

static enum ladle_status
read_cells(const struct reading *in, const struct ladle_row *row, uint32_t *index,
		const struct json_field *field, struct ladle_error *err)
{
	struct json_field *fields = calloc((size_t)in->k * 4, sizeof(*fields));
	enum ladle_status status;

	if (!fields)
		return comparison_fail_memory(in, err);
	const struct cells cells = {fields, fields + in->k, fields + (size_t)in->k * 2,
			fields + (size_t)in->k * 3};
	status = comparison_by_column(in, cells.names, field, "names", json_type_string, err);
	if (status == LADLE_OK)
		status = comparison_by_column(
				in, cells.objects, field, "objects", json_type_string, err);
	if (status == LADLE_OK)
		status = comparison_by_column(
				in, cells.shapes, field, "shapes", json_type_array, err);
	if (status == LADLE_OK)
		status = comparison_by_column(
				in, cells.dtypes, field, "dtypes", json_type_string, err);
	for (uint32_t k = 0; k < in->k && status == LADLE_OK; k++) {
		index[k] = LADLE_NONE;
		if (cells.names[k].value)
			status = add_tensor(in, row, k, &index[k], &cells, err);
	}
	free(fields);
	return status;
}

/* Those of pairing come first; those of figures are found again, but for the order of units, which
 * takes the values. */
static enum ladle_status
read_row_findings(const struct reading *in, struct ladle_row *row, const struct json_field *field,
		struct ladle_error *err)
{
	struct json_field list;
	uint64_t paired = 0;
	uint32_t count = 0, all = 0;

	TRY(json_get(&list, field, "findings", json_type_array, err));
	TRY(json_count_of(&paired, field, "findings_of_pairing", err));
	TRY(comparison_read_findings(in, &row->findings, &all, in->table_arena, &list, 0,
			json_object_array_length(list.value), err));
	struct ladle_finding *kept = (struct ladle_finding *)(uintptr_t)row->findings;
	for (uint32_t i = 0; i < all; i++)
		if (i < paired || kept[i].code == LADLE_F_PERMUTED)
			kept[count++] = kept[i];
	row->finding_count = count;
	return LADLE_OK;
}

enum ladle_status
comparison_read_row(struct reading *in, uint32_t index, uint32_t layer, struct ladle_error *err)
{
	struct ladle_row *row = &in->row_list[index];
	uint32_t *columns = arena_array(in->table_arena, in->k, sizeof(*columns));
	struct json_field field, shape, averaged;
	int dtype = 0;

	if (!columns)
		return comparison_fail_memory(in, err);
	TRY(json_at(&field, &in->rows, index, json_type_object, err));
	TRY(comparison_copy_text(&row->label, in->table_arena, &field, "row", err));
	TRY(comparison_copy_text(&row->tensor, in->table_arena, &field, "tensor", err));
	TRY(comparison_copy_text(&row->role, in->table_arena, &field, "role", err));
	TRY(json_get(&shape, &field, "shape", json_type_array, err));
	TRY(read_shape(in, &row->rank, &row->shape, in->table_arena, &shape, err));
	TRY(comparison_read_word(
			&dtype, &field, "dtype", COMPARISON_DTYPES, comparison_dtype_word, err));
	TRY(json_get(&averaged, &field, "averaged", json_type_boolean, err));
	row->dtype = (enum ladle_dtype)dtype;
	row->count = catalog_count(row->rank, row->shape);
	row->averaged = json_object_get_boolean(averaged.value);
	row->is_kernel = row->averaged && row->rank >= 2;
	row->layer = layer;
	TRY(read_cells(in, row, columns, &field, err));
	row->index = columns;
	TRY(read_row_findings(in, row, &field, err));
	return LADLE_OK;
}
