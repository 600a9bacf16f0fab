/* How rows move over the checkpoints of one run: a line for each row, a column for each epoch. */
#ifndef TUI_VIEW_EPOCHS_H
#define TUI_VIEW_EPOCHS_H

#include "app/epochs.h"
#include "tui/needle.h"
#include "tui/view.h"

struct epochs_view {
	struct view view; /* first */
	struct epochs epochs;
	const struct ladle_table *table; /* that they are of */
	uint64_t generation;             /* of the session, when they were made */
	enum epoch_figure figure;
	double greatest; /* of that figure: what is drawn as 1 */
	uint32_t epoch;  /* under the cursor */
	uint32_t row;    /* that the layer table stood on when the two cursors last met */
	struct needle find;
};

/* Where the map stands. */
struct epochs_layout {
	int name;      /* width of the names */
	int x, each;   /* where the first column begins, and the width of one */
	uint32_t bins; /* columns */
};
struct epochs_layout epochs_lay_out(const struct epochs_view *);

extern const struct view_ops epochs_view_ops;

/* Sets the run, if words say one, and shows the view. */
unsigned epochs_show(struct view *, const struct action *);

/* epochs_draw.c */
void epochs_draw(const struct view *, struct canvas *);
int epochs_foot_rows(const struct view *, int height);

#endif
