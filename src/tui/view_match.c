/* Which units of one checkpoint are which of another: what was found, before and after it is
 * applied. */
#include "tui/view_match.h"

#include <stdlib.h>

#include "app/session.h"
#include "base/buf.h"
#include "tui/pair_line.h"
#include "tui/screen.h"

static struct match *
match_from(struct view *view)
{
	return (struct match *)view;
}

static struct session *
session_of(const struct match *match)
{
	return match->view.screen->session;
}

static uint32_t
column_count(const struct match *match)
{
	const struct ladle_table *table = session_table(session_of(match));

	return table == NULL ? 0 : table->checkpoint_count;
}

const struct match_line *
match_line(const struct match *match)
{
	if ((uint32_t)match->view.cursor >= match->list.count)
		return NULL;
	return &match->list.lines[match->view.cursor];
}

const struct ladle_match *
match_of(const struct match *match, const struct match_line *line)
{
	if (match->order == NULL || line == NULL || line->group == LADLE_NONE)
		return NULL;
	return &match->order->matches[(size_t)match->column * match->order->groups->count +
				      line->group];
}

bool
match_is_lined_up(const struct match *match)
{
	return match->order != NULL && match->order == session_alignment(session_of(match));
}

/* ---- keeping up with the session ---- */

/* The column that is compared, and with which: no column is compared with itself. */
static void
choose_columns(struct match *match)
{
	uint32_t count = column_count(match);

	for (uint32_t tried = 0; tried < count; tried++) {
		if (match->column >= count)
			match->column = 0;
		match->order = session_order_of(
				session_of(match), match->column, &match->reference);
		if (match->reference != match->column)
			return;
		match->column++;
	}
	match->column = LADLE_NONE;
	match->order = NULL;
}

/* Maps are made of what is looked at alone. */
static void
find_maps(struct match *match)
{
	const struct match_line *line = match_line(match);
	struct screen *screen = match->view.screen;
	const char *why;

	match->stored = match->matched = NULL;
	match->why_not = "";
	if (match->order == NULL || line == NULL || line->group == LADLE_NONE ||
			(!panes_show(screen, &match_view) && !panes_show(screen, &units_view)))
		return;
	match->stored = session_units(
			session_of(match), match->column, line->group, false, &match->why_not);
	match->matched = session_units(session_of(match), match->column, line->group, true, &why);
	if (match->why_not[0] == '\0')
		match->why_not = why;
}

static void
update(struct view *view, unsigned events)
{
	struct match *match = match_from(view);
	const struct ladle_table *table = session_table(session_of(match));

	if (match->list.table != table)
		match->marked = LADLE_NONE;
	if (events & (SESSION_OPENED | SESSION_PAIRED))
		match_lines_done(&match->list);
	choose_columns(match);
	match_lines_update(&match->list, session_of(match));
	view_go(view, view->cursor);
	find_maps(match);
}

/* ---- going to a layer, to a column ---- */

static unsigned
compare(struct match *match, int step)
{
	uint32_t count = column_count(match);

	if (count < 2)
		return screen_complain(match->view.screen, "matching takes two models; :open FILE");
	for (uint32_t tried = 0; tried < count; tried++) {
		match->column = (match->column + count + (uint32_t)step) % count;
		match->order = session_order_of(
				session_of(match), match->column, &match->reference);
		if (match->reference != match->column)
			break;
	}
	update(&match->view, 0);
	return OUT_DRAW;
}

static unsigned
compare_next(struct view *view, const struct action *action)
{
	(void)action;
	return compare(match_from(view), 1);
}

static unsigned
compare_previous(struct view *view, const struct action *action)
{
	(void)action;
	return compare(match_from(view), -1);
}

static struct match *
show(struct screen *screen, unsigned *out)
{
	*out = screen_show(screen, &match_view);
	return screen_top(screen)->ops == &match_view ? match_from(screen_top(screen)) : NULL;
}

unsigned
match_show(struct view *view, const struct action *action)
{
	struct screen *screen = view->screen;
	const char *name = action->words != NULL && action->words->count > 1
					   ? action->words->word[1]
					   : NULL;
	uint32_t file = name == NULL ? LADLE_NONE : session_find(screen->session, name), column;
	unsigned out;

	if (name != NULL && (file == LADLE_NONE || session_file(screen->session, file)->column ==
								   LADLE_NONE))
		return screen_complain(screen,
				"match: no checkpoint %s is in the table; the row MIX names them",
				name);
	struct match *match = show(screen, &out);
	if (match == NULL || name == NULL)
		return out;
	column = session_file(screen->session, file)->column;
	session_order_of(screen->session, column, &match->reference);
	if (match->reference == column)
		return screen_complain(screen, "%s is what the others are held against", name);
	match->column = column;
	update(&match->view, 0);
	return out;
}

static bool
is_out_of_order(const struct match *match, const struct match_line *line)
{
	return line->group != LADLE_NONE &&
	       session_moves(session_of(match), match->column, line->group);
}

