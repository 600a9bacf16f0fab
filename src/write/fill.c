#include "write/fill.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/os.h"
#include "base/pool.h"
#include "mix/blend.h"

enum { BLOCK_BYTES = PLAN_BLOCK * 8 };

/* What one thread needs for itself. */
struct fill_lane {
	double *w, *scratch;
	unsigned char *out;
};

/* Objects of the tree by the dataset of the template that they come from. */
static uint32_t *
objects_by_source(const struct fill *fill, uint32_t sources)
{
	const struct tree *tree = fill->tree;
	uint32_t *object = malloc((sources + 1) * sizeof(*object));

	for (uint32_t i = 0; object && i < sources; i++)
		object[i] = LADLE_NONE;
	for (uint32_t i = 0; object && i < tree->catalog.object_count; i++)
		if (tree->source[i] != LADLE_NONE)
			object[tree->source[i]] = i;
	return object;
}

static void
map_rows(struct fill *fill, uint32_t *by_source)
{
	uint32_t column = ladle_mix_template(fill->mix);

	for (uint32_t row = 0; row < fill->table->row_count; row++) {
		const struct ladle_tensor *tensor = ladle_row_tensor(fill->table, row, column);
		struct ladle_weights from =
				ladle_mix_weights(fill->mix, fill->table, row, fill->lanes[0].w);
		bool blended = from.source == LADLE_W_FADERS || from.source == LADLE_W_RULE;

		fill->object[row] = LADLE_NONE;
		if (!blended || !tensor || tensor->dataset == LADLE_NONE)
			continue;
		fill->object[row] = by_source[tensor->dataset];
		by_source[tensor->dataset] = LADLE_NONE; /* shared weights are filled once */
	}
}

static bool
lanes_init(struct fill *fill, int threads)
{
	fill->lanes = calloc((size_t)threads, sizeof(*fill->lanes));
	fill->lane_count = fill->lanes ? threads : 0;
	for (int i = 0; i < fill->lane_count; i++) {
		struct fill_lane *lane = &fill->lanes[i];

		lane->w = calloc(fill->table->checkpoint_count, sizeof(*lane->w));
		lane->scratch = malloc(PLAN_BLOCK * sizeof(*lane->scratch));
		lane->out = malloc(BLOCK_BYTES);
		if (!lane->w || !lane->scratch || !lane->out)
			return false;
	}
	return fill->lanes != NULL;
}

enum ladle_status
fill_init(struct fill *fill, int threads, struct ladle_error *err)
{
	const struct ladle_checkpoint *pub =
			fill->table->checkpoints[ladle_mix_template(fill->mix)];
	uint32_t sources = checkpoint_of(pub)->catalog->object_count;
	uint32_t *by_source = objects_by_source(fill, sources);

	fill->object = malloc((fill->table->row_count + 1) * sizeof(*fill->object));
	fill->hashes = calloc(fill->plan->count + 1, sizeof(*fill->hashes));
	fill->copied = calloc(fill->tree->catalog.object_count + 1, sizeof(*fill->copied));
	if (!by_source || !fill->object || !fill->hashes || !fill->copied
			|| !lanes_init(fill, threads)) {
		free(by_source);
		return ladle_fail(err, LADLE_E_MEMORY, pub->path, "no memory for the output");
	}
	map_rows(fill, by_source);
	free(by_source);
	return LADLE_OK;
}

void
fill_done(struct fill *fill)
{
	for (int i = 0; i < fill->lane_count; i++) {
		free(fill->lanes[i].w);
		free(fill->lanes[i].scratch);
		free(fill->lanes[i].out);
	}
	free(fill->lanes);
	free(fill->object);
	free(fill->hashes);
	free(fill->copied);
}

static void
to_little_endian(void *data, size_t size, size_t count)
{
	if (os_is_big_endian())
		dtype_swap(data, size, count);
}

static enum ladle_status
refuse_value(const struct fill *fill, const struct block *block, uint32_t column, int64_t at,
		struct ladle_error *err)
{
	const struct ladle_row *row = &fill->table->rows[block->piece->row];
	const char *path = fill->table->checkpoints[column]->path;
	double value = block->dtype == LADLE_FLOAT32
			? (double)((const float *)block->data[column])[at]
			: ((const double *)block->data[column])[at];

