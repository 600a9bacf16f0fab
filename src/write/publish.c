#include "write/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "base/os.h"

static enum ladle_status
refuse(struct ladle_error *err, const char *path, const char *what, int error)
{
	return ladle_fail(err, LADLE_E_OUTPUT, path, "%s: %s: %s", path, what, strerror(error));
}

/* The folder part of path, "." when there is none; `target` is the rest of it. */
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

static const char *
target_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum ladle_status
check_folder(const char *path, struct ladle_error *err)
{
	int folder = open_folder(path, target_of(path));
	int error = folder < 0 || faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) ? errno : 0;

	if (folder >= 0)
		close(folder);
	return error ? refuse(err, path, "its folder", error) : LADLE_OK;
}

static enum ladle_status
check_existing(const char *path, const struct stat *found, bool force,
		const struct publish_guard *guard, struct ladle_error *err)
{
	if (S_ISDIR(found->st_mode))
		return ladle_fail(err, LADLE_E_OUTPUT, path, "%s is a directory", path);
	if (!S_ISREG(found->st_mode) && !S_ISLNK(found->st_mode))
		return ladle_fail(err, LADLE_E_OUTPUT, path, "%s is not a regular file", path);
	if (guard && guard->is_input((uint64_t)found->st_dev, (uint64_t)found->st_ino, guard->arg))
		return ladle_fail(err, LADLE_E_OUTPUT, path,
				"%s is one of the inputs; an input is never overwritten", path);
	if (!force)
		return ladle_fail(
				err, LADLE_E_OUTPUT, path, "%s exists; --force replaces it", path);
	return LADLE_OK;
}

/* A link is judged by what it leads to; one that leads nowhere is itself what exists. */
enum ladle_status
publish_check(const char *path, bool force, const struct publish_guard *guard,
		struct ladle_error *err)
{
	struct stat found;

	if (!*target_of(path))
		return ladle_fail(err, LADLE_E_OUTPUT, path, "%s names no file", path);
	if (!stat(path, &found) || (errno == ENOENT && !lstat(path, &found)))
		TRY(check_existing(path, &found, force, guard, err));
	else if (errno != ENOENT)
		return refuse(err, path, "cannot be the output", errno);
	return check_folder(path, err);
}

/* A process can ask for its mask only by setting another: for that moment, the strictest. */
static mode_t
mode_of_new_file(void)
{
	mode_t mask = umask(0777);

	umask(mask);
	return 0666 & ~mask;
}

/* As the file that is replaced has them, else as open(2) gives them. */
static int
give_mode(const struct publication *to)
{
	mode_t mode = mode_of_new_file();
	struct stat old;

	if (to->force && !fstatat(to->dirfd, to->target, &old, AT_SYMLINK_NOFOLLOW) &&
			S_ISREG(old.st_mode)) {
		if (!fchown(to->fd, old.st_uid, old.st_gid))
			mode = old.st_mode & 0777;
		else
			mode &= old.st_mode;
	}
	return fchmod(to->fd, mode);
}

static void
hold_size_signal(struct publication *to)
{
	sigset_t size;

	sigemptyset(&size);
	sigaddset(&size, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &size, &to->signals);
}

/* A signal that came meanwhile is taken, unless the caller held it back before. */
static void
drop_size_signal(const struct publication *to)
{
	sigset_t size, pending;
	int taken;

	sigemptyset(&size);
	sigaddset(&size, SIGXFSZ);
	if (!sigismember(&to->signals, SIGXFSZ) && !sigpending(&pending) &&
			sigismember(&pending, SIGXFSZ))
		sigwait(&size, &taken);
	pthread_sigmask(SIG_SETMASK, &to->signals, NULL);
}

static void
publish_end(const struct publication *to)
{
	close(to->fd);
	close(to->dirfd);
	drop_size_signal(to);
}

void
publish_abort(struct publication *to)
{
	if (*to->name)
		unlinkat(to->dirfd, to->name, 0);
	publish_end(to);
}

static enum ladle_status
open_temporary(struct publication *to, struct ladle_error *err)
{
	to->fd = os_temporary_in(to->dirfd, to->name, sizeof(to->name));
	if (to->fd < 0) {
		refuse(err, to->path, "cannot be created", errno);
		close(to->dirfd);
		return LADLE_E_OUTPUT;
	}
	hold_size_signal(to);
	if (!give_mode(to))
		return LADLE_OK;
	refuse(err, to->path, "its mode", errno);
	publish_abort(to);
	return LADLE_E_OUTPUT;
}

enum ladle_status
publish_begin(struct publication *out, const char *path, bool force, struct ladle_error *err)
{
	struct publication new = {.path = path, .target = target_of(path), .force = force};

	new.dirfd = open_folder(path, new.target);
	if (new.dirfd < 0)
		return refuse(err, path, "its folder", errno);
	TRY(open_temporary(&new, err));
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
	if (io_write_at(to->fd, data, size, offset))
		return LADLE_OK;
	return refuse(err, to->path, "cannot be written", errno);
}

enum ladle_status
publish_sync(const struct publication *to, struct ladle_error *err)
{
	return fsync(to->fd) ? refuse(err, to->path, "not durable", errno) : LADLE_OK;
}

enum ladle_status
publish_commit(struct publication *to, const struct publish_guard *guard, struct ladle_error *err)
{
	enum ladle_status status = publish_check(to->path, to->force, guard, err);

	if (status == LADLE_OK && os_publish(to->fd, to->dirfd, to->name, to->target, to->force))
		status = refuse(err, to->path, "cannot take its name", errno);
	if (status != LADLE_OK) {
		publish_abort(to);
		return status;
	}
	if (fsync(to->dirfd))
		status = refuse(err, to->path, "written, not proven durable", errno);
	publish_end(to);
	return status;
}
