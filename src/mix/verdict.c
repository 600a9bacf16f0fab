#include <ladle.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The limits of design.md's words; percent there, fractions here. */
#define KEEP_ALIKE .98
#define KEEP_DRIFT .90
#define SCALED_RATIO 1.25   /* of the largest norm to the least */
#define STATISTICS_APART .1 /* relative distance of moving statistics that asks for new ones */
#define NEAR_FLOOR .15      /* of the way from the floor to 1 */

enum { SMALL_K = 64 };

/* Weights of one row: on the stack, unless there are very many checkpoints. */
struct row_weights {
	double small[SMALL_K];
	double *w;
	struct ladle_weights from;
};

static bool
weights_init(struct row_weights *weights, const struct ladle_table *table,
		const struct ladle_mix *mix, uint32_t row)
{
	uint32_t k = table->checkpoint_count;

	weights->w = k <= SMALL_K ? weights->small : malloc(k * sizeof(double));
	if (weights->w)
		weights->from = ladle_mix_weights(mix, table, row, weights->w);
	return weights->w != NULL;
}

static void
weights_done(struct row_weights *weights)
{
	if (weights->w != weights->small)
		free(weights->w);
}

/* Does the row take its values from the mix, not from the template alone? */
static bool
is_mixed(const struct ladle_weights *from)
{
	return from->source == LADLE_W_FADERS || from->source == LADLE_W_RULE;
}

/* Weights that sum to 0, and weights that all are 0, make none. */
static bool
has_average(const struct row_weights *weights, uint32_t columns)
{
	bool some = false;

	for (uint32_t k = 0; k < columns; k++)
		some |= weights->w[k] != 0;
	return some && weights->from.sum != 0 && is_mixed(&weights->from);
}

static bool
counts(const struct ladle_finding *finding, const double *w)
{
	return finding->checkpoint == LADLE_NONE || w[finding->checkpoint] != 0;
}

static double
norm_ratio(const struct ladle_figures *figures, const double *w)
{
	double least = INFINITY, most = 0;

	for (uint32_t k = 0; k < figures->k; k++) {
		double norm = ladle_norm(figures, k);

		if (w[k] == 0 || isnan(norm))
			continue;
		least = norm < least ? norm : least;
		most = norm > most ? norm : most;
	}
	return most > 0 ? most / least : 1;
}

/* The pair of columns with weight that lie farthest apart, relative to their norms. */
static double
farthest(const struct ladle_figures *figures, const double *w)
{
	double most = 0;

	for (uint32_t i = 0; i < figures->k; i++)
		for (uint32_t j = i + 1; j < figures->k; j++) {
			double apart = w[i] != 0 && w[j] != 0 ? ladle_relative_l2(figures, i, j)
							      : 0;

			most = apart > most ? apart : most;
		}
	return most;
}

static bool
all_identical(const struct ladle_row *row, const struct ladle_figures *figures)
{
	uint32_t first = LADLE_NONE;

	for (uint32_t k = 0; k < figures->k; k++) {
		if (row->index[k] == LADLE_NONE)
			continue;
		if (first != LADLE_NONE && !ladle_identical(figures, first, k))
			return false;
		first = first == LADLE_NONE ? k : first;
	}
	return true;
}

static bool
is_statistics(const struct ladle_row *row)
{
	return !strcmp(row->role, "moving_mean") || !strcmp(row->role, "moving_variance");
}

#define FLAG(code) (1u << (code))

static uint32_t
pairing_flags(const struct ladle_row *row, const struct row_weights *weights)
{
	uint32_t flags = 0;

	for (uint32_t i = 0; i < row->finding_count; i++)
		if (row->findings[i].code != LADLE_F_COPIED &&
				counts(&row->findings[i], weights->w))
			flags |= FLAG(row->findings[i].code);
	return flags;
}

static uint32_t
figure_flags(const struct ladle_row *row, const struct ladle_figures *figures,
		const struct row_weights *weights, double keep, double floor)
{
	uint32_t flags = 0;

	for (uint32_t k = 0; k < figures->k; k++)
		if (weights->w[k] != 0 && figures->nonfinite[k])
			flags |= FLAG(LADLE_F_NONFINITE);
	if (!row->averaged)
		return all_identical(row, figures) ? flags : flags | FLAG(LADLE_F_COPIED);
	if (row->is_kernel && norm_ratio(figures, weights->w) > SCALED_RATIO)
		flags |= FLAG(LADLE_F_SCALED);
	if (is_statistics(row) && farthest(figures, weights->w) > STATISTICS_APART)
		flags |= FLAG(LADLE_F_BATCHNORM);
	if (row->is_kernel && floor < 1 && keep < floor + NEAR_FLOOR * (1 - floor))
		flags |= FLAG(LADLE_F_UNRELATED);
	return flags;
}

