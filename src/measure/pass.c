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

/* The sums of a block that is done before its turn to be folded. */
struct waiting {
	struct waiting *next;
	uint64_t first; /* element of the row at which it begins */
	double memory[];
};

/* One row while its blocks are under way. Blocks are folded in their order, so that the result
 * does not depend on the threads; few wait, since they are claimed in that order too. */
struct row_work {
	atomic_size_t left; /* blocks that are not done */
	atomic_bool failed;
	/* The others under the run's lock. */
	void *memory; /* sums of the elements before `folded`; NULL while there are none */
	uint64_t folded;
	struct waiting *waiting;
};

/* What one thread needs for itself. */
struct lane {
	unsigned char **raw;        /* [K] buffers for a block as stored */
	double **number;            /* [K] buffers for its elements as doubles; made when needed */
	const void **shown; /* [K] what was read, NULL: nothing */
	const void **data;  /* [K] the same as numbers, for the sink */
	const void **packed;        /* [K] the inputs that are there, for the kernel */
	uint32_t *columns;          /* [K] whose they are */
	double *scratch;
	void *memory; /* for the sums of a block */
};

struct run {
	const struct pass *pass;
	struct ladle_job *job;
	struct row_work *rows;
	struct lane *lanes;
	int lane_count;
	uint32_t k;
	size_t block_bytes;
	enum ladle_status (*read)(const struct ladle_checkpoint *, const struct ladle_tensor *,
			uint64_t first, uint64_t count, void *dst, struct ladle_error *);
	pthread_mutex_t lock;
	enum ladle_status status; /* of the first failure */
	struct ladle_error error;
};

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
	return tensor->rank == row->rank &&
	       !memcmp(tensor->shape, row->shape, (size_t)row->rank * sizeof(*row->shape));
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
		TRY(run->read(table->checkpoints[k], tensor, piece->first, piece->count,
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
		if (lane->shown[k] &&
				ladle_row_tensor(table, piece->row, k)->dtype != LADLE_FLOAT32)
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
	const struct ladle_table *table = run->pass->table;

	for (uint32_t i = 0; i < sums->n; i++) {
		uint32_t a = lane->columns[i];
		enum ladle_dtype dtype = ladle_row_tensor(table, piece->row, a)->dtype;

		if (!dtype_is_integer(dtype) || dtype_size(dtype) < sizeof(double))
			continue;
		for (uint32_t j = i + 1; j < sums->n; j++) {
			uint32_t b = lane->columns[j];
			double *max = &sums->max_abs[i * sums->n + j];

			if (*max == 0 && ladle_row_tensor(table, piece->row, b)->dtype == dtype &&
					memcmp(lane->shown[a], lane->shown[b],
							piece->count * dtype_size(dtype)))
				*max = 1;
		}
	}
}

static bool
wants_moments(const struct run *run)
{
	return run->pass->measurement->flags & LADLE_MEASURE_STATS;
}

static bool
add_waiting(struct row_work *work, uint64_t first, const void *memory, size_t size)
{
	struct waiting *one = malloc(sizeof(*one) + size);

	if (!one)
		return false;
	one->first = first;
	memcpy(one->memory, memory, size);
	one->next = work->waiting;
	work->waiting = one;
	return true;
}

/* Unlinks the block whose turn it is, or returns NULL. */
static struct waiting *
take_waiting(struct row_work *work)
{
	struct waiting **at = &work->waiting, *one;

	while (*at && (*at)->first != work->folded)
		at = &(*at)->next;
	one = *at;
	if (one)
		*at = one->next;
	return one;
}

static void
fold_next(struct row_work *work, const struct sums *sums, bool with_moments)
{
	struct sums into = sums_at(work->memory, sums->n, with_moments);

	sums_fold(&into, sums);
	work->folded += PLAN_BLOCK;
}

/* Under the lock. False without memory. */
static bool
fold_block(struct row_work *work, const struct sums *sums, uint64_t first, bool with_moments)
{
	struct waiting *next;

	if (first != work->folded)
		return add_waiting(work, first, sums->distance2, sums_size(sums->n, with_moments));
	if (!work->memory) {
		struct sums none;

		work->memory = malloc(sums_size(sums->n, with_moments));
		if (!work->memory)
			return false;
		none = sums_at(work->memory, sums->n, with_moments);
		sums_clear(&none);
	}
	fold_next(work, sums, with_moments);
	while ((next = take_waiting(work))) {
		struct sums later = sums_at(next->memory, sums->n, with_moments);

		fold_next(work, &later, with_moments);
		free(next);
	}
	return true;
}

static enum ladle_status
measure_block(struct run *run, struct lane *lane, const struct piece *piece, enum ladle_dtype dtype,
		struct ladle_error *err)
{
	struct sums sums = sums_at(lane->memory, pack(lane, run->k), wants_moments(run));
	bool folded;

	kernel_block(&sums, dtype, lane->packed, (size_t)piece->count, lane->scratch);
	mark_wide_integers(run, lane, piece, &sums);
	pthread_mutex_lock(&run->lock);
	folded = fold_block(&run->rows[piece->row], &sums, piece->first, wants_moments(run));
	pthread_mutex_unlock(&run->lock);
	if (!folded)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the sums of a row");
	return LADLE_OK;
}

/* The last block of a row is done: its sums become its figures. */
static enum ladle_status
finish_row(struct run *run, struct lane *lane, uint32_t row, struct ladle_error *err)
{
	struct ladle_figures *figures;
	struct sums sums;
	uint32_t n = 0;

	for (uint32_t k = 0; k < run->k; k++)
		if (is_wanted(run, row, k))
			lane->columns[n++] = k;
	sums = sums_at(run->rows[row].memory, n, wants_moments(run));
	figures = figures_make(run->k, &sums, lane->columns);
	if (!figures)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the figures of a row");
	measurement_publish(run->pass->measurement, row, figures);
	return LADLE_OK;
}

static void
work_done(struct row_work *work)
{
	while (work->waiting) {
		struct waiting *next = work->waiting->next;

		free(work->waiting);
		work->waiting = next;
	}
	free(work->memory);
	work->memory = NULL;
}

static enum ladle_status
do_block(struct run *run, int worker, const struct piece *piece, struct ladle_error *err)
{
	const struct pass *pass = run->pass;
	struct lane *lane = &run->lanes[worker];
	struct block block = {.piece = piece, .k = run->k, .data = lane->data};
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
	if (work->memory && !atomic_load(&work->failed))
		status = finish_row(run, &run->lanes[worker], row, err);
	work_done(work);
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
	free(lane->memory);
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
	lane->memory = malloc(sums_size(k, true));
	for (uint32_t i = 0; lane->raw && i < k; i++)
		if (!(lane->raw[i] = malloc(block_bytes)))
			return false;
	return lane->raw && lane->number && lane->data && lane->shown && lane->packed &&
	       lane->columns && lane->scratch && lane->memory;
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

static uint64_t
bytes_to_read(const struct run *run)
{
	const struct plan *plan = run->pass->plan;
	uint64_t bytes = 0;

	for (size_t i = 0; i < plan->count; i++) {
		uint32_t row = plan->pieces[i].row;

		for (uint32_t k = 0; plan->pieces[i].first == 0 && k < run->k; k++) {
			const struct ladle_tensor *tensor =
					ladle_row_tensor(run->pass->table, row, k);

			if (is_wanted(run, row, k))
				bytes += tensor->count * dtype_size(tensor->dtype);
		}
	}
	return bytes;
}

static bool
run_init(struct run *run, int threads)
{
	const struct pass *pass = run->pass;

	run->block_bytes = block_bytes_of(pass);
	run->read = pass->read ? pass->read : ladle_tensor_read;
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
		work_done(&run->rows[row]);
	for (int i = 0; i < run->lane_count; i++)
		lane_done(&run->lanes[i], run->k);
	free(run->rows);
	free(run->lanes);
	pthread_mutex_destroy(&run->lock);
}

enum ladle_status
pass_run(struct ladle *library, const struct pass *pass, struct ladle_job *job,
		struct ladle_error *err)
{
	struct run run = {.pass = pass, .job = job, .k = pass->table->checkpoint_count};
	int threads = pass->in_order ? 1 : ladle_threads(library);

	if ((size_t)threads > pass->plan->count)
		threads = pass->plan->count ? (int)pass->plan->count : 1;
	pthread_mutex_init(&run.lock, NULL);
	job_expect(job, bytes_to_read(&run));
	if (run_init(&run, threads))
		pool_run(threads, pass->plan->count, run_piece, &run);
	else
		run.status = ladle_fail(&run.error, LADLE_E_MEMORY, NULL,
				"no memory for %d threads", threads);
	run_done(&run);
	if (run.status != LADLE_OK && err)
		*err = run.error;
	return run.status;
}
