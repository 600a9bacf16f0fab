/* The screen for those who cannot see it as it is meant: a cursor that a reader follows, terminals of
 * every kind, locales without UTF-8, tables where there is no screen. */
#include "tui_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/hostile.h"
#include "support/on_pty.h"

#define FILES "sample-data/run-epoch06.h5 sample-data/run-epoch08.h5"
#define PAIR "sample-data/seed11.keras sample-data/seed11-reordered.keras"

/* ---- the cursor ---- */

static bool
is_selected(struct vterm_pty *pty, int row)
{
	for (int x = 0; x < pty->columns; x++)
		if (vterm_pty_reversed(pty, row, x))
			return true;
	return false;
}

/* Keys one by one, views between them: the cursor stands on a row that is shown as selected. */
static void
the_cursor_sits_on_the_selected_item(void **state)
{
	static const char *const keys[] = {"k", "E", "j", "j", "G", "\033[A", "\006", "g", "g",
			"\033OS", "j", "j", "k", "q", "?", "j", "G", "q", "\033[17~", "\t", "\t",
			"q", "\033[15~", "j", "k", "q", "Z"};
	struct vterm_pty pty;

	(void)state;
	assert_true(on_pty_start(&pty, PAIR, "xterm-256color", 80, 24));
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (on_pty_key(&pty, keys[i]) == 0)
			fail_msg("key %zu (%s) is not answered", i, keys[i]);
		if (!is_selected(&pty, vterm_pty_cursor(&pty).row))
			fail_msg("after key %zu (%s) the cursor is in row %d", i, keys[i],
					vterm_pty_cursor(&pty).row);
	}
	vterm_pty_close(&pty);
}

static void
a11y_shows_the_cursor(void **state)
{
	struct vterm_pty pty;

	(void)state;
	assert_true(on_pty_start(&pty, FILES, "xterm-256color", 80, 24));
	assert_false(pty.cursor);
	vterm_pty_send(&pty, ":set a11y=on\r");
	vterm_pty_send(&pty, "Z");
	assert_true(vterm_pty_wait(&pty, "Z: no", ON_PTY_MS));
	assert_true(pty.cursor);
	vterm_pty_close(&pty);
}

/* The column where a text begins in a row, or -1. */
static int
column_of(struct vterm_pty *pty, int row, const char *text)
{
	int length = (int)strlen(text);

	for (int x = 0; x + length <= pty->columns; x++) {
		char cells[256];
		VTermRect rect = {row, row + 1, x, x + length};
		size_t used = vterm_screen_get_text(pty->screen, cells, sizeof(cells), rect);

		if (used == (size_t)length && memcmp(cells, text, used) == 0)
			return x;
	}
	return -1;
}

/* ---- what must not end or confuse it ---- */

static void
ctrl_c_never_quits(void **state)
{
	static const char *const views[] = {
			"gl", "gd", "gp", "gm", "ge", "?", ":mix", "/x", "3", "v"};
	struct vterm_pty pty;

	(void)state;
	assert_true(on_pty_start(&pty, PAIR, "xterm-256color", 80, 24));
	for (size_t i = 0; i < COUNT(views); i++) {
		vterm_pty_send(&pty, views[i]);
		vterm_pty_send(&pty, "\003\003\003");
	}
	vterm_pty_send(&pty, "glZ");
	assert_true(vterm_pty_wait(&pty, "Z: no command on this key", ON_PTY_MS));
	vterm_pty_close(&pty);
}

/* A burst of sizes while files are opened and measured: the last one counts. */
static void
a_resize_while_it_works_is_followed(void **state)
{
	struct vterm_pty pty;

	(void)state;
	assert_true(on_pty_begin(&pty, PAIR " " FILES, "xterm-256color", 80, 24));
	for (int i = 0; i < 50; i++) {
		vterm_pty_resize(&pty, 60 + 7 * i, 15 + i % 40);
		vterm_pty_read(&pty, 1);
	}
	vterm_pty_resize(&pty, 100, 29);
	assert_true(vterm_pty_wait(&pty, "LAYER / TENSOR", ON_PTY_MS));
	vterm_pty_send(&pty, ":wait idle\r");
	vterm_pty_send(&pty, "Z");
	assert_true(vterm_pty_wait(&pty, "Z: no command on this key", ON_PTY_MS));
	assert_int_equal(column_of(&pty, 27, "? help"), 1);
	assert_int_equal(column_of(&pty, 28, "Z: no command"), 1);
	vterm_pty_close(&pty);
}

