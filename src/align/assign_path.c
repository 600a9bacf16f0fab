/* Shortest augmenting paths: Dijkstra's search over reduced costs from a free row to the nearest
 * free column. */
#include "align/assign_state.h"

#include <assert.h>
#include <math.h>

/* A search from one row. `reached` is the distance of what was settled last. */
struct search {
	double reached;
	uint32_t settled;
};

/* The first column of a block at most that far; among those a free one if there is one. */
static uint32_t
nearest_in(const struct assign *s, uint32_t block, double distance)
{
	uint32_t first = LADLE_NONE;

	for (uint32_t j = block * BLOCK; j < s->n && j < (block + 1) * BLOCK; j++) {
		if (!(s->reach.distance[j] <= distance)) /* NaN is settled */
			continue;
		if (s->row_of[j] == LADLE_NONE)
			return j;
		first = first == LADLE_NONE ? j : first;
	}
	return first;
}

/* Reaches on from a row and returns the nearest column that is not settled. Where columns are as
 * near as what was settled last, none can be nearer: a free one among them ends the search. */
static uint32_t
relax_row(struct assign *s, const struct search *search, uint32_t row, double shift)
{
	float room[BLOCK];
	double best = INFINITY;
	uint32_t block = 0;

	for (uint32_t b = 0; b < s->blocks; b++) {
		size_t at = (size_t)b * BLOCK;
		struct reach reach = {s->reach.distance + at, s->reach.from + at};
		double least = s->loops->relax(reach, row, assign_block(s, row, b, room), s->sign,
				s->v + at, shift);

		if (least <= search->reached) {
			uint32_t column = nearest_in(s, b, search->reached);

			if (s->row_of[column] == LADLE_NONE)
				return column;
		}
		if (least < best) {
			best = least;
			block = b;
		}
	}
	return nearest_in(s, block, best);
}

static void
settle(struct assign *s, struct search *search, uint32_t column)
{
	double distance = s->reach.distance[column];

	/* Rounding may put a column a little before the last one; duals must not rise for that. */
	search->reached = distance > search->reached ? distance : search->reached;
	s->settled[search->settled] = column;
	s->settled_at[search->settled++] = search->reached;
	s->reach.distance[column] = NAN;
}

static void
lower_duals(struct assign *s, const struct search *search)
{
	for (uint32_t k = 0; k < search->settled; k++)
		s->v[s->settled[k]] -= search->reached - s->settled_at[k];
}

static void
flip_path(struct assign *s, uint32_t start, uint32_t column)
{
	for (;;) {
		uint32_t row = (uint32_t)s->reach.from[column], next = s->column_of[row];

		s->row_of[column] = row;
		s->column_of[row] = column;
		if (row == start)
			return;
		column = next;
	}
}

/* Columns behind the last one are settled from the start. */
static void
clear(struct assign *s)
{
	for (uint32_t j = 0; j < s->blocks * BLOCK; j++)
		s->reach.distance[j] = j < s->n ? INFINITY : NAN;
}

bool
assign_augment(struct assign *s, uint32_t start)
{
	struct search search = {-INFINITY, 0};
	uint32_t row = start, column;
	double shift = 0; /* distance of the row, less its own dual; the start's does not matter */

	clear(s);
	for (;;) {
		if (job_canceled(s->job))
			return false;
		column = relax_row(s, &search, row, shift);
		assert(column != LADLE_NONE);
		settle(s, &search, column);
		row = s->row_of[column];
		if (row == LADLE_NONE)
			break;
		shift = search.reached - (assign_cost(s, row, column) - s->v[column]);
	}
	lower_duals(s, &search);
	flip_path(s, start, column);
	return true;
}
