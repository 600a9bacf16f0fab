/* The profile and the epochs: one cursor with the layer table, clicks, and columns that are shared. */
#include "stage.h"

#include <locale.h>
#include <string.h>

#include "tui/view_epochs.h"
#include "tui/view_layers.h"
#include "tui/view_profile.h"

static void
click(struct stage *stage, int y, int x)
{
	screen_mouse(stage->screen, &(struct mouse){MOUSE_PRESS, y, x});
	settle(stage);
}

static const struct ladle_row *
row_of(struct stage *stage)
{
	return &session_table(stage->session)->rows[screen_row(stage->screen)];
}

static int
open_layers(struct stage *stage)
{
	const struct layers *layers =
			(const struct layers *)screen_view(stage->screen, &layers_view);
	int open = 0;

	for (uint32_t i = 0; i < layers->outline.layer_count; i++)
		open += outline_is_open(&layers->outline, i);
	return open;
}

static void
the_profile_moves_the_tables_cursor_and_opens_nothing(void **state)
{
	struct stage *stage = *state;

	play(stage, "F7 j j j");
	assert_string_equal(row_of(stage)->label, "hidden/kernel");
	assert_int_equal(open_layers(stage), 0);
	play(stage, "F2 k F7");
	assert_int_equal(screen_top(stage->screen)->cursor, 2);
	play(stage, "2 j gg G");
	assert_string_equal(row_of(stage)->label, "digits/kernel");
}

/* The batch norm's worst row is none of the kernels. */
static void
enter_goes_to_the_row_that_is_drawn(void **state)
{
	struct stage *stage = *state;
	const struct profile_view *shown;

	play(stage, "F7 l");
	shown = (const struct profile_view *)screen_top(stage->screen);
	uint32_t row = shown->profile.points[1].row;
	play(stage, "Enter");
	assert_string_equal(screen_top(stage->screen)->ops->name, "Detail");
	assert_int_equal(screen_row(stage->screen), row);
	play(stage, "q");
	assert_int_equal(screen_top(stage->screen)->cursor, 1);
}

/* Only the batch norm has B; it alone is below 90. */
static void
next_goes_by_flag_and_state(void **state)
{
	struct stage *stage = *state;

	play(stage, "F7 G\n:next flag=B\n");
	assert_int_equal(screen_top(stage->screen)->cursor, 1);
	play(stage, "G\n:previous state=differ\n");
	assert_int_equal(screen_top(stage->screen)->cursor, 1);
	play(stage, "]c");
	assert_int_equal(screen_top(stage->screen)->cursor, 2);
	play(stage, ":next flag=X\n");
	assert_true(stage->screen->message_is_error);
	assert_int_equal(screen_top(stage->screen)->cursor, 2);
	play(stage, ":next flag=M\n");
	assert_true(stage->screen->message_is_error);
}

static void
a_click_selects_the_column_under_it(void **state)
{
	struct stage *stage = *state;
	const struct profile_view *shown;

	play(stage, "F7");
	shown = (const struct profile_view *)screen_top(stage->screen);
	struct profile_layout layout = profile_lay_out(shown);
	for (uint32_t i = 0; i < layout.bins; i++) {
		click(stage, 12, layout.chart.x + (int)i * layout.each + layout.each - 1);
		assert_int_equal(shown->view.cursor, i);
		click(stage, 12, layout.chart.x + (int)i * layout.each);
		assert_int_equal(shown->view.cursor, i);
	}
	click(stage, 12, 79);
	assert_int_equal(shown->view.cursor, layout.bins - 1);
}

