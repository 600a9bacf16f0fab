/* Weight matching of the columns that are no exact copies: starts, objectives, the null baseline,
 * and many columns at once. */
#ifndef ALIGN_WEIGHTS_H
#define ALIGN_WEIGHTS_H

#include "align/alignment.h"
#include "align/descent.h"

struct weights {
	struct alignment *all;
	const struct ladle_table *stored; /* the table as it was given */
	const struct ladle_match_options *options;
	struct ladle_job *job;
	struct nest nest;
	struct blas *blas;
	struct arena arena;
	int threads, restarts;
	uint64_t memory;
	float *tiles;
	double *weight;      /* [rows] of the objective that is maximised now */
	bool *free;          /* [groups] that are matched now */
	struct dots *dots;   /* [rows] */
	double **duals;      /* [K * groups] of descents */
	size_t units;        /* of all groups */
	uint32_t group_count, row_count;
};

/* Sets the orders of all groups of the wanted columns that are not solved, and what the matches
 * say but for what follows from orders. */
enum ladle_status weights_match(struct alignment *, struct ladle *,
		const struct ladle_table *stored, const struct ladle_match_options *,
		struct ladle_job *, struct ladle_error *);

/* ---- for together.c ---- */

/* A descent of one column towards the mean of others. */
struct descent weights_descent(struct weights *, uint32_t column, const uint32_t *others,
		uint32_t count, uint64_t seed);
/* Orders of a column's groups, one after another. */
void weights_keep(const struct weights *, uint32_t column, uint32_t *orders);
enum ladle_status weights_restore(
		struct weights *, uint32_t column, const uint32_t *orders, struct ladle_error *);
/* Is the row matched in this column, or moved alone? Where its shape is another than the row's,
 * only the units of the axes that fit are moved. */
bool weights_is_matched(const struct ladle_table *, uint32_t row, uint32_t column);
/* What a row of this <A, B> and |A| |B| weighs where sum log cos is maximised. */
double weights_of_logarithm(double ab, double norms);
/* Of the wanted columns and the reference, those that can be matched so. */
bool together_takes(const struct weights *, uint32_t column);
enum ladle_status together_match(struct weights *, struct ladle_error *);

#endif
