/* The lines of the match view: each layer with each group that its units are. */
#ifndef TUI_MATCH_LINES_H
#define TUI_MATCH_LINES_H

#include <stdbool.h>

#include <ladle.h>

struct buf;
struct session;

/* A group that some tensor of a layer is used by. */
struct match_touch {
	uint32_t layer, group;
	uint32_t row; /* of the layer, the first that is */
	bool own;     /* it orders what the layer makes, not only what it takes */
};

struct match_line {
	uint32_t layer;
	uint32_t group;                /* LADLE_NONE: no axis of it is free */
	uint32_t row;                  /* that its group is first used in, or the layer's first */
	bool own;                      /* as in match_touch */
	bool first;                    /* of its layer */
	uint32_t first_touch, touches; /* all of its layer */
};

struct match_lines {
	const struct ladle_table *table; /* that they are of; NULL: none */
	const struct ladle_groups *groups;
	struct match_touch *touches; /* by layer */
	uint32_t touch_count;
	struct match_line *lines;
	uint32_t count;
};

void match_lines_done(struct match_lines *);
/* Made anew when the table or the groups are others. Without memory there are none. */
void match_lines_update(struct match_lines *, const struct session *);

/* What is known of a line between two columns. */
enum match_state {
	MATCH_PENDING,
	MATCH_OK,
	MATCH_DRIFT,
	MATCH_DIFFER,
	MATCH_PERMUTED,
	MATCH_RESCALED,
	MATCH_ALIGNED,
	MATCH_RENAMED,
	MATCH_CHANCE,
	MATCH_SHAPE,
	MATCH_ONLY /* one of them has no such layer */
};

struct match_figures {
	enum match_state state;
	double raw, matched; /* cosines of the kernel that fits worst as stored; NaN: not known */
	uint32_t row;        /* that kernel, or LADLE_NONE */
	const struct ladle_match *match; /* of the line's group; NULL: not known */
	bool inputs;                     /* what it takes is re-ordered, what it makes is not */
};

struct match_pair {
	struct session *session;
	uint32_t reference, column;
	const struct ladle_alignment *order; /* NULL: not known */
	bool lined_up;                       /* the table shows the column so */
};

struct match_figures match_judge(
		const struct match_lines *, const struct match_pair *, const struct match_line *);

#endif
