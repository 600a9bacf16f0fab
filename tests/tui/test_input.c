#include "tui_test.h"

#include <string.h>

#include <curses.h>

#include "app/key.h"
#include "tui/input.h"

static struct input input;

static int
set_up(void **state)
{
	(void)state;
	input_init(&input);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	input_done(&input);
	return 0;
}

/* Feeds characters; the last event that is not none. */
static struct event
type(const char *text)
{
	struct event last = {EVENT_NONE};

	for (; *text != '\0'; text++) {
		struct event event = input_feed(&input, false, (unsigned char)*text);

		if (event.kind != EVENT_NONE)
			last = event;
	}
	return last;
}

static void
assert_key(struct event event, int key)
{
	assert_int_equal(event.kind, EVENT_KEY);
	assert_int_equal(event.key, key);
}

static void
plain_keys_come_through(void **state)
{
	(void)state;
	assert_key(type("j"), 'j');
	assert_key(type("\r"), CODE_ENTER);
	assert_key(type("\177"), CODE_BACKSPACE);
	assert_key(input_feed(&input, false, 0x20ac), 0x20ac);
	assert_key(input_feed(&input, true, KEY_UP), CODE_UP);
	assert_key(input_feed(&input, true, KEY_F(6)), CODE_F6);
	assert_key(input_feed(&input, true, KEY_BTAB), CODE_SHIFT_TAB);
	assert_int_equal(input_feed(&input, true, KEY_RESIZE).kind, EVENT_NONE);
}

static void
a_lone_escape_is_a_key(void **state)
{
	(void)state;
	assert_int_equal(type("\033").kind, EVENT_NONE);
	assert_true(input_is_waiting(&input));
	assert_key(input_drained(&input), CODE_ESC);
	assert_false(input_is_waiting(&input));
	assert_int_equal(input_drained(&input).kind, EVENT_NONE);
}

static void
a_character_after_escape_is_meta(void **state)
{
	(void)state;
	assert_key(type("\033b"), CODE_META | 'b');
	assert_key(type("j"), 'j');
}

static void
unknown_sequences_are_swallowed_whole(void **state)
{
	static const char *const unknown[] = {
			"\033[1;5Q",
			"\033[27;2;13~",
			"\033[?1;2c",
			"\033[99~",
			"\033Ox",
			"\033[>0;276;0c",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(unknown); i++) {
		assert_int_equal(type(unknown[i]).kind, EVENT_NONE);
		assert_int_equal(input_drained(&input).kind, EVENT_NONE);
		assert_false(input_is_waiting(&input));
		assert_key(type("q"), 'q');
	}
}

static void
a_sequence_that_never_ends_is_given_up(void **state)
{
	(void)state;
	type("\033[12;");
	assert_true(input_is_waiting(&input));
	assert_int_equal(input_expired(&input).kind, EVENT_NONE);
	assert_key(type("q"), 'q');
}

static void
mouse_reports_are_read(void **state)
{
	static const struct {
		const char *report;
		enum mouse_kind kind;
		int y, x;
	} cases[] = {
			{"0;10;5M", MOUSE_PRESS, 4, 9},
			{"0;10;5m", MOUSE_RELEASE, 4, 9},
			{"32;300;200M", MOUSE_DRAG, 199, 299},
			{"64;1;1M", MOUSE_WHEEL_UP, 0, 0},
			{"65;1;1M", MOUSE_WHEEL_DOWN, 0, 0},
			{"4;2;3M", MOUSE_PRESS, 2, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct event event;

		input_feed(&input, true, INPUT_MOUSE);
		event = type(cases[i].report);
		assert_int_equal(event.kind, EVENT_MOUSE);
		assert_int_equal(event.mouse.kind, cases[i].kind);
		assert_int_equal(event.mouse.y, cases[i].y);
		assert_int_equal(event.mouse.x, cases[i].x);
	}
}

static void
damaged_mouse_reports_do_nothing(void **state)
{
	static const char *const wrong[] = {"M", ";;M", "0;0;5M", "0;5M", "1;1;1M", "66;1;1M", "q",
			"000000000000000000000000000000000000000000000000000000;1;1M"};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		input_feed(&input, true, INPUT_MOUSE);
		assert_int_equal(type(wrong[i]).kind, EVENT_NONE);
		assert_false(input_is_waiting(&input));
	}
}

static void
a_paste_is_one_event(void **state)
{
	struct event event;

	(void)state;
	input_feed(&input, true, INPUT_PASTE);
	assert_int_equal(type("q\ndw").kind, EVENT_NONE);
	assert_int_equal(input_feed(&input, false, 0xe9).kind, EVENT_NONE);
	event = input_feed(&input, true, INPUT_PASTE_END);
	assert_int_equal(event.kind, EVENT_PASTE);
	assert_string_equal(event.paste, "q\ndw\xc3\xa9");
	assert_key(type("q"), 'q');
}

static void
a_paste_without_end_is_ended(void **state)
{
	struct event event;

	(void)state;
	input_feed(&input, true, INPUT_PASTE);
	type("abc");
	event = input_expired(&input);
	assert_int_equal(event.kind, EVENT_PASTE);
	assert_string_equal(event.paste, "abc");
}

static void
a_huge_paste_is_bounded(void **state)
{
	(void)state;
	input_feed(&input, true, INPUT_PASTE);
	for (int i = 0; i < 200000; i++)
		input_feed(&input, false, 'x');
	assert_true(strlen(input_feed(&input, true, INPUT_PASTE_END).paste) < 1 << 16);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(plain_keys_come_through),
			TEST(a_lone_escape_is_a_key),
			TEST(a_character_after_escape_is_meta),
			TEST(unknown_sequences_are_swallowed_whole),
			TEST(a_sequence_that_never_ends_is_given_up),
			TEST(mouse_reports_are_read),
			TEST(damaged_mouse_reports_do_nothing),
			TEST(a_paste_is_one_event),
			TEST(a_paste_without_end_is_ended),
			TEST(a_huge_paste_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
