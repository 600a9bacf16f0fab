#include "tui/panes.h"

#include "app/session.h"
#include "tui/glyphs.h"
#include "tui/screen.h"
#include "tui/view_detail.h"
#include "tui/view_jobs.h"
#include "tui/view_profile.h"

enum region { LEFT, RIGHT, BOTTOM, REGION_COUNT };

/* The order is that of Tab. Views of a region stand one below the other. */
static const struct slot {
	const struct view_ops *view;
	enum region region;
	int width, height; /* of the least screen that has room for it */
	int percent;       /* of the region's rows, of the screen's for BOTTOM; 0: what is left */
	bool fit;          /* no more than its lines need */
} slots[] = {
		{&layers_view, LEFT, 120, 30, 0, false},
		{&mixer_view, LEFT, 120, 30, 45, true},
		{&detail_view, RIGHT, 120, 30, 0, false},
		{&match_view, RIGHT, 140, 38, 48, false},
		{&profile_view_ops, BOTTOM, 160, 46, 28, false},
		{&jobs_view, BOTTOM, 120, 30, 14, false},
};

enum {
	SLOT_COUNT = sizeof(slots) / sizeof(slots[0]),
	LEFT_PERCENT = 58,
	LEFT_LEAST = 80, /* where the screen is wide enough for it */
	WIDE = 140,
	ROWS_LEAST = 4 /* with the title */
};

static bool
has_room(const struct screen *screen, int slot)
{
	return screen->canvas.width >= slots[slot].width &&
	       screen->canvas.height >= slots[slot].height;
}

static int
slot_of(const struct screen *screen, const struct view_ops *view)
{
	for (int i = 0; i < SLOT_COUNT; i++)
		if (slots[i].view == view && has_room(screen, i))
			return i;
	return -1;
}

static bool
is_open(const struct screen *screen, int slot)
{
	return has_room(screen, slot) && (screen->panes.closed & 1u << slot) == 0;
}

bool
panes_have(const struct screen *screen, const struct view_ops *view)
{
	return slot_of(screen, view) >= 0;
}

bool
panes_show(const struct screen *screen, const struct view_ops *view)
{
	for (int i = 0; i < screen->panes.count; i++)
		if (screen->panes.pane[i].view->ops == view)
			return true;
	return false;
}

const struct pane *
panes_of(const struct screen *screen, const struct view *view)
{
	for (int i = 0; i < screen->panes.count; i++)
		if (screen->panes.pane[i].view == view)
			return &screen->panes.pane[i];
	return NULL;
}

const struct pane *
panes_at(const struct screen *screen, int y, int x)
{
	for (int i = 0; i < screen->panes.count; i++) {
		const struct area *area = &screen->panes.pane[i].area;
		int title = screen->panes.pane[i].slot >= 0;

		if (y >= area->y - title && y < area->y + area->height && x >= area->x &&
				x < area->x + area->width)
			return &screen->panes.pane[i];
	}
	return NULL;
}

/* ---- which ---- */

static void
add(struct screen *screen, struct view *view, int slot)
{
	struct panes *panes = &screen->panes;

	if (view != NULL)
		panes->pane[panes->count++] = (struct pane){.view = view, .slot = slot};
}

/* Half a screen: the pane is alone in its region, and the other regions are as they were. */
static bool
is_hidden(const struct screen *screen, int slot, int focus)
{
	return slot != focus &&
	       (screen->panes.zoom == ZOOM_FULL ||
			       (screen->panes.zoom == ZOOM_HALF &&
					       slots[slot].region == slots[focus].region));
}

static void
choose(struct screen *screen)
{
	struct view *top = screen_top(screen);
	int focus = slot_of(screen, top->ops);

	screen->panes.count = 0;
	if (focus < 0)
		add(screen, top, -1);
	for (int i = 0; i < SLOT_COUNT && focus >= 0; i++)
		if (i == focus || (is_open(screen, i) && !is_hidden(screen, i, focus)))
			add(screen, screen_view(screen, slots[i].view), i);
	for (int i = 0; i < screen->panes.count; i++)
		screen->panes.pane[i].view->focused = screen->panes.pane[i].view == top;
}

/* ---- where ---- */

static const struct slot *
slot_at(const struct panes *panes, int index)
{
	return &slots[panes->pane[index].slot];
}

static bool
has_region(const struct panes *panes, enum region region)
{
	for (int i = 0; i < panes->count; i++)
		if (slot_at(panes, i)->region == region)
			return true;
	return false;
}

static int
wanted_rows(const struct pane *pane, const struct slot *slot, int room)
{
	int rows = room * slot->percent / 100;
	int needed = pane->view->ops->lines(pane->view) + pane->view->ops->head +
		     pane->view->ops->foot + 1;

	if (slot->fit && needed < rows)
		rows = needed;
	return rows < ROWS_LEAST ? ROWS_LEAST : rows;
}

