/* A session as text: the states that undo and redo reach, each as the recipe that makes it, then
 * what is set, then where the screen stood. Text in, text out: nothing is opened here.
 *
 *     # ladle session 1
 *     set sort=keep                      settings, and the output as `write OUT`
 *     open /data/run1.keras as A         the oldest state, as in a recipe
 *     mix A=1 B=1
 *     step 'mix A=0.5' 2 1 'mix A=0.5 B=1'
 *     undo                               one for each state that redo reaches
 *     go dense/kernel                    the screen's own commands
 *
 * `step CHANGE AT GONE [LINE...]` makes the next state of the present one: from line AT on (from 1)
 * GONE lines go and the LINEs come; CHANGE is what undo calls it. The journal holds such records
 * too, one a line: `step`, `undo`, `redo`, `amend` (as `step`, but the present state is replaced),
 * `settings [LINE...]` and `face [LINE...]`, which replace all that was said of these. */
#ifndef APP_SAVED_H
#define APP_SAVED_H

#include <ladle.h>

#include "base/buf.h"

/* Undo of a session that comes back reaches so far. */
enum { SAVED_STATES = 200, SAVED_LARGEST = 16 << 20 /* bytes of a file */ };

struct saved_state {
	char *change; /* that led here from the state before, "" for the oldest */
	char *lines;  /* of the recipe, each with its newline */
	int line;     /* of the file, where it begins; 0: it came from elsewhere */
};

struct saved {
	struct saved_state *states; /* oldest first */
	int count, present;         /* those behind `present` are reached by redo */
	struct buf settings, face;  /* lines */
};

enum saved_change { SAVED_STEP, SAVED_AMEND, SAVED_UNDO, SAVED_REDO };

void saved_init(struct saved *);
void saved_free(struct saved *);
/* One state alone. Replaces what there is; false: no memory, and nothing has changed. */
bool saved_begin(struct saved *, const char *lines);
const char *saved_present(const struct saved *);
/* Does the text begin as a session of any version? */
bool saved_is_session(const char *text, size_t length);
/* The text of a file. E_USAGE names the line; *out is then empty. */
enum ladle_status saved_read(struct saved *out, const char *text, size_t length,
		struct ladle_error *);
void saved_write(const struct saved *, struct buf *);

/* The record that leads from the present state to one with these lines; for undo and redo neither
 * change nor lines count. Without its newline. */
void saved_record(struct buf *out, const struct saved *, enum saved_change, const char *change,
		const char *lines);
/* `settings` or `face` with these lines. */
void saved_record_lines(struct buf *out, const char *word, const char *lines);
/* Takes a record over. E_USAGE: it has not that form, or there is nothing to undo. */
enum ladle_status saved_apply(struct saved *, const char *record, struct ladle_error *);
/* All whole lines of a journal until one is wrong; returns how many of them changed the mix, and
 * sets *face (may be NULL) when any other did. */
int saved_replay(struct saved *, const char *journal, size_t length, bool *face);

#endif
