#include "write/sketch.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Keras's HDF5_OBJECT_HEADER_LIMIT: bytes of one attribute. */
#define ATTRIBUTE_MOST 64512

enum { NULL_PADDED = 1 }; /* H5T_STR_NULLPAD, as numpy's fixed strings are stored */

static void *
take(struct sketch *sketch, size_t count, size_t size)
{
	void *memory = sketch->failed ? NULL : arena_array(sketch->arena, count, size);

	sketch->failed |= !memory;
	return memory;
}

static bool
make_room(struct sketch *sketch)
{
	uint32_t room = sketch->room ? sketch->room * 2 : 64;
	struct sketch_object **grown;

	if (sketch->count < sketch->room)
		return true;
	grown = take(sketch, room, sizeof(struct sketch_object *));
	if (!grown)
		return false;
	if (sketch->count)
		memcpy(grown, sketch->objects, sketch->count * sizeof(struct sketch_object *));
	sketch->objects = grown;
	sketch->room = room;
	return true;
}

struct sketch_object *
sketch_group(struct sketch *sketch, const char *path)
{
	struct sketch_object *object = take(sketch, 1, sizeof(*object));

	if (!object || !make_room(sketch))
		return NULL;
	object->path = path;
	object->source = LADLE_NONE;
	sketch->objects[sketch->count++] = object;
	return object;
}

struct sketch_object *
sketch_dataset(struct sketch *sketch, const char *path, struct catalog_type type, int rank,
		const uint64_t *dims, uint32_t source)
{
	struct sketch_object *object = sketch_group(sketch, path);

	if (!object)
		return NULL;
	object->is_dataset = true;
	object->type = type;
	object->rank = rank;
	object->dims = dims;
	object->source = source;
	return object;
}

/* ---- attributes ---- */

static void
add_attr(struct sketch *sketch, struct sketch_object *object, struct sketch_attr attr)
{
	struct sketch_attr *made = take(sketch, 1, sizeof(*made));

	if (!made)
		return;
	*made = attr;
	if (object->last_attr)
		object->last_attr->next = made;
	else
		object->attrs = made;
	object->last_attr = made;
}

void
sketch_attr(struct sketch *sketch, struct sketch_object *object, const struct catalog_attr *from)
{
	if (from->count && from->type.dtype != LADLE_STRING)
		return;
	add_attr(sketch, object,
			(struct sketch_attr){
					.name = from->name,
					.type = from->type,
					.rank = from->rank,
					.strings = from->strings,
					.count = from->count,
			});
}

void
sketch_text(struct sketch *sketch, struct sketch_object *object, const char *name, const char *text,
		bool utf8)
{
	const char **string = take(sketch, 1, sizeof(*string));

	if (!object || !string)
		return;
	*string = text;
	add_attr(sketch, object,
			(struct sketch_attr){
					.name = name,
					.type = {.dtype = LADLE_STRING,
							.variable = true,
							.utf8 = utf8},
					.strings = string,
					.count = 1,
			});
}

/* Fixed strings: all that ever read such lists can read these. */
static void
add_strings(struct sketch *sketch, struct sketch_object *object, const char *name,
		const char *const *strings, uint32_t count, uint32_t longest)
{
	struct sketch_attr attr = {
			.name = name,
			.type = {.dtype = LADLE_STRING, .size = longest, .padding = NULL_PADDED},
			.rank = 1,
			.strings = strings,
			.count = count,
	};

	if (!count)
		attr.type = (struct catalog_type){.dtype = LADLE_FLOAT64, .size = 8};
	add_attr(sketch, object, attr);
}

static uint32_t
longest_of(const char *const *strings, uint32_t count)
{
	size_t longest = 1;

	for (uint32_t i = 0; i < count; i++)
		if (strlen(strings[i]) > longest)
			longest = strlen(strings[i]);
	return longest > UINT32_MAX ? UINT32_MAX : (uint32_t)longest;
}

/* numpy.array_split: the first of `parts` parts are one longer. */
bool
sketch_list(struct sketch *sketch, struct sketch_object *object, const char *name,
		const char *const *strings, uint32_t count)
{
	uint32_t longest = longest_of(strings, count);
	uint32_t most = ATTRIBUTE_MOST / longest, first = 0;
	uint32_t parts = most && count ? (count + most - 1) / most : 1;

	if (!object || !most)
		return sketch->failed;
	if (parts == 1)
		add_strings(sketch, object, name, strings, count, longest);
	for (uint32_t i = 0; i < parts && parts > 1; i++) {
		uint32_t size = count / parts + (i < count % parts);
		const char *numbered = arena_format(sketch->arena, "%s%u", name, i);

		sketch->failed |= !numbered;
		add_strings(sketch, object, numbered, strings + first, size, longest);
		first += size;
	}
	return true;
}

