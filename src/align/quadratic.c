#include <stdlib.h>
#include <string.h>

#include "align/assign.h"
#include "align/descent.h"
#include "base/err.h"

/* f(D) = <L, D> + sum over blocks of s <A, D B D'>, with D[i][j] how much of unit j stands at
 * position i. Its gradient is L + sum of s (A D B' + A' D B). */
struct quadratic {
	struct descent *how;
	uint32_t group;
	size_t n;
	float *linear;         /* L */
	float *a, *b;          /* [blocks][n][n], s in a */
	size_t blocks, room;
	float *product;        /* scratch of a gradient */
	float *soft, *at_soft; /* D; the quadratic part of its gradient */
	float *step, *at_step; /* the same of the vertex that is stepped to */
	float *sum;            /* costs of an assignment */
	uint32_t *vertex, *best;
	double best_value;
	struct assign *assign;
};

enum { STEPS = 50, STARTS_LOOSE = 20, STARTS_ANCHORED = 2, MATRICES = 7 };

/* ---- what is quadratic ---- */

/* The group's uses of the row: along two axes? */
static bool
is_on_two_axes(const struct ladle_group *group, uint32_t row)
{
	int axis = -1;

	for (uint32_t u = 0; u < group->use_count; u++) {
		if (group->uses[u].row != row)
			continue;
		if (axis >= 0 && axis != group->uses[u].axis)
			return true;
		axis = group->uses[u].axis;
	}
	return false;
}

static bool
is_first_of_row(const struct ladle_group *group, uint32_t u)
{
	for (uint32_t v = 0; v < u; v++)
		if (group->uses[v].row == group->uses[u].row)
			return false;
	return true;
}

/* Blocks of n x n that the rows on two axes are made of. */
static uint64_t
count_blocks(const struct descent *how, const struct ladle_group *group)
{
	uint64_t blocks = 0;

	for (uint32_t u = 0; u < group->use_count; u++) {
		const struct ladle_row *row = &how->cost.a.table->rows[group->uses[u].row];

		if (how->cost.weight[group->uses[u].row] > 0 && is_first_of_row(group, u) &&
				is_on_two_axes(group, group->uses[u].row))
			blocks += row->count / ((uint64_t)group->units * group->units);
	}
	return blocks;
}

bool
quadratic_is(const struct descent *how, uint32_t group)
{
	const struct ladle_group *from = &how->cost.groups->list[group];
	uint32_t families;

	nest_families(how->nest, group, &families);
	for (uint32_t u = 0; u < from->use_count; u++)
		if (from->uses[u].where >= 0)
			return false;
	return families == 0 && count_blocks(how, from) > 0;
}

uint64_t
quadratic_memory(const struct descent *how, uint32_t group)
{
	const struct ladle_group *from = &how->cost.groups->list[group];
	uint64_t square = (uint64_t)from->units * from->units * sizeof(float);

	return (2 * count_blocks(how, from) + MATRICES) * square + assign_memory(from->units);
}

/* ---- reading ---- */

/* One repetition of the units along an axis: where unit 0 is, and how far the next. */
struct repetition {
	uint64_t start, step;
};

static uint64_t
stride_of(const struct ladle_row *row, int axis)
{
	uint64_t stride = 1;

	for (int a = row->rank - 1; a > axis; a--)
		stride *= row->shape[a];
	return stride;
}

static struct repetition
repetition_of(const struct ladle_row *row, const struct ladle_use *use, uint32_t units, uint64_t at)
{
	uint64_t stride = stride_of(row, use->axis), block = units * use->inner;
	uint64_t first = use->offset + at / use->inner * block + at % use->inner;

	return (struct repetition){first * stride, use->inner * stride};
}

static void
add_block(struct quadratic *q, const float *a, const float *b, struct repetition x,
		struct repetition y, double scale)
{
	float *to_a = q->a + q->blocks * q->n * q->n, *to_b = q->b + q->blocks * q->n * q->n;

