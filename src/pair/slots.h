/* The layer rows of a table while columns are added: a tree in the order of the first column. */
#ifndef PAIR_SLOTS_H
#define PAIR_SLOTS_H

#include <ladle.h>

#include "base/arena.h"
#include "pair/hand.h"
#include "pair/sequence.h"

enum { PAIRED_BYS = LADLE_BY_HAND + 1 };

struct slot {
	uint32_t *index; /* [K] layer in each checkpoint, or LADLE_NONE */
	enum ladle_paired_by
			*by;   /* [K] how each was found; of the first column that has it: NAME */
	bool unsure;           /* some column could have it under several names */
	uint32_t first_column; /* that has it */
	uint32_t parent, first_child, last_child, next; /* slots, or LADLE_NONE */
};

struct slots {
	struct arena *arena; /* of the table */
	const struct ladle_checkpoint *const *checkpoints;
	uint32_t checkpoint_count;
	struct slot *list;
	uint32_t count, room;
	uint32_t first, last;       /* at the top */
	uint32_t *order;            /* [count] parents before children, siblings in order */
	struct sequence *sequences; /* [K] */
	uint32_t **of_layer;        /* [K][layers] slot of a layer, or LADLE_NONE */
	uint32_t *ambiguous;        /* [K] layers that could not be paired without a guess */
	bool (*by)[PAIRED_BYS];     /* [K] some layer was paired so */
	const struct hand *hand;
};

/* All layers with tensors of all checkpoints, paired. False without memory. */
bool slots_make(struct slots *, struct arena *, const struct ladle_checkpoint *const *,
		uint32_t count, const struct hand *);
const struct ladle_layer *slot_layer(const struct slots *, uint32_t slot, uint32_t column);

#endif
