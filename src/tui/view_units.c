/* The units of a group, one a line: where each stands in both checkpoints and how well it fits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/screen.h"
#include "tui/view_match.h"

struct unit {
	uint32_t at; /* position in the reference's order */
	float own;   /* NaN: not known yet */
};

struct units {
	struct view view; /* first */
	struct unit *list;
	uint32_t count;
	bool weakest; /* first; else by position */
};

static struct units *
units_of(struct view *view)
{
	return (struct units *)view;
}

static const struct match *
match_behind(const struct view *view)
{
	return (const struct match *)screen_view(view->screen, &match_view);
}

static int
compare_units(const void *left, const void *right)
{
	const struct unit *a = left, *b = right;

	if (a->own != b->own)
		return a->own < b->own ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* What is listed: the group of the line that the match view stands on. */
static uint32_t
unit_count(const struct match *match)
{
	const struct match_line *line = match == NULL ? NULL : match_line(match);

	if (line == NULL || match->order == NULL || line->group == LADLE_NONE)
		return 0;
	return match->order->groups->list[line->group].units;
}

static void
update(struct view *view, unsigned events)
{
	struct units *units = units_of(view);
	struct match *match = (struct match *)screen_view(view->screen, &match_view);

	if (match != NULL)
		match->view.ops->update(&match->view, events);
	uint32_t count = unit_count(match);
	struct unit *list = count == 0 ? NULL : malloc(count * sizeof(*list));
	free(units->list);
	units->list = list;
	units->count = list == NULL ? 0 : count;
	for (uint32_t i = 0; i < units->count; i++)
		list[i] = (struct unit){i, match->matched == NULL ? NAN : match->matched->own[i]};
	if (units->weakest && match->matched != NULL && units->count > 1)
		qsort(list, units->count, sizeof(*list), compare_units);
	view_go(view, view->cursor);
}

/* ---- keys ---- */

static bool
is_weak(const struct unit *unit)
{
	return (double)unit->own < MATCH_WEAK;
}

static unsigned
go_to_weak(struct view *view, long times, int step)
{
	struct units *units = units_of(view);
	long count = units->count, at = view->cursor, found = -1;

	for (long i = 0; i < count && times > 0; i++) {
		at = (at + step + count) % count;
		if (!is_weak(&units->list[at]))
			continue;
		found = at;
		times--;
	}
	if (found < 0)
		return screen_complain(view->screen, "no weak unit: none is below .80");
	view_go(view, found);
	return OUT_DRAW;
}

static unsigned
next(struct view *view, const struct action *action)
{
	return go_to_weak(view, action->count > 0 ? action->count : 1, 1);
}

static unsigned
previous(struct view *view, const struct action *action)
{
	return go_to_weak(view, action->count > 0 ? action->count : 1, -1);
}

static unsigned
weakest(struct view *view, const struct action *action)
{
	struct units *units = units_of(view);

	(void)action;
	units->weakest = !units->weakest;
	update(view, 0);
	view_go(view, 0);
	return OUT_DRAW;
}

static unsigned
stop(struct view *view, const struct action *action)
{
	(void)action;
	return screen_run(view->screen, "cancel");
}

/* ---- drawing ---- */

enum { UNIT = 8, NUMBER = 10, BAR_MOST = 40 };

static void
draw_header(const struct units *units, const struct match *match, struct canvas *canvas)
{
	const struct match_line *line = match_line(match);
	int y = units->view.area.y, x;
	const char *a = session_column(match->view.screen->session, match->reference)->id;
	const char *b = session_column(match->view.screen->session, match->column)->id;
	char text[64];

	x = canvas_say(canvas, y, 1, canvas->width - 1, ROLE_HEADER, "UNITS");
	x = canvas_say(canvas, y, x + 2, 10, ROLE_KEY, line->own ? "" : "inputs of ");
	x = canvas_say(canvas, y, x, canvas->width / 2, ROLE_KEY,
			match->list.table->layers[line->layer].name);
	canvas_print(canvas, y, x + 2, canvas->width - x - 2, ROLE_NORMAL, "%u of %s and %s, %s",
			units->count, a, b, units->weakest ? "weakest first" : "by position");
	snprintf(text, sizeof(text), "%s at", a);
	x = canvas_put(canvas, y + 1, 0, UNIT, TEXT_RIGHT, ROLE_HEADER, text);
	snprintf(text, sizeof(text), "%s at", b);
	x = canvas_put(canvas, y + 1, x, UNIT, TEXT_RIGHT, ROLE_HEADER, text);
	x = canvas_put(canvas, y + 1, x, NUMBER, TEXT_RIGHT, ROLE_HEADER, "cosine");
	x = canvas_put(canvas, y + 1, x, NUMBER, TEXT_RIGHT, ROLE_HEADER, "second");
	x = canvas_put(canvas, y + 1, x, NUMBER, TEXT_RIGHT, ROLE_HEADER, "scale");
	canvas_put(canvas, y + 1, x, canvas->width - x, TEXT_LEFT, ROLE_HEADER, "");
}

static uint32_t
place_of(const struct match *match, uint32_t column, uint32_t at)
{
	const struct match_line *line = match_line(match);
	const struct ladle_match *of =
			&match->order->matches[(size_t)column * match->order->groups->count +
					       line->group];

	return of->order == NULL ? at : of->order[at];
}

static int
draw_number(struct canvas *canvas, int y, int x, int width, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return canvas_put(canvas, y, x, width, TEXT_RIGHT, ROLE_NORMAL, text);
}

static int
draw_cosine(struct canvas *canvas, int y, int x, double cosine, bool weak)
{
	char text[8];

	format_cosine(text, cosine);
	return canvas_put(canvas, y, x, NUMBER, TEXT_RIGHT,
			weak            ? ROLE_DRIFT
			: isnan(cosine) ? ROLE_FAINT
					: ROLE_NORMAL,
			text);
}

static void
draw_unit(const struct match *match, struct canvas *canvas, int y, const struct unit *unit)
{
	const struct ladle_match *of = match_of(match, match_line(match));
	double second = match->matched == NULL ? NAN : match->matched->second[unit->at];
	char scale[16] = "-";
	int x = draw_number(canvas, y, 0, UNIT, place_of(match, match->reference, unit->at));
	int width;

	x = draw_number(canvas, y, x, UNIT, place_of(match, match->column, unit->at));
	x = draw_cosine(canvas, y, x, unit->own, is_weak(unit));
	x = draw_cosine(canvas, y, x, second, second >= (double)unit->own);
	if (of->scale != NULL)
		snprintf(scale, sizeof(scale), "%.4g", of->scale[unit->at]);
	x = canvas_put(canvas, y, x, NUMBER, TEXT_RIGHT, ROLE_NORMAL, scale);
	width = canvas->width - x - 2;
	if (width > 8 && !isnan(unit->own))
		canvas_bar(canvas, y, x + 2, width > BAR_MOST ? BAR_MOST : width, unit->own,
				ROLE_FADER, true);
}

static void
draw(const struct view *view, struct canvas *canvas)
{
	const struct units *units = (const struct units *)view;
	const struct match *match = match_behind(view);

	if (units->count == 0) {
		canvas_say(canvas, view->area.y, 1, canvas->width - 1, ROLE_NORMAL,
				"no units are matched here; Esc leads back");
		return;
	}
	draw_header(units, match, canvas);
	for (int i = 0; i < view->list.height; i++) {
		int at = view->top + i, y = view->list.y + i;

		if ((uint32_t)at >= units->count)
			break;
		draw_unit(match, canvas, y, &units->list[at]);
		if (at == view->cursor && view->focused)
			canvas_select(canvas, y, 0, canvas->width);
	}
	if (match->why_not[0] != '\0')
		canvas_say(canvas, view->area.y + view->area.height - 1, 1, canvas->width - 1,
				ROLE_ERROR, match->why_not);
}

/* ---- the view ---- */

static int
lines(const struct view *view)
{
	return (int)((const struct units *)view)->count;
}

static struct view *
open(struct screen *screen)
{
	struct units *units = calloc(1, sizeof(*units));

	if (units == NULL)
		return NULL;
	units->view.ops = &units_view;
	units->view.screen = screen;
	return &units->view;
}

static void
close(struct view *view)
{
	free(units_of(view)->list);
	free(view);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_NEXT] = {next},
		[COMMAND_PREVIOUS] = {previous},
		[COMMAND_WEAKEST] = {weakest},
		[COMMAND_STOP] = {stop},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_NEXT,
		COMMAND_WEAKEST,
		COMMAND_MATCH,
		COMMAND_LAYERS,
		COMMAND_UNDO,
		COMMAND_BACK,
		COMMAND_NONE,
};

const struct view_ops units_view = {
		.name = "Units",
		.where = UNITS,
		.opened_by = COMMAND_UNITS,
		.head = 2,
		.foot = 1,
		.low_foot = 1,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.draw = draw,
};
