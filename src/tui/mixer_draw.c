/* The mixer as cells. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/screen.h"
#include "tui/view_mixer.h"

enum {
	MARK_WIDTH = 3,
	SET_WIDTH = 6,
	SHARE_WIDTH = 10,
	SWITCH_WIDTH = 2,
	SWITCHES = 3,
	BAR_MIN = 6
};

static int
name_width(int screen_width)
{
	int rest = screen_width - MARK_WIDTH - SET_WIDTH - SHARE_WIDTH - SWITCHES * SWITCH_WIDTH -
		   4;
	int name = rest / 3;

	return name < 6 ? 6 : name > 30 ? 30 : name;
}

struct fader_bar
mixer_bar(const struct mixer *mixer, int screen_width)
{
	int x = MARK_WIDTH + name_width(screen_width) + SET_WIDTH + SHARE_WIDTH + 2;
	int width = screen_width - x - 2 - SWITCHES * SWITCH_WIDTH;

	(void)mixer;
	return (struct fader_bar){x, width < BAR_MIN ? BAR_MIN : width};
}

int
mixer_handle(const struct mixer *mixer, int column, int screen_width)
{
	const struct ladle_mix *mix = session_mix(mixer->view.screen->session);
	double set = ladle_mix_fader_const(mix, (uint32_t)column)->set;
	struct fader_bar bar = mixer_bar(mixer, screen_width);

	set = set < 0 ? 0 : set > 1 ? 1 : set;
	return bar.x + (int)lround(set * (bar.width - 1));
}

static void
draw_scale(struct canvas *canvas, int y, struct fader_bar bar)
{
	static const char *const marks[] = {"0", "25", "50", "75", "100"};
	int step = bar.width >= 24 ? 1 : 2;

	for (int i = 0; i < 5; i += step) {
		int length = (int)strlen(marks[i]);
		int x = bar.x + (bar.width - 1) * i / 4 - (i == 0 ? 0 : length - 1);

		canvas_say(canvas, y, x, length, ROLE_HEADER, marks[i]);
	}
}

static void
draw_header(const struct mixer *mixer, struct canvas *canvas)
{
	int y = mixer->view.area.y, width = canvas->width, name = name_width(width);
	struct fader_bar bar = mixer_bar(mixer, width);

	canvas_put(canvas, y, 0, width, TEXT_LEFT, ROLE_HEADER, "");
	canvas_say(canvas, y, MARK_WIDTH, name, ROLE_HEADER, "MODEL");
	canvas_put(canvas, y, MARK_WIDTH + name, SET_WIDTH, TEXT_RIGHT, ROLE_HEADER, "SET");
	canvas_put(canvas, y, MARK_WIDTH + name + SET_WIDTH, SHARE_WIDTH, TEXT_RIGHT, ROLE_HEADER,
			width < 60 ? "EFFECT" : "EFFECTIVE");
	draw_scale(canvas, y, bar);
	canvas_say(canvas, y, bar.x + bar.width + 2, 6, ROLE_HEADER, "S M L");
}

/* ---- a fader ---- */

static void
draw_switches(struct canvas *canvas, int y, int x, const struct ladle_fader *fader)
{
	const bool on[SWITCHES] = {fader->solo, fader->mute, fader->lock};

	for (int i = 0; i < SWITCHES; i++)
		canvas_print(canvas, y, x + i * SWITCH_WIDTH, 1, on[i] ? ROLE_KEY : ROLE_FAINT,
				"%c", on[i] ? "SML"[i] : '.');
}

/* Filled as far as the share goes; a handle stands at what is set. */
static void
draw_bar(struct canvas *canvas, int y, struct fader_bar bar, const struct ladle_fader *fader,
		double share)
{
	static const char muted[] = " muted ";
	double set = fader->set < 0 ? 0 : fader->set > 1 ? 1 : fader->set;
	int handle = bar.x + (int)lround(set * (bar.width - 1));

	canvas_repeat(canvas, y, bar.x - 1, 1, ROLE_FAINT, canvas->glyphs->bar_left);
	canvas_bar(canvas, y, bar.x, bar.width, share, ROLE_FADER, true);
	canvas_repeat(canvas, y, handle, 1, ROLE_KEY, canvas->glyphs->handle);
	if (fader->mute && bar.width > 8)
		canvas_say(canvas, y, bar.x + (bar.width - 7) / 2, 7, ROLE_FAINT, muted);
	canvas_repeat(canvas, y, bar.x + bar.width, 1, ROLE_FAINT, canvas->glyphs->bar_right);
}

