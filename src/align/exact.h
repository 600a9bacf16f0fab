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

/* Sets the orders (and scales) in `aligned` of every group whose units correspond one to one by
 * signatures, and solved[k * groups + g] where afterwards every tensor of its uses is the
 * reference's, bit for bit (with scales: to rounding, and scaled[..] too). Groups that are not
 * solved keep the order that they had, which is where matching begins; interchangeable units keep
 * their place where they can. Reads each tensor of each column twice. */
enum ladle_status exact_match(const struct exact *, struct aligned *, bool *solved, bool *scaled,
		struct ladle_error *);

#endif