	if (q->blocks == q->room)
		return;
	for (size_t i = 0; i < q->n; i++) {
		for (size_t j = 0; j < q->n; j++) {
			uint64_t from = x.start + i * x.step + y.start + j * y.step;

			to_a[i * q->n + j] = (float)(scale * (double)a[from]);
			to_b[i * q->n + j] = b[from];
		}
	}
	q->blocks++;
}

/* All blocks that two uses of a row cross in, for each index of its other axes. */
static void
add_crossings(struct quadratic *q, const struct ladle_row *row, const struct ladle_use *x,
		const struct ladle_use *y, const float *a, const float *b)
{
	uint64_t others = row->count / row->shape[x->axis] / row->shape[y->axis];
	double scale = q->how->cost.weight[x->row];

	for (uint64_t other = 0; other < others; other++) {
		uint64_t base = 0, left = other;

		for (int axis = row->rank - 1; axis >= 0; axis--) {
			if (axis == x->axis || axis == y->axis)
				continue;
			base += left % row->shape[axis] * stride_of(row, axis);
			left /= row->shape[axis];
		}
		for (uint64_t i = 0; i < x->outer * x->inner; i++)
			for (uint64_t j = 0; j < y->outer * y->inner; j++)
				add_block(q, a + base, b + base,
						repetition_of(row, x, (uint32_t)q->n, i),
						repetition_of(row, y, (uint32_t)q->n, j), scale);
	}
}

static enum ladle_status
read_row(struct quadratic *q, uint32_t index, struct ladle_error *err)
{
	const struct cost *cost = &q->how->cost;
	const struct ladle_group *group = &cost->groups->list[q->group];
	const struct ladle_row *row = &cost->a.table->rows[index];
	float *a = malloc(row->count * sizeof(*a)), *b = malloc(row->count * sizeof(*b));
	uint64_t length = row->shape[row->rank - 1];
	enum ladle_status status = LADLE_OK;

	if (!a || !b)
		status = ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match units");
	if (status == LADLE_OK)
		status = side_read(&cost->a, index, 0, row->count, a, err);
	if (status == LADLE_OK)
		status = side_read(&cost->b, index, 0, row->count, b, err);
	if (status == LADLE_OK)
		side_shuffle(&cost->a, index, a, 0, row->count / length, 0, length);
	for (uint32_t u = 0; status == LADLE_OK && u < group->use_count; u++)
		for (uint32_t v = 0; v < group->use_count; v++)
			if (group->uses[u].row == index && group->uses[v].row == index &&
					group->uses[u].axis < group->uses[v].axis)
				add_crossings(q, row, &group->uses[u], &group->uses[v], a, b);
	free(a);
	free(b);
	return status;
}

static enum ladle_status
read_blocks(struct quadratic *q, struct ladle_error *err)
{
	const struct ladle_group *group = &q->how->cost.groups->list[q->group];

	for (uint32_t u = 0; u < group->use_count; u++)
		if (is_first_of_row(group, u) && is_on_two_axes(group, group->uses[u].row) &&
				q->how->cost.weight[group->uses[u].row] > 0)
			TRY(read_row(q, group->uses[u].row, err));
	return LADLE_OK;
}

/* The rows on one axis alone. */
static enum ladle_status
read_linear(struct quadratic *q, struct ladle_error *err)
{
	const struct ladle_group *group = &q->how->cost.groups->list[q->group];
	uint32_t rows = q->how->cost.a.table->row_count;
	double *weight = malloc((rows + 1) * sizeof(*weight));
	struct cost cost = q->how->cost;
	enum ladle_status status;

	if (!weight)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match units");
	memcpy(weight, cost.weight, rows * sizeof(*weight));
	for (uint32_t u = 0; u < group->use_count; u++)
		if (is_on_two_axes(group, group->uses[u].row))
			weight[group->uses[u].row] = 0;
	cost.weight = weight;
	status = cost_add(&cost, q->group, q->linear, err);
	free(weight);
	return status;
}

