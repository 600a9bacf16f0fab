/* Which views stand where, which of them has the keys, and how they close and grow. */
#include "stage.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "app/clock.h"
#include "base/buf.h"
#include "tui/view_detail.h"
#include "tui/view_jobs.h"
#include "tui/view_layers.h"

static int
set_up_stage(void **state)
{
	static const char *const files[] = {
			"sample-data/seed11.keras", "sample-data/seed11-reordered.keras"};

	*state = open_stage(files, COUNT(files), 140, 40);
	return 0;
}

static void
resize(struct stage *stage, int width, int height)
{
	assert_true(screen_resize(stage->screen, width, height));
	settle(stage);
}

static const char *
focus(struct stage *stage)
{
	return screen_top(stage->screen)->ops->name;
}

/* The names of what is drawn, in order. */
static void
assert_shown(struct stage *stage, const char *names)
{
	struct buf buf;

	buf_init(&buf);
	for (int i = 0; i < stage->screen->panes.count; i++)
		buf_format(&buf, "%s%s", i > 0 ? " " : "",
				stage->screen->panes.pane[i].view->ops->name);
	assert_string_equal(buf_string(&buf), names);
	buf_done(&buf);
}

static const struct pane *
pane_of(struct stage *stage, const struct view_ops *ops)
{
	for (int i = 0; i < stage->screen->panes.count; i++)
		if (stage->screen->panes.pane[i].view->ops == ops)
			return &stage->screen->panes.pane[i];
	fail_msg("%s is not shown", ops->name);
	return NULL;
}

static void
a_small_screen_shows_one_view(void **state)
{
	static const int sizes[][2] = {{80, 24}, {119, 30}, {120, 29}, {60, 15}, {400, 29}};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		resize(*state, sizes[i][0], sizes[i][1]);
		assert_shown(*state, "Layers");
	}
}

