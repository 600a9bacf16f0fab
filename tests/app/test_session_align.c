/* align, unalign, and what is looked for behind. */
#include <math.h>

#include "app_files.h"

static const char original[] = "sample-data/seed11.keras";
static const char reordered[] = "sample-data/seed11-reordered.keras";
static const char stranger[] = "sample-data/seed12.keras";

enum { ROWS = 12, MOVED_ROWS = 11, GROUPS = 3 };

static struct session *
name_files(int count)
{
	static const char *const files[] = {original, reordered, stranger};
	struct session *session = new_session();

	for (int i = 0; i < count; i++)
		assert_int_equal(session_add(session, NULL, files[i], NULL), LADLE_OK);
	return session;
}

static struct session *
load_files(int count)
{
	struct session *session = name_files(count);

	assert_int_equal(session_load(session, NULL), LADLE_OK);
	return session;
}

static struct session *
start_files(int count)
{
	struct session *session = name_files(count);

	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	return session;
}

/* Are all rows of these two bit for bit the same? */
static bool
is_identical(struct session *session, uint32_t a, uint32_t b)
{
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	for (uint32_t row = 0; row < session_table(session)->row_count; row++)
		if (!ladle_identical(ladle_figures(session_measurement(session), row), a, b))
			return false;
	return true;
}

static void
expect_recipe_has(const struct session *session, const char *line, bool expected)
{
	char *recipe = recipe_of(session);

	if ((strstr(recipe, line) != NULL) != expected)
		fail_msg("%s is%s in\n%s", line, expected ? " not" : "", recipe);
	free(recipe);
}

/* ---- at once ---- */

static void
an_alignment_is_the_table_and_is_undone(void **state)
{
	struct session *session = load_files(2);
	const struct ladle_table *stored = session_table(session);

	(void)state;
	assert_false(is_identical(session, 0, 1));
	expect_run(session, "mix A=.3 B=.7");
	expect_run(session, "skip bn_a");
	struct weights before = weights_of(session);
	expect_run(session, "align B to A");
	const struct ladle_table *aligned = session_table(session);
	assert_ptr_equal(session_alignment(session)->table, aligned);
	assert_string_equal(session_lined_up_to(session, 1), "A");
	assert_null(session_lined_up_to(session, 0));
	assert_true(is_identical(session, 0, 1));
	expect_same_weights(session, &before);
	assert_string_equal(session_last_change(session), "align B to A");
	expect_recipe_has(session, "align B to A\n", true);
	expect_run(session, "undo");
	assert_ptr_equal(session_table(session), stored);
	assert_null(session_alignment(session));
	expect_recipe_has(session, "align", false);
	expect_run(session, "redo");
	assert_ptr_equal(session_table(session), aligned);
	expect_run(session, "unalign");
	assert_ptr_equal(session_table(session), stored);
	expect_run(session, "align B to A");
	assert_ptr_equal(session_table(session), aligned); /* matched once, known since */
	free(before.values);
	session_free(session);
}

static void
all_go_to_the_template(void **state)
{
	struct session *session = load_files(2);

	(void)state;
	expect_run(session, "template B");
	expect_run(session, "align");
	assert_int_equal(session_alignment(session)->reference, 1);
	assert_string_equal(session_lined_up_to(session, 0), "B");
	assert_true(is_identical(session, 0, 1));
	expect_recipe_has(session, "align all to B\n", true);
	session_free(session);
}

static void
later_lines_go_on_from_earlier_ones(void **state)
{
	struct session *session = load_files(3);

	(void)state;
	expect_run(session, "align B to A by exact");
	expect_run(session, "align C to B by exact");
	assert_int_equal(session_lineup_count(session), 2);
	assert_true(is_identical(session, 0, 1));
	assert_string_equal(session_lined_up_to(session, 1), "A");
	assert_string_equal(session_lined_up_to(session, 2), "B");
	expect_run(session, "unalign B");
	assert_int_equal(session_lineup_count(session), 1);
	assert_false(is_identical(session, 0, 1));
	assert_null(session_lined_up_to(session, 1));
	expect_run(session, "undo");
	assert_true(is_identical(session, 0, 1));
	session_free(session);
}

