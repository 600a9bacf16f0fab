/* The program on a real pseudo-terminal: what it does to the terminal, and that it puts it back. */
#include "tui_test.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/vterm_pty.h"

enum { DEADLINE = 20000 }; /* ms; only a failure waits so long */

static char program[PATH_MAX];

static char no_config[] = "--no-config", first[] = "sample-data/run-epoch06.h5",
	    second[] = "sample-data/run-epoch08.h5";
static char *const arguments[] = {
		program,
		no_config,
		first,
		second,
		NULL,
};

static void
start(struct vterm_pty *pty, const char *term)
{
	assert_true(vterm_pty_start(pty, arguments, term, 80, 24));
	assert_true(vterm_pty_wait(pty, "worst KEEP", DEADLINE));
	assert_true(vterm_pty_wait(pty, "digits", DEADLINE));
}

static void
assert_restored(struct vterm_pty *pty)
{
	assert_false(pty->alternate);
	assert_true(pty->cursor);
	assert_int_equal(pty->mouse, VTERM_PROP_MOUSE_NONE);
	assert_false(pty->paste);
	assert_true(vterm_pty_is_sane(pty));
}

static void
quit_leaves_the_terminal_as_it_was(void **state)
{
	struct vterm_pty pty;
	int status;

	(void)state;
	start(&pty, "xterm-256color");
	assert_true(pty.alternate);
	assert_int_equal(pty.mouse, VTERM_PROP_MOUSE_DRAG);
	assert_true(pty.paste);
	assert_false(vterm_pty_is_sane(&pty));
	vterm_pty_send(&pty, "q");
	status = vterm_pty_wait_end(&pty, DEADLINE);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_restored(&pty);
	vterm_pty_close(&pty);
}

static void
keys_of_either_form_work(void **state)
{
	static const struct {
		const char *bytes, *shows;
	} keys[] = {
			{"\033OB", "Layers > bn_a"},
			{"\033[B", "Layers > conv_b"},
			{"\033[A", "Layers > bn_a"},
			{"\033OF", "Layers > digits"},
			{"\033[H", "Layers > conv_a"},
			{"\033OQ", "Layers > conv_a"},
			{"\033[14~", "ladle  Mixer"},
			{"q", "ladle  Layers"},
			{"\033OS", "ladle  Mixer"},
			{"\033", "ladle  Layers"},
			{"?", "Keys of the view Layers"},
	};
	struct vterm_pty pty;

	(void)state;
	start(&pty, "xterm-256color");
	for (size_t i = 0; i < COUNT(keys); i++) {
		vterm_pty_send(&pty, keys[i].bytes);
		if (!vterm_pty_wait(&pty, keys[i].shows, DEADLINE))
			fail_msg("key %zu does not show `%s`", i, keys[i].shows);
	}
	vterm_pty_close(&pty);
}

static void
unknown_sequences_run_nothing(void **state)
{
	struct vterm_pty pty;

	(void)state;
	start(&pty, "xterm-256color");
	/* Their tails would be q, x and the like. */
	vterm_pty_send(&pty, "\033[1;5q\033[?64;1c\033[99;1x\033[>1q");
	vterm_pty_send(&pty, "G");
	assert_true(vterm_pty_wait(&pty, "Layers > digits", DEADLINE));
	assert_false(vterm_pty_has(&pty, "undo 1"));
	vterm_pty_close(&pty);
}

static void
the_mouse_selects_and_moves_faders(void **state)
{
	struct vterm_pty pty;

	(void)state;
	start(&pty, "xterm-256color");
	vterm_pty_send(&pty, "\033[<0;10;7M\033[<0;10;7m");
	assert_true(vterm_pty_wait(&pty, "Layers > conv_b", DEADLINE));
	vterm_pty_send(&pty, "\033[<0;22;23M\033[<0;22;23m"); /* the hint of F4 */
	assert_true(vterm_pty_wait(&pty, "ladle  Mixer", DEADLINE));
	vterm_pty_send(&pty, "\033[<0;50;5M\033[<32;45;5M\033[<0;45;5m");
	assert_true(vterm_pty_wait(&pty, "undo 1 deep", DEADLINE));
	vterm_pty_close(&pty);
}

static void
names_are_copied_where_the_terminal_has_a_clipboard(void **state)
{
	struct vterm_pty pty;

	(void)state;
	start(&pty, "xterm-256color");
	vterm_pty_send(&pty, "y");
	assert_true(vterm_pty_wait(&pty, "copied: conv_a/", DEADLINE));
	vterm_pty_send(&pty, "Y");
	assert_true(vterm_pty_wait(&pty, "ALIKE", DEADLINE));
	vterm_pty_close(&pty);

	start(&pty, "vt100");
	vterm_pty_send(&pty, "y");
	assert_true(vterm_pty_wait(&pty, "no clipboard that is known", DEADLINE));
	vterm_pty_close(&pty);
}

