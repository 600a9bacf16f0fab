/* Stages in which each row looks at its two best columns: bounds, row reduction, auction. */
#include "align/assign_state.h"

#include <math.h>
#include <string.h>

/* How many bids for each row before a stage leaves the rest to the next: increments that are tiny
 * beside the differences of duals would take that many. */
enum { REDUCTION_BIDS = 3, AUCTION_BIDS = 64 };

/* The two least reduced costs of a row; the lower column where they are equal. */
struct least {
	double first, second;
	uint32_t at, next;
};

static float
round_down(double x)
{
	float f = (float)x;

	return (double)f > x ? nextafterf(f, -INFINITY) : f;
}

static void
offer(struct least *least, double x, uint32_t column)
{
	if (x < least->first || (x == least->first && column < least->at)) {
		least->second = least->first;
		least->next = least->at;
		least->first = x;
		least->at = column;
	} else if (x < least->second || (x == least->second && column < least->next)) {
		least->second = x;
		least->next = column;
	}
}

/* Reduced costs of a block; lowers nothing, so its bound becomes exact. Returns the least. */
static double
open_block(struct assign *s, uint32_t row, uint32_t block, double *out)
{
	float room[BLOCK];
	const float *c = assign_block(s, row, block, room);
	double least = s->loops->reduce(out, c, s->sign, s->v + (size_t)block * BLOCK);

	s->bound[(size_t)row * s->blocks + block] = round_down(least);
	return least;
}

static void
offer_block(struct assign *s, uint32_t row, uint32_t block, struct least *least)
{
	double x[BLOCK];
	uint32_t first = block * BLOCK, count = s->n - first < BLOCK ? s->n - first : BLOCK;

	if (open_block(s, row, block, x) > least->second)
		return;
	for (uint32_t j = 0; j < count; j++)
		if (x[j] <= least->second)
			offer(least, x[j], first + j);
}

static struct least
look(struct assign *s, uint32_t row)
{
	struct least least = {INFINITY, INFINITY, LADLE_NONE, LADLE_NONE};
	const float *bound = s->bound + (size_t)row * s->blocks;
	uint32_t hint = s->hint[row];

	offer_block(s, row, hint, &least);
	for (uint32_t b = 0; b < s->blocks; b++)
		if (b != hint && (double)bound[b] <= least.second)
			offer_block(s, row, b, &least);
	s->hint[row] = least.at / BLOCK;
	return least;
}

void
assign_bound(struct assign *s)
{
	double x[BLOCK];

	for (uint32_t row = 0; row < s->n; row++) {
		const float *bound = s->bound + (size_t)row * s->blocks;
		uint32_t best = 0;

		for (uint32_t b = 0; b < s->blocks; b++) {
			open_block(s, row, b, x);
			best = bound[b] < bound[best] ? b : best;
		}
		s->hint[row] = best;
	}
}

double
assign_spread(const struct assign *s)
{
	double sum = 0;

	for (uint32_t row = 0; row < s->n; row++) {
		const float *bound = s->bound + (size_t)row * s->blocks;

		for (uint32_t b = 0; b < s->blocks; b++)
			sum += (double)bound[b] - (double)bound[s->hint[row]];
	}
	return sum / ((double)s->n * s->blocks);
}

/* Of the columns whose reduced cost is the row's least: its own, else the first free one, else
 * LADLE_NONE. */
static uint32_t
tied_free(struct assign *s, uint32_t row, double least)
{
	double x[BLOCK];
	const float *bound = s->bound + (size_t)row * s->blocks;

	if (s->row_of[row] == LADLE_NONE && assign_cost(s, row, row) - s->v[row] == least)
		return row;
	for (uint32_t b = 0; b < s->blocks; b++) {
		if ((double)bound[b] > least || open_block(s, row, b, x) > least)
			continue;
		for (uint32_t j = b * BLOCK; j < s->n && j < (b + 1) * BLOCK; j++)
			if (x[j - b * BLOCK] == least && s->row_of[j] == LADLE_NONE)
				return j;
	}
	return LADLE_NONE;
}

/* A row takes its best column and its dual down to where the second best is as good. Returns the
 * row that is free now, or LADLE_NONE; *again: that row has better to do than to wait. */
static uint32_t
reduce_row(struct assign *s, uint32_t row, bool *again)
{
	struct least least = look(s, row);
	uint32_t column = least.at, owner;

	*again = least.first < least.second;
	if (!*again) {
		column = tied_free(s, row, least.first);
		if (column == LADLE_NONE)
			return row;
	} else if (least.next != LADLE_NONE) {
		s->v[column] -= least.second - least.first;
	}
	owner = s->row_of[column];
	assign_pair(s, row, column);
	return owner;
}

bool
assign_reduce_rows(struct assign *s, uint32_t *count)
{
	uint64_t left = (uint64_t)s->n * REDUCTION_BIDS;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < *count; i++) {
		uint32_t row = s->free_rows[i];
		bool again = true;

		while (row != LADLE_NONE && again && left > 0) {
			left--;
			row = reduce_row(s, row, &again);
			if (job_canceled(s->job))
				return false;
		}
		if (row != LADLE_NONE)
			s->free_rows[kept++] = row;
	}
	*count = kept;
	return true;
}

/* One bid: what the column is worth to the row above the next best, and the increment. */
static uint32_t
bid(struct assign *s, uint32_t row, double increment)
{
	struct least least = look(s, row);
	uint32_t owner = s->row_of[least.at];

	s->v[least.at] -= increment + (least.next == LADLE_NONE ? 0 : least.second - least.first);
	assign_pair(s, row, least.at);
	return owner;
}

bool
assign_auction(struct assign *s, double increment, bool *settled)
{
	uint64_t left = (uint64_t)s->n * AUCTION_BIDS;
	uint32_t head = 0, waiting = s->n;

	assign_unpair_all(s);
	for (uint32_t row = 0; row < s->n; row++)
		s->queue[row] = row;
	for (; waiting > 0 && left > 0; left--) {
		uint32_t owner = bid(s, s->queue[head], increment);

		head = head + 1 < s->n ? head + 1 : 0;
		waiting--;
		if (owner != LADLE_NONE) {
			uint32_t end = (uint32_t)(((uint64_t)head + waiting++) % s->n);

			s->queue[end] = owner;
		}
		if (job_canceled(s->job))
			return false;
	}
	*settled = waiting == 0;
	return true;
}