	return ladle_fail(err, LADLE_E_VALUE, path,
			"%s: %s is %s at element %llu; give that model weight 0 there, or skip the tensor",
			path, row->label, isnan(value) ? "NaN" : "infinite",
			(unsigned long long)block->piece->first + (unsigned long long)at);
}

static enum ladle_status
blend(struct fill *fill, const struct block *block, struct fill_lane *lane, double sum,
		enum ladle_dtype dtype, struct ladle_error *err)
{
	const struct ladle_row *row = &fill->table->rows[block->piece->row];
	uint32_t column = 0;
	int64_t bad = blend_find_nonfinite(block, lane->w, &column);
	size_t lost;

	if (bad >= 0)
		return refuse_value(fill, block, column, bad, err);
	lost = blend_block(block, lane->w, sum, dtype, lane->out, lane->scratch);
	if (lost)
		return ladle_fail(err, LADLE_E_VALUE, NULL,
				"%s: %zu of its averaged values are too large for %s", row->label, lost,
				ladle_dtype_name(dtype));
	return LADLE_OK;
}

static uint64_t
place_of(const struct fill *fill, uint32_t object, uint64_t first)
{
	const struct catalog_object *made = &fill->made->objects[object];

	return fill->base + made->offset + first * dtype_size(made->type.dtype);
}

enum ladle_status
fill_block(const struct block *block, int worker, void *arg, struct ladle_error *err)
{
	struct fill *fill = arg;
	struct fill_lane *lane = &fill->lanes[worker];
	const struct piece *piece = block->piece;
	uint32_t object = fill->object[piece->row];
	const struct catalog_object *to;
	struct ladle_weights from;
	size_t size, count = (size_t)piece->count;

	if (object == LADLE_NONE)
		return LADLE_OK;
	to = &fill->tree->catalog.objects[object];
	size = dtype_size(to->type.dtype);
	from = ladle_mix_weights(fill->mix, fill->table, piece->row, lane->w);
	TRY(blend(fill, block, lane, from.sum, to->type.dtype, err));
	if (!fill->to)
		return LADLE_OK;
	to_little_endian(lane->out, size, count);
	fill->hashes[piece - fill->plan->pieces] = hash_bytes(lane->out, size * count, object);
	return publish_write(fill->to, lane->out, size * count,
			place_of(fill, object, piece->first), err);
}

bool
fill_needs(uint32_t row, uint32_t column, void *arg)
{
	struct fill *fill = arg;
	double *w;
	bool needs;

	if (fill->object[row] == LADLE_NONE)
		return false;
	w = calloc(fill->table->checkpoint_count, sizeof(*w));
	if (!w)
		return true;
	ladle_mix_weights(fill->mix, fill->table, row, w);
	needs = w[column] != 0;
	free(w);
	return needs;
}

/* A dataset in blocks: `move` reads or checks `count` elements from `first` and folds them into the
 * hash of the object. */
static enum ladle_status
each_block(const struct fill *fill, uint32_t object,
		enum ladle_status (*move)(const struct fill *, uint32_t object, uint64_t first,
				size_t count, uint64_t *hash, struct ladle_error *),
		uint64_t *hash, struct ladle_error *err)
{
	uint64_t all = fill->tree->catalog.objects[object].count;

	*hash = object;
	for (uint64_t first = 0; first < all; first += PLAN_BLOCK) {
		uint64_t left = all - first;

		TRY(move(fill, object, first, left < PLAN_BLOCK ? (size_t)left : PLAN_BLOCK, hash, err));
	}
	return LADLE_OK;
}

static enum ladle_status
copy_block(const struct fill *fill, uint32_t object, uint64_t first, size_t count, uint64_t *hash,
		struct ladle_error *err)
{
	const struct ladle_checkpoint *pub =
			fill->table->checkpoints[ladle_mix_template(fill->mix)];
	unsigned char *out = fill->lanes[0].out;
	size_t size = dtype_size(fill->tree->catalog.objects[object].type.dtype);

