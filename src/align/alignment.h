/* What stands behind a public alignment. */
#ifndef ALIGN_ALIGNMENT_H
#define ALIGN_ALIGNMENT_H

#include "align/aligned.h"
#include "base/arena.h"

struct alignment {
	struct ladle_alignment pub; /* first: a public pointer is one of these */
	struct aligned *aligned;
	struct ladle_match *matches; /* [K * groups] what pub shows */
	bool *solved;                /* [K * groups] exactly: nothing else is to be matched there */
	struct arena arena;
};

static inline struct alignment *
alignment_of(const struct ladle_alignment *pub)
{
	return (struct alignment *)(uintptr_t)pub;
}

#endif
