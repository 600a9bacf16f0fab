#include "tui/theme.h"

#include <stdlib.h>
#include <string.h>

#include <curses.h>

#define BOLD A_BOLD
#define REVERSE A_REVERSE
#define UNDERLINE A_UNDERLINE
#define DIM A_DIM

static const struct {
	unsigned attributes;
	short of16, of256;
} looks[ROLE_COUNT] = {
#define ROLE(id, letter, attributes, of16, of256) {(unsigned)(attributes), of16, of256},
#include "tui/role.def"
#undef ROLE
};

/* With NO_COLOR, which counts when it is not empty, only a choice by name gives colours. */
static int
colors_of(const char *choice)
{
	const char *no_color = getenv("NO_COLOR");
	int most = has_colors() ? COLORS : 0;

	if (choice != NULL && strcmp(choice, "never") == 0)
		return 0;
	if (choice != NULL && strcmp(choice, "16") == 0)
		return most < 16 ? most : 16;
	if (choice != NULL && strcmp(choice, "256") == 0)
		return most;
	return no_color != NULL && no_color[0] != '\0' ? 0 : most;
}

/* Roles of one colour share a pair, for each change of pairs is sent. None has pair 0, to which
 * curses goes back by a sequence of its own. */
static short pairs[ROLE_COUNT];

static short
pair_of(int role, const short *colors)
{
	for (int i = 0; i < role; i++)
		if (colors[i] == colors[role])
			return pairs[i];
	return (short)(role + 1);
}

void
theme_start(const char *choice)
{
	bool can = has_colors() && start_color() == OK;
	int colors = colors_of(choice);
	short color[ROLE_COUNT];

	if (!can)
		return;
	use_default_colors();
	for (int i = 0; i < ROLE_COUNT; i++) {
		color[i] = colors >= 256 ? looks[i].of256 : colors >= 8 ? looks[i].of16 : -1;
		pairs[i] = pair_of(i, color);
		init_pair(pairs[i], color[i], -1);
	}
}

void
theme_of(const struct cell *cell, unsigned *attributes, short *pair)
{
	*attributes = looks[cell->role].attributes ^ (cell->selected ? A_REVERSE : 0);
	*pair = pairs[cell->role];
}
