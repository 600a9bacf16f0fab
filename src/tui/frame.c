/* The rows that stand around every view: title, verdict and faders above, hints and the message
 * below. */
#include <stdio.h>
#include <string.h>

#include "app/format.h"
#include "app/key.h"
#include "app/session.h"
#include "tui/glyphs.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

enum { SMALL_HEIGHT = 15, FADER_BAR = 8 };

/* Columns that raw text takes. */
static int
columns_of(const struct canvas *canvas, const char *text, size_t length)
{
	char scratch[4096];

	return text_clean(scratch, sizeof(scratch), text, length, canvas->glyphs->ascii);
}

static bool
is_small(const struct screen *screen)
{
	return screen->canvas.height < SMALL_HEIGHT;
}

/* The faders in miniature are left out beside the mixer itself. */
static bool
has_mix(const struct screen *screen)
{
	return screen->panes.count < 2 || !panes_show(screen, &mixer_view);
}

struct area
frame_layout(const struct screen *screen)
{
	int above = is_small(screen) || !has_mix(screen) ? 2 : 3, below = is_small(screen) ? 1 : 2;

	return (struct area){above, 0, screen->canvas.height - above - below, screen->canvas.width};
}

/* ---- title ---- */

static void
append_counts(const struct screen *screen, struct buf *buf)
{
	const struct ladle_table *table = session_table(screen->session);
	bool wide = screen->canvas.width >= 130;
	char count[16];

	if (table == NULL) {
		buf_format(buf, "%u files ", session_file_count(screen->session));
		return;
	}
	buf_format(buf, "%u %s  %u layers  ", table->checkpoint_count,
			table->checkpoint_count == 1 ? "model" : "models", table->layer_count);
	format_count(count, table->checkpoints[0]->parameters);
	if (wide)
		buf_format(buf, "%u tensors  ", table->row_count);
	buf_format(buf, "%s par", count);
	if (wide)
		buf_format(buf, "    undo %d    mouse %s ", session_undo_depth(screen->session),
				session_setting_on(screen->session, "mouse") ? "on" : "off");
}

/* The counts give way when they would take more than half. */
static void
draw_title(struct screen *screen, const struct view *view)
{
	struct canvas *canvas = &screen->canvas;
	struct buf left, right;
	int width;

	buf_init(&left);
	buf_init(&right);
	append_counts(screen, &right);
	buf_format(&left, " ladle  %s", view->ops->name);
	if (view->ops->title != NULL)
		view->ops->title(view, &left);
	width = canvas->width - text_width(buf_string(&right)) - 1;
	if (width < canvas->width / 2)
		width = canvas->width;
	canvas_put(canvas, 0, 0, width, TEXT_LEFT, ROLE_TITLE, buf_string(&left));
	if (width < canvas->width)
		canvas_say(canvas, 0, width + 1, canvas->width, ROLE_NORMAL, buf_string(&right));
	buf_done(&left);
	buf_done(&right);
}

/* ---- verdict ---- */

/* What stands for the verdict while there is no table. */
static void
append_opening(const struct screen *screen, struct buf *buf)
{
	uint32_t files = session_file_count(screen->session), opening = 0, failed = 0;

	for (uint32_t i = 0; i < files; i++) {
		enum column_state state = session_file(screen->session, i)->state;

		opening += state == COLUMN_OPENING;
		failed += state == COLUMN_FAILED;
	}
	if (opening > 0)
		buf_format(buf, "opening %u of %u files ..", opening, files);
	else if (failed == files)
		buf_text(buf, files == 0 ? "no file is open; :open FILE"
					 : "no file could be opened");
	else
		buf_text(buf, "these files cannot be laid side by side");
	if (opening > 0 && failed > 0)
		buf_format(buf, "  %u failed", failed);
}

/* Two blanks divide the parts of the line: the last that do not fit are left out whole, but for
 * the first two. */
static void
leave_out_parts(char *text, int width)
{
	char *from = strstr(text, "  ");

	from = from == NULL ? NULL : strstr(from + 2, "  ");
	for (char *end = from; from != NULL && text_width(text) > width; end = from) {
		for (char *next = from; next != NULL; next = strstr(next + 2, "  "))
			end = next;
		*end = '\0';
		from = end == from ? NULL : from;
	}
}

