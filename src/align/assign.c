#include "align/assign.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "align/assign_state.h"
#include "base/err.h"

/* The auction costs about as much as the paths of that many rows. */
enum { CONTENDED = 64 };

/* Its increments are parts of the spread of the costs, and fall by a factor. */
static const double first_increment = .25, last_increment = 1e-5, fall = 5;

/* ---- scratch ---- */

static const struct assign_loops *
loops_here(void)
{
#ifdef HAVE_ASSIGN_AVX2
	if (__builtin_cpu_supports("avx2"))
		return assign_loops_avx2();
#endif
	return assign_loops_plain();
}

static uint32_t
blocks_of(uint32_t n)
{
	return n / BLOCK + (n % BLOCK != 0);
}

size_t
assign_memory(uint32_t n)
{
	size_t blocks = blocks_of(n), padded = blocks * BLOCK;

	return sizeof(struct assign) + blocks * n * sizeof(float) +
	       n * (6 * sizeof(uint32_t) + sizeof(double) + 2 * sizeof(struct assign_key)) +
	       padded * (2 * sizeof(double) + sizeof(int64_t) + 2 * sizeof(float));
}

static bool
allocate_rows(struct assign *s)
{
	struct arena *a = &s->arena;
	uint32_t n = s->n;

	return (s->column_of = arena_array(a, n, sizeof(*s->column_of))) &&
	       (s->row_of = arena_array(a, n, sizeof(*s->row_of))) &&
	       (s->hint = arena_array(a, n, sizeof(*s->hint))) &&
	       (s->free_rows = arena_array(a, n, sizeof(*s->free_rows))) &&
	       (s->queue = arena_array(a, n, sizeof(*s->queue))) &&
	       (s->settled = arena_array(a, n, sizeof(*s->settled))) &&
	       (s->settled_at = arena_array(a, n, sizeof(*s->settled_at))) &&
	       (s->rows = arena_array(a, n, sizeof(*s->rows))) &&
	       (s->columns = arena_array(a, n, sizeof(*s->columns)));
}

static bool
allocate_blocks(struct assign *s)
{
	struct arena *a = &s->arena;
	size_t padded = (size_t)s->blocks * BLOCK;

	return (s->bound = arena_array(a, (size_t)s->blocks * s->n, sizeof(*s->bound))) &&
	       (s->v = arena_array(a, padded, sizeof(*s->v))) &&
	       (s->reach.distance = arena_array(a, padded, sizeof(double))) &&
	       (s->reach.from = arena_array(a, padded, sizeof(int64_t))) &&
	       (s->low = arena_array(a, padded, sizeof(*s->low))) &&
	       (s->high = arena_array(a, padded, sizeof(*s->high)));
}

enum ladle_status
assign_new(struct assign **out, uint32_t n, struct ladle_error *err)
{
	struct assign *s = calloc(1, sizeof(*s));

	if (s) {
		arena_init(&s->arena);
		s->loops = loops_here();
		s->n = n;
		s->blocks = blocks_of(n);
	}
	if (!s || (n > 0 && !(allocate_rows(s) && allocate_blocks(s)))) {
		assign_free(s);
		return ladle_fail(err, LADLE_E_MEMORY, NULL,
				"no memory to assign %u units: %zu bytes", n, assign_memory(n));
	}
	*out = s;
	return LADLE_OK;
}

void
assign_free(struct assign *s)
{
	if (!s)
		return;
	arena_done(&s->arena);
	free(s);
}

/* ---- what the stages share ---- */

/* A block of a row: in place, or a copy that goes on with `pad`. */
static const float *
padded_block(const struct assign *s, uint32_t row, uint32_t block, float pad, float *room)
{
	const float *c = s->costs + (size_t)row * s->n + (size_t)block * BLOCK;
	uint32_t count = s->n - block * BLOCK;

	if (count >= BLOCK)
		return c;
	memcpy(room, c, count * sizeof(*c));
	for (uint32_t j = count; j < BLOCK; j++)
		room[j] = pad;
	return room;
}

const float *
assign_block(const struct assign *s, uint32_t row, uint32_t block, float *room)
{
	return padded_block(s, row, block, s->sign > 0 ? INFINITY : -INFINITY, room);
}

double
assign_cost(const struct assign *s, uint32_t row, uint32_t column)
{
	return s->sign * (double)s->costs[(size_t)row * s->n + column];
}

void
assign_pair(struct assign *s, uint32_t row, uint32_t column)
{
	uint32_t owner = s->row_of[column];

	if (owner != LADLE_NONE)
		s->column_of[owner] = LADLE_NONE;
	s->row_of[column] = row;
	s->column_of[row] = column;
}

void
assign_unpair_all(struct assign *s)
{
	for (uint32_t k = 0; k < s->n; k++)
		s->column_of[k] = s->row_of[k] = LADLE_NONE;
}

/* ---- stages ---- */

static enum ladle_status
refuse_row(const struct assign *s, uint32_t row, struct ladle_error *err)
{
	const float *c = s->costs + (size_t)row * s->n;
	uint32_t column = 0;

	while (column + 1 < s->n && isfinite(c[column]))
		column++;
	return ladle_fail(err, LADLE_E_VALUE, NULL, "the cost of unit %u beside unit %u is %g", row,
			column, (double)c[column]);
}

/* Ranges of the columns. */
static enum ladle_status
survey(struct assign *s, struct ladle_error *err)
{
	float room[BLOCK];

	for (uint32_t j = 0; j < s->blocks * BLOCK; j++) {
		s->low[j] = FLT_MAX;
		s->high[j] = -FLT_MAX;
	}
	for (uint32_t row = 0; row < s->n; row++)
		for (uint32_t b = 0; b < s->blocks; b++)
			if (!s->loops->extend(s->low + b * BLOCK, s->high + b * BLOCK,
					    padded_block(s, row, b, 0, room)))
				return refuse_row(s, row, err);
	return LADLE_OK;
}

