#include "tui/view_layers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "base/buf.h"
#include "tui/screen.h"
#include "tui/view_detail.h"
#include "tui/view_match.h"

static struct layers *
layers_of(struct view *view)
{
	return (struct layers *)view;
}

const struct line *
layers_line(const struct layers *layers)
{
	if ((uint32_t)layers->view.cursor >= layers->outline.count)
		return NULL;
	return &layers->outline.lines[layers->view.cursor];
}

uint32_t
layers_row(const struct layers *layers, const struct line *line)
{
	if (line->kind == LINE_ROW)
		return line->index;
	return line->kind == LINE_LAYER ? layers->outline.summary[line->index].row : LADLE_NONE;
}

/* ---- keeping the cursor on its line ---- */

static int
find_line(const struct outline *outline, enum line_kind kind, const char *name)
{
	for (uint32_t i = 0; i < outline->count; i++)
		if (outline->lines[i].kind == kind &&
				strcmp(outline_name(outline, &outline->lines[i]), name) == 0)
			return (int)i;
	return -1;
}

/* Rebuilds by `change` and puts the cursor on the line that it was on, else where it was. */
void
layers_rebuild(struct layers *layers, void (*change)(struct outline *))
{
	const struct line *line = layers_line(layers);
	enum line_kind kind = line == NULL ? LINE_NOTE : line->kind;
	char *name = line == NULL ? NULL : strdup(outline_name(&layers->outline, line));
	int found;

	change(&layers->outline);
	found = name == NULL ? -1 : find_line(&layers->outline, kind, name);
	free(name);
	if (found >= 0)
		layers->view.cursor = found;
	layers->range = -1;
	layers_count_matches(layers);
}

static void
refresh(struct outline *outline)
{
	outline_refresh(outline);
}

/* The table may be another one also without an event: `drop` and undo pair at once. Nothing of the
 * old one is touched any more. */
static void
update(struct view *view, unsigned events)
{
	struct layers *layers = layers_of(view);
	struct outline *outline = &layers->outline;

	if (outline->table != session_table(outline->session))
		layers->marked = LADLE_NONE;
	if ((events & (SESSION_OPENED | SESSION_PAIRED)) ||
			outline->table != session_table(outline->session))
		layers_rebuild(layers, outline_pair);
	else if (outline_is_sorted_by_figures(outline) &&
			outline->generation != session_generation(outline->session))
		layers_rebuild(layers, refresh);
	else
		outline_refresh(outline);
	layers_follow_sort(layers);
}

/* ---- folding ---- */

/* The filter may hold a layer open that is not; then only its own flag changes. */
static unsigned
set_open(struct layers *layers, const struct line *line, bool open)
{
	layers->outline.open[line->index] = open;
	layers_rebuild(layers, outline_unfold);
	return OUT_DRAW;
}

/* On an open layer it goes on into it, so that one key walks down the outline. */
static unsigned
unfold(struct view *view, const struct action *action)
{
	struct layers *layers = layers_of(view);
	const struct line *line = layers_line(layers);
	unsigned out;

	if (layers_set_open(view, action, true, &out))
		return out;
	if (line == NULL || line->kind != LINE_LAYER)
		return OUT_DRAW;
	if (outline_is_open(&layers->outline, line->index))
		view_move(view, 1);
	else
		set_open(layers, line, true);
	return OUT_DRAW;
}

static unsigned
enter(struct view *view, const struct action *action)
{
	const struct line *line = layers_line(layers_of(view));

	if (line != NULL && line->kind == LINE_ROW)
		return detail_show(view, action);
	return unfold(view, action);
}

static unsigned
fold(struct view *view, const struct action *action)
{
	struct layers *layers = layers_of(view);
	const struct line *line = layers_line(layers);
	uint32_t parent;
	unsigned out;

	if (layers_set_open(view, action, false, &out))
		return out;
	if (line == NULL || line->kind == LINE_NOTE)
		return OUT_DRAW;
	if (line->kind == LINE_LAYER && layers->outline.open[line->index])
		return set_open(layers, line, false);
	parent = outline_parent(&layers->outline, line);
	for (int i = view->cursor; i-- > 0 && parent != LADLE_NONE;) {
		const struct line *above = &layers->outline.lines[i];

		if (above->kind == LINE_LAYER && above->index == parent) {
			view_go(view, i);
			break;
		}
	}
	return OUT_DRAW;
}

