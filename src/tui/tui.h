/* The screen. */
#ifndef TUI_TUI_H
#define TUI_TUI_H

#include <stdbool.h>

struct session;

struct tui_options {
	const char *color; /* never auto 16 256, or NULL */
	bool ascii, no_mouse;
	const char *keys; /* file of keys to type, or NULL */
	bool print_selection; /* at the end, on standard output */
};

/* Can a full screen be drawn here? (a terminal to be had for both streams, TERM known and able).
 * prints: standard output is for what is printed at the end, and may be anything. */
bool tui_possible(bool prints);
/* Runs until the person leaves; the session's files were added, not started. Exit status. */
int tui_run(struct session *, const struct tui_options *);
/* Called by the session's threads: wakes the loop. */
void tui_wake(void *arg);

#endif
