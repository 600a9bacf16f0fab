#include "align/descent.h"

#include <stdlib.h>

#include "align/assign.h"
#include "base/err.h"
#include "base/job.h"

/* What of a group's neighbourhood has changed since it was last looked at. */
struct sweep {
	struct descent *how;
	uint64_t *changed; /* [rows] how often */
	uint64_t *seen;    /* [groups] sum of the changes of its rows then, plus 1; 0: never */
	uint32_t *order;   /* [count] groups */
	uint32_t count;
};

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
shuffle(uint32_t *order, uint32_t count, uint64_t *state)
{
	for (uint32_t i = count; i > 1; i--) {
		uint32_t j = (uint32_t)(next_random(state) % i), kept = order[j];

		order[j] = order[i - 1];
		order[i - 1] = kept;
	}
}

/* ---- plain groups ---- */

uint64_t
linear_memory(uint32_t units)
{
	return (uint64_t)units * units * sizeof(float) + assign_memory(units);
}

static double
trace(const float *c, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += (double)c[(size_t)i * n + i];
	return sum;
}

/* Column j of the next costs is column move[j] of these. */
static bool
keep_duals(struct descent *how, uint32_t group, const double *duals, const uint32_t *move)
{
	uint32_t n = how->cost.groups->list[group].units;
	double **kept = &how->duals[group];

	if (!*kept)
		*kept = malloc(n * sizeof(**kept));
	for (uint32_t j = 0; *kept && j < n; j++)
		(*kept)[j] = duals[move ? move[j] : j];
	return *kept != NULL;
}

/* move[units] becomes the best one for the costs; *better: it is better than to stay. */
static enum ladle_status
solve(struct descent *how, uint32_t group, const float *c, uint32_t *move, bool *better,
		struct ladle_error *err)
{
	const struct assign_how with = {
			.maximise = true, .tie = DESCENT_TIE, .duals = how->duals[group]};
	uint32_t n = how->cost.groups->list[group].units;
	double now = trace(c, n);
	struct assign *assign;
	enum ladle_status status;

	TRY(assign_new(&assign, n, err));
	status = assign_solve(assign, c, &with, move, how->job, err);
	*better = status == LADLE_OK && assign_value(c, n, move) >
						       now + DESCENT_GAIN * (now < 0 ? -now : now);
	if (status == LADLE_OK &&
			!keep_duals(how, group, assign_duals(assign), *better ? move : NULL))
		status = ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match units");
	assign_free(assign);
	return status;
}

enum ladle_status
linear_improve(struct descent *how, uint32_t group, bool *moved, struct ladle_error *err)
{
	uint32_t n = how->cost.groups->list[group].units;
	uint32_t *move = malloc(n * sizeof(*move));
	float *c = calloc((size_t)n * n, sizeof(*c));
	enum ladle_status status = LADLE_OK;

	*moved = false;
	if (!c || !move)
		status = ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match %u units", n);
	if (status == LADLE_OK)
		status = cost_add(&how->cost, group, c, err);
	if (status == LADLE_OK)
		status = solve(how, group, c, move, moved, err);
	if (status == LADLE_OK && *moved)
		status = nest_move(how->nest, how->aligned, how->column, group, move, err);
	free(c);
	free(move);
	return status;
}

/* ---- sweeps ---- */

/* How a group is bettered: the first kind that it is. */
static const struct kind {
	bool (*is)(const struct descent *, uint32_t group);
	uint64_t (*memory)(const struct descent *, uint32_t group);
	enum ladle_status (*improve)(
			struct descent *, uint32_t group, bool *moved, struct ladle_error *);
} kinds[] = {
		{heads_are, heads_memory, heads_improve},
		{quadratic_is, quadratic_memory, quadratic_improve},
};

static const struct kind *
kind_of(const struct descent *how, uint32_t group)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].is(how, group))
			return &kinds[i];
	return NULL;
}