static unsigned
open_all(struct layers *layers, bool open)
{
	uint32_t layer = LADLE_NONE;
	const struct line *line = layers_line(layers);

	/* The cursor goes to the layer that hides its row. */
	if (!open && line != NULL && line->kind != LINE_NOTE)
		for (layer = line->layer;
				layers->outline.table->layers[layer].parent != LADLE_NONE;)
			layer = layers->outline.table->layers[layer].parent;
	for (uint32_t i = 0; i < layers->outline.layer_count; i++)
		layers->outline.open[i] = open;
	layers_rebuild(layers, outline_unfold);
	for (uint32_t i = 0; layer != LADLE_NONE && i < layers->outline.count; i++)
		if (layers->outline.lines[i].kind == LINE_LAYER &&
				layers->outline.lines[i].index == layer)
			view_go(&layers->view, (long)i);
	return OUT_DRAW;
}

static unsigned
unfold_all(struct view *view, const struct action *action)
{
	(void)action;
	return open_all(layers_of(view), true);
}

static unsigned
fold_all(struct view *view, const struct action *action)
{
	(void)action;
	return open_all(layers_of(view), false);
}

/* ---- tags ---- */

static unsigned
tag(struct view *view, const struct action *action)
{
	struct layers *layers = layers_of(view);
	long times = action->count > 0 ? action->count : 1;
	unsigned out;

	if (layers_tag_row(view, action, &out))
		return out;
	while (times-- > 0 && layers_line(layers) != NULL) {
		const struct line *line = layers_line(layers);
		int before = view->cursor;

		outline_tag(&layers->outline, line, !outline_tagged(&layers->outline, line));
		view_move(view, 1);
		if (view->cursor == before)
			break;
	}
	outline_count_tags(&layers->outline);
	return OUT_DRAW;
}

static unsigned
tag_range(struct view *view, const struct action *action)
{
	struct layers *layers = layers_of(view);
	int first = layers->range, last = view->cursor;

	(void)action;
	if (first < 0) {
		layers->range = view->cursor;
		screen_say(view->screen, "range of tags begins here; v ends it, Esc forgets it");
		return OUT_DRAW;
	}
	if (first > last) {
		last = first;
		first = view->cursor;
	}
	for (int i = first; i <= last && (uint32_t)i < layers->outline.count; i++)
		outline_tag(&layers->outline, &layers->outline.lines[i], true);
	outline_count_tags(&layers->outline);
	layers->range = -1;
	return OUT_DRAW;
}

/* The pattern is that of `mix .. on PATTERN`, not a regular expression: what is tagged here is what
 * a rule would match. */
static unsigned
tag_pattern(struct view *view, const struct action *action)
{
	struct outline *outline = &layers_of(view)->outline;
	uint32_t tagged = 0;

	for (uint32_t i = 0; i < outline->row_count; i++)
		if (ladle_pattern_matches(action->words->word[1], outline->table, i)) {
			outline->tagged[i] = true;
			tagged++;
		}
	outline_count_tags(outline);
	if (tagged == 0)
		return screen_complain(view->screen,
				"no row matches %s; patterns are as dense* or conv/kernel",
				action->words->word[1]);
	screen_say(view->screen, "%u rows match", tagged);
	return OUT_DRAW;
}

static unsigned
untag_all(struct view *view, const struct action *action)
{
	struct outline *outline = &layers_of(view)->outline;

	(void)action;
	for (uint32_t i = 0; i < outline->row_count; i++)
		outline->tagged[i] = false;
	outline_count_tags(outline);
	return OUT_DRAW;
}

static unsigned
match_row(struct view *view, const struct action *action)
{
	const struct line *line = layers_line(layers_of(view));

	(void)action;
	if (line == NULL || line->kind == LINE_NOTE)
		return screen_complain(
				view->screen, "no layer is under the cursor; j goes down to one");
	return match_show_layer(view->screen, line->layer);
}

/* Undoes one thing each time: mark, range, search, filter. */
static unsigned
escape(struct view *view, const struct action *action)
{
	struct layers *layers = layers_of(view);

	(void)action;
	if (layers->marked != LADLE_NONE) {
		layers->marked = LADLE_NONE;
	} else if (layers->range >= 0) {
		layers->range = -1;
	} else if (layers->find.active) {
		needle_clear(&layers->find);
		layers_count_matches(layers);
	} else if (layers->outline.filter.active) {
		needle_clear(&layers->outline.filter);
		layers_rebuild(layers, outline_arrange);
	} else {
		return screen_escape(view->screen);
	}
	return OUT_DRAW;
}

/* ---- the view ---- */

static int
lines(const struct view *view)
{
	return (int)((const struct layers *)view)->outline.count;
}

static void
append_layers(struct buf *buf, const struct ladle_table *table, uint32_t layer)
{
	uint32_t parent = table->layers[layer].parent;

	if (parent != LADLE_NONE)
		append_layers(buf, table, parent);
	buf_format(buf, " > %s", table->layers[layer].name);
}

void
layers_append_path(struct buf *buf, const struct ladle_table *table, uint32_t row)
{
	append_layers(buf, table, table->rows[row].layer);
	buf_format(buf, " > %s", table->rows[row].tensor);
}

