#include "write/fill.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/job.h"
#include "base/os.h"
#include "base/pool.h"
#include "mix/blend.h"

/* Objects of the tree by the dataset of the template that they come from, the first one where
 * there are several; the others follow as twins. */
static uint32_t *
objects_by_source(struct fill *fill)
{
	const struct ladle_checkpoint *pub =
			fill->table->checkpoints[ladle_mix_template(fill->mix)];
	const struct tree *tree = fill->tree;
	uint32_t sources = checkpoint_of(pub)->catalog->object_count;
	uint32_t *object = malloc((sources + 1) * sizeof(*object));

	for (uint32_t i = 0; object && i < sources; i++)
		object[i] = LADLE_NONE;
	for (uint32_t i = tree->catalog.object_count; object && i-- > 0;) {
		if (tree->source[i] == LADLE_NONE)
			continue;
		fill->twin[i] = object[tree->source[i]];
		object[tree->source[i]] = i;
	}
	return object;
}

/* What is copied from a template whose units stand in another order is read in that order. */
bool
fill_is_reordered(const struct ladle_tensor *tensor)
{
	return tensor->view && tensor->dataset != LADLE_NONE;
}

static bool
is_copied(const struct ladle_weights *from)
{
	return from->source == LADLE_W_COPIED || from->source == LADLE_W_SKIPPED;
}

static void
map_row(struct fill *fill, uint32_t row, uint32_t *by_source, double *w)
{
	const struct ladle_tensor *tensor =
			ladle_row_tensor(fill->table, row, ladle_mix_template(fill->mix));
	struct ladle_weights from = ladle_mix_weights(fill->mix, fill->table, row, w);
	uint32_t columns = fill->table->checkpoint_count;

	fill->object[row] = LADLE_NONE;
	if (!tensor || tensor->dataset == LADLE_NONE ||
			(is_copied(&from) && !fill_is_reordered(tensor)))
		return;
	fill->object[row] = by_source[tensor->dataset];
	fill->reordered += is_copied(&from) && fill->object[row] != LADLE_NONE;
	by_source[tensor->dataset] = LADLE_NONE; /* what two rows share is filled once */
	for (uint32_t k = 0; k < columns; k++)
		fill->takes[(size_t)row * columns + k] = w[k] != 0;
}

/* What no row fills is copied. */
static void
map_rest(struct fill *fill, const uint32_t *by_source)
{
	const struct tree *tree = fill->tree;

	for (uint32_t i = 0; i < tree->catalog.object_count; i++)
		if (tree->source[i] != LADLE_NONE && by_source[tree->source[i]] != LADLE_NONE)
			fill->rest[fill->rest_count++] = i;
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
		lane->out = malloc(FILL_BYTES);
		if (!lane->w || !lane->scratch || !lane->out)
			return false;
	}
	return fill->lanes != NULL;
}

static enum ladle_status
no_memory(struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the output");
}

/* Of several corrections of a row the last stands. */
static bool
map_repair(struct fill *fill)
{
	const struct ladle_repair *repair = fill->repair;

	if (!repair || !repair->applied)
		return true;
	fill->corrected = malloc((fill->table->row_count + 1) * sizeof(*fill->corrected));
	if (!fill->corrected)
		return false;
	for (uint32_t row = 0; row < fill->table->row_count; row++)
		fill->corrected[row] = LADLE_NONE;
	for (uint32_t i = 0; i < repair->count; i++)
		if (repair->list[i].values || repair->list[i].factors)
			fill->corrected[repair->list[i].row] = i;
	return true;
}

/* On failure fill_done still frees what was made. */
enum ladle_status
fill_init(struct fill *fill, int threads, struct ladle_error *err)
{
	size_t rows = fill->table->row_count, objects = fill->tree->catalog.object_count;
	uint32_t *by_source;

	fill->twin = malloc((objects + 1) * sizeof(*fill->twin));
	by_source = fill->twin ? objects_by_source(fill) : NULL;
	fill->object = malloc((rows + 1) * sizeof(*fill->object));
	fill->takes = calloc(rows + 1, fill->table->checkpoint_count);
	fill->rest = malloc((objects + 1) * sizeof(*fill->rest));
	fill->copied = calloc(objects + 1, sizeof(*fill->copied));
	if (!by_source || !fill->object || !fill->takes || !fill->rest || !fill->copied ||
			!map_repair(fill) || !lanes_init(fill, threads)) {
		free(by_source);
		return no_memory(err);
	}
	for (uint32_t row = 0; row < rows; row++)
		map_row(fill, row, by_source, fill->lanes[0].w);
	map_rest(fill, by_source);
	free(by_source);
	return LADLE_OK;
}

enum ladle_status
fill_expect(struct fill *fill, struct ladle_error *err)
{
	fill->hashes = calloc(fill->plan->count + 1, sizeof(*fill->hashes));
	return fill->hashes ? LADLE_OK : no_memory(err);
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
	free(fill->twin);
	free(fill->corrected);
	free(fill->takes);
	free(fill->rest);
	free(fill->hashes);
	free(fill->copied);
}

bool
fill_wants(uint32_t row, void *arg)
{
	const struct fill *fill = arg;

	return fill->object[row] != LADLE_NONE;
}

bool
fill_needs(uint32_t row, uint32_t column, void *arg)
{
	const struct fill *fill = arg;

	return fill->takes[(size_t)row * fill->table->checkpoint_count + column];
}

uint64_t
fill_place(const struct fill *fill, uint32_t object, uint64_t first)
{
	const struct catalog_object *made = &fill->made->objects[object];

	return fill->base + made->offset + first * dtype_size(made->type.dtype);
}

