/* The cost matrix of a group: how much each unit of one side has in common with each of the other,
 * C[i][j] = sum over uses of s <slice i of A, slice j of B>, B as it stands re-ordered now. */
#ifndef ALIGN_COST_H
#define ALIGN_COST_H

#include "align/gemm.h"
#include "align/side.h"

struct cost {
	const struct ladle_groups *groups;
	struct side a, b;
	const double *weight; /* [rows] s; 0: the row takes no part */
	const struct blas *blas;
	int threads;
	float *tile_a, *tile_b; /* cost_tile_floats() each */
	const struct ladle_job *job;
};

/* Floats of a tile of this table: COST_TILE, or the longest line where that is more. */
size_t cost_tile_floats(const struct ladle_table *);
/* Adds the group's costs to c[units * units]. */
enum ladle_status cost_add(const struct cost *, uint32_t group, float *c, struct ladle_error *);
/* The same of one row, whose axes first..last together are the units. */
enum ladle_status cost_add_merged(const struct cost *, uint32_t row, int first, int last, float *c,
		struct ladle_error *);

/* Of one row, as both sides stand now; doubles. */
struct dots {
	double ab, aa, bb;
};

enum ladle_status cost_dots(
		const struct cost *, uint32_t row, struct dots *out, struct ladle_error *);

#endif
