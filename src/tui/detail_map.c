/* The lower part of the detail view: the kernel as a heat map, or how units fit each other, and the
 * values under the cursor. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/heat.h"
#include "tui/screen.h"
#include "tui/view_detail.h"

enum { CELL = 2 }; /* columns of a value: its sign and its size */

/* ---- what there is to show ---- */

/* The group whose units stand along the last axis that any has: what the kernel makes. */
static uint32_t
group_of(const struct ladle_groups *groups, uint32_t row)
{
	uint32_t found = LADLE_NONE;
	int axis = -1;

	for (uint32_t g = 0; g < groups->count; g++)
		for (uint32_t i = 0; i < groups->list[g].use_count; i++)
			if (groups->list[g].uses[i].row == row &&
					groups->list[g].uses[i].axis > axis) {
				axis = groups->list[g].uses[i].axis;
				found = g;
			}
	return found;
}

/* The chosen model; where that is the reference, the one that is least like it. */
static uint32_t
column_to_compare(const struct detail *detail, uint32_t reference)
{
	const struct session *session = detail->view.screen->session;
	const struct ladle_figures *figures = session_stored_figures(session, detail->row);
	uint32_t models = session_table(session)->checkpoint_count, found = LADLE_NONE;
	double least = INFINITY;

	if (detail->model < models && detail->model != reference)
		return detail->model;
	for (uint32_t k = 0; k < models; k++) {
		double cosine = figures == NULL ? NAN : ladle_cosine(figures, reference, k);

		if (k == reference || (found != LADLE_NONE && !(cosine < least)))
			continue;
		found = k;
		least = isnan(cosine) ? INFINITY : cosine;
	}
	return found;
}

bool
detail_compares(const struct detail *detail, struct compared *out)
{
	const struct session *session = detail->view.screen->session;
	const struct ladle_table *table = session_table(session);
	uint32_t reference;

	*out = (struct compared){.group = LADLE_NONE};
	if (table == NULL || detail->row >= table->row_count)
		return false;
	uint32_t model = detail->model < table->checkpoint_count ? detail->model : 0;
	if (session_order_of(session, model, &reference) == NULL)
		return false;
	out->column = column_to_compare(detail, reference);
	if (out->column == LADLE_NONE)
		return false;
	out->order = session_order_of(session, out->column, &out->reference);
	if (out->order == NULL || out->reference == out->column)
		return false;
	out->group = group_of(out->order->groups, detail->row);
	return out->group != LADLE_NONE;
}

void
detail_map_size(const struct detail *detail, uint64_t *height, uint64_t *width)
{
	struct ladle_matrix matrix =
			ladle_row_matrix(session_table(detail->view.screen->session), detail->row);
	struct compared compared;

	*height = matrix.height;
	*width = matrix.width;
	if (detail->picture != PICTURE_VALUES && detail_compares(detail, &compared))
		*height = *width = compared.order->groups->list[compared.group].units;
}

/* Between the title and the legend. */
static struct area
inside(const struct area *map)
{
	return (struct area){map->y + 1, map->x, map->height - 2, map->width};
}

void
detail_map_cells(const struct detail *detail, const struct area *map, int *down, int *across)
{
	struct area area = inside(map);
	struct compared compared;

	if (detail->picture != PICTURE_VALUES && detail_compares(detail, &compared)) {
		area = heat_fit(area, compared.order->groups->list[compared.group].units);
		*down = area.height;
		*across = area.width;
		return;
	}
	*down = detail->zoom.height < (uint64_t)area.height ? (int)detail->zoom.height
							    : area.height;
	*across = detail->zoom.width < (uint64_t)(area.width / CELL) ? (int)detail->zoom.width
								     : area.width / CELL;
	*down = *down < 1 ? 1 : *down;
	*across = *across < 1 ? 1 : *across;
}

struct ladle_window
detail_window(const struct detail *detail, const struct area *map)
{
	struct ladle_window window = detail->zoom;
	int down, across;

	detail_map_cells(detail, map, &down, &across);
	window.down = (uint32_t)down;
	window.across = (uint32_t)across;
	return window;
}

/* ---- places ---- */

static uint64_t
begin_of(uint64_t cell, uint64_t count, uint64_t cells)
{
	return cell * count / cells;
}

