/* Maps of numbers from 0 to 1 as shades and colours. */
#ifndef TUI_HEAT_H
#define TUI_HEAT_H

#include <stdint.h>

#include "tui/canvas.h"

/* Cells that a square of n x n numbers takes in an area, at most two columns for each number. */
struct area heat_fit(struct area, uint32_t n);
/* Numbers of 0 to 255, [n * n]. Where several share a cell it shows the mean, over its rows or its
 * columns, whatever are fewer, of the greatest in each: a diagonal stays 1 however coarse the map
 * is, and one number among noise does not fill a cell. */
void heat_draw(struct canvas *, struct area, const uint8_t *numbers, uint32_t n);
/* A fraction, cut to 0..1, as `count` cells of one shade; the column after them. */
int heat_cell(struct canvas *, int y, int x, int count, double fraction);
/* "0 ..:: 1"; the column after it. */
int heat_legend(struct canvas *, int y, int x);

#endif
