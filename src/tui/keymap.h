/* Which key means which command where: made from command.def's column of keys. */
#ifndef TUI_KEYMAP_H
#define TUI_KEYMAP_H

#include "app/command.h"

struct binding {
	int key, second; /* second is 0, or the end of a sequence such as gg */
	unsigned where;
	enum command_id command;
};

struct keymap {
	struct binding bindings[256];
	int count;
};

/* What was typed of a command so far. */
struct keymap_state {
	int first;  /* of a sequence, or 0 */
	long count; /* digits before the command, or 0 */
};

enum keymap_result { KEYMAP_UNKNOWN, KEYMAP_PENDING, KEYMAP_FOUND };

void keymap_init(struct keymap *);
/* `where` is the bit of the view on top. On FOUND *command and *count are set; on FOUND and UNKNOWN
 * the state begins anew. */
enum keymap_result keymap_feed(const struct keymap *, struct keymap_state *, unsigned where,
		int key, enum command_id *command, long *count);
/* The first key of a command as text, "" when it has none. */
void keymap_key_text(char dst[16], const struct command *);

#endif
