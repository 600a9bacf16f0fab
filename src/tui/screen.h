/* The screen without its terminal: keys in, cells out.
 *
 * Owns the canvas, the views, the prompt and the message. tui.c connects it to a terminal, the
 * tests connect it to a list of keys. */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include <stdbool.h>

#include "app/keymap.h"
#include "base/buf.h"
#include "tui/canvas.h"
#include "tui/panes.h"
#include "tui/prompt.h"
#include "tui/view.h"

struct session;

enum { VIEW_COUNT = 11, HINT_MAX = 24, COLUMN_NAME = 64 };

/* A yes or no that the next key answers. */
struct question {
	struct buf text; /* "" when nothing is asked */
	bool optional;   /* any other key goes on without an answer, and does what it does */
	unsigned (*yes)(struct screen *);
};

/* Where a hint stands, so that a click on it works. */
struct hint {
	int x, width;
	enum command_id command;
};

/* The last press of the mouse. */
struct press {
	const struct view *view; /* that got it, and gets what is dragged; NULL: none */
	bool opens;              /* once more here within a moment is Enter */
	double at;               /* of clock_seconds */
	int y, x;
};

struct screen {
	struct session *session;
	struct canvas canvas;
	struct keymap_state keys;
	struct view *views[VIEW_COUNT]; /* those that were opened once */
	int stack[VIEW_COUNT];          /* indices of views; the top is shown */
	int depth;
	struct prompt *prompt;
	struct action prompted; /* the command whose argument is typed, or none: a whole line */
	struct question question;
	struct buf message;
	struct buf clip; /* a sequence for the terminal's clipboard: OUT_COPY */
	bool message_is_error;
	struct hint hints[HINT_MAX];
	int hint_count;
	struct press press;
	struct panes panes;
	double keep_shown, keep_before; /* of the headline: now, and before the last change */
	int undo_shown;
	double *weights; /* [K], lent to whoever draws */
	uint32_t weight_count;
};

/* NULL without memory. */
struct screen *screen_new(struct session *);
void screen_free(struct screen *);
bool screen_resize(struct screen *, int width, int height);

/* Each returns outcomes. */
unsigned screen_key(struct screen *, int key);
unsigned screen_mouse(struct screen *, const struct mouse *);
unsigned screen_paste(struct screen *, const char *text);
/* Takes over what the session's threads finished. */
unsigned screen_poll(struct screen *);
/* Looks whether files changed on disk, unless `set watch=off`. */
unsigned screen_look(struct screen *);
/* Draws everything onto the canvas. */
void screen_compose(struct screen *);
/* Waits until no job runs. */
unsigned screen_wait(struct screen *);

/* Asks whether the last session of these files is to come back, where one was kept. */
unsigned screen_offer(struct screen *);
/* Where the screen stands, as commands; arg: the screen. */
void screen_write_place(void *arg, struct buf *);
/* Stands where a session that was opened again says, once there is a table; was there one? */
bool screen_take_place(struct screen *);
/* The rows that are tagged, else those under the cursor; raw. */
void screen_selection(
		struct screen *, void (*each)(const char *label, void *arg), void *arg);

/* ---- for views and handlers ---- */

struct view *screen_top(struct screen *);
/* A view, opened when it was not yet; NULL without memory. */
struct view *screen_view(struct screen *, const struct view_ops *);
/* Shows a view: back to it when it is open already. */
unsigned screen_show(struct screen *, const struct view_ops *);
/* Esc where a view has nothing of its own to forget: back from zoom, closes the pane, or one level
 * back; never leaves. */
unsigned screen_escape(struct screen *);
/* One level back; at the last one leaves, after asking when the mix is not saved. */
unsigned screen_back(struct screen *);
/* Would something be lost that nobody kept? */
bool screen_asks_to_leave(const struct screen *);
unsigned screen_do(struct screen *, const struct action *);
/* Runs a line as if it had been typed after `:`. */
unsigned screen_run(struct screen *, const char *line);
/* Types the line's beginning into the prompt for the person to finish. */
unsigned screen_prompt(struct screen *, const char *beginning);
/* Asks for an argument of a command; label is what stands before the text. files: Tab completes
 * names of files. */
unsigned screen_prompt_for(struct screen *, const struct action *, const char *label,
		const char *text, bool files);
/* A key for the open prompt. */
unsigned screen_prompt_key(struct screen *, int key);
void screen_say(struct screen *, const char *format, ...) __attribute__((format(printf, 2, 3)));
unsigned screen_fail(struct screen *, const struct ladle_error *);
unsigned screen_complain(struct screen *, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
void screen_ask(struct screen *, unsigned (*yes)(struct screen *), const char *format, ...)
		__attribute__((format(printf, 3, 4)));
bool screen_ascii(const struct screen *);
/* A column's id, with a prime where its units are shown in another order than they are stored. */
const char *screen_column_name(char dst[COLUMN_NAME], const struct screen *, uint32_t column);
/* The row of the table that is looked at, one for all views: that under the layer table's cursor,
 * of a layer the row that stands for it, or LADLE_NONE. */
uint32_t screen_row(struct screen *);
/* Moves the layer table's cursor to a row and opens what hides it. False where the filter leaves it
 * out: the cursor stays. */
bool screen_go_row(struct screen *, uint32_t row);
/* The same to a layer, which stays closed when it is. */
bool screen_go_layer(struct screen *, uint32_t layer);
/* What each column's fader comes to: fractions when the mix is normalised. NULL: no table yet, or
 * no memory. Lent until the next call of one of these two. */
const double *screen_shares(struct screen *);
/* The weights of a row, not divided by *out's sum. Lent likewise. */
const double *screen_row_weights(struct screen *, uint32_t row, struct ladle_weights *out);

/* The commands that work in every view: views.c. */
const struct handler *screen_handlers(void);
/* The table of views: views.c. */
const struct view_ops *screen_view_ops(int index);

/* The rows around the view: frame.c. */
struct area frame_layout(const struct screen *);
void frame_draw(struct screen *, const struct view *);

#endif
