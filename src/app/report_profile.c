/* KEEP of all layers at a glance: the points and bins of profile.h as lines. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/format.h"
#include "app/profile.h"
#include "app/report_parts.h"
#include "app/session.h"
#include "base/buf.h"

/* Pixels; as wide as a telephone shows without making it smaller. */
enum {
	WIDE = 360,
	TOP = 22,
	LINE = 20,
	BAR_LEFT = 138,
	BAR_WIDE = 150,
	NAME_COLUMNS = 18,
	LINES_MOST = 400,
	FLAGS_MOST = 3
};

static int
place(double keep)
{
	return BAR_LEFT + (int)lround(BAR_WIDE * profile_height(PROFILE_BANDS, keep, NAN));
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

/* The letters of as many findings as there is room for. */
static void
draw_flags(struct buf *out, uint32_t flags)
{
	char letters[16];

	if (flags == 0)
		return;
	format_flags(letters, flags);
	buf_char(out, ' ');
	buf_append(out, letters, strnlen(letters, FLAGS_MOST));
}

static void
draw_bar(struct buf *out, struct session *session, const struct profile_point *point,
		enum ladle_state state, int y)
{
	double matched = session_matched_keep(session, point->row);

	buf_format(out, "<rect class=\"track\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\"/>",
			BAR_LEFT, y + 4, BAR_WIDE);
	if (!isnan(point->keep))
		buf_format(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\"/>",
				ladle_state_name(state), BAR_LEFT, y + 4,
				place(point->keep) - BAR_LEFT);
	if (!isnan(point->floor))
		buf_format(out, "<path class=\"floor\" d=\"M%d %dv16\"/>", place(point->floor),
				y + 2);
	if (!isnan(matched))
		buf_format(out, "<circle class=\"matched\" cx=\"%d\" cy=\"%d\" r=\"4\"/>",
				place(matched), y + 10);
}

static void
draw_line(struct buf *out, struct session *session, const struct profile *profile,
		const struct profile_bin *bin, int y)
{
	const struct profile_point *point = &profile->points[bin->worst];
	const struct ladle_row *row = &session_table(session)->rows[point->row];
	char keep[8] = "copy";

	if (row->averaged)
		format_percent(keep, point->keep);
	buf_text(out, "<g><title>");
	markup_text(out, row->label);
	buf_format(out, " KEEP %s</title>", keep + strspn(keep, " "));
	draw_name(out, row, y);
	draw_bar(out, session, point, bin->state, y);
	buf_format(out, "<text x=\"%d\" y=\"%d\">%s %s", BAR_LEFT + BAR_WIDE + 6, y + 14,
			keep + strspn(keep, " "), markup_sign(bin->state));
	draw_flags(out, bin->flags);
	buf_text(out, "</text></g>\n");
}

static void
draw_axis(struct buf *out, int height)
{
	static const int marks[] = {0, 90, 98, 100};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		int x = place(marks[i] / 100.0);

		buf_format(out, "<path class=\"mark\" d=\"M%d %dV%d\"/>", x, TOP - 4, height);
		buf_format(out,
				"<text class=\"soft\" x=\"%d\" y=\"12\" "
				"text-anchor=\"middle\">%d</text>\n",
				x, marks[i]);
	}
}

/* Below the lines: what they stand for, where they stand for several layers. */
static void
draw_sharing(struct buf *out, const struct profile *profile, uint32_t bins, int y)
{
	uint32_t least = profile->count / bins, most = (profile->count + bins - 1) / bins;

	buf_format(out, "<text class=\"soft\" x=\"0\" y=\"%d\">each line: the worst of ", y + 14);
	if (least != most)
		buf_format(out, "%u or ", least);
	buf_format(out, "%u layers</text>\n", most);
}

/* Returns the pixels that the lines take. */
static int
draw_lines(struct buf *out, struct session *session, const struct profile *profile)
{
	uint32_t bins = profile->count < LINES_MOST ? profile->count : LINES_MOST;
	int y = TOP;

	for (uint32_t i = 0; i < bins; i++, y += LINE) {
		struct profile_bin bin = profile_bin(profile, i, bins);

		draw_line(out, session, profile, &bin, y);
	}
	draw_axis(out, y);
	if (bins < profile->count) {
		draw_sharing(out, profile, bins, y);
		y += LINE;
	}
	return y;
}

void
report_profile(struct buf *out, struct session *session, const char *style)
{
	struct profile profile;
	struct buf lines;

	buf_init(&lines);
	profile_init(&profile);
	if (!profile_make(&profile, session))
		out->failed = true;
	int high = draw_lines(&lines, session, &profile) + 4;
	buf_format(out,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
			"width=\"%d\" height=\"%d\" role=\"img\">\n",
			WIDE, high, WIDE, high);
	if (style != NULL)
		buf_format(out, "<style>%s</style>\n", style);
	buf_text(out, "<title>KEEP of each layer, percent</title>\n");
	buf_text(out, buf_string(&lines));
	buf_text(out, "</svg>\n");
	out->failed = out->failed || lines.failed;
	profile_done(&profile);
	buf_done(&lines);
}
