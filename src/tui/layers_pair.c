/* Pairing by hand: one key marks a layer, and on the layer that it belongs to it pairs the two. */
#include "app/session.h"
#include "base/buf.h"
#include "tui/pair_line.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

static bool
has(const struct layers *layers, uint32_t layer, uint32_t column)
{
	return layers->outline.table->layers[layer].index[column] != LADLE_NONE;
}

/* Layers that no checkpoint has both of: they can be one row as they are. */
static bool
are_complementary(const struct layers *layers, uint32_t a, uint32_t b)
{
	for (uint32_t k = 0; k < layers->outline.table->checkpoint_count; k++)
		if (has(layers, a, k) && has(layers, b, k))
			return false;
	return true;
}

static unsigned
pair_rows(struct layers *layers, uint32_t a, uint32_t b)
{
	uint32_t count = layers->outline.table->checkpoint_count;
	struct screen *screen = layers->view.screen;
	struct ladle_error err = {0};
	struct buf line;

	buf_init(&line);
	buf_text(&line, "pair");
	for (uint32_t k = 0; k < count; k++)
		if (has(layers, a, k) || has(layers, b, k))
			pair_append_member(screen->session, &line, has(layers, a, k) ? a : b, k);
	enum ladle_status status = session_run(screen->session, buf_string(&line), &err);
	if (status == LADLE_OK)
		screen_say(screen, "%s   u takes it back", buf_string(&line));
	buf_done(&line);
	return status == LADLE_OK ? OUT_DRAW | screen_poll(screen) : screen_fail(screen, &err);
}

/* Which of them is meant only the person knows: the line is theirs to finish. */
static unsigned
propose(struct layers *layers, uint32_t a, uint32_t b)
{
	uint32_t count = layers->outline.table->checkpoint_count, first = 0, others = 0;
	struct screen *screen = layers->view.screen;
	struct buf line;
	unsigned out;

	while (!has(layers, a, first))
		first++;
	buf_init(&line);
	buf_text(&line, "pair");
	pair_append_member(screen->session, &line, a, first);
	for (uint32_t k = 0; k < count; k++) {
		if (k == first || !has(layers, b, k))
			continue;
		pair_append_member(screen->session, &line, b, k);
		others++;
	}
	if (others > 0)
		out = screen_prompt(screen, buf_string(&line));
	else
		out = screen_complain(screen, "both are layers of %s alone",
				session_column(screen->session, first)->id);
	buf_done(&line);
	return out;
}

unsigned
layers_pair(struct view *view, const struct action *action)
{
	struct layers *layers = (struct layers *)view;
	const struct line *line = layers_line(layers);
	uint32_t marked = layers->marked, here;

	(void)action;
	if (line == NULL || line->kind == LINE_NOTE)
		return screen_complain(
				view->screen, "no layer is under the cursor; j goes down to one");
	here = line->layer;
	if (layers->outline.table->checkpoint_count < 2)
		return screen_complain(
				view->screen, "one model has nothing to pair with; :open FILE");
	layers->marked = marked == LADLE_NONE ? here : LADLE_NONE;
	if (marked == LADLE_NONE)
		screen_say(view->screen, "%s: e on the layer that it belongs to; Esc forgets it",
				layers->outline.path[here]);
	if (marked == LADLE_NONE || marked == here)
		return OUT_DRAW;
	if (are_complementary(layers, marked, here))
		return pair_rows(layers, marked, here);
	return propose(layers, marked, here);
}
