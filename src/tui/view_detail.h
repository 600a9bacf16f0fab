/* One row of the table in full: how its values lie in each model, how near the models are, and what
 * the kernel looks like. Shared by the files that handle its keys and draw it. */
#ifndef TUI_VIEW_DETAIL_H
#define TUI_VIEW_DETAIL_H

#include <ladle.h>

#include "tui/view.h"

enum detail_picture { PICTURE_VALUES, PICTURE_STORED, PICTURE_MATCHED, PICTURES };

struct detail {
	struct view view; /* first */
	uint32_t row;     /* that the rest is about, or LADLE_NONE */
	uint32_t model;   /* whose map is shown; K: of the mix */
	bool model_chosen, picture_chosen; /* by a person */
	enum detail_picture picture;
	bool in_map;                /* keys move in it */
	struct ladle_window zoom;   /* the part of the matrix that is shown; its cells follow from
				       the room */
	uint64_t at_row, at_column; /* the cursor in the matrix, or in the square of units */
};

/* What is drawn of the row; lent until the next call. */
struct shown {
	const struct detail *detail;
	struct session *session;
	const struct ladle_table *table;
	const struct ladle_row *row;
	uint32_t index, models;
	const struct ladle_figures *figures; /* under the present order; NULL: not measured */
	const struct ladle_figures *stored, *matched; /* NULL: not known, or nothing moves */
	const double *weights;                        /* not divided by source.sum */
	struct ladle_weights source;
	struct ladle_judgement judgement;
	const struct ladle_histogram *histogram; /* NULL: not known */
	bool mixed;                              /* it knows the present mix */
	const char *why;                         /* why there is none, or "" */
};

/* Widths in columns, each with the blank before it: of the mark, a figure, a further one, a cosine.
 */
enum { DETAIL_MARK = 1, DETAIL_NUMBER = 9, DETAIL_EXTRA = 10, DETAIL_COSINE = 6 };

/* The units that a map compares. */
struct compared {
	uint32_t group, column, reference;
	const struct ladle_alignment *order;
};

/* Where things stand; height 0: left out. They give way in this order as rows get fewer: the map,
 * the values, the counts, the axis, the heading, and models, which then scroll. KEEP stays. */
struct detail_layout {
	struct area header, heading, models, mix, axis, counts, values, map;
	struct area square; /* cosines: beside the models, or below them with its own heading */
	bool beside;
	int name, ridge, extra; /* columns; extra: how many figures beyond sd and norm */
	uint32_t first;         /* model that is shown first */
};

extern const struct view_ops detail_view;

/* Shows the row under the layer table's cursor; of a layer, the row that stands for it. */
unsigned detail_show(struct view *, const struct action *);

/* detail_layout.c */
struct detail_layout detail_lay_out(const struct detail *);
/* detail_draw.c */
void detail_draw(const struct view *, struct canvas *);

/* detail_map.c */
/* The window of the matrix with its cells, as it fits the map's area. */
struct ladle_window detail_window(const struct detail *, const struct area *map);
/* False where the row has no units that another order is known of. */
bool detail_compares(const struct detail *, struct compared *);
/* Numbers to each side of the square or the matrix that the map is of. */
void detail_map_size(const struct detail *, uint64_t *height, uint64_t *width);
/* Cells that the map is cut into, down and to the right. */
void detail_map_cells(const struct detail *, const struct area *map, int *down, int *across);
/* The place of the map's matrix that stands at a cell of the screen; false: none does. */
bool detail_map_at(const struct detail *, const struct area *map, int y, int x, uint64_t *row,
		uint64_t *column);
void detail_draw_map(const struct shown *, const struct detail_layout *, struct canvas *);

#endif
