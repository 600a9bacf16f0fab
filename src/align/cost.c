#include "align/cost.h"

#include <string.h>

#include "base/clones.h"
#include "base/err.h"
#include "base/job.h"

enum { COST_TILE = 1 << 20 };

/* A row seen along one axis: [before][extent][after]. */
struct along {
	const struct cost *cost;
	uint32_t row;
	const struct ladle_row *shape;
	const struct ladle_use *uses; /* all on this axis */
	uint32_t use_count, units;
	uint64_t before, extent, after;
	float *c;
};

size_t
cost_tile_floats(const struct ladle_table *table)
{
	size_t floats = COST_TILE;

	for (uint32_t r = 0; r < table->row_count; r++) {
		const struct ladle_row *row = &table->rows[r];
		uint64_t line = row->rank ? row->shape[row->rank - 1] : 1;

		if (row->averaged && line > floats)
			floats = (size_t)line;
	}
	return floats;
}

static enum ladle_status
check_job(const struct cost *cost, struct ladle_error *err)
{
	return job_canceled(cost->job) ? ladle_fail(err, LADLE_E_CANCELED, NULL, "canceled")
				       : LADLE_OK;
}

/* Lines first..end of the row on both sides. */
static enum ladle_status
read_lines(const struct cost *cost, uint32_t row, uint64_t first, uint64_t end, uint64_t length,
		struct ladle_error *err)
{
	uint64_t count = (end - first) * length;

	TRY(check_job(cost, err));
	TRY(side_read(&cost->a, row, first * length, count, cost->tile_a, err));
	side_shuffle(&cost->a, row, cost->tile_a, first, end - first, 0, length);
	return side_read(&cost->b, row, first * length, count, cost->tile_b, err);
}

static void
multiply(const struct along *along, enum gemm_form form, uint64_t k, uint64_t at, uint64_t stride)
{
	const struct gemm g = {
			.form = form,
			.m = along->units,
			.n = along->units,
			.k = (size_t)k,
			.scale = along->cost->weight[along->row],
			.a = along->cost->tile_a + at,
			.b = along->cost->tile_b + at,
			.a_stride = (size_t)stride,
			.b_stride = (size_t)stride,
			.c = along->c,
			.c_stride = along->units,
	};

	gemm_run(along->cost->blas, &g, along->cost->threads);
}

/* Index along the axis `where` of the element whose leading and trailing indices these are. */
static uint64_t
place_of(const struct along *along, const struct ladle_use *use, uint64_t p, uint64_t r)
{
	const struct ladle_row *row = along->shape;
	bool leading = use->where < use->axis;
	uint64_t number = leading ? p : r, place = 0;

	for (int a = (leading ? use->axis : row->rank) - 1; a >= use->where; a--) {
		place = number % row->shape[a];
		number /= row->shape[a];
	}
	return place;
}

/* Does the use lie in what has these leading indices? */
static bool
is_there(const struct along *along, const struct ladle_use *use, uint64_t p)
{
	return use->where < 0 || use->where > use->axis ||
	       place_of(along, use, p, 0) == use->index;
}

static uint64_t
line_of(const struct along *along)
{
	return along->shape->rank ? along->shape->shape[along->shape->rank - 1] : 1;
}

/* Units stand side by side: one product for each use and repetition. */
static enum ladle_status
add_last_axis(const struct along *along, struct ladle_error *err)
{
	const struct cost *cost = along->cost;
	uint64_t length = line_of(along), each = along->extent / length, end;
	uint64_t most = cost_tile_floats(cost->a.table) / along->extent * each;

	for (uint64_t first = 0; first < along->before * each; first = end) {
		end = side_end(&cost->a, along->shape, first, most) / each * each;
		TRY(read_lines(cost, along->row, first, end, length, err));
		for (uint32_t u = 0; u < along->use_count; u++)
			for (uint64_t i = 0; i < along->uses[u].outer; i++)
				multiply(along, GEMM_TN, (end - first) / each,
						along->uses[u].offset + i * along->units,
						along->extent);
	}
	return LADLE_OK;
}

/* Each unit is a run of `inner * after` elements; whole slabs [extent][after] fit a tile. */
static enum ladle_status
add_slabs(const struct along *along, struct ladle_error *err)
{
	const struct cost *cost = along->cost;
	uint64_t slab = along->extent * along->after, length = line_of(along), end;
	uint64_t most = cost_tile_floats(cost->a.table) / slab * slab / length;

	for (uint64_t p = 0; p < along->before; p = end) {
		end = side_end(&cost->a, along->shape, p * slab / length, most) * length / slab;
		TRY(read_lines(cost, along->row, p * slab / length, end * slab / length, length,
				err));
		for (uint64_t q = 0; q < end - p; q++) {
			for (uint32_t u = 0; u < along->use_count; u++) {
				const struct ladle_use *use = &along->uses[u];
				uint64_t run = use->inner * along->after;

				for (uint64_t i = 0; i < use->outer && is_there(along, use, p + q);
						i++)
					multiply(along, GEMM_NT, run,
							q * slab + use->offset * along->after +
									i * along->units * run,
							run);
			}
		}
	}
	return LADLE_OK;
}

