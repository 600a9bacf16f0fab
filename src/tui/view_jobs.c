#include "tui/view_jobs.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/screen.h"
#include "tui/view_help.h"

enum {
	MARK = 2,
	STATE = 9,
	BAR = 20,
	WIDE = 100,     /* columns from which a bar is drawn */
	PROGRESS = 46,  /* of the widest words about progress */
	LOG_TITLED = 8, /* rows from which the log has a heading */
	CLOCK_SIZE = 16
};

struct jobs {
	struct view view; /* first */
	uint64_t id;      /* of the job under the cursor; 0: none */
};

static const struct {
	const char *word;
	enum role role;
} states[] = {
		[JOB_RUNNING] = {"run", ROLE_KEY},
		[JOB_DONE] = {"done", ROLE_ALIKE},
		[JOB_CANCELED] = {"canceled", ROLE_FAINT},
		[JOB_FAILED] = {"failed", ROLE_ERROR},
};

static struct session *
session_of(const struct view *view)
{
	return view->screen->session;
}

static int
lines(const struct view *view)
{
	return session_job_count(session_of(view));
}

/* ---- the cursor stays on its job while others come ---- */

static uint64_t
id_at(const struct view *view, int line)
{
	struct buf text;
	struct session_job job;

	if (line < 0 || line >= lines(view))
		return 0;
	buf_init(&text);
	job = session_job(session_of(view), line, &text);
	buf_done(&text);
	return job.id;
}

/* On the newest it stays on the newest. */
static void
update(struct view *view, unsigned events)
{
	struct jobs *jobs = (struct jobs *)view;

	(void)events;
	for (int i = 0; jobs->id != 0 && view->cursor > 0 && i < lines(view); i++)
		if (id_at(view, i) == jobs->id)
			view->cursor = i;
	view_go(view, view->cursor);
	jobs->id = id_at(view, view->cursor);
}

static unsigned
go(struct view *view, long line)
{
	view_go(view, line);
	((struct jobs *)view)->id = id_at(view, view->cursor);
	return OUT_DRAW;
}

static unsigned
down(struct view *view, const struct action *action)
{
	return go(view, view->cursor + (action->count > 0 ? action->count : 1));
}

static unsigned
up(struct view *view, const struct action *action)
{
	return go(view, view->cursor - (action->count > 0 ? action->count : 1));
}

static unsigned
top(struct view *view, const struct action *action)
{
	return go(view, action->count > 0 ? action->count - 1 : 0);
}

static unsigned
bottom(struct view *view, const struct action *action)
{
	return go(view, action->count > 0 ? action->count - 1 : lines(view) - 1);
}

static unsigned
mouse(struct view *view, const struct mouse *mouse)
{
	if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
		return go(view, view->cursor + (mouse->kind == MOUSE_WHEEL_UP ? -3 : 3));
	if (mouse->kind == MOUSE_PRESS && view_line_at(view, mouse->y) >= 0)
		return go(view, view_line_at(view, mouse->y));
	return 0;
}

static unsigned
stop(struct view *view, const struct action *action)
{
	(void)action;
	if (!session_cancel_job(session_of(view), id_at(view, view->cursor)))
		return screen_complain(view->screen,
				"no job runs in this line; those that run stand first");
	screen_say(view->screen, "canceling ..");
	return OUT_DRAW | screen_poll(view->screen);
}

/* ---- log ---- */

static const char *
clock_text(char dst[CLOCK_SIZE], time_t time)
{
	struct tm local;

	if (localtime_r(&time, &local) == NULL ||
			strftime(dst, CLOCK_SIZE, "%H:%M:%S", &local) == 0)
		strcpy(dst, "--:--:--");
	return dst;
}

unsigned
log_show(struct view *view, const struct action *action)
{
	const struct session *session = session_of(view);
	char clock[CLOCK_SIZE];
	struct buf text;
	unsigned out;

	(void)action;
	buf_init(&text);
	for (int i = 0; i < session_log_count(session); i++) {
		const struct session_log *line = session_log(session, i);

		buf_format(&text, "%s %s%s\n", clock_text(clock, line->time),
				line->error ? "! " : "", line->text);
	}
	if (text.length == 0)
		buf_text(&text, "nothing was said yet");
	out = help_show_text(view->screen, "Log", buf_string(&text));
	buf_done(&text);
	return out;
}

