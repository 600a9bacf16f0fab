#include "align/exact_state.h"

#include <string.h>

#include "base/dtype.h"
#include "base/err.h"

/* ---- rows and their uses ---- */

bool
exact_is_usable(const struct exact_pair *pair, uint32_t group)
{
	return aligned_why(pair->aligned, pair->how->reference, group) == NULL &&
	       aligned_why(pair->aligned, pair->column, group) == NULL;
}

/* Counts uses by row; all, since what a closed group uses is told apart by its position. */
static struct exact_use *
list_uses(struct exact_pair *pair, uint32_t *count_of)
{
	const struct ladle_groups *groups = pair->groups;
	struct exact_use *list;
	uint32_t all = 0, *next;

	for (uint32_t g = 0; g < groups->count; g++)
		for (uint32_t u = 0; u < groups->list[g].use_count; u++, all++)
			count_of[groups->list[g].uses[u].row]++;
	list = arena_array(&pair->arena, (size_t)all + 1, sizeof(*list));
	next = arena_array(&pair->arena, (size_t)pair->table->row_count + 1, sizeof(*next));
	if (list == NULL || next == NULL)
		return NULL;
	for (uint32_t r = 0; r < pair->table->row_count; r++)
		next[r + 1] = next[r] + count_of[r];
	for (uint32_t g = 0; g < groups->count; g++)
		for (uint32_t u = 0; u < groups->list[g].use_count; u++) {
			const struct ladle_use *use = &groups->list[g].uses[u];

			list[next[use->row]++] = (struct exact_use){.use = use, .group = g};
		}
	return list;
}

static uint64_t
use_end(const struct exact_pair *pair, const struct exact_use *at)
{
	return at->use->offset +
	       at->use->outer * pair->groups->list[at->group].units * at->use->inner;
}

/* The same part of an axis. */
static bool
overlap(const struct exact_pair *pair, const struct exact_use *a, const struct exact_use *b)
{
	return a->use->axis == b->use->axis && a->use->offset < use_end(pair, b) &&
	       b->use->offset < use_end(pair, a);
}

static void
mark_coarse(struct exact_pair *pair, struct exact_use *uses, uint32_t count)
{
	for (uint32_t a = 0; a < count; a++)
		for (uint32_t b = a + 1; uses[a].use->where < 0 && b < count; b++)
			if (uses[b].use->where < 0 && uses[b].group != uses[a].group &&
					overlap(pair, &uses[a], &uses[b]))
				uses[a].coarse = true;
}

static void
map_axes(struct exact_pair *pair, struct exact_row *row)
{
	for (int a = 0; a < row->rank; a++)
		row->where[a] = -1;
	for (uint32_t u = 0; u < row->use_count; u++) {
		const struct ladle_use *use = row->uses[u].use;

		row->moves[use->axis] = true;
		if (use->where >= 0)
			row->where[use->axis] = use->where;
	}
	for (int a = 0; a < row->rank; a++) {
		row->at[a] = pair->entries;
		pair->entries += exact_places(row, a) * row->shape[a];
	}
}

static bool
can_agree(const struct exact_pair *pair, const struct exact_row *row)
{
	const struct ladle_tensor *a = ladle_row_tensor(
			pair->table, row->row, pair->how->reference);
	const struct ladle_tensor *b = ladle_row_tensor(pair->table, row->row, pair->column);

	return a != NULL && b != NULL && a->refused == NULL && b->refused == NULL && a->averaged &&
	       b->averaged && a->dtype == b->dtype && dtype_is_float(a->dtype) &&
	       a->rank == row->rank && b->rank == row->rank &&
	       memcmp(a->shape, row->shape, (size_t)row->rank * sizeof(*row->shape)) == 0 &&
	       memcmp(b->shape, row->shape, (size_t)row->rank * sizeof(*row->shape)) == 0;
}

