#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/text.h"

enum { REASON_FINDINGS = 16, REASON_TEXT = 2048, REASON_NAME = 64 };

/* What is said about one row, part by part. */
struct reason {
	struct buf *out;
	struct session *session;
	const struct ladle_table *table;
	const struct ladle_row *row;
	uint32_t index;
	struct ladle_judgement judgement;
	struct ladle_weights weights;
	bool ascii, with_keys, begun;
};

/* Its columns are for the reason: a long name is cut. */
static void
say_name(struct reason *reason)
{
	char name[REASON_NAME * 12 + 1];
	struct buf clean;

	buf_init(&clean);
	text_clean_append(&clean, reason->row->label, reason->ascii);
	if (text_width(buf_string(&clean)) <= REASON_NAME) {
		buf_text(reason->out, buf_string(&clean));
	} else {
		text_fit(name, sizeof(name), reason->row->label, REASON_NAME, TEXT_LEFT,
				reason->ascii ? ".." : "\xe2\x80\xa6", reason->ascii);
		buf_text(reason->out, name);
	}
	buf_done(&clean);
}

/* "label: part; part". */
static void
begin_part(struct reason *reason)
{
	if (reason->begun) {
		buf_text(reason->out, "; ");
	} else {
		say_name(reason);
		buf_text(reason->out, ": ");
	}
	reason->begun = true;
}

/* The text of a finding. Many name the row themselves. */
static void
say_raw(struct reason *reason, const char *raw)
{
	if (reason->begun || strstr(raw, reason->row->label) == NULL)
		begin_part(reason);
	reason->begun = true;
	text_clean_append(reason->out, raw, reason->ascii);
}

static void
say_key(struct reason *reason, const char *key)
{
	if (!reason->with_keys)
		return;
	begin_part(reason);
	buf_text(reason->out, key);
}

static bool
counts(const struct reason *reason, const struct ladle_finding *finding, const double *w)
{
	return finding->checkpoint == LADLE_NONE ||
	       finding->checkpoint >= reason->table->checkpoint_count ||
	       w[finding->checkpoint] != 0;
}

/* Findings of pairing. A column without weight blocks nothing. */
static void
say_findings(struct reason *reason, const double *w, bool blocking)
{
	bool said = false, missing = false;

	for (uint32_t i = 0; i < reason->row->finding_count; i++) {
		const struct ladle_finding *finding = &reason->row->findings[i];
		if (ladle_finding_blocks(finding->code) != blocking || !counts(reason, finding, w))
			continue;
		say_raw(reason, finding->text);
		said = true;
		missing = missing || finding->code == LADLE_F_MISSING;
	}
	if (!said || !blocking || reason->weights.source == LADLE_W_COPIED)
		return;
	say_key(reason, missing ? "e=pair  x=copy  a=take one model" : "x=copy  a=take one model");
}

static const char *
template_id(const struct reason *reason)
{
	return session_column(reason->session, ladle_mix_template(session_mix(reason->session)))
			->id;
}

/* Why the row does not follow the faders. */
static void
say_source(struct reason *reason)
{
	const struct ladle_mix *mix = session_mix(reason->session);

	switch (reason->weights.source) {
	case LADLE_W_FADERS:
	case LADLE_W_COPIED: /* a finding of pairing says why */
		break;
	case LADLE_W_SKIPPED:
		begin_part(reason);
		buf_format(reason->out, "copied from %s by `", template_id(reason));
		text_clean_append(reason->out, ladle_mix_rule(mix, reason->weights.rule)->text,
				reason->ascii);
		buf_char(reason->out, '`');
		say_key(reason, "d=take it back");
		break;
	case LADLE_W_RULE:
		begin_part(reason);
		buf_text(reason->out, "weights by `");
		text_clean_append(reason->out, ladle_mix_rule(mix, reason->weights.rule)->text,
				reason->ascii);
		buf_char(reason->out, '`');
		break;
	}
}

static bool
is_identical(const struct reason *reason, const struct ladle_figures *figures)
{
	for (uint32_t k = 0; k < figures->k; k++)
		if (reason->row->index[k] == LADLE_NONE || !ladle_identical(figures, 0, k))
			return false;
	return figures->k > 1;
}

/* The only column with weight, or LADLE_NONE. */
static uint32_t
only_column(const struct reason *reason, const double *w)
{
	uint32_t only = LADLE_NONE;

	for (uint32_t k = 0; k < reason->table->checkpoint_count; k++) {
		if (w[k] == 0)
			continue;
		if (only != LADLE_NONE)
			return LADLE_NONE;
		only = k;
	}
	return only;
}

#define APART .2 /* in cosine with the mix: one column is the odd one out */

