/* The inner loops of assignment, once for each kind of processor; both give the same bits. All run
 * over one block of BLOCK columns; `sign` is 1 to minimise and -1 to maximise. */
#ifndef ALIGN_ASSIGN_LOOPS_H
#define ALIGN_ASSIGN_LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCK = 64 };

/* What a search knows of a column. */
struct reach {
	double *distance; /* NaN: settled, never changed again */
	int64_t *from;    /* the row by which it is reached */
};

struct assign_loops {
	/* out[j] = sign c[j] - v[j]; returns the least. */
	double (*reduce)(double *out, const float *c, double sign, const double *v);
	/* Lowers distances to sign c[j] - v[j] + shift where that is less; returns the least. */
	double (*relax)(struct reach, int64_t row, const float *c, double sign, const double *v,
			double shift);
	/* low[j] = min(low[j], c[j]), high likewise; returns whether all c[j] are finite. */
	bool (*extend)(float *low, float *high, const float *c);
};

const struct assign_loops *assign_loops_plain(void);

#if defined(__x86_64__)
#define HAVE_ASSIGN_AVX2
const struct assign_loops *assign_loops_avx2(void);
#endif

#endif