/* The first without a share of its own, else the first, takes what the others leave. */
static int
taker_of(const struct panes *panes, enum region region)
{
	int taker = -1;

	for (int i = 0; i < panes->count; i++) {
		if (slot_at(panes, i)->region != region)
			continue;
		if (slot_at(panes, i)->percent == 0)
			return i;
		if (taker < 0)
			taker = i;
	}
	return taker;
}

static void
stack_region(struct panes *panes, enum region region, struct area area)
{
	int rows[PANE_MAX], taker = taker_of(panes, region), left = area.height;

	for (int i = 0; i < panes->count; i++) {
		if (slot_at(panes, i)->region != region || i == taker)
			continue;
		rows[i] = wanted_rows(&panes->pane[i], slot_at(panes, i), area.height);
		left -= rows[i];
	}
	for (int i = 0; i < panes->count; i++) {
		struct pane *pane = &panes->pane[i];

		if (slot_at(panes, i)->region != region)
			continue;
		pane->area = area;
		pane->area.y++;
		pane->area.height = (i == taker ? left : rows[i]) - 1;
		area.y += pane->area.height + 1;
	}
}

/* In half a screen the region of the focus has at least half. */
static int
share(const struct screen *screen, enum region region, int room, int percent)
{
	int focus = slot_of(screen, screen_top((struct screen *)screen)->ops);

	if (screen->panes.zoom == ZOOM_HALF && slots[focus].region == region && percent < 50)
		percent = 50;
	return room * percent / 100;
}

static int
bottom_rows(const struct screen *screen, int room)
{
	const struct panes *panes = &screen->panes;
	int percent = 0, rows;

	for (int i = 0; i < panes->count; i++)
		if (slot_at(panes, i)->region == BOTTOM)
			percent += slot_at(panes, i)->percent;
	rows = share(screen, BOTTOM, room, percent);
	return percent == 0 ? 0 : rows < ROWS_LEAST ? ROWS_LEAST : rows;
}

static int
left_columns(const struct screen *screen, int room)
{
	int percent = 100 - LEFT_PERCENT, right = share(screen, RIGHT, room, percent);
	bool grown = right > room * percent / 100;

	return !grown && room >= WIDE && room - right < LEFT_LEAST ? LEFT_LEAST : room - right;
}

static void
place(struct screen *screen, struct area area)
{
	struct panes *panes = &screen->panes;
	bool left = has_region(panes, LEFT), right = has_region(panes, RIGHT);
	struct area upper = area, lower = area, beside;

	lower.height = left || right ? bottom_rows(screen, area.height) : area.height;
	upper.height -= lower.height;
	lower.y += upper.height;
	stack_region(panes, BOTTOM, lower);
	beside = upper;
	if (left && right) {
		upper.width = left_columns(screen, area.width);
		beside.x = upper.width + 1;
		beside.width -= beside.x;
		panes->divider = (struct area){upper.y, upper.width, upper.height, 1};
	}
	stack_region(panes, LEFT, upper);
	stack_region(panes, RIGHT, beside);
}

/* What moves by its own keys has the say: the others follow the layer table alone. */
static void
follow(struct screen *screen)
{
	struct panes *panes = &screen->panes;
	uint32_t row = panes->count > 1 ? screen_row(screen) : LADLE_NONE;

	if (row == LADLE_NONE || row == panes->row)
		return;
	panes->row = row;
	for (int i = 0; i < panes->count; i++) {
		struct view *view = panes->pane[i].view;

		if (view->ops->follow != NULL && !view->focused)
			view->ops->follow(view, row);
	}
}

void
panes_layout(struct screen *screen)
{
	struct panes *panes = &screen->panes;

	choose(screen);
	for (int i = 0; i < panes->count; i++)
		panes->pane[i].view->ops->update(panes->pane[i].view, 0);
	follow(screen);
	panes->divider = (struct area){0, 0, 0, 0};
	if (panes->pane[0].slot < 0)
		panes->pane[0].area = frame_layout(screen);
	else
		place(screen, frame_layout(screen));
	for (int i = 0; i < panes->count; i++)
		view_layout(panes->pane[i].view, (struct area){0, 0, panes->pane[i].area.height,
								 panes->pane[i].area.width});
}

/* ---- drawing ---- */

static void
draw_view(struct screen *screen, const struct pane *pane)
{
	struct canvas *canvas = &screen->canvas, window = canvas_window(canvas, pane->area);
	struct view *view = pane->view;

	window.cursor_y = view_row_of(view, view->cursor);
	if (window.cursor_y < 0)
		window.cursor_y = view->list.y;
	view->ops->draw(view, &window);
	if (!view->focused)
		return;
	canvas->cursor_y = pane->area.y + window.cursor_y;
	canvas->cursor_x = pane->area.x + window.cursor_x;
	canvas->typing = window.typing;
}

