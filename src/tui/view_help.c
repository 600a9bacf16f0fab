#include "tui/view_help.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "app/keymap.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/needle.h"
#include "tui/screen.h"

/* A line of help: a command, a heading, or plain text. */
struct help_line {
	const struct command *command; /* NULL: text alone */
	char *keys;                    /* of a command, as they are now */
	char *text;                    /* NULL: the command's own words */
	bool heading;
	enum role role; /* of a text */
};

struct help {
	struct view view; /* first */
	struct help_line *lines;
	int count;
	const char *title;
	struct needle find;
};

static struct help *
help_of(struct view *view)
{
	return (struct help *)view;
}

/* ---- lines ---- */

static void
clear(struct help *help)
{
	for (int i = 0; i < help->count; i++) {
		free(help->lines[i].keys);
		free(help->lines[i].text);
	}
	free(help->lines);
	help->lines = NULL;
	help->count = 0;
	help->view.cursor = help->view.top = 0;
}

static void
add(struct help *help, struct help_line line)
{
	struct help_line *lines = realloc(help->lines, ((size_t)help->count + 1) * sizeof(*lines));

	if (lines == NULL) {
		free(line.keys);
		free(line.text);
		return;
	}
	help->lines = lines;
	lines[help->count++] = line;
}

static void
add_heading(struct help *help, const char *before, const char *after)
{
	struct buf text;

	buf_init(&text);
	buf_format(&text, "%s%s", before, after);
	add(help, (struct help_line){.text = strdup(buf_string(&text)),
				  .heading = true,
				  .role = ROLE_TITLE});
	buf_done(&text);
}

/* Commands of `where` that have keys in the view `about`, or those that have none in any. */
static void
add_commands(struct help *help, unsigned where, unsigned about, bool with_keys)
{
	const struct keymap *map = session_keymap(help->view.screen->session);

	for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++) {
		const struct command *command = command_of((enum command_id)id);
		struct buf keys;

		buf_init(&keys);
		for (int i = 0; i < VIEW_COUNT && keys.length == 0; i++)
			if (!with_keys || about == screen_view_ops(i)->where)
				keymap_keys(&keys, map, command, screen_view_ops(i)->where);
		if ((keys.length > 0) == with_keys && (command->where & where))
			add(help, (struct help_line){.command = command,
						  .keys = strdup(buf_string(&keys))});
		buf_done(&keys);
	}
}

/* What lines `map` and `unmap` made. */
static void
add_mapped(struct help *help)
{
	const struct keymap *map = session_keymap(help->view.screen->session);

	for (int i = 0; i < map->count; i++) {
		const struct binding *binding = &map->bindings[i];
		struct buf text;
		char key[32];

		if (!binding->by_user)
			continue;
		if (i == 0 || !map->bindings[i - 1].by_user)
			add_heading(help, "Your keys", "");
		buf_init(&text);
		if (binding->command == COMMAND_NONE)
			buf_text(&text, "nothing");
		else
			buf_text(&text, binding->line != NULL ? binding->line
							      : command_of(binding->command)->word);
		if (!(binding->where & ANY))
			buf_text(&text, "  in ");
		if (!(binding->where & ANY))
			keymap_where_text(&text, binding->where);
		keymap_binding_text(key, binding);
		add(help, (struct help_line){.command = command_of(binding->command),
					  .keys = strdup(key),
					  .text = strdup(buf_string(&text))});
		buf_done(&text);
	}
}

static void
add_text(struct help *help, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		add(help, (struct help_line){.text = strndup(text, length)});
		text += length + (text[length] == '\n');
	}
}

static void
add_settings(struct help *help)
{
	struct buf text;

	buf_init(&text);
	session_settings(help->view.screen->session, &text);
	add_text(help, buf_string(&text));
	buf_done(&text);
}

