/* The detail view: its state and its keys. */
#include "tui/view_detail.h"

#include <math.h>
#include <stdlib.h>

#include "app/session.h"
#include "base/buf.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

static struct detail *
detail_of(struct view *view)
{
	return (struct detail *)view;
}

static const struct ladle_table *
table_of(const struct view *view)
{
	return session_table(view->screen->session);
}

static struct layers *
layers_behind(const struct view *view)
{
	return (struct layers *)screen_view(view->screen, &layers_view);
}

static int
lines(const struct view *view)
{
	return ((const struct detail *)view)->row == LADLE_NONE ? 0 : 1;
}

/* ---- what is shown ---- */

/* The model that is farthest from the mix, the first of those that are; else the first one that has
 * the row. */
static uint32_t
most_different(const struct detail *detail)
{
	struct screen *screen = detail->view.screen;
	const struct ladle_figures *figures =
			ladle_figures(session_measurement(screen->session), detail->row);
	struct ladle_weights source;
	const double *w = screen_row_weights(screen, detail->row, &source);
	const struct ladle_table *table = table_of(&detail->view);
	uint32_t found = 0;
	double least = INFINITY;

	while (found + 1 < table->checkpoint_count &&
			ladle_row_tensor(table, detail->row, found) == NULL)
		found++;

	for (uint32_t k = 0; figures != NULL && w != NULL && k < figures->k; k++) {
		double cosine = ladle_cosine_mix(figures, w, k);

		if (cosine < least - 1e-9) {
			least = cosine;
			found = k;
		}
	}
	return found;
}

static void
look_at_whole(struct detail *detail)
{
	struct ladle_matrix matrix = ladle_row_matrix(table_of(&detail->view), detail->row);

	detail->zoom = (struct ladle_window){
			.height = matrix.height, .width = matrix.width, .down = 1, .across = 1};
	detail->at_row = detail->at_column = 0;
}

static enum detail_picture
best_picture(const struct detail *detail)
{
	struct compared compared;

	if (!detail_compares(detail, &compared))
		return PICTURE_VALUES;
	return session_moves(detail->view.screen->session, compared.column, compared.group)
			       ? PICTURE_STORED
			       : PICTURE_VALUES;
}

static uint64_t
at_most(uint64_t number, uint64_t count)
{
	return count == 0 ? 0 : number < count ? number : count - 1;
}

/* The cursor and the part that is shown are in the map, whatever became of the picture. */
static void
keep_inside(struct detail *detail)
{
	struct ladle_matrix matrix = ladle_row_matrix(table_of(&detail->view), detail->row);
	struct ladle_window *zoom = &detail->zoom;
	uint64_t height, width;

	detail_map_size(detail, &height, &width);
	detail->at_row = at_most(detail->at_row, height);
	detail->at_column = at_most(detail->at_column, width);
	if (zoom->top + zoom->height > matrix.height || zoom->left + zoom->width > matrix.width)
		look_at_whole(detail);
}

/* Follows the cursor of the layer table. */
static void
update(struct view *view, unsigned events)
{
	struct detail *detail = detail_of(view);
	uint32_t row = screen_row(view->screen);
	bool fresh = row != detail->row || (events & SESSION_PAIRED);
	enum detail_picture before = detail->picture;
	struct compared compared;

	detail->row = row;
	if (row == LADLE_NONE)
		return;
	if (fresh) {
		detail->in_map = detail->picture_chosen = false;
		look_at_whole(detail);
	}
	if (!detail->model_chosen || detail->model > table_of(view)->checkpoint_count)
		detail->model = most_different(detail);
	if (!detail->picture_chosen && !detail->in_map)
		detail->picture = best_picture(detail);
	if (detail->picture != PICTURE_VALUES && !detail_compares(detail, &compared))
		detail->picture = PICTURE_VALUES;
	if ((detail->picture == PICTURE_VALUES) != (before == PICTURE_VALUES))
		look_at_whole(detail);
	keep_inside(detail);
}

/* ---- rows ---- */