/* ---- where a slab is too large: a panel of columns of all units ---- */

struct panel {
	uint64_t start; /* element where unit 0 begins */
	uint64_t run;   /* elements of a unit */
	uint64_t from, width;
};

static enum ladle_status
read_panel(const struct along *along, const struct side *side, const struct panel *panel,
		float *tile, struct ladle_error *err)
{
	uint64_t length = line_of(along);

	for (uint32_t c = 0; c < along->units; c++)
		TRY(side_read(side, along->row, panel->start + c * panel->run + panel->from,
				panel->width, tile + c * panel->width, err));
	/* Units that are lines of their own are shuffled as they would be elsewhere; those of
	 * several lines each by itself. */
	if (panel->run == length)
		side_shuffle(side, along->row, tile, panel->start / length, along->units,
				panel->from, panel->width);
	for (uint32_t c = 0; panel->run != length && panel->width % length == 0 && c < along->units;
			c++)
		side_shuffle(side, along->row, tile + c * panel->width,
				(panel->start + c * panel->run + panel->from) / length,
				panel->width / length, 0, length);
	return LADLE_OK;
}

static enum ladle_status
add_panels_of(const struct along *along, uint64_t start, uint64_t run, struct ladle_error *err)
{
	const struct cost *cost = along->cost;
	uint64_t length = line_of(along);
	uint64_t most = cost_tile_floats(cost->a.table) / along->units;

	if (most > length)
		most -= most % length;
	for (uint64_t from = 0; from < run; from += most) {
		const struct panel panel = {
				start, run, from, run - from < most ? run - from : most};

		TRY(check_job(cost, err));
		TRY(read_panel(along, &cost->a, &panel, cost->tile_a, err));
		TRY(read_panel(along, &cost->b, &panel, cost->tile_b, err));
		multiply(along, GEMM_NT, panel.width, 0, panel.width);
	}
	return LADLE_OK;
}

static enum ladle_status
add_panels(const struct along *along, struct ladle_error *err)
{
	for (uint64_t p = 0; p < along->before; p++) {
		for (uint32_t u = 0; u < along->use_count; u++) {
			const struct ladle_use *use = &along->uses[u];
			uint64_t run = use->inner * along->after;
			uint64_t start = (p * along->extent + use->offset) * along->after;

			for (uint64_t i = 0; i < use->outer && is_there(along, use, p); i++)
				TRY(add_panels_of(along, start + i * along->units * run, run, err));
		}
	}
	return LADLE_OK;
}

/* ---- uses within a slice of another axis ---- */

/* A product of one line for each element of a unit that lies in the slice; `q` counts slabs of the
 * tile, `p` those of the row. */
static void
add_slice(const struct along *along, const struct ladle_use *use, uint64_t q, uint64_t p)
{
	uint64_t step = use->inner * along->after;
	uint64_t start = (q * along->extent + use->offset) * along->after;

	for (uint64_t r = 0; r < step; r++) {
		if (place_of(along, use, p, r % along->after) != use->index)
			continue;
		for (uint64_t i = 0; i < use->outer; i++)
			multiply(along, GEMM_NT, 1, start + i * along->units * step + r, step);
	}
}

/* One head among others side by side, as in a query's kernel: its lines stand `heads` apart. */
static void
add_head(const struct along *along, const struct ladle_use *use, uint64_t lines)
{
	uint64_t heads = along->shape->shape[use->where];

	multiply(along, GEMM_TN, lines / heads, use->index * along->extent + use->offset,
			heads * along->extent);
}

static bool
is_head(const struct along *along, const struct ladle_use *use)
{
	return along->after == 1 && use->where >= 0 && use->where == use->axis - 1 &&
	       use->outer == 1 && use->inner == 1;
}

static enum ladle_status
add_slices(const struct along *along, struct ladle_error *err)
{
	const struct cost *cost = along->cost;
	uint64_t slab = along->extent * along->after, length = line_of(along);
	uint64_t heads = is_head(along, along->uses) ? along->shape->shape[along->uses->where] : 1;
	uint64_t at_once = cost_tile_floats(cost->a.table) / slab / heads * heads, end;

	if (at_once == 0)
		return ladle_fail(err, LADLE_E_MEMORY, NULL,
				"%s: its slices are too large to be matched", along->shape->label);
	for (uint64_t p = 0; p < along->before; p = end) {
		end = p + at_once < along->before ? p + at_once : along->before;
		TRY(read_lines(cost, along->row, p * slab / length, end * slab / length, length,
				err));
		for (uint32_t u = 0; u < along->use_count; u++) {
			const struct ladle_use *use = &along->uses[u];

			if (is_head(along, use))
				add_head(along, use, end - p);
			for (uint64_t q = 0; !is_head(along, use) && q < end - p; q++)
				add_slice(along, use, q, p + q);
		}
	}
	return LADLE_OK;
}

