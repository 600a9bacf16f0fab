#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { NAME_TRIES = 100 };

/* ---- files without a name -------------------------------------------------------------------- */

/* Not atomic with what made fd: another thread's exec may inherit it. Only where open flags such
 * as O_CLOEXEC do not exist. */
static void
set_cloexec(int fd)
{
	fcntl(fd, F_SETFD, fcntl(fd, F_GETFD) | FD_CLOEXEC);
}

/* Closes without losing the errno that says what went wrong. */
static int
close_failed(int fd)
{
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int
unlinked_file_in(const char *folder)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s/ladle-XXXXXX", folder);
	if (n < 0 || (size_t)n >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = mkstemp(path);
	if (fd < 0)
		return -1;
	set_cloexec(fd);
	unlink(path);
	return fd;
}

int
os_scratch_file(void)
{
	const char *folder = getenv("TMPDIR");
	if (!folder || !*folder)
		folder = "/tmp";
#ifdef O_TMPFILE
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
#endif
	return unlinked_file_in(folder);
}

/* Seals keep the other holder of the file from shrinking it under a reader. */
static int
open_memory_file(const char *label)
{
#ifdef MFD_ALLOW_SEALING
	return memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);
#else
	(void)label;
	errno = ENOSYS;
	return -1;
#endif
}

static void
seal_size(int fd)
{
#ifdef F_ADD_SEALS
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
#else
	(void)fd;
#endif
}

int
os_anonymous_file(const char *label, uint64_t size)
{
	int fd = open_memory_file(label);
	if (fd < 0)
		fd = os_scratch_file();
	if (fd < 0)
		return -1;
	if (size > INT64_MAX || ftruncate(fd, (off_t)size) != 0)
		return close_failed(fd);
	if (size > 0)
		seal_size(fd);
	return fd;
}

/* ---- files that get their name last ---------------------------------------------------------- */

/* Unlikely to be there, and O_EXCL or EEXIST tells when it is: then `attempt` makes another. */
static int
hidden_name(char *name, size_t size, int attempt)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_REALTIME, &now);
	int n = snprintf(name, size, ".ladle-%ld-%lx.tmp", (long)getpid(),
			(unsigned long)(now.tv_nsec + attempt));
	if (n >= 0 && (size_t)n < size)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static int
named_temporary_in(int dirfd, char *name, size_t size)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		if (hidden_name(name, size, i) != 0)
			return -1;
		int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
		int fd = openat(dirfd, name, flags, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int
os_temporary_in(int dirfd, char *name, size_t size)
{
#ifdef O_TMPFILE
	/* Without /proc the file could not be given a name. */
	if (access("/proc/self/fd", X_OK) == 0) {
		int fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0) {
			name[0] = '\0';
			return fd;
		}
	}
#endif
	return named_temporary_in(dirfd, name, size);
}

static int
link_nameless(int fd, int dirfd, const char *target)
{
	char self[64];
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dirfd, target, AT_SYMLINK_FOLLOW);
}

static int
rename_over(int dirfd, const char *name, const char *target)
{
	if (renameat(dirfd, name, dirfd, target) == 0)
		return 0;
	int error = errno;
	unlinkat(dirfd, name, 0);
	errno = error;
	return -1;
}

