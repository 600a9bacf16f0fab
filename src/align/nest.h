/* Groups within one unit of another: the dimensions of one head of attention. Where the heads
 * change places, what is in them goes with them. */
#ifndef ALIGN_NEST_H
#define ALIGN_NEST_H

#include "align/aligned.h"
#include "base/arena.h"

/* The same group in each unit of the parent. */
struct family {
	uint32_t parent;
	uint32_t *group; /* [units of the parent] by the unit that each lies in */
	uint32_t units;  /* of each */
};

struct nest {
	struct family *families; /* by parent */
	uint32_t count;
	bool *stuck; /* [groups] what lies in its units is not alike: they keep their places */
};

/* Everything is allocated in `arena`; false without memory. */
bool nest_find(struct nest *, const struct ladle_groups *, struct arena *);
/* Families of one parent: `count` from the one returned on; NULL: none. */
const struct family *nest_families(const struct nest *, uint32_t parent, uint32_t *count);
/* Position i of the group, as it stands in `aligned`, shall hold what position move[i] holds, with
 * all that is in it. */
enum ladle_status nest_move(const struct nest *, struct aligned *, uint32_t column, uint32_t group,
		const uint32_t *move, struct ladle_error *);
/* Columns that stand in one order, of which the reference is one. */
struct frame {
	uint32_t reference;
	const uint32_t *columns;
	uint32_t count;
};

/* Moves them alike, so that the reference stands as it is stored. */
enum ladle_status nest_rebase(const struct nest *, struct aligned *, const struct frame *,
		struct ladle_error *);

#endif