static unsigned
no_tensor(const struct view *view)
{
	return screen_complain(view->screen, "no tensor is under the cursor; F2 j goes to one");
}

unsigned
detail_show(struct view *view, const struct action *action)
{
	(void)action;
	if (screen_row(view->screen) == LADLE_NONE)
		return no_tensor(view);
	return screen_show(view->screen, &detail_view);
}

/* The cursor of the layer table moves, so that both stand on the same row. */
static unsigned
step(struct view *view, long rows)
{
	if (layers_behind(view) == NULL || !layers_step_rows(layers_behind(view), rows))
		return screen_complain(view->screen, "there is no tensor to go to");
	update(view, 0);
	return OUT_DRAW;
}

static unsigned
next(struct view *view, const struct action *action)
{
	return layers_next(&layers_behind(view)->view, action);
}

static unsigned
previous(struct view *view, const struct action *action)
{
	return layers_previous(&layers_behind(view)->view, action);
}

/* ---- the map ---- */

static struct area
map_area(const struct detail *detail)
{
	return detail_lay_out(detail).map;
}

static uint64_t
moved(uint64_t at, long cells, uint64_t each, uint64_t count)
{
	uint64_t far = (uint64_t)labs(cells) * each;

	at = at_most(at, count);
	if (cells < 0)
		return far > at ? 0 : at - far;
	return far > count - 1 - at ? count - 1 : at + far;
}

/* Moves the part that is shown so far that the cursor is in it. */
static void
follow(uint64_t *begin, uint64_t size, uint64_t at)
{
	if (at < *begin)
		*begin = at;
	else if (at - *begin >= size)
		*begin = at - size + 1;
}

static uint64_t
numbers_in_cell(uint64_t numbers, int cells)
{
	return cells < 1 || numbers < (uint64_t)cells ? 1 : numbers / (uint64_t)cells;
}

/* By cells; the part that is shown goes along. */
static unsigned
move_in_map(struct detail *detail, long down, long right)
{
	struct area map = map_area(detail);
	uint64_t height, width, high, wide;
	int cells_down, cells_across;

	detail_map_size(detail, &height, &width);
	detail_map_cells(detail, &map, &cells_down, &cells_across);
	bool values = detail->picture == PICTURE_VALUES;
	high = numbers_in_cell(values ? detail->zoom.height : height, cells_down);
	wide = numbers_in_cell(values ? detail->zoom.width : width, cells_across);
	if (map.height == 0) /* the values alone: one by one */
		high = wide = 1;
	detail->at_row = moved(detail->at_row, down, high, height);
	detail->at_column = moved(detail->at_column, right, wide, width);
	if (values) {
		follow(&detail->zoom.top, detail->zoom.height, detail->at_row);
		follow(&detail->zoom.left, detail->zoom.width, detail->at_column);
	}
	return OUT_DRAW;
}

static unsigned
enter_map(struct detail *detail)
{
	if (table_of(&detail->view)->rows[detail->row].count == 0)
		return screen_complain(detail->view.screen, "the tensor holds no value");
	if (detail_lay_out(detail).values.height == 0)
		return screen_complain(detail->view.screen,
				"the screen is too low for the map: it needs a few rows more");
	detail->in_map = true;
	return OUT_DRAW;
}

/* Half, or twice, of what is shown, with the cursor where it was; never fewer numbers than cells.
 */
static void
scale(uint64_t *begin, uint64_t *size, uint64_t at, uint64_t count, uint64_t cells, bool in)
{
	uint64_t before = *size, offset = at - *begin;
	uint64_t new = in ? before / 2 : before > count / 2 ? count : before * 2;

	new = new < cells ? cells : new;
	*size = new < before || !in ? new : before;
	*size = *size > count ? count : *size;
	offset = (uint64_t)((double)offset * (double)*size / (double)before);
	*begin = at > offset ? at - offset : 0;
	if (*begin > count - *size)
		*begin = count - *size;
}

