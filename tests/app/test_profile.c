/* Points and bins of the profile: what is drawn is never better than what it stands for. */
#include <math.h>

#include "app_files.h"
#include "app/profile.h"

static struct profile_point
point(double keep, enum ladle_state state, uint32_t flags)
{
	return (struct profile_point){.keep = keep, .floor = .5, .state = state, .flags = flags};
}

static void
a_bin_is_as_bad_as_its_worst_point(void **state)
{
	struct profile_point points[] = {point(.99, LADLE_ALIKE, 1), point(.2, LADLE_DIFFER, 0),
			point(.97, LADLE_DRIFT, 4), point(.95, LADLE_DRIFT, 0),
			point(1, LADLE_ALIKE, 0), point(.999, LADLE_ALIKE, 0),
			point(.9, LADLE_DRIFT, 8)};
	const struct profile profile = {points, 7};
	static const struct profile_bin expected[] = {{0, 2, 1, LADLE_DIFFER, 1},
			{2, 4, 3, LADLE_DRIFT, 4}, {4, 7, 6, LADLE_DRIFT, 8}};

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct profile_bin bin = profile_bin(&profile, i, 3);

		assert_int_equal(bin.first, expected[i].first);
		assert_int_equal(bin.end, expected[i].end);
		assert_int_equal(bin.worst, expected[i].worst);
		assert_int_equal(bin.state, expected[i].state);
		assert_int_equal(bin.flags, expected[i].flags);
	}
}

static void
nan_hides_no_number(void **state)
{
	struct profile_point points[] = {point(NAN, LADLE_DIFFER, 2), point(.99, LADLE_ALIKE, 0),
			point(NAN, LADLE_PENDING, 0), point(NAN, LADLE_DIFFER, 0)};
	const struct profile profile = {points, 4};

	(void)state;
	assert_int_equal(profile_bin(&profile, 0, 1).worst, 1);
	assert_int_equal(profile_bin(&profile, 0, 1).state, LADLE_DIFFER);
	assert_int_equal(profile_bin(&profile, 0, 1).flags, 2);
	assert_int_equal(profile_bin(&profile, 1, 2).worst, 3);
}

/* Every point in one bin, in order, and profile_bin_of finds that bin. */
static void
bins_part_the_points(void **state)
{
	static struct profile_point points[5000];
	const struct profile profile = {points, 5000};

	(void)state;
	for (struct profile some = profile; some.count > 0; some.count = some.count * 2 / 3) {
		for (uint32_t bins = 1; bins <= some.count && bins < 400; bins += 7) {
			uint32_t next = 0;

			for (uint32_t i = 0; i < bins; i++) {
				struct profile_bin bin = profile_bin(&some, i, bins);

				assert_int_equal(bin.first, next);
				assert_true(bin.end > bin.first);
				next = bin.end;
				assert_int_equal(profile_bin_of(&some, bin.first, bins), i);
				assert_int_equal(profile_bin_of(&some, bin.end - 1, bins), i);
			}
			assert_int_equal(next, some.count);
		}
	}
}