	TRY(file_read(checkpoint_of(pub)->file, fill->tree->source[object], first, count, out, err));
	to_little_endian(out, size, count);
	*hash = hash_bytes(out, size * count, *hash);
	return publish_write(fill->to, out, size * count, place_of(fill, object, first), err);
}

/* Calls `each` for the datasets that no row fills. */
static enum ladle_status
each_copied(const struct fill *fill,
		enum ladle_status (*each)(const struct fill *, uint32_t object, struct ladle_error *),
		struct ladle_error *err)
{
	uint32_t objects = fill->tree->catalog.object_count;
	unsigned char *filled = calloc(objects + 1, 1);
	enum ladle_status status = LADLE_OK;

	if (!filled)
		return ladle_fail(err, LADLE_E_MEMORY, fill->to->path, "no memory for the output");
	for (uint32_t row = 0; row < fill->table->row_count; row++)
		if (fill->object[row] != LADLE_NONE)
			filled[fill->object[row]] = 1;
	for (uint32_t i = 0; i < objects && status == LADLE_OK; i++)
		if (fill->tree->source[i] != LADLE_NONE && !filled[i])
			status = each(fill, i, err);
	free(filled);
	return status;
}

static enum ladle_status
copy_dataset(const struct fill *fill, uint32_t object, struct ladle_error *err)
{
	return each_block(fill, object, copy_block, &fill->copied[object], err);
}

enum ladle_status
fill_rest(const struct fill *fill, struct ladle_error *err)
{
	return each_copied(fill, copy_dataset, err);
}

/* ---- reading back ---- */

struct check {
	const struct fill *fill;
	atomic_size_t bad; /* the first piece that differs, SIZE_MAX: none */
};

static bool
read_all(int fd, unsigned char *to, size_t size, uint64_t offset)
{
	while (size) {
		ssize_t got = pread(fd, to, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

static enum ladle_status
differs(const struct fill *fill, const char *what, struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_OUTPUT, fill->to->path,
			"%s: %s reads back as other bytes than were written", fill->to->path, what);
}

static enum ladle_status
check_block(const struct fill *fill, uint32_t object, uint64_t first, size_t count, uint64_t *hash,
		struct ladle_error *err)
{
	unsigned char *out = fill->lanes[0].out;
	const struct catalog_object *made = &fill->made->objects[object];
	size_t size = dtype_size(made->type.dtype) * count;

	if (!read_all(fill->to->fd, out, size, place_of(fill, object, first)))
		return differs(fill, made->path, err);
	*hash = hash_bytes(out, size, *hash);
	return LADLE_OK;
}

static enum ladle_status
check_copied(const struct fill *fill, uint32_t object, struct ladle_error *err)
{
	uint64_t hash;

	TRY(each_block(fill, object, check_block, &hash, err));
	return hash == fill->copied[object] ? LADLE_OK
					    : differs(fill, fill->made->objects[object].path, err);
}

static bool
check_piece(size_t index, int worker, void *arg)
{
	struct check *check = arg;
	const struct fill *fill = check->fill;
	const struct piece *piece = &fill->plan->pieces[index];
	unsigned char *out = fill->lanes[worker].out;
	uint32_t object = fill->object[piece->row];
	size_t size;

	if (object == LADLE_NONE)
		return true;
	size = dtype_size(fill->made->objects[object].type.dtype);
	if (read_all(fill->to->fd, out, size * piece->count, place_of(fill, object, piece->first))
			&& hash_bytes(out, size * piece->count, object) == fill->hashes[index])
		return true;
	atomic_store(&check->bad, index);
	return false;
}

enum ladle_status
fill_verify(const struct fill *fill, int threads, struct ladle_error *err)
{
	struct check check = {.fill = fill, .bad = SIZE_MAX};

	if (!pool_run(threads < fill->lane_count ? threads : fill->lane_count, fill->plan->count,
			    check_piece, &check))
		return differs(fill, fill->table->rows[fill->plan->pieces[check.bad].row].label, err);
	return each_copied(fill, check_copied, err);
}
