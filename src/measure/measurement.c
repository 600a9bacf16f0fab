#include "measure/measurement.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "measure/pass.h"

enum ladle_status
ladle_measurement_new(struct ladle_measurement **out, const struct ladle_table *table,
		unsigned flags, struct ladle_error *err)
{
	struct ladle_measurement *measurement = calloc(1, sizeof(*measurement));

	if (measurement)
		measurement->rows = calloc(table->row_count + 1, sizeof(*measurement->rows));
	if (!measurement || !measurement->rows) {
		free(measurement);
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the figures of %u rows",
				table->row_count);
	}
	measurement->table = table;
	measurement->flags = flags;
	*out = measurement;
	return LADLE_OK;
}

void
ladle_measurement_free(struct ladle_measurement *measurement)
{
	if (!measurement)
		return;
	for (uint32_t row = 0; row < measurement->table->row_count; row++)
		free(atomic_load(&measurement->rows[row]));
	free(measurement->rows);
	free(measurement);
}

const struct ladle_figures *
ladle_figures(const struct ladle_measurement *measurement, uint32_t row)
{
	return atomic_load_explicit(&measurement->rows[row], memory_order_acquire);
}

void
measurement_publish(
		struct ladle_measurement *measurement, uint32_t row, struct ladle_figures *figures)
{
	free(atomic_exchange(&measurement->rows[row], figures));
}

static bool
is_unmeasured(uint32_t row, void *arg)
{
	return !ladle_figures(arg, row);
}

struct forward {
	void (*on_row)(uint32_t row, void *arg);
	void *arg;
};

static void
forward_row(uint32_t row, void *arg)
{
	const struct forward *forward = arg;

	if (forward->on_row)
		forward->on_row(row, forward->arg);
}

/* Values that were read while someone wrote the file are nobody's. */
static enum ladle_status
check_unchanged(const struct ladle_table *table, struct ladle_error *err)
{
	for (uint32_t k = 0; k < table->checkpoint_count; k++)
		TRY(ladle_checkpoint_check(table->checkpoints[k], err));
	return LADLE_OK;
}

enum ladle_status
ladle_measure(struct ladle_measurement *measurement, struct ladle *library, struct ladle_job *job,
		void (*on_row)(uint32_t row, void *arg), void *arg, struct ladle_error *err)
{
	struct plan plan;
	struct forward forward = {on_row, arg};
	struct pass pass = {
			.table = measurement->table,
			.plan = &plan,
			.measurement = measurement,
			.on_row = forward_row,
			.arg = &forward,
	};
	enum ladle_status status;

	TRY(plan_make(&plan, measurement->table, is_unmeasured, measurement, err));
	status = pass_run(library, &pass, job, err);
	plan_done(&plan);
	return status == LADLE_OK ? check_unchanged(measurement->table, err) : status;
}

struct figures_store *
figures_store_new(uint32_t k, bool with_stats)
{
	size_t square = (size_t)k * k;
	size_t size = sizeof(struct figures_store) + 3 * square * sizeof(double) +
		      k * sizeof(uint64_t) + (with_stats ? k * sizeof(struct ladle_stats) : 0);
	struct figures_store *storage = malloc(size);

	if (!storage)
		return NULL;
	storage->gram = (void *)(storage + 1);
	storage->l2 = storage->gram + square;
	storage->max_abs = storage->l2 + square;
	storage->nonfinite = (void *)(storage->max_abs + square);
	storage->stats = with_stats ? (void *)(storage->nonfinite + k) : NULL;
	for (size_t i = 0; i < 3 * square; i++)
		storage->gram[i] = NAN;
	for (uint32_t i = 0; i < k; i++)
		storage->nonfinite[i] = 0;
	for (uint32_t i = 0; with_stats && i < k; i++)
		storage->stats[i] = (struct ladle_stats){NAN, NAN, NAN, NAN, NAN, 0, 0, 0};
	storage->pub = (struct ladle_figures){
			k,
			storage->gram,
			storage->l2,
			storage->max_abs,
			storage->nonfinite,
			storage->stats,
	};
	return storage;
}

static struct ladle_stats
stats_of(const struct moments *from)
{
	bool some = from->n > 0;

	return (struct ladle_stats){
			.min = some ? from->min : (double)NAN,
			.max = some ? from->max : (double)NAN,
			.mean = some ? from->mean : (double)NAN,
			.sd = some ? sqrt(from->m2 / from->n) : (double)NAN,
			.norm = sqrt(from->m2 + from->n * from->mean * from->mean),
			.zeros = (uint64_t)from->zeros,
			.nan = (uint64_t)from->nan,
			.inf = (uint64_t)from->inf,
	};
}

/* See measure/kernel.h for the formula. */
static void
store_pair(struct figures_store *to, const struct sums *sums, uint32_t i, uint32_t j,
		const uint32_t *columns)
{
	size_t k = to->pub.k, a = columns[i], b = columns[j], above = a * k + b, below = b * k + a;
	double distance2 = i == j ? 0 : sums->distance2[(size_t)i * sums->n + j];

	to->gram[above] = to->gram[below] = (sums->norm2[i] + sums->norm2[j] - distance2) * .5;
	to->l2[above] = to->l2[below] = sqrt(distance2);
	to->max_abs[above] = to->max_abs[below] =
			i == j ? 0 : sums->max_abs[(size_t)i * sums->n + j];
}

struct ladle_figures *
figures_make(uint32_t k, const struct sums *sums, const uint32_t *columns)
{
	struct figures_store *to = figures_store_new(k, sums->moments != NULL);

	if (!to)
		return NULL;
	for (uint32_t i = 0; i < sums->n; i++) {
		to->nonfinite[columns[i]] = (uint64_t)sums->nonfinite[i];
		if (to->stats)
			to->stats[columns[i]] = stats_of(&sums->moments[i]);
		for (uint32_t j = i; j < sums->n; j++)
			store_pair(to, sums, i, j, columns);
	}
	return &to->pub;
}
