/* What `next` and `previous` look for: rows of a state or worse, or with a finding. */
#ifndef TUI_PROBLEM_H
#define TUI_PROBLEM_H

#include <stdbool.h>

#include <ladle.h>

struct action;

struct problem {
	uint32_t flags; /* any of these findings; 0: by state */
	enum ladle_state least;
};

/* Of the words `[flag=X|state=drift|differ]`; without one, DRIFT. False when the action's second
 * word is neither. */
bool problem_read(struct problem *, const struct action *);
bool problem_is(const struct problem *, enum ladle_state, uint32_t flags);

#endif
