#include "write/digest.h"

#include <zlib.h>

#include "write/write_files.h"

static int
open_file(struct scratch *scratch, const char *name)
{
	int fd = open(scratch_path(scratch, name), O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	return fd;
}

/* FIPS 180-2, appendix B. */
static void
sha256_gives_the_digests_of_the_standard(void **state)
{
	static const struct {
		const char *text, *hex;
	} cases[] = {
			{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
			{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
			{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
					"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419"
					"db06c1"},
	};
	char hex[65];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = open_file(*state, "text");

		assert_int_equal(write(fd, cases[i].text, strlen(cases[i].text)),
				strlen(cases[i].text));
		assert_true(digest_sha256(fd, strlen(cases[i].text), hex));
		assert_string_equal(hex, cases[i].hex);
		close(fd);
	}
}

static void
sha256_of_a_million_a_crosses_chunks(void **state)
{
	int fd = open_file(*state, "million");
	char line[1000], hex[65];

	memset(line, 'a', sizeof(line));
	for (int i = 0; i < 1000; i++)
		assert_int_equal(write(fd, line, sizeof(line)), sizeof(line));
	assert_true(digest_sha256(fd, 1000000, hex));
	assert_string_equal(
			hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	close(fd);
}

static void
digests_of_a_file_that_is_too_short_are_refused(void **state)
{
	int fd = open_file(*state, "short");
	uint32_t crc;
	char hex[65];

	assert_int_equal(write(fd, "abc", 3), 3);
	assert_false(digest_sha256(fd, 4, hex));
	assert_false(digest_crc32(fd, 1, 3, 2, &crc));
	close(fd);
}

/* The check value of the CRC-32 catalogue. */
static void
crc32_starts_where_it_is_told(void **state)
{
	int fd = open_file(*state, "check");
	uint32_t crc = 0;

	assert_int_equal(write(fd, "??123456789??", 13), 13);
	assert_true(digest_crc32(fd, 2, 9, 2, &crc));
	assert_int_equal(crc, 0xcbf43926);
	assert_true(digest_crc32(fd, 5, 0, 2, &crc));
	assert_int_equal(crc, 0);
	close(fd);
}

static void
crc32_of_many_spans_is_that_of_one(void **state)
{
	enum { SIZE = 70 * 1000 * 1000 };
	int fd = open_file(*state, "spans");
	unsigned char *data = malloc(SIZE);
	uint32_t crc = 0, random = 1;

	assert_non_null(data);
	for (size_t i = 0; i < SIZE; i++) {
		random = random * 1664525 + 1013904223;
		data[i] = (unsigned char)(random >> 24);
	}
	assert_int_equal(write(fd, data, SIZE), SIZE);
	for (int threads = 1; threads <= 4; threads += 3) {
		assert_true(digest_crc32(fd, 3, SIZE - 3, threads, &crc));
		assert_int_equal(crc, crc32(0, data + 3, SIZE - 3));
	}
	free(data);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(sha256_gives_the_digests_of_the_standard),
			cmocka_unit_test(sha256_of_a_million_a_crosses_chunks),
			cmocka_unit_test(digests_of_a_file_that_is_too_short_are_refused),
			cmocka_unit_test(crc32_starts_where_it_is_told),
			cmocka_unit_test(crc32_of_many_spans_is_that_of_one),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
