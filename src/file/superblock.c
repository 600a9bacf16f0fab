#include "file/superblock.h"

#include <string.h>
#include <unistd.h>

enum { BYTES = 96 };

static uint64_t
little_endian(const uint8_t *p, int size)
{
	uint64_t value = 0;
	for (int i = size - 1; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

/* HDF5 File Format Specification, II.A: versions 0 and 1 have a fixed head of 24 (28) bytes, then
 * base address, free space, end of file; versions 2 and 3 a head of 12, then base address,
 * extension, end of file. libhdf5 counts the end from the file's start, user block included. */
static bool
parse(const uint8_t *p, struct superblock *out)
{
	int version = p[8];
	bool old = version <= 1;
	int size = old ? p[13] : p[9];
	int head = version == 0 ? 24 : version == 1 ? 28 : 12;
	if (version > 3 || (size != 2 && size != 4 && size != 8))
		return false;
	out->end = little_endian(p + head + 2 * size, size);
	out->writing = version == 3 && (p[11] & 1);
	return true;
}

bool
superblock_read(int fd, uint64_t base, uint64_t length, struct superblock *out)
{
	static const uint8_t SIGNATURE[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
	uint8_t bytes[BYTES];
	for (uint64_t at = 0; at < length && at <= INT64_MAX / 2; at = at ? at * 2 : 512) {
		memset(bytes, 0, sizeof bytes);
		size_t want = length - at < BYTES ? (size_t)(length - at) : BYTES;
		if (pread(fd, bytes, want, (off_t)(base + at)) < (ssize_t)sizeof SIGNATURE)
			continue;
		if (memcmp(bytes, SIGNATURE, sizeof SIGNATURE))
			continue;
		*out = (struct superblock){.at = at};
		out->cut = want < BYTES; /* the root group's header follows within these */
		if (!parse(bytes, out))
			out->end = 0;
		return true;
	}
	return false;
}
