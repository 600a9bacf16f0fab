/* A tensor whose indices are taken in another order along its axes, and rescaled: what a permuted
 * copy of a model stores, read as its original stores it. Pure functions. */
#ifndef KERAS_REORDER_H
#define KERAS_REORDER_H

#include <ladle.h>

/* Index x of the axis is index order[x] of what is read; with `where`, order[w * extent + x], w the
 * index (as it comes out) along that other axis, which has no `where` itself. */
struct reorder_axis {
	const uint32_t *order; /* [extent], or [extent of where * extent]; NULL: as it stands */
	int where;             /* -1: none */
	const double *scale;   /* [extent] factors of what comes out, by x; NULL: 1. None where an
				* axis before the last depends on the last */
};

struct reorder {
	const struct ladle_tensor *from; /* rank at least 1, and the extents of what comes out */
	const struct reorder_axis *axes; /* [rank] */
};

/* Where values come from. */
struct reorder_source {
	enum ladle_status (*read)(void *arg, const struct ladle_tensor *, uint64_t first,
			uint64_t count, void *dst, struct ladle_error *);
	void *arg;
};

/* Elements first..first+count in the order that comes out, in the dtype of `from`. Reads runs, or
 * all that lies between where that is cheaper; memory is bounded by REORDER_MAX_SPAN and the bytes
 * of one line along the last axis, or VIEW_MAX_TURNED. Thread-safe. */
enum ladle_status reorder_read(const struct reorder *, const struct reorder_source *,
		uint64_t first, uint64_t count, void *dst, struct ladle_error *);

#endif
