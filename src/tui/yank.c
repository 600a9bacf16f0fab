#include "tui/yank.h"

#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "app/text_file.h"
#include "base/text.h"
#include "tui/screen.h"

bool
yank_sequence(struct buf *out, const char *text, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";

	if (length > YANK_LARGEST)
		return false;
	buf_text(out, "\033]52;c;");
	for (size_t i = 0; i < length; i += 3) {
		unsigned value = 0;
		for (size_t k = 0; k < 3; k++)
			value = value << 8 | (i + k < length ? (unsigned char)text[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_char(out, i + k > length ? '=' : digits[value >> (18 - 6 * k) & 63]);
	}
	buf_char(out, '\a');
	return true;
}

/* The line under the cursor as it is drawn, without the cursor's sign. */
static void
append_shown(struct screen *screen, const struct view *view, struct buf *out)
{
	struct buf all;
	int y = view_row_of(view, view->cursor);

	buf_init(&all);
	screen_compose(screen);
	canvas_text(&screen->canvas, &all);
	const char *line = buf_string(&all);
	for (; y > 0 && *line != '\0'; y--)
		line += strcspn(line, "\n") + 1;
	line += strspn(line, "> ");
	buf_append(out, line, strcspn(line, "\n"));
	buf_done(&all);
}

static bool
shows_rows(const struct view *view)
{
	return view->ops->where == LAYERS || view->ops->where == DETAIL;
}

static void
append_row(struct screen *screen, uint32_t row, struct buf *out)
{
	static const char *const states[] = {[LADLE_PENDING] = "..",
			[LADLE_ALIKE] = "ALIKE",
			[LADLE_DRIFT] = "DRIFT",
			[LADLE_DIFFER] = "DIFFER"};
	struct session *session = screen->session;
	const struct ladle_judgement *judgement = &session_judgements(session)[row];
	struct ladle_weights weights;
	char keep[8];

	format_percent(keep, judgement->keep);
	text_clean_append(out, session_table(session)->rows[row].label, screen_ascii(screen));
	buf_char(out, '\t');
	format_shape(out, &session_table(session)->rows[row]);
	buf_format(out, "\t%s\t%s", keep + strspn(keep, " "), states[judgement->state]);
	const double *w = screen_row_weights(screen, row, &weights);
	for (uint32_t k = 0; w != NULL && k < session_table(session)->checkpoint_count; k++)
		buf_format(out, "\t%g", weights.sum == 0 ? 0 : w[k] / weights.sum);
}

/* Is there anything under the cursor? */
static bool
collect(struct screen *screen, const struct view *view, bool whole, struct buf *out)
{
	uint32_t row = shows_rows(view) ? screen_row(screen) : LADLE_NONE;

	if (row == LADLE_NONE)
		append_shown(screen, view, out);
	else if (whole)
		append_row(screen, row, out);
	else
		text_clean_append(out, session_table(screen->session)->rows[row].label,
				screen_ascii(screen));
	return out->length > 0 && !out->failed;
}

static unsigned
write_file(struct screen *screen, const char *path, struct buf *text)
{
	struct ladle_error err = {0};

	buf_char(text, '\n');
	if (text_file_create(path, text, &err) != LADLE_OK)
		return screen_fail(screen, &err);
	screen_say(screen, "wrote to %s: %.*s", path, (int)text->length - 1, text->data);
	return OUT_DRAW;
}

static unsigned
yank(struct view *view, const struct action *action, bool whole)
{
	struct screen *screen = view->screen;
	const char *path = action->words != NULL && action->words->count > 1
					   ? action->words->word[1]
					   : NULL;
	unsigned out = OUT_DRAW | OUT_COPY;
	struct buf text;

	buf_init(&text);
	buf_clear(&screen->clip);
	if (!collect(screen, view, whole || path != NULL, &text))
		out = screen_complain(screen, "nothing is under the cursor; j and k move it");
	else if (path != NULL)
		out = write_file(screen, path, &text);
	else if (!yank_sequence(&screen->clip, text.data, text.length))
		out = screen_complain(screen, "too long for a clipboard; :yank FILE writes it");
	if (out & OUT_COPY)
		screen_say(screen, "copied: %s", text.data);
	buf_done(&text);
	return out;
}

unsigned
yank_value(struct view *view, const struct action *action)
{
	return yank(view, action, false);
}

unsigned
yank_row(struct view *view, const struct action *action)
{
	return yank(view, action, true);
}
