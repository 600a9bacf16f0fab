/* Norms of averaged units, where no normaliser restores them. */
#include "align/repair_state.h"

#include "base/err.h"

/* Averages that keep more than this part of their norm are left: what is lost there has changed
 * accuracies by less than a point to either side. */
static const double least_factor = 1.25;

static enum ladle_status
factors_of(struct repairing *all, const struct feed *feed, uint32_t models, double **out,
		size_t *units)
{
	uint32_t k = all->request->table->checkpoint_count;
	struct columns *columns = arena_array(all->piece, (size_t)k + 1, sizeof(*columns));

	*out = NULL;
	if (columns == NULL || models < 2) {
		all->failed |= columns == NULL;
		return LADLE_OK;
	}
	for (uint32_t c = 0; c < k; c++) {
		if (all->w[c] == 0)
			continue;
		TRY(repair_columns(all, feed, c, 0, &columns[c]));
		if (columns[c].values == NULL)
			return LADLE_OK;
		*units = columns[c].units;
	}
	*out = arena_array(all->out, *units + 1, sizeof(**out));
	all->failed |= *out == NULL;
	if (*out != NULL)
		repair_norms(columns, all->w, k, *out);
	return LADLE_OK;
}

static void
correct(struct repairing *all, const struct feed *feed, const double *factors, size_t units,
		uint32_t models)
{
	int rank = all->request->table->rows[feed->row].rank;
	struct ladle_correction one = {.row = feed->row,
			.kind = LADLE_REPAIR_NORM,
			.axis = feed->form == FEED_TRANSPOSED ? rank - 2 : rank - 1};

	for (size_t u = 0; u < units; u++)
		one.ratio += factors[u] / (double)units;
	if (one.ratio < least_factor) {
		double kept = 100 / one.ratio;

		one.ratio = 1;
		repair_add(all, &one, "left: its averaged units keep %.0f%% of their norm", kept);
		return;
	}
	one.factors = factors;
	repair_add(all, &one,
			"estimated: each unit times what averaging took of its norm in %u models, "
			"%.3g in the mean",
			models, one.ratio);
}

static enum ladle_status
repair_one(struct repairing *all, const struct feed *feed)
{
	uint32_t models = 0;
	size_t units = 0;
	double *factors;

	if (feed->last || feed->form == FEED_DEPTHWISE ||
			!all->request->shares(feed->row, all->w, all->request->arg))
		return LADLE_OK;
	for (uint32_t c = 0; c < all->request->table->checkpoint_count; c++)
		models += all->w[c] != 0;
	TRY(factors_of(all, feed, models, &factors, &units));
	if (factors != NULL)
		correct(all, feed, factors, units, models);
	return LADLE_OK;
}

enum ladle_status
repair_kernels(struct repairing *all)
{
	enum ladle_status status = LADLE_OK;

	for (uint32_t i = 0; i < all->net.feed_count && status == LADLE_OK; i++) {
		struct arena piece;

		arena_init(&piece);
		all->piece = &piece;
		status = repair_one(all, &all->net.feeds[i]);
		arena_done(&piece);
	}
	return status;
}
