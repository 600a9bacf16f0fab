#include "measure/values.h"

#include <string.h>

static void
widen(double *to, const struct block *block, uint32_t k)
{
	size_t count = (size_t)block->piece->count;
	const float *from = block->data[k];

	if (block->dtype == LADLE_FLOAT64) {
		memcpy(to, block->data[k], count * sizeof(*to));
		return;
	}
	for (size_t i = 0; i < count; i++)
		to[i] = (double)from[i];
}

static void
add(double *to, const struct block *block, uint32_t k, double w, bool first)
{
	size_t count = (size_t)block->piece->count;
	const float *single = block->data[k];
	const double *wide = block->data[k];

	for (size_t i = 0; i < count; i++) {
		double term = w * (block->dtype == LADLE_FLOAT32 ? (double)single[i] : wide[i]);

		to[i] = first ? term : to[i] + term;
	}
}

/* w t / w need not give t back in floating point; one input alone is to be itself. */
static bool
average(double *to, const struct block *block, const struct values_mix *mix)
{
	uint32_t taken = 0, last = 0;

	for (uint32_t k = 0; k < block->k; k++) {
		if (mix->w[k] == 0)
			continue;
		if (block->data[k] == NULL)
			return false;
		add(to, block, k, mix->w[k], taken++ == 0);
		last = k;
	}
	if (taken == 1 && mix->w[last] == mix->sum)
		widen(to, block, last);
	else if (mix->sum != 1)
		for (uint64_t i = 0; i < block->piece->count; i++)
			to[i] /= mix->sum;
	return taken > 0;
}

bool
values_of(double *to, const struct block *block, const struct values_mix *mix, uint32_t column)
{
	if (column == block->k)
		return mix->w != NULL && mix->sum != 0 && average(to, block, mix);
	if (block->data[column] == NULL)
		return false;
	widen(to, block, column);
	return true;
}

static bool
is_row(uint32_t row, void *arg)
{
	return row == *(const uint32_t *)arg;
}

/* Leaves out the pieces without elements of the range. */
static void
narrow(struct plan *plan, uint64_t first, uint64_t end)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct piece *piece = &plan->pieces[i];

		if (piece->first < end && piece->first + piece->count > first)
			plan->pieces[count++] = *piece;
	}
	plan->count = count;
}

enum ladle_status
values_pass(const struct values_row *of, struct pass *pass, uint64_t first, uint64_t end,
		struct ladle_error *err)
{
	struct plan plan;
	uint32_t row = of->row;
	enum ladle_status status = plan_make(&plan, of->table, is_row, &row, err);

	if (status != LADLE_OK)
		return status;
	narrow(&plan, first, end);
	pass->table = of->table;
	pass->plan = &plan;
	pass->read = of->read;
	status = pass_run(of->library, pass, of->job, err);
	plan_done(&plan);
	return status;
}