static void
a_wrong_line_changes_nothing(void **state)
{
	struct session *session = load_files(2);
	const struct ladle_table *stored = session_table(session);

	(void)state;
	expect_refused(session, "align B to C", "no checkpoint `C`");
	expect_refused(session, "align Q to A", "column 7: no checkpoint `Q`");
	expect_refused(session, "align A to A", "own order");
	expect_refused(session, "unalign", "no `align`");
	expect_refused(session, "unalign B", "no `align` moves units of B");
	expect_refused(session, "unalign B now", "unalign");
	assert_ptr_equal(session_table(session), stored);
	assert_int_equal(session_undo_depth(session), 0);
	session_free(session);
}

static void
a_dropped_checkpoint_takes_its_alignment_with_it(void **state)
{
	struct session *session = load_files(3);

	(void)state;
	expect_run(session, "align B to A by exact");
	expect_run(session, "drop C");
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	assert_true(is_identical(session, 0, 1));
	expect_run(session, "undo");
	expect_run(session, "drop A");
	assert_int_equal(session_lineup_count(session), 0);
	assert_null(session_alignment(session));
	session_free(session);
}

static void
a_canceled_job_leaves_the_table(void **state)
{
	struct session *session = load_files(2);
	const struct ladle_table *stored = session_table(session);
	struct ladle_job *job = ladle_job_new();

	(void)state;
	ladle_job_cancel(job);
	session_use_job(session, job);
	assert_int_equal(session_run(session, "align B to A", NULL), LADLE_E_CANCELED);
	session_use_job(session, NULL);
	assert_ptr_equal(session_table(session), stored);
	assert_int_equal(session_undo_depth(session), 0);
	assert_int_equal(session_lineup_count(session), 0);
	ladle_job_free(job);
	session_free(session);
}

/* ---- recipes ---- */

static void
a_recipe_lines_up_as_it_was_lined_up(void **state)
{
	struct session *session = load_files(3), *again = new_session();

	(void)state;
	expect_run(session, "align B to A by exact");
	expect_run(session, "align C to B by exact seed 3");
	char *recipe = recipe_of(session);
	assert_int_equal(session_read_recipe(again, recipe, NULL, NULL), LADLE_OK);
	assert_int_equal(session_load(again, NULL), LADLE_OK);
	assert_int_equal(session_undo_depth(again), 0);
	assert_true(is_identical(again, 0, 1));
	char *same = recipe_of(again);
	assert_string_equal(same, recipe);
	free(recipe);
	free(same);
	session_free(session);
	session_free(again);
}

static void
behind_a_recipe_does_the_same(void **state)
{
	struct session *session = new_session();

	(void)state;
	assert_int_equal(session_read_recipe(session,
					 "open sample-data/seed11.keras\n"
					 "open sample-data/seed11-reordered.keras\n"
					 "open sample-data/seed12.keras\n"
					 "align B to A by exact\nalign C to B by exact\n"
					 "mix A=0 B=1 C=0\n",
					 NULL, NULL),
			LADLE_OK);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	assert_int_equal(session_lineup_count(session), 2);
	assert_true(is_identical(session, 0, 1));
	assert_int_equal(session_undo_depth(session), 0);
	assert_false(session_unsaved(session));
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == 0);
	session_free(session);
}

/* ---- behind ---- */

static void
behind_the_old_table_stays_until_it_is_done(void **state)
{
	struct session *session = start_files(2);
	const struct ladle_table *stored = session_table(session);

	(void)state;
	expect_run(session, "set match=off");
	session_wait(session);
	expect_run(session, "align B to A by exact");
	assert_true(session_matching(session));
	assert_ptr_equal(session_table(session), stored);
	assert_int_equal(session_lineup_count(session), 0);
	expect_run(session, "mix A=.25 B=.75");
	expect_refused(session, "write build/never.keras", "units are being matched");
	session_wait(session);
	assert_false(session_matching(session));
	assert_ptr_not_equal(session_table(session), stored);
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == .25);
	assert_int_equal(session_undo_depth(session), 2);
	assert_int_equal(session_verdict(session).state, LADLE_ALIKE);
	session_free(session);
}

static void
behind_a_person_cancels_and_has_the_old_table(void **state)
{
	struct session *session = start_files(2);
	const struct ladle_table *stored = session_table(session);

	(void)state;
	expect_run(session, "set match=off");
	session_wait(session);
	expect_run(session, "align B to A by exact");
	expect_run(session, "cancel");
	session_wait(session);
	assert_ptr_equal(session_table(session), stored);
	assert_int_equal(session_undo_depth(session), 0);
	assert_int_equal(session_lineup_count(session), 0);
	assert_non_null(strstr(session_message(session), "canceled"));
	session_free(session);
}

