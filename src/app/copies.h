/* Whether it is worth looking for exact copies: by tensors that are read in no time. */
#ifndef APP_COPIES_H
#define APP_COPIES_H

#include <ladle.h>

/* Some kernel of these columns is nearly at right angles; by figures where there are any, else by
 * samples of the values. */
bool copies_are_apart(const struct ladle_table *, const struct ladle_measurement *, uint32_t a,
		uint32_t b);
/* Might some group be an exact copy in another order? Not where a small tensor of each holds other
 * values in the two. */
bool copies_are_possible(const struct ladle_table *, const struct ladle_groups *, uint32_t a,
		uint32_t b);

#endif
