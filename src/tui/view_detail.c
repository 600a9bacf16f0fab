/* One row in full: norm, share, cosine with the mix and the cosine square of the models. */
#include "tui/view_detail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

/* Widths in columns, each with the blank before it. */
enum {
	NAME = 10,
	NUMBER = 10,
	SHARE = 8,
	WITH_MIX = 7,
	CELL = 6,
	TABLE = NAME + NUMBER + SHARE + WITH_MIX
};

struct detail {
	struct view view; /* first */
	uint32_t first;   /* the model that is shown first */
};

/* What is drawn of one row. */
struct shown {
	struct session *session;
	const struct ladle_row *row;
	const struct ladle_figures *figures; /* under the present order; NULL: not measured */
	const struct ladle_figures *stored, *matched; /* NULL: not known, or nothing moves */
	const double *weights;                        /* not divided by source.sum */
	struct ladle_weights source;
	struct ladle_judgement judgement;
	uint32_t first, models;
};

static const struct ladle_table *
table_of(const struct view *view)
{
	return session_table(view->screen->session);
}

/* The one that is shown: that under the layer table's cursor. */
static uint32_t
row_of(const struct view *view)
{
	return screen_row(view->screen);
}

static struct layers *
layers_behind(const struct view *view)
{
	return (struct layers *)screen_view(view->screen, &layers_view);
}

static int
lines(const struct view *view)
{
	return row_of(view) == LADLE_NONE ? 0 : 1;
}

/* ---- keys ---- */

unsigned
detail_show(struct view *view, const struct action *action)
{
	(void)action;
	if (screen_row(view->screen) == LADLE_NONE)
		return screen_complain(view->screen,
				"no tensor is under the cursor; F2 j goes to one");
	return screen_show(view->screen, &detail_view);
}

/* The cursor of the layer table moves, so that both stand on the same row. */
static unsigned
step(struct view *view, long rows)
{
	if (layers_behind(view) == NULL || !layers_step_rows(layers_behind(view), rows))
		return screen_complain(view->screen, "there is no tensor to go to");
	return OUT_DRAW;
}

static long
times(const struct action *action)
{
	return action->count > 0 ? action->count : 1;
}

static unsigned
down(struct view *view, const struct action *action)
{
	return step(view, times(action));
}

static unsigned
up(struct view *view, const struct action *action)
{
	return step(view, -times(action));
}

static unsigned
top(struct view *view, const struct action *action)
{
	step(view, -(long)UINT32_MAX);
	return step(view, times(action) - 1);
}

static unsigned
bottom(struct view *view, const struct action *action)
{
	return action->count > 0 ? top(view, action) : step(view, UINT32_MAX);
}

static unsigned
next(struct view *view, const struct action *action)
{
	return layers_next(&layers_behind(view)->view, action);
}

static unsigned
previous(struct view *view, const struct action *action)
{
	return layers_previous(&layers_behind(view)->view, action);
}

static unsigned
scroll(struct view *view, int step)
{
	struct detail *detail = (struct detail *)view;
	uint32_t count = table_of(view) == NULL ? 0 : table_of(view)->checkpoint_count;

	if (step > 0 ? detail->first + 1 >= count : detail->first == 0)
		return screen_complain(view->screen, "no more models on that side");
	detail->first += (uint32_t)step;
	return OUT_DRAW;
}

static unsigned
scroll_right(struct view *view, const struct action *action)
{
	(void)action;
	return scroll(view, 1);
}

static unsigned
scroll_left(struct view *view, const struct action *action)
{
	(void)action;
	return scroll(view, -1);
}

/* ---- drawing ---- */

static bool
is_problem(const struct ladle_judgement *judgement)
{
	return judgement->state == LADLE_DRIFT || judgement->state == LADLE_DIFFER;
}

static struct shown
look_at(const struct view *view)
{
	struct session *session = view->screen->session;
	uint32_t row = row_of(view);
	struct shown shown = {.session = session, .row = &table_of(view)->rows[row]};
	const struct ladle_judgement *judgements = session_judgements(session);

	shown.figures = ladle_figures(session_measurement(session), row);
	shown.stored = session_stored_figures(session, row);
	shown.matched = session_is_row_reordered(session, row)
					? shown.figures
					: session_matched_figures(session, row);
	shown.weights = screen_row_weights(view->screen, row, &shown.source);
	shown.judgement = judgements == NULL ? (struct ladle_judgement){.keep = NAN, .floor = NAN}
					     : judgements[row];
	shown.first = ((const struct detail *)view)->first;
	shown.models = table_of(view)->checkpoint_count;
	if (shown.first >= shown.models)
		shown.first = 0;
	return shown;
}

