#include "file/shard_index.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "file/json_text.h"
#include "file/limits.h"

#define INDEX_SUFFIX ".weights.json"
#define SHARD_SUFFIX ".weights.h5"

enum { NAME_LENGTH = 255, DIGITS = 5 };

struct index_reading {
	struct shard_index *index;
	const char *path;
	const char **names; /* [room] of each entry's shard, until all are known */
	struct shard_entry *entries;
	uint32_t count, room;
	struct ladle_error *err;
};

static enum ladle_status
no_memory(const struct index_reading *read)
{
	return ladle_fail(read->err, LADLE_E_MEMORY, read->path, "no memory for its index");
}

static enum ladle_status
refuse_name(const struct index_reading *read, const char *name)
{
	const char *end = strrchr(name, '.');
	if (end && (!strcmp(end, ".safetensors") || !strcmp(end, ".bin")))
		return ladle_fail(read->err, LADLE_E_INPUT, read->path,
				"is the index of %s files, not of Keras's: convert each of them",
				end);
	return ladle_fail(read->err, LADLE_E_INPUT, read->path,
			"names a shard that is no file of its folder: %s", name);
}

static enum ladle_status
refuse_count(const struct index_reading *read, size_t count)
{
	return ladle_fail(read->err, LADLE_E_INPUT, read->path,
			"names %zu shards, more than the %d that are opened", count, SHARDS_MAX);
}

/* What the folder holds under this name may still be anything. */
static bool
is_plain(const char *name, size_t length)
{
	return length > sizeof SHARD_SUFFIX - 1 && length <= NAME_LENGTH &&
	       strlen(name) == length && !strchr(name, '/') &&
	       !strcmp(name + length - (sizeof SHARD_SUFFIX - 1), SHARD_SUFFIX);
}

static enum ladle_status
add_entry(struct index_reading *read, const char *group, struct json_object *value)
{
	struct arena *arena = &read->index->arena;
	if (!json_object_is_type(value, json_type_string))
		return ladle_fail(read->err, LADLE_E_INPUT, read->path,
				"gives %s the JSON %s instead of the name of a shard", group,
				json_type_to_name(json_object_get_type(value)));
	const char *name = json_object_get_string(value);
	size_t length = (size_t)json_object_get_string_len(value);
	if (!is_plain(name, length))
		return refuse_name(read, name);
	read->names[read->count] = arena_text(arena, name, length);
	read->entries[read->count].group = group;
	return read->names[read->count++] ? LADLE_OK : no_memory(read);
}

/* A list may name a shard as often as it likes, but none longer than all shards is a map. */
static enum ladle_status
add_value(struct index_reading *read, const char *key, struct json_object *value)
{
	const char *group = arena_text(&read->index->arena, key, strlen(key));
	if (!group)
		return no_memory(read);
	if (*group != '/' || strlen(group) > CATALOG_MAX_NAME)
		return ladle_fail(read->err, LADLE_E_INPUT, read->path,
				"is an index of shards that Keras did not write: %.80s is no group",
				group);
	if (!json_object_is_type(value, json_type_array))
		return add_entry(read, group, value);
	size_t count = json_object_array_length(value);
	if (count > SHARDS_MAX)
		return refuse_count(read, count);
	for (size_t i = 0; i < count; i++)
		TRY(add_entry(read, group, json_object_array_get_idx(value, i)));
	return LADLE_OK;
}

