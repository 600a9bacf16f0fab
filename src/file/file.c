#include "file/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/io.h"
#include "base/os.h"
#include "file/file_inside.h"
#include "file/nursery.h"
#include "file/reader.h"
#include "file/shard_index.h"
#include "file/sniff.h"

/* ---- opening --------------------------------------------------------------------------------- */

static enum ladle_status
fail(const struct file *file, struct ladle_error *err, const char *why)
{
	return ladle_fail(err, LADLE_E_INPUT, file->path, "%s", why);
}

static const char *
name_special(mode_t mode)
{
	return S_ISFIFO(mode)   ? "is a FIFO, not a file"
	       : S_ISSOCK(mode) ? "is a socket, not a file"
				: "is a device, not a file";
}

static struct file *
new_file(const char *path)
{
	struct file *file = calloc(1, sizeof *file);
	if (!file)
		return NULL;
	file->fd = file->slab = file->scratch = file->folder = -1;
	file->path = strdup(path);
	pthread_mutex_init(&file->lock, NULL);
	catalog_init(&file->catalog);
	return file;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
file_close(struct file *file)
{
	if (!file)
		return;
	for (uint32_t i = 0; i < file->part_count; i++)
		file_close(file->parts[i]);
	free(file->parts);
	worker_close(file->worker);
	catalog_done(&file->catalog);
	close_fd(&file->folder);
	close_fd(&file->scratch);
	close_fd(&file->slab);
	close_fd(&file->fd);
	pthread_mutex_destroy(&file->lock);
	free(file->path);
	free(file);
}

/* Everything that the worker will ever hold is handed over here: once confined it can open nothing
 * and receive no descriptor. */
static enum ladle_status
spawn_reader(struct file *file, struct nursery *nursery, bool is_archive, struct ladle_error *err)
{
	file->slab = os_anonymous_file("ladle-slab", READER_SLAB_BYTES);
	if (is_archive)
		file->scratch = os_scratch_file();
	if (file->slab < 0 || (is_archive && file->scratch < 0))
		return ladle_fail(err, LADLE_E_INPUT, file->path, "no temporary file: %s",
				strerror(errno));
	int fds[] = {[READER_FILE] = file->fd,
			[READER_SLAB] = file->slab,
			[READER_SCRATCH] = file->scratch};
	return worker_spawn(&file->worker, nursery, WORKER_READER, fds, is_archive ? 3 : 2,
			file->path, err);
}

/* The window must lie in what it is a window of: the file, or the scratch file. */
static enum ladle_status
check_window(const struct file *file, struct ladle_error *err)
{
	const struct catalog *catalog = &file->catalog;
	struct stat st = file->opened;
	if (catalog->inflated && (file->scratch < 0 || fstat(file->scratch, &st) != 0))
		return fail(file, err, "has no unpacked part");
	if (catalog->base + catalog->length > (uint64_t)st.st_size)
		return ladle_fail(err, LADLE_E_WORKER, file->path,
				"the worker's catalog is refused: "
				"its window is larger than the file");
	return LADLE_OK;
}

static bool
needs_worker(const struct catalog *catalog)
{
	for (uint32_t i = 0; i < catalog->object_count; i++) {
		const struct catalog_object *object = &catalog->objects[i];
		if (object->kind == CATALOG_DATASET && !object->refused &&
				object->storage != CATALOG_CONTIGUOUS && object->count > 0)
			return true;
	}
	return false;
}

/* What is not needed any more after listing: in a file that Keras wrote, all of it. */
static void
release_reader(struct file *file)
{
	if (!file->catalog.inflated)
		close_fd(&file->scratch);
	if (needs_worker(&file->catalog))
		return;
	worker_close(file->worker);
	file->worker = NULL;
	close_fd(&file->slab);
}

static enum ladle_status
receive_catalog(struct file *file, bool is_archive, struct ladle_error *err)
{
	struct reader_request request = {.op = READER_LIST,
			.first = is_archive,
			.count = (uint64_t)file->opened.st_size};
	struct buf reply;
	buf_init(&reply);
	enum ladle_status status = worker_ask(file->worker, &request, sizeof request, &reply, err);
	if (status == LADLE_OK) {
		status = catalog_decode(&file->catalog, reply.data, reply.length, err);
		if (status != LADLE_OK && err)
			snprintf(err->path, sizeof err->path, "%s", file->path);
	}
	buf_done(&reply);
	return status;
}

enum ladle_status
file_list(struct file *file, struct nursery *nursery, bool is_archive, struct ladle_error *err)
{
	TRY(spawn_reader(file, nursery, is_archive, err));
	enum ladle_status status = receive_catalog(file, is_archive, err);
	TRY(file_check(file, err)); /* a change explains a failure better */
	TRY(status);
	TRY(check_window(file, err));
	release_reader(file);
	return LADLE_OK;
}

void
file_note(struct file *file, const char *note)
{
	struct catalog *catalog = &file->catalog;
	if (note && *catalog->note)
		note = arena_format(&catalog->arena, "%s; %s", catalog->note, note);
	if (note)
		catalog->note = note;
}

/* A shard opens by itself too, and then looks like a model that lacks layers. */
static void
note_shard(struct file *file)
{
	struct arena *arena = &file->catalog.arena;
	const char *index = shard_index_name(arena, file->path);
	if (index && access(index, F_OK) == 0)
		file_note(file, arena_format(arena, "one shard of several: open %s instead",
						index));
}

static enum ladle_status
open_file(struct file *file, struct nursery *nursery, struct ladle_error *err)
{
	const char *why = NULL;
	enum sniffed kind = sniff_file(file->fd, (uint64_t)file->opened.st_size, file->path, &why);
	if (kind == SNIFF_OTHER)
		return fail(file, err, why);
	if (kind == SNIFF_INDEX)
		return shards_open(file, nursery, err);
	TRY(file_list(file, nursery, kind == SNIFF_ZIP, err));
	note_shard(file);
	return LADLE_OK;
}

static enum ladle_status
open_part(struct file *file, struct nursery *nursery, struct ladle_error *err)
{
	const char *why = "is not HDF5";
	if (!S_ISREG(file->opened.st_mode))
		return fail(file, err, "is no file");
	if (sniff_file(file->fd, (uint64_t)file->opened.st_size, file->path, &why) != SNIFF_H5)
		return fail(file, err, why);
	return file_list(file, nursery, false, err);
}

static enum ladle_status
open_any(struct file *file, struct nursery *nursery, struct ladle_error *err)
{
	mode_t mode = file->opened.st_mode;
	if (S_ISDIR(mode))
		return folder_open(file, nursery, err);
	return S_ISREG(mode) ? open_file(file, nursery, err) : fail(file, err, name_special(mode));
}

/* Takes over the descriptor. */
static enum ladle_status
open_taken(struct file **out, struct nursery *nursery, int fd, const char *path,
		enum ladle_status (*open_as)(struct file *, struct nursery *, struct ladle_error *),
		struct ladle_error *err)
{
	enum ladle_status status;
	struct file *file = new_file(path);
	if (!file || !file->path) {
		close(fd);
		file_close(file);
		return ladle_fail(err, LADLE_E_MEMORY, path, "no memory");
	}
	file->fd = fd;
	if (fstat(fd, &file->opened) != 0)
		status = fail(file, err, strerror(errno));
	else
		status = open_as(file, nursery, err);
	if (status == LADLE_OK)
		*out = file;
	else
		file_close(file);
	return status;
}

enum ladle_status
file_open_part(struct file **out, struct nursery *nursery, int fd, const char *path,
		struct ladle_error *err)
{
	return open_taken(out, nursery, fd, path, open_part, err);
}

/* O_NONBLOCK: a FIFO must not hold us; it means nothing for regular files. O_NOCTTY: a terminal
 * must not become ours. No lock: a training job must stay able to overwrite the file. */
enum ladle_status
file_open(struct file **out, struct nursery *nursery, const char *path, struct ladle_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		int error = errno;
		const char *why = error == ENOENT ? sniff_missing(path) : NULL;
		if (why)
			return ladle_fail(err, LADLE_E_INPUT, path, "%s", why);
		return ladle_fail(
				err, LADLE_E_INPUT, path, "cannot be opened: %s", strerror(error));
	}
	return open_taken(out, nursery, fd, path, open_any, err);
}

