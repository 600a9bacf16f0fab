#include "align/exact_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/job.h"
#include "measure/plan.h"

/* Of a unit's norm, and of a tensor's: what scaling twice in float32 may leave, with room. */
static const double TOLERANCE = 1e-5;

/* A unit by the direction of what makes it. */
struct direction {
	double at[EXACT_PROJECTIONS];
	double norm;
	uint32_t unit;
};

struct scaling {
	struct exact_pair *pair;
	bool *settled;                           /* [groups] its order and scales are known */
	struct exact_slice *slices[EXACT_SIDES]; /* [most units] */
	struct direction *directions[EXACT_SIDES];
	uint32_t *order, *kept;
	double *scale;
	bool *taken;
};

/* ---- what tells of a group ---- */

/* All other axes are as the reference has them. */
static bool
is_anchored(const struct scaling *all, const struct exact_row *row, const struct ladle_use *use,
		uint32_t group)
{
	if (!row->comparable || use->where >= 0)
		return false;
	for (uint32_t u = 0; u < row->use_count; u++) {
		const struct exact_use *other = &row->uses[u];

		if (!all->settled[other->group] &&
				(other->group != group || other->use->axis != use->axis))
			return false;
	}
	return true;
}

/* Where units may be rescaled, only what makes them has one factor. */
static bool
tells(const struct ladle_group *group, const struct ladle_use *use)
{
	return group->gauge == LADLE_GAUGE_NONE || use->gauge > 0;
}

static const struct exact_row *
row_of(const struct scaling *all, const struct ladle_use *use)
{
	return &all->pair->rows[all->pair->row_at[use->row]];
}

/* Is anything known of it yet? */
static bool
can_tell(const struct scaling *all, uint32_t group)
{
	const struct ladle_group *from = &all->pair->groups->list[group];
	bool some = false;

	for (uint32_t u = 0; u < from->use_count; u++) {
		const struct ladle_use *use = &from->uses[u];

		some |= tells(from, use) && is_anchored(all, row_of(all, use), use, group);
	}
	return some;
}

static enum ladle_status
read_slices(struct scaling *all, uint32_t group, struct ladle_error *err)
{
	const struct ladle_group *from = &all->pair->groups->list[group];

	for (int s = 0; s < EXACT_SIDES; s++)
		memset(all->slices[s], 0, from->units * sizeof(*all->slices[s]));
	for (uint32_t u = 0; u < from->use_count; u++) {
		const struct ladle_use *use = &from->uses[u];

		if (tells(from, use) && is_anchored(all, row_of(all, use), use, group))
			TRY(exact_slice_use(all->pair, group, use, all->slices, err));
	}
	return LADLE_OK;
}

/* ---- who is whom ---- */

static int
compare_directions(const void *left, const void *right)
{
	const struct direction *a = left, *b = right;
	double x = fabs(a->at[0]), y = fabs(b->at[0]);

	if (x != y)
		return x < y ? -1 : 1;
	return a->unit < b->unit ? -1 : a->unit > b->unit;
}

static void
find_directions(const struct scaling *all, int s, uint32_t units)
{
	for (uint32_t c = 0; c < units; c++) {
		const struct exact_slice *slice = &all->slices[s][c];
		struct direction *out = &all->directions[s][c];

		*out = (struct direction){.norm = sqrt(slice->norm2), .unit = c};
		for (int k = 0; k < EXACT_PROJECTIONS && out->norm > 0; k++)
			out->at[k] = slice->projection[k] / out->norm;
	}
	qsort(all->directions[s], units, sizeof(struct direction), compare_directions);
}

/* What takes b to a in the gauge: a factor, or 0 where they are not the same unit. */
static double
factor(const struct direction *a, const struct direction *b, enum ladle_gauge gauge)
{
	double ratio = b->norm > 0 ? a->norm / b->norm : a->norm > 0 ? 0 : 1;

	for (double sign = 1; sign >= -1; sign -= 2) {
		bool same = true;

		for (int k = 0; k < EXACT_PROJECTIONS; k++)
			same = same && fabs(a->at[k] - sign * b->at[k]) <= TOLERANCE;
		if (same && gauge == LADLE_GAUGE_SCALE)
			return sign > 0 ? ratio : 0;
		if (same && fabs(ratio - 1) <= TOLERANCE)
			return sign > 0 || gauge == LADLE_GAUGE_SIGN ? sign : 0;
	}
	return 0;
}

