#include "align/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/job.h"

/* Starts beside the first, for models one sweep over which takes no more operations than this: a
 * second of one processor. */
#define RESTARTS_OPERATIONS 2e10
enum { RESTARTS = 4, SWEEPS_GUESSED = 6, REFINEMENTS = 6 };
#define MEMORY_DEFAULT ((uint64_t)4 << 30)
/* Kernels of one training run stay above this cosine (measured: .968 and more for one
 * initialisation, .973 for early and late epochs); those of strangers are below .1. */
#define SAME_LINEAGE .9
#define COSINE_LEAST 1e-6 /* whose logarithm still counts */
#define COSINE_FLOOR .05  /* below, a row weighs no more */

/* ---- what counts ---- */

/* Statistics follow from the weights; they are not matched, only moved. */
static bool
is_trainable(const struct ladle_row *row)
{
	static const char *const moving[] = {"moving_", "renorm_", "vector_u", "seed", "count"};

	for (size_t i = 0; i < sizeof(moving) / sizeof(*moving); i++)
		if (!strncmp(row->role, moving[i], strlen(moving[i])))
			return false;
	return row->averaged;
}

bool
weights_is_matched(const struct ladle_table *table, uint32_t row, uint32_t column)
{
	const struct ladle_row *from = &table->rows[row];
	const struct ladle_tensor *tensor = ladle_row_tensor(table, row, column);

	return is_trainable(from) && tensor && !tensor->refused && tensor->averaged &&
	       tensor->rank == from->rank &&
	       !memcmp(tensor->shape, from->shape, (size_t)from->rank * sizeof(*from->shape));
}

static void
find_rows(struct weights *w, uint32_t column, bool *counts)
{
	const struct ladle_groups *groups = w->all->pub.groups;

	for (uint32_t g = 0; g < groups->count; g++) {
		for (uint32_t u = 0; w->free[g] && u < groups->list[g].use_count; u++) {
			uint32_t row = groups->list[g].uses[u].row;

			counts[row] = weights_is_matched(w->stored, row, column) &&
				      weights_is_matched(w->stored, row, w->options->reference);
		}
	}
}

/* ---- descents ---- */

struct descent
weights_descent(struct weights *w, uint32_t column, const uint32_t *others, uint32_t count,
		uint64_t seed)
{
	const struct ladle_table *table = w->all->pub.table;
	uint32_t *own = arena_copy(&w->arena, &column, sizeof(column));
	size_t tile = cost_tile_floats(table);

	return (struct descent){
			.cost = {.groups = w->all->pub.groups,
					.a = {.table = table, .columns = others, .count = count},
					.b = {.table = table, .columns = own, .count = 1},
					.weight = w->weight,
					.blas = w->blas,
					.threads = w->threads,
					.tile_a = w->tiles,
					.tile_b = w->tiles + tile,
					.job = w->job},
			.aligned = w->all->aligned,
			.nest = &w->nest,
			.column = column,
			.free = w->free,
			.seed = seed,
			.memory = w->memory,
			.job = w->job,
			.duals = w->duals + (size_t)column * w->group_count,
	};
}

void
weights_keep(const struct weights *w, uint32_t column, uint32_t *orders)
{
	for (uint32_t g = 0; g < w->group_count; g++) {
		const uint32_t *order = aligned_order(w->all->aligned, column, g);
		uint32_t units = w->all->pub.groups->list[g].units;

		for (uint32_t i = 0; i < units; i++)
			orders[i] = order ? order[i] : i;
		orders += units;
	}
}

enum ladle_status
weights_restore(struct weights *w, uint32_t column, const uint32_t *orders, struct ladle_error *err)
{
	for (uint32_t g = 0; g < w->group_count; g++) {
		double **duals = &w->duals[(size_t)column * w->group_count + g];

		free(*duals);
		*duals = NULL;
		if (w->free[g])
			TRY(aligned_set(w->all->aligned, column, g, orders, NULL, err));
		orders += w->all->pub.groups->list[g].units;
	}
	return LADLE_OK;
}

