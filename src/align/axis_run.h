/* What the files that make axes share: a list of segments that grows, and changes of a group. */
#ifndef ALIGN_AXIS_RUN_H
#define ALIGN_AXIS_RUN_H

#include "align/axes.h"

struct run {
	struct axes *axes;
	struct segment *list;
	uint32_t count, room;
	bool full; /* too long, or no memory: what is in it is of no use */
};

uint64_t segment_extent(const struct segment *);
/* Joins what is fixed to what is fixed before it. */
void run_add(struct run *, struct segment);
/* The list; where it is full, `whole` is frozen and stands as one fixed segment. */
struct axis run_end(struct run *, struct axis whole, uint64_t extent);

/* These take a root that is neither split nor made of blocks. */
void axes_freeze_group(struct axes *, uint32_t group);
/* Into the units before `at` and those from it on; or frozen. */
void axes_split(struct axes *, uint32_t root, uint64_t at);
/* From now on `root` is `outer` times the units of `part`, each `inner` times; or frozen. */
void axes_make_blocks(struct axes *, uint32_t root, uint32_t part, uint64_t outer, uint64_t inner);

#endif
