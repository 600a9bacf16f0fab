#include "tui/view_changes.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/screen.h"

enum { NUMBER_WIDTH = 6, STATE_WIDTH = 10 };

/* Lines: the states. */
struct changes {
	struct view view; /* first */
	struct session_change *list;
	int count;
	int now; /* line of the present state */
	bool followed;
};

static struct changes *
changes_of(struct view *view)
{
	return (struct changes *)view;
}

/* The cursor follows the present state when another one becomes it. Read anew each time: a change
 * may replace texts that are lent. */
static void
update(struct view *view, unsigned events)
{
	struct changes *changes = changes_of(view);
	const struct session *session = view->screen->session;
	int count = session_change_count(session), before = changes->now, old = changes->count;
	struct session_change *grown =
			realloc(changes->list, (size_t)count * sizeof(*changes->list));

	(void)events;
	changes->count = grown == NULL ? 0 : count;
	if (grown == NULL)
		return;
	changes->list = grown;
	session_changes(session, changes->list);
	for (int i = 0; i < count; i++)
		if (changes->list[i].now)
			changes->now = i;
	if (!changes->followed || changes->now != before || count != old)
		view->cursor = changes->now;
	changes->followed = true;
}

static unsigned
go(struct view *view, const struct action *action)
{
	struct changes *changes = changes_of(view);
	struct ladle_error err = {0};

	(void)action;
	if (view->cursor >= changes->count)
		return OUT_DRAW;
	if (session_go_change(view->screen->session, changes->list[view->cursor].number, &err) !=
			LADLE_OK)
		return screen_fail(view->screen, &err);
	return OUT_DRAW | screen_poll(view->screen);
}

static void
draw_change(struct canvas *canvas, int y, const struct session_change *change)
{
	enum role role = change->now ? ROLE_TITLE : change->in_force ? ROLE_NORMAL : ROLE_FAINT;
	int x = 1 + NUMBER_WIDTH, right = canvas->width - STATE_WIDTH;
	char number[16];

	snprintf(number, sizeof(number), "%d", change->number);
	canvas_put(canvas, y, 1, NUMBER_WIDTH - 1, TEXT_RIGHT, role, number);
	for (int lane = 0; lane < change->lane && x < right; lane++, x += 2)
		canvas_repeat(canvas, y, x, 1, ROLE_FAINT,
				change->leaves && lane == change->lane - 1
						? canvas->glyphs->branch
						: canvas->glyphs->vertical);
	x = canvas_put(canvas, y, x, right - x - 1, TEXT_LEFT, role, change->text);
	canvas_say(canvas, y, right, STATE_WIDTH, role,
			change->now         ? "now"
			: change->saved     ? "saved"
			: !change->in_force ? "undone"
					    : "");
}

static void
draw(const struct view *view, struct canvas *canvas)
{
	const struct changes *changes = (const struct changes *)view;
	const struct session *session = view->screen->session;

	canvas_put(canvas, view->area.y, 0, canvas->width, TEXT_LEFT, ROLE_HEADER,
			"  STATE  CHANGE THAT MADE IT");
	for (int i = 0; i < view->list.height && view->top + i < changes->count; i++) {
		int line = view->top + i, y = view->list.y + i;
		draw_change(canvas, y, &changes->list[line]);
		if (line != view->cursor)
			continue;
		canvas_repeat(canvas, y, 0, 1, ROLE_KEY, canvas->glyphs->cursor);
		canvas_select(canvas, y, 0, canvas->width);
	}
	canvas_print(canvas, view->list.y + view->list.height, 1, canvas->width - 1, ROLE_NORMAL,
			"undo %d deep, redo %d   Enter goes to any state%s",
			session_undo_depth(session), session_redo_depth(session),
			session_unsaved(session) ? "   not saved" : "");
}

static unsigned
mouse(struct view *view, const struct mouse *mouse)
{
	int line = view_line_at(view, mouse->y);

	if (mouse->kind != MOUSE_PRESS || line < 0)
		return 0;
	view_go(view, line);
	return OUT_DRAW;
}

static int
lines(const struct view *view)
{
	return ((const struct changes *)view)->count;
}

static struct view *
open(struct screen *screen)
{
	struct changes *changes = calloc(1, sizeof(*changes));

	if (changes == NULL)
		return NULL;
	changes->view.ops = &changes_view;
	changes->view.screen = screen;
	update(&changes->view, 0);
	return &changes->view;
}

static void
close(struct view *view)
{
	free(changes_of(view)->list);
	free(view);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_GO_CHANGE] = {go},
};

static const enum command_id hints[] = {
		COMMAND_BACK,
		COMMAND_HELP,
		COMMAND_GO_CHANGE,
		COMMAND_UNDO,
		COMMAND_REDO,
		COMMAND_MIXER,
		COMMAND_LAYERS,
		COMMAND_NONE,
};

const struct view_ops changes_view = {
		.name = "Changes",
		.where = CHANGES,
		.opened_by = COMMAND_CHANGES,
		.head = 1,
		.foot = 1,
		.low_foot = 1,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.draw = draw,
		.mouse = mouse,
};
