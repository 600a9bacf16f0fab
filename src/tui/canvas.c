#include "tui/canvas.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tui/glyphs.h"

static const char role_letter[ROLE_COUNT] = {
#define ROLE(id, name, letter, ...) letter,
#include "app/role.def"
#undef ROLE
};

void
canvas_init(struct canvas *canvas, const struct glyphs *glyphs)
{
	*canvas = (struct canvas){.glyphs = glyphs};
}

void
canvas_done(struct canvas *canvas)
{
	free(canvas->cells);
	free(canvas->scratch);
}

bool
canvas_resize(struct canvas *canvas, int width, int height)
{
	struct cell *cells = calloc((size_t)width * (size_t)height, sizeof(*cells));
	char *scratch = malloc(text_fit_size(width) + 1);

	if (cells == NULL || scratch == NULL) {
		free(cells);
		free(scratch);
		return false;
	}
	canvas_done(canvas);
	canvas->cells = cells;
	canvas->scratch = scratch;
	canvas->width = canvas->stride = width;
	canvas->height = height;
	canvas_erase(canvas);
	return true;
}

void
canvas_erase(struct canvas *canvas)
{
	static const struct cell blank = {" ", ROLE_NORMAL, false};

	for (int i = 0; i < canvas->width * canvas->height; i++)
		canvas->cells[i] = blank;
	canvas->cursor_y = canvas->cursor_x = 0;
	canvas->typing = false;
}

static int
between(int low, int value, int high)
{
	return value < low ? low : value > high ? high : value;
}

struct canvas
canvas_window(const struct canvas *canvas, struct area area)
{
	struct canvas window = *canvas;
	int y = between(0, area.y, canvas->height), x = between(0, area.x, canvas->width);

	window.height = between(0, area.height, canvas->height - y);
	window.width = between(0, area.width, canvas->width - x);
	window.cells = canvas->cells + (size_t)y * (size_t)canvas->stride + (size_t)x;
	window.cursor_y = window.cursor_x = 0;
	return window;
}

static struct cell *
cell_at(const struct canvas *canvas, int y, int x)
{
	if (y < 0 || x < 0 || y >= canvas->height || x >= canvas->width)
		return NULL;
	return &canvas->cells[(size_t)y * (size_t)canvas->stride + (size_t)x];
}

static void
set_cell(struct canvas *canvas, int y, int x, enum role role, const char *text, size_t length)
{
	struct cell *cell = cell_at(canvas, y, x);

	if (cell == NULL)
		return;
	memcpy(cell->text, text, length);
	cell->text[length] = '\0';
	cell->role = (unsigned char)role;
}

static void
add_mark(struct canvas *canvas, int y, int x, const char *text, size_t length)
{
	struct cell *cell = cell_at(canvas, y, x);
	size_t used = cell == NULL ? 0 : strlen(cell->text);

	if (cell == NULL || used + length >= sizeof(cell->text))
		return;
	memcpy(cell->text + used, text, length);
	cell->text[used + length] = '\0';
}

static size_t
character_length(const char *text)
{
	size_t length = 1;

	while (((unsigned char)text[length] & 0xc0) == 0x80)
		length++;
	return length < 4 ? length : 4;
}

/* The only writer of cells: clean text, one character after the other. Returns the column after. */
static int
write_cells(struct canvas *canvas, int y, int x, enum role role, const char *clean)
{
	char one[5];

	while (*clean != '\0') {
		size_t length = character_length(clean);
		int columns = 1;

		if (length > 1) {
			memcpy(one, clean, length);
			one[length] = '\0';
			columns = text_width(one);
		}
		if (columns == 0)
			add_mark(canvas, y, x - 1, clean, length);
		else
			set_cell(canvas, y, x, role, clean, length);
		if (columns == 2)
			set_cell(canvas, y, x + 1, role, "", 0);
		x += columns;
		clean += length;
	}
	return x;
}

static int
clip(const struct canvas *canvas, int x, int width)
{
	return x + width > canvas->width ? canvas->width - x : width;
}

int
canvas_put(struct canvas *canvas, int y, int x, int width, enum text_side side, enum role role,
		const char *raw)
{
	width = clip(canvas, x, width);
	if (width <= 0)
		return x;
	text_fit(canvas->scratch, text_fit_size(canvas->width), raw, width, side,
			canvas->glyphs->ellipsis, canvas->glyphs->ascii);
	return write_cells(canvas, y, x, role, canvas->scratch);
}

/* Bytes of the longest beginning of clean text that takes at most `columns`. */
static size_t
beginning(const char *clean, int columns)
{
	size_t bytes = 0;
	char one[5];

	while (clean[bytes] != '\0') {
		size_t length = character_length(clean + bytes);

		memcpy(one, clean + bytes, length);
		one[length] = '\0';
		columns -= text_width(one);
		if (columns < 0)
			break;
		bytes += length;
	}
	return bytes;
}

/* scratch, cut so that the ellipsis still fits. */
static int
say_cut(struct canvas *canvas, int y, int x, int width, enum role role)
{
	const char *ellipsis = canvas->glyphs->ellipsis;
	size_t bytes = beginning(canvas->scratch, width - text_width(ellipsis));

	canvas->scratch[bytes] = '\0';
	x = write_cells(canvas, y, x, role, canvas->scratch);
	return write_cells(canvas, y, x, role, ellipsis);
}

