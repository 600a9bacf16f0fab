/* The values of an output, written at the places that were laid out. */
#ifndef WRITE_FILL_H
#define WRITE_FILL_H

#include "measure/pass.h"
#include "write/publish.h"
#include "write/tree.h"

struct fill {
	const struct ladle_table *table;
	const struct ladle_mix *mix;
	const struct publication *to; /* NULL: only look whether the values may be averaged */
	const struct tree *tree;
	const struct catalog *made;   /* the tree with extents */
	uint64_t base;		      /* of the HDF5 part in the output */
	const struct plan *plan;
	uint32_t *object;	      /* [row] object that its blend fills, LADLE_NONE: not blended */
	uint64_t *hashes;	      /* [plan piece] of what was written, little-endian */
	uint64_t *copied;	      /* [object] hash of what was copied from the template */
	struct fill_lane *lanes;      /* [threads] */
	int lane_count;
};

/* Which object of the tree each row fills. */
enum ladle_status fill_init(struct fill *, int threads, struct ladle_error *);
void fill_done(struct fill *);
/* A sink of pass_run with arg a struct fill: blends the block, refuses NaN, infinity and overflow by
 * file, tensor and element, and writes. */
enum ladle_status fill_block(const struct block *, int worker, void *arg, struct ladle_error *);
/* Datasets that no blend fills: the template's, bit for bit. */
enum ladle_status fill_rest(const struct fill *, struct ladle_error *);
/* Does the column take part in the row? For pass.needs, with arg a struct fill. */
bool fill_needs(uint32_t row, uint32_t column, void *arg);
/* Reads everything back and compares; E_OUTPUT names the first that differs. */
enum ladle_status fill_verify(const struct fill *, int threads, struct ladle_error *);

#endif