static void
reduce_columns(struct assign *s)
{
	s->largest = 0;
	for (uint32_t j = 0; j < s->n; j++) {
		double low = (double)s->low[j], high = (double)s->high[j];

		s->v[j] = s->sign > 0 ? low : -high;
		s->largest = fmax(s->largest, fmax(fabs(low), fabs(high)));
	}
}

static uint32_t
list_free(struct assign *s)
{
	uint32_t count = 0;

	for (uint32_t row = 0; row < s->n; row++)
		if (s->column_of[row] == LADLE_NONE)
			s->free_rows[count++] = row;
	return count;
}

/* Better duals than row reduction finds where many rows want the same columns. Rows to which all
 * columns are nearly the same (units that died) never settle: what they bid is worth nothing. */
static bool
contend(struct assign *s, uint32_t *count)
{
	double spread = assign_spread(s);
	bool settled = spread > 0;

	for (double part = first_increment; settled && part > last_increment; part /= fall)
		if (!assign_auction(s, part * spread, &settled))
			return false;
	assign_unpair_all(s);
	*count = list_free(s);
	return assign_reduce_rows(s, count) && assign_reduce_rows(s, count);
}

static bool
pair_all(struct assign *s, const double *duals)
{
	bool sorted = duals || assign_sort_duals(s);
	uint32_t count;

	if (duals)
		memcpy(s->v, duals, s->n * sizeof(*duals));

	assign_bound(s);
	assign_unpair_all(s);
	count = list_free(s);
	if (!assign_reduce_rows(s, &count))
		return false;
	if (!sorted && count > CONTENDED && !contend(s, &count))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!assign_augment(s, s->free_rows[i]))
			return false;
	return true;
}

/* ---- the identity before what costs the same ---- */

/* Whether costs that sum to `by` more, of a size that sums to `size`, count as equal. */
static bool
costs_no_more(double by, double size, double tie)
{
	return by <= tie * size;
}

/* A row takes its own column when the row that holds it can have the other's. */
static void
exchange(struct assign *s, uint32_t row, double tie)
{
	uint32_t owner = s->row_of[row], column = s->column_of[row];
	double own = assign_cost(s, row, row), other = assign_cost(s, owner, column);
	double now = assign_cost(s, row, column), held = assign_cost(s, owner, row);

	if (!costs_no_more((own - now) + (other - held), fabs(own) + fabs(other), tie))
		return;
	s->column_of[row] = s->row_of[row] = row;
	s->column_of[owner] = column;
	s->row_of[column] = owner;
}

/* The rows of one cycle of the assignment take their own columns all at once. */
static void
dissolve(struct assign *s, uint32_t start, double tie)
{
	double by = 0, size = 0;
	uint32_t row = start;

	do {
		uint32_t column = s->column_of[row];
		double own = assign_cost(s, row, row);

		by += own - assign_cost(s, row, column);
		size += fabs(own);
		s->queue[row] = true; /* seen */
		row = column;
	} while (row != start);
	if (!costs_no_more(by, size, tie))
		return;
	do {
		uint32_t next = s->column_of[row];

		s->column_of[row] = s->row_of[row] = row;
		row = next;
	} while (row != start);
}

static void
prefer_identity(struct assign *s, double tie)
{
	memset(s->queue, 0, s->n * sizeof(*s->queue));
	for (uint32_t row = 0; row < s->n; row++)
		if (s->column_of[row] != row)
			exchange(s, row, tie);
	for (uint32_t row = 0; row < s->n; row++)
		if (s->column_of[row] != row && !s->queue[row])
			dissolve(s, row, tie);
}

/* ---- the whole ---- */

enum ladle_status
assign_solve(struct assign *s, const float *costs, const struct assign_how *how,
		uint32_t *column_of, struct ladle_job *job, struct ladle_error *err)
{
	s->costs = costs;
	s->sign = how->maximise ? -1 : 1;
	s->job = job;
	if (s->n == 0)
		return LADLE_OK;
	TRY(survey(s, err));
	reduce_columns(s);
	if (!pair_all(s, how->duals))
		return ladle_fail(err, LADLE_E_CANCELED, NULL, "canceled");
	prefer_identity(s, how->tie);
	memcpy(column_of, s->column_of, s->n * sizeof(*column_of));
	return LADLE_OK;
}

const double *
assign_duals(const struct assign *s)
{
	return s->v;
}

double
assign_value(const float *costs, uint32_t n, const uint32_t *column_of)
{
	double sum = 0;

	for (uint32_t row = 0; row < n; row++)
		sum += (double)costs[(size_t)row * n + column_of[row]];
	return sum;
}

/* For each row the dual that its least reduced cost allows proves a bound on all assignments; the
 * dual that its own pair gives shows by how much that pair misses it. */
struct assign_proof
assign_prove(const struct assign *s)
{
	struct assign_proof proof = {0, 0, s->n > 0 ? s->largest : 0};
	double x[BLOCK];
	float room[BLOCK];

	for (uint32_t row = 0; row < s->n; row++) {
		uint32_t column = s->column_of[row];
		double own = assign_cost(s, row, column) - s->v[column], least = own;

		for (uint32_t b = 0; b < s->blocks; b++)
			least = fmin(least, s->loops->reduce(x, assign_block(s, row, b, room),
							    s->sign, s->v + (size_t)b * BLOCK));
		proof.slack = fmin(proof.slack, least - own);
		proof.gap += own - least;
	}
	return proof;
}