static unsigned
zoom(struct detail *detail, bool in)
{
	struct ladle_window before = detail->zoom;
	struct area map = map_area(detail);
	uint64_t height, width;
	int down, across;

	if (map.height == 0)
		return screen_complain(detail->view.screen,
				"the screen is too low for the map: it needs a few rows more");
	if (detail->picture != PICTURE_VALUES)
		return screen_complain(detail->view.screen,
				"maps of units are not zoomed; m shows values");
	detail_map_size(detail, &height, &width);
	detail_map_cells(detail, &map, &down, &across);
	scale(&detail->zoom.top, &detail->zoom.height, detail->at_row, height, (uint64_t)down, in);
	scale(&detail->zoom.left, &detail->zoom.width, detail->at_column, width, (uint64_t)across,
			in);
	if (before.height == detail->zoom.height && before.width == detail->zoom.width)
		return screen_complain(
				detail->view.screen, in ? "each cell is one value: nothing is finer"
							: "the whole kernel is shown");
	return OUT_DRAW;
}

static unsigned
map_enter(struct view *view, const struct action *action)
{
	(void)action;
	if (lines(view) == 0)
		return OUT_DRAW;
	return detail_of(view)->in_map ? zoom(detail_of(view), true) : enter_map(detail_of(view));
}

static unsigned
zoom_out(struct view *view, const struct action *action)
{
	(void)action;
	return lines(view) == 0 ? OUT_DRAW : zoom(detail_of(view), false);
}

static unsigned
sideways(struct view *view, long cells)
{
	struct detail *detail = detail_of(view);

	if (lines(view) == 0)
		return OUT_DRAW;
	return detail->in_map ? move_in_map(detail, 0, cells) : enter_map(detail);
}

static unsigned
map_left(struct view *view, const struct action *action)
{
	return sideways(view, -action_times(action));
}

static unsigned
map_right(struct view *view, const struct action *action)
{
	return sideways(view, action_times(action));
}

/* ---- keys that mean rows, or cells while they move in the map ---- */

static unsigned
go(struct view *view, long steps)
{
	if (detail_of(view)->in_map)
		return move_in_map(detail_of(view), steps, 0);
	return step(view, steps);
}

static unsigned
down(struct view *view, const struct action *action)
{
	return go(view, action_times(action));
}

static unsigned
up(struct view *view, const struct action *action)
{
	return go(view, -action_times(action));
}

enum { PAGE = 10 };

static unsigned
page_down(struct view *view, const struct action *action)
{
	return go(view, PAGE * action_times(action));
}

static unsigned
page_up(struct view *view, const struct action *action)
{
	return go(view, -PAGE * action_times(action));
}

static unsigned
top(struct view *view, const struct action *action)
{
	go(view, -(long)INT32_MAX);
	return action_times(action) > 1 ? go(view, action_times(action) - 1) : OUT_DRAW;
}

static unsigned
bottom(struct view *view, const struct action *action)
{
	return action->count > 0 ? top(view, action) : go(view, INT32_MAX);
}

/* ---- models and pictures ---- */

static unsigned
choose_model(struct view *view, long by)
{
	struct detail *detail = detail_of(view);
	long count = table_of(view) == NULL ? 0 : (long)table_of(view)->checkpoint_count;
	long model = (long)detail->model + by;

	if (detail->row == LADLE_NONE)
		return no_tensor(view);
	if (model < 0 || model > count)
		return screen_complain(view->screen,
				by < 0 ? "that is the first model; > shows the next"
				       : "that is the mix, the last; < shows the one before");
	detail->model = (uint32_t)model;
	detail->model_chosen = true;
	return OUT_DRAW;
}

static unsigned
next_model(struct view *view, const struct action *action)
{
	return choose_model(view, action_times(action));
}

static unsigned
previous_model(struct view *view, const struct action *action)
{
	return choose_model(view, -action_times(action));
}

static unsigned
next_picture(struct view *view, const struct action *action)
{
	struct detail *detail = detail_of(view);
	struct compared compared;

	(void)action;
	if (detail->row == LADLE_NONE)
		return OUT_DRAW;
	if (!detail_compares(detail, &compared))
		return screen_complain(view->screen,
				"nothing is known of units in another order here: values alone");
	detail->picture = (enum detail_picture)((detail->picture + 1) % PICTURES);
	detail->picture_chosen = true;
	detail->at_row = detail->at_column = 0;
	detail->zoom.top = detail->zoom.left = 0;
	return OUT_DRAW;
}

