#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "file/catalog.h"
#include "file/limits.h"

/* catalog  MAGIC container:u8 inflated:u8 base:u64 length:u64 note:text config:option
 *          metadata:option count:u32 member* count:u32 object*
 * member   name:text offset:u64 stored:u64 size:u64 method:u32 crc:u32
 * object   parent:u32 name:text kind:u8 refused:option [dataset] count:u32 attr*
 * dataset  type extent storage:u8 offset:u64 stored:u64
 * attr     name:text type extent refused:option [numbers:text | string:text*]
 * type     dtype:u8 flags:u8 padding:u8 size:u32
 * extent   rank:u8 dim:u64*
 * text     length:u64 byte*
 * option   present:u8 [text]
 *
 * Both ends are the same program on the same machine, so numbers are in native order. Paths, links
 * between objects and counts of elements are not sent: they are computed again from what is. */

#define MAGIC UINT32_C(0x6c636174)
enum { TYPE_BIG_ENDIAN = 1, TYPE_VARIABLE = 2, TYPE_UTF8 = 4, TYPE_OPAQUE = 8 };

/* ---- encoding -------------------------------------------------------------------------------- */

static void
put_u8(struct buf *out, uint8_t value)
{
	buf_append(out, &value, sizeof value);
}

static void
put_u32(struct buf *out, uint32_t value)
{
	buf_append(out, &value, sizeof value);
}

static void
put_u64(struct buf *out, uint64_t value)
{
	buf_append(out, &value, sizeof value);
}

static void
put_bytes(struct buf *out, const void *data, size_t size)
{
	put_u64(out, size);
	buf_append(out, data, size);
}

static void
put_text(struct buf *out, const char *text)
{
	put_bytes(out, text, strlen(text));
}

/* A text that may be NULL. */
static void
put_option(struct buf *out, const char *text, size_t length)
{
	put_u8(out, text != NULL);
	if (text)
		put_bytes(out, text, length);
}

static void
put_refusal(struct buf *out, const char *refused)
{
	put_option(out, refused, refused ? strlen(refused) : 0);
}

static void
put_type(struct buf *out, const struct catalog_type *type)
{
	int flags = (type->big_endian ? TYPE_BIG_ENDIAN : 0) |
		    (type->variable ? TYPE_VARIABLE : 0) | (type->utf8 ? TYPE_UTF8 : 0) |
		    (type->opaque ? TYPE_OPAQUE : 0);
	put_u8(out, (uint8_t)type->dtype);
	put_u8(out, (uint8_t)flags);
	put_u8(out, type->padding);
	put_u32(out, type->size);
}

static void
put_extent(struct buf *out, int rank, const uint64_t *dims)
{
	put_u8(out, (uint8_t)rank);
	for (int i = 0; i < rank; i++)
		put_u64(out, dims[i]);
}

static void
put_attr(struct buf *out, const struct catalog_attr *attr)
{
	put_text(out, attr->name);
	put_type(out, &attr->type);
	put_extent(out, attr->rank, attr->dims);
	put_refusal(out, attr->refused);
	if (attr->refused)
		return;
	if (attr->type.dtype != LADLE_STRING) {
		put_bytes(out, attr->numbers, (size_t)attr->count * dtype_size(attr->type.dtype));
		return;
	}
	for (uint64_t i = 0; i < attr->count; i++)
		put_bytes(out, attr->strings[i], attr->lengths[i]);
}

static void
put_object(struct buf *out, const struct catalog_object *object)
{
	put_u32(out, object->parent);
	put_text(out, object->name);
	put_u8(out, (uint8_t)object->kind);
	put_refusal(out, object->refused);
	if (object->kind == CATALOG_DATASET) {
		put_type(out, &object->type);
		put_extent(out, object->rank, object->dims);
		put_u8(out, (uint8_t)object->storage);
		put_u64(out, object->offset);
		put_u64(out, object->stored);
	}
	put_u32(out, object->attr_count);
	for (uint32_t i = 0; i < object->attr_count; i++)
		put_attr(out, &object->attrs[i]);
}

static void
put_member(struct buf *out, const struct catalog_member *member)
{
	put_text(out, member->name);
	put_u64(out, member->offset);
	put_u64(out, member->stored);
	put_u64(out, member->size);
	put_u32(out, member->method);
	put_u32(out, member->crc);
}