static bool
overlap(const struct area *a, const struct area *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

static void
no_two_panes_share_a_cell(void **state)
{
	struct stage *stage = *state;
	const struct panes *panes = &stage->screen->panes;

	for (int size = 0; size < 3 * 30; size++) {
		resize(stage, 120 + size / 3 * 10, 30 + size / 3 * 3);
		stage->screen->panes.zoom = (enum pane_zoom)(size % 3);
		screen_compose(stage->screen);
		for (int i = 0; i < panes->count; i++) {
			const struct area *area = &panes->pane[i].area;

			assert_in_range(area->y, 3, stage->screen->canvas.height - 5);
			assert_true(area->height >= 3 && area->width >= 40 && area->x >= 0);
			assert_true(area->x + area->width <= stage->screen->canvas.width);
			assert_true(area->y + area->height <= stage->screen->canvas.height - 2);
			for (int j = 0; j < i; j++)
				assert_false(overlap(area, &panes->pane[j].area));
		}
	}
}

static void
tab_goes_round_and_back(void **state)
{
	static const char *const order[] = {"Mixer", "Detail", "Match", "Jobs", "Layers"};

	for (size_t i = 0; i < COUNT(order); i++) {
		play(*state, "Tab");
		assert_string_equal(focus(*state), order[i]);
	}
	for (size_t i = COUNT(order) - 1; i-- > 0;) {
		play(*state, "S-Tab");
		assert_string_equal(focus(*state), order[i]);
	}
}

static void
only_the_pane_with_the_keys_is_focused(void **state)
{
	struct stage *stage = *state;

	play(stage, "F4");
	for (int i = 0; i < stage->screen->panes.count; i++) {
		const struct view *view = stage->screen->panes.pane[i].view;

		assert_int_equal(view->focused, view->ops == &mixer_view);
	}
}

static void
esc_closes_a_pane_and_its_key_opens_it(void **state)
{
	play(*state, "F4 Esc");
	assert_string_equal(focus(*state), "Layers");
	assert_shown(*state, "Layers Detail Match Jobs");
	play(*state, "F4");
	assert_shown(*state, "Layers Mixer Detail Match Jobs");
	assert_string_equal(focus(*state), "Mixer");
}

static void
what_is_closed_is_passed_by_tab(void **state)
{
	play(*state, "F4 Esc Tab");
	assert_string_equal(focus(*state), "Detail");
}

static void
the_last_pane_of_a_side_leaves_its_room(void **state)
{
	play(*state, "F3 Esc F5 Esc");
	assert_shown(*state, "Layers Mixer Jobs");
	assert_int_equal(pane_of(*state, &layers_view)->area.width, 140);
}

static void
the_table_never_closes(void **state)
{
	play(*state, "Esc Esc Esc");
	assert_shown(*state, "Layers Mixer Detail Match Jobs");
}

static void
panes_opens_all_of_them(void **state)
{
	play(*state, "F4 Esc F3 Esc F5 Esc +\n:panes\n");
	assert_shown(*state, "Layers Mixer Detail Match Jobs");
}

static void
plus_takes_half_then_all_then_nothing_more(void **state)
{
	play(*state, "F3 +");
	assert_shown(*state, "Layers Mixer Detail Jobs");
	assert_in_range(pane_of(*state, &detail_view)->area.width, 69, 70);
	play(*state, "+");
	assert_shown(*state, "Detail");
	play(*state, "+");
	assert_shown(*state, "Layers Mixer Detail Match Jobs");
	play(*state, "_");
	assert_shown(*state, "Detail");
	play(*state, "Esc");
	assert_shown(*state, "Layers Mixer Detail Match Jobs");
	assert_string_equal(focus(*state), "Detail");
}

static void
q_leads_from_zoom_to_panes_to_the_table(void **state)
{
	play(*state, "F4 + + q");
	assert_shown(*state, "Layers Mixer Detail Match Jobs");
	assert_string_equal(focus(*state), "Mixer");
	play(*state, "q");
	assert_string_equal(focus(*state), "Layers");
	assert_int_equal(screen_key(((struct stage *)*state)->screen, 'q') & OUT_QUIT, OUT_QUIT);
}

static void
a_form_takes_the_whole_screen_and_keeps_tab(void **state)
{
	play(*state, "F6 Tab");
	assert_shown(*state, "Export");
	assert_string_equal(focus(*state), "Export");
}

static void
tab_says_what_size_panes_take(void **state)
{
	struct stage *stage = *state;

	resize(stage, 80, 24);
	assert_int_equal(screen_key(stage->screen, '\t') & OUT_BELL, OUT_BELL);
	assert_non_null(strstr(buf_string(&stage->screen->message), "120x30"));
}

static void
a_small_screen_and_back_keeps_focus_cursor_and_folds(void **state)
{
	struct stage *stage = *state;
	struct buf before, after;

	buf_init(&before);
	buf_init(&after);
	play(stage, "j j l j F4 j");
	canvas_text(&stage->screen->canvas, &before);
	resize(stage, 80, 24);
	assert_shown(stage, "Mixer");
	resize(stage, 140, 40);
	canvas_text(&stage->screen->canvas, &after);
	assert_string_equal(buf_string(&before), buf_string(&after));
	buf_done(&before);
	buf_done(&after);
}

static void
click(struct stage *stage, enum mouse_kind kind, const struct pane *pane, int y, int x)
{
	struct mouse mouse = {kind, pane->area.y + y, pane->area.x + x};

	screen_mouse(stage->screen, &mouse);
	settle(stage);
}

static void
a_click_takes_the_keys_and_the_line_under_it(void **state)
{
	struct stage *stage = *state;

	click(stage, MOUSE_PRESS, pane_of(stage, &match_view), 3, 5);
	assert_string_equal(focus(stage), "Match");
	assert_int_equal(screen_top(stage->screen)->cursor, 1);
}

/* Line 1 is a tensor, which Enter shows in full. */
static void
a_double_click_is_enter(void **state)
{
	static const struct {
		double second; /* press, after the first */
		int x;
		const char *focus;
	} cases[] = {{1, 20, "Layers"}, {0, 30, "Layers"}, {0, 20, "Detail"}};
	struct stage *stage = *state;
	const struct pane *layers = pane_of(stage, &layers_view);

	play(stage, "E");
	for (size_t i = 0; i < COUNT(cases); i++) {
		clock_fix(1000 * (time_t)(i + 1));
		click(stage, MOUSE_PRESS, layers, 2, 20);
		click(stage, MOUSE_RELEASE, layers, 2, 20);
		clock_fix(1000 * (time_t)(i + 1) + (time_t)cases[i].second);
		click(stage, MOUSE_PRESS, layers, 2, cases[i].x);
		assert_string_equal(focus(stage), cases[i].focus);
	}
}

static void
the_end_of_a_fader_is_told(void **state)
{
	struct stage *stage = *state;
	const struct buf *message = &stage->screen->message;

	play(stage, "F4 l");
	assert_string_equal(buf_string(message),
			"A is at the end of its fader; :mix A=1.5 goes further");
	play(stage, ":mix A=1.5\n L");
	assert_float_equal(ladle_mix_fader_const(session_mix(stage->session), 0)->set, 1.5, 0);
	play(stage, "0 h");
	assert_string_equal(buf_string(message), "A is at 0; :set extrapolate lets A go below");
}

/* The window that a drag left takes the release with it. */
static void
a_lost_release_moves_nothing(void **state)
{
	static const struct mouse elsewhere[] = {
			{MOUSE_PRESS, 0, 10}, {MOUSE_PRESS, 22, 79}, {MOUSE_PRESS, 12, 10}};
	struct stage *stage = *state;
	struct screen *screen = stage->screen;
	double moved;

	resize(stage, 80, 24);
	play(stage, "F4");
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		screen_mouse(screen, &(struct mouse){MOUSE_PRESS, 4, 49});
		screen_mouse(screen, &(struct mouse){MOUSE_DRAG, 4, 44 - (int)i});
		moved = ladle_mix_fader_const(session_mix(stage->session), 0)->set;
		assert_true(moved < 1);
		screen_mouse(screen, &elsewhere[i]);
		screen_mouse(screen, &(struct mouse){MOUSE_DRAG, 4, 30});
		assert_float_equal(ladle_mix_fader_const(session_mix(stage->session), 0)->set,
				moved, 0);
	}
}

