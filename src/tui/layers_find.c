/* Going to a line of the layer table: search, problems, filter. */
#include <string.h>

#include "app/session.h"
#include "tui/problem.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

static struct layers *
layers_of(struct view *view)
{
	return (struct layers *)view;
}

/* Where the cursor is in `all`, so that folded lines are found too. */
static uint32_t
cursor_in_all(const struct layers *layers)
{
	const struct line *line = layers_line(layers);

	for (uint32_t i = 0; line != NULL && i < layers->outline.all_count; i++)
		if (layers->outline.all[i].kind == line->kind &&
				layers->outline.all[i].index == line->index)
			return i;
	return 0;
}

void
layers_count_matches(struct layers *layers)
{
	const struct outline *outline = &layers->outline;
	uint32_t cursor = cursor_in_all(layers);

	layers->match = layers->matches = 0;
	for (uint32_t i = 0; layers->find.active && i < outline->all_count; i++) {
		if (!outline_matches(outline, &outline->all[i], &layers->find))
			continue;
		layers->matches++;
		if (i == cursor)
			layers->match = layers->matches;
	}
}

/* A question about a line. */
struct wanted {
	bool (*is)(const struct layers *, const struct line *, const struct wanted *);
	struct problem problem;
};

/* The next line of `all` that is wanted, `step` 1 or -1, round the end; LADLE_NONE: none is. */
static uint32_t
search(const struct layers *layers, const struct wanted *wanted, uint32_t from, int step)
{
	uint32_t count = layers->outline.all_count, at = from;

	for (uint32_t i = 0; i < count; i++) {
		at = step > 0 ? (at + 1) % count : (at + count - 1) % count;
		if (wanted->is(layers, &layers->outline.all[at], wanted))
			return at;
	}
	return LADLE_NONE;
}

static unsigned
go_to_wanted(struct layers *layers, const struct wanted *wanted, long times, int step,
		const char *none)
{
	struct screen *screen = layers->view.screen;
	uint32_t start = cursor_in_all(layers), at = start;

	for (long i = 0; i < times && at != LADLE_NONE; i++)
		at = search(layers, wanted, at, step);
	if (at == LADLE_NONE)
		return screen_complain(screen, "%s", none);
	view_go(&layers->view, (long)outline_reveal(&layers->outline, at));
	layers_count_matches(layers);
	if (step > 0 ? at <= start : at >= start)
		screen_say(screen, step > 0 ? "passed the end, from the top again"
					    : "passed the top, from the end again");
	return OUT_DRAW;
}

/* ---- rows ---- */

static uint32_t
place_of(const struct outline *outline, enum line_kind kind, uint32_t index)
{
	for (uint32_t i = 0; i < outline->all_count; i++)
		if (outline->all[i].kind == kind && outline->all[i].index == index)
			return i;
	return LADLE_NONE;
}

static void
go_to_place(struct layers *layers, uint32_t at)
{
	view_go(&layers->view, (long)outline_reveal(&layers->outline, at));
	layers_count_matches(layers);
}

bool
layers_go_row(struct layers *layers, uint32_t row)
{
	uint32_t at = place_of(&layers->outline, LINE_ROW, row);

	if (at != LADLE_NONE)
		go_to_place(layers, at);
	return at != LADLE_NONE;
}

bool
layers_go_layer(struct layers *layers, uint32_t layer)
{
	uint32_t at = place_of(&layers->outline, LINE_LAYER, layer);

	if (at != LADLE_NONE)
		go_to_place(layers, at);
	return at != LADLE_NONE;
}

/* From a layer the steps begin at the row that stands for it. */
bool
layers_step_rows(struct layers *layers, long step)
{
	const struct outline *outline = &layers->outline;
	const struct line *line = layers_line(layers);
	uint32_t row = line == NULL ? LADLE_NONE : layers_row(layers, line);
	uint32_t start = row == LADLE_NONE ? LADLE_NONE : place_of(outline, LINE_ROW, row), found;
	long way = step < 0 ? -1 : 1;

	found = start;
	if (start == LADLE_NONE)
		start = cursor_in_all(layers);
	for (long at = (long)start + way; step != 0 && at >= 0 && at < (long)outline->all_count;
			at += way) {
		if (outline->all[at].kind != LINE_ROW)
			continue;
		found = (uint32_t)at;
		step -= way;
	}
	if (found != LADLE_NONE)
		go_to_place(layers, found);
	return found != LADLE_NONE;
}

