/* Roles as attributes of curses. */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include "tui/canvas.h"

/* choice: never, auto, 16, 256 or NULL (auto); after curses was started. */
void theme_start(const char *choice);
/* Attributes and colour pair of a cell. */
void theme_of(const struct cell *, unsigned *attributes, short *pair);

#endif