/* ---- one column with the reference ---- */

/* A column while it is matched. */
struct pairing_up {
	struct weights *w;
	uint32_t column;
	uint32_t *start, *best, *kept; /* [units] orders */
	double likeness;               /* of the kernels of the best */
	struct dots *raw;              /* [rows] as stored */
	bool *counts;                  /* [rows] */
};

/* Dots of the rows that count, between the reference and the column. */
static enum ladle_status
measure(struct pairing_up *pair, const struct ladle_table *table, bool shuffled, struct dots *out,
		struct ladle_error *err)
{
	struct weights *w = pair->w;
	struct descent how = weights_descent(
			w, pair->column, &w->all->pub.reference, 1, w->options->seed);

	how.cost.a.table = how.cost.b.table = table;
	how.cost.a.shuffled = shuffled;
	how.cost.a.seed = w->options->seed;
	for (uint32_t r = 0; r < w->row_count; r++)
		if (pair->counts[r])
			TRY(cost_dots(&how.cost, r, &out[r], err));
	return LADLE_OK;
}

static double
cosine(double ab, double aa, double bb)
{
	double norms = sqrt(aa) * sqrt(bb);

	return norms > 0 ? ab / norms : (double)NAN;
}

/* Weights of the rows under an objective. */
static void
weigh(struct pairing_up *pair, enum ladle_objective objective)
{
	for (uint32_t r = 0; r < pair->w->row_count; r++) {
		double norms = sqrt(pair->raw[r].aa) * sqrt(pair->raw[r].bb);
		bool counts = pair->counts[r] && norms > 0;

		pair->w->weight[r] = !counts ? 0 : objective == LADLE_RAW ? 1 : 1 / norms;
	}
}

/* The weight of a row under sum log cos. */
double
weights_of_logarithm(double ab, double norms)
{
	double least = COSINE_FLOOR * norms;

	return norms > 0 ? 1 / (ab > least ? ab : least) : 0;
}

/* The selector: sum over kernels of log cos. */
static double
likeness_of(const struct weights *w, const struct dots *dots)
{
	double sum = 0;

	for (uint32_t r = 0; r < w->row_count; r++) {
		double cos = cosine(dots[r].ab, dots[r].aa, dots[r].bb);

		if (w->weight[r] > 0 && w->stored->rows[r].is_kernel)
			sum += log(cos > COSINE_LEAST ? cos : COSINE_LEAST);
	}
	return sum;
}

/* From where the units stood, in an order of sweeping that the seed gives. */
static enum ladle_status
descend(struct pairing_up *pair, uint64_t seed, int *sweeps, struct ladle_error *err)
{
	struct weights *w = pair->w;
	struct ladle_alignment *pub = &w->all->pub;
	struct descent how = weights_descent(w, pair->column, &pub->reference, 1, seed);

	TRY(weights_restore(w, pair->column, pair->start, err));
	TRY(descent_run(&how, err));
	TRY(measure(pair, pub->table, false, w->dots, err));
	pub->memory = how.taken > pub->memory ? how.taken : pub->memory;
	*sweeps = how.sweeps;
	return LADLE_OK;
}

/* Towards a maximum of sum log cos over rows, by its gradient: every row weighs 1 / <A, B>. Rows of
 * large norm then count no more than others, nor those that are alike already more than those that
 * are not. By accuracy that was at or above the better objective on six of eight sets (`make
 * truth`, seeds). */
