/* The terminal: curses in and out, and everything that must be undone at the end. */
#ifndef TUI_TERMINAL_H
#define TUI_TERMINAL_H

#include <stdbool.h>

#include "tui/canvas.h"
#include "tui/input.h"

struct terminal;

struct terminal_options {
	const struct roles *roles;
	const char *theme;
	const char *color; /* never auto 16 256, or NULL */
	int escdelay;      /* milliseconds */
	int wake;          /* descriptor to write to after a signal */
};

/* Is the terminal of a type that can place the cursor and clear? */
bool terminal_possible(void);
/* NULL when curses cannot start. */
struct terminal *terminal_open(const struct terminal_options *);
void terminal_close(struct terminal *);
/* The size that the terminal has now. */
void terminal_size(int *width, int *height);
/* Takes the size over. */
void terminal_resize(struct terminal *, int width, int height);
/* Shows a canvas; clear: every cell is sent again. a11y: the cursor is always visible. */
void terminal_show(struct terminal *, const struct canvas *, bool clear, bool a11y);
/* The next event that can be read without waiting; EVENT_NONE: no more. */
struct event terminal_read(struct terminal *);
bool terminal_is_waiting(const struct terminal *);
struct event terminal_expired(struct terminal *);
void terminal_mouse(struct terminal *, bool on);
void terminal_bell(struct terminal *);
/* Other looks from the next terminal_show on, which then sends every cell. */
void terminal_theme(
		struct terminal *, const struct roles *, const char *theme, const char *color);
void terminal_escdelay(struct terminal *, int milliseconds);
/* Sends a sequence of OSC 52; false: not to this type of terminal, which might show it. */
bool terminal_copy(struct terminal *, const char *sequence);
/* Gives the terminal back, stops the process, takes it again after it was continued. */
void terminal_suspend(struct terminal *);
/* Takes the terminal again after somebody else stopped and continued us. */
void terminal_resume(struct terminal *);

#endif
