/* The screen in memory: what was composed, before a terminal shows it.
 *
 * Views draw here; terminal.c copies to the terminal; `dump` and the tests read it. Text enters
 * cells through one function, which cleans it by base/text: names from files need no care. */
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include <stdbool.h>

#include "app/roles.h"
#include "base/text.h"

struct buf;
struct glyphs;

struct cell {
	char text[13];      /* a character with at most two marks; "" right of a wide one */
	unsigned char role; /* enum role */
	bool selected;      /* shown reversed */
};

struct canvas {
	int width, height;
	int stride;         /* cells from one row to the next */
	struct cell *cells; /* [height][stride] */
	int cursor_y, cursor_x;
	bool typing; /* text is typed at the cursor, so that it must be seen */
	const struct glyphs *glyphs;
	char *scratch; /* for one row of text */
};

/* A rectangle of it. */
struct area {
	int y, x, height, width;
};

void canvas_init(struct canvas *, const struct glyphs *);
void canvas_done(struct canvas *);
/* False without memory: the size is as before. */
bool canvas_resize(struct canvas *, int width, int height);
void canvas_erase(struct canvas *);
/* A part of it, drawn on as if it were the whole: nothing outside of it can be reached. Borrows the
 * cells: neither resized nor freed. */
struct canvas canvas_window(const struct canvas *, struct area);
/* Raw text into exactly `width` cells, cut or padded. What lies outside is left out. Returns the
 * column after it. */
int canvas_put(struct canvas *, int y, int x, int width, enum text_side, enum role,
		const char *raw);
/* Raw text in as many cells as it needs, at most `width`: longer text loses its end, as a sentence
 * should, where canvas_put cuts the middle, as a name should. Returns the column after it. */
int canvas_say(struct canvas *, int y, int x, int width, enum role, const char *raw);
int canvas_print(struct canvas *, int y, int x, int width, enum role, const char *format, ...)
		__attribute__((format(printf, 6, 7)));
/* Raw text over the rows of an area, broken at blanks. */
void canvas_wrap(struct canvas *, struct area, enum role, const char *raw);
/* One glyph `count` times. */
int canvas_repeat(struct canvas *, int y, int x, int count, enum role, const char *glyph);
/* fraction (cut to 0..1) of `width` cells filled; the rest is the track. */
int canvas_bar(struct canvas *, int y, int x, int width, double fraction, enum role, bool track);
void canvas_select(struct canvas *, int y, int x, int width);
void canvas_frame(struct canvas *, struct area, const char *title);
/* The rows as text, blanks at their ends left out, each with a newline. */
void canvas_text(const struct canvas *, struct buf *);
/* The same of the roles: a letter of role.def for each cell, a capital or '#' where selected. */
void canvas_roles(const struct canvas *, struct buf *);

#endif
