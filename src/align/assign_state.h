/* What the stages of assignment share. Everything is to minimise sign * cost; reduced costs are
 * sign c_ij - v_j. Once the start is chosen the duals v only fall, so that what was once the least
 * reduced cost of a block bounds it from below ever after: most blocks need not be read again. */
#ifndef ALIGN_ASSIGN_STATE_H
#define ALIGN_ASSIGN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "align/assign.h"
#include "align/assign_loops.h"
#include "base/arena.h"
#include "base/job.h"

/* A row or column and what it is sorted by. */
struct assign_key {
	double key;
	uint32_t at;
};

struct assign {
	struct arena arena;
	const struct assign_loops *loops;
	uint32_t n, blocks;
	/* the problem at hand */
	const float *costs;
	double sign, largest; /* max |c_ij| */
	struct ladle_job *job;
	/* its solution so far; LADLE_NONE: free */
	uint32_t *column_of, *row_of;
	double *v;      /* [blocks * BLOCK], 0 behind the last column */
	float *bound;   /* [n][blocks] at most the least reduced cost of each block */
	uint32_t *hint; /* [n] the block that held the row's least reduced cost last time */
	/* scratch of the stages */
	uint32_t *free_rows, *queue;       /* [n] */
	struct reach reach;                /* [blocks * BLOCK] */
	uint32_t *settled;                 /* [n] columns, in the order of their distances */
	double *settled_at;                /* [n] */
	float *low, *high;                 /* [blocks * BLOCK] of each column */
	struct assign_key *rows, *columns; /* [n] */
};

/* The costs of a block: in place, or a copy in room[BLOCK] that goes on with infinity. */
const float *assign_block(const struct assign *, uint32_t row, uint32_t block, float *room);
/* sign * cost */
double assign_cost(const struct assign *, uint32_t row, uint32_t column);
void assign_pair(struct assign *, uint32_t row, uint32_t column);
void assign_unpair_all(struct assign *);

/* assign_sort.c: sets the duals to those that sorting gives, when all costs look like
 * a_i + b_j + x_i y_j; returns whether it did. */
bool assign_sort_duals(struct assign *);

/* assign_bid.c. Those that may take long return false when canceled. */
void assign_bound(struct assign *); /* bounds of the duals that are set */
/* The mean over all rows of how far the least of a block lies above the least of the row. */
double assign_spread(const struct assign *);
/* Rows of free_rows[count] take their best column, which may free another row; count becomes the
 * number of those that stay free. */
bool assign_reduce_rows(struct assign *, uint32_t *count);
/* Duals by an auction of everything anew: the complement of increments in which rows bid.
 * *settled: it ended before too many bids were made. */
bool assign_auction(struct assign *, double increment, bool *settled);

/* assign_path.c: pairs a free row along the shortest augmenting path. */
bool assign_augment(struct assign *, uint32_t row);

#endif
