/* Parts of the line `pair A:LAYER B:LAYER`. */
#ifndef TUI_PAIR_LINE_H
#define TUI_PAIR_LINE_H

#include <stdint.h>

struct buf;
struct session;

/* Appends " A:LAYER", quoted where it must be, of a layer of the table that the column has. */
void pair_append_member(const struct session *, struct buf *, uint32_t layer, uint32_t column);

#endif
