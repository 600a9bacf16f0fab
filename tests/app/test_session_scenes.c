#include "app_files.h"

static double
set_of(const struct session *session, uint32_t column)
{
	return ladle_mix_fader_const(session_mix(session), column)->set;
}

static void
a_scene_brings_back_the_whole_mix(void **state)
{
	struct session *session = load_seeds(3);

	(void)state;
	expect_run(session, "mix A=.25 B=.5 C=1");
	expect_run(session, "mute B");
	expect_run(session, "lock C");
	expect_run(session, "normalise off");
	expect_run(session, "mix A=1 on '*kernel'");
	expect_run(session, "skip '*bias'");
	char *before = recipe_of(session);
	expect_run(session, "scene save loud");
	char *after = recipe_of(session);
	assert_string_equal(after, before); /* a recipe holds the present mix alone */
	free(after);
	expect_run(session, "equal");
	expect_run(session, "unrule 2");
	expect_run(session, "unrule 1");
	expect_run(session, "normalise on");
	expect_run(session, "mute B off");
	expect_run(session, "lock C off");
	expect_run(session, "scene loud");
	after = recipe_of(session);
	assert_string_equal(after, before);
	free(after);
	free(before);
	session_free(session);
}

static void
toggling_goes_between_the_last_two(void **state)
{
	struct session *session = load_seeds(2);
	bool now;

	(void)state;
	expect_refused(session, "toggle-scene", "`scene save NAME`");
	expect_run(session, "mix A=.1");
	expect_run(session, "scene save a");
	expect_run(session, "mix A=.2");
	assert_true(session_is_scene_changed(session));
	expect_run(session, "scene save b");
	assert_false(session_is_scene_changed(session));
	expect_run(session, "toggle-scene");
	assert_true(set_of(session, 0) == .1);
	expect_run(session, "toggle-scene");
	assert_true(set_of(session, 0) == .2);
	assert_string_equal(session_scene(session, 1, &now), "b");
	assert_true(now);
	session_free(session);
}

static void
scenes_can_be_undone(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_run(session, "scene save a");
	expect_run(session, "mix A=.5");
	expect_run(session, "scene a");
	assert_true(set_of(session, 0) == 1);
	expect_run(session, "undo");
	assert_true(set_of(session, 0) == .5);
	expect_run(session, "scene drop a");
	assert_int_equal(session_scene_count(session), 0);
	expect_run(session, "undo");
	assert_int_equal(session_scene_count(session), 1);
	expect_run(session, "undo 0");
	assert_int_equal(session_scene_count(session), 0);
	session_free(session);
}

/* Lines make it of a mix in which nothing counts. */
static void
a_scene_can_be_written_as_lines(void **state)
{
	struct session *session = load_seeds(3);

	(void)state;
	expect_run(session, "scene add x mix A=.75");
	expect_run(session, "scene add x solo A");
	expect_run(session, "scene x");
	assert_true(set_of(session, 0) == .75);
	assert_true(set_of(session, 1) == 0);
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->solo);
	expect_refused(session, "scene add x open y.h5", "column 13: a scene holds no `open`");
	expect_refused(session, "scene add x mix Q=1", "no checkpoint `Q`");
	expect_refused(session, "scene add x mixx A=1", "no command `mixx`; the nearest is `mix`");
	expect_refused(session, "scene y", "no scene `y`; the nearest is `x`");
	expect_refused(session, "scene save", "scene NAME|save NAME");
	session_free(session);
}

static void
lines_of_a_recipe_wait_for_the_table(void **state)
{
	struct session *session = new_session();

	(void)state;
	add_shared(session, seeds, 2);
	assert_int_equal(session_read_recipe(session,
					 "scene add x mix A=.5 B=1\nscene add x skip '*bias'\n"
					 "scene save y\nscene x\n",
					 NULL, NULL),
			LADLE_OK);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_int_equal(session_scene_count(session), 2);
	assert_true(set_of(session, 0) == .5);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	session_free(session);
}

/* Once D was opened a scene that was named before is what it was: without D. */
static void
other_checkpoints_leave_a_scene_what_it_was(void **state)
{
	struct session *session = load_seeds(2);
	struct buf line;

	(void)state;
	expect_run(session, "scene save two");
	buf_init(&line);
	buf_format(&line, "open %s as D", seeds[2]);
	expect_run(session, buf_string(&line));
	buf_done(&line);
	assert_true(set_of(session, 2) == 1);
	expect_run(session, "scene two");
	assert_true(set_of(session, 2) == 0);
	expect_run(session, "scene save two");
	expect_run(session, "drop B");
	expect_run(session, "scene two");
	assert_non_null(strstr(session_message(session), "without what is not open"));
	assert_true(set_of(session, 0) == 1);
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_scene_brings_back_the_whole_mix),
			cmocka_unit_test(toggling_goes_between_the_last_two),
			cmocka_unit_test(scenes_can_be_undone),
			cmocka_unit_test(a_scene_can_be_written_as_lines),
			cmocka_unit_test(lines_of_a_recipe_wait_for_the_table),
			cmocka_unit_test(other_checkpoints_leave_a_scene_what_it_was),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