/* ---- what is blended ---- */

/* Keras writes little-endian files on every machine. */
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
			"%s: %s is %s at element %llu; "
			"give that model weight 0 there, or skip the tensor",
			path, row->label, isnan(value) ? "NaN" : "infinite",
			(unsigned long long)block->piece->first + (unsigned long long)at);
}

static size_t
blend_corrected(const struct fill *fill, const struct block *block, struct fill_lane *lane,
		double sum, const struct ladle_correction *correction, enum ladle_dtype dtype)
{
	const struct ladle_row *row = &fill->table->rows[block->piece->row];
	struct blend_repair repair = {correction->values, correction->factors, 1, 1};

	if (correction->factors) {
		repair.units = row->shape[correction->axis];
		for (int a = correction->axis + 1; a < row->rank; a++)
			repair.inside *= row->shape[a];
	}
	return blend_repaired(block, lane->w, sum, &repair, dtype, lane->out, lane->scratch);
}

static const struct ladle_correction *
correction_of(const struct fill *fill, uint32_t row)
{
	uint32_t at = fill->corrected ? fill->corrected[row] : LADLE_NONE;

	return at == LADLE_NONE ? NULL : &fill->repair->list[at];
}

static enum ladle_status
blend(struct fill *fill, const struct block *block, struct fill_lane *lane,
		const struct ladle_weights *from, enum ladle_dtype dtype, struct ladle_error *err)
{
	const struct ladle_row *row = &fill->table->rows[block->piece->row];
	uint32_t column = 0;
	const struct ladle_correction *correction = correction_of(fill, block->piece->row);
	int64_t bad = is_copied(from) ? -1 : blend_find_nonfinite(block, lane->w, &column);
	size_t lost;

	if (bad >= 0)
		return refuse_value(fill, block, column, bad, err);
	lost = correction ? blend_corrected(fill, block, lane, from->sum, correction, dtype)
			  : blend_block(block, lane->w, from->sum, dtype, lane->out,
					    lane->scratch);
	if (lost)
		return ladle_fail(err, LADLE_E_VALUE, NULL,
				"%s: %zu of its averaged values are too large for %s", row->label,
				lost, ladle_dtype_name(dtype));
	return LADLE_OK;
}

/* What is hashed is what is written, byte for byte: proof.c reads it back. */
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
	TRY(blend(fill, block, lane, &from, to->type.dtype, err));
	if (!fill->to)
		return LADLE_OK;
	to_little_endian(lane->out, size, count);
	fill->hashes[piece - fill->plan->pieces] = hash_bytes(lane->out, size * count, object);
	for (; object != LADLE_NONE; object = fill->twin[object])
		TRY(publish_write(fill->to, lane->out, size * count,
				fill_place(fill, object, piece->first), err));
	return LADLE_OK;
}

/* ---- what is copied ---- */

/* The threads that go through the copied objects. */
struct crew {
	const struct fill *fill;
	struct ladle_job *job;
	enum ladle_status (*each)(const struct fill *, uint32_t index, struct fill_lane *,
			struct ladle_error *);
	pthread_mutex_t lock; /* of what follows */
	enum ladle_status status;
	struct ladle_error error;
};

/* The last failure stands: once one thread failed, the others take nothing new. */
static bool
run_rest(size_t index, int worker, void *arg)
{
	struct crew *crew = arg;
	struct ladle_error err = {.status = LADLE_OK};
	enum ladle_status status =
			job_canceled(crew->job)
					? ladle_fail(&err, LADLE_E_CANCELED, NULL, "canceled")
					: crew->each(crew->fill, (uint32_t)index,
							  &crew->fill->lanes[worker], &err);

	if (status == LADLE_OK)
		return true;
	pthread_mutex_lock(&crew->lock);
	crew->status = status;
	crew->error = err;
	pthread_mutex_unlock(&crew->lock);
	return false;
}

enum ladle_status
fill_each_rest(const struct fill *fill, struct ladle_job *job,
		enum ladle_status (*each)(const struct fill *, uint32_t index, struct fill_lane *,
				struct ladle_error *),
		struct ladle_error *err)
{
	struct crew crew = {.fill = fill, .job = job, .each = each};

	pthread_mutex_init(&crew.lock, NULL);
	pool_run(fill->lane_count, fill->rest_count, run_rest, &crew);
	pthread_mutex_destroy(&crew.lock);
	if (crew.status != LADLE_OK && err)
		*err = crew.error;
	return crew.status;
}

static enum ladle_status
copy_dataset(const struct fill *fill, uint32_t index, struct fill_lane *lane,
		struct ladle_error *err)
{
	uint32_t object = fill->rest[index];
	const struct ladle_checkpoint *from =
			fill->table->checkpoints[ladle_mix_template(fill->mix)];
	const struct catalog_object *to = &fill->tree->catalog.objects[object];
	size_t size = dtype_size(to->type.dtype);

	for (uint64_t first = 0; first < to->count; first += PLAN_BLOCK) {
		size_t count = to->count - first < PLAN_BLOCK ? (size_t)(to->count - first)
							      : PLAN_BLOCK;

		TRY(checkpoint_read(checkpoint_of(from), fill->tree->source[object], first, count,
				lane->out, err));
		to_little_endian(lane->out, size, count);
		fill->copied[index] = hash_bytes(lane->out, size * count, fill->copied[index]);
		TRY(publish_write(fill->to, lane->out, size * count,
				fill_place(fill, object, first), err));
	}
	return LADLE_OK;
}

enum ladle_status
fill_rest(const struct fill *fill, struct ladle_job *job, struct ladle_error *err)
{
	return fill_each_rest(fill, job, copy_dataset, err);
}