/* ---- all of them ---- */

static bool
is_side_by_side(const struct along *along)
{
	bool alone = along->after == 1 && along->uses->where < 0;

	for (uint32_t u = 0; u < along->use_count; u++)
		alone = alone && along->uses[u].inner == 1;
	return alone;
}

static enum ladle_status
add_along(const struct along *along, struct ladle_error *err)
{
	uint64_t tile = cost_tile_floats(along->cost->a.table);

	if (along->uses->where > along->uses->axis || is_head(along, along->uses))
		return add_slices(along, err);
	if (is_side_by_side(along))
		return add_last_axis(along, err);
	return along->extent * along->after <= tile ? add_slabs(along, err)
						    : add_panels(along, err);
}

static struct along
along_axes(const struct cost *cost, uint32_t row, int first, int last)
{
	const struct ladle_row *shape = &cost->a.table->rows[row];
	struct along along = {.cost = cost, .row = row, .shape = shape, .before = 1, .extent = 1,
			.after = 1};

	for (int a = 0; a < shape->rank; a++)
		*(a < first ? &along.before : a <= last ? &along.extent : &along.after) *=
				shape->shape[a];
	return along;
}

enum ladle_status
cost_add_merged(const struct cost *cost, uint32_t row, int first, int last, float *c,
		struct ladle_error *err)
{
	struct along along = along_axes(cost, row, first, last);
	const struct ladle_use whole = {.row = row, .outer = 1, .inner = 1, .where = -1};

	along.uses = &whole;
	along.use_count = 1;
	along.units = (uint32_t)along.extent;
	along.c = c;
	return add_along(&along, err);
}

/* Uses of one axis follow each other; a group without that order is only slower. */
enum ladle_status
cost_add(const struct cost *cost, uint32_t group, float *c, struct ladle_error *err)
{
	const struct ladle_group *from = &cost->groups->list[group];
	uint32_t end;

	for (uint32_t u = 0; u < from->use_count; u = end) {
		const struct ladle_use *use = &from->uses[u];
		struct along along = along_axes(cost, use->row, use->axis, use->axis);

		for (end = u + 1; end < from->use_count && from->uses[end].row == use->row &&
				  from->uses[end].axis == use->axis &&
				  from->uses[end].where == use->where;)
			end++;
		along.uses = use;
		along.use_count = end - u;
		along.units = from->units;
		along.c = c;
		if (cost->weight[use->row] > 0)
			TRY(add_along(&along, err));
	}
	return LADLE_OK;
}

/* ---- how much rows have in common ---- */

enum { LANES = 8, STRIP = 4096 };

CLONES static void
add_dots(const float *restrict a, const float *restrict b, size_t count, double *restrict sums)
{
	double ab[LANES] = {0}, aa[LANES] = {0}, bb[LANES] = {0};
	size_t whole = count / LANES * LANES;

	for (size_t i = 0; i < whole; i += LANES) {
		for (size_t l = 0; l < LANES; l++) {
			double x = a[i + l], y = b[i + l];

			ab[l] += x * y;
			aa[l] += x * x;
			bb[l] += y * y;
		}
	}
	for (size_t i = whole; i < count; i++) {
		ab[0] += (double)a[i] * (double)b[i];
		aa[0] += (double)a[i] * (double)a[i];
		bb[0] += (double)b[i] * (double)b[i];
	}
	for (size_t l = 0; l < LANES; l++) {
		sums[0] += ab[l];
		sums[1] += aa[l];
		sums[2] += bb[l];
	}
}

enum ladle_status
cost_dots(const struct cost *cost, uint32_t row, struct dots *out, struct ladle_error *err)
{
	const struct ladle_row *shape = &cost->a.table->rows[row];
	uint64_t length = shape->rank ? shape->shape[shape->rank - 1] : 1;
	uint64_t lines = length ? shape->count / length : 0, end;
	uint64_t most = length ? cost_tile_floats(cost->a.table) / length : 1;
	double sums[3] = {0};

	for (uint64_t first = 0; first < lines; first = end) {
		end = side_end(&cost->a, shape, first, most);
		TRY(read_lines(cost, row, first, end, length, err));
		for (uint64_t i = 0; i < (end - first) * length; i += STRIP) {
			uint64_t left = (end - first) * length - i;

			add_dots(cost->tile_a + i, cost->tile_b + i,
					(size_t)(left < STRIP ? left : STRIP), sums);
		}
	}
	*out = (struct dots){sums[0], sums[1], sums[2]};
	return LADLE_OK;
}