/* The line above a pane, with its name and the key that leads to it: "[F4 Mixer]" has the keys. */
static void
draw_title(struct screen *screen, const struct pane *pane)
{
	static const char *const sizes[ZOOM_COUNT] = {"", " half", " full"};
	struct canvas *canvas = &screen->canvas;
	const struct view_ops *ops = pane->view->ops;
	bool focused = pane->view->focused;
	int y = pane->area.y - 1;
	char key[16];

	keymap_key_text(key, session_keymap(screen->session), command_of(ops->opened_by),
			screen_top(screen)->ops->where);
	canvas_repeat(canvas, y, pane->area.x, pane->area.width, ROLE_FAINT,
			canvas->glyphs->horizontal);
	canvas_print(canvas, y, pane->area.x + 1, pane->area.width - 2,
			focused ? ROLE_TITLE : ROLE_FAINT, "%s%s %s%s%s", focused ? "[" : " ", key,
			ops->name, focused ? sizes[screen->panes.zoom] : "", focused ? "]" : " ");
}

/* Does a pane begin in this row, on this side of the divider? */
static bool
has_title(const struct panes *panes, int y, bool left)
{
	for (int i = 0; i < panes->count; i++) {
		const struct area *area = &panes->pane[i].area;

		if (area->y - 1 == y && (area->x < panes->divider.x) == left)
			return true;
	}
	return false;
}

static const char *
joint_of(const struct panes *panes, const struct glyphs *glyphs, int y)
{
	bool left = has_title(panes, y, true), right = has_title(panes, y, false);

	if (y == panes->divider.y)
		return glyphs->joint[JOINT_DOWN];
	return left && right ? glyphs->joint[JOINT_ALL]
	       : left        ? glyphs->joint[JOINT_LEFT]
	       : right       ? glyphs->joint[JOINT_RIGHT]
			     : glyphs->vertical;
}

static void
draw_divider(struct screen *screen)
{
	const struct panes *panes = &screen->panes;
	const struct area *divider = &panes->divider;
	struct canvas *canvas = &screen->canvas;
	int end = divider->y + divider->height;

	for (int y = divider->y; y < end; y++)
		canvas_repeat(canvas, y, divider->x, 1, ROLE_FAINT,
				joint_of(panes, canvas->glyphs, y));
	if (divider->height > 0 && has_title(panes, end, true))
		canvas_repeat(canvas, end, divider->x, 1, ROLE_FAINT,
				canvas->glyphs->joint[JOINT_UP]);
}

void
panes_draw(struct screen *screen)
{
	const struct panes *panes = &screen->panes;

	for (int i = 0; i < panes->count; i++) {
		if (panes->pane[i].slot >= 0)
			draw_title(screen, &panes->pane[i]);
		draw_view(screen, &panes->pane[i]);
	}
	draw_divider(screen);
}

/* ---- keys ---- */

void
panes_reopen(struct screen *screen, const struct view_ops *view)
{
	int slot = slot_of(screen, view);

	if (slot >= 0)
		screen->panes.closed &= ~(1u << slot);
}

static unsigned
complain_of_size(struct screen *screen)
{
	if (slot_of(screen, &layers_view) < 0)
		return screen_complain(screen,
				"one view is shown at a time: panes take a screen of %dx%d",
				slots[0].width, slots[0].height);
	return screen_complain(screen, "%s is no pane; q leads back to them",
			screen_top(screen)->ops->name);
}

unsigned
panes_focus(struct screen *screen, int step)
{
	int slot = slot_of(screen, screen_top(screen)->ops);

	if (slot < 0)
		return complain_of_size(screen);
	do
		slot = (slot + step + SLOT_COUNT) % SLOT_COUNT;
	while (!is_open(screen, slot));
	return screen_show(screen, slots[slot].view);
}

unsigned
panes_zoom(struct screen *screen, int step)
{
	if (slot_of(screen, screen_top(screen)->ops) < 0)
		return complain_of_size(screen);
	screen->panes.zoom =
			(enum pane_zoom)((screen->panes.zoom + step + ZOOM_COUNT) % ZOOM_COUNT);
	return OUT_DRAW;
}

unsigned
panes_show_all(struct screen *screen)
{
	if (slot_of(screen, &layers_view) < 0)
		return complain_of_size(screen);
	screen->panes.closed = 0;
	screen->panes.zoom = ZOOM_NONE;
	return slot_of(screen, screen_top(screen)->ops) < 0 ? screen_show(screen, &layers_view)
							    : OUT_DRAW;
}

/* The layer table is what the others are about, and stays. */
unsigned
panes_escape(struct screen *screen)
{
	const struct view_ops *top = screen_top(screen)->ops;
	int slot = slot_of(screen, top);
	char key[16];

	if (slot < 0 || (slot == 0 && screen->panes.zoom == ZOOM_NONE))
		return 0;
	if (screen->panes.zoom != ZOOM_NONE) {
		screen->panes.zoom = ZOOM_NONE;
		return OUT_DRAW;
	}
	screen->panes.closed |= 1u << slot;
	keymap_key_text(key, session_keymap(screen->session), command_of(top->opened_by),
			layers_view.where);
	screen_say(screen, "%s is closed; %s opens it again, :panes opens all", top->name, key);
	return screen_show(screen, slots[0].view);
}
