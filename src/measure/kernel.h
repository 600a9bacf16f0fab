/* The measuring loops: pure functions of one block, which cannot fail.
 *
 * Centred sums (alignment: G_ij = E_ij + p_i + p_j + q, |t_i - t_j|^2 = E_ii + E_jj - 2 E_ij) with
 * m = mean over the n inputs and e_k = t_k - m, element by element:
 * E_ij = <e_i, e_j>, p_k = <e_k, m>, q = <m, m>. Exact where a plain Gram of two tensors that differ
 * by one unit in the last place would lose all digits. */
#ifndef MEASURE_KERNEL_H
#define MEASURE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include <ladle.h>

/* What a block or a row gives for n inputs; arrays follow each other in one allocation. */
struct sums {
	uint32_t n;
	double *e;	     /* [n][n], upper triangle and diagonal */
	double *p;	     /* [n] */
	double *q;	     /* [1] */
	double *max_abs;     /* [n][n], upper triangle: max |t_i - t_j| */
	double *nonfinite;   /* [n] counts; doubles, so that one loop folds all */
	struct moments *moments; /* [n], or NULL */
};

/* Of the finite elements of one input. */
struct moments {
	double n, mean, m2, min, max; /* m2 = sum (x - mean)^2 */
	double zeros, nan, inf;
};

size_t sums_size(uint32_t n, int with_moments); /* bytes */
struct sums sums_at(void *memory, uint32_t n, int with_moments);
void sums_clear(struct sums *);
/* Adds what comes after; the order of the calls is the order of the sum. */
void sums_fold(struct sums *into, const struct sums *from);

void moments_fold(struct moments *into, const struct moments *from);

/* The sums of a block, in place of what was there: count elements of each of sums->n inputs, all
 * float32 or all float64. Elements at which an input is NaN or infinite are counted and left out of
 * E, p, q and max_abs for all inputs. `scratch` holds kernel_scratch(n) doubles. */
void kernel_block(struct sums *, enum ladle_dtype, const void *const *data, size_t count, double *scratch);
size_t kernel_scratch(uint32_t n);

#endif
