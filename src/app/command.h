/* The table of commands, and lines of them. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include <ladle.h>

struct buf;
struct session;

enum command_id {
	COMMAND_NONE,
#define COMMAND(id, ...) COMMAND_##id,
#include "app/command.def"
#undef COMMAND
	COMMAND_COUNT
};

enum command_where {
	ANY = 1,
#define VIEW(id, bit, name) id = bit,
#include "app/view.def"
#undef VIEW
};
enum command_kind { RECIPE, SESSION, FACE };

struct command {
	enum command_id id;
	const char *word, *arguments, *keys;
	unsigned where;
	enum command_kind kind;
	const char *help;
};

/* The row of an id; COMMAND_NONE has word "". */
const struct command *command_of(enum command_id);
/* By its word or a unique beginning of it, "w" and "q" included; NULL with err naming the word, its
 * column and the nearest valid word. */
const struct command *command_find(const char *word, size_t length, struct ladle_error *);
/* The same for a word that does not begin its line. */
const struct command *command_find_at(
		const char *word, size_t length, int column, struct ladle_error *);

/* A line cut into words as the `:` line, recipes and the config file have them: blanks separate,
 * "..." and '...' and \ quote, # at the beginning of a word comments. Inside "..." \n, \t and \xHH
 * are bytes, so that every name fits on a line. */
struct words {
	char **word;
	int *column; /* of each word in the line, from 1 */
	int count;
};
enum ladle_status words_split(struct words *out, const char *line, struct ladle_error *);
void words_free(struct words *);
/* One word quoted so that words_split gives it back. */
void words_quote(struct buf *, const char *word);

/* Completions of the word that ends at `point` of line: words, settings, checkpoint names, layer
 * globs, files ("FILE" kind is left to readline). Fills out with malloc'd strings; NULL-terminated,
 * NULL when there are none. *files: complete a file name instead. */
char **command_complete(const struct session *, const char *line, int point, bool *files);

#endif
