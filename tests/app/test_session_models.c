/* pair, unpair, config, ema, optimizer, branches. */
#include <math.h>

#include "app_files.h"

static const char epoch[] = "sample-data/run-epoch06.h5", committee[] = "sample-data/committee.h5";

/* The row of a layer of checkpoint `column`, or LADLE_NONE. */
static uint32_t
layer_row(const struct session *session, uint32_t column, const char *name)
{
	const struct ladle_table *table = session_table(session);

	for (uint32_t i = 0; i < table->layer_count; i++) {
		uint32_t layer = table->layers[i].index[column];
		if (layer != LADLE_NONE &&
				strcmp(table->checkpoints[column]->layers[layer].name, name) == 0)
			return i;
	}
	return LADLE_NONE;
}

/* The name of the layer that stands beside one of A in another column, "" for none. */
static const char *
partner(const struct session *session, const char *of_a, uint32_t column)
{
	const struct ladle_table *table = session_table(session);
	uint32_t row = layer_row(session, 0, of_a);

	assert_int_not_equal(row, LADLE_NONE);
	uint32_t layer = table->layers[row].index[column];
	return layer == LADLE_NONE ? "" : table->checkpoints[column]->layers[layer].name;
}

static void
expect_recipe_has(const struct session *session, const char *line, bool expected)
{
	char *recipe = recipe_of(session);

	if ((strstr(recipe, line) != NULL) != expected)
		fail_msg("%s is%s in\n%s", line, expected ? " not" : "", recipe);
	free(recipe);
}

static struct session *
load_files(const char *a, const char *b)
{
	struct session *session = new_session();

	assert_int_equal(session_add(session, NULL, a, NULL), LADLE_OK);
	if (b != NULL)
		assert_int_equal(session_add(session, NULL, b, NULL), LADLE_OK);
	return session;
}

/* ---- pair ---- */

static void
a_pair_by_hand_is_one_row_and_is_undone(void **state)
{
	struct session *session = load_seeds(2);
	const struct ladle_table *before = session_table(session);

	(void)state;
	assert_string_equal(partner(session, "conv_a", 1), "conv_a");
	expect_run(session, "pair A:conv_a B:conv_b");
	assert_string_equal(partner(session, "conv_a", 1), "conv_b");
	assert_string_equal(partner(session, "hidden", 1), "hidden");
	assert_int_equal(session_table(session)->layers[layer_row(session, 0, "conv_a")].paired_by,
			LADLE_BY_HAND);
	assert_string_equal(session_last_change(session), "pair A:conv_a B:conv_b");
	expect_recipe_has(session, "pair A:conv_a B:conv_b\n", true);
	expect_run(session, "undo");
	assert_ptr_equal(session_table(session), before);
	expect_recipe_has(session, "pair", false);
	expect_run(session, "redo");
	assert_string_equal(partner(session, "conv_a", 1), "conv_b");
	session_free(session);
}

static void
three_layers_pair_in_one_line(void **state)
{
	struct session *session = load_seeds(3);

	(void)state;
	expect_run(session, "pair B:conv_b A:conv_a C:conv_b");
	assert_string_equal(partner(session, "conv_a", 1), "conv_b");
	assert_string_equal(partner(session, "conv_a", 2), "conv_b");
	session_free(session);
}

static void
unpair_takes_one_back_by_number_or_layer(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_run(session, "pair A:conv_a B:conv_b");
	expect_run(session, "pair A:conv_b B:conv_a");
	assert_int_equal(session_hand_count(session), 2);
	expect_refused(session, "unpair 3", "there are 2");
	expect_refused(session, "unpair 0", "there are 2");
	expect_refused(session, "unpair A:digits", "no `pair` names A:digits");
	expect_run(session, "unpair B:conv_b");
	assert_int_equal(session_hand_count(session), 1);
	assert_string_equal(partner(session, "conv_b", 1), "conv_a");
	expect_run(session, "unpair 1");
	assert_string_equal(partner(session, "conv_b", 1), "conv_b");
	expect_run(session, "undo");
	assert_string_equal(partner(session, "conv_b", 1), "conv_a");
	session_free(session);
}

