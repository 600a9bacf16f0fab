#include "write/archive.h"

#include <string.h>
#include <zlib.h>

#include "base/err.h"

/* Signatures and fields, APPNOTE 4.3 to 4.5. */
enum {
	LOCAL = 0x04034b50,
	CENTRAL = 0x02014b50,
	END = 0x06054b50,
	END64 = 0x06064b50,
	LOCATOR64 = 0x07064b50,
	ZIP64_EXTRA = 1,
	VERSION = 20,
	VERSION64 = 45,
	UNIX = 3 << 8,
	DATE_1980 = 1 << 5 | 1,
	FLAG_UTF8 = 1 << 11
};
#define FULL32 UINT32_C(0xffffffff)
#define ESTIMATE_MARGIN (UINT32_C(64) << 20)
/* A regular file, as Python's zipfile marks what it writes. */
#define MODE_0600 (UINT32_C(0100600) << 16)

/* `bytes` bytes of value, little-endian. */
static void
put(struct buf *to, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_char(to, (char)(value >> 8 * i & 0xff));
}

/* Said of an estimate too, which may be wrong by this much. */
bool
archive_is_large(uint64_t size)
{
	return size >= FULL32 - ESTIMATE_MARGIN;
}

/* Names that are plain ASCII need no mark, and Keras's own archives have none. */
static uint16_t
flags_of(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name > 0x7e)
			return FLAG_UTF8;
	return 0;
}

size_t
archive_header_size(const char *name, bool zip64)
{
	return 30 + strlen(name) + (zip64 ? 20 : 0);
}

void
archive_init(struct archive *archive, const struct publication *to)
{
	*archive = (struct archive){.to = to};
	buf_init(&archive->directory);
}

void
archive_done(struct archive *archive)
{
	buf_done(&archive->directory);
}

/* What both headers have in common, from "version needed" to the length of the name. */
static void
put_common(struct buf *to, const struct archive_entry *entry)
{
	put(to, entry->zip64 ? VERSION64 : VERSION, 2);
	put(to, flags_of(entry->name), 2);
	put(to, entry->method, 2);
	put(to, 0, 2);
	put(to, DATE_1980, 2);
	put(to, entry->crc, 4);
	put(to, entry->zip64 ? FULL32 : entry->stored, 4);
	put(to, entry->zip64 ? FULL32 : entry->size, 4);
	put(to, strlen(entry->name), 2);
}

static void
put_local(struct buf *to, const struct archive_entry *entry)
{
	put(to, LOCAL, 4);
	put_common(to, entry);
	put(to, entry->zip64 ? 20 : 0, 2);
	buf_text(to, entry->name);
	if (!entry->zip64)
		return;
	put(to, ZIP64_EXTRA, 2);
	put(to, 16, 2);
	put(to, entry->size, 8);
	put(to, entry->stored, 8);
}

/* Each of the 64-bit fields is there only where its 32-bit one is full. */
static void
put_central(struct buf *to, const struct archive_entry *entry, uint64_t at)
{
	bool far = at >= FULL32;
	int extra = (entry->zip64 ? 16 : 0) + (far ? 8 : 0);

	put(to, CENTRAL, 4);
	put(to, UNIX | (extra ? VERSION64 : VERSION), 2);
	put_common(to, entry);
	put(to, extra ? extra + 4 : 0, 2);
	put(to, 0, 2 + 2 + 2); /* comment, disk, internal attributes */
	put(to, MODE_0600, 4);
	put(to, far ? FULL32 : at, 4);
	buf_text(to, entry->name);
	if (!extra)
		return;
	put(to, ZIP64_EXTRA, 2);
	put(to, (uint64_t)extra, 2);
	if (entry->zip64) {
		put(to, entry->size, 8);
		put(to, entry->stored, 8);
	}
	if (far)
		put(to, at, 8);
}

static enum ladle_status
write_buf(struct archive *archive, const struct buf *from, uint64_t at, struct ladle_error *err)
{
	if (from->failed)
		return ladle_fail(err, LADLE_E_MEMORY, archive->to->path,
				"no memory for the archive");
	return publish_write(archive->to, buf_string(from), from->length, at, err);
}

enum ladle_status
archive_add(struct archive *archive, const struct archive_entry *entry, struct ladle_error *err)
{
	struct buf header;
	enum ladle_status status;

	if (!entry->zip64 && (entry->stored >= FULL32 || entry->size >= FULL32))
		return ladle_fail(err, LADLE_E_OUTPUT, archive->to->path,
				"%s: member %s is larger than was planned", archive->to->path,
				entry->name);
	buf_init(&header);
	put_local(&header, entry);
	status = write_buf(archive, &header, archive->at, err);
	put_central(&archive->directory, entry, archive->at);
	archive->at += header.length + entry->stored;
	archive->count++;
	buf_done(&header);
	return status;
}

enum ladle_status
archive_add_text(struct archive *archive, const char *name, const char *text, size_t length,
		struct ladle_error *err)
{
	struct archive_entry entry = {.name = name, .stored = length, .size = length};
	uint64_t at = archive->at + archive_header_size(name, false);

	entry.crc = (uint32_t)crc32(0, (const Bytef *)text, (uInt)length);
	TRY(archive_add(archive, &entry, err));
	return publish_write(archive->to, text, length, at, err);
}

/* Written only where the plain end record, which every reader knows, has no room. */
static void
put_end64(struct buf *to, const struct archive *archive, uint64_t size, uint64_t end)
{
	put(to, END64, 4);
	put(to, 44, 8);
	put(to, UNIX | VERSION64, 2);
	put(to, VERSION64, 2);
	put(to, 0, 8); /* this disk, disk of the directory */
	put(to, archive->count, 8);
	put(to, archive->count, 8);
	put(to, size, 8);
	put(to, archive->at, 8);
	put(to, LOCATOR64, 4);
	put(to, 0, 4);
	put(to, end, 8);
	put(to, 1, 4);
}

enum ladle_status
archive_end(struct archive *archive, struct ladle_error *err)
{
	struct buf *to = &archive->directory;
	uint64_t size = to->length;
	bool far = archive->at >= FULL32, many = archive->count >= 0xffff;

	if (far || many)
		put_end64(to, archive, size, archive->at + size);
	put(to, END, 4);
	put(to, 0, 4);
	put(to, many ? 0xffff : archive->count, 2);
	put(to, many ? 0xffff : archive->count, 2);
	put(to, size, 4);
	put(to, far ? FULL32 : archive->at, 4);
	put(to, 0, 2);
	return write_buf(archive, to, archive->at, err);
}
