/* The index of a sharded checkpoint, X.weights.json: which file holds which group. */
#ifndef FILE_SHARD_INDEX_H
#define FILE_SHARD_INDEX_H

#include <ladle.h>

#include "base/arena.h"

/* "/layers/dense/vars" has variables in that shard. */
struct shard_entry {
	const char *group;
	uint32_t shard;
};

struct shard_index {
	struct arena arena;
	const char *const *shards; /* plain names of files, ascending, each once */
	uint32_t shard_count;
	const struct shard_entry *entries;
	uint32_t entry_count;
	double bytes; /* of all tensors, as Keras counts them (a bool is 1/8); 0: it does not say */
};

/* Takes names from the text as little as it can be trusted: files of the same folder, at most
 * SHARDS_MAX of them. `path` is named in errors. */
enum ladle_status shard_index_read(struct shard_index *out, const char *text, size_t length,
		const char *path, struct ladle_error *);
void shard_index_done(struct shard_index *);
/* The name that Keras gives to shard `number` of the index called `path`, without its folder, or
 * NULL where the index has no name of Keras's kind. Allocated in the arena. */
const char *shard_name(struct arena *, const char *path, uint32_t number);
/* The index that a file called `path` is a shard of, by its name, or NULL. */
const char *shard_index_name(struct arena *, const char *path);

#endif
