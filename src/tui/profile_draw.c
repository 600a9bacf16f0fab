/* The profile as cells: columns, lines at 98, 90 and the floor, a letter for findings, and what the
 * cursor stands on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/plot.h"
#include "tui/screen.h"
#include "tui/view_profile.h"

/* Rows around the picture, of which a low area leaves out the last ones first. */
enum { HEAD = 1, LETTERS = 1, HERE = 1, NUMBER = 1, COSINES = 1, LEGEND = 1 };
enum { AXIS = 5, NARROW = 60, EACH_MOST = 16, EACH_GAP = 3, NAMED = 8, CHART_LEAST = 3 };

static const enum role state_roles[] = {
		[LADLE_PENDING] = ROLE_FAINT,
		[LADLE_ALIKE] = ROLE_ALIKE,
		[LADLE_DRIFT] = ROLE_LOSS,
		[LADLE_DIFFER] = ROLE_ERROR,
};

/* Rows that are left for what stands below the cursor's mark. */
static int
rows_below(int height)
{
	int room = height - HEAD - LETTERS - HERE - CHART_LEAST;
	int most = NUMBER + COSINES + LEGEND;

	return room < 1 ? 1 : room > most ? most : room;
}

struct profile_layout
profile_lay_out(const struct profile_view *shown)
{
	const struct canvas *canvas = &shown->view.screen->canvas;
	struct area area = shown->view.area;
	struct profile_layout layout = {.each = 1};
	int room = area.width - AXIS - 1 > 1 ? area.width - AXIS - 1 : 1;
	uint32_t across = (uint32_t)plot_across(canvas, room), count = shown->profile.count;
	int height = area.height - HEAD - LETTERS - HERE - rows_below(area.height);

	layout.chart = (struct area){area.y + HEAD, area.x + AXIS, height < 1 ? 1 : height, room};
	layout.bins = count < across ? count : across;
	if (count > 0 && count <= (uint32_t)room) {
		int cells = room / (int)count < EACH_MOST ? room / (int)count : EACH_MOST;

		layout.each = plot_across(canvas, cells);
		layout.gap = cells >= EACH_GAP ? plot_across(canvas, 1) : 0;
		layout.chart.width = cells * (int)count;
	}
	return layout;
}

static int
cell_of_bin(const struct canvas *canvas, const struct profile_layout *layout, uint32_t bin)
{
	return layout->chart.x + (int)bin * layout->each / plot_across(canvas, 1);
}

static const struct profile_point *
point_under(const struct profile_view *shown)
{
	return &shown->profile.points[shown->view.cursor];
}

/* ---- the axis ---- */

/* Row of the chart, from its top, that a height reaches into. */
static int
row_of(const struct area *chart, double height)
{
	int up = (int)ceil(height * chart->height) - 1;

	return chart->height - 1 - (up < 0 ? 0 : up);
}

/* A line and its number, unless another one stands in this row. */
static void
draw_mark(struct canvas *canvas, const struct area *chart, double height, const char *label,
		bool line, bool taken[])
{
	int row;

	if (isnan(height))
		return;
	row = row_of(chart, height);
	if (taken[row])
		return;
	taken[row] = true;
	canvas_put(canvas, chart->y + row, chart->x - AXIS, AXIS - 1, TEXT_RIGHT, ROLE_FAINT,
			label);
	if (line)
		canvas_repeat(canvas, chart->y + row, chart->x, chart->width, ROLE_TRACK,
				canvas->glyphs->rule);
}

/* The ends, what is ALIKE and what is DRIFT, and the floor of the point under the cursor. */
static void
draw_axis(const struct profile_view *shown, struct canvas *canvas, const struct area *chart)
{
	static const double states[] = {.98, .90};
	bool *taken = calloc((size_t)chart->height, sizeof(*taken));
	double floor = point_under(shown)->floor;
	bool is_loss = shown->scale == PROFILE_LOSS;
	char label[8];

	if (taken == NULL)
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		snprintf(label, sizeof(label), "%.0f", 100 * states[i]);
		draw_mark(canvas, chart, profile_height(shown->scale, states[i], floor), label,
				true, taken);
	}
	snprintf(label, sizeof(label), "%.0ff", 100 * floor);
	draw_mark(canvas, chart, profile_height(shown->scale, floor, floor), label, true, taken);
	draw_mark(canvas, chart, 1, is_loss ? "" : "100", false, taken);
	draw_mark(canvas, chart, 0, is_loss ? "100" : "0", false, taken);
	free(taken);
}

