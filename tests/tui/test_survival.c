/* The program on a real pseudo-terminal, killed and started again: nothing that was done is lost. */
#include "tui_test.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/vterm_pty.h"

enum { DEADLINE = 20000 }; /* ms; only a failure waits so long */

static char program[PATH_MAX], folder[64], file[128], command[2 * PATH_MAX];
static char first[] = "sample-data/run-epoch06.h5", second[] = "sample-data/run-epoch08.h5",
	    session[] = "--session", keyed[] = "--no-config";
static char *const by_files[] = {program, first, second, NULL};
static char *const by_name[] = {program, keyed, session, file, first, second, NULL};
static char *const again[] = {program, keyed, session, file, NULL};
static char shell[] = "/bin/sh", flag[] = "-c";
static char *const by_shell[] = {shell, flag, command, NULL};

static void
expect(struct vterm_pty *pty, const char *text)
{
	char screen[16384];

	if (vterm_pty_wait(pty, text, DEADLINE))
		return;
	vterm_pty_text(pty, screen, sizeof(screen));
	fail_msg("no `%s` in\n%s", text, screen);
}

static void
start(struct vterm_pty *pty, char *const argv[])
{
	assert_true(vterm_pty_start(pty, argv, "xterm-256color", 100, 24));
	expect(pty, "worst KEEP");
	expect(pty, "digits");
}

static void
type(struct vterm_pty *pty, const char *keys, const char *shows)
{
	vterm_pty_send(pty, keys);
	expect(pty, shows);
}

static void
kill_with(struct vterm_pty *pty, int number)
{
	kill(pty->pid, number);
	vterm_pty_wait_end(pty, DEADLINE);
	vterm_pty_close(pty);
}

static int
quit(struct vterm_pty *pty, const char *keys)
{
	vterm_pty_send(pty, keys);
	int status = vterm_pty_wait_end(pty, DEADLINE);
	vterm_pty_close(pty);
	return WEXITSTATUS(status);
}

static void
edit(struct vterm_pty *pty)
{
	type(pty, ":mix A=.5\r", "A run-epoch06 33.3%");
	type(pty, ":mix A=1 B=0 on conv*\r", "weights by `mix A=1 B=0 on conv*`");
	type(pty, ":skip digits\r", "skipped");
}

static void
killed_in_the_middle_it_comes_back_by_its_files(void **state)
{
	struct vterm_pty pty;

	(void)state;
	start(&pty, by_files);
	edit(&pty);
	kill_with(&pty, SIGKILL);
	start(&pty, by_files);
	expect(&pty, "ended without saving: restore it?");
	type(&pty, "y", "3 changes are restored, u undoes them");
	expect(&pty, "A run-epoch06 33.3%");
	type(&pty, "u", "undone: skip digits (undo 2 deep)");
	type(&pty, "u", "undone: mix A=1 B=0 on conv* (undo 1 deep)");
	type(&pty, "u", "A run-epoch06 50.0%");
	type(&pty, "U", "redone: mix A=0.5");
	kill_with(&pty, SIGKILL);
	start(&pty, by_files);
	type(&pty, "y", "A run-epoch06 33.3%");
	type(&pty, "U", "redone: mix A=1 B=0 on conv*");
	assert_int_equal(quit(&pty, ":q!\r"), 0);
}

static void
an_offer_is_in_nobodys_way(void **state)
{
	struct vterm_pty pty;

	(void)state;
	start(&pty, by_files);
	edit(&pty);
	assert_int_equal(quit(&pty, ":q!\r"), 0);
	start(&pty, by_files);
	expect(&pty, "restore the last session of these files (undo 3 deep)?");
	type(&pty, "G", "Layers > digits");
	assert_false(vterm_pty_has(&pty, "restore the last session"));
	type(&pty, ":session restore\r", "the session is restored (undo 3 deep)");
	assert_int_equal(quit(&pty, ":q!\r"), 0);
	start(&pty, by_files);
	expect(&pty, "restore the last session");
	type(&pty, "n", "a fresh start");
	expect(&pty, "A run-epoch06 50.0%");
	assert_int_equal(quit(&pty, "q"), 0);
}

static void
a_fresh_start_is_no_session(void **state)
{
	struct vterm_pty pty;

	(void)state;
	start(&pty, by_files);
	type(&pty, "G", "Layers > digits");
	assert_int_equal(quit(&pty, "q"), 0);
	start(&pty, by_files);
	type(&pty, ":session\r", "from the first change on");
	assert_int_equal(quit(&pty, "q"), 0);
}