/* linkat cannot replace, so the file gets a hidden name first. */
static int
replace_with_nameless(int fd, int dirfd, const char *target)
{
	char name[64];
	for (int i = 0; i < NAME_TRIES; i++) {
		if (hidden_name(name, sizeof name, i) != 0)
			return -1;
		if (link_nameless(fd, dirfd, name) == 0)
			return rename_over(dirfd, name, target);
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

/* renameat2 where kernel and file system know it; a second link and an unlink elsewhere, which also
 * fails with EEXIST but leaves both names if the process dies in between. */
static int
rename_without_replacing(int dirfd, const char *name, const char *target)
{
#ifdef RENAME_NOREPLACE
	if (renameat2(dirfd, name, dirfd, target, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return -1;
#endif
	if (linkat(dirfd, name, dirfd, target, 0) != 0)
		return -1;
	unlinkat(dirfd, name, 0);
	return 0;
}

int
os_publish(int fd, int dirfd, const char *name, const char *target, bool replace)
{
	if (!*name)
		return replace ? replace_with_nameless(fd, dirfd, target)
			       : link_nameless(fd, dirfd, target);
	return replace ? renameat(dirfd, name, dirfd, target)
		       : rename_without_replacing(dirfd, name, target);
}

/* posix_fallocate would write zeros where the file system cannot reserve; that is not worth it. */
static int
reserve_blocks(int fd, off_t size)
{
#ifdef __linux__
	return fallocate(fd, 0, 0, size) == 0 ? 0 : errno;
#else
	(void)fd;
	(void)size;
	return EOPNOTSUPP;
#endif
}

int
os_reserve(int fd, uint64_t size)
{
	if (size > INT64_MAX)
		return EFBIG;
	if (size == 0)
		return 0;
	int error;
	do
		error = reserve_blocks(fd, (off_t)size);
	while (error == EINTR);
	if (error != EOPNOTSUPP && error != ENOSYS)
		return error;
	struct stat st;
	if (fstat(fd, &st) != 0)
		return errno;
	return st.st_size >= (off_t)size || ftruncate(fd, (off_t)size) == 0 ? 0 : errno;
}

/* ---- descriptors and processes --------------------------------------------------------------- */

int
os_socketpair(int pair[2])
{
#ifdef SOCK_CLOEXEC
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
#else
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		set_cloexec(pair[i]);
#ifdef SO_NOSIGPIPE
		setsockopt(pair[i], SOL_SOCKET, SO_NOSIGPIPE, &(int){1}, sizeof(int));
#endif
	}
	return 0;
#endif
}

void
os_close_from(int first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0)
		return;
#endif
	long limit = sysconf(_SC_OPEN_MAX);
	for (int fd = first; fd < (limit > 0 && limit < 65536 ? limit : 65536); fd++)
		close(fd);
}

bool
os_is_big_endian(void)
{
	uint16_t one = 1;
	unsigned char first;
	memcpy(&first, &one, 1);
	return first == 0;
}

void
os_die_with_parent(int expected_parent)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != expected_parent)
		_exit(0);
}

/* ---- confinement ----------------------------------------------------------------------------- */

/* Soft and hard, never above a hard limit that is already lower. */
static bool
limit(int resource, uint64_t value)
{
	struct rlimit now;
	if (getrlimit(resource, &now) != 0)
		return false;
	rlim_t most = (rlim_t)value;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most)
		most = now.rlim_max;
	return setrlimit(resource, &(struct rlimit){.rlim_cur = most, .rlim_max = most}) == 0;
}

/* Bytes of address space in use, so that a limit counts what comes on top; 0 unknown. */
static uint64_t
address_space_used(void)
{
	char text[32] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	return n > 0 ? strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* RLIMIT_NOFILE 0 keeps what is open and forbids every further descriptor: with it alone, on any
 * POSIX system, a worker cannot open a file or a socket. NPROC does not bind root. */
static bool
set_limits(const struct os_limits *limits, uint64_t used)
{
	bool holds = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, limits->file_size) &&
		     limit(RLIMIT_NOFILE, 0);
#ifdef RLIMIT_NPROC
	holds = limit(RLIMIT_NPROC, 0) && holds;
#endif
#ifdef RLIMIT_AS
	if (limits->address_space && !SANITIZED)
		holds = limit(RLIMIT_AS, used + limits->address_space) && holds;
#endif
	if (limits->cpu_seconds)
		holds = limit(RLIMIT_CPU, limits->cpu_seconds) && holds;
	return holds;
}

#ifdef SYS_landlock_create_ruleset

/* linux/landlock.h as of ABI 6; the headers of the build machine may be older than the kernel. */
struct landlock_attr {
	uint64_t fs, net, scoped;
};

