/* More than two columns: the best of them as a common reference, then each in turn with the mean of
 * all others (Ainsworth, Hayase and Srinivasa, Git Re-Basin, ICLR 2023, algorithm 3). That is
 * coordinate ascent on the sum of <A, B> over all pairs, so that it ends. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "align/weights.h"
#include "base/err.h"

enum { ROUNDS = 50, REFINEMENTS = 6, REFERENCE_SWEEPS = 4 };

struct together {
	struct weights *w;
	uint32_t *columns; /* that take part */
	uint32_t count;
	uint32_t *others;  /* [count] scratch */
	double *norm2;     /* [rows] sum over columns of their squared norms */
	uint32_t **start, **kept, **best; /* [count][units] */
	double likeness; /* of the best */
	bool *counts;    /* [rows] */
};

/* ---- the objective ---- */

static enum ladle_status
no_memory(struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match units");
}

/* |mean of all columns|^2 of each row that counts; sum over pairs of <A, B> = (K^2 |mean|^2 - sum
 * |A|^2) / 2. */
static enum ladle_status
measure_mean(struct together *t, struct dots *out, struct ladle_error *err)
{
	struct descent how = weights_descent(t->w, t->columns[0], t->columns, t->count, 0);

	for (uint32_t r = 0; r < t->w->row_count; r++)
		if (t->counts[r])
			TRY(cost_dots(&how.cost, r, &out[r], err));
	return LADLE_OK;
}

static enum ladle_status
measure_norms(struct together *t, struct ladle_error *err)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct descent how = weights_descent(
				t->w, t->columns[i], &t->columns[i], 1, 0);

		for (uint32_t r = 0; r < t->w->row_count; r++) {
			struct dots dots;

			if (!t->counts[r])
				continue;
			TRY(cost_dots(&how.cost, r, &dots, err));
			t->norm2[r] += dots.bb;
		}
	}
	return LADLE_OK;
}

/* Sum over all pairs of <A, B>. */
static double
pairs_of(const struct together *t, uint32_t row, const struct dots *dots)
{
	double k = t->count;

	return (k * k * dots[row].aa - t->norm2[row]) / 2;
}

/* Mean over all pairs. */
static double
mean_pair(const struct together *t, uint32_t row, const struct dots *dots)
{
	return pairs_of(t, row, dots) * 2 / ((double)t->count * (t->count - 1));
}

static double
objective_of(const struct together *t, const struct dots *dots)
{
	double sum = 0;

	for (uint32_t r = 0; r < t->w->row_count; r++)
		if (t->w->weight[r] > 0)
			sum += t->w->weight[r] * pairs_of(t, r, dots);
	return sum;
}

/* The selector over the mean cosine of pairs, all norms taken as equal. */
static double
likeness_of(const struct together *t, const struct dots *dots)
{
	double sum = 0;

	for (uint32_t r = 0; r < t->w->row_count; r++) {
		double cosine;

		if (!(t->w->weight[r] > 0) || !t->w->stored->rows[r].is_kernel)
			continue;
		cosine = mean_pair(t, r, dots) * t->count / t->norm2[r];
		sum += log(cosine > 1e-6 ? cosine : 1e-6);
	}
	return sum;
}

static void
weigh(struct together *t, enum ladle_objective objective)
{
	for (uint32_t r = 0; r < t->w->row_count; r++) {
		bool counts = t->counts[r] && t->norm2[r] > 0;

		t->w->weight[r] = !counts                    ? 0
				  : objective == LADLE_RAW ? 1
							   : t->count / t->norm2[r];
	}
}

/* ---- moving ---- */

static void
keep(const struct together *t, uint32_t **orders)
{
	for (uint32_t i = 0; i < t->count; i++)
		weights_keep(t->w, t->columns[i], orders[i]);
}

