#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/dtype.h"
#include "base/err.h"
#include "measure/measurement.h"
#include "support/fake_table.h"

enum { LARGE = 5 * PLAN_BLOCK + 77, K = 18 };

/* Rows of several sizes over K columns of random numbers. */
static struct fake fake;
static float *numbers[K];

static int
setup(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int k = 0; k < K; k++) {
		numbers[k] = malloc(LARGE * sizeof(float));
		for (int i = 0; i < LARGE; i++)
			numbers[k][i] = (float)fake_random(&seed);
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (int k = 0; k < K; k++)
		free(numbers[k]);
	return 0;
}

static void
make_table(uint32_t columns)
{
	static const uint64_t sizes[] = {LARGE, 1, 1000, PLAN_BLOCK, 0, PLAN_BLOCK + 1};
	const void *data[K];

	for (uint32_t k = 0; k < columns; k++)
		data[k] = numbers[k];
	fake_init(&fake, columns);
	for (int i = 0; i < 6; i++)
		fake_row(&fake, "dense/kernel", LADLE_FLOAT32, 2, sizes[i], data);
}

static void
expect_same_figures(const struct ladle_figures *a, const struct ladle_figures *b)
{
	size_t square = (size_t)a->k * a->k;

	assert_memory_equal(a->gram, b->gram, square * sizeof(double));
	assert_memory_equal(a->l2, b->l2, square * sizeof(double));
	assert_memory_equal(a->max_abs, b->max_abs, square * sizeof(double));
	assert_memory_equal(a->nonfinite, b->nonfinite, a->k * sizeof(uint64_t));
	assert_memory_equal(a->stats, b->stats, a->k * sizeof(struct ladle_stats));
}

static void
figures_do_not_depend_on_threads(void **state)
{
	static const uint32_t columns[] = {1, 2, 3, K};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct ladle_measurement *one;

		make_table(columns[i]);
		one = fake_measure(&fake, 1, LADLE_MEASURE_STATS);
		for (int threads = 2; threads <= 8; threads *= 2) {
			struct ladle_measurement *many =
					fake_measure(&fake, threads, LADLE_MEASURE_STATS);

			for (uint32_t row = 0; row < fake.table.row_count; row++)
				expect_same_figures(
						ladle_figures(one, row), ladle_figures(many, row));
			ladle_measurement_free(many);
		}
		ladle_measurement_free(one);
	}
}

static void
expect_near(double got, long double expected)
{
	if (fabsl((long double)got - expected) > 1e-12L * fabsl(expected))
		fail_msg("%.17g is not %.17Lg", got, expected);
}

static void
many_blocks_give_the_obvious_sums(void **state)
{
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures;

	(void)state;
	make_table(K);
	measurement = fake_measure(&fake, 2, LADLE_MEASURE_STATS);
	figures = ladle_figures(measurement, 0);
	for (int j = 0; j < K; j++) {
		long double dot = 0, distance2 = 0, sum = 0, largest = 0;

		for (int i = 0; i < LARGE; i++) {
			long double d = (long double)numbers[1][i] - (long double)numbers[j][i];

			dot += (long double)numbers[1][i] * (long double)numbers[j][i];
			distance2 += d * d;
			largest = fmaxl(largest, fabsl(d));
			sum += (long double)numbers[j][i];
		}
		/* A dot product of unrelated tensors is small beside their norms. */
		assert_true(fabsl((long double)figures->gram[K + j] - dot) < 1e-12L * LARGE);
		expect_near(figures->l2[K + j], sqrtl(distance2));
		assert_true((long double)figures->max_abs[K + j] == largest);
		assert_true(fabsl((long double)figures->stats[j].mean - sum / LARGE) < 1e-15L);
	}
	ladle_measurement_free(measurement);
}

static void
rows_without_elements_are_alike(void **state)
{
	static const double w[] = {1, 1};
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures;

	(void)state;
	make_table(2);
	measurement = fake_measure(&fake, 2, LADLE_MEASURE_STATS);
	figures = ladle_figures(measurement, 4);
	assert_non_null(figures);
	assert_true(figures->gram[1] == 0 && figures->l2[1] == 0);
	assert_true(ladle_identical(figures, 0, 1));
	assert_true(ladle_keep(figures, w) == 1);
	assert_true(isnan(figures->stats[0].min) && isnan(figures->stats[0].mean));
	assert_true(isnan(figures->stats[0].sd));
	ladle_measurement_free(measurement);
}

