#include "app_files.h"

#include <stdatomic.h>

static void
files_get_letters_and_labels(void **state)
{
	struct session *session = new_session();
	char path[32];

	(void)state;
	for (int i = 0; i < 28; i++) {
		snprintf(path, sizeof(path), "x/run%d.weights.h5", i);
		assert_int_equal(session_add(session, NULL, path, NULL), LADLE_OK);
	}
	assert_string_equal(session_file(session, 0)->id, "A");
	assert_string_equal(session_file(session, 25)->id, "Z");
	assert_string_equal(session_file(session, 26)->id, "AA");
	assert_string_equal(session_file(session, 27)->id, "AB");
	assert_string_equal(session_file(session, 3)->label, "run3");
	assert_string_equal(session_file(session, 3)->path, "x/run3.weights.h5");
	assert_int_equal(session_find(session, "AB"), 27);
	assert_int_equal(session_find(session, "AC"), LADLE_NONE);
	session_free(session);
}

static void
a_letter_that_is_taken_is_passed_over(void **state)
{
	struct session *session = new_session();

	(void)state;
	assert_int_equal(session_add(session, "B", "x.h5", NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, "y.h5", NULL), LADLE_OK);
	assert_string_equal(session_file(session, 1)->id, "C");
	session_free(session);
}

static void
names_that_a_recipe_could_not_say_are_refused(void **state)
{
	static const char *const wrong[] = {"", "on", "a=b", "a b", "1a", "-a", "a*", "\xc3\xa9"};
	struct session *session = new_session();

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(session_add(session, wrong[i], "x.h5", NULL), LADLE_E_USAGE);
	assert_int_equal(session_add(session, "base_2.0-x", "x.h5", NULL), LADLE_OK);
	assert_int_equal(session_add(session, "base_2.0-x", "y.h5", NULL), LADLE_E_USAGE);
	assert_int_equal(session_file_count(session), 1);
	session_free(session);
}

static void
load_opens_and_pairs(void **state)
{
	struct session *session = load_seeds(3);

	(void)state;
	assert_non_null(session_table(session));
	assert_int_equal(session_table(session)->checkpoint_count, 3);
	for (uint32_t k = 0; k < 3; k++) {
		assert_int_equal(session_file(session, k)->state, COLUMN_OPEN);
		assert_int_equal(session_file(session, k)->column, k);
		assert_ptr_equal(session_column(session, k), session_file(session, k));
	}
	assert_int_equal(session_undo_depth(session), 0);
	assert_false(session_unsaved(session));
	assert_false(session_busy(session));
	session_free(session);
}

static void
a_failed_load_names_the_first_file_in_order(void **state)
{
	struct ladle_error error = {0};
	char path[512];

	(void)state;
	shared_path(path, seeds[0]);
	struct session *session = new_session();
	assert_int_equal(session_add(session, NULL, path, NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, "no/such-1.h5", NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, "no/such-2.h5", NULL), LADLE_OK);
	assert_int_equal(session_load(session, &error), LADLE_E_INPUT);
	assert_string_equal(error.path, "no/such-1.h5");
	assert_null(session_table(session));
	session_free(session);
}

