#include <ladle.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* Least cosine of a kernel. alignment of lineages: 8 dense networks of 128 to 512 units, on digits
 * of 8 x 8 pixels and on a teacher's data, from lazy training with Adam to long training with SGD
 * and weight decay, gave .995 and more for copies that were trained on, .973 to .996 for the first
 * and last epoch of a run, .968 to .9999 for one initialisation in another order of the data, and
 * .03 and less for strangers; eight epochs of a small convolutional network .989 to .998 from each
 * to the next, .965 from the first to the last. Nobody has validated the limits between these
 * ranges; those of one run and one initialisation overlap. */
#define SAME_RUN .99
#define SAME_START .9
#define STRANGERS .3

/* Relative distances that rounding to the format leaves, of normal numbers; measured 2.1e-4 and
 * 1.7e-3 there. */
static const struct rounding {
	const char *name;
	double least, most;
} roundings[] = {{"float16", 1.5e-4, 2.9e-4}, {"bfloat16", 1.2e-3, 2.3e-3}};

#define TO_ROUNDING 1e-5 /* what copies whose units were rescaled may differ by */

const char *
ladle_relation_name(enum ladle_relation_kind kind)
{
	static const char *const names[] = {
#define X(id, name) name,
			LADLE_RELATIONS(X)
#undef X
	};

	return names[kind];
}

struct relating {
	const struct ladle_table *table;
	const struct ladle_alignment *alignment; /* NULL: none was looked for */
	const struct ladle_match *matches;       /* [groups] of the column */
	uint32_t column, reference;
	struct ladle_relation out;
	uint32_t rows, shared, same, kernels, alike, rounded, close;
	double gram[3]; /* <a, a>, <a, b>, <b, b> of all kernels, as stored */
	bool pending;
};

/* ---- figures ---- */

static void
add_kernel(struct relating *all, uint32_t row, const struct ladle_figures *f)
{
	uint32_t a = all->reference, b = all->column, k = f->k;
	double cosine = ladle_cosine(f, a, b);

	if (isnan(cosine))
		return;
	all->kernels++;
	all->alike += cosine >= SAME_START;
	all->gram[0] += f->gram[(size_t)a * k + a];
	all->gram[1] += f->gram[(size_t)a * k + b];
	all->gram[2] += f->gram[(size_t)b * k + b];
	if (isnan(all->out.cosine) || cosine < all->out.cosine) {
		all->out.cosine = cosine;
		all->out.row = row;
	}
}

static void
add_stored(struct relating *all, uint32_t row, const struct ladle_figures *f)
{
	const struct ladle_row *from = &all->table->rows[row];
	double distance = ladle_relative_l2(f, all->reference, all->column);

	if (!from->averaged || isnan(distance))
		return;
	all->shared++;
	all->same += ladle_identical(f, all->reference, all->column);
	if (from->is_kernel && (isnan(all->out.distance) || distance > all->out.distance))
		all->out.distance = distance;
	if (from->is_kernel)
		add_kernel(all, row, f);
}

static void
add_aligned(struct relating *all, uint32_t row, const struct ladle_figures *f)
{
	const struct ladle_row *from = &all->table->rows[row];
	double distance = ladle_relative_l2(f, all->reference, all->column), cosine;

	if (!from->averaged || isnan(distance))
		return;
	all->out.differ += !ladle_identical(f, all->reference, all->column);
	all->close += distance <= TO_ROUNDING;
	cosine = ladle_cosine(f, all->reference, all->column);
	if (from->is_kernel && !isnan(cosine) &&
			(isnan(all->out.aligned) || cosine < all->out.aligned))
		all->out.aligned = cosine;
}

static void
add_rows(struct relating *all, const struct ladle_measurement *stored,
		const struct ladle_measurement *aligned)
{
	for (uint32_t r = 0; r < all->table->row_count; r++) {
		const struct ladle_row *row = &all->table->rows[r];
		const struct ladle_figures *f = ladle_figures(stored, r);
		const struct ladle_figures *g = aligned == NULL ? NULL : ladle_figures(aligned, r);
		bool one = row->index[all->reference] != LADLE_NONE;
		bool other = row->index[all->column] != LADLE_NONE;

		all->rows += row->averaged && (one || other);
		if (!one || !other)
			continue;
		all->pending |= f == NULL || (aligned != NULL && g == NULL);
		if (f != NULL)
			add_stored(all, r, f);
		if (g != NULL)
			add_aligned(all, r, g);
	}
	if (aligned == NULL)
		all->out.differ = all->shared - all->same;
}

static double
mean_of(double sum, uint32_t count)
{
	return count == 0 ? (double)NAN : sum / count;
}