/* The column that is shown if its units are out of order there, else the first that is. */
static void
choose_out_of_order(struct match *match, const struct match_line *line)
{
	uint32_t before = match->column, count = column_count(match);

	if (is_out_of_order(match, line))
		return;
	for (match->column = 0; match->column < count; match->column++)
		if (is_out_of_order(match, line))
			return;
	match->column = before;
}

static void
go_to_layer(struct match *match, uint32_t layer)
{
	update(&match->view, 0);
	for (uint32_t i = 0; i < match->list.count; i++) {
		if (match->list.lines[i].layer != layer)
			continue;
		if (match->column != LADLE_NONE)
			choose_out_of_order(match, &match->list.lines[i]);
		update(&match->view, 0);
		view_go(&match->view, (long)i);
		break;
	}
}

static void
follow(struct view *view, uint32_t row)
{
	const struct ladle_table *table = session_table(view->screen->session);

	go_to_layer(match_from(view), table->rows[row].layer);
	find_maps(match_from(view));
}

unsigned
match_show_layer(struct screen *screen, uint32_t layer)
{
	unsigned out;
	struct match *match = show(screen, &out);

	if (match != NULL)
		go_to_layer(match, layer);
	return out;
}

/* ---- problems ---- */

static bool
is_problem(const struct match *match, const struct match_line *line)
{
	const struct match_pair pair = {session_of(match), match->reference, match->column,
			match->order, match_is_lined_up(match)};
	enum match_state state = match_judge(&match->list, &pair, line).state;

	return state != MATCH_PENDING && state != MATCH_OK && state != MATCH_ALIGNED;
}

static unsigned
go_to_problem(struct match *match, long times, int step)
{
	long count = match->list.count, at = match->view.cursor, found = -1;

	for (long i = 0; match->column != LADLE_NONE && i < count && times > 0; i++) {
		at = (at + step + count) % count;
		if (!is_problem(match, &match->list.lines[at]))
			continue;
		found = at;
		times--;
	}
	if (found < 0)
		return screen_complain(match->view.screen,
				"no layer has a problem as it is shown; F2 leads back");
	if (step > 0 ? found <= match->view.cursor : found >= match->view.cursor)
		screen_say(match->view.screen, step > 0 ? "passed the end, from the top again"
							: "passed the top, from the end again");
	view_go(&match->view, found);
	return OUT_DRAW;
}

static unsigned
next(struct view *view, const struct action *action)
{
	return go_to_problem(match_from(view), action->count > 0 ? action->count : 1, 1);
}

static unsigned
previous(struct view *view, const struct action *action)
{
	return go_to_problem(match_from(view), action->count > 0 ? action->count : 1, -1);
}

/* ---- applying ---- */

/* Runs a line that may go on behind, and says it. */
static unsigned
run(struct match *match, struct buf *line)
{
	struct screen *screen = match->view.screen;
	struct ladle_error err = {0};

	if (session_run(screen->session, buf_string(line), &err) != LADLE_OK)
		return screen_fail(screen, &err);
	unsigned out = screen_poll(screen);
	if (!session_matching(screen->session))
		screen_say(screen, "%s   u takes it back", buf_string(line));
	return OUT_DRAW | out;
}

static const char *
id_of(const struct match *match, uint32_t column)
{
	return session_column(session_of(match), column)->id;
}

/* Why nothing can be applied; NULL: it can. */
static const char *
why_none(const struct match *match)
{
	const char *why;

	if (match->column == LADLE_NONE)
		return "matching takes two models; :open FILE";
	if (session_matching(session_of(match)))
		return "units are being matched; x cancels it";
	return session_groups(session_of(match), &why) == NULL ? why : NULL;
}

static unsigned
apply(struct view *view, const struct action *action)
{
	struct match *match = match_from(view);
	struct buf line;

	(void)action;
	if (why_none(match) != NULL)
		return screen_complain(view->screen, "%s", why_none(match));
	if (match_is_lined_up(match))
		return screen_complain(view->screen, "%s has the order of %s already; r reverts",
				id_of(match, match->column), id_of(match, match->reference));
	buf_init(&line);
	buf_text(&line, "align ");
	words_quote(&line, id_of(match, match->column));
	buf_text(&line, " to ");
	words_quote(&line, id_of(match, match->reference));
	unsigned out = run(match, &line);
	buf_done(&line);
	return out;
}

static unsigned
apply_all(struct view *view, const struct action *action)
{
	struct match *match = match_from(view);
	struct buf line;

	(void)action;
	if (why_none(match) != NULL)
		return screen_complain(view->screen, "%s", why_none(match));
	buf_init(&line);
	buf_text(&line, "align all to ");
	words_quote(&line, id_of(match, match->reference));
	unsigned out = run(match, &line);
	buf_done(&line);
	return out;
}

static unsigned
revert(struct view *view, const struct action *action)
{
	struct match *match = match_from(view);
	struct buf line;

	(void)action;
	if (why_none(match) != NULL)
		return screen_complain(view->screen, "%s", why_none(match));
	if (!match_is_lined_up(match))
		return screen_complain(view->screen, "units of %s stand as stored",
				id_of(match, match->column));
	buf_init(&line);
	buf_text(&line, "unalign ");
	words_quote(&line, id_of(match, match->column));
	unsigned out = run(match, &line);
	buf_done(&line);
	return out;
}

