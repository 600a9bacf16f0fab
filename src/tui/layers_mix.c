/* What a person does to rows of the layer table: each is one rule more, and can be undone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

/* The rows that an action means: the tagged ones, else those of the cursor's line. */
struct chosen {
	uint32_t *rows;
	uint32_t count;
	double *set; /* [K], all NaN */
};

static void
chosen_free(struct chosen *chosen)
{
	free(chosen->rows);
	free(chosen->set);
}

static void
collect(const struct layers *layers, struct chosen *chosen)
{
	const struct outline *outline = &layers->outline;
	const struct line *line = layers_line(layers);

	if (outline->tag_count == 0 && line != NULL)
		chosen->count = outline_rows(outline, line, chosen->rows);
	for (uint32_t i = 0; outline->tag_count > 0 && i < outline->row_count; i++)
		if (outline->tagged[i])
			chosen->rows[chosen->count++] = i;
}

/* False, after a message, when there are none. */
static bool
choose(struct layers *layers, struct chosen *chosen)
{
	const struct outline *outline = &layers->outline;
	uint32_t k = outline->table == NULL ? 0 : outline->table->checkpoint_count;

	chosen->count = 0;
	chosen->rows = malloc(((size_t)outline->row_count + 1) * sizeof(*chosen->rows));
	chosen->set = malloc(((size_t)k + 1) * sizeof(*chosen->set));
	if (chosen->rows != NULL && chosen->set != NULL)
		collect(layers, chosen);
	if (chosen->count == 0) {
		screen_complain(layers->view.screen,
				"no row is under the cursor; j goes down to one");
		chosen_free(chosen);
		return false;
	}
	for (uint32_t i = 0; i < k; i++)
		chosen->set[i] = NAN;
	return true;
}

static unsigned
finish(struct layers *layers, struct chosen *chosen, enum ladle_status status,
		const struct ladle_error *err)
{
	struct screen *screen = layers->view.screen;
	uint32_t count = chosen->count;

	chosen_free(chosen);
	screen_poll(screen);
	if (status != LADLE_OK)
		return screen_fail(screen, err);
	screen_say(screen, "%s: %u %s; u takes it back", session_last_change(screen->session),
			count, count == 1 ? "row" : "rows");
	return OUT_DRAW;
}

/* The column of a checkpoint's id, LADLE_NONE after a message. */
static uint32_t
column_named(struct screen *screen, const char *id)
{
	uint32_t file = session_find(screen->session, id);
	uint32_t column = file == LADLE_NONE ? LADLE_NONE
					     : session_file(screen->session, file)->column;

	if (column == LADLE_NONE)
		screen_complain(screen,
				"no checkpoint `%s` is in the table; the row MIX names them", id);
	return column;
}

unsigned
layers_take(struct view *view, const struct action *action)
{
	struct layers *layers = (struct layers *)view;
	uint32_t column = column_named(view->screen, action->words->word[1]);
	struct ladle_error err = {0};
	struct chosen chosen;
	enum ladle_status status;

	if (column == LADLE_NONE || !choose(layers, &chosen))
		return OUT_DRAW | OUT_BELL;
	for (uint32_t k = 0; k < layers->outline.table->checkpoint_count; k++)
		chosen.set[k] = k == column;
	status = session_rule_rows(layers->outline.session, chosen.rows, chosen.count, false,
			chosen.set, &err);
	return finish(layers, &chosen, status, &err);
}

/* "A=.6" into set[]; false after a message. */
static bool
read_weight(struct screen *screen, const char *word, double *set)
{
	const char *equals = strchr(word, '=');
	char id[64], *end;
	uint32_t column;
	double weight;

	if (equals == NULL || equals == word || (size_t)(equals - word) >= sizeof(id)) {
		screen_complain(screen, "`%s` is not NAME=NUMBER, as A=.5 is", word);
		return false;
	}
	memcpy(id, word, (size_t)(equals - word));
	id[equals - word] = '\0';
	weight = strtod(equals + 1, &end);
	if (end == equals + 1 || *end != '\0' || !isfinite(weight)) {
		screen_complain(screen, "`%s`: `%s` is no number, as .5 is", word, equals + 1);
		return false;
	}
	column = column_named(screen, id);
	if (column == LADLE_NONE)
		return false;
	set[column] = weight;
	return true;
}

unsigned
layers_weigh(struct view *view, const struct action *action)
{
	struct layers *layers = (struct layers *)view;
	struct ladle_error err = {0};
	struct chosen chosen;
	enum ladle_status status;

	if (!choose(layers, &chosen))
		return OUT_DRAW | OUT_BELL;
	for (int i = 1; i < action->words->count; i++)
		if (!read_weight(view->screen, action->words->word[i], chosen.set)) {
			chosen_free(&chosen);
			return OUT_DRAW | OUT_BELL;
		}
	status = session_rule_rows(layers->outline.session, chosen.rows, chosen.count, false,
			chosen.set, &err);
	return finish(layers, &chosen, status, &err);
}

unsigned
layers_copy(struct view *view, const struct action *action)
{
	struct layers *layers = (struct layers *)view;
	struct ladle_error err = {0};
	struct chosen chosen;
	enum ladle_status status;

	(void)action;
	if (!choose(layers, &chosen))
		return OUT_DRAW | OUT_BELL;
	status = session_rule_rows(
			layers->outline.session, chosen.rows, chosen.count, true, chosen.set, &err);
	return finish(layers, &chosen, status, &err);
}

unsigned
layers_clear(struct view *view, const struct action *action)
{
	struct layers *layers = (struct layers *)view;
	struct ladle_error err = {0};
	struct chosen chosen;
	enum ladle_status status;

	(void)action;
	if (!choose(layers, &chosen))
		return OUT_DRAW | OUT_BELL;
	status = session_clear_rows(layers->outline.session, chosen.rows, chosen.count, &err);
	return finish(layers, &chosen, status, &err);
}
