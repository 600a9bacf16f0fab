/* The screen. */
#ifndef TUI_TUI_H
#define TUI_TUI_H

#include <stdbool.h>

struct session;

struct tui_options {
	const char *color; /* never auto 16 256, or NULL */
	bool ascii, no_mouse;
	const char *keys; /* file of keys to type, or NULL */
};

/* Can a full screen be drawn here? (both streams terminals, TERM known and able) */
bool tui_possible(void);
/* Runs until the person leaves; the session's files were added, not started. Exit status. */
int tui_run(struct session *, const struct tui_options *);
/* Called by the session's threads: wakes the loop. */
void tui_wake(void *arg);

#endif