static uint64_t
cell_of(uint64_t at, uint64_t count, uint64_t cells)
{
	return ((at + 1) * cells - 1) / count;
}

/* Of the number under the cursor, in a part that begins at `begin`. */
static uint64_t
cursor_cell(uint64_t at, uint64_t begin, uint64_t count, uint64_t cells)
{
	if (at < begin)
		return 0;
	return at - begin < count ? cell_of(at - begin, count, cells) : cells - 1;
}

/* Blank columns before a cell: one between filters where each value has its cell and there is
 * room. */
static int
gap_before(const struct detail *detail, const struct area *map, uint64_t column)
{
	struct ladle_matrix matrix =
			ladle_row_matrix(session_table(detail->view.screen->session), detail->row);
	struct ladle_window window = detail_window(detail, map);
	uint64_t tile = matrix.tile_width;
	uint64_t gaps = (window.left + window.width - 1) / tile - window.left / tile;

	if (matrix.tile_width * matrix.tile_height == 1 || window.across != window.width ||
			window.across * CELL + gaps > (uint64_t)map->width)
		return 0;
	return (int)((window.left + column) / tile - window.left / tile);
}

bool
detail_map_at(const struct detail *detail, const struct area *map, int y, int x, uint64_t *row,
		uint64_t *column)
{
	struct area area = inside(map);
	bool values = detail->picture == PICTURE_VALUES;
	uint64_t height, width;
	int down, across;

	if (map->height == 0)
		return false;
	detail_map_size(detail, &height, &width);
	detail_map_cells(detail, map, &down, &across);
	if (y < area.y || y >= area.y + down)
		return false;
	for (int i = 0; i < across; i++) {
		int left = area.x + (values ? CELL * i + gap_before(detail, map, (uint64_t)i) : i);

		if (x < left || x >= left + (values ? CELL : 1))
			continue;
		*row = values ? detail->zoom.top + begin_of((uint64_t)(y - area.y),
								   detail->zoom.height,
								   (uint64_t)down)
			      : begin_of((uint64_t)(y - area.y), height, (uint64_t)down);
		*column = values ? detail->zoom.left + begin_of((uint64_t)i, detail->zoom.width,
								       (uint64_t)across)
				 : begin_of((uint64_t)i, width, (uint64_t)across);
		return true;
	}
	return false;
}

/* ---- the kernel ---- */

/* The largest size of all models' cells: one scale, so that maps can be compared. */
static double
scale_of(const double *cells, size_t count)
{
	double most = 0;

	for (size_t i = 0; i < count; i++)
		if (isfinite(cells[i]) && fabs(cells[i]) > most)
			most = fabs(cells[i]);
	return most;
}

enum { SIDE = 3, SIZES = 7 }; /* colours to each side of 0, signs above the blank */

/* Colour and sign: minus before what is below 0. */
static void
draw_value(struct canvas *canvas, int y, int x, double value, double scale)
{
	double part = scale > 0 ? fabs(value) / scale : 0;
	int size = (int)lround(part * SIZES), side = (int)lround(part * SIDE);
	enum role role = (enum role)(ROLE_SIGNED3 + (value < 0 ? -side : side));
	const char *glyph = canvas->glyphs->heat[size > SIZES ? SIZES : size];

	if (!isfinite(value)) {
		canvas_repeat(canvas, y, x, CELL, ROLE_ERROR, isnan(value) ? "?" : "!");
		return;
	}
	x = canvas_repeat(canvas, y, x, 1, role,
			value < 0 && size > 0   ? "-"
			: canvas->glyphs->ascii ? " "
						: glyph);
	canvas_repeat(canvas, y, x, 1, role, glyph);
}

static void
draw_signed_legend(struct canvas *canvas, const struct area *map, double scale)
{
	int y = map->y + map->height - 1, end = map->x + map->width;
	int x = canvas_print(canvas, y, map->x, map->width, ROLE_FAINT, "%.3g ", -scale);

	for (int step = -SIDE; step <= SIDE; step++, x += CELL)
		if (x + CELL <= end)
			draw_value(canvas, y, x, step * scale / SIDE, scale);
	x = canvas_print(canvas, y, x, end - x, ROLE_FAINT, " %.3g", scale);
	canvas_say(canvas, y, x, end - x, ROLE_FAINT, "  ?=NaN !=Inf");
}