static void
behind_another_table_ends_the_matching(void **state)
{
	struct session *session = start_files(3);

	(void)state;
	expect_run(session, "set match=off");
	session_wait(session);
	expect_run(session, "align B to A by exact");
	expect_run(session, "drop C");
	session_wait(session);
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	assert_int_equal(session_lineup_count(session), 0);
	assert_null(session_alignment(session));
	session_free(session);
}

static void
behind_two_lines_wait_for_each_other(void **state)
{
	struct session *session = start_files(3);

	(void)state;
	expect_run(session, "set match=off");
	expect_run(session, "align B to A by exact");
	expect_run(session, "align C to B by exact");
	expect_run(session, "unalign C");
	session_wait(session);
	assert_int_equal(session_lineup_count(session), 1);
	assert_int_equal(session_undo_depth(session), 3);
	expect_run(session, "undo");
	assert_int_equal(session_lineup_count(session), 2);
	assert_false(session_matching(session));
	session_free(session);
}

static void
a_file_that_joins_finds_the_others_lined_up(void **state)
{
	struct session *session = start_files(2);

	(void)state;
	expect_run(session, "align B to A by exact");
	session_wait(session);
	expect_run(session, "open sample-data/seed12.keras");
	session_wait(session);
	assert_int_equal(session_table(session)->checkpoint_count, 3);
	assert_non_null(session_alignment(session));
	assert_true(is_identical(session, 0, 1));
	expect_run(session, "undo");
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	assert_non_null(session_alignment(session));
	session_free(session);
}

/* ---- what is looked for ---- */

static void
what_would_fit_is_found_behind_and_taken_at_once(void **state)
{
	struct session *session = start_files(2);

	(void)state;
	assert_int_equal(session_suggestion(session), SUGGESTION_KNOWN);
	const struct ladle_alignment *suggested = session_suggested(session);
	assert_int_equal(suggested->reference, 0);
	assert_int_equal(suggested->groups->count, GROUPS);
	for (uint32_t g = 0; g < GROUPS; g++)
		assert_true(session_moves(session, 1, g) && !session_moves(session, 0, g));
	assert_int_equal(session_permuted_count(session), MOVED_ROWS);
	assert_int_equal(session_verdict(session).state, LADLE_DIFFER);
	for (uint32_t row = 0; row < ROWS; row++)
		assert_true(session_matched_keep(session, row) == 1);
	assert_int_equal(session_matched_verdict(session).state, LADLE_ALIKE);
	expect_run(session, "align");
	assert_ptr_equal(session_alignment(session), suggested); /* without matching again */
	assert_int_equal(session_suggestion(session), SUGGESTION_NONE);
	assert_int_equal(session_permuted_count(session), 0);
	assert_int_equal(session_verdict(session).state, LADLE_ALIKE);
	expect_run(session, "undo");
	assert_int_equal(session_suggestion(session), SUGGESTION_KNOWN);
	assert_false(session_busy(session));
	assert_int_equal(session_permuted_count(session), MOVED_ROWS);
	session_free(session);
}

static void
rows_say_how_they_would_fit(void **state)
{
	struct session *session = start_files(2);
	struct ladle_finding findings[8];
	char texts[1024];
	uint32_t row = row_of(session, "hidden/kernel");

	(void)state;
	uint32_t count = session_row_findings(session, row, findings, 8, texts, sizeof(texts));
	assert_true(count >= 1);
	assert_int_equal(findings[0].code, LADLE_F_PERMUTED);
	assert_int_equal(findings[0].checkpoint, 1);
	/* 31 of 32 units were moved by the script that made the file. */
	assert_string_equal(findings[0].text,
			"fits only after re-ordering 31 units, as an exact copy (cos .01 -> 1.0)");
	for (uint32_t i = 1; i < count; i++)
		assert_int_not_equal(findings[i].code, LADLE_F_UNRELATED);
	assert_int_equal(session_row_findings(session, row_of(session, "digits/bias"), findings, 8,
					 texts, sizeof(texts)),
			0);
	assert_int_equal(session_row_findings(session, row, findings, 8, texts, 0), 0);
	session_free(session);
}

