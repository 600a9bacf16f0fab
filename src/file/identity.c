/* Which file it is: what the file system says of it, and blocks of it. */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/io.h"
#include "file/file_inside.h"

enum { BLOCK = 4096, BLOCKS = 64 };

#ifdef __APPLE__
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

static void
append_stat(struct buf *to, const struct stat *st)
{
	const uint64_t facts[] = {(uint64_t)st->st_dev, (uint64_t)st->st_ino, (uint64_t)st->st_size,
			(uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec,
			(uint64_t)st->st_ctim.tv_sec, (uint64_t)st->st_ctim.tv_nsec};

	buf_append(to, facts, sizeof(facts));
}

/* The first block has the superblock or the name of an archive's first member, the last one the
 * directory of an archive; between them at even distances, all of a small file. */
static enum ladle_status
append_blocks(struct buf *to, const struct file *file, struct ladle_error *err)
{
	uint64_t size = (uint64_t)file->opened.st_size, hash = size;
	uint64_t last = size > BLOCK ? size - BLOCK : 0;
	char block[BLOCK];

	for (uint64_t i = 0; i < BLOCKS; i++) {
		uint64_t at = size <= (uint64_t)BLOCK * BLOCKS ? i * BLOCK
							       : last / (BLOCKS - 1) * i;
		at = i == BLOCKS - 1 && size > (uint64_t)BLOCK * BLOCKS ? last : at;
		size_t want = at >= size ? 0 : size - at < BLOCK ? (size_t)(size - at) : BLOCK;

		if (!io_read_at(file->fd, block, want, at))
			return ladle_fail(err, LADLE_E_INPUT, file->path, "cannot be read: %s",
					errno ? strerror(errno) : "it ends too early");
		hash = hash_bytes(block, want, hash);
	}
	buf_append(to, &hash, sizeof(hash));
	return LADLE_OK;
}

enum ladle_status
file_identify(const struct file *file, struct buf *to, struct ladle_error *err)
{
	append_stat(to, &file->opened);
	TRY(append_blocks(to, file, err));
	for (uint32_t i = 0; i < file->part_count; i++)
		TRY(file_identify(file->parts[i], to, err));
	for (uint32_t i = 0; file->folder >= 0 && i < file->catalog.member_count; i++)
		append_stat(to, &file->members[i]);
	return LADLE_OK;
}

/* ---- what stands under its name ---- */

static enum ladle_status
compare(const struct file *file, const struct stat *then, const char *path, const char *part,
		struct ladle_error *err)
{
	const char *of = *part == '\0' ? "" : ": its ";
	struct stat now;

	if (stat(path, &now) != 0)
		return ladle_fail(err, LADLE_E_INPUT, file->path, "is gone from disk%s%s: %s", of,
				part, strerror(errno));
	if (file_same(then, &now))
		return LADLE_OK;
	if (now.st_dev != then->st_dev || now.st_ino != then->st_ino)
		return ladle_fail(err, LADLE_E_CHANGED, file->path, "was replaced on disk%s%s", of,
				part);
	if (now.st_size != then->st_size)
		return ladle_fail(err, LADLE_E_CHANGED, file->path,
				"changed on disk%s%s: it had %lld bytes, now %lld", of, part,
				(long long)then->st_size, (long long)now.st_size);
	return ladle_fail(err, LADLE_E_CHANGED, file->path, "changed on disk%s%s", of, part);
}

static enum ladle_status
compare_member(const struct file *file, uint32_t member, struct ladle_error *err)
{
	const char *name = file->catalog.members[member].name;
	enum ladle_status status;
	struct buf path;

	buf_init(&path);
	buf_format(&path, "%s/%s", file->path, name);
	status = path.failed ? LADLE_OK
			     : compare(file, &file->members[member], buf_string(&path), name, err);
	buf_done(&path);
	return status;
}

enum ladle_status
file_stands(const struct file *file, struct ladle_error *err)
{
	struct ladle_error why;

	if (file->folder < 0)
		TRY(compare(file, &file->opened, file->path, "", err));
	for (uint32_t i = 0; i < file->part_count; i++)
		if (file_stands(file->parts[i], &why) != LADLE_OK)
			return ladle_fail(err, why.status, file->path, "%s: its shard %s", why.text,
					file->parts[i]->path);
	for (uint32_t i = 0; file->folder >= 0 && i < file->catalog.member_count; i++)
		if (file->members[i].st_ino != 0)
			TRY(compare_member(file, i, err));
	return LADLE_OK;
}
