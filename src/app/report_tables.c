/* The tables of a report: rows by loss, and what moves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/report_parts.h"
#include "app/session.h"
#include "base/buf.h"

/* ---- rows ---- */

double
report_loss(const struct ladle_judgement *judgement)
{
	double room = 1 - judgement->floor;

	if (isnan(judgement->keep) || isnan(judgement->floor))
		return NAN;
	return room > 0 ? (1 - judgement->keep) / room : 0;
}

struct ranked {
	double loss; /* -1: not known, or not averaged; infinite: cannot be averaged */
	uint32_t row;
};

static int
by_loss(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->loss != y->loss)
		return x->loss < y->loss ? 1 : -1;
	return (x->row > y->row) - (x->row < y->row);
}

/* NULL without memory. */
static struct ranked *
rank_rows(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct ranked *ranked = calloc((size_t)table->row_count + 1, sizeof(*ranked));

	for (uint32_t i = 0; ranked != NULL && i < table->row_count; i++) {
		const struct ladle_judgement *judgement = &session_judgements(session)[i];
		double loss = report_loss(judgement);

		if (isnan(loss))
			loss = judgement->state == LADLE_DIFFER ? (double)INFINITY : -1;
		ranked[i] = (struct ranked){loss, i};
	}
	if (ranked != NULL)
		qsort(ranked, table->row_count, sizeof(*ranked), by_loss);
	return ranked;
}

static void
percent_cell(struct buf *out, double fraction)
{
	char text[8];

	format_percent(text, fraction);
	buf_format(out, "<td>%s</td>", text + strspn(text, " "));
}

/* w: [K], the row's. */
static void
cosine_cells(struct buf *out, struct session *session, uint32_t row, double *w)
{
	const struct ladle_table *table = session_table(session);
	const struct ladle_figures *figures = ladle_figures(session_measurement(session), row);

	ladle_mix_weights(session_mix(session), table, row, w);
	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		char text[8];

		format_cosine(text,
				figures == NULL ? (double)NAN : ladle_cosine_mix(figures, w, k));
		buf_format(out, "<td>%s</td>",
				table->rows[row].index[k] == LADLE_NONE ? "-"
									: text + strspn(text, " "));
	}
}

static void
row_line(struct buf *out, struct session *session, uint32_t index, double *w)
{
	const struct ladle_row *row = &session_table(session)->rows[index];
	const struct ladle_judgement *judgement = &session_judgements(session)[index];
	const char *state = ladle_state_name(judgement->state);
	double loss = report_loss(judgement);
	char flags[16];

	buf_text(out, "<tr><th scope=\"row\" class=\"left\"><bdi>");
	markup_text(out, row->label);
	buf_text(out, "</bdi></th><td>");
	format_shape(out, row);
	buf_text(out, "</td>");
	if (row->averaged) {
		percent_cell(out, judgement->keep);
		percent_cell(out, judgement->floor);
	} else {
		buf_text(out, "<td>copy</td><td>-</td>");
	}
	buf_format(out, "<td class=\"left %s\">", state);
	if (!isnan(loss))
		buf_format(out, "<span class=\"bar\"><i style=\"width:%.1f%%\"></i></span>",
				100 * fmax(0, fmin(loss, 1)));
	buf_text(out, "</td>");
	cosine_cells(out, session, index, w);
	format_flags(flags, judgement->flags);
	buf_format(out, "<td class=\"left %s\">%s %s</td><td class=\"left\">", state,
			markup_sign(judgement->state), state);
	markup_text(out, flags);
	buf_text(out, "</td></tr>\n");
}

static void
row_head(struct buf *out, const struct session *session)
{
	buf_text(out, "<thead><tr><th class=\"left\">row</th><th>shape</th><th>KEEP %</th>"
		      "<th>floor %</th><th class=\"left\">loss</th>");
	for (uint32_t k = 0; k < session_table(session)->checkpoint_count; k++) {
		buf_text(out, "<th>");
		markup_text(out, session_column(session, k)->id);
		buf_text(out, "</th>");
	}
	buf_text(out, "<th class=\"left\">state</th><th class=\"left\">flags</th></tr></thead>\n");
}