static enum ladle_status
refine(struct pairing_up *pair, struct ladle_error *err)
{
	struct weights *w = pair->w;
	bool moves = w->options->objective == LADLE_SELECTED;

	for (int round = 0; round < REFINEMENTS && moves; round++) {
		struct descent how = weights_descent(
				w, pair->column, &w->all->pub.reference, 1, 0);

		for (uint32_t r = 0; r < w->row_count; r++)
			if (w->weight[r] > 0)
				w->weight[r] = weights_of_logarithm(w->dots[r].ab,
						sqrt(w->dots[r].aa) * sqrt(w->dots[r].bb));
		TRY(descent_run(&how, err));
		TRY(measure(pair, w->all->pub.table, false, w->dots, err));
		moves = how.sweeps > 1; /* the last sweep moved nothing */
	}
	return LADLE_OK;
}

/* What stands now becomes the best where its kernels are more alike. */
static void
consider(struct pairing_up *pair, enum ladle_objective objective, int sweeps, bool first)
{
	struct weights *w = pair->w;
	double likeness = likeness_of(w, w->dots);

	if (!first && likeness <= pair->likeness)
		return;
	pair->likeness = likeness;
	w->all->pub.objective = objective;
	w->all->pub.sweeps = sweeps;
	weights_keep(w, pair->column, pair->best);
}

static enum ladle_status
try_start(struct pairing_up *pair, enum ladle_objective objective, uint64_t seed,
		struct ladle_error *err)
{
	bool first = pair->w->all->pub.objective == LADLE_SELECTED;
	int sweeps;

	weigh(pair, objective);
	TRY(descend(pair, seed, &sweeps, err));
	TRY(refine(pair, err));
	consider(pair, objective, sweeps, first);
	return LADLE_OK;
}

/* A descent may leave kernels less alike than it found them: small rows that disagree, as biases
 * do, pull at it. Then the units stay where they stood. */
static enum ladle_status
consider_stored(struct pairing_up *pair, struct ladle_error *err)
{
	struct weights *w = pair->w;

	TRY(weights_restore(w, pair->column, pair->start, err));
	TRY(measure(pair, w->all->pub.table, false, w->dots, err));
	if (likeness_of(w, w->dots) >= pair->likeness)
		weights_keep(w, pair->column, pair->best);
	return LADLE_OK;
}

/* ---- what matches say ---- */

/* Mean over the kernels (over all rows where none is) that a group is used in. A mean of products
 * would be that of the largest kernel alone. */
static double
group_cosine(const struct pairing_up *pair, uint32_t group, const struct dots *dots)
{
	const struct ladle_group *from = &pair->w->all->pub.groups->list[group];

	for (int all = 0; all < 2; all++) {
		double sum = 0;
		uint32_t count = 0;

		for (uint32_t u = 0; u < from->use_count; u++) {
			uint32_t row = from->uses[u].row;
			double one = cosine(dots[row].ab, dots[row].aa, dots[row].bb);

			if ((u && from->uses[u - 1].row == row) || !pair->counts[row] ||
					isnan(one) ||
					(!all && !pair->w->stored->rows[row].is_kernel))
				continue;
			sum += one;
			count++;
		}
		if (count)
			return sum / count;
	}
	return (double)NAN;
}

static struct ladle_match *
match_of(const struct pairing_up *pair, uint32_t group)
{
	return &pair->w->all->matches[(size_t)pair->column * pair->w->group_count + group];
}

static enum ladle_status
tell_cosines(struct pairing_up *pair, struct ladle_error *err)
{
	struct weights *w = pair->w;

	TRY(measure(pair, w->all->pub.table, false, w->dots, err));
	for (uint32_t g = 0; g < w->group_count; g++) {
		match_of(pair, g)->cosine_raw = group_cosine(pair, g, pair->raw);
		match_of(pair, g)->cosine_matched = group_cosine(pair, g, w->dots);
	}
	return LADLE_OK;
}