/* Column 1 lacks the row, column 2 has another shape. */
static void
columns_that_do_not_fit_are_nan(void **state)
{
	const void *const data[] = {numbers[0], NULL, numbers[2], numbers[3]};
	static const double w[] = {1, 0, 0, 1}, wrong[] = {1, 1, 0, 0};
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures;

	(void)state;
	fake_init(&fake, 4);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT32, 2, 100, data);
	static const uint64_t other[] = {1, 100};
	fake.tensor[2][0].shape = other;
	measurement = fake_measure(&fake, 2, LADLE_MEASURE_STATS);
	figures = ladle_figures(measurement, 0);
	for (int k = 0; k < 4; k++)
		for (int bad = 1; bad <= 2; bad++) {
			assert_true(isnan(figures->gram[bad * 4 + k]));
			assert_true(isnan(figures->gram[k * 4 + bad]));
			assert_true(isnan(figures->l2[k * 4 + bad]));
			assert_true(isnan(figures->max_abs[bad * 4 + k]));
		}
	assert_true(isnan(figures->stats[1].norm));
	assert_true(figures->gram[3] == figures->gram[12] && !isnan(figures->gram[3]));
	assert_false(isnan(ladle_keep(figures, w)));
	assert_true(isnan(ladle_keep(figures, wrong)));
	assert_false(ladle_identical(figures, 0, 1));
	ladle_measurement_free(measurement);
}

static void
nan_and_infinity_are_counted_and_left_out(void **state)
{
	float spoiled[100];
	const void *const data[] = {numbers[0], spoiled};
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures;
	long double dot = 0;

	(void)state;
	memcpy(spoiled, numbers[0], sizeof(spoiled));
	spoiled[3] = NAN;
	spoiled[50] = INFINITY;
	spoiled[51] = -INFINITY;
	for (int i = 0; i < 100; i++)
		if (isfinite(spoiled[i]))
			dot += (long double)spoiled[i] * (long double)spoiled[i];
	fake_init(&fake, 2);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT32, 2, 100, data);
	measurement = fake_measure(&fake, 1, LADLE_MEASURE_STATS);
	figures = ladle_figures(measurement, 0);
	assert_true(figures->nonfinite[0] == 0 && figures->nonfinite[1] == 3);
	expect_near(figures->gram[1], dot);
	assert_true(figures->l2[1] == 0 && figures->max_abs[1] == 0);
	assert_false(ladle_identical(figures, 0, 1));
	assert_true(figures->stats[1].nan == 1 && figures->stats[1].inf == 2);
	assert_true(figures->stats[0].nan == 0 && figures->stats[0].inf == 0);
	ladle_measurement_free(measurement);
}

/* 1.5, -2 and 4 in every type that holds them. */
static void
types_are_measured_together(void **state)
{
	static const uint16_t half[] = {0x3e00, 0xc000, 0x4400}, brain[] = {0x3fc0, 0xc000, 0x4080};
	static const float single[] = {1.5f, -2, 4};
	static const double wide[] = {1.5, -2, 4};
	static const enum ladle_dtype dtypes[] = {
			LADLE_FLOAT16, LADLE_BFLOAT16, LADLE_FLOAT32, LADLE_FLOAT64};
	const void *const data[] = {half, brain, single, wide};
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures;

	(void)state;
	fake_init(&fake, 4);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT16, 2, 3, data);
	for (int k = 0; k < 4; k++)
		fake.tensor[k][0].dtype = dtypes[k];
	measurement = fake_measure(&fake, 1, LADLE_MEASURE_STATS);
	figures = ladle_figures(measurement, 0);
	for (int i = 0; i < 16; i++)
		assert_true(figures->gram[i] == 22.25 && figures->l2[i] == 0);
	for (int k = 0; k < 4; k++) {
		assert_true(figures->stats[k].min == -2 && figures->stats[k].max == 4);
		expect_near(figures->stats[k].norm, sqrtl(22.25L));
	}
	ladle_measurement_free(measurement);
}

/* 2^53 and 2^53 + 1 are one double; the bytes tell them apart, in whichever block they are. */
static void
wide_integers_are_compared_by_bytes(void **state)
{
	static int64_t a[PLAN_BLOCK + 2], b[PLAN_BLOCK + 2], c[PLAN_BLOCK + 2];
	const void *const data[] = {a, b, c};
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures;

	(void)state;
	a[PLAN_BLOCK] = b[PLAN_BLOCK] = c[PLAN_BLOCK] = INT64_C(1) << 53;
	c[PLAN_BLOCK]++;
	fake_init(&fake, 3);
	fake_row(&fake, "counter/count", LADLE_INT64, 1, PLAN_BLOCK + 2, data);
	measurement = fake_measure(&fake, 1, 0);
	figures = ladle_figures(measurement, 0);
	assert_true(ladle_identical(figures, 0, 1));
	assert_false(ladle_identical(figures, 0, 2));
	ladle_measurement_free(measurement);
}

