/* Where the values of a tensor come from, as bytes: equal bytes of equal files are equal values. */
#ifndef KERAS_PROVENANCE_H
#define KERAS_PROVENANCE_H

#include "keras/checkpoint.h"

/* Appends dtype, extents, the datasets with their places in the file, the order in which they are
 * read, and a hash of elements at fixed places where they can be read without unpacking. */
enum ladle_status provenance_append(struct buf *, const struct checkpoint *,
		const struct ladle_tensor *, struct ladle_error *);

#endif