static bool
map_rows(struct exact_pair *pair)
{
	uint32_t rows = pair->table->row_count;
	uint32_t *count_of = arena_array(&pair->arena, (size_t)rows + 1, sizeof(*count_of));
	struct exact_use *uses = count_of == NULL ? NULL : list_uses(pair, count_of);

	pair->rows = arena_array(&pair->arena, (size_t)rows + 1, sizeof(*pair->rows));
	pair->row_at = arena_array(&pair->arena, (size_t)rows + 1, sizeof(*pair->row_at));
	if (uses == NULL || pair->rows == NULL || pair->row_at == NULL)
		return false;
	for (uint32_t r = 0; r < rows; uses += count_of[r++]) {
		struct exact_row *row = &pair->rows[pair->row_count];

		pair->row_at[r] = LADLE_NONE;
		if (count_of[r] == 0)
			continue;
		pair->row_at[r] = pair->row_count++;
		*row = (struct exact_row){.row = r, .uses = uses, .use_count = count_of[r]};
		row->rank = pair->table->rows[r].rank;
		row->shape = pair->table->rows[r].shape;
		mark_coarse(pair, uses, count_of[r]);
		map_axes(pair, row);
		row->comparable = can_agree(pair, row);
		if (row->comparable)
			row->size = dtype_size(ladle_row_tensor(
					pair->table, r, pair->column)->dtype);
	}
	return true;
}

static bool
map_side(struct exact_pair *pair, int s)
{
	struct exact_side *side = &pair->side[s];
	uint32_t column = s == EXACT_REFERENCE ? pair->how->reference : pair->column;

	side->checkpoint = pair->table->checkpoints[column];
	side->labels = arena_array(&pair->arena, pair->entries + 1, sizeof(*side->labels));
	side->sums = arena_array(&pair->arena, pair->entries + 1, sizeof(*side->sums));
	side->totals = arena_array(&pair->arena, pair->row_count + 1, sizeof(*side->totals));
	side->colours = arena_array(&pair->arena, pair->units + 1, sizeof(*side->colours));
	return side->labels != NULL && side->sums != NULL && side->totals != NULL &&
	       side->colours != NULL;
}

bool
exact_map(struct exact_pair *pair)
{
	size_t units = 0;

	pair->states = arena_array(
			&pair->arena, (size_t)pair->groups->count + 1, sizeof(*pair->states));
	if (pair->states == NULL || !map_rows(pair))
		return false;
	for (uint32_t g = 0; g < pair->groups->count; g++) {
		uint32_t count = pair->groups->list[g].units;

		pair->states[g] = (struct exact_group){.first = units, .units = count};
		units += count;
	}
	pair->units = units;
	return map_side(pair, EXACT_REFERENCE) && map_side(pair, EXACT_COLUMN);
}

enum ladle_status
exact_reset(struct exact_pair *pair, struct ladle_error *err)
{
	for (uint32_t g = 0; g < pair->groups->count; g++) {
		struct exact_group *state = &pair->states[g];

		state->open = exact_is_usable(pair, g);
		state->classes = 0;
		if (aligned_order(pair->aligned, pair->column, g) != NULL ||
				aligned_scale(pair->aligned, pair->column, g) != NULL)
			TRY(aligned_set(pair->aligned, pair->column, g, NULL, NULL, err));
	}
	for (int s = 0; s < EXACT_SIDES; s++)
		memset(pair->side[s].colours, 0, pair->units * sizeof(*pair->side[s].colours));
	for (uint32_t r = 0; r < pair->row_count; r++)
		pair->rows[r].agrees = pair->rows[r].comparable;
	return LADLE_OK;
}

/* ---- labels ---- */

