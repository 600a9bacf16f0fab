#include "write/archive.h"

#include "write/zip_view.h"

static struct publication
begin(struct scratch *scratch, const char *name)
{
	struct publication to;

	assert_int_equal(publish_begin(&to, scratch_path(scratch, name), true, NULL), LADLE_OK);
	return to;
}

static void
archive_reads_back_member_by_member(void **state)
{
	static const char *const names[] = {"metadata.json", "config.json",
			"assets/a/vocabulary.txt", "assets/\xc3\xa9t\xc3\xa9"};
	static const char *const texts[] = {"{\"keras_version\": \"3\"}", "{}", "un\ndeux\n", ""};
	struct publication to = begin(*state, "small.zip");
	struct archive archive;

	archive_init(&archive, &to);
	for (int i = 0; i < 4; i++)
		assert_int_equal(archive_add_text(&archive, names[i], texts[i], strlen(texts[i]),
						 NULL),
				LADLE_OK);
	assert_int_equal(archive_end(&archive, NULL), LADLE_OK);
	archive_done(&archive);
	assert_int_equal(zip_count(to.fd), 4);
	for (int i = 0; i < 4; i++)
		assert_member(to.fd, names[i], texts[i], strlen(texts[i]));
	publish_abort(&to);
}

/* As when the weights are filled in place and their checksum is known last. */
static void
a_header_can_be_written_after_its_data(void **state)
{
	static const char data[] = "what was there first";
	struct publication to = begin(*state, "late.zip");
	struct archive_entry entry = {
			.name = "model.weights.h5", .stored = sizeof(data), .size = sizeof(data)};
	struct archive archive;

	archive_init(&archive, &to);
	assert_int_equal(archive_add_text(&archive, "config.json", "{}", 2, NULL), LADLE_OK);
	assert_int_equal(publish_write(&to, data, sizeof(data),
					 archive.at + archive_header_size(entry.name, false), NULL),
			LADLE_OK);
	entry.crc = (uint32_t)crc32(0, (const Bytef *)data, sizeof(data));
	assert_int_equal(archive_add(&archive, &entry, NULL), LADLE_OK);
	assert_int_equal(archive_end(&archive, NULL), LADLE_OK);
	archive_done(&archive);
	assert_member(to.fd, entry.name, data, sizeof(data));
	publish_abort(&to);
}

/* What is planned with 64-bit sizes stays so when the data turns out to be small. */
static void
a_small_member_may_have_large_headers(void **state)
{
	static const char data[] = "small";
	struct publication to = begin(*state, "wide.zip");
	struct archive_entry entry = {
			.name = "x", .zip64 = true, .stored = sizeof(data), .size = sizeof(data)};
	struct archive archive;

	archive_init(&archive, &to);
	assert_int_equal(publish_write(&to, data, sizeof(data), archive_header_size("x", true),
					 NULL),
			LADLE_OK);
	entry.crc = (uint32_t)crc32(0, (const Bytef *)data, sizeof(data));
	assert_int_equal(archive_add(&archive, &entry, NULL), LADLE_OK);
	assert_int_equal(archive_add_text(&archive, "y", "why", 3, NULL), LADLE_OK);
	assert_int_equal(archive_end(&archive, NULL), LADLE_OK);
	archive_done(&archive);
	assert_member(to.fd, "x", data, sizeof(data));
	assert_member(to.fd, "y", "why", 3);
	publish_abort(&to);
}

/* A hole of 5 GiB takes no room; what follows it lies beyond 32 bits. */
static void
members_beyond_four_gigabytes_are_found(void **state)
{
	const uint64_t size = (uint64_t)5 << 30;
	struct publication to = begin(*state, "large.zip");
	struct archive_entry entry = {.name = "model.weights.h5",
			.zip64 = archive_is_large(size),
			.stored = size,
			.size = size};
	struct archive archive;
	struct zip_entry listed;

	assert_true(entry.zip64);
	archive_init(&archive, &to);
	if (ftruncate(to.fd, (off_t)size)) {
		publish_abort(&to);
		print_message("no files of 5 GiB here\n");
		skip();
	}
	assert_int_equal(archive_add(&archive, &entry, NULL), LADLE_OK);
	assert_int_equal(archive_add_text(&archive, "last", "the end", 7, NULL), LADLE_OK);
	assert_int_equal(archive_end(&archive, NULL), LADLE_OK);
	archive_done(&archive);
	listed = zip_find(to.fd, entry.name);
	assert_true(listed.size == size && listed.stored == size && listed.at == 0);
	assert_int_equal(zip_data(to.fd, entry.name, &listed),
			archive_header_size(entry.name, true));
	assert_true(zip_find(to.fd, "last").at > UINT32_MAX);
	assert_member(to.fd, "last", "the end", 7);
	publish_abort(&to);
}

static void
a_member_that_outgrew_its_header_is_refused(void **state)
{
	struct publication to = begin(*state, "no.zip");
	struct archive_entry entry = {.name = "w", .stored = UINT32_MAX, .size = UINT32_MAX};
	struct archive archive;
	struct ladle_error err;

	archive_init(&archive, &to);
	assert_int_equal(archive_add(&archive, &entry, &err), LADLE_E_OUTPUT);
	assert_contains(err.text, "larger than was planned");
	archive_done(&archive);
	publish_abort(&to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(archive_reads_back_member_by_member),
			cmocka_unit_test(a_header_can_be_written_after_its_data),
			cmocka_unit_test(a_small_member_may_have_large_headers),
			cmocka_unit_test(members_beyond_four_gigabytes_are_found),
			cmocka_unit_test(a_member_that_outgrew_its_header_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
