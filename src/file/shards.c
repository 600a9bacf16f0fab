#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "file/file_inside.h"
#include "file/limits.h"
#include "file/shard_index.h"

/* Several files that are one checkpoint. Each has its own worker and its own catalog; what is asked
 * of the whole is asked of the shard that has it. */

struct opening {
	struct file *file;
	struct nursery *nursery;
	struct shard_index index;
	int folder;
	uint64_t objects; /* of all shards opened */
	struct ladle_error *err;
};

static enum ladle_status
open_shard(struct opening *opening, const char *name)
{
	struct file *file = opening->file, *shard = NULL;
	struct ladle_error why = {0};
	int fd = openat(opening->folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return ladle_fail(opening->err, LADLE_E_INPUT, file->path,
				"its shard %s cannot be opened: %s", name, strerror(errno));
	if (file_open_part(&shard, opening->nursery, fd, name, &why) != LADLE_OK)
		return ladle_fail(opening->err, why.status, file->path, "its shard %s: %s", name,
				why.text);
	file->parts[file->part_count++] = shard;
	opening->objects += shard->catalog.object_count;
	if (opening->objects > CATALOG_MAX_OBJECTS)
		return ladle_fail(opening->err, LADLE_E_INPUT, file->path,
				"its shards have more objects than any checkpoint");
	return LADLE_OK;
}

/* As Keras counts: a bool takes one bit. */
static double
tensor_bytes(const struct catalog *catalog)
{
	double bytes = 0;
	for (uint32_t i = 0; i < catalog->object_count; i++) {
		const struct catalog_object *object = &catalog->objects[i];
		if (object->kind == CATALOG_DATASET)
			bytes += (double)object->count *
				 (object->type.dtype == LADLE_BOOL ? .125 : object->type.size);
	}
	return bytes;
}

static double
all_bytes(const struct file *file)
{
	double bytes = 0;
	for (uint32_t i = 0; i < file->part_count; i++)
		bytes += tensor_bytes(&file->parts[i]->catalog);
	return bytes;
}

static bool
is_open(const struct file *file, const char *name)
{
	for (uint32_t i = 0; i < file->part_count; i++)
		if (!strcmp(file->parts[i]->path, name))
			return true;
	return false;
}

/* The map of Keras 3.10 says of each layer one shard, so that one which only goes on with a layer
 * may be named nowhere. The bytes that Keras counted tell that there is one. */
static enum ladle_status
open_unnamed(struct opening *opening)
{
	struct file *file = opening->file;
	for (uint32_t n = 0; n < SHARDS_MAX && file->part_count < SHARDS_MAX; n++) {
		const char *name = shard_name(&opening->index.arena, file->path, n);
		if (!name || all_bytes(file) >= opening->index.bytes)
			break;
		if (is_open(file, name))
			continue;
		if (faccessat(opening->folder, name, F_OK, 0) != 0)
			break;
		TRY(open_shard(opening, name));
	}
	return LADLE_OK;
}

/* Each variable that the map promises: the shards may be of two saves under one name. */
static enum ladle_status
check_map(const struct opening *opening)
{
	const struct shard_index *index = &opening->index;
	for (uint32_t i = 0; i < index->entry_count; i++) {
		const struct shard_entry *entry = &index->entries[i];
		const struct file *shard = opening->file->parts[entry->shard];
		if (catalog_find(&shard->catalog, entry->group) == LADLE_NONE)
			return ladle_fail(opening->err, LADLE_E_INPUT, opening->file->path,
					"its shard %s has no %s, which should be there: it is of "
					"another save",
					shard->path, entry->group);
	}
	return LADLE_OK;
}

static void
note_all(const struct opening *opening)
{
	struct file *file = opening->file;
	struct arena *arena = &file->catalog.arena;
	double promised = opening->index.bytes, found = all_bytes(file);
	for (uint32_t i = 0; i < file->part_count; i++)
		if (*file->parts[i]->catalog.note)
			file_note(file, arena_format(arena, "%s: %s", file->parts[i]->path,
							file->parts[i]->catalog.note));
	if (promised > 0 && promised != found)
		file_note(file, arena_format(arena,
						"the shards hold %.0f bytes of tensors, their "
						"index says %.0f: they may be of two saves",
						found, promised));
}

static enum ladle_status
merge(const struct opening *opening)
{
	struct file *file = opening->file;
	struct catalog *catalog = &file->catalog;
	struct ladle_error why = {0};
	struct merge_part *parts = calloc(file->part_count + 1, sizeof *parts);
	if (!parts)
		return ladle_fail(opening->err, LADLE_E_MEMORY, file->path, "no memory");
	for (uint32_t i = 0; i < file->part_count; i++) {
		parts[i] = (struct merge_part){&file->parts[i]->catalog, file->parts[i]->path};
		catalog->length += file->parts[i]->catalog.length;
	}
	catalog->container = CATALOG_SHARDS;
	enum ladle_status status =
			merge_catalogs(catalog, &file->sources, parts, file->part_count, &why);
	free(parts);
	return status == LADLE_OK ? LADLE_OK
				  : ladle_fail(opening->err, status, file->path, "%s", why.text);
}

static enum ladle_status
open_all(struct opening *opening)
{
	for (uint32_t i = 0; i < opening->index.shard_count; i++)
		TRY(open_shard(opening, opening->index.shards[i]));
	TRY(check_map(opening));
	TRY(open_unnamed(opening));
	TRY(merge(opening));
	note_all(opening);
	return LADLE_OK;
}

/* The folder that the path leads to, "." where it names none. */
static int
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	free(folder);
	return fd;
}

enum ladle_status
shards_open(struct file *file, struct nursery *nursery, struct ladle_error *err)
{
	struct opening opening = {.file = file, .nursery = nursery, .err = err};
	const char *text;
	size_t length;
	TRY(file_text(file->fd, &file->catalog.arena, SHARDS_MAX_INDEX, &text, &length, file->path,
			err));
	TRY(shard_index_read(&opening.index, text, length, file->path, err));
	file->parts = calloc(SHARDS_MAX, sizeof *file->parts);
	opening.folder = folder_of(file->path);
	enum ladle_status status =
			!file->parts ? ladle_fail(err, LADLE_E_MEMORY, file->path, "no memory")
			: opening.folder < 0 ? ladle_fail(err, LADLE_E_INPUT, file->path,
							       "its folder cannot be opened: %s",
							       strerror(errno))
					     : open_all(&opening);
	if (opening.folder >= 0)
		close(opening.folder);
	shard_index_done(&opening.index);
	return status;
}
