/* The mixer: its state, shared by the files that handle its commands and draw it. */
#ifndef TUI_VIEW_MIXER_H
#define TUI_VIEW_MIXER_H

#include <ladle.h>

#include "tui/view.h"

/* What one rule comes to. */
struct rule_effect {
	uint32_t decides; /* rows whose weights it sets: a later rule may take all of its rows */
	uint32_t row;     /* the first of them, or LADLE_NONE */
	double keep;      /* the least of them; NaN: nothing is measured */
};

/* Lines: a fader for each column, the sum, the head of the rules, the rules, the rest. */
struct mixer {
	struct view view; /* first */
	struct rule_effect *effects;
	uint32_t rules, columns, scenes;
	bool scene_changed; /* the one that was gone to last */
	uint64_t generation;
	int settled; /* where the cursor was when it was last on a fader or a rule */
	int dragged; /* the column whose fader the mouse holds, or -1 */
	int grip;    /* columns from its handle to the pointer */
};

/* Where the bar of a fader stands, without its ends. */
struct fader_bar {
	int x, width;
};
struct fader_bar mixer_bar(const struct mixer *, int screen_width);
/* The column of the screen where the fader's handle stands. */
int mixer_handle(const struct mixer *, int column, int screen_width);
/* The column or rule of a line, or -1. */
int mixer_column_at(const struct mixer *, int line);
int mixer_rule_at(const struct mixer *, int line);

/* mixer_draw.c */
void mixer_draw(const struct view *, struct canvas *);

#endif
