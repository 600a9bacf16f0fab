#include "app_files.h"

#include "app/command.h"

static struct session *session;

static int
set_up(void **state)
{
	return open_library(state);
}

static int
tear_down(void **state)
{
	session_free(session);
	return close_library(state);
}

static void
load_once(void)
{
	if (session == NULL)
		session = load_seeds(2);
}

/* The completions at the end of line, joined by blanks. */
static void
expect_complete(const char *line, const char *expected, bool expect_files)
{
	char joined[4096] = "";
	bool files;
	char **list = command_complete(session, line, (int)strlen(line), &files);

	for (int i = 0; list != NULL && list[i] != NULL; i++) {
		if (i > 0)
			strcat(joined, " ");
		strcat(joined, list[i]);
		free(list[i]);
	}
	free(list);
	assert_string_equal(joined, expected);
	assert_int_equal(files, expect_files);
}

static void
the_first_word_is_a_command(void **state)
{
	(void)state;
	load_once();
	expect_complete("norm", "normalise", false);
	expect_complete("  mu", "mute much-less much-more", false);
	expect_complete("zz", "", false);
}

static void
checkpoints_are_named_where_they_can_stand(void **state)
{
	(void)state;
	load_once();
	expect_complete("color di", "differ", false);
	expect_complete("color differ bold bright-b", "bright-black bright-blue", false);
	expect_complete("mute ", "A B", false);
	expect_complete("mute B ", "on off", false);
	expect_complete("template B", "B", false);
	expect_complete("drop ", "A B", false);
	expect_complete("mix ", "A= B=", false);
	expect_complete("mix A=1 ", "A= B= on", false);
	expect_complete("weigh A=1 ", "A= B=", false);
	expect_complete("curve ", "A B none", false);
	expect_complete("epochs ", "auto A B", false);
	expect_complete("epochs B ", "A B", false);
	expect_complete("epochs B A B A ", "A B", false);
}

static void
patterns_are_layers_tensors_and_classes(void **state)
{
	(void)state;
	load_once();
	expect_complete("mix A=1 on conv_a", "conv_a", false);
	expect_complete("skip conv_a/k", "conv_a/kernel", false);
	expect_complete("mix A=1 on class:Co", "class:Conv2D", false);
	expect_complete("skip \"conv_a", "conv_a", false);
}

static void
choices_come_from_the_table_of_commands(void **state)
{
	(void)state;
	load_once();
	expect_complete("normalise o", "on off", false);
	expect_complete("sort k", "keep", false);
	expect_complete("sort A", "A", false);
	expect_complete("help unru", "unrule", false);
	expect_complete("wait ", "", false);
}

static void
settings_complete_to_their_values(void **state)
{
	(void)state;
	load_once();
	expect_complete("set esc", "escdelay=", false);
	expect_complete("set mouse=", "mouse=on mouse=off", false);
	expect_complete("set sort=s", "sort=shape sort=state", false);
}

static void
files_are_left_to_the_face(void **state)
{
	(void)state;
	load_once();
	expect_complete("open ru", "", true);
	expect_complete("write ", "", true);
	expect_complete("open run1.h5 ", "as", false);
	expect_complete("open run1.h5 as ", "", false);
}

static void
the_point_may_stand_inside_the_line(void **state)
{
	bool files;

	(void)state;
	load_once();
	char **list = command_complete(session, "templ B", 5, &files);
	assert_string_equal(list[0], "template");
	assert_null(list[1]);
	free(list[0]);
	free(list);
	assert_null(command_complete(session, "nosuch x", 8, &files));
}

static void
units_complete_word_by_word(void **state)
{
	(void)state;
	expect_complete("align ", "A B all by seed", false);
	expect_complete("align B ", "A B to by seed", false);
	expect_complete("align B to ", "A B", false);
	expect_complete("align B to A ", "by seed", false);
	expect_complete("align B to A by ", "selected raw normalised exact", false);
	expect_complete("align seed ", "", false);
	expect_complete("unalign ", "A B", false);
}

static void
layers_stand_behind_their_checkpoint(void **state)
{
	(void)state;
	load_once();
	expect_complete("pair ", "A: B:", false);
	expect_complete("pair A:conv", "A:conv_a A:conv_b", false);
	expect_complete("pair A:conv_a B:h", "B:hidden", false);
	expect_complete("pair C:", "", false);
	expect_complete("unpair ", "", false);
	expect_run(session, "pair A:conv_a B:conv_b");
	expect_complete("unpair ", "A:conv_a B:conv_b 1", false);
	expect_run(session, "undo");
}

static void
branches_stand_behind_their_file(void **state)
{
	(void)state;
	load_once();
	expect_complete("open sample-data/committee.h5#",
			"sample-data/committee.h5#conv_0 sample-data/committee.h5#conv_1 "
			"sample-data/committee.h5#conv_2",
			false);
	expect_complete("open sample-data/run-epoch06.h5#", "", false);
	expect_complete("open sample-data/none.h5#", "", false);
	expect_complete("open sample-data/run#", "", true);
	expect_complete("config sam", "", true);
	expect_complete("optimizer ", "keep drop", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_first_word_is_a_command),
			cmocka_unit_test(checkpoints_are_named_where_they_can_stand),
			cmocka_unit_test(patterns_are_layers_tensors_and_classes),
			cmocka_unit_test(choices_come_from_the_table_of_commands),
			cmocka_unit_test(settings_complete_to_their_values),
			cmocka_unit_test(units_complete_word_by_word),
			cmocka_unit_test(files_are_left_to_the_face),
			cmocka_unit_test(the_point_may_stand_inside_the_line),
			cmocka_unit_test(layers_stand_behind_their_checkpoint),
			cmocka_unit_test(branches_stand_behind_their_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
