/* A table whose units stand in the orders that are set: the same rows, over twins of its
 * checkpoints whose tensors are read re-ordered. */
#ifndef ALIGN_ALIGNED_H
#define ALIGN_ALIGNED_H

#include <ladle.h>

struct aligned;

/* table and groups must outlive it. */
enum ladle_status aligned_new(struct aligned **out, const struct ladle_table *,
		const struct ladle_groups *, struct ladle_error *);
void aligned_free(struct aligned *);
/* Reads what is set now. */
const struct ladle_table *aligned_table(const struct aligned *);
/* The one it was made over. */
const struct ladle_table *aligned_stored(const struct aligned *);
const struct ladle_groups *aligned_groups(const struct aligned *);
/* Why this group of this column keeps its order, one sentence; NULL: it may be re-ordered. */
const char *aligned_why(const struct aligned *, uint32_t column, uint32_t group);
/* Position i of the group holds scale[i] times what the column stores at position order[i], after
 * the groups before this one. NULL: as it stands. Copies both. While nothing reads. Scales of a
 * group that has none (ladle_group.gauge) are refused by an assert. */
enum ladle_status aligned_set(struct aligned *, uint32_t column, uint32_t group,
		const uint32_t *order, const double *scale, struct ladle_error *);
/* What was set, or NULL. */
const uint32_t *aligned_order(const struct aligned *, uint32_t column, uint32_t group);
const double *aligned_scale(const struct aligned *, uint32_t column, uint32_t group);

#endif