/* The sign and the word come first; the first two blanks in a row end them. */
static void
draw_judged(struct screen *screen, char *text)
{
	static const enum role roles[] = {
			[LADLE_PENDING] = ROLE_NORMAL,
			[LADLE_ALIKE] = ROLE_ALIKE,
			[LADLE_DRIFT] = ROLE_DRIFT,
			[LADLE_DIFFER] = ROLE_DIFFER,
	};
	struct canvas *canvas = &screen->canvas;
	enum role role = roles[session_verdict(screen->session).state];

	leave_out_parts(text, canvas->width - 1);
	const char *end = strstr(text, "  ");
	int length = end == NULL ? (int)strlen(text) : (int)(end - text);
	int x = canvas_print(canvas, 1, 1, canvas->width, role, "%.*s", length, text);

	canvas_say(canvas, 1, x, canvas->width, ROLE_NORMAL, text + length);
}

static void
draw_verdict(struct screen *screen)
{
	struct buf text;

	buf_init(&text);
	if (session_table(screen->session) == NULL) {
		append_opening(screen, &text);
		canvas_say(&screen->canvas, 1, 1, screen->canvas.width, ROLE_NORMAL,
				buf_string(&text));
	} else {
		format_verdict(&text, screen->session, screen_ascii(screen), true);
		if (!text.failed && text.length > 0)
			draw_judged(screen, text.data);
	}
	buf_done(&text);
}

/* ---- faders in miniature ---- */

static enum role
fader_role(const struct ladle_fader *fader)
{
	return fader->mute ? ROLE_FAINT : ROLE_FADER;
}

/* What is shown of it was read before. */
static int
draw_changed(struct canvas *canvas, int x, const struct session_file *file)
{
	if (file->changed.status == LADLE_OK)
		return x;
	return canvas_say(canvas, 2, x, canvas->width - x, ROLE_ERROR,
			file->changed.status == LADLE_E_CHANGED ? " CHANGED" : " GONE");
}

/* "A run1 25.0%", as wide as it needs to be; returns the column after it. */
static int
draw_fader(struct screen *screen, int x, const struct session_file *file, double part)
{
	struct canvas *canvas = &screen->canvas;
	const struct ladle_fader *fader =
			ladle_mix_fader_const(session_mix(screen->session), file->column);
	char name[COLUMN_NAME];

	x = canvas_say(canvas, 2, x, canvas->width - x, ROLE_KEY,
			screen_column_name(name, screen, file->column));
	x = canvas_print(canvas, 2, x, canvas->width - x, ROLE_NORMAL, " %s ", file->label);
	if (fader->mute)
		x = canvas_say(canvas, 2, x, canvas->width - x, fader_role(fader), "muted");
	else
		x = canvas_print(
				canvas, 2, x, canvas->width - x, ROLE_NORMAL, "%.1f%%", 100 * part);
	return draw_changed(canvas, x, file);
}

static int
draw_fader_bar(struct canvas *canvas, int x, double part)
{
	x = canvas_repeat(canvas, 2, x, 1, ROLE_FAINT, canvas->glyphs->bar_left);
	x = canvas_bar(canvas, 2, x, FADER_BAR, part, ROLE_FADER, true);
	return canvas_repeat(canvas, 2, x, 1, ROLE_FAINT, canvas->glyphs->bar_right);
}

static int
draw_closed_file(struct screen *screen, int x, const struct session_file *file)
{
	struct canvas *canvas = &screen->canvas;
	bool failed = file->state == COLUMN_FAILED;

	x = canvas_print(canvas, 2, x, canvas->width - x, ROLE_KEY, "%s", file->id);
	x = canvas_print(canvas, 2, x, canvas->width - x, ROLE_NORMAL, " %s ", file->label);
	return canvas_say(canvas, 2, x, canvas->width - x, failed ? ROLE_ERROR : ROLE_FAINT,
			failed ? "FAILED" : "opening");
}

