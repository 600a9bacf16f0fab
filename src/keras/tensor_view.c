#include "keras/tensor_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { SLAB = 32 * 1024 }; /* elements that are gathered at a time */

struct view_part
view_turned(uint32_t dataset, const uint64_t *shape, int rank, const int *axes, const bool *flip,
		int view_rank)
{
	struct view_part part = {.dataset = dataset, .width = shape[axes[view_rank - 1]]};
	int64_t step[LADLE_MAX_RANK];

	for (int a = rank - 1; a >= 0; a--)
		step[a] = a == rank - 1 ? 1 : step[a + 1] * (int64_t)shape[a + 1];
	for (int a = 0; a < view_rank; a++) {
		bool back = flip != NULL && flip[a] && shape[axes[a]] > 0;

		part.stride[a] = back ? -step[axes[a]] : step[axes[a]];
		part.origin += back ? step[axes[a]] * (int64_t)(shape[axes[a]] - 1) : 0;
	}
	return part;
}

/* One slab of one part. A row is a line along the view's last axis. */
struct gather {
	const struct ladle_view *view;
	const struct view_part *part;
	uint64_t length;      /* of a row */
	uint64_t base;        /* where the part begins in a row */
	uint64_t first, last; /* elements of the view; `last` is not one of them */
};

/* What of a row the slab takes from the part: columns of the part. */
struct span {
	uint64_t from, to;
	int64_t start; /* the dataset's element at column 0 */
};

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct span
span_of(const struct gather *gather, uint64_t row)
{
	uint64_t begin = row * gather->length + gather->base, left = row;
	struct span span = {.start = gather->part->origin};

	span.from = larger(gather->first, begin) - begin;
	span.to = gather->last <= begin ? 0 : smaller(gather->last - begin, gather->part->width);
	for (int a = gather->view->rank - 2; a >= 0; a--) {
		span.start += gather->part->stride[a] * (int64_t)(left % gather->view->shape[a]);
		left /= gather->view->shape[a];
	}
	return span;
}

/* The dataset's elements from *low to *high, both of them, that the slab needs; false: none. */
static bool
needed(const struct gather *gather, int64_t *low, int64_t *high)
{
	int64_t stride = gather->part->stride[gather->view->rank - 1];
	bool some = false;

	for (uint64_t row = gather->first / gather->length; row * gather->length < gather->last;
			row++) {
		struct span span = span_of(gather, row);
		int64_t a, b;

		if (span.from >= span.to)
			continue;
		a = span.start + stride * (int64_t)span.from;
		b = span.start + stride * (int64_t)(span.to - 1);
		*low = !some || a < *low ? a : *low;
		*low = b < *low ? b : *low;
		*high = !some || a > *high ? a : *high;
		*high = b > *high ? b : *high;
		some = true;
	}
	return some;
}

/* `from` holds the dataset from element `low` on. */
static void
scatter(const struct gather *gather, const unsigned char *from, int64_t low, size_t size,
		unsigned char *dst)
{
	int64_t stride = gather->part->stride[gather->view->rank - 1];

	for (uint64_t row = gather->first / gather->length; row * gather->length < gather->last;
			row++) {
		struct span span = span_of(gather, row);
		uint64_t to = row * gather->length + gather->base - gather->first;

		if (span.from >= span.to)
			continue;
		if (stride == 1) {
			memcpy(dst + (to + span.from) * size,
					from + (size_t)(span.start + (int64_t)span.from - low) *
									size,
					(span.to - span.from) * size);
			continue;
		}
		for (uint64_t c = span.from; c < span.to; c++)
			memcpy(dst + (to + c) * size,
					from + (size_t)(span.start + stride * (int64_t)c - low) *
									size,
					size);
	}
}

static enum ladle_status
read_part(const struct gather *gather, const struct view_source *source, unsigned char *dst,
		struct ladle_error *err)
{
	int64_t low = 0, high = 0;
	enum ladle_status status;
	unsigned char *scratch;
	uint64_t count;

	if (!needed(gather, &low, &high))
		return LADLE_OK;
	count = (uint64_t)(high - low) + 1;
	scratch = count > SIZE_MAX / source->size ? NULL : malloc(count * source->size);
	if (scratch == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to turn a tensor");
	status = source->read(
			source->arg, gather->part->dataset, (uint64_t)low, count, scratch, err);
	if (status == LADLE_OK)
		scatter(gather, scratch, low, source->size, dst);
	free(scratch);
	return status;
}

enum ladle_status
view_read(const struct ladle_view *view, const struct view_source *source, uint64_t first,
		uint64_t count, void *dst, struct ladle_error *err)
{
	unsigned char *out = dst;

	for (uint64_t done = 0; done < count; done += SLAB) {
		struct gather gather = {.view = view, .length = view->shape[view->rank - 1]};

		gather.first = first + done;
		gather.last = gather.first + smaller(SLAB, count - done);
		for (uint32_t p = 0; p < view->part_count; p++) {
			gather.part = &view->parts[p];
			TRY(read_part(&gather, source, out + done * source->size, err));
			gather.base += gather.part->width;
		}
	}
	return LADLE_OK;
}