/* ---- terminals and locales ---- */

static const char *const types[] = {"vt100", "linux", "screen-256color", "tmux-256color",
		"xterm-256color", "xterm-unheard-of"};

/* Through every view; nothing is sent that is unknown, and no byte above 0x7f without UTF-8. */
static void
look_around(const char *files, const char *term, const char *locale)
{
	struct vterm_pty pty;

	setenv("LC_ALL", locale, 1);
	assert_true(on_pty_start(&pty, files, term, 80, 24));
	vterm_pty_send(&pty, "EjjgdjqgmjqgejjqgpjqF?jq:set\rq:s\t\t\003:open \t\003");
	vterm_pty_resize(&pty, 140, 40);
	vterm_pty_send(&pty, "\014Z");
	if (!vterm_pty_wait(&pty, "Z: no", ON_PTY_MS))
		fail_msg("TERM=%s LC_ALL=%s: no answer", term, locale);
	if (pty.unknown > 0)
		fail_msg("TERM=%s: a sequence ending with %#x is unknown", term,
				(unsigned char)pty.unknown_end);
	if (pty.high && strcmp(locale, "C") == 0)
		fail_msg("TERM=%s: bytes above 0x7f with LC_ALL=C", term);
	vterm_pty_send(&pty, ":q!\r");
	assert_int_equal(vterm_pty_wait_end(&pty, ON_PTY_MS), 0);
	assert_true(vterm_pty_is_sane(&pty));
	vterm_pty_close(&pty);
	setenv("LC_ALL", "C.UTF-8", 1);
}

static void
every_terminal_understands_all_that_is_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		look_around(FILES, types[i], "C.UTF-8");
		look_around(FILES, types[i], "C");
	}
}

static void
hostile_names_send_nothing_else(void **state)
{
	char folder[] = "/tmp/ladle-hostile-XXXXXX", one[64], two[64], files[160];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(one, sizeof(one), "%s/\u202e漢\033[7m.h5", folder);
	snprintf(two, sizeof(two), "%s/\xff\n.h5", folder);
	snprintf(files, sizeof(files), "%s %s", one, two);
	assert_true(hostile_write(one, 0, false));
	assert_true(hostile_write(two, .1f, false));
	look_around(files, "xterm-256color", "C.UTF-8");
	look_around(files, "xterm-256color", "C");
	unlink(one);
	unlink(two);
	rmdir(folder);
}

/* Keys of other forms do in an inputrc what they do there; the prompt still opens, takes and ends. */
static void
a_hostile_inputrc_leaves_the_prompt_usable(void **state)
{
	static const char inputrc[] = "set editing-mode vi\nset show-mode-in-prompt on\n"
				      "set vi-ins-mode-string \"\\1\\e[31m\\2(ins)\"\n"
				      "set vi-cmd-mode-string \"\\1\\e[2J\\2(cmd)\"\n"
				      "set bell-style audible\nset enable-bracketed-paste on\n"
				      "\"\\C-l\": clear-screen\nset completion-display-width 0\n";
	char path[] = "/tmp/ladle-inputrc-XXXXXX";
	int fd = mkstemp(path);
	struct vterm_pty pty;

	(void)state;
	assert_int_equal(write(fd, inputrc, sizeof(inputrc) - 1), sizeof(inputrc) - 1);
	close(fd);
	setenv("INPUTRC", path, 1);
	assert_true(on_pty_start(&pty, FILES, "xterm-256color", 80, 24));
	vterm_pty_send(&pty, ":sort nam\033h0\014");
	vterm_pty_send(&pty, "Ae\r");
	assert_true(vterm_pty_wait(&pty, "sort: by name", ON_PTY_MS));
	vterm_pty_send(&pty, ":\022set\003Z");
	assert_true(vterm_pty_wait(&pty, "Z: no", ON_PTY_MS));
	assert_int_equal(pty.unknown, 0);
	vterm_pty_send(&pty, ":q!\r");
	assert_int_equal(vterm_pty_wait_end(&pty, ON_PTY_MS), 0);
	vterm_pty_close(&pty);
	setenv("INPUTRC", "/dev/null", 1);
	unlink(path);
}

