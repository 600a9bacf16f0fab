#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

static void
what_is_written_is_read_at_its_place(void **state)
{
	FILE *file = tmpfile();
	char back[6] = "";

	(void)state;
	assert_non_null(file);
	assert_true(io_write_at(fileno(file), "ladle", 5, 1000));
	assert_true(io_read_at(fileno(file), back, 5, 1000));
	assert_string_equal(back, "ladle");
	assert_true(io_read_at(fileno(file), back, 5, 500));
	assert_memory_equal(back, "\0\0\0\0\0", 5);
	fclose(file);
}

static void
a_file_that_ends_early_is_told_from_one_that_fails(void **state)
{
	FILE *file = tmpfile();
	char back[8];

	(void)state;
	assert_non_null(file);
	assert_true(io_write_at(fileno(file), "ladle", 5, 0));
	errno = EINVAL;
	assert_false(io_read_at(fileno(file), back, 6, 0));
	assert_int_equal(errno, 0);
	fclose(file);
	assert_false(io_read_at(-1, back, 1, 0));
	assert_int_equal(errno, EBADF);
	assert_false(io_write_at(-1, back, 1, 0));
	assert_int_equal(errno, EBADF);
	assert_true(io_read_at(-1, back, 0, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(what_is_written_is_read_at_its_place),
			cmocka_unit_test(a_file_that_ends_early_is_told_from_one_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
