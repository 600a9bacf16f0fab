/* One line typed by a person, by readline: history, completion, inputrc.
 *
 * readline neither reads nor writes the terminal: keys come from prompt_key, and whoever draws asks
 * for the line. readline has one line for the whole process, so that there is one open prompt at
 * most. */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include <stdbool.h>

struct prompt;
struct session;

enum prompt_result { PROMPT_OPEN, PROMPT_ACCEPTED, PROMPT_CANCELED };

/* Loads the history of `:` lines. NULL without memory. */
struct prompt *prompt_new(const struct session *);
/* Keeps the history. */
void prompt_free(struct prompt *);
/* label "" or ":" "/" ..; lines after ":" have the history and the completion of commands.
 * files: Tab completes names of files. */
void prompt_open(struct prompt *, const char *label, const char *text, bool files);
bool prompt_is_open(const struct prompt *);
/* Gives one key to the line. After ACCEPTED, prompt_line is what was typed. */
enum prompt_result prompt_key(struct prompt *, int key);
void prompt_paste(struct prompt *, const char *text);
void prompt_cancel(struct prompt *);
const char *prompt_line(const struct prompt *);

/* What is shown: readline's own prompt, the text before the cursor and the text after it. */
struct prompt_view {
	const char *label;
	const char *text;
	int point;            /* bytes before the cursor */
	char *const *matches; /* possible completions, or NULL */
	int match_count;
};
struct prompt_view prompt_view(const struct prompt *);

#endif