static void
the_wheel_turns_what_is_under_it(void **state)
{
	struct stage *stage = *state;
	const struct pane *layers = pane_of(stage, &layers_view);

	play(stage, "F4");
	click(stage, MOUSE_WHEEL_DOWN, layers, 3, 3);
	assert_string_equal(focus(stage), "Mixer");
	assert_int_equal(layers->view->cursor, 3);
}

static void
jobs_grow_upwards(void **state)
{
	play(*state, "F9 +");
	assert_shown(*state, "Layers Mixer Detail Match Jobs");
	assert_in_range(pane_of(*state, &jobs_view)->area.height, 16, 18);
}

/* Of the two models' layers bn_a has 64 elements, hidden 12320. */
static void
a_click_on_a_heading_sorts_and_the_next_reverses(void **state)
{
	struct stage *stage = *state;
	const struct pane *layers = pane_of(stage, &layers_view);
	const struct canvas *canvas = &stage->screen->canvas;
	struct buf text;

	buf_init(&text);
	play(stage, "C");
	click(stage, MOUSE_PRESS, layers, 0, 42);
	play(stage, "gg");
	canvas_text(canvas, &text);
	assert_non_null(strstr(buf_string(&text), ">▸ hidden"));
	assert_non_null(strstr(buf_string(&text), "▾SHAPE"));
	click(stage, MOUSE_PRESS, layers, 0, 42);
	play(stage, "gg");
	buf_clear(&text);
	canvas_text(canvas, &text);
	assert_non_null(strstr(buf_string(&text), ">▸ bn_a"));
	assert_non_null(strstr(buf_string(&text), "^SHAPE"));
	click(stage, MOUSE_PRESS, layers, 0, 5);
	buf_clear(&text);
	canvas_text(canvas, &text);
	assert_non_null(strstr(buf_string(&text), "▾LAYER / TENSOR"));
	buf_done(&text);
}

static const struct layers *
table_of(struct stage *stage)
{
	return (const struct layers *)screen_view(stage->screen, &layers_view);
}

/* The closed layers in their order. */
static void
assert_order(struct stage *stage, const char *names)
{
	const struct outline *outline = &table_of(stage)->outline;
	struct buf buf;

	buf_init(&buf);
	for (uint32_t i = 0; i < outline->count; i++)
		buf_format(&buf, "%s%s", i > 0 ? " " : "",
				outline_name(outline, &outline->lines[i]));
	assert_string_equal(buf_string(&buf), names);
	buf_done(&buf);
}

