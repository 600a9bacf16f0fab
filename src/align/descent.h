/* Weight matching of one column with the mean of others: coordinate descent over groups, each a
 * linear assignment of its costs (Ainsworth, Hayase and Srinivasa, Git Re-Basin, ICLR 2023,
 * algorithm 1). */
#ifndef ALIGN_DESCENT_H
#define ALIGN_DESCENT_H

#include "align/cost.h"
#include "align/nest.h"

struct descent {
	struct cost cost; /* its `b` is one column */
	struct aligned *aligned;
	const struct nest *nest;
	uint32_t column;
	const bool *free; /* [groups] that may be moved */
	uint64_t seed;    /* of the order of the sweeps; 0: that of the groups */
	uint64_t memory;  /* bytes that costs may take; the most that they took is in `taken` */
	uint64_t taken;
	struct ladle_job *job;
	/* [groups] of the last assignment of each, NULL: none; the caller's to free, and to drop
	 * when units were moved otherwise. */
	double **duals;
	int most_sweeps; /* 0: DESCENT_SWEEPS */
	int sweeps;      /* done */
};

enum { DESCENT_SWEEPS = 100 };

/* Moves units from where they stand until no group can be bettered alone. */
enum ladle_status descent_run(struct descent *, struct ladle_error *);

/* ---- one group at a time: *moved tells whether it was bettered ---- */

/* Bytes that its costs take. */
uint64_t linear_memory(uint32_t units);
enum ladle_status linear_improve(
		struct descent *, uint32_t group, bool *moved, struct ladle_error *);

/* Groups on two axes of one tensor (recurrent kernels): the objective is quadratic, maximised by
 * Frank and Wolfe's method over doubly stochastic matrices, with the exact step, then rounded. */
bool quadratic_is(const struct descent *, uint32_t group);
uint64_t quadratic_memory(const struct descent *, uint32_t group);
enum ladle_status quadratic_improve(
		struct descent *, uint32_t group, bool *moved, struct ladle_error *);

/* Heads of attention with what is in them: each pair of heads is worth what its inner groups reach
 * when they are matched best. */
bool heads_are(const struct descent *, uint32_t group);
uint64_t heads_memory(const struct descent *, uint32_t group);
enum ladle_status heads_improve(
		struct descent *, uint32_t group, bool *moved, struct ladle_error *);

/* Costs that differ by less than this part of their size are equal: what products round. */
#define DESCENT_TIE 1e-6
#define DESCENT_GAIN 1e-9 /* by which part an objective must grow */

#endif
