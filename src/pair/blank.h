/* A table that is filled from elsewhere than checkpoints. */
#ifndef PAIR_BLANK_H
#define PAIR_BLANK_H

#include <ladle.h>

struct arena;

/* Without rows; what it will point to lies in *arena. Freed by ladle_table_free; NULL without
 * memory. */
struct ladle_table *table_blank(struct arena **arena);

#endif
