/* Lines of the layer table by their names, and where it stands as commands that say so. */
#include <string.h>

#include "app/session.h"
#include "base/buf.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

static const char *
name_in(const struct action *action)
{
	return action->words != NULL && action->words->count > 1 ? action->words->word[1] : NULL;
}

static uint32_t
find_name(const char *const *names, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return LADLE_NONE;
}

static uint32_t
find_layer(const struct layers *layers, const char *name)
{
	return find_name(layers->outline.path, layers->outline.layer_count, name);
}

static uint32_t
find_row(const struct layers *layers, const char *name)
{
	return find_name(layers->outline.label, layers->outline.row_count, name);
}

static unsigned
complain(struct view *view, const char *name)
{
	return screen_complain(view->screen, "no row or layer is called %s; / searches", name);
}

/* ---- commands that name a line ---- */

unsigned
layers_go(struct view *view, const struct action *action)
{
	struct layers *layers = (struct layers *)view;
	const char *name = name_in(action);
	uint32_t row = find_row(layers, name), layer = find_layer(layers, name);

	if (row == LADLE_NONE && layer == LADLE_NONE)
		return complain(view, name);
	if (row != LADLE_NONE ? layers_go_row(layers, row) : layers_go_layer(layers, layer))
		return OUT_DRAW;
	return screen_complain(view->screen, "the filter hides %s; Esc clears it", name);
}

bool
layers_set_open(struct view *view, const struct action *action, bool open, unsigned *out)
{
	struct layers *layers = (struct layers *)view;
	const char *name = name_in(action);

	if (name == NULL)
		return false;
	uint32_t layer = find_layer(layers, name);
	if (layer == LADLE_NONE) {
		*out = complain(view, name);
		return true;
	}
	layers->outline.open[layer] = open;
	layers_rebuild(layers, outline_unfold);
	*out = OUT_DRAW;
	return true;
}

bool
layers_tag_row(struct view *view, const struct action *action, unsigned *out)
{
	struct layers *layers = (struct layers *)view;
	const char *name = name_in(action);

	if (name == NULL)
		return false;
	uint32_t row = find_row(layers, name);
	*out = OUT_DRAW;
	if (row == LADLE_NONE) {
		*out = complain(view, name);
		return true;
	}
	layers->outline.tagged[row] = true;
	outline_count_tags(&layers->outline);
	return true;
}

bool
layers_scroll_to(struct view *view, const struct action *action, unsigned *out)
{
	struct layers *layers = (struct layers *)view;
	const char *name = name_in(action);
	uint32_t file = name == NULL ? LADLE_NONE : session_find(view->screen->session, name);

	if (name == NULL)
		return false;
	*out = OUT_DRAW;
	if (file == LADLE_NONE)
		*out = screen_complain(view->screen,
				"no checkpoint is called %s; the row MIX names them", name);
	else if (session_file(view->screen->session, file)->column != LADLE_NONE)
		layers->first_column = session_file(view->screen->session, file)->column;
	return true;
}

/* ---- the place as commands ---- */

static void
write_names(struct buf *out, const char *word, const char *const *names, const bool *flags,
		uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!flags[i])
			continue;
		buf_format(out, "%s ", word);
		words_quote(out, names[i]);
		buf_char(out, '\n');
	}
}

static bool
are_all(const bool *flags, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!flags[i])
			return false;
	return count > 0;
}

static void
write_folds(struct buf *out, const struct outline *outline)
{
	if (are_all(outline->open, outline->layer_count))
		buf_text(out, "unfold-all\n");
	else
		write_names(out, "unfold", outline->path, outline->open, outline->layer_count);
}

static void
write_order(struct buf *out, const struct layers *layers)
{
	const struct outline *outline = &layers->outline;

	buf_text(out, "sort ");
	words_quote(out, layers_order_name(layers));
	buf_char(out, '\n');
	if (outline->reverse)
		buf_text(out, "reverse\n");
	if (!outline->filter.active)
		return;
	buf_text(out, "filter ");
	words_quote(out, outline->filter.text);
	buf_char(out, '\n');
}

void
layers_write_place(const struct layers *layers, struct buf *out)
{
	const struct outline *outline = &layers->outline;
	const struct session *session = layers->view.screen->session;
	const struct line *line = layers_line(layers);

	if (outline->table == NULL)
		return;
	write_order(out, layers);
	write_folds(out, outline);
	write_names(out, "tag", outline->label, outline->tagged, outline->row_count);
	/* A checkpoint that was shown first may have been dropped since. */
	if (layers->first_column > 0 && layers->first_column < outline->table->checkpoint_count)
		buf_format(out, "scroll-right %s\n",
				session_column(session, layers->first_column)->id);
	if (line == NULL || line->kind == LINE_NOTE)
		return;
	buf_text(out, "go ");
	words_quote(out, outline_name(outline, line));
	buf_char(out, '\n');
}

/* ---- what is chosen ---- */

/* In the order of the file, which is that of rows: tagged ones, else what is under the cursor. */
void
layers_selection(const struct layers *layers, void (*each)(const char *label, void *arg), void *arg)
{
	const struct outline *outline = &layers->outline;
	const struct line *line = layers_line(layers);

	for (uint32_t i = 0; outline->tag_count > 0 && i < outline->row_count; i++)
		if (outline->tagged[i])
			each(outline->label[i], arg);
	if (outline->tag_count > 0 || line == NULL || outline->table == NULL)
		return;
	for (uint32_t i = 0; i < outline->row_count; i++)
		if (outline_holds(outline, line, i))
			each(outline->label[i], arg);
}