/* ---- search ---- */

static bool
is_match(const struct layers *layers, const struct line *line, const struct wanted *wanted)
{
	(void)wanted;
	return outline_matches(&layers->outline, line, &layers->find);
}

static unsigned
find_again(struct layers *layers, const struct action *action, int step)
{
	const struct wanted wanted = {.is = is_match};

	if (!layers->find.active)
		return screen_complain(layers->view.screen, "nothing was searched; / searches");
	return go_to_wanted(layers, &wanted, action_times(action), step,
			"no match; / searches for something else");
}

static unsigned
find(struct layers *layers, const struct action *action, int step)
{
	char why[256];

	if (!needle_set(&layers->find, action->words->word[1], false, why))
		return screen_complain(layers->view.screen, "%s: %s", action->words->word[1], why);
	layers_count_matches(layers);
	return layers->find.active ? find_again(layers, action, step) : OUT_DRAW;
}

unsigned
layers_find(struct view *view, const struct action *action)
{
	return find(layers_of(view), action, 1);
}

unsigned
layers_find_back(struct view *view, const struct action *action)
{
	return find(layers_of(view), action, -1);
}

unsigned
layers_find_next(struct view *view, const struct action *action)
{
	return find_again(layers_of(view), action, 1);
}

unsigned
layers_find_previous(struct view *view, const struct action *action)
{
	return find_again(layers_of(view), action, -1);
}

/* ---- problems ---- */

static bool
is_problem(const struct layers *layers, const struct line *line, const struct wanted *wanted)
{
	const struct ladle_judgement *judgements = session_judgements(layers->outline.session);

	if (line->kind != LINE_ROW || judgements == NULL)
		return false;
	return problem_is(&wanted->problem, judgements[line->index].state,
			judgements[line->index].flags);
}

static unsigned
go_to_problem(struct view *view, const struct action *action, int step)
{
	struct wanted wanted = {.is = is_problem};

	if (!problem_read(&wanted.problem, action))
		return screen_complain(view->screen,
				"%s: give flag=X, as flag=P, or state=drift|differ",
				action->words->word[1]);
	return go_to_wanted(layers_of(view), &wanted, action_times(action), step,
			"no row has that problem; gw goes to the least KEEP");
}

unsigned
layers_next(struct view *view, const struct action *action)
{
	return go_to_problem(view, action, 1);
}

unsigned
layers_previous(struct view *view, const struct action *action)
{
	return go_to_problem(view, action, -1);
}

unsigned
layers_worst(struct view *view, const struct action *action)
{
	struct layers *layers = layers_of(view);
	struct outline *outline = &layers->outline;
	uint32_t row = outline->table == NULL ? LADLE_NONE : session_verdict(outline->session).row;

	(void)action;
	if (row != LADLE_NONE && layers_go_row(layers, row))
		return OUT_DRAW;
	return screen_complain(view->screen,
			row == LADLE_NONE ? "nothing is measured yet; gj shows jobs"
					  : "the filter hides the worst row; Esc clears it");
}

/* ---- filter ---- */

unsigned
layers_filter(struct view *view, const struct action *action)
{
	struct layers *layers = layers_of(view);
	char why[256];

	if (!needle_set(&layers->outline.filter, action->words->word[1], true, why))
		return screen_complain(view->screen, "%s: %s", action->words->word[1], why);
	outline_arrange(&layers->outline);
	layers->range = -1;
	view_go(view, 0);
	layers_count_matches(layers);
	if (layers->outline.filter.active)
		screen_say(view->screen, "%u of %u layers; Esc shows all again",
				layers->outline.shown_layers, layers->outline.layer_count);
	return OUT_DRAW;
}
