/* Isomorphic sub-networks of one model, and what is needed to cut one out. */
#ifndef KERAS_BRANCHES_H
#define KERAS_BRANCHES_H

#include "keras/graph.h"

enum { BRANCH_OUTSIDE = UINT32_MAX }; /* of no branch */

/* What stands behind public branches; everything lies in the arena. */
struct branches {
	struct ladle_branches pub; /* first: a public pointer is one of these */
	struct arena arena;
	const struct ladle_checkpoint *checkpoint;
	/* by the graph; NULL and 0 where they are inferred */
	const struct graph_model *model;
	uint32_t join;           /* node where they meet, or node_count: the model's outputs */
	uint32_t *owner;         /* [nodes] branch of a call, or BRANCH_OUTSIDE */
	uint32_t *layer_owner;   /* [layers of the config] branch of a layer of the model, or
				    BRANCH_OUTSIDE */
	struct graph_edge *ends; /* [count] what each branch gives */
	bool all_join;           /* nothing else is joined there */
};

/* From names and shapes alone. LADLE_OK with count 0: there are none. */
enum ladle_status branches_infer(struct branches *, struct ladle_error *);
/* By the name of a branch, or its number from 1 on; LADLE_NONE: there is none. */
uint32_t branches_index(const struct ladle_branches *, const char *name);

/* The config of the model that has one branch alone, between trunk and head: Average, Maximum and
 * Minimum of it are left out, other joins take it as often as there were branches. `text` is the
 * whole model's config. NULL: no memory. */
char *branches_cut(const struct branches *, uint32_t branch, const char *text, size_t length,
		struct arena *, size_t *out_length);
/* Is the join left out of the cut? */
bool branches_drops_join(const struct branches *);

#endif
