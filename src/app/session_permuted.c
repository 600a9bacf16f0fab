/* What a suggestion says: of the table as a whole, and of each row. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/state.h"

enum suggestion_state
session_suggestion(const struct session *session)
{
	return session->suggestion.state;
}

const struct ladle_alignment *
session_suggested(const struct session *session)
{
	const struct pairing *pairing = session->suggestion.pairing;

	return pairing == NULL ? NULL : pairing->alignment;
}

const struct ladle_figures *
session_matched_figures(const struct session *session, uint32_t row)
{
	const struct pairing *pairing = session->suggestion.pairing;

	return pairing == NULL ? NULL : ladle_figures(pairing->measurement, row);
}

double
session_matched_keep(const struct session *session, uint32_t row)
{
	const struct pairing *pairing = session->suggestion.pairing;

	if (pairing == NULL)
		return NAN;
	return ladle_judge(pairing->table, pairing->measurement, session->mix, row).keep;
}

struct ladle_verdict
session_matched_verdict(const struct session *session)
{
	const struct pairing *pairing = session->suggestion.pairing;

	if (pairing == NULL)
		return (struct ladle_verdict){
				.row = LADLE_NONE, .keep = NAN, .floor = NAN};
	return ladle_verdict(pairing->table, pairing->measurement, session->mix);
}

bool
session_moves(const struct session *session, uint32_t column, uint32_t group)
{
	const struct ladle_alignment *alignment = session_suggested(session);

	return alignment != NULL &&
	       session->suggestion.moves[(size_t)column * alignment->groups->count + group];
}

/* ---- findings of rows ---- */

/* One row, and who counts in it. */
struct ordered {
	const struct session *session;
	const struct ladle_alignment *alignment; /* NULL: nothing is known */
	uint32_t row, k;
	uint32_t base; /* the column that the others are held against, or LADLE_NONE */
	double *w;     /* [k] */
};

/* With the base that counts: the reference, else the first. */
static bool
ordered_init(struct ordered *ordered, const struct session *session, uint32_t row)
{
	*ordered = (struct ordered){.session = session,
			.alignment = session_suggested(session),
			.row = row,
			.base = LADLE_NONE};
	if (ordered->alignment == NULL)
		return false;
	ordered->k = session->pairing->columns.count;
	ordered->w = calloc(ordered->k, sizeof(*ordered->w));
	if (ordered->w == NULL)
		return false;
	struct ladle_weights from = ladle_mix_weights(
			session->mix, session->pairing->table, row, ordered->w);
	if (from.source != LADLE_W_FADERS && from.source != LADLE_W_RULE)
		return false;
	for (uint32_t k = ordered->k; k-- > 0;)
		if (ordered->w[k] != 0)
			ordered->base = k;
	if (ordered->w[ordered->alignment->reference] != 0)
		ordered->base = ordered->alignment->reference;
	return ordered->base != LADLE_NONE;
}

static bool
is_same_order(const uint32_t *a, const uint32_t *b, uint32_t units)
{
	for (uint32_t i = 0; a != b && i < units; i++)
		if ((a == NULL ? i : a[i]) != (b == NULL ? i : b[i]))
			return false;
	return true;
}

/* Does the table show the units of a group as the suggestion has them? */
static bool
is_as_suggested(const struct ordered *ordered, uint32_t column, uint32_t group)
{
	static const struct ladle_match stored;
	const struct ladle_alignment *present = ordered->session->pairing->alignment;
	const struct ladle_groups *groups = ordered->alignment->groups;
	size_t at = (size_t)column * groups->count + group;
	const struct ladle_match *now = present == NULL ? &stored : &present->matches[at];
	const struct ladle_match *then = &ordered->alignment->matches[at];

	return is_same_order(now->order, then->order, groups->list[group].units) &&
	       (now->scale == NULL) == (then->scale == NULL);
}

/* The group by which this column's row fits the base's only re-ordered, or LADLE_NONE. */
static uint32_t
group_apart(const struct ordered *ordered, uint32_t column)
{
	const uint32_t *groups = ordered->session->suggestion.groups +
				 (size_t)ordered->row * ordered->k;
	const struct ladle_alignment *alignment = ordered->alignment;
	uint32_t count = alignment->groups->count, group = groups[column];

	if (group == LADLE_NONE)
		group = groups[ordered->base];
	if (group == LADLE_NONE || column == ordered->base || ordered->w[column] == 0)
		return LADLE_NONE;
	const struct ladle_match *own = &alignment->matches[(size_t)column * count + group];
	const struct ladle_match *base = &alignment->matches[(size_t)ordered->base * count + group];
	bool same = is_same_order(own->order, base->order, alignment->groups->list[group].units) &&
		    own->scale == NULL && base->scale == NULL;
	bool done = is_as_suggested(ordered, column, group) &&
		    is_as_suggested(ordered, ordered->base, group);
	return same || done ? LADLE_NONE : group;
}