/* ---- the columns ---- */

/* Numbers as plot.h takes them: `each` times that of each bin, without the gap. */
struct columns {
	double *values;
	unsigned char *roles;
};

static void
set_bin(const struct columns *columns, const struct profile_layout *layout, uint32_t bin,
		double value, enum role role)
{
	for (int i = 0; i < layout->each; i++) {
		size_t at = (size_t)bin * (size_t)layout->each + (size_t)i;
		bool gap = i >= layout->each - layout->gap;

		columns->values[at] = gap ? NAN : value;
		columns->roles[at] = (unsigned char)role;
	}
}

static void
draw_bars(const struct profile_view *shown, struct canvas *canvas,
		const struct profile_layout *layout, const struct columns *columns)
{
	for (uint32_t i = 0; i < layout->bins; i++) {
		struct profile_bin bin = profile_bin(&shown->profile, i, layout->bins);
		const struct profile_point *worst = &shown->profile.points[bin.worst];

		set_bin(columns, layout, i, profile_height(shown->scale, worst->keep, worst->floor),
				state_roles[bin.state]);
	}
	plot_columns(canvas, layout->chart, columns->values, columns->roles);
}

/* KEEP of the worst row if units were re-ordered, on its column. */
static void
draw_matched(const struct profile_view *shown, struct canvas *canvas,
		const struct profile_layout *layout)
{
	for (uint32_t i = 0; i < layout->bins; i++) {
		struct profile_bin bin = profile_bin(&shown->profile, i, layout->bins);
		const struct profile_point *worst = &shown->profile.points[bin.worst];
		double keep = session_matched_keep(shown->view.screen->session, worst->row);
		int x = cell_of_bin(canvas, layout, i);
		int middle = (layout->each - layout->gap) / plot_across(canvas, 1) / 2;

		if (isnan(keep))
			continue;
		canvas_put(canvas,
				layout->chart.y + row_of(&layout->chart,
								  profile_height(shown->scale, keep,
										  worst->floor)),
				x + middle, 1, TEXT_LEFT, ROLE_KEY, "o");
	}
}

/* The cosine of one model with the mix, on the axis of KEEP. */
static void
draw_curve(const struct profile_view *shown, struct canvas *canvas,
		const struct profile_layout *layout, const struct columns *columns)
{
	struct profile_layout without_gap = *layout;
	double *weights = calloc(shown->table->checkpoint_count, sizeof(*weights));

	without_gap.gap = 0;
	for (uint32_t i = 0; weights != NULL && i < layout->bins; i++) {
		struct profile_bin bin = profile_bin(&shown->profile, i, layout->bins);
		const struct profile_point *worst = &shown->profile.points[bin.worst];
		double cosine = profile_cosine(shown->view.screen->session, &shown->profile, &bin,
				shown->curve, weights);

		set_bin(columns, &without_gap, i,
				profile_height(shown->scale, cosine, worst->floor), ROLE_TAG);
	}
	if (weights != NULL)
		plot_curve(canvas, layout->chart, columns->values,
				plot_across(canvas, layout->chart.width), ROLE_TAG);
	free(weights);
}

static void
draw_chart(const struct profile_view *shown, struct canvas *canvas,
		const struct profile_layout *layout)
{
	size_t across = (size_t)plot_across(canvas, layout->chart.width);
	struct columns columns = {calloc(across, sizeof(double)), calloc(across, 1)};

	if (columns.values != NULL && columns.roles != NULL) {
		draw_bars(shown, canvas, layout, &columns);
		if (shown->curve != LADLE_NONE)
			draw_curve(shown, canvas, layout, &columns);
		draw_matched(shown, canvas, layout);
	}
	free(columns.values);
	free(columns.roles);
}

/* ---- below it ---- */

