/* Which key means which command where: command.def's column of keys, and what a person mapped. */
#ifndef APP_KEYMAP_H
#define APP_KEYMAP_H

#include "app/command.h"

struct buf;

struct binding {
	int key, second; /* second is 0, or the end of a sequence such as gg */
	unsigned where;
	enum command_id command; /* COMMAND_NONE: the key was taken away */
	char *line;              /* a command with arguments; NULL: the command alone */
	bool by_user;
};

/* A person's bindings stand behind the program's and win over all of them. */
struct keymap {
	struct binding *bindings;
	int count, capacity;
};

/* What was typed of a command so far. */
struct keymap_state {
	int first;  /* of a sequence, or 0 */
	long count; /* digits before the command, or 0 */
};

enum keymap_result { KEYMAP_UNKNOWN, KEYMAP_PENDING, KEYMAP_FOUND };

/* False without memory. */
bool keymap_init(struct keymap *);
void keymap_done(struct keymap *);
/* `where` is the bit of the view on top. On FOUND *binding (lent until the next change) and *count
 * are set; on FOUND and UNKNOWN the state begins anew. */
enum keymap_result keymap_feed(const struct keymap *, struct keymap_state *, unsigned where,
		int key, const struct binding **binding, long *count);

/* The keys that give a command in a view, "j Down"; "" when none does. */
void keymap_keys(struct buf *, const struct keymap *, const struct command *, unsigned where);
/* The first of them as text; "" when there is none. */
void keymap_key_text(char dst[16], const struct keymap *, const struct command *, unsigned where);
/* A binding's key as help and `map` lines write it: "gg", "C-d". */
void keymap_binding_text(char dst[32], const struct binding *);
/* "any", or the names of the views with a blank between. */
void keymap_where_text(struct buf *, unsigned where);

/* `map [VIEW] KEY COMMAND [ARGUMENTS]` and `unmap [VIEW] KEY`, word 0 being the command. *note, on
 * success: what the key meant before and what can no longer be typed, a sentence, or nothing.
 * E_USAGE names word, column and the nearest, or why the key could never be typed. */
enum ladle_status keymap_map(
		struct keymap *, const struct words *, struct buf *note, struct ladle_error *);
enum ladle_status keymap_unmap(
		struct keymap *, const struct words *, struct buf *note, struct ladle_error *);
/* The lines that make a person's bindings again. */
void keymap_text(struct buf *, const struct keymap *);

/* The bit of a view's name; ANY for "any"; 0: no such view. */
unsigned command_where_of(const char *name);

#endif
