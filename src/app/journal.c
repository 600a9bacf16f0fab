#include "app/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/text_file.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/io.h"

enum { JOURNAL_LARGEST = 64 << 20, SYNC_SECONDS = 1, OPEN_TRIES = 10 };

struct journal {
	char *path;
	int fd; /* locked */
	uint64_t size;
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool dirty, ended; /* under lock */
};

static enum ladle_status
fail_errno(struct ladle_error *err, const char *path)
{
	return ladle_fail(err, LADLE_E_OUTPUT, path, "%s: %s", path, strerror(errno));
}

/* ---- to the disk, behind ---- */

/* Sleeps between two calls, unless the journal is closed. Under the lock. */
static void
pause_between(struct journal *journal)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SYNC_SECONDS;
	while (!journal->ended &&
			pthread_cond_timedwait(&journal->changed, &journal->lock, &until) == 0)
		;
}

static void *
sync_main(void *arg)
{
	struct journal *journal = arg;

	pthread_mutex_lock(&journal->lock);
	while (!journal->ended || journal->dirty) {
		if (!journal->dirty) {
			pthread_cond_wait(&journal->changed, &journal->lock);
			continue;
		}
		journal->dirty = false;
		pthread_mutex_unlock(&journal->lock);
		fdatasync(journal->fd);
		pthread_mutex_lock(&journal->lock);
		pause_between(journal);
	}
	pthread_mutex_unlock(&journal->lock);
	return NULL;
}

/* Without a thread records still outlive the process. Signals belong to the owner. */
static void
start_thread(struct journal *journal)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	journal->has_thread = pthread_create(&journal->thread, NULL, sync_main, journal) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void
set_dirty(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	journal->dirty = true;
	pthread_cond_signal(&journal->changed);
	pthread_mutex_unlock(&journal->lock);
}

static void
end_thread(struct journal *journal, bool forget)
{
	pthread_mutex_lock(&journal->lock);
	journal->ended = true;
	journal->dirty = journal->dirty && !forget;
	pthread_cond_signal(&journal->changed);
	pthread_mutex_unlock(&journal->lock);
	if (journal->has_thread)
		pthread_join(journal->thread, NULL);
}

/* ---- open and close ---- */

