#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "file/file_inside.h"
#include "file/limits.h"
#include "file/sniff.h"

/* A .keras archive that was never packed: Keras's own `zipped=False`, a download of a hub. */

#define WEIGHTS "model.weights.h5"
#define CONFIG "config.json"
#define METADATA "metadata.json"
#define ASSETS "assets"

enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK };

static enum ladle_status
fail_in(const struct file *file, struct ladle_error *err, const char *name, const char *why)
{
	return ladle_fail(err, LADLE_E_INPUT, file->path, "its %s %s", name, why);
}

/* Downloads of a hub are links into a store, so that these names are followed. */
static enum ladle_status
take_text(struct file *file, const char *name, const char **text, size_t *length,
		struct ladle_error *err)
{
	struct stat st;
	int fd = openat(file->folder, name, OPEN_FLAGS);
	if (fd < 0 && errno == ENOENT)
		return LADLE_OK;
	if (fd < 0)
		return fail_in(file, err, name, strerror(errno));
	enum ladle_status status = LADLE_OK;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		status = fail_in(file, err, name, "is no file");
	else
		status = file_text(fd, &file->catalog.arena, CATALOG_MAX_TEXT, text, length,
				file->path, err);
	close(fd);
	return status;
}

/* ---- members --------------------------------------------------------------------------------- */

struct listing {
	struct file *file;
	struct ladle_error *err;
};

static enum ladle_status list_folder(const struct listing *, const char *path, int depth);

static enum ladle_status
no_memory(const struct listing *listing)
{
	return ladle_fail(listing->err, LADLE_E_MEMORY, listing->file->path, "no memory");
}

static enum ladle_status
add_member(const struct listing *listing, const char *name)
{
	struct catalog *catalog = &listing->file->catalog;
	if (catalog->member_count >= ARCHIVE_MAX_MEMBERS)
		return ladle_fail(listing->err, LADLE_E_INPUT, listing->file->path,
				"holds more than %d files", ARCHIVE_MAX_MEMBERS);
	return catalog_add_member(catalog, name) ? LADLE_OK : no_memory(listing);
}

