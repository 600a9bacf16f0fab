/* The measuring loops: pure functions of one block, which cannot fail.
 *
 * What is summed are norms <t_i, t_i> and distances <t_i - t_j, t_i - t_j>; every figure follows
 * from them: the Gram G_ij = (N_i + N_j - D_ij) / 2, and for any origin o the centred products
 * <t_i - o, t_j - o> = (D_io + D_jo - D_ij) / 2. Summing the differences themselves keeps all
 * digits where distances taken from a Gram would lose them: tensors that differ by one unit in the
 * last place, checkpoints of one run. */
#ifndef MEASURE_KERNEL_H
#define MEASURE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ladle.h>

/* What a block or a row gives for n inputs; arrays follow each other in one allocation. */
struct sums {
	uint32_t n;
	double *distance2;       /* [n][n], above the diagonal: sum (t_i - t_j)^2 */
	double *max_abs;         /* [n][n], above the diagonal: max |t_i - t_j| */
	double *norm2;           /* [n] sum t_i^2 */
	double *nonfinite;       /* [n] counts; doubles, so that one loop folds all */
	struct moments *moments; /* [n], or NULL */
};

/* Of the finite elements of one input. */
struct moments {
	double n, mean, m2, min, max; /* m2 = sum (x - mean)^2 */
	double zeros, nan, inf;
};

size_t sums_size(uint32_t n, bool with_moments); /* bytes */
struct sums sums_at(void *memory, uint32_t n, bool with_moments);
void sums_clear(struct sums *);
/* Adds what comes after; the order of the calls is the order of the sum. */
void sums_fold(struct sums *into, const struct sums *from);

void moments_fold(struct moments *into, const struct moments *from);

/* The sums of a block, in place of what was there: count elements of each of sums->n inputs, all
 * float32 or all float64. Elements at which an input is NaN or infinite are counted and left out of
 * norms, distances and differences for all inputs. `scratch` holds kernel_scratch(n) doubles. */
void kernel_block(struct sums *, enum ladle_dtype, const void *const *data, size_t count,
		double *scratch);
size_t kernel_scratch(uint32_t n);

#endif
