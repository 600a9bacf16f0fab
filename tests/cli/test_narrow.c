/* Tables on terminals that are narrower than they are. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "support/vterm_pty.h"

enum { DEADLINE = 20000 }; /* ms; only a failure waits so long */

static char program[PATH_MAX];

/* What `ladle command FILE FILE` leaves on a screen of so many columns. */
static void
run_in(int columns, const char *command, char *text, size_t size)
{
	static char no_config[] = "--no-config", first[] = "sample-data/run-epoch06.h5",
		    second[] = "sample-data/run-epoch08.h5";
	char word[16];
	char *const arguments[] = {program, word, no_config, first, second, NULL};
	struct vterm_pty pty;
	int status;

	snprintf(word, sizeof(word), "%s", command);
	assert_true(vterm_pty_start(&pty, arguments, "xterm-256color", columns, 60));
	status = vterm_pty_wait_end(&pty, DEADLINE);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	vterm_pty_text(&pty, text, size);
	vterm_pty_close(&pty);
}

/* A line that wrapped would stand between these two. */
static void
assert_follows(const char *text, const char *line, const char *next)
{
	const char *at = strstr(text, line);

	assert_non_null(at);
	at = strchr(at, '\n');
	assert_non_null(at);
	assert_memory_equal(at + 1, next, strlen(next));
}

static void
diff_keeps_every_figure_where_there_is_room(void **state)
{
	char text[16384];

	(void)state;
	run_in(80, "diff", text, sizeof(text));
	assert_non_null(strstr(text, "COSINE    REL L2   MAX |D|"));
	assert_follows(text, "bn_a/moving_variance ", "conv_b/kernel ");
}

static void
diff_drops_the_last_figures_first(void **state)
{
	char text[16384];

	(void)state;
	run_in(60, "diff", text, sizeof(text));
	assert_non_null(strstr(text, "COSINE"));
	assert_null(strstr(text, "REL L2"));
	assert_null(strstr(text, "MAX |D|"));
	assert_follows(text, "bn_a/gamma ", "bn_a/beta ");
	assert_follows(text, "bn_a/moving_variance ", "conv_b/kernel ");
}

static void
names_are_cut_in_the_middle(void **state)
{
	char text[16384];

	(void)state;
	run_in(56, "diff", text, sizeof(text));
	assert_null(strstr(text, "bn_a/moving_variance"));
	assert_non_null(strstr(text, "bn_a/mov"));
	assert_non_null(strstr(text, "iance "));
	assert_follows(text, "bn_a/gamma ", "bn_a/beta ");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(diff_keeps_every_figure_where_there_is_room),
			cmocka_unit_test(diff_drops_the_last_figures_first),
			cmocka_unit_test(names_are_cut_in_the_middle),
	};
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	/* The program stands two folders above this test. */
	snprintf(program, sizeof(program), "%.*s../../ladle",
			slash ? (int)(slash - argv[0]) + 1 : 0, argv[0]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
