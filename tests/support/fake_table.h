/* A table over tensors that lie in memory. */
#ifndef TESTS_SUPPORT_FAKE_TABLE_H
#define TESTS_SUPPORT_FAKE_TABLE_H

#include <ladle.h>

#include "measure/pass.h"

enum { FAKE_COLUMNS = 20, FAKE_ROWS = 24 };

struct fake {
	struct ladle_checkpoint checkpoint[FAKE_COLUMNS];
	const struct ladle_checkpoint *pointer[FAKE_COLUMNS];
	struct ladle_tensor tensor[FAKE_COLUMNS][FAKE_ROWS];
	uint32_t index[FAKE_ROWS][FAKE_COLUMNS];
	uint64_t shape[FAKE_ROWS][2];
	struct ladle_row row[FAKE_ROWS];
	struct ladle_layer_row layer[FAKE_ROWS];
	struct ladle_finding finding[FAKE_ROWS];
	struct ladle_table table;
};

/* Columns A.h5, B.h5, .. */
void fake_init(struct fake *, uint32_t columns);
/* A layer of that name and class inside layer `parent` (or LADLE_NONE). */
uint32_t fake_layer(struct fake *, const char *name, const char *class_name, uint32_t parent);
/* A row of the newest layer: `count` elements of `dtype` at data[column], NULL: it lacks the row.
 * rank 2 makes a kernel. `label` is "layer/tensor". */
uint32_t fake_row(struct fake *, const char *label, enum ladle_dtype, int rank, uint64_t count,
		const void *const *data);
/* A finding of pairing. */
void fake_finding(struct fake *, uint32_t row, enum ladle_finding_code, uint32_t column);

/* Measures all rows with that many threads. Free with ladle_measurement_free. */
struct ladle_measurement *fake_measure(const struct fake *, int threads, unsigned flags);

/* The `read` of a pass. */
enum ladle_status fake_read(const struct ladle_checkpoint *, const struct ladle_tensor *,
		uint64_t first, uint64_t count, void *dst, struct ladle_error *);

/* Uniform in (-1, 1), the same everywhere. */
double fake_random(uint64_t *seed);

#endif