static struct landlock_attr
landlock_everything(int abi, size_t *size)
{
	/* ABI 1: 13 rights; 2 adds REFER, 3 TRUNCATE, 5 IOCTL_DEV; 4 TCP; 6 sockets and signals */
	int rights = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5);
	*size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	return (struct landlock_attr){
			.fs = (UINT64_C(1) << rights) - 1,
			.net = abi >= 4 ? 3 : 0,
			.scoped = abi >= 6 ? 3 : 0,
	};
}

/* A ruleset without rules: every right that it handles is gone for good. What is already open
 * stays usable. */
static bool
landlock(int *abi)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	if (version <= 0)
		return false;
	*abi = (int)version;
	size_t size;
	struct landlock_attr attr = landlock_everything(*abi, &size);
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (rules < 0)
		return false;
	bool holds = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return holds;
}

#else

static bool
landlock(int *abi)
{
	*abi = 0;
	return false;
}

#endif

#ifdef HAVE_SECCOMP

/* What malloc, pread, the wire and libhdf5 need after everything is open. Names that an
 * architecture lacks are skipped when the rule is added. */
static const int SYSCALLS[] = {
		SCMP_SYS(read),
		SCMP_SYS(pread64),
		SCMP_SYS(write),
		SCMP_SYS(pwrite64),
		SCMP_SYS(writev),
		SCMP_SYS(recvfrom),
		SCMP_SYS(sendto),
		SCMP_SYS(close),
		SCMP_SYS(lseek),
		SCMP_SYS(_llseek),
		SCMP_SYS(fstat),
		SCMP_SYS(fstat64),
		SCMP_SYS(ftruncate),
		SCMP_SYS(ftruncate64),
		SCMP_SYS(fsync),
		SCMP_SYS(fdatasync),
		SCMP_SYS(fallocate),
		SCMP_SYS(brk),
		SCMP_SYS(munmap),
		SCMP_SYS(mremap),
		SCMP_SYS(madvise),
		SCMP_SYS(futex),
		SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(rt_sigaction),
		SCMP_SYS(rt_sigreturn),
		SCMP_SYS(setitimer),
		SCMP_SYS(getpid),
		SCMP_SYS(gettid),
		SCMP_SYS(getppid),
		SCMP_SYS(clock_gettime),
		SCMP_SYS(gettimeofday),
		SCMP_SYS(time),
		SCMP_SYS(getrandom),
		SCMP_SYS(restart_syscall),
		SCMP_SYS(exit),
		SCMP_SYS(exit_group),
#if SANITIZED
		SCMP_SYS(sigaltstack),
		SCMP_SYS(sched_yield),
		SCMP_SYS(sched_getaffinity),
		SCMP_SYS(getrlimit),
		SCMP_SYS(readlink),
		SCMP_SYS(mincore),
		SCMP_SYS(nanosleep),
		SCMP_SYS(clock_nanosleep),
		SCMP_SYS(prctl),
#endif
};

/* Memory may be mapped and protected, but never made executable. */
static int
allow_memory(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, 4 /* PROT_EXEC */, 0);
	int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, plain);
	failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, plain);
	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap2), 1, plain);
	return failed;
}

static bool
seccomp(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return false;
	int failed = allow_memory(filter);
	for (size_t i = 0; i < sizeof SYSCALLS / sizeof *SYSCALLS; i++)
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SYSCALLS[i], 0);
	/* abort() signals the process itself, and none but itself. */
	failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	failed |= seccomp_load(filter);
	seccomp_release(filter);
	return failed == 0;
}

#else

static bool
seccomp(void)
{
	return false;
}

#endif

/* The order matters: Landlock needs a descriptor, which RLIMIT_NOFILE then forbids, and seccomp
 * would forbid both. Must be the last thing before untrusted bytes are read. */
void
os_confine(const struct os_limits *limits, struct ladle_sandbox *out)
{
	struct ladle_sandbox holds = {0};
	uint64_t used = address_space_used();
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
#ifdef __linux__
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#endif
	holds.landlock = landlock(&holds.landlock_abi);
	holds.rlimits = set_limits(limits, used);
	holds.seccomp = seccomp();
	if (out)
		*out = holds;
}
