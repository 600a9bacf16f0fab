#include "file/merge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* One object of one part. */
struct entry {
	const struct catalog_object *object;
	uint32_t part, index;
};

struct merging {
	struct catalog *out;
	const struct merge_part *parts;
	struct entry *entries; /* all parts', in pre-order of the merged tree */
	uint32_t count;
	uint32_t **placed; /* [parts][objects] where it stands in the merged catalog */
	struct merge_source *sources;
	struct ladle_error *err;
};

static enum ladle_status
no_memory(const struct merging *merge)
{
	return ladle_fail(merge->err, LADLE_E_MEMORY, NULL,
			"no memory for the catalog of all shards, or it has too many names");
}

/* Pre-order, siblings by name: a path is followed by what is below it, so '/' sorts before all
 * other bytes. */
static int
compare_paths(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int
compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = compare_paths(a->object->path, b->object->path);
	if (order)
		return order;
	return a->part < b->part ? -1 : a->part > b->part;
}

static enum ladle_status
check_same(const struct merging *merge, const struct entry *a, const struct entry *b)
{
	const char *one = merge->parts[a->part].name, *other = merge->parts[b->part].name;
	if (a->object->kind != b->object->kind)
		return ladle_fail(merge->err, LADLE_E_INPUT, NULL,
				"%s is a tensor in one and a group in another of %s and %s: they "
				"are not of one save",
				a->object->path, one, other);
	if (a->object->kind == CATALOG_DATASET)
		return ladle_fail(merge->err, LADLE_E_INPUT, NULL,
				"%s is in %s and in %s: they are not of one save", a->object->path,
				one, other);
	return LADLE_OK;
}

/* Attributes are shared with the part that they come from. */
static enum ladle_status
take_attributes(const struct merging *merge, uint32_t at, const struct catalog_object *from)
{
	for (uint32_t i = 0; i < from->attr_count; i++) {
		const struct catalog_attr *attr = &from->attrs[i];
		if (catalog_attr(&merge->out->objects[at], attr->name))
			continue;
		struct catalog_attr *made = catalog_add_attr(
				merge->out, at, attr->name, attr->type, attr->rank, attr->dims);
		if (!made)
			return no_memory(merge);
		made->strings = attr->strings;
		made->lengths = attr->lengths;
		made->numbers = attr->numbers;
		made->refused = attr->refused;
	}
	return LADLE_OK;
}

static uint32_t
parent_of(const struct merging *merge, const struct entry *entry)
{
	uint32_t parent = entry->object->parent;
	return parent == LADLE_NONE ? LADLE_NONE : merge->placed[entry->part][parent];
}

static enum ladle_status
place_first(const struct merging *merge, const struct entry *entry)
{
	const struct catalog_object *from = entry->object;
	uint32_t parent = parent_of(merge, entry);
	uint32_t at = from->kind == CATALOG_GROUP
				      ? catalog_add_group(merge->out, parent, from->name)
				      : catalog_add_dataset(merge->out, parent, from->name,
							from->type, from->rank, from->dims);
	if (at == LADLE_NONE)
		return no_memory(merge);
	struct catalog_object *made = &merge->out->objects[at];
	made->storage = from->storage;
	made->offset = from->offset;
	made->stored = from->stored;
	made->shard = merge->parts[entry->part].name;
	merge->sources[at] = (struct merge_source){entry->part, entry->index};
	return LADLE_OK;
}

/* One path: `count` entries, one for each part that has it. */
static enum ladle_status
place(const struct merging *merge, const struct entry *entries, uint32_t count)
{
	TRY(place_first(merge, entries));
	uint32_t at = merge->out->object_count - 1;
	for (uint32_t i = 0; i < count; i++) {
		const struct catalog_object *from = entries[i].object;
		if (i > 0)
			TRY(check_same(merge, &entries[0], &entries[i]));
		if (!merge->out->objects[at].refused)
			merge->out->objects[at].refused = from->refused;
		TRY(take_attributes(merge, at, from));
		merge->placed[entries[i].part][entries[i].index] = at;
	}
	return LADLE_OK;
}

static bool
prepare(struct merging *merge, uint32_t count)
{
	struct arena *arena = &merge->out->arena;
	size_t total = 0;
	merge->placed = calloc(count + 1, sizeof *merge->placed);
	for (uint32_t p = 0; merge->placed && p < count; p++) {
		uint32_t objects = merge->parts[p].catalog->object_count;
		merge->placed[p] = calloc(objects + 1, sizeof **merge->placed);
		if (!merge->placed[p])
			return false;
		total += objects;
	}
	merge->entries = malloc((total + 1) * sizeof *merge->entries);
	merge->sources = arena_array(arena, total + 1, sizeof *merge->sources);
	return merge->placed && merge->entries && merge->sources;
}

static void
collect(struct merging *merge, uint32_t count)
{
	for (uint32_t p = 0; p < count; p++) {
		const struct catalog *catalog = merge->parts[p].catalog;
		for (uint32_t i = 0; i < catalog->object_count; i++)
			merge->entries[merge->count++] = (struct entry){&catalog->objects[i], p, i};
	}
	qsort(merge->entries, merge->count, sizeof *merge->entries, compare_entries);
}

static enum ladle_status
place_all(const struct merging *merge)
{
	uint32_t end;
	for (uint32_t i = 0; i < merge->count; i = end) {
		const char *path = merge->entries[i].object->path;
		for (end = i + 1; end < merge->count; end++)
			if (strcmp(merge->entries[end].object->path, path))
				break;
		TRY(place(merge, &merge->entries[i], end - i));
	}
	return LADLE_OK;
}

enum ladle_status
merge_catalogs(struct catalog *out, const struct merge_source **sources,
		const struct merge_part *parts, uint32_t count, struct ladle_error *err)
{
	struct merging merge = {.out = out, .parts = parts, .err = err};
	enum ladle_status status;
	assert(out->object_count == 0);
	if (prepare(&merge, count)) {
		collect(&merge, count);
		status = place_all(&merge);
	} else {
		status = no_memory(&merge);
	}
	for (uint32_t p = 0; merge.placed && p < count; p++)
		free(merge.placed[p]);
	free(merge.placed);
	free(merge.entries);
	*sources = merge.sources;
	return status;
}
