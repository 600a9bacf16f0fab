/* The layer table: its state, shared by the files that handle its commands, search and draw it. */
#ifndef TUI_VIEW_LAYERS_H
#define TUI_VIEW_LAYERS_H

#include "tui/outline.h"
#include "tui/view.h"

struct buf;

struct layers {
	struct view view; /* first */
	struct outline outline;
	struct needle find;
	uint32_t match, matches; /* "3/17"; match is 0 when the cursor is on none */
	uint32_t first_column;   /* the checkpoint that is shown first */
	enum sort followed;      /* the order of the setting, when it was looked at last */
	int range;               /* the line where a range of tags began, or -1 */
	uint32_t marked;         /* the layer to be paired with another, or LADLE_NONE */
};

/* NULL when the list is empty. */
const struct line *layers_line(const struct layers *);
/* The row that stands for a line: itself, or the worst of a layer; LADLE_NONE for notes. */
uint32_t layers_row(const struct layers *, const struct line *);

/* " > dense > kernel" */
void layers_append_path(struct buf *, const struct ladle_table *, uint32_t row);

/* layers_find.c */
bool layers_go_row(struct layers *, uint32_t row);
bool layers_go_layer(struct layers *, uint32_t layer);
/* `step` rows further among those that the filter leaves, folded ones too, to the last one at
 * most. False: there are none. */
bool layers_step_rows(struct layers *, long step);
unsigned layers_find(struct view *, const struct action *);
unsigned layers_find_back(struct view *, const struct action *);
unsigned layers_find_next(struct view *, const struct action *);
unsigned layers_find_previous(struct view *, const struct action *);
unsigned layers_next(struct view *, const struct action *);
unsigned layers_previous(struct view *, const struct action *);
unsigned layers_worst(struct view *, const struct action *);
unsigned layers_filter(struct view *, const struct action *);
/* Counts the matches anew, for "3/17 matches". */
void layers_count_matches(struct layers *);

/* view_layers.c */
/* Rebuilds by `change` and keeps the cursor on its line. */
void layers_rebuild(struct layers *, void (*change)(struct outline *));

/* layers_sort.c */
/* Arranges the lines as `set sort` says, when it says something else than before. */
void layers_follow_sort(struct layers *);
/* What `sort` takes to make the order that holds. */
const char *layers_order_name(const struct layers *);
/* "worst KEEP first" */
void layers_append_order(const struct layers *, struct buf *);
unsigned layers_scroll_right(struct view *, const struct action *);
unsigned layers_scroll_left(struct view *, const struct action *);
unsigned layers_sort(struct view *, const struct action *);
unsigned layers_sort_by(struct view *, const struct action *);
unsigned layers_sort_model(struct view *, const struct action *);
unsigned layers_reverse(struct view *, const struct action *);
/* The same heading again reverses. */
unsigned layers_click_heading(struct view *, int x);

/* layers_place.c */
unsigned layers_go(struct view *, const struct action *);
/* Each of these three: when the command names a line or a checkpoint; else false. */
bool layers_set_open(struct view *, const struct action *, bool open, unsigned *out);
bool layers_tag_row(struct view *, const struct action *, unsigned *out);
bool layers_scroll_to(struct view *, const struct action *, unsigned *out);
/* Order, filter, folds, tags, columns and cursor as commands, a line each. */
void layers_write_place(const struct layers *, struct buf *);
void layers_selection(
		const struct layers *, void (*each)(const char *label, void *arg), void *arg);

/* layers_mix.c */
unsigned layers_take(struct view *, const struct action *);
unsigned layers_weigh(struct view *, const struct action *);
unsigned layers_copy(struct view *, const struct action *);
unsigned layers_clear(struct view *, const struct action *);

/* layers_pair.c */
unsigned layers_pair(struct view *, const struct action *);

/* layers_draw.c */
/* The model that is shown first, and how many have no room before and after those shown. */
uint32_t layers_columns(const struct layers *, uint32_t *before, uint32_t *after);
/* What a click on a heading sorts by, and for SORT_MODEL the column; false: nothing. */
bool layers_heading_at(const struct layers *, int x, enum sort *, uint32_t *column);
void layers_draw(const struct view *, struct canvas *);

#endif
