/* KEEP of all layers at a glance: the view's state, shared by the files that handle its commands
 * and draw it. Its lines are the points of app/profile.h. */
#ifndef TUI_VIEW_PROFILE_H
#define TUI_VIEW_PROFILE_H

#include "app/profile.h"
#include "tui/needle.h"
#include "tui/problem.h"
#include "tui/view.h"

struct profile_view {
	struct view view; /* first */
	struct profile profile;
	const struct ladle_table *table; /* that the points are of */
	uint64_t generation;             /* of the session, when they were made */
	enum profile_scale scale;
	uint32_t curve; /* the model whose cosine is drawn too, or LADLE_NONE */
	uint32_t row;   /* that the layer table stood on when the two cursors last met */
	struct needle find;
	struct problem problem; /* that is looked for */
};

/* Where the picture stands in the view. */
struct profile_layout {
	struct area chart;
	uint32_t bins;
	int each, gap; /* columns of plot.h for a bin, and how many of them stay empty */
};
/* Undefined where there are no points. */
struct profile_layout profile_lay_out(const struct profile_view *);

extern const struct view_ops profile_view_ops;

/* profile_draw.c */
void profile_draw(const struct view *, struct canvas *);

#endif
