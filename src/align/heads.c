#include <stdlib.h>
#include <string.h>

#include "align/assign.h"
#include "align/descent.h"
#include "base/err.h"

/* The heads of one group, while they are matched. */
struct heads {
	struct descent *how;
	uint32_t group, count; /* of heads */
	const struct family *families;
	uint32_t family_count;
	float **costs;    /* [families][n * n], n = heads * units in each */
	float *score;     /* [heads][heads] */
	uint32_t **inner; /* [families][heads * heads * units] the best move for each pair */
};

/* Are the family's units side by side within each head, so that all heads make one axis? */
static bool
is_side_by_side(const struct descent *how, const struct family *family, uint32_t heads)
{
	const struct ladle_group *first = &how->cost.groups->list[family->group[0]];

	for (uint32_t u = 0; u < first->use_count; u++) {
		const struct ladle_use *use = &first->uses[u];
		const struct ladle_row *row = &how->cost.a.table->rows[use->row];

		if (use->where < 0 || use->where != use->axis - 1 || use->outer != 1 ||
				use->inner != 1 || use->offset != 0 || use->index != 0 ||
				row->shape[use->where] != heads ||
				row->shape[use->axis] != family->units)
			return false;
	}
	return true;
}

/* All its families are free, and made so. */
bool
heads_are(const struct descent *how, uint32_t group)
{
	uint32_t count, heads = how->cost.groups->list[group].units;
	const struct family *families = nest_families(how->nest, group, &count);

	for (uint32_t f = 0; f < count; f++) {
		for (uint32_t h = 0; h < heads; h++)
			if (!how->free[families[f].group[h]])
				return false;
		if (!is_side_by_side(how, &families[f], heads))
			return false;
	}
	return count > 0;
}

uint64_t
heads_memory(const struct descent *how, uint32_t group)
{
	uint64_t count = how->cost.groups->list[group].units, bytes = 0;
	uint32_t family_count;
	const struct family *families = nest_families(how->nest, group, &family_count);

	for (uint32_t f = 0; f < family_count; f++) {
		uint64_t n = count * families[f].units;

		bytes += n * n * sizeof(float) + count * n * sizeof(uint32_t) +
			 assign_memory(families[f].units);
	}
	return bytes + linear_memory((uint32_t)count);
}

static enum ladle_status
add_costs(struct heads *all, uint32_t f, struct ladle_error *err)
{
	const struct cost *cost = &all->how->cost;
	const struct ladle_group *first = &cost->groups->list[all->families[f].group[0]];

	for (uint32_t u = 0; u < first->use_count; u++) {
		const struct ladle_use *use = &first->uses[u];

		if (cost->weight[use->row] > 0)
			TRY(cost_add_merged(cost, use->row, use->where, use->axis, all->costs[f],
					err));
	}
	return LADLE_OK;
}

/* What the units of head i and of head j are worth together, matched best. */
static enum ladle_status
match_pair(struct heads *all, uint32_t f, struct assign *assign, float *block, uint32_t i,
		uint32_t j, struct ladle_error *err)
{
	static const struct assign_how how = {.maximise = true, .tie = DESCENT_TIE};
	size_t n = all->families[f].units, line = all->count * n;
	uint32_t *move = all->inner[f] + (i * all->count + j) * n;

	for (size_t c = 0; c < n; c++)
		memcpy(block + c * n, all->costs[f] + (i * n + c) * line + j * n,
				n * sizeof(*block));
	TRY(assign_solve(assign, block, &how, move, all->how->job, err));
	all->score[i * all->count + j] += (float)assign_value(block, (uint32_t)n, move);
	return LADLE_OK;
}

