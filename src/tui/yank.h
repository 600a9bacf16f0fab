/* y, Y, :yank: what is under the cursor, for the clipboard of the terminal or a file. */
#ifndef TUI_YANK_H
#define TUI_YANK_H

#include "tui/view.h"

struct buf;

/* Clean text alone leaves the program: a name with a newline must not become a command in the shell
 * that it is pasted into. */
unsigned yank_value(struct view *, const struct action *); /* the name; with a word, to a file */
unsigned yank_row(struct view *, const struct action *);   /* name, KEEP, state, weights as TSV */
/* Terminals take no more bytes at once; xterm's limit of 100,000 for the sequence is the least that
 * is known. */
enum { YANK_LARGEST = 74994 };
/* OSC 52 of the text: ESC ] 52 ; c ; base64 BEL. False, and nothing is appended: it is longer. */
bool yank_sequence(struct buf *, const char *text, size_t length);

#endif
