/* The two sides that are matched, read as floats: the mean of some columns, and the column that
 * moves. */
#ifndef ALIGN_SIDE_H
#define ALIGN_SIDE_H

#include <ladle.h>

enum { SIDE_SHUFFLED = 256 };

struct side {
	const struct ladle_table *table;
	const uint32_t *columns;
	uint32_t count; /* of columns; their mean is read */
	/* Values change places within their unit (index of the last axis), among some
	 * SIDE_SHUFFLED lines: nothing corresponds any more, and the norm of each unit stays. */
	bool shuffled;
	uint64_t seed;
};

/* Elements of a row, not shuffled. */
enum ladle_status side_read(const struct side *, uint32_t row, uint64_t first, uint64_t count,
		float *dst, struct ladle_error *);
/* Where a piece of lines (elements along the last axis) that begins at line `first` ends, at most
 * `most` lines on, so that none that change places are cut apart where `most` allows it. */
uint64_t side_end(const struct side *, const struct ladle_row *, uint64_t first, uint64_t most);
/* Shuffles what was read: `lines` lines from line `first` on, of each of which `length` columns
 * from `column` on stand in `values`. They must begin and end as side_end says. */
void side_shuffle(const struct side *, uint32_t row, float *values, uint64_t first, uint64_t lines,
		uint64_t column, uint64_t length);

#endif
