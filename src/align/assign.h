/* Dense linear assignment: the one-to-one pairing of n rows with n columns whose costs sum to the
 * least, or to the most.
 *
 * The method is Jonker and Volgenant's (Computing 38, 1987): column reduction, augmenting row
 * reduction, shortest augmenting paths over float costs and double duals. Where rows contend for
 * the same columns, as with costs of low rank, an auction with falling increments (Bertsekas) finds
 * better duals first, and costs of rank one begin with the duals that sorting gives. Neither is
 * more than a start: what comes out is the optimum of the costs as given. */
#ifndef ALIGN_ASSIGN_H
#define ALIGN_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ladle.h>

/* Scratch for problems of one size, used again and again; one thread at a time. */
struct assign;

struct assign_how {
	bool maximise;
	/* Costs within this part of their size are equal where the identity is preferred: 0 for
	 * exact costs, about 1e-6 for products that BLAS rounded. */
	double tie;
	/* [n] assign_duals of a problem that was much like this one, column by column; it costs
	 * time alone if it was not. NULL: none. */
	const double *duals;
};

/* What the duals of a solution say of it: both are 0 but for rounding and what a tie let pass. */
struct assign_proof {
	double slack;   /* the least c_ij - u_i - v_j; negative where the duals are violated */
	double gap;     /* cost over the bound that the duals give for any assignment */
	double largest; /* max |c_ij|, what the others are to be compared with */
};

/* Bytes of scratch for n; beside it stand the costs, 4 n^2. */
size_t assign_memory(uint32_t n);
enum ladle_status assign_new(struct assign **out, uint32_t n, struct ladle_error *);
void assign_free(struct assign *);

/* column_of[row] for the n x n costs, row by row without a gap. Equal inputs give equal results
 * everywhere. Among assignments of equal cost, rows prefer the column of their own number where
 * that takes an exchange with one other row or within one cycle, so that costs for which the
 * identity is best give the identity; then columns of lower number are tried first.
 *
 * LADLE_E_VALUE: a cost is NaN or infinite; LADLE_E_CANCELED: by `job` (may be NULL), which is not
 * advanced. column_of is untouched then. */
enum ladle_status assign_solve(struct assign *, const float *costs, const struct assign_how *,
		uint32_t *column_of, struct ladle_job *job, struct ladle_error *);

/* The columns' duals of the last solution, [n]; they stay until the next. */
const double *assign_duals(const struct assign *);
/* sum costs[row][column_of[row]] */
double assign_value(const float *costs, uint32_t n, const uint32_t *column_of);
/* Of the last solution, in n^2 steps; the costs must still be there. */
struct assign_proof assign_prove(const struct assign *);

#endif
