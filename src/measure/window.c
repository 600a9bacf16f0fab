/* The tensors of a row as matrices, and means of a part of them: what a heat map shows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "measure/values.h"

/* ---- matrices ---- */

static bool
is_filter(const struct ladle_table *table, const struct ladle_row *row)
{
	const char *class_name = table->layers[row->layer].class_name;

	return row->rank >= 4 || (row->rank == 3 && strstr(class_name, "Conv1D") != NULL);
}

static uint64_t
product(const uint64_t *shape, int from, int end)
{
	uint64_t count = 1;

	for (int i = from; i < end; i++)
		count *= shape[i];
	return count;
}

struct ladle_matrix
ladle_row_matrix(const struct ladle_table *table, uint32_t index)
{
	const struct ladle_row *row = &table->rows[index];
	const uint64_t *shape = row->shape;
	int rank = row->rank;
	struct ladle_matrix matrix = {1, 1, 1, 1, 1};

	if (is_filter(table, row)) {
		matrix.tile_width = rank >= 4 ? shape[rank - 3] : 1;
		matrix.tile_height = product(shape, 0, rank >= 4 ? rank - 3 : 1);
		matrix.inputs = shape[rank - 2];
		matrix.width = shape[rank - 1] * matrix.tile_width;
		matrix.height = matrix.inputs * matrix.tile_height;
	} else if (rank > 0) {
		matrix.height = rank == 1 ? 1 : shape[0];
		matrix.width = product(shape, rank == 1 ? 0 : 1, rank);
	}
	return matrix;
}

uint64_t
ladle_matrix_element(const struct ladle_matrix *matrix, uint64_t row, uint64_t column)
{
	uint64_t outputs = matrix->width / matrix->tile_width;
	uint64_t input = row / matrix->tile_height, output = column / matrix->tile_width;
	uint64_t at = row % matrix->tile_height * matrix->tile_width + column % matrix->tile_width;

	if (matrix->tile_height * matrix->tile_width == 1)
		return row * matrix->width + column;
	return (at * matrix->inputs + input) * outputs + output;
}

/* ---- means ---- */

struct seeing {
	struct values_mix mix;
	struct ladle_matrix matrix;
	const struct ladle_window *window;
	uint32_t *cell_of; /* [window->width] */
	double *values;    /* [PLAN_BLOCK] */
	double *sums;      /* [(K + 1) * down * across] */
	bool *missing;     /* [K + 1] */
};

/* The cell of `cells` that number `at` of `count` falls in: cell c begins at c * count / cells. */
static uint32_t
cell_at(uint64_t at, uint64_t count, uint32_t cells)
{
	return (uint32_t)(((at + 1) * cells - 1) / count);
}

/* A run of elements in one row of the matrix, every `step` columns from `column` on. */
static void
add_run(const struct seeing *seeing, double *sums, uint64_t row, uint64_t column, uint64_t step,
		const double *values, uint64_t count)
{
	const struct ladle_window *window = seeing->window;

	if (row < window->top || row - window->top >= window->height)
		return;
	sums += (size_t)cell_at(row - window->top, window->height, window->down) * window->across;
	for (uint64_t i = 0; i < count; i++, column += step)
		if (column >= window->left && column - window->left < window->width)
			sums[seeing->cell_of[column - window->left]] += values[i];
}

/* Elements that follow one another have the same row and input, and outputs one after another. */
static void
add_values(const struct seeing *seeing, double *sums, uint64_t first, uint64_t count)
{
	const struct ladle_matrix *matrix = &seeing->matrix;
	uint64_t outputs = matrix->width / matrix->tile_width;
	bool tiled = matrix->tile_height * matrix->tile_width > 1;

	for (uint64_t done = 0; done < count;) {
		uint64_t at = first + done, output = at % outputs, line = at / outputs;
		uint64_t input = tiled ? line % matrix->inputs : line;
		uint64_t place = tiled ? line / matrix->inputs : 0;
		uint64_t run = outputs - output < count - done ? outputs - output : count - done;

		add_run(seeing, sums, input * matrix->tile_height + place / matrix->tile_width,
				output * matrix->tile_width + place % matrix->tile_width,
				matrix->tile_width, seeing->values + done, run);
		done += run;
	}
}