static void
draw_fader(const struct mixer *mixer, struct canvas *canvas, int y, uint32_t column)
{
	struct screen *screen = mixer->view.screen;
	const struct session_file *file = session_column(screen->session, column);
	const struct ladle_fader *fader =
			ladle_mix_fader_const(session_mix(screen->session), column);
	const double *shares = screen_shares(screen);
	double share = shares == NULL ? 0 : shares[column];
	struct fader_bar bar = mixer_bar(mixer, canvas->width);
	int name = name_width(canvas->width), x = MARK_WIDTH;
	char text[COLUMN_NAME];

	screen_column_name(text, mixer->view.screen, column);
	x = canvas_print(canvas, y, x, name, ROLE_KEY, "%s ", text);
	x = canvas_put(canvas, y, x, MARK_WIDTH + name - x, TEXT_LEFT, ROLE_NORMAL, file->label);
	snprintf(text, sizeof(text), "%.2f", fader->set);
	x = canvas_put(canvas, y, x, SET_WIDTH, TEXT_RIGHT, ROLE_NORMAL, text);
	snprintf(text, sizeof(text), "%.1f%%", 100 * share);
	canvas_put(canvas, y, x, SHARE_WIDTH, TEXT_RIGHT, ROLE_KEY, text);
	draw_bar(canvas, y, bar, fader, share);
	draw_switches(canvas, y, bar.x + bar.width + 2, fader);
}

/* "95.6%"; "-" where no kernel is averaged. */
static void
keep_text(char dst[16], const struct screen *screen, double keep)
{
	char percent[8];

	format_percent(percent, keep);
	if (isnan(keep))
		strcpy(dst, session_busy(screen->session) ? ".." : "-");
	else
		snprintf(dst, 16, "%s%%", percent + strspn(percent, " "));
}

static void
draw_sum(const struct mixer *mixer, struct canvas *canvas, int y)
{
	const struct screen *screen = mixer->view.screen;
	const struct ladle_mix *mix = session_mix(screen->session);
	double sum = 0, matched = session_matched_verdict(screen->session).keep;
	char now[16], before[16];
	int x;

	for (uint32_t k = 0; k < mixer->columns; k++)
		sum += ladle_mix_fader_const(mix, k)->set;
	keep_text(now, screen, screen->keep_shown);
	keep_text(before, screen, screen->keep_before);
	x = canvas_print(canvas, y, MARK_WIDTH, canvas->width, ROLE_NORMAL,
			isnan(screen->keep_before)
					? "sum %.2f  normalise %s   worst KEEP now %s"
					: "sum %.2f  normalise %s   worst KEEP now %s   "
					  "before this change %s",
			sum, ladle_mix_normalised(mix) ? "ON" : "off", now, before);
	if (isnan(matched) || session_permuted_count(screen->session) == 0)
		return;
	format_percent(now, matched);
	canvas_print(canvas, y, x, canvas->width - x, ROLE_NORMAL, "   if matched %s%%",
			now + strspn(now, " "));
}

/* ---- rules ---- */

static void
append_weights(const struct mixer *mixer, struct buf *buf, const struct rule_effect *effect)
{
	struct screen *screen = mixer->view.screen;
	struct ladle_weights source;
	const double *w = effect->row == LADLE_NONE
					  ? NULL
					  : screen_row_weights(screen, effect->row, &source);

	if (w == NULL)
		return;
	for (uint32_t k = 0; k < mixer->columns; k++)
		buf_format(buf, "%s%s %.1f%%", k > 0 ? "  " : "",
				session_column(screen->session, k)->id,
				source.sum == 0 ? 0 : 100 * w[k] / source.sum);
}

