/* A view: what stands between the header rows and the message row. Views are rows of a table
 * (views.c); each answers the commands that it owns and leaves the others to the screen. */
#ifndef TUI_VIEW_H
#define TUI_VIEW_H

#include <stdbool.h>

#include "app/command.h"
#include "tui/canvas.h"
#include "tui/mouse.h"

struct screen;
struct view;

enum { LOW_AREA = 12 }; /* rows; an area with fewer is low */

/* What the loop has to do after a handler; or-ed. */
enum outcome {
	OUT_DRAW = 1,
	OUT_CLEAR = 2, /* send every cell to the terminal again */
	OUT_SUSPEND = 4,
	OUT_QUIT = 8,
	OUT_BELL = 16,
	OUT_COPY = 32 /* send the screen's clip */
};

/* A command as it was given: by a key, or by words after `:`. */
struct action {
	const struct command *command;
	const struct words *words; /* NULL: by a key; words->word[0] is the command */
	long count;                /* typed before the key, 0: none */
	int key;
};

/* The count, or 1. */
long action_times(const struct action *);

struct handler {
	unsigned (*run)(struct view *, const struct action *); /* returns outcomes */
};

struct view_ops {
	const char *name;
	enum command_where where;
	enum command_id opened_by;
	int head, foot;                 /* rows above and below the list */
	int low_foot;                   /* rows below it on a low screen */
	int (*foot_rows)(const struct view *, int height); /* instead of both; may be NULL */
	const enum command_id *hints;   /* the most useful commands; ends with COMMAND_NONE */
	const struct handler *handlers; /* [COMMAND_COUNT] */
	struct view *(*open)(struct screen *); /* NULL without memory */
	void (*close)(struct view *);
	/* Catches up with the session; events are those of session_poll since the last time. */
	void (*update)(struct view *, unsigned events);
	/* Goes to what belongs to a row of the table, when it is a pane beside the layer table and
	 * the cursor there moved; may be NULL. */
	void (*follow)(struct view *, uint32_t row);
	int (*lines)(const struct view *);
	void (*moved)(struct view *); /* after each motion of view_motions; may be NULL */
	void (*title)(const struct view *, struct buf *); /* what follows the name; may be NULL */
	void (*draw)(const struct view *, struct canvas *);
	/* A press, drag or wheel at a place of the view; may be NULL. */
	unsigned (*mouse)(struct view *, const struct mouse *);
};

/* First member of every view. */
struct view {
	const struct view_ops *ops;
	struct screen *screen;
	int cursor, top;  /* lines */
	bool focused;     /* keys go to it; the other of two panes is drawn without selection */
	struct area area; /* where it is drawn */
	struct area list; /* the part that shows lines */
};

extern const struct view_ops layers_view, match_view, units_view, mixer_view, export_view,
		help_view;

/* Gives the view its place and keeps the cursor in sight. */
void view_layout(struct view *, struct area);
/* Moves the cursor by `step` lines, as far as there are any. */
void view_move(struct view *, long step);
void view_go(struct view *, long line);
/* The row of the screen where a line stands, or -1. */
int view_row_of(const struct view *, int line);
/* The line at a row of the screen, or -1. */
int view_line_at(const struct view *, int y);
/* Motions that every view understands; NULL for other commands. */
const struct handler *view_motions(void);

#endif