void
catalog_encode(const struct catalog *catalog, struct buf *out)
{
	put_u32(out, MAGIC);
	put_u8(out, (uint8_t)catalog->container);
	put_u8(out, catalog->inflated);
	put_u64(out, catalog->base);
	put_u64(out, catalog->length);
	put_text(out, catalog->note);
	put_option(out, catalog->config, catalog->config_length);
	put_option(out, catalog->metadata, catalog->metadata_length);
	put_u32(out, catalog->member_count);
	for (uint32_t i = 0; i < catalog->member_count; i++)
		put_member(out, &catalog->members[i]);
	put_u32(out, catalog->object_count);
	for (uint32_t i = 0; i < catalog->object_count; i++)
		put_object(out, &catalog->objects[i]);
}

/* ---- decoding -------------------------------------------------------------------------------- */

/* What was received. The first fault sticks; later gets give zeros and empty texts. */
struct source {
	struct catalog *catalog;
	const char *at, *end;
	const char *fault;
};

/* Always false, so that a check can be one expression. */
static bool
fault(struct source *in, const char *what)
{
	if (!in->fault)
		in->fault = what;
	return false;
}

/* The only place that moves forward by a fixed size; zeros when there is too little. */
static bool
get(struct source *in, void *data, size_t size)
{
	memset(data, 0, size);
	if (in->fault || (size_t)(in->end - in->at) < size)
		return fault(in, "it ends too early");
	memcpy(data, in->at, size);
	in->at += size;
	return true;
}

static uint8_t
get_u8(struct source *in)
{
	uint8_t value;
	get(in, &value, sizeof value);
	return value;
}

static uint32_t
get_u32(struct source *in)
{
	uint32_t value;
	get(in, &value, sizeof value);
	return value;
}

static uint64_t
get_u64(struct source *in)
{
	uint64_t value;
	get(in, &value, sizeof value);
	return value;
}

/* A copy, ended by NUL, of bytes that are there: nothing is allocated for a length alone. */
static const char *
get_bytes(struct source *in, size_t *length)
{
	uint64_t claimed = get_u64(in);
	if (length)
		*length = 0;
	if (in->fault || claimed > (uint64_t)(in->end - in->at)) {
		fault(in, "a length is beyond its end");
		return "";
	}
	const char *copy = arena_text(&in->catalog->arena, in->at, (size_t)claimed);
	in->at += claimed;
	if (!copy) {
		fault(in, "there is no memory for it");
		return "";
	}
	if (length)
		*length = (size_t)claimed;
	return copy;
}

/* Names are C strings in the catalog; a NUL inside would make two different names equal. */
static const char *
get_text(struct source *in)
{
	size_t length;
	const char *text = get_bytes(in, &length);
	if (strlen(text) != length)
		fault(in, "a name holds a NUL byte");
	return text;
}

static const char *
get_option(struct source *in, size_t *length)
{
	uint8_t present = get_u8(in);
	if (present > 1)
		fault(in, "a flag is neither 0 nor 1");
	if (present == 1)
		return get_bytes(in, length);
	if (length)
		*length = 0;
	return NULL;
}

/* How many of something follow, each of at least `least` bytes. */
static uint32_t
get_count(struct source *in, uint32_t most, size_t least)
{
	uint32_t count = get_u32(in);
	if (count > most || count > (size_t)(in->end - in->at) / least) {
		fault(in, "a count is too large");
		return 0;
	}
	return in->fault ? 0 : count;
}

static struct catalog_type
get_type(struct source *in)
{
	uint8_t dtype = get_u8(in), flags = get_u8(in), padding = get_u8(in);
	uint32_t size = get_u32(in);
	if (dtype > LADLE_OTHER)
		fault(in, "a dtype is unknown");
	if (in->fault)
		return (struct catalog_type){.dtype = LADLE_OTHER};
	size_t expected = dtype_size((enum ladle_dtype)dtype);
	if (expected && size != expected)
		fault(in, "the size of a dtype is wrong");
	return (struct catalog_type){
			.dtype = (enum ladle_dtype)dtype,
			.size = size,
			.big_endian = flags & TYPE_BIG_ENDIAN,
			.variable = flags & TYPE_VARIABLE,
			.utf8 = flags & TYPE_UTF8,
			.padding = padding,
			.opaque = flags & TYPE_OPAQUE,
	};
}