/* The same search where nothing corresponds. */
static enum ladle_status
tell_null(struct pairing_up *pair, struct ladle_error *err)
{
	struct weights *w = pair->w;
	struct descent how = weights_descent(w, pair->column, &w->all->pub.reference, 1, 0);

	weigh(pair, w->all->pub.objective);
	how.cost.a.shuffled = true;
	how.cost.a.seed = w->options->seed;
	weights_keep(w, pair->column, pair->kept);
	TRY(descent_run(&how, err));
	TRY(measure(pair, w->all->pub.table, true, w->dots, err));
	for (uint32_t g = 0; g < w->group_count; g++)
		if (w->free[g])
			match_of(pair, g)->cosine_null = group_cosine(pair, g, w->dots);
	return weights_restore(w, pair->column, pair->kept, err);
}

/* ---- one column ---- */

static bool
open_pair(struct pairing_up *pair)
{
	struct weights *w = pair->w;

	pair->start = arena_array(&w->arena, w->units + 1, sizeof(*pair->start));
	pair->best = arena_array(&w->arena, w->units + 1, sizeof(*pair->best));
	pair->kept = arena_array(&w->arena, w->units + 1, sizeof(*pair->kept));
	pair->raw = arena_array(&w->arena, (size_t)w->row_count + 1, sizeof(*pair->raw));
	pair->counts = arena_array(&w->arena, (size_t)w->row_count + 1, sizeof(*pair->counts));
	return pair->start && pair->best && pair->kept && pair->raw && pair->counts;
}

/* Are all kernels where they were, as in one training run? Then nothing is to be moved. */
static bool
is_same_lineage(const struct pairing_up *pair)
{
	bool some = false;

	for (uint32_t r = 0; r < pair->w->row_count; r++) {
		const struct dots *raw = &pair->raw[r];

		if (!pair->counts[r] || !pair->w->stored->rows[r].is_kernel)
			continue;
		if (!(cosine(raw->ab, raw->aa, raw->bb) >= SAME_LINEAGE))
			return false;
		some = true;
	}
	return some;
}

static enum ladle_status
search(struct pairing_up *pair, struct ladle_error *err)
{
	struct weights *w = pair->w;
	enum ladle_objective asked = w->options->objective;

	w->all->pub.objective = LADLE_SELECTED;
	for (int start = 0; start <= w->restarts; start++) {
		uint64_t seed = start ? (w->options->seed << 8) + (uint64_t)start : 0;

		if (asked != LADLE_NORMALISED)
			TRY(try_start(pair, LADLE_RAW, seed, err));
		if (asked != LADLE_RAW)
			TRY(try_start(pair, LADLE_NORMALISED, seed, err));
	}
	if (asked == LADLE_SELECTED)
		TRY(consider_stored(pair, err));
	return weights_restore(w, pair->column, pair->best, err);
}

/* Copies: that they are alike needs no reading. */
static enum ladle_status
tell_copies(struct pairing_up *pair, struct ladle_error *err)
{
	struct weights *w = pair->w;

	if (!w->options->exact_only)
		TRY(measure(pair, w->stored, false, pair->raw, err));
	for (uint32_t g = 0; g < w->group_count; g++) {
		if (!w->free[g])
			continue;
		match_of(pair, g)->cosine_matched = 1;
		if (!w->options->exact_only)
			match_of(pair, g)->cosine_raw = group_cosine(pair, g, pair->raw);
	}
	return LADLE_OK;
}

static enum ladle_status
match_column(struct weights *w, uint32_t column, bool searches, struct ladle_error *err)
{
	struct pairing_up pair = {.w = w, .column = column};
	const bool *solved = w->all->solved + (size_t)column * w->group_count;
	bool lost = false;

	for (uint32_t g = 0; g < w->group_count; g++) {
		w->free[g] = aligned_why(w->all->aligned, column, g) == NULL;
		lost = lost || (w->free[g] && !solved[g]);
	}
	if (!open_pair(&pair))
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match units");
	weights_keep(w, column, pair.start);
	find_rows(w, column, pair.counts);
	if (!lost)
		return tell_copies(&pair, err);
	TRY(measure(&pair, w->stored, false, pair.raw, err));
	for (uint32_t g = 0; g < w->group_count; g++)
		w->free[g] = w->free[g] && !solved[g];
	searches = searches && !is_same_lineage(&pair);
	if (searches)
		TRY(search(&pair, err));
	TRY(tell_cosines(&pair, err));
	if (!w->options->no_null && !is_same_lineage(&pair))
		TRY(w->options->exact_only ? LADLE_OK : tell_null(&pair, err));
	return LADLE_OK;
}