/* The letters that stand in the table, in words. */
static void
flag_legend(struct buf *out, struct session *session)
{
	uint32_t flags = 0;
	const char *before = "<p class=\"note\">Flags: ";

	for (uint32_t i = 0; i < session_table(session)->row_count; i++)
		flags |= session_judgements(session)[i].flags;
	for (int code = 0; code < 32; code++) {
		if ((flags >> code & 1) == 0)
			continue;
		buf_format(out, "%s%c %s", before,
				ladle_finding_letter((enum ladle_finding_code)code),
				ladle_finding_code_name((enum ladle_finding_code)code));
		before = ", ";
	}
	if (flags != 0)
		buf_text(out, ".</p>\n");
}

void
report_rows(struct buf *out, struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct ranked *ranked = rank_rows(session);
	double *w = calloc((size_t)table->checkpoint_count + 1, sizeof(*w));

	buf_text(out, "<h2>Rows by loss</h2>\n<p class=\"note\">KEEP: how much of the weights' "
		      "length "
		      "survives averaging. Floor: what unrelated tensors of equal norm would keep. "
		      "Loss: how far KEEP went from 100 to the floor. Below the models' names: "
		      "cosine "
		      "of each with the mix.</p>\n<div class=\"scroll\"><table class=\"rows\">\n");
	row_head(out, session);
	buf_text(out, "<tbody>\n");
	if (ranked == NULL || w == NULL)
		out->failed = true;
	for (uint32_t i = 0; !out->failed && i < table->row_count; i++)
		row_line(out, session, ranked[i].row, w);
	buf_text(out, "</tbody></table></div>\n");
	flag_legend(out, session);
	free(w);
	free(ranked);
}

/* ---- what moves ---- */

static void
cosine_cell(struct buf *out, double cosine)
{
	char text[8];

	format_cosine(text, cosine);
	buf_format(out, "<td>%s</td>", text + strspn(text, " "));
}

static void
move_line(struct buf *out, struct session *session, const struct ladle_alignment *alignment,
		uint32_t column, uint32_t index)
{
	const struct ladle_group *group = &alignment->groups->list[index];
	const struct ladle_match *match =
			&alignment->matches[(size_t)column * alignment->groups->count + index];

	buf_text(out, "<tr><th scope=\"row\" class=\"left\">");
	markup_text(out, session_column(session, column)->id);
	buf_format(out, " to ");
	markup_text(out, session_column(session, alignment->reference)->id);
	buf_text(out, "</th><td class=\"left\"><bdi>");
	if (group->use_count > 0)
		markup_text(out, session_table(session)->rows[group->uses[0].row].label);
	buf_format(out, "</bdi></td><td>%u of %u</td>", match->moved, group->units);
	cosine_cell(out, match->cosine_raw);
	cosine_cell(out, match->cosine_matched);
	buf_format(out, "<td class=\"left\">%s</td></tr>\n",
			match->exact ? match->scale == NULL ? "a copy" : "a copy, rescaled" : "");
}

/* Groups of the column that stand elsewhere, or are rescaled; in a suggestion only those that are
 * known to. */
static void
column_moves(struct buf *out, struct session *session, uint32_t column)
{
	uint32_t reference;
	const struct ladle_alignment *alignment = session_order_of(session, column, &reference);
	bool shown = session_is_reordered(session, column);

	if (alignment == NULL || column == reference)
		return;
	for (uint32_t i = 0; i < alignment->groups->count; i++) {
		const struct ladle_match *match =
				&alignment->matches[(size_t)column * alignment->groups->count + i];

		if (shown ? match->moved > 0 || match->scale != NULL
			  : session_moves(session, column, i))
			move_line(out, session, alignment, column, i);
	}
}

void
report_moves(struct buf *out, struct session *session)
{
	struct buf lines;

	buf_init(&lines);
	for (uint32_t k = 0; k < session_table(session)->checkpoint_count; k++)
		column_moves(&lines, session, k);
	if (lines.length > 0) {
		buf_text(out, "<h2>What moves</h2>\n<p class=\"note\">");
		buf_text(out, session_alignment(session) != NULL
						? "Units were taken in another order than stored."
						: "These units stand in another order; nothing was "
						  "moved yet.");
		buf_text(out, "</p>\n<div class=\"scroll\"><table><thead><tr>"
			      "<th class=\"left\">models</th><th class=\"left\">units of</th>"
			      "<th>move</th><th>cosine as stored</th><th>re-ordered</th>"
			      "<th class=\"left\"></th></tr></thead>\n<tbody>\n");
		buf_text(out, buf_string(&lines));
		buf_text(out, "</tbody></table></div>\n");
	}
	out->failed = out->failed || lines.failed;
	buf_done(&lines);
}