/* ---- the objective ---- */

static double
inner_product(const float *a, const float *b, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)a[i] * (double)b[i];
	return sum;
}

static void
multiply(const struct quadratic *q, enum gemm_form form, const float *a, const float *b, float *c)
{
	const struct gemm g = {form, q->n, q->n, q->n, 1, a, b, q->n, q->n, c, q->n};

	gemm_run(q->how->cost.blas, &g, q->how->cost.threads);
}

/* The quadratic part of the gradient at d. */
static void
gradient(struct quadratic *q, const float *d, float *out)
{
	size_t square = q->n * q->n;

	memset(out, 0, square * sizeof(*out));
	for (size_t i = 0; i < q->blocks; i++) {
		const float *a = q->a + i * square, *b = q->b + i * square;

		memset(q->product, 0, square * sizeof(*q->product));
		multiply(q, GEMM_NT, d, b, q->product);
		multiply(q, GEMM_NN, a, q->product, out);
		memset(q->product, 0, square * sizeof(*q->product));
		multiply(q, GEMM_NN, d, b, q->product);
		multiply(q, GEMM_TN, a, q->product, out);
	}
}

/* The quadratic part is homogeneous, so that it is half of <its gradient, d>. */
static double
value(const struct quadratic *q, const float *d, const float *at)
{
	size_t square = q->n * q->n;

	return inner_product(q->linear, d, square) + inner_product(at, d, square) / 2;
}

static void
set_vertex(const struct quadratic *q, float *d)
{
	memset(d, 0, q->n * q->n * sizeof(*d));
	for (size_t i = 0; i < q->n; i++)
		d[i * q->n + q->vertex[i]] = 1;
}

static void
keep_best(struct quadratic *q, double f)
{
	double size = q->best_value < 0 ? -q->best_value : q->best_value;

	if (f <= q->best_value + DESCENT_TIE * size)
		return;
	q->best_value = f;
	memcpy(q->best, q->vertex, q->n * sizeof(*q->best));
}

/* ---- Frank and Wolfe ---- */

static enum ladle_status
solve(struct quadratic *q, const float *costs, struct ladle_error *err)
{
	static const struct assign_how how = {.maximise = true, .tie = DESCENT_TIE};

	return assign_solve(q->assign, costs, &how, q->vertex, q->how->job, err);
}

/* One step from the soft point to the best vertex; *stay: no vertex is better. */
static enum ladle_status
step(struct quadratic *q, bool *stay, struct ladle_error *err)
{
	size_t square = q->n * q->n;
	double f = value(q, q->soft, q->at_soft), vertex, slope, bend, by;

	for (size_t i = 0; i < square; i++)
		q->sum[i] = q->linear[i] + q->at_soft[i];
	TRY(solve(q, q->sum, err));
	set_vertex(q, q->step);
	gradient(q, q->step, q->at_step);
	vertex = value(q, q->step, q->at_step);
	keep_best(q, vertex);
	slope = inner_product(q->sum, q->step, square) - inner_product(q->sum, q->soft, square);
	*stay = slope <= DESCENT_TIE * (f < 0 ? -f : f);
	bend = vertex - f - slope;
	by = bend >= 0 || -slope / (2 * bend) > 1 ? 1 : -slope / (2 * bend);
	for (size_t i = 0; i < square && !*stay; i++) {
		q->soft[i] += (float)by * (q->step[i] - q->soft[i]);
		q->at_soft[i] += (float)by * (q->at_step[i] - q->at_soft[i]);
	}
	return LADLE_OK;
}

/* The permutation that is nearest to the soft point. */
static enum ladle_status
round_soft(struct quadratic *q, struct ladle_error *err)
{
	TRY(solve(q, q->soft, err));
	set_vertex(q, q->step);
	gradient(q, q->step, q->at_step);
	keep_best(q, value(q, q->step, q->at_step));
	return LADLE_OK;
}

