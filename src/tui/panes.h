/* Which views are drawn where. A small screen shows one; a large one shows several beside each
 * other, with lines between them: panes.c has the table. The view on top of the screen's stack has
 * the keys; when it has a place among the panes, the others are drawn around it. */
#ifndef TUI_PANES_H
#define TUI_PANES_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/canvas.h"

struct mouse;
struct screen;
struct view;
struct view_ops;

enum { PANE_MAX = 8 };

/* How much of a large screen the pane with the keys has. */
enum pane_zoom { ZOOM_NONE, ZOOM_HALF, ZOOM_FULL, ZOOM_COUNT };

struct pane {
	struct view *view;
	struct area area; /* on the screen; the view itself counts from 0 */
	int slot;         /* in the table, or -1: the view is no pane on this screen */
};

struct panes {
	struct pane pane[PANE_MAX]; /* those that are drawn */
	int count;
	struct area divider; /* the column between left and right; height 0: there is none */
	enum pane_zoom zoom;
	unsigned closed; /* bits of slots */
	uint32_t row;    /* that they were told to follow */
};

/* Gives every view that is drawn its place, and brings it up to date. */
void panes_layout(struct screen *);
void panes_draw(struct screen *);
/* Has the view a place beside others on a screen of this size? */
bool panes_have(const struct screen *, const struct view_ops *);
/* Is it drawn now? */
bool panes_show(const struct screen *, const struct view_ops *);
/* The pane at a place of the screen, its title included, or NULL. */
const struct pane *panes_at(const struct screen *, int y, int x);
const struct pane *panes_of(const struct screen *, const struct view *);
/* Takes a view back among the panes if it was closed. */
void panes_reopen(struct screen *, const struct view_ops *);

/* Each returns outcomes. */
unsigned panes_focus(struct screen *, int step);
unsigned panes_zoom(struct screen *, int step);
/* All panes, none of them grown. */
unsigned panes_show_all(struct screen *);
/* Back from zoom, or closes the pane that has the keys. 0: there was neither. */
unsigned panes_escape(struct screen *);

#endif
