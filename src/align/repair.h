/* What averaging did to statistics and norms: estimates from weights and graph, without data. */
#ifndef ALIGN_REPAIR_H
#define ALIGN_REPAIR_H

#include <ladle.h>

#include "base/arena.h"

/* How the units of a kernel stand in it. */
enum feed_form {
	FEED_LAST,       /* along the last axis; all else is what a unit takes */
	FEED_TRANSPOSED, /* along the last but one: transposed convolution */
	FEED_DEPTHWISE   /* along the last two, each pair a unit: depthwise convolution */
};

/* A layer that takes products with a kernel. */
struct feed {
	uint32_t layer, row; /* its layer row, and that of the kernel */
	enum feed_form form;
	bool shared;     /* units do not all see the same inputs: grouped, depthwise */
	bool direct;     /* takes the model's inputs, with no weights between */
	bool normalised; /* what it gives goes into a normaliser alone */
	bool last;       /* what it gives is an output of the model */
	uint32_t calls;
};

/* A BatchNormalization and what feeds it. */
struct norm {
	uint32_t layer, mean, variance; /* rows */
	uint32_t feed;                  /* index into feeds, or LADLE_NONE */
	const char *why;                /* there is no feed, as a part of a sentence */
	double momentum;
};

/* What the graph of one column's config says, in rows of a table. */
struct repair_net {
	struct feed *feeds;
	uint32_t feed_count;
	struct norm *norms;
	uint32_t norm_count;
	const char *flattened; /* a layer without a normaliser behind it that takes what comes of a
				  BatchNormalization at several places side by side; or NULL */
	uint32_t others; /* layers that normalise otherwise: LayerNormalization and its like */
};

/* False without memory. */
bool repair_net_find(
		struct repair_net *, struct arena *, const struct ladle_table *, uint32_t column);

/* What is corrected, and with what. */
struct repair_request {
	const struct ladle_table *table;
	unsigned kinds; /* LADLE_REPAIR bits */
	/* Shares of a row into w[K]: the average is sum w_k t_k. False: it is not averaged. */
	bool (*shares)(uint32_t row, double *w, void *arg);
	void *arg;
	struct ladle_job *job;
};

enum ladle_status repair_find(
		struct ladle_repair **out, const struct repair_request *, struct ladle_error *);

/* ---- repair_formula.c: pure functions of arrays ---- */

/* Kernel columns of one model, unit after unit: [units][inputs]. */
struct columns {
	const double *values;
	size_t units, inputs;
};

/* The variance of averaged units whose inputs are alike, from how far their kernels agree 
 * have: out[u] = sum_jk w_j w_k rho_jk s_j s_k with s the root of variance[k][u]; at least 1e-3 of
 * (sum w s)^2. Columns with w = 0 take no part and may be NULL. */
void repair_cosine(const struct columns *, const double *const *variance, const double *w,
		uint32_t k, double *out);

/* The largest sum of units of all models that repair_quadratic takes. */
enum { REPAIR_MOST_SAMPLES = 2048 };

/* v = w' S w of the averaged columns, with S fitted to the units of all models: kernel regression
 * of v/|w|^2 on unit columns with k(u, u') = (u.u')^2, ridge 1e-3, about the median. False without
 * memory, or where the fit gives no positive variance for some unit. */
bool repair_quadratic(const struct columns *, const double *const *variance, const double *w,
		uint32_t k, double *out);

/* How much of every variance does not depend on the kernel: q in v = q + w' S w, by the same
 * regression with a term for q; *deviation is its standard deviation. False where that cannot be
 * told: fewer than 8 units, no memory. */
bool repair_floor(const struct columns *, const double *variance, double *q, double *deviation);

/* (sum w |t_k|) / |sum w t_k| for each unit, at most 10; 1 where a norm is 0. */
void repair_norms(const struct columns *, const double *w, uint32_t k, double *out);

#endif
