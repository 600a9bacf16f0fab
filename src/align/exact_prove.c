#include "align/exact_state.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/job.h"
#include "base/pool.h"
#include "measure/plan.h"

/* Bytes that are compared at once at most; those of both sides fit a cache of the second level. */
enum { SPAN = 1 << 20 };

struct proving {
	const struct exact_pair *pair;
	struct piece *pieces;
	size_t piece_count;
	uint64_t most; /* elements of one */
	atomic_bool *differs; /* [rows] */
	unsigned char **raw;  /* [2 * workers] */
	pthread_mutex_t lock;
	enum ladle_status status; /* of the first failure */
	struct ladle_error error;
};

static const struct ladle_tensor *
tensor_of(const struct exact_pair *pair, uint32_t row, int s)
{
	return ladle_row_tensor(pair->table, row,
			s == EXACT_REFERENCE ? pair->how->reference : pair->column);
}

static enum ladle_status
compare_piece(struct proving *all, const struct piece *piece, unsigned char *const *raw,
		struct ladle_error *err)
{
	size_t bytes = piece->count * dtype_size(all->pair->table->rows[piece->row].dtype);

	if (job_canceled(all->pair->how->job))
		return ladle_fail(err, LADLE_E_CANCELED, NULL, "canceled");
	for (int s = 0; s < EXACT_SIDES; s++)
		TRY(ladle_tensor_read(all->pair->side[s].checkpoint,
				tensor_of(all->pair, piece->row, s), piece->first, piece->count,
				raw[s], err));
	if (memcmp(raw[0], raw[1], bytes) != 0)
		atomic_store(&all->differs[all->pair->row_at[piece->row]], true);
	return LADLE_OK;
}

static bool
prove_piece(size_t index, int worker, void *arg)
{
	struct proving *all = arg;
	const struct piece *piece = &all->pieces[index];
	struct ladle_error err = {.status = LADLE_OK};
	enum ladle_status status;

	if (atomic_load(&all->differs[all->pair->row_at[piece->row]]))
		return true;
	status = compare_piece(all, piece, &all->raw[EXACT_SIDES * worker], &err);
	if (status == LADLE_OK)
		return true;
	pthread_mutex_lock(&all->lock);
	if (all->status == LADLE_OK) {
		all->status = status;
		all->error = err;
	}
	pthread_mutex_unlock(&all->lock);
	return false;
}

/* ---- pieces ---- */

/* Elements that are compared at once: of what moved, all that lies between places that changed, for
 * then it is read in one run. */
static uint64_t
piece_size(const struct exact_pair *pair, const struct exact_row *row)
{
	uint64_t most = SPAN / dtype_size(pair->table->rows[row->row].dtype);
	uint64_t slab = 1, first = LADLE_MAX_RANK;

	for (uint32_t u = 0; u < row->use_count; u++)
		if (aligned_order(pair->aligned, pair->column, row->uses[u].group) != NULL &&
				(uint64_t)row->uses[u].use->axis < first)
			first = (uint64_t)row->uses[u].use->axis;
	for (uint64_t a = first; a < (uint64_t)row->rank; a++)
		slab *= row->shape[a];
	if (slab > most || slab >= PLAN_BLOCK)
		return slab > most ? PLAN_BLOCK : slab;
	return PLAN_BLOCK / slab * slab;
}

static enum ladle_status
list_pieces(struct proving *all, struct ladle_error *err)
{
	const struct exact_pair *pair = all->pair;
	size_t count = 0, n = 0;

	for (uint32_t r = 0; r < pair->row_count; r++) {
		const struct exact_row *row = &pair->rows[r];

		if (row->agrees)
			count += pair->table->rows[row->row].count / piece_size(pair, row) + 1;
	}
	all->pieces = malloc((count + 1) * sizeof(*all->pieces));
	if (all->pieces == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to look for exact copies");
	for (uint32_t r = 0; r < pair->row_count; r++) {
		const struct exact_row *row = &pair->rows[r];
		uint64_t left = pair->table->rows[row->row].count;
		uint64_t size = row->agrees ? piece_size(pair, row) : 0;

		for (uint64_t first = 0; row->agrees && left > 0; first += size) {
			uint64_t some = size < left ? size : left;

			all->pieces[n++] = (struct piece){row->row, first, some};
			all->most = some > all->most ? some : all->most;
			left -= some;
		}
	}
	all->piece_count = n;
	return LADLE_OK;
}

static enum ladle_status
run(struct proving *all, int workers)
{
	size_t buffers = EXACT_SIDES * (size_t)workers;

	all->raw = calloc(buffers, sizeof(*all->raw));
	all->differs = calloc((size_t)all->pair->row_count + 1, sizeof(*all->differs));
	for (size_t i = 0; i < buffers; i++)
		if (all->raw == NULL || all->differs == NULL ||
				(all->raw[i] = malloc(all->most * sizeof(double) + 1)) == NULL)
			return ladle_fail(&all->error, LADLE_E_MEMORY, NULL,
					"no memory to look for exact copies");
	pool_run(workers, all->piece_count, prove_piece, all);
	return all->status;
}

static bool
is_solved(const struct proving *all, uint32_t group)
{
	const struct exact_pair *pair = all->pair;
	const struct ladle_group *from = &pair->groups->list[group];

	for (uint32_t u = 0; u < from->use_count; u++) {
		uint32_t at = pair->row_at[from->uses[u].row];
		const struct exact_row *row = &pair->rows[at];

		if (!row->agrees || atomic_load(&all->differs[at]))
			return false;
	}
	return from->use_count > 0;
}

static bool
is_all_same(const struct proving *all)
{
	for (uint32_t r = 0; r < all->pair->row_count; r++)
		if (all->pair->rows[r].comparable &&
				(!all->pair->rows[r].agrees || atomic_load(&all->differs[r])))
			return false;
	return true;
}

enum ladle_status
exact_prove(struct exact_pair *pair, bool *solved, bool *every, struct ladle_error *err)
{
	struct proving all = {.pair = pair};
	int workers = ladle_threads(pair->how->library);
	enum ladle_status status;

	TRY(list_pieces(&all, err));
	pthread_mutex_init(&all.lock, NULL);
	status = run(&all, workers);
	for (uint32_t g = 0; g < pair->groups->count && status == LADLE_OK; g++)
		solved[g] = is_solved(&all, g);
	*every = status == LADLE_OK && is_all_same(&all);
	for (int i = 0; all.raw != NULL && i < EXACT_SIDES * workers; i++)
		free(all.raw[i]);
	free(all.raw);
	free(all.differs);
	pthread_mutex_destroy(&all.lock);
	free(all.pieces);
	if (status != LADLE_OK && err != NULL)
		*err = all.error;
	return status;
}
