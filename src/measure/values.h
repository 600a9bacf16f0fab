/* Elements of a block as doubles, of one input or averaged, and one pass over those of a row. */
#ifndef MEASURE_VALUES_H
#define MEASURE_VALUES_H

#include "measure/pass.h"

/* Weights of the inputs, not divided by their sum; w NULL: nothing is averaged. */
struct values_mix {
	const double *w; /* [K] */
	double sum;
};

/* Input `column` of the block into `to`, or the average of all for column K: as the export has it
 * before it is rounded. False: there is no such input, or the average would need one that is not
 * there. */
bool values_of(double *to, const struct block *, const struct values_mix *, uint32_t column);

/* The row that a picture is made of. */
struct values_row {
	struct ladle *library;
	const struct ladle_table *table;
	uint32_t row;
	struct values_mix mix;
	struct ladle_job *job; /* or NULL */
	/* As in struct pass; NULL: ladle_tensor_read. */
	enum ladle_status (*read)(const struct ladle_checkpoint *, const struct ladle_tensor *,
			uint64_t first, uint64_t count, void *dst, struct ladle_error *);
};

/* Hands all blocks of the row that hold elements from `first` to before `end` to the pass's sink;
 * one thread takes them in their order where the pass says so. */
enum ladle_status values_pass(const struct values_row *, struct pass *, uint64_t first,
		uint64_t end, struct ladle_error *);

/* What ladle_row_histogram and ladle_row_window do. */
enum ladle_status histogram_make(struct ladle_histogram **out, const struct values_row *,
		uint32_t bins, struct ladle_error *);
enum ladle_status window_make(double *out, const struct values_row *, const struct ladle_window *,
		struct ladle_error *);

#endif
