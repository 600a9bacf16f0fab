/* Statistics that have not converged. After t steps Keras holds m = (1 - q) m' and
 * v = (1 - q) v' + q, with q = momentum^t, of the m' and v' that it would hold after many: the 0
 * and 1 that it began with are still in it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "align/repair_state.h"
#include "base/err.h"
#include "keras/checkpoint.h"

/* Below, what is left is less than what statistics differ by anyway. */
static const double least_q = 1e-3;
/* What is less can also be a unit that nearly died: real models that were trained for long have up
 * to .004 that no kernel explains. */
static const double least_asked = .01;
/* What the variances themselves say counts from this many standard deviations on. */
static const double sure = 3.5;
/* The least variance has some of its own. */
static const double part_of_least = .98;

/* ---- steps that the optimizer counted ---- */

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* "optimizer/vars/0" of Keras 3; ".../iter:0", ".../iteration:0" of legacy files. */
static bool
is_step(const struct catalog_object *object)
{
	if (object->kind != CATALOG_DATASET || object->refused != NULL || object->count != 1 ||
			(object->type.dtype != LADLE_INT64 && object->type.dtype != LADLE_INT32))
		return false;
	if (begins(object->path, "/optimizer_weights/"))
		return begins(object->name, "iter");
	return strcmp(object->path, "/optimizer/vars/0") == 0 ||
	       strcmp(object->path, "/optimizer/inner_optimizer/vars/0") == 0;
}

/* *steps: 0 where it is not known. With an inner optimizer, that one's: it stands first. */
static enum ladle_status
read_steps(const struct repairing *all, uint32_t column, double *steps)
{
	const struct checkpoint *c = checkpoint_of(all->request->table->checkpoints[column]);

	*steps = 0;
	for (uint32_t i = 0; c->catalog != NULL && i < c->catalog->object_count; i++) {
		const struct catalog_object *object = &c->catalog->objects[i];
		int64_t wide = 0;
		int32_t narrow = 0;
		bool is_wide = object->type.dtype == LADLE_INT64;

		if (!is_step(object))
			continue;
		TRY(checkpoint_read(
				c, i, 0, 1, is_wide ? (void *)&wide : (void *)&narrow, all->err));
		*steps = is_wide ? (double)wide : (double)narrow;
		if (*steps > 0)
			return LADLE_OK;
	}
	return LADLE_OK;
}

/* ---- one column ---- */

struct settling {
	struct repairing *all;
	uint32_t column;
	double *least;    /* [norms] the least variance; NAN: none */
	double q;         /* at the momentum of the first */
	double deviation; /* of what the variances say; infinite: nothing */
};

static bool
is_updated(const struct settling *one)
{
	const struct repairing *all = one->all;

	for (uint32_t n = 0; n < all->net.norm_count; n++) {
		const struct statistics *s = repair_statistics(all, n, one->column);
		uint64_t count = all->request->table->rows[all->net.norms[n].variance].count;

		for (uint64_t u = 0; s->variance != NULL && u < count; u++)
			if (s->variance[u] != 1 || s->mean[u] != 0)
				return true;
	}
	return false;
}

static void
find_least(struct settling *one)
{
	const struct repairing *all = one->all;

	for (uint32_t n = 0; n < all->net.norm_count; n++) {
		const struct statistics *s = repair_statistics(all, n, one->column);
		uint64_t count = all->request->table->rows[all->net.norms[n].variance].count;

		one->least[n] = NAN;
		for (uint64_t u = 0; s->variance != NULL && u < count; u++)
			one->least[n] = fmin(one->least[n], s->variance[u]);
	}
}

/* q of a layer with another momentum: q^(1/log) are the steps. */
static double
at_momentum(double q, double momentum, double own)
{
	return exp(log(q) * log(own) / log(momentum));
}

static bool
is_momentum(double m)
{
	return m > 0 && m < 1;
}

/* The steps that would leave q, as far as no variance is less than what they leave. */
static bool
fits(const struct settling *one, double momentum, double q, double part)
{
	const struct repairing *all = one->all;

	for (uint32_t n = 0; n < all->net.norm_count; n++) {
		double own = all->net.norms[n].momentum;

		if (isnan(one->least[n]) || !is_momentum(own))
			continue;
		if (at_momentum(q, momentum, own) > part * one->least[n])
			return false;
	}
	return true;
}

