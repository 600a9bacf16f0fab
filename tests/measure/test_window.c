#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "measure/values.h"
#include "support/fake_table.h"

static struct fake fake;

static enum ladle_status
see(double *out, const double *w, double sum, const struct ladle_window *window)
{
	const struct ladle_options options = {.threads = 2, .no_sandbox = true};
	struct values_row of = {.table = &fake.table, .mix = {w, sum}, .read = fake_read};
	enum ladle_status status;

	assert_int_equal(ladle_open(&of.library, &options, NULL), LADLE_OK);
	status = window_make(out, &of, window, NULL);
	ladle_close(of.library);
	return status;
}

static void
make_row(const char *class_name, int rank, const uint64_t *shape, const void *const *data,
		uint32_t columns)
{
	uint64_t count = 1;

	for (int i = 0; i < rank; i++)
		count *= shape[i];
	fake_init(&fake, columns);
	fake_layer(&fake, "layer", class_name, LADLE_NONE);
	fake_row(&fake, "layer/kernel", LADLE_FLOAT32, rank, count, data);
	fake.row[0].shape = shape;
	for (uint32_t k = 0; k < columns; k++)
		fake.tensor[k][0].shape = shape;
}

/*  1  2  3  4      columns 0 | 1, 2 | 3 in three cells where four are cut
 *  5  6  7  8
 *  9 10 11 12  */
static void
a_cell_is_the_mean_of_its_numbers(void **state)
{
	static const float a[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	static const float b[] = {1, 1, 1, 1, 1, 1, NAN, 1, 1, 1, 1, 1};
	static const uint64_t shape[] = {3, 4};
	static const double w[] = {1, 3};
	const void *const data[] = {a, b};
	const struct ladle_window all = {0, 0, 3, 4, 3, 4}, part = {1, 0, 2, 4, 1, 3};
	double out[3 * 12];

	(void)state;
	make_row("Dense", 2, shape, data, 2);
	assert_int_equal(see(out, w, 4, &all), LADLE_OK);
	for (int i = 0; i < 12; i++)
		assert_true(out[i] == (double)a[i]);
	assert_true(isnan(out[12 + 6]) && isnan(out[24 + 6]) && out[24 + 7] == 11. / 4);
	assert_int_equal(see(out, w, 4, &part), LADLE_OK);
	assert_true(out[0] == 7 && out[1] == 8 && out[2] == 9.5); /* cells begin at 0, 1, 2 */
	assert_true(out[3] == 1 && out[4] == 1 && isnan(out[5]));
}

static void
what_is_not_there_is_nan(void **state)
{
	static const float a[] = {1, 2};
	static const uint64_t shape[] = {2};
	static const double w[] = {1, 1};
	const void *const data[] = {a, NULL};
	const struct ladle_window all = {0, 0, 1, 2, 1, 2}, outside = {0, 1, 1, 2, 1, 2},
				  fine = {0, 0, 1, 2, 1, 3};
	double out[9];

	(void)state;
	make_row("Dense", 1, shape, data, 2);
	assert_int_equal(see(out, w, 2, &all), LADLE_OK);
	assert_true(out[0] == 1 && out[1] == 2);
	for (int i = 2; i < 6; i++)
		assert_true(isnan(out[i]));
	assert_int_equal(see(out, w, 2, &outside), LADLE_E_USAGE);
	assert_int_equal(see(out, w, 2, &fine), LADLE_E_USAGE);
}

/* Filters of 2 x 3, 2 inputs, 2 outputs: the numbers say where they are, as 1yxio. */
static void
filters_are_tiles(void **state)
{
	static const uint64_t shape[] = {2, 3, 2, 2};
	static const int expected[4][6] = {
			{10000, 10100, 10200, 10001, 10101, 10201},
			{11000, 11100, 11200, 11001, 11101, 11201},
			{10010, 10110, 10210, 10011, 10111, 10211},
			{11010, 11110, 11210, 11011, 11111, 11211},
	};
	const struct ladle_window all = {0, 0, 4, 6, 4, 6};
	float numbers[24];
	const void *const data[] = {numbers};
	double out[2 * 24];

	(void)state;
	for (int i = 0; i < 24; i++)
		numbers[i] = (float)(10000 + i / 12 * 1000 + i / 4 % 3 * 100 + i / 2 % 2 * 10 +
				     i % 2);
	make_row("Conv2D", 4, shape, data, 1);
	assert_int_equal(see(out, NULL, 0, &all), LADLE_OK);
	struct ladle_matrix matrix = ladle_row_matrix(&fake.table, 0);
	assert_true(matrix.height == 4 && matrix.width == 6);
	assert_true(matrix.tile_height == 2 && matrix.tile_width == 3);
	for (uint64_t row = 0; row < 4; row++)
		for (uint64_t column = 0; column < 6; column++) {
			assert_int_equal((int)out[row * 6 + column], expected[row][column]);
			assert_int_equal((int)numbers[ladle_matrix_element(&matrix, row, column)],
					expected[row][column]);
		}
}

static void
matrices_are_as_stated(void **state)
{
	static const struct {
		const char *class_name;
		int rank;
		uint64_t shape[5], height, width, tile_height, tile_width;
	} cases[] = {
			{"Dense", 0, {0}, 1, 1, 1, 1},
			{"Dense", 1, {7}, 1, 7, 1, 1},
			{"Dense", 2, {3, 5}, 3, 5, 1, 1},
			{"EinsumDense", 3, {4, 2, 8}, 4, 16, 1, 1},
			{"Conv1D", 3, {5, 4, 8}, 20, 8, 5, 1},
			{"Conv2D", 4, {3, 2, 4, 8}, 12, 16, 3, 2},
			{"Conv3D", 5, {2, 3, 4, 5, 6}, 30, 24, 6, 4},
	};
	static const float none[720];
	const void *const data[] = {none};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_row(cases[i].class_name, cases[i].rank, cases[i].shape, data, 1);
		struct ladle_matrix matrix = ladle_row_matrix(&fake.table, 0);
		assert_int_equal(matrix.height, cases[i].height);
		assert_int_equal(matrix.width, cases[i].width);
		assert_int_equal(matrix.tile_height, cases[i].tile_height);
		assert_int_equal(matrix.tile_width, cases[i].tile_width);
	}
}

