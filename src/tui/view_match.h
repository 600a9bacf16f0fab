/* The match view: its state, shared by the files that make its lines, handle its keys, draw it and
 * list units. */
#ifndef TUI_VIEW_MATCH_H
#define TUI_VIEW_MATCH_H

#include "tui/match_lines.h"
#include "tui/view.h"

struct match {
	struct view view; /* first */
	struct match_lines list;
	uint32_t column; /* held against `reference`; LADLE_NONE: there is no other */
	uint32_t reference;
	const struct ladle_alignment *order; /* that says where its units stand; NULL: not known */
	uint32_t marked;                     /* the layer to be paired, or LADLE_NONE */
	/* Of the line under the cursor; NULL: not known. */
	const struct session_units *stored, *matched;
	const char *why_not; /* why they are not, "" while they are being computed */
};

/* NULL when the list is empty. */
const struct match_line *match_line(const struct match *);
/* What is known of the line's group, or NULL. */
const struct ladle_match *match_of(const struct match *, const struct match_line *);
/* Does the table show the column re-ordered? */
bool match_is_lined_up(const struct match *);

/* Cosines below this are weak. Ours: members of one lineage are above .9. */
#define MATCH_WEAK .8

/* Shows the view; by words: with the checkpoint that they name. */
unsigned match_show(struct view *, const struct action *);
/* Shows the view at a layer, with a checkpoint whose units are out of order there. */
unsigned match_show_layer(struct screen *, uint32_t layer);

/* match_draw.c */
void match_draw(const struct view *, struct canvas *);

/* match_foot.c: what stands below the lines */
int match_foot_rows(const struct view *, int height);
void match_draw_foot(const struct match *, struct canvas *);

#endif
