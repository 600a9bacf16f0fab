/* How the values of one row lie: counts in bins over one range. Two passes: the first finds the
 * range and the moments, the second counts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "measure/kernel.h"
#include "measure/values.h"

/* What a block adds for one column; folded in the order of the blocks. */
struct part {
	struct moments moments;
	double minus_inf;
};

struct lane {
	double *values;   /* [PLAN_BLOCK] */
	uint64_t *counts; /* [(K + 1) * bins] */
};

struct counting {
	struct values_mix mix;
	uint32_t columns, bins; /* columns: K + 1 */
	double low, high;
	struct part *parts; /* [blocks * columns] */
	struct lane *lanes; /* [threads] */
	int threads;
};

/* One allocation with what it points to behind it. */
struct owned {
	struct ladle_histogram pub; /* first */
};

/* ---- the first pass ---- */

static void
count_one(struct part *part, double x, double *sum)
{
	struct moments *moments = &part->moments;

	if (isnan(x)) {
		moments->nan++;
	} else if (isinf(x)) {
		moments->inf++;
		part->minus_inf += x < 0;
	} else {
		moments->n++;
		moments->zeros += x == 0;
		moments->min = x < moments->min ? x : moments->min;
		moments->max = x > moments->max ? x : moments->max;
		*sum += x;
	}
}

static const struct part empty = {.moments = {.min = INFINITY, .max = -INFINITY}};

static void
look(struct part *part, const double *x, size_t count)
{
	struct moments *moments = &part->moments;
	double sum = 0, mean;

	*part = empty;
	for (size_t i = 0; i < count; i++)
		count_one(part, x[i], &sum);
	if (moments->n == 0)
		return;
	mean = moments->mean = sum / moments->n;
	for (size_t i = 0; i < count; i++)
		if (isfinite(x[i]))
			moments->m2 += (x[i] - mean) * (x[i] - mean);
}

static enum ladle_status
look_at_block(const struct block *block, int worker, void *arg, struct ladle_error *err)
{
	const struct counting *counting = arg;
	double *values = counting->lanes[worker].values;
	struct part *parts = counting->parts + block->piece->first / PLAN_BLOCK * counting->columns;

	(void)err;
	for (uint32_t k = 0; k < counting->columns; k++)
		if (values_of(values, block, &counting->mix, k))
			look(&parts[k], values, (size_t)block->piece->count);
		else
			parts[k] = empty;
	return LADLE_OK;
}

static struct ladle_spread
spread_of(const struct counting *counting, size_t blocks, uint32_t column)
{
	struct part all = empty;

	for (size_t block = 0; block < blocks; block++) {
		const struct part *part = &counting->parts[block * counting->columns + column];

		moments_fold(&all.moments, &part->moments);
		all.minus_inf += part->minus_inf;
	}
	const struct moments *moments = &all.moments;
	bool some = moments->n > 0;
	return (struct ladle_spread){
			.finite = (uint64_t)moments->n,
			.zeros = (uint64_t)moments->zeros,
			.nan = (uint64_t)moments->nan,
			.plus_inf = (uint64_t)(moments->inf - all.minus_inf),
			.minus_inf = (uint64_t)all.minus_inf,
			.min = some ? moments->min : NAN,
			.max = some ? moments->max : NAN,
			.mean = some ? moments->mean : NAN,
			.sd = some ? sqrt(moments->m2 / moments->n) : NAN,
	};
}

/* Least and greatest of all columns; where they are one number, half a unit to each side. */
static void
find_range(struct counting *counting, const struct ladle_spread *spreads)
{
	double low = INFINITY, high = -INFINITY;

	for (uint32_t k = 0; k < counting->columns; k++) {
		low = spreads[k].min < low ? spreads[k].min : low;
		high = spreads[k].max > high ? spreads[k].max : high;
	}
	if (low > high)
		low = high = 0;
	counting->low = low == high ? low - .5 : low;
	counting->high = low == high ? high + .5 : high;
}

/* ---- the second pass ---- */

/* From the end that is nearer where the range is no double. */
static double
edge(const struct counting *counting, uint32_t bin)
{
	double low = counting->low, high = counting->high, bins = counting->bins;
	double width = high / bins - low / bins;

	if (bin == counting->bins)
		return high;
	if (isfinite(high - low))
		return low + bin * ((high - low) / bins);
	return 2 * bin < counting->bins ? low + bin * width : high - (counting->bins - bin) * width;
}

/* By the edges: the quotient alone may be off by one. */
static uint32_t
bin_of(const struct counting *counting, double x)
{
	double range = counting->high - counting->low;
	double part = isfinite(range) ? (x - counting->low) / range
				      : (x / 2 - counting->low / 2) /
							(counting->high / 2 - counting->low / 2);
	uint32_t last = counting->bins - 1, bin = (uint32_t)(part * counting->bins);

	bin = bin > last ? last : bin;
	if (bin > 0 && x < edge(counting, bin))
		return bin - 1;
	return bin < last && x >= edge(counting, bin + 1) ? bin + 1 : bin;
}

