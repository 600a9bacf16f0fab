/* The tensor rows of a table, one after another, with what pairing found about each. */
#ifndef PAIR_ROWS_H
#define PAIR_ROWS_H

#include "pair/slots.h"

struct rows {
	struct arena *arena; /* of the table */
	const struct slots *slots;
	struct ladle_layer_row *layers; /* [slots->count], in the order of the slots */
	struct ladle_row *list;
	uint32_t count, room;
	struct ladle_finding *findings; /* of all rows, row by row */
	uint32_t finding_count, finding_room;
	bool failed; /* no memory */
};

/* Fills layers and list from slots; false without memory. */
bool rows_make(struct rows *, struct arena *, const struct slots *);
/* Adds a finding to the row that was added last. */
void rows_finding(struct rows *, enum ladle_finding_code, uint32_t column, const char *text);
/* What a layer's tensors say of a column that has it under another name; text NULL: it has not. */
struct renamed {
	enum ladle_finding_code code;
	const char *text;
};

/* What can be said about one row without reading its values. renamed: [K] */
void rows_judge(struct rows *, struct ladle_row *, const struct renamed *);
/* Recurrent layers that Keras lays out differently. */
struct recurrent_kind {
	const char *name; /* "a CuDNNLSTM" */
	int turned;       /* equal where Keras turns one into the other when it loads it */
};

/* NULL: of none of them. */
const struct recurrent_kind *recurrent_kind(
		const struct ladle_checkpoint *, const struct ladle_tensor *);
/* How a tensor is called in its file's findings: "backbone/in_conv/kernel". NULL without memory.
 */
const char *tensor_label(
		struct arena *, const struct ladle_checkpoint *, const struct ladle_tensor *);

/* Pairs the tensors of a layer with those of a row's layer: row_of[i] is the index of tensor i's
 * partner among `rows`, or LADLE_NONE. By name, else by role, else by place and shape. False
 * without memory. */
bool tensors_match(struct arena *, const struct ladle_tensor *const *rows, uint32_t row_count,
		const struct ladle_tensor *tensors, uint32_t count, uint32_t *row_of);

#endif
