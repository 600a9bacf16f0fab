/* Signals while the screen is up: those that the loop answers, and those that end the process,
 * before which the terminal is put back. */
#ifndef TUI_SIGNALS_H
#define TUI_SIGNALS_H

#include <termios.h>

enum { SIGNAL_RESIZE = 1, SIGNAL_STOP = 2, SIGNAL_CONTINUE = 4, SIGNAL_END = 8 };

/* wake: a byte is written there after each signal for the loop. terminal and sane: what a crash
 * puts back. */
void signals_install(int wake, int terminal, const struct termios *sane);
/* The handlers from before. */
void signals_remove(void);
/* What came since the last call, or-ed. */
unsigned signals_take(void);
/* The signal that asked for the end. */
int signals_last(void);

#endif
