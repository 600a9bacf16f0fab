#include "tui/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

#include "base/os.h"
#include "base/text.h"
#include "tui/signals.h"
#include "tui/theme.h"

/* Pasted text is marked; the mouse reports presses and drags, in decimal. */
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define MOUSE_ON "\033[?1000h\033[?1002h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1002l\033[?1000l"
/* Terminals that know it show the frame at once; the others ignore it. */
#define FRAME_BEGIN "\033[?2026h"
#define FRAME_END "\033[?2026l"

static const char fallback[] = "xterm-256color";

struct look {
	unsigned attributes;
	short pair;
};

struct terminal {
	SCREEN *screen;
	struct input input;
	struct termios sane;
	struct canvas shown; /* what the terminal has; its cells alone count */
	struct look *looks;  /* of one row */
	bool mouse;
	int real_stderr, log; /* -1: not redirected */
};

static void
send(const char *text)
{
	ssize_t written = write(STDOUT_FILENO, text, strlen(text));

	(void)written; /* a dead terminal is noticed by poll */
}

/* ---- what kind of terminal ---- */

static bool
has_string(const char *name)
{
	const char *value = tigetstr(name);

	return value != NULL && value != (const char *)-1;
}

/* `dumb` starts curses well and shows garbage; what it lacks tells. */
static bool
is_able(const char *type)
{
	int error = 0;
	bool able = setupterm(type, STDOUT_FILENO, &error) == OK && has_string("cup") &&
		    has_string("clear");

	if (cur_term != NULL)
		del_curterm(cur_term);
	return able;
}

/* New terminals whose description is not installed yet understand xterm's language. */
static bool
speaks_xterm(const char *type)
{
	static const char *const families[] = {"xterm", "tmux", "screen", "kitty", "foot",
			"alacritty", "wezterm", "ghostty", "rxvt", "st-", "vte", "konsole", "gnome",
			"iterm"};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strncmp(type, families[i], strlen(families[i])) == 0)
			return true;
	return false;
}

/* The type to start curses with, or NULL. */
static const char *
usable_type(void)
{
	const char *type = getenv("TERM");

	if (type == NULL || type[0] == '\0' || strcmp(type, "dumb") == 0)
		return NULL;
	if (is_able(type))
		return type;
	return speaks_xterm(type) && is_able(fallback) ? fallback : NULL;
}

bool
terminal_possible(void)
{
	return usable_type() != NULL;
}

/* ---- stderr ---- */

/* What is written to stderr meanwhile would garble the screen; it is kept and shown at the end. */
static void
hold_stderr(struct terminal *terminal)
{
	fflush(stderr);
	terminal->log = os_scratch_file();
	terminal->real_stderr = dup(STDERR_FILENO);
	if (terminal->log < 0 || terminal->real_stderr < 0)
		return;
	dup2(terminal->log, STDERR_FILENO);
}

static void
print_log(int log)
{
	FILE *file = fdopen(log, "r");
	char line[1024], clean[4096];

	if (file == NULL)
		return;
	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		text_clean(clean, sizeof(clean), line, strlen(line), !text_locale_is_utf8());
		fprintf(stderr, "%s\n", clean);
	}
	fclose(file);
}

static void
release_stderr(struct terminal *terminal)
{
	fflush(stderr);
	if (terminal->real_stderr >= 0) {
		dup2(terminal->real_stderr, STDERR_FILENO);
		close(terminal->real_stderr);
	}
	if (terminal->log >= 0)
		print_log(terminal->log);
}

/* ---- start and end ---- */

static void
modes_on(struct terminal *terminal)
{
	send(PASTE_ON);
	if (terminal->mouse)
		send(MOUSE_ON);
}

static void
modes_off(void)
{
	send(MOUSE_OFF PASTE_OFF);
}

