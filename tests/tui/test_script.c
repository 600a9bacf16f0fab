#include "tui_test.h"

#include "app/key.h"
#include "tui/script.h"

static void
assert_keys(const char *text, const int *keys)
{
	struct script script;

	script_init(&script);
	assert_true(script_add(&script, text));
	for (; *keys != 0; keys++)
		assert_int_equal(script_next(&script), *keys);
	assert_int_equal(script_next(&script), 0);
	script_done(&script);
}

static void
words_are_keys_or_typed(void **state)
{
	const int keys[] = {'j', CODE_DOWN, 'g', 'g', '5', 'k', CODE_CTRL('d'), 0};

	(void)state;
	assert_keys("j Down  gg\n5k C-d\n", keys);
}

static void
command_lines_are_typed_with_enter(void **state)
{
	const int keys[] = {':', 'q', ' ', 'j', CODE_ENTER, '/', 'x', CODE_ENTER, 'j', 0};

	(void)state;
	assert_keys(":q j\n/x\nj", keys);
}

static void
comments_and_blank_lines_are_nothing(void **state)
{
	const int keys[] = {'j', 0};

	(void)state;
	assert_keys("# :q!\n\n   \nj\n", keys);
}

static void
a_sign_alone_is_its_key(void **state)
{
	const int keys[] = {':', CODE_ESC, 0};

	(void)state;
	assert_keys(":\nEsc\n", keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(words_are_keys_or_typed),
			cmocka_unit_test(command_lines_are_typed_with_enter),
			cmocka_unit_test(comments_and_blank_lines_are_nothing),
			cmocka_unit_test(a_sign_alone_is_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