/* The role of an error is bold in all of them, and its colour is the theme's, or a person's, at
 * once. */
static void
a_theme_acts_at_once(void **state)
{
	static const struct {
		const char *line;
		int index; /* of the palette; -1: the terminal's own */
	} cases[] = {{"set color=256", 1}, {"set theme=colour-blind", 166},
			{"set theme=light", 124}, {"set theme=mono", -1},
			{"set theme=default", 1}, {"color error bold 45", 45},
			{"color error magenta", 5}, {"color error default", -1},
			{"color error", 1}};
	struct vterm_pty pty;

	(void)state;
	start(&pty, "xterm-256color");
	for (size_t i = 0; i < COUNT(cases); i++) {
		char line[64];
		VTermScreenCell cell;
		VTermPos place = {.row = 23, .col = 1};

		snprintf(line, sizeof(line), ":%s\r", cases[i].line);
		vterm_pty_send(&pty, line);
		assert_true(vterm_pty_wait(&pty, strchr(cases[i].line, ' ') + 1, DEADLINE));
		vterm_pty_send(&pty, ":sett\r");
		assert_true(vterm_pty_wait(&pty, "no command `sett`", DEADLINE));
		vterm_screen_get_cell(pty.screen, place, &cell);
		assert_true(cell.attrs.bold);
		if (cases[i].index < 0)
			assert_true(VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
		else
			assert_int_equal(cell.fg.indexed.idx, cases[i].index);
	}
	vterm_pty_close(&pty);
}

static void
a_paste_is_not_run(void **state)
{
	struct vterm_pty pty;

	(void)state;
	start(&pty, "xterm-256color");
	vterm_pty_send(&pty, "\033[200~q\r:q!\r\033[201~");
	assert_true(vterm_pty_wait(&pty, "pasted text is taken only after", DEADLINE));
	vterm_pty_send(&pty, ":\033[200~set\rsort=name\033[201~");
	assert_true(vterm_pty_wait(&pty, ":set sort=name", DEADLINE));
	vterm_pty_close(&pty);
}

static void
a_resize_is_followed(void **state)
{
	struct vterm_pty pty;

	(void)state;
	start(&pty, "xterm-256color");
	vterm_pty_resize(&pty, 140, 40);
	assert_true(vterm_pty_wait(&pty, "tensors", DEADLINE));
	assert_true(vterm_pty_wait(&pty, "mouse on", DEADLINE));
	vterm_pty_resize(&pty, 30, 5);
	assert_true(vterm_pty_wait(&pty, "need 60x15", DEADLINE));
	vterm_pty_resize(&pty, 60, 15);
	assert_true(vterm_pty_wait(&pty, "LAYER / TENSOR", DEADLINE));
	vterm_pty_close(&pty);
}

static void
a_storm_of_resizes_ends_well(void **state)
{
	struct vterm_pty pty;
	unsigned random = 7;

	(void)state;
	start(&pty, "xterm-256color");
	for (int i = 0; i < 1000; i++) {
		random = random * 1103515245 + 12345;
		vterm_pty_resize(&pty, (int)(random >> 8) % 400 + 1, (int)(random >> 20) % 120 + 1);
		if (i % 50 == 0)
			vterm_pty_wait(&pty, "no such text", 1);
	}
	vterm_pty_resize(&pty, 80, 24);
	vterm_pty_send(&pty, "\014G");
	assert_true(vterm_pty_wait(&pty, "Layers > digits", DEADLINE));
	vterm_pty_close(&pty);
}

static void
stop_gives_the_terminal_back_and_continue_takes_it(void **state)
{
	struct vterm_pty pty;
	int status;

	(void)state;
	start(&pty, "xterm-256color");
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			vterm_pty_send(&pty, "\032");
		else
			kill(pty.pid, SIGTSTP);
		status = vterm_pty_wait_end(&pty, DEADLINE);
		assert_true(WIFSTOPPED(status));
		assert_restored(&pty);
		/* A stopped job is told of no resize. */
		vterm_pty_resize(&pty, i == 0 ? 140 : 80, 30);
		kill(pty.pid, SIGCONT);
		assert_true(vterm_pty_wait(&pty, i == 0 ? "mouse on" : "LAYER / TENSOR", DEADLINE));
		assert_true(pty.alternate);
		assert_int_equal(pty.mouse, VTERM_PROP_MOUSE_DRAG);
	}
	vterm_pty_send(&pty, "q");
	assert_int_equal(vterm_pty_wait_end(&pty, DEADLINE), 0);
	assert_restored(&pty);
	vterm_pty_close(&pty);
}

static void
a_crash_leaves_the_terminal_as_it_was(void **state)
{
	static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

	(void)state;
	for (size_t i = 0; i < COUNT(signals); i++) {
		struct vterm_pty pty;
		int status;

		start(&pty, "xterm-256color");
		kill(pty.pid, signals[i]);
		status = vterm_pty_wait_end(&pty, DEADLINE);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
		assert_restored(&pty);
		vterm_pty_close(&pty);
	}
}