/* The only unit of the column that a can be, by binary search; LADLE_NONE: none, or several. */
static uint32_t
find_partner(const struct scaling *all, const struct direction *a, uint32_t units,
		enum ladle_gauge gauge, double *scale)
{
	const struct direction *list = all->directions[EXACT_COLUMN];
	uint32_t low = 0, high = units, found = LADLE_NONE;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fabs(list[middle].at[0]) < fabs(a->at[0]) - TOLERANCE)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < units && fabs(list[low].at[0]) <= fabs(a->at[0]) + TOLERANCE; low++) {
		double by = factor(a, &list[low], gauge);

		if (by == 0)
			continue;
		if (found != LADLE_NONE)
			return LADLE_NONE;
		found = low;
		*scale = by;
	}
	return found;
}

/* Units that nothing makes keep their place where they can. */
static void
pair_empty(struct scaling *all, uint32_t units)
{
	for (uint32_t c = 0; c < units; c++)
		if (all->order[c] == LADLE_NONE && !all->taken[c]) {
			all->order[c] = c;
			all->taken[c] = true;
		}
	for (uint32_t c = 0, next = 0; c < units; c++) {
		if (all->order[c] != LADLE_NONE)
			continue;
		while (all->taken[next])
			next++;
		all->order[c] = next;
		all->taken[next] = true;
	}
}

static bool
find_order(struct scaling *all, uint32_t group)
{
	const struct ladle_group *from = &all->pair->groups->list[group];
	uint32_t empty[EXACT_SIDES] = {0, 0};

	for (int s = 0; s < EXACT_SIDES; s++) {
		for (uint32_t c = 0; c < from->units; c++) {
			if (!isfinite(all->slices[s][c].norm2))
				return false;
			empty[s] += all->slices[s][c].norm2 == 0;
		}
		find_directions(all, s, from->units);
	}
	memset(all->order, 0xff, from->units * sizeof(*all->order));
	memset(all->taken, 0, from->units * sizeof(*all->taken));
	if (empty[0] != empty[1] || empty[0] == from->units)
		return false;
	for (uint32_t i = 0; i < from->units; i++) {
		const struct direction *a = &all->directions[EXACT_REFERENCE][i];
		uint32_t found;

		all->scale[a->unit] = 1;
		if (a->norm == 0)
			continue;
		found = find_partner(all, a, from->units, from->gauge, &all->scale[a->unit]);
		if (found == LADLE_NONE || all->taken[all->directions[1][found].unit])
			return false;
		all->order[a->unit] = all->directions[1][found].unit;
		all->taken[all->order[a->unit]] = true;
	}
	pair_empty(all, from->units);
	return true;
}

/* ---- groups ---- */

/* Factors that rounding alone explains are none. */
static bool
is_scaled(const double *scale, uint32_t units)
{
	for (uint32_t c = 0; c < units; c++)
		if (fabs(scale[c] - 1) > TOLERANCE)
			return true;
	return false;
}

static enum ladle_status
settle(struct scaling *all, uint32_t group, struct ladle_error *err)
{
	struct exact_pair *pair = all->pair;
	const struct ladle_group *from = &pair->groups->list[group];
	const uint32_t *old = aligned_order(pair->aligned, pair->column, group);

	if (old != NULL)
		memcpy(all->kept, old, from->units * sizeof(*old));
	TRY(aligned_set(pair->aligned, pair->column, group, NULL, NULL, err));
	TRY(read_slices(all, group, err));
	if (!find_order(all, group))
		return aligned_set(pair->aligned, pair->column, group,
				old == NULL ? NULL : all->kept, NULL, err);
	all->settled[group] = true;
	return aligned_set(pair->aligned, pair->column, group, all->order,
			is_scaled(all->scale, from->units) ? all->scale : NULL, err);
}

/* From the model's inputs outward, since what takes a unit can be read when its factor is known. */
static enum ladle_status
settle_groups(struct scaling *all, struct ladle_error *err)
{
	const struct exact_pair *pair = all->pair;

	for (bool progress = true; progress;) {
		progress = false;
		for (uint32_t g = 0; g < pair->groups->count; g++) {
			if (all->settled[g] || !exact_is_usable(pair, g) || !can_tell(all, g))
				continue;
			TRY(settle(all, g, err));
			progress |= all->settled[g];
		}
	}
	return LADLE_OK;
}

/* ---- proof ---- */

