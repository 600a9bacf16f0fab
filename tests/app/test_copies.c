/* What is worth a look for exact copies. */
#include "app_files.h"

#include "app/copies.h"

static struct session *
load_two(const char *a, const char *b)
{
	struct session *session = new_session();

	assert_int_equal(session_add(session, NULL, a, NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, b, NULL), LADLE_OK);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	return session;
}

static const struct {
	const char *b;
	bool apart, possible;
} cases[] = {
		{"sample-data/seed11-reordered.keras", true, true},
		{"sample-data/seed12.keras", true, false},
		{"sample-data/seed11.weights.h5", false, true},
};

/* By samples first, then by figures of all values. */
static void
copies_and_strangers_are_told_by_few_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct session *session = load_two("sample-data/seed11.keras", cases[i].b);
		const struct ladle_table *table = session_table(session);
		for (int measured = 0; measured < 2; measured++) {
			assert_int_equal(copies_are_apart(table, session_measurement(session), 0, 1),
					cases[i].apart);
			assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
		}
		assert_int_equal(copies_are_possible(table, session_groups(session, NULL), 0, 1),
				cases[i].possible);
		session_free(session);
	}
}

static void
epochs_of_one_run_are_not_apart(void **state)
{
	struct session *session = load_two(
			"sample-data/run-epoch06.h5", "sample-data/run-restart.h5");

	(void)state;
	assert_false(copies_are_apart(
			session_table(session), session_measurement(session), 0, 1));
	session_free(session);
}

/* Each pair of sizes fits no kernel of the other. */
static void
rows_of_other_shapes_are_left_out(void **state)
{
	struct session *session = load_two(
			"sample-data/seed11.keras", "sample-data/mismatch.h5");

	(void)state;
	assert_true(copies_are_apart(
			session_table(session), session_measurement(session), 0, 1));
	assert_false(copies_are_possible(
			session_table(session), session_groups(session, NULL), 0, 1));
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(copies_and_strangers_are_told_by_few_values),
			cmocka_unit_test(epochs_of_one_run_are_not_apart),
			cmocka_unit_test(rows_of_other_shapes_are_left_out),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
