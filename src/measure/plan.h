/* The list of independent pieces that measuring and blending consist of, made before anything is
 * read. Nothing in it depends on who executes it; sums are reduced in its order. */
#ifndef MEASURE_PLAN_H
#define MEASURE_PLAN_H

#include <ladle.h>

enum { PLAN_BLOCK = 32 * 1024 }; /* elements: four float32 inputs of a block fit a 512 KiB cache */

struct piece {
	uint32_t row;
	uint64_t first, count; /* elements; count <= PLAN_BLOCK; an empty row has one piece */
};

struct plan {
	struct piece *pieces;
	size_t count;
};

/* Rows for which wanted(row, arg) is true (NULL: all), small rows first, blocks in order. */
enum ladle_status plan_make(struct plan *out, const struct ladle_table *,
		bool (*wanted)(uint32_t row, void *arg), void *arg, struct ladle_error *);
void plan_done(struct plan *);

#endif
