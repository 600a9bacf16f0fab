/* The export, as `:write` starts it from any view. */
#ifndef TUI_VIEW_EXPORT_H
#define TUI_VIEW_EXPORT_H

#include <stdbool.h>

struct screen;

/* Shows the export and presses its Write; path may be NULL: the one that is set. force: ask
 * nothing. */
unsigned export_write(struct screen *, const char *path, bool force);

#endif