static void
termination_ends_with_its_status(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT};

	(void)state;
	for (size_t i = 0; i < COUNT(signals); i++) {
		struct vterm_pty pty;
		int status;

		start(&pty, "xterm-256color");
		kill(pty.pid, signals[i]);
		status = vterm_pty_wait_end(&pty, DEADLINE);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 128 + signals[i]);
		assert_restored(&pty);
		vterm_pty_close(&pty);
	}
}

/* Hung up while it ignores SIGHUP, it must end and not spin. */
static void
a_dead_terminal_ends_the_program(void **state)
{
	struct vterm_pty pty;
	int status;

	(void)state;
	signal(SIGHUP, SIG_IGN);
	start(&pty, "xterm-256color");
	signal(SIGHUP, SIG_DFL);
	close(pty.fd);
	pty.fd = -1;
	status = vterm_pty_wait_end(&pty, DEADLINE);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 128 + SIGHUP);
	vterm_pty_close(&pty);
}

static void
terminals_of_many_types_show_the_screen(void **state)
{
	static const char *const types[] = {"vt100", "linux", "screen-256color", "tmux-256color",
			"xterm-256color", "xterm-unheard-of"};

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct vterm_pty pty;

		start(&pty, types[i]);
		vterm_pty_send(&pty, ":q!\r");
		assert_int_equal(vterm_pty_wait_end(&pty, DEADLINE), 0);
		assert_true(vterm_pty_is_sane(&pty));
		vterm_pty_close(&pty);
	}
}

/* Where no screen can be drawn the table is printed, without one escape. */
static void
dumb_and_unknown_terminals_get_the_table(void **state)
{
	static const char *const types[] = {"dumb", "nonsense", ""};

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct vterm_pty pty;

		assert_true(vterm_pty_start(&pty, arguments, types[i], 80, 24));
		assert_true(vterm_pty_wait(&pty, "kernel", DEADLINE));
		assert_true(vterm_pty_wait_end(&pty, DEADLINE) >= 0);
		assert_false(pty.alternate);
		assert_true(vterm_pty_is_sane(&pty));
		vterm_pty_close(&pty);
	}
}

/* Any bytes: it lives, and puts the terminal back. */
static void
noise_does_no_harm(void **state)
{
	struct vterm_pty pty;
	unsigned random = 99;
	char bytes[2] = "";

	(void)state;
	start(&pty, "xterm-256color");
	for (int i = 0; i < 4000; i++) {
		random = random * 1103515245 + 12345;
		bytes[0] = (char)(random >> 16);
		/* Not what stops, leaves, writes or asks for a file. */
		if (bytes[0] == '\0' || strchr("\032qy:\r\nF", bytes[0]) != NULL)
			continue;
		vterm_pty_send(&pty, bytes);
		if (i % 20 == 0)
			vterm_pty_wait(&pty, "no such text", 1);
	}
	vterm_pty_send(&pty, "\033");
	vterm_pty_wait(&pty, "no such text", 700);
	vterm_pty_send(&pty, "\003\003:q!\r");
	assert_int_equal(vterm_pty_wait_end(&pty, DEADLINE), 0);
	assert_restored(&pty);
	vterm_pty_close(&pty);
}

/* The program stands two folders above this test; LADLE names another. */
static int
set_up(void **state)
{
	const char *given = getenv("LADLE");
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 16);

	(void)state;
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	if (given != NULL) {
		snprintf(program, sizeof(program), "%s", given);
		return 0;
	}
	if (n < 0)
		return -1;
	program[n] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(program, '/') = '\0';
	strcat(program, "/ladle");
	return access(program, X_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(quit_leaves_the_terminal_as_it_was),
			cmocka_unit_test(keys_of_either_form_work),
			cmocka_unit_test(unknown_sequences_run_nothing),
			cmocka_unit_test(the_mouse_selects_and_moves_faders),
			cmocka_unit_test(names_are_copied_where_the_terminal_has_a_clipboard),
			cmocka_unit_test(a_theme_acts_at_once),
			cmocka_unit_test(a_paste_is_not_run),
			cmocka_unit_test(a_resize_is_followed),
			cmocka_unit_test(a_storm_of_resizes_ends_well),
			cmocka_unit_test(stop_gives_the_terminal_back_and_continue_takes_it),
			cmocka_unit_test(a_crash_leaves_the_terminal_as_it_was),
			cmocka_unit_test(termination_ends_with_its_status),
			cmocka_unit_test(a_dead_terminal_ends_the_program),
			cmocka_unit_test(terminals_of_many_types_show_the_screen),
			cmocka_unit_test(dumb_and_unknown_terminals_get_the_table),
			cmocka_unit_test(noise_does_no_harm),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