/* Room for every name in the map, which the text has bytes for. */
static bool
make_room(struct index_reading *read, struct json_object *map)
{
	size_t room = 1;
	json_object_object_foreach(map, group, value)
	{
		(void)group;
		room += json_object_is_type(value, json_type_array)
					? json_object_array_length(value)
					: 1;
	}
	read->room = (uint32_t)room;
	read->names = arena_array(&read->index->arena, room, sizeof *read->names);
	read->entries = arena_array(&read->index->arena, room, sizeof *read->entries);
	return read->names && read->entries;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each name once, in order; entries then say which. */
static enum ladle_status
settle_names(struct index_reading *read)
{
	uint32_t unique = 0;
	const char **sorted = arena_array(&read->index->arena, read->room, sizeof *sorted);
	if (!sorted)
		return no_memory(read);
	memcpy(sorted, read->names, read->count * sizeof *sorted);
	qsort(sorted, read->count, sizeof *sorted, compare_names);
	for (uint32_t i = 0; i < read->count; i++)
		if (unique == 0 || strcmp(sorted[unique - 1], sorted[i]))
			sorted[unique++] = sorted[i];
	if (unique > SHARDS_MAX)
		return refuse_count(read, unique);
	for (uint32_t i = 0; i < read->count; i++) {
		const char **found = bsearch(
				&read->names[i], sorted, unique, sizeof *sorted, compare_names);
		read->entries[i].shard = (uint32_t)(found - sorted);
	}
	read->index->shards = sorted;
	read->index->shard_count = unique;
	read->index->entries = read->entries;
	read->index->entry_count = read->count;
	return LADLE_OK;
}

static double
total_of(struct json_object *root)
{
	struct json_object *metadata = NULL, *total = NULL;
	json_object_object_get_ex(root, "metadata", &metadata);
	if (!json_object_is_type(metadata, json_type_object))
		return 0;
	json_object_object_get_ex(metadata, "total_size", &total);
	return json_object_get_double(total);
}

static enum ladle_status
read_map(struct index_reading *read, struct json_object *root)
{
	struct json_object *map = NULL;
	if (!json_object_is_type(root, json_type_object) ||
			!json_object_object_get_ex(root, "weight_map", &map) ||
			!json_object_is_type(map, json_type_object))
		return ladle_fail(read->err, LADLE_E_INPUT, read->path,
				"is JSON text without a map of weights");
	if (!make_room(read, map))
		return no_memory(read);
	json_object_object_foreach(map, group, value)
	{
		TRY(add_value(read, group, value));
	}
	if (read->count == 0)
		return ladle_fail(read->err, LADLE_E_INPUT, read->path,
				"is the index of a sharded checkpoint that names no shard");
	read->index->bytes = total_of(root);
	return settle_names(read);
}

enum ladle_status
shard_index_read(struct shard_index *out, const char *text, size_t length, const char *path,
		struct ladle_error *err)
{
	struct shard_index index = {.shards = NULL};
	struct index_reading read = {.index = &index, .path = path, .err = err};
	const char *problem;
	struct json_object *root = json_text_parse(text, length, SHARDS_MAX_DEPTH, &problem);
	enum ladle_status status;

	arena_init(&index.arena);
	if (root)
		status = read_map(&read, root);
	else
		status = ladle_fail(err, LADLE_E_INPUT, path, "is no valid JSON: %s", problem);
	json_object_put(root);
	if (status == LADLE_OK)
		*out = index;
	else
		arena_done(&index.arena);
	return status;
}

void
shard_index_done(struct shard_index *index)
{
	arena_done(&index->arena);
}

/* ---- names that Keras gives ------------------------------------------------------------------ */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Bytes before a suffix, 0 where it is not there. */
static size_t
stem_of(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);
	return length > end && !strcmp(name + length - end, suffix) ? length - end : 0;
}

const char *
shard_name(struct arena *arena, const char *path, uint32_t number)
{
	const char *name = base_name(path);
	size_t stem = stem_of(name, INDEX_SUFFIX);
	return stem ? arena_format(arena, "%.*s_%05u" SHARD_SUFFIX, (int)stem, name, number) : NULL;
}

const char *
shard_index_name(struct arena *arena, const char *path)
{
	const char *name = base_name(path);
	size_t stem = stem_of(name, SHARD_SUFFIX);
	if (stem <= DIGITS + 1 || name[stem - DIGITS - 1] != '_')
		return NULL;
	for (size_t i = stem - DIGITS; i < stem; i++)
		if (!isdigit((unsigned char)name[i]))
			return NULL;
	return arena_format(arena, "%.*s" INDEX_SUFFIX,
			(int)(stem - DIGITS - 1 + (size_t)(name - path)), path);
}
