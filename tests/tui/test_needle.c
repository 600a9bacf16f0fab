#include "tui_test.h"

#include <string.h>

#include "tui/needle.h"

static void
case_counts_only_with_a_capital(void **state)
{
	struct needle needle = {0};
	char why[256];

	(void)state;
	assert_true(needle_set(&needle, "conv.*1", false, why));
	assert_true(needle_matches(&needle, "CONV2d_1"));
	assert_true(needle_set(&needle, "Conv", false, why));
	assert_false(needle_matches(&needle, "conv"));
	needle_clear(&needle);
}

static void
a_bang_inverts_a_filter_alone(void **state)
{
	struct needle needle = {0};
	char why[256];

	(void)state;
	assert_true(needle_set(&needle, "!bias", true, why));
	assert_true(needle_matches(&needle, "kernel"));
	assert_false(needle_matches(&needle, "bias"));
	assert_true(needle_set(&needle, "!bias", false, why));
	assert_true(needle_matches(&needle, "a!bias"));
	assert_false(needle_matches(&needle, "kernel"));
	needle_clear(&needle);
}

static void
nonsense_is_told_and_changes_nothing(void **state)
{
	struct needle needle = {0};
	char why[256] = "";

	(void)state;
	assert_true(needle_set(&needle, "x", false, why));
	assert_false(needle_set(&needle, "a(", false, why));
	assert_true(strlen(why) > 0);
	assert_string_equal(needle.text, "x");
	assert_true(needle_matches(&needle, "x"));
	needle_clear(&needle);
}

static void
nothing_matches_everything(void **state)
{
	struct needle needle = {0};
	char why[256];

	(void)state;
	assert_true(needle_matches(&needle, "x"));
	assert_true(needle_set(&needle, "y", false, why));
	assert_true(needle_set(&needle, "", false, why));
	assert_false(needle.active);
	assert_true(needle_matches(&needle, "x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(case_counts_only_with_a_capital),
			cmocka_unit_test(a_bang_inverts_a_filter_alone),
			cmocka_unit_test(nonsense_is_told_and_changes_nothing),
			cmocka_unit_test(nothing_matches_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
