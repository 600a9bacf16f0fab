/* What stands behind a public checkpoint. */
#ifndef KERAS_CHECKPOINT_H
#define KERAS_CHECKPOINT_H

#include "base/arena.h"
#include "file/file.h"

struct checkpoint {
	struct ladle_checkpoint pub; /* first: a public pointer is one of these */
	struct arena arena;
	struct file *file; /* NULL, as the catalog: nothing is known but `pub` */
	const struct catalog *catalog;
	enum ladle_format stored; /* of the file; pub.format may be LADLE_BRANCH */
	const char *config;       /* of a branch; NULL: the catalog's */
	size_t config_length;
	const uint32_t *instead; /* [objects] whose values a dataset has; NULL: its own */
};

/* All but the file, from the catalog that is set; `branch` NULL: the whole model. No file is
 * touched. */
enum ladle_status checkpoint_fill(struct checkpoint *, const char *branch,
		const struct ladle_open_how *, struct ladle_error *);
/* Elements of a dataset, or of the one that stands for it. */
enum ladle_status checkpoint_read(const struct checkpoint *, uint32_t dataset, uint64_t first,
		uint64_t count, void *dst, struct ladle_error *);

static inline const struct checkpoint *
checkpoint_of(const struct ladle_checkpoint *pub)
{
	return (const struct checkpoint *)(const void *)pub;
}

#endif