static enum ladle_status
add_block(const struct block *block, int worker, void *arg, struct ladle_error *err)
{
	const struct seeing *seeing = arg;
	size_t cells = (size_t)seeing->window->down * seeing->window->across;

	(void)worker;
	(void)err;
	for (uint32_t k = 0; k <= block->k; k++)
		if (values_of(seeing->values, block, &seeing->mix, k))
			add_values(seeing, seeing->sums + k * cells, block->piece->first,
					block->piece->count);
		else
			seeing->missing[k] = true;
	return LADLE_OK;
}

static uint64_t
cell_begin(uint32_t cell, uint64_t count, uint32_t cells)
{
	return cell * count / cells;
}

static void
divide(const struct seeing *seeing, uint32_t columns)
{
	const struct ladle_window *window = seeing->window;
	double *sum = seeing->sums;

	for (uint32_t k = 0; k < columns; k++)
		for (uint32_t i = 0; i < window->down; i++) {
			uint64_t high = cell_begin(i + 1, window->height, window->down) -
					cell_begin(i, window->height, window->down);

			for (uint32_t j = 0; j < window->across; j++, sum++) {
				uint64_t wide = cell_begin(j + 1, window->width, window->across) -
						cell_begin(j, window->width, window->across);

				*sum = seeing->missing[k] ? NAN : *sum / (double)(high * wide);
			}
		}
}

static bool
is_inside(const struct ladle_window *window, const struct ladle_matrix *matrix)
{
	return window->height > 0 && window->width > 0 && window->down > 0 && window->across > 0 &&
	       window->top + window->height <= matrix->height &&
	       window->left + window->width <= matrix->width && window->down <= window->height &&
	       window->across <= window->width;
}

static enum ladle_status
see(struct seeing *seeing, const struct values_row *of, struct ladle_error *err)
{
	const struct ladle_window *window = seeing->window;
	const struct ladle_matrix *matrix = &seeing->matrix;
	bool tiled = matrix->tile_height * matrix->tile_width > 1;
	struct pass pass = {.sink = add_block, .arg = seeing, .in_order = true};
	uint64_t first = tiled ? 0 : window->top * matrix->width;
	uint64_t end = tiled ? UINT64_MAX : first + window->height * matrix->width;

	for (uint64_t i = 0; i < window->width; i++)
		seeing->cell_of[i] = cell_at(i, window->width, window->across);
	TRY(values_pass(of, &pass, first, end, err));
	divide(seeing, of->table->checkpoint_count + 1);
	return LADLE_OK;
}

enum ladle_status
window_make(double *out, const struct values_row *of, const struct ladle_window *window,
		struct ladle_error *err)
{
	uint32_t columns = of->table->checkpoint_count + 1;
	struct seeing seeing = {
			.mix = of->mix,
			.matrix = ladle_row_matrix(of->table, of->row),
			.window = window,
			.sums = out,
	};
	enum ladle_status status;

	if (!is_inside(window, &seeing.matrix))
		return ladle_fail(err, LADLE_E_USAGE, NULL, "%s: there is no such part of it",
				of->table->rows[of->row].label);
	memset(out, 0, (size_t)columns * window->down * window->across * sizeof(*out));
	seeing.cell_of = malloc(window->width * sizeof(*seeing.cell_of));
	seeing.values = malloc(PLAN_BLOCK * sizeof(*seeing.values));
	seeing.missing = calloc(columns, sizeof(*seeing.missing));
	status = seeing.cell_of == NULL || seeing.values == NULL || seeing.missing == NULL
				 ? ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for a heat map")
				 : see(&seeing, of, err);
	free(seeing.cell_of);
	free(seeing.values);
	free(seeing.missing);
	return status;
}

enum ladle_status
ladle_row_window(double *out, struct ladle *library, const struct ladle_table *table, uint32_t row,
		const double *w, double sum, const struct ladle_window *window,
		struct ladle_job *job, struct ladle_error *err)
{
	const struct values_row of = {library, table, row,
			{table->rows[row].averaged ? w : NULL, sum}, job, NULL};

	return window_make(out, &of, window, err);
}
