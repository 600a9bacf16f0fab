/* What stands behind a public checkpoint. */
#ifndef KERAS_CHECKPOINT_H
#define KERAS_CHECKPOINT_H

#include "base/arena.h"
#include "file/file.h"

struct checkpoint {
	struct ladle_checkpoint pub; /* first: a public pointer is one of these */
	struct arena arena;
	struct file *file;
	const struct catalog *catalog;
};

static inline const struct checkpoint *
checkpoint_of(const struct ladle_checkpoint *pub)
{
	return (const struct checkpoint *)(const void *)pub;
}

#endif