static void
append_part(const struct shown *shown, struct buf *buf, const struct ladle_window *window)
{
	struct ladle_matrix matrix = ladle_row_matrix(shown->table, shown->index);
	uint64_t high = (window->height + window->down - 1) / window->down;
	uint64_t wide = (window->width + window->across - 1) / window->across;

	if (window->height > window->down || window->width > window->across)
		buf_format(buf, "  a cell: mean of %s%llux%llu",
				window->height % window->down || window->width % window->across
						? "up to "
						: "",
				(unsigned long long)high, (unsigned long long)wide);
	if (window->height < matrix.height || window->width < matrix.width)
		buf_format(buf, "  %llux%llu of it", (unsigned long long)window->height,
				(unsigned long long)window->width);
	if (matrix.tile_height * matrix.tile_width > 1)
		buf_format(buf, "  %llux%llu filters, inputs down",
				(unsigned long long)matrix.tile_height,
				(unsigned long long)matrix.tile_width);
}

static const char *
model_name(const struct shown *shown, uint32_t k)
{
	return k == shown->models ? "mix" : session_column(shown->session, k)->id;
}

static void
draw_values_title(const struct shown *shown, struct canvas *canvas, const struct area *map,
		const struct ladle_window *window)
{
	struct buf text;
	int x = canvas_print(canvas, map->y, map->x, map->width, ROLE_HEADER, "MAP of %s",
			model_name(shown, shown->detail->model));

	buf_init(&text);
	append_part(shown, &text, window);
	canvas_say(canvas, map->y, x, map->x + map->width - x, ROLE_NORMAL, buf_string(&text));
	buf_done(&text);
}

static void
point(const struct shown *shown, struct canvas *canvas, int y, int x, int width)
{
	canvas_select(canvas, y, x, width);
	if (shown->detail->in_map && shown->detail->view.focused) {
		canvas->cursor_y = y;
		canvas->cursor_x = x;
	}
}

static void
draw_cells(const struct shown *shown, struct canvas *canvas, const struct area *map,
		const struct ladle_window *window, const double *cells)
{
	const struct detail *detail = shown->detail;
	struct area area = inside(map);
	size_t count = (size_t)window->down * window->across;
	double scale = scale_of(cells, count * (shown->models + 1));
	const double *own = cells + count * detail->model;

	for (uint32_t i = 0; i < window->down; i++)
		for (uint32_t j = 0; j < window->across; j++)
			draw_value(canvas, area.y + (int)i,
					area.x + CELL * (int)j + gap_before(detail, map, j),
					own[(size_t)i * window->across + j], scale);
	uint64_t i = cursor_cell(detail->at_row, window->top, window->height, window->down);
	uint64_t j = cursor_cell(detail->at_column, window->left, window->width, window->across);
	point(shown, canvas, area.y + (int)i, area.x + CELL * (int)j + gap_before(detail, map, j),
			CELL);
	draw_signed_legend(canvas, map, scale);
}

/* ---- the values under the cursor ---- */

/* "[3,12]": the axes of the tensor as it is stored. */
static void
append_index(const struct shown *shown, struct buf *buf, uint64_t row, uint64_t column)
{
	struct ladle_matrix matrix = ladle_row_matrix(shown->table, shown->index);
	uint64_t left = ladle_matrix_element(&matrix, row, column), inner = shown->row->count;

	buf_char(buf, '[');
	for (int i = 0; i < shown->row->rank; i++) {
		inner /= shown->row->shape[i];
		buf_format(buf, "%s%llu", i == 0 ? "" : ",", (unsigned long long)(left / inner));
		left %= inner;
	}
	buf_char(buf, ']');
}

static void
append_place(const struct shown *shown, struct buf *buf, const struct ladle_window *window,
		uint64_t i, uint64_t j)
{
	uint64_t top = window->top + begin_of(i, window->height, window->down);
	uint64_t left = window->left + begin_of(j, window->width, window->across);
	uint64_t bottom = window->top + begin_of(i + 1, window->height, window->down) - 1;
	uint64_t right = window->left + begin_of(j + 1, window->width, window->across) - 1;

	buf_text(buf, "at ");
	append_index(shown, buf, top, left);
	if (bottom == top && right == left)
		return;
	buf_text(buf, " to ");
	append_index(shown, buf, bottom, right);
	buf_format(buf, ", mean of %llu",
			(unsigned long long)((bottom - top + 1) * (right - left + 1)));
}

