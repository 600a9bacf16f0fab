/* The table of views, and what the commands do that every view has. */
#include <stdio.h>
#include <string.h>

#include "app/session.h"
#include "app/text_file.h"
#include "tui/screen.h"
#include "tui/view_changes.h"
#include "tui/view_detail.h"
#include "tui/view_epochs.h"
#include "tui/view_export.h"
#include "tui/view_help.h"
#include "tui/view_jobs.h"
#include "tui/view_match.h"
#include "tui/view_profile.h"
#include "tui/yank.h"

static const struct view_ops *const view_table[VIEW_COUNT] = {
		&layers_view,
		&detail_view,
		&match_view,
		&units_view,
		&mixer_view,
		&export_view,
		&profile_view_ops,
		&epochs_view_ops,
		&changes_view,
		&jobs_view,
		&help_view,
};

const struct view_ops *
screen_view_ops(int index)
{
	return view_table[index];
}

static bool
has_bang(const struct action *action)
{
	const char *word = action->words == NULL ? "" : action->words->word[0];

	return word[0] != '\0' && word[strlen(word) - 1] == '!';
}

static const char *
argument(const struct action *action)
{
	return action->words != NULL && action->words->count > 1 ? action->words->word[1] : NULL;
}

static unsigned
quit(struct view *view, const struct action *action)
{
	if (has_bang(action) || !screen_asks_to_leave(view->screen))
		return OUT_QUIT;
	view->screen->depth = 1;
	view->screen->panes.zoom = ZOOM_NONE;
	return screen_back(view->screen);
}

static unsigned
back(struct view *view, const struct action *action)
{
	(void)action;
	return screen_back(view->screen);
}

static unsigned
escape(struct view *view, const struct action *action)
{
	(void)action;
	return screen_escape(view->screen);
}

static unsigned
next_pane(struct view *view, const struct action *action)
{
	(void)action;
	return panes_focus(view->screen, 1);
}

static unsigned
previous_pane(struct view *view, const struct action *action)
{
	(void)action;
	return panes_focus(view->screen, -1);
}

static unsigned
grow(struct view *view, const struct action *action)
{
	(void)action;
	return panes_zoom(view->screen, 1);
}

static unsigned
shrink(struct view *view, const struct action *action)
{
	(void)action;
	return panes_zoom(view->screen, -1);
}

static unsigned
show_panes(struct view *view, const struct action *action)
{
	(void)action;
	return panes_show_all(view->screen);
}

static unsigned
prompt(struct view *view, const struct action *action)
{
	(void)action;
	return screen_prompt(view->screen, "");
}

static unsigned
help(struct view *view, const struct action *action)
{
	struct ladle_error err = {0};
	const char *word = argument(action);
	const struct command *command = NULL;

	if (word != NULL) {
		command = command_find_at(word, strlen(word), action->words->column[1], &err);
		if (command == NULL)
			return screen_fail(view->screen, &err);
	}
	return help_show(view->screen, command);
}

/* LAYERS, MIXER, EXPORT: the view that this command opens. */
static unsigned
show(struct view *view, const struct action *action)
{
	for (int i = 0; i < VIEW_COUNT; i++)
		if (view_table[i]->opened_by == action->command->id)
			return screen_show(view->screen, view_table[i]);
	return 0;
}

static unsigned
redraw(struct view *view, const struct action *action)
{
	(void)view;
	(void)action;
	return OUT_DRAW | OUT_CLEAR;
}

static unsigned
suspend(struct view *view, const struct action *action)
{
	(void)view;
	(void)action;
	return OUT_DRAW | OUT_SUSPEND;
}

static unsigned
toggle_mouse(struct view *view, const struct action *action)
{
	struct screen *screen = view->screen;
	bool on = session_setting_on(screen->session, "mouse");
	struct ladle_error err = {0};

	(void)action;
	if (session_set(screen->session, "mouse", on ? "off" : "on", "command", &err) != LADLE_OK)
		return screen_fail(screen, &err);
	screen_say(screen, on ? "mouse off: the terminal selects text"
			      : "mouse on; with Shift a drag selects text anyway");
	return OUT_DRAW;
}

static unsigned
dump(struct view *view, const struct action *action)
{
	struct screen *screen = view->screen;
	const char *path = argument(action);
	struct ladle_error err = {0};
	struct buf text;

	buf_init(&text);
	screen_compose(screen);
	canvas_text(&screen->canvas, &text);
	enum ladle_status status = text_file_create(path, &text, &err);
	buf_done(&text);
	if (status != LADLE_OK)
		return screen_fail(screen, &err);
	screen_say(screen, "wrote the screen to %s", path);
	return OUT_DRAW;
}

