#include "measure/pass.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/job.h"
#include "base/pool.h"
#include "measure/measurement.h"

enum { MAX_ELEMENT = 8 };

/* One row while its blocks are under way. */
struct row_work {
	atomic_size_t left; /* blocks that are not done */
	_Atomic(void *) partials; /* sums of each block, so that they are folded in order */
	atomic_bool failed;
};

/* What one thread needs for itself. */
struct lane {
	unsigned char **raw;	/* [K] buffers for a block as stored */
	double **number;	/* [K] buffers for its elements as doubles; made when needed */
	const void **data, **shown; /* [K] what the sink sees */
	const void **packed;	/* [K] the inputs that are there, for the kernel */
	uint32_t *columns;	/* [K] whose they are */
	double *scratch;
};

struct run {
	const struct pass *pass;
	struct ladle_job *job;
	struct row_work *rows;
	struct lane *lanes;
	int lane_count;
	uint32_t k;
	size_t block_bytes;
	pthread_mutex_t lock;
	enum ladle_status status; /* of the first failure */
	struct ladle_error error;
};

static size_t
blocks_of(const struct ladle_row *row)
{
	return row->count ? (size_t)((row->count - 1) / PLAN_BLOCK) + 1 : 1;
}

static void
note_failure(struct run *run, enum ladle_status status, const struct ladle_error *err)
{
	pthread_mutex_lock(&run->lock);
	if (run->status == LADLE_OK) {
		run->status = status;
		run->error = *err;
	}
	pthread_mutex_unlock(&run->lock);
}

static bool
same_shape(const struct ladle_tensor *tensor, const struct ladle_row *row)
{
	return tensor->rank == row->rank
			&& !memcmp(tensor->shape, row->shape, (size_t)row->rank * sizeof(*row->shape));
}

static bool
is_wanted(const struct run *run, uint32_t row, uint32_t column)
{
	const struct pass *pass = run->pass;
	const struct ladle_tensor *tensor = ladle_row_tensor(pass->table, row, column);

	if (!tensor || tensor->refused || !dtype_size(tensor->dtype))
		return false;
	if (!same_shape(tensor, &pass->table->rows[row]))
		return false;
	return pass->measurement || !pass->needs || pass->needs(row, column, pass->arg);
}

static enum ladle_status
read_inputs(struct run *run, struct lane *lane, const struct piece *piece, uint64_t *bytes,
		struct ladle_error *err)
{
	const struct ladle_table *table = run->pass->table;

	*bytes = 0;
	for (uint32_t k = 0; k < run->k; k++) {
		const struct ladle_tensor *tensor = ladle_row_tensor(table, piece->row, k);

		lane->shown[k] = lane->data[k] = NULL;
		if (!is_wanted(run, piece->row, k))
			continue;
		TRY(ladle_tensor_read(table->checkpoints[k], tensor, piece->first, piece->count,
				lane->raw[k], err));
		lane->shown[k] = lane->raw[k];
		*bytes += piece->count * dtype_size(tensor->dtype);
	}
	return LADLE_OK;
}

static bool
number_buffer(struct lane *lane, uint32_t k)
{
	if (!lane->number[k])
		lane->number[k] = malloc(PLAN_BLOCK * sizeof(double));
	return lane->number[k] != NULL;
}

/* float32 stays as it is where every input is; everything else becomes float64. */
static enum ladle_status
make_numbers(struct run *run, struct lane *lane, const struct piece *piece, enum ladle_dtype *dtype,
		struct ladle_error *err)
{
	const struct ladle_table *table = run->pass->table;

	*dtype = LADLE_FLOAT32;
	for (uint32_t k = 0; k < run->k; k++)
		if (lane->shown[k]
				&& ladle_row_tensor(table, piece->row, k)->dtype != LADLE_FLOAT32)
			*dtype = LADLE_FLOAT64;
	for (uint32_t k = 0; k < run->k; k++) {
		if (!lane->shown[k])
			continue;
		lane->data[k] = lane->shown[k];
		if (*dtype == LADLE_FLOAT32)
			continue;
		if (!number_buffer(lane, k))
			return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for a block");
		dtype_to_double(ladle_row_tensor(table, piece->row, k)->dtype, lane->shown[k],
				lane->number[k], piece->count);
		lane->data[k] = lane->number[k];
	}
	return LADLE_OK;
}

static uint32_t
pack(struct lane *lane, uint32_t k)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < k; i++) {
		if (!lane->data[i])
			continue;
		lane->packed[n] = lane->data[i];
		lane->columns[n++] = i;
	}
	return n;
}