static void
draw_header(const struct shown *shown, struct canvas *canvas, int y)
{
	double matched = session_matched_keep(shown->session,
			(uint32_t)(shown->row - session_table(shown->session)->rows));
	char keep[8], after[8];
	struct buf right, what;
	int width;

	buf_init(&right);
	buf_init(&what);
	format_percent(keep, shown->judgement.keep);
	format_percent(after, matched);
	buf_format(&right, shown->row->averaged ? "KEEP %s%%" : "not averaged",
			keep + strspn(keep, " "));
	if (!isnan(matched))
		buf_format(&right, "  if matched %s%%", after + strspn(after, " "));
	format_shape(&what, shown->row);
	buf_format(&what, " %s  %llu %s", ladle_dtype_name(shown->row->dtype),
			(unsigned long long)shown->row->count,
			shown->row->count == 1 ? "value" : "values");
	width = canvas->width - text_width(buf_string(&right)) - 2;
	int x = canvas_say(canvas, y, 1, width - 1, ROLE_LAYER, shown->row->label);
	canvas_say(canvas, y, x + 2, width - x - 2, ROLE_NORMAL, buf_string(&what));
	canvas_say(canvas, y, width + 1, canvas->width - width - 1,
			is_problem(&shown->judgement) ? ROLE_DRIFT : ROLE_NORMAL,
			buf_string(&right));
	buf_done(&what);
	buf_done(&right);
}

static int
put_number(struct canvas *canvas, int y, int x, int width, const char *format, double number)
{
	char text[32] = "-";

	if (!isnan(number))
		snprintf(text, sizeof(text), format, number);
	return canvas_put(canvas, y, x, width, TEXT_RIGHT, isnan(number) ? ROLE_FAINT : ROLE_NORMAL,
			text);
}

static int
put_cosine(struct canvas *canvas, int y, int x, int width, double cosine)
{
	char text[8] = "-";

	if (!isnan(cosine))
		format_cosine(text, cosine);
	return canvas_put(canvas, y, x, width, TEXT_RIGHT,
			isnan(cosine)  ? ROLE_FAINT
			: cosine < 0.9 ? ROLE_DRIFT
				       : ROLE_NORMAL,
			text);
}

static bool
has_row(const struct shown *shown, uint32_t k)
{
	const struct ladle_table *table = session_table(shown->session);

	return ladle_row_tensor(table, (uint32_t)(shown->row - table->rows), k) != NULL;
}

static int
draw_model(const struct shown *shown, struct canvas *canvas, int y, uint32_t k)
{
	double weight = shown->weights == NULL ? NAN : shown->weights[k] / shown->source.sum;
	bool known = shown->figures != NULL && has_row(shown, k);
	bool mixed = known && shown->row->averaged && shown->weights != NULL;
	int x = canvas_put(canvas, y, 1, NAME - 1, TEXT_LEFT, ROLE_KEY,
			session_column(shown->session, k)->id);

	if (!has_row(shown, k))
		return canvas_put(canvas, y, x, TABLE - NAME, TEXT_RIGHT, ROLE_FAINT,
				"lacks the tensor");
	x = put_number(canvas, y, x, NUMBER, "%.4g", known ? ladle_norm(shown->figures, k) : NAN);
	x = put_number(canvas, y, x, SHARE, "%.1f%%", 100 * weight);
	return put_cosine(canvas, y, x, WITH_MIX,
			mixed ? ladle_cosine_mix(shown->figures, shown->weights, k) : NAN);
}

/* |sum w t| is KEEP of what the weights would give if all models pointed one way. */
static double
mix_norm(const struct shown *shown)
{
	double sum = 0;

	if (shown->figures == NULL || shown->weights == NULL || !shown->row->averaged)
		return NAN;
	for (uint32_t k = 0; k < shown->models; k++)
		if (shown->weights[k] != 0)
			sum += fabs(shown->weights[k]) * ladle_norm(shown->figures, k);
	return shown->judgement.keep * sum / fabs(shown->source.sum);
}

static double
square_cosine(const struct shown *shown, uint32_t i, uint32_t j)
{
	const struct ladle_figures *figures =
			j > i && shown->matched != NULL ? shown->matched : shown->stored;

	return figures == NULL ? NAN : ladle_cosine(figures, i, j);
}

