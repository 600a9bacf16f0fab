/* What keys cost on a slow line. 9,600 baud carry 960 bytes a second: moving stays below two
 * thirds of a second, what changes figures below one, a new view below two. One cell takes no
 * more than 100 bytes. */
#include "tui_test.h"

#include <string.h>

#include "support/on_pty.h"

#define FILES "sample-data/run-epoch06.h5 sample-data/run-epoch08.h5 sample-data/run-restart.h5"

static const struct {
	const char *what, *before, *key;
	size_t limit;
} actions[] = {
		{"cursor down", "k", "j", 640},
		{"page down", "kE", "\006", 640},
		{"fold", "kEj", "h", 640},
		{"fader 1 % down", "gm", "h", 960},
		{"open the detail view", "kEjj", "gd", 1920},
		{"sort", "k", "sk", 960},
		{"next match", "E/kernel\r", "n", 960},
		{"tag", "kE", " ", 960},
		{"help", "k", "?", 1920},
		{"undo", "gmh", "u", 960},
};

/* Each key of `keys` has its own frame. */
static void
type(struct vterm_pty *pty, const char *keys)
{
	for (; *keys != '\0'; keys++) {
		char key[2] = {*keys, '\0'};

		if (on_pty_key(pty, key) == 0)
			fail_msg("`%s` is not answered", key);
	}
}

static void
each_action_is_fit_for_a_slow_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(actions); i++) {
		struct vterm_pty pty;
		size_t bytes = 0;

		assert_true(on_pty_start(&pty, FILES, "xterm-256color", 80, 24));
		type(&pty, actions[i].before);
		for (const char *key = actions[i].key; *key != '\0'; key++)
			bytes += on_pty_key(&pty, (char[]){*key, '\0'});
		print_message("# said: %s: %zu bytes\n", actions[i].what, bytes);
		if (bytes == 0 || bytes > actions[i].limit)
			fail_msg("%s takes %zu bytes, at most %zu", actions[i].what, bytes,
					actions[i].limit);
		vterm_pty_close(&pty);
	}
}

/* A letter at the prompt, and its taking back. */
static void
one_cell_takes_less_than_100_bytes(void **state)
{
	struct vterm_pty pty;
	size_t bytes;

	(void)state;
	assert_true(on_pty_start(&pty, FILES, "xterm-256color", 80, 24));
	type(&pty, ":");
	bytes = on_pty_key(&pty, "m");
	assert_in_range(bytes, 1, 100);
	bytes = on_pty_key(&pty, "\177");
	assert_in_range(bytes, 1, 100);
	vterm_pty_close(&pty);
}

/* A key that changes nothing. */
static void
nothing_new_takes_next_to_nothing(void **state)
{
	struct vterm_pty pty;
	size_t bytes;

	(void)state;
	assert_true(on_pty_start(&pty, FILES, "xterm-256color", 80, 24));
	type(&pty, "kk");
	bytes = on_pty_key(&pty, "k");
	assert_in_range(bytes, 1, 32);
	vterm_pty_close(&pty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(each_action_is_fit_for_a_slow_line),
			cmocka_unit_test(one_cell_takes_less_than_100_bytes),
			cmocka_unit_test(nothing_new_takes_next_to_nothing),
	};

	return cmocka_run_group_tests(tests, on_pty_set_up, NULL);
}
