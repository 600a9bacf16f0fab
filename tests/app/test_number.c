#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/state.h"

static void
expect_text(double value, const char *expected)
{
	struct buf text;

	buf_init(&text);
	number_append(&text, value);
	assert_string_equal(buf_string(&text), expected);
	buf_done(&text);
}

static void
numbers_read_nicely(void **state)
{
	(void)state;
	expect_text(0.1, "0.1");
	expect_text(1, "1");
	expect_text(0.3, "0.3");
	expect_text(-0.25, "-0.25");
	expect_text(1.0 / 3, "0.3333333333333333");
	expect_text(0.1 + 0.2, "0.30000000000000004");
	expect_text(1e300, "1e+300");
}

static void
expect_same_bits(double value)
{
	struct buf text;
	double back;

	buf_init(&text);
	number_append(&text, value);
	assert_true(number_parse(buf_string(&text), &back));
	assert_memory_equal(&back, &value, sizeof(value));
	buf_done(&text);
}

static void
every_finite_double_survives(void **state)
{
	uint64_t bits = 88172645463325252u;

	(void)state;
	for (int n = 0; n < 100000; n++) {
		double value;
		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&value, &bits, sizeof(value));
		if (isfinite(value))
			expect_same_bits(value);
	}
	expect_same_bits(5e-324);
	expect_same_bits(-0.0);
	expect_same_bits(1.7976931348623157e308);
}

static void
what_is_no_decimal_number_is_refused(void **state)
{
	static const char *const wrong[] = {"", ".", "+", "-", "1e", "1e+", "0x10", "nan", "inf",
			"-inf", "1,5", " 1", "1 ", "1.2.3", "1e400", "--1", "1_0", "1f", "e5",
			"infinity"};
	double value = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(number_parse(wrong[i], &value));
		assert_true(value == 42);
	}
}

static void
decimal_forms_are_read(void **state)
{
	static const struct {
		const char *text;
		double value;
	} forms[] = {{".5", .5}, {"5.", 5}, {"+1.5", 1.5}, {"-.25e1", -2.5}, {"1E3", 1000},
			{"007", 7}};
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert_true(number_parse(forms[i].text, &value));
		assert_true(value == forms[i].value);
	}
}

static void
a_locale_with_a_comma_changes_nothing(void **state)
{
	static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
	const char *found = NULL;

	(void)state;
	for (size_t i = 0; found == NULL && i < sizeof(names) / sizeof(names[0]); i++)
		found = setlocale(LC_NUMERIC, names[i]);
	if (found == NULL)
		skip();
	expect_text(0.5, "0.5");
	expect_same_bits(0.1);
	setlocale(LC_NUMERIC, "C");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(numbers_read_nicely),
			cmocka_unit_test(every_finite_double_survives),
			cmocka_unit_test(what_is_no_decimal_number_is_refused),
			cmocka_unit_test(decimal_forms_are_read),
			cmocka_unit_test(a_locale_with_a_comma_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
