/* The match view while units are being matched, and its maps. */
#include "tui_test.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ladle.h>

#include "app/key.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/heat.h"
#include "tui/screen.h"

/* ---- a screen without a terminal ---- */

struct stage {
	struct ladle *library;
	struct session *session;
	struct screen *screen;
};

static void
no_wake(void *arg)
{
	(void)arg;
}

static void
open_files(struct stage *stage, const char *a, const char *b, const char *match)
{
	assert_int_equal(ladle_open(&stage->library, &(struct ladle_options){.threads = 1}, NULL),
			LADLE_OK);
	assert_int_equal(session_new(&stage->session, stage->library, no_wake, NULL, NULL),
			LADLE_OK);
	assert_int_equal(session_set(stage->session, "match", match, "test", NULL), LADLE_OK);
	assert_int_equal(session_add(stage->session, NULL, a, NULL), LADLE_OK);
	assert_int_equal(session_add(stage->session, NULL, b, NULL), LADLE_OK);
	assert_int_equal(session_set(stage->session, "glyphs", "ascii", "test", NULL), LADLE_OK);
	stage->screen = screen_new(stage->session);
	assert_non_null(stage->screen);
	assert_int_equal(session_start(stage->session, NULL), LADLE_OK);
	screen_wait(stage->screen);
}

/* Two trainings from other seeds, which nobody has looked at yet. */
static void
open_stage(struct stage *stage)
{
	open_files(stage, "sample-data/seed11.keras", "sample-data/seed12.keras", "off");
}

static void
close_stage(struct stage *stage)
{
	screen_free(stage->screen);
	session_free(stage->session);
	ladle_close(stage->library);
}

static bool
shows(struct stage *stage, const char *words)
{
	struct buf text;

	buf_init(&text);
	screen_compose(stage->screen);
	canvas_text(&stage->screen->canvas, &text);
	bool found = strstr(buf_string(&text), words) != NULL;
	buf_done(&text);
	return found;
}

/* ---- while units are matched ---- */

static void
the_old_table_stays_until_matching_is_done(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage);
	screen_key(stage.screen, CODE_F5);
	assert_true(shows(&stage, "not matched: `set match off`"));
	screen_key(stage.screen, 'a');
	while (session_matching(stage.session)) {
		assert_null(session_alignment(stage.session));
		assert_true(shows(&stage, "being matched"));
		screen_poll(stage.screen);
	}
	screen_wait(stage.screen);
	assert_non_null(session_alignment(stage.session));
	assert_true(shows(&stage, "applied"));
	assert_true(shows(&stage, "B' seed12"));
	close_stage(&stage);
}

static void
the_screen_may_change_its_size_meanwhile(void **state)
{
	struct stage stage;
	int turn = 0;

	(void)state;
	open_stage(&stage);
	screen_key(stage.screen, CODE_F5);
	screen_key(stage.screen, 'a');
	while (session_matching(stage.session) || turn < 40) {
		struct canvas *canvas = &stage.screen->canvas;

		assert_true(screen_resize(stage.screen, 1 + turn * 37 % 160, 1 + turn * 23 % 50));
		screen_compose(stage.screen);
		assert_in_range(canvas->cursor_y, 0, canvas->height - 1);
		screen_poll(stage.screen);
		turn++;
	}
	assert_true(screen_resize(stage.screen, 80, 24));
	screen_wait(stage.screen);
	assert_true(shows(&stage, "aligned"));
	close_stage(&stage);
}

/* What a finished job brings is taken over by screen_poll alone, so that it is canceled in any
 * case: the key comes before. */
static void
canceling_leaves_units_as_stored(void **state)
{
	struct ladle_error err;
	struct stage stage;

	(void)state;
	open_stage(&stage);
	screen_key(stage.screen, CODE_F5);
	assert_int_equal(session_run(stage.session, "align B to A", &err), LADLE_OK);
	assert_true(session_matching(stage.session));
	screen_key(stage.screen, 'x');
	screen_wait(stage.screen);
	assert_null(session_alignment(stage.session));
	assert_int_equal(session_undo_depth(stage.session), 0);
	assert_true(shows(&stage, "canceled"));
	close_stage(&stage);
}

static void
keys_that_apply_wait_for_what_runs(void **state)
{
	struct ladle_error err;
	struct stage stage;

	(void)state;
	open_stage(&stage);
	screen_key(stage.screen, CODE_F5);
	assert_int_equal(session_run(stage.session, "align B to A", &err), LADLE_OK);
	screen_key(stage.screen, 'a');
	assert_true(shows(&stage, "units are being matched; x cancels it"));
	assert_int_equal(session_lineup_count(stage.session), 0);
	close_stage(&stage);
}

static void
what_is_applied_is_undone_by_one_key(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage);
	screen_key(stage.screen, CODE_F5);
	screen_key(stage.screen, 'a');
	screen_wait(stage.screen);
	assert_int_equal(session_undo_depth(stage.session), 1);
	screen_key(stage.screen, 'u');
	assert_null(session_alignment(stage.session));
	assert_false(shows(&stage, "B'"));
	screen_key(stage.screen, 'U');
	assert_non_null(session_alignment(stage.session));
	close_stage(&stage);
}

/* ---- lines ---- */

