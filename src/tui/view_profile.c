#include "tui/view_profile.h"

#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "tui/glyphs.h"
#include "tui/plot.h"
#include "tui/screen.h"

static struct profile_view *
profile_of(struct view *view)
{
	return (struct profile_view *)view;
}

static int
lines(const struct view *view)
{
	return (int)((const struct profile_view *)view)->profile.count;
}

/* ---- one cursor for all views ---- */

/* Takes over where the layer table stands, when that moved. */
static void
follow(struct profile_view *shown)
{
	uint32_t row = screen_row(shown->view.screen), point;

	if (row == shown->row || shown->table == NULL)
		return;
	shown->row = row;
	point = profile_find(&shown->profile, shown->table, row);
	if (point != LADLE_NONE)
		view_go(&shown->view, (long)point);
}

static void
moved(struct view *view)
{
	struct profile_view *shown = profile_of(view);

	if (shown->profile.count == 0)
		return;
	screen_go_layer(view->screen, shown->profile.points[view->cursor].layer);
	shown->row = screen_row(view->screen);
}

static void
update(struct view *view, unsigned events)
{
	struct profile_view *shown = profile_of(view);
	struct session *session = view->screen->session;
	const struct ladle_table *table = session_table(session);

	(void)events;
	if (table != shown->table || session_generation(session) != shown->generation) {
		if (table != shown->table)
			shown->row = LADLE_NONE;
		profile_make(&shown->profile, session);
		shown->table = table;
		shown->generation = session_generation(session);
	}
	if (table == NULL ||
			(shown->curve != LADLE_NONE && shown->curve >= table->checkpoint_count))
		shown->curve = LADLE_NONE;
	follow(shown);
	view_go(view, view->cursor);
}

/* ---- moving ---- */

static unsigned
go(struct profile_view *shown, long point)
{
	view_go(&shown->view, point);
	moved(&shown->view);
	return OUT_DRAW;
}

/* A page is a quarter of the model. */
static unsigned
page_down(struct view *view, const struct action *action)
{
	return go(profile_of(view), view->cursor + action_times(action) * (lines(view) / 4 + 1));
}

static unsigned
page_up(struct view *view, const struct action *action)
{
	return go(profile_of(view), view->cursor - action_times(action) * (lines(view) / 4 + 1));
}

/* By columns of the picture: to the worst point of the next one, which is the one that is drawn. */
static unsigned
go_column(struct profile_view *shown, long step)
{
	struct profile_layout layout;
	long bin;

	if (shown->profile.count == 0)
		return OUT_DRAW;
	layout = profile_lay_out(shown);
	bin = (long)profile_bin_of(&shown->profile, (uint32_t)shown->view.cursor, layout.bins) +
	      step;
	bin = bin < 0 ? 0 : bin >= (long)layout.bins ? (long)layout.bins - 1 : bin;
	return go(shown, (long)profile_bin(&shown->profile, (uint32_t)bin, layout.bins).worst);
}

static unsigned
right(struct view *view, const struct action *action)
{
	return go_column(profile_of(view), action_times(action));
}

static unsigned
left(struct view *view, const struct action *action)
{
	return go_column(profile_of(view), -action_times(action));
}

/* ---- searching ---- */

typedef bool wanted(const struct profile_view *, uint32_t point);

static bool
is_problem(const struct profile_view *shown, uint32_t point)
{
	const struct profile_point *at = &shown->profile.points[point];

	return problem_is(&shown->problem, at->state, at->flags);
}

static bool
is_match(const struct profile_view *shown, uint32_t point)
{
	uint32_t row = shown->profile.points[point].row;

	return needle_matches(&shown->find, shown->table->rows[row].label);
}

/* Round the end; `none` is said when no point is wanted. */
static unsigned
go_to_wanted(struct profile_view *shown, wanted *is, long step, const char *none)
{
	long count = shown->profile.count, way = step < 0 ? -1 : 1, found = -1;
	long at = shown->view.cursor;

	for (long i = 0; i < count && step != 0; i++) {
		at = (at + way + count) % count;
		if (!is(shown, (uint32_t)at))
			continue;
		found = at;
		step -= way;
	}
	if (found < 0)
		return screen_complain(shown->view.screen, "%s", none);
	return go(shown, found);
}

