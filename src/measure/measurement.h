/* Figures of all rows: made row by row from folded sums, published once, immutable afterwards. */
#ifndef MEASURE_MEASUREMENT_H
#define MEASURE_MEASUREMENT_H

#include <stdatomic.h>

#include <ladle.h>

#include "measure/kernel.h"

struct ladle_measurement {
	const struct ladle_table *table;
	unsigned flags; /* enum ladle_measure_flags */
	_Atomic(struct ladle_figures *) *rows;
};

/* The arrays of figures, writable, behind the struct itself. */
struct figures_store {
	struct ladle_figures pub; /* first: freed by its pointer */
	double *gram, *l2, *max_abs;
	uint64_t *nonfinite;
	struct ladle_stats *stats; /* NULL where none were asked for */
};

/* Of a row that no column has; NULL without memory. */
struct figures_store *figures_store_new(uint32_t k, bool with_stats);
/* Figures of k columns from the sums of n of them: sums' input i is column columns[i]. One
 * allocation, freed with free; NULL without memory. */
struct ladle_figures *figures_make(uint32_t k, const struct sums *, const uint32_t *columns);
/* Makes the row's figures visible to other threads. */
void measurement_publish(struct ladle_measurement *, uint32_t row, struct ladle_figures *);

#endif