static void
integers_of_two_widths_are_compared_by_value(void **state)
{
	static const int64_t wide[] = {5, -1};
	static const int32_t word[] = {5, -1};
	const void *const data[] = {wide, word};
	struct ladle_measurement *measurement;

	(void)state;
	fake_init(&fake, 2);
	fake_row(&fake, "counter/count", LADLE_INT64, 1, 2, data);
	fake.tensor[1][0].dtype = LADLE_INT32;
	measurement = fake_measure(&fake, 1, 0);
	assert_true(ladle_identical(ladle_figures(measurement, 0), 0, 1));
	ladle_measurement_free(measurement);
}

static void
texts_have_no_figures(void **state)
{
	const void *const data[] = {"a", "a"};
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures;

	(void)state;
	fake_init(&fake, 2);
	fake_row(&fake, "lookup/table", LADLE_STRING, 1, 1, data);
	measurement = fake_measure(&fake, 1, 0);
	figures = ladle_figures(measurement, 0);
	assert_non_null(figures);
	assert_true(isnan(figures->gram[0]) && isnan(figures->max_abs[1]));
	ladle_measurement_free(measurement);
}

/* ---- what may go wrong ---------------------------------------------------------------------- */

struct watch {
	struct ladle_job *job;
	atomic_uint rows[FAKE_ROWS], blocks;
	unsigned cancel_after;
};

static void
see_row(uint32_t row, void *arg)
{
	struct watch *watch = arg;

	atomic_fetch_add(&watch->rows[row], 1);
}

/* The third block of column 1's first row cannot be read. */
static enum ladle_status
read_badly(const struct ladle_checkpoint *checkpoint, const struct ladle_tensor *tensor,
		uint64_t first, uint64_t count, void *dst, struct ladle_error *err)
{
	if (tensor == &fake.tensor[1][0] && first == 2 * PLAN_BLOCK)
		return ladle_fail(err, LADLE_E_INPUT, checkpoint->path, "%s: is cut off",
				checkpoint->path);
	return fake_read(checkpoint, tensor, first, count, dst, err);
}

static enum ladle_status
run(struct pass *pass, int threads, struct ladle_job *job, struct ladle_error *err)
{
	const struct ladle_options options = {.threads = threads, .no_sandbox = true};
	struct ladle *library;
	struct plan plan;
	enum ladle_status status;

	assert_int_equal(ladle_open(&library, &options, NULL), LADLE_OK);
	assert_int_equal(plan_make(&plan, &fake.table, NULL, NULL, NULL), LADLE_OK);
	pass->table = &fake.table;
	pass->plan = &plan;
	status = pass_run(library, pass, job, err);
	plan_done(&plan);
	ladle_close(library);
	return status;
}

static void
a_row_that_fails_leaves_the_others(void **state)
{
	struct watch watch = {.job = NULL};
	struct pass pass = {.read = read_badly, .on_row = see_row, .arg = &watch};
	struct ladle_error err;

	(void)state;
	make_table(2);
	assert_int_equal(ladle_measurement_new(&pass.measurement, &fake.table, 0, NULL), LADLE_OK);
	assert_int_equal(run(&pass, 2, NULL, &err), LADLE_E_INPUT);
	assert_string_equal(err.text, "B.h5: is cut off");
	assert_string_equal(err.path, "B.h5");
	assert_null(ladle_figures(pass.measurement, 0));
	assert_int_equal(atomic_load(&watch.rows[0]), 0);
	for (uint32_t row = 1; row < fake.table.row_count; row++) {
		assert_non_null(ladle_figures(pass.measurement, row));
		assert_int_equal(atomic_load(&watch.rows[row]), 1);
	}
	ladle_measurement_free(pass.measurement);
}

static void
progress_ends_at_its_total(void **state)
{
	struct ladle_job *job = ladle_job_new();
	struct pass pass = {.read = fake_read};
	uint64_t done, total, expected = 0;

	(void)state;
	make_table(2);
	for (uint32_t row = 0; row < fake.table.row_count; row++)
		expected += 2 * sizeof(float) * fake.table.rows[row].count;
	assert_int_equal(ladle_measurement_new(&pass.measurement, &fake.table, 0, NULL), LADLE_OK);
	assert_int_equal(run(&pass, 2, job, NULL), LADLE_OK);
	ladle_job_progress(job, &done, &total);
	assert_true(done == expected && total == expected);
	ladle_measurement_free(pass.measurement);
	ladle_job_free(job);
}