static unsigned
go_to_problem(struct view *view, const struct action *action, long step)
{
	if (!problem_read(&profile_of(view)->problem, action))
		return screen_complain(view->screen,
				"%s: give flag=X, as flag=P, or state=drift|differ",
				action->words->word[1]);
	return go_to_wanted(profile_of(view), is_problem, step,
			"no layer has this problem; gw goes to the least KEEP");
}

static unsigned
next(struct view *view, const struct action *action)
{
	return go_to_problem(view, action, action_times(action));
}

static unsigned
previous(struct view *view, const struct action *action)
{
	return go_to_problem(view, action, -action_times(action));
}

static unsigned
find_by(struct profile_view *shown, const struct action *action, long step)
{
	char why[256];

	if (!needle_set(&shown->find, action->words->word[1], false, why))
		return screen_complain(shown->view.screen, "%s: %s", action->words->word[1], why);
	return go_to_wanted(shown, is_match, step, "no match; / searches for something else");
}

static unsigned
find(struct view *view, const struct action *action)
{
	return find_by(profile_of(view), action, 1);
}

static unsigned
find_back(struct view *view, const struct action *action)
{
	return find_by(profile_of(view), action, -1);
}

static unsigned
find_again(struct view *view, long step)
{
	if (!profile_of(view)->find.active)
		return screen_complain(view->screen, "nothing was searched; / searches");
	return go_to_wanted(profile_of(view), is_match, step,
			"no match; / searches for something else");
}

static unsigned
find_next(struct view *view, const struct action *action)
{
	return find_again(view, action_times(action));
}

static unsigned
find_previous(struct view *view, const struct action *action)
{
	return find_again(view, -action_times(action));
}

static unsigned
worst(struct view *view, const struct action *action)
{
	struct profile_view *shown = profile_of(view);

	(void)action;
	if (shown->profile.count == 0)
		return screen_complain(view->screen, "nothing is measured yet; gj shows jobs");
	return go(shown, (long)profile_bin(&shown->profile, 0, 1).worst);
}

/* ---- what is drawn ---- */

static unsigned
no_such_curve(struct view *view, const char *word)
{
	return screen_complain(view->screen,
			"%s: no checkpoint has this name; `curve none` takes "
			"the line away",
			word);
}

static unsigned
turn_curve(struct profile_view *shown, long step)
{
	long models = shown->table == NULL ? 0 : (long)shown->table->checkpoint_count;
	long at = shown->curve == LADLE_NONE ? models : (long)shown->curve;

	at = (at + step + models + 1) % (models + 1);
	shown->curve = at == models ? LADLE_NONE : (uint32_t)at;
	return OUT_DRAW;
}

/* A key goes to the next model and past the last to none; a word names one. */
static unsigned
curve(struct view *view, const struct action *action)
{
	struct profile_view *shown = profile_of(view);
	uint32_t file;

	if (action->words == NULL || action->words->count < 2)
		return turn_curve(shown, action_times(action));
	shown->curve = LADLE_NONE;
	if (strcmp(action->words->word[1], "none") == 0)
		return OUT_DRAW;
	file = session_find(view->screen->session, action->words->word[1]);
	if (file == LADLE_NONE)
		return no_such_curve(view, action->words->word[1]);
	shown->curve = session_file(view->screen->session, file)->column;
	return OUT_DRAW;
}

static unsigned
curve_back(struct view *view, const struct action *action)
{
	return turn_curve(profile_of(view), -action_times(action));
}