/* ---- pairing by hand ---- */

static unsigned
pair_layers(struct match *match, uint32_t a, uint32_t b)
{
	const struct ladle_table *table = session_table(session_of(match));
	struct screen *screen = match->view.screen;
	struct buf line;

	if (table->layers[a].index[match->reference] == LADLE_NONE ||
			table->layers[b].index[match->column] == LADLE_NONE) {
		uint32_t first = a;

		a = b;
		b = first;
	}
	if (table->layers[a].index[match->reference] == LADLE_NONE ||
			table->layers[b].index[match->column] == LADLE_NONE)
		return screen_complain(screen, "neither of the two is a layer of %s and of %s",
				id_of(match, match->reference), id_of(match, match->column));
	buf_init(&line);
	buf_text(&line, "pair");
	pair_append_member(screen->session, &line, a, match->reference);
	pair_append_member(screen->session, &line, b, match->column);
	unsigned out = run(match, &line);
	buf_done(&line);
	return out;
}

static unsigned
pair_row(struct view *view, const struct action *action)
{
	struct match *match = match_from(view);
	const struct match_line *line = match_line(match);
	uint32_t marked = match->marked;

	(void)action;
	if (line == NULL || match->column == LADLE_NONE)
		return screen_complain(view->screen, "pairing takes layers of two models");
	match->marked = marked == LADLE_NONE ? line->layer : LADLE_NONE;
	if (marked == LADLE_NONE)
		screen_say(view->screen, "%s: e on the layer of %s that it is; Esc forgets it",
				match->list.table->layers[line->layer].name,
				id_of(match, match->column));
	if (marked == LADLE_NONE || marked == line->layer)
		return OUT_DRAW;
	return pair_layers(match, marked, line->layer);
}

static unsigned
escape(struct view *view, const struct action *action)
{
	struct match *match = match_from(view);

	(void)action;
	if (match->marked == LADLE_NONE)
		return screen_escape(view->screen);
	match->marked = LADLE_NONE;
	return OUT_DRAW;
}

static unsigned
show_units(struct view *view, const struct action *action)
{
	struct match *match = match_from(view);
	const struct match_line *line = match_line(match);

	(void)action;
	if (line == NULL || line->group == LADLE_NONE)
		return screen_complain(view->screen, "no units of this layer can be re-ordered");
	if (match->order == NULL)
		return screen_complain(view->screen, "these units are not matched; a does so");
	return screen_show(view->screen, &units_view);
}

static unsigned
stop(struct view *view, const struct action *action)
{
	struct ladle_error err = {0};

	(void)action;
	if (session_run(view->screen->session, "cancel", &err) != LADLE_OK)
		return screen_fail(view->screen, &err);
	return OUT_DRAW | screen_poll(view->screen);
}

/* ---- the view ---- */

static int
lines(const struct view *view)
{
	return (int)((const struct match *)view)->list.count;
}

static void
title(const struct view *view, struct buf *buf)
{
	const struct match *match = (const struct match *)view;

	if (match->column != LADLE_NONE)
		buf_format(buf, " > %s : %s", id_of(match, match->reference),
				id_of(match, match->column));
}

static struct view *
open(struct screen *screen)
{
	struct match *match = calloc(1, sizeof(*match));

	if (match == NULL)
		return NULL;
	match->view.ops = &match_view;
	match->view.screen = screen;
	match->marked = LADLE_NONE;
	match->why_not = "";
	choose_columns(match);
	match_lines_update(&match->list, screen->session);
	return &match->view;
}

static void
close(struct view *view)
{
	match_lines_done(&match_from(view)->list);
	free(view);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_APPLY] = {apply},
		[COMMAND_APPLY_ALL] = {apply_all},
		[COMMAND_REVERT] = {revert},
		[COMMAND_COMPARE_NEXT] = {compare_next},
		[COMMAND_COMPARE_PREVIOUS] = {compare_previous},
		[COMMAND_PAIR_ROW] = {pair_row},
		[COMMAND_NEXT] = {next},
		[COMMAND_PREVIOUS] = {previous},
		[COMMAND_UNITS] = {show_units},
		[COMMAND_STOP] = {stop},
		[COMMAND_ESCAPE] = {escape},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_LAYERS,
		COMMAND_APPLY,
		COMMAND_APPLY_ALL,
		COMMAND_REVERT,
		COMMAND_UNITS,
		COMMAND_NEXT,
		COMMAND_COMPARE_NEXT,
		COMMAND_UNDO,
		COMMAND_PAIR_ROW,
		COMMAND_STOP,
		COMMAND_BACK,
		COMMAND_MIXER,
		COMMAND_EXPORT,
		COMMAND_NONE,
};

const struct view_ops match_view = {
		.name = "Match",
		.where = MATCHES,
		.opened_by = COMMAND_MATCH,
		.head = 2,
		.foot_rows = match_foot_rows,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.follow = follow,
		.lines = lines,
		.title = title,
		.draw = match_draw,
};