/* nets.py builds its attention with four heads. Their order is a group, and so are query and key,
 * and value, within each; without the shared checkpoints there is no attention to look at. */
static void
heads_have_lines_of_their_own(void **state)
{
	const char *shared = getenv("LADLE_SHARED") == NULL ? "../shared" : getenv("LADLE_SHARED");
	char original[512], permuted[512];
	struct stage stage;

	(void)state;
	snprintf(original, sizeof(original), "%s/keras/permuted/transformer.keras", shared);
	snprintf(permuted, sizeof(permuted), "%s/keras/permuted/transformer-permuted.keras",
			shared);
	if (access(original, R_OK) != 0)
		skip();
	open_files(&stage, original, permuted, "on");
	assert_true(screen_resize(stage.screen, 100, 50));
	screen_key(stage.screen, CODE_F5);
	assert_true(shows(&stage, "query head 0"));
	assert_true(shows(&stage, "query head 3"));
	assert_false(shows(&stage, "query head 4"));
	assert_true(shows(&stage, "value head 3"));
	assert_true(shows(&stage, "PERMUTED"));
	screen_key(stage.screen, 'a');
	screen_wait(stage.screen);
	assert_true(shows(&stage, "ok ALIKE  worst KEEP 100%"));
	assert_false(shows(&stage, "PERMUTED"));
	close_stage(&stage);
}

/* ---- maps ---- */

static void
put_map(struct canvas *canvas, int height, int width, const uint8_t *numbers, uint32_t n,
		struct buf *text)
{
	canvas_init(canvas, glyphs_choose("ascii"));
	assert_true(canvas_resize(canvas, width, height));
	canvas_erase(canvas);
	heat_draw(canvas, (struct area){0, 0, height, width}, numbers, n);
	buf_init(text);
	canvas_text(canvas, text);
}

/* 255 / 8 steps: 0 is below the first, 128 begins the fifth, 255 is the last. */
static void
a_cell_shows_the_step_of_its_number(void **state)
{
	static const uint8_t numbers[] = {255, 0, 128, 32};
	struct canvas canvas;
	struct buf text;

	(void)state;
	put_map(&canvas, 2, 2, numbers, 2, &text);
	assert_string_equal(buf_string(&text), "#\n=.\n");
	buf_done(&text);
	canvas_done(&canvas);
}

/* 8 numbers in 4 cells: each row of a cell has its greatest, 255, on the diagonal. */
static void
a_diagonal_stays_full_however_coarse(void **state)
{
	uint8_t numbers[64] = {0};
	struct canvas canvas;
	struct buf text;

	(void)state;
	for (int i = 0; i < 8; i++)
		numbers[9 * i] = 255;
	put_map(&canvas, 4, 4, numbers, 8, &text);
	assert_string_equal(buf_string(&text), "#\n #\n  #\n   #\n");
	buf_done(&text);
	canvas_done(&canvas);
}

/* Four rows share a cell and two columns: of each two columns, four rows have the whole diagonal. */
static void
a_diagonal_stays_full_in_flat_cells(void **state)
{
	uint8_t numbers[64] = {0};
	struct canvas canvas;
	struct buf text;

	(void)state;
	for (int i = 0; i < 8; i++)
		numbers[9 * i] = 255;
	put_map(&canvas, 2, 4, numbers, 8, &text);
	assert_string_equal(buf_string(&text), "##\n  ##\n");
	buf_done(&text);
	canvas_done(&canvas);
}

/* Two rows of a cell, one with 255 and one with 0: the mean is 127, the fourth step. */
static void
rows_of_a_cell_are_averaged(void **state)
{
	static const uint8_t numbers[] = {255, 0, 0, 0};
	struct canvas canvas;
	struct buf text;

	(void)state;
	put_map(&canvas, 1, 1, numbers, 2, &text);
	assert_string_equal(buf_string(&text), "-\n");
	buf_done(&text);
	canvas_done(&canvas);
}

static void
maps_have_whole_columns_for_few_units(void **state)
{
	static const struct {
		uint32_t n;
		int height, width, want_height, want_width;
	} cases[] = {
			{16, 9, 24, 9, 16},
			{16, 30, 44, 16, 32},
			{100, 9, 24, 9, 24},
			{3, 9, 24, 3, 6},
			{1, 9, 24, 1, 2},
			{512, 5, 40, 5, 20},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct area fit = heat_fit(
				(struct area){0, 0, cases[i].height, cases[i].width}, cases[i].n);

		assert_int_equal(fit.height, cases[i].want_height);
		assert_int_equal(fit.width, cases[i].want_width);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_old_table_stays_until_matching_is_done),
			cmocka_unit_test(the_screen_may_change_its_size_meanwhile),
			cmocka_unit_test(canceling_leaves_units_as_stored),
			cmocka_unit_test(keys_that_apply_wait_for_what_runs),
			cmocka_unit_test(what_is_applied_is_undone_by_one_key),
			cmocka_unit_test(heads_have_lines_of_their_own),
			cmocka_unit_test(a_cell_shows_the_step_of_its_number),
			cmocka_unit_test(a_diagonal_stays_full_however_coarse),
			cmocka_unit_test(a_diagonal_stays_full_in_flat_cells),
			cmocka_unit_test(rows_of_a_cell_are_averaged),
			cmocka_unit_test(maps_have_whole_columns_for_few_units),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
