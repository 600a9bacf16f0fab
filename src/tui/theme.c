#include "tui/theme.h"

#include <string.h>

#include <curses.h>

static const struct {
	unsigned attribute;
	attr_t shown;
} attributes[] = {
		{LOOK_BOLD, A_BOLD},
		{LOOK_UNDERLINE, A_UNDERLINE},
		{LOOK_REVERSE, A_REVERSE},
		{LOOK_DIM, A_DIM},
};

/* Of each role. Roles of one colour share a pair, for each change of pairs is sent. None has pair
 * 0, to which curses goes back by a sequence of its own. */
static unsigned shown[ROLE_COUNT];
static short pairs[ROLE_COUNT];

/* NULL: auto. */
static int
colors_of(const char *choice)
{
	int most = has_colors() ? COLORS : 0;

	if (choice != NULL && strcmp(choice, "never") == 0)
		return 0;
	if (choice != NULL && strcmp(choice, "16") == 0)
		return most < 16 ? most : 16;
	return most;
}

static unsigned
attributes_of(struct role_look look)
{
	unsigned all = 0;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (look.attributes & attributes[i].attribute)
			all |= (unsigned)attributes[i].shown;
	return all;
}

static short
pair_of(int role, const short *colors)
{
	for (int i = 0; i < role; i++)
		if (colors[i] == colors[role])
			return pairs[i];
	return (short)(role + 1);
}

void
theme_start(const struct roles *roles, const char *theme, const char *choice)
{
	bool can = has_colors() && start_color() == OK;
	int colors = can ? colors_of(choice) : 0;
	short color[ROLE_COUNT];

	if (can)
		use_default_colors();
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct role_look look = roles_look(roles, (enum role)i, theme, colors);

		shown[i] = attributes_of(look);
		color[i] = look.color;
		if (!can)
			continue;
		pairs[i] = pair_of(i, color);
		init_pair(pairs[i], color[i], -1);
	}
}

void
theme_of(const struct cell *cell, unsigned *looks, short *pair)
{
	*looks = shown[cell->role] ^ (cell->selected ? A_REVERSE : 0);
	*pair = pairs[cell->role];
}
