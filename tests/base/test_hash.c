#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

enum { SIZE = 100 };

static int
compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* Each bit of each length changes the hash, and so do the length and the seed. */
static void
every_bit_counts(void **state)
{
	static uint64_t seen[SIZE * (SIZE * 8 + 1) * 2];
	unsigned char data[SIZE] = {0};
	size_t count = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 2; seed++) {
		for (size_t size = 0; size < SIZE; size++) {
			seen[count++] = hash_bytes(data, size, seed);
			for (size_t bit = 0; bit < size * 8; bit++) {
				data[bit / 8] ^= (unsigned char)(1 << bit % 8);
				seen[count++] = hash_bytes(data, size, seed);
				data[bit / 8] = 0;
			}
		}
	}
	qsort(seen, count, sizeof(seen[0]), compare);
	for (size_t i = 1; i < count; i++)
		assert_true(seen[i] != seen[i - 1]);
}

static void
equal_bytes_hash_alike_wherever_they_lie(void **state)
{
	char first[64], second[65];

	(void)state;
	memset(first, 'k', sizeof(first));
	memset(second, 'k', sizeof(second));
	assert_true(hash_bytes(first, 64, 5) == hash_bytes(second + 1, 64, 5));
	assert_true(hash_text("kernel") == hash_bytes("kernel", 6, 0));
}

static void
swapped_words_hash_otherwise(void **state)
{
	static const char one[] = "aaaaaaaabbbbbbbbccccccccdddddddd",
			  other[] = "bbbbbbbbaaaaaaaaccccccccdddddddd";

	(void)state;
	assert_true(hash_bytes(one, 32, 0) != hash_bytes(other, 32, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(every_bit_counts),
			cmocka_unit_test(equal_bytes_hash_alike_wherever_they_lie),
			cmocka_unit_test(swapped_words_hash_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
