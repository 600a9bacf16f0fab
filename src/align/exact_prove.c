#include "align/exact_state.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/job.h"
#include "base/pool.h"
#include "keras/reorder.h"
#include "keras/tensor_view.h"

/* Bytes of each side that are compared at once, at most. */
enum { SPAN = 2 << 20, BLOCK = 32 * 1024 /* elements of what is no slab */ };

struct piece {
	uint32_t row;
	uint64_t first, count; /* elements */
	bool whole;            /* nothing that is in it came from outside of it */
};

struct proving {
	const struct exact_pair *pair;
	struct piece *pieces;
	size_t piece_count;
	size_t most; /* bytes of one */
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
read_side(const struct proving *all, const struct piece *piece, int s,
		const struct ladle_tensor *tensor, void *dst, struct ladle_error *err)
{
	return ladle_tensor_read(all->pair->side[s].checkpoint, tensor, piece->first, piece->count,
			dst, err);
}

/* What the column stores in another order within the piece, if no axis before the last depends on
 * the last; else NULL. */
static const struct reorder *
order_within(const struct proving *all, const struct piece *piece)
{
	const struct ladle_view *view = tensor_of(all->pair, piece->row, EXACT_COLUMN)->view;
	const struct reorder *how = view == NULL ? NULL : view->reorder;

	if (how == NULL || !piece->whole)
		return NULL;
	for (int a = 0; a < how->from->rank; a++)
		if (how->axes[a].scale != NULL || how->axes[a].where == how->from->rank - 1)
			return NULL;
	return how;
}

/* The line of `from` that comes out at this one. */
static uint64_t
source_line(const struct reorder *how, uint64_t line)
{
	uint64_t index[LADLE_MAX_RANK], out = 0;
	int last = how->from->rank - 1;

	for (int a = last - 1; a >= 0; a--) {
		index[a] = line % how->from->shape[a];
		line /= how->from->shape[a];
	}
	for (int a = 0; a < last; a++) {
		const struct reorder_axis *axis = &how->axes[a];
		uint64_t extent = how->from->shape[a];
		uint64_t place = axis->where < 0 ? 0 : index[axis->where];

		out = out * extent + (axis->order == NULL ? index[a]
							  : axis->order[place * extent + index[a]]);
	}
	return out;
}

static const uint32_t *
order_of_line(const struct reorder *how, uint64_t line)
{
	int last = how->from->rank - 1;
	const struct reorder_axis *axis = &how->axes[last];

	if (axis->order == NULL || axis->where < 0)
		return axis->order;
	for (int a = last - 1; a > axis->where; a--)
		line /= how->from->shape[a];
	return axis->order + line % how->from->shape[axis->where] * how->from->shape[last];
}

/* Compares what was read as it is stored, so that nothing is copied into order. */
static bool
differs_within(const struct reorder *how, const struct piece *piece, unsigned char *const *raw)
{
	uint64_t length = how->from->shape[how->from->rank - 1], first = piece->first / length;
	size_t size = dtype_size(how->from->dtype);

	for (uint64_t line = 0; line < piece->count / length; line++) {
		uint64_t from = source_line(how, first + line) - first;

		if (exact_differs(raw[EXACT_REFERENCE] + line * length * size,
				    raw[EXACT_COLUMN] + from * length * size,
				    order_of_line(how, first + line), size, length))
			return true;
	}
	return false;
}

static enum ladle_status
compare_piece(struct proving *all, const struct piece *piece, unsigned char *const *raw,
		struct ladle_error *err)
{
	const struct ladle_tensor *tensor = tensor_of(all->pair, piece->row, EXACT_COLUMN);
	const struct reorder *how = order_within(all, piece);
	size_t bytes = piece->count * dtype_size(tensor->dtype);
	bool differs;

	if (job_canceled(all->pair->how->job))
		return ladle_fail(err, LADLE_E_CANCELED, NULL, "canceled");
	TRY(read_side(all, piece, EXACT_REFERENCE, tensor_of(all->pair, piece->row, 0), raw[0],
			err));
	TRY(read_side(all, piece, EXACT_COLUMN, how == NULL ? tensor : how->from, raw[1], err));
	differs = how != NULL ? differs_within(how, piece, raw)
			      : memcmp(raw[0], raw[1], bytes) != 0;
	if (differs)
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
 * then it is read in one run; less (*whole is false) where that is too much. */
static uint64_t
piece_size(const struct exact_pair *pair, const struct exact_row *row, bool *whole)
{
	uint64_t most = SPAN / row->size;
	uint64_t slab = 1, first = LADLE_MAX_RANK;

	for (uint32_t u = 0; u < row->use_count; u++)
		if (aligned_order(pair->aligned, pair->column, row->uses[u].group) != NULL &&
				(uint64_t)row->uses[u].use->axis < first)
			first = (uint64_t)row->uses[u].use->axis;
	for (uint64_t a = first; a < (uint64_t)row->rank; a++)
		slab *= row->shape[a];
	*whole = slab > 0 && slab <= most;
	if (slab >= BLOCK)
		return *whole ? slab : BLOCK;
	return slab == 0 ? BLOCK : BLOCK / slab * slab;
}

static enum ladle_status
list_pieces(struct proving *all, struct ladle_error *err)
{
	const struct exact_pair *pair = all->pair;
	size_t count = 0, n = 0;
	bool whole = false;

	for (uint32_t r = 0; r < pair->row_count; r++) {
		const struct exact_row *row = &pair->rows[r];

		if (row->agrees)
			count += 1 + pair->table->rows[row->row].count /
						     piece_size(pair, row, &whole);
	}
	all->pieces = malloc((count + 1) * sizeof(*all->pieces));
	if (all->pieces == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to look for exact copies");
	for (uint32_t r = 0; r < pair->row_count; r++) {
		const struct exact_row *row = &pair->rows[r];
		uint64_t left = pair->table->rows[row->row].count;
		uint64_t size = row->agrees ? piece_size(pair, row, &whole) : 0;

		for (uint64_t first = 0; row->agrees && left > 0; first += size) {
			uint64_t some = size < left ? size : left;

			all->pieces[n++] = (struct piece){row->row, first, some, whole};
			all->most = some * row->size > all->most ? some * row->size : all->most;
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
				(all->raw[i] = malloc(all->most + 1)) == NULL)
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
