#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/dtype.h"
#include "measure/values.h"
#include "support/fake_table.h"

static struct fake fake;

static struct ladle_histogram *
count(const double *w, double sum, uint32_t bins, int threads)
{
	const struct ladle_options options = {.threads = threads, .no_sandbox = true};
	struct values_row of = {.table = &fake.table, .mix = {w, sum}, .read = fake_read};
	struct ladle_histogram *histogram = NULL;
	struct ladle_error err;

	assert_int_equal(ladle_open(&of.library, &options, NULL), LADLE_OK);
	if (histogram_make(&histogram, &of, bins, &err) != LADLE_OK)
		fail_msg("%s", err.text);
	ladle_close(of.library);
	return histogram;
}

static void
expect_counts(const struct ladle_histogram *histogram, uint32_t column, const uint64_t *expected)
{
	for (uint32_t i = 0; i < histogram->bins; i++)
		assert_int_equal(histogram->counts[column * histogram->bins + i], expected[i]);
}

/* Range -1..3 in four bins: edges -1, 0, 1, 2, 3; the last bin holds 3 itself. */
static void
a_bin_holds_its_lower_edge_and_the_last_both(void **state)
{
	static const float a[] = {-1, 0, .5f, 1, 2.5f, 3}, b[] = {3, 3, 3, 2, 2, 0};
	static const uint64_t of_a[] = {1, 2, 1, 2}, of_b[] = {0, 1, 0, 5}, of_mix[] = {0, 0, 5, 1};
	static const double w[] = {1, 1};
	const void *const data[] = {a, b};

	(void)state;
	fake_init(&fake, 2);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT32, 1, 6, data);
	struct ladle_histogram *histogram = count(w, 2, 4, 1);
	assert_true(histogram->low == -1 && histogram->high == 3);
	assert_int_equal(histogram->k, 2);
	expect_counts(histogram, 0, of_a);
	expect_counts(histogram, 1, of_b);
	expect_counts(histogram, 2, of_mix); /* 1, 1.5, 1.75, 1.5, 2.25, 1.5 */
	ladle_histogram_free(histogram);
}

/* numpy.linspace: low + i * ((high - low) / bins). A quotient that is one bin off finds its way. */
static void
edges_belong_to_the_bin_above(void **state)
{
	(void)state;
	srand(3);
	for (uint32_t bins = 1; bins < 120; bins++) {
		double values[122], low = rand() / -1e9, high = low + rand() / 1e9 + 1e-3;
		double step = (high - low) / bins;
		uint64_t expected[120] = {0};
		const void *const data[] = {values};

		for (uint32_t i = 0; i <= bins; i++) {
			uint32_t bin = 0;
			values[i] = i == bins ? high : low + i * step;
			while (bin + 1 < bins && low + (bin + 1) * step <= values[i])
				bin++;
			expected[bin]++;
		}
		fake_init(&fake, 1);
		fake_row(&fake, "dense/kernel", LADLE_FLOAT64, 1, bins + 1, data);
		struct ladle_histogram *histogram = count(NULL, 0, bins, 1);
		expect_counts(histogram, 0, expected);
		ladle_histogram_free(histogram);
	}
}

static void
moments_are_of_finite_values_and_the_others_are_counted(void **state)
{
	static const float a[] = {NAN, 4, INFINITY, 0, -INFINITY, -1, -INFINITY};
	static const float b[] = {1, 1, 1, 1, 1, 1, 1};
	static const double w[] = {.5, .5};
	const void *const data[] = {a, b};

	(void)state;
	fake_init(&fake, 2);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT32, 1, 7, data);
	struct ladle_histogram *histogram = count(w, 1, 5, 1);
	const struct ladle_spread *of = &histogram->spreads[0];
	assert_true(of->finite == 3 && of->nan == 1 && of->plus_inf == 1 && of->minus_inf == 2);
	assert_true(of->zeros == 1 && of->min == -1 && of->max == 4 && of->mean == 1);
	assert_true(fabs(of->sd - sqrt(14. / 3)) < 1e-15); /* 9 + 1 + 4 */
	of = &histogram->spreads[2];                       /* 2.5, .5, 0 */
	assert_true(of->finite == 3 && of->nan == 1 && of->plus_inf == 1 && of->minus_inf == 2);
	assert_true(of->zeros == 1 && of->min == 0 && of->max == 2.5 && of->mean == 1);
	ladle_histogram_free(histogram);
}

