/* The program under test on a pseudo-terminal, with the files that the repository has. */
#ifndef TESTS_SUPPORT_ON_PTY_H
#define TESTS_SUPPORT_ON_PTY_H

#include "support/vterm_pty.h"

enum { ON_PTY_MS = 20000 }; /* only a failure waits so long */

/* Finds the program two folders above the test itself, or LADLE; sets a harmless environment. Returns
 * whether it is there: a setup for cmocka, 0 when it is. */
int on_pty_set_up(void **state);
/* Starts it with these arguments, separated by blanks, and waits until it works at nothing. */
bool on_pty_start(
		struct vterm_pty *, const char *arguments, const char *term, int columns, int rows);
/* The same without waiting. */
bool on_pty_begin(
		struct vterm_pty *, const char *arguments, const char *term, int columns, int rows);
/* Types one key and waits for the frame that answers it; the bytes that took, 0 after the deadline. */
size_t on_pty_key(struct vterm_pty *, const char *key);
const char *on_pty_program(void);

#endif