static enum ladle_status
restore(struct together *t, uint32_t **orders, struct ladle_error *err)
{
	for (uint32_t i = 0; i < t->count; i++)
		TRY(weights_restore(t->w, t->columns[i], orders[i], err));
	return LADLE_OK;
}

/* *sweeps: at most so many; how many were made. */
static enum ladle_status
move_column(struct together *t, uint32_t column, const uint32_t *others, uint32_t count,
		uint64_t seed, int *sweeps, struct ladle_error *err)
{
	struct descent how = weights_descent(t->w, column, others, count, seed);

	how.most_sweeps = *sweeps;
	TRY(descent_run(&how, err));
	*sweeps = how.sweeps;
	if (how.taken > t->w->all->pub.memory)
		t->w->all->pub.memory = how.taken;
	return LADLE_OK;
}

/* All to one of them; the best of these frames stands in `kept`. */
static enum ladle_status
find_reference(struct together *t, struct ladle_error *err)
{
	double most = -INFINITY;

	for (uint32_t i = 0; i < t->count; i++) {
		double value;

		TRY(restore(t, t->start, err));
		for (uint32_t j = 0; j < t->count; j++) {
			int sweeps = REFERENCE_SWEEPS;

			if (j != i)
				TRY(move_column(t, t->columns[j], &t->columns[i], 1, 0, &sweeps,
						err));
		}
		TRY(measure_mean(t, t->w->dots, err));
		value = objective_of(t, t->w->dots);
		if (value > most) {
			most = value;
			keep(t, t->kept);
		}
	}
	return LADLE_OK;
}

static uint32_t
others_than(struct together *t, uint32_t i)
{
	uint32_t count = 0;

	for (uint32_t j = 0; j < t->count; j++)
		if (j != i)
			t->others[count++] = t->columns[j];
	return count;
}

static enum ladle_status
merge(struct together *t, int *rounds, struct ladle_error *err)
{
	uint64_t state = t->w->options->seed * 0x9e3779b97f4a7c15u + 1;
	bool progress = true;

	for (*rounds = 0; progress && *rounds < ROUNDS; ++*rounds) {
		uint32_t first;

		progress = false;
		state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth, MMIX */
		first = (uint32_t)((state >> 33) % t->count);
		for (uint32_t j = 0; j < t->count; j++) {
			uint32_t i = (first + j) % t->count, count = others_than(t, i);
			int sweeps = DESCENT_SWEEPS;

			TRY(move_column(t, t->columns[i], t->others, count,
					*rounds ? state >> 7 : 0, &sweeps, err));
			progress = progress || sweeps > 1; /* the last one moved nothing */
		}
	}
	return LADLE_OK;
}

/* As for two: towards a maximum of sum log cos, of the mean cosine of all pairs. */
static enum ladle_status
refine(struct together *t, struct ladle_error *err)
{
	struct weights *w = t->w;
	int rounds = w->options->objective == LADLE_SELECTED ? 0 : REFINEMENTS;

	for (bool moves = true; rounds < REFINEMENTS && moves; rounds++) {
		int merged;

		for (uint32_t r = 0; r < w->row_count; r++)
			if (w->weight[r] > 0)
				w->weight[r] = weights_of_logarithm(mean_pair(t, r, w->dots),
						t->norm2[r] / t->count);
		TRY(merge(t, &merged, err));
		TRY(measure_mean(t, w->dots, err));
		moves = merged > 1;
	}
	return LADLE_OK;
}

/* Of two objectives the one that leads to kernels that are more alike. */
static enum ladle_status
try_objective(struct together *t, enum ladle_objective objective, struct ladle_error *err)
{
	struct ladle_alignment *pub = &t->w->all->pub;
	double likeness;
	int rounds;

	weigh(t, objective);
	TRY(find_reference(t, err));
	TRY(restore(t, t->kept, err));
	TRY(merge(t, &rounds, err));
	TRY(measure_mean(t, t->w->dots, err));
	TRY(refine(t, err));
	likeness = likeness_of(t, t->w->dots);
	if (pub->objective != LADLE_SELECTED && likeness <= t->likeness)
		return LADLE_OK;
	t->likeness = likeness;
	pub->objective = objective;
	pub->sweeps = rounds;
	keep(t, t->best);
	return LADLE_OK;
}

