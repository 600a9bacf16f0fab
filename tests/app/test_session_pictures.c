/* Values of one row, read behind: when they are known, of which mix, in whose order. */
#include <math.h>

#include "app_files.h"

static const struct ladle_histogram *
wait_for_histogram(struct session *session, uint32_t row)
{
	const char *why;
	bool mixed;

	if (session_histogram(session, row, &mixed, &why) == NULL || !mixed) {
		assert_string_equal(why, "");
		session_wait(session);
	}
	const struct ladle_histogram *histogram = session_histogram(session, row, &mixed, &why);
	assert_non_null(histogram);
	assert_true(mixed);
	return histogram;
}

static void
a_picture_comes_behind_and_is_kept(void **state)
{
	struct session *session = load_seeds(2);
	uint32_t row = row_of(session, "conv_b/kernel");
	const char *why;
	bool mixed;

	(void)state;
	assert_null(session_histogram(session, row, &mixed, &why));
	assert_string_equal(why, "");
	assert_true(session_busy(session));
	assert_true(session_wait(session) & SESSION_PICTURES);
	const struct ladle_histogram *histogram = wait_for_histogram(session, row);
	assert_false(session_busy(session));
	assert_int_equal(histogram->k, 2);
	assert_int_equal(histogram->bins, SESSION_BINS);
	assert_ptr_equal(session_histogram(session, row, &mixed, &why), histogram);
	assert_false(session_busy(session));
	session_free(session);
}

/* The mean of an average is the average of the means. */
static void
another_mix_is_counted_anew(void **state)
{
	struct session *session = load_seeds(2);
	uint32_t row = row_of(session, "conv_b/kernel");
	const char *why;
	bool mixed;

	(void)state;
	wait_for_histogram(session, row);
	expect_run(session, "mix A=2");
	assert_non_null(session_histogram(session, row, &mixed, &why));
	assert_false(mixed);
	session_wait(session);
	const struct ladle_spread *spreads = wait_for_histogram(session, row)->spreads;
	double expected = (2 * spreads[0].mean + spreads[1].mean) / 3;
	assert_true(fabs(spreads[2].mean - expected) < 1e-15);
	expect_run(session, "undo");
	assert_non_null(session_histogram(session, row, &mixed, &why));
	assert_true(mixed);
	session_free(session);
}

/* Whether the first was done in time or let go of: nothing failed, and it can be had later. */
static void
what_nobody_looks_at_any_more_is_no_failure(void **state)
{
	struct session *session = load_seeds(2);
	const char *why;
	bool mixed;

	(void)state;
	for (uint32_t row = 0; row < session_table(session)->row_count; row++) {
		session_histogram(session, row, &mixed, &why);
		assert_string_equal(why, "");
	}
	session_wait(session);
	wait_for_histogram(session, 0);
	session_free(session);
}

static const double *
wait_for_window(struct session *session, uint32_t row, const struct ladle_window *window)
{
	const char *why;
	bool mixed;

	if (session_window(session, row, window, &mixed, &why) == NULL)
		session_wait(session);
	return session_window(session, row, window, &mixed, &why);
}

static void
values_are_in_the_order_of_the_table(void **state)
{
	struct session *session = new_session();
	const struct ladle_window window = {0, 0, 384, 32, 12, 32};
	const size_t cells = 12 * 32;

	(void)state;
	assert_int_equal(session_add(session, NULL, "sample-data/seed11.keras", NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, "sample-data/seed11-reordered.keras", NULL),
			LADLE_OK);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	uint32_t row = row_of(session, "hidden/kernel");
	const double *values = wait_for_window(session, row, &window);
	assert_memory_not_equal(values, values + cells, cells * sizeof(*values));
	expect_run(session, "align B to A");
	values = wait_for_window(session, row, &window);
	assert_memory_equal(values, values + cells, cells * sizeof(*values));
	session_free(session);
}

static void
a_part_that_is_not_there_says_so_once(void **state)
{
	struct session *session = load_seeds(2);
	const struct ladle_window window = {0, 0, 1000, 1000, 10, 10};
	const char *why;
	bool mixed;

	(void)state;
	assert_null(wait_for_window(session, row_of(session, "hidden/kernel"), &window));
	assert_null(session_window(
			session, row_of(session, "hidden/kernel"), &window, &mixed, &why));
	assert_non_null(strstr(why, "no such part"));
	assert_false(session_busy(session));
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_picture_comes_behind_and_is_kept),
			cmocka_unit_test(another_mix_is_counted_anew),
			cmocka_unit_test(what_nobody_looks_at_any_more_is_no_failure),
			cmocka_unit_test(values_are_in_the_order_of_the_table),
			cmocka_unit_test(a_part_that_is_not_there_says_so_once),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
