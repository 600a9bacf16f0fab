#include "tui/export_form.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "app/format.h"
#include "app/session.h"
#include "tui/glyphs.h"
#include "tui/screen.h"

/* The rows of the form. Those that `small` leaves out give way on a low screen. */
enum form_row {
	ROW_OUTPUT,
	ROW_FORMAT,
	ROW_MIX,
	ROW_ROWS,
	ROW_VERDICT,
	ROW_KEPT,
	ROW_BLANK,
	ROW_PROGRESS,
	ROW_RATE,
	ROW_BUTTONS,
	ROW_COUNT
};

static const bool optional[ROW_COUNT] = {
		[ROW_ROWS] = true,
		[ROW_KEPT] = true,
		[ROW_BLANK] = true,
		[ROW_RATE] = true,
};

static const char *const buttons[FIELD_COUNT] = {
		[FIELD_WRITE] = "Write",
		[FIELD_DRY_RUN] = "Dry run",
		[FIELD_RECIPE] = "Recipe",
		[FIELD_CANCEL] = "Cancel",
};

enum { FRAME_ROWS = 2, REPORT_ROWS = 2, LABEL_WIDTH = 9 };

static bool
is_small(const struct export *export)
{
	return export->view.area.height < ROW_COUNT + FRAME_ROWS + REPORT_ROWS;
}

/* Where a row of the form stands, -1: left out. */
static int
row_at(const struct export *export, enum form_row row)
{
	int y = export->view.area.y + (is_small(export) ? 0 : 1);

	if (is_small(export) && optional[row])
		return -1;
	for (int i = 0; i < (int)row; i++)
		y += !is_small(export) || !optional[i];
	return y;
}

static int
button_x(enum export_field field)
{
	int x = 3;

	for (int i = FIELD_WRITE; i < (int)field; i++)
		x += text_width(buttons[i]) + 4;
	return x;
}

int
export_field_at(const struct export *export, int y, int x)
{
	if (y == row_at(export, ROW_OUTPUT))
		return FIELD_OUTPUT;
	if (y == row_at(export, ROW_FORMAT))
		return FIELD_FORMAT;
	for (int i = FIELD_WRITE; y == row_at(export, ROW_BUTTONS) && i < FIELD_COUNT; i++)
		if (x >= button_x((enum export_field)i) && x < button_x((enum export_field)i + 1))
			return i;
	return -1;
}

/* ---- rows ---- */

/* A form's place on the canvas. */
struct form {
	const struct export *export;
	struct session *session;
	struct canvas *canvas;
	int x, width; /* of what stands right of the labels */
};

static int
label(const struct form *form, enum form_row row, const char *text)
{
	int y = row_at(form->export, row);

	canvas_say(form->canvas, y, 3, LABEL_WIDTH, ROLE_KEY, text);
	return y;
}

static void
mark_field(const struct form *form, enum export_field field, int y, int x, int width)
{
	if (form->export->view.cursor != (int)field)
		return;
	canvas_select(form->canvas, y, x, width);
	form->canvas->cursor_y = y;
	form->canvas->cursor_x = x;
}

static void
draw_output(const struct form *form)
{
	static const char exists[] = "exists already", fresh[] = "new file";
	const char *path = export_path(form->export);
	bool there = access(path, F_OK) == 0;
	const char *state = there ? exists : fresh;
	int y = label(form, ROW_OUTPUT, "Output"), tail = text_width(state) + 1;

	canvas_put(form->canvas, y, form->x, form->width - tail, TEXT_LEFT, ROLE_NORMAL, path);
	canvas_say(form->canvas, y, form->x + form->width - tail + 1, tail - 1,
			there ? ROLE_DRIFT : ROLE_NORMAL, state);
	mark_field(form, FIELD_OUTPUT, y, form->x, form->width - tail);
}

static void
draw_format(const struct form *form)
{
	struct ladle_error err = {0};
	enum ladle_format format;
	int y = label(form, ROW_FORMAT, "Format"), x = form->x;

	if (session_table(form->session) == NULL)
		return;
	if (export_format(form->export, form->export->format, &format, &err) != LADLE_OK)
		x = canvas_say(form->canvas, y, x, form->width, ROLE_ERROR, err.text);
	else
		x = canvas_print(form->canvas, y, x, form->width, ROLE_NORMAL, "%s%s",
				ladle_format_name(format),
				form->export->format < 0 ? "  (by the name and the template)" : "");
	mark_field(form, FIELD_FORMAT, y, form->x, x - form->x);
}

static void
draw_mix(const struct form *form)
{
	int y = label(form, ROW_MIX, "Mix"), x = form->x, end = form->x + form->width;
	const double *shares = screen_shares(form->export->view.screen);
	const struct ladle_mix *mix = session_mix(form->session);

	for (uint32_t k = 0; shares != NULL && k < session_table(form->session)->checkpoint_count;
			k++)
		x = canvas_print(form->canvas, y, x, end - x, ROLE_NORMAL, "%s %.1f%%  ",
				session_column(form->session, k)->id, 100 * shares[k]);
	if (shares != NULL && ladle_mix_rule_count(mix) > 0)
		canvas_print(form->canvas, y, x, end - x, ROLE_KEY, "%u %s",
				ladle_mix_rule_count(mix),
				ladle_mix_rule_count(mix) == 1 ? "rule" : "rules");
}