/* Out of the map first. */
static unsigned
leave(struct view *view, const struct action *action)
{
	if (!detail_of(view)->in_map)
		return screen_handlers()[action->command->id].run(view, action);
	detail_of(view)->in_map = false;
	return OUT_DRAW;
}

/* A click on the map moves its cursor there, one on a model shows that model; the wheel goes
 * through the rows. */
static unsigned
mouse(struct view *view, const struct mouse *mouse)
{
	struct detail *detail = detail_of(view);

	if (detail->row == LADLE_NONE)
		return 0;
	if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
		return step(view, mouse->kind == MOUSE_WHEEL_UP ? -1 : 1);
	if (mouse->kind != MOUSE_PRESS)
		return 0;
	struct detail_layout layout = detail_lay_out(detail);
	int model = mouse->y - layout.models.y;
	if (detail_map_at(detail, &layout.map, mouse->y, mouse->x, &detail->at_row,
			    &detail->at_column))
		detail->in_map = true;
	else if (model >= 0 && model < layout.models.height)
		choose_model(view, (long)layout.first + model - (long)detail->model);
	else if (layout.mix.height > 0 && mouse->y == layout.mix.y)
		choose_model(view, (long)table_of(view)->checkpoint_count - (long)detail->model);
	return OUT_DRAW;
}

/* ---- the view ---- */

/* All but the line of the row that is shown. */
static int
foot_rows(const struct view *view, int height)
{
	(void)view;
	return height - 1;
}

static void
title(const struct view *view, struct buf *buf)
{
	uint32_t row = ((const struct detail *)view)->row;

	if (row != LADLE_NONE)
		layers_append_path(buf, table_of(view), row);
}

static struct view *
open(struct screen *screen)
{
	struct detail *detail = calloc(1, sizeof(*detail));

	if (detail == NULL)
		return NULL;
	detail->view.ops = &detail_view;
	detail->view.screen = screen;
	detail->row = LADLE_NONE;
	update(&detail->view, 0);
	return &detail->view;
}

static void
close(struct view *view)
{
	free(view);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_DOWN] = {down},
		[COMMAND_UP] = {up},
		[COMMAND_TOP] = {top},
		[COMMAND_BOTTOM] = {bottom},
		[COMMAND_PAGE_DOWN] = {page_down},
		[COMMAND_PAGE_UP] = {page_up},
		[COMMAND_HALF_DOWN] = {page_down},
		[COMMAND_HALF_UP] = {page_up},
		[COMMAND_NEXT] = {next},
		[COMMAND_PREVIOUS] = {previous},
		[COMMAND_NEXT_MODEL] = {next_model},
		[COMMAND_PREVIOUS_MODEL] = {previous_model},
		[COMMAND_MAP_ENTER] = {map_enter},
		[COMMAND_ZOOM_OUT] = {zoom_out},
		[COMMAND_MAP_LEFT] = {map_left},
		[COMMAND_MAP_RIGHT] = {map_right},
		[COMMAND_NEXT_PICTURE] = {next_picture},
		[COMMAND_ESCAPE] = {leave},
		[COMMAND_BACK] = {leave},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_LAYERS,
		COMMAND_MAP_ENTER,
		COMMAND_ZOOM_OUT,
		COMMAND_NEXT_MODEL,
		COMMAND_NEXT_PICTURE,
		COMMAND_NEXT,
		COMMAND_BACK,
		COMMAND_DOWN,
		COMMAND_MATCH,
		COMMAND_UNDO,
		COMMAND_NONE,
};

const struct view_ops detail_view = {
		.name = "Detail",
		.where = DETAIL,
		.opened_by = COMMAND_DETAIL,
		.foot_rows = foot_rows,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.title = title,
		.draw = detail_draw,
		.mouse = mouse,
};
