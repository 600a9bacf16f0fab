/* Groups of a plain chain of layers, guessed from shapes. */
#ifndef ALIGN_CHAIN_H
#define ALIGN_CHAIN_H

#include <ladle.h>

#include "base/arena.h"

/* Fills `out`, whose lists lie in `arena`; `work` is for the time of the call. E_INPUT where the
 * weights of a column are not those of Dense, Conv and BatchNorm, one behind the other. */
enum ladle_status chain_find(struct ladle_groups *out, struct arena *, struct arena *work,
		const struct ladle_table *, uint32_t column, struct ladle_error *);

#endif