/* ---- to a catalog ---- */

static int
place_of(char c)
{
	return c == '/' ? 0 : 1 + (unsigned char)c;
}

/* Parents before children, siblings by name. */
static int
compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (!*a || !*b)
		return !*b - !*a;
	return place_of(*a) - place_of(*b);
}

static int
compare_objects(const void *a, const void *b)
{
	const struct sketch_object *const *x = a, *const *y = b;

	return compare_paths((*x)->path, (*y)->path);
}

/* The catalog while it grows: the groups down to the last object, outermost first. */
struct branch {
	struct catalog *catalog;
	uint32_t *source, room;
	uint32_t group[CATALOG_MAX_DEPTH + 1]; /* 0: the root */
	const char *name[CATALOG_MAX_DEPTH + 1];
	size_t length[CATALOG_MAX_DEPTH + 1];
	int depth;
};

static bool
note_source(struct branch *branch, uint32_t object, uint32_t source)
{
	uint32_t room = object * 2 + 64;
	uint32_t *grown;

	if (object == LADLE_NONE)
		return false;
	if (object >= branch->room) {
		grown = realloc(branch->source, room * sizeof(*grown));
		if (!grown)
			return false;
		branch->source = grown;
		branch->room = room;
	}
	branch->source[object] = source;
	return true;
}

static bool
add_attributes(struct branch *branch, uint32_t object, const struct sketch_object *from)
{
	for (const struct sketch_attr *a = from->attrs; a; a = a->next) {
		bool added = a->count ? catalog_add_strings(branch->catalog, object, a->name,
							a->type, a->rank, a->strings, a->count)
				      : catalog_add_attr(branch->catalog, object, a->name, a->type,
							a->rank, &a->count) != NULL;

		if (!added)
			return false;
	}
	return true;
}

static bool
is_open(const struct branch *branch, int depth, const char *name, size_t length)
{
	return depth <= branch->depth && branch->length[depth] == length &&
	       !memcmp(branch->name[depth], name, length);
}

/* The group called so at that depth, made where it is not the last one there. */
static bool
open_group(struct branch *branch, int depth, const char *name, size_t length)
{
	char component[CATALOG_MAX_NAME + 1];

	if (depth > CATALOG_MAX_DEPTH || length > CATALOG_MAX_NAME)
		return false;
	if (is_open(branch, depth, name, length))
		return true;
	memcpy(component, name, length);
	component[length] = '\0';
	branch->name[depth] = name;
	branch->length[depth] = length;
	branch->depth = depth;
	branch->group[depth] =
			catalog_add_group(branch->catalog, branch->group[depth - 1], component);
	return note_source(branch, branch->group[depth], LADLE_NONE);
}

static bool
add_object(struct branch *branch, const struct sketch_object *from)
{
	const char *at = from->path + 1;
	uint32_t made;
	int depth = 0;

	for (size_t length; *at; at += length + (at[length] == '/')) {
		length = strcspn(at, "/");
		if (from->is_dataset && !at[length])
			break;
		if (length && !open_group(branch, ++depth, at, length))
			return false;
	}
	branch->depth = depth;
	made = branch->group[depth];
	if (from->is_dataset) {
		made = catalog_add_dataset(
				branch->catalog, made, at, from->type, from->rank, from->dims);
		if (!note_source(branch, made, from->source))
			return false;
		branch->catalog->objects[made].storage = CATALOG_UNALLOCATED;
	}
	return add_attributes(branch, made, from);
}

static enum ladle_status
check_paths(const struct sketch *sketch, const char *label, struct ladle_error *err)
{
	for (uint32_t i = 1; i < sketch->count; i++)
		if (!strcmp(sketch->objects[i]->path, sketch->objects[i - 1]->path))
			return ladle_fail(err, LADLE_E_USAGE, label,
					"%s: two objects of the output would be %s", label,
					sketch->objects[i]->path);
	return LADLE_OK;
}

enum ladle_status
sketch_finish(struct sketch *sketch, struct catalog *catalog, uint32_t **source, const char *label,
		struct ladle_error *err)
{
	struct branch branch = {.catalog = catalog};
	bool good = !sketch->failed;

	if (good)
		qsort(sketch->objects, sketch->count, sizeof(*sketch->objects), compare_objects);
	if (good)
		TRY(check_paths(sketch, label, err));
	branch.group[0] = catalog_add_group(catalog, LADLE_NONE, "");
	good = good && note_source(&branch, branch.group[0], LADLE_NONE);
	for (uint32_t i = 0; good && i < sketch->count; i++)
		good = add_object(&branch, sketch->objects[i]);
	*source = branch.source;
	return good ? LADLE_OK
		    : ladle_fail(err, LADLE_E_MEMORY, label, "no memory for the output's tree");
}