static int
get_extent(struct source *in, uint64_t dims[LADLE_MAX_RANK])
{
	int rank = get_u8(in);
	if (rank > LADLE_MAX_RANK) {
		fault(in, "a rank is above 32");
		return 0;
	}
	for (int i = 0; i < rank; i++)
		dims[i] = get_u64(in);
	return in->fault ? 0 : rank;
}

/* Each string takes at least its length of 8 bytes, so that the arrays made here are never larger
 * than what was received. */
static bool
get_strings(struct source *in, struct catalog_attr *attr)
{
	struct arena *arena = &in->catalog->arena;
	if (attr->count > CATALOG_MAX_STRINGS || attr->count > (size_t)(in->end - in->at) / 8)
		return fault(in, "an attribute has too many strings");
	const char **strings = arena_array(arena, (size_t)attr->count + 1, sizeof *strings);
	size_t *lengths = arena_array(arena, (size_t)attr->count + 1, sizeof *lengths);
	if (!strings || !lengths)
		return fault(in, "there is no memory for it");
	for (uint64_t i = 0; i < attr->count; i++)
		strings[i] = get_bytes(in, &lengths[i]);
	attr->strings = strings;
	attr->lengths = lengths;
	return true;
}

static bool
get_numbers(struct source *in, struct catalog_attr *attr)
{
	size_t length;
	uint64_t expected;
	const char *numbers = get_bytes(in, &length);
	if (!dtype_bytes(attr->type.dtype, attr->count, &expected) || length != expected)
		return fault(in, "an attribute has another size than its extent");
	if (attr->type.dtype == LADLE_OTHER)
		return fault(in, "an attribute of unknown type has a value");
	attr->numbers = numbers;
	return true;
}

static void
get_attr(struct source *in, uint32_t object)
{
	uint64_t dims[LADLE_MAX_RANK];
	const char *name = get_text(in);
	struct catalog_type type = get_type(in);
	int rank = get_extent(in, dims);
	const char *refused = get_option(in, NULL);
	if (in->fault)
		return;
	struct catalog_attr *attr = catalog_add_attr(in->catalog, object, name, type, rank, dims);
	if (!attr) {
		fault(in, "there is no memory for it");
		return;
	}
	attr->refused = refused;
	if (refused)
		return;
	if (type.dtype == LADLE_STRING)
		get_strings(in, attr);
	else
		get_numbers(in, attr);
}

/* What file_read relies on. */
static bool
check_dataset(struct source *in, const struct catalog_object *object)
{
	uint64_t bytes;
	if (object->storage > CATALOG_UNALLOCATED)
		return fault(in, "a storage is unknown");
	if (object->refused)
		return true;
	if (object->type.dtype == LADLE_STRING || object->type.dtype == LADLE_OTHER)
		return fault(in, "a dataset without numbers is not refused");
	if (object->count == UINT64_MAX || !dtype_bytes(object->type.dtype, object->count, &bytes))
		return fault(in, "an extent overflows");
	if (object->storage != CATALOG_CONTIGUOUS)
		return true;
	uint64_t length = in->catalog->length;
	if (bytes > length || object->offset > length - bytes)
		return fault(in, "a dataset lies outside the file");
	return true;
}

static uint32_t
get_dataset(struct source *in, uint32_t parent, const char *name, const char *refused)
{
	uint64_t dims[LADLE_MAX_RANK];
	struct catalog_type type = get_type(in);
	int rank = get_extent(in, dims);
	uint8_t storage = get_u8(in);
	uint64_t offset = get_u64(in), stored = get_u64(in);
	if (in->fault)
		return LADLE_NONE;
	uint32_t at = catalog_add_dataset(in->catalog, parent, name, type, rank, dims);
	if (at == LADLE_NONE)
		return LADLE_NONE;
	struct catalog_object *object = &in->catalog->objects[at];
	object->storage = (enum catalog_storage)storage;
	object->offset = offset;
	object->stored = stored;
	object->refused = refused;
	check_dataset(in, object);
	return at;
}

/* Pre-order: the parent is the object before or one above it. Names ascend within a parent, so
 * none is there twice. */
