/* How rows move over the checkpoints of one run: tables shaded from 0 to the greatest number. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/epochs.h"
#include "app/report_parts.h"
#include "app/session.h"
#include "base/buf.h"

static void
write_head(struct buf *out, struct session *session, const struct epochs *epochs)
{
	struct buf name;

	buf_init(&name);
	buf_text(out, "<thead><tr><th class=\"left\">row</th>");
	for (uint32_t i = 0; i < epochs->count; i++) {
		buf_clear(&name);
		epochs_name(&name, session, epochs, i);
		buf_text(out, "<th>");
		markup_text(out, buf_string(&name));
		buf_text(out, "</th>");
	}
	buf_text(out, "</tr></thead>\n");
	out->failed = out->failed || name.failed;
	buf_done(&name);
}

/* The shade is the number's share of the greatest. */
static void
write_cell(struct buf *out, double distance, double greatest)
{
	if (isnan(distance)) {
		buf_text(out, "<td>-</td>");
		return;
	}
	buf_format(out, "<td class=\"heat\" style=\"--share:%.3f\">%.4g</td>",
			greatest > 0 ? distance / greatest : 0, distance);
}

static void
write_figure(struct buf *out, struct session *session, const struct epochs *epochs,
		enum epoch_figure figure)
{
	const struct ladle_table *table = session_table(session);
	double greatest = epochs_greatest(session, epochs, figure);

	buf_format(out, "<h3>%s</h3>\n<div class=\"scroll\"><table class=\"rows\">\n",
			epoch_figure_name(figure));
	write_head(out, session, epochs);
	buf_text(out, "<tbody>\n");
	for (uint32_t r = 0; r < epochs->row_count; r++) {
		buf_text(out, "<tr><th scope=\"row\" class=\"left\"><bdi>");
		markup_text(out, table->rows[epochs->rows[r]].label);
		buf_text(out, "</bdi></th>");
		for (uint32_t i = 0; i < epochs->count; i++)
			write_cell(out,
					epochs_distance(session, epochs, epochs->rows[r], i,
							figure),
					greatest);
		buf_text(out, "</tr>\n");
	}
	buf_text(out, "</tbody></table></div>\n");
}

/* Rows that have the same bits in the last epochs, a line each. */
static void
write_still(struct buf *out, struct session *session, const struct epochs *epochs)
{
	const char *before = "<p class=\"note\">The same bits up to the last epoch: ";
	struct buf name;
	bool any = false;

	buf_init(&name);
	for (uint32_t r = 0; r < epochs->row_count; r++) {
		uint32_t row = epochs->rows[r];
		uint32_t since = epochs_still_since(session, epochs, row);

		if (since + 1 >= epochs->count)
			continue;
		buf_clear(&name);
		epochs_name(&name, session, epochs, since);
		buf_text(out, any ? ", " : before);
		markup_text(out, session_table(session)->rows[row].label);
		buf_text(out, " since ");
		markup_text(out, buf_string(&name));
		any = true;
	}
	if (any)
		buf_text(out, ".</p>\n");
	out->failed = out->failed || name.failed;
	buf_done(&name);
}

void
report_epochs(struct buf *out, struct session *session)
{
	struct epochs epochs;

	epochs_init(&epochs);
	if (!epochs_make(&epochs, session))
		out->failed = true;
	if (epochs.count >= 2) {
		buf_format(out,
				"<h2>Epochs of one run</h2>\n<p class=\"note\">%u checkpoints in "
				"the "
				"order of their epochs, %s. Relative l2: |a - b| / sqrt(|a||b|). "
				"Shades "
				"go from 0 to the greatest number of a table.</p>\n",
				epochs.count, epochs.by_hand ? "as named" : "by the files' names");
		write_figure(out, session, &epochs, EPOCH_FIRST_L2);
		if (epochs.count > 2)
			write_figure(out, session, &epochs, EPOCH_STEP_L2);
		write_still(out, session, &epochs);
	}
	epochs_done(&epochs);
}
