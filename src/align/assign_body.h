/* The bodies of the loops. The file that includes this one defines WIDTH, the doubles of a
 * register; LOOP, the attributes of a function; LOOPS, the function that gives the table. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "align/assign_loops.h"

typedef double wide __attribute__((vector_size(WIDTH * sizeof(double))));
typedef int64_t wide_bits __attribute__((vector_size(WIDTH * sizeof(int64_t))));
typedef float narrow __attribute__((vector_size(WIDTH * sizeof(float))));
typedef int32_t narrow_bits __attribute__((vector_size(WIDTH * sizeof(int32_t))));

#define INLINE static inline __attribute__((always_inline)) LOOP

INLINE wide
load_double(const double *from)
{
	wide out;

	memcpy(&out, from, sizeof(out));
	return out;
}

INLINE narrow
load_float(const float *from)
{
	narrow out;

	memcpy(&out, from, sizeof(out));
	return out;
}

INLINE wide
select(wide_bits mask, wide yes, wide no)
{
	return (wide)(((wide_bits)yes & mask) | ((wide_bits)no & ~mask));
}

INLINE narrow
select_float(narrow_bits mask, narrow yes, narrow no)
{
	return (narrow)(((narrow_bits)yes & mask) | ((narrow_bits)no & ~mask));
}

/* The least of two halves of a block; NaN is none. */
INLINE double
least_of(wide a, wide b)
{
	double lane[WIDTH], least;

	a = select(b < a, b, a);
	memcpy(lane, &a, sizeof(lane));
	least = lane[0];
	for (int i = 1; i < WIDTH; i++)
		least = lane[i] < least ? lane[i] : least;
	return least;
}

INLINE wide
reduced(const float *c, double sign, const double *v)
{
	return sign * __builtin_convertvector(load_float(c), wide) - load_double(v);
}

LOOP static double
reduce(double *out, const float *c, double sign, const double *v)
{
	wide least[2] = {reduced(c, sign, v), reduced(c + WIDTH, sign, v + WIDTH)};

	for (int j = 0; j < BLOCK; j += 2 * WIDTH) {
		for (int h = 0; h < 2; h++) {
			int at = j + h * WIDTH;
			wide x = reduced(c + at, sign, v + at);

			memcpy(out + at, &x, sizeof(x));
			least[h] = select(x < least[h], x, least[h]);
		}
	}
	return least_of(least[0], least[1]);
}

/* Distances and where they are from, of WIDTH columns; returns the distances. */
INLINE wide
relax_some(struct reach reach, int at, wide_bits row, wide x)
{
	wide d = load_double(reach.distance + at);
	wide_bits from, less = x < d;

	memcpy(&from, reach.from + at, sizeof(from));
	d = select(less, x, d);
	from = (row & less) | (from & ~less);
	memcpy(reach.distance + at, &d, sizeof(d));
	memcpy(reach.from + at, &from, sizeof(from));
	return d;
}

LOOP static double
relax(struct reach reach, int64_t row, const float *c, double sign, const double *v, double shift)
{
	wide least[2];
	wide_bits rows = (wide_bits){0} + row;

	least[0] = least[1] = (wide){0} + (double)INFINITY;
	for (int j = 0; j < BLOCK; j += 2 * WIDTH) {
		for (int h = 0; h < 2; h++) {
			int at = j + h * WIDTH;
			wide d = relax_some(reach, at, rows, reduced(c + at, sign, v + at) + shift);

			least[h] = select(d < least[h], d, least[h]);
		}
	}
	return least_of(least[0], least[1]);
}

LOOP static bool
extend(float *low, float *high, const float *c)
{
	narrow_bits finite = (narrow_bits){0} - 1;
	int32_t lane[WIDTH], all = -1;

	for (int j = 0; j < BLOCK; j += WIDTH) {
		narrow x = load_float(c + j), l = load_float(low + j), h = load_float(high + j);

		finite &= (x <= FLT_MAX) & (x >= -FLT_MAX);
		l = select_float(x < l, x, l);
		h = select_float(x > h, x, h);
		memcpy(low + j, &l, sizeof(l));
		memcpy(high + j, &h, sizeof(h));
	}
	memcpy(lane, &finite, sizeof(lane));
	for (int i = 0; i < WIDTH; i++)
		all &= lane[i];
	return all != 0;
}

static const struct assign_loops loops = {
		.reduce = reduce,
		.relax = relax,
		.extend = extend,
};

const struct assign_loops *
LOOPS(void)
{
	return &loops;
}
