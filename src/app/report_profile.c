/* KEEP of all layers at a glance. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/format.h"
#include "app/report_parts.h"
#include "app/session.h"
#include "base/buf.h"

/* Pixels of the picture before it is scaled. */
enum { WIDE = 480, TOP = 22, LINE = 20, BAR_LEFT = 168, BAR_WIDE = 236, NAME_COLUMNS = 22 };

/* Does the first tell more of its layer? Kernels before all else, then the one that keeps less; a
 * row that is not measured yet never goes before one that is. */
static bool
tells_more(struct session *session, uint32_t row, uint32_t than)
{
	const struct ladle_row *rows = session_table(session)->rows;
	const struct ladle_judgement *judged = session_judgements(session);

	if (rows[row].is_kernel != rows[than].is_kernel)
		return rows[row].is_kernel;
	if (isnan(judged[than].keep))
		return !isnan(judged[row].keep);
	return judged[row].keep < judged[than].keep;
}

/* Of the layer's rows that are averaged; LADLE_NONE: none is. */
static uint32_t
worst_row(struct session *session, const struct ladle_layer_row *layer)
{
	uint32_t worst = LADLE_NONE;

	for (uint32_t i = layer->first_row; i < layer->first_row + layer->row_count; i++)
		if (session_table(session)->rows[i].averaged &&
				(worst == LADLE_NONE || tells_more(session, i, worst)))
			worst = i;
	return worst;
}

static int
place(double fraction)
{
	return BAR_LEFT + (int)lround(BAR_WIDE * fmax(0, fmin(fraction, 1)));
}

static void
draw_name(struct buf *out, const struct ladle_row *row, int y)
{
	struct buf name;
	size_t length = strlen(row->label), tail = strlen(row->tensor) + 1;

	buf_init(&name);
	buf_append(&name, row->label, length > tail ? length - tail : length);
	buf_format(out, "<text x=\"0\" y=\"%d\">", y + 14);
	markup_fit(out, buf_string(&name), NAME_COLUMNS);
	buf_text(out, "</text>");
	out->failed = out->failed || name.failed;
	buf_done(&name);
}

static void
draw_line(struct buf *out, struct session *session, uint32_t row, int y)
{
	const struct ladle_judgement *judgement = &session_judgements(session)[row];
	const char *state = ladle_state_name(judgement->state);
	double matched = session_matched_keep(session, row);
	char keep[8];

	format_percent(keep, judgement->keep);
	buf_text(out, "<g><title>");
	markup_text(out, session_table(session)->rows[row].label);
	buf_format(out, " KEEP %s</title>", keep + strspn(keep, " "));
	draw_name(out, &session_table(session)->rows[row], y);
	buf_format(out, "<rect class=\"track\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\"/>",
			BAR_LEFT, y + 4, BAR_WIDE);
	if (!isnan(judgement->keep))
		buf_format(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\"/>",
				state, BAR_LEFT, y + 4, place(judgement->keep) - BAR_LEFT);
	if (!isnan(judgement->floor))
		buf_format(out, "<path class=\"floor\" d=\"M%d %dv16\"/>", place(judgement->floor),
				y + 2);
	if (!isnan(matched))
		buf_format(out, "<circle class=\"matched\" cx=\"%d\" cy=\"%d\" r=\"4\"/>",
				place(matched), y + 10);
	buf_format(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s %s</text></g>\n", WIDE - 2,
			y + 14, keep + strspn(keep, " "), markup_sign(judgement->state));
}

static void
draw_axis(struct buf *out, int height)
{
	static const int marks[] = {0, 50, 90, 98};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		int x = place(marks[i] / 100.0);

		buf_format(out, "<path class=\"mark\" d=\"M%d %dV%d\"/>", x, TOP - 4, height);
		buf_format(out,
				"<text class=\"soft\" x=\"%d\" y=\"12\" "
				"text-anchor=\"middle\">%d</text>\n",
				x, marks[i]);
	}
}

void
report_profile(struct buf *out, struct session *session, const char *style)
{
	const struct ladle_table *table = session_table(session);
	struct buf lines;
	int y = TOP;

	buf_init(&lines);
	for (uint32_t i = 0; i < table->layer_count; i++) {
		uint32_t row = worst_row(session, &table->layers[i]);

		if (row == LADLE_NONE)
			continue;
		draw_line(&lines, session, row, y);
		y += LINE;
	}
	buf_format(out,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
			"width=\"%d\" height=\"%d\" role=\"img\">\n",
			WIDE, y + 4, WIDE, y + 4);
	if (style != NULL)
		buf_format(out, "<style>%s</style>\n", style);
	buf_text(out, "<title>KEEP of each layer, percent</title>\n");
	buf_text(out, buf_string(&lines));
	draw_axis(out, y);
	buf_text(out, "</svg>\n");
	out->failed = out->failed || lines.failed;
	buf_done(&lines);
}
