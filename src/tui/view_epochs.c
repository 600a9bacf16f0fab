#include "tui/view_epochs.h"

#include <stdlib.h>

#include "app/session.h"
#include "tui/screen.h"

static struct epochs_view *
epochs_of(struct view *view)
{
	return (struct epochs_view *)view;
}

static int
lines(const struct view *view)
{
	const struct epochs_view *shown = (const struct epochs_view *)view;

	return shown->epochs.count == 0 ? 0 : (int)shown->epochs.row_count;
}

/* ---- one cursor for all views ---- */

/* Takes over where the layer table stands, when that moved: on the row, or the next below it. */
static void
follow(struct epochs_view *shown)
{
	uint32_t row = screen_row(shown->view.screen), i = 0;

	if (row == shown->row || row == LADLE_NONE || shown->epochs.row_count == 0)
		return;
	shown->row = row;
	while (i + 1 < shown->epochs.row_count && shown->epochs.rows[i] < row)
		i++;
	view_go(&shown->view, (long)i);
}

/* The layer table's cursor follows. */
static void
moved(struct view *view)
{
	struct epochs_view *shown = epochs_of(view);

	if (lines(view) == 0)
		return;
	screen_go_layer(view->screen, shown->table->rows[shown->epochs.rows[view->cursor]].layer);
	shown->row = screen_row(view->screen);
}

static unsigned
go(struct epochs_view *shown, long line)
{
	view_go(&shown->view, line);
	moved(&shown->view);
	return OUT_DRAW;
}

static void
measure(struct epochs_view *shown)
{
	shown->greatest =
			epochs_greatest(shown->view.screen->session, &shown->epochs, shown->figure);
}

static void
update(struct view *view, unsigned events)
{
	struct epochs_view *shown = epochs_of(view);
	struct session *session = view->screen->session;
	const struct ladle_table *table = session_table(session);

	(void)events;
	if (table != shown->table || session_generation(session) != shown->generation) {
		if (table != shown->table)
			shown->row = LADLE_NONE;
		epochs_make(&shown->epochs, session);
		shown->table = table;
		shown->generation = session_generation(session);
		measure(shown);
	}
	if (shown->epoch >= shown->epochs.count)
		shown->epoch = shown->epochs.count == 0 ? 0 : shown->epochs.count - 1;
	follow(shown);
	view_go(view, view->cursor);
}

unsigned
epochs_show(struct view *view, const struct action *action)
{
	struct screen *screen = view->screen;
	struct ladle_error err = {0};

	if (action->words != NULL && session_execute(screen->session, action->command,
						     action->words, &err) != LADLE_OK)
		return screen_fail(screen, &err);
	return screen_show(screen, &epochs_view_ops);
}

/* ---- moving ---- */

static unsigned
go_epoch(struct epochs_view *shown, long epoch)
{
	long last = (long)shown->epochs.count - 1;

	epoch = epoch > last ? last : epoch;
	shown->epoch = epoch < 0 ? 0 : (uint32_t)epoch;
	return OUT_DRAW;
}

static unsigned
right(struct view *view, const struct action *action)
{
	return go_epoch(epochs_of(view), (long)epochs_of(view)->epoch + action_times(action));
}

static unsigned
left(struct view *view, const struct action *action)
{
	return go_epoch(epochs_of(view), (long)epochs_of(view)->epoch - action_times(action));
}

/* ---- searching ---- */

static unsigned
find_again(struct epochs_view *shown, long step)
{
	long count = lines(&shown->view), way = step < 0 ? -1 : 1, at = shown->view.cursor;
	long found = -1;

	if (!shown->find.active)
		return screen_complain(shown->view.screen, "nothing was searched; / searches");
	for (long i = 0; i < count && step != 0; i++) {
		uint32_t row;

		at = (at + way + count) % count;
		row = shown->epochs.rows[at];
		if (!needle_matches(&shown->find, shown->table->rows[row].label))
			continue;
		found = at;
		step -= way;
	}
	if (found < 0)
		return screen_complain(
				shown->view.screen, "no match; / searches for something else");
	return go(shown, found);
}

static unsigned
find_by(struct view *view, const struct action *action, long step)
{
	char why[256];

	if (!needle_set(&epochs_of(view)->find, action->words->word[1], false, why))
		return screen_complain(view->screen, "%s: %s", action->words->word[1], why);
	return find_again(epochs_of(view), step);
}