/* What numpy says of sample-data/seed11, 12, 13 and their average by .5, .3, .2: cells 0, 1, 2 and
 * the last of conv_b/kernel.transpose(2, 0, 3, 1).reshape(48, 72)[3:23, 6:36] cut into 4 x 7, and
 * cells 0, 7 and the last of hidden/kernel[100:384, 1:32] cut into 9 x 5. */
static const double numpy_filters[4][4] = {
		{-0.04325778137426824, 0.02070060308542452, -0.019751961379370186,
				-0.035346132218837735},
		{-0.01954170628450811, -0.00958247758098878, -0.02100758170709014,
				0.010019572819583118},
		{-0.08169661057181657, 0.006491950992494821, -0.035692224139347674,
				-0.062133217230439186},
		{-0.04383072468684986, 0.008773948466914589, -0.023316700029681673,
				-0.027093837709631773},
};
static const double numpy_dense[4][3] = {
		{-0.004604783044346879, 0.004190168423368353, 0.004322866598288654},
		{-0.005972273632137966, 0.003925567813591139, 0.007966974840980714},
		{-0.0013225661181989977, -0.00012958124413368446, 0.022585227553658375},
		{-0.004358586835454629, 0.0032468383069347816, 0.009068571262170215},
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
expect_near(double got, double expected)
{
	if (fabs(got - expected) > 1e-15)
		fail_msg("%.17g is not %.17g", got, expected);
}

static void
real_files_are_seen_as_numpy_does(void **state)
{
	static const char *const paths[] = {"sample-data/seed11.keras", "sample-data/seed12.keras",
			"sample-data/seed13.keras"};
	static const double w[] = {.5, .3, .2};
	const struct ladle_options options = {.threads = 2, .no_sandbox = true};
	const struct ladle_window filters = {3, 6, 20, 30, 4, 7}, dense = {100, 1, 284, 31, 9, 5};
	struct ladle_checkpoint *checkpoint[3];
	struct ladle_table *table;
	struct ladle *library;
	double out[4 * 45];

	(void)state;
	assert_int_equal(ladle_open(&library, &options, NULL), LADLE_OK);
	for (int k = 0; k < 3; k++)
		assert_int_equal(ladle_checkpoint_open(&checkpoint[k], library, paths[k], NULL),
				LADLE_OK);
	assert_int_equal(ladle_pair(&table, (void *)checkpoint, 3, NULL), LADLE_OK);
	assert_int_equal(ladle_row_window(out, library, table, row_called(table, "conv_b/kernel"),
					 w, 1, &filters, NULL, NULL),
			LADLE_OK);
	for (int k = 0; k < 4; k++) {
		for (int i = 0; i < 3; i++)
			expect_near(out[k * 28 + i], numpy_filters[k][i]);
		expect_near(out[k * 28 + 27], numpy_filters[k][3]);
	}
	assert_int_equal(ladle_row_window(out, library, table, row_called(table, "hidden/kernel"),
					 w, 1, &dense, NULL, NULL),
			LADLE_OK);
	for (int k = 0; k < 4; k++) {
		expect_near(out[k * 45], numpy_dense[k][0]);
		expect_near(out[k * 45 + 7], numpy_dense[k][1]);
		expect_near(out[k * 45 + 44], numpy_dense[k][2]);
	}
	ladle_table_free(table);
	for (int k = 0; k < 3; k++)
		ladle_checkpoint_close(checkpoint[k]);
	ladle_close(library);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_cell_is_the_mean_of_its_numbers),
			cmocka_unit_test(what_is_not_there_is_nan),
			cmocka_unit_test(filters_are_tiles),
			cmocka_unit_test(matrices_are_as_stated),
			cmocka_unit_test(real_files_are_seen_as_numpy_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
