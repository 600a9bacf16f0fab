#include "tui/view.h"

static int
last_line(const struct view *view)
{
	return view->ops->lines(view) - 1;
}

static void
keep_in_sight(struct view *view)
{
	int rows = view->list.height > 0 ? view->list.height : 1;
	int last = last_line(view);

	if (view->cursor > last)
		view->cursor = last;
	if (view->cursor < 0)
		view->cursor = 0;
	if (view->top > last + 1 - rows)
		view->top = last + 1 - rows;
	if (view->top < view->cursor - rows + 1)
		view->top = view->cursor - rows + 1;
	if (view->top > view->cursor)
		view->top = view->cursor;
	if (view->top < 0)
		view->top = 0;
}

static int
foot_rows(const struct view *view, int height)
{
	if (view->ops->foot_rows != NULL)
		return view->ops->foot_rows(view, height);
	return height < LOW_AREA ? view->ops->low_foot : view->ops->foot;
}

void
view_layout(struct view *view, struct area area)
{
	view->area = area;
	view->list = area;
	view->list.y += view->ops->head;
	view->list.height -= view->ops->head;
	view->list.height -= foot_rows(view, area.height);
	if (view->list.height < 1)
		view->list.height = 1;
	keep_in_sight(view);
}

void
view_move(struct view *view, long step)
{
	view_go(view, view->cursor + step);
}

void
view_go(struct view *view, long line)
{
	int last = last_line(view);

	view->cursor = line > last ? last : line < 0 ? 0 : (int)line;
	keep_in_sight(view);
}

int
view_row_of(const struct view *view, int line)
{
	int row = line - view->top;

	return row >= 0 && row < view->list.height ? view->list.y + row : -1;
}

int
view_line_at(const struct view *view, int y)
{
	int line = view->top + y - view->list.y;

	if (y < view->list.y || y >= view->list.y + view->list.height)
		return -1;
	return line <= last_line(view) ? line : -1;
}

long
action_times(const struct action *action)
{
	return action->count > 0 ? action->count : 1;
}

static unsigned
moved(struct view *view)
{
	if (view->ops->moved != NULL)
		view->ops->moved(view);
	return OUT_DRAW;
}

static unsigned
scroll(struct view *view, long rows)
{
	view->top += (int)rows;
	view_move(view, rows);
	return moved(view);
}

static unsigned
down(struct view *view, const struct action *action)
{
	view_move(view, action_times(action));
	return moved(view);
}

static unsigned
up(struct view *view, const struct action *action)
{
	view_move(view, -action_times(action));
	return moved(view);
}

static unsigned
top(struct view *view, const struct action *action)
{
	view_go(view, action_times(action) - 1);
	return moved(view);
}

static unsigned
bottom(struct view *view, const struct action *action)
{
	view_go(view, action->count > 0 ? action->count - 1 : last_line(view));
	return moved(view);
}

static unsigned
page_down(struct view *view, const struct action *action)
{
	return scroll(view, action_times(action) * view->list.height);
}

static unsigned
page_up(struct view *view, const struct action *action)
{
	return scroll(view, -action_times(action) * view->list.height);
}

static unsigned
half_down(struct view *view, const struct action *action)
{
	return scroll(view, action_times(action) * ((view->list.height + 1) / 2));
}

static unsigned
half_up(struct view *view, const struct action *action)
{
	return scroll(view, -action_times(action) * ((view->list.height + 1) / 2));
}

const struct handler *
view_motions(void)
{
	static const struct handler motions[COMMAND_COUNT] = {
			[COMMAND_DOWN] = {down},
			[COMMAND_UP] = {up},
			[COMMAND_TOP] = {top},
			[COMMAND_BOTTOM] = {bottom},
			[COMMAND_PAGE_DOWN] = {page_down},
			[COMMAND_PAGE_UP] = {page_up},
			[COMMAND_HALF_DOWN] = {half_down},
			[COMMAND_HALF_UP] = {half_up},
	};

	return motions;
}