static unsigned
find(struct view *view, const struct action *action)
{
	return find_by(view, action, 1);
}

static unsigned
find_back(struct view *view, const struct action *action)
{
	return find_by(view, action, -1);
}

static unsigned
find_next(struct view *view, const struct action *action)
{
	return find_again(epochs_of(view), action_times(action));
}

static unsigned
find_previous(struct view *view, const struct action *action)
{
	return find_again(epochs_of(view), -action_times(action));
}

/* ---- what is drawn ---- */

static unsigned
turn(struct epochs_view *shown, long step)
{
	long at = (long)shown->figure + step % EPOCH_FIGURES + EPOCH_FIGURES;

	shown->figure = (enum epoch_figure)(at % EPOCH_FIGURES);
	measure(shown);
	return OUT_DRAW;
}

static unsigned
figure(struct view *view, const struct action *action)
{
	return turn(epochs_of(view), action_times(action));
}

static unsigned
figure_back(struct view *view, const struct action *action)
{
	return turn(epochs_of(view), -action_times(action));
}

static unsigned
look(struct view *view, const struct action *action)
{
	struct epochs_view *shown = epochs_of(view);
	struct action detail = *action;

	if (lines(view) > 0) {
		screen_go_row(view->screen, shown->epochs.rows[view->cursor]);
		shown->row = screen_row(view->screen);
	}
	detail.command = command_of(COMMAND_DETAIL);
	return screen_do(view->screen, &detail);
}

static unsigned
mouse(struct view *view, const struct mouse *mouse)
{
	struct epochs_view *shown = epochs_of(view);
	struct epochs_layout layout;
	long bin;

	if (mouse->kind != MOUSE_PRESS || lines(view) == 0)
		return 0;
	layout = epochs_lay_out(shown);
	bin = (mouse->x - layout.x) / layout.each;
	if (mouse->x >= layout.x && bin < (long)layout.bins)
		go_epoch(shown, bin * (long)shown->epochs.count / (long)layout.bins);
	if (view_line_at(view, mouse->y) >= 0)
		go(shown, view_line_at(view, mouse->y));
	return OUT_DRAW;
}

/* ---- the view ---- */

static void
title(const struct view *view, struct buf *buf)
{
	const struct epochs_view *shown = (const struct epochs_view *)view;

	if (lines(view) > 0)
		buf_format(buf, "  row %d of %d  epoch %u of %u", view->cursor + 1, lines(view),
				shown->epoch + 1, shown->epochs.count);
}

static struct view *
open(struct screen *screen)
{
	struct epochs_view *shown = calloc(1, sizeof(*shown));

	if (shown == NULL)
		return NULL;
	shown->view.ops = &epochs_view_ops;
	shown->view.screen = screen;
	shown->row = LADLE_NONE;
	shown->epoch = LADLE_NONE;
	epochs_init(&shown->epochs);
	return &shown->view;
}

static void
close(struct view *view)
{
	epochs_done(&epochs_of(view)->epochs);
	needle_clear(&epochs_of(view)->find);
	free(view);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_COLUMN_RIGHT] = {right},
		[COMMAND_COLUMN_LEFT] = {left},
		[COMMAND_FIND] = {find},
		[COMMAND_FIND_BACK] = {find_back},
		[COMMAND_FIND_NEXT] = {find_next},
		[COMMAND_FIND_PREVIOUS] = {find_previous},
		[COMMAND_FIGURE] = {figure},
		[COMMAND_FIGURE_BACK] = {figure_back},
		[COMMAND_LOOK] = {look},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_LAYERS,
		COMMAND_LOOK,
		COMMAND_FIGURE,
		COMMAND_COLUMN_LEFT,
		COMMAND_COLUMN_RIGHT,
		COMMAND_FIND,
		COMMAND_BACK,
		COMMAND_NONE,
};

const struct view_ops epochs_view_ops = {
		.name = "Epochs",
		.where = EPOCHS,
		.opened_by = COMMAND_EPOCHS,
		.head = 2,
		.foot_rows = epochs_foot_rows,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.moved = moved,
		.title = title,
		.draw = epochs_draw,
		.mouse = mouse,
};
