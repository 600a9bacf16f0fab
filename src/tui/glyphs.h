/* The signs that are drawn, in UTF-8 or in ASCII; each takes one column. */
#ifndef TUI_GLYPHS_H
#define TUI_GLYPHS_H

#include <stdbool.h>

struct glyphs {
	bool ascii;
	int steps;          /* of bar: how finely its last cell is drawn */
	const char *bar[9]; /* bar[steps] is a full cell */
	const char *track;  /* the rest of a fader */
	const char *bar_left, *bar_right, *handle;
	const char *ellipsis;
	const char *opened, *closed, *leaf_problem;
	const char *cursor, *tag;
	const char *horizontal, *vertical;
	const char *heat[8];   /* from 0 to 1: what is dark there is strong */
	const char *corner[4]; /* top left, top right, bottom left, bottom right */
};

/* ascii, or a locale that is not UTF-8, gives the second set. */
const struct glyphs *glyphs_choose(bool ascii);

#endif
