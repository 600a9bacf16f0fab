#include "align/exact_state.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/job.h"
#include "base/pool.h"
#include "measure/plan.h"

/* What one thread needs for itself. Sums are taken mod 2^64, so that their order is free. */
struct worker {
	unsigned char *raw[EXACT_SIDES];
	uint64_t *sums[EXACT_SIDES];   /* [entries] */
	uint64_t *totals[EXACT_SIDES]; /* [rows] */
	uint64_t *keys, *hashes;       /* [PLAN_BLOCK] of one line */
};

struct summing {
	struct exact_pair *pair;
	struct plan plan;
	struct worker *workers;
	int worker_count;
	pthread_mutex_t lock;
	enum ladle_status status; /* of the first failure */
	struct ladle_error error;
};

/* ---- one piece of one side ---- */

struct hashing {
	const struct exact_row *row;
	const uint64_t *labels;
	uint64_t *sums;
	struct worker *worker;
	size_t size;
	uint64_t index[LADLE_MAX_RANK]; /* of the line */
	uint64_t total;
};

static void
find_line(struct hashing *hashing, uint64_t line)
{
	for (int a = hashing->row->rank - 2; a >= 0; a--) {
		hashing->index[a] = line % hashing->row->shape[a];
		line /= hashing->row->shape[a];
	}
}

static void
next_line(struct hashing *hashing)
{
	for (int a = hashing->row->rank - 2; a >= 0; a--) {
		if (++hashing->index[a] < hashing->row->shape[a])
			return;
		hashing->index[a] = 0;
	}
}

/* Entries of an axis for part of a line from column `from` on: one, or where it is the last axis or
 * depends on it, one for each column. */
static size_t
entry_at(const struct hashing *hashing, int a, uint64_t from)
{
	const struct exact_row *row = hashing->row;
	int last = row->rank - 1, where = row->where[a];
	uint64_t place = where < 0 ? 0 : where == last ? from : hashing->index[where];

	return exact_entry(row, a, place, a == last ? from : hashing->index[a]);
}

static bool
is_along_line(const struct exact_row *row, int a)
{
	return a == row->rank - 1 || row->where[a] == row->rank - 1;
}

/* Labels of leading axes that depend on the last are added to its own. */
static const uint64_t *
line_keys(const struct hashing *hashing, uint64_t from, uint64_t count)
{
	const struct exact_row *row = hashing->row;
	const uint64_t *keys = hashing->labels + entry_at(hashing, row->rank - 1, from);

	for (int a = 0; a < row->rank - 1; a++) {
		const uint64_t *more = hashing->labels + entry_at(hashing, a, from);

		if (!is_along_line(row, a))
			continue;
		for (uint64_t i = 0; i < count; i++)
			hashing->worker->keys[i] = keys[i] + more[i];
		keys = hashing->worker->keys;
	}
	return keys;
}

static void
add_line(struct hashing *hashing, uint64_t from, uint64_t count, uint64_t sum)
{
	const struct exact_row *row = hashing->row;

	for (int a = 0; a < row->rank - 1; a++) {
		uint64_t *into = hashing->sums + entry_at(hashing, a, from);

		if (!row->moves[a])
			continue;
		if (!is_along_line(row, a))
			*into += sum;
		else
			for (uint64_t i = 0; i < count; i++)
				into[i] += hashing->worker->hashes[i];
	}
	hashing->total += sum;
}

static bool
needs_hashes(const struct exact_row *row)
{
	for (int a = 0; a < row->rank - 1; a++)
		if (row->moves[a] && is_along_line(row, a))
			return true;
	return false;
}

static void
hash_line(struct hashing *hashing, uint64_t from, uint64_t count, const void *elements)
{
	const struct exact_row *row = hashing->row;
	int last = row->rank - 1;
	uint64_t *into = hashing->sums + entry_at(hashing, last, from), prefix = 0, sum;
	bool aside = needs_hashes(row);

	for (int a = 0; a < last; a++)
		if (!is_along_line(row, a))
			prefix += hashing->labels[entry_at(hashing, a, from)];
	if (aside)
		memset(hashing->worker->hashes, 0, count * sizeof(*into));
	sum = exact_hash_line(aside ? hashing->worker->hashes : into, elements, hashing->size,
			count, prefix, line_keys(hashing, from, count));
	add_line(hashing, from, count, sum);
	for (uint64_t i = 0; aside && row->moves[last] && i < count; i++)
		into[i] += hashing->worker->hashes[i];
}

static void
hash_piece(struct summing *all, struct worker *worker, const struct piece *piece, int side)
{
	const struct exact_pair *pair = all->pair;
	uint32_t at = pair->row_at[piece->row];
	struct hashing hashing = {.row = &pair->rows[at],
			.labels = pair->side[side].labels,
			.sums = worker->sums[side],
			.worker = worker,
			.size = pair->rows[at].size};
	uint64_t length = hashing.row->shape[hashing.row->rank - 1];
	uint64_t from = piece->first % length;

	find_line(&hashing, piece->first / length);
	for (uint64_t done = 0; done < piece->count;) {
		uint64_t count = length - from;

		count = count < piece->count - done ? count : piece->count - done;
		hash_line(&hashing, from, count, worker->raw[side] + done * hashing.size);
		done += count;
		from = 0;
		next_line(&hashing);
	}
	worker->totals[side][at] += hashing.total;
}

