/* The tour of ladle-tour(7), read from its page and taken on a real pseudo-terminal.
 *
 * Of the page's lines these count: `.Dl ladle ARGUMENTS` starts the program, `.It Sy KEYS` types
 * keys as a file of --keys has them (src/tui/script.h), `.Ql TEXT` is seen after them. */
#ifndef TESTS_SUPPORT_TOUR_H
#define TESTS_SUPPORT_TOUR_H

#include <stdbool.h>

#include "support/vterm_pty.h"

enum { TOUR_COLUMNS = 80, TOUR_ROWS = 24, TOUR_WORDS = 16 };

enum tour_kind { TOUR_START, TOUR_KEYS, TOUR_SEEN };

struct tour_step {
	enum tour_kind kind;
	char *text; /* arguments, keys or what is seen */
	int line;   /* of the page */
};

struct tour {
	struct tour_step *steps;
	int count;
};

/* False with errno: no page, or no memory. */
bool tour_read(struct tour *, const char *path);
void tour_free(struct tour *);

/* The program that the tour is taken with, and the terminal that it has. */
struct tour_guide {
	const char *program;
	struct vterm_pty pty;
	bool open;
};

/* Takes one step. False: the program could not be started, or what should be seen was not. */
bool tour_take(struct tour_guide *, const struct tour_step *);
/* Ends the program, if one runs. */
void tour_leave(struct tour_guide *);

#endif
