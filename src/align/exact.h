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
 * of a group is set though it is not solved: matching begins there. Groups that nothing is known of
 * keep their order; units that nothing tells apart keep their place where they can. Reads each
 * tensor of a group at most twice in each column and for each column in the reference, and those
 * beside units that are alike, or within heads of attention, some times more. Memory: for each
 * thread 16 bytes for each index of each axis, in kernels of grouped convolutions for each pair of
 * an input and a filter. */
enum ladle_status exact_match(const struct exact *, struct aligned *, bool *solved, bool *scaled,
		struct ladle_error *);

#endif
