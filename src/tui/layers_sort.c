/* In which order the layer table has its lines, and which models' columns it shows. */
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "base/buf.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

/* ---- columns ---- */

/* From what is shown: a table that grew wider shows more than was scrolled to. */
static unsigned
scroll_columns(struct view *view, int step)
{
	struct layers *layers = (struct layers *)view;
	uint32_t before, after;

	layers->first_column = layers_columns(layers, &before, &after);
	if ((step < 0 ? before : after) == 0)
		return screen_complain(view->screen,
				step < 0 ? "these are the first models; > shows the next"
					 : "these are the last models; < shows those before");
	layers->first_column += (uint32_t)step;
	return OUT_DRAW;
}

unsigned
layers_scroll_right(struct view *view, const struct action *action)
{
	unsigned out;

	if (layers_scroll_to(view, action, &out))
		return out;
	return scroll_columns(view, 1);
}

unsigned
layers_scroll_left(struct view *view, const struct action *action)
{
	(void)action;
	return scroll_columns(view, -1);
}

/* ---- order ---- */

static const struct {
	const char *name, *text;
	enum command_id command; /* whose key sorts so */
} orders[] = {
		[SORT_FILE] = {"file", "file order", COMMAND_SORT_FILE},
		[SORT_NAME] = {"name", "by name", COMMAND_SORT_NAME},
		[SORT_KEEP] = {"keep", "worst KEEP first", COMMAND_SORT_KEEP},
		[SORT_SHAPE] = {"shape", "largest first", COMMAND_SORT_SHAPE},
		[SORT_STATE] = {"state", "worst state first", COMMAND_SORT_STATE},
};

enum { ORDERS = sizeof(orders) / sizeof(orders[0]) };

const char *
layers_order_name(const struct layers *layers)
{
	enum sort sort = layers->outline.sort;

	return sort == SORT_MODEL ? layers->outline.model : orders[sort].name;
}

void
layers_append_order(const struct layers *layers, struct buf *buf)
{
	const struct outline *outline = &layers->outline;

	if (outline->sort == SORT_MODEL)
		buf_format(buf, "worst cosine of %s first", outline->model);
	else
		buf_text(buf, orders[outline->sort].text);
	buf_text(buf, outline->reverse ? ", reversed" : "");
}

static enum sort
order_called(const char *name)
{
	for (int i = 0; i < ORDERS; i++)
		if (strcmp(name, orders[i].name) == 0)
			return (enum sort)i;
	return SORT_COUNT;
}

static unsigned
arrange(struct layers *layers, enum sort sort)
{
	layers->outline.sort = sort;
	layers->outline.reverse = false;
	layers_rebuild(layers, outline_arrange);
	return OUT_DRAW;
}

void
layers_follow_sort(struct layers *layers)
{
	enum sort sort = order_called(session_setting(layers->outline.session, "sort"));

	if (sort == layers->followed || sort == SORT_COUNT)
		return;
	layers->followed = sort;
	if (sort != layers->outline.sort)
		arrange(layers, sort);
}

/* The order is the setting, which also stands where somebody else sets it: layers_follow_sort. */
static unsigned
sort_by(struct layers *layers, enum sort sort)
{
	struct session *session = layers->outline.session;
	struct ladle_error err = {0};

	if (strcmp(session_setting(session, "sort"), orders[sort].name) != 0 &&
			session_set(session, "sort", orders[sort].name, "command", &err) !=
					LADLE_OK)
		return screen_fail(layers->view.screen, &err);
	layers->followed = sort;
	return arrange(layers, sort);
}

/* No setting: another run has other models. */
static unsigned
sort_by_model(struct layers *layers, uint32_t column)
{
	char *model = strdup(session_column(layers->view.screen->session, column)->id);

	if (model == NULL)
		return OUT_DRAW;
	free(layers->outline.model);
	layers->outline.model = model;
	return arrange(layers, SORT_MODEL);
}

unsigned
layers_sort(struct view *view, const struct action *action)
{
	struct layers *layers = (struct layers *)view;
	struct session *session = view->screen->session;
	const char *name = action->words->word[1];
	enum sort sort = order_called(name);
	uint32_t file = session_find(session, name);

	if (sort != SORT_COUNT)
		return sort_by(layers, sort);
	if (file != LADLE_NONE && session_file(session, file)->column != LADLE_NONE)
		return sort_by_model(layers, session_file(session, file)->column);
	return screen_complain(view->screen, "sort: no order or checkpoint `%s`; there are %s",
			name, action->command->arguments);
}

unsigned
layers_sort_by(struct view *view, const struct action *action)
{
	for (int i = 0; i < ORDERS; i++)
		if (orders[i].command == action->command->id)
			return sort_by((struct layers *)view, (enum sort)i);
	return 0;
}

/* Of those that are shown: 2sm is the second. */
unsigned
layers_sort_model(struct view *view, const struct action *action)
{
	struct layers *layers = (struct layers *)view;
	const struct ladle_table *table = layers->outline.table;
	uint32_t before, after, column = action->count > 0 ? (uint32_t)action->count - 1 : 0;

	if (table == NULL)
		return screen_complain(view->screen, "nothing is open to be sorted; :open FILE");
	column += layers_columns(layers, &before, &after);
	if (column >= table->checkpoint_count)
		return screen_complain(
				view->screen, "there are %u models", table->checkpoint_count);
	return sort_by_model(layers, column);
}

unsigned
layers_reverse(struct view *view, const struct action *action)
{
	struct layers *layers = (struct layers *)view;

	(void)action;
	layers->outline.reverse = !layers->outline.reverse;
	layers_rebuild(layers, outline_arrange);
	return OUT_DRAW;
}

unsigned
layers_click_heading(struct view *view, int x)
{
	struct layers *layers = (struct layers *)view;
	uint32_t column = LADLE_NONE;
	enum sort sort;

	if (!layers_heading_at(layers, x, &sort, &column))
		return OUT_DRAW;
	if (sort == layers->outline.sort &&
			(sort != SORT_MODEL || column == outline_sort_column(&layers->outline)))
		return layers_reverse(view, NULL);
	return sort == SORT_MODEL ? sort_by_model(layers, column) : sort_by(layers, sort);
}
