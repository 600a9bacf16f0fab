/* The run as a map of shades, a curve of the row under the cursor, and its numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/heat.h"
#include "tui/plot.h"
#include "tui/screen.h"
#include "tui/view_epochs.h"

enum { NAME_LEAST = 12, NAME_MOST = 32, EACH_MOST = 8, WITH_NUMBER = 6 };
/* Rows below the lines: number, facts, legend; and the curve where there is room. */
enum { WORDS = 3, WORDS_LOW = 1, CURVE_MOST = 8, LOW = 9, CURVE_FROM = 14 };

static int
curve_rows(int height)
{
	int rows = height / 3;

	return height < CURVE_FROM ? 0 : rows > CURVE_MOST ? CURVE_MOST : rows;
}

int
epochs_foot_rows(const struct view *view, int height)
{
	(void)view;
	return (height < LOW ? WORDS_LOW : WORDS) + curve_rows(height);
}

struct epochs_layout
epochs_lay_out(const struct epochs_view *shown)
{
	struct area area = shown->view.area;
	int name = area.width / 3, room;
	struct epochs_layout layout;

	layout.name = name < NAME_LEAST ? NAME_LEAST : name > NAME_MOST ? NAME_MOST : name;
	layout.x = area.x + 1 + layout.name + 1;
	room = area.x + area.width - layout.x - 1;
	room = room < 1 ? 1 : room;
	layout.bins = shown->epochs.count < (uint32_t)room ? shown->epochs.count : (uint32_t)room;
	layout.each = layout.bins == 0 ? 1 : room / (int)layout.bins;
	layout.each = layout.each > EACH_MOST ? EACH_MOST : layout.each;
	return layout;
}

static uint32_t
row_at(const struct epochs_view *shown, int line)
{
	return shown->epochs.rows[line];
}

/* In five columns: " .312", " 1.23", "3e-05". */
static void
number_text(char dst[16], double distance)
{
	char text[16];

	if (distance != 0 && (distance < .0005 || distance >= 100))
		snprintf(text, sizeof(text), "%.0e", distance);
	else
		snprintf(text, sizeof(text), "%.*f",
				distance < 1    ? 3
				: distance < 10 ? 2
						: 1,
				distance);
	snprintf(dst, 16, "%5s", text[0] == '0' && text[1] == '.' ? text + 1 : text);
}

static double
share_of(const struct epochs_view *shown, double distance)
{
	return shown->greatest > 0 ? distance / shown->greatest : 0;
}

/* ---- the map ---- */

static void
draw_cell(const struct epochs_view *shown, struct canvas *canvas, int y, int x, int width,
		double distance)
{
	char number[16];

	if (isnan(distance)) {
		canvas_put(canvas, y, x, width, TEXT_LEFT, ROLE_FAINT, "-");
		return;
	}
	if (width < WITH_NUMBER) {
		heat_cell(canvas, y, x, width < 3 ? width : width - 1, share_of(shown, distance));
		return;
	}
	x = heat_cell(canvas, y, x, width - WITH_NUMBER + 1 > 2 ? 2 : 1, share_of(shown, distance));
	number_text(number, distance);
	canvas_put(canvas, y, x, 5, TEXT_LEFT, ROLE_NORMAL, number);
}

static uint32_t
bin_of_epoch(const struct epochs_view *shown, const struct epochs_layout *layout)
{
	return (uint32_t)((((uint64_t)shown->epoch + 1) * layout->bins - 1) / shown->epochs.count);
}

static void
draw_line(const struct epochs_view *shown, struct canvas *canvas,
		const struct epochs_layout *layout, int y, int line)
{
	const struct session *session = shown->view.screen->session;
	bool is_cursor = line == shown->view.cursor && shown->view.focused;
	uint32_t row = row_at(shown, line);
	int x = shown->view.area.x;

	canvas_put(canvas, y, x, 1, TEXT_LEFT, ROLE_KEY, is_cursor ? canvas->glyphs->cursor : "");
	canvas_put(canvas, y, x + 1, layout->name, TEXT_LEFT, is_cursor ? ROLE_LAYER : ROLE_NORMAL,
			shown->table->rows[row].label);
	for (uint32_t i = 0; i < layout->bins; i++)
		draw_cell(shown, canvas, y, layout->x + (int)i * layout->each, layout->each,
				epochs_bin(session, &shown->epochs, row, i, layout->bins,
						shown->figure)
						.distance);
	if (!is_cursor)
		return;
	x = layout->x + (int)bin_of_epoch(shown, layout) * layout->each;
	canvas_select(canvas, y, x, layout->each);
	canvas->cursor_y = y;
	canvas->cursor_x = x;
}