static void
add_groups(struct relating *all)
{
	uint32_t count = all->matches == NULL ? 0 : all->alignment->groups->count;
	uint32_t matched = 0, chance = 0;
	double matched_sum = 0, chance_sum = 0;

	for (uint32_t g = 0; g < count; g++) {
		all->out.groups += all->matches[g].moved > 0;
		all->out.moved += all->matches[g].moved;
		all->out.scaled += all->matches[g].scale != NULL;
		all->out.exact += all->matches[g].exact &&
				  (all->matches[g].moved > 0 || all->matches[g].scale != NULL);
		if (!isnan(all->matches[g].cosine_matched))
			matched_sum += all->matches[g].cosine_matched, matched++;
		if (!isnan(all->matches[g].cosine_null))
			chance_sum += all->matches[g].cosine_null, chance++;
	}
	all->out.matched = mean_of(matched_sum, matched);
	all->out.chance = mean_of(chance_sum, chance);
}

/* ---- kinds ---- */

/* Which format every kernel that is not the same seems to have been rounded to. */
static const struct rounding *
find_rounding(const struct relating *all, const struct ladle_measurement *stored)
{
	for (size_t i = 0; i < sizeof(roundings) / sizeof(roundings[0]); i++) {
		bool every = all->kernels > 0 && all->same < all->shared;

		for (uint32_t r = 0; r < all->table->row_count && every; r++) {
			const struct ladle_row *row = &all->table->rows[r];
			const struct ladle_figures *f = ladle_figures(stored, r);
			double d = f == NULL ? (double)NAN
					     : ladle_relative_l2(f, all->reference, all->column);

			if (row->is_kernel && !isnan(d) && d != 0)
				every = d >= roundings[i].least && d <= roundings[i].most;
			else if (row->averaged && !isnan(d))
				every = d <= 2 * roundings[i].most;
		}
		if (every)
			return &roundings[i];
	}
	return NULL;
}

static double
cosine_of_all(const struct relating *all)
{
	double norms = sqrt(all->gram[0] * all->gram[2]);

	return norms > 0 ? all->gram[1] / norms : (double)NAN;
}

/* By what corresponds when units are in the reference's order; PENDING: nothing more than as
 * stored. */
static enum ladle_relation_kind
kind_of_order(const struct relating *all)
{
	bool all_there = all->shared == all->rows;

	if (all->out.groups == 0 && all->out.scaled == 0)
		return LADLE_REL_PENDING;
	if (all_there && all->out.scaled > 0 && all->close == all->shared)
		return LADLE_REL_RESCALED;
	if (all_there && all->out.scaled == 0 && all->out.differ == 0)
		return LADLE_REL_PERMUTED;
	if (all->out.aligned >= SAME_START && all->out.aligned > all->out.cosine)
		return LADLE_REL_CHANGED;
	return all->out.exact > 0 ? LADLE_REL_PARTLY : LADLE_REL_PENDING;
}

static enum ladle_relation_kind
kind_of_figures(const struct relating *all)
{
	double whole = cosine_of_all(all);

	if (all->kernels == 0)
		return LADLE_REL_OTHER;
	if (all->out.cosine >= SAME_RUN)
		return LADLE_REL_SAME_RUN;
	if (all->out.cosine >= SAME_START)
		return LADLE_REL_SAME_START;
	return whole < STRANGERS && all->alike == 0 ? LADLE_REL_UNRELATED : LADLE_REL_RELATED;
}

static enum ladle_relation_kind
kind_of(const struct relating *all, const struct rounding *rounding)
{
	enum ladle_relation_kind kind;

	if (all->pending)
		return LADLE_REL_PENDING;
	if (2 * all->shared < all->rows || all->shared == 0)
		return LADLE_REL_OTHER;
	if (all->same == all->rows)
		return LADLE_REL_IDENTICAL;
	if (rounding != NULL && all->shared == all->rows)
		return LADLE_REL_ROUNDED;
	kind = kind_of_order(all);
	return kind != LADLE_REL_PENDING ? kind : kind_of_figures(all);
}

/* ---- words ---- */

struct words {
	const struct relating *all;
	const char *a, *b;
	char *buf;
	size_t size, length;
};

static void __attribute__((format(printf, 2, 3)))
say(struct words *words, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(words->buf + words->length, words->size - words->length, format, args);
	va_end(args);
	words->length += n < 0 ? 0 : (size_t)n;
	if (words->length >= words->size)
		words->length = words->size - 1;
}

static const char *
plural(uint32_t count)
{
	return count == 1 ? "" : "s";
}