/* One that blocks, else the first; ' ': there are none. */
static char
letter_of(uint32_t flags, bool *blocks)
{
	char letter = ' ';

	*blocks = false;
	for (int code = 0; code < 32 && !*blocks; code++) {
		if ((flags >> code & 1) == 0)
			continue;
		*blocks = ladle_finding_blocks((enum ladle_finding_code)code);
		if (letter == ' ' || *blocks)
			letter = ladle_finding_letter((enum ladle_finding_code)code);
	}
	return letter;
}

/* A finding's letter, and where columns are wide the layer's name. */
static void
draw_letter(const struct profile_view *shown, struct canvas *canvas, int y, int x, int width,
		const struct profile_bin *bin)
{
	const struct profile_point *worst = &shown->profile.points[bin->worst];
	bool blocks;
	char letter[2] = {letter_of(bin->flags, &blocks), '\0'};

	canvas_put(canvas, y, x, 1, TEXT_LEFT, blocks ? ROLE_ERROR : ROLE_KEY, letter);
	if (width >= NAMED)
		canvas_put(canvas, y, x + 2, width - 3, TEXT_LEFT, ROLE_FAINT,
				shown->table->layers[worst->layer].name);
}

/* Of all bins that begin in a cell. */
static void
draw_letters(const struct profile_view *shown, struct canvas *canvas,
		const struct profile_layout *layout)
{
	int y = layout->chart.y + layout->chart.height;
	int width = layout->each / plot_across(canvas, 1);
	uint32_t flags = 0;

	for (uint32_t i = 0; i < layout->bins; i++) {
		struct profile_bin bin = profile_bin(&shown->profile, i, layout->bins);
		int x = cell_of_bin(canvas, layout, i);

		bin.flags |= flags;
		flags = bin.flags;
		if (i + 1 < layout->bins && cell_of_bin(canvas, layout, i + 1) == x)
			continue;
		draw_letter(shown, canvas, y, x, width, &bin);
		flags = 0;
	}
}

static void
draw_here(const struct profile_view *shown, struct canvas *canvas,
		const struct profile_layout *layout)
{
	uint32_t bin = profile_bin_of(&shown->profile, (uint32_t)shown->view.cursor, layout->bins);
	int y = layout->chart.y + layout->chart.height + LETTERS;
	int x = cell_of_bin(canvas, layout, bin);

	canvas_repeat(canvas, y, x, 1, ROLE_KEY, canvas->glyphs->here);
	if (shown->view.focused) {
		canvas->cursor_y = y;
		canvas->cursor_x = x;
	}
}

/* "conv_b/kernel  KEEP 78.9% (floor 50.0)  X DIFFER  P" */
static void
draw_number(const struct profile_view *shown, struct canvas *canvas, int y)
{
	static const char *const words[] = {
			[LADLE_PENDING] = "..",
			[LADLE_ALIKE] = "ok ALIKE",
			[LADLE_DRIFT] = "! DRIFT",
			[LADLE_DIFFER] = "X DIFFER",
	};
	const struct profile_point *point = point_under(shown);
	struct area area = shown->view.area;
	int end = area.x + area.width, x = area.x + 1;
	double matched = session_matched_keep(shown->view.screen->session, point->row);
	char keep[8], floor[8], after[8], flags[16];
	struct buf text;

	buf_init(&text);
	format_percent(keep, point->keep);
	format_percent(floor, point->floor);
	format_percent(after, matched);
	format_flags(flags, point->flags);
	if (!shown->table->rows[point->row].averaged)
		buf_text(&text, "not averaged");
	else if (isnan(point->keep))
		buf_text(&text, "KEEP -");
	else
		buf_format(&text, "KEEP %s%%", keep + strspn(keep, " "));
	if (!isnan(point->keep) && area.width >= NARROW)
		buf_format(&text, " (floor %s)", floor + strspn(floor, " "));
	if (!isnan(matched) && area.width >= NARROW)
		buf_format(&text, "  if matched %s%%", after + strspn(after, " "));
	buf_format(&text, "  %s  %s", words[point->state], flags);
	int width = text_width(buf_string(&text));
	x = canvas_say(canvas, y, x, end - x - width - 3, ROLE_LAYER,
			shown->table->rows[point->row].label);
	canvas_say(canvas, y, x + 2, end - x - 2,
			point->state >= LADLE_DRIFT ? ROLE_DRIFT : ROLE_NORMAL, buf_string(&text));
	buf_done(&text);
}

