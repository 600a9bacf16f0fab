#include "mix/blend.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/dtype.h"

enum { STRIP = 1024 }; /* doubles of a running sum that stay in the first cache */

#define SCALE(type, op)                    \
	for (size_t i = 0; i < count; i++) \
	sum[i] op w *(double)t[i]

CLONES static void
first_float(double *restrict sum, const float *restrict t, double w, size_t count)
{
	SCALE(float, =);
}

CLONES static void
next_float(double *restrict sum, const float *restrict t, double w, size_t count)
{
	SCALE(float, +=);
}

CLONES static void
first_double(double *restrict sum, const double *restrict t, double w, size_t count)
{
	SCALE(double, =);
}

CLONES static void
next_double(double *restrict sum, const double *restrict t, double w, size_t count)
{
	SCALE(double, +=);
}

CLONES static void
multiply(double *sum, double by, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] *= by;
}

CLONES static void
divide(double *sum, double by, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] /= by;
}

/* Divisions are slow; by a power of two the product has the same bits. */
static void
normalise(double *sum, double by, size_t count)
{
	int exponent;

	if (by == 1)
		return;
	if (frexp(by, &exponent) == .5 && isfinite(1 / by))
		multiply(sum, 1 / by, count);
	else
		divide(sum, by, count);
}

CLONES static bool
narrow(float *restrict dst, const double *restrict sum, size_t count)
{
	int infinite = 0;

	for (size_t i = 0; i < count; i++) {
		dst[i] = (float)sum[i];
		infinite |= fabsf(dst[i]) > FLT_MAX;
	}
	return infinite;
}

static size_t
cast_float(float *dst, const double *sum, size_t count)
{
	size_t lost = 0;

	if (narrow(dst, sum, count))
		for (size_t i = 0; i < count; i++)
			lost += isinf(dst[i]) && isfinite(sum[i]);
	return lost;
}

static void
add(const struct block *block, uint32_t k, double w, size_t at, size_t count, bool first,
		double *sum)
{
	if (block->dtype == LADLE_FLOAT32)
		(first ? first_float : next_float)(
				sum, (const float *)block->data[k] + at, w, count);
	else
		(first ? first_double : next_double)(
				sum, (const double *)block->data[k] + at, w, count);
}

static size_t
cast(enum ladle_dtype dtype, const double *sum, void *dst, size_t at, size_t count)
{
	unsigned char *to = (unsigned char *)dst + at * dtype_size(dtype);

	return dtype == LADLE_FLOAT32 ? cast_float((void *)to, sum, count)
				      : dtype_from_double(dtype, sum, to, count);
}

static uint32_t
only_column(const struct block *block, const double *w, double sum)
{
	uint32_t only = LADLE_NONE;

	for (uint32_t k = 0; k < block->k; k++) {
		if (w[k] == 0)
			continue;
		if (only != LADLE_NONE)
			return LADLE_NONE;
		only = k;
	}
	return only != LADLE_NONE && w[only] == sum ? only : LADLE_NONE;
}

/* sum_k w_k t_k / by for `count` elements from `at` on, as doubles. */
static void
average(const struct block *block, const double *w, double by, size_t at, size_t count, double *sum)
{
	bool first = true;

	for (uint32_t k = 0; k < block->k; k++) {
		if (w[k] == 0)
			continue;
		assert(block->data[k]);
		add(block, k, w[k], at, count, first, sum);
		first = false;
	}
	assert(!first);
	normalise(sum, by, count);
}

/* w t / w need not give t back in floating point; one model alone is to be itself. */
static size_t
convert(const struct block *block, uint32_t k, enum ladle_dtype dtype, void *dst, double *scratch)
{
	size_t count = (size_t)block->piece->count;

	if (block->dtype == dtype) {
		memcpy(dst, block->data[k], count * dtype_size(dtype));
		return 0;
	}
	add(block, k, 1, 0, count, true, scratch);
	return cast(dtype, scratch, dst, 0, count);
}

size_t
blend_block(const struct block *block, const double *w, double sum, enum ladle_dtype dtype,
		void *dst, double *scratch)
{
	uint32_t only = only_column(block, w, sum);
	size_t all = (size_t)block->piece->count, lost = 0;

	assert(sum != 0 && dtype_is_float(dtype));
	if (only != LADLE_NONE)
		return convert(block, only, dtype, dst, scratch);
	for (size_t at = 0; at < all; at += STRIP) {
		size_t count = all - at < STRIP ? all - at : STRIP;

		average(block, w, sum, at, count, scratch);
		lost += cast(dtype, scratch, dst, at, count);
	}
	return lost;
}

static void
multiply_units(const struct blend_repair *repair, uint64_t first, size_t count, double *sum)
{
	for (size_t i = 0; i < count; i++)
		sum[i] *= repair->factors[(first + i) / repair->inside % repair->units];
}

size_t
blend_repaired(const struct block *block, const double *w, double sum,
		const struct blend_repair *repair, enum ladle_dtype dtype, void *dst,
		double *scratch)
{
	size_t all = (size_t)block->piece->count, lost = 0;

	for (size_t at = 0; at < all; at += STRIP) {
		size_t count = all - at < STRIP ? all - at : STRIP;
		uint64_t first = block->piece->first + at;

		if (repair->values) {
			memcpy(scratch, repair->values + first, count * sizeof(*scratch));
		} else {
			average(block, w, sum, at, count, scratch);
			multiply_units(repair, first, count, scratch);
		}
		lost += cast(dtype, scratch, dst, at, count);
	}
	return lost;
}

static int64_t
find_nonfinite(const struct block *block, uint32_t k)
{
	const float *single = block->data[k];
	const double *wide = block->data[k];
	bool is_single = block->dtype == LADLE_FLOAT32;

	for (uint64_t i = 0; i < block->piece->count; i++)
		if (!isfinite(is_single ? (double)single[i] : wide[i]))
			return (int64_t)i;
	return -1;
}

/* 0 x is 0 for every finite x and NaN for the others, so one sum tells whether to look closer. */
#define SMELL(type)                                    \
	type lane[8] = {0}, sum = 0;                   \
	size_t i = 0;                                  \
                                                       \
	for (; i + 8 <= count; i += 8)                 \
		for (int l = 0; l < 8; l++)            \
			lane[l] += t[i + l] * (type)0; \
	for (; i < count; i++)                         \
		lane[0] += t[i] * (type)0;             \
	for (int l = 0; l < 8; l++)                    \
		sum += lane[l];                        \
	return sum == 0

CLONES static bool
is_finite_float(const float *t, size_t count)
{
	SMELL(float);
}

CLONES static bool
is_finite_double(const double *t, size_t count)
{
	SMELL(double);
}

int64_t
blend_find_nonfinite(const struct block *block, const double *w, uint32_t *column)
{
	size_t count = (size_t)block->piece->count;

	for (uint32_t k = 0; k < block->k; k++) {
		if (w[k] == 0 || !block->data[k])
			continue;
		if (block->dtype == LADLE_FLOAT32 ? is_finite_float(block->data[k], count)
						  : is_finite_double(block->data[k], count))
			continue;
		*column = k;
		return find_nonfinite(block, k);
	}
	return -1;
}