enum { VALUE = 11 };

static int
widest_name(const struct shown *shown)
{
	int widest = 3;

	for (uint32_t k = 0; k < shown->models; k++) {
		int width = (int)strlen(model_name(shown, k));

		widest = width > widest ? width : widest;
	}
	return widest > 10 ? 10 : widest;
}

/* A model without the row has no value there; nor has the mix where the row is not averaged. */
static bool
lacks(const struct shown *shown, uint32_t model)
{
	if (model < shown->models)
		return ladle_row_tensor(shown->table, shown->index, model) == NULL;
	return shown->figures != NULL && isnan(shown->judgement.keep);
}

/* Where not all models have room, the marked one is among them; the mix is always last. */
static void
draw_numbers(const struct shown *shown, struct canvas *canvas, struct area area,
		const double *cells, size_t count, size_t at)
{
	int name = widest_name(shown), each = name + VALUE + 2;
	int across = (area.width + 2) / each > 0 ? (area.width + 2) / each : 1;
	uint32_t room = (uint32_t)(across * area.height), model = shown->detail->model, first = 0;

	if (room < shown->models + 1 && model < shown->models && model + 2 > room)
		first = model + 2 - room;
	for (uint32_t i = 0; i < room && first + i <= shown->models; i++) {
		uint32_t k = i + 1 == room ? shown->models : first + i;
		int x = area.x + (int)i % across * each, y = area.y + (int)i / across;
		char text[32] = "..";

		if (cells != NULL && (k < shown->models || shown->mixed))
			snprintf(text, sizeof(text), lacks(shown, k) ? "-" : "%.4g",
					cells[count * k + at]);
		x = canvas_put(canvas, y, x, name, TEXT_LEFT, ROLE_KEY, model_name(shown, k));
		canvas_put(canvas, y, x, VALUE, TEXT_RIGHT, ROLE_NORMAL, text);
	}
}

static void
draw_values(const struct shown *shown, struct canvas *canvas, struct area area,
		const struct ladle_window *window, const double *cells)
{
	const struct detail *detail = shown->detail;
	uint64_t i = cursor_cell(detail->at_row, window->top, window->height, window->down);
	uint64_t j = cursor_cell(detail->at_column, window->left, window->width, window->across);
	struct buf text;
	int x = canvas_say(canvas, area.y, area.x, area.width, ROLE_HEADER, "VALUES");

	buf_init(&text);
	append_place(shown, &text, window, i, j);
	int width = text_width(buf_string(&text)), taken = 1;
	if (x + 1 + width <= area.x + area.width || area.height < 4) {
		canvas_say(canvas, area.y, x + 1, area.x + area.width - x - 1, ROLE_NORMAL,
				buf_string(&text));
	} else {
		taken = width > area.width ? 3 : 2;
		canvas_wrap(canvas, (struct area){area.y + 1, area.x, taken - 1, area.width},
				ROLE_NORMAL, buf_string(&text));
	}
	buf_done(&text);
	area.y += taken;
	area.height -= taken;
	draw_numbers(shown, canvas, area, cells, (size_t)window->down * window->across,
			(size_t)i * window->across + j);
}

/* ---- units ---- */

static double
greatest(const struct session_units *units, uint64_t top, uint64_t bottom, uint64_t left,
		uint64_t right)
{
	uint8_t most = 0;

	for (uint64_t i = top; i <= bottom; i++)
		for (uint64_t j = left; j <= right; j++) {
			uint8_t one = units->cosine[i * units->units + j];

			most = one > most ? one : most;
		}
	return most / 255.;
}

static uint64_t
last_of(uint64_t cell, uint64_t count, uint64_t cells)
{
	uint64_t end = begin_of(cell + 1, count, cells), begin = begin_of(cell, count, cells);

	return end > begin ? end - 1 : begin;
}

