#include "write/archive.h"

#include <unzip.h>
#include <zlib.h>

#include "write/write_files.h"

static struct publication
begin(struct scratch *scratch, const char *name)
{
	struct publication to;

	assert_int_equal(publish_begin(&to, scratch_path(scratch, name), true, NULL), LADLE_OK);
	return to;
}

static void
finish(struct publication *to)
{
	assert_int_equal(publish_commit(to, NULL, NULL), LADLE_OK);
}

/* minizip is the independent reader: it compares each local header with the directory. */
static void
assert_member(unzFile zip, const char *name, const char *text, size_t size)
{
	unz_file_info64 info;
	char *data = malloc(size + 1);

	assert_int_equal(unzLocateFile(zip, name, 1), UNZ_OK);
	assert_int_equal(unzGetCurrentFileInfo64(zip, &info, NULL, 0, NULL, 0, NULL, 0), UNZ_OK);
	assert_int_equal(info.uncompressed_size, size);
	assert_int_equal(info.tmu_date.tm_year, 1980);
	assert_int_equal(info.tmu_date.tm_mon, 0);
	assert_int_equal(info.tmu_date.tm_mday, 1);
	assert_int_equal(unzOpenCurrentFile(zip), UNZ_OK);
	assert_int_equal(unzReadCurrentFile(zip, data, (unsigned)size + 1), size);
	assert_memory_equal(data, text, size);
	assert_int_equal(unzCloseCurrentFile(zip), UNZ_OK); /* UNZ_CRCERROR when it is wrong */
	free(data);
}

static void
archive_reads_back_member_by_member(void **state)
{
	static const char *const names[] = {"metadata.json", "config.json",
			"assets/a/vocabulary.txt", "assets/\xc3\xa9t\xc3\xa9"};
	static const char *const texts[] = {"{\"keras_version\": \"3\"}", "{}", "un\ndeux\n", ""};
	struct publication to = begin(*state, "small.zip");
	struct archive archive;
	unz_global_info64 all;
	unzFile zip;

	archive_init(&archive, &to);
	for (int i = 0; i < 4; i++)
		assert_int_equal(archive_add_text(&archive, names[i], texts[i], strlen(texts[i]),
						 NULL),
				LADLE_OK);
	assert_int_equal(archive_end(&archive, NULL), LADLE_OK);
	archive_done(&archive);
	finish(&to);
	zip = unzOpen64(scratch_path(*state, "small.zip"));
	assert_non_null(zip);
	assert_int_equal(unzGetGlobalInfo64(zip, &all), UNZ_OK);
	assert_int_equal(all.number_entry, 4);
	for (int i = 0; i < 4; i++)
		assert_member(zip, names[i], texts[i], strlen(texts[i]));
	unzClose(zip);
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
	unzFile zip;

	archive_init(&archive, &to);
	assert_int_equal(archive_add_text(&archive, "config.json", "{}", 2, NULL), LADLE_OK);
	assert_int_equal(publish_write(&to, data, sizeof(data),
					 archive.at + archive_header_size(entry.name, false), NULL),
			LADLE_OK);
	entry.crc = (uint32_t)crc32(0, (const Bytef *)data, sizeof(data));
	assert_int_equal(archive_add(&archive, &entry, NULL), LADLE_OK);
	assert_int_equal(archive_end(&archive, NULL), LADLE_OK);
	archive_done(&archive);
	finish(&to);
	zip = unzOpen64(scratch_path(*state, "late.zip"));
	assert_non_null(zip);
	assert_member(zip, entry.name, data, sizeof(data));
	unzClose(zip);
}

/* What a directory says, read as APPNOTE 4.3 and 4.5.3 have it: minizip before 2024 does not read the
 * 64-bit sizes where long has 64 bits. */
struct listed {
	uint64_t size, stored, at;
	uint32_t crc;
};