static void
draw_rule(const struct mixer *mixer, struct canvas *canvas, int y, uint32_t index)
{
	const struct ladle_mix *mix = session_mix(mixer->view.screen->session);
	const struct ladle_rule *rule = ladle_mix_rule(mix, index);
	const struct rule_effect *effect = &mixer->effects[index];
	uint32_t rows = ladle_mix_rule_rows(mix, index);
	int pattern = canvas->width / 4, right = 24, x;
	char keep[8];
	struct buf text;

	buf_init(&text);
	append_weights(mixer, &text, effect);
	x = canvas_print(canvas, y, 2, 4, ROLE_KEY, "%u ", index + 1);
	x = canvas_put(canvas, y, x, pattern, TEXT_LEFT, ROLE_NORMAL, rule->pattern);
	canvas_put(canvas, y, x + 1, canvas->width - x - right - 2, TEXT_LEFT, ROLE_NORMAL,
			rule->skip ? "copied from the template" : buf_string(&text));
	format_percent(keep, effect->keep);
	x = canvas->width - right;
	if (effect->decides == 0)
		canvas_print(canvas, y, x, right, ROLE_DRIFT, "0 of %u rows: a later wins", rows);
	else
		canvas_print(canvas, y, x, right, ROLE_NORMAL, "KEEP %s  %u of %u rows",
				isnan(effect->keep) ? "    -" : keep, effect->decides, rows);
	buf_done(&text);
}

/* The one that was gone to last is pointed at, and has a star when the mix was changed since. */
static void
draw_scenes(const struct mixer *mixer, struct canvas *canvas, int y)
{
	const struct session *session = mixer->view.screen->session;
	int x = canvas_say(canvas, y, 1, canvas->width, ROLE_HEADER, "SCENES");
	bool now;

	x = canvas_say(canvas, y, x + 2, canvas->width, ROLE_KEY, "`");
	x = canvas_say(canvas, y, x, canvas->width, ROLE_NORMAL, " toggles the last two");
	for (uint32_t i = 0; i < session_scene_count(session) && x < canvas->width; i++) {
		const char *name = session_scene(session, i, &now);

		if (now)
			canvas_say(canvas, y, x + 2, 1, ROLE_TITLE, canvas->glyphs->cursor);
		x = canvas_say(canvas, y, x + 3, canvas->width - x - 3,
				now ? ROLE_TITLE : ROLE_NORMAL, name);
		if (now && mixer->scene_changed)
			x = canvas_say(canvas, y, x, canvas->width - x, ROLE_DRIFT, "*");
	}
}

static void
draw_line(const struct mixer *mixer, struct canvas *canvas, int y, int line)
{
	int rule = mixer_rule_at(mixer, line), columns = (int)mixer->columns;

	if (mixer_column_at(mixer, line) >= 0)
		draw_fader(mixer, canvas, y, (uint32_t)line);
	else if (rule >= 0)
		draw_rule(mixer, canvas, y, (uint32_t)rule);
	else if (line == columns && columns > 0)
		draw_sum(mixer, canvas, y);
	else if (line == columns + 1 && mixer->rules > 0)
		canvas_put(canvas, y, 0, canvas->width, TEXT_LEFT, ROLE_HEADER,
				" RULES   the later wins; the layer table shows WT own");
	else if (line == columns + 2 + (int)mixer->rules && columns > 0)
		canvas_say(canvas, y, 4, canvas->width, ROLE_FAINT,
				mixer->rules == 0 ? "no rules: every layer follows the faders; "
						    ":mix A=1 B=0 on dense* makes one"
						  : "everything else follows the faders above");
	else if (line == columns + 3 + (int)mixer->rules)
		draw_scenes(mixer, canvas, y);
}

static void
draw_foot(const struct mixer *mixer, struct canvas *canvas)
{
	const struct session *session = mixer->view.screen->session;
	const char *last = session_last_change(session);
	int y = mixer->view.list.y + mixer->view.list.height;

	canvas_print(canvas, y, 1, canvas->width - 1, ROLE_NORMAL, "undo %d deep%s%s%s",
			session_undo_depth(session),
			last[0] == '\0' ? "" : "   last change: ", last,
			session_unsaved(session) ? "   not saved" : "");
}

void
mixer_draw(const struct view *view, struct canvas *canvas)
{
	const struct mixer *mixer = (const struct mixer *)view;

	draw_header(mixer, canvas);
	for (int i = 0; i < view->list.height && view->top + i < view->ops->lines(view); i++) {
		int line = view->top + i, y = view->list.y + i;

		draw_line(mixer, canvas, y, line);
		if (line == view->cursor) {
			canvas_repeat(canvas, y, 1, 1, ROLE_KEY, canvas->glyphs->cursor);
			if (view->focused)
				canvas_select(canvas, y, 0, canvas->width);
		}
	}
	draw_foot(mixer, canvas);
}