static void
draw_head(const struct epochs_view *shown, struct canvas *canvas,
		const struct epochs_layout *layout)
{
	struct area area = shown->view.area;
	int end = area.x + area.width, y = area.y + 1;
	int x = canvas_print(canvas, area.y, area.x + 1, area.width - 1, ROLE_HEADER,
			"%u EPOCHS %s", shown->epochs.count,
			shown->epochs.by_hand ? "as named" : "by the files' names");
	struct buf name;

	canvas_say(canvas, area.y, x + 2, end - x - 2, ROLE_KEY, epoch_figure_name(shown->figure));
	canvas_put(canvas, y, area.x, area.width, TEXT_LEFT, ROLE_HEADER, " ROW");
	buf_init(&name);
	x = layout->x;
	for (uint32_t i = 0; i < layout->bins; i++) {
		uint32_t epoch = (uint32_t)((uint64_t)i * shown->epochs.count / layout->bins);
		int here = layout->x + (int)i * layout->each;

		if (here < x)
			continue;
		buf_clear(&name);
		epochs_name(&name, shown->view.screen->session, &shown->epochs, epoch);
		x = canvas_say(canvas, y, here, end - here, ROLE_HEADER, buf_string(&name)) + 1;
	}
	buf_done(&name);
}

/* ---- below it ---- */

/* The numbers of the row over the epochs, each where its column of the map begins. */
static void
draw_curve(const struct epochs_view *shown, struct canvas *canvas,
		const struct epochs_layout *layout, int y, int rows)
{
	const struct session *session = shown->view.screen->session;
	uint32_t count = shown->epochs.count, row = row_at(shown, shown->view.cursor);
	struct area area = {y, layout->x, rows, ((int)layout->bins - 1) * layout->each + 1};
	double *values = calloc(count, sizeof(*values)), most = 0;
	char number[16];

	for (uint32_t i = 0; values != NULL && i < count; i++) {
		values[i] = epochs_distance(session, &shown->epochs, row, i, shown->figure);
		most = fmax(most, values[i]);
	}
	for (uint32_t i = 0; values != NULL && most > 0 && i < count; i++)
		values[i] /= most;
	if (values != NULL)
		plot_curve(canvas, area, values, (int)count, ROLE_TAG);
	number_text(number, most);
	canvas_put(canvas, y, layout->x - 7, 6, TEXT_RIGHT, ROLE_FAINT, number);
	if (rows > 1)
		canvas_put(canvas, y + rows - 1, layout->x - 7, 6, TEXT_RIGHT, ROLE_FAINT, "0");
	canvas_put(canvas, y + rows / 2, shown->view.area.x + 1, layout->name - 8, TEXT_LEFT,
			ROLE_TAG, "curve of the row");
	free(values);
}

/* "conv_b/kernel  epoch 8: .023 from epoch 6  (B run-epoch08)" */
static void
draw_number(const struct epochs_view *shown, struct canvas *canvas, int y)
{
	const struct session *session = shown->view.screen->session;
	const struct epochs *epochs = &shown->epochs;
	bool step = shown->figure == EPOCH_STEP_L2 || shown->figure == EPOCH_STEP_COS;
	uint32_t row = row_at(shown, shown->view.cursor), at = shown->epoch;
	double distance = epochs_distance(session, epochs, row, at, shown->figure);
	struct area area = shown->view.area;
	int end = area.x + area.width, x;
	struct buf text;

	buf_init(&text);
	buf_text(&text, "epoch ");
	epochs_name(&text, session, epochs, at);
	if (isnan(distance)) {
		buf_text(&text, step && at == 0 ? ": the first, no step leads here" : ": ..");
	} else {
		buf_format(&text, ": %.4g from epoch ", distance);
		epochs_name(&text, session, epochs, step ? at - 1 : 0);
	}
	buf_format(&text, "  (%s)", session_column(session, epochs->columns[at])->label);
	x = canvas_put(canvas, y, area.x + 1,
			area.width / 3 < NAME_LEAST  ? NAME_LEAST
			: area.width / 3 > NAME_MOST ? NAME_MOST
						     : area.width / 3,
			TEXT_LEFT, ROLE_LAYER, shown->table->rows[row].label);
	canvas_say(canvas, y, x + 1, end - x - 1, ROLE_NORMAL, buf_string(&text));
	buf_done(&text);
}

