/* Can the mix be written? Asked before anything is. */
#ifndef WRITE_READY_H
#define WRITE_READY_H

#include <ladle.h>

#include "base/buf.h"

/* E_PAIR: a checkpoint with weight in a row of the template lacks it or has another shape; E_USAGE:
 * the weights of a row sum to 0. Names files, tensor and both values. */
enum ladle_status ready_check(
		const struct ladle_table *, const struct ladle_mix *, struct ladle_error *);

/* "3x3x1x8", for errors. */
void ready_shape(struct buf *, const struct ladle_tensor *);

#endif