/* ---- pieces ---- */

static bool
note_failure(struct summing *all, enum ladle_status status, const struct ladle_error *err)
{
	pthread_mutex_lock(&all->lock);
	if (all->status == LADLE_OK) {
		all->status = status;
		all->error = *err;
	}
	pthread_mutex_unlock(&all->lock);
	return false;
}

static enum ladle_status
read_piece(const struct exact_pair *pair, const struct piece *piece, int s, void *dst,
		struct ladle_error *err)
{
	uint32_t column = s == EXACT_REFERENCE ? pair->how->reference : pair->column;

	return ladle_tensor_read(pair->side[s].checkpoint,
			ladle_row_tensor(pair->table, piece->row, column), piece->first,
			piece->count, dst, err);
}

static bool
sum_piece(size_t index, int w, void *arg)
{
	struct summing *all = arg;
	struct worker *worker = &all->workers[w];
	const struct piece *piece = &all->plan.pieces[index];
	struct ladle_error err = {.status = LADLE_OK};

	if (job_canceled(all->pair->how->job))
		return note_failure(all,
				ladle_fail(&err, LADLE_E_CANCELED, NULL, "canceled"), &err);
	for (int s = 0; s < EXACT_SIDES; s++) {
		enum ladle_status status = read_piece(all->pair, piece, s, worker->raw[s], &err);

		if (status != LADLE_OK)
			return note_failure(all, status, &err);
	}
	for (int s = 0; s < EXACT_SIDES && piece->count > 0; s++)
		hash_piece(all, worker, piece, s);
	return true;
}

/* ---- all pieces ---- */

static void
worker_done(struct worker *worker)
{
	for (int s = 0; s < EXACT_SIDES; s++) {
		free(worker->raw[s]);
		free(worker->sums[s]);
		free(worker->totals[s]);
	}
	free(worker->keys);
	free(worker->hashes);
}

static bool
worker_init(struct worker *worker, const struct exact_pair *pair)
{
	for (int s = 0; s < EXACT_SIDES; s++) {
		worker->raw[s] = malloc(PLAN_BLOCK * sizeof(uint64_t));
		worker->sums[s] = calloc(pair->entries + 1, sizeof(uint64_t));
		worker->totals[s] = calloc((size_t)pair->row_count + 1, sizeof(uint64_t));
		if (!worker->raw[s] || !worker->sums[s] || !worker->totals[s])
			return false;
	}
	worker->keys = malloc(PLAN_BLOCK * sizeof(uint64_t));
	worker->hashes = malloc(PLAN_BLOCK * sizeof(uint64_t));
	return worker->keys && worker->hashes;
}

static void
fold_side(struct exact_pair *pair, const struct worker *worker, int s)
{
	struct exact_side *side = &pair->side[s];

	for (size_t i = 0; i < pair->entries; i++)
		side->sums[i] += worker->sums[s][i];
	for (uint32_t r = 0; r < pair->row_count; r++)
		side->totals[r] += worker->totals[s][r];
}

static void
fold(const struct summing *all)
{
	struct exact_pair *pair = all->pair;

	for (int s = 0; s < EXACT_SIDES; s++) {
		memset(pair->side[s].sums, 0, pair->entries * sizeof(uint64_t));
		memset(pair->side[s].totals, 0, pair->row_count * sizeof(uint64_t));
		for (int w = 0; w < all->worker_count; w++)
			fold_side(pair, &all->workers[w], s);
	}
	for (uint32_t r = 0; r < pair->row_count; r++) {
		struct exact_row *row = &pair->rows[r];

		if (row->read)
			row->agrees = pair->side[0].totals[r] == pair->side[1].totals[r];
	}
}

static bool
is_read(uint32_t row, void *arg)
{
	const struct exact_pair *pair = arg;

	return pair->row_at[row] != LADLE_NONE && pair->rows[pair->row_at[row]].read;
}

static enum ladle_status
run(struct summing *all)
{
	all->workers = calloc((size_t)all->worker_count, sizeof(*all->workers));
	for (int w = 0; w < all->worker_count; w++)
		if (all->workers == NULL || !worker_init(&all->workers[w], all->pair))
			return ladle_fail(&all->error, LADLE_E_MEMORY, NULL,
					"no memory to look for exact copies");
	pool_run(all->worker_count, all->plan.count, sum_piece, all);
	if (all->status == LADLE_OK)
		fold(all);
	return all->status;
}

enum ladle_status
exact_sum(struct exact_pair *pair, struct ladle_error *err)
{
	struct summing all = {.pair = pair, .worker_count = ladle_threads(pair->how->library)};
	enum ladle_status status;

	TRY(plan_make(&all.plan, pair->table, is_read, pair, err));
	if ((size_t)all.worker_count > all.plan.count)
		all.worker_count = all.plan.count == 0 ? 1 : (int)all.plan.count;
	pthread_mutex_init(&all.lock, NULL);
	status = run(&all);
	for (int w = 0; all.workers != NULL && w < all.worker_count; w++)
		worker_done(&all.workers[w]);
	free(all.workers);
	pthread_mutex_destroy(&all.lock);
	plan_done(&all.plan);
	if (status != LADLE_OK && err != NULL)
		*err = all.error;
	return status;
}
