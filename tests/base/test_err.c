#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void
failing_fills_the_error_and_returns_its_status(void **state)
{
	struct ladle_error err;

	(void)state;
	assert_int_equal(ladle_fail(&err, LADLE_E_PAIR, "run2.h5", "%s is %dx%d", "kernel", 64, 10),
			LADLE_E_PAIR);
	assert_int_equal(err.status, LADLE_E_PAIR);
	assert_string_equal(err.path, "run2.h5");
	assert_string_equal(err.text, "kernel is 64x10");
}

static void
nobody_needs_to_listen(void **state)
{
	(void)state;
	assert_int_equal(ladle_fail(NULL, LADLE_E_MEMORY, NULL, "no memory"), LADLE_E_MEMORY);
}

static void
long_texts_are_cut_and_ended(void **state)
{
	static char name[5000];
	struct ladle_error err;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	ladle_fail(&err, LADLE_E_INPUT, name, "%s: %s", name, name);
	assert_int_equal(strlen(err.path), sizeof(err.path) - 1);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	ladle_fail(&err, LADLE_E_INPUT, NULL, "short");
	assert_string_equal(err.path, "");
	assert_string_equal(err.text, "short");
}

static enum ladle_status
try_it(enum ladle_status status, int *after)
{
	TRY(status);
	++*after;
	return LADLE_OK;
}

static void
try_passes_failures_on(void **state)
{
	int after = 0;

	(void)state;
	assert_int_equal(try_it(LADLE_E_VALUE, &after), LADLE_E_VALUE);
	assert_int_equal(after, 0);
	assert_int_equal(try_it(LADLE_OK, &after), LADLE_OK);
	assert_int_equal(after, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(failing_fills_the_error_and_returns_its_status),
			cmocka_unit_test(nobody_needs_to_listen),
			cmocka_unit_test(long_texts_are_cut_and_ended),
			cmocka_unit_test(try_passes_failures_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