/* With three and more, the column that is least like the mix. */
static void
say_outlier(struct reason *reason, const struct ladle_figures *figures, const double *w)
{
	double least = INFINITY, second = INFINITY;
	uint32_t column = LADLE_NONE, counted = 0;

	for (uint32_t k = 0; k < figures->k; k++) {
		double cosine = w[k] == 0 ? NAN : ladle_cosine_mix(figures, w, k);
		if (isnan(cosine))
			continue;
		counted++;
		second = fmin(second, fmax(cosine, least));
		if (cosine >= least)
			continue;
		least = cosine;
		column = k;
	}
	if (counted < 3 || second - least < APART)
		return;
	begin_part(reason);
	buf_format(reason->out, "%s is apart from the others, cos %.2f with the mix",
			session_column(reason->session, column)->id, least);
}

/* Of units in another order it tells more than what strangers keep. */
static bool
say_matched(struct reason *reason)
{
	double matched = session_matched_keep(reason->session, reason->index);
	char keep[8];

	if ((reason->judgement.flags >> LADLE_F_PERMUTED & 1) == 0 || isnan(matched))
		return false;
	format_percent(keep, matched);
	buf_format(reason->out, ", if matched %s%%", keep + strspn(keep, " "));
	return true;
}

static void
say_keep(struct reason *reason, const struct ladle_figures *figures, const double *w)
{
	const struct ladle_judgement *judgement = &reason->judgement;
	char keep[8];

	if (isnan(judgement->keep))
		return;
	begin_part(reason);
	format_percent(keep, judgement->keep);
	buf_format(reason->out, "KEEP %s%%", keep + strspn(keep, " "));
	if (say_matched(reason) || judgement->state == LADLE_ALIKE)
		return;
	buf_format(reason->out, ", unrelated tensors keep %.0f%%", 100 * judgement->floor);
	if ((judgement->flags >> LADLE_F_UNRELATED & 1) != 0)
		buf_text(reason->out, !session_is_aligned(reason->session)
						      ? ": unrelated or permuted"
						      : " as matched");
	if (!reason->row->is_kernel)
		buf_text(reason->out, " (rank below 2: not in the headline)");
	say_outlier(reason, figures, w);
	if (reason->row->is_kernel && judgement->state == LADLE_DIFFER)
		say_key(reason, "a=take one model");
}

/* What the average does to the row's values. */
static void
say_average(struct reason *reason, const struct ladle_figures *figures, const double *w)
{
	uint32_t only = only_column(reason, w);

	if (reason->table->checkpoint_count < 2)
		return;
	if (only == LADLE_NONE && !is_identical(reason, figures)) {
		say_keep(reason, figures, w);
		return;
	}
	begin_part(reason);
	if (only != LADLE_NONE)
		buf_format(reason->out, "all from %s", session_column(reason->session, only)->id);
	else
		buf_text(reason->out, "identical in all");
}

static void
say_permuted(struct reason *reason, const struct ladle_finding *finding)
{
	begin_part(reason);
	buf_format(reason->out, "%s ", session_column(reason->session, finding->checkpoint)->id);
	text_clean_append(reason->out, finding->text, reason->ascii);
	say_key(reason, "p=match");
}

static void
say_measured(struct reason *reason, const double *w)
{
	const struct ladle_measurement *measurement = session_measurement(reason->session);
	const struct ladle_figures *figures = ladle_figures(measurement, reason->index);
	struct ladle_finding findings[REASON_FINDINGS];
	char texts[REASON_TEXT];

	if (figures == NULL) {
		begin_part(reason);
		buf_text(reason->out, "not measured yet");
		return;
	}
	uint32_t count = session_row_findings(reason->session, reason->index, findings,
			REASON_FINDINGS, texts, sizeof(texts));
	for (uint32_t i = 0; i < count; i++)
		if (findings[i].code == LADLE_F_PERMUTED)
			say_permuted(reason, &findings[i]);
		else if (ladle_finding_blocks(findings[i].code) && counts(reason, &findings[i], w))
			say_raw(reason, findings[i].text);
	say_average(reason, figures, w);
	for (uint32_t i = 0; i < count; i++)
		if (!ladle_finding_blocks(findings[i].code) &&
				findings[i].code != LADLE_F_UNRELATED)
			say_raw(reason, findings[i].text);
}

/* What blocks comes first, then where the weights come from, then figures, then the rest. */
static void
say_all(struct reason *reason, const double *w)
{
	say_findings(reason, w, true);
	say_source(reason);
	if (reason->weights.source == LADLE_W_FADERS || reason->weights.source == LADLE_W_RULE)
		say_measured(reason, w);
	say_findings(reason, w, false);
}

void
format_reason(struct buf *out, struct session *session, uint32_t row, bool ascii, bool with_keys)
{
	const struct ladle_table *table = session_table(session);
	const struct ladle_judgement *judgements = session_judgements(session);

	if (table == NULL || judgements == NULL)
		return;
	double *w = calloc(table->checkpoint_count, sizeof(*w));
	if (w == NULL)
		return;
	struct reason reason = {.out = out,
			.session = session,
			.table = table,
			.row = &table->rows[row],
			.index = row,
			.judgement = judgements[row],
			.ascii = ascii,
			.with_keys = with_keys};
	reason.weights = ladle_mix_weights(session_mix(session), table, row, w);
	say_all(&reason, w);
	free(w);
}