static void
heights_are_a_third_for_each_state(void **state)
{
	static const struct {
		double keep, bands, even, loss;
	} cases[] = {{0, 0, 0, 1}, {.45, 1. / 6, .45, 1}, {.9, 1. / 3, .9, .2}, {.94, .5, .94, .12},
			{.98, 2. / 3, .98, .04}, {.99, 5. / 6, .99, .02}, {1, 1, 1, 0},
			{1.1, 1, 1, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double keep = cases[i].keep;

		assert_float_equal(profile_height(PROFILE_BANDS, keep, .5), cases[i].bands, 1e-9);
		assert_float_equal(profile_height(PROFILE_EVEN, keep, .5), cases[i].even, 1e-9);
		assert_float_equal(profile_height(PROFILE_LOSS, keep, .5), cases[i].loss, 1e-9);
	}
	for (int scale = 0; scale < PROFILE_SCALES; scale++)
		assert_true(isnan(profile_height((enum profile_scale)scale, NAN, .5)));
}

/* Layers of the sample in the order of the file; a kernel stands for its layer. */
static void
points_are_the_layers_in_order(void **state)
{
	static const struct {
		const char *layer, *tensor;
	} expected[] = {{"conv_a", "kernel"}, {"bn_a", NULL}, {"conv_b", "kernel"},
			{"hidden", "kernel"}, {"digits", "kernel"}};
	struct session *session = load_seeds(3);
	struct profile profile;

	(void)state;
	profile_init(&profile);
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	assert_true(profile_make(&profile, session));
	assert_int_equal(profile.count, 5);
	for (uint32_t i = 0; i < profile.count; i++) {
		const struct ladle_table *table = session_table(session);
		const struct ladle_row *row = &table->rows[profile.points[i].row];

		assert_string_equal(table->layers[profile.points[i].layer].name, expected[i].layer);
		if (expected[i].tensor != NULL)
			assert_string_equal(row->tensor, expected[i].tensor);
		assert_int_equal(profile_find(&profile, table, profile.points[i].row), i);
	}
	profile_done(&profile);
	session_free(session);
}

/* A row that one model lacks is no KEEP, and its letter is there. */
static void
missing_rows_are_points(void **state)
{
	static const char *const files[] = {
			"sample-data/run-epoch06.h5", "sample-data/mismatch.h5"};
	struct session *session = new_session();
	struct profile profile;
	uint32_t blocked = 0;

	(void)state;
	profile_init(&profile);
	add_shared(session, files, 2);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	assert_true(profile_make(&profile, session));
	for (uint32_t i = 0; i < profile.count; i++)
		if (isnan(profile.points[i].keep)) {
			assert_int_equal(profile.points[i].state, LADLE_DIFFER);
			assert_int_not_equal(profile.points[i].flags, 0);
			blocked++;
		}
	assert_int_not_equal(blocked, 0);
	profile_done(&profile);
	session_free(session);
}

static void
before_there_is_a_table_there_are_no_points(void **state)
{
	struct session *session = new_session();
	struct profile profile;

	(void)state;
	profile_init(&profile);
	assert_true(profile_make(&profile, session));
	assert_int_equal(profile.count, 0);
	profile_done(&profile);
	session_free(session);
	session = load_seeds(2);
	assert_true(profile_make(&profile, session));
	assert_int_equal(profile.count, 5);
	assert_int_equal(profile.points[0].state, LADLE_PENDING);
	profile_done(&profile);
	session_free(session);
}

/* The figures of the library for each row, the least by hand. */
static void
a_bins_cosine_is_the_least(void **state)
{
	struct session *session = load_seeds(3);
	const double equal[] = {1, 1, 1};
	struct profile profile;
	double w[3], least = 1;

	(void)state;
	profile_init(&profile);
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	assert_true(profile_make(&profile, session));
	for (uint32_t i = 0; i < profile.count; i++)
		least = fmin(least, ladle_cosine_mix(ladle_figures(session_measurement(session),
								     profile.points[i].row),
						    equal, 1));
	struct profile_bin all = profile_bin(&profile, 0, 1);
	assert_float_equal(profile_cosine(session, &profile, &all, 1, w), least, 0);
	profile_done(&profile);
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_bin_is_as_bad_as_its_worst_point),
			cmocka_unit_test(nan_hides_no_number),
			cmocka_unit_test(bins_part_the_points),
			cmocka_unit_test(heights_are_a_third_for_each_state),
			cmocka_unit_test(points_are_the_layers_in_order),
			cmocka_unit_test(missing_rows_are_points),
			cmocka_unit_test(before_there_is_a_table_there_are_no_points),
			cmocka_unit_test(a_bins_cosine_is_the_least),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
