/* One pass over a plan: reads each block of each checkpoint once, folds it into the figures when
 * asked, and hands it to a sink (the blend) while it is still in the cache. */
#ifndef MEASURE_PASS_H
#define MEASURE_PASS_H

#include "measure/plan.h"

/* The elements of one piece, K inputs. */
struct block {
	const struct piece *piece;
	uint32_t k;
	/* Of data: LADLE_FLOAT32 where all inputs are, else LADLE_FLOAT64. */
	enum ladle_dtype dtype;
	/* [k] elements as numbers. NULL: this checkpoint has no such tensor, or its shape differs,
	 * or it was not wanted, or it has no numbers. */
	const void *const *data;
};

struct pass {
	const struct ladle_table *table;
	const struct plan *plan;
	bool in_order; /* one thread takes the pieces one after another */
	struct ladle_measurement *measurement; /* NULL: no figures */
	/* Which inputs of a row to read when measurement is NULL; NULL: all. */
	bool (*needs)(uint32_t row, uint32_t column, void *arg);
	/* After the sums of the block; several threads at once, each with its own `worker` index.
	 * NULL: none. A status other than OK stops the pass and is its result. */
	enum ladle_status (*sink)(
			const struct block *, int worker, void *arg, struct ladle_error *);
	void (*on_row)(uint32_t row, void *arg);
	void *arg;
	/* Where elements come from; NULL: ladle_tensor_read. */
	enum ladle_status (*read)(const struct ladle_checkpoint *, const struct ladle_tensor *,
			uint64_t first, uint64_t count, void *dst, struct ladle_error *);
};

enum ladle_status pass_run(
		struct ladle *, const struct pass *, struct ladle_job *, struct ladle_error *);

#endif
