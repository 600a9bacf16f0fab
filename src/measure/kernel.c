#include "measure/kernel.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "measure/kernel_loops.h"

/* Inputs go through the first cache as strips of doubles. */
enum { STRIP = 512 };

static const struct kernel_loops *
loops_here(void)
{
#ifdef HAVE_KERNEL_AVX2
	if (__builtin_cpu_supports("avx2"))
		return kernel_loops_avx2();
#endif
	return kernel_loops_plain();
}

size_t
kernel_scratch(uint32_t n)
{
	return (size_t)n * STRIP;
}

/* The inputs of a block: n times count elements. */
struct input {
	uint32_t n;
	bool single; /* float32, else float64 */
	const void *const *data;
	size_t count;
	const struct kernel_loops *loops;
};

/* `count` elements of input k from `at` on, as doubles. */
static void
load(const struct input *in, uint32_t k, size_t at, size_t count, double *to)
{
	const float *from = (const float *)in->data[k] + at;
	size_t whole = count / LANES * LANES;

	if (!in->single) {
		memcpy(to, (const double *)in->data[k] + at, count * sizeof(double));
		return;
	}
	in->loops->widen(to, from, whole);
	for (size_t i = whole; i < count; i++)
		to[i] = (double)from[i];
}

/* A strip of each input from `at` on, zeros behind the last element: they add nothing to a sum.
 * Returns how many elements there are. */
static size_t
load_strips(const struct input *in, size_t at, double *t)
{
	size_t count = in->count - at < STRIP ? in->count - at : STRIP;

	for (uint32_t k = 0; k < in->n; k++) {
		double *to = t + (size_t)k * STRIP;

		load(in, k, at, count, to);
		memset(to + count, 0, (STRIP - count) * sizeof(double));
	}
	return count;
}

static void
strip_sums(struct sums *sums, const struct kernel_loops *loops, const double *t, size_t count)
{
	uint32_t n = sums->n;

	for (uint32_t i = 0; i < n; i++) {
		const double *ti = t + (size_t)i * STRIP;

		sums->norm2[i] += loops->square(ti, count);
		for (uint32_t j = i + 1; j < n; j++)
			sums->distance2[i * n + j] += loops->distance(ti, t + (size_t)j * STRIP,
					count, &sums->max_abs[i * n + j]);
	}
}

/* Counts what is not finite in strips and takes those elements out of every input. */
static void
mask_strips(struct sums *sums, double *t)
{
	uint32_t n = sums->n;

	for (int i = 0; i < STRIP; i++) {
		bool bad = false;

		for (uint32_t k = 0; k < n; k++) {
			bool finite = isfinite(t[(size_t)k * STRIP + i]);

			sums->nonfinite[k] += !finite;
			bad |= !finite;
		}
		for (uint32_t k = 0; bad && k < n; k++)
			t[(size_t)k * STRIP + i] = 0;
	}
}

static void
sum_strips(struct sums *sums, const struct input *in, double *scratch, bool masked)
{
	for (size_t at = 0; at < in->count; at += STRIP) {
		size_t count = load_strips(in, at, scratch);

		if (masked)
			mask_strips(sums, scratch);
		strip_sums(sums, in->loops, scratch, (count + LANES - 1) / LANES * LANES);
	}
}

/* Two inputs, the usual case, need no strips but for the last elements. */
static void
sum_pair(struct sums *sums, const struct input *in)
{
	struct pair_sums body, rest;
	double tail[2][LANES] = {{0}};
	size_t whole = in->count / LANES * LANES;

	for (uint32_t k = 0; k < 2; k++)
		load(in, k, whole, in->count - whole, tail[k]);
	if (in->single)
		in->loops->pair_float(&body, in->data[0], in->data[1], whole);
	else
		in->loops->pair_double(&body, in->data[0], in->data[1], whole);
	in->loops->pair_double(&rest, tail[0], tail[1], LANES);
	sums->norm2[0] = body.xx + rest.xx;
	sums->norm2[1] = body.yy + rest.yy;
	sums->distance2[1] = body.dd + rest.dd;
	sums->max_abs[1] = body.max > rest.max ? body.max : rest.max;
}

/* A NaN or an infinity shows in the norm, as does a square that a double cannot hold. */
static bool
norms_are_finite(const struct sums *sums)
{
	double all = 0;

	for (uint32_t k = 0; k < sums->n; k++)
		all += sums->norm2[k];
	return isfinite(all);
}

/* One by one: the last elements, and strips with NaN or infinities. */
static void
sample_each(struct moments *into, const double *x, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct moments one = {1, x[i], 0, x[i], x[i], x[i] == 0, 0, 0};

		if (!isfinite(x[i]))
			one = (struct moments){.min = INFINITY,
					.max = -INFINITY,
					.nan = isnan(x[i]) != 0,
					.inf = isinf(x[i]) != 0};
		moments_fold(into, &one);
	}
}

static void
sample(struct moments *into, const struct kernel_loops *loops, const double *x, size_t count)
{
	struct moments one = {0};
	size_t whole = count / LANES * LANES;

	if (whole)
		loops->range(&one, x, whole);
	if (!whole || !isfinite(one.mean)) {
		sample_each(into, x, count);
		return;
	}
	one.m2 = loops->spread(x, whole, one.mean);
	moments_fold(into, &one);
	sample_each(into, x + whole, count - whole);
}

static void
sum_moments(struct sums *sums, const struct input *in, double *scratch)
{
	for (size_t at = 0; at < in->count; at += STRIP) {
		size_t count = load_strips(in, at, scratch);

		for (uint32_t k = 0; k < in->n; k++)
			sample(&sums->moments[k], in->loops, scratch + (size_t)k * STRIP, count);
	}
}

void
kernel_block(struct sums *sums, enum ladle_dtype dtype, const void *const *data, size_t count,
		double *scratch)
{
	const struct input in = {sums->n, dtype == LADLE_FLOAT32, data, count, loops_here()};

	assert(dtype == LADLE_FLOAT32 || dtype == LADLE_FLOAT64);
	sums_clear(sums);
	if (in.n == 2)
		sum_pair(sums, &in);
	else
		sum_strips(sums, &in, scratch, false);
	if (!norms_are_finite(sums)) { /* once more, with care */
		sums_clear(sums);
		sum_strips(sums, &in, scratch, true);
	}
	if (sums->moments)
		sum_moments(sums, &in, scratch);
}