static enum ladle_status
count_and_cancel(const struct block *block, int worker, void *arg, struct ladle_error *err)
{
	struct watch *watch = arg;

	(void)block;
	(void)worker;
	(void)err;
	if (atomic_fetch_add(&watch->blocks, 1) + 1 == watch->cancel_after)
		ladle_job_cancel(watch->job);
	return LADLE_OK;
}

static void
cancel_is_looked_at_once_a_block(void **state)
{
	struct watch watch = {.job = ladle_job_new(), .cancel_after = 3};
	struct pass pass = {.read = fake_read, .sink = count_and_cancel, .arg = &watch};
	struct ladle_error err;

	(void)state;
	make_table(2);
	assert_int_equal(ladle_measurement_new(&pass.measurement, &fake.table, 0, NULL), LADLE_OK);
	assert_int_equal(run(&pass, 1, watch.job, &err), LADLE_E_CANCELED);
	assert_int_equal(err.status, LADLE_E_CANCELED);
	assert_int_equal(atomic_load(&watch.blocks), 3);
	ladle_measurement_free(pass.measurement);
	ladle_job_free(watch.job);
}

static enum ladle_status
refuse(const struct block *block, int worker, void *arg, struct ladle_error *err)
{
	(void)worker;
	(void)arg;
	if (block->piece->row != 3)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_OUTPUT, "out.h5", "out.h5: disk full");
}

static void
a_sink_that_fails_stops_the_pass(void **state)
{
	struct pass pass = {.read = fake_read, .sink = refuse};
	struct ladle_error err;

	(void)state;
	make_table(2);
	assert_int_equal(run(&pass, 2, NULL, &err), LADLE_E_OUTPUT);
	assert_string_equal(err.text, "out.h5: disk full");
}

static bool
only_the_second(uint32_t row, uint32_t column, void *arg)
{
	(void)row;
	(void)arg;
	return column == 1;
}

static enum ladle_status
expect_second(const struct block *block, int worker, void *arg, struct ladle_error *err)
{
	const struct piece *piece = block->piece;

	(void)worker;
	(void)arg;
	(void)err;
	assert_null(block->data[0]);
	assert_int_equal(block->k, 3);
	assert_int_equal(block->dtype, LADLE_FLOAT32);
	if (piece->count)
		assert_memory_equal(block->data[1], numbers[1] + piece->first,
				piece->count * sizeof(float));
	return LADLE_OK;
}

static void
inputs_that_nobody_needs_are_not_read(void **state)
{
	struct pass pass = {.read = fake_read, .needs = only_the_second, .sink = expect_second};

	(void)state;
	make_table(3);
	assert_int_equal(run(&pass, 1, NULL, NULL), LADLE_OK);
}

/* A second run over the same measurement does only what is missing. */
static void
measured_rows_stay_as_they_are(void **state)
{
	struct pass pass = {.read = read_badly};
	const struct ladle_figures *before;

	(void)state;
	make_table(2);
	assert_int_equal(ladle_measurement_new(&pass.measurement, &fake.table, 0, NULL), LADLE_OK);
	run(&pass, 2, NULL, NULL);
	before = ladle_figures(pass.measurement, 3);
	pass.read = fake_read;
	assert_int_equal(run(&pass, 2, NULL, NULL), LADLE_OK);
	assert_non_null(ladle_figures(pass.measurement, 0));
	assert_ptr_equal(ladle_figures(pass.measurement, 3), before);
	ladle_measurement_free(pass.measurement);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(figures_do_not_depend_on_threads),
			cmocka_unit_test(many_blocks_give_the_obvious_sums),
			cmocka_unit_test(rows_without_elements_are_alike),
			cmocka_unit_test(columns_that_do_not_fit_are_nan),
			cmocka_unit_test(nan_and_infinity_are_counted_and_left_out),
			cmocka_unit_test(types_are_measured_together),
			cmocka_unit_test(wide_integers_are_compared_by_bytes),
			cmocka_unit_test(integers_of_two_widths_are_compared_by_value),
			cmocka_unit_test(texts_have_no_figures),
			cmocka_unit_test(a_row_that_fails_leaves_the_others),
			cmocka_unit_test(progress_ends_at_its_total),
			cmocka_unit_test(cancel_is_looked_at_once_a_block),
			cmocka_unit_test(a_sink_that_fails_stops_the_pass),
			cmocka_unit_test(inputs_that_nobody_needs_are_not_read),
			cmocka_unit_test(measured_rows_stay_as_they_are),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
