#include "base/io.h"

#include <errno.h>
#include <unistd.h>

enum { MOST = 1 << 30 }; /* of one call: systems differ in what they take at once */

bool
io_read_at(int fd, void *dst, size_t size, uint64_t offset)
{
	char *to = dst;

	while (size > 0) {
		ssize_t got = pread(fd, to, size < MOST ? size : MOST, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = 0;
		if (got <= 0)
			return false;
		to += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

bool
io_write_at(int fd, const void *data, size_t size, uint64_t offset)
{
	const char *from = data;

	while (size > 0) {
		ssize_t wrote = pwrite(fd, from, size < MOST ? size : MOST, (off_t)offset);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote == 0)
			errno = ENOSPC;
		if (wrote <= 0)
			return false;
		from += wrote;
		offset += (uint64_t)wrote;
		size -= (size_t)wrote;
	}
	return true;
}