static void
one_number_has_half_a_unit_to_each_side(void **state)
{
	static const float zeros[] = {0, 0, 0};
	static const uint64_t expected[] = {0, 3};
	const void *const data[] = {zeros};

	(void)state;
	fake_init(&fake, 1);
	fake_row(&fake, "dense/bias", LADLE_FLOAT32, 1, 3, data);
	struct ladle_histogram *histogram = count(NULL, 0, 2, 1);
	assert_true(histogram->low == -.5 && histogram->high == .5);
	expect_counts(histogram, 0, expected);
	assert_int_equal(histogram->spreads[1].finite, 0);
	assert_true(isnan(histogram->spreads[1].min) && isnan(histogram->spreads[1].sd));
	ladle_histogram_free(histogram);
}

static void
columns_that_do_not_fit_have_nothing_and_no_mix(void **state)
{
	static const float a[] = {1, 2};
	static const double both[] = {1, 1}, alone[] = {.3, 0};
	const void *const data[] = {a, NULL};

	(void)state;
	fake_init(&fake, 2);
	fake_row(&fake, "dense/bias", LADLE_FLOAT32, 1, 2, data);
	struct ladle_histogram *histogram = count(both, 2, 2, 1);
	assert_int_equal(histogram->spreads[1].finite, 0);
	assert_int_equal(histogram->spreads[2].finite, 0);
	ladle_histogram_free(histogram);
	histogram = count(alone, .3, 2, 1);
	assert_true(histogram->spreads[2].min == 1 && histogram->spreads[2].max == 2);
	ladle_histogram_free(histogram);
}

static void
a_range_that_a_double_cannot_hold_is_halved(void **state)
{
	static const double a[] = {-1.7e308, 1.7e308, 1e307, -1};
	static const uint64_t expected[] = {1, 1, 1, 1};
	const void *const data[] = {a};

	(void)state;
	fake_init(&fake, 1);
	fake_row(&fake, "dense/bias", LADLE_FLOAT64, 1, 4, data);
	struct ladle_histogram *histogram = count(NULL, 0, 4, 1);
	expect_counts(histogram, 0, expected);
	ladle_histogram_free(histogram);
}

/* 1.5, -2 and 4 in every type that holds them. */
static void
types_are_counted_together(void **state)
{
	static const uint16_t half[] = {0x3e00, 0xc000, 0x4400}, brain[] = {0x3fc0, 0xc000, 0x4080};
	static const double wide[] = {1.5, -2, 4}, w[] = {1, 1, 1};
	static const enum ladle_dtype dtypes[] = {LADLE_FLOAT16, LADLE_BFLOAT16, LADLE_FLOAT64};
	static const uint64_t expected[] = {1, 1, 1};
	const void *const data[] = {half, brain, wide};

	(void)state;
	fake_init(&fake, 3);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT16, 1, 3, data);
	for (int k = 0; k < 3; k++)
		fake.tensor[k][0].dtype = dtypes[k];
	struct ladle_histogram *histogram = count(w, 3, 3, 1);
	for (uint32_t k = 0; k <= 3; k++)
		expect_counts(histogram, k, expected);
	ladle_histogram_free(histogram);
}

enum { LARGE = 5 * PLAN_BLOCK + 77 };

static void
the_result_is_the_same_whatever_the_threads(void **state)
{
	static const double w[] = {.25, .5};
	float *numbers[2] = {malloc(LARGE * sizeof(float)), malloc(LARGE * sizeof(float))};
	const void *const data[] = {numbers[0], numbers[1]};
	uint64_t seed = 3, total = 0;

	(void)state;
	for (int i = 0; i < LARGE; i++)
		for (int k = 0; k < 2; k++)
			numbers[k][i] = (float)fake_random(&seed);
	fake_init(&fake, 2);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT32, 1, LARGE, data);
	struct ladle_histogram *one = count(w, .75, 48, 1);
	for (int threads = 2; threads <= 8; threads *= 2) {
		struct ladle_histogram *many = count(w, .75, 48, threads);

		expect_counts(many, 0, one->counts);
		expect_counts(many, 2, one->counts + 2 * 48);
		assert_memory_equal(many->spreads, one->spreads, 3 * sizeof(*one->spreads));
		ladle_histogram_free(many);
	}
	for (int i = 0; i < 48; i++)
		total += one->counts[2 * 48 + i];
	assert_int_equal(total, LARGE);
	ladle_histogram_free(one);
	free(numbers[0]);
	free(numbers[1]);
}

