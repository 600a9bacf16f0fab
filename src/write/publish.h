/* A new file that appears whole or not at all. */
#ifndef WRITE_PUBLISH_H
#define WRITE_PUBLISH_H

#include <signal.h>

#include <ladle.h>

struct publication {
	int fd, dirfd;
	const char *path;   /* as the caller gave it; borrowed */
	const char *target; /* its last component, inside path */
	char name[64];      /* of the temporary, "" where it has none */
	bool force;
	sigset_t signals; /* the caller's mask, put back at the end */
};

/* Is the file at this device and inode one that must not be replaced? */
struct publish_guard {
	bool (*is_input)(uint64_t device, uint64_t inode, void *arg);
	void *arg;
};

/* Checks the destination without touching it. E_OUTPUT: it is an input (also through a link),
 * exists without force, is no regular file; its folder is missing or may not be written. */
enum ladle_status publish_check(
		const char *path, bool force, const struct publish_guard *, struct ladle_error *);
/* A temporary in the destination's folder with the mode that the file is to have; publish_abort
 * or publish_commit ends it, in the same thread. Until then a write beyond RLIMIT_FSIZE is an
 * error and no SIGXFSZ. */
enum ladle_status publish_begin(
		struct publication *out, const char *path, bool force, struct ladle_error *);
/* Takes room for the file from its start, so that a full disk shows before anything is read. */
enum ladle_status publish_reserve(const struct publication *, uint64_t bytes, struct ladle_error *);
/* Once: after a failed fsync the pages count as clean, so a second one proves nothing. */
enum ladle_status publish_sync(const struct publication *, struct ladle_error *);
/* Gives the file its name and makes the name durable. When only the last fails, the file is
 * there and E_OUTPUT says that it is not proven durable. */
enum ladle_status publish_commit(
		struct publication *, const struct publish_guard *, struct ladle_error *);
void publish_abort(struct publication *);
/* All bytes at an offset, or E_OUTPUT with the reason. */
enum ladle_status publish_write(const struct publication *, const void *data, size_t size,
		uint64_t offset, struct ladle_error *);

#endif
