#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/dtype.h"

/* A 16-bit float, by the definition of IEEE 754: bits of the exponent and of the mantissa. */
struct layout {
	enum ladle_dtype dtype;
	int exponent, mantissa;
};

static const struct layout layouts[] = {{LADLE_FLOAT16, 5, 10}, {LADLE_BFLOAT16, 8, 7}};

enum { ALL = 65536, LAYOUTS = sizeof(layouts) / sizeof(layouts[0]) };

static double
value_of(const struct layout *layout, uint16_t bits)
{
	int mantissa = bits & ((1 << layout->mantissa) - 1);
	int exponent = bits >> layout->mantissa & ((1 << layout->exponent) - 1);
	int bias = (1 << (layout->exponent - 1)) - 1;
	double sign = bits & 0x8000 ? -1 : 1;

	if (exponent == (1 << layout->exponent) - 1)
		return mantissa ? (double)NAN : sign * (double)INFINITY;
	if (!exponent)
		return sign * ldexp(mantissa, 1 - bias - layout->mantissa);
	return sign * ldexp(mantissa + (1 << layout->mantissa), exponent - bias - layout->mantissa);
}

static uint16_t
infinity_of(const struct layout *layout)
{
	return (uint16_t)(((1 << layout->exponent) - 1) << layout->mantissa);
}

/* The nearest of all values, ties to the even one, found by looking at them. The value after the
 * largest finite one stands for infinity. */
static uint16_t
nearest_of(const struct layout *layout, double value)
{
	int low = 0, high = infinity_of(layout);
	double size = fabs(value), below, above;
	uint16_t sign = signbit(value) ? 0x8000 : 0;

	while (high - low > 1) {
		int middle = (low + high) / 2;

		*(value_of(layout, (uint16_t)middle) <= size ? &low : &high) = middle;
	}
	below = value_of(layout, (uint16_t)low);
	above = high < infinity_of(layout) ? value_of(layout, (uint16_t)high)
					   : 2 * below - value_of(layout, (uint16_t)(low - 1));
	if (size - below > above - size || (size - below == above - size && low % 2))
		low = high;
	return (uint16_t)(sign | low);
}

static void
every_half_widens_by_definition(void **state)
{
	(void)state;
	for (int l = 0; l < LAYOUTS; l++) {
		for (int i = 0; i < ALL; i++) {
			uint16_t bits = (uint16_t)i;
			double got, expected = value_of(&layouts[l], bits);

			dtype_to_double(layouts[l].dtype, &bits, &got, 1);
			if (isnan(expected) ? !isnan(got) : memcmp(&got, &expected, sizeof(got)))
				fail_msg("%s %04x is %a, not %a",
						ladle_dtype_name(layouts[l].dtype), bits, got,
						expected);
		}
	}
}

static void
every_half_comes_back(void **state)
{
	(void)state;
	for (int l = 0; l < LAYOUTS; l++) {
		for (int i = 0; i < ALL; i++) {
			uint16_t bits = (uint16_t)i, back;
			double value = value_of(&layouts[l], bits);

			assert_int_equal(dtype_from_double(layouts[l].dtype, &value, &back, 1), 0);
			if (isnan(value))
				assert_true((back & 0x7fff) > infinity_of(&layouts[l]));
			else
				assert_int_equal(back, bits);
		}
	}
}

static void
expect_nearest(const struct layout *layout, double value)
{
	uint16_t got, expected;

	/* bfloat16 goes through float32, as ml_dtypes does. */
	expected = nearest_of(
			layout, layout->dtype == LADLE_BFLOAT16 ? (double)(float)value : value);
	dtype_from_double(layout->dtype, &value, &got, 1);
	if (got != expected)
		fail_msg("%a is %04x as %s, not %04x", value, got, ladle_dtype_name(layout->dtype),
				expected);
}

/* At, just below and just above every half-way point, where rounding is decided. */
static void
rounding_is_to_nearest_even(void **state)
{
	(void)state;
	for (int l = 0; l < LAYOUTS; l++) {
		const struct layout *layout = &layouts[l];

		for (int i = 1; i < infinity_of(layout); i++) {
			double below = value_of(layout, (uint16_t)(i - 1));
			double middle = below + (value_of(layout, (uint16_t)i) - below) / 2;

			expect_nearest(layout, middle);
			expect_nearest(layout, -middle);
			expect_nearest(layout, nextafter(middle, 0));
			expect_nearest(layout, nextafter(middle, INFINITY));
			expect_nearest(layout, (double)nextafterf((float)middle, INFINITY));
		}
	}
}