static void
a_wrong_pair_changes_nothing(void **state)
{
	struct session *session = load_seeds(2);
	const struct ladle_table *before = session_table(session);

	(void)state;
	expect_refused(session, "pair A:conv_a", "pair A:LAYER B:LAYER");
	expect_refused(session, "pair A:conv_a conv_b", "`conv_b` is no NAME:LAYER");
	expect_refused(session, "pair A:conv_a C:conv_a", "no checkpoint `C`");
	expect_refused(session, "pair A:conv_a A:conv_b", "A is named twice");
	expect_refused(session, "pair A:conv_a B:nowhere", "nowhere");
	assert_ptr_equal(session_table(session), before);
	assert_int_equal(session_undo_depth(session), 0);
	expect_run(session, "pair A:conv_a B:conv_b");
	expect_refused(session, "pair A:conv_a B:conv_a", "`unpair 1` takes that back");
	assert_int_equal(session_undo_depth(session), 1);
	session_free(session);
}

static void
the_mix_goes_with_the_rows(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_run(session, "mix A=.25 B=.75");
	expect_run(session, "mix A=1 B=0 on digits");
	expect_run(session, "lock A");
	expect_run(session, "pair A:conv_a B:conv_b");
	assert_float_equal(ladle_mix_fader_const(session_mix(session), 0)->set, .25, 0);
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->lock);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	assert_int_equal(ladle_mix_rule_rows(session_mix(session), 0), 2);
	session_free(session);
}

static void
a_dropped_checkpoint_takes_its_pairs_with_it(void **state)
{
	struct session *session = load_seeds(3);

	(void)state;
	expect_run(session, "pair A:conv_a B:conv_b");
	expect_run(session, "pair A:conv_b B:conv_a C:conv_b");
	expect_run(session, "drop B");
	assert_int_equal(session_hand_count(session), 1);
	expect_recipe_has(session, "pair A:conv_b C:conv_b\n", true);
	expect_run(session, "undo");
	assert_int_equal(session_hand_count(session), 2);
	assert_string_equal(partner(session, "conv_a", 1), "conv_b");
	session_free(session);
}

/* Two models that have nothing in common pair by hand alone: the pair must come first. */
static void
a_pair_given_before_the_table_makes_it(void **state)
{
	struct session *session = load_files(epoch, committee);
	struct ladle_error err = {0};

	(void)state;
	assert_int_equal(session_load(session, &err), LADLE_E_PAIR);
	session_free(session);
	session = load_files(epoch, committee);
	expect_run(session, "pair A:digits B:digits_1");
	assert_int_equal(session_load(session, &err), LADLE_OK);
	assert_string_equal(partner(session, "digits", 1), "digits_1");
	session_free(session);
}

static void
a_recipe_pairs_as_it_was_paired(void **state)
{
	struct session *session = load_seeds(2), *again = new_session();

	(void)state;
	expect_run(session, "pair A:conv_a B:conv_b");
	expect_run(session, "mix A=1 B=0 on hidden");
	char *recipe = recipe_of(session);
	assert_int_equal(session_read_recipe(again, recipe, NULL, NULL), LADLE_OK);
	assert_int_equal(session_load(again, NULL), LADLE_OK);
	char *same = recipe_of(again);
	assert_string_equal(same, recipe);
	assert_string_equal(partner(again, "conv_a", 1), "conv_b");
	free(recipe);
	free(same);
	session_free(session);
	session_free(again);
}

static void
a_recipe_that_fails_takes_its_pairs_back(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	assert_int_equal(
			session_read_recipe(session,
					"pair A:conv_a B:conv_b\noptimizer keep\nmix A=1 on none\n",
					NULL, NULL),
			LADLE_E_USAGE);
	assert_int_equal(session_hand_count(session), 0);
	assert_false(session_keeps_optimizer(session));
	assert_string_equal(partner(session, "conv_a", 1), "conv_a");
	session_free(session);
}

static void
a_pair_typed_while_files_open_waits_for_them(void **state)
{
	struct session *session = load_files(seeds[0], seeds[1]);

	(void)state;
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	expect_run(session, "pair A:conv_a B:conv_b");
	session_wait(session);
	assert_string_equal(partner(session, "conv_a", 1), "conv_b");
	assert_int_equal(session_undo_depth(session), 1);
	session_free(session);
}

static void
a_wrong_pair_typed_while_files_open_costs_no_table(void **state)
{
	struct session *session = load_files(seeds[0], seeds[1]);

	(void)state;
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	expect_run(session, "pair A:conv_a B:nowhere");
	session_wait(session);
	assert_non_null(session_table(session));
	assert_true(session_message_is_error(session));
	assert_non_null(strstr(session_message(session), "nowhere"));
	assert_int_equal(session_hand_count(session), 0);
	session_free(session);
}

