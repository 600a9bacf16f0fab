/* Where the views stand. A large screen has room for two: the table above, the mixer below. */
#include "tui/screen.h"

enum { LARGE_WIDTH = 120, LARGE_HEIGHT = 30 };

static struct view *
other_of(struct screen *screen, const struct view *top)
{
	if (screen->canvas.width < LARGE_WIDTH || screen->canvas.height < LARGE_HEIGHT)
		return NULL;
	if (top->ops == &layers_view)
		return screen_view(screen, &mixer_view);
	return top->ops == &mixer_view ? screen_view(screen, &layers_view) : NULL;
}

/* Rows of the mixer: its lines with what stands around them, but no more than half. */
static int
mixer_height(const struct view *mixer, int room)
{
	int rows = mixer->ops->lines(mixer) + mixer->ops->head + mixer->ops->foot;

	return rows > room / 2 ? room / 2 : rows;
}

void
panes_layout(struct screen *screen)
{
	struct view *top = screen_top(screen), *other = other_of(screen, top);
	struct view *upper = top->ops == &mixer_view && other != NULL ? other : top;
	struct view *lower = upper == top ? other : top;
	struct area area = frame_layout(screen), below = area;

	screen->pane = other;
	top->focused = true;
	top->ops->update(top, 0);
	if (other != NULL) {
		other->focused = false;
		other->ops->update(other, 0);
		below.height = mixer_height(lower, area.height);
		area.height -= below.height;
		below.y += area.height;
		view_layout(lower, below);
	}
	view_layout(upper, area);
}