static void
title(const struct view *view, struct buf *buf)
{
	const struct layers *layers = (const struct layers *)view;
	const struct line *line = layers_line(layers);

	if (line == NULL || line->kind == LINE_NOTE)
		return;
	if (line->kind == LINE_ROW)
		layers_append_path(buf, layers->outline.table, line->index);
	else
		append_layers(buf, layers->outline.table, line->layer);
}

/* A click selects; on the sign of a layer it opens and closes. */
static unsigned
mouse(struct view *view, const struct mouse *mouse)
{
	struct layers *layers = layers_of(view);
	int line = view_line_at(view, mouse->y);

	if (mouse->kind == MOUSE_PRESS && mouse->y == view->area.y)
		return layers_click_heading(view, mouse->x);
	if (mouse->kind != MOUSE_PRESS || line < 0)
		return 0;
	view_go(view, line);
	if (layers->outline.lines[line].kind == LINE_LAYER && mouse->x < 3)
		set_open(layers, &layers->outline.lines[line],
				!layers->outline.open[layers->outline.lines[line].index]);
	return OUT_DRAW;
}

static struct view *
open(struct screen *screen)
{
	struct layers *layers = calloc(1, sizeof(*layers));

	if (layers == NULL)
		return NULL;
	layers->view.ops = &layers_view;
	layers->view.screen = screen;
	layers->range = -1;
	layers->marked = LADLE_NONE;
	outline_init(&layers->outline, screen->session);
	outline_pair(&layers->outline);
	layers_follow_sort(layers);
	return &layers->view;
}

static void
close(struct view *view)
{
	struct layers *layers = layers_of(view);

	needle_clear(&layers->find);
	outline_done(&layers->outline);
	free(layers);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_GO] = {layers_go},
		[COMMAND_UNFOLD] = {unfold},
		[COMMAND_ENTER] = {enter},
		[COMMAND_FOLD] = {fold},
		[COMMAND_UNFOLD_ALL] = {unfold_all},
		[COMMAND_FOLD_ALL] = {fold_all},
		[COMMAND_SCROLL_RIGHT] = {layers_scroll_right},
		[COMMAND_SCROLL_LEFT] = {layers_scroll_left},
		[COMMAND_NEXT] = {layers_next},
		[COMMAND_PREVIOUS] = {layers_previous},
		[COMMAND_WORST] = {layers_worst},
		[COMMAND_FIND] = {layers_find},
		[COMMAND_FIND_BACK] = {layers_find_back},
		[COMMAND_FIND_NEXT] = {layers_find_next},
		[COMMAND_FIND_PREVIOUS] = {layers_find_previous},
		[COMMAND_FILTER] = {layers_filter},
		[COMMAND_SORT] = {layers_sort},
		[COMMAND_SORT_FILE] = {layers_sort_by},
		[COMMAND_SORT_NAME] = {layers_sort_by},
		[COMMAND_SORT_KEEP] = {layers_sort_by},
		[COMMAND_SORT_SHAPE] = {layers_sort_by},
		[COMMAND_SORT_STATE] = {layers_sort_by},
		[COMMAND_SORT_MODEL] = {layers_sort_model},
		[COMMAND_REVERSE] = {layers_reverse},
		[COMMAND_TAG] = {tag},
		[COMMAND_TAG_RANGE] = {tag_range},
		[COMMAND_TAG_PATTERN] = {tag_pattern},
		[COMMAND_UNTAG_ALL] = {untag_all},
		[COMMAND_TAKE] = {layers_take},
		[COMMAND_WEIGH] = {layers_weigh},
		[COMMAND_COPY_ROW] = {layers_copy},
		[COMMAND_CLEAR_ROW] = {layers_clear},
		[COMMAND_PAIR_ROW] = {layers_pair},
		[COMMAND_MATCH_ROW] = {match_row},
		[COMMAND_ESCAPE] = {escape},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_DETAIL,
		COMMAND_MIXER,
		COMMAND_MATCH,
		COMMAND_EXPORT,
		COMMAND_FIND,
		COMMAND_NEXT,
		COMMAND_WORST,
		COMMAND_TAG,
		COMMAND_TAKE,
		COMMAND_UNDO,
		COMMAND_PROMPT,
		COMMAND_BACK,
		COMMAND_FILTER,
		COMMAND_SORT_KEEP,
		COMMAND_WEIGH,
		COMMAND_PAIR_ROW,
		COMMAND_NONE,
};

const struct view_ops layers_view = {
		.name = "Layers",
		.where = LAYERS,
		.opened_by = COMMAND_LAYERS,
		.head = 1,
		.foot = 3,
		.low_foot = 2,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.title = title,
		.draw = layers_draw,
		.mouse = mouse,
};
