/* What the stages of a repair share. */
#ifndef ALIGN_REPAIR_STATE_H
#define ALIGN_REPAIR_STATE_H

#include "align/repair.h"

/* Statistics of one BatchNormalization in one column, without what a short training left in them
 * where that is to be taken out. */
struct statistics {
	double *mean, *variance; /* NULL: the column has none that fit */
	double q;                /* what is left of the first 0 and 1; 0: converged, or not known */
	bool counted;            /* from the optimizer's steps, else from the variances */
};

struct repairing {
	const struct repair_request *request;
	struct arena *work, *out; /* out: of what comes out */
	struct arena *piece;      /* of one layer: kernels are large */
	uint64_t most;            /* elements of a tensor that is read; 0: any number */
	struct repair_net net;
	struct statistics *statistics; /* [norms * K] */
	double *w;                     /* [K] scratch */
	struct ladle_correction *list;
	uint32_t count, room;
	bool failed; /* no memory */
	struct ladle_error *err;
};

struct statistics *repair_statistics(const struct repairing *, uint32_t norm, uint32_t column);
/* All elements of a row in a column as doubles, in `piece`; NULL and LADLE_OK where the column has
 * none of the row's shape, or none that can be read. */
enum ladle_status repair_read(struct repairing *, uint32_t row, uint32_t column, double **out);
/* The kernel's units; values NULL as above, or where it has another number of units (0: any). */
enum ladle_status repair_columns(struct repairing *, const struct feed *, uint32_t column,
		uint64_t units, struct columns *out);
/* Adds a correction; the values are the caller's, in `out`. */
void repair_add(struct repairing *, const struct ladle_correction *, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

/* The graph of the first column that has one, and all statistics. E_INPUT without a graph. */
enum ladle_status repair_open(struct repairing *);

/* repair_settle.c: finds q of all statistics that were read. */
enum ladle_status repair_find_left(struct repairing *);
/* Takes it out of them too, with corrections of those rows. */
enum ladle_status repair_settle(struct repairing *);
/* repair_variance.c */
enum ladle_status repair_variances(struct repairing *);
/* repair_norm.c */
enum ladle_status repair_kernels(struct repairing *);

#endif
