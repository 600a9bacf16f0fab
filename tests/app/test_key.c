#include "tui/tui_test.h"

#include <string.h>

#include "app/key.h"

static void
names_are_keys(void **state)
{
	static const struct {
		const char *name;
		int key;
	} cases[] = {
			{"j", 'j'},
			{"G", 'G'},
			{"?", '?'},
			{"Down", CODE_DOWN},
			{"PgUp", CODE_PAGE_UP},
			{"S-Tab", CODE_SHIFT_TAB},
			{"F1", CODE_F1},
			{"F12", CODE_F12},
			{"Enter", 13},
			{"Space", 32},
			{"Tab", 9},
			{"Esc", 27},
			{"C-c", 3},
			{"C-z", 26},
			{"\xc3\xa9", 0xe9},
			{"\xe2\x82\xac", 0x20ac},
			{"\xf0\x9f\x98\x80", 0x1f600},
	};
	int key;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(key_parse(cases[i].name, strlen(cases[i].name), &key));
		assert_int_equal(key, cases[i].key);
	}
}

static void
two_characters_are_no_key(void **state)
{
	static const char *const wrong[] = {"gg", "", "Dow", "F13", "]c", "\xc3\xa9x"};
	int key;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(key_parse(wrong[i], strlen(wrong[i]), &key));
}

static void
a_key_is_told_by_its_name(void **state)
{
	static const char *const names[] = {"j", "Down", "F6", "Enter", "Space", "C-d", "\xc3\xa9"};
	char text[16];
	int key;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_true(key_parse(names[i], strlen(names[i]), &key));
		key_text(text, key);
		assert_string_equal(text, names[i]);
	}
}

/* The bytes that xterm sends, which readline binds. */
static void
readline_gets_what_a_terminal_sends(void **state)
{
	static const struct {
		int key;
		const char *bytes;
	} cases[] = {
			{'a', "a"},
			{CODE_UP, "\033[A"},
			{CODE_HOME, "\033[H"},
			{CODE_DELETE, "\033[3~"},
			{CODE_BACKSPACE, "\177"},
			{CODE_CTRL('r'), "\022"},
			{CODE_META | 'b', "\033b"},
			{0xe9, "\xc3\xa9"},
			{0x20ac, "\xe2\x82\xac"},
			{0x1f600, "\xf0\x9f\x98\x80"},
			{CODE_F5, ""},
			{CODE_PAGE_UP, ""},
	};
	char bytes[16];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(key_bytes(bytes, cases[i].key), strlen(cases[i].bytes));
		assert_memory_equal(bytes, cases[i].bytes, strlen(cases[i].bytes));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(names_are_keys),
			cmocka_unit_test(two_characters_are_no_key),
			cmocka_unit_test(a_key_is_told_by_its_name),
			cmocka_unit_test(readline_gets_what_a_terminal_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
