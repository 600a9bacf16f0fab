/* Costs of every kind, for the tests of assignment. */
#ifndef TESTS_ALIGN_COSTS_H
#define TESTS_ALIGN_COSTS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "support/fake_table.h"

static inline double
draw(uint64_t *seed, double low, double high)
{
	return low + (high - low) * (fake_random(seed) + 1) / 2;
}

static void
costs_uniform(float *c, uint32_t n, uint64_t *seed)
{
	for (size_t k = 0; k < (size_t)n * n; k++)
		c[k] = (float)fake_random(seed);
}

static void
costs_small_integers(float *c, uint32_t n, uint64_t *seed)
{
	for (size_t k = 0; k < (size_t)n * n; k++)
		c[k] = (float)floor(draw(seed, -1, 3));
}

static void
costs_large_integers(float *c, uint32_t n, uint64_t *seed)
{
	for (size_t k = 0; k < (size_t)n * n; k++)
		c[k] = (float)floor(draw(seed, 0, 1000));
}

static void
costs_constant(float *c, uint32_t n, uint64_t *seed)
{
	float value = (float)fake_random(seed);

	for (size_t k = 0; k < (size_t)n * n; k++)
		c[k] = value;
}

static void
costs_huge_range(float *c, uint32_t n, uint64_t *seed)
{
	for (size_t k = 0; k < (size_t)n * n; k++)
		c[k] = (float)(fake_random(seed) * pow(10, draw(seed, -37, 37)));
}

/* Sums of `rank` products and, with offsets, of a term of each row and each column. */
static void
costs_of_rank(float *c, uint32_t n, uint64_t *seed, int rank, bool offsets)
{
	double *x = malloc(2 * (n + 1) * sizeof(*x)), *y = x + n + 1;

	for (size_t k = 0; k < (size_t)n * n; k++)
		c[k] = 0;
	for (int r = 0; r < rank + 2 * offsets; r++) {
		for (uint32_t i = 0; i < n; i++) {
			x[i] = r == rank ? 5 : fake_random(seed);
			y[i] = r == rank + 1 ? 5 : fake_random(seed);
		}
		for (size_t k = 0; k < (size_t)n * n; k++)
			c[k] += (float)(x[k / n] * y[k % n]);
	}
	free(x);
}

static void
costs_rank_1(float *c, uint32_t n, uint64_t *seed)
{
	costs_of_rank(c, n, seed, 1, false);
}

static void
costs_rank_1_and_offsets(float *c, uint32_t n, uint64_t *seed)
{
	costs_of_rank(c, n, seed, 1, true);
}

static void
costs_offsets_alone(float *c, uint32_t n, uint64_t *seed)
{
	costs_of_rank(c, n, seed, 0, true);
}

static void
costs_rank_3(float *c, uint32_t n, uint64_t *seed)
{
	costs_of_rank(c, n, seed, 3, false);
}

/* Rows and columns that occur several times, as dead units do. */
static void
costs_repeated(float *c, uint32_t n, uint64_t *seed)
{
	costs_rank_3(c, n, seed);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++)
			c[(size_t)i * n + j] = c[(size_t)(i / 3) * n + j / 3];
}

/* The product of the numbers of row and column: every row wants the same columns. */
static void
costs_products(float *c, uint32_t n, uint64_t *seed)
{
	(void)seed;
	for (size_t k = 0; k < (size_t)n * n; k++)
		c[k] = (float)((k / n + 1) * (k % n + 1));
}

typedef void costs_make(float *c, uint32_t n, uint64_t *seed);

static costs_make *const costs_kinds[] = {costs_uniform, costs_small_integers, costs_large_integers,
		costs_constant, costs_huge_range, costs_rank_1, costs_rank_1_and_offsets,
		costs_offsets_alone, costs_rank_3, costs_repeated, costs_products};

enum { COSTS_KINDS = sizeof(costs_kinds) / sizeof(costs_kinds[0]) };

#endif
