#include <math.h>
#include <string.h>

#include "measure/kernel.h"

static size_t
doubles_of(uint32_t n)
{
	return (size_t)n * n * 2 + (size_t)n * 2;
}

size_t
sums_size(uint32_t n, bool with_moments)
{
	return doubles_of(n) * sizeof(double) + (with_moments ? n * sizeof(struct moments) : 0);
}

struct sums
sums_at(void *memory, uint32_t n, bool with_moments)
{
	double *at = memory;
	size_t square = (size_t)n * n;

	return (struct sums){
			.n = n,
			.distance2 = at,
			.max_abs = at + square,
			.norm2 = at + 2 * square,
			.nonfinite = at + 2 * square + n,
			.moments = with_moments ? (void *)(at + doubles_of(n)) : NULL,
	};
}

void
sums_clear(struct sums *sums)
{
	memset(sums->distance2, 0, doubles_of(sums->n) * sizeof(double));
	for (uint32_t k = 0; sums->moments && k < sums->n; k++)
		sums->moments[k] = (struct moments){.min = INFINITY, .max = -INFINITY};
}

/* Chan, Golub, LeVeque (1979): the moments of two samples joined. */
void
moments_fold(struct moments *into, const struct moments *from)
{
	double n = into->n + from->n, delta = from->mean - into->mean;

	if (from->n > 0) {
		into->mean += delta * (from->n / n);
		into->m2 += from->m2 + delta * delta * (into->n * from->n / n);
		into->n = n;
	}
	into->min = from->min < into->min ? from->min : into->min;
	into->max = from->max > into->max ? from->max : into->max;
	into->zeros += from->zeros;
	into->nan += from->nan;
	into->inf += from->inf;
}

void
sums_fold(struct sums *into, const struct sums *from)
{
	size_t square = (size_t)into->n * into->n;

	for (size_t i = 0; i < square; i++) {
		into->distance2[i] += from->distance2[i];
		if (from->max_abs[i] > into->max_abs[i])
			into->max_abs[i] = from->max_abs[i];
	}
	for (uint32_t k = 0; k < into->n; k++) {
		into->norm2[k] += from->norm2[k];
		into->nonfinite[k] += from->nonfinite[k];
		if (into->moments)
			moments_fold(&into->moments[k], &from->moments[k]);
	}
}