static enum ladle_status
compare_row(const struct exact_pair *pair, const struct exact_row *row, double *numbers, void *raw,
		bool *same, struct ladle_error *err)
{
	double norm2 = 0, distance2 = 0;
	uint64_t count = pair->table->rows[row->row].count;

	for (uint64_t first = 0; first < count; first += PLAN_BLOCK) {
		uint64_t some = count - first < PLAN_BLOCK ? count - first : PLAN_BLOCK;

		if (job_canceled(pair->how->job))
			return ladle_fail(err, LADLE_E_CANCELED, NULL, "canceled");
		for (int s = 0; s < EXACT_SIDES; s++) {
			const struct ladle_tensor *tensor = ladle_row_tensor(pair->table, row->row,
					s == EXACT_REFERENCE ? pair->how->reference : pair->column);

			TRY(ladle_tensor_read(pair->side[s].checkpoint, tensor, first, some, raw,
					err));
			dtype_to_double(tensor->dtype, raw, numbers + s * PLAN_BLOCK, some);
		}
		for (uint64_t i = 0; i < some; i++) {
			double a = numbers[i], d = a - numbers[PLAN_BLOCK + i];

			norm2 += a * a;
			distance2 += d * d;
		}
	}
	*same = distance2 <= TOLERANCE * TOLERANCE * norm2;
	return LADLE_OK;
}

/* agrees: the row is the reference's, to rounding. */
static enum ladle_status
compare_rows(struct exact_pair *pair, struct ladle_error *err)
{
	double *numbers = malloc(EXACT_SIDES * PLAN_BLOCK * sizeof(*numbers));
	void *raw = malloc(PLAN_BLOCK * sizeof(double));
	enum ladle_status status = LADLE_OK;

	if (numbers == NULL || raw == NULL)
		status = ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
	for (uint32_t r = 0; r < pair->row_count && status == LADLE_OK; r++) {
		struct exact_row *row = &pair->rows[r];

		row->agrees = false;
		if (row->comparable)
			status = compare_row(pair, row, numbers, raw, &row->agrees, err);
	}
	free(numbers);
	free(raw);
	return status;
}

static bool
is_solved(const struct exact_pair *pair, uint32_t group)
{
	const struct ladle_group *from = &pair->groups->list[group];

	for (uint32_t u = 0; u < from->use_count; u++)
		if (!pair->rows[pair->row_at[from->uses[u].row]].agrees)
			return false;
	return from->use_count > 0;
}

/* ---- all ---- */

static bool
scaling_init(struct scaling *all, struct exact_pair *pair, const bool *solved)
{
	size_t most = 1;

	*all = (struct scaling){.pair = pair};
	for (uint32_t g = 0; g < pair->groups->count; g++)
		most = pair->groups->list[g].units > most ? pair->groups->list[g].units : most;
	all->settled = arena_array(&pair->arena, (size_t)pair->groups->count + 1, sizeof(bool));
	for (int s = 0; s < EXACT_SIDES; s++) {
		all->slices[s] = arena_array(&pair->arena, most, sizeof(*all->slices[s]));
		all->directions[s] = arena_array(&pair->arena, most, sizeof(*all->directions[s]));
	}
	all->order = arena_array(&pair->arena, most, sizeof(*all->order));
	all->kept = arena_array(&pair->arena, most, sizeof(*all->kept));
	all->scale = arena_array(&pair->arena, most, sizeof(*all->scale));
	all->taken = arena_array(&pair->arena, most, sizeof(*all->taken));
	for (uint32_t g = 0; all->settled != NULL && g < pair->groups->count; g++)
		all->settled[g] = solved[g] || !exact_is_usable(pair, g);
	return all->settled && all->slices[0] && all->slices[1] && all->directions[0] &&
	       all->directions[1] && all->order && all->kept && all->scale && all->taken;
}

static bool
some_may_be_scaled(const struct exact_pair *pair, const bool *solved)
{
	for (uint32_t g = 0; g < pair->groups->count; g++)
		if (!solved[g] && exact_is_usable(pair, g) &&
				pair->groups->list[g].gauge != LADLE_GAUGE_NONE)
			return true;
	return false;
}

enum ladle_status
exact_scale(struct exact_pair *pair, bool *solved, struct ladle_error *err)
{
	struct scaling all;
	bool some = false;

	if (!some_may_be_scaled(pair, solved))
		return LADLE_OK;
	if (!scaling_init(&all, pair, solved))
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
	TRY(settle_groups(&all, err));
	for (uint32_t g = 0; g < pair->groups->count; g++)
		some |= aligned_scale(pair->aligned, pair->column, g) != NULL;
	if (!some)
		return LADLE_OK;
	TRY(compare_rows(pair, err));
	for (uint32_t g = 0; g < pair->groups->count; g++)
		solved[g] = is_solved(pair, g);
	return LADLE_OK;
}