static enum ladle_status
check_memory(struct descent *how, uint32_t group, uint64_t bytes, struct ladle_error *err)
{
	const struct ladle_group *from = &how->cost.groups->list[group];
	const struct ladle_table *table = how->cost.a.table;

	bytes += 2 * cost_tile_floats(table) * sizeof(float);
	if (bytes > how->memory)
		return ladle_fail(err, LADLE_E_MEMORY, NULL,
				"%s: to match its %u units takes %llu MB, more than the %llu MB "
				"allowed; match-memory raises them",
				table->rows[from->uses[0].row].label, from->units,
				(unsigned long long)(bytes >> 20) + 1,
				(unsigned long long)(how->memory >> 20));
	how->taken = bytes > how->taken ? bytes : how->taken;
	return LADLE_OK;
}

static uint64_t
neighbourhood(const struct sweep *sweep, uint32_t group)
{
	const struct ladle_group *from = &sweep->how->cost.groups->list[group];
	uint64_t sum = 1;

	for (uint32_t u = 0; u < from->use_count; u++)
		sum += sweep->changed[from->uses[u].row];
	return sum;
}

static void
note_change(struct sweep *sweep, uint32_t group)
{
	const struct ladle_group *from = &sweep->how->cost.groups->list[group];

	for (uint32_t u = 0; u < from->use_count; u++)
		sweep->changed[from->uses[u].row]++;
}

/* A group whose neighbours have not moved since is where it was best. */
static enum ladle_status
visit(struct sweep *sweep, uint32_t group, bool *progress, struct ladle_error *err)
{
	struct descent *how = sweep->how;
	const struct kind *kind = kind_of(how, group);
	bool moved = false;

	if (sweep->seen[group] == neighbourhood(sweep, group))
		return LADLE_OK;
	TRY(check_memory(how, group,
			kind ? kind->memory(how, group)
			     : linear_memory(how->cost.groups->list[group].units),
			err));
	TRY((kind ? kind->improve : linear_improve)(how, group, &moved, err));
	if (moved)
		note_change(sweep, group);
	sweep->seen[group] = neighbourhood(sweep, group);
	*progress = *progress || moved;
	job_advance_guessed(how->job, 1);
	return LADLE_OK;
}

static enum ladle_status
run_sweeps(struct sweep *sweep, struct ladle_error *err)
{
	struct descent *how = sweep->how;
	uint64_t state = how->seed * 0x9e3779b97f4a7c15u + 1;
	int most = how->most_sweeps ? how->most_sweeps : DESCENT_SWEEPS;
	bool progress = true;

	for (how->sweeps = 0; progress && how->sweeps < most; how->sweeps++) {
		progress = false;
		if (how->seed)
			shuffle(sweep->order, sweep->count, &state);
		for (uint32_t i = 0; i < sweep->count; i++)
			TRY(visit(sweep, sweep->order[i], &progress, err));
	}
	return LADLE_OK;
}

enum ladle_status
descent_run(struct descent *how, struct ladle_error *err)
{
	uint32_t groups = how->cost.groups->count;
	struct sweep sweep = {
			.how = how,
			.changed = calloc((size_t)how->cost.a.table->row_count + 1,
					sizeof(*sweep.changed)),
			.seen = calloc((size_t)groups + 1, sizeof(*sweep.seen)),
			.order = malloc(((size_t)groups + 1) * sizeof(*sweep.order)),
	};
	enum ladle_status status;

	for (uint32_t g = 0; sweep.order && g < groups; g++)
		if (how->free[g] && !how->nest->stuck[g])
			sweep.order[sweep.count++] = g;
	status = sweep.changed && sweep.seen && sweep.order
				 ? run_sweeps(&sweep, err)
				 : ladle_fail(err, LADLE_E_MEMORY, NULL,
						   "no memory to match units");
	free(sweep.changed);
	free(sweep.seen);
	free(sweep.order);
	return status;
}