static void
a_pair_helps_models_that_could_not_be_paired(void **state)
{
	struct session *session = load_files(epoch, committee);

	(void)state;
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	assert_null(session_table(session));
	expect_refused(session, "pair A:digits B:nowhere", "nowhere");
	expect_run(session, "pair A:digits B:digits_1");
	session_wait(session);
	assert_string_equal(partner(session, "digits", 1), "digits_1");
	expect_run(session, "undo");
	session_wait(session);
	assert_null(session_table(session));
	expect_run(session, "redo");
	session_wait(session);
	assert_string_equal(partner(session, "digits", 1), "digits_1");
	session_free(session);
}

/* ---- config, ema, optimizer ---- */

static const char bare[] = "sample-data/seed11.weights.h5", whole[] = "sample-data/seed11.keras";

static const char *
first_layer(const struct session *session, uint32_t column)
{
	const struct ladle_checkpoint *checkpoint = session_table(session)->checkpoints[column];

	for (uint32_t i = 0; i < checkpoint->layer_count; i++)
		if (checkpoint->layers[i].tensor_count > 0)
			return checkpoint->layers[i].name;
	return "";
}

static void
change_config_and_back(struct session *session)
{
	expect_run(session, "mix A=.25 B=.75");
	const struct ladle_checkpoint *second = session_table(session)->checkpoints[1];
	expect_run(session, "config sample-data/seed12.keras");
	session_wait(session);
	assert_string_equal(first_layer(session, 0), "conv_a");
	/* The one with a config of its own stays as it is, and no fader moves. */
	assert_ptr_equal(session_table(session)->checkpoints[1], second);
	assert_float_equal(ladle_mix_fader_const(session_mix(session), 0)->set, .25, 0);
	assert_float_equal(ladle_mix_fader_const(session_mix(session), 1)->set, .75, 0);
	expect_recipe_has(session, "config sample-data/seed12.keras\n", true);
	assert_string_equal(session_config_path(session), "sample-data/seed12.keras");
	expect_run(session, "undo");
	session_wait(session);
	assert_string_not_equal(first_layer(session, 0), "conv_a");
	assert_null(session_config_path(session));
	expect_recipe_has(session, "config", false);
	expect_run(session, "redo");
	session_wait(session);
	assert_string_equal(first_layer(session, 0), "conv_a");
	session_free(session);
}

static void
config_opens_again_what_has_none(void **state)
{
	struct session *session = load_files(bare, whole);

	(void)state;
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	change_config_and_back(session);
}

static void
config_opens_again_behind(void **state)
{
	struct session *session = load_files(bare, whole);

	(void)state;
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	change_config_and_back(session);
}

static void
a_config_that_is_none_is_refused(void **state)
{
	struct session *session = load_files(bare, NULL);
	struct ladle_error err = {0};

	(void)state;
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_int_equal(session_run(session, "config sample-data/seed11.weights.h5", &err),
			LADLE_E_INPUT);
	assert_non_null(strstr(err.text, "no config"));
	assert_int_equal(session_run(session, "config none.keras", NULL), LADLE_E_INPUT);
	expect_refused(session, "config", "config FILE");
	assert_null(session_config_path(session));
	assert_int_equal(session_undo_depth(session), 0);
	session_free(session);
}

static void
a_file_without_moving_averages_refuses_ema(void **state)
{
	struct session *session = load_seeds(2);
	const struct ladle_table *before = session_table(session);

	(void)state;
	expect_refused(session, "ema", "ema on|off");
	assert_int_equal(session_run(session, "ema on", NULL), LADLE_E_INPUT);
	assert_ptr_equal(session_table(session), before);
	expect_recipe_has(session, "ema", false);
	expect_run(session, "ema off");
	assert_int_equal(session_undo_depth(session), 0);
	session_free(session);
}

static void
the_optimizer_is_kept_on_request(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	assert_false(session_keeps_optimizer(session));
	expect_refused(session, "optimizer on", "optimizer keep|drop");
	expect_run(session, "optimizer keep");
	assert_true(session_keeps_optimizer(session));
	expect_recipe_has(session, "optimizer keep\n", true);
	expect_run(session, "undo");
	assert_false(session_keeps_optimizer(session));
	expect_run(session, "redo");
	expect_run(session, "optimizer drop");
	expect_recipe_has(session, "optimizer", false);
	session_free(session);
}