/* Terminals send either form of these, whatever their description says. */
static void
define_keys(void)
{
	static const struct {
		const char *bytes;
		int code;
	} keys[] = {
			{"\033[A", KEY_UP},
			{"\033OA", KEY_UP},
			{"\033[B", KEY_DOWN},
			{"\033OB", KEY_DOWN},
			{"\033[C", KEY_RIGHT},
			{"\033OC", KEY_RIGHT},
			{"\033[D", KEY_LEFT},
			{"\033OD", KEY_LEFT},
			{"\033[H", KEY_HOME},
			{"\033OH", KEY_HOME},
			{"\033[1~", KEY_HOME},
			{"\033[7~", KEY_HOME},
			{"\033[F", KEY_END},
			{"\033OF", KEY_END},
			{"\033[4~", KEY_END},
			{"\033[8~", KEY_END},
			{"\033[5~", KEY_PPAGE},
			{"\033[6~", KEY_NPAGE},
			{"\033[3~", KEY_DC},
			{"\033[Z", KEY_BTAB},
			{"\033OP", KEY_F(1)},
			{"\033[11~", KEY_F(1)},
			{"\033[[A", KEY_F(1)},
			{"\033OQ", KEY_F(2)},
			{"\033[12~", KEY_F(2)},
			{"\033[[B", KEY_F(2)},
			{"\033OR", KEY_F(3)},
			{"\033[13~", KEY_F(3)},
			{"\033[[C", KEY_F(3)},
			{"\033OS", KEY_F(4)},
			{"\033[14~", KEY_F(4)},
			{"\033[[D", KEY_F(4)},
			{"\033[15~", KEY_F(5)},
			{"\033[17~", KEY_F(6)},
			{"\033[<", INPUT_MOUSE},
			{"\033[200~", INPUT_PASTE},
			{"\033[201~", INPUT_PASTE_END},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		define_key(keys[i].bytes, keys[i].code);
}

static void
set_modes(const struct terminal_options *options)
{
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	intrflush(stdscr, FALSE);
	typeahead(-1); /* else a frame that meets input stays half drawn until the next one */
	meta(stdscr, TRUE);
	set_escdelay(options->escdelay);
	define_keys();
	theme_start(options->roles, options->theme, options->color);
}

struct terminal *
terminal_open(const struct terminal_options *options)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));
	const char *type = usable_type();

	if (terminal == NULL || type == NULL || tcgetattr(STDIN_FILENO, &terminal->sane) != 0) {
		free(terminal);
		return NULL;
	}
	/* Before curses, which leaves alone what has a handler: it would ignore SIGTSTP whenever it
	 * draws, and so lose it. */
	signals_install(options->wake, STDOUT_FILENO, &terminal->sane);
	terminal->screen = newterm(type, stdout, stdin);
	if (terminal->screen == NULL) {
		signals_remove();
		free(terminal);
		return NULL;
	}
	canvas_init(&terminal->shown, NULL);
	input_init(&terminal->input);
	set_modes(options);
	hold_stderr(terminal);
	modes_on(terminal);
	return terminal;
}

/* Some terminals keep whether the cursor shows with the place that curses saves when it
 * scrolls, and take both back when they leave the alternate screen: so it is said once more at
 * the end. */
static void
leave_curses(void)
{
	const char *cursor = tigetstr("cnorm");

	modes_off();
	curs_set(1);
	endwin();
	if (has_string("cnorm") && strstr(cursor, "$<") == NULL)
		send(cursor);
}

void
terminal_close(struct terminal *terminal)
{
	if (terminal == NULL)
		return;
	leave_curses();
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal->sane);
	signals_remove();
	delscreen(terminal->screen);
	release_stderr(terminal);
	canvas_done(&terminal->shown);
	free(terminal->looks);
	input_done(&terminal->input);
	free(terminal);
}

/* ---- size and suspension ---- */

void
terminal_size(int *width, int *height)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		*width = size.ws_col;
		*height = size.ws_row;
		return;
	}
	*width = COLS;
	*height = LINES;
}

void
terminal_resize(struct terminal *terminal, int width, int height)
{
	struct look *looks = realloc(terminal->looks, (size_t)width * sizeof(*looks));

	resizeterm(height, width);
	erase();
	if (looks == NULL)
		return;
	terminal->looks = looks;
	canvas_resize(&terminal->shown, width, height);
}

void
terminal_mouse(struct terminal *terminal, bool on)
{
	if (terminal->mouse == on)
		return;
	terminal->mouse = on;
	send(on ? MOUSE_ON : MOUSE_OFF);
}

void
terminal_bell(struct terminal *terminal)
{
	(void)terminal;
	send("\a");
}

void
terminal_theme(struct terminal *terminal, const struct roles *roles, const char *theme,
		const char *color)
{
	struct canvas *shown = &terminal->shown;

	theme_start(roles, theme, color);
	if (shown->cells == NULL)
		return;
	for (int y = 0; y < shown->height; y++)
		memset(shown->cells + (size_t)y * (size_t)shown->width, 0,
				(size_t)shown->width * sizeof(*shown->cells));
}

void
terminal_escdelay(struct terminal *terminal, int milliseconds)
{
	(void)terminal;
	set_escdelay(milliseconds);
}

bool
terminal_copy(struct terminal *terminal, const char *sequence)
{
	const char *type = getenv("TERM");

	(void)terminal;
	if (type == NULL || !(speaks_xterm(type) || has_string("Ms")))
		return false;
	send(sequence);
	return true;
}