static enum ladle_status
match_pairs(struct heads *all, uint32_t f, struct ladle_error *err)
{
	size_t n = all->families[f].units;
	struct assign *assign = NULL;
	float *block = malloc(n * n * sizeof(*block));
	enum ladle_status status = assign_new(&assign, (uint32_t)n, err);

	if (!block && status == LADLE_OK)
		status = ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match heads");
	for (uint32_t i = 0; i < all->count; i++)
		for (uint32_t j = 0; status == LADLE_OK && j < all->count; j++)
			status = match_pair(all, f, assign, block, i, j, err);
	assign_free(assign);
	free(block);
	return status;
}

/* As the heads and their units stand now. */
static double
value_now(const struct heads *all)
{
	double sum = 0;

	for (uint32_t f = 0; f < all->family_count; f++) {
		size_t n = (size_t)all->count * all->families[f].units;

		for (size_t i = 0; i < n; i++)
			sum += (double)all->costs[f][i * n + i];
	}
	return sum;
}

static enum ladle_status
move_heads(struct heads *all, const uint32_t *move, struct ladle_error *err)
{
	struct descent *how = all->how;

	TRY(nest_move(how->nest, how->aligned, how->column, all->group, move, err));
	for (uint32_t f = 0; f < all->family_count; f++)
		for (uint32_t i = 0; i < all->count; i++)
			TRY(nest_move(how->nest, how->aligned, how->column,
					all->families[f].group[i],
					all->inner[f] + ((size_t)i * all->count + move[i]) *
									all->families[f].units,
					err));
	return LADLE_OK;
}

static enum ladle_status
match_heads(struct heads *all, bool *moved, struct ladle_error *err)
{
	static const struct assign_how how = {.maximise = true, .tie = DESCENT_TIE};
	struct assign *assign = NULL;
	uint32_t *move = malloc(all->count * sizeof(*move));
	double now = value_now(all);
	enum ladle_status status = assign_new(&assign, all->count, err);

	if (!move && status == LADLE_OK)
		status = ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match heads");
	if (status == LADLE_OK)
		status = assign_solve(assign, all->score, &how, move, all->how->job, err);
	*moved = status == LADLE_OK && assign_value(all->score, all->count, move) >
						       now + DESCENT_TIE * (now < 0 ? -now : now);
	if (*moved)
		status = move_heads(all, move, err);
	assign_free(assign);
	free(move);
	return status;
}

static bool
open_heads(struct heads *all)
{
	size_t count = all->count;

	all->costs = calloc(all->family_count, sizeof(*all->costs));
	all->inner = calloc(all->family_count, sizeof(*all->inner));
	all->score = calloc(count * count, sizeof(*all->score));
	if (!all->costs || !all->inner || !all->score)
		return false;
	for (uint32_t f = 0; f < all->family_count; f++) {
		size_t n = count * all->families[f].units;

		all->costs[f] = calloc(n * n, sizeof(**all->costs));
		all->inner[f] = malloc(count * n * sizeof(**all->inner));
		if (!all->costs[f] || !all->inner[f])
			return false;
	}
	return true;
}

static void
close_heads(struct heads *all)
{
	for (uint32_t f = 0; f < all->family_count; f++) {
		free(all->costs ? all->costs[f] : NULL);
		free(all->inner ? all->inner[f] : NULL);
	}
	free(all->costs);
	free(all->inner);
	free(all->score);
}

enum ladle_status
heads_improve(struct descent *how, uint32_t group, bool *moved, struct ladle_error *err)
{
	struct heads all = {
			.how = how, .group = group, .count = how->cost.groups->list[group].units};
	enum ladle_status status = LADLE_OK;

	*moved = false;
	all.families = nest_families(how->nest, group, &all.family_count);
	if (!open_heads(&all))
		status = ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match heads");
	for (uint32_t f = 0; f < all.family_count && status == LADLE_OK; f++) {
		status = add_costs(&all, f, err);
		if (status == LADLE_OK)
			status = match_pairs(&all, f, err);
	}
	if (status == LADLE_OK)
		status = match_heads(&all, moved, err);
	close_heads(&all);
	return status;
}
