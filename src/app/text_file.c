#include "app/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "base/os.h"

/* ---- in ---- */

static enum ladle_status
read_all(int fd, const char *path, size_t largest, struct buf *out, struct ladle_error *err)
{
	char block[16384];
	ssize_t got;

	while ((got = read(fd, block, sizeof(block))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ladle_fail(err, LADLE_E_INPUT, path, "%s: %s", path,
					strerror(errno));
		buf_append(out, block, (size_t)got);
		if (out->length > largest)
			return ladle_fail(err, LADLE_E_USAGE, path,
					"%s: it is larger than %zu MiB, which no session is", path,
					largest >> 20);
	}
	return out->failed ? ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory") : LADLE_OK;
}

/* O_NONBLOCK: a pipe in its place would be waited for. */
enum ladle_status
text_file_read(const char *path, size_t largest, struct buf *out, bool *found,
		struct ladle_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat kind;

	*found = fd >= 0;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return LADLE_OK;
	if (fd < 0)
		return ladle_fail(err, LADLE_E_INPUT, path, "%s: %s", path, strerror(errno));
	enum ladle_status status = LADLE_OK;
	if (fstat(fd, &kind) != 0 || !S_ISREG(kind.st_mode))
		status = ladle_fail(err, LADLE_E_INPUT, path, "%s is no regular file", path);
	else
		status = read_all(fd, path, largest, out, err);
	close(fd);
	return status;
}

/* ---- out ---- */

struct place {
	int dirfd;
	const char *name;
};

static bool
open_place(struct place *place, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	place->name = path + length;
	if (length >= sizeof(folder)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(folder, path, length);
	folder[length] = '\0';
	place->dirfd = open(length == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place->dirfd >= 0;
}

/* The temporary has mode 600, and keeps it. */
static bool
write_in(const struct place *place, const struct buf *text, bool replace, bool durable)
{
	char name[64];
	int fd = os_temporary_in(place->dirfd, name, sizeof(name));

	if (fd < 0)
		return false;
	bool good = io_write_at(fd, buf_string(text), text->length, 0) &&
		    (!durable || fsync(fd) == 0) &&
		    os_publish(fd, place->dirfd, name, place->name, replace) == 0;
	int cause = errno;
	if (!good && *name != '\0')
		unlinkat(place->dirfd, name, 0);
	if (good && durable)
		fsync(place->dirfd);
	close(fd);
	errno = cause;
	return good;
}

enum ladle_status
text_file_write(const char *path, const struct buf *text, bool replace, bool durable,
		struct ladle_error *err)
{
	struct place place;

	if (text->failed)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
	bool good = open_place(&place, path);
	if (good) {
		good = write_in(&place, text, replace, durable);
		int cause = errno;
		close(place.dirfd);
		errno = cause;
	}
	return good ? LADLE_OK
		    : ladle_fail(err, LADLE_E_OUTPUT, path, "%s: %s", path, strerror(errno));
}

/* One that could not be written whole does not stay. */
enum ladle_status
text_file_create(const char *path, const struct buf *text, struct ladle_error *err)
{
	if (text->failed)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return ladle_fail(err, LADLE_E_OUTPUT, path, "%s: %s%s", path, strerror(errno),
				errno == EEXIST ? "; name another file" : "");
	errno = 0;
	bool written = io_write_at(fd, text->data, text->length, 0);
	int cause = errno;
	if (close(fd) != 0 && written) {
		written = false;
		cause = errno;
	}
	if (written)
		return LADLE_OK;
	unlink(path);
	return ladle_fail(err, LADLE_E_OUTPUT, path, "%s: %s", path, strerror(cause));
}