void
terminal_resume(struct terminal *terminal)
{
	reset_prog_mode();
	modes_on(terminal);
	clearok(curscr, TRUE);
	wnoutrefresh(stdscr);
	doupdate();
}

void
terminal_suspend(struct terminal *terminal)
{
	leave_curses();
	/* Sent to the process, another thread might take it while this one goes on. */
	raise(SIGSTOP);
	terminal_resume(terminal);
}

/* ---- output ---- */

static struct look
look_of(const struct cell *cell)
{
	struct look look;

	theme_of(cell, &look.attributes, &look.pair);
	return look;
}

static bool
is_same(struct look a, struct look b)
{
	return a.attributes == b.attributes && a.pair == b.pair;
}

static bool
is_blank(const struct cell *cell)
{
	return strcmp(cell->text, " ") == 0;
}

/* Has a ground or a line of its own, so that blanks are seen. */
static bool
is_seen(struct look look)
{
	return (look.attributes & (A_REVERSE | A_UNDERLINE)) != 0;
}

/* The looks of a row's cells. Each change takes ten bytes and more: so a run of blanks that are
 * not seen takes the look that needs the fewest on the way from its left to its right, and blanks
 * of the selected row all have one ground. */
static void
look_along(const struct cell *cells, int width, struct look *looks)
{
	const struct cell normal = {" ", ROLE_NORMAL, false}, chosen = {" ", ROLE_NORMAL, true};
	struct look plain = look_of(&normal), left;

	for (int x = 0; x < width; x++) {
		looks[x] = look_of(&cells[x]);
		if (is_blank(&cells[x]) && cells[x].selected &&
				!(looks[x].attributes & A_UNDERLINE))
			looks[x] = look_of(&chosen);
	}
	for (int x = 0, end; x < width; x = end + 1) {
		left = x == 0 ? plain : looks[x - 1];
		end = x;
		while (end < width && is_blank(&cells[end]) && !is_seen(looks[end]))
			end++;
		if (end == width || is_same(looks[end], plain) || is_seen(left))
			left = plain;
		for (int i = x; i < end; i++)
			looks[i] = left;
	}
}

static void
show_cell(const struct cell *cell, struct look look)
{
	wchar_t text[CCHARW_MAX + 1] = {0};
	cchar_t shown;

	if (cell->text[0] == '\0')
		return;
	if (mbstowcs(text, cell->text, CCHARW_MAX) == (size_t)-1)
		wcscpy(text, L"?");
	setcchar(&shown, text, look.attributes, look.pair, NULL);
	add_wch(&shown);
}

/* curses compares cells too, but only after all were converted. */
static void
show_row(struct terminal *terminal, const struct canvas *canvas, int y)
{
	size_t start = (size_t)y * (size_t)canvas->width,
	       size = (size_t)canvas->width * sizeof(struct cell);
	const struct cell *cells = canvas->cells + start;

	if (memcmp(terminal->shown.cells + start, cells, size) == 0)
		return;
	memcpy(terminal->shown.cells + start, cells, size);
	look_along(cells, canvas->width, terminal->looks);
	for (int x = 0; x < canvas->width; x++)
		if (move(y, x) == OK)
			show_cell(&cells[x], terminal->looks[x]);
}

void
terminal_show(struct terminal *terminal, const struct canvas *canvas, bool clear, bool a11y)
{
	if (terminal->shown.width != canvas->width || terminal->shown.height != canvas->height)
		terminal_resize(terminal, canvas->width, canvas->height);
	if (terminal->shown.width != canvas->width || terminal->shown.height != canvas->height)
		return; /* no memory */
	for (int y = 0; y < canvas->height; y++)
		show_row(terminal, canvas, y);
	if (clear)
		clearok(curscr, TRUE);
	move(canvas->cursor_y, canvas->cursor_x);
	curs_set(canvas->typing || a11y ? 1 : 0);
	send(FRAME_BEGIN);
	wnoutrefresh(stdscr);
	doupdate();
	send(FRAME_END);
}

/* ---- input ---- */

struct event
terminal_read(struct terminal *terminal)
{
	struct event event = {EVENT_NONE};
	wint_t value;
	int result;

	while (event.kind == EVENT_NONE) {
		result = get_wch(&value);
		if (result == ERR)
			return input_drained(&terminal->input);
		event = input_feed(&terminal->input, result == KEY_CODE_YES, value);
	}
	return event;
}

bool
terminal_is_waiting(const struct terminal *terminal)
{
	return input_is_waiting(&terminal->input);
}

struct event
terminal_expired(struct terminal *terminal)
{
	return input_expired(&terminal->input);
}
