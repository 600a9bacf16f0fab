/* Roles as attributes of curses. */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include "tui/canvas.h"

/* theme: a value of `set theme`; choice: never, auto, 16, 256 or NULL (auto). After curses was
 * started, and again when one of the three changes. */
void theme_start(const struct roles *, const char *theme, const char *choice);
/* Attributes and colour pair of a cell. */
void theme_of(const struct cell *, unsigned *attributes, short *pair);

#endif
