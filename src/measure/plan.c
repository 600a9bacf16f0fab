#include "measure/plan.h"

#include <stdlib.h>

#include "base/err.h"

struct order {
	uint64_t count;
	uint32_t row;
};

static int
compare_order(const void *left, const void *right)
{
	const struct order *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static size_t
blocks_of(uint64_t count)
{
	return count ? (size_t)((count - 1) / PLAN_BLOCK) + 1 : 1;
}

static void
add_blocks(struct plan *plan, uint32_t row, uint64_t count)
{
	for (uint64_t first = 0; first < count || !first; first += PLAN_BLOCK) {
		uint64_t left = count - first;

		plan->pieces[plan->count++] = (struct piece){
				.row = row,
				.first = first,
				.count = left < PLAN_BLOCK ? left : PLAN_BLOCK,
		};
	}
}

enum ladle_status
plan_make(struct plan *out, const struct ladle_table *table,
		bool (*wanted)(uint32_t row, void *arg), void *arg, struct ladle_error *err)
{
	struct plan plan = {0};
	struct order *order = malloc((table->row_count + 1) * sizeof(*order));
	size_t rows = 0, blocks = 0;

	for (uint32_t row = 0; order && row < table->row_count; row++) {
		if (wanted && !wanted(row, arg))
			continue;
		order[rows++] = (struct order){table->rows[row].count, row};
		blocks += blocks_of(table->rows[row].count);
	}
	plan.pieces = order ? malloc((blocks + 1) * sizeof(*plan.pieces)) : NULL;
	if (!plan.pieces) {
		free(order);
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for a plan of %zu blocks",
				blocks);
	}
	qsort(order, rows, sizeof(*order), compare_order);
	for (size_t i = 0; i < rows; i++)
		add_blocks(&plan, order[i].row, order[i].count);
	free(order);
	*out = plan;
	return LADLE_OK;
}

void
plan_done(struct plan *plan)
{
	free(plan->pieces);
	*plan = (struct plan){0};
}