/* The third model fits in no other order either (there is no evidence), so that nothing is left. */
static void
what_is_lined_up_is_not_said_to_be_out_of_order(void **state)
{
	struct session *session = start_files(3);
	struct ladle_finding findings[8];
	char texts[2048];

	(void)state;
	assert_int_equal(session_permuted_count(session), MOVED_ROWS);
	expect_run(session, "align B to A");
	session_wait(session);
	assert_int_equal(session_suggestion(session), SUGGESTION_KNOWN);
	assert_int_equal(session_permuted_count(session), 0);
	for (uint32_t row = 0; row < ROWS; row++) {
		uint32_t count = session_row_findings(
				session, row, findings, 8, texts, sizeof(texts));
		for (uint32_t i = 0; i < count; i++)
			assert_int_not_equal(findings[i].code, LADLE_F_PERMUTED);
	}
	session_free(session);
}

static void
a_model_without_weight_is_not_out_of_order(void **state)
{
	struct session *session = start_files(2);

	(void)state;
	expect_run(session, "mute B");
	assert_int_equal(session_permuted_count(session), 0);
	expect_run(session, "undo");
	expect_run(session, "skip hidden");
	assert_int_equal(session_permuted_count(session), MOVED_ROWS - 2);
	session_free(session);
}

static void
models_of_one_run_are_not_matched(void **state)
{
	static const char *const files[] = {
			"sample-data/run-epoch06.h5", "sample-data/run-epoch08.h5"};
	struct session *session = new_session();

	(void)state;
	add_shared(session, files, 2);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	assert_int_equal(session_suggestion(session), SUGGESTION_NONE);
	assert_null(session_suggested(session));
	assert_true(isnan(session_matched_keep(session, 0)));
	session_free(session);
}

static void
nothing_is_looked_for_when_that_is_off(void **state)
{
	struct session *session = name_files(2);

	(void)state;
	expect_run(session, "set match=off");
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	assert_int_equal(session_suggestion(session), SUGGESTION_NONE);
	expect_run(session, "set match=on");
	session_wait(session);
	assert_int_equal(session_suggestion(session), SUGGESTION_KNOWN);
	expect_run(session, "set match=off");
	session_wait(session);
	assert_int_equal(session_permuted_count(session), 0);
	session_free(session);
}

/* Of the first three models; samples tell that it is worth reading them. */
static void
copies_are_found_before_anything_is_measured(void **state)
{
	struct session *session = load_files(3);

	(void)state;
	assert_int_equal(session_find_copies(session, NULL, NULL), LADLE_OK);
	assert_int_equal(session_suggestion(session), SUGGESTION_KNOWN);
	for (uint32_t g = 0; g < GROUPS; g++)
		assert_true(session_moves(session, 1, g) && !session_moves(session, 2, g));
	assert_int_equal(session_permuted_count(session), MOVED_ROWS);
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	assert_false(isnan(session_verdict(session).keep));
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_alignment_is_the_table_and_is_undone),
			cmocka_unit_test(all_go_to_the_template),
			cmocka_unit_test(later_lines_go_on_from_earlier_ones),
			cmocka_unit_test(a_wrong_line_changes_nothing),
			cmocka_unit_test(a_dropped_checkpoint_takes_its_alignment_with_it),
			cmocka_unit_test(a_canceled_job_leaves_the_table),
			cmocka_unit_test(a_recipe_lines_up_as_it_was_lined_up),
			cmocka_unit_test(behind_a_recipe_does_the_same),
			cmocka_unit_test(behind_the_old_table_stays_until_it_is_done),
			cmocka_unit_test(behind_a_person_cancels_and_has_the_old_table),
			cmocka_unit_test(behind_another_table_ends_the_matching),
			cmocka_unit_test(behind_two_lines_wait_for_each_other),
			cmocka_unit_test(a_file_that_joins_finds_the_others_lined_up),
			cmocka_unit_test(what_would_fit_is_found_behind_and_taken_at_once),
			cmocka_unit_test(rows_say_how_they_would_fit),
			cmocka_unit_test(what_is_lined_up_is_not_said_to_be_out_of_order),
			cmocka_unit_test(a_model_without_weight_is_not_out_of_order),
			cmocka_unit_test(models_of_one_run_are_not_matched),
			cmocka_unit_test(nothing_is_looked_for_when_that_is_off),
			cmocka_unit_test(copies_are_found_before_anything_is_measured),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
