/* Repair of what a mix averages. */
#include "align/repair.h"

struct mended {
	const struct ladle_table *table;
	const struct ladle_mix *mix;
};

static bool
shares(uint32_t row, double *w, void *arg)
{
	const struct mended *mended = arg;
	struct ladle_weights from = ladle_mix_weights(mended->mix, mended->table, row, w);

	if ((from.source != LADLE_W_FADERS && from.source != LADLE_W_RULE) || from.sum == 0)
		return false;
	for (uint32_t k = 0; k < mended->table->checkpoint_count; k++)
		w[k] /= from.sum;
	return true;
}

enum ladle_status
ladle_repair_find(struct ladle_repair **out, const struct ladle_table *table,
		const struct ladle_mix *mix, unsigned kinds, struct ladle_job *job,
		struct ladle_error *err)
{
	struct mended mended = {table, mix};
	const struct repair_request request = {.table = table,
			.kinds = kinds,
			.shares = shares,
			.arg = &mended,
			.job = job};

	return repair_find(out, &request, err);
}