/* Units of a group lie within units of an earlier one that is open. */
static bool
is_inside_open(const struct exact_pair *pair, const struct exact_row *row,
		const struct exact_use *at)
{
	for (uint32_t u = 0; u < row->use_count; u++) {
		const struct exact_use *other = &row->uses[u];

		if (other->group >= at->group)
			break;
		if (!pair->states[other->group].open || other->use->where >= 0)
			continue;
		if (at->use->where < 0 && overlap(pair, other, at))
			return true;
		if (at->use->where == other->use->axis && at->use->index >= other->use->offset &&
				at->use->index < use_end(pair, other))
			return true;
	}
	return false;
}

void
exact_find_ready(struct exact_pair *pair)
{
	for (uint32_t g = 0; g < pair->groups->count; g++)
		pair->states[g].ready = pair->states[g].open;
	for (uint32_t r = 0; r < pair->row_count; r++)
		for (uint32_t u = 0; u < pair->rows[r].use_count; u++) {
			const struct exact_use *at = &pair->rows[r].uses[u];

			if (pair->states[at->group].ready &&
					is_inside_open(pair, &pair->rows[r], at))
				pair->states[at->group].ready = false;
		}
}

/* By what of a use's positions does not change when units change places: `unit` is NULL where even
 * the group is not known, since it lies within another's units. */
static void
label_unit(const struct exact_row *row, const struct exact_use *at, uint64_t base, uint64_t first,
		uint64_t *labels, const uint64_t *unit)
{
	const struct ladle_use *use = at->use;
	uint64_t from = use->where < 0 ? 0 : use->index;
	uint64_t end = use->where < 0 ? exact_places(row, use->axis) : use->index + 1;

	for (uint64_t j = 0; j < use->inner; j++) {
		uint64_t label = exact_mix(base, at->coarse ? 0 : j + 1);

		if (unit != NULL)
			label = exact_mix(label, *unit);
		for (uint64_t place = from; place < end; place++)
			labels[exact_entry(row, use->axis, place, first + j)] = label;
	}
}

static void
label_use(const struct exact_pair *pair, const struct exact_row *row, const struct exact_use *at,
		const struct exact_side *side)
{
	const struct exact_group *group = &pair->states[at->group];
	const struct ladle_use *use = at->use;
	uint64_t seed = exact_mix(use->offset, (uint64_t)use->axis);

	if (!group->open || (!group->ready && use->where < 0))
		return;
	seed = exact_mix(seed, group->ready ? at->group + 1u : 0);
	for (uint64_t i = 0; i < use->outer; i++)
		for (uint32_t c = 0; c < group->units; c++)
			label_unit(row, at, exact_mix(seed, i),
					use->offset + (i * group->units + c) * use->inner,
					side->labels,
					group->ready ? &side->colours[group->first + c] : NULL);
}

static void
label_row(const struct exact_pair *pair, const struct exact_row *row, const struct exact_side *side)
{
	for (int a = 0; a < row->rank; a++) {
		uint64_t base = exact_mix(UINT64_C(0x243f6a8885a308d3), (uint64_t)a);

		for (uint64_t place = 0; place < exact_places(row, a); place++)
			for (uint64_t x = 0; x < row->shape[a]; x++)
				side->labels[exact_entry(row, a, place, x)] = exact_mix(base, x);
	}
	for (uint32_t u = 0; u < row->use_count; u++)
		label_use(pair, row, &row->uses[u], side);
}

static void
find_rows(struct exact_pair *pair)
{
	for (uint32_t r = 0; r < pair->row_count; r++) {
		struct exact_row *row = &pair->rows[r];

		row->read = false;
		for (uint32_t u = 0; u < row->use_count && row->agrees; u++)
			row->read |= pair->states[row->uses[u].group].ready;
	}
}

void
exact_label(struct exact_pair *pair)
{
	exact_find_ready(pair);
	find_rows(pair);
	for (uint32_t r = 0; r < pair->row_count; r++)
		for (int s = 0; pair->rows[r].read && s < EXACT_SIDES; s++)
			label_row(pair, &pair->rows[r], &pair->side[s]);
}
