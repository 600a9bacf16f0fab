#include "app/hands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "app/command.h"
#include "base/buf.h"

static struct hand *
read_line(const char *line)
{
	struct hand *hand;
	struct words words;

	assert_int_equal(words_split(&words, line, NULL), LADLE_OK);
	assert_int_equal(hand_read(&hand, &words, NULL), LADLE_OK);
	words_free(&words);
	return hand;
}

static void
expect_text(const struct hand *hand, const char *expected)
{
	struct buf text;

	buf_init(&text);
	hand_text(&text, hand);
	assert_string_equal(buf_string(&text), expected);
	buf_done(&text);
}

static void
expect_refused(const char *line, const char *part)
{
	struct ladle_error err = {0};
	struct hand *hand;
	struct words words;

	assert_int_equal(words_split(&words, line, NULL), LADLE_OK);
	assert_int_equal(hand_read(&hand, &words, &err), LADLE_E_USAGE);
	words_free(&words);
	assert_non_null(strstr(err.text, part));
}

static void
names_with_blanks_and_colons_come_back(void **state)
{
	static const char *const lines[] = {"pair A:dense B:dense_2", "pair A:a/b/c B:x C:y",
			"pair 'A:my layer' B:x:y:0", "pair \"A:it's\" B:x",
			"pair \"A:a\\x0ab\" B:x"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct hand *hand = read_line(lines[i]);
		expect_text(hand, lines[i]);
		hand_release(hand);
	}
}

static void
a_member_is_a_name_and_a_layer(void **state)
{
	struct hand *hand = read_line("pair A:dense B:scope:0");

	(void)state;
	assert_int_equal(hand->count, 2);
	assert_string_equal(hand->member[1].id, "B");
	assert_string_equal(hand->member[1].layer, "scope:0");
	assert_true(hand_has(hand, "A", "dense"));
	assert_true(hand_has(hand, "B", NULL));
	assert_false(hand_has(hand, "B", "dense"));
	assert_false(hand_has(hand, "C", NULL));
	hand_release(hand);
}

static void
other_words_are_refused(void **state)
{
	(void)state;
	expect_refused("pair dense B:x", "column 6: `dense`");
	expect_refused("pair A:x B:", "column 10: `B:`");
	expect_refused("pair A:x :y", "column 10: `:y`");
	expect_refused("pair A:x B:y A:z", "column 14: A is named twice");
}

static void
a_list_forgets_a_checkpoint(void **state)
{
	struct hand *two = read_line("pair A:x B:y"), *three = read_line("pair A:p B:q C:r");
	struct hand_list list = {0}, copy;

	(void)state;
	assert_true(hand_list_append(&list, two));
	assert_true(hand_list_append(&list, three));
	hand_release(two);
	hand_release(three);
	assert_true(hand_list_copy(&copy, &list));
	assert_true(hand_list_same(&copy, &list));
	assert_true(hand_list_forget(&copy, "D"));
	assert_true(hand_list_same(&copy, &list));
	assert_true(hand_list_forget(&copy, "B"));
	assert_int_equal(copy.count, 1);
	expect_text(copy.item[0], "pair A:p C:r");
	assert_false(hand_list_same(&copy, &list));
	expect_text(list.item[1], "pair A:p B:q C:r");
	hand_list_free(&copy);
	hand_list_free(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(names_with_blanks_and_colons_come_back),
			cmocka_unit_test(a_member_is_a_name_and_a_layer),
			cmocka_unit_test(other_words_are_refused),
			cmocka_unit_test(a_list_forgets_a_checkpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
