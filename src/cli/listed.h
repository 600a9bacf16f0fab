/* One file that `ls` lists: alone, since pairing strangers is no business of it. */
#ifndef CLI_LISTED_H
#define CLI_LISTED_H

#include <ladle.h>

struct cli_run;

struct listed {
	const char *id;
	struct ladle_checkpoint *checkpoint;
	struct ladle_table *table; /* with --stats; like the next two */
	struct ladle_measurement *measurement;
	uint32_t *row_of; /* [tensors] */
	bool with_branches;
	struct ladle_branches *branches; /* NULL: none were asked for, or there are none */
};

/* The branches in place of the table of layers. */
void print_branches(const struct cli_run *, const struct listed *);
/* Of a tensor of the checkpoint; NULL: not asked for, or not readable. */
const struct ladle_stats *listed_stats(const struct listed *, uint32_t tensor);

#endif
