#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void
memory_is_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = {1, 3, 8, 17, 1000, 16 * 1024, 16 * 1024 + 1, 100000, 0};
	unsigned char *given[9];
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < 9; i++) {
		given[i] = arena_array(&arena, sizes[i], 1);
		assert_non_null(given[i]);
		assert_int_equal((uintptr_t)given[i] % alignof(max_align_t), 0);
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(given[i][at], 0);
		memset(given[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < 9; i++)
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(given[i][at], i + 1);
	arena_done(&arena);
}

static void
products_that_overflow_are_refused(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
	assert_null(arena_array(&arena, SIZE_MAX, 1));
	assert_null(arena_array(&arena, 1, SIZE_MAX - 3));
	assert_null(arena_text(&arena, "", SIZE_MAX));
	assert_non_null(arena_array(&arena, SIZE_MAX, 0));
	arena_done(&arena);
}

static void
texts_are_copied_and_ended(void **state)
{
	char source[] = "kernel:0";
	struct arena arena;
	char *text, *made;

	(void)state;
	arena_init(&arena);
	text = arena_text(&arena, source, 6);
	made = arena_format(&arena, "%s/%d", text, 7);
	memset(source, '#', sizeof(source));
	assert_string_equal(text, "kernel");
	assert_string_equal(made, "kernel/7");
	assert_string_equal(arena_text(&arena, NULL, 0), "");
	arena_done(&arena);
}

static void
done_can_be_called_again(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena);
	arena_array(&arena, 10, 10);
	arena_done(&arena);
	arena_done(&arena);
	assert_null(arena.blocks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
			cmocka_unit_test(products_that_overflow_are_refused),
			cmocka_unit_test(texts_are_copied_and_ended),
			cmocka_unit_test(done_can_be_called_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
