/* What else than their order may change in units: by how much a layer may be told from the function
 * of its numbers times a factor for each unit. */
#ifndef ALIGN_GAUGE_H
#define ALIGN_GAUGE_H

#include "align/finder.h"

/* Of a layer that a value goes through: factors that go through it unchanged. */
enum { GAUGE_SCALE = 1 /* positive ones */, GAUGE_SIGN = 2 /* -1 */, GAUGE_ANY = 3 };

/* Of an axis of a weight. */
enum {
	GAUGE_UNKNOWN = 0,
	GAUGE_MAKES = 1,  /* times the factor */
	GAUGE_TAKES = -1, /* divided by it */
	GAUGE_BESIDE = 2  /* it stays as it is */
};

/* A value on its way that lets only some factors pass. */
struct gauge_mark {
	struct axis axis;
	unsigned passes;
	struct gauge_mark *next;
};

/* After the rule of a call: what passes from its inputs to its outputs, and how its weights take
 * part. What is not known lets nothing pass. */
void gauge_note(struct call *);
/* What passes everywhere, by number of the group. */
void gauge_collect(struct finder *, unsigned char *passes);
/* For the uses of one group, which have the gauges above; they come out as those of ladle_use. */
enum ladle_gauge gauge_settle(unsigned passes, struct ladle_use *, uint32_t count);

#endif
