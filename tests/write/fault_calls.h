/* Stands in front of the C library's functions by which an export reaches the disk: lets one call
 * fail, kills the process before one, or notes their order. For one test program, on Linux. */
#ifndef TESTS_WRITE_FAULT_CALLS_H
#define TESTS_WRITE_FAULT_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* X(enumerator, letter in the log) */
#define CALLS(X)                  \
	X(CALL_PWRITE, 'w')       \
	X(CALL_FTRUNCATE, 't')    \
	X(CALL_FALLOCATE, 'a')    \
	X(CALL_FCHMOD, 'm')       \
	X(CALL_FSYNC, 's')        \
	X(CALL_FSYNC_FOLDER, 'd') \
	X(CALL_LINKAT, 'l')       \
	X(CALL_RENAMEAT, 'r')     \
	X(CALL_TMPFILE, 'o')

enum call {
#define X(id, letter) id,
	CALLS(X)
#undef X
			CALL_KINDS
};

static const char letters[] = {
#define X(id, letter) letter,
		CALLS(X)
#undef X
};

enum { LOG = 4096 };

/* Shared with the workers, which are forks of this process. */
struct faults {
	int kind, at, error; /* the call of `kind` that fails, from 0; kind -1: none */
	bool sticky;         /* and all after it */
	int kill_at;         /* the process is killed before this call of any kind; -1: never */
	bool halve;          /* writes write half of what they are given */
	bool no_tmpfile;
	dev_t device; /* of the scratch folder: shared memory lies elsewhere */
	atomic_int calls[CALL_KINDS], all, hits;
	char log[LOG];
};

static struct faults *faults;

static void
faults_reset(void)
{
	dev_t device = faults->device;

	memset(faults, 0, sizeof(*faults));
	faults->kind = faults->kill_at = -1;
	faults->device = device;
}

/* Does this call fail? */
static bool
fails(enum call kind)
{
	int n, all;

	if (!faults)
		return false;
	n = atomic_fetch_add(&faults->calls[kind], 1);
	all = atomic_fetch_add(&faults->all, 1);
	if (all < LOG - 1)
		faults->log[all] = letters[kind];
	if (all == faults->kill_at) {
		kill(getpid(), SIGKILL);
		_exit(92); /* a confined worker may not even kill itself */
	}
	if ((int)kind != faults->kind || (faults->sticky ? n < faults->at : n != faults->at))
		return false;
	atomic_fetch_add(&faults->hits, 1);
	errno = faults->error;
	return true;
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t offset)
{
	if (fails(CALL_PWRITE))
		return -1;
	if (faults && faults->halve && size > 1)
		size = (size + 1) / 2;
	return syscall(SYS_pwrite64, fd, data, size, offset);
}

int
ftruncate(int fd, off_t size)
{
	struct stat found;
	bool is_output = faults && !fstat(fd, &found) && found.st_dev == faults->device;

	return is_output && fails(CALL_FTRUNCATE) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int
fallocate(int fd, int mode, off_t offset, off_t size)
{
	return fails(CALL_FALLOCATE) ? -1 : (int)syscall(SYS_fallocate, fd, mode, offset, size);
}

int
fchmod(int fd, mode_t mode)
{
	return fails(CALL_FCHMOD) ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

/* Not passed on: what is tested is what happens when it fails, and the disk is slow. */
int
fsync(int fd)
{
	struct stat found;
	bool is_folder = !fstat(fd, &found) && S_ISDIR(found.st_mode);

	return fails(is_folder ? CALL_FSYNC_FOLDER : CALL_FSYNC) ? -1 : 0;
}

int
linkat(int from, const char *path, int to, const char *name, int flags)
{
	return fails(CALL_LINKAT) ? -1 : (int)syscall(SYS_linkat, from, path, to, name, flags);
}

int
renameat(int from, const char *path, int to, const char *name)
{
	return fails(CALL_RENAMEAT) ? -1 : (int)syscall(SYS_renameat2, from, path, to, name, 0);
}

int
renameat2(int from, const char *path, int to, const char *name, unsigned flags)
{
	return fails(CALL_RENAMEAT) ? -1 : (int)syscall(SYS_renameat2, from, path, to, name, flags);
}

int
openat(int folder, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = (mode_t)va_arg(args, unsigned);
	va_end(args);
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		if (faults && faults->no_tmpfile) {
			errno = EOPNOTSUPP;
			return -1;
		}
		if (fails(CALL_TMPFILE))
			return -1;
	}
	return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#endif
