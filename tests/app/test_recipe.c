#include "app_files.h"

#include <math.h>

static struct session *
replay(const char *recipe)
{
	struct session *session = new_session();
	struct ladle_error error = {0};

	if (session_read_recipe(session, recipe, NULL, &error) != LADLE_OK ||
			session_load(session, &error) != LADLE_OK)
		fail_msg("%s\n%s", error.text, recipe);
	return session;
}

static void
expect_round_trip(struct session *session)
{
	char *recipe = recipe_of(session);
	struct weights weights = weights_of(session);
	struct session *again = replay(recipe);
	char *second = recipe_of(again);

	expect_same_weights(again, &weights);
	assert_string_equal(second, recipe);
	for (uint32_t k = 0; k < session_table(session)->checkpoint_count; k++)
		assert_memory_equal(ladle_mix_fader_const(session_mix(again), k),
				ladle_mix_fader_const(session_mix(session), k),
				sizeof(struct ladle_fader));
	assert_int_equal(session_undo_depth(again), 0);
	assert_false(session_unsaved(again));
	free(second);
	free(weights.values);
	free(recipe);
	session_free(again);
}

static void
a_recipe_makes_the_same_mix_bit_for_bit(void **state)
{
	static const char *const lines[] = {"mix A=.5 B=.3 C=.2",
			"mix A=0.1 B=1e-3 C=3.3333333333333335", "mix A=1 B=0 on *kernel",
			"mix C=.7 on re:^conv.*bias$", "skip class:Dense", "normalise off",
			"template B", "lock A", "mute C", "solo B", "mute A", "mute B",
			"set extrapolate", "mix A=-.125 B=.7", "mix B=-2 on conv_a"};
	struct session *session = load_seeds(3);

	(void)state;
	expect_round_trip(session);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		expect_run(session, lines[i]);
		expect_round_trip(session);
	}
	session_free(session);
}

static void
faders_that_no_one_typed_survive(void **state)
{
	struct session *session = load_seeds(3);
	struct ladle_fader fader = {.set = 1.0 / 3};

	(void)state;
	assert_int_equal(session_fader(session, 0, &fader, NULL), LADLE_OK);
	fader.set = nextafter(.1, 1);
	assert_int_equal(session_fader(session, 1, &fader, NULL), LADLE_OK);
	expect_run(session, "lock A");
	fader.set = 2.0 / 7;
	assert_int_equal(session_fader(session, 2, &fader, NULL), LADLE_OK);
	expect_round_trip(session);
	session_free(session);
}

static void
a_recipe_reads_as_it_was_written_by_hand(void **state)
{
	char a[512], b[512], text[2048], expected[2048];

	(void)state;
	shared_path(a, seeds[0]);
	shared_path(b, seeds[1]);
	snprintf(text, sizeof(text),
			"# two of them\n\nopen %s as A\n  open %s as B\r\nmix A=.6 B=.4\n"
			"mix A=1 B=0 on conv*  # the first layers\nwrite soup.keras",
			a, b);
	snprintf(expected, sizeof(expected),
			"# ladle recipe\nopen %s as A\nopen %s as B\nnormalise on\ntemplate A\n"
			"mix A=0.6 B=0.4\nmix A=1 B=0 on conv*\nwrite soup.keras\n",
			a, b);
	struct session *session = replay(text);
	char *recipe = recipe_of(session);
	assert_string_equal(recipe, expected);
	assert_string_equal(session_export_options(session)->path, "soup.keras");
	free(recipe);
	session_free(session);
}

static void
relative_paths_are_taken_from_the_folder(void **state)
{
	struct session *session = new_session();

	(void)state;
	assert_int_equal(session_read_recipe(session,
					 "open run1.h5\nopen /abs/run2.h5 as X\nwrite o.h5\n",
					 "some/folder", NULL),
			LADLE_OK);
	assert_string_equal(session_file(session, 0)->path, "some/folder/run1.h5");
	assert_string_equal(session_file(session, 1)->path, "/abs/run2.h5");
	assert_string_equal(session_export_options(session)->path, "some/folder/o.h5");
	char *recipe = recipe_of(session);
	assert_string_equal(recipe,
			"# ladle recipe\nopen run1.h5 as A\nopen /abs/run2.h5 as X\nwrite o.h5\n");
	free(recipe);
	session_free(session);
}

static void
names_with_every_sign_come_back(void **state)
{
	static const char path[] = "a b/'q' \"x\"\\\n\x01\xff h\xc3\xa9#.h5";
	struct session *session = new_session(), *again = new_session();

	(void)state;
	assert_int_equal(session_add(session, NULL, path, NULL), LADLE_OK);
	char *recipe = recipe_of(session);
	assert_int_equal(session_read_recipe(again, recipe, NULL, NULL), LADLE_OK);
	assert_string_equal(session_file(again, 0)->path, path);
	free(recipe);
	session_free(session);
	session_free(again);
}

static void
an_error_names_its_line_and_nothing_is_done(void **state)
{
	static const struct {
		const char *recipe, *part;
	} wrong[] = {
			{"open x.h5 as A\n\nmix A=1 B=2\n", "line 3: column 9: no checkpoint `B`"},
			{"open x.h5\nlayers\n",
					"line 2: column 1: `layers` has no place in a recipe"},
			{"open x.h5\nundo\n", "line 2"},
			{"open x.h5\nnonsense", "line 2: column 1: no command `nonsense`"},
			{"open x.h5\nopen 'y", "line 2: the quote"},
			{"open x.h5 as A\nopen y.h5 as A\n", "line 2: A is x.h5 already"},
			{"open x.h5\nmix A=-1\n", "line 2: a weight below 0"},
			{"write a.h5\nwrite b.h5 c.h5\n", "line 2"},
	};
	struct session *session = new_session();
	struct ladle_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(session_read_recipe(session, wrong[i].recipe, NULL, &error),
				LADLE_E_USAGE);
		if (strstr(error.text, wrong[i].part) == NULL)
			fail_msg("no `%s` in `%s`", wrong[i].part, error.text);
		assert_int_equal(session_file_count(session), 0);
		assert_null(session_export_options(session)->path);
		char *recipe = recipe_of(session);
		assert_string_equal(recipe, "# ladle recipe\n");
		free(recipe);
	}
	session_free(session);
}