static void
repairs_are_undone_and_stand_in_recipes(void **state)
{
	const unsigned both = LADLE_REPAIR(LADLE_REPAIR_BN) | LADLE_REPAIR(LADLE_REPAIR_NORM);
	struct session *session = load_seeds(2);

	(void)state;
	assert_int_equal(session_repair_kinds(session), 0);
	expect_recipe_has(session, "repair", false);
	expect_refused(session, "repair", "repair bn,norm,unconverged|none");
	expect_refused(session, "repair bn,luck", "'luck' is none of bn, norm, unconverged, none");
	expect_refused(session, "repair bn,", "'' is none of");
	assert_int_equal(session_undo_depth(session), 0);
	expect_run(session, "repair norm,bn");
	assert_int_equal(session_repair_kinds(session), both);
	expect_recipe_has(session, "repair bn,norm\n", true);
	expect_run(session, "repair unconverged");
	expect_recipe_has(session, "repair unconverged\n", true);
	expect_run(session, "undo");
	assert_int_equal(session_repair_kinds(session), both);
	expect_run(session, "repair none");
	expect_recipe_has(session, "repair", false);
	session_free(session);
}

/* ---- branches ---- */

static void
branches_are_files_of_their_own(void **state)
{
	struct session *session = new_session();
	bool found = false;

	(void)state;
	assert_int_equal(session_add_branches(session, committee, &found, NULL), LADLE_OK);
	assert_true(found);
	assert_int_equal(session_file_count(session), 3);
	assert_string_equal(session_file(session, 1)->path, "sample-data/committee.h5#conv_1");
	assert_string_equal(session_file(session, 1)->label, "committee#conv_1");
	assert_string_equal(session_file(session, 1)->id, "B");
	expect_recipe_has(session, "open sample-data/committee.h5#conv_2 as C\n", true);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_string_equal(partner(session, "digits_0", 2), "digits_2");
	session_free(session);
}

static void
a_file_without_branches_stands_for_itself(void **state)
{
	struct session *session = new_session();
	bool found = false;

	(void)state;
	assert_int_equal(session_add_branches(session, epoch, &found, NULL), LADLE_OK);
	assert_false(found);
	assert_int_equal(session_file_count(session), 1);
	assert_string_equal(session_file(session, 0)->path, epoch);
	assert_int_equal(session_add_branches(session, "none.h5", &found, NULL), LADLE_E_INPUT);
	assert_int_equal(session_file_count(session), 1);
	session_free(session);
}

static void
labels_are_names_without_suffix(void **state)
{
	static const struct {
		const char *path, *label;
	} cases[] = {{"a/b/run1.weights.h5", "run1"}, {"run1.keras", "run1"}, {"run1", "run1"},
			{"a/run.hdf5#left", "run#left"}, {"a/run.keras#in/out", "run#in/out"},
			{"run#1.h5", "run#1"}, {"run#1.h5#b.h5", "run#1#b.h5"}, {"a/x#y", "x#y"},
			{".h5", ".h5"}, {"a/.h5", ".h5"}};
	struct session *session = new_session();

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(session_add(session, NULL, cases[i].path, NULL), LADLE_OK);
		assert_string_equal(session_file(session, i)->label, cases[i].label);
	}
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_pair_by_hand_is_one_row_and_is_undone),
			cmocka_unit_test(three_layers_pair_in_one_line),
			cmocka_unit_test(unpair_takes_one_back_by_number_or_layer),
			cmocka_unit_test(a_wrong_pair_changes_nothing),
			cmocka_unit_test(the_mix_goes_with_the_rows),
			cmocka_unit_test(a_dropped_checkpoint_takes_its_pairs_with_it),
			cmocka_unit_test(a_pair_given_before_the_table_makes_it),
			cmocka_unit_test(a_recipe_pairs_as_it_was_paired),
			cmocka_unit_test(a_recipe_that_fails_takes_its_pairs_back),
			cmocka_unit_test(a_pair_typed_while_files_open_waits_for_them),
			cmocka_unit_test(a_wrong_pair_typed_while_files_open_costs_no_table),
			cmocka_unit_test(a_pair_helps_models_that_could_not_be_paired),
			cmocka_unit_test(config_opens_again_what_has_none),
			cmocka_unit_test(config_opens_again_behind),
			cmocka_unit_test(a_config_that_is_none_is_refused),
			cmocka_unit_test(a_file_without_moving_averages_refuses_ema),
			cmocka_unit_test(the_optimizer_is_kept_on_request),
			cmocka_unit_test(repairs_are_undone_and_stand_in_recipes),
			cmocka_unit_test(branches_are_files_of_their_own),
			cmocka_unit_test(a_file_without_branches_stands_for_itself),
			cmocka_unit_test(labels_are_names_without_suffix),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
