/* One file that `ls` lists: alone, since pairing strangers is no business of it. */
#ifndef CLI_LISTED_H
#define CLI_LISTED_H

#include <ladle.h>

struct listed {
	const char *id;
	struct ladle_checkpoint *checkpoint;
	struct ladle_table *table; /* with --stats; like the next two */
	struct ladle_measurement *measurement;
	uint32_t *row_of; /* [tensors] */
};

/* Of a tensor of the checkpoint; NULL: not asked for, or not readable. */
const struct ladle_stats *listed_stats(const struct listed *, uint32_t tensor);

#endif