static void
a_named_session_keeps_mix_and_place(void **state)
{
	struct vterm_pty pty;
	struct stat found;

	(void)state;
	start(&pty, by_name);
	edit(&pty);
	type(&pty, ":sort name\r", "sort: by name");
	type(&pty, ":unfold hidden\r", "kernel");
	type(&pty, ":tag hidden/bias\r", "1 tagged");
	type(&pty, ":go hidden/kernel\r", "Layers > hidden > kernel");
	type(&pty, "\033OS", "ladle  Mixer");
	assert_int_equal(quit(&pty, ":q\r"), 0);
	assert_int_equal(stat(file, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
	start(&pty, again);
	expect(&pty, "ladle  Mixer");
	type(&pty, "q", "Layers > hidden > kernel");
	expect(&pty, "sort: by name");
	expect(&pty, "1 tagged");
	type(&pty, "u", "undone: skip digits (undo 2 deep)");
	assert_int_equal(quit(&pty, "q"), 0);
}

static void
hanging_up_and_ending_save(void **state)
{
	static const int signals[] = {SIGHUP, SIGTERM};

	(void)state;
	for (size_t i = 0; i < COUNT(signals); i++) {
		struct vterm_pty pty;
		char journal[160];
		start(&pty, by_name);
		type(&pty, i == 0 ? ":mix A=.5\r" : ":mix A=.25\r", i == 0 ? "33.3%" : "20.0%");
		kill_with(&pty, signals[i]);
		snprintf(journal, sizeof(journal), "%s.journal", file);
		assert_int_equal(access(journal, F_OK), -1);
		assert_int_equal(errno, ENOENT);
	}
	struct vterm_pty pty;
	start(&pty, again);
	expect(&pty, "undo 2 deep");
	assert_int_equal(quit(&pty, "q"), 0);
}

static void
the_second_program_says_that_it_keeps_nothing(void **state)
{
	struct vterm_pty pty, other;

	(void)state;
	start(&pty, by_name);
	type(&pty, ":mix A=.5\r", "33.3%");
	start(&other, again);
	expect(&other, "this session is not kept: another ladle has it open");
	type(&other, ":mix A=.25\r", "20.0%");
	assert_int_equal(quit(&other, ":q!\r"), 0);
	assert_int_equal(quit(&pty, "q"), 0);
	start(&pty, again);
	expect(&pty, "33.3%");
	assert_int_equal(quit(&pty, "q"), 0);
}

/* The name of a folder is a file, so that not even root can write below it. */
static void
a_home_that_cannot_be_written_stops_nothing(void **state)
{
	struct vterm_pty pty;

	(void)state;
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	start(&pty, by_files);
	type(&pty, ":mix A=.5\r", "this session is not kept");
	type(&pty, ":mix A=.25\r", "20.0%");
	type(&pty, "u", "undo 1 deep");
	assert_false(vterm_pty_has(&pty, "not kept"));
	assert_int_equal(quit(&pty, ":q!\r"), 0);
}

static void
the_selection_is_printed_where_output_goes(void **state)
{
	struct vterm_pty pty;
	char text[256] = "";

	(void)state;
	snprintf(command, sizeof(command),
			"echo ignored | %s --no-config --print-selection %s %s | cat > %s", program,
			first, second, file);
	start(&pty, by_shell);
	type(&pty, ":tag hidden/kernel\r:tag conv_a/bias\r", "2 tagged");
	assert_int_equal(quit(&pty, "q"), 0);
	FILE *out = fopen(file, "r");
	assert_non_null(out);
	assert_true(fread(text, 1, sizeof(text) - 1, out) > 0);
	fclose(out);
	assert_string_equal(text, "conv_a/bias\nhidden/kernel\n");
}

static int
set_up_each(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ladle-survive-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/soup.session", folder);
	setenv("XDG_STATE_HOME", folder, 1);
	setenv("XDG_CACHE_HOME", folder, 1);
	setenv("XDG_CONFIG_HOME", folder, 1);
	return 0;
}

static int
tear_down_each(void **state)
{
	char line[128];

	(void)state;
	snprintf(line, sizeof(line), "rm -rf %s", folder);
	return system(line);
}

static int
set_up(void **state)
{
	const char *given = getenv("LADLE");
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 16);

	(void)state;
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
#define ALONE(name) cmocka_unit_test_setup_teardown(name, set_up_each, tear_down_each)
	const struct CMUnitTest tests[] = {
			ALONE(killed_in_the_middle_it_comes_back_by_its_files),
			ALONE(an_offer_is_in_nobodys_way),
			ALONE(a_fresh_start_is_no_session),
			ALONE(a_named_session_keeps_mix_and_place),
			ALONE(hanging_up_and_ending_save),
			ALONE(the_second_program_says_that_it_keeps_nothing),
			ALONE(a_home_that_cannot_be_written_stops_nothing),
			ALONE(the_selection_is_printed_where_output_goes),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