static unsigned
wait_idle(struct view *view, const struct action *action)
{
	(void)action;
	return OUT_DRAW | screen_wait(view->screen);
}

static unsigned
write_mix(struct view *view, const struct action *action)
{
	return export_write(view->screen, argument(action), has_bang(action));
}

static unsigned
pass_on(struct view *view, const struct action *action)
{
	struct screen *screen = view->screen;
	struct ladle_error err = {0};

	if (session_execute(screen->session, action->command, action->words, &err) != LADLE_OK)
		return screen_fail(screen, &err);
	return OUT_DRAW | screen_poll(screen);
}

/* A count repeats it, as far as there is anything. */
static unsigned
undo(struct view *view, const struct action *action)
{
	struct screen *screen = view->screen;
	bool redo = action->command->id == COMMAND_REDO;
	int most = redo ? session_redo_depth(screen->session) : session_undo_depth(screen->session);
	long times = action->count < most ? action->count : most;
	struct ladle_error err = {0};
	enum ladle_status status = LADLE_OK;

	if (action->words != NULL)
		return pass_on(view, action);
	for (long i = 0; status == LADLE_OK && i < (times > 1 ? times : 1); i++)
		status = redo ? session_redo(screen->session, &err)
			      : session_undo(screen->session, &err);
	screen_poll(screen);
	return status == LADLE_OK ? OUT_DRAW : screen_fail(screen, &err);
}

static unsigned
set(struct view *view, const struct action *action)
{
	struct buf text;
	unsigned out;

	if (argument(action) != NULL)
		return pass_on(view, action);
	buf_init(&text);
	session_settings(view->screen->session, &text);
	out = help_show_text(view->screen, "Settings", buf_string(&text));
	buf_done(&text);
	return out;
}

static unsigned
map(struct view *view, const struct action *action)
{
	struct buf text;
	unsigned out;

	if (argument(action) != NULL)
		return pass_on(view, action);
	buf_init(&text);
	keymap_text(&text, session_keymap(view->screen->session));
	if (text.length == 0)
		buf_text(&text, "no key is yours yet: map X next, map mixer Z mix A=1 B=0, or the "
				"same lines in the config file");
	out = help_show_text(view->screen, "Your keys", buf_string(&text));
	buf_done(&text);
	return out;
}

static unsigned
color(struct view *view, const struct action *action)
{
	return argument(action) == NULL ? help_show_roles(view->screen) : pass_on(view, action);
}

static unsigned
recipe(struct view *view, const struct action *action)
{
	struct buf text;
	unsigned out;

	if (argument(action) != NULL)
		return pass_on(view, action);
	buf_init(&text);
	session_recipe(view->screen->session, &text);
	out = help_show_text(view->screen, "Recipe", buf_string(&text));
	buf_done(&text);
	return out;
}

const struct handler *
screen_handlers(void)
{
	static const struct handler handlers[COMMAND_COUNT] = {
			[COMMAND_QUIT] = {quit},
			[COMMAND_BACK] = {back},
			[COMMAND_ESCAPE] = {escape},
			[COMMAND_PROMPT] = {prompt},
			[COMMAND_HELP] = {help},
			[COMMAND_LAYERS] = {show},
			[COMMAND_DETAIL] = {detail_show},
			[COMMAND_MATCH] = {match_show},
			[COMMAND_MIXER] = {show},
			[COMMAND_EXPORT] = {show},
			[COMMAND_PROFILE] = {show},
			[COMMAND_JOBS] = {show},
			[COMMAND_LOG] = {log_show},
			[COMMAND_PANE] = {next_pane},
			[COMMAND_PANE_BACK] = {previous_pane},
			[COMMAND_GROW] = {grow},
			[COMMAND_SHRINK] = {shrink},
			[COMMAND_PANES] = {show_panes},
			[COMMAND_EPOCHS] = {epochs_show},
			[COMMAND_CHANGES] = {show},
			[COMMAND_UNDO] = {undo},
			[COMMAND_REDO] = {undo},
			[COMMAND_REDRAW] = {redraw},
			[COMMAND_SUSPEND] = {suspend},
			[COMMAND_MOUSE] = {toggle_mouse},
			[COMMAND_DUMP] = {dump},
			[COMMAND_YANK] = {yank_value},
			[COMMAND_YANK_ROW] = {yank_row},
			[COMMAND_WAIT] = {wait_idle},
			[COMMAND_WRITE] = {write_mix},
			[COMMAND_SET] = {set},
			[COMMAND_MAP] = {map},
			[COMMAND_COLOR] = {color},
			[COMMAND_RECIPE] = {recipe},
	};

	return handlers;
}
