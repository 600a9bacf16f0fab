/* Keras 1, Keras 0 and Theano beside Keras 2.
 *
 * Files that are stored alike are read, compared and written as they stand: an average of Keras 1
 * files is a Keras 1 file. Only where a table has columns of several forms does each column that
 * has one give way to its twin, a checkpoint over the same file whose tensors are views in the form
 * of Keras 2 and 3. A tensor that is a view has no place of its own in its file (dataset is
 * LADLE_NONE), so that such a column cannot be the template of what is averaged; names, order and
 * shapes of a table come from twins like from any file.
 *
 * The conversions are those of Keras 2's preprocess_weights_for_loading and _need_convert_kernel.
 * Kernels of Theano are flipped only beside a file that is known to be of another backend: Keras 1
 * does not say its own, and Keras 2 leaves such kernels as they are.
 * What neither config nor shapes decide stays as it is stored, with a finding. */
#ifndef KERAS_MODERN_H
#define KERAS_MODERN_H

#include "file/catalog.h"

/* Fills layers, tensors and findings of the twin and `form`, which is 0 where the file is stored as
 * Keras 2 stores it: then `out` is of no use. Everything is allocated in the arena. Fails only
 * without memory. */
enum ladle_status modern_make(struct ladle_checkpoint *out, uint32_t *form,
		const struct ladle_checkpoint *, const struct catalog *, struct arena *,
		struct ladle_error *);
/* Replaces columns by their twins where they are not all of one form. */
void modern_columns(const struct ladle_checkpoint **columns, uint32_t count);

#endif
