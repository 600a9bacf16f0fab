/* A tensor read in another order than it is stored in: axes exchanged or reversed, and several
 * datasets side by side on the last axis (the gates of Keras 1). Pure functions. */
#ifndef KERAS_TENSOR_VIEW_H
#define KERAS_TENSOR_VIEW_H

#include <ladle.h>

#include "file/limits.h"

struct view_part {
	uint32_t dataset;
	int64_t origin;                 /* the dataset's element at the part's first place */
	int64_t stride[LADLE_MAX_RANK]; /* elements, for each axis of the view */
	uint64_t width;                 /* extent along the last axis */
};

struct reorder;

struct ladle_view {
	int rank; /* at least 1 */
	const uint64_t *shape;
	const struct view_part *parts; /* their widths make the last extent */
	uint32_t part_count;
	const struct reorder *reorder; /* another tensor in another order, and nothing else; NULL */
};

/* Where the values of datasets come from. */
struct view_source {
	enum ladle_status (*read)(void *arg, uint32_t dataset, uint64_t first, uint64_t count,
			void *dst, struct ladle_error *);
	void *arg;
	size_t size; /* bytes of an element */
};

/* A dataset of `shape`, whose axis axes[a] is the view's axis a, reversed where flip[a] (NULL:
 * none). An axis that is not named must have the extent 1. */
struct view_part view_turned(uint32_t dataset, const uint64_t *shape, int rank, const int *axes,
		const bool *flip, int view_rank);

/* Elements first..first+count of the view. Memory is bounded by VIEW_MAX_TURNED, and where parts
 * keep the order of their axes by 256 KB. Thread-safe. */
enum ladle_status view_read(const struct ladle_view *, const struct view_source *, uint64_t first,
		uint64_t count, void *dst, struct ladle_error *);

#endif