static bool
is_blocked(uint32_t flags)
{
	for (int code = 0; flags >> code; code++)
		if (flags >> code & 1 && ladle_finding_blocks((enum ladle_finding_code)code))
			return true;
	return false;
}

static enum ladle_state
state_of_keep(double keep)
{
	return keep >= KEEP_ALIKE ? LADLE_ALIKE : keep >= KEEP_DRIFT ? LADLE_DRIFT : LADLE_DIFFER;
}

static struct ladle_judgement
judge(const struct ladle_row *row, const struct ladle_figures *figures,
		const struct row_weights *weights, uint32_t columns)
{
	struct ladle_judgement out = {LADLE_PENDING, NAN, NAN, pairing_flags(row, weights)};
	bool mixed = has_average(weights, columns);

	if (mixed)
		out.floor = ladle_floor(weights->w, columns);
	if (mixed && figures)
		out.keep = ladle_keep(figures, weights->w);
	if (figures)
		out.flags |= figure_flags(row, figures, weights, out.keep, out.floor);
	if (is_blocked(out.flags))
		out.state = LADLE_DIFFER;
	else if (figures && !row->averaged)
		out.state = out.flags & FLAG(LADLE_F_COPIED) ? LADLE_DRIFT : LADLE_ALIKE;
	else if (figures && is_mixed(&weights->from))
		out.state = isnan(out.keep) ? LADLE_DIFFER : state_of_keep(out.keep);
	else if (figures)
		out.state = LADLE_ALIKE; /* skipped: one model's own values */
	return out;
}

struct ladle_judgement
ladle_judge(const struct ladle_table *table, const struct ladle_measurement *measurement,
		const struct ladle_mix *mix, uint32_t row)
{
	struct ladle_judgement out = {LADLE_PENDING, NAN, NAN, 0};
	struct row_weights weights;

	if (!weights_init(&weights, table, mix, row))
		return out;
	out = judge(&table->rows[row], measurement ? ladle_figures(measurement, row) : NULL,
			&weights, table->checkpoint_count);
	weights_done(&weights);
	return out;
}

static void
count_row(struct ladle_verdict *verdict, const struct ladle_judgement *row)
{
	uint32_t *const counter[] = {
			[LADLE_PENDING] = &verdict->pending,
			[LADLE_ALIKE] = &verdict->alike,
			[LADLE_DRIFT] = &verdict->drift,
			[LADLE_DIFFER] = &verdict->differ,
	};

	++*counter[row->state];
	verdict->missing += row->flags >> LADLE_F_MISSING & 1;
}

/* The headline decides, and a finding that blocks. Rows of rank 1 can turn ALIKE into DRIFT, no
 * more: shared means and ones make them look alike or apart for no reason of the function's. */
static enum ladle_state
state_of(const struct ladle_verdict *verdict, bool blocked)
{
	enum ladle_state state =
			verdict->row == LADLE_NONE ? LADLE_ALIKE : state_of_keep(verdict->keep);

	if (blocked)
		return LADLE_DIFFER;
	if (verdict->pending)
		return LADLE_PENDING;
	return state == LADLE_ALIKE && (verdict->drift || verdict->differ) ? LADLE_DRIFT : state;
}

struct ladle_verdict
ladle_verdict_of(const struct ladle_table *table, const struct ladle_judgement *rows)
{
	struct ladle_verdict verdict = {.row = LADLE_NONE, .keep = NAN, .floor = NAN};
	bool blocked = false;

	for (uint32_t row = 0; row < table->row_count; row++) {
		const struct ladle_judgement *one = &rows[row];

		count_row(&verdict, one);
		blocked |= is_blocked(one->flags);
		if (!table->rows[row].is_kernel)
			continue;
		blocked |= isnan(one->keep) && one->state == LADLE_DIFFER; /* no average at all */
		if (isnan(one->keep))
			continue;
		if (verdict.row != LADLE_NONE && one->keep >= verdict.keep)
			continue;
		verdict.row = row;
		verdict.keep = one->keep;
		verdict.floor = one->floor;
	}
	verdict.state = state_of(&verdict, blocked);
	return verdict;
}

