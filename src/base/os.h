/* What not every POSIX system has, each with a fallback; the one place where Linux shows. */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <ladle.h>

/* A file of `size` bytes without a name, open for reading and writing: memfd where there is one,
 * else an unlinked file in TMPDIR. Returns the descriptor (CLOEXEC), or -1 with errno. */
int os_anonymous_file(const char *label, uint64_t size);
/* An empty file without a name in TMPDIR, for what may be larger than memory. -1 with errno. */
int os_scratch_file(void);
/* A file without a name in folder `dirfd` that os_publish can name (O_TMPFILE); *name is "" then.
 * Elsewhere a file that has a hidden name, written to name[size], to be unlinked on failure. */
int os_temporary_in(int dirfd, char *name, size_t size);
/* Gives the file its name in the folder. replace: an existing name is replaced, else EEXIST.
 * `name` is what os_temporary_in gave. 0, or -1 with errno; the temporary is gone on success. */
int os_publish(int fd, int dirfd, const char *name, const char *target, bool replace);
/* Reserves `size` bytes for the file so that a full disk shows now. 0 or an errno. */
int os_reserve(int fd, uint64_t size);
/* A pair of connected stream sockets (CLOEXEC, no SIGPIPE where the system can say so). 0 or -1. */
int os_socketpair(int pair[2]);
/* Closes every descriptor from `first` on. */
void os_close_from(int first);
bool os_is_big_endian(void);
/* Ends this process when the one that forked it is gone. */
void os_die_with_parent(int expected_parent);

/* What a worker may still do after os_confine. */
struct os_limits {
	uint64_t address_space; /* bytes more than now; 0: no limit */
	uint64_t file_size;     /* bytes; 0: nothing may be written */
	uint64_t cpu_seconds;   /* 0: no limit */
};

/* Gives up what a worker never needs: rlimits everywhere, Landlock and seccomp where the kernel
 * has them (seccomp answers EPERM; opening, sockets, exec, fork, signals to others are refused).
 * Reports what holds. */
void os_confine(const struct os_limits *, struct ladle_sandbox *out);

#endif