static void
set(struct settling *one, double momentum, double q, bool counted)
{
	const struct repairing *all = one->all;

	for (uint32_t n = 0; n < all->net.norm_count; n++) {
		struct statistics *s = repair_statistics(all, n, one->column);
		double own = all->net.norms[n].momentum;
		double at = is_momentum(own) ? at_momentum(q, momentum, own) : 0;

		if (s->variance == NULL || at < least_q)
			continue;
		s->q = at;
		s->counted = counted;
	}
}

/* What the variances say of the layers that take the data: there the quadratic form is exact. */
static enum ladle_status
ask_variances(struct settling *one, double *momentum)
{
	struct repairing *all = one->all;

	one->deviation = INFINITY;
	for (uint32_t n = 0; n < all->net.norm_count; n++) {
		const struct norm *norm = &all->net.norms[n];
		const struct statistics *s = repair_statistics(all, n, one->column);
		struct columns columns;
		double q, deviation;

		if (norm->feed == LADLE_NONE || s->variance == NULL ||
				!is_momentum(norm->momentum) ||
				!all->net.feeds[norm->feed].direct ||
				all->net.feeds[norm->feed].shared)
			continue;
		TRY(repair_columns(all, &all->net.feeds[norm->feed], one->column,
				all->request->table->rows[norm->variance].count, &columns));
		if (columns.values == NULL ||
				!repair_floor(&columns, s->variance, &q, &deviation) ||
				deviation >= one->deviation)
			continue;
		one->q = q;
		one->deviation = deviation;
		*momentum = norm->momentum;
	}
	return LADLE_OK;
}

/* The optimizer may have been made for a model that was trained before: what the variances say goes
 * before what its steps say. */
static bool
contradicts(const struct settling *one, double momentum, double steps)
{
	double counted = pow(momentum, steps);

	return fabs(one->q - counted) > 3 * one->deviation + .1 * counted;
}

static enum ladle_status
settle_column(struct settling *one)
{
	struct repairing *all = one->all;
	double steps, momentum = NAN, asked = NAN;

	find_least(one);
	if (!is_updated(one))
		return LADLE_OK;
	for (uint32_t n = 0; n < all->net.norm_count && isnan(momentum); n++)
		if (is_momentum(all->net.norms[n].momentum))
			momentum = all->net.norms[n].momentum;
	if (isnan(momentum))
		return LADLE_OK;
	TRY(read_steps(all, one->column, &steps));
	if (steps > 0 && pow(momentum, steps) < least_q)
		return LADLE_OK; /* trained for longer than that, whatever came before */
	TRY(ask_variances(one, &asked));
	if (steps > 0 && fits(one, momentum, pow(momentum, steps), 1) &&
			!(isfinite(one->deviation) && contradicts(one, asked, steps))) {
		set(one, momentum, pow(momentum, steps), true);
		return LADLE_OK;
	}
	if (!isfinite(one->deviation) || one->q < least_asked || one->q >= 1 ||
			one->q < sure * one->deviation)
		return LADLE_OK;
	while (one->q >= least_asked && !fits(one, asked, one->q, part_of_least))
		one->q *= 1 - 1. / 256;
	if (one->q >= least_asked && one->q >= sure * one->deviation / 2)
		set(one, asked, one->q, false);
	return LADLE_OK;
}

/* ---- corrections ---- */

static void
take_out(const struct statistics *s, uint64_t count)
{
	for (uint64_t u = 0; u < count; u++) {
		double rest = (s->variance[u] - s->q) / (1 - s->q);

		s->mean[u] /= 1 - s->q;
		s->variance[u] = rest > 0 ? rest : 0;
	}
}