static void
assert_on_screen(struct stage *stage, const char *part)
{
	struct buf text;

	buf_init(&text);
	canvas_text(&stage->screen->canvas, &text);
	if (strstr(buf_string(&text), part) == NULL)
		fail_msg("no `%s` on the screen\n%s", part, buf_string(&text));
	buf_done(&text);
}

/* All of A: its kernels' cosines with the mix are 1, those of B by NumPy -.050, -.021, .012, .016. */
#define BY_B "conv_a digits hidden conv_b"
#define BY_B_REVERSED "conv_b hidden digits conv_a"
#define BY_FILE "conv_a conv_b hidden digits"

static void
lines_sort_by_the_cosine_of_one_model(void **state)
{
	play(*state, "C\n&!bn_a\n:mix A=1 B=0\n:sort B\n");
	assert_order(*state, BY_B);
	assert_on_screen(*state, "sort: worst cosine of B first");
	play(*state, "r");
	assert_order(*state, BY_B_REVERSED);
	play(*state, "sm");
	assert_order(*state, BY_FILE);
	play(*state, "2sm");
	assert_order(*state, BY_B);
	assert_on_screen(*state, "  A   ▾B WT");
	play(*state, "3sm");
	assert_on_screen(*state, "there are 2 models");
	play(*state, ":sort Z\n");
	assert_on_screen(*state, "no order or checkpoint `Z`");
	assert_order(*state, BY_B);
}

static void
a_click_on_a_model_sorts_by_it_and_the_next_reverses(void **state)
{
	struct stage *stage = *state;
	const struct pane *layers = pane_of(stage, &layers_view);

	play(stage, "C\n&!bn_a\n:mix A=1 B=0\n");
	click(stage, MOUSE_PRESS, layers, 0, 67);
	assert_order(stage, BY_B);
	click(stage, MOUSE_PRESS, layers, 0, 67);
	assert_order(stage, BY_B_REVERSED);
	assert_on_screen(stage, "  A   ^B WT");
	click(stage, MOUSE_PRESS, layers, 0, 62);
	assert_order(stage, BY_FILE);
	assert_on_screen(stage, " ▾A    B WT");
}

static void
without_its_model_the_order_is_that_of_the_file(void **state)
{
	play(*state, "C\n&!bn_a\n:mix A=1 B=0\n:sort B\n:drop B\n");
	assert_order(*state, BY_FILE);
	assert_on_screen(*state, "sort: file order");
}

static void
each_order_has_its_key(void **state)
{
	static const char *const orders[][2] = {{"sn", "by name"}, {"sk", "worst KEEP first"},
			{"ss", "largest first"}, {"st", "worst state first"}, {"sf", "file order"},
			{"S", "worst KEEP first"}};

	for (size_t i = 0; i < COUNT(orders); i++) {
		play(*state, orders[i][0]);
		assert_on_screen(*state, orders[i][1]);
	}
}

static void
columns_scroll_to_a_model_by_its_name(void **state)
{
	uint32_t before, after;

	resize(*state, 40, 24);
	play(*state, ":scroll-right B\n");
	assert_int_equal(layers_columns(table_of(*state), &before, &after), 1);
	assert_int_equal(after, 0);
}

/* Kept with a session when the program ends. */
static void
a_place_names_no_model_that_was_dropped(void **state)
{
	struct stage *stage = *state;
	struct buf place;

	buf_init(&place);
	resize(stage, 40, 24);
	play(stage, ":scroll-right B\n");
	screen_write_place(stage->screen, &place);
	assert_non_null(strstr(buf_string(&place), "scroll-right B\n"));
	buf_clear(&place);
	play(stage, ":drop B\n");
	screen_write_place(stage->screen, &place);
	assert_null(strstr(buf_string(&place), "scroll-right"));
	buf_done(&place);
}