int
canvas_say(struct canvas *canvas, int y, int x, int width, enum role role, const char *raw)
{
	int columns;

	width = clip(canvas, x, width);
	if (width <= 0)
		return x;
	columns = text_clean(canvas->scratch, text_fit_size(canvas->width), raw, strlen(raw),
			canvas->glyphs->ascii);
	if (columns > width)
		return say_cut(canvas, y, x, width, role);
	return write_cells(canvas, y, x, role, canvas->scratch);
}

void
canvas_wrap(struct canvas *canvas, struct area area, enum role role, const char *raw)
{
	int width = clip(canvas, area.x, area.width);
	char clean[4096], *text = clean;

	text_clean(clean, sizeof(clean), raw, strlen(raw), canvas->glyphs->ascii);
	for (; area.height > 1 && text_width(text) > width; area.height--, area.y++) {
		size_t fits = beginning(text, width), end = fits;

		while (end > 0 && text[end] != ' ')
			end--;
		end = end == 0 ? fits : end;
		canvas_print(canvas, area.y, area.x, width, role, "%.*s", (int)end, text);
		text += end + strspn(text + end, " ");
	}
	canvas_say(canvas, area.y, area.x, width, role, text);
}

int
canvas_print(struct canvas *canvas, int y, int x, int width, enum role role, const char *format,
		...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return canvas_say(canvas, y, x, width, role, text);
}

int
canvas_repeat(struct canvas *canvas, int y, int x, int count, enum role role, const char *glyph)
{
	for (int i = 0; i < count; i++)
		x = write_cells(canvas, y, x, role, glyph);
	return x;
}

int
canvas_bar(struct canvas *canvas, int y, int x, int width, double fraction, enum role role,
		bool track)
{
	const struct glyphs *glyphs = canvas->glyphs;
	double part = fraction < 0 || isnan(fraction) ? 0 : fraction > 1 ? 1 : fraction;
	int steps = (int)lround(part * width * glyphs->steps);
	int full = steps / glyphs->steps, rest = steps % glyphs->steps;
	const char *empty = track || glyphs->ascii ? glyphs->track : " ";

	x = canvas_repeat(canvas, y, x, full, role, glyphs->bar[glyphs->steps]);
	if (rest > 0)
		x = canvas_repeat(canvas, y, x, 1, role, glyphs->bar[rest]);
	return canvas_repeat(canvas, y, x, width - full - (rest > 0), ROLE_TRACK, empty);
}

void
canvas_select(struct canvas *canvas, int y, int x, int width)
{
	for (int i = x; i < x + width; i++) {
		struct cell *cell = cell_at(canvas, y, i);

		if (cell != NULL)
			cell->selected = true;
	}
}

static void
frame_edge(struct canvas *canvas, int y, const struct area *area, const char *left,
		const char *right)
{
	int x = canvas_repeat(canvas, y, area->x, 1, ROLE_FAINT, left);

	x = canvas_repeat(canvas, y, x, area->width - 2, ROLE_FAINT, canvas->glyphs->horizontal);
	canvas_repeat(canvas, y, x, 1, ROLE_FAINT, right);
}

void
canvas_frame(struct canvas *canvas, struct area area, const char *title)
{
	const struct glyphs *glyphs = canvas->glyphs;
	int bottom = area.y + area.height - 1, right = area.x + area.width - 1;

	frame_edge(canvas, area.y, &area, glyphs->corner[0], glyphs->corner[1]);
	frame_edge(canvas, bottom, &area, glyphs->corner[2], glyphs->corner[3]);
	for (int y = area.y + 1; y < bottom; y++) {
		canvas_repeat(canvas, y, area.x, 1, ROLE_FAINT, glyphs->vertical);
		canvas_repeat(canvas, y, right, 1, ROLE_FAINT, glyphs->vertical);
	}
	canvas_print(canvas, area.y, area.x + 2, area.width - 4, ROLE_TITLE, " %s ", title);
}

/* Ends a row: blanks at its end are not kept. */
static void
end_row(struct buf *buf, size_t start)
{
	while (buf->length > start && buf->data[buf->length - 1] == ' ')
		buf->data[--buf->length] = '\0';
	buf_char(buf, '\n');
}

void
canvas_text(const struct canvas *canvas, struct buf *buf)
{
	for (int y = 0; y < canvas->height; y++) {
		size_t start = buf->length;

		for (int x = 0; x < canvas->width; x++)
			buf_text(buf, cell_at(canvas, y, x)->text);
		end_row(buf, start);
	}
}

static char
letter_of(const struct cell *cell)
{
	char letter = role_letter[cell->role];

	if (!cell->selected)
		return letter;
	return letter == ' ' ? '#' : (char)toupper((unsigned char)letter);
}

void
canvas_roles(const struct canvas *canvas, struct buf *buf)
{
	for (int y = 0; y < canvas->height; y++) {
		size_t start = buf->length;

		for (int x = 0; x < canvas->width; x++)
			buf_char(buf, letter_of(cell_at(canvas, y, x)));
		end_row(buf, start);
	}
}
