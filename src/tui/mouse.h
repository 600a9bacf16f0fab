/* What the mouse did, from the terminal's SGR reports. */
#ifndef TUI_MOUSE_H
#define TUI_MOUSE_H

#include <stdbool.h>

enum mouse_kind { MOUSE_PRESS, MOUSE_DRAG, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse {
	enum mouse_kind kind;
	int y, x; /* from 0 */
};

/* "0;10;5M": what follows ESC [ <. False for what is not known. */
bool mouse_parse(struct mouse *, const char *report);

#endif
