#include "keras/provenance.h"

#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "keras/reorder.h"
#include "keras/tensor_view.h"

enum { SAMPLE = 64, LARGEST = 16 }; /* elements; bytes of one */

static void
append_numbers(struct buf *to, const uint64_t *numbers, size_t count)
{
	buf_append(to, numbers, count * sizeof(*numbers));
}

/* Of a dataset in one piece: its first, middle and last elements. What is chunked may be one chunk,
 * and unpacking that takes as long as measuring it: blocks of the file stand for it. */
static enum ladle_status
append_sample(struct buf *to, const struct checkpoint *checkpoint, uint32_t dataset,
		const struct catalog_object *object, struct ladle_error *err)
{
	uint64_t count = object->count < SAMPLE ? object->count : SAMPLE;
	const uint64_t places[] = {0, object->count / 2, object->count};
	char values[SAMPLE * LARGEST];
	uint64_t hash = 0;

	if (object->storage != CATALOG_CONTIGUOUS || object->type.size > LARGEST)
		return LADLE_OK;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint64_t most = object->count - count;
		uint64_t first = places[i] < most ? places[i] : most;

		TRY(file_read(checkpoint->file, dataset, first, count, values, err));
		hash = hash_bytes(values, count * object->type.size, hash);
	}
	append_numbers(to, &hash, 1);
	return LADLE_OK;
}

static enum ladle_status
append_dataset(struct buf *to, const struct checkpoint *checkpoint, uint32_t dataset,
		struct ladle_error *err)
{
	uint32_t at = checkpoint->instead == NULL ? dataset : checkpoint->instead[dataset];
	const struct catalog_object *object = &checkpoint->catalog->objects[at];
	const uint64_t facts[] = {object->type.dtype, object->type.size, object->type.big_endian,
			object->storage, object->offset, object->stored, (uint64_t)object->rank};

	buf_append(to, object->path, strlen(object->path) + 1);
	append_numbers(to, facts, sizeof(facts) / sizeof(facts[0]));
	append_numbers(to, object->dims, (size_t)object->rank);
	return object->refused != NULL ? LADLE_OK : append_sample(to, checkpoint, at, object, err);
}

static enum ladle_status
append_parts(struct buf *to, const struct checkpoint *checkpoint, const struct ladle_view *view,
		struct ladle_error *err)
{
	append_numbers(to, view->shape, (size_t)view->rank);
	for (uint32_t i = 0; i < view->part_count; i++) {
		const struct view_part *part = &view->parts[i];

		buf_append(to, &part->origin, sizeof(part->origin));
		buf_append(to, part->stride, (size_t)view->rank * sizeof(*part->stride));
		append_numbers(to, &part->width, 1);
		TRY(append_dataset(to, checkpoint, part->dataset, err));
	}
	return LADLE_OK;
}

static void
append_axes(struct buf *to, const struct reorder *reorder)
{
	const struct ladle_tensor *from = reorder->from;

	for (int a = 0; a < from->rank; a++) {
		const struct reorder_axis *axis = &reorder->axes[a];
		size_t extent = (size_t)from->shape[a];
		size_t orders = axis->where < 0 ? 1 : (size_t)from->shape[axis->where];
		const uint64_t facts[] = {
				axis->order != NULL, axis->scale != NULL, (uint64_t)axis->where};

		append_numbers(to, facts, sizeof(facts) / sizeof(facts[0]));
		if (axis->order != NULL)
			buf_append(to, axis->order, extent * orders * sizeof(*axis->order));
		if (axis->scale != NULL)
			buf_append(to, axis->scale, extent * sizeof(*axis->scale));
	}
}

enum ladle_status
provenance_append(struct buf *to, const struct checkpoint *checkpoint,
		const struct ladle_tensor *tensor, struct ladle_error *err)
{
	const struct ladle_view *view = tensor->view;
	const uint64_t facts[] = {tensor->dtype, (uint64_t)tensor->rank, tensor->averaged,
			tensor->refused != NULL, view != NULL, view == NULL ? 0 : view->part_count};

	append_numbers(to, facts, sizeof(facts) / sizeof(facts[0]));
	append_numbers(to, tensor->shape, (size_t)tensor->rank);
	if (tensor->refused != NULL)
		return LADLE_OK;
	if (view == NULL)
		return append_dataset(to, checkpoint, tensor->dataset, err);
	if (view->reorder == NULL)
		return append_parts(to, checkpoint, view, err);
	append_axes(to, view->reorder);
	return provenance_append(to, checkpoint, view->reorder->from, err);
}