/* ---- all columns ---- */

static bool
is_wanted(const struct weights *w, uint32_t column)
{
	return column != w->options->reference &&
	       (w->options->wanted == NULL || w->options->wanted[column]);
}

static enum ladle_status
match_columns(struct weights *w, struct ladle_error *err)
{
	bool together = w->options->together && !w->options->exact_only &&
			w->stored->checkpoint_count > 2;

	if (together)
		TRY(together_match(w, err));
	for (uint32_t k = 0; k < w->stored->checkpoint_count; k++)
		if (is_wanted(w, k))
			TRY(match_column(w, k,
					!w->options->exact_only &&
							!(together && together_takes(w, k)),
					err));
	return LADLE_OK;
}

double
ladle_match_operations(const struct ladle_table *table, const struct ladle_groups *groups)
{
	double sum = 0;

	for (uint32_t g = 0; g < groups->count; g++) {
		const struct ladle_group *group = &groups->list[g];

		for (uint32_t u = 0; u < group->use_count; u++)
			sum += 2. * group->units * (double)table->rows[group->uses[u].row].count;
	}
	return sum;
}

static bool
open_weights(struct weights *w)
{
	size_t tile = cost_tile_floats(w->stored);

	if (w->options->restarts >= 0)
		w->restarts = w->options->restarts;
	else
		w->restarts = ladle_match_operations(w->stored, w->all->pub.groups) >
						      RESTARTS_OPERATIONS
					      ? 0
					      : RESTARTS;

	for (uint32_t g = 0; g < w->group_count; g++)
		w->units += w->all->pub.groups->list[g].units;
	w->tiles = malloc(2 * tile * sizeof(*w->tiles));
	w->weight = arena_array(&w->arena, (size_t)w->row_count + 1, sizeof(*w->weight));
	w->free = arena_array(&w->arena, (size_t)w->group_count + 1, sizeof(*w->free));
	w->dots = arena_array(&w->arena, (size_t)w->row_count + 1, sizeof(*w->dots));
	w->duals = arena_array(&w->arena,
			(size_t)w->stored->checkpoint_count * w->group_count + 1,
			sizeof(*w->duals));
	job_expect(w->job,
			(uint64_t)w->group_count * SWEEPS_GUESSED * (uint64_t)(w->restarts + 3));
	return w->tiles && w->weight && w->free && w->dots && w->duals &&
	       nest_find(&w->nest, w->all->pub.groups, &w->arena);
}

enum ladle_status
weights_match(struct alignment *all, struct ladle *library, const struct ladle_table *stored,
		const struct ladle_match_options *options, struct ladle_job *job,
		struct ladle_error *err)
{
	struct weights w = {
			.all = all,
			.stored = stored,
			.options = options,
			.job = job,
			.threads = ladle_threads(library),
			.memory = options->memory ? options->memory : MEMORY_DEFAULT,
			.group_count = all->pub.groups->count,
			.row_count = stored->row_count,
	};
	enum ladle_status status;

	arena_init(&w.arena);
	w.blas = options->exact_only ? NULL : blas_open();
	status = open_weights(&w) ? match_columns(&w, err)
				  : ladle_fail(err, LADLE_E_MEMORY, NULL,
						    "no memory to match units");
	for (size_t i = 0; w.duals && i < (size_t)stored->checkpoint_count * w.group_count; i++)
		free(w.duals[i]);
	blas_close(w.blas);
	free(w.tiles);
	arena_done(&w.arena);
	return status;
}
