#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/dtype.h"
#include "mix/blend.h"
#include "support/fake_table.h"

enum { COUNT = 6, MAX_K = 18, LARGE = 4000 };

static double scratch[PLAN_BLOCK];

static size_t
blend(enum ladle_dtype in, uint32_t k, size_t count, const void *const *data, const double *w,
		double sum, enum ladle_dtype out, void *dst)
{
	const struct piece piece = {.count = count};
	const struct block block = {.piece = &piece, .k = k, .dtype = in, .data = data};

	return blend_block(&block, w, sum, out, dst, scratch);
}

/* numpy.average(t.astype(float64), axis=0, weights=w).astype(t.dtype), numpy 2.4. */
static const double weights[] = {.5, .3, .2}, extrapolating[] = {3, -1, .7};

static const uint32_t single[3][COUNT] = {
		{0xbf4d4b61, 0xbfa98498, 0xbe7e5282, 0x3ed74499, 0x3f9169f9, 0x3de0adc0},
		{0xba10df89, 0xba4db9b8, 0x3a44477a, 0x3ad64637, 0x398f0268, 0xbaa1a7a5},
		{0xc1e5fbd0, 0x42400096, 0x40c2c463, 0xc24fdb2f, 0xc020b25a, 0xc20b964d},
};
static const uint32_t single_average[] = {
		0xc0c4d2b8, 0x410f00d1, 0x3f8bf283, 0xc122e9de, 0x3d87053c, 0xc0dd988e};
static const uint32_t single_extrapolated[] = {
		0xc105810a, 0x412f92f0, 0x3fa69f69, 0xc15016f5, 0x3f1c77c5, 0xc10ecca3};

static const uint64_t wide[3][COUNT] = {
		{0xbfe42320c8f835a5, 0xbfdf3b7cc6ced37d, 0xbfe6d376905eb829, 0x3fe1b546c40f4ad3,
				0xbfb02666fa4167dd, 0xbfe2dc9ef10faf83},
		{0x3f3ad8951179f7de, 0x3f4b3154b3be2675, 0xbf5aeb56e9645e7e, 0xbf30d3377f23a6b5,
				0xbf50118d747861a8, 0xbf26b2200e4abcdd},
		{0xc043575e346e5b60, 0x3fe3dcdf097f7ecb, 0xbff22f665d311e77, 0xc02242a0bb164b4f,
				0xc03f701357db174d, 0xc027c57bc51666e4},
};
static const uint64_t wide_average[] = {0xc0201a2114ad004b, 0xbfbe9edd7ecc36d0, 0xbfe2b3ededb2d0ec,
		0xbff8ca66a35d6e76, 0xc019470fcee45e1d, 0xc00560121e5a5967};
static const uint64_t wide_extrapolated[] = {0xc02574d31da64005, 0xbfd86c4f88d7f263,
		0xbff162d4d6d669a8, 0xbffc08a5e79a8135, 0xc02070c776170b71, 0xc00de40623e75b9c};

static const uint16_t half[3][COUNT] = {
		{0xbc5e, 0xbd6c, 0x3331, 0xbc70, 0x3cae, 0x39bc},
		{0x9817, 0x0c75, 0x9483, 0x022b, 0x02dc, 0x9813},
		{0xc701, 0xc7ac, 0x4f37, 0xd06e, 0x4d89, 0xd01f},
};
static const uint16_t half_average[] = {0xbfca, 0xc06d, 0x45e2, 0xc7a4, 0x4503, 0xc63c};
static const uint16_t half_extrapolated[] = {0xc20e, 0xc2fe, 0x47bb, 0xc936, 0x470a, 0xc7c0};

static double
sum_in_order(const double *w, uint32_t k)
{
	double sum = 0;

	for (uint32_t i = 0; i < k; i++)
		sum += w[i];
	return sum;
}

