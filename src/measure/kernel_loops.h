/* The inner loops of the kernels, once for each kind of processor. Sums run in LANES
 * independent lanes that are joined in one fixed order, so that the bits of the result do not
 * depend on how many of them a register holds. */
#ifndef MEASURE_KERNEL_LOOPS_H
#define MEASURE_KERNEL_LOOPS_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/kernel.h"

enum { LANES = 8 };

struct pair_sums {
	double xx, yy, dd, max;
};

/* Counts are multiples of LANES. */
struct kernel_loops {
	/* Two inputs: both float32, or both float64. */
	void (*pair_float)(struct pair_sums *, const float *, const float *, size_t count);
	void (*pair_double)(struct pair_sums *, const double *, const double *, size_t count);
	double (*square)(const double *, size_t count);
	/* Returns the squared distance and raises *max to the largest difference. */
	double (*distance)(const double *, const double *, size_t count, double *max);
	void (*widen)(double *to, const float *from, size_t count);
	/* n, mean, min, max and zeros of finite elements; a mean that is not finite tells that some
	 * are not. */
	void (*range)(struct moments *, const double *, size_t count);
	/* sum (x - mean)^2 */
	double (*spread)(const double *, size_t count, double mean);
};

const struct kernel_loops *kernel_loops_plain(void);

#if defined(__x86_64__)
#define HAVE_KERNEL_AVX2
const struct kernel_loops *kernel_loops_avx2(void);
#endif

#endif
