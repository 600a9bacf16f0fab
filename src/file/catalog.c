#include "file/catalog.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "file/limits.h"

enum { FIRST_CAPACITY = 64, FIRST_INDEX = 256 };

void
catalog_init(struct catalog *catalog)
{
	*catalog = (struct catalog){.note = ""};
	arena_init(&catalog->arena);
}

void
catalog_done(struct catalog *catalog)
{
	arena_done(&catalog->arena);
	catalog_init(catalog);
}

uint64_t
catalog_count(int rank, const uint64_t *dims)
{
	uint64_t count = 1;
	bool overflow = false;
	for (int i = 0; i < rank; i++) {
		if (dims[i] == 0)
			return 0;
		overflow |= count > (UINT64_MAX - 1) / dims[i];
		count *= dims[i];
	}
	return overflow ? UINT64_MAX : count;
}

/* ---- finding --------------------------------------------------------------------------------- */

/* Where (parent, name) stands in the table, or the empty slot where it would. Keyed by the parent,
 * so that a path is found component by component and no path is ever built to look for one. */
static uint32_t *
index_slot(const struct catalog *catalog, uint32_t parent, const char *name, size_t length)
{
	uint32_t mask = catalog->index_size - 1;
	uint32_t at = (uint32_t)hash_bytes(name, length, parent) & mask;
	for (; catalog->index[at]; at = (at + 1) & mask) {
		const struct catalog_object *object = &catalog->objects[catalog->index[at] - 1];
		if (object->parent == parent && !strncmp(object->name, name, length) &&
				!object->name[length])
			break;
	}
	return &catalog->index[at];
}

static uint32_t
find_component(const struct catalog *catalog, uint32_t parent, const char *name, size_t length)
{
	return *index_slot(catalog, parent, name, length) - 1; /* 0 - 1 is LADLE_NONE */
}

uint32_t
catalog_child(const struct catalog *catalog, uint32_t object, const char *name)
{
	if (object >= catalog->object_count || !*name)
		return LADLE_NONE;
	while (object != LADLE_NONE && *name) {
		size_t length = strcspn(name, "/");
		if (length > 0)
			object = find_component(catalog, object, name, length);
		name += length;
		name += strspn(name, "/");
	}
	return object;
}

uint32_t
catalog_find(const struct catalog *catalog, const char *path)
{
	if (*path != '/' || catalog->object_count == 0)
		return LADLE_NONE;
	return path[1] ? catalog_child(catalog, 0, path + 1) : 0;
}

const struct catalog_attr *
catalog_attr(const struct catalog_object *object, const char *name)
{
	for (uint32_t i = 0; i < object->attr_count; i++)
		if (!strcmp(object->attrs[i].name, name))
			return &object->attrs[i];
	return NULL;
}

const char *
catalog_attr_text(const struct catalog_object *object, const char *name)
{
	const struct catalog_attr *attr = catalog_attr(object, name);
	return attr && attr->strings && attr->count > 0 ? attr->strings[0] : NULL;
}

/* ---- building -------------------------------------------------------------------------------- */

/* Room for one more element: doubled at powers of two, so that no capacity need be stored for
 * short arrays. The old one stays in the arena. */
static void *
grow(struct arena *arena, void *old, uint32_t count, uint32_t capacity, size_t size)
{
	void *data = arena_array(arena, capacity, size);
	if (data && count)
		memcpy(data, old, count * size);
	return data;
}

/* Twice as large at half full: probes stay short. */
static bool
rebuild_index(struct catalog *catalog, uint32_t size)
{
	uint32_t *index = arena_array(&catalog->arena, size, sizeof *index);
	if (!index)
		return false;
	catalog->index = index;
	catalog->index_size = size;
	for (uint32_t i = 0; i < catalog->object_count; i++) {
		const struct catalog_object *object = &catalog->objects[i];
		*index_slot(catalog, object->parent, object->name, strlen(object->name)) = i + 1;
	}
	return true;
}

static bool
make_room(struct catalog *catalog)
{
	if (catalog->object_count == catalog->object_capacity) {
		uint32_t capacity = catalog->object_capacity ? catalog->object_capacity * 2
							     : FIRST_CAPACITY;
		struct catalog_object *objects = grow(&catalog->arena, catalog->objects,
				catalog->object_count, capacity, sizeof *objects);
		if (!objects)
			return false;
		catalog->objects = objects;
		catalog->object_capacity = capacity;
	}
	if (catalog->object_count < catalog->index_size / 2)
		return true;
	return rebuild_index(catalog, catalog->index_size ? catalog->index_size * 2 : FIRST_INDEX);
}

/* Gives the object its path: the parent's, a slash, the name. */
static bool
set_path(struct catalog *catalog, struct catalog_object *object, uint32_t parent, const char *name)
{
	const char *above = parent == LADLE_NONE ? "" : catalog->objects[parent].path;
	size_t base = strlen(above);
	if (base == 1)
		base = 0; /* the root's path is "/" alone */
	size_t length = strlen(name);
	catalog->text_bytes += base + length + 2;
	if (catalog->text_bytes > CATALOG_MAX_NAMES)
		return false;
	char *path = arena_array(&catalog->arena, base + length + 2, 1);
	if (!path)
		return false;
	memcpy(path, above, base);
	path[base] = '/';
	memcpy(path + base + 1, name, length + 1);
	object->path = path;
	object->name = path + base + 1;
	return true;
}