static uint64_t
get(const unsigned char *at, int bytes)
{
	uint64_t value = 0;

	for (int i = bytes - 1; i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

static void
get_extra(const unsigned char *at, struct listed *out)
{
	uint64_t *const wide[] = {&out->size, &out->stored, &out->at};
	const unsigned char *end = at + 4 + get(at + 2, 2);

	assert_int_equal(get(at, 2), 1);
	at += 4;
	for (int i = 0; i < 3; i++)
		if (*wide[i] == UINT32_MAX) {
			*wide[i] = get(at, 8);
			at += 8;
		}
	assert_ptr_equal(at, end);
}

/* The tail of the file must hold the whole directory. */
static struct listed
directory_entry(int fd, const char *name)
{
	enum { TAIL = 4096, CENTRAL = 46 };
	unsigned char tail[TAIL];
	uint64_t size = (uint64_t)lseek(fd, 0, SEEK_END), at;
	uint64_t start = size < TAIL ? 0 : size - TAIL;
	size_t got = (size_t)pread(fd, tail, TAIL, (off_t)start);
	const unsigned char *end = tail + got - 22, *p;
	struct listed out;

	assert_int_equal(get(end, 4), 0x06054b50);
	at = get(end + 16, 4);
	if (at == UINT32_MAX) {
		assert_int_equal(get(end - 20, 4), 0x07064b50);
		p = tail + (get(end - 12, 8) - start);
		assert_int_equal(get(p, 4), 0x06064b50);
		at = get(p + 48, 8);
	}
	for (p = tail + (at - start); get(p, 4) == 0x02014b50;
			p += CENTRAL + get(p + 28, 2) + get(p + 30, 2) + get(p + 32, 2)) {
		if (get(p + 28, 2) != strlen(name) || memcmp(p + CENTRAL, name, strlen(name)))
			continue;
		out = (struct listed){get(p + 24, 4), get(p + 20, 4), get(p + 42, 4),
				(uint32_t)get(p + 16, 4)};
		if (get(p + 30, 2))
			get_extra(p + CENTRAL + strlen(name), &out);
		return out;
	}
	fail_msg("%s is not in the directory", name);
	return out;
}

/* Where the data begins by the member's own header, which must say the same. */
static uint64_t
data_of(int fd, const char *name, const struct listed *listed)
{
	unsigned char header[256];
	struct listed own;

	assert_true(pread(fd, header, sizeof(header), (off_t)listed->at) > 30);
	assert_int_equal(get(header, 4), 0x04034b50);
	assert_memory_equal(header + 30, name, strlen(name));
	own = (struct listed){
			get(header + 22, 4), get(header + 18, 4), 0, (uint32_t)get(header + 14, 4)};
	if (get(header + 28, 2))
		get_extra(header + 30 + strlen(name), &own);
	assert_true(own.size == listed->size && own.stored == listed->stored &&
			own.crc == listed->crc);
	return listed->at + 30 + get(header + 26, 2) + get(header + 28, 2);
}

static void
assert_data(int fd, const char *name, const char *text, size_t size)
{
	struct listed listed = directory_entry(fd, name);
	char data[64];

	assert_true(listed.size == size && listed.stored == size);
	assert_int_equal(listed.crc, crc32(0, (const Bytef *)text, (uInt)size));
	assert_int_equal(pread(fd, data, size, (off_t)data_of(fd, name, &listed)), size);
	assert_memory_equal(data, text, size);
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
	assert_data(to.fd, "x", data, sizeof(data));
	assert_data(to.fd, "y", "why", 3);
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
	struct listed listed;

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
	listed = directory_entry(to.fd, entry.name);
	assert_true(listed.size == size && listed.stored == size && listed.at == 0);
	assert_int_equal(
			data_of(to.fd, entry.name, &listed), archive_header_size(entry.name, true));
	assert_true(directory_entry(to.fd, "last").at > UINT32_MAX);
	assert_data(to.fd, "last", "the end", 7);
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