static void
cancel_ends_it(void **state)
{
	static const float a[] = {1, 2};
	const void *const data[] = {a};
	const struct ladle_options options = {.threads = 1, .no_sandbox = true};
	struct values_row of = {.table = &fake.table, .read = fake_read, .job = ladle_job_new()};
	struct ladle_histogram *histogram = NULL;
	struct ladle_error err;

	(void)state;
	fake_init(&fake, 1);
	fake_row(&fake, "dense/bias", LADLE_FLOAT32, 1, 2, data);
	assert_int_equal(ladle_open(&of.library, &options, NULL), LADLE_OK);
	ladle_job_cancel(of.job);
	assert_int_equal(histogram_make(&histogram, &of, 4, &err), LADLE_E_CANCELED);
	assert_null(histogram);
	ladle_close(of.library);
	ladle_job_free(of.job);
}

/* What numpy 2 says of conv_b/kernel in sample-data/seed11, 12 and 13, and of their average by .5,
 * .3 and .2: np.histogram of float64, bins=16, range from least to greatest; mean() and std(). */
static const uint64_t numpy_counts[4][16] = {
		{1, 3, 29, 156, 445, 667, 685, 646, 446, 248, 90, 24, 13, 1, 1, 1},
		{1, 0, 26, 162, 452, 651, 679, 674, 445, 240, 98, 22, 6, 0, 0, 0},
		{0, 4, 35, 161, 467, 676, 711, 651, 413, 203, 79, 40, 15, 1, 0, 0},
		{0, 0, 1, 11, 177, 791, 1161, 882, 362, 57, 12, 2, 0, 0, 0, 0},
};
static const double numpy_moments[4][4] = {
		{-0.01328202937490788, 0.1058446304671771, -0.40493401885032654,
				0.5303900241851807},
		{-0.01367287410591892, 0.10376419982016692, -0.35382184386253357,
				0.3284367024898529},
		{-0.017282881572988892, 0.10551861918228744, -0.29944920539855957,
				0.3659314215183258},
		{-0.014199453233827394, 0.06546305806021334, -0.23415426164865494,
				0.2656632736325264},
};

static uint32_t
row_called(const struct ladle_table *table, const char *label)
{
	for (uint32_t row = 0; row < table->row_count; row++)
		if (strcmp(table->rows[row].label, label) == 0)
			return row;
	fail_msg("no row %s", label);
	return LADLE_NONE;
}

static void
real_files_are_counted_as_numpy_does(void **state)
{
	static const char *const paths[] = {"sample-data/seed11.keras", "sample-data/seed12.keras",
			"sample-data/seed13.keras"};
	static const double w[] = {.5, .3, .2};
	const struct ladle_options options = {.threads = 2, .no_sandbox = true};
	struct ladle_checkpoint *checkpoint[3];
	struct ladle_histogram *histogram;
	struct ladle_table *table;
	struct ladle *library;

	(void)state;
	assert_int_equal(ladle_open(&library, &options, NULL), LADLE_OK);
	for (int k = 0; k < 3; k++)
		assert_int_equal(ladle_checkpoint_open(&checkpoint[k], library, paths[k], NULL),
				LADLE_OK);
	assert_int_equal(ladle_pair(&table, (void *)checkpoint, 3, NULL), LADLE_OK);
	assert_int_equal(ladle_row_histogram(&histogram, library, table,
					 row_called(table, "conv_b/kernel"), w, 1, 16, NULL, NULL),
			LADLE_OK);
	for (uint32_t k = 0; k <= 3; k++) {
		const struct ladle_spread *of = &histogram->spreads[k];

		expect_counts(histogram, k, numpy_counts[k]);
		assert_true(fabs(of->mean - numpy_moments[k][0]) < 1e-15);
		assert_true(fabs(of->sd - numpy_moments[k][1]) < 1e-15);
		assert_true(fabs(of->min - numpy_moments[k][2]) < 1e-16);
		assert_true(fabs(of->max - numpy_moments[k][3]) < 1e-16);
	}
	ladle_histogram_free(histogram);
	ladle_table_free(table);
	for (int k = 0; k < 3; k++)
		ladle_checkpoint_close(checkpoint[k]);
	ladle_close(library);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_bin_holds_its_lower_edge_and_the_last_both),
			cmocka_unit_test(edges_belong_to_the_bin_above),
			cmocka_unit_test(moments_are_of_finite_values_and_the_others_are_counted),
			cmocka_unit_test(one_number_has_half_a_unit_to_each_side),
			cmocka_unit_test(columns_that_do_not_fit_have_nothing_and_no_mix),
			cmocka_unit_test(a_range_that_a_double_cannot_hold_is_halved),
			cmocka_unit_test(types_are_counted_together),
			cmocka_unit_test(the_result_is_the_same_whatever_the_threads),
			cmocka_unit_test(cancel_ends_it),
			cmocka_unit_test(real_files_are_counted_as_numpy_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
