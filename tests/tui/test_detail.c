/* The detail view: one row with the layer table, numbers as numpy has them, any area. */
#include "stage.h"

#include <locale.h>
#include <string.h>

#include "base/buf.h"
#include "tui/view_detail.h"

static void
expect_text(struct stage *stage, const char *text)
{
	struct buf all;

	buf_init(&all);
	canvas_text(&stage->screen->canvas, &all);
	if (strstr(buf_string(&all), text) == NULL)
		fail_msg("no `%s` in\n%s", text, buf_string(&all));
	buf_done(&all);
}

static const char *
label_of(struct stage *stage)
{
	uint32_t row = screen_row(stage->screen);

	return row == LADLE_NONE ? "" : session_table(stage->session)->rows[row].label;
}

/* ---- the row ---- */

static void
the_row_is_that_of_the_layer_table(void **state)
{
	struct stage *stage = *state;

	assert_string_equal(label_of(stage), "conv_a/kernel"); /* it stands for the layer */
	play(stage, "F3 j j");
	assert_string_equal(label_of(stage), "bn_a/gamma");
	play(stage, "G");
	assert_string_equal(label_of(stage), "digits/bias");
	play(stage, "3 gg Esc");
	assert_string_equal(label_of(stage), "bn_a/gamma");
	play(stage, "k k Enter");
	expect_text(stage, " conv_a/bias  16 float32  16 values");
}

static void
a_row_that_the_filter_hides_is_not_gone_to(void **state)
{
	struct stage *stage = *state;

	assert_true(screen_go_row(stage->screen, 1));
	assert_string_equal(label_of(stage), "conv_a/bias");
	play(stage, "&digits\n");
	assert_false(screen_go_row(stage->screen, 1));
	play(stage, "F3 k k k");
	assert_string_equal(label_of(stage), "digits/kernel");
	play(stage, "G j");
	assert_string_equal(label_of(stage), "digits/bias");
}

/* ---- numbers: what numpy says of the three files, and of their mean ---- */

static void
figures_are_those_of_numpy(void **state)
{
	struct stage *stage = *state;

	assert_true(screen_resize(stage->screen, 110, 24));
	play(stage, "F3");
	expect_text(stage, "0.1629    1.957"); /* std and norm of conv_a/kernel */
	expect_text(stage, "0.1631     1.96");
	expect_text(stage, "0.3267    3.923");
	expect_text(stage, "0.2133     2.56");
	/* .2133 beside the mean of .1629488, .1631023 and .3266657 */
	expect_text(stage, "sd shrinks 1.9%");
	expect_text(stage, "NaN 0  Inf 0  zeros A 0% B 0% C 0%");
}

static void
the_value_under_the_cursor_is_that_of_the_file(void **state)
{
	struct stage *stage = *state;

	play(stage, "gw F3 Enter Enter Enter 3 l j");
	expect_text(stage, "VALUES at [1,0,0,1]"); /* of conv_b/kernel */
	expect_text(stage, "A       0.1869");
	expect_text(stage, "B       0.1881");
	expect_text(stage, "C       0.2549");
	expect_text(stage, "mix     0.2099");
}

static void
a_binned_cell_is_the_mean_that_it_says(void **state)
{
	struct stage *stage = *state;

	play(stage, "F3 Enter l l j"); /* k[1, 1:3, 0, 1].mean() of conv_a/kernel */
	expect_text(stage, "at [1,1,0,1] to [1,2,0,1],");
	expect_text(stage, "mean of 2");
	expect_text(stage, "A       0.1433");
	expect_text(stage, "C       0.2649");
	expect_text(stage, "mix     0.1851");
}

/* ---- keys ---- */

static void
escape_leaves_the_map_then_the_view(void **state)
{
	struct stage *stage = *state;

	play(stage, "F3 Enter j");
	assert_string_equal(label_of(stage), "conv_a/kernel");
	play(stage, "Esc j");
	assert_ptr_equal(screen_top(stage->screen)->ops, &detail_view);
	assert_string_equal(label_of(stage), "conv_a/bias");
	play(stage, "Esc");
	assert_ptr_equal(screen_top(stage->screen)->ops, &layers_view);
}

static void
wrong_keys_say_what_to_do(void **state)
{
	struct stage *stage = *state;

	play(stage, "gw F3 -");
	expect_text(stage, "the whole kernel is shown");
	play(stage, "Enter Enter Enter Enter Enter");
	expect_text(stage, "each cell is one value: nothing is finer");
	play(stage, "> > > >");
	expect_text(stage, "that is the mix, the last; < shows the one before");
	play(stage, "m");
	expect_text(stage, "nothing is known of units in another order here");
}

/* The mix is no column of the table: it has no units of its own. */
static void
the_mix_stays_marked_when_units_move(void **state)
{
	struct stage *stage = *state;

	play(stage, "gw F3 < < < > > > Enter l j");
	play(stage, ":align\n:wait idle\n m");
	expect_text(stage, " conv_b/kernel  3x3x16x24 float32  3456 values");
	expect_text(stage, ">mix");
}

static void
too_low_a_screen_says_that_it_has_no_map(void **state)
{
	struct stage *stage = *state;

	assert_true(screen_resize(stage->screen, 60, 15));
	play(stage, "gw F3 Enter 3 l j"); /* the values one by one all the same */
	expect_text(stage, "VALUES at [1,0,0,1]");
	expect_text(stage, "0.2549");
	play(stage, "Enter");
	expect_text(stage, "the screen is too low for the map");
	play(stage, "Esc");
	assert_true(screen_resize(stage->screen, 60, 12));
	play(stage, "Enter");
	expect_text(stage, "the screen is too low for the map");
}

/* ---- any area ---- */

static bool
is_inside(const struct area *area, int y, int x)
{
	return y >= area->y && y < area->y + area->height && x >= area->x &&
	       x < area->x + area->width;
}

static void
nothing_is_drawn_outside_of_its_area(void **state)
{
	struct stage *stage = *state;
	struct canvas *canvas = &stage->screen->canvas;

	assert_true(screen_resize(stage->screen, 150, 50));
	play(stage, "gw F3");
	struct view *view = screen_view(stage->screen, &detail_view);
	for (int width = 40; width <= 140; width += 7)
		for (int height = 5; height <= 40; height += 5) {
			struct area area = {4, 7, height, width};

			canvas_erase(canvas);
			view_layout(view, area);
			view->ops->draw(view, canvas);
			for (int y = 0; y < 50; y++)
				for (int x = 0; x < 150; x++) {
					const char *text = canvas->cells[y * 150 + x].text;

					if (!is_inside(&area, y, x) && strcmp(text, " ") != 0)
						fail_msg("%dx%d: `%s` at %d,%d", width, height,
								text, x, y);
				}
		}
}

static int
set_up(void **state)
{
	(void)state;
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("INPUTRC", "/dev/null", 1);
	return setlocale(LC_ALL, "C.UTF-8") == NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_run, tear_down_stage)

int
main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(the_row_is_that_of_the_layer_table),
			TEST(a_row_that_the_filter_hides_is_not_gone_to),
			TEST(figures_are_those_of_numpy),
			TEST(the_value_under_the_cursor_is_that_of_the_file),
			TEST(a_binned_cell_is_the_mean_that_it_says),
			TEST(escape_leaves_the_map_then_the_view),
			TEST(wrong_keys_say_what_to_do),
			TEST(the_mix_stays_marked_when_units_move),
			TEST(too_low_a_screen_says_that_it_has_no_map),
			TEST(nothing_is_drawn_outside_of_its_area),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