/* 40 columns have room for one model of two. */
static void
columns_scroll_no_further_than_there_are_any(void **state)
{
	struct screen *screen = ((struct stage *)*state)->screen;

	resize(*state, 40, 24);
	assert_int_equal(screen_key(screen, '<') & OUT_BELL, OUT_BELL);
	assert_int_equal(screen_key(screen, '>') & OUT_BELL, 0);
	assert_int_equal(screen_key(screen, '>') & OUT_BELL, OUT_BELL);
	assert_int_equal(screen_key(screen, '<') & OUT_BELL, 0);
	assert_int_equal(screen_key(screen, '<') & OUT_BELL, OUT_BELL);
}

/* 40 more, with names longer than their columns. */
static void
models_that_have_no_room_are_reached_and_sorted_by(void **state)
{
	struct stage *stage = *state;
	uint32_t before, after, scrolls = 0;
	char name[32], line[64];

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "weights_of_epoch_%d", i);
		assert_int_equal(session_add(stage->session, name, "sample-data/seed12.keras", NULL),
				LADLE_OK);
	}
	assert_int_equal(session_start(stage->session, NULL), LADLE_OK);
	resize(stage, 80, 24);
	while ((screen_key(stage->screen, '>') & OUT_BELL) == 0)
		scrolls++;
	settle(stage);
	assert_int_equal(layers_columns(table_of(stage), &before, &after), scrolls);
	assert_int_equal(before, scrolls);
	assert_int_equal(after, 0);
	play(stage, "sm");
	snprintf(line, sizeof(line), "sort: worst cosine of %s first",
			session_column(stage->session, before)->id);
	assert_on_screen(stage, line);
	assert_on_screen(stage, "KEEP");
	assert_on_screen(stage, "FLAGS");
	while ((screen_key(stage->screen, '<') & OUT_BELL) == 0)
		scrolls--;
	assert_int_equal(scrolls, 0);
}

static void
match_follows_the_table_until_it_has_the_keys(void **state)
{
	struct stage *stage = *state;
	const struct view *match = pane_of(stage, &match_view)->view;

	play(stage, "C j j j");
	assert_int_equal(match->cursor, 3);
	play(stage, "F5 k");
	assert_int_equal(match->cursor, 2);
}

static int
set_up(void **state)
{
	(void)state;
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("INPUTRC", "/dev/null", 1);
	return setlocale(LC_ALL, "C.UTF-8") == NULL;
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up_stage, tear_down_stage)

int
main(void)
{
	const struct CMUnitTest tests[] = {
			STAGED(a_small_screen_shows_one_view),
			STAGED(no_two_panes_share_a_cell),
			STAGED(tab_goes_round_and_back),
			STAGED(only_the_pane_with_the_keys_is_focused),
			STAGED(esc_closes_a_pane_and_its_key_opens_it),
			STAGED(what_is_closed_is_passed_by_tab),
			STAGED(the_last_pane_of_a_side_leaves_its_room),
			STAGED(the_table_never_closes),
			STAGED(panes_opens_all_of_them),
			STAGED(plus_takes_half_then_all_then_nothing_more),
			STAGED(q_leads_from_zoom_to_panes_to_the_table),
			STAGED(a_form_takes_the_whole_screen_and_keeps_tab),
			STAGED(tab_says_what_size_panes_take),
			STAGED(a_small_screen_and_back_keeps_focus_cursor_and_folds),
			STAGED(a_click_takes_the_keys_and_the_line_under_it),
			STAGED(a_double_click_is_enter),
			STAGED(the_end_of_a_fader_is_told),
			STAGED(a_lost_release_moves_nothing),
			STAGED(the_wheel_turns_what_is_under_it),
			STAGED(jobs_grow_upwards),
			STAGED(a_click_on_a_heading_sorts_and_the_next_reverses),
			STAGED(lines_sort_by_the_cosine_of_one_model),
			STAGED(a_click_on_a_model_sorts_by_it_and_the_next_reverses),
			STAGED(without_its_model_the_order_is_that_of_the_file),
			STAGED(each_order_has_its_key),
			STAGED(columns_scroll_to_a_model_by_its_name),
			STAGED(a_place_names_no_model_that_was_dropped),
			STAGED(columns_scroll_no_further_than_there_are_any),
			STAGED(models_that_have_no_room_are_reached_and_sorted_by),
			STAGED(match_follows_the_table_until_it_has_the_keys),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