static void
averages_are_numpy_s_bits(void **state)
{
	const void *const singles[] = {single[0], single[1], single[2]};
	const void *const wides[] = {wide[0], wide[1], wide[2]};
	double halves[3][COUNT];
	const void *const widened[] = {halves[0], halves[1], halves[2]};
	const struct {
		enum ladle_dtype in, out;
		const void *const *data;
		const void *expected[2];
	} table[] = {
			{LADLE_FLOAT32, LADLE_FLOAT32, singles,
					{single_average, single_extrapolated}},
			{LADLE_FLOAT64, LADLE_FLOAT64, wides, {wide_average, wide_extrapolated}},
			{LADLE_FLOAT64, LADLE_FLOAT16, widened, {half_average, half_extrapolated}},
	};
	const double *const w[] = {weights, extrapolating};

	(void)state;
	for (int k = 0; k < 3; k++)
		dtype_to_double(LADLE_FLOAT16, half[k], halves[k], COUNT);
	for (size_t i = 0; i < 3; i++)
		for (int j = 0; j < 2; j++) {
			double out[COUNT];

			blend(table[i].in, 3, COUNT, table[i].data, w[j], sum_in_order(w[j], 3),
					table[i].out, out);
			assert_memory_equal(out, table[i].expected[j],
					COUNT * dtype_size(table[i].out));
		}
}

/* What one element is: each operation rounded once, in the order of the checkpoints. */
static double
obvious(const double *t, const double *w, uint32_t k, double by)
{
	volatile double sum = 0, product;
	bool first = true;

	for (uint32_t i = 0; i < k; i++) {
		if (w[i] == 0)
			continue;
		product = w[i] * t[i];
		sum = first ? product : sum + product;
		first = false;
	}
	return sum / by;
}

static void
expect_obvious(uint32_t k, size_t count, const double *w, double by)
{
	static float data[MAX_K][LARGE], out[LARGE];
	const void *pointers[MAX_K];
	uint64_t seed = k + count;

	for (uint32_t i = 0; i < k; i++) {
		pointers[i] = data[i];
		for (size_t at = 0; at < count; at++)
			data[i][at] = (float)fake_random(&seed);
	}
	blend(LADLE_FLOAT32, k, count, pointers, w, by, LADLE_FLOAT32, out);
	for (size_t at = 0; at < count; at++) {
		double t[MAX_K];
		float expected;

		for (uint32_t i = 0; i < k; i++)
			t[i] = (double)data[i][at];
		expected = (float)obvious(t, w, k, by);
		assert_memory_equal(&out[at], &expected, sizeof(expected));
	}
}

static void
any_number_of_models_and_elements(void **state)
{
	static const size_t counts[] = {0, 1, 3, 1023, 1024, 1025, LARGE};
	double w[MAX_K];
	uint64_t seed = 4;

	(void)state;
	for (uint32_t k = 1; k <= MAX_K; k++) {
		for (uint32_t i = 0; i < k; i++)
			w[i] = i % 5 == 3 ? 0 : fake_random(&seed) + 1.5;
		for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
			expect_obvious(k, counts[c], w, sum_in_order(w, k) * 1.25);
	}
}

/* A power of two is divided by with a product. */
static void
divisors_of_every_kind_round_alike(void **state)
{
	static const double divisors[] = {
			1, 2, .5, 4, 3, 1e-3, 0x1p-1000, 0x1p1000, 0x1p-1074, 0x1p1023, -2, -3};
	static const double w[] = {.7, .9};

	(void)state;
	for (size_t i = 0; i < sizeof(divisors) / sizeof(divisors[0]); i++)
		expect_obvious(2, 100, w, divisors[i]);
}