enum ladle_status
file_open_fd(struct file **out, struct nursery *nursery, int fd, const char *label,
		struct ladle_error *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return ladle_fail(
				err, LADLE_E_INPUT, label, "cannot be opened: %s", strerror(errno));
	return open_taken(out, nursery, copy, label, open_any, err);
}

/* ---- what it is ------------------------------------------------------------------------------ */

const struct catalog *
file_catalog(const struct file *file)
{
	return &file->catalog;
}

const char *
file_path(const struct file *file)
{
	return file->path;
}

uint64_t
file_size(const struct file *file)
{
	uint64_t size = (uint64_t)file->opened.st_size;
	if (file->folder >= 0)
		return folder_size(file);
	for (uint32_t i = 0; i < file->part_count; i++)
		size += file_size(file->parts[i]);
	return size;
}

bool
file_is(const struct file *file, uint64_t device, uint64_t inode)
{
	bool is = (uint64_t)file->opened.st_dev == device && (uint64_t)file->opened.st_ino == inode;
	for (uint32_t i = 0; i < file->part_count && !is; i++)
		is = file_is(file->parts[i], device, inode);
	return is || (file->folder >= 0 && folder_holds(file, device, inode));
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

#ifdef __APPLE__
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

/* The change time also shows a writer that set the modification time back. It moves too when the
 * file loses a name, as when another is renamed over it; then the bytes are still the old ones. */
bool
file_same(const struct stat *then, const struct stat *now)
{
	return now->st_dev == then->st_dev && now->st_ino == then->st_ino &&
	       now->st_size == then->st_size && same_time(now->st_mtim, then->st_mtim) &&
	       (same_time(now->st_ctim, then->st_ctim) || now->st_nlink != then->st_nlink);
}

static enum ladle_status
check_own(const struct file *file, struct ladle_error *err)
{
	struct stat now;
	if (fstat(file->fd, &now) != 0)
		return fail(file, err, strerror(errno));
	if (file_same(&file->opened, &now))
		return LADLE_OK;
	if (now.st_size != file->opened.st_size)
		return ladle_fail(err, LADLE_E_CHANGED, file->path,
				"was changed while it was open: it had %lld bytes, now %lld",
				(long long)file->opened.st_size, (long long)now.st_size);
	return ladle_fail(err, LADLE_E_CHANGED, file->path, "was changed while it was open");
}

/* What a shard says of itself, said of the whole. */
static enum ladle_status
fail_part(const struct file *file, uint32_t part, const struct ladle_error *why,
		struct ladle_error *err)
{
	return ladle_fail(err, why->status, file->path, "its shard %s: %s", file->parts[part]->path,
			why->text);
}

enum ladle_status
file_check(const struct file *file, struct ladle_error *err)
{
	struct ladle_error why;
	TRY(check_own(file, err));
	for (uint32_t i = 0; i < file->part_count; i++)
		if (file_check(file->parts[i], &why) != LADLE_OK)
			return fail_part(file, i, &why, err);
	return file->folder >= 0 ? folder_check(file, err) : LADLE_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* NULL, or why not. */
static const char *
read_at(int fd, uint64_t at, void *dst, uint64_t size)
{
	if (io_read_at(fd, dst, (size_t)size, at))
		return NULL;
	return errno ? strerror(errno) : "it ends too early";
}

/* The decoder has checked that the dataset lies in the window, check_window that the window lies
 * in the file. */
static enum ladle_status
read_contiguous(const struct file *file, const struct catalog_object *object, uint64_t first,
		uint64_t count, void *dst, struct ladle_error *err)
{
	const struct catalog *catalog = &file->catalog;
	size_t size = object->type.size;
	uint64_t at = catalog->base + object->offset + first * size;
	const char *why = read_at(
			catalog->inflated ? file->scratch : file->fd, at, dst, count * size);
	TRY(check_own(file, err));
	if (why)
		return ladle_fail(err, LADLE_E_INPUT, file->path, "%s cannot be read: %s",
				object->path, why);
	return LADLE_OK;
}

static enum ladle_status
fail_slab(const struct file *file, const struct catalog_object *object,
		const struct ladle_error *why, struct ladle_error *err)
{
	TRY(check_own(file, err));
	if (why->status == LADLE_E_WORKER)
		return ladle_fail(err, why->status, file->path, "%s while reading %s", why->text,
				object->path);
	return ladle_fail(err, why->status, file->path, "%s %s", object->path, why->text);
}

/* Through the worker, a slab at a time. The slab is read with pread, never mapped here: a mapping
 * could be made to fault by whoever else holds the file. */
static enum ladle_status
read_slabs(struct file *file, uint32_t at, uint64_t first, uint64_t count, void *dst,
		struct ladle_error *err)
{
	const struct catalog_object *object = &file->catalog.objects[at];
	uint64_t size = object->type.size, most = READER_SLAB_BYTES / size;
	struct ladle_error why = {0};
	struct buf reply;
	buf_init(&reply);
	enum ladle_status status = LADLE_OK;
	for (char *p = dst; count > 0 && status == LADLE_OK; p += most * size) {
		uint64_t n = count < most ? count : most;
		struct reader_request request = {
				.op = READER_READ, .object = at, .first = first, .count = n};
		status = worker_ask(file->worker, &request, sizeof request, &reply, &why);
		if (status == LADLE_OK && read_at(file->slab, 0, p, n * size))
			status = ladle_fail(&why, LADLE_E_WORKER, NULL, "shared memory is gone");
		first += n;
		count -= n;
	}
	buf_done(&reply);
	return status == LADLE_OK ? check_own(file, err) : fail_slab(file, object, &why, err);
}

/* Of a dataset that this file itself has. */
static enum ladle_status
read_own(struct file *file, uint32_t at, uint64_t first, uint64_t count, void *dst,
		struct ladle_error *err)
{
	const struct catalog_object *object = &file->catalog.objects[at];
	enum ladle_status status;
	if (object->storage == CATALOG_CONTIGUOUS) {
		status = read_contiguous(file, object, first, count, dst, err);
	} else {
		pthread_mutex_lock(&file->lock);
		status = read_slabs(file, at, first, count, dst, err);
		pthread_mutex_unlock(&file->lock);
	}
	if (status == LADLE_OK && object->type.big_endian != os_is_big_endian())
		dtype_swap(dst, object->type.size, (size_t)count);
	return status;
}

enum ladle_status
file_read(struct file *file, uint32_t at, uint64_t first, uint64_t count, void *dst,
		struct ladle_error *err)
{
	assert(at < file->catalog.object_count);
	const struct catalog_object *object = &file->catalog.objects[at];
	struct ladle_error why;
	assert(object->kind == CATALOG_DATASET);
	if (object->refused)
		return ladle_fail(err, LADLE_E_INPUT, file->path, "%s %s", object->path,
				object->refused);
	assert(first <= object->count && count <= object->count - first);
	if (count == 0)
		return LADLE_OK;
	if (!file->sources)
		return read_own(file, at, first, count, dst, err);
	const struct merge_source *source = &file->sources[at];
	if (read_own(file->parts[source->part], source->object, first, count, dst, &why) ==
			LADLE_OK)
		return LADLE_OK;
	return fail_part(file, source->part, &why, err);
}

/* ---- members and texts ----------------------------------------------------------------------- */

enum ladle_status
file_read_member(struct file *file, uint32_t member, uint64_t first, size_t size, void *dst,
		struct ladle_error *err)
{
	assert(member < file->catalog.member_count);
	const struct catalog_member *m = &file->catalog.members[member];
	assert(first <= m->stored && size <= m->stored - first);
	if (file->folder >= 0)
		return folder_read(file, member, first, size, dst, err);
	const char *why = read_at(file->fd, m->offset + first, dst, size);
	TRY(file_check(file, err));
	if (why)
		return ladle_fail(err, LADLE_E_INPUT, file->path,
				"archive member %s cannot be read: %s", m->name, why);
	return LADLE_OK;
}

enum ladle_status
file_member_crc(struct file *file, uint32_t member, uint32_t *crc, struct ladle_error *err)
{
	assert(member < file->catalog.member_count);
	const struct catalog_member *m = &file->catalog.members[member];
	unsigned char chunk[16 * 1024];
	if (file->folder < 0) {
		*crc = m->crc;
		return LADLE_OK;
	}
	uLong sum = crc32(0, NULL, 0);
	for (uint64_t done = 0; done < m->stored; done += sizeof chunk) {
		uint64_t left = m->stored - done;
		size_t size = left < sizeof chunk ? (size_t)left : sizeof chunk;
		TRY(file_read_member(file, member, done, size, chunk, err));
		sum = crc32(sum, chunk, (uInt)size);
	}
	*crc = (uint32_t)sum;
	return LADLE_OK;
}

enum ladle_status
file_text(int fd, struct arena *arena, uint64_t most, const char **text, size_t *length,
		const char *path, struct ladle_error *err)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return ladle_fail(err, LADLE_E_INPUT, path, "%s", strerror(errno));
	if ((uint64_t)st.st_size > most)
		return ladle_fail(err, LADLE_E_INPUT, path,
				"has %lld bytes of JSON text, more than the %llu that are read",
				(long long)st.st_size, (unsigned long long)most);
	char *copy = arena_array(arena, (size_t)st.st_size + 1, 1);
	if (!copy)
		return ladle_fail(err, LADLE_E_MEMORY, path, "no memory");
	const char *why = read_at(fd, 0, copy, (uint64_t)st.st_size);
	if (why)
		return ladle_fail(err, LADLE_E_INPUT, path, "cannot be read: %s", why);
	*text = copy;
	*length = (size_t)st.st_size;
	return LADLE_OK;
}

/* ---- the sandbox ----------------------------------------------------------------------------- */

enum ladle_status
file_probe_sandbox(struct nursery *nursery, struct ladle_sandbox *out, struct ladle_error *err)
{
	struct reader_probe probe;
	TRY(reader_probe(nursery, &probe, err));
	*out = probe.sandbox;
	return LADLE_OK;
}

enum ladle_status
reader_probe(struct nursery *nursery, struct reader_probe *out, struct ladle_error *err)
{
	struct reader_request request = {.op = READER_PROBE};
	struct worker *worker = NULL;
	struct buf reply;
	int slab = os_anonymous_file("ladle-slab", READER_SLAB_BYTES);
	if (slab < 0)
		return ladle_fail(
				err, LADLE_E_WORKER, NULL, "no shared memory: %s", strerror(errno));
	int fds[] = {[READER_FILE] = slab, [READER_SLAB] = slab};
	buf_init(&reply);
	enum ladle_status status =
			worker_spawn(&worker, nursery, WORKER_READER, fds, 2, "a trial", err);
	if (status == LADLE_OK)
		status = worker_ask(worker, &request, sizeof request, &reply, err);
	if (status == LADLE_OK && reply.length != sizeof *out)
		status = ladle_fail(err, LADLE_E_WORKER, NULL, "worker gave no valid answer");
	if (status == LADLE_OK)
		memcpy(out, reply.data, sizeof *out);
	buf_done(&reply);
	worker_close(worker);
	close(slab);
	return status;
}