/* The file may have been taken away between its opening and its locking: is it still this one? */
static bool
is_there(int fd, const char *path)
{
	struct stat open_file, named;

	return fstat(fd, &open_file) == 0 && lstat(path, &named) == 0 &&
	       open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

/* The descriptor; -1 with errno, EWOULDBLOCK where another process has the lock. */
static int
open_locked(const char *path, bool create)
{
	int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
		    (create ? O_CREAT : 0);
	struct stat found;

	for (int i = 0; i < OPEN_TRIES; i++) {
		int fd = open(path, flags, 0600), error = 0;
		if (fd < 0)
			return -1;
		if (fstat(fd, &found) != 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
			error = errno;
		else if (!S_ISREG(found.st_mode))
			error = EINVAL;
		else if (is_there(fd, path))
			return fd;
		close(fd);
		errno = error;
		if (error != 0)
			return -1;
	}
	errno = EWOULDBLOCK;
	return -1;
}

static struct journal *
journal_new(char *path, int fd)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	struct stat found;

	if (journal == NULL || fstat(fd, &found) != 0) {
		free(journal);
		return NULL;
	}
	journal->path = path;
	journal->fd = fd;
	journal->size = (uint64_t)found.st_size;
	pthread_mutex_init(&journal->lock, NULL);
	pthread_cond_init(&journal->changed, NULL);
	start_thread(journal);
	return journal;
}

static enum ladle_status
open_path(struct journal **out, char *path, bool create, bool *locked, struct ladle_error *err)
{
	int fd = open_locked(path, create);

	*locked = fd < 0 && errno == EWOULDBLOCK;
	if (fd < 0 && (*locked || (!create && (errno == ENOENT || errno == ENOTDIR))))
		return LADLE_OK;
	if (fd < 0)
		return fail_errno(err, path);
	*out = journal_new(path, fd);
	if (*out != NULL)
		return LADLE_OK;
	close(fd);
	return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
}

enum ladle_status
journal_open(struct journal **out, const char *session_path, bool create, bool *locked,
		struct ladle_error *err)
{
	struct buf path;

	*out = NULL;
	*locked = false;
	buf_init(&path);
	buf_format(&path, "%s.journal", session_path);
	char *copy = path.failed ? NULL : strdup(buf_string(&path));
	buf_done(&path);
	if (copy == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
	enum ladle_status status = open_path(out, copy, create, locked, err);
	if (*out == NULL)
		free(copy);
	return status;
}

void
journal_close(struct journal *journal, bool forget)
{
	if (journal == NULL)
		return;
	end_thread(journal, forget);
	if (forget)
		unlink(journal->path);
	close(journal->fd);
	pthread_cond_destroy(&journal->changed);
	pthread_mutex_destroy(&journal->lock);
	free(journal->path);
	free(journal);
}

/* ---- records ---- */

static void
write_heading(struct buf *out, const struct buf *session)
{
	uint64_t hash = hash_bytes(buf_string(session), session->length, 0);

	buf_format(out, "# ladle journal 1 of %016llx\n", (unsigned long long)hash);
}

static bool
begins_with(const struct buf *text, const struct buf *start)
{
	return text->length >= start->length &&
	       memcmp(buf_string(text), buf_string(start), start->length) == 0;
}

/* What stands behind the last newline was not written wholly. */
static size_t
whole_lines(const struct buf *text)
{
	size_t length = text->length;

	while (length > 0 && text->data[length - 1] != '\n')
		length--;
	return length;
}

enum ladle_status
journal_read(const struct journal *journal, const struct buf *session, struct buf *out,
		struct ladle_error *err)
{
	struct buf text, heading;
	bool found;

	buf_init(&text);
	buf_init(&heading);
	write_heading(&heading, session);
	enum ladle_status status =
			text_file_read(journal->path, JOURNAL_LARGEST, &text, &found, err);
	if (status == LADLE_OK && found && begins_with(&text, &heading))
		buf_append(out, text.data + heading.length, whole_lines(&text) - heading.length);
	buf_done(&heading);
	buf_done(&text);
	return status;
}

/* One write for a line: a reader finds it whole, or torn as the last. */
static bool
write_line(int fd, const struct buf *line)
{
	ssize_t written;

	do
		written = write(fd, line->data, line->length);
	while (written < 0 && errno == EINTR);
	if (written >= 0 && (size_t)written < line->length)
		errno = ENOSPC;
	return written == (ssize_t)line->length;
}

static enum ladle_status
append(struct journal *journal, const struct buf *line, struct ladle_error *err)
{
	if (line->failed)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
	if (!write_line(journal->fd, line)) {
		enum ladle_status status = fail_errno(err, journal->path);
		(void)!ftruncate(journal->fd, (off_t)journal->size);
		return status;
	}
	journal->size += line->length;
	set_dirty(journal);
	return LADLE_OK;
}

enum ladle_status
journal_begin(struct journal *journal, const struct buf *session, struct ladle_error *err)
{
	struct buf heading;

	if (ftruncate(journal->fd, 0) != 0)
		return fail_errno(err, journal->path);
	journal->size = 0;
	buf_init(&heading);
	write_heading(&heading, session);
	enum ladle_status status = append(journal, &heading, err);
	buf_done(&heading);
	return status;
}

enum ladle_status
journal_append(struct journal *journal, const char *record, struct ladle_error *err)
{
	struct buf line;

	buf_init(&line);
	buf_format(&line, "%s\n", record);
	enum ladle_status status = append(journal, &line, err);
	buf_done(&line);
	return status;
}

uint64_t
journal_size(const struct journal *journal)
{
	return journal->size;
}