/* Cosines of model i with as many as fit. */
static void
draw_cosines(const struct shown *shown, struct canvas *canvas, int y, int x, uint32_t i)
{
	for (uint32_t j = shown->first; j < shown->models && x + CELL <= canvas->width; j++)
		x = put_cosine(canvas, y, x, CELL, square_cosine(shown, i, j));
}

static void
draw_names(const struct shown *shown, struct canvas *canvas, int y)
{
	int x = canvas_put(canvas, y, 1, NAME - 1, TEXT_LEFT, ROLE_HEADER, "MODEL");

	x = canvas_put(canvas, y, x, NUMBER, TEXT_RIGHT, ROLE_HEADER, "NORM");
	x = canvas_put(canvas, y, x, SHARE, TEXT_RIGHT, ROLE_HEADER, "SHARE");
	x = canvas_put(canvas, y, x, WITH_MIX, TEXT_RIGHT, ROLE_HEADER, "COS");
	x = canvas_put(canvas, y, x, 2, TEXT_LEFT, ROLE_HEADER, "");
	for (uint32_t j = shown->first; j < shown->models && x + CELL <= canvas->width; j++)
		x = canvas_put(canvas, y, x, CELL, TEXT_RIGHT, ROLE_HEADER,
				session_column(shown->session, j)->id);
}

static void
draw_mix(const struct shown *shown, struct canvas *canvas, int y)
{
	double norm = mix_norm(shown);
	int x = canvas_put(canvas, y, 1, NAME - 1, TEXT_LEFT, ROLE_KEY, "mix");

	put_number(canvas, y, x, NUMBER, "%.4g", norm);
}

static void
draw_legend(const struct shown *shown, struct canvas *canvas, int y, uint32_t below)
{
	int x = canvas_say(canvas, y, 1, canvas->width - 1, ROLE_FAINT,
			shown->matched == NULL ? "COS: with the mix; between models: as stored"
					       : "COS: with the mix; below the diagonal: stored, "
						 "above: matched");

	if (below > 0)
		canvas_print(canvas, y, x + 2, canvas->width - x - 2, ROLE_KEY, "%u more: >",
				below);
}

static void
draw(const struct view *view, struct canvas *canvas)
{
	int y = view->area.y, end = y + view->area.height;

	if (lines(view) == 0) {
		canvas_say(canvas, y, 1, canvas->width - 1, ROLE_NORMAL,
				"there is no tensor to look at; Esc leads back");
		return;
	}
	struct shown shown = look_at(view);
	draw_header(&shown, canvas, y++);
	draw_names(&shown, canvas, y++);
	uint32_t k = shown.first;
	for (; k < shown.models && y + 2 < end; k++, y++) {
		draw_model(&shown, canvas, y, k);
		draw_cosines(&shown, canvas, y, TABLE + 2, k);
	}
	draw_mix(&shown, canvas, y++);
	if (y < end)
		draw_legend(&shown, canvas, y, shown.models - k);
}

/* ---- the view ---- */

/* All but the line of the row that is shown. */
static int
foot_rows(const struct view *view, int height)
{
	(void)view;
	return height - 1;
}

static void
title(const struct view *view, struct buf *buf)
{
	uint32_t row = row_of(view);

	if (row != LADLE_NONE)
		layers_append_path(buf, table_of(view), row);
}

static void
update(struct view *view, unsigned events)
{
	(void)events;
	view_go(view, view->cursor);
}

static struct view *
open(struct screen *screen)
{
	struct detail *detail = calloc(1, sizeof(*detail));

	if (detail == NULL)
		return NULL;
	detail->view.ops = &detail_view;
	detail->view.screen = screen;
	return &detail->view;
}

static void
close(struct view *view)
{
	free(view);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_DOWN] = {down},
		[COMMAND_UP] = {up},
		[COMMAND_TOP] = {top},
		[COMMAND_BOTTOM] = {bottom},
		[COMMAND_NEXT] = {next},
		[COMMAND_PREVIOUS] = {previous},
		[COMMAND_SCROLL_RIGHT] = {scroll_right},
		[COMMAND_SCROLL_LEFT] = {scroll_left},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_LAYERS,
		COMMAND_MIXER,
		COMMAND_MATCH,
		COMMAND_NEXT,
		COMMAND_DOWN,
		COMMAND_UNDO,
		COMMAND_BACK,
		COMMAND_NONE,
};

const struct view_ops detail_view = {
		.name = "Detail",
		.where = DETAIL,
		.opened_by = COMMAND_DETAIL,
		.foot_rows = foot_rows,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.title = title,
		.draw = draw,
};