static void
draw_log(const struct view *view, struct canvas *canvas)
{
	const struct session *session = session_of(view);
	int y = view->list.y + view->list.height, end = view->area.y + view->area.height;
	int count = session_log_count(session), first;
	char clock[CLOCK_SIZE];

	if (end - y >= LOG_TITLED / 2)
		canvas_put(canvas, y++, 0, canvas->width, TEXT_LEFT, ROLE_HEADER,
				"  LOG   gL shows all of it");
	first = count > end - y ? count - (end - y) : 0;
	for (int i = first; i < count; i++, y++) {
		const struct session_log *line = session_log(session, i);
		int x = canvas_print(canvas, y, MARK, canvas->width - MARK, ROLE_FAINT, "%s",
				clock_text(clock, line->time));

		canvas_say(canvas, y, x + 1, canvas->width - x - 1,
				line->error ? ROLE_ERROR : ROLE_NORMAL, line->text);
	}
}

/* ---- drawing ---- */

static void
draw_job(const struct view *view, struct canvas *canvas, int y, int line)
{
	struct buf text, progress;
	struct session_job job;
	int x, width = canvas->width, right;
	bool bar;

	buf_init(&text);
	buf_init(&progress);
	job = session_job(session_of(view), line, &text);
	format_job(&progress, &job);
	bar = job.state == JOB_RUNNING && job.total > 0 && width >= WIDE;
	right = width >= WIDE ? PROGRESS : text_width(buf_string(&progress)) + 2;
	right = right > width / 2 ? width / 2 : right;
	canvas_put(canvas, y, 0, MARK, TEXT_LEFT, ROLE_KEY,
			line == view->cursor ? canvas->glyphs->cursor : "");
	x = canvas_put(canvas, y, MARK, STATE, TEXT_LEFT, states[job.state].role,
			states[job.state].word);
	canvas_put(canvas, y, x, width - right - (bar ? BAR + 3 : 0) - x, TEXT_LEFT, ROLE_NORMAL,
			buf_string(&text));
	if (bar)
		canvas_bar(canvas, y, width - right - BAR - 2, BAR,
				(double)job.done / (double)job.total, ROLE_FADER, true);
	canvas_say(canvas, y, width - right + 1, right - 1, ROLE_NORMAL, buf_string(&progress));
	buf_done(&text);
	buf_done(&progress);
}

static void
draw(const struct view *view, struct canvas *canvas)
{
	if (lines(view) == 0)
		canvas_say(canvas, view->list.y, MARK, canvas->width - MARK, ROLE_FAINT,
				"no job ran yet");
	for (int i = 0; i < view->list.height && view->top + i < lines(view); i++) {
		draw_job(view, canvas, view->list.y + i, view->top + i);
		if (view->top + i == view->cursor && view->focused)
			canvas_select(canvas, view->list.y + i, 0, canvas->width);
	}
	draw_log(view, canvas);
}

/* ---- the view ---- */

/* The log has what the jobs leave, and half of the rows if it needs them. */
static int
foot_rows(const struct view *view, int height)
{
	int count = lines(view), log = session_log_count(session_of(view)) + 1;
	int most = height - (log < height / 2 ? log : height / 2);

	if (count < 1)
		count = 1;
	return height - (count < most ? count : most);
}

static void
title(const struct view *view, struct buf *buf)
{
	const struct session *session = session_of(view);
	int running = session_job_running(session);

	buf_format(buf, "  %d run, %d ended", running, session_job_count(session) - running);
}

static struct view *
open(struct screen *screen)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));

	if (jobs == NULL)
		return NULL;
	jobs->view.ops = &jobs_view;
	jobs->view.screen = screen;
	return &jobs->view;
}

static void
close(struct view *view)
{
	free(view);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_DOWN] = {down},
		[COMMAND_UP] = {up},
		[COMMAND_TOP] = {top},
		[COMMAND_BOTTOM] = {bottom},
		[COMMAND_STOP] = {stop},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_STOP,
		COMMAND_CANCEL,
		COMMAND_LOG,
		COMMAND_LAYERS,
		COMMAND_MIXER,
		COMMAND_BACK,
		COMMAND_NONE,
};

const struct view_ops jobs_view = {
		.name = "Jobs",
		.where = JOBS,
		.opened_by = COMMAND_JOBS,
		.foot_rows = foot_rows,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.title = title,
		.draw = draw,
		.mouse = mouse,
};
