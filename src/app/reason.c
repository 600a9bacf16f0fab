#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/text.h"

enum { REASON_FINDINGS = 16, REASON_TEXT = 2048 };

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

/* "label: part; part". */
static void
begin_part(struct reason *reason)
{
	if (reason->begun) {
		buf_text(reason->out, "; ");
	} else {
		text_clean_append(reason->out, reason->row->label, reason->ascii);
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
	if (reason->with_keys)
		buf_format(reason->out, ": %s", key);
}

static bool
counts(const struct reason *reason, const struct ladle_finding *finding, const double *w)
{
	return finding->checkpoint == LADLE_NONE || finding->checkpoint >= reason->table->checkpoint_count ||
			w[finding->checkpoint] != 0;
}

/* Findings of pairing. A column without weight blocks nothing. */
static void
say_findings(struct reason *reason, const double *w, bool blocking)
{
	bool said = false;

	for (uint32_t i = 0; i < reason->row->finding_count; i++) {
		const struct ladle_finding *finding = &reason->row->findings[i];
		if (ladle_finding_blocks(finding->code) != blocking || !counts(reason, finding, w))
			continue;
		say_raw(reason, finding->text);
		said = true;
	}
	if (said && blocking && reason->weights.source != LADLE_W_COPIED) {
		begin_part(reason);
		buf_text(reason->out, "copy it or take one model");
		say_key(reason, "x a");
	}
}

static const char *
template_id(const struct reason *reason)
{
	return session_column(reason->session, ladle_mix_template(session_mix(reason->session)))->id;
}

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
		say_key(reason, "d takes it back");
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

static void
say_keep(struct reason *reason)
{
	char keep[8];

	if (isnan(reason->judgement.keep) || reason->table->checkpoint_count < 2)
		return;
	begin_part(reason);
	format_percent(keep, reason->judgement.keep);
	buf_format(reason->out, "keeps %s%% of its length", keep + strspn(keep, " "));
	if (reason->judgement.state == LADLE_ALIKE)
		return;
	buf_format(reason->out, ", unrelated tensors keep %.0f%%", 100 * reason->judgement.floor);
	if ((reason->judgement.flags >> LADLE_F_UNRELATED & 1) != 0) {
		begin_part(reason);
		buf_text(reason->out, "unrelated or permuted");
	}
	if (reason->judgement.state == LADLE_DIFFER) {
		begin_part(reason);
		buf_text(reason->out, "take one model for it");
		say_key(reason, "a");
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
	uint32_t count = ladle_row_findings(reason->table, measurement, session_mix(reason->session),
			reason->index, findings, REASON_FINDINGS, texts, sizeof(texts));
	if (is_identical(reason, figures)) {
		begin_part(reason);
		buf_text(reason->out, "identical in all");
	}
	for (uint32_t i = 0; i < count; i++)
		if (ladle_finding_blocks(findings[i].code) && counts(reason, &findings[i], w))
			say_raw(reason, findings[i].text);
	if (!is_identical(reason, figures))
		say_keep(reason);
	for (uint32_t i = 0; i < count; i++)
		if (!ladle_finding_blocks(findings[i].code) && findings[i].code != LADLE_F_UNRELATED)
			say_raw(reason, findings[i].text);
}

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
	struct reason reason = {.out = out, .session = session, .table = table,
			.row = &table->rows[row], .index = row, .judgement = judgements[row],
			.ascii = ascii, .with_keys = with_keys};
	reason.weights = ladle_mix_weights(session_mix(session), table, row, w);
	say_all(&reason, w);
	free(w);
}
