/* How alike each unit of one column is to each of another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "align/alignment.h"
#include "align/cost.h"
#include "base/err.h"

enum { UNITS_MOST = 8192 }; /* in a group: their square takes 256 MB, three times */

struct units {
	struct cost cost;
	uint32_t group;
	size_t count;
	uint32_t columns[2];
	double *weight;      /* [rows] 1 for the one that is looked at */
	float *costs, *self; /* [count * count] */
	float *norm[2];      /* [count] */
};

static enum ladle_status
fill(struct units *units, const struct side *a, const struct side *b, float *costs,
		struct ladle_error *err)
{
	struct cost cost = units->cost;

	cost.a = *a;
	cost.b = *b;
	for (size_t i = 0; i < units->count * units->count; i++)
		costs[i] = 0;
	return cost_add(&cost, units->group, costs, err);
}

/* A unit's product with itself is its squared norm. */
static enum ladle_status
find_norms(struct units *units, const struct side *side, float *norm, struct ladle_error *err)
{
	TRY(fill(units, side, side, units->self, err));
	for (size_t i = 0; i < units->count; i++)
		norm[i] = sqrtf(units->self[i * units->count + i]);
	return LADLE_OK;
}

static enum ladle_status
add_row(struct units *units, uint32_t row, float *out, struct ladle_error *err)
{
	const struct side *a = &units->cost.a, *b = &units->cost.b;
	size_t n = units->count;

	units->weight[row] = 1;
	TRY(find_norms(units, a, units->norm[0], err));
	TRY(find_norms(units, b, units->norm[1], err));
	TRY(fill(units, a, b, units->costs, err));
	units->weight[row] = 0;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			float norms = units->norm[0][i] * units->norm[1][j];

			if (norms > 0)
				out[i * n + j] += units->costs[i * n + j] / norms;
		}
	}
	return LADLE_OK;
}

/* Has the column a tensor of the row's shape? Another one is no part of the comparison. */
static bool
has_row(const struct side *side, uint32_t row)
{
	const struct ladle_row *as = &side->table->rows[row];
	const struct ladle_tensor *tensor = ladle_row_tensor(side->table, row, *side->columns);

	return tensor != NULL && tensor->refused == NULL && tensor->rank == as->rank &&
	       memcmp(tensor->shape, as->shape, (size_t)as->rank * sizeof(*as->shape)) == 0;
}

/* Kernels where there are any, each as much as the others. */
static enum ladle_status
add_rows(struct units *units, float *out, struct ladle_error *err)
{
	const struct ladle_group *group = &units->cost.groups->list[units->group];
	uint32_t count = 0;

	for (int all = 0; all < 2 && count == 0; all++) {
		for (uint32_t u = 0; u < group->use_count; u++) {
			uint32_t row = group->uses[u].row;

			if ((u > 0 && group->uses[u - 1].row == row) ||
					(!all && !units->cost.a.table->rows[row].is_kernel) ||
					!has_row(&units->cost.a, row) ||
					!has_row(&units->cost.b, row))
				continue;
			TRY(add_row(units, row, out, err));
			count++;
		}
	}
	if (count == 0)
		return ladle_fail(err, LADLE_E_PAIR, NULL,
				"no tensor with these units has one shape in both");
	for (size_t i = 0; i < units->count * units->count; i++)
		out[i] /= (float)count;
	return LADLE_OK;
}

static enum ladle_status
open_units(struct units *units, const struct ladle_table *table, struct ladle_error *err)
{
	size_t n = units->count, tile = cost_tile_floats(table);

	if (n > UNITS_MOST)
		return ladle_fail(err, LADLE_E_MEMORY, NULL,
				"%zu units are more than the %d that are compared one by one", n,
				UNITS_MOST);
	units->weight = calloc((size_t)table->row_count + 1, sizeof(*units->weight));
	units->cost.weight = units->weight;
	units->cost.tile_a = malloc(2 * tile * sizeof(float));
	units->costs = malloc((2 * n * n + 2 * n) * sizeof(float));
	if (units->weight == NULL || units->cost.tile_a == NULL || units->costs == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to compare %zu units", n);
	units->cost.tile_b = units->cost.tile_a + tile;
	units->self = units->costs + n * n;
	units->norm[0] = units->self + n * n;
	units->norm[1] = units->norm[0] + n;
	return LADLE_OK;
}

static void
close_units(struct units *units)
{
	free(units->weight);
	free(units->cost.tile_a);
	free(units->costs);
}

enum ladle_status
ladle_unit_cosines(float *out, struct ladle *library, const struct ladle_alignment *alignment,
		uint32_t group, uint32_t a, uint32_t b, bool aligned, struct ladle_error *err)
{
	const struct aligned *all = alignment_of(alignment)->aligned;
	const struct ladle_table *table = aligned ? aligned_table(all) : aligned_stored(all);
	struct units units = {.group = group,
			.count = alignment->groups->list[group].units,
			.columns = {a, b}};
	enum ladle_status status;

	if (aligned_why(all, a, group) != NULL || aligned_why(all, b, group) != NULL)
		return ladle_fail(err, LADLE_E_PAIR, NULL, "%s",
				aligned_why(all, a, group) != NULL ? aligned_why(all, a, group)
								   : aligned_why(all, b, group));
	units.cost = (struct cost){.groups = alignment->groups,
			.a = {.table = table, .columns = &units.columns[0], .count = 1},
			.b = {.table = table, .columns = &units.columns[1], .count = 1},
			.blas = blas_open(),
			.threads = ladle_threads(library)};
	status = open_units(&units, table, err);
	for (size_t i = 0; status == LADLE_OK && i < units.count * units.count; i++)
		out[i] = 0;
	if (status == LADLE_OK)
		status = add_rows(&units, out, err);
	close_units(&units);
	blas_close((struct blas *)(uintptr_t)units.cost.blas);
	return status;
}
