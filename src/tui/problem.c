#include "tui/problem.h"

#include <string.h>

#include "tui/view.h"

static uint32_t
flags_of_letter(char letter)
{
	uint32_t flags = 0;

#define X(id, code, sign, blocks) \
	if (letter == (sign))     \
		flags |= UINT32_C(1) << id;
	LADLE_FINDINGS(X)
#undef X
	return flags;
}

static bool
read_word(struct problem *problem, const char *word)
{
	if (strncmp(word, "flag=", 5) == 0) {
		problem->flags = flags_of_letter(word[5]);
		return problem->flags != 0 && word[6] == '\0';
	}
	if (strcmp(word, "state=drift") == 0)
		problem->least = LADLE_DRIFT;
	else if (strcmp(word, "state=differ") == 0)
		problem->least = LADLE_DIFFER;
	else
		return false;
	return true;
}

bool
problem_read(struct problem *problem, const struct action *action)
{
	*problem = (struct problem){0, LADLE_DRIFT};
	if (action->words == NULL || action->words->count < 2)
		return true;
	return read_word(problem, action->words->word[1]);
}

bool
problem_is(const struct problem *problem, enum ladle_state state, uint32_t flags)
{
	return problem->flags != 0 ? (flags & problem->flags) != 0 : state >= problem->least;
}
