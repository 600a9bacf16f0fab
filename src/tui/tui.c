#include "tui/tui.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/session.h"
#include "base/buf.h"
#include "base/text.h"
#include "tui/screen.h"
#include "tui/script.h"
#include "tui/signals.h"
#include "tui/streams.h"
#include "tui/terminal.h"

enum {
	FRAME_MS = 33,     /* between frames while figures stream */
	PLACE_MS = 1000,   /* after the last key: then the journal is told where it stands */
	PROGRESS_MS = 250, /* between looks at jobs that wake nobody while they run */
	EXPIRE_MS = 500,   /* after which a sequence that nobody ends is given up */
	LOOK_MS = 2000,    /* between looks whether files changed on disk */
	DEAD_READS = 1000, /* wakes by the terminal, without a byte, after which it is gone */
	STATUS_SIGNAL = 128
};

/* The session's threads know no more than this. */
static int wake_pipe[2] = {-1, -1};
static atomic_bool wake_pending;

struct loop {
	struct session *session;
	struct screen *screen;
	struct terminal *terminal;
	struct script script;
	unsigned todo;     /* outcomes that are not done yet */
	char look[64];     /* theme, colours and roles that the terminal shows */
	bool urgent;       /* a key was pressed: draw at once */
	long long drawn;   /* ms, when the last frame was */
	long long looked;  /* ms, at the files on disk */
	long long polled;  /* ms, when jobs were last looked at */
	long long touched; /* ms, when a key came that the journal knows nothing of; 0: none */
	long long begun;   /* ms, when a sequence was left unfinished; 0: none */
	int dead_reads;
	int status;
};

void
tui_wake(void *arg)
{
	char byte = 'w';
	ssize_t written;

	(void)arg;
	if (atomic_exchange(&wake_pending, true) || wake_pipe[1] < 0)
		return;
	written = write(wake_pipe[1], &byte, 1);
	(void)written; /* a full pipe wakes as well */
}

bool
tui_possible(bool prints)
{
	return streams_possible(prints) && terminal_possible();
}

static long long
now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* ---- what handlers asked for ---- */

/* What a setting changes of the terminal counts from the next frame on. */
static void
apply_settings(struct loop *loop)
{
	const char *theme = session_setting(loop->session, "theme"),
		   *color = session_setting(loop->session, "color");
	const struct roles *roles = session_roles(loop->session);
	char look[sizeof(loop->look)];

	terminal_mouse(loop->terminal, session_setting_on(loop->session, "mouse"));
	terminal_escdelay(loop->terminal, atoi(session_setting(loop->session, "escdelay")));
	snprintf(look, sizeof(look), "%s %s %u", theme, color, roles->made);
	if (strcmp(look, loop->look) == 0)
		return;
	if (loop->look[0] != '\0')
		terminal_theme(loop->terminal, roles, theme, color);
	memcpy(loop->look, look, sizeof(look));
}

static void
draw(struct loop *loop)
{
	bool clear = (loop->todo & OUT_CLEAR) != 0;

	apply_settings(loop);
	screen_compose(loop->screen);
	terminal_show(loop->terminal, &loop->screen->canvas, clear,
			session_setting_on(loop->session, "a11y"));
	loop->todo &= ~(unsigned)(OUT_DRAW | OUT_CLEAR);
	loop->urgent = false;
	loop->drawn = now_ms();
}

static void
take_size(struct loop *loop)
{
	int width, height;

	terminal_size(&width, &height);
	if (screen_resize(loop->screen, width, height))
		terminal_resize(loop->terminal, width, height);
	loop->todo |= OUT_DRAW;
	loop->urgent = true;
}

/* A stopped process is told of no resize, so that the size is asked for. */
static void
suspend(struct loop *loop)
{
	loop->todo &= ~(unsigned)OUT_SUSPEND;
	terminal_suspend(loop->terminal);
	take_size(loop);
	loop->todo |= OUT_CLEAR;
}

static void
react(struct loop *loop)
{
	if (loop->todo & OUT_BELL)
		terminal_bell(loop->terminal);
	loop->todo &= ~(unsigned)OUT_BELL;
	if ((loop->todo & OUT_COPY) &&
			!terminal_copy(loop->terminal, buf_string(&loop->screen->clip)))
		screen_complain(loop->screen, "this terminal has no clipboard that is known; "
					      ":yank FILE writes the row");
	loop->todo &= ~(unsigned)OUT_COPY;
	if (loop->todo & OUT_SUSPEND)
		suspend(loop);
	if ((loop->todo & OUT_DRAW) && (loop->urgent || now_ms() >= loop->drawn + FRAME_MS))
		draw(loop);
}

/* ---- what happened ---- */