/* "the units of 3 groups in another order and those of 1 group rescaled" */
static void
say_groups(struct words *words)
{
	const struct ladle_relation *out = &words->all->out;

	if (out->groups > 0)
		say(words, "the units of %u group%s in another order (%u move)", out->groups,
				plural(out->groups), out->moved);
	if (out->scaled > 0)
		say(words, "%s of %u group%s rescaled or of other signs",
				out->groups > 0 ? " and those" : "the units", out->scaled,
				plural(out->scaled));
}

static void
say_least(struct words *words)
{
	const struct ladle_relation *out = &words->all->out;

	if (out->row != LADLE_NONE)
		say(words, "the least alike kernel, %s, has cosine %.4f",
				words->all->table->rows[out->row].label, out->cosine);
}

static void
say_rounded(struct words *words, const struct rounding *rounding)
{
	say(words,
			"%s is %s rounded to %s: every kernel is apart by what that leaves, %.1e "
			"at most",
			words->b, words->a, rounding->name, words->all->out.distance);
}

static void
say_partly(struct words *words)
{
	const struct relating *all = words->all;

	say(words, "%s has ", words->b);
	say_groups(words);
	say(words, "; %u group%s then %s's, and %u of %u tensors differ besides", all->out.exact,
			all->out.exact == 1 ? " is" : "s are", words->a, all->out.differ,
			all->shared);
}

static void
say_order(struct words *words)
{
	const struct ladle_relation *out = &words->all->out;

	if (out->kind == LADLE_REL_PARTLY) {
		say_partly(words);
		return;
	}
	say(words, "%s is %s with ", words->b, words->a);
	say_groups(words);
	if (out->kind == LADLE_REL_PERMUTED)
		say(words, "; nothing else differs");
	else if (out->kind == LADLE_REL_RESCALED)
		say(words, "; nothing else differs but by rounding");
	else
		say(words, ", and changed since: the least alike kernel has cosine %.4f in %s's "
			   "order, %.4f as stored",
				out->aligned, words->a, out->cosine);
}

static void
say_figures(struct words *words)
{
	static const char *const lead[] = {
			[LADLE_REL_SAME_RUN] = "are of one run, or one was trained on from the "
					       "other",
			[LADLE_REL_SAME_START] = "began alike: one run early and late, or one "
						 "initialisation",
			[LADLE_REL_RELATED] = "have something in common",
			[LADLE_REL_UNRELATED] = "are strangers to each other",
	};
	const struct relating *all = words->all;

	say(words, "%s and %s %s: ", words->b, words->a, lead[all->out.kind]);
	if (all->out.kind == LADLE_REL_RELATED)
		say(words, "%u of %u kernels are alike; ", all->alike, all->kernels);
	say_least(words);
	if (isnan(all->out.matched) || all->out.moved == 0)
		return;
	say(words, "; with units matched kernels have %.3f on the mean", all->out.matched);
	if (!isnan(all->out.chance))
		say(words, ", by chance %.3f", all->out.chance);
}

static void
say_it(struct words *words, const struct rounding *rounding)
{
	const struct relating *all = words->all;
	uint32_t missing = all->rows - all->shared;

	switch (all->out.kind) {
	case LADLE_REL_PENDING:
		return;
	case LADLE_REL_IDENTICAL:
		say(words, "%s is %s: all %u tensors are the same", words->b, words->a, all->same);
		return;
	case LADLE_REL_ROUNDED:
		say_rounded(words, rounding);
		return;
	case LADLE_REL_OTHER:
		say(words, "%s and %s are not the same model: %u of %u tensors can be compared",
				words->b, words->a, all->shared, all->rows);
		return;
	case LADLE_REL_PERMUTED:
	case LADLE_REL_RESCALED:
	case LADLE_REL_CHANGED:
	case LADLE_REL_PARTLY:
		say_order(words);
		break;
	default:
		say_figures(words);
	}
	if (missing > 0)
		say(words, "; %u tensor%s cannot be compared", missing, plural(missing));
}

struct ladle_relation
ladle_relate(const struct ladle_table *table, const struct ladle_measurement *stored,
		const struct ladle_alignment *alignment, const struct ladle_measurement *aligned,
		const struct ladle_relating *how, char *buf, size_t size)
{
	struct relating all = {.table = table,
			.alignment = alignment,
			.column = how->column,
			.reference = how->reference,
			.out = {.row = LADLE_NONE, .cosine = NAN, .distance = NAN, .aligned = NAN}};
	struct words words = {&all, how->reference_name, how->column_name, buf, size, 0};
	const struct rounding *rounding;

	buf[0] = '\0';
	if (alignment != NULL && alignment->reference == how->reference)
		all.matches = &alignment->matches[(size_t)how->column * alignment->groups->count];
	add_rows(&all, stored, aligned);
	add_groups(&all);
	rounding = find_rounding(&all, stored);
	all.out.kind = kind_of(&all, rounding);
	say_it(&words, rounding);
	return all.out;
}