void
session_judge_order(const struct session *session, uint32_t row, struct ladle_judgement *judgement)
{
	struct ordered ordered;
	/* Without the files, what was known of it stands among the row's own findings. */
	bool apart = (judgement->flags >> LADLE_F_PERMUTED & 1) != 0;

	if (ordered_init(&ordered, session, row))
		for (uint32_t k = 0; k < ordered.k && !apart; k++)
			apart = group_apart(&ordered, k) != LADLE_NONE;
	free(ordered.w);
	if (!apart)
		return;
	judgement->state = LADLE_DIFFER;
	judgement->flags |= 1u << LADLE_F_PERMUTED;
	judgement->flags &= ~(1u << LADLE_F_UNRELATED);
}

uint32_t
session_permuted_count(struct session *session)
{
	const struct ladle_judgement *judgements = session_judgements(session);
	uint32_t count = 0;

	for (uint32_t row = 0; judgements != NULL && row < session->pairing->table->row_count;
			row++)
		count += judgements[row].flags >> LADLE_F_PERMUTED & 1;
	return count;
}

/* Of the row where it is a kernel and measured, else of all kernels of the group. */
static void
say_cosines(const struct ordered *ordered, uint32_t column, const struct ladle_match *match,
		char *out, size_t size)
{
	const struct session *session = ordered->session;
	const struct ladle_figures *stored =
			ladle_figures(session->pairing->measurement, ordered->row);
	const struct ladle_figures *matched = session_matched_figures(session, ordered->row);
	bool is_kernel = session->pairing->table->rows[ordered->row].is_kernel;
	char raw[8], then[8], null[8];

	format_cosine(raw, is_kernel && stored != NULL
					? ladle_cosine(stored, ordered->base, column)
					: match->cosine_raw);
	format_cosine(then, is_kernel && matched != NULL
					 ? ladle_cosine(matched, ordered->base, column)
			    : match->exact ? 1
					   : match->cosine_matched);
	format_cosine(null, match->cosine_null);
	if (strstr(raw, "..") != NULL) {
		*out = '\0';
		return;
	}
	snprintf(out, size, " (cos %s -> %s%s%s)", raw + strspn(raw, " "), then + strspn(then, " "),
			isnan(match->cosine_null) || match->exact ? "" : "; null ",
			isnan(match->cosine_null) || match->exact ? ""
								   : null + strspn(null, " "));
}

static void
say_apart(const struct ordered *ordered, uint32_t column, uint32_t group, char *out, size_t size)
{
	uint32_t count = ordered->alignment->groups->count;
	const struct ladle_match *match =
			&ordered->alignment->matches[(size_t)column * count + group];
	char cosines[64];

	if (match->order == NULL && match->scale == NULL)
		match = &ordered->alignment->matches[(size_t)ordered->base * count + group];
	say_cosines(ordered, column, match, cosines, sizeof(cosines));
	snprintf(out, size, "fits only after %s %u units%s%s",
			match->moved > 0 ? "re-ordering" : "re-scaling",
			match->moved > 0 ? match->moved
					 : ordered->alignment->groups->list[group].units,
			match->exact ? ", as an exact copy" : "", cosines);
}

static bool
has_finding(const struct ladle_row *row)
{
	for (uint32_t i = 0; i < row->finding_count; i++)
		if (row->findings[i].code == LADLE_F_PERMUTED)
			return true;
	return false;
}

uint32_t
session_row_findings(struct session *session, uint32_t row, struct ladle_finding *out,
		uint32_t max, char *text, size_t size)
{
	struct ordered ordered;
	uint32_t count = 0;

	if (ordered_init(&ordered, session, row))
		for (uint32_t k = 0; k < ordered.k && count < max && size > 1; k++) {
			uint32_t group = group_apart(&ordered, k);
			if (group == LADLE_NONE)
				continue;
			say_apart(&ordered, k, group, text, size);
			out[count++] = (struct ladle_finding){LADLE_F_PERMUTED, k, text};
			size -= strlen(text) + 1;
			text += strlen(text) + 1;
		}
	free(ordered.w);
	uint32_t first = count;
	count += ladle_row_findings(session->pairing->table, session->pairing->measurement,
			session->mix, row, out + count, max - count, text, size);
	bool apart = first > 0 || has_finding(&session->pairing->table->rows[row]);
	for (uint32_t i = first; apart && i < count; i++)
		if (out[i].code == LADLE_F_UNRELATED) {
			memmove(out + i, out + i + 1, (count - i - 1) * sizeof(*out));
			count--;
		}
	return count;
}
