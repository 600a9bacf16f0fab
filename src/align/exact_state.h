/* What the parts of the search for exact copies share: one column beside the reference. */
#ifndef ALIGN_EXACT_STATE_H
#define ALIGN_EXACT_STATE_H

#include "align/exact.h"
#include "base/arena.h"
#include "file/limits.h"

enum { EXACT_REFERENCE, EXACT_COLUMN, EXACT_SIDES };
enum { EXACT_PROJECTIONS = 4 };

struct exact_use {
	const struct ladle_use *use;
	uint32_t group;
	bool coarse; /* a later group moves what is inside its units */
};

/* A row that some group uses. Its entries, one for each index of each axis (with `where`, of each
 * index of that other axis), hold labels and sums. */
struct exact_row {
	uint32_t row;
	int rank;
	const uint64_t *shape;
	const struct exact_use *uses; /* by group */
	uint32_t use_count;
	int where[LADLE_MAX_RANK]; /* the axis that the order along this one depends on; -1 */
	bool moves[LADLE_MAX_RANK];
	size_t at[LADLE_MAX_RANK];
	size_t size;     /* bytes of an element, where both sides have the same */
	bool comparable; /* both sides have it, with numbers that can be the same */
	bool agrees;     /* as far as it was read, both sides hold the same numbers */
	bool read;       /* in this round */
};

struct exact_group {
	size_t first; /* colour of its unit 0 */
	uint32_t units, classes;
	bool open;  /* its order is not decided */
	bool ready; /* nor is it inside of units whose order is not decided */
};

/* What makes a unit, as few numbers: its squared norm, and its products with fixed directions. */
struct exact_slice {
	double norm2, projection[EXACT_PROJECTIONS];
};

struct exact_side {
	const struct ladle_checkpoint *checkpoint; /* as aligned now */
	uint64_t *labels, *sums;                   /* [entries] */
	uint64_t *totals;                          /* [rows] */
	uint64_t *colours;                         /* of units; equal ones are not told apart yet */
};

struct exact_pair {
	const struct exact *how;
	struct aligned *aligned;
	const struct ladle_table *table; /* aligned_table */
	const struct ladle_groups *groups;
	uint32_t column;
	struct arena arena;
	struct exact_row *rows; /* in the order of the table */
	uint32_t row_count;
	uint32_t *row_at; /* [rows of the table] or LADLE_NONE */
	size_t entries, units; /* of all rows, of all groups */
	struct exact_group *states; /* [groups] */
	struct exact_side side[EXACT_SIDES];
};

/* A good hash of two numbers, and of what is added up. */
static inline uint64_t
exact_mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) + b;

	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return x ^ (x >> 32);
}

/* Along an axis that depends on the last one, entries follow each other along the last. */
static inline size_t
exact_entry(const struct exact_row *row, int axis, uint64_t place, uint64_t x)
{
	int where = row->where[axis];

	if (where < 0)
		return row->at[axis] + x;
	return row->at[axis] + (where == row->rank - 1 ? x * row->shape[where] + place
						       : place * row->shape[axis] + x);
}

static inline uint64_t
exact_places(const struct exact_row *row, int axis)
{
	return row->where[axis] < 0 ? 1 : row->shape[row->where[axis]];
}

/* Can both sides follow an order of it? */
bool exact_is_usable(const struct exact_pair *, uint32_t group);
/* Rows, groups and entries of a column. */
bool exact_map(struct exact_pair *);
/* All that the column can follow is open again, as stored. */
enum ladle_status exact_reset(struct exact_pair *, struct ladle_error *);
void exact_find_ready(struct exact_pair *);
/* Orders of groups from a few numbers of each unit where all other axes are in order. What this
 * cannot tell stays open. *some: it told of some group. */
enum ladle_status exact_probe(struct exact_pair *, bool *some, struct ladle_error *);
/* Which groups are ready, which rows tell of them, and the labels of their entries by what is
 * known. */
void exact_label(struct exact_pair *);
/* Reads the rows for which `read` is set: sums, totals, and agrees. */
enum ladle_status exact_sum(struct exact_pair *, struct ladle_error *);
/* Colours from the sums; orders of groups where all units are told apart, or will not be. *open:
 * some group still is. */
enum ladle_status exact_order(struct exact_pair *, bool *open, struct ladle_error *);
bool exact_is_open(const struct exact_pair *);
/* The order of a group by its colours, if no two units have the same. classes: how many colours
 * there are; 0: they do not correspond, and nothing was done. */
enum ladle_status exact_close(
		struct exact_pair *, uint32_t group, uint32_t *classes, struct ladle_error *);
/* solved[g] of the groups of the column; *every: every row that both have is the same. */
enum ladle_status exact_prove(
		struct exact_pair *, bool *solved, bool *every, struct ladle_error *);

/* Adds what one use holds of each unit of a group, as both sides are aligned now. */
enum ladle_status exact_slice_use(const struct exact_pair *, uint32_t group,
		const struct ladle_use *, struct exact_slice *const slices[EXACT_SIDES],
		struct ladle_error *);
/* Behind all else: orders and factors of groups that are no copies bit for bit, by the directions
 * of what makes their units. Where there are factors, solved[g] is anew what is the reference's to
 * rounding. */
enum ladle_status exact_scale(struct exact_pair *, bool *solved, struct ladle_error *);

/* Adds the hash of each element and its label (key + prefix) to `into`, and returns their sum mod
 * 2^64. `size` is that of an element: 2, 4 or 8. */
uint64_t exact_hash_line(uint64_t *into, const void *elements, size_t size, size_t count,
		uint64_t prefix, const uint64_t *key);

/* Is some a[i] not b[order[i]], bit for bit? NULL: b[i]. */
bool exact_differs(const void *a, const void *b, const uint32_t *order, size_t size, size_t count);

#endif