static void
take_signals(struct loop *loop)
{
	unsigned signals = signals_take();

	if (signals & SIGNAL_END) {
		loop->status = STATUS_SIGNAL + signals_last();
		loop->todo |= OUT_QUIT;
	}
	if (signals & SIGNAL_STOP)
		loop->todo |= OUT_SUSPEND;
	if (signals & SIGNAL_CONTINUE) {
		terminal_resume(loop->terminal);
		loop->todo |= OUT_CLEAR;
	}
	if (signals & (SIGNAL_RESIZE | SIGNAL_CONTINUE))
		take_size(loop);
}

static void
take_wake(struct loop *loop)
{
	char bytes[64];

	while (read(wake_pipe[0], bytes, sizeof(bytes)) > 0)
		;
	atomic_store(&wake_pending, false);
	take_signals(loop);
	loop->todo |= screen_poll(loop->screen);
}

static void
take_event(struct loop *loop, const struct event *event)
{
	if (event->kind == EVENT_KEY)
		loop->todo |= screen_key(loop->screen, event->key);
	else if (event->kind == EVENT_MOUSE)
		loop->todo |= screen_mouse(loop->screen, &event->mouse);
	else if (event->kind == EVENT_PASTE)
		loop->todo |= screen_paste(loop->screen, event->paste);
	loop->urgent = true;
	loop->touched = now_ms();
}

/* Every event that came, until one of them leaves or stops the screen. */
static void
take_input(struct loop *loop)
{
	struct event event = terminal_read(loop->terminal);
	bool any = event.kind != EVENT_NONE;

	while (event.kind != EVENT_NONE) {
		take_event(loop, &event);
		if (loop->todo & (OUT_QUIT | OUT_SUSPEND))
			break;
		event = terminal_read(loop->terminal);
	}
	loop->begun = terminal_is_waiting(loop->terminal) ? now_ms() : 0;
	loop->dead_reads = any || loop->begun != 0 ? 0 : loop->dead_reads + 1;
}

static void
expire(struct loop *loop)
{
	struct event event;

	if (loop->begun == 0 || now_ms() < loop->begun + EXPIRE_MS)
		return;
	loop->begun = 0;
	event = terminal_expired(loop->terminal);
	take_event(loop, &event);
}

static void
keep_place(struct loop *loop)
{
	if (loop->touched == 0 || now_ms() < loop->touched + PLACE_MS)
		return;
	loop->touched = 0;
	session_keep_place(loop->session);
}

static bool
is_watching(const struct loop *loop)
{
	return session_file_count(loop->session) > 0 && session_setting_on(loop->session, "watch");
}

static void
look(struct loop *loop)
{
	long long now = now_ms();

	if (!is_watching(loop) || now < loop->looked + LOOK_MS)
		return;
	loop->looked = now;
	loop->todo |= screen_look(loop->screen);
}

static void
look_at_jobs(struct loop *loop)
{
	if (!session_busy(loop->session) || now_ms() < loop->polled + PROGRESS_MS)
		return;
	loop->polled = now_ms();
	loop->todo |= screen_poll(loop->screen);
}

/* As if SIGHUP had come, which may be ignored. */
static void
hang_up(struct loop *loop)
{
	loop->status = STATUS_SIGNAL + SIGHUP;
	loop->todo |= OUT_QUIT;
}

/* ---- the loop ---- */

/* Types the next key of the script when nothing runs; returns whether it did. */
static bool
type_script(struct loop *loop)
{
	int key = session_busy(loop->session) ? 0 : script_next(&loop->script);

	if (key == 0)
		return false;
	loop->todo |= screen_key(loop->screen, key);
	loop->urgent = true;
	return true;
}

static int
timeout_of(const struct loop *loop)
{
	long long due = -1, now = now_ms();

	if (loop->todo & OUT_DRAW)
		due = loop->drawn + FRAME_MS;
	if (session_busy(loop->session) && (due < 0 || loop->polled + PROGRESS_MS < due))
		due = loop->polled + PROGRESS_MS;
	if (loop->begun != 0 && (due < 0 || loop->begun + EXPIRE_MS < due))
		due = loop->begun + EXPIRE_MS;
	if (loop->touched != 0 && (due < 0 || loop->touched + PLACE_MS < due))
		due = loop->touched + PLACE_MS;
	if (is_watching(loop) && (due < 0 || loop->looked + LOOK_MS < due))
		due = loop->looked + LOOK_MS;
	return due < 0 ? -1 : due <= now ? 0 : (int)(due - now);
}

static void
turn(struct loop *loop)
{
	struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {wake_pipe[0], POLLIN, 0}};
	int ready;

	react(loop);
	if ((loop->todo & OUT_QUIT) || type_script(loop))
		return;
	ready = poll(fds, 2, timeout_of(loop));
	if (ready < 0 && errno != EINTR)
		hang_up(loop);
	if (ready <= 0)
		fds[0].revents = fds[1].revents = 0;
	if (fds[1].revents & POLLIN)
		take_wake(loop);
	if (fds[0].revents & POLLIN)
		take_input(loop);
	if ((fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) || loop->dead_reads > DEAD_READS)
		hang_up(loop);
	expire(loop);
	keep_place(loop);
	look(loop);
	look_at_jobs(loop);
}