static void
make_help(struct help *help, const struct view_ops *about)
{
	clear(help);
	help->title = "";
	add_heading(help, "Keys of the view ", about->name);
	add_commands(help, about->where, about->where, true);
	add_mapped(help);
	add_heading(help, "Keys everywhere", "");
	add_commands(help, ANY, about->where, true);
	add_heading(help, "Typed after :", "");
	add_commands(help, ~0u, 0, false);
	for (int i = 0; i < VIEW_COUNT; i++) {
		const struct view_ops *ops = screen_view_ops(i);

		if (ops == about || ops == &help_view)
			continue;
		add_heading(help, "Keys of the view ", ops->name);
		add_commands(help, ops->where, ops->where, true);
	}
	add_heading(help, "Settings, by :set NAME=VALUE; * differs from the default", "");
	add_settings(help);
	add_heading(help, "Mouse", "");
	add(help, (struct help_line){
				  .text = strdup("click selects, a double click is Enter, the "
						 "wheel scrolls, a drag moves a fader; "
						 "Shift-drag selects text anyway")});
}

static void
make_text(struct help *help, const char *title, const char *text)
{
	clear(help);
	help->title = title;
	add_text(help, text);
}

/* ---- search ---- */

static bool
matches(const struct help_line *line, const struct needle *pattern)
{
	const struct command *command = line->command;
	const char *const texts[] = {line->text, line->keys, command == NULL ? NULL : command->word,
			command == NULL ? NULL : command->help};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i] != NULL && needle_matches(pattern, texts[i]))
			return true;
	return false;
}

static unsigned
find_again(struct help *help, int step)
{
	if (!help->find.active)
		return screen_complain(help->view.screen, "nothing was searched; / searches");
	for (int i = 1; i <= help->count; i++) {
		int line = (help->view.cursor + step * i + help->count * 2) % help->count;

		if (matches(&help->lines[line], &help->find)) {
			view_go(&help->view, line);
			return OUT_DRAW;
		}
	}
	return screen_complain(help->view.screen, "no match; / searches for something else");
}

static unsigned
find(struct help *help, const struct action *action, int step)
{
	char why[256];

	if (!needle_set(&help->find, action->words->word[1], false, why))
		return screen_complain(help->view.screen, "%s: %s", action->words->word[1], why);
	return help->find.active ? find_again(help, step) : OUT_DRAW;
}

static unsigned
find_down(struct view *view, const struct action *action)
{
	return find(help_of(view), action, 1);
}

static unsigned
find_up(struct view *view, const struct action *action)
{
	return find(help_of(view), action, -1);
}

static unsigned
find_next(struct view *view, const struct action *action)
{
	(void)action;
	return find_again(help_of(view), 1);
}

static unsigned
find_previous(struct view *view, const struct action *action)
{
	(void)action;
	return find_again(help_of(view), -1);
}

/* ---- the view ---- */

static void
draw_command(const struct help *help, struct canvas *canvas, int y, const struct help_line *line)
{
	const struct command *command = line->command;
	int keys = canvas->width < 60 ? 8 : 14, word = canvas->width < 60 ? 12 : canvas->width / 4,
	    x;
	enum role role = help->find.active && matches(line, &help->find) ? ROLE_FOUND : ROLE_NORMAL;
	struct buf text;

	buf_init(&text);
	if (line->text != NULL)
		buf_text(&text, line->text);
	else
		buf_format(&text, "%s %s", command->word, command->arguments);
	x = canvas_put(canvas, y, 2, keys, TEXT_LEFT, ROLE_KEY,
			line->keys == NULL ? "" : line->keys);
	x = canvas_put(canvas, y, x + 1, word, TEXT_LEFT, role, buf_string(&text));
	canvas_say(canvas, y, x + 1, canvas->width - x - 1, ROLE_NORMAL, command->help);
	buf_done(&text);
}