/* Doubles hold integers of 64 bits only to 2^53: where the bytes differ, the tensors do. */
static void
mark_wide_integers(const struct run *run, const struct lane *lane, const struct piece *piece,
		struct sums *sums)
{
	const struct ladle_row *row = &run->pass->table->rows[piece->row];

	if (row->dtype != LADLE_INT64 && row->dtype != LADLE_UINT64)
		return;
	for (uint32_t i = 0; i < sums->n; i++)
		for (uint32_t j = i + 1; j < sums->n; j++) {
			double *max = &sums->max_abs[i * sums->n + j];

			if (*max == 0 && memcmp(lane->shown[lane->columns[i]],
					lane->shown[lane->columns[j]], piece->count * MAX_ELEMENT))
				*max = 1;
		}
}

static bool
wants_moments(const struct run *run)
{
	return run->pass->measurement->flags & LADLE_MEASURE_STATS;
}

/* The place for the sums of a block; the row's memory is made by whoever comes first. */
static void *
partial_at(struct run *run, const struct piece *piece, uint32_t n)
{
	struct row_work *work = &run->rows[piece->row];
	size_t size = sums_size(n, wants_moments(run));
	unsigned char *memory;

	pthread_mutex_lock(&run->lock);
	memory = atomic_load(&work->partials);
	if (!memory) {
		memory = calloc(blocks_of(&run->pass->table->rows[piece->row]), size);
		atomic_store(&work->partials, memory);
	}
	pthread_mutex_unlock(&run->lock);
	return memory ? memory + piece->first / PLAN_BLOCK * size : NULL;
}

static enum ladle_status
measure_block(struct run *run, struct lane *lane, const struct piece *piece, enum ladle_dtype dtype,
		struct ladle_error *err)
{
	uint32_t n = pack(lane, run->k);
	void *memory = partial_at(run, piece, n);
	struct sums sums;

	if (!memory)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the sums of a row");
	sums = sums_at(memory, n, wants_moments(run));
	kernel_block(&sums, dtype, lane->packed, piece->count, lane->scratch);
	mark_wide_integers(run, lane, piece, &sums);
	return LADLE_OK;
}

/* The last block of a row is done: its sums, in order, become its figures. */
static enum ladle_status
finish_row(struct run *run, struct lane *lane, uint32_t row, struct ladle_error *err)
{
	struct ladle_measurement *measurement = run->pass->measurement;
	unsigned char *memory = atomic_load(&run->rows[row].partials);
	struct ladle_figures *figures;
	struct sums sums, next;
	uint32_t n = 0;
	size_t size;

	for (uint32_t k = 0; k < run->k; k++)
		if (is_wanted(run, row, k))
			lane->columns[n++] = k;
	size = sums_size(n, wants_moments(run));
	sums = sums_at(memory, n, wants_moments(run));
	for (size_t i = 1; i < blocks_of(&run->pass->table->rows[row]); i++) {
		next = sums_at(memory + i * size, n, wants_moments(run));
		sums_fold(&sums, &next);
	}
	figures = figures_make(run->k, &sums, lane->columns);
	if (!figures)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the figures of a row");
	measurement_publish(measurement, row, figures);
	return LADLE_OK;
}

static enum ladle_status
do_block(struct run *run, int worker, const struct piece *piece, struct ladle_error *err)
{
	const struct pass *pass = run->pass;
	struct lane *lane = &run->lanes[worker];
	struct block block = {.piece = piece, .k = run->k, .data = lane->data, .raw = lane->shown};
	bool measured = !pass->measurement || ladle_figures(pass->measurement, piece->row);
	uint64_t bytes;

	TRY(read_inputs(run, lane, piece, &bytes, err));
	TRY(make_numbers(run, lane, piece, &block.dtype, err));
	if (!measured)
		TRY(measure_block(run, lane, piece, block.dtype, err));
	if (pass->sink)
		TRY(pass->sink(&block, worker, pass->arg, err));
	job_advance(run->job, bytes);
	return LADLE_OK;
}

static enum ladle_status
end_block(struct run *run, int worker, uint32_t row, struct ladle_error *err)
{
	struct row_work *work = &run->rows[row];
	enum ladle_status status = LADLE_OK;

	if (atomic_fetch_sub(&work->left, 1) > 1)
		return LADLE_OK;
	if (atomic_load(&work->partials) && !atomic_load(&work->failed))
		status = finish_row(run, &run->lanes[worker], row, err);
	free(atomic_exchange(&work->partials, NULL));
	if (status == LADLE_OK && !atomic_load(&work->failed) && run->pass->on_row)
		run->pass->on_row(row, run->pass->arg);
	return status;
}

