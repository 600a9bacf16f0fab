/* Which model is near which: squares of cosines, as stored and as ordered anew. */
#include <math.h>

#include "app/format.h"
#include "app/report_parts.h"
#include "app/session.h"
#include "base/buf.h"

enum { CELL = 46, LEFT = 64, HEAD = 22, ID_COLUMNS = 7 };

static const struct ladle_figures *
as_shown(struct session *session, uint32_t row)
{
	return ladle_figures(session_measurement(session), row);
}

static const struct ladle_figures *
as_stored(struct session *session, uint32_t row)
{
	const struct ladle_figures *figures = session_stored_figures(session, row);

	return figures == NULL ? as_shown(session, row) : figures;
}

/* In the order that the table shows, or that is suggested. */
static const struct ladle_figures *
as_ordered(struct session *session, uint32_t row)
{
	const struct ladle_figures *figures = session_matched_figures(session, row);

	return figures == NULL || session_alignment(session) != NULL ? as_shown(session, row)
								     : figures;
}

/* Of one row, or of all kernels taken as one long vector (LADLE_NONE); models that lack a kernel
 * are compared by the others. */
static double
cosine_of(struct session *session, uint32_t row, uint32_t i, uint32_t j,
		const struct ladle_figures *(*in)(struct session *, uint32_t row))
{
	const struct ladle_table *table = session_table(session);
	double product = 0, square_i = 0, square_j = 0;

	for (uint32_t r = 0; r < table->row_count; r++) {
		const struct ladle_figures *figures;

		if (row == LADLE_NONE ? !table->rows[r].is_kernel : r != row)
			continue;
		figures = in(session, r);
		if (figures == NULL || !isfinite(figures->gram[(size_t)i * figures->k + j]))
			continue;
		product += figures->gram[(size_t)i * figures->k + j];
		square_i += figures->gram[(size_t)i * figures->k + i];
		square_j += figures->gram[(size_t)j * figures->k + j];
	}
	return product / sqrt(square_i * square_j);
}

static void
draw_id(struct buf *out, struct session *session, uint32_t column, int x, int y, const char *anchor)
{
	buf_format(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
	markup_fit(out, session_column(session, column)->id, ID_COLUMNS);
	buf_text(out, "</text>\n");
}

static void
draw_cell(struct buf *out, uint32_t i, uint32_t j, double cosine)
{
	int x = LEFT + (int)j * CELL, y = HEAD + (int)i * CELL;
	double strength = isnan(cosine) ? 0 : fmin(fabs(cosine), 1);
	char text[8];

	format_cosine(text, cosine);
	buf_format(out,
			"<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
			"fill-opacity=\"%.2f\"/><text x=\"%d\" y=\"%d\" "
			"text-anchor=\"middle\">%s</text>\n",
			cosine < 0 ? "against" : "cell", x + 1, y + 1, CELL - 2, CELL - 2, strength,
			x + CELL / 2, y + CELL / 2 + 4, text + (text[0] == ' '));
}

static void
draw_square(struct buf *out, struct session *session, uint32_t row)
{
	uint32_t count = session_table(session)->checkpoint_count;
	int wide = LEFT + (int)count * CELL, high = HEAD + (int)count * CELL;

	buf_text(out, "<figure><figcaption>");
	if (row == LADLE_NONE)
		buf_text(out, "all kernels");
	else
		markup_text(out, session_table(session)->rows[row].label);
	buf_format(out,
			"</figcaption><div class=\"scroll\"><svg "
			"xmlns=\"http://www.w3.org/2000/svg\" "
			"viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">"
			"<title>Cosine of each model with each</title>\n",
			wide, high, wide, high);
	for (uint32_t i = 0; i < count; i++) {
		draw_id(out, session, i, LEFT + (int)i * CELL + CELL / 2, HEAD - 8, "middle");
		draw_id(out, session, i, LEFT - 8, HEAD + (int)i * CELL + CELL / 2 + 4, "end");
		for (uint32_t j = 0; j < count; j++)
			draw_cell(out, i, j,
					cosine_of(session, row, i, j,
							i < j ? as_ordered : as_stored));
	}
	buf_text(out, "</svg></div></figure>\n");
}

/* What the two triangles are, as far as it is known. */
static const char *
legend(struct session *session)
{
	uint32_t row = session_verdict(session).row;

	if (row != LADLE_NONE && session_alignment(session) != NULL)
		return session_stored_figures(session, row) == NULL
				       ? "Units in their new order."
				       : "Below the diagonal units as stored, above in their new "
					 "order.";
	if (row != LADLE_NONE && session_matched_figures(session, row) != NULL)
		return "Below the diagonal units as stored, above as they would be re-ordered.";
	return "Units as stored.";
}

void
report_squares(struct buf *out, struct session *session)
{
	uint32_t worst = session_verdict(session).row;

	if (session_table(session)->checkpoint_count < 2)
		return;
	buf_text(out, "<h2>Cosine of each model with each</h2>\n<div class=\"pictures\">\n");
	draw_square(out, session, LADLE_NONE);
	if (worst != LADLE_NONE)
		draw_square(out, session, worst);
	buf_format(out, "</div>\n<p class=\"note\">%s</p>\n", legend(session));
}