static bool
open_wake_pipe(void)
{
	if (pipe(wake_pipe) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
		fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC);
	}
	return true;
}

static void
close_wake_pipe(void)
{
	int reading = wake_pipe[0], writing = wake_pipe[1];

	wake_pipe[0] = wake_pipe[1] = -1;
	close(reading);
	close(writing);
}

/* The first frame is on the screen before anything is opened. */
static void
begin(struct loop *loop)
{
	struct ladle_error err = {0};

	take_size(loop);
	draw(loop);
	loop->looked = now_ms();
	if (session_start(loop->session, &err) != LADLE_OK)
		loop->todo |= screen_fail(loop->screen, &err);
	session_use_face(loop->session, screen_write_place, loop->screen);
	loop->todo |= screen_poll(loop->screen) | screen_offer(loop->screen);
}

/* Before the terminal is given back, which may not come back when it is gone. */
static void
end(struct loop *loop, struct ladle_error *unsaved)
{
	session_keep_end(loop->session, unsaved);
	session_use_face(loop->session, NULL, NULL);
}

static struct terminal *
open_term(struct session *session)
{
	const char *escdelay = session_setting(session, "escdelay");

	return terminal_open(&(struct terminal_options){
			.roles = session_roles(session),
			.theme = session_setting(session, "theme"),
			.color = session_setting(session, "color"),
			.escdelay = escdelay == NULL ? 25 : atoi(escdelay),
			.wake = wake_pipe[1],
	});
}

/* ---- what is printed at the end ---- */

static void
print_unsaved(const struct ladle_error *err)
{
	struct buf text;

	buf_init(&text);
	text_clean_append(&text, err->text, !text_locale_is_utf8());
	fprintf(stderr, "ladle: the session is not saved: %s\n", buf_string(&text));
	buf_done(&text);
}

/* A line each; on a terminal, and where a name would break the line, escaped. */
static void
print_name(const char *label, void *arg)
{
	bool clean = *(const bool *)arg;
	struct buf text;

	for (const char *at = label; *at != '\0'; at++)
		clean = clean || (unsigned char)*at < ' ' || *at == 0x7f;
	buf_init(&text);
	if (clean)
		text_clean_append(&text, label, !text_locale_is_utf8());
	else
		buf_text(&text, label);
	buf_char(&text, '\n');
	fwrite(buf_string(&text), 1, text.length, stdout);
	buf_done(&text);
}

static void
print_selection(struct loop *loop, struct streams *streams)
{
	streams_give_back(streams);
	if (loop->status >= STATUS_SIGNAL)
		return;
	bool clean = isatty(STDOUT_FILENO);
	screen_selection(loop->screen, print_name, &clean);
	if (fflush(stdout) != 0)
		loop->status = 5;
}

/* Options win over NO_COLOR, and that, when it is not empty, over the config file; what is typed
 * later wins over all. */
static void
settings_of_start(struct session *session, const struct tui_options *options)
{
	const char *no_color = getenv("NO_COLOR");
	struct ladle_error err;

	if (options->color != NULL)
		session_set(session, "color", options->color, "--color", &err);
	if (no_color != NULL && no_color[0] != '\0' &&
			(options->color == NULL || strcmp(options->color, "auto") == 0))
		session_set(session, "color", "never", "NO_COLOR", &err);
	if (options->ascii)
		session_set(session, "glyphs", "ascii", "--ascii", &err);
	if (options->no_mouse)
		session_set(session, "mouse", "off", "--no-mouse", &err);
}

static void
run(struct loop *loop, const struct tui_options *options, struct streams *streams)
{
	struct ladle_error unsaved = {0};

	settings_of_start(loop->session, options);
	loop->screen = screen_new(loop->session);
	loop->terminal = loop->screen == NULL ? NULL : open_term(loop->session);
	if (loop->terminal != NULL) {
		begin(loop);
		while (!(loop->todo & OUT_QUIT))
			turn(loop);
		end(loop, &unsaved);
	} else {
		fputs("ladle: this terminal cannot show the screen\n", stderr);
		loop->status = 2;
	}
	terminal_close(loop->terminal);
	if (unsaved.status != LADLE_OK)
		print_unsaved(&unsaved);
	if (options->print_selection && loop->terminal != NULL)
		print_selection(loop, streams);
	screen_free(loop->screen);
}

int
tui_run(struct session *session, const struct tui_options *options)
{
	struct loop loop = {.session = session};
	struct streams streams;

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	script_init(&loop.script);
	if (options->keys != NULL && !script_read(&loop.script, options->keys)) {
		fprintf(stderr, "ladle: %s: %s\n", options->keys, strerror(errno));
		return 2;
	}
	if (!open_wake_pipe() || !streams_take(&streams)) {
		fprintf(stderr, "ladle: the terminal: %s\n", strerror(errno));
		return 2;
	}
	run(&loop, options, &streams);
	streams_give_back(&streams);
	close_wake_pipe();
	script_done(&loop.script);
	return loop.status;
}
