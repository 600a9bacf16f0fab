/* The values of an output, written at the places that were laid out. */
#ifndef WRITE_FILL_H
#define WRITE_FILL_H

#include "measure/pass.h"
#include "write/publish.h"
#include "write/tree.h"

/* What one thread needs for itself. */
struct fill_lane {
	double *w, *scratch;
	unsigned char *out; /* FILL_BYTES */
};

enum { FILL_BYTES = PLAN_BLOCK * 8 };

struct fill {
	const struct ladle_table *table;
	const struct ladle_mix *mix;
	const struct ladle_repair *repair; /* or NULL */
	const struct tree *tree;
	const struct publication *to; /* NULL: only look whether the values may be averaged */
	const struct catalog *made;   /* the tree with extents; needed from the first write on */
	uint64_t base;                /* of the HDF5 part in the output */
	const struct plan *plan;
	uint32_t *object;           /* [row] object that its blend fills, LADLE_NONE: not blended */
	uint32_t reordered;         /* rows among them that are copied, in another order */
	uint32_t *twin;             /* [object] next one with the same values, or LADLE_NONE */
	uint32_t *corrected;        /* [row] its correction, LADLE_NONE: none; NULL: no repair */
	unsigned char *takes;       /* [row x column] does the column take part in the row? */
	uint32_t *rest, rest_count; /* objects that are copied from the template */
	uint64_t *hashes;           /* [plan piece] of what was written, little-endian */
	uint64_t *copied;           /* [rest] hash of what was copied */
	struct fill_lane *lanes;    /* [lane_count] */
	int lane_count;             /* threads */
};

/* Which object of the tree each row fills, and which are copied. Table, mix and tree are set. */
enum ladle_status fill_init(struct fill *, int threads, struct ladle_error *);
void fill_done(struct fill *);
/* Does the tensor's dataset hold its units in another order? */
bool fill_is_reordered(const struct ladle_tensor *);
/* Room for the hashes of the pieces of fill->plan. */
enum ladle_status fill_expect(struct fill *, struct ladle_error *);

/* For plan_make and pass.needs, with arg a struct fill. */
bool fill_wants(uint32_t row, void *arg);
bool fill_needs(uint32_t row, uint32_t column, void *arg);
/* A sink of pass_run with arg a struct fill: blends the block, refuses NaN, infinity and
 * overflow by file, tensor and element, and writes. */
enum ladle_status fill_block(const struct block *, int worker, void *arg, struct ladle_error *);
/* Datasets that no blend fills: the template's, bit for bit. */
enum ladle_status fill_rest(const struct fill *, struct ladle_job *, struct ladle_error *);

/* Where an element of an object lies in the output. */
uint64_t fill_place(const struct fill *, uint32_t object, uint64_t first);
/* Runs each(fill, index, lane, err) for the copied objects with all threads; index is into `rest`.
 * The error is that of one that failed. */
enum ladle_status fill_each_rest(const struct fill *, struct ladle_job *,
		enum ladle_status (*each)(const struct fill *, uint32_t index, struct fill_lane *,
				struct ladle_error *),
		struct ladle_error *);

#endif