static void
reports_beyond_column_223_are_read(void **state)
{
	struct vterm_pty pty;

	(void)state;
	assert_true(on_pty_start(&pty, FILES, "xterm-256color", 400, 24));
	vterm_pty_send(&pty, "\033[<0;390;7M\033[<0;390;7m");
	assert_true(vterm_pty_wait(&pty, "Layers > conv_b", ON_PTY_MS));
	vterm_pty_close(&pty);
}

/* ---- tables ---- */

/* Where no screen can be drawn, or none is wanted. */
static void
tables_have_no_escapes(void **state)
{
	static const struct {
		const char *arguments, *term;
	} cases[] = {{"--plain " FILES, "xterm-256color"}, {FILES, "dumb"}, {FILES, "nonsense"},
			{FILES, ""}, {FILES, NULL}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vterm_pty pty;

		assert_true(on_pty_begin(&pty, cases[i].arguments, cases[i].term, 80, 24));
		assert_true(vterm_pty_wait(&pty, "digits/bias", ON_PTY_MS));
		assert_int_equal(WEXITSTATUS(vterm_pty_wait_end(&pty, ON_PTY_MS)), 0);
		assert_int_equal(pty.escapes, 0);
		vterm_pty_close(&pty);
	}
}

/* Every row has its state in the column that is headed so. */
static void
tables_fit_the_terminal_whatever_the_names(void **state)
{
	char folder[] = "/tmp/ladle-hostile-XXXXXX", path[64], arguments[160];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.h5", folder);
	assert_true(hostile_write(path, 0, false));
	snprintf(arguments, sizeof(arguments), "--plain %s %s", path, path);
	for (int i = 0; i < 2; i++) {
		struct vterm_pty pty;
		int head = 0, column;

		setenv("LC_ALL", i == 0 ? "C.UTF-8" : "C", 1);
		assert_true(on_pty_begin(&pty, arguments, "dumb", 80, 60));
		vterm_pty_wait_end(&pty, ON_PTY_MS);
		while (head < 10 && column_of(&pty, head, "STATE") < 0)
			head++;
		column = column_of(&pty, head, "STATE");
		assert_true(column > 0);
		for (int y = head + 1; y <= head + 2 * HOSTILE_LAYERS; y++)
			if (column_of(&pty, y, "alike") != column)
				fail_msg("row %d, LC_ALL=%s: state in column %d, not %d", y,
						getenv("LC_ALL"), column_of(&pty, y, "alike"),
						column);
		vterm_pty_close(&pty);
	}
	setenv("LC_ALL", "C.UTF-8", 1);
	unlink(path);
	rmdir(folder);
}

static void
a_pipe_gets_the_table(void **state)
{
	char command[4096], line[4096];
	bool found = false;
	FILE *pipe;

	(void)state;
	snprintf(command, sizeof(command), "TERM=xterm-256color '%s' --no-config %s",
			on_pty_program(), FILES);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe) != NULL) {
		assert_null(strchr(line, '\033'));
		found |= strstr(line, "digits/bias") != NULL;
	}
	assert_int_equal(pclose(pipe), 0);
	assert_true(found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_cursor_sits_on_the_selected_item),
			cmocka_unit_test(a11y_shows_the_cursor),
			cmocka_unit_test(ctrl_c_never_quits),
			cmocka_unit_test(a_resize_while_it_works_is_followed),
			cmocka_unit_test(every_terminal_understands_all_that_is_sent),
			cmocka_unit_test(hostile_names_send_nothing_else),
			cmocka_unit_test(a_hostile_inputrc_leaves_the_prompt_usable),
			cmocka_unit_test(reports_beyond_column_223_are_read),
			cmocka_unit_test(tables_have_no_escapes),
			cmocka_unit_test(tables_fit_the_terminal_whatever_the_names),
			cmocka_unit_test(a_pipe_gets_the_table),
	};

	return cmocka_run_group_tests(tests, on_pty_set_up, NULL);
}
