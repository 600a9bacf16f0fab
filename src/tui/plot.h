/* Pictures of numbers from 0 to 1 in an area of cells, as finely as the glyphs allow: an eighth of
 * a cell high in blocks, a quarter high and half as wide in braille, a third high in ASCII. NaN
 * leaves a gap; what lies outside 0 and 1 is drawn at the edge. Cells that stay empty keep what was
 * drawn there before. */
#ifndef TUI_PLOT_H
#define TUI_PLOT_H

#include "tui/canvas.h"

/* Numbers that stand side by side in so many cells: one in each, two with braille. */
int plot_across(const struct canvas *, int width);
/* Columns on the floor of the area, filled up to values[plot_across(width)]. Of two roles in one
 * cell the later one of role.def is drawn. */
void plot_columns(struct canvas *, struct area, const double *values, const unsigned char *roles);
/* The same in one role, of any count of numbers: each as wide as it can be, and where several share
 * a column, the greatest. */
void plot_ridge(struct canvas *, struct area, const double *values, int count, enum role);
/* A line from the first number at the left edge to the last at the right one. */
void plot_curve(struct canvas *, struct area, const double *values, int count, enum role);

#endif
