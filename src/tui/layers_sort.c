/* The order of the layer table. */
#include <string.h>

#include "app/session.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

static const char *const sort_names[] = {
		[SORT_FILE] = "file",
		[SORT_NAME] = "name",
		[SORT_KEEP] = "keep",
		[SORT_SHAPE] = "shape",
		[SORT_STATE] = "state",
};

const char *
layers_sort_name(enum sort sort)
{
	return sort_names[sort];
}

static bool
sort_of_name(const char *name, enum sort *sort)
{
	for (size_t i = 0; i < sizeof(sort_names) / sizeof(sort_names[0]); i++)
		if (strcmp(name, sort_names[i]) == 0) {
			*sort = (enum sort)i;
			return true;
		}
	return false;
}

void
layers_follow_sort(struct layers *layers)
{
	struct outline *outline = &layers->outline;
	enum sort before = outline->sort;

	sort_of_name(session_setting(outline->session, "sort"), &outline->sort);
	if (outline->sort == before)
		return;
	outline->reverse = false;
	layers_rebuild(layers, outline_arrange);
}

/* The order is the setting, which also stands where somebody else sets it: layers_follow_sort. */
static unsigned
sort_by(struct view *view, enum sort sort)
{
	struct layers *layers = (struct layers *)view;
	struct session *session = view->screen->session;
	const char *name = layers_sort_name(sort);
	struct ladle_error err = {0};

	if (strcmp(session_setting(session, "sort"), name) != 0 &&
			session_set(session, "sort", name, "command", &err) != LADLE_OK)
		return screen_fail(view->screen, &err);
	layers->outline.sort = sort;
	layers->outline.reverse = false;
	layers_rebuild(layers, outline_arrange);
	return OUT_DRAW;
}

unsigned
layers_sort(struct view *view, const struct action *action)
{
	enum sort by;

	if (!sort_of_name(action->words->word[1], &by))
		return screen_complain(view->screen, "sort: no order `%s`; there are %s",
				action->words->word[1], action->command->arguments);
	return sort_by(view, by);
}

unsigned
layers_sort_file(struct view *view, const struct action *action)
{
	(void)action;
	return sort_by(view, SORT_FILE);
}

unsigned
layers_sort_by_name(struct view *view, const struct action *action)
{
	(void)action;
	return sort_by(view, SORT_NAME);
}

unsigned
layers_sort_keep(struct view *view, const struct action *action)
{
	(void)action;
	return sort_by(view, SORT_KEEP);
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
	const struct layers *layers = (const struct layers *)view;
	enum sort sort;

	if (!layers_heading_at(layers, x, &sort))
		return OUT_DRAW;
	return sort == layers->outline.sort ? layers_reverse(view, NULL) : sort_by(view, sort);
}
