/* Exact copies: units whose tensors are those of the reference bit for bit, in another order. */
#ifndef ALIGN_EXACT_H
#define ALIGN_EXACT_H

#include "align/aligned.h"

struct exact {
	struct ladle *library;
	uint32_t reference;
	const bool *wanted; /* [K] columns to look at, the reference not among them */
	struct ladle_job *job;
};

/* Sets the orders in `aligned` of every group whose units correspond one to one by signatures, and
 * solved[k * groups + g] where afterwards every tensor of its uses is the reference's, bit for bit.
 * Tensors that hold other numbers than the reference's take no part, so that what the others tell
 * of a group is set though it is not solved: matching begins there. Wanted columns begin as
 * stored; groups that nothing is known of stay so, and units that nothing tells apart keep their
 * place where they can. Where units were rescaled (ladle_group.gauge), orders and scales are found
 * by directions, and solved means the reference's to rounding: 1e-5 of a tensor's norm. An exact
 * copy is read once, to compare its bits; others some times, for each column with the reference.
 * Memory: for each thread 16 bytes for each index of each axis, in kernels of grouped convolutions
 * for each pair of an input and a filter, and 4 MiB. */
enum ladle_status exact_match(
		const struct exact *, struct aligned *, bool *solved, struct ladle_error *);

#endif