static enum ladle_status
count_block(const struct block *block, int worker, void *arg, struct ladle_error *err)
{
	const struct counting *counting = arg;
	const struct lane *lane = &counting->lanes[worker];

	(void)err;
	for (uint32_t k = 0; k < counting->columns; k++) {
		uint64_t *counts = lane->counts + (size_t)k * counting->bins;

		if (!values_of(lane->values, block, &counting->mix, k))
			continue;
		for (uint64_t i = 0; i < block->piece->count; i++)
			if (isfinite(lane->values[i]))
				counts[bin_of(counting, lane->values[i])]++;
	}
	return LADLE_OK;
}

/* ---- both ---- */

static void
counting_done(struct counting *counting)
{
	for (int i = 0; counting->lanes != NULL && i < counting->threads; i++) {
		free(counting->lanes[i].values);
		free(counting->lanes[i].counts);
	}
	free(counting->lanes);
	free(counting->parts);
}

static bool
counting_init(struct counting *counting, size_t blocks)
{
	size_t counts = (size_t)counting->columns * counting->bins;

	counting->parts = calloc(blocks * counting->columns, sizeof(*counting->parts));
	counting->lanes = calloc((size_t)counting->threads, sizeof(*counting->lanes));
	for (int i = 0; counting->lanes != NULL && i < counting->threads; i++) {
		struct lane *lane = &counting->lanes[i];

		lane->values = malloc(PLAN_BLOCK * sizeof(*lane->values));
		lane->counts = calloc(counts, sizeof(*lane->counts));
		if (lane->values == NULL || lane->counts == NULL)
			return false;
	}
	return counting->parts != NULL && counting->lanes != NULL;
}

static struct ladle_histogram *
make_histogram(const struct counting *counting, const struct ladle_spread *spreads)
{
	size_t columns = counting->columns, counts = columns * counting->bins;
	struct owned *owned = calloc(
			1, sizeof(*owned) + columns * sizeof(*spreads) + counts * sizeof(uint64_t));

	if (owned == NULL)
		return NULL;
	struct ladle_spread *own = (void *)(owned + 1);
	uint64_t *sum = (void *)(own + columns);
	memcpy(own, spreads, columns * sizeof(*own));
	for (int lane = 0; lane < counting->threads; lane++)
		for (size_t i = 0; i < counts; i++)
			sum[i] += counting->lanes[lane].counts[i];
	owned->pub = (struct ladle_histogram){counting->columns - 1, counting->bins, counting->low,
			counting->high, sum, own};
	return &owned->pub;
}

static enum ladle_status
count_row(struct ladle_histogram **out, const struct values_row *of, struct counting *counting,
		struct ladle_error *err)
{
	size_t blocks = (size_t)(of->table->rows[of->row].count / PLAN_BLOCK) + 1;
	struct pass pass = {.sink = look_at_block, .arg = counting};
	struct ladle_spread *spreads = calloc(counting->columns, sizeof(*spreads));
	struct ladle_histogram *made = NULL;
	enum ladle_status status = LADLE_E_MEMORY;

	if (spreads == NULL || !counting_init(counting, blocks))
		goto out;
	status = values_pass(of, &pass, 0, UINT64_MAX, err);
	if (status != LADLE_OK)
		goto out;
	for (uint32_t k = 0; k < counting->columns; k++)
		spreads[k] = spread_of(counting, blocks, k);
	find_range(counting, spreads);
	pass.sink = count_block;
	status = values_pass(of, &pass, 0, UINT64_MAX, err);
	if (status != LADLE_OK)
		goto out;
	made = make_histogram(counting, spreads);
	status = made == NULL ? LADLE_E_MEMORY : LADLE_OK;
out:
	free(spreads);
	*out = status == LADLE_OK ? made : *out;
	return status;
}

enum ladle_status
histogram_make(struct ladle_histogram **out, const struct values_row *of, uint32_t bins,
		struct ladle_error *err)
{
	struct counting counting = {
			.mix = of->mix,
			.columns = of->table->checkpoint_count + 1,
			.bins = bins,
			.threads = ladle_threads(of->library),
	};
	struct ladle_error cause = {.status = LADLE_OK};
	enum ladle_status status;

	if (bins == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "a histogram needs a bin");
	status = count_row(out, of, &counting, &cause);
	counting_done(&counting);
	if (status == LADLE_E_MEMORY && cause.status == LADLE_OK)
		return ladle_fail(err, status, NULL, "no memory to count the values of a row");
	if (status != LADLE_OK && err != NULL)
		*err = cause;
	return status;
}

enum ladle_status
ladle_row_histogram(struct ladle_histogram **out, struct ladle *library,
		const struct ladle_table *table, uint32_t row, const double *w, double sum,
		uint32_t bins, struct ladle_job *job, struct ladle_error *err)
{
	const struct values_row of = {library, table, row,
			{table->rows[row].averaged ? w : NULL, sum}, job, NULL};

	return histogram_make(out, &of, bins, err);
}

void
ladle_histogram_free(struct ladle_histogram *histogram)
{
	free(histogram);
}
