/* A reader of zip archives by the letter of APPNOTE 4.3 and 4.5.3, independent of ladle's own: what
 * the directory and the members' headers say must agree, and so must the checksums. */
#ifndef TESTS_WRITE_ZIP_VIEW_H
#define TESTS_WRITE_ZIP_VIEW_H

#include <zlib.h>

#include "write/write_files.h"

struct zip_entry {
	uint64_t size, stored, at;
	uint32_t crc, date, method;
};

static inline uint64_t
zip_number(const unsigned char *at, int bytes)
{
	uint64_t value = 0;

	for (int i = bytes - 1; i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

static inline void
zip_wide_sizes(const unsigned char *at, struct zip_entry *out)
{
	uint64_t *const wide[] = {&out->size, &out->stored, &out->at};
	const unsigned char *end = at + 4 + zip_number(at + 2, 2);

	assert_int_equal(zip_number(at, 2), 1);
	at += 4;
	for (int i = 0; i < 3; i++)
		if (*wide[i] == UINT32_MAX) {
			*wide[i] = zip_number(at, 8);
			at += 8;
		}
	assert_ptr_equal(at, end);
}

/* From "version needed" on, which both headers have in common. */
static inline struct zip_entry
zip_common(const unsigned char *at)
{
	return (struct zip_entry){.method = (uint32_t)zip_number(at + 4, 2),
			.date = (uint32_t)zip_number(at + 6, 4),
			.crc = (uint32_t)zip_number(at + 10, 4),
			.stored = zip_number(at + 14, 4),
			.size = zip_number(at + 18, 4)};
}

/* The last bytes of the archive, which must hold the whole directory. */
struct zip_tail {
	unsigned char bytes[4096];
	const unsigned char *directory;
	uint64_t count;
};

static inline void
zip_tail_read(struct zip_tail *tail, int fd)
{
	uint64_t size = (uint64_t)lseek(fd, 0, SEEK_END), most = sizeof(tail->bytes), at;
	uint64_t start = size < most ? 0 : size - most;
	ssize_t got = pread(fd, tail->bytes, sizeof(tail->bytes), (off_t)start);
	const unsigned char *end = tail->bytes + got - 22, *wide;

	assert_int_equal(zip_number(end, 4), 0x06054b50);
	tail->count = zip_number(end + 10, 2);
	at = zip_number(end + 16, 4);
	if (at == UINT32_MAX) {
		assert_int_equal(zip_number(end - 20, 4), 0x07064b50);
		wide = tail->bytes + (zip_number(end - 12, 8) - start);
		assert_int_equal(zip_number(wide, 4), 0x06064b50);
		at = zip_number(wide + 48, 8);
	}
	assert_true(at >= start);
	tail->directory = tail->bytes + (at - start);
}

static inline uint64_t
zip_count(int fd)
{
	struct zip_tail tail;

	zip_tail_read(&tail, fd);
	return tail.count;
}

static inline struct zip_entry
zip_find(int fd, const char *name)
{
	enum { CENTRAL = 46 };
	struct zip_tail tail;
	const unsigned char *p;
	struct zip_entry out = {0};

	zip_tail_read(&tail, fd);
	for (p = tail.directory; zip_number(p, 4) == 0x02014b50;
			p += CENTRAL + zip_number(p + 28, 2) + zip_number(p + 30, 2) +
			     zip_number(p + 32, 2)) {
		if (zip_number(p + 28, 2) != strlen(name) ||
				memcmp(p + CENTRAL, name, strlen(name)))
			continue;
		out = zip_common(p + 6);
		out.at = zip_number(p + 42, 4);
		if (zip_number(p + 30, 2))
			zip_wide_sizes(p + CENTRAL + strlen(name), &out);
		return out;
	}
	fail_msg("%s is not in the directory", name);
	return out;
}

/* Where the data begins by the member's own header, which must say the same. */
static inline uint64_t
zip_data(int fd, const char *name, const struct zip_entry *entry)
{
	unsigned char header[256];
	struct zip_entry own;

	assert_true(pread(fd, header, sizeof(header), (off_t)entry->at) > 30);
	assert_int_equal(zip_number(header, 4), 0x04034b50);
	assert_int_equal(zip_number(header + 26, 2), strlen(name));
	assert_memory_equal(header + 30, name, strlen(name));
	own = zip_common(header + 4);
	if (zip_number(header + 28, 2))
		zip_wide_sizes(header + 30 + strlen(name), &own);
	assert_true(own.size == entry->size && own.stored == entry->stored);
	assert_true(own.crc == entry->crc && own.method == entry->method &&
			own.date == entry->date);
	return entry->at + 30 + zip_number(header + 26, 2) + zip_number(header + 28, 2);
}

/* The bytes of a member, inflated where they are deflated; yours to free. */
static inline unsigned char *
zip_read_member(int fd, const char *name, size_t *size)
{
	struct zip_entry entry = zip_find(fd, name);
	unsigned char *raw = malloc(entry.stored + 1), *data = malloc(entry.size + 1);
	z_stream stream = {.next_in = raw,
			.avail_in = (uInt)entry.stored,
			.next_out = data,
			.avail_out = (uInt)entry.size};

	assert_int_equal(pread(fd, raw, entry.stored, (off_t)zip_data(fd, name, &entry)),
			entry.stored);
	if (entry.method == 0) {
		assert_int_equal(entry.size, entry.stored);
		memcpy(data, raw, entry.size);
	} else {
		assert_int_equal(entry.method, Z_DEFLATED);
		assert_int_equal(inflateInit2(&stream, -MAX_WBITS), Z_OK);
		assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
		assert_int_equal(stream.total_out, entry.size);
		inflateEnd(&stream);
	}
	assert_int_equal(entry.crc, crc32(0, data, (uInt)entry.size));
	*size = entry.size;
	free(raw);
	return data;
}

/* What ladle writes is of no date: 1980-01-01 00:00:00. */
static inline void
assert_member(int fd, const char *name, const void *text, size_t size)
{
	size_t got;
	unsigned char *data = zip_read_member(fd, name, &got);

	assert_int_equal(zip_find(fd, name).date, 0x00210000);
	assert_int_equal(got, size);
	assert_memory_equal(data, text, size);
	free(data);
}

#endif