static void
identical_floats_stay_as_they_are(void **state)
{
	static float data[LARGE], out[LARGE];
	const void *pointers[MAX_K];
	double w[MAX_K];
	uint64_t seed = 11;

	(void)state;
	for (int i = 0; i < LARGE; i++)
		data[i] = (float)fake_random(&seed);
	data[0] = -0.f;
	data[1] = 1e-45f;
	data[2] = 3.4028235e38f;
	for (uint32_t k = 1; k <= MAX_K; k++) {
		for (uint32_t i = 0; i < k; i++) {
			pointers[i] = data;
			w[i] = fake_random(&seed) + 2;
		}
		assert_int_equal(blend(LADLE_FLOAT32, k, LARGE, pointers, w, sum_in_order(w, k),
						 LADLE_FLOAT32, out),
				0);
		assert_memory_equal(out, data, sizeof(data));
	}
}

static void
columns_without_weight_take_no_part(void **state)
{
	static const float spoiled[] = {NAN, INFINITY, -0.f}, good[] = {1.1f, -0.f, 3};
	const void *const data[] = {spoiled, good, NULL};
	static const double w[] = {0, .3, 0};
	float out[3];

	(void)state;
	assert_int_equal(blend(LADLE_FLOAT32, 3, 3, data, w, .3, LADLE_FLOAT32, out), 0);
	assert_memory_equal(out, good, sizeof(good));
}

/* .3 t / .3 is not always t. */
static void
one_model_alone_is_itself_in_any_type(void **state)
{
	static double t[LARGE], out[LARGE];
	static uint16_t halves[LARGE], expected[LARGE];
	const void *const data[] = {t};
	static const double w[] = {.3};
	uint64_t seed = 12;
	int changed = 0;

	(void)state;
	for (int i = 0; i < LARGE; i++) {
		t[i] = fake_random(&seed);
		changed += obvious(&t[i], w, 1, .3) != t[i];
	}
	assert_true(changed > 0);
	blend(LADLE_FLOAT64, 1, LARGE, data, w, .3, LADLE_FLOAT64, out);
	assert_memory_equal(out, t, sizeof(t));
	dtype_from_double(LADLE_FLOAT16, t, expected, LARGE);
	blend(LADLE_FLOAT64, 1, LARGE, data, w, .3, LADLE_FLOAT16, halves);
	assert_memory_equal(halves, expected, sizeof(expected));
}

/* Without normalising, a weight that is not 1 scales. */
static void
one_model_may_be_scaled(void **state)
{
	static const float t[] = {1, -4, .25f}, expected[] = {.5f, -2, .125f};
	const void *const data[] = {t};
	static const double w[] = {.5};
	float out[3];

	(void)state;
	blend(LADLE_FLOAT32, 1, 3, data, w, 1, LADLE_FLOAT32, out);
	assert_memory_equal(out, expected, sizeof(expected));
}

static void
results_that_do_not_fit_are_counted(void **state)
{
	static const double a[] = {60000, 70000, -1e9, 1, 1e300},
			    b[] = {60000, 70000, -1e9, 1, 1e300};
	static const double w[] = {1, 1};
	const void *const data[] = {a, b};
	float single_out[5];
	uint16_t half_out[5];
	double wide_out[5];

	(void)state;
	assert_int_equal(blend(LADLE_FLOAT64, 2, 5, data, w, 2, LADLE_FLOAT16, half_out), 3);
	assert_int_equal(blend(LADLE_FLOAT64, 2, 5, data, w, 2, LADLE_FLOAT32, single_out), 1);
	assert_int_equal(blend(LADLE_FLOAT64, 2, 5, data, w, 2, LADLE_FLOAT64, wide_out), 0);
	assert_int_equal(half_out[1], 0x7c00);
	assert_int_equal(half_out[3], 0x3c00);
}

