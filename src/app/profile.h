/* KEEP of the whole model: one point for each layer, in the order of the table. The screen, the
 * plot and the report draw the same points, the same bins and the same heights. */
#ifndef APP_PROFILE_H
#define APP_PROFILE_H

#include <stdbool.h>

#include <ladle.h>

struct session;

/* A layer that has rows which are averaged, or findings. */
struct profile_point {
	uint32_t layer;
	uint32_t row;           /* the worst of its own; kernels go before all else */
	enum ladle_state state; /* of that row */
	double keep, floor;     /* of that row; NaN: not known, or not averaged */
	uint32_t flags;         /* of all its own rows */
};

struct profile {
	struct profile_point *points;
	uint32_t count;
};

void profile_init(struct profile *);
void profile_done(struct profile *);
/* As the session is now; without a table there are no points. False without memory: none either. */
bool profile_make(struct profile *, struct session *);
/* The point of a row's layer; without one, that of the next layer that has one, else the last.
 * LADLE_NONE: there are no points. */
uint32_t profile_find(const struct profile *, const struct ladle_table *, uint32_t row);

/* Points that share a column, `first` to `end`. It is as bad as the worst of them, never a mean. */
struct profile_bin {
	uint32_t first, end;
	uint32_t worst;         /* that keeps least; one whose KEEP is not known only among such */
	enum ladle_state state; /* the worst; pending when all are */
	uint32_t flags;         /* of all */
};

/* Bin `index` of `bins`, at most as many as there are points. */
struct profile_bin profile_bin(const struct profile *, uint32_t index, uint32_t bins);
/* The bin that holds a point. */
uint32_t profile_bin_of(const struct profile *, uint32_t point, uint32_t bins);
/* The least cosine of a column with the mix among points first to end. NaN: none is known. weights:
 * [K], to be written on. */
double profile_cosine(struct session *, const struct profile *, const struct profile_bin *,
		uint32_t column, double *weights);

/* How high a point stands, from 0 to 1. */
enum profile_scale {
	PROFILE_BANDS, /* KEEP below 90, to 98 and above: a third of the height each */
	PROFILE_EVEN,  /* KEEP */
	PROFILE_LOSS,  /* how far KEEP went from 100 to the floor */
	PROFILE_SCALES
};

/* "bands" */
const char *profile_scale_name(enum profile_scale);
/* NaN where KEEP, or for LOSS the floor, is. */
double profile_height(enum profile_scale, double keep, double floor);

#endif