static unsigned
scale(struct view *view, const struct action *action)
{
	struct profile_view *shown = profile_of(view);
	const char *word = action->words != NULL && action->words->count > 1
					   ? action->words->word[1]
					   : NULL;

	if (word == NULL) {
		shown->scale = (enum profile_scale)((shown->scale + 1) % PROFILE_SCALES);
		return OUT_DRAW;
	}
	for (int i = 0; i < PROFILE_SCALES; i++)
		if (strcmp(profile_scale_name((enum profile_scale)i), word) == 0) {
			shown->scale = (enum profile_scale)i;
			return OUT_DRAW;
		}
	return screen_complain(view->screen, "%s: a scale is bands, even or loss", word);
}

static unsigned
look(struct view *view, const struct action *action)
{
	struct profile_view *shown = profile_of(view);
	struct action detail = *action;

	if (shown->profile.count > 0) {
		screen_go_row(view->screen, shown->profile.points[view->cursor].row);
		shown->row = screen_row(view->screen);
	}
	detail.command = command_of(COMMAND_DETAIL);
	return screen_do(view->screen, &detail);
}

static unsigned
mouse(struct view *view, const struct mouse *mouse)
{
	struct profile_view *shown = profile_of(view);
	struct profile_layout layout;
	long bin;

	if (mouse->kind != MOUSE_PRESS && mouse->kind != MOUSE_DRAG)
		return 0;
	if (shown->profile.count == 0)
		return OUT_DRAW;
	layout = profile_lay_out(shown);
	bin = (long)(mouse->x - layout.chart.x) * plot_across(&view->screen->canvas, 1) /
	      layout.each;
	if (mouse->x < layout.chart.x || bin >= (long)layout.bins)
		return OUT_DRAW;
	return go(shown, (long)profile_bin(&shown->profile, (uint32_t)bin, layout.bins).worst);
}

/* ---- the view ---- */

/* All but the line of the point under the cursor. */
static int
foot_rows(const struct view *view, int height)
{
	(void)view;
	return height - 1;
}

static void
title(const struct view *view, struct buf *buf)
{
	if (lines(view) > 0)
		buf_format(buf, "  layer %d of %d", view->cursor + 1, lines(view));
}

static struct view *
open(struct screen *screen)
{
	struct profile_view *shown = calloc(1, sizeof(*shown));

	if (shown == NULL)
		return NULL;
	shown->view.ops = &profile_view_ops;
	shown->view.screen = screen;
	shown->curve = shown->row = LADLE_NONE;
	profile_init(&shown->profile);
	return &shown->view;
}

static void
close(struct view *view)
{
	profile_done(&profile_of(view)->profile);
	needle_clear(&profile_of(view)->find);
	free(view);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_PAGE_DOWN] = {page_down},
		[COMMAND_PAGE_UP] = {page_up},
		[COMMAND_HALF_DOWN] = {page_down},
		[COMMAND_HALF_UP] = {page_up},
		[COMMAND_COLUMN_RIGHT] = {right},
		[COMMAND_COLUMN_LEFT] = {left},
		[COMMAND_NEXT] = {next},
		[COMMAND_PREVIOUS] = {previous},
		[COMMAND_WORST] = {worst},
		[COMMAND_FIND] = {find},
		[COMMAND_FIND_BACK] = {find_back},
		[COMMAND_FIND_NEXT] = {find_next},
		[COMMAND_FIND_PREVIOUS] = {find_previous},
		[COMMAND_CURVE] = {curve},
		[COMMAND_CURVE_BACK] = {curve_back},
		[COMMAND_SCALE] = {scale},
		[COMMAND_LOOK] = {look},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_LAYERS,
		COMMAND_LOOK,
		COMMAND_NEXT,
		COMMAND_WORST,
		COMMAND_CURVE,
		COMMAND_SCALE,
		COMMAND_FIND,
		COMMAND_MIXER,
		COMMAND_UNDO,
		COMMAND_BACK,
		COMMAND_NONE,
};

const struct view_ops profile_view_ops = {
		.name = "Profile",
		.where = PROFILE,
		.opened_by = COMMAND_PROFILE,
		.foot_rows = foot_rows,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.moved = moved,
		.title = title,
		.draw = profile_draw,
		.mouse = mouse,
};