/* The line under the cursor in full. */
static void
draw_foot(const struct help *help, struct canvas *canvas)
{
	const struct area *list = &help->view.list, *all = &help->view.area;
	int y = list->y + list->height;
	const struct help_line *line =
			help->view.cursor < help->count ? &help->lines[help->view.cursor] : NULL;
	const struct command *command = line == NULL ? NULL : line->command;
	struct buf text;

	if (command == NULL)
		return;
	buf_init(&text);
	buf_format(&text, ":%s %s - %s", command->word, command->arguments, command->help);
	if (line->keys != NULL && line->keys[0] != '\0')
		buf_format(&text, "; keys: %s", line->keys);
	canvas_wrap(canvas, (struct area){y, 1, all->y + all->height - y, canvas->width - 1},
			ROLE_NORMAL, buf_string(&text));
	buf_done(&text);
}

static void
draw(const struct view *view, struct canvas *canvas)
{
	const struct help *help = (const struct help *)view;

	for (int i = 0; i < view->list.height && view->top + i < help->count; i++) {
		const struct help_line *line = &help->lines[view->top + i];
		int y = view->list.y + i;

		if (line->command != NULL)
			draw_command(help, canvas, y, line);
		else if (line->text != NULL)
			canvas_put(canvas, y, line->heading ? 1 : 2, canvas->width - 2,
					TEXT_LEFT, line->role, line->text);
		if (view->top + i == view->cursor)
			canvas_select(canvas, y, 0, canvas->width);
	}
	draw_foot(help, canvas);
}

static void
title(const struct view *view, struct buf *buf)
{
	const struct help *help = (const struct help *)view;

	if (help->title != NULL && help->title[0] != '\0')
		buf_format(buf, " > %s", help->title);
}

static int
lines(const struct view *view)
{
	return ((const struct help *)view)->count;
}

static void
update(struct view *view, unsigned events)
{
	(void)view;
	(void)events;
}

static struct view *
open(struct screen *screen)
{
	struct help *help = calloc(1, sizeof(*help));

	if (help == NULL)
		return NULL;
	help->view.ops = &help_view;
	help->view.screen = screen;
	return &help->view;
}

static void
close(struct view *view)
{
	clear(help_of(view));
	needle_clear(&help_of(view)->find);
	free(view);
}

unsigned
help_show(struct screen *screen, const struct command *command)
{
	const struct view_ops *about = screen_top(screen)->ops;
	unsigned out = screen_show(screen, &help_view);
	struct help *help = help_of(screen_top(screen));

	if (help->view.ops != &help_view || (about == &help_view && command == NULL))
		return out;
	make_help(help, about == &help_view ? &layers_view : about);
	for (int i = 0; command != NULL && i < help->count; i++)
		if (help->lines[i].command == command) {
			view_go(&help->view, i);
			break;
		}
	return out;
}

unsigned
help_show_text(struct screen *screen, const char *title, const char *text)
{
	unsigned out = screen_show(screen, &help_view);
	struct help *help = help_of(screen_top(screen));

	if (help->view.ops == &help_view)
		make_text(help, title, text);
	return out;
}

/* Each in its own look. */
unsigned
help_show_roles(struct screen *screen)
{
	unsigned out = help_show_text(screen, "Colours", "");
	struct help *help = help_of(screen_top(screen));

	for (int i = 0; i < ROLE_COUNT && help->view.ops == &help_view; i++) {
		struct buf text;

		buf_init(&text);
		session_role_text(screen->session, i, &text);
		add(help, (struct help_line){
					  .text = strdup(buf_string(&text)), .role = (enum role)i});
		buf_done(&text);
	}
	return out;
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_FIND] = {find_down},
		[COMMAND_FIND_BACK] = {find_up},
		[COMMAND_FIND_NEXT] = {find_next},
		[COMMAND_FIND_PREVIOUS] = {find_previous},
};

static const enum command_id hints[] = {
		COMMAND_BACK,
		COMMAND_FIND,
		COMMAND_FIND_NEXT,
		COMMAND_PAGE_DOWN,
		COMMAND_PAGE_UP,
		COMMAND_TOP,
		COMMAND_BOTTOM,
		COMMAND_NONE,
};

const struct view_ops help_view = {
		.name = "Help",
		.where = HELP,
		.foot = 2,
		.low_foot = 1,
		.opened_by = COMMAND_HELP,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.title = title,
		.draw = draw,
};
