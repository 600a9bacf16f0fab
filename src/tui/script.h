/* Keys from a file, typed one after the other: for tests and pictures.
 *
 * A line that begins with : / & or * (with no blank after it) is typed as it stands, with Enter.
 * Other lines are keys as command.def names them, divided by blanks; what is no key's name is typed
 * letter by letter. Lines that begin with # are comments. */
#ifndef TUI_SCRIPT_H
#define TUI_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct script {
	int *keys;
	size_t count, next;
};

void script_init(struct script *);
void script_done(struct script *);
/* False without memory. */
bool script_add(struct script *, const char *text);
/* False with errno set. */
bool script_read(struct script *, const char *path);
/* The next key, or 0 behind the last. */
int script_next(struct script *);

#endif