/* ---- all of it ---- */

/* A column that cannot follow the reference everywhere is matched with it alone. */
bool
together_takes(const struct weights *w, uint32_t column)
{
	uint32_t reference = w->options->reference;

	if (column == reference)
		return true;
	for (uint32_t g = 0; g < w->group_count; g++)
		if (aligned_why(w->all->aligned, column, g) &&
				!aligned_why(w->all->aligned, reference, g))
			return false;
	return w->options->wanted == NULL || w->options->wanted[column];
}

/* A group is matched where every column can follow, unless all are copies there. */
static bool
is_free(const struct together *t, uint32_t group)
{
	const struct weights *w = t->w;
	bool solved = true;

	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t column = t->columns[i];

		if (aligned_why(w->all->aligned, column, group))
			return false;
		solved = solved && (column == w->options->reference ||
						   w->all->solved[(size_t)column * w->group_count +
								  group]);
	}
	return !solved;
}

static bool
open_orders(struct together *t, uint32_t ***orders)
{
	*orders = arena_array(&t->w->arena, t->count, sizeof(**orders));
	for (uint32_t i = 0; *orders && i < t->count; i++)
		if (!((*orders)[i] = arena_array(&t->w->arena, t->w->units + 1,
				      sizeof(***orders))))
			return false;
	return *orders != NULL;
}

static bool
is_matched(const struct together *t, uint32_t row)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (!weights_is_matched(t->w->stored, row, t->columns[i]))
			return false;
	return true;
}

static bool
open_together(struct together *t)
{
	struct weights *w = t->w;
	size_t columns = w->stored->checkpoint_count, rows = (size_t)w->row_count + 1;
	const struct ladle_groups *groups = w->all->pub.groups;

	t->columns = arena_array(&w->arena, columns, sizeof(*t->columns));
	t->others = arena_array(&w->arena, columns, sizeof(*t->others));
	t->norm2 = arena_array(&w->arena, rows, sizeof(*t->norm2));
	t->counts = arena_array(&w->arena, rows, sizeof(*t->counts));
	if (!t->columns || !t->others || !t->norm2 || !t->counts)
		return false;
	for (uint32_t k = 0; k < columns; k++)
		if (together_takes(w, k))
			t->columns[t->count++] = k;
	for (uint32_t g = 0; g < w->group_count; g++) {
		w->free[g] = !w->nest.stuck[g] && is_free(t, g);
		for (uint32_t u = 0; w->free[g] && u < groups->list[g].use_count; u++)
			t->counts[groups->list[g].uses[u].row] =
					is_matched(t, groups->list[g].uses[u].row);
	}
	return open_orders(t, &t->start) && open_orders(t, &t->kept) && open_orders(t, &t->best);
}

static bool
is_anything_free(const struct weights *w)
{
	for (uint32_t g = 0; g < w->group_count; g++)
		if (w->free[g])
			return true;
	return false;
}

enum ladle_status
together_match(struct weights *w, struct ladle_error *err)
{
	struct together t = {.w = w};
	enum ladle_objective asked = w->options->objective;

	if (!open_together(&t))
		return no_memory(err);
	if (!is_anything_free(w))
		return LADLE_OK;
	keep(&t, t.start);
	TRY(measure_norms(&t, err));
	if (asked != LADLE_NORMALISED)
		TRY(try_objective(&t, LADLE_RAW, err));
	if (asked != LADLE_RAW)
		TRY(try_objective(&t, LADLE_NORMALISED, err));
	TRY(restore(&t, t.best, err));
	return nest_rebase(&w->nest, w->all->aligned,
			&(struct frame){w->options->reference, t.columns, t.count}, err);
}