static void
draw_rows(const struct form *form)
{
	const struct ladle_table *table = session_table(form->session);
	int y = label(form, ROW_ROWS, "Tensors");
	uint32_t averaged = 0, ruled = 0;

	if (table == NULL)
		return;
	for (uint32_t row = 0; row < table->row_count; row++) {
		struct ladle_weights source;

		if (screen_row_weights(form->export->view.screen, row, &source) == NULL)
			return;
		averaged += source.source == LADLE_W_FADERS || source.source == LADLE_W_RULE;
		ruled += source.source == LADLE_W_RULE;
	}
	canvas_print(form->canvas, y, form->x, form->width, ROLE_NORMAL,
			"%u averaged, %u of them by rules; %u copied from %s", averaged, ruled,
			table->row_count - averaged,
			session_column(form->session,
					ladle_mix_template(session_mix(form->session)))
					->id);
}

static void
draw_verdict(const struct form *form)
{
	int y = label(form, ROW_VERDICT, "Verdict");
	struct buf text;

	if (session_table(form->session) == NULL)
		return;
	buf_init(&text);
	format_verdict(&text, form->session, form->canvas->glyphs->ascii, false);
	canvas_say(form->canvas, y, form->x, form->width, ROLE_NORMAL, buf_string(&text));
	buf_done(&text);
}

static void
draw_kept(const struct form *form)
{
	int y = label(form, ROW_KEPT, "Recipe");

	canvas_say(form->canvas, y, form->x, form->width, ROLE_NORMAL,
			"stored in the file as the attribute ladle_recipe");
}

static void
draw_rate(const struct form *form, const struct session_export *run)
{
	double rate = run->seconds > 0 ? (double)run->done / run->seconds : 0;
	int y = row_at(form->export, ROW_RATE), left;
	char speed[16];

	if (rate <= 0 || run->total < run->done)
		return;
	left = (int)fmin(359999, ceil((double)(run->total - run->done) / rate));
	format_bytes(speed, (uint64_t)rate);
	canvas_print(form->canvas, y, 3, form->width, ROLE_NORMAL,
			"%s/s   %d:%02d:%02d left   written beside the target, then renamed", speed,
			left / 3600, left / 60 % 60, left % 60);
}

static void
draw_progress(const struct form *form)
{
	struct session_export run = session_export(form->session);
	int y = row_at(form->export, ROW_PROGRESS), x = 3, bar = form->width - 20;
	double part = run.total > 0 ? (double)run.done / (double)run.total : 0;
	char done[16], total[16];

	if (run.state != EXPORT_RUNNING)
		return;
	format_bytes(done, run.done);
	format_bytes(total, run.total);
	if (bar > 6) {
		x = canvas_repeat(
				form->canvas, y, x, 1, ROLE_FAINT, form->canvas->glyphs->bar_left);
		x = canvas_bar(form->canvas, y, x, bar, part, ROLE_FADER, true);
		x = canvas_repeat(
				form->canvas, y, x, 1, ROLE_FAINT, form->canvas->glyphs->bar_right);
	}
	canvas_print(form->canvas, y, x + 1, 30, ROLE_NORMAL, "%.0f%%  %s of %s", 100 * part, done,
			total);
	if (row_at(form->export, ROW_RATE) >= 0)
		draw_rate(form, &run);
}

static void
draw_buttons(const struct form *form)
{
	int y = row_at(form->export, ROW_BUTTONS);

	for (int i = FIELD_WRITE; i < FIELD_COUNT; i++) {
		int x = button_x((enum export_field)i), width = text_width(buttons[i]) + 2;

		canvas_print(form->canvas, y, x, width, ROLE_KEY, "<%s>", buttons[i]);
		mark_field(form, (enum export_field)i, y, x, width);
	}
}

/* ---- afterwards ---- */

static void
draw_report(const struct form *form, int y)
{
	struct session_export run = session_export(form->session);
	int width = form->canvas->width - 2;
	char bytes[16];
	struct buf error;

	if (run.state == EXPORT_DONE) {
		format_bytes(bytes, run.report.bytes);
		canvas_print(form->canvas, y, 1, width, ROLE_ALIKE,
				"ok %s %u tensors  %s in %.1f s  %s",
				run.report.sha256[0] != '\0' ? "wrote" : "dry run: would write",
				run.report.tensors, bytes, run.seconds, run.path);
		if (run.report.sha256[0] != '\0')
			canvas_print(form->canvas, y + 1, 1, width, ROLE_NORMAL, "sha256 %s",
					run.report.sha256);
	} else if (run.state == EXPORT_FAILED) {
		buf_init(&error);
		format_error(&error, &run.error, form->canvas->glyphs->ascii);
		canvas_wrap(form->canvas, (struct area){y, 1, 2, width}, ROLE_ERROR,
				buf_string(&error));
		buf_done(&error);
	}
}

void
export_draw(const struct view *view, struct canvas *canvas)
{
	const struct export *export = (const struct export *)view;
	struct area frame = view->area;
	struct form form = {export, view->screen->session, canvas, 3 + LABEL_WIDTH, 0};

	frame.x = 1;
	frame.width = canvas->width - 2 > 100 ? 100 : canvas->width - 2;
	frame.height = ROW_COUNT + FRAME_ROWS;
	form.width = frame.x + frame.width - 2 - form.x;
	if (!is_small(export))
		canvas_frame(canvas, frame, "Export");
	draw_output(&form);
	draw_format(&form);
	draw_mix(&form);
	draw_verdict(&form);
	draw_progress(&form);
	draw_buttons(&form);
	if (!is_small(export)) {
		draw_rows(&form);
		draw_kept(&form);
	}
	draw_report(&form, row_at(export, ROW_BUTTONS) + (is_small(export) ? 1 : 2));
}