struct ladle_verdict
ladle_verdict(const struct ladle_table *table, const struct ladle_measurement *measurement,
		const struct ladle_mix *mix)
{
	struct ladle_verdict verdict = {.state = LADLE_PENDING,
			.row = LADLE_NONE,
			.keep = NAN,
			.floor = NAN,
			.pending = table->row_count};
	struct ladle_judgement *rows = calloc(table->row_count + 1, sizeof(*rows));

	if (!rows)
		return verdict;
	for (uint32_t row = 0; row < table->row_count; row++)
		rows[row] = ladle_judge(table, measurement, mix, row);
	verdict = ladle_verdict_of(table, rows);
	free(rows);
	return verdict;
}

/* Sentences for a person, into memory that the caller gave. */
struct sentences {
	struct ladle_finding *out;
	uint32_t count, max;
	char *at;
	size_t left;
};

static void say(struct sentences *, enum ladle_finding_code, uint32_t column, const char *format,
		...) __attribute__((format(printf, 4, 5)));

static void
say(struct sentences *to, enum ladle_finding_code code, uint32_t column, const char *format, ...)
{
	va_list args;
	int length;

	if (to->count == to->max || !to->left)
		return;
	va_start(args, format);
	length = vsnprintf(to->at, to->left, format, args);
	va_end(args);
	if (length < 0)
		return;
	to->out[to->count++] = (struct ladle_finding){code, column, to->at};
	length = (size_t)length + 1 < to->left ? length + 1 : (int)to->left;
	to->at += length;
	to->left -= (size_t)length;
}

static void
say_nonfinite(struct sentences *to, const struct ladle_table *table,
		const struct ladle_figures *figures, const double *w)
{
	for (uint32_t k = 0; k < figures->k; k++)
		if (w[k] != 0 && figures->nonfinite[k])
			say(to, LADLE_F_NONFINITE, k, "%s has %llu values that are NaN or infinite",
					table->checkpoints[k]->path,
					(unsigned long long)figures->nonfinite[k]);
}

static void
say_scaled(struct sentences *to, const struct ladle_table *table,
		const struct ladle_figures *figures, const double *w)
{
	uint32_t least = LADLE_NONE, most = LADLE_NONE;

	for (uint32_t k = 0; k < figures->k; k++) {
		if (w[k] == 0 || isnan(ladle_norm(figures, k)))
			continue;
		if (least == LADLE_NONE || ladle_norm(figures, k) < ladle_norm(figures, least))
			least = k;
		if (most == LADLE_NONE || ladle_norm(figures, k) > ladle_norm(figures, most))
			most = k;
	}
	if (least != LADLE_NONE && most != least)
		say(to, LADLE_F_SCALED, most, "the norm in %s is %.3g, in %s %.3g",
				table->checkpoints[most]->path, ladle_norm(figures, most),
				table->checkpoints[least]->path, ladle_norm(figures, least));
}

static void
say_copied(struct sentences *to, const struct ladle_row *row, const struct ladle_figures *figures)
{
	bool compared = true;

	for (uint32_t k = 0; k < figures->k; k++)
		compared &= row->index[k] == LADLE_NONE || !isnan(ladle_norm(figures, k));
	say(to, LADLE_F_COPIED, LADLE_NONE,
			"not averaged by its nature, and %s: the template's is copied",
			compared ? "it differs" : "not compared");
}

uint32_t
ladle_row_findings(const struct ladle_table *table, const struct ladle_measurement *measurement,
		const struct ladle_mix *mix, uint32_t row, struct ladle_finding *out, uint32_t max,
		char *buf, size_t size)
{
	struct sentences to = {out, 0, max, buf, size};
	const struct ladle_figures *figures = ladle_figures(measurement, row);
	struct row_weights weights;
	struct ladle_judgement one;

	if (!figures || !weights_init(&weights, table, mix, row))
		return 0;
	one = judge(&table->rows[row], figures, &weights, table->checkpoint_count);
	say_nonfinite(&to, table, figures, weights.w);
	if (one.flags & FLAG(LADLE_F_UNRELATED))
		say(&to, LADLE_F_UNRELATED, LADLE_NONE,
				"KEEP %.1f%% is near the floor %.1f%% of unrelated tensors: "
				"unrelated or "
				"permuted",
				one.keep * 100, one.floor * 100);
	if (one.flags & FLAG(LADLE_F_SCALED))
		say_scaled(&to, table, figures, weights.w);
	if (one.flags & FLAG(LADLE_F_BATCHNORM))
		say(&to, LADLE_F_BATCHNORM, LADLE_NONE,
				"moving statistics differ: re-estimate them on data after "
				"averaging");
	if (one.flags & FLAG(LADLE_F_COPIED))
		say_copied(&to, &table->rows[row], figures);
	weights_done(&weights);
	return to.count;
}