static void
the_first_bad_value_of_a_model_with_weight_is_found(void **state)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY};
	static double wides[2][LARGE];
	static float singles[2][LARGE];
	const void *const wide_data[] = {wides[0], wides[1]};
	const void *const single_data[] = {singles[0], singles[1]};
	static const double both[] = {1, 1}, first[] = {1, 0};
	static const size_t places[] = {0, 7, 8, 100, LARGE - 1};
	const struct piece piece = {.count = LARGE};
	struct block block = {.piece = &piece, .k = 2};
	uint32_t column = 9;

	(void)state;
	for (int single_in = 0; single_in < 2; single_in++) {
		block.dtype = single_in ? LADLE_FLOAT32 : LADLE_FLOAT64;
		block.data = single_in ? single_data : wide_data;
		assert_true(blend_find_nonfinite(&block, both, &column) == -1);
		for (size_t i = 0; i < 5; i++) {
			wides[1][places[i]] = bad[i % 3];
			singles[1][places[i]] = (float)bad[i % 3];
			assert_true(blend_find_nonfinite(&block, first, &column) == -1);
			assert_true(blend_find_nonfinite(&block, both, &column) ==
					(int64_t)places[i]);
			assert_int_equal(column, 1);
			wides[1][places[i]] = 1e308;
			singles[1][places[i]] = 3e38f;
		}
	}
}

static size_t
repaired(const float *a, const float *b, uint64_t first, size_t count,
		const struct blend_repair *repair, float *dst)
{
	static const double ones[] = {1, 1};
	const void *const data[] = {a, b};
	const struct piece piece = {.first = first, .count = count};
	const struct block block = {.piece = &piece, .k = 2, .dtype = LADLE_FLOAT32, .data = data};

	return blend_repaired(&block, ones, 2, repair, LADLE_FLOAT32, dst, scratch);
}

/* Elements (i * 3 + u) * 2 + j of a 2 x 3 x 2 tensor, from the fifth on. */
static void
units_are_multiplied_before_the_cast(void **state)
{
	static const float a[] = {1, 2, 3, 4, 5, 6, 7, 8}, b[] = {3, 4, 5, 6, 7, 8, 9, 10};
	static const double factors[] = {.5, 3, 1. / 3};
	static const struct blend_repair repair = {.factors = factors, .units = 3, .inside = 2};
	static const float want[] = {(float)(2. * (1. / 3)), 1.5f, 2, 15, 18,
			(float)(7. * (1. / 3)), (float)(8. * (1. / 3)), 4.5f};
	float dst[8];

	(void)state;
	assert_int_equal(repaired(a, b, 5, 8, &repair, dst), 0);
	assert_memory_equal(dst, want, sizeof(want));
}

static void
values_stand_in_place_of_the_average(void **state)
{
	static float a[3 * LARGE], dst[3 * LARGE];
	static double values[3 * LARGE + 7];
	static const struct blend_repair repair = {.values = values};
	static const double too_large[] = {1e39};
	static const struct blend_repair large = {.values = too_large};

	(void)state;
	for (size_t i = 0; i < 3 * LARGE + 7; i++)
		values[i] = 1 / (1 + (double)i);
	assert_int_equal(repaired(a, a, 7, 3 * LARGE, &repair, dst), 0);
	for (size_t i = 0; i < 3 * LARGE; i++)
		assert_true(dst[i] == (float)(1 / (8 + (double)i)));
	assert_int_equal(repaired(a, a, 0, 1, &large, dst), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(units_are_multiplied_before_the_cast),
			cmocka_unit_test(values_stand_in_place_of_the_average),
			cmocka_unit_test(averages_are_numpy_s_bits),
			cmocka_unit_test(any_number_of_models_and_elements),
			cmocka_unit_test(divisors_of_every_kind_round_alike),
			cmocka_unit_test(identical_floats_stay_as_they_are),
			cmocka_unit_test(columns_without_weight_take_no_part),
			cmocka_unit_test(one_model_alone_is_itself_in_any_type),
			cmocka_unit_test(one_model_may_be_scaled),
			cmocka_unit_test(results_that_do_not_fit_are_counted),
			cmocka_unit_test(the_first_bad_value_of_a_model_with_weight_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