static int
fader_width(const struct canvas *canvas, const struct session_file *file)
{
	return columns_of(canvas, file->id, strlen(file->id)) +
	       columns_of(canvas, file->label, strlen(file->label)) + 8 + 2 +
	       (file->changed.status == LADLE_OK ? 0 : (int)strlen(" CHANGED"));
}

/* Bars for as many as leave room for the names of the others. */
static int
bars_that_fit(const struct screen *screen)
{
	int room = screen->canvas.width - 6;
	uint32_t files = session_file_count(screen->session);

	for (uint32_t i = 0; i < files; i++)
		room -= fader_width(&screen->canvas, session_file(screen->session, i));
	return room / (FADER_BAR + 2);
}

/* Where not all have room, those that the layer table shows. */
static uint32_t
first_fader(struct screen *screen, int bars)
{
	const struct layers *layers = (const struct layers *)screen_view(screen, &layers_view);
	uint32_t before, after, files = session_file_count(screen->session);

	if (bars > 0 || layers == NULL || layers->outline.table == NULL)
		return 0;
	layers_columns(layers, &before, &after);
	for (uint32_t i = 0; i < files; i++)
		if (session_file(screen->session, i)->column == before)
			return i;
	return 0;
}

static void
draw_mix(struct screen *screen)
{
	struct canvas *canvas = &screen->canvas;
	const double *shares = screen_shares(screen);
	uint32_t files = session_file_count(screen->session);
	int bars = bars_that_fit(screen), x;

	x = canvas_say(canvas, 2, 1, canvas->width, ROLE_HEADER, "MIX");
	for (uint32_t i = first_fader(screen, bars); i < files && x < canvas->width; i++) {
		const struct session_file *file = session_file(screen->session, i);

		x += 2;
		if (file->column == LADLE_NONE || shares == NULL) {
			x = draw_closed_file(screen, x, file);
			continue;
		}
		x = draw_fader(screen, x, file, shares[file->column]);
		if (bars-- > 0)
			x = draw_fader_bar(canvas, x, shares[file->column]);
	}
}

/* ---- hints and message ---- */

/* The word of a command as a hint shows it: "next", "mute". */
static const char *
hint_word(const struct command *command)
{
	static const char *const prefixes[] = {"toggle-", "export-"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(command->word, prefixes[i], strlen(prefixes[i])) == 0)
			return command->word + strlen(prefixes[i]);
	return command->word;
}

/* Appends a hint, unless no key gives it; false: there is no room. */
static bool
draw_hint(struct screen *screen, int *x, const struct view *view, enum command_id id)
{
	struct canvas *canvas = &screen->canvas;
	const struct command *command = command_of(id);
	int y = canvas->height - 2, width;
	char key[16];

	keymap_key_text(key, session_keymap(screen->session), command, view->ops->where);
	if (key[0] == '\0')
		return true;
	width = text_width(key) + 1 + text_width(hint_word(command));
	if (*x + width > canvas->width || screen->hint_count == HINT_MAX)
		return false;
	screen->hints[screen->hint_count++] = (struct hint){*x, width, id};
	canvas_say(canvas, y, *x, canvas->width, ROLE_KEY, key);
	canvas_say(canvas, y, *x + text_width(key) + 1, canvas->width, ROLE_NORMAL,
			hint_word(command));
	*x += width + 2;
	return true;
}

/* The keys of panes stand behind that of help. */
static void
draw_hints(struct screen *screen, const struct view *view)
{
	const enum command_id *hints = view->ops->hints;
	bool panes = panes_have(screen, view->ops);
	int x = 1;

	screen->hint_count = 0;
	for (int i = 0; hints[i] != COMMAND_NONE; i++) {
		if (i == 1 && panes)
			draw_hint(screen, &x, view, COMMAND_PANE);
		if (i == 1 && panes)
			draw_hint(screen, &x, view, COMMAND_GROW);
		if (!draw_hint(screen, &x, view, hints[i]))
			return;
	}
}