/* Start 0 is where the units stand, 1 the centre of all orders, others random orders mixed with
 * it. */
static void
begin(struct quadratic *q, int start, uint64_t *state)
{
	size_t square = q->n * q->n;
	float centre = start == 0 ? 0 : start == 1 ? 1 : .5f;

	for (size_t i = 0; i < q->n; i++)
		q->vertex[i] = (uint32_t)i;
	for (size_t i = q->n; start > 1 && i > 1; i--) {
		uint32_t j, kept = q->vertex[i - 1];

		*state = *state * 6364136223846793005u + 1442695040888963407u; /* Knuth, MMIX */
		j = (uint32_t)((*state >> 33) % i);
		q->vertex[i - 1] = q->vertex[j];
		q->vertex[j] = kept;
	}
	set_vertex(q, q->soft);
	for (size_t i = 0; i < square; i++)
		q->soft[i] = (1 - centre) * q->soft[i] + centre / (float)q->n;
	gradient(q, q->soft, q->at_soft);
}

static bool
is_anchored(const struct quadratic *q)
{
	for (size_t i = 0; i < q->n * q->n; i++)
		if (q->linear[i] != 0)
			return true;
	return false;
}

static enum ladle_status
climb(struct quadratic *q, struct ladle_error *err)
{
	int starts = is_anchored(q) ? STARTS_ANCHORED : STARTS_LOOSE;
	uint64_t state = q->how->seed + q->group + 1;

	for (int start = 0; start < starts; start++) {
		bool stay = false;

		begin(q, start, &state);
		if (start == 0) {
			q->best_value = value(q, q->soft, q->at_soft);
			memcpy(q->best, q->vertex, q->n * sizeof(*q->best));
		}
		for (int i = 0; i < STEPS && !stay; i++)
			TRY(step(q, &stay, err));
		TRY(round_soft(q, err));
	}
	return LADLE_OK;
}

/* ---- all of it ---- */

static enum ladle_status
open_quadratic(struct quadratic *q, struct ladle_error *err)
{
	const struct ladle_group *group = &q->how->cost.groups->list[q->group];
	size_t square;

	q->n = group->units;
	square = q->n * q->n;
	q->room = (size_t)count_blocks(q->how, group);
	q->linear = calloc(MATRICES * square, sizeof(*q->linear));
	q->a = calloc(2 * q->room * square, sizeof(*q->a));
	q->vertex = malloc(2 * q->n * sizeof(*q->vertex));
	if (!q->linear || !q->a || !q->vertex)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match %zu units", q->n);
	q->b = q->a + q->room * square;
	q->best = q->vertex + q->n;
	q->product = q->linear + square;
	q->soft = q->product + square;
	q->at_soft = q->soft + square;
	q->step = q->at_soft + square;
	q->at_step = q->step + square;
	q->sum = q->at_step + square;
	return assign_new(&q->assign, (uint32_t)q->n, err);
}

static bool
is_move(const struct quadratic *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->best[i] != i)
			return true;
	return false;
}

enum ladle_status
quadratic_improve(struct descent *how, uint32_t group, bool *moved, struct ladle_error *err)
{
	struct quadratic q = {.how = how, .group = group};
	enum ladle_status status = open_quadratic(&q, err);

	*moved = false;
	if (status == LADLE_OK)
		status = read_blocks(&q, err);
	if (status == LADLE_OK)
		status = read_linear(&q, err);
	if (status == LADLE_OK)
		status = climb(&q, err);
	if (status == LADLE_OK && is_move(&q)) {
		status = nest_move(how->nest, how->aligned, how->column, group, q.best, err);
		*moved = true;
	}
	assign_free(q.assign);
	free(q.linear);
	free(q.a);
	free(q.vertex);
	return status;
}
