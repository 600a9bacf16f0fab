/* Axes as lists of segments, and the groups that they share: which units move together is found by
 * uniting axes, and what is not free by freezing them. */
#ifndef ALIGN_AXES_H
#define ALIGN_AXES_H

#include <ladle.h>

#include "base/arena.h"

#define EXTENT_UNKNOWN UINT64_MAX

/* A run of indices along an axis: fixed, or units of a group: unit c stands at
 * (i * size + c) * inner + j, for i < outer and j < inner. */
struct segment {
	uint32_t group;        /* LADLE_NONE: fixed */
	uint64_t size;         /* units, or the extent where fixed */
	uint64_t outer, inner; /* 1 where fixed */
};

/* A value: groups that were united, split or frozen since are seen through axes_resolve. */
struct axis {
	const struct segment *list;
	uint32_t count;
};

/* Why something is fixed; what the numbers mean is the caller's, 0 is the ordinary reason. */
struct axes_reason {
	uint32_t kind, at;
};

struct axes_group {
	uint64_t size;
	uint32_t parent;       /* itself: a root */
	uint32_t left, right;  /* what it was split into, or LADLE_NONE */
	uint32_t block;        /* what it is made of, `outer` and `inner` times, or LADLE_NONE */
	uint64_t outer, inner; /* of the block */
	uint32_t depth;        /* of splits */
	bool fixed;
	struct axes_reason why;
};

struct axes {
	struct arena *arena;
	struct axes_group *groups;
	uint32_t count, room;
	uint64_t segments;         /* made so far */
	struct axes_reason reason; /* of whatever is frozen from now on */
	bool failed;               /* no memory; what comes out then is fixed */
};

enum {
	AXES_MAX_SEGMENTS = 1 << 16, /* of one axis; a longer one is frozen */
	AXES_MAX_DEPTH = 256         /* of splits; deeper, a group is frozen */
};
#define AXES_MAX_TOTAL ((uint64_t)1 << 22) /* segments in all; beyond, everything new is frozen */

void axes_init(struct axes *, struct arena *);

/* Product and sum of extents; unknown where one is, or where it overflows. */
uint64_t extent_times(uint64_t, uint64_t);
uint64_t extent_plus(uint64_t, uint64_t);

struct axis axes_fixed(struct axes *, uint64_t extent);
/* A new group of this many units. */
struct axis axes_fresh(struct axes *, uint64_t units);
/* The axis in groups that stand today, each a root that is free. */
struct axis axes_resolve(struct axes *, struct axis);
uint64_t axes_extent(struct axis);
/* Has it a free unit? */
bool axes_free(struct axes *, struct axis);
/* The first reason, other than the ordinary one, why something of it is fixed. */
struct axes_reason axes_why(const struct axes *, struct axis);
void axes_freeze(struct axes *, struct axis);
/* From now on both move alike. False where they differ in length; both are frozen then. */
bool axes_unite(struct axes *, struct axis, struct axis);
/* Repeats the whole axis `outer` times, each index `inner` times. */
struct axis axes_scale(struct axes *, struct axis, uint64_t outer, uint64_t inner);
struct axis axes_join(struct axes *, const struct axis *, uint32_t count);
/* Indices from `first`, `length` of them; what stands across a border is split there. */
struct axis axes_part(struct axes *, struct axis, uint64_t first, uint64_t length);
/* Cuts one axis into `count` ones of these extents, row-major; what can be free in one of them
 * alone stays so, all else is frozen. */
void axes_fold(struct axes *, struct axis, const uint64_t *extents, int count, struct axis *out);

#endif
