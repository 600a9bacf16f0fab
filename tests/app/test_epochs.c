/* Which checkpoints are epochs of one run, in which order, and how far rows moved. */
#include <math.h>

#include "app_files.h"
#include "app/epochs.h"

#define EPOCH6 "sample-data/run-epoch06.h5"
#define EPOCH8 "sample-data/run-epoch08.h5"
#define RESTART "sample-data/run-restart.h5"

/* Of conv_b/kernel in these three, by numpy in double precision. */
#define L2_AB 0.011810457481921052
#define L2_BC 0.6816929043550535
#define L2_AC 0.6824528833620571
#define COS_AB 6.52130773182158e-05
#define COS_BC 0.18009349736575442
#define COS_AC 0.17962131200480325

static void
names_tell_epochs(void **state)
{
	static const struct {
		const char *path;
		long number;
		const char *prefix;
	} cases[] = {
			{"run-epoch06.h5", 6, "run-epoch"},
			{"epoch_6.keras", 6, "epoch_"},
			{"a/epoch_06/Epoch-12.h5", 12, "a/epoch_06/Epoch-"},
			{"ckpt-0006.weights.h5", 6, "ckpt-"},
			{"weights.06-0.12.hdf5", 6, "weights."},
			{"w.01.weights.h5", 1, "w."},
			{"x/step=1000.h5", 1000, "x/step="},
			{"model.ep3.h5", 3, "model.ep"},
			{"weights.h5", -1, ""},
			{"w.best.h5", -1, ""},
			{"seed11.weights.h5", -1, ""},
			{"step3/last.h5", -1, ""},
			{"deep6.h5", -1, ""},
			{"epoch.h5", -1, ""},
			{"epoch12345678901234567890.h5", -1, ""},
			{"", -1, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t prefix = 0;

		assert_int_equal(epoch_of_path(cases[i].path, &prefix), cases[i].number);
		assert_int_equal(prefix, strlen(cases[i].prefix));
	}
}

static struct session *
load(const char *const *files, int count)
{
	struct session *session = new_session();

	add_shared(session, files, count);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	return session;
}

static void
expect_columns(const struct session *session, const char *columns)
{
	struct epochs epochs;

	epochs_init(&epochs);
	assert_true(epochs_make(&epochs, session));
	assert_int_equal(epochs.count, strlen(columns));
	for (uint32_t i = 0; i < epochs.count; i++)
		assert_int_equal(session_column(session, epochs.columns[i])->id[0], columns[i]);
	epochs_done(&epochs);
}

/* The restart is called otherwise, and the later epoch was named first. */
static void
a_run_is_ordered_by_its_numbers(void **state)
{
	static const char *const files[] = {EPOCH8, RESTART, EPOCH6};
	struct session *session = load(files, 3);

	(void)state;
	expect_columns(session, "CA");
	session_free(session);
}

static void
words_go_before_names(void **state)
{
	static const char *const files[] = {EPOCH8, RESTART, EPOCH6};
	struct session *session = load(files, 3);

	(void)state;
	expect_run(session, "epochs C B A");
	expect_columns(session, "CBA");
	expect_run(session, "epochs A C");
	expect_columns(session, "AC");
	expect_run(session, "epochs");
	expect_columns(session, "AC");
	expect_refused(session, "epochs A", "at least two");
	expect_refused(session, "epochs A A", "named twice");
	expect_refused(session, "epochs A X", "X");
	expect_columns(session, "AC");
	expect_run(session, "epochs auto");
	expect_columns(session, "CA");
	session_free(session);
}

static void
what_was_closed_is_no_epoch(void **state)
{
	static const char *const files[] = {EPOCH6, EPOCH8, RESTART};
	struct session *session = load(files, 3);

	(void)state;
	expect_run(session, "epochs A B C");
	expect_run(session, "drop B");
	expect_columns(session, "AC");
	expect_run(session, "drop C");
	expect_columns(session, "");
	session_free(session);
}

static void
strangers_are_no_run(void **state)
{
	struct session *session = load_seeds(3);
	struct session *empty = new_session();

	(void)state;
	expect_columns(session, "");
	expect_columns(empty, "");
	session_free(empty);
	session_free(session);
}

/* |a - b| / sqrt(|a| |b|) and 1 - a.b / (|a| |b|). */
static void
distances_are_those_of_numpy(void **state)
{
	static const char *const files[] = {EPOCH6, EPOCH8, RESTART};
	static const double expected[EPOCH_FIGURES][3] = {
			[EPOCH_FIRST_L2] = {0, L2_AB, L2_AC},
			[EPOCH_STEP_L2] = {NAN, L2_AB, L2_BC},
			[EPOCH_FIRST_COS] = {0, COS_AB, COS_AC},
			[EPOCH_STEP_COS] = {NAN, COS_AB, COS_BC},
	};
	struct session *session = load(files, 3);
	uint32_t row = row_of(session, "conv_b/kernel");
	struct epochs epochs;

	(void)state;
	epochs_init(&epochs);
	expect_run(session, "epochs A B C");
	assert_true(epochs_make(&epochs, session));
	assert_int_equal(epochs.row_count, 4);
	for (int figure = 0; figure < EPOCH_FIGURES; figure++)
		for (uint32_t i = 0; i < 3; i++) {
			double got = epochs_distance(
					session, &epochs, row, i, (enum epoch_figure)figure);

			if (isnan(expected[figure][i]))
				assert_true(isnan(got));
			else
				assert_float_equal(got, expected[figure][i], 1e-9);
		}
	struct epoch_bin bin = epochs_bin(session, &epochs, row, 0, 1, EPOCH_STEP_L2);
	assert_int_equal(bin.end, 3);
	assert_float_equal(bin.distance, L2_BC, 1e-9);
	bin = epochs_bin(session, &epochs, row, 0, 3, EPOCH_STEP_L2);
	assert_true(isnan(bin.distance));
	assert_true(epochs_greatest(session, &epochs, EPOCH_STEP_L2) >= L2_BC - 1e-9);
	epochs_done(&epochs);
	session_free(session);
}

static void
the_same_bits_stand_still(void **state)
{
	static const char *const files[] = {EPOCH6, EPOCH8, EPOCH8};
	struct session *session = load(files, 3);
	uint32_t row = row_of(session, "conv_b/kernel");
	struct epochs epochs;

	(void)state;
	epochs_init(&epochs);
	expect_run(session, "epochs A B C");
	assert_true(epochs_make(&epochs, session));
	assert_int_equal(epochs_still_since(session, &epochs, row), 1);
	expect_run(session, "epochs B A C");
	assert_true(epochs_make(&epochs, session));
	assert_int_equal(epochs_still_since(session, &epochs, row), 2);
	expect_run(session, "epochs B C");
	assert_true(epochs_make(&epochs, session));
	assert_int_equal(epochs_still_since(session, &epochs, row), 0);
	epochs_done(&epochs);
	session_free(session);
}

/* A row of another shape has no distance, and one that is not measured neither. */
static void
what_is_not_known_is_nan(void **state)
{
	static const char *const files[] = {EPOCH6, "sample-data/mismatch.h5"};
	struct session *session = load(files, 2), *unmeasured;
	struct epochs epochs;
	uint32_t known = 0;

	(void)state;
	epochs_init(&epochs);
	expect_run(session, "epochs A B");
	assert_true(epochs_make(&epochs, session));
	for (uint32_t r = 0; r < epochs.row_count; r++)
		known += !isnan(epochs_distance(
				session, &epochs, epochs.rows[r], 1, EPOCH_FIRST_L2));
	assert_in_range(known, 1, epochs.row_count - 1);
	assert_true(epochs_greatest(session, &epochs, EPOCH_FIRST_L2) > 0);
	session_free(session);
	unmeasured = load_seeds(2);
	expect_run(unmeasured, "epochs A B");
	assert_true(epochs_make(&epochs, unmeasured));
	assert_true(isnan(epochs_distance(unmeasured, &epochs, epochs.rows[0], 1, EPOCH_FIRST_L2)));
	assert_int_equal(epochs_still_since(unmeasured, &epochs, epochs.rows[0]), 2);
	epochs_done(&epochs);
	session_free(unmeasured);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(names_tell_epochs),
			cmocka_unit_test(a_run_is_ordered_by_its_numbers),
			cmocka_unit_test(words_go_before_names),
			cmocka_unit_test(what_was_closed_is_no_epoch),
			cmocka_unit_test(strangers_are_no_run),
			cmocka_unit_test(distances_are_those_of_numpy),
			cmocka_unit_test(the_same_bits_stand_still),
			cmocka_unit_test(what_is_not_known_is_nan),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
