/* From a key or a line to the handler that does it: the top view's, the screen's, the motions',
 * else the session. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "tui/screen.h"

/* Arguments in brackets may be left out. */
static bool
needs_argument(const struct command *command)
{
	size_t length = strlen(command->arguments);

	if (length == 0)
		return false;
	return command->arguments[0] != '[' || command->arguments[length - 1] != ']';
}

/* A sign such as / or & takes the whole line as one argument; other keys begin a `:` line. */
static unsigned
ask_argument(struct screen *screen, const struct action *action)
{
	char label[2] = {(char)action->key, '\0'}, line[64];

	if (action->key < 127 && ispunct(action->key) &&
			strchr(action->command->keys, action->key) != NULL)
		return screen_prompt_for(screen, action, label, "", false);
	snprintf(line, sizeof(line), "%s ", action->command->word);
	return screen_prompt(screen, line);
}

/* A key gives a command without words: its own is then the only one. */
static unsigned
session_do(struct screen *screen, const struct action *action)
{
	char *word[] = {(char *)action->command->word};
	int column[] = {1};
	const struct words alone = {word, column, 1};
	const struct words *words = action->words == NULL ? &alone : action->words;
	struct ladle_error err = {0};
	enum ladle_status status = session_execute(screen->session, action->command, words, &err);

	screen_poll(screen);
	if (status != LADLE_OK)
		return screen_fail(screen, &err);
	return OUT_DRAW;
}

static const struct handler *
find_handler(struct screen *screen, enum command_id id)
{
	const struct handler *const tables[] = {
			screen_top(screen)->ops->handlers,
			screen_handlers(),
			view_motions(),
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i][id].run != NULL)
			return &tables[i][id];
	return NULL;
}

static const struct view_ops *
home_of(const struct command *command)
{
	for (int i = 0; i < VIEW_COUNT; i++)
		if (command->where & screen_view_ops(i)->where)
			return screen_view_ops(i);
	return &layers_view;
}

unsigned
screen_do(struct screen *screen, const struct action *action)
{
	const struct command *command = action->command;
	const struct handler *handler = find_handler(screen, command->id);

	if (action->words == NULL && needs_argument(command))
		return ask_argument(screen, action);
	if (handler != NULL)
		return handler->run(screen_top(screen), action);
	if (command->kind != FACE)
		return session_do(screen, action);
	return screen_complain(
			screen, "`%s` works in the view %s", command->word, home_of(command)->name);
}

static unsigned
run_words(struct screen *screen, const struct words *words)
{
	const char *first = words->word[0];
	struct ladle_error err = {0};
	struct action action = {.words = words};

	if (strspn(first, "0123456789") == strlen(first)) {
		action = (struct action){.command = command_of(COMMAND_TOP),
				.count = strtol(first, NULL, 10)};
		return screen_do(screen, &action);
	}
	action.command = command_find(first, strlen(first), &err);
	if (action.command == NULL)
		return screen_fail(screen, &err);
	if (words->count == 1 && needs_argument(action.command))
		return screen_complain(screen, "%s %s: the argument is missing", first,
				action.command->arguments);
	return screen_do(screen, &action);
}

unsigned
screen_run(struct screen *screen, const char *line)
{
	struct ladle_error err = {0};
	struct words words;
	unsigned out = OUT_DRAW;

	while (*line == ':' || *line == ' ')
		line++;
	if (words_split(&words, line, &err) != LADLE_OK)
		return screen_fail(screen, &err);
	if (words.count > 0)
		out |= run_words(screen, &words);
	words_free(&words);
	return out;
}

/* ---- prompt ---- */

unsigned
screen_prompt(struct screen *screen, const char *beginning)
{
	screen->prompted = (struct action){0};
	prompt_open(screen->prompt, ":", beginning, false);
	return OUT_DRAW;
}

unsigned
screen_prompt_for(struct screen *screen, const struct action *action, const char *label,
		const char *text, bool files)
{
	screen->prompted = *action;
	prompt_open(screen->prompt, label, text, files);
	return OUT_DRAW;
}

static unsigned
accept(struct screen *screen)
{
	const char *line = prompt_line(screen->prompt);
	struct action action = screen->prompted;
	char *word[] = {NULL, (char *)line};
	int column[] = {1, 1};
	const struct words words = {word, column, 2};

	if (action.command == NULL)
		return screen_run(screen, line);
	word[0] = (char *)action.command->word;
	action.words = &words;
	return OUT_DRAW | screen_do(screen, &action);
}

unsigned
screen_prompt_key(struct screen *screen, int key)
{
	if (prompt_key(screen->prompt, key) == PROMPT_ACCEPTED)
		return accept(screen);
	return OUT_DRAW;
}