/* Five layers in three columns: one, two and two of them. */
static void
a_shared_column_is_drawn_as_its_worst(void **state)
{
	struct stage *stage = *state;
	struct canvas canvas;

	play(stage, "F7\n:scale even\n");
	struct view *view = screen_top(stage->screen);
	canvas_init(&canvas, stage->screen->canvas.glyphs);
	assert_true(canvas_resize(&canvas, 40, 16));
	view_layout(view, (struct area){0, 0, 16, 9});
	struct profile_layout layout = profile_lay_out((const struct profile_view *)view);
	assert_int_equal(layout.bins, 3);
	view->ops->draw(view, &canvas);
	for (int i = 0; i < 3; i++) {
		struct profile_bin bin = profile_bin(
				&((const struct profile_view *)view)->profile, (uint32_t)i, 3);
		const struct cell *low = &canvas.cells[(layout.chart.y + layout.chart.height - 1) *
								       canvas.stride +
						       layout.chart.x + i];

		assert_string_equal(low->text, "█");
		assert_int_equal(bin.end - bin.first, i == 0 ? 1 : 2);
		assert_int_equal(low->role, bin.state == LADLE_DIFFER  ? ROLE_ERROR
					    : bin.state == LADLE_DRIFT ? ROLE_LOSS
								       : ROLE_ALIKE);
	}
	canvas_done(&canvas);
	play(stage, "gg l l");
	assert_int_equal(view->cursor, 2);
}

static void
a_curve_is_chosen_by_key_and_by_name(void **state)
{
	struct stage *stage = *state;
	const struct profile_view *shown;

	play(stage, "F7 c c");
	shown = (const struct profile_view *)screen_top(stage->screen);
	assert_int_equal(shown->curve, 1);
	play(stage, "c c");
	assert_int_equal(shown->curve, LADLE_NONE);
	play(stage, "C");
	assert_int_equal(shown->curve, 2);
	play(stage, "c\n:curve B\n");
	assert_int_equal(shown->curve, 1);
	play(stage, "j\n:drop C\n:drop B\n");
	assert_int_equal(shown->curve, LADLE_NONE);
	play(stage, ":curve X\n");
	assert_true(stage->screen->message_is_error);
}

/* A half page as well as a line. */
static void
each_motion_moves_the_tables_cursor(void **state)
{
	static const char *const views[] = {"F7", "F8"}, *const motions[] = {"j", "G", "PgDn", "C-d"};
	struct stage *stage = *state;

	for (size_t v = 0; v < COUNT(views); v++)
		for (size_t m = 0; m < COUNT(motions); m++) {
			play(stage, views[v]);
			play(stage, "gg");
			uint32_t first = screen_row(stage->screen);

			play(stage, motions[m]);
			assert_int_not_equal(screen_row(stage->screen), first);
		}
}

static void
epochs_have_a_cursor_of_their_own_across(void **state)
{
	struct stage *stage = *state;
	const struct epochs_view *shown;

	play(stage, "F8");
	shown = (const struct epochs_view *)screen_top(stage->screen);
	assert_int_equal(shown->epochs.count, 2);
	assert_int_equal(shown->epoch, 1);
	play(stage, "h h h");
	assert_int_equal(shown->epoch, 0);
	play(stage, "9 l j j");
	assert_int_equal(shown->epoch, 1);
	assert_string_equal(row_of(stage)->label, "hidden/kernel");
	struct epochs_layout layout = epochs_lay_out(shown);
	click(stage, 3 + shown->view.list.y, layout.x);
	assert_int_equal(shown->epoch, 0);
	assert_int_equal(shown->view.cursor, 0);
	play(stage, ":epochs C A B\n");
	assert_int_equal(shown->epochs.count, 3);
	play(stage, ":drop A\n:drop B\n");
	assert_int_equal(shown->epochs.count, 0);
	assert_int_equal(shown->view.cursor, 0);
}

static int
set_up(void **state)
{
	(void)state;
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("XDG_CACHE_HOME", "/dev/null", 1);
	setenv("INPUTRC", "/dev/null", 1);
	return setlocale(LC_ALL, "C.UTF-8") == NULL;
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up_run, tear_down_stage)

int
main(void)
{
	const struct CMUnitTest tests[] = {
			STAGED(the_profile_moves_the_tables_cursor_and_opens_nothing),
			STAGED(enter_goes_to_the_row_that_is_drawn),
			STAGED(next_goes_by_flag_and_state),
			STAGED(a_click_selects_the_column_under_it),
			STAGED(a_shared_column_is_drawn_as_its_worst),
			STAGED(a_curve_is_chosen_by_key_and_by_name),
			STAGED(each_motion_moves_the_tables_cursor),
			STAGED(epochs_have_a_cursor_of_their_own_across),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