/* Scrolls so that the cursor is visible. */
static void
draw_prompt(struct screen *screen, int y)
{
	struct canvas *canvas = &screen->canvas;
	struct prompt_view view = prompt_view(screen->prompt);
	int x = canvas_say(canvas, y, 0, canvas->width, ROLE_KEY, view.label);
	int room = canvas->width - x - 1, skip = 0;

	while (columns_of(canvas, view.text + skip, (size_t)(view.point - skip)) > room)
		do
			skip++;
		while (((unsigned char)view.text[skip] & 0xc0) == 0x80);
	canvas_say(canvas, y, x, canvas->width - x, ROLE_NORMAL, view.text + skip);
	canvas->typing = true;
	canvas->cursor_y = y;
	canvas->cursor_x = x + columns_of(canvas, view.text + skip, (size_t)(view.point - skip));
}

/* The possible completions, in columns above the prompt. */
static void
draw_matches(struct screen *screen, int bottom)
{
	struct canvas *canvas = &screen->canvas;
	struct prompt_view view = prompt_view(screen->prompt);
	int widest = 8, across, rows;

	for (int i = 0; i < view.match_count; i++) {
		int width = columns_of(canvas, view.matches[i], strlen(view.matches[i])) + 2;

		widest = width > widest ? width : widest;
	}
	across = canvas->width / widest > 0 ? canvas->width / widest : 1;
	rows = (view.match_count + across - 1) / across;
	rows = rows > bottom / 2 ? bottom / 2 : rows;
	for (int i = 0; i < rows; i++)
		canvas_put(canvas, bottom - rows + i, 0, canvas->width, TEXT_LEFT, ROLE_NORMAL, "");
	for (int i = 0; i < view.match_count && i < rows * across; i++)
		canvas_put(canvas, bottom - rows + i / across, i % across * widest + 1, widest - 1,
				TEXT_LEFT, ROLE_KEY, view.matches[i]);
}

static void
draw_pending_keys(struct screen *screen, int y)
{
	const struct keymap_state *keys = &screen->keys;
	char text[64] = "", name[16] = "";

	if (keys->first == 0 && keys->count == 0)
		return;
	if (keys->first != 0)
		key_text(name, keys->first);
	if (keys->count > 0)
		snprintf(text, sizeof(text), "%ld%s", keys->count, name);
	else
		snprintf(text, sizeof(text), "%s", name);
	canvas_put(&screen->canvas, y, screen->canvas.width - 8, 8, TEXT_RIGHT, ROLE_KEY, text);
}

static void
draw_newest_job(struct screen *screen, int y)
{
	struct canvas *canvas = &screen->canvas;
	struct session_job job;
	struct buf line;

	buf_init(&line);
	job = session_job(screen->session, 0, &line);
	buf_text(&line, "  ");
	format_job(&line, &job);
	canvas_say(canvas, y, 1, canvas->width - 10, ROLE_FAINT, buf_string(&line));
	buf_done(&line);
}

/* The question, the message, or what works behind. */
static void
draw_message(struct screen *screen, int y)
{
	struct canvas *canvas = &screen->canvas;

	if (screen->question.text.length > 0) {
		canvas->typing = true;
		canvas->cursor_y = y;
		canvas->cursor_x = canvas_print(canvas, y, 1, canvas->width - 2, ROLE_DRIFT, "%s",
				screen->question.text.data);
		return;
	}
	if (screen->message.length > 0) {
		canvas_say(canvas, y, 1, canvas->width - 1,
				screen->message_is_error ? ROLE_ERROR : ROLE_NORMAL,
				screen->message.data);
		return;
	}
	if (session_job_running(screen->session) > 0)
		draw_newest_job(screen, y);
	draw_pending_keys(screen, y);
}

void
frame_draw(struct screen *screen, const struct view *view)
{
	int bottom = screen->canvas.height - 1;

	draw_title(screen, view);
	draw_verdict(screen);
	if (!is_small(screen)) {
		if (has_mix(screen))
			draw_mix(screen);
		draw_hints(screen, view);
	}
	if (prompt_is_open(screen->prompt)) {
		draw_matches(screen, bottom);
		draw_prompt(screen, bottom);
	} else {
		draw_message(screen, bottom);
	}
}