/* Of each model with the mix, as many as fit; that of the line first. */
static void
draw_cosines(const struct profile_view *shown, struct canvas *canvas, int y)
{
	struct screen *screen = shown->view.screen;
	struct area area = shown->view.area;
	uint32_t at = (uint32_t)shown->view.cursor, models = shown->table->checkpoint_count;
	struct profile_bin here = {.first = at, .end = at + 1};
	double *weights = calloc(models, sizeof(*weights));
	int end = area.x + area.width, x;

	x = canvas_say(canvas, y, area.x + 1, area.width - 1, ROLE_FAINT, "cosine with the mix");
	for (uint32_t i = 0; weights != NULL && i < models && x + 10 < end; i++) {
		uint32_t first = shown->curve == LADLE_NONE ? 0 : shown->curve;
		uint32_t k = (first + i) % models;
		char name[COLUMN_NAME], cosine[8];

		double of = profile_cosine(screen->session, &shown->profile, &here, k, weights);
		if (isnan(of) && !session_busy(screen->session))
			strcpy(cosine, "-");
		else
			format_cosine(cosine, of);
		x = canvas_say(canvas, y, x + 2, end - x - 2,
				k == shown->curve ? ROLE_TAG : ROLE_KEY,
				screen_column_name(name, screen, k));
		x = canvas_print(canvas, y, x, end - x, ROLE_NORMAL, " %s%s",
				cosine + strspn(cosine, " "),
				k == shown->curve ? ", the line" : "");
	}
	free(weights);
}

static void
draw_legend(const struct profile_view *shown, struct canvas *canvas, int y)
{
	static const char *const heights[] = {
			[PROFILE_BANDS] = "height: KEEP, thirds to 90, 98, 100",
			[PROFILE_EVEN] = "height: KEEP from 0 to 100",
			[PROFILE_LOSS] = "height: loss, none to the floor",
	};
	struct area area = shown->view.area;
	int end = area.x + area.width;
	int x = canvas_say(
			canvas, y, area.x + 1, area.width - 1, ROLE_FAINT, heights[shown->scale]);

	x = canvas_say(canvas, y, x, end - x, ROLE_FAINT, "; f: floor");
	if (session_suggested(shown->view.screen->session) != NULL)
		x = canvas_say(canvas, y, x, end - x, ROLE_FAINT, "; o: if matched");
	canvas_say(canvas, y, x, end - x, ROLE_FAINT, "; letters: findings");
}

static void
draw_head(const struct profile_view *shown, struct canvas *canvas,
		const struct profile_layout *layout)
{
	struct area area = shown->view.area;
	uint32_t count = shown->profile.count, bins = layout->bins;
	int end = area.x + area.width, x;

	x = canvas_print(canvas, area.y, area.x + 1, area.width - 1, ROLE_HEADER,
			"KEEP of %u layer%s by the worst row", count, count == 1 ? "" : "s");
	if (bins == count)
		return;
	canvas_print(canvas, area.y, x, end - x, ROLE_KEY,
			count % bins == 0 ? "; a column: the worst of %u"
					  : "; a column: the worst of %u or %u",
			count / bins, count / bins + 1);
}

void
profile_draw(const struct view *view, struct canvas *canvas)
{
	const struct profile_view *shown = (const struct profile_view *)view;
	int rows = rows_below(view->area.height), y;
	struct profile_layout layout;

	if (shown->profile.count == 0) {
		canvas_say(canvas, view->area.y, view->area.x + 1, view->area.width - 1,
				ROLE_NORMAL, "there is no layer to draw; Esc leads back");
		return;
	}
	layout = profile_lay_out(shown);
	draw_head(shown, canvas, &layout);
	draw_axis(shown, canvas, &layout.chart);
	draw_chart(shown, canvas, &layout);
	draw_letters(shown, canvas, &layout);
	draw_here(shown, canvas, &layout);
	y = layout.chart.y + layout.chart.height + LETTERS + HERE;
	draw_number(shown, canvas, y++);
	if (rows > NUMBER)
		draw_cosines(shown, canvas, y++);
	if (rows > NUMBER + COSINES)
		draw_legend(shown, canvas, y);
}
