#include "write/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/os.h"

static enum ladle_status
refuse(struct ladle_error *err, const char *path, const char *what, int error)
{
	return ladle_fail(err, LADLE_E_OUTPUT, path, "%s: %s: %s", path, what, strerror(error));
}

enum ladle_status
publish_check(const char *path, bool force, const struct publish_guard *guard, struct ladle_error *err)
{
	struct stat found;

	if (stat(path, &found)) {
		if (errno == ENOENT)
			return LADLE_OK; /* a link to nothing is refused when it is replaced */
		return refuse(err, path, "cannot be the output", errno);
	}
	if (S_ISDIR(found.st_mode))
		return ladle_fail(err, LADLE_E_OUTPUT, path, "%s is a directory", path);
	if (!S_ISREG(found.st_mode))
		return ladle_fail(err, LADLE_E_OUTPUT, path, "%s is not a regular file", path);
	if (guard && guard->is_input((uint64_t)found.st_dev, (uint64_t)found.st_ino, guard->arg))
		return ladle_fail(err, LADLE_E_OUTPUT, path,
				"%s is one of the inputs; an input is never overwritten", path);
	if (!force)
		return ladle_fail(err, LADLE_E_OUTPUT, path, "%s exists; --force replaces it", path);
	return LADLE_OK;
}

/* The folder part of path, "." when there is none. */
static int
open_folder(const char *path, const char *target)
{
	char folder[PATH_MAX];
	size_t length = (size_t)(target - path);

	if (length >= sizeof(folder)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(folder, path, length);
	folder[length] = '\0';
	return open(length ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum ladle_status
publish_begin(struct publication *out, const char *path, bool force, struct ladle_error *err)
{
	const char *slash = strrchr(path, '/');
	struct publication new = {.path = path, .target = slash ? slash + 1 : path, .force = force};

	if (!*new.target)
		return ladle_fail(err, LADLE_E_OUTPUT, path, "%s names no file", path);
	new.dirfd = open_folder(path, new.target);
	if (new.dirfd < 0)
		return refuse(err, path, "its folder", errno);
	new.fd = os_temporary_in(new.dirfd, new.name, sizeof(new.name));
	if (new.fd < 0) {
		int error = errno;

		close(new.dirfd);
		return refuse(err, path, "cannot be created", error);
	}
	*out = new;
	return LADLE_OK;
}

enum ladle_status
publish_reserve(const struct publication *to, uint64_t bytes, struct ladle_error *err)
{
	int error = os_reserve(to->fd, bytes);

	return error ? refuse(err, to->path, "no room", error) : LADLE_OK;
}

enum ladle_status
publish_write(const struct publication *to, const void *data, size_t size, uint64_t offset,
		struct ladle_error *err)
{
	const char *at = data;

	while (size) {
		ssize_t wrote = pwrite(to->fd, at, size, (off_t)offset);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return refuse(err, to->path, "cannot be written", wrote < 0 ? errno : ENOSPC);
		at += wrote;
		offset += (uint64_t)wrote;
		size -= (size_t)wrote;
	}
	return LADLE_OK;
}

enum ladle_status
publish_sync(const struct publication *to, struct ladle_error *err)
{
	return fsync(to->fd) ? refuse(err, to->path, "not durable", errno) : LADLE_OK;
}

/* What the file would have got from open(2), or the mode of the one that it replaces. */
static mode_t
mode_of(const struct publication *to)
{
	struct stat old;
	mode_t mask = umask(0);

	umask(mask);
	if (to->force && !fstatat(to->dirfd, to->target, &old, 0))
		return old.st_mode & 0777;
	return 0666 & ~mask;
}

enum ladle_status
publish_commit(struct publication *to, const struct publish_guard *guard, struct ladle_error *err)
{
	enum ladle_status status = publish_check(to->path, to->force, guard, err);

	if (status == LADLE_OK && fchmod(to->fd, mode_of(to)))
		status = refuse(err, to->path, "its mode", errno);
	if (status == LADLE_OK && os_publish(to->fd, to->dirfd, to->name, to->target, to->force))
		status = refuse(err, to->path, "cannot take its name", errno);
	if (status != LADLE_OK) {
		publish_abort(to);
		return status;
	}
	if (fsync(to->dirfd))
		status = refuse(err, to->path, "written, not proven durable", errno);
	close(to->fd);
	close(to->dirfd);
	return status;
}

void
publish_abort(struct publication *to)
{
	if (*to->name)
		unlinkat(to->dirfd, to->name, 0);
	close(to->fd);
	close(to->dirfd);
}
