/* What a person paired, as layers that hold tensors. */
#ifndef PAIR_HAND_H
#define PAIR_HAND_H

#include <ladle.h>

#include "base/arena.h"

struct hand_pair {
	uint32_t a, layer_a; /* column and layer; a < b */
	uint32_t b, layer_b;
};

struct hand {
	struct hand_pair *list;
	uint32_t count, room;
	uint64_t **marks; /* [K][layers] equal for layers that are one by hand, else 0; or NULL */
};

/* E_USAGE names what is not there, holds no tensor, has other shapes, or is paired twice. */
enum ladle_status hand_resolve(struct hand *out, struct arena *,
		const struct ladle_checkpoint *const *, uint32_t count,
		const struct ladle_hand_pair *, uint32_t hand_count, struct ladle_error *);

#endif
