#include "tui_test.h"

#include <locale.h>
#include <string.h>

#include "base/buf.h"
#include "tui/canvas.h"
#include "tui/glyphs.h"

struct fixture {
	struct canvas canvas;
	struct buf text;
};

static int
set_up(void **state)
{
	static struct fixture fixture;

	setlocale(LC_ALL, "C.UTF-8");
	canvas_init(&fixture.canvas, glyphs_choose("auto"));
	buf_init(&fixture.text);
	*state = &fixture;
	return canvas_resize(&fixture.canvas, 10, 3) ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	canvas_done(&fixture->canvas);
	buf_done(&fixture->text);
	return 0;
}

static const char *
text_of(struct fixture *fixture)
{
	buf_clear(&fixture->text);
	canvas_text(&fixture->canvas, &fixture->text);
	return buf_string(&fixture->text);
}

static const char *
roles_of(struct fixture *fixture)
{
	buf_clear(&fixture->text);
	canvas_roles(&fixture->canvas, &fixture->text);
	return buf_string(&fixture->text);
}

static void
controls_and_bad_bytes_never_reach_a_cell(void **state)
{
	struct fixture *fixture = *state;

	canvas_say(&fixture->canvas, 0, 0, 10, ROLE_NORMAL, "a\033[1m");
	canvas_say(&fixture->canvas, 1, 0, 10, ROLE_NORMAL, "b\nc");
	canvas_say(&fixture->canvas, 2, 0, 10, ROLE_NORMAL, "d\xff");
	assert_string_equal(text_of(fixture), "a\\x1b[1m\nb\\x0ac\nd\\xff\n");
}

static void
wide_characters_take_two_cells(void **state)
{
	struct fixture *fixture = *state;
	int x = canvas_say(&fixture->canvas, 0, 0, 10, ROLE_KEY, "\xe5\xb1\xa4x");

	assert_int_equal(x, 3);
	assert_string_equal(fixture->canvas.cells[0].text, "\xe5\xb1\xa4");
	assert_string_equal(fixture->canvas.cells[1].text, "");
	assert_string_equal(fixture->canvas.cells[2].text, "x");
}

static void
marks_ride_on_the_cell_before(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(canvas_say(&fixture->canvas, 0, 0, 10, ROLE_NORMAL, "e\xcc\x81x"), 2);
	assert_string_equal(fixture->canvas.cells[0].text, "e\xcc\x81");
}

static void
put_fills_its_width_and_cuts_the_middle(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(canvas_put(&fixture->canvas, 0, 0, 7, TEXT_LEFT, ROLE_KEY, "kernel_long"),
			7);
	assert_int_equal(canvas_put(&fixture->canvas, 1, 0, 5, TEXT_RIGHT, ROLE_KEY, "ab"), 5);
	assert_string_equal(text_of(fixture), "ker\xe2\x80\xa6ong\n   ab\n\n");
	assert_string_equal(roles_of(fixture), "kkkkkkk\nkkkkk\n\n");
}

static void
say_cuts_the_end(void **state)
{
	struct fixture *fixture = *state;

	canvas_say(&fixture->canvas, 0, 4, 20, ROLE_NORMAL, "0123456789");
	canvas_say(&fixture->canvas, 1, 0, 3, ROLE_NORMAL, "\xe5\xb1\xa4\xe5\xb1\xa4");
	assert_string_equal(
			text_of(fixture), "    01234\xe2\x80\xa6\n\xe5\xb1\xa4\xe2\x80\xa6\n\n");
}

static void
nothing_is_drawn_outside(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(canvas_say(&fixture->canvas, 0, 10, 5, ROLE_NORMAL, "x"), 10);
	canvas_say(&fixture->canvas, 3, 0, 5, ROLE_NORMAL, "x");
	canvas_say(&fixture->canvas, -1, 0, 5, ROLE_NORMAL, "x");
	canvas_repeat(&fixture->canvas, 1, 8, 5, ROLE_NORMAL, "x");
	assert_string_equal(text_of(fixture), "\n        xx\n\n");
}

static void
bars_are_drawn_in_eighths(void **state)
{
	struct fixture *fixture = *state;

	canvas_bar(&fixture->canvas, 0, 0, 4, 0.5 + 1 / 32.0, ROLE_FADER, true);
	canvas_bar(&fixture->canvas, 1, 0, 4, 2, ROLE_FADER, true);
	canvas_bar(&fixture->canvas, 2, 0, 4, -1, ROLE_FADER, false);
	assert_string_equal(text_of(fixture), "██▏░\n████\n\n");
}

static void
ascii_bars_and_frames_are_ascii(void **state)
{
	struct fixture *fixture = *state;

	fixture->canvas.glyphs = glyphs_choose("ascii");
	canvas_frame(&fixture->canvas, (struct area){0, 0, 3, 10}, "T");
	canvas_bar(&fixture->canvas, 1, 2, 4, 0.5, ROLE_FADER, true);
	assert_string_equal(text_of(fixture), "+- T ----+\n| ##..   |\n+--------+\n");
	fixture->canvas.glyphs = glyphs_choose("blocks");
}

static void
wrap_breaks_at_blanks_and_cuts_the_last_row(void **state)
{
	struct fixture *fixture = *state;

	canvas_wrap(&fixture->canvas, (struct area){0, 0, 2, 10}, ROLE_NORMAL,
			"one two three four five");
	assert_string_equal(text_of(fixture), "one two\nthree fou\xe2\x80\xa6\n\n");
}

static void
selected_cells_show_as_capitals(void **state)
{
	struct fixture *fixture = *state;

	canvas_say(&fixture->canvas, 0, 0, 10, ROLE_DIFFER, "ab");
	canvas_select(&fixture->canvas, 0, 0, 3);
	assert_string_equal(roles_of(fixture), "XX#\n\n\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(controls_and_bad_bytes_never_reach_a_cell),
			TEST(wide_characters_take_two_cells),
			TEST(marks_ride_on_the_cell_before),
			TEST(put_fills_its_width_and_cuts_the_middle),
			TEST(say_cuts_the_end),
			TEST(nothing_is_drawn_outside),
			TEST(bars_are_drawn_in_eighths),
			TEST(ascii_bars_and_frames_are_ascii),
			TEST(wrap_breaks_at_blanks_and_cuts_the_last_row),
			TEST(selected_cells_show_as_capitals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
