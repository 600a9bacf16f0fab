/* Which layer of a new column belongs to which row: a table of matchers, tried in turn. */
#ifndef PAIR_MATCH_H
#define PAIR_MATCH_H

#include "pair/sequence.h"

struct match {
	struct arena *arena;
	const struct sequence *rows;   /* what is there */
	const struct sequence *layers; /* of the new column */
	uint32_t *row_of;              /* [layers->count] index into rows, or LADLE_NONE */
	bool *taken;                   /* [rows->count] */
	enum ladle_paired_by *by;      /* [layers->count] */
	bool *unsure;                  /* [layers->count] could be one of several rows */
	uint32_t paired;
	bool renumbered; /* names that Keras counts up are known to mean other layers here */
	bool failed;     /* no memory */
};

/* Empty, for these two sequences; false without memory. */
bool match_init(struct match *, struct arena *, const struct sequence *rows,
		const struct sequence *layers);
void match_pair(struct match *, uint32_t row, uint32_t layer, enum ladle_paired_by);
/* All layers or none: by the graph, equal names or paths, the whole order, the order within
 * classes. True when all of both sides are paired. */
bool match_whole(struct match *);
/* As many as names, the graph, and order between them, tell without a guess. */
void match_parts(struct match *);
/* Layers that are left although rows of their class and shapes are left too: which is which,
 * nothing tells. They are marked `unsure`. */
uint32_t match_ambiguous(struct match *);

/* Did Keras count this name up by itself? Its last component decides. */
bool name_is_counted(const char *name);

/* Matchers; each leaves alone what is paired. */
void match_same_graph(struct match *);
void match_same_names(struct match *);
void match_same_paths(struct match *);
void match_same_order(struct match *);
void match_class_order(struct match *);
void match_chosen_names(struct match *);
void match_graph(struct match *);
void match_names(struct match *);
void match_counted_names(struct match *);
void match_gaps(struct match *);
void match_unique_shapes(struct match *);
void match_names_of_other_shape(struct match *);

#endif