static void
what_only_the_table_shows_is_found_by_load(void **state)
{
	static const struct {
		const char *tail, *part;
	} wrong[] = {
			{"mix A=1\nskip nothing*\n", "line 3: nothing*"},
			{"mix A=0\n", "sum to 0"},
			{"mix A=0 on *kernel\n", "mix A=0 on *kernel"},
	};
	struct ladle_error error;
	char path[512], text[1024];

	(void)state;
	shared_path(path, seeds[0]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct session *session = new_session();
		snprintf(text, sizeof(text), "open %s\n%s", path, wrong[i].tail);
		assert_int_equal(session_read_recipe(session, text, NULL, &error), LADLE_OK);
		assert_int_equal(session_load(session, &error), LADLE_E_USAGE);
		if (strstr(error.text, wrong[i].part) == NULL)
			fail_msg("no `%s` in `%s`", wrong[i].part, error.text);
		session_free(session);
	}
}

static void
a_recipe_that_fails_in_a_loaded_session_is_undone(void **state)
{
	struct session *session = load_seeds(2);
	char *before, *after;

	(void)state;
	expect_run(session, "mix A=.5");
	before = recipe_of(session);
	assert_int_equal(session_read_recipe(session, "mix B=.1\nskip *bias\nmix A=0 B=0\n", NULL,
					 NULL),
			LADLE_E_USAGE);
	after = recipe_of(session);
	assert_string_equal(after, before);
	assert_int_equal(session_undo_depth(session), 1);
	assert_int_equal(session_redo_depth(session), 0);
	free(before);
	free(after);
	session_free(session);
}

/* The order of lines must not matter to sums: each of these alone would leave nothing. */
static void
sums_are_looked_at_after_the_last_line(void **state)
{
	char a[512], b[512], text[2048];

	(void)state;
	shared_path(a, seeds[0]);
	shared_path(b, seeds[1]);
	snprintf(text, sizeof(text), "open %s as A\nopen %s as B\nmute A\nmute B\nmute A off\n", a,
			b);
	struct session *session = replay(text);
	assert_true(ladle_mix_fader_const(session_mix(session), 1)->mute);
	session_free(session);
}

static void
a_setting_does_not_change_what_a_recipe_makes(void **state)
{
	struct session *session = new_session();
	char path[512], text[600];

	(void)state;
	shared_path(path, seeds[0]);
	snprintf(text, sizeof(text), "open %s\n", path);
	expect_run(session, "set normalise=off");
	assert_int_equal(session_read_recipe(session, text, NULL, NULL), LADLE_OK);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_true(ladle_mix_normalised(session_mix(session)));
	session_free(session);
	session = new_session();
	add_shared(session, seeds, 1);
	expect_run(session, "set normalise=off");
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_false(ladle_mix_normalised(session_mix(session)));
	session_free(session);
}

static void
the_command_writes_recipes_and_replaces_nothing_else(void **state)
{
	struct session *session = load_seeds(2);
	char folder[] = "/tmp/ladle-test-XXXXXX", path[64], other[64], line[128];
	char read[4096] = "";

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/soup.recipe", folder);
	snprintf(other, sizeof(other), "%s/run.h5", folder);
	snprintf(line, sizeof(line), "recipe %s", path);
	expect_run(session, "mix A=.25");
	expect_run(session, line);
	assert_false(session_unsaved(session));
	expect_run(session, "mix A=.5");
	expect_run(session, line);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(read, 1, sizeof(read) - 1, file) > 0);
	fclose(file);
	assert_non_null(strstr(read, "mix A=0.5 B=1\n"));
	/* Read from its own folder, it must mean the same files. */
	for (const char *at = strstr(read, "\nopen "); at != NULL; at = strstr(at + 1, "\nopen "))
		assert_int_equal(at[strlen("\nopen ")], '/');
	assert_non_null(strstr(read, "\nopen "));
	file = fopen(other, "w");
	assert_non_null(file);
	fputs("weights", file);
	fclose(file);
	snprintf(line, sizeof(line), "recipe %s", other);
	assert_int_equal(session_run(session, line, NULL), LADLE_E_OUTPUT);
	snprintf(line, sizeof(line), "recipe %s/no/such", folder);
	assert_int_equal(session_run(session, line, NULL), LADLE_E_OUTPUT);
	unlink(path);
	unlink(other);
	rmdir(folder);
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_recipe_makes_the_same_mix_bit_for_bit),
			cmocka_unit_test(faders_that_no_one_typed_survive),
			cmocka_unit_test(a_recipe_reads_as_it_was_written_by_hand),
			cmocka_unit_test(relative_paths_are_taken_from_the_folder),
			cmocka_unit_test(names_with_every_sign_come_back),
			cmocka_unit_test(an_error_names_its_line_and_nothing_is_done),
			cmocka_unit_test(what_only_the_table_shows_is_found_by_load),
			cmocka_unit_test(a_recipe_that_fails_in_a_loaded_session_is_undone),
			cmocka_unit_test(sums_are_looked_at_after_the_last_line),
			cmocka_unit_test(a_setting_does_not_change_what_a_recipe_makes),
			cmocka_unit_test(the_command_writes_recipes_and_replaces_nothing_else),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
