/* The bodies of the loops. The file that includes this one defines WIDTH, the doubles of a
 * register; LOOP, the attributes of a function; LOOPS, the function that gives the table.
 * Vectors of a width that the processor has are what GCC and Clang keep in registers; of arrays
 * they may make memory. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "measure/kernel_loops.h"

typedef double wide __attribute__((vector_size(WIDTH * sizeof(double))));
typedef int64_t wide_bits __attribute__((vector_size(WIDTH * sizeof(int64_t))));
typedef float narrow __attribute__((vector_size(WIDTH * sizeof(float))));

enum { PARTS = LANES / WIDTH };

#define INLINE static inline __attribute__((always_inline)) LOOP

INLINE wide
load_double(const double *from)
{
	wide out;

	memcpy(&out, from, sizeof(out));
	return out;
}

INLINE wide
load_float(const float *from)
{
	narrow out;

	memcpy(&out, from, sizeof(out));
	return __builtin_convertvector(out, wide);
}

INLINE wide
select(wide_bits mask, wide yes, wide no)
{
	return (wide)(((wide_bits)yes & mask) | ((wide_bits)no & ~mask));
}

/* max, or the size of x where that is larger; NaN never is. */
INLINE wide
larger(wide max, wide x)
{
	wide size = (wide)((wide_bits)x & INT64_MAX);

	return select(size > max, size, max);
}

INLINE double
join(const wide part[PARTS])
{
	double lane[LANES];

	memcpy(lane, part, sizeof(lane));
	return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
	       ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

INLINE double
join_max(const wide part[PARTS])
{
	double lane[LANES], max;

	memcpy(lane, part, sizeof(lane));
	max = lane[0];
	for (int i = 1; i < LANES; i++)
		max = lane[i] > max ? lane[i] : max;
	return max;
}

/* `single` is a constant where this is inlined. */
INLINE void
pair(struct pair_sums *sums, bool single, const void *a, const void *b, size_t count)
{
	wide xx[PARTS] = {{0}}, yy[PARTS] = {{0}}, dd[PARTS] = {{0}}, max[PARTS] = {{0}};

	for (size_t i = 0; i < count; i += LANES) {
		for (int l = 0; l < PARTS; l++) {
			size_t at = i + (size_t)l * WIDTH;
			wide x = single ? load_float((const float *)a + at)
					: load_double((const double *)a + at);
			wide y = single ? load_float((const float *)b + at)
					: load_double((const double *)b + at);
			wide d = x - y;

			xx[l] += x * x;
			yy[l] += y * y;
			dd[l] += d * d;
			max[l] = larger(max[l], d);
		}
	}
	*sums = (struct pair_sums){join(xx), join(yy), join(dd), join_max(max)};
}

LOOP static void
pair_float(struct pair_sums *sums, const float *a, const float *b, size_t count)
{
	pair(sums, true, a, b, count);
}

LOOP static void
pair_double(struct pair_sums *sums, const double *a, const double *b, size_t count)
{
	pair(sums, false, a, b, count);
}

LOOP static double
square(const double *x, size_t count)
{
	wide sum[PARTS] = {{0}};

	for (size_t i = 0; i < count; i += LANES) {
		for (int l = 0; l < PARTS; l++) {
			wide one = load_double(x + i + l * WIDTH);

			sum[l] += one * one;
		}
	}
	return join(sum);
}

LOOP static double
distance(const double *a, const double *b, size_t count, double *max)
{
	wide sum[PARTS] = {{0}}, top[PARTS] = {{0}};
	double most;

	for (size_t i = 0; i < count; i += LANES) {
		for (int l = 0; l < PARTS; l++) {
			wide d = load_double(a + i + l * WIDTH) - load_double(b + i + l * WIDTH);

			sum[l] += d * d;
			top[l] = larger(top[l], d);
		}
	}
	most = join_max(top);
	*max = most > *max ? most : *max;
	return join(sum);
}

LOOP static void
widen(double *to, const float *from, size_t count)
{
	for (size_t i = 0; i < count; i += WIDTH) {
		wide one = load_float(from + i);

		memcpy(to + i, &one, sizeof(one));
	}
}

LOOP static void
range(struct moments *out, const double *x, size_t count)
{
	wide sum[PARTS] = {{0}}, zeros[PARTS] = {{0}}, min[PARTS], max[PARTS], least[PARTS];

	for (int l = 0; l < PARTS; l++)
		min[l] = max[l] = load_double(x + l * WIDTH);
	for (size_t i = 0; i < count; i += LANES) {
		for (int l = 0; l < PARTS; l++) {
			wide one = load_double(x + i + l * WIDTH);

			sum[l] += one;
			zeros[l] -= __builtin_convertvector(one == 0, wide); /* true is -1 */
			min[l] = select(one < min[l], one, min[l]);
			max[l] = select(one > max[l], one, max[l]);
		}
	}
	for (int l = 0; l < PARTS; l++)
		least[l] = -min[l];
	out->n = (double)count;
	out->mean = join(sum) / out->n;
	out->zeros = join(zeros);
	out->min = -join_max(least);
	out->max = join_max(max);
}

LOOP static double
spread(const double *x, size_t count, double mean)
{
	wide sum[PARTS] = {{0}};

	for (size_t i = 0; i < count; i += LANES) {
		for (int l = 0; l < PARTS; l++) {
			wide d = load_double(x + i + l * WIDTH) - mean;

			sum[l] += d * d;
		}
	}
	return join(sum);
}

static const struct kernel_loops loops = {
		.pair_float = pair_float,
		.pair_double = pair_double,
		.square = square,
		.distance = distance,
		.widen = widen,
		.range = range,
		.spread = spread,
};

const struct kernel_loops *
LOOPS(void)
{
	return &loops;
}