/* "0.0893 to 0.0901, by the variances of 5 models" */
static void
say_left(const struct repairing *all, uint32_t norm, char *text, size_t size)
{
	double least = 1, most = 0;
	uint32_t counted = 0, asked = 0;
	char range[64];

	for (uint32_t c = 0; c < all->request->table->checkpoint_count; c++) {
		const struct statistics *s = repair_statistics(all, norm, c);

		if (all->w[c] == 0 || s->q == 0)
			continue;
		least = s->q < least ? s->q : least;
		most = s->q > most ? s->q : most;
		counted += s->counted;
		asked += !s->counted;
	}
	if (least < most)
		snprintf(range, sizeof(range), "%.3g to %.3g", least, most);
	else
		snprintf(range, sizeof(range), "%.3g", most);
	if (counted > 0 && asked > 0)
		snprintf(text, size,
				"%s, by the steps of %u optimizers and the variances of %u "
				"models",
				range, counted, asked);
	else
		snprintf(text, size, "%s, by the %s of %u %s%s", range,
				counted > 0 ? "steps" : "variances", counted + asked,
				counted > 0 ? "optimizer" : "model",
				counted + asked == 1 ? "" : "s");
}

/* The average of one row without what was left of the start. */
static void
correct(struct repairing *all, uint32_t norm, uint32_t row, bool is_mean)
{
	uint64_t count = all->request->table->rows[row].count;
	double *values = arena_array(all->out, (size_t)count + 1, sizeof(*values));
	struct ladle_correction one = {
			.row = row, .kind = LADLE_REPAIR_UNCONVERGED, .ratio = 1, .values = values};
	double before = 0, after = 0;
	char left[192];

	all->failed |= values == NULL;
	for (uint64_t u = 0; u < count && values != NULL; u++) {
		for (uint32_t c = 0; c < all->request->table->checkpoint_count; c++) {
			const struct statistics *s = repair_statistics(all, norm, c);
			double now = all->w[c] == 0 ? 0 : is_mean ? s->mean[u] : s->variance[u];
			double was = now * (1 - s->q) + (is_mean ? 0 : s->q);

			values[u] += all->w[c] * now;
			before += fabs(all->w[c] * was);
			after += fabs(all->w[c] * now);
		}
	}
	one.ratio = before > 0 ? after / before : 1;
	say_left(all, norm, left, sizeof(left));
	repair_add(all, &one,
			"the %s that training began with is taken out of the models; what is left "
			"of it: %s",
			is_mean ? "0" : "1", left);
}

/* Has some column with weight what is to be taken out, and have all of them values? */
static bool
is_unconverged(const struct repairing *all, uint32_t norm)
{
	bool some = false;

	for (uint32_t c = 0; c < all->request->table->checkpoint_count; c++) {
		const struct statistics *s = repair_statistics(all, norm, c);

		if (all->w[c] != 0 && s->variance == NULL)
			return false;
		some |= all->w[c] != 0 && s->q > 0;
	}
	return some;
}

static void
correct_all(struct repairing *all)
{
	for (uint32_t n = 0; n < all->net.norm_count; n++) {
		const struct norm *norm = &all->net.norms[n];
		uint64_t count = all->request->table->rows[norm->variance].count;

		for (uint32_t c = 0; c < all->request->table->checkpoint_count; c++)
			if (repair_statistics(all, n, c)->q > 0)
				take_out(repair_statistics(all, n, c), count);
		if (all->request->shares(norm->mean, all->w, all->request->arg) &&
				is_unconverged(all, n))
			correct(all, n, norm->mean, true);
		if (all->request->shares(norm->variance, all->w, all->request->arg) &&
				is_unconverged(all, n))
			correct(all, n, norm->variance, false);
	}
}

enum ladle_status
repair_find_left(struct repairing *all)
{
	struct settling one = {.all = all};

	one.least = arena_array(all->work, (size_t)all->net.norm_count + 1, sizeof(*one.least));
	if (one.least == NULL) {
		all->failed = true;
		return LADLE_OK;
	}
	for (uint32_t c = 0; c < all->request->table->checkpoint_count; c++) {
		one.column = c;
		TRY(settle_column(&one));
	}
	return LADLE_OK;
}

enum ladle_status
repair_settle(struct repairing *all)
{
	TRY(repair_find_left(all));
	if (!all->failed)
		correct_all(all);
	return LADLE_OK;
}