static void
what_does_not_fit_is_counted(void **state)
{
	static const double values[] = {65519.99, 65520, -1e9, INFINITY, NAN, 1e300};
	uint16_t half[6];
	float single[6];

	(void)state;
	assert_int_equal(dtype_from_double(LADLE_FLOAT16, values, half, 6), 3);
	assert_int_equal(half[0], 0x7bff);
	assert_int_equal(half[1], 0x7c00);
	assert_int_equal(half[2], 0xfc00);
	assert_int_equal(half[3], 0x7c00);
	assert_int_equal(dtype_from_double(LADLE_FLOAT32, values, single, 6), 1);
	assert_int_equal(dtype_from_double(LADLE_BFLOAT16, values, half, 6), 1);
}

static void
doubles_pass_unchanged(void **state)
{
	static const double values[] = {-0., 5e-324, 1.7976931348623157e308, .1};
	double out[4];

	(void)state;
	assert_int_equal(dtype_from_double(LADLE_FLOAT64, values, out, 4), 0);
	assert_memory_equal(out, values, sizeof(values));
	dtype_to_double(LADLE_FLOAT64, values, out, 4);
	assert_memory_equal(out, values, sizeof(values));
}

static void
integers_widen_exactly(void **state)
{
	static const int8_t small[] = {-128, 127};
	static const uint8_t bytes[] = {0, 255};
	static const int32_t words[] = {INT32_MIN, INT32_MAX};
	static const uint32_t positive[] = {0, UINT32_MAX};
	static const int64_t wide[] = {-(INT64_C(1) << 53), INT64_C(1) << 53};
	static const struct {
		enum ladle_dtype dtype;
		const void *data;
		double first, second;
	} table[] = {
			{LADLE_INT8, small, -128, 127},
			{LADLE_BOOL, small, -128, 127},
			{LADLE_UINT8, bytes, 0, 255},
			{LADLE_INT32, words, -2147483648., 2147483647.},
			{LADLE_UINT32, positive, 0, 4294967295.},
			{LADLE_INT64, wide, -9007199254740992., 9007199254740992.},
	};
	double out[2];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		dtype_to_double(table[i].dtype, table[i].data, out, 2);
		assert_true(out[0] == table[i].first);
		assert_true(out[1] == table[i].second);
	}
}

static void
swapping_reverses_each_element(void **state)
{
	unsigned char data[] = {1, 2, 3, 4, 5, 6, 7, 8};
	static const unsigned char fours[] = {4, 3, 2, 1, 8, 7, 6, 5};
	static const unsigned char twos[] = {3, 4, 1, 2, 7, 8, 5, 6};

	(void)state;
	dtype_swap(data, 4, 2);
	assert_memory_equal(data, fours, sizeof(data));
	dtype_swap(data, 2, 4);
	assert_memory_equal(data, twos, sizeof(data));
	dtype_swap(data, 1, 8);
	assert_memory_equal(data, twos, sizeof(data));
}

static void
sizes_multiply_without_wrapping(void **state)
{
	uint64_t bytes = 7;

	(void)state;
	assert_true(dtype_bytes(LADLE_FLOAT32, UINT64_MAX / 4, &bytes));
	assert_true(bytes == UINT64_MAX / 4 * 4);
	assert_false(dtype_bytes(LADLE_FLOAT64, UINT64_MAX / 8 + 1, &bytes));
	assert_true(dtype_bytes(LADLE_STRING, UINT64_MAX, &bytes));
	assert_true(bytes == 0);
}

static void
names_lead_back_to_their_types(void **state)
{
	(void)state;
	for (int i = 0; i <= LADLE_OTHER; i++)
		assert_int_equal(dtype_of_name(ladle_dtype_name((enum ladle_dtype)i)), i);
	assert_int_equal(dtype_of_name("complex64"), LADLE_OTHER);
	assert_int_equal(dtype_of_name(""), LADLE_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(every_half_widens_by_definition),
			cmocka_unit_test(every_half_comes_back),
			cmocka_unit_test(rounding_is_to_nearest_even),
			cmocka_unit_test(what_does_not_fit_is_counted),
			cmocka_unit_test(doubles_pass_unchanged),
			cmocka_unit_test(integers_widen_exactly),
			cmocka_unit_test(swapping_reverses_each_element),
			cmocka_unit_test(sizes_multiply_without_wrapping),
			cmocka_unit_test(names_lead_back_to_their_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
