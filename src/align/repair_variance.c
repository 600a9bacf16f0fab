/* Moving variances of units that were averaged. */
#include <math.h>

#include "align/repair_state.h"

/* One BatchNormalization with the kernels that feed it. */
struct normed {
	const struct norm *norm;
	const struct feed *feed;
	uint32_t index;  /* of the norm */
	uint32_t models; /* with weight */
	uint64_t units;
	struct columns *columns; /* [K] */
	const double **variance; /* [K] */
	double *values;          /* [units] what comes out */
};

/* Weights of the kernel, and whether there is an average of two or more of them. */
static bool
weigh(struct repairing *all, struct normed *one)
{
	uint32_t k = all->request->table->checkpoint_count;

	one->models = 0;
	if (!all->request->shares(one->feed->row, all->w, all->request->arg))
		return false;
	for (uint32_t c = 0; c < k; c++)
		one->models += all->w[c] != 0;
	return one->models > 1;
}

/* Reads what is needed; *fits: all columns with weight have it. */
static enum ladle_status
gather(struct repairing *all, struct normed *one, bool *fits)
{
	uint32_t k = all->request->table->checkpoint_count;

	*fits = false;
	one->columns = arena_array(all->piece, (size_t)k + 1, sizeof(*one->columns));
	one->variance = arena_array(all->piece, (size_t)k + 1, sizeof(*one->variance));
	one->values = arena_array(all->out, (size_t)one->units + 1, sizeof(*one->values));
	if (one->columns == NULL || one->variance == NULL || one->values == NULL) {
		all->failed = true;
		return LADLE_OK;
	}
	for (uint32_t c = 0; c < k; c++) {
		const struct statistics *s = repair_statistics(all, one->index, c);

		if (all->w[c] == 0)
			continue;
		if (s->variance == NULL)
			return LADLE_OK;
		for (uint64_t u = 0; u < one->units; u++)
			if (!(s->variance[u] >= 0) || !isfinite(s->variance[u]))
				return LADLE_OK;
		one->variance[c] = s->variance;
		enum ladle_status status =
				repair_columns(all, one->feed, c, one->units, &one->columns[c]);
		if (status != LADLE_OK || one->columns[c].values == NULL)
			return status;
	}
	*fits = true;
	return LADLE_OK;
}

/* Geometric mean over units of what comes out over the mean of the models' variances. */
static double
ratio_of(const struct repairing *all, const struct normed *one)
{
	uint32_t k = all->request->table->checkpoint_count;
	double sum = 0;
	uint64_t count = 0;

	for (uint64_t u = 0; u < one->units; u++) {
		double mean = 0;

		for (uint32_t c = 0; c < k; c++)
			if (all->w[c] != 0)
				mean += all->w[c] * one->variance[c][u];
		if (!(mean > 0) || !(one->values[u] > 0))
			continue;
		sum += log(one->values[u] / mean);
		count++;
	}
	return count == 0 ? 1 : exp(sum / (double)count);
}

static void
leave(struct repairing *all, const struct norm *norm, const char *why)
{
	struct ladle_correction one = {.row = norm->variance, .kind = LADLE_REPAIR_BN, .ratio = 1};

	repair_add(all, &one, "left as the mean of the models' variances: %s", why);
}

/* Found on networks of 1 to 6 layers with BatchNormalization, trained on scikit-learn's digits:
 * wrong variances add up from layer to layer, so that those of three and more gained up to 70
 * points. With one or two, and then a layer that takes them flattened, nothing was gained: even
 * true statistics gave up to 10 points less than the mean of five models' variances. */
enum { FEW_NORMS = 2 };

static void
leave_shallow(struct repairing *all, const struct norm *norm)
{
	struct ladle_correction one = {.row = norm->variance, .kind = LADLE_REPAIR_BN, .ratio = 1};

	repair_add(all, &one,
			"left as the mean of the models' variances: with at most %d "
			"BatchNormalizations before a layer that takes them flattened (%s) a "
			"correction has not helped",
			FEW_NORMS, all->net.flattened);
}

/* Copies of one model, and models that are nearly so, need nothing. */
static const double near_enough = .01;

static void
correct(struct repairing *all, struct normed *one)
{
	uint32_t k = all->request->table->checkpoint_count;
	struct ladle_correction correction = {
			.row = one->norm->variance, .kind = LADLE_REPAIR_BN, .values = one->values};
	const char *how = "by how far the columns of the kernel agree";
	const char *kernel = all->request->table->rows[one->feed->row].label;

	if (one->feed->direct && !one->feed->shared &&
			repair_quadratic(one->columns, one->variance, all->w, k, one->values))
		how = "by the quadratic form that its units' kernels and variances give";
	else
		repair_cosine(one->columns, one->variance, all->w, k, one->values);
	correction.ratio = ratio_of(all, one);
	if (fabs(correction.ratio - 1) < near_enough) {
		leave(all, one->norm, "they agree");
		return;
	}
	repair_add(all, &correction, "estimated: %.3g of the mean of %u models' variances, %s (%s)",
			correction.ratio, one->models, how, kernel);
}

static enum ladle_status
repair_one(struct repairing *all, uint32_t index)
{
	const struct norm *norm = &all->net.norms[index];
	struct normed one = {.norm = norm,
			.index = index,
			.units = all->request->table->rows[norm->variance].count};
	bool fits;

	if (!all->request->shares(norm->variance, all->w, all->request->arg))
		return LADLE_OK;
	if (norm->feed == LADLE_NONE) {
		leave(all, norm, norm->why);
		return LADLE_OK;
	}
	one.feed = &all->net.feeds[norm->feed];
	if (!weigh(all, &one))
		return LADLE_OK;
	if (all->net.flattened != NULL && all->net.norm_count <= FEW_NORMS) {
		leave_shallow(all, norm);
		return LADLE_OK;
	}
	enum ladle_status status = gather(all, &one, &fits);
	if (status != LADLE_OK || all->failed)
		return status;
	if (fits)
		correct(all, &one);
	else
		leave(all, norm, "the kernel before it does not fit");
	return LADLE_OK;
}

enum ladle_status
repair_variances(struct repairing *all)
{
	enum ladle_status status = LADLE_OK;

	for (uint32_t i = 0; i < all->net.norm_count && status == LADLE_OK; i++) {
		struct arena piece;

		arena_init(&piece);
		all->piece = &piece;
		status = repair_one(all, i);
		arena_done(&piece);
	}
	return status;
}