/* last_child makes this constant time: a root may have a million children. */
static void
link_to_parent(struct catalog *catalog, uint32_t parent, uint32_t object)
{
	struct catalog_object *above = &catalog->objects[parent];
	if (above->last_child == LADLE_NONE)
		above->first_child = object;
	else
		catalog->objects[above->last_child].next_sibling = object;
	above->last_child = object;
}

/* A caller that adds in another order than pre-order has a bug; a file cannot make one do so,
 * because the decoder and the walk check the place first. */
static uint32_t
add_object(struct catalog *catalog, uint32_t parent, const char *name)
{
	assert((parent == LADLE_NONE) == (catalog->object_count == 0));
	assert(parent == LADLE_NONE || parent < catalog->object_count);
	uint32_t at = catalog->object_count;
	if (at >= CATALOG_MAX_OBJECTS || !make_room(catalog))
		return LADLE_NONE;
	struct catalog_object *object = &catalog->objects[at];
	*object = (struct catalog_object){
			.parent = parent,
			.first_child = LADLE_NONE,
			.last_child = LADLE_NONE,
			.next_sibling = LADLE_NONE,
	};
	if (!set_path(catalog, object, parent, name))
		return LADLE_NONE;
	if (parent != LADLE_NONE)
		link_to_parent(catalog, parent, at);
	*index_slot(catalog, parent, object->name, strlen(object->name)) = at + 1;
	catalog->object_count++;
	return at;
}

uint32_t
catalog_add_group(struct catalog *catalog, uint32_t parent, const char *name)
{
	uint32_t at = add_object(catalog, parent, name);
	if (at != LADLE_NONE)
		catalog->objects[at].kind = CATALOG_GROUP;
	return at;
}

static const uint64_t *
copy_dims(struct catalog *catalog, int rank, const uint64_t *dims)
{
	assert(rank >= 0 && rank <= LADLE_MAX_RANK);
	uint64_t *copy = arena_array(&catalog->arena, (size_t)rank + 1, sizeof *copy);
	for (int i = 0; copy && i < rank; i++)
		copy[i] = dims[i];
	return copy;
}

uint32_t
catalog_add_dataset(struct catalog *catalog, uint32_t parent, const char *name,
		struct catalog_type type, int rank, const uint64_t *dims)
{
	const uint64_t *copy = copy_dims(catalog, rank, dims);
	uint32_t at = copy ? add_object(catalog, parent, name) : LADLE_NONE;
	if (at == LADLE_NONE)
		return LADLE_NONE;
	struct catalog_object *object = &catalog->objects[at];
	object->kind = CATALOG_DATASET;
	object->type = type;
	object->rank = rank;
	object->dims = copy;
	object->count = catalog_count(rank, copy);
	return at;
}

static bool
is_power_of_two(uint32_t n)
{
	return (n & (n - 1)) == 0;
}

struct catalog_attr *
catalog_add_attr(struct catalog *catalog, uint32_t object, const char *name,
		struct catalog_type type, int rank, const uint64_t *dims)
{
	struct catalog_object *owner = &catalog->objects[object];
	struct arena *arena = &catalog->arena;
	if (is_power_of_two(owner->attr_count)) {
		uint32_t capacity = owner->attr_count ? owner->attr_count * 2 : 1;
		struct catalog_attr *attrs = grow(
				arena, owner->attrs, owner->attr_count, capacity, sizeof *attrs);
		if (!attrs)
			return NULL;
		owner->attrs = attrs;
	}
	struct catalog_attr *attr = &owner->attrs[owner->attr_count];
	*attr = (struct catalog_attr){.type = type, .rank = rank};
	attr->name = arena_text(arena, name, strlen(name));
	attr->dims = copy_dims(catalog, rank, dims);
	if (!attr->name || !attr->dims)
		return NULL;
	attr->count = catalog_count(rank, attr->dims);
	owner->attr_count++;
	return attr;
}

bool
catalog_add_strings(struct catalog *catalog, uint32_t object, const char *name,
		struct catalog_type type, int rank, const char *const *strings, uint64_t count)
{
	assert(rank <= 1 && (rank == 1 || count == 1));
	struct arena *arena = &catalog->arena;
	struct catalog_attr *attr = catalog_add_attr(catalog, object, name, type, rank, &count);
	const char **copies = arena_array(arena, (size_t)count + 1, sizeof *copies);
	size_t *lengths = arena_array(arena, (size_t)count + 1, sizeof *lengths);
	if (!attr || !copies || !lengths)
		return false;
	for (uint64_t i = 0; i < count; i++) {
		lengths[i] = strlen(strings[i]);
		copies[i] = arena_text(arena, strings[i], lengths[i]);
		if (!copies[i])
			return false;
	}
	attr->strings = copies;
	attr->lengths = lengths;
	return true;
}

struct catalog_member *
catalog_add_member(struct catalog *catalog, const char *name)
{
	if (catalog->member_count == catalog->member_capacity) {
		uint32_t capacity = catalog->member_capacity ? catalog->member_capacity * 2 : 8;
		struct catalog_member *members = grow(&catalog->arena, catalog->members,
				catalog->member_count, capacity, sizeof *members);
		if (!members)
			return NULL;
		catalog->members = members;
		catalog->member_capacity = capacity;
	}
	struct catalog_member *member = &catalog->members[catalog->member_count];
	*member = (struct catalog_member){.name = arena_text(&catalog->arena, name, strlen(name))};
	if (!member->name)
		return NULL;
	catalog->member_count++;
	return member;
}