static bool
check_place(struct source *in, uint32_t parent, const char *name)
{
	const struct catalog *catalog = in->catalog;
	if (catalog->object_count == 0)
		return (parent == LADLE_NONE && !*name) ||
		       fault(in, "the first object is not a root");
	if (!*name || strchr(name, '/') || strlen(name) > CATALOG_MAX_NAME)
		return fault(in, "a name is empty, too long or holds a slash");
	if (parent >= catalog->object_count || catalog->objects[parent].kind != CATALOG_GROUP)
		return fault(in, "a parent is no group before it");
	uint32_t above = catalog->object_count - 1;
	for (int depth = 0; above != parent && above != LADLE_NONE; depth++)
		above = catalog->objects[above].parent;
	if (above != parent)
		return fault(in, "objects are not in pre-order");
	int depth = 0;
	for (; above != LADLE_NONE; above = catalog->objects[above].parent)
		depth++;
	uint32_t last = catalog->objects[parent].last_child;
	if (depth > CATALOG_MAX_DEPTH)
		return fault(in, "groups are nested too deeply");
	if (last != LADLE_NONE && strcmp(catalog->objects[last].name, name) >= 0)
		return fault(in, "siblings are not in order");
	return true;
}

static void
get_object(struct source *in)
{
	uint32_t parent = get_u32(in);
	const char *name = get_text(in);
	uint8_t kind = get_u8(in);
	const char *refused = get_option(in, NULL);
	if (in->fault || !check_place(in, parent, name))
		return;
	if (kind > CATALOG_DATASET || (kind == CATALOG_DATASET && parent == LADLE_NONE)) {
		fault(in, "an object is neither group nor dataset");
		return;
	}
	uint32_t at = kind == CATALOG_DATASET ? get_dataset(in, parent, name, refused)
					      : catalog_add_group(in->catalog, parent, name);
	if (at == LADLE_NONE) {
		fault(in, "its names or objects are too many");
		return;
	}
	if (kind == CATALOG_GROUP)
		in->catalog->objects[at].refused = refused;
	uint32_t attrs = get_count(in, CATALOG_MAX_OBJECTS, 8 + 7 + 1 + 1);
	for (uint32_t i = 0; i < attrs && !in->fault; i++)
		get_attr(in, at);
}

static void
get_member(struct source *in)
{
	struct catalog_member *member = catalog_add_member(in->catalog, get_text(in));
	if (!member) {
		fault(in, "there is no memory for it");
		return;
	}
	member->offset = get_u64(in);
	member->stored = get_u64(in);
	member->size = get_u64(in);
	member->method = get_u32(in);
	member->crc = get_u32(in);
	if (member->offset > UINT64_MAX - member->stored)
		fault(in, "a member is beyond all files");
}

static void
get_head(struct source *in)
{
	struct catalog *catalog = in->catalog;
	if (get_u32(in) != MAGIC)
		fault(in, "it does not begin as one");
	uint8_t container = get_u8(in), inflated = get_u8(in);
	if (container > CATALOG_ZIP || inflated > 1)
		fault(in, "its container is unknown");
	catalog->container = container == CATALOG_ZIP ? CATALOG_ZIP : CATALOG_H5;
	catalog->inflated = inflated == 1;
	catalog->base = get_u64(in);
	catalog->length = get_u64(in);
	if (catalog->base > UINT64_MAX - catalog->length)
		fault(in, "its window is beyond all files");
	catalog->note = get_text(in);
	catalog->config = get_option(in, &catalog->config_length);
	catalog->metadata = get_option(in, &catalog->metadata_length);
}

enum ladle_status
catalog_decode(struct catalog *catalog, const void *data, size_t size, struct ladle_error *err)
{
	struct source in = {.catalog = catalog, .at = data, .end = (const char *)data + size};
	catalog_init(catalog);
	get_head(&in);
	uint32_t members = get_count(&in, ARCHIVE_MAX_MEMBERS, 8 + 24 + 8);
	for (uint32_t i = 0; i < members && !in.fault; i++)
		get_member(&in);
	uint32_t objects = get_count(&in, CATALOG_MAX_OBJECTS, 4 + 8 + 1 + 1 + 4);
	if (objects == 0)
		fault(&in, "it holds no object");
	for (uint32_t i = 0; i < objects && !in.fault; i++)
		get_object(&in);
	if (!in.fault && in.at != in.end)
		fault(&in, "something follows its end");
	if (!in.fault)
		return LADLE_OK;
	catalog_done(catalog);
	return ladle_fail(
			err, LADLE_E_WORKER, NULL, "the worker's catalog is refused: %s", in.fault);
}