static void
count_wakes(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void
start_opens_pairs_and_measures_behind(void **state)
{
	struct session *session;
	atomic_int wakes = 0;

	(void)state;
	assert_int_equal(session_new(&session, library, count_wakes, &wakes, NULL), LADLE_OK);
	add_shared(session, seeds, 3);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	assert_true(session_busy(session));
	unsigned events = session_wait(session);
	assert_true((events & SESSION_OPENED) != 0);
	assert_true((events & SESSION_PAIRED) != 0);
	assert_true((events & SESSION_FIGURES) != 0);
	assert_true(atomic_load(&wakes) > 0);
	assert_int_equal(session_verdict(session).pending, 0);
	/* Five trainings from other seeds: strangers. */
	assert_int_equal(session_verdict(session).state, LADLE_DIFFER);
	session_free(session);
}

static void
a_file_that_fails_leaves_the_others_usable(void **state)
{
	struct session *session = new_session();

	(void)state;
	add_shared(session, seeds, 1);
	assert_int_equal(session_add(session, NULL, "no/such.h5", NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, "Makefile", NULL), LADLE_OK);
	add_shared(session, seeds + 1, 1);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	assert_int_equal(session_file_count(session), 4);
	assert_int_equal(session_file(session, 1)->state, COLUMN_FAILED);
	assert_int_equal(session_file(session, 1)->error.status, LADLE_E_INPUT);
	assert_int_equal(session_file(session, 1)->column, LADLE_NONE);
	assert_int_equal(session_file(session, 2)->state, COLUMN_FAILED);
	assert_true(session_message_is_error(session));
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	assert_string_equal(session_column(session, 1)->id, "D");
	expect_run(session, "mix A=.25 D=.75");
	expect_refused(session, "mix B=1", "B is not open");
	session_free(session);
}

static void
judgements_and_verdict_are_the_core_s(void **state)
{
	struct session *session = load_seeds(3);
	const struct ladle_table *table = session_table(session);

	(void)state;
	assert_int_equal(session_judgements(session)[0].state, LADLE_PENDING);
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	for (int change = 0; change < 3; change++) {
		const struct ladle_judgement *judgements = session_judgements(session);
		for (uint32_t i = 0; i < table->row_count; i++) {
			struct ladle_judgement own = ladle_judge(table,
					session_measurement(session), session_mix(session), i);
			assert_int_equal(judgements[i].state, own.state);
			assert_int_equal(judgements[i].flags, own.flags);
			assert_memory_equal(&judgements[i].keep, &own.keep, sizeof(double));
		}
		expect_run(session, change == 0 ? "mix A=1 B=0 C=0" : "undo");
		if (change == 1)
			break;
		assert_int_equal(session_verdict(session).state, LADLE_ALIKE);
	}
	session_free(session);
}

static void
statistics_are_measured_when_asked_for(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	assert_int_equal(session_measure(session, LADLE_MEASURE_STATS, NULL, NULL), LADLE_OK);
	assert_non_null(ladle_figures(session_measurement(session), 0)->stats);
	session_free(session);
}

/* A session that is freed while it works must leave no thread, file or memory behind. */
static void
freeing_cancels_what_runs(void **state)
{
	(void)state;
	for (int polls = 0; polls < 4; polls++) {
		struct session *session = new_session();
		add_shared(session, seeds, 3);
		assert_int_equal(session_start(session, NULL), LADLE_OK);
		for (int i = 0; i < polls; i++)
			session_poll(session);
		session_free(session);
	}
}

static void
generation_grows_with_every_change(void **state)
{
	struct session *session = load_seeds(2);
	uint64_t before = session_generation(session);

	(void)state;
	session_poll(session);
	assert_true(session_generation(session) == before);
	expect_run(session, "mix A=.5");
	assert_true(session_generation(session) > before);
	before = session_generation(session);
	expect_run(session, "undo");
	assert_true(session_generation(session) > before);
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(files_get_letters_and_labels),
			cmocka_unit_test(a_letter_that_is_taken_is_passed_over),
			cmocka_unit_test(names_that_a_recipe_could_not_say_are_refused),
			cmocka_unit_test(load_opens_and_pairs),
			cmocka_unit_test(a_failed_load_names_the_first_file_in_order),
			cmocka_unit_test(start_opens_pairs_and_measures_behind),
			cmocka_unit_test(a_file_that_fails_leaves_the_others_usable),
			cmocka_unit_test(judgements_and_verdict_are_the_core_s),
			cmocka_unit_test(statistics_are_measured_when_asked_for),
			cmocka_unit_test(freeing_cancels_what_runs),
			cmocka_unit_test(generation_grows_with_every_change),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
