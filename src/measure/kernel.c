#include "measure/kernel.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/clones.h"

/* Sums run in LANES independent lanes that are joined in one fixed order, so that the result does
 * not depend on how wide the processor's registers are. */
enum { LANES = 8, STRIP = 256 };

static double
join(const double lane[LANES])
{
	return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static double
join_max(const double lane[LANES])
{
	double max = lane[0];

	for (int i = 1; i < LANES; i++)
		max = lane[i] > max ? lane[i] : max;
	return max;
}

/* Two inputs need three sums: with d = a - b and m = (a + b) / 2, e_0 = d / 2 = -e_1. */
struct pair_sums {
	double dd[LANES], dm[LANES], mm[LANES], max[LANES];
};

#define PAIR_BODY(type)                                                                            \
	for (size_t i = 0; i < whole; i += LANES) {                                                \
		for (int l = 0; l < LANES; l++) {                                                  \
			double x = (double)a[i + l], y = (double)b[i + l];                         \
			double d = x - y, m = (x + y) * .5, size = fabs(d);                        \
                                                                                                   \
			dd[l] += d * d;                                                            \
			dm[l] += d * m;                                                            \
			mm[l] += m * m;                                                            \
			max[l] = size > max[l] ? size : max[l];                                    \
		}                                                                                  \
	}                                                                                          \
	memcpy(sums->dd, dd, sizeof(dd));                                                          \
	memcpy(sums->dm, dm, sizeof(dm));                                                          \
	memcpy(sums->mm, mm, sizeof(mm));                                                          \
	memcpy(sums->max, max, sizeof(max))

CLONES static void
pair_float(struct pair_sums *sums, const float *restrict a, const float *restrict b, size_t whole)
{
	double dd[LANES] = {0}, dm[LANES] = {0}, mm[LANES] = {0}, max[LANES] = {0};

	PAIR_BODY(float);
}

CLONES static void
pair_double(struct pair_sums *sums, const double *restrict a, const double *restrict b, size_t whole)
{
	double dd[LANES] = {0}, dm[LANES] = {0}, mm[LANES] = {0}, max[LANES] = {0};

	PAIR_BODY(double);
}

static void
pair_store(struct sums *sums, const struct pair_sums *pair)
{
	double quarter = join(pair->dd) * .25, half = join(pair->dm) * .5;

	sums->e[0] = sums->e[3] = quarter;
	sums->e[1] = -quarter;
	sums->p[0] = half;
	sums->p[1] = -half;
	*sums->q = join(pair->mm);
	sums->max_abs[1] = join_max(pair->max);
}

CLONES static double
dot(const double *restrict a, const double *restrict b)
{
	double lane[LANES] = {0};

	for (int i = 0; i < STRIP; i += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] += a[i + l] * b[i + l];
	return join(lane);
}

CLONES static double
max_difference(const double *restrict a, const double *restrict b)
{
	double lane[LANES] = {0};

	for (int i = 0; i < STRIP; i += LANES) {
		for (int l = 0; l < LANES; l++) {
			double size = fabs(a[i + l] - b[i + l]);

			lane[l] = size > lane[l] ? size : lane[l];
		}
	}
	return join_max(lane);
}

/* Mean over the inputs into m, and the inputs less the mean into e. */
CLONES static void
centre(uint32_t n, const double *restrict t, double *restrict e, double *restrict m)
{
	double inverse = 1 / (double)n;

	memset(m, 0, STRIP * sizeof(double));
	for (uint32_t k = 0; k < n; k++)
		for (int i = 0; i < STRIP; i++)
			m[i] += t[(size_t)k * STRIP + i];
	for (int i = 0; i < STRIP; i++)
		m[i] *= inverse;
	for (uint32_t k = 0; k < n; k++)
		for (int i = 0; i < STRIP; i++)
			e[(size_t)k * STRIP + i] = t[(size_t)k * STRIP + i] - m[i];
}

/* One strip of n inputs, padded with zeros, which add nothing to any sum. */
static void
strip_sums(struct sums *sums, const double *t, double *e, double *m)
{
	uint32_t n = sums->n;

	centre(n, t, e, m);
	*sums->q += dot(m, m);
	for (uint32_t i = 0; i < n; i++) {
		const double *ei = e + (size_t)i * STRIP, *ti = t + (size_t)i * STRIP;

		sums->p[i] += dot(ei, m);
		for (uint32_t j = i; j < n; j++)
			sums->e[i * n + j] += dot(ei, e + (size_t)j * STRIP);
		for (uint32_t j = i + 1; j < n; j++) {
			double max = max_difference(ti, t + (size_t)j * STRIP);

			if (max > sums->max_abs[i * n + j])
				sums->max_abs[i * n + j] = max;
		}
	}
}

size_t
kernel_scratch(uint32_t n)
{
	return (2 * (size_t)n + 1) * STRIP;
}

/* The inputs of a block: n times count elements. */
struct input {
	uint32_t n;
	bool single; /* float32, else float64 */
	const void *const *data;
	size_t count;
};

CLONES static void
widen_float(double *restrict to, const float *restrict from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = (double)from[i];
}

/* Elements from `at` on as doubles, a strip for each input, zeros behind the last. Returns how
 * many there are. */
static size_t
load_strip(const struct input *in, size_t at, double *strips)
{
	size_t left = in->count - at < STRIP ? in->count - at : STRIP;

	for (uint32_t k = 0; k < in->n; k++) {
		double *to = strips + (size_t)k * STRIP;

		if (in->single)
			widen_float(to, (const float *)in->data[k] + at, left);
		else
			memcpy(to, (const double *)in->data[k] + at, left * sizeof(double));
		memset(to + left, 0, (STRIP - left) * sizeof(double));
	}
	return left;
}

/* Counts what is not finite in a strip and takes those elements out of every input. */
static void
mask_strip(struct sums *sums, double *t)
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
strips(struct sums *sums, const struct input *in, double *scratch, bool masked)
{
	double *e = scratch + (size_t)in->n * STRIP, *m = e + (size_t)in->n * STRIP;

	for (size_t at = 0; at < in->count; at += STRIP) {
		load_strip(in, at, scratch);
		if (masked)
			mask_strip(sums, scratch);
		strip_sums(sums, scratch, e, m);
	}
}

static void
pair(struct sums *sums, const struct input *in)
{
	struct pair_sums body, rest;
	double tail[2][LANES] = {{0}};
	size_t whole = in->count / LANES * LANES;

	for (int k = 0; k < 2; k++) {
		if (in->single) {
			widen_float(tail[k], (const float *)in->data[k] + whole, in->count - whole);
			continue;
		}
		memcpy(tail[k], (const double *)in->data[k] + whole,
				(in->count - whole) * sizeof(double));
	}
	if (in->single)
		pair_float(&body, in->data[0], in->data[1], whole);
	else
		pair_double(&body, in->data[0], in->data[1], whole);
	pair_double(&rest, tail[0], tail[1], LANES);
	for (int l = 0; l < LANES; l++) {
		body.dd[l] += rest.dd[l];
		body.dm[l] += rest.dm[l];
		body.mm[l] += rest.mm[l];
		body.max[l] = rest.max[l] > body.max[l] ? rest.max[l] : body.max[l];
	}
	pair_store(sums, &body);
}

static bool
is_finite(const struct sums *sums)
{
	double all = *sums->q;

	for (uint32_t k = 0; k < sums->n; k++)
		all += sums->p[k] + sums->e[k * sums->n + k];
	return isfinite(all);
}

/* The finite elements of x; m2 needs the mean, hence two loops. */
static void
sample(struct moments *out, const double *x, size_t count)
{
	double sum = 0;

	*out = (struct moments){.min = INFINITY, .max = -INFINITY};
	for (size_t i = 0; i < count; i++) {
		if (!isfinite(x[i])) {
			out->nan += isnan(x[i]) != 0;
			out->inf += isinf(x[i]) != 0;
			continue;
		}
		sum += x[i];
		out->n++;
		out->zeros += x[i] == 0;
		out->min = x[i] < out->min ? x[i] : out->min;
		out->max = x[i] > out->max ? x[i] : out->max;
	}
	out->mean = out->n > 0 ? sum / out->n : 0;
	for (size_t i = 0; i < count; i++)
		if (isfinite(x[i]))
			out->m2 += (x[i] - out->mean) * (x[i] - out->mean);
}

static void
moments(struct sums *sums, const struct input *in, double *scratch)
{
	for (size_t at = 0; at < in->count; at += STRIP) {
		size_t count = load_strip(in, at, scratch);

		for (uint32_t k = 0; k < in->n; k++) {
			struct moments one;

			sample(&one, scratch + (size_t)k * STRIP, count);
			moments_fold(&sums->moments[k], &one);
		}
	}
}

void
kernel_block(struct sums *sums, enum ladle_dtype dtype, const void *const *data, size_t count,
		double *scratch)
{
	const struct input in = {sums->n, dtype == LADLE_FLOAT32, data, count};

	assert(dtype == LADLE_FLOAT32 || dtype == LADLE_FLOAT64);
	sums_clear(sums);
	if (in.n == 2)
		pair(sums, &in);
	else
		strips(sums, &in, scratch, false);
	if (!is_finite(sums)) { /* something is NaN or infinite: once more, with care */
		sums_clear(sums);
		strips(sums, &in, scratch, true);
	}
	if (sums->moments)
		moments(sums, &in, scratch);
}
