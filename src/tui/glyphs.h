/* The signs that are drawn: ASCII, blocks or braille; each takes one column. */
#ifndef TUI_GLYPHS_H
#define TUI_GLYPHS_H

#include <stdbool.h>

enum joint { JOINT_DOWN, JOINT_UP, JOINT_RIGHT, JOINT_LEFT, JOINT_ALL, JOINT_COUNT };

struct glyphs {
	bool ascii;
	bool braille; /* pictures are drawn with dots of braille, two across and four high a cell */
	int steps;          /* of bar: how finely its last cell is drawn */
	const char *bar[9]; /* bar[steps] is a full cell */
	const char *track;  /* the rest of a fader */
	const char *bar_left, *bar_right, *handle;
	const char *ellipsis;
	const char *opened, *closed, *leaf_problem;
	const char *cursor, *tag;
	const char *horizontal, *vertical, *branch;
	const char *heat[8];   /* from 0 to 1: what is dark there is strong */
	int fill_steps;        /* of fill: how finely a column's last cell is drawn */
	const char *fill[9];   /* a cell filled from below; fill[fill_steps] is full */
	const char *dot[4];    /* of a line: nothing, the upper half of a cell, the lower, both */
	const char *rule;      /* a reference line */
	const char *here;      /* below a picture: the cursor's column */
	const char *corner[4]; /* top left, top right, bottom left, bottom right */
	const char *joint[JOINT_COUNT]; /* where lines meet: the sides on which one begins */
};

/* By a word of `set glyphs`; a locale that is not UTF-8 has ASCII alone. */
const struct glyphs *glyphs_choose(const char *word);

#endif
