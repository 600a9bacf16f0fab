#include "tui/theme.h"

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

/* What is darker on white paper than role.def has it for black. */
static const struct {
	int role;
	short color;
} on_white[] = {
		{ROLE_ALIKE, 25},
		{ROLE_DRIFT, 130},
		{ROLE_DIFFER, 124},
		{ROLE_LOSS, 130},
		{ROLE_FADER, 25},
		{ROLE_ERROR, 124},
		{ROLE_FOUND, 127},
		{ROLE_TAG, 127},
};

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

static bool
is_theme(const char *theme, const char *name)
{
	return theme != NULL && strcmp(theme, name) == 0;
}

/* The steps of a map need more than the terminal's own 16 in every theme. */
static short
color_of(int role, const char *theme, int colors)
{
	bool own = !is_theme(theme, "colour-blind") && !is_theme(theme, "light");

	if (colors < 8 || is_theme(theme, "mono"))
		return -1;
	if (colors < 256 || (own && role < ROLE_HEAT0))
		return looks[role].of16;
	for (size_t i = 0; i < sizeof(on_white) / sizeof(on_white[0]); i++)
		if (is_theme(theme, "light") && on_white[i].role == role)
			return on_white[i].color;
	return looks[role].of256;
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
theme_start(const char *theme, const char *choice)
{
	bool can = has_colors() && start_color() == OK;
	int colors = colors_of(choice);
	short color[ROLE_COUNT];

	if (!can)
		return;
	use_default_colors();
	for (int i = 0; i < ROLE_COUNT; i++) {
		color[i] = color_of(i, theme, colors);
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
