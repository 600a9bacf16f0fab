/* Several catalogs as one: the shards of a checkpoint. */
#ifndef FILE_MERGE_H
#define FILE_MERGE_H

#include "file/catalog.h"

struct merge_part {
	const struct catalog *catalog; /* outlives what is merged from it */
	const char *name;
};

/* Where an object of the merged catalog stands first. */
struct merge_source {
	uint32_t part, object;
};

/* Into `out`, which is initialised and empty; *sources, in its arena, has one entry for each of its
 * objects. Groups are merged by path; the first part that has an attribute gives it. E_INPUT when
 * a dataset is in two parts, or is a group in another. */
enum ladle_status merge_catalogs(struct catalog *out, const struct merge_source **sources,
		const struct merge_part *, uint32_t count, struct ladle_error *);

#endif
