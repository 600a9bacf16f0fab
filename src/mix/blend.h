/* The averaging loop: sums of products in double, in checkpoint order, one division, one cast. */
#ifndef MIX_BLEND_H
#define MIX_BLEND_H

#include "measure/pass.h"

/* dst[i] = cast(sum_k w_k t_k[i] / sum) for the elements of the block; dst holds elements of
 * `dtype`. Columns with w_k = 0 take no part (a muted NaN does not matter; -0.0 stays as it is).
 * One column alone whose w_k == sum is only cast. Else bit-equal to
 * numpy.average(stack.astype(float64), axis=0, weights=w).astype(dtype). `scratch` holds
 * PLAN_BLOCK doubles. Returns how many finite results became infinite in the cast. */
size_t blend_block(const struct block *, const double *w, double sum, enum ladle_dtype dtype,
		void *dst, double *scratch);
/* What is written in place of the average of one row, or what it is multiplied with. */
struct blend_repair {
	const double *values;  /* [elements of the row]; NULL: factors */
	const double *factors; /* [units] of the elements (i * units + u) * inside + j */
	uint64_t units, inside;
};

/* The same as blend_block with a repair of the row, before the one cast. */
size_t blend_repaired(const struct block *, const double *w, double sum,
		const struct blend_repair *, enum ladle_dtype dtype, void *dst, double *scratch);
/* Index of the first element of the columns with weight that is NaN or infinite, or -1. */
int64_t blend_find_nonfinite(const struct block *, const double *w, uint32_t *column);

#endif
