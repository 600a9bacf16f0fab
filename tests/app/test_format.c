#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"

static void
percents_are_five_wide(void **state)
{
	static const struct {
		double fraction;
		const char *text;
	} cases[] = {
			{.789, " 78.9"},
			{1, "  100"},
			{NAN, "   .."},
			{0, "  0.0"},
			{.70711, " 70.7"},
			{.0549, "  5.5"},
	};
	char text[8];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		format_percent(text, cases[i].fraction);
		assert_string_equal(text, cases[i].text);
	}
}

/* design.md: ALIKE from 98, DRIFT from 90, and 100 is what lost nothing. */
static void
a_percent_is_not_rounded_over_a_mark(void **state)
{
	char text[8];

	(void)state;
	format_percent(text, .97996);
	assert_string_equal(text, " 97.9");
	format_percent(text, .98);
	assert_string_equal(text, " 98.0");
	format_percent(text, .89999);
	assert_string_equal(text, " 89.9");
	format_percent(text, .99999);
	assert_string_equal(text, " 99.9");
	format_percent(text, 1 - 1e-15);
	assert_string_equal(text, "  100");
}

static void
cosines_are_four_wide(void **state)
{
	static const struct {
		double cosine;
		const char *text;
	} cases[] = {
			{.98, " .98"},
			{1, " 1.0"},
			{.996, " 1.0"},
			{-.33, "-.33"},
			{NAN, "  .."},
			{0, " .00"},
			{-.001, " .00"},
			{-1, "-1.0"},
			{.05, " .05"},
			{1.0000001, " 1.0"},
	};
	char text[8];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		format_cosine(text, cases[i].cosine);
		assert_string_equal(text, cases[i].text);
	}
}

static void
counts_and_bytes_have_units(void **state)
{
	char text[16];

	(void)state;
	format_count(text, 0);
	assert_string_equal(text, "0");
	format_count(text, 9999);
	assert_string_equal(text, "9999");
	format_count(text, 163978);
	assert_string_equal(text, "164.0k");
	format_count(text, 10300000);
	assert_string_equal(text, "10.3M");
	format_count(text, UINT64_MAX);
	assert_string_equal(text, "18.4E");
	format_bytes(text, 512);
	assert_string_equal(text, "512 B");
	format_bytes(text, 41000000);
	assert_string_equal(text, "41.0 MB");
	format_bytes(text, 999999);
	assert_string_equal(text, "1.0 MB");
}

static void
shapes_are_joined_by_x(void **state)
{
	const uint64_t shape[] = {3, 3, 1, 32};
	struct buf text;

	(void)state;
	buf_init(&text);
	format_shape_of(&text, 4, shape);
	assert_string_equal(buf_string(&text), "3x3x1x32");
	buf_clear(&text);
	format_shape_of(&text, 0, NULL);
	assert_string_equal(buf_string(&text), "scalar");
	buf_done(&text);
}

static void
a_flag_stands_once(void **state)
{
	char text[16];

	(void)state;
	format_flags(text, 0);
	assert_string_equal(text, "-");
	format_flags(text, 1u << LADLE_F_RENAMED | 1u << LADLE_F_ORDER | 1u << LADLE_F_BATCHNORM);
	assert_string_equal(text, "RB");
	format_flags(text, 1u << LADLE_F_MISSING);
	assert_string_equal(text, "M");
}

static void
an_error_is_clean_text(void **state)
{
	struct ladle_error error = {.status = LADLE_E_INPUT, .text = "a\x1b[31m\n.h5: h\xc3\xa9"};
	struct buf text;

	(void)state;
	buf_init(&text);
	format_error(&text, &error, true);
	for (size_t i = 0; i < text.length; i++)
		assert_true(text.data[i] >= ' ' && text.data[i] <= '~');
	assert_non_null(strstr(buf_string(&text), ".h5: h"));
	buf_done(&text);
}

static void
a_job_says_what_is_known_of_it(void **state)
{
	static const struct {
		struct session_job job;
		const char *text;
	} cases[] = {
			{{1, JOB_RUNNING, 0, 0, false, 9}, ""},
			{{1, JOB_RUNNING, 30, 120, false, .1}, "25%"},
			{{1, JOB_RUNNING, 30, 120, false, 20}, "25%  about 1:00 left"},
			{{1, JOB_RUNNING, 1000000, 4000000, true, .2}, "25%  1.0 MB of 4.0 MB"},
			{{1, JOB_RUNNING, 1000000, 4000000, true, 2},
					"25%  1.0 MB of 4.0 MB  500.0 kB/s  0:06 left"},
			{{1, JOB_RUNNING, 1, 3601, true, 1},
					"0%  1 B of 3.6 kB  1 B/s  1:00:00 left"},
			{{1, JOB_RUNNING, 5, 4, true, 2}, ""},
			{{1, JOB_DONE, 4000000, 4000000, true, .44}, "4.0 MB in 0.4 s"},
			{{1, JOB_CANCELED, 3, 9, false, 12}, "12.0 s"},
	};
	struct buf buf;

	(void)state;
	buf_init(&buf);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&buf);
		format_job(&buf, &cases[i].job);
		assert_string_equal(buf_string(&buf), cases[i].text);
	}
	buf_done(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(percents_are_five_wide),
			cmocka_unit_test(a_percent_is_not_rounded_over_a_mark),
			cmocka_unit_test(cosines_are_four_wide),
			cmocka_unit_test(counts_and_bytes_have_units),
			cmocka_unit_test(shapes_are_joined_by_x),
			cmocka_unit_test(a_flag_stands_once),
			cmocka_unit_test(an_error_is_clean_text),
			cmocka_unit_test(a_job_says_what_is_known_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