/* What is neither a file nor a folder is no part of a model. */
static enum ladle_status
list_entry(const struct listing *listing, const char *folder, const char *name, int depth)
{
	struct arena *arena = &listing->file->catalog.arena;
	struct stat st;
	const char *path = arena_format(arena, "%s/%s", folder, name);
	if (!path)
		return no_memory(listing);
	if (fstatat(listing->file->folder, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return fail_in(listing->file, listing->err, path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return list_folder(listing, path, depth + 1);
	return S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) ? add_member(listing, path) : LADLE_OK;
}

static bool
is_itself(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static enum ladle_status
list_folder(const struct listing *listing, const char *path, int depth)
{
	int fd = openat(listing->file->folder, path, OPEN_FLAGS | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT && depth == 0 ? LADLE_OK
						     : fail_in(listing->file, listing->err, path,
								       strerror(errno));
	DIR *dir = depth < FOLDER_MAX_DEPTH ? fdopendir(fd) : NULL;
	if (!dir) {
		close(fd);
		return fail_in(listing->file, listing->err, path, "is nested too deeply");
	}
	enum ladle_status status = LADLE_OK;
	for (struct dirent *entry; status == LADLE_OK && (entry = readdir(dir));)
		if (!is_itself(entry->d_name))
			status = list_entry(listing, path, entry->d_name, depth);
	closedir(dir);
	return status;
}

static int
compare_members(const void *a, const void *b)
{
	const struct catalog_member *one = a, *other = b;
	return strcmp(one->name, other->name);
}

/* In the order of names, so that what is written from them is the same everywhere. A link that
 * leads nowhere stays a member: whoever reads it is told. */
static enum ladle_status
list_members(struct file *file, struct ladle_error *err)
{
	static const char *const others[] = {CONFIG, METADATA, WEIGHTS};
	struct catalog *catalog = &file->catalog;
	struct listing listing = {file, err};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (faccessat(file->folder, others[i], F_OK, 0) == 0)
			TRY(add_member(&listing, others[i]));
	TRY(list_folder(&listing, ASSETS, 0));
	qsort(catalog->members, catalog->member_count, sizeof *catalog->members, compare_members);
	file->members = arena_array(
			&catalog->arena, catalog->member_count + 1, sizeof *file->members);
	if (!file->members)
		return no_memory(&listing);
	for (uint32_t i = 0; i < catalog->member_count; i++) {
		struct catalog_member *member = &catalog->members[i];
		if (fstatat(file->folder, member->name, &file->members[i], 0) != 0)
			memset(&file->members[i], 0, sizeof file->members[i]);
		member->size = member->stored = (uint64_t)file->members[i].st_size;
	}
	return LADLE_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum ladle_status
open_weights(struct file *file, struct ladle_error *err)
{
	struct stat st;
	const char *why = NULL;
	file->folder = file->fd;
	file->fd = -1;
	if (fstatat(file->folder, CONFIG, &st, 0) == 0)
		file->fd = openat(file->folder, WEIGHTS, OPEN_FLAGS);
	if (file->fd < 0)
		return ladle_fail(err, LADLE_E_INPUT, file->path, "%s", sniff_folder(file->folder));
	if (fstat(file->fd, &file->opened) != 0 || !S_ISREG(file->opened.st_mode))
		return fail_in(file, err, WEIGHTS, "is no file");
	enum sniffed kind = sniff_file(file->fd, (uint64_t)file->opened.st_size, WEIGHTS, &why);
	if (kind == SNIFF_H5)
		return LADLE_OK;
	return fail_in(file, err, WEIGHTS, kind == SNIFF_OTHER ? why : "is not HDF5");
}

enum ladle_status
folder_open(struct file *file, struct nursery *nursery, struct ladle_error *err)
{
	struct ladle_error why = {0};
	struct catalog *catalog = &file->catalog;
	TRY(open_weights(file, err));
	enum ladle_status status = file_list(file, nursery, false, &why);
	if (status != LADLE_OK)
		return ladle_fail(err, status, file->path, "its %s: %s", WEIGHTS, why.text);
	catalog->container = CATALOG_FOLDER;
	TRY(take_text(file, CONFIG, &catalog->config, &catalog->config_length, err));
	TRY(take_text(file, METADATA, &catalog->metadata, &catalog->metadata_length, err));
	return list_members(file, err);
}

/* ---- what it is ------------------------------------------------------------------------------ */

enum ladle_status
folder_check(const struct file *file, struct ladle_error *err)
{
	struct stat now;
	for (uint32_t i = 0; i < file->catalog.member_count; i++) {
		const char *name = file->catalog.members[i].name;
		if (file->members[i].st_ino == 0 || !strcmp(name, WEIGHTS))
			continue; /* the weights are checked by their descriptor */
		if (fstatat(file->folder, name, &now, 0) != 0 ||
				!file_same(&file->members[i], &now))
			return ladle_fail(err, LADLE_E_CHANGED, file->path,
					"its %s was changed while it was open", name);
	}
	return LADLE_OK;
}

uint64_t
folder_size(const struct file *file)
{
	uint64_t size = 0;
	for (uint32_t i = 0; i < file->catalog.member_count; i++)
		size += file->catalog.members[i].stored;
	return size;
}

bool
folder_holds(const struct file *file, uint64_t device, uint64_t inode)
{
	for (uint32_t i = 0; i < file->catalog.member_count; i++)
		if ((uint64_t)file->members[i].st_dev == device &&
				(uint64_t)file->members[i].st_ino == inode)
			return true;
	return false;
}

/* Assets are copied into outputs, so that a link among them, which may lead to anything that its
 * reader may read, is not followed. */
enum ladle_status
folder_read(const struct file *file, uint32_t member, uint64_t first, size_t size, void *dst,
		struct ladle_error *err)
{
	struct stat now;
	const char *name = file->catalog.members[member].name;
	int fd = openat(file->folder, name, OPEN_FLAGS | O_NOFOLLOW);
	if (fd < 0 && (errno == ELOOP || errno == EMLINK))
		return fail_in(file, err, name,
				"is a link, which is not followed; `cp -rL FOLDER NEW` makes a "
				"folder without links");
	if (fd < 0)
		return fail_in(file, err, name, strerror(errno));
	bool same = fstat(fd, &now) == 0 && file_same(&file->members[member], &now);
	bool read = same && io_read_at(fd, dst, size, first);
	close(fd);
	if (!same)
		return ladle_fail(err, LADLE_E_CHANGED, file->path,
				"its %s was changed while it was open", name);
	return read ? LADLE_OK : fail_in(file, err, name, "cannot be read");
}