static bool
run_piece(size_t index, int worker, void *arg)
{
	struct run *run = arg;
	const struct piece *piece = &run->pass->plan->pieces[index];
	struct ladle_error err = {.status = LADLE_OK};
	enum ladle_status status;

	if (job_canceled(run->job)) {
		status = ladle_fail(&err, LADLE_E_CANCELED, NULL, "canceled");
		note_failure(run, status, &err);
		return false;
	}
	status = atomic_load(&run->rows[piece->row].failed) ? LADLE_OK
							    : do_block(run, worker, piece, &err);
	if (status != LADLE_OK) {
		atomic_store(&run->rows[piece->row].failed, true);
		note_failure(run, status, &err);
		if (run->pass->sink)
			return false;
	}
	status = end_block(run, worker, piece->row, &err);
	if (status != LADLE_OK)
		note_failure(run, status, &err);
	return status == LADLE_OK;
}

static void
lane_done(struct lane *lane, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++) {
		free(lane->raw ? lane->raw[i] : NULL);
		free(lane->number ? lane->number[i] : NULL);
	}
	free(lane->raw);
	free(lane->number);
	free(lane->data);
	free(lane->shown);
	free(lane->packed);
	free(lane->columns);
	free(lane->scratch);
}

static bool
lane_init(struct lane *lane, uint32_t k, size_t block_bytes)
{
	lane->raw = calloc(k, sizeof(*lane->raw));
	lane->number = calloc(k, sizeof(*lane->number));
	lane->data = calloc(k, sizeof(*lane->data));
	lane->shown = calloc(k, sizeof(*lane->shown));
	lane->packed = calloc(k, sizeof(*lane->packed));
	lane->columns = calloc(k, sizeof(*lane->columns));
	lane->scratch = malloc(kernel_scratch(k) * sizeof(*lane->scratch));
	for (uint32_t i = 0; lane->raw && i < k; i++)
		if (!(lane->raw[i] = malloc(block_bytes)))
			return false;
	return lane->raw && lane->number && lane->data && lane->shown && lane->packed
			&& lane->columns && lane->scratch;
}

/* Blocks are no larger than what the plan holds, so that small models need little memory. */
static size_t
block_bytes_of(const struct pass *pass)
{
	size_t element = 1, count = 1;

	for (size_t i = 0; i < pass->plan->count; i++) {
		const struct piece *piece = &pass->plan->pieces[i];

		count = piece->count > count ? (size_t)piece->count : count;
		for (uint32_t k = 0; piece->first == 0 && k < pass->table->checkpoint_count; k++) {
			const struct ladle_tensor *tensor =
					ladle_row_tensor(pass->table, piece->row, k);
			size_t size = tensor ? dtype_size(tensor->dtype) : 0;

			element = size > element ? size : element;
		}
	}
	return element * count;
}

static bool
run_init(struct run *run, int threads)
{
	const struct pass *pass = run->pass;

	run->block_bytes = block_bytes_of(pass);
	run->rows = calloc(pass->table->row_count + 1, sizeof(*run->rows));
	run->lanes = calloc((size_t)threads, sizeof(*run->lanes));
	if (!run->rows || !run->lanes)
		return false;
	run->lane_count = threads;
	for (size_t i = 0; i < pass->plan->count; i++)
		run->rows[pass->plan->pieces[i].row].left++;
	for (int i = 0; i < threads; i++)
		if (!lane_init(&run->lanes[i], run->k, run->block_bytes))
			return false;
	return true;
}

static void
run_done(struct run *run)
{
	for (uint32_t row = 0; run->rows && row < run->pass->table->row_count; row++)
		free(atomic_load(&run->rows[row].partials));
	for (int i = 0; i < run->lane_count; i++)
		lane_done(&run->lanes[i], run->k);
	free(run->rows);
	free(run->lanes);
	pthread_mutex_destroy(&run->lock);
}

enum ladle_status
pass_run(struct ladle *library, const struct pass *pass, struct ladle_job *job, struct ladle_error *err)
{
	struct run run = {.pass = pass, .job = job, .k = pass->table->checkpoint_count};
	int threads = ladle_threads(library);

	if ((size_t)threads > pass->plan->count)
		threads = pass->plan->count ? (int)pass->plan->count : 1;
	pthread_mutex_init(&run.lock, NULL);
	job_expect(job, pass->plan->bytes);
	if (run_init(&run, threads))
		pool_run(threads, pass->plan->count, run_piece, &run);
	else
		run.status = ladle_fail(&run.error, LADLE_E_MEMORY, NULL, "no memory for %d threads",
				threads);
	run_done(&run);
	if (run.status != LADLE_OK && err)
		*err = run.error;
	return run.status;
}
