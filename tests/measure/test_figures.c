#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/fake_table.h"

enum { K = 3, COUNT = 4 };

static const double values[K][COUNT] = {{1, 2, 2, 0}, {2, -1, 0, 2}, {0, 0, 0, 0}};
static const void *const data[K] = {values[0], values[1], values[2]};

/* Figures of one row of three tensors: (1 2 2 0), (2 -1 0 2), 0. Norms 3, 3, 0; the dot product of
 * the first two is 0. */
static const struct ladle_figures *
figures_of(struct ladle_measurement **measurement)
{
	static struct fake fake;

	fake_init(&fake, K);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT64, 2, COUNT, data);
	*measurement = fake_measure(&fake, 1, 0);
	return ladle_figures(*measurement, 0);
}

static bool
near(double got, double expected)
{
	return fabs(got - expected) <= 1e-15 * (1 + fabs(expected));
}

static void
matrices_are_as_by_hand(void **state)
{
	static const double gram[K][K] = {{9, 0, 0}, {0, 9, 0}, {0, 0, 0}};
	static const double distance2[K][K] = {{0, 18, 9}, {18, 0, 9}, {9, 9, 0}};
	static const double max_abs[K][K] = {{0, 3, 2}, {3, 0, 2}, {2, 2, 0}};
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures = figures_of(&measurement);

	(void)state;
	assert_int_equal(figures->k, K);
	assert_null(figures->stats);
	for (int i = 0; i < K; i++) {
		assert_true(figures->nonfinite[i] == 0);
		for (int j = 0; j < K; j++) {
			assert_true(figures->gram[i * K + j] == gram[i][j]);
			assert_true(near(figures->l2[i * K + j], sqrt(distance2[i][j])));
			assert_true(figures->max_abs[i * K + j] == max_abs[i][j]);
		}
	}
	ladle_measurement_free(measurement);
}

static void
keep_is_the_length_that_survives(void **state)
{
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures = figures_of(&measurement);
	const struct {
		double w[K], keep, floor;
	} table[] = {
			{{1, 0, 0}, 1, 1},
			{{1, 1, 0}, M_SQRT1_2, M_SQRT1_2}, /* orthogonal, equal norms */
			{{5, 5, 0}, M_SQRT1_2, M_SQRT1_2}, /* any scale */
			{{3, 4, 0}, 5. / 7, 5. / 7}, {{1, -1, 0}, M_SQRT1_2, M_SQRT1_2},
			{{0, 0, 1}, 1, 1}, /* a zero tensor keeps what it has */
			{{1, 1, 1}, M_SQRT1_2, 0.57735026918962576}, /* 1 / sqrt 3 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_true(near(ladle_keep(figures, table[i].w), table[i].keep));
		assert_true(near(ladle_floor(table[i].w, K), table[i].floor));
	}
	ladle_measurement_free(measurement);
}

static void
cosines_and_relative_distances(void **state)
{
	static const double both[K] = {1, 1, 0}, first[K] = {2, 0, 0}, none[K] = {0};
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures = figures_of(&measurement);

	(void)state;
	assert_true(near(ladle_norm(figures, 0), 3));
	assert_true(ladle_norm(figures, 2) == 0);
	assert_true(ladle_cosine(figures, 0, 0) == 1);
	assert_true(ladle_cosine(figures, 0, 1) == 0);
	assert_true(isnan(ladle_cosine(figures, 0, 2)));
	assert_true(near(ladle_cosine_mix(figures, both, 0), M_SQRT1_2));
	assert_true(near(ladle_cosine_mix(figures, first, 0), 1));
	assert_true(ladle_cosine_mix(figures, first, 1) == 0);
	assert_true(isnan(ladle_cosine_mix(figures, none, 0)));
	assert_true(near(ladle_relative_l2(figures, 0, 1), M_SQRT2));
	assert_true(ladle_relative_l2(figures, 2, 2) == 0);
	assert_true(isinf(ladle_relative_l2(figures, 0, 2)));
	assert_true(ladle_identical(figures, 2, 2));
	assert_false(ladle_identical(figures, 0, 1));
	ladle_measurement_free(measurement);
}

/* Zero tensors beside others, whose norm must not come out as NaN or a small number. */
static void
zero_tensors_have_norm_zero(void **state)
{
	static double random[2][1000], zero[1000];
	const void *const rows[] = {random[0], zero, random[1], zero};
	static struct fake fake;
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures;
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 2000; i++)
		random[i / 1000][i % 1000] = fake_random(&seed);
	fake_init(&fake, 4);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT64, 2, 1000, rows);
	measurement = fake_measure(&fake, 1, 0);
	figures = ladle_figures(measurement, 0);
	assert_true(ladle_norm(figures, 1) == 0 && ladle_norm(figures, 3) == 0);
	assert_true(figures->gram[0 * 4 + 1] == 0 && figures->gram[3 * 4 + 2] == 0);
	assert_true(ladle_identical(figures, 1, 3));
	ladle_measurement_free(measurement);
}

/* Opposite and parallel tensors of many elements stay within the limits of a cosine. */
static void
cosines_and_keeps_stay_in_range(void **state)
{
	static double t[3][777];
	const void *const rows[] = {t[0], t[1], t[2]};
	static const double w[] = {.1, .7, .3}, opposite[] = {1. / 3, 0, 1};
	struct ladle_measurement *measurement;
	const struct ladle_figures *figures;
	static struct fake fake;
	uint64_t seed = 9;

	(void)state;
	for (int i = 0; i < 777; i++) {
		t[0][i] = fake_random(&seed);
		t[1][i] = t[0][i] / 3;
		t[2][i] = -t[0][i] / 3;
	}
	fake_init(&fake, 3);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT64, 2, 777, rows);
	measurement = fake_measure(&fake, 1, 0);
	figures = ladle_figures(measurement, 0);
	assert_true(ladle_cosine(figures, 0, 1) <= 1 && ladle_cosine(figures, 0, 1) > 1 - 1e-15);
	assert_true(ladle_cosine(figures, 0, 2) >= -1 && ladle_cosine(figures, 0, 2) < -1 + 1e-15);
	assert_true(near(ladle_keep(figures, w), (.1 + .7 / 3 - .3 / 3) / (.1 + .7 / 3 + .3 / 3)));
	assert_true(ladle_keep(figures, opposite) < 1e-7);
	ladle_measurement_free(measurement);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(matrices_are_as_by_hand),
			cmocka_unit_test(keep_is_the_length_that_survives),
			cmocka_unit_test(cosines_and_relative_distances),
			cmocka_unit_test(zero_tensors_have_norm_zero),
			cmocka_unit_test(cosines_and_keeps_stay_in_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
