/* Proof that an output is on the disk and holds what was meant, before it gets its name. */
#ifndef WRITE_PROOF_H
#define WRITE_PROOF_H

#include "write/fill.h"

struct proof {
	struct ladle *library;
	const struct fill *fill;
	struct ladle_job *job;
	uint64_t bytes;  /* of the whole file */
	char sha256[65]; /* of it, in hex: the result */
};

/* Makes the bytes durable, opens the file again as any input is opened, compares tree,
 * attributes and values with what was meant and written, and takes the digest: side by side.
 * E_OUTPUT names the first thing that differs. */
enum ladle_status proof_make(struct proof *, struct ladle_error *);

#endif