/* The epoch with the greatest step into it; 0: no step is known that is one. */
static uint32_t
greatest_step(const struct epochs_view *shown, uint32_t row)
{
	const struct session *session = shown->view.screen->session;
	double most = 0;
	uint32_t at = 0;

	for (uint32_t i = 1; i < shown->epochs.count; i++) {
		double step = epochs_distance(session, &shown->epochs, row, i, EPOCH_STEP_L2);

		if (step > most) {
			most = step;
			at = i;
		}
	}
	return at;
}

/* What is exactly so of the row: its longest step, and since when its bits are the same. */
static void
draw_facts(const struct epochs_view *shown, struct canvas *canvas, int y)
{
	const struct session *session = shown->view.screen->session;
	const struct epochs *epochs = &shown->epochs;
	uint32_t row = row_at(shown, shown->view.cursor), at = greatest_step(shown, row);
	uint32_t since = epochs_still_since(session, epochs, row);
	struct area area = shown->view.area;
	struct buf text;

	buf_init(&text);
	if (at > 0) {
		buf_format(&text, "longest step %.4g, from epoch ",
				epochs_distance(session, epochs, row, at, EPOCH_STEP_L2));
		epochs_name(&text, session, epochs, at - 1);
		buf_text(&text, " to ");
		epochs_name(&text, session, epochs, at);
	}
	if (since + 1 < epochs->count) {
		buf_text(&text, at > 0 ? "; the same bits since epoch "
				       : "the same bits since epoch ");
		epochs_name(&text, session, epochs, since);
	}
	canvas_say(canvas, y, area.x + 1, area.width - 1, ROLE_NORMAL, buf_string(&text));
	buf_done(&text);
}

static void
draw_legend(const struct epochs_view *shown, struct canvas *canvas,
		const struct epochs_layout *layout, int y)
{
	struct area area = shown->view.area;
	int end = area.x + area.width;
	int x = heat_legend(canvas, y, area.x + 1);

	if (shown->greatest == 0) {
		canvas_say(canvas, y, x, end - x, ROLE_FAINT, "; no distance above 0 is known");
		return;
	}
	x = canvas_print(canvas, y, x, end - x, ROLE_FAINT, " = %.4g, the greatest of all rows",
			shown->greatest);
	if (layout->bins < shown->epochs.count)
		canvas_print(canvas, y, x, end - x, ROLE_KEY,
				"; a column: the greatest of up to %u epochs",
				(shown->epochs.count + layout->bins - 1) / layout->bins);
}

static void
say_nothing(const struct view *view, struct canvas *canvas)
{
	canvas_wrap(canvas,
			(struct area){view->area.y, view->area.x + 1, view->area.height,
					view->area.width - 1},
			ROLE_NORMAL,
			"No two files are named as epochs of one run, as in epoch06 and epoch08, "
			"ckpt-0006 or weights.06-0.12; :epochs A B C says which are. Esc leads "
			"back.");
}

void
epochs_draw(const struct view *view, struct canvas *canvas)
{
	const struct epochs_view *shown = (const struct epochs_view *)view;
	int y = view->list.y + view->list.height, rows = curve_rows(view->area.height);
	struct epochs_layout layout = epochs_lay_out(shown);

	if (view->ops->lines(view) == 0) {
		say_nothing(view, canvas);
		return;
	}
	draw_head(shown, canvas, &layout);
	for (int i = 0; i < view->list.height && view->top + i < view->ops->lines(view); i++)
		draw_line(shown, canvas, &layout, view->list.y + i, view->top + i);
	if (rows > 0)
		draw_curve(shown, canvas, &layout, y, rows);
	y += rows;
	draw_number(shown, canvas, y);
	if (view->area.height < LOW)
		return;
	draw_facts(shown, canvas, y + 1);
	draw_legend(shown, canvas, &layout, y + 2);
}
