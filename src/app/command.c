#include "app/command.h"

#include <string.h>

#include "app/words.h"
#include "base/buf.h"
#include "base/err.h"

static const struct command commands[COMMAND_COUNT] = {
		[COMMAND_NONE] = {COMMAND_NONE, "", "", "", 0, FACE, ""},
#define COMMAND(id, word, arguments, keys, where, kind, help) \
	[COMMAND_##id] = {COMMAND_##id, word, arguments, keys, where, kind, help},
#include "app/command.def"
#undef COMMAND
};

/* Words that vi's users type. A '!' at the end is looked at by the command itself. */
static const struct {
	const char *word;
	enum command_id id;
} aliases[] = {
		{"w", COMMAND_WRITE},
		{"w!", COMMAND_WRITE},
		{"write!", COMMAND_WRITE},
		{"q", COMMAND_QUIT},
		{"q!", COMMAND_QUIT},
		{"quit!", COMMAND_QUIT},
};

const struct command *
command_of(enum command_id id)
{
	return &commands[id];
}

static bool
is_word(const char *candidate, const char *word, size_t length)
{
	return strlen(candidate) == length && memcmp(candidate, word, length) == 0;
}

static const struct command *
find_exact(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (is_word(aliases[i].word, word, length))
			return &commands[aliases[i].id];
	for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++)
		if (is_word(commands[id].word, word, length))
			return &commands[id];
	return NULL;
}

/* The one command that begins so; *list collects all that do. */
static const struct command *
find_beginning(const char *word, size_t length, struct buf *list)
{
	const struct command *found = NULL;
	int count = 0;

	for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++) {
		if (strncmp(commands[id].word, word, length) != 0)
			continue;
		buf_format(list, "%s`%s`", count > 0 ? ", " : "", commands[id].word);
		found = &commands[id];
		count++;
	}
	return count == 1 ? found : NULL;
}

static void
fail_unknown(const char *word, size_t length, int column, struct ladle_error *err)
{
	struct nearest nearest;

	nearest_init(&nearest, word, length);
	for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++)
		nearest_offer(&nearest, commands[id].word);
	ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: no command `%.*s`; the nearest is `%s`",
			column, (int)length, word, nearest.best == NULL ? "help" : nearest.best);
}

const struct command *
command_find_at(const char *word, size_t length, int column, struct ladle_error *err)
{
	const struct command *found = find_exact(word, length);
	struct buf list;

	if (found != NULL)
		return found;
	buf_init(&list);
	if (length > 0)
		found = find_beginning(word, length, &list);
	if (found == NULL && list.length > 0)
		ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: `%.*s` may be %s", column,
				(int)length, word, buf_string(&list));
	else if (found == NULL)
		fail_unknown(word, length, column, err);
	buf_done(&list);
	return found;
}

const struct command *
command_find(const char *word, size_t length, struct ladle_error *err)
{
	return command_find_at(word, length, 1, err);
}
