#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void
appends_follow_each_other(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf);
	assert_string_equal(buf_string(&buf), "");
	buf_text(&buf, "dense");
	buf_char(&buf, '/');
	buf_append(&buf, "kernel and more", 6);
	buf_format(&buf, " %dx%d", 64, 10);
	buf_append(&buf, NULL, 0);
	assert_string_equal(buf_string(&buf), "dense/kernel 64x10");
	assert_int_equal(buf.length, 18);
	buf_clear(&buf);
	assert_string_equal(buf_string(&buf), "");
	buf_done(&buf);
}

static void
it_grows_past_any_first_size(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf);
	for (int i = 0; i < 10000; i++)
		buf_format(&buf, "%d,", i % 10);
	assert_int_equal(buf.length, 20000);
	assert_int_equal(strlen(buf_string(&buf)), 20000);
	assert_memory_equal(buf.data + 19998, "9,", 3);
	buf_done(&buf);
}

static void
bytes_may_be_zero(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf);
	buf_append(&buf, "a\0b", 3);
	assert_int_equal(buf.length, 3);
	assert_memory_equal(buf.data, "a\0b", 4);
	buf_done(&buf);
}

static void
a_failure_sticks_until_it_is_cleared(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf);
	buf_text(&buf, "kept");
	buf_append(&buf, "x", SIZE_MAX - 1);
	assert_true(buf.failed);
	buf_text(&buf, " lost");
	buf_format(&buf, "%s", " lost too");
	assert_string_equal(buf_string(&buf), "kept");
	buf_clear(&buf);
	buf_text(&buf, "new");
	assert_string_equal(buf_string(&buf), "new");
	buf_done(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(appends_follow_each_other),
			cmocka_unit_test(it_grows_past_any_first_size),
			cmocka_unit_test(bytes_may_be_zero),
			cmocka_unit_test(a_failure_sticks_until_it_is_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
