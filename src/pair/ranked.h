/* Indices sorted by a key that several may share. */
#ifndef PAIR_RANKED_H
#define PAIR_RANKED_H

#include <stdint.h>

struct ranked {
	uint64_t key;
	uint32_t index;
};

/* By key; those of equal keys by index. */
void ranked_sort(struct ranked *, uint32_t count);
/* End of the run of equal keys that starts at `first`. */
uint32_t ranked_end(const struct ranked *, uint32_t count, uint32_t first);

#endif