/* "|cos| .95  unit 3 with 12" */
static void
draw_unit_cursor(const struct shown *shown, struct canvas *canvas, const struct area *map,
		const struct session_units *units, const struct area *fit)
{
	uint64_t n = units->units, down = (uint64_t)fit->height, across = (uint64_t)fit->width;
	uint64_t i = cell_of(shown->detail->at_row < n ? shown->detail->at_row : 0, n, down);
	uint64_t j = cell_of(
			shown->detail->at_column < n ? shown->detail->at_column : 0, n, across);
	uint64_t top = begin_of(i, n, down), left = begin_of(j, n, across);
	uint64_t bottom = last_of(i, n, down), right = last_of(j, n, across);
	char cosine[8];
	int y = map->y + map->height - 1, x = heat_legend(canvas, y, map->x);

	format_cosine(cosine, greatest(units, top, bottom, left, right));
	if (bottom == top && right == left)
		canvas_print(canvas, y, x, map->x + map->width - x, ROLE_NORMAL,
				"  |cos|%s  unit %llu with %llu", cosine, (unsigned long long)top,
				(unsigned long long)left);
	else
		canvas_print(canvas, y, x, map->x + map->width - x, ROLE_NORMAL,
				"  most |cos|%s  units %llu-%llu with %llu-%llu", cosine,
				(unsigned long long)top, (unsigned long long)bottom,
				(unsigned long long)left, (unsigned long long)right);
	point(shown, canvas, fit->y + (int)i, fit->x + (int)j, 1);
}

static void
draw_units(const struct shown *shown, struct canvas *canvas, const struct area *map,
		const struct compared *compared)
{
	bool matched = shown->detail->picture == PICTURE_MATCHED;
	uint32_t n = compared->order->groups->list[compared->group].units;
	const char *why;
	const struct session_units *units = session_units(
			shown->session, compared->column, compared->group, matched, &why);
	struct area fit = heat_fit(inside(map), n);
	int x = canvas_say(canvas, map->y, map->x, map->width, ROLE_HEADER, "UNITS");

	canvas_print(canvas, map->y, x, map->x + map->width - x, ROLE_NORMAL,
			"  %s (rows) with %s, %u %s", model_name(shown, compared->reference),
			model_name(shown, compared->column), n, matched ? "matched" : "as stored");
	if (units == NULL) {
		canvas_wrap(canvas, inside(map), ROLE_FAINT, why[0] == '\0' ? ".." : why);
		return;
	}
	heat_draw(canvas, fit, units->cosine, n);
	draw_unit_cursor(shown, canvas, map, units, &fit);
}

/* ---- both ---- */

/* The value under the cursor, which may be that of a map of units. */
static struct ladle_window
one_value(const struct shown *shown)
{
	struct ladle_matrix matrix = ladle_row_matrix(shown->table, shown->index);
	uint64_t row = shown->detail->at_row, column = shown->detail->at_column;

	return (struct ladle_window){row < matrix.height ? row : matrix.height - 1,
			column < matrix.width ? column : matrix.width - 1, 1, 1, 1, 1};
}

void
detail_draw_map(const struct shown *shown, const struct detail_layout *layout,
		struct canvas *canvas)
{
	struct area cells = layout->map.height > 0 ? layout->map : (struct area){0, 0, 3, CELL};
	const struct detail *detail = shown->detail;
	struct compared compared;
	const char *why = "";
	bool mixed;

	bool units = layout->map.height > 0 && detail->picture != PICTURE_VALUES &&
		     detail_compares(detail, &compared);
	if (units)
		draw_units(shown, canvas, &layout->map, &compared);
	if (units && layout->values.height > 0)
		canvas_wrap(canvas, layout->values, ROLE_FAINT,
				"strong on the diagonal: units in the same order; elsewhere: in "
				"another. m shows the next map.");
	if (units || shown->row->count == 0 || layout->values.height == 0)
		return;
	struct ladle_window window = detail_window(detail, &cells);
	if (layout->map.height == 0)
		window = one_value(shown);
	const double *numbers = session_window(shown->session, detail->row, &window, &mixed, &why);
	struct shown of = *shown;
	of.mixed = mixed;
	draw_values(&of, canvas, layout->values, &window, numbers);
	if (layout->map.height == 0)
		return;
	draw_values_title(shown, canvas, &layout->map, &window);
	if (numbers == NULL)
		canvas_wrap(canvas, inside(&layout->map), ROLE_FAINT, why[0] == '\0' ? ".." : why);
	else
		draw_cells(shown, canvas, &layout->map, &window, numbers);
}
