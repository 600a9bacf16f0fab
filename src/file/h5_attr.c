#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/os.h"
#include "file/h5_source.h"
#include "file/limits.h"

/* The attributes of one object while they are added. */
struct attrs {
	struct catalog *catalog;
	uint32_t object;
	uint64_t *budget;
	bool too_much; /* no memory, or beyond the budget */
};

/* One attribute, open. */
struct open_attr {
	hid_t id, type, space;
	struct catalog_type kind;
	int rank;
	uint64_t dims[LADLE_MAX_RANK], count;
};

/* All attributes of a file share one budget, so that neither many small ones nor a few that repeat
 * a large text can fill the memory. */
static bool
spend(struct attrs *attrs, uint64_t bytes)
{
	if (bytes > *attrs->budget)
		attrs->too_much = true;
	else
		*attrs->budget -= bytes;
	return !attrs->too_much;
}

/* Bytes of a fixed-length string without its padding, as h5py gives them. */
static size_t
unpadded_length(const char *text, size_t size, uint8_t padding)
{
	if (padding == H5T_STR_NULLTERM)
		return strnlen(text, size);
	char fill = padding == H5T_STR_SPACEPAD ? ' ' : '\0';
	while (size > 0 && text[size - 1] == fill)
		size--;
	return size;
}

/* Room for the strings; the last two arguments of an attribute. */
struct strings {
	const char **text;
	size_t *length;
};

static bool
make_strings(struct attrs *attrs, uint64_t count, struct strings *out)
{
	struct arena *arena = &attrs->catalog->arena;
	out->text = arena_array(arena, (size_t)count + 1, sizeof *out->text);
	out->length = arena_array(arena, (size_t)count + 1, sizeof *out->length);
	if (!out->text || !out->length)
		attrs->too_much = true;
	return !attrs->too_much;
}

static bool
take_string(struct attrs *attrs, struct strings *out, uint64_t i, const char *text, size_t length)
{
	if (!spend(attrs, length + 16))
		return false;
	out->length[i] = length;
	out->text[i] = arena_text(&attrs->catalog->arena, text, length);
	if (!out->text[i])
		attrs->too_much = true;
	return !attrs->too_much;
}

/* libhdf5 allocates the texts before anyone can measure them; the limit of the address space is
 * what stops 4096 references to one huge text. */
static const char *
read_variable(struct attrs *attrs, const struct open_attr *open, struct strings *out)
{
	if (open->count > CATALOG_MAX_VARIABLE)
		return "has more than 4096 strings of variable length";
	char **texts = calloc((size_t)open->count + 1, sizeof *texts);
	if (!texts || (open->count && H5Aread(open->id, open->type, texts) < 0)) {
		free(texts);
		return "has text that cannot be read";
	}
	for (uint64_t i = 0; i < open->count && !attrs->too_much; i++)
		take_string(attrs, out, i, texts[i] ? texts[i] : "",
				texts[i] ? strlen(texts[i]) : 0);
	if (open->count)
		H5Dvlen_reclaim(open->type, open->space, H5P_DEFAULT, texts);
	free(texts);
	return NULL;
}

static const char *
read_fixed(struct attrs *attrs, const struct open_attr *open, struct strings *out)
{
	uint64_t size = open->kind.size;
	if (open->count > CATALOG_MAX_STRINGS || size > CATALOG_MAX_TEXT ||
			open->count * size > CATALOG_MAX_TEXT)
		return "has text of more than 64 MiB";
	char *texts = malloc((size_t)(open->count * size) + 1);
	if (!texts || (open->count && H5Aread(open->id, open->type, texts) < 0)) {
		free(texts);
		return "has text that cannot be read";
	}
	for (uint64_t i = 0; i < open->count && !attrs->too_much; i++) {
		const char *text = texts + i * size;
		take_string(attrs, out, i, text,
				unpadded_length(text, (size_t)size, open->kind.padding));
	}
	free(texts);
	return NULL;
}

static const char *
read_strings(struct attrs *attrs, const struct open_attr *open, struct catalog_attr *attr)
{
	struct strings strings;
	if (open->count > CATALOG_MAX_STRINGS)
		return "has too many strings";
	if (!make_strings(attrs, open->count, &strings))
		return NULL;
	const char *refused = open->kind.variable ? read_variable(attrs, open, &strings)
						  : read_fixed(attrs, open, &strings);
	if (refused || attrs->too_much)
		return refused;
	attr->strings = strings.text;
	attr->lengths = strings.length;
	return NULL;
}

static const char *
read_numbers(struct attrs *attrs, const struct open_attr *open, struct catalog_attr *attr)
{
	uint64_t bytes;
	size_t size = dtype_size(open->kind.dtype);
	if (!dtype_bytes(open->kind.dtype, open->count, &bytes) || bytes > CATALOG_MAX_TEXT)
		return "has a value of more than 64 MiB";
	if (!spend(attrs, bytes))
		return NULL;
	char *numbers = arena_array(&attrs->catalog->arena, (size_t)bytes + 1, 1);
	if (!numbers)
		attrs->too_much = true;
	else if (open->count && H5Aread(open->id, open->type, numbers) < 0)
		return "has a value that cannot be read";
	else if (open->kind.big_endian != os_is_big_endian())
		dtype_swap(numbers, size, (size_t)open->count);
	attr->numbers = numbers;
	return NULL;
}

/* Adds the attribute; a value that cannot be read leaves the reason. */
static void
add_open(struct attrs *attrs, const char *name, struct open_attr *open)
{
	const char *extent = h5_extent(open->space, &open->rank, open->dims);
	const char *refused = h5_type_describe(open->type, &open->kind);
	if (!refused)
		refused = extent;
	open->count = catalog_count(open->rank, open->dims);
	if (!refused && open->count == UINT64_MAX)
		refused = "declares more elements than any file can hold";
	struct catalog_attr *attr = catalog_add_attr(
			attrs->catalog, attrs->object, name, open->kind, open->rank, open->dims);
	if (!attr || !spend(attrs, strlen(name) + 64)) {
		attrs->too_much = true;
		return;
	}
	if (!refused && open->kind.dtype == LADLE_STRING)
		refused = read_strings(attrs, open, attr);
	else if (!refused)
		refused = read_numbers(attrs, open, attr);
	attr->refused = refused;
}

/* A type or value that cannot be read leaves the reason in the attribute. One that cannot even be
 * opened refuses the file: it may be the one that says which layers there are. */
static herr_t
add_attr(hid_t id, const char *name, const H5A_info_t *info, void *arg)
{
	(void)info;
	struct attrs *attrs = arg;
	if (strlen(name) > CATALOG_MAX_NAME) {
		attrs->too_much = true;
		return -1;
	}
	struct open_attr open = {.id = H5Aopen(id, name, H5P_DEFAULT)};
	if (open.id < 0)
		return -1;
	open.type = H5Aget_type(open.id);
	open.space = H5Aget_space(open.id);
	bool readable = open.type >= 0 && open.space >= 0;
	if (readable)
		add_open(attrs, name, &open);
	if (open.type >= 0)
		H5Tclose(open.type);
	if (open.space >= 0)
		H5Sclose(open.space);
	H5Aclose(open.id);
	return readable && !attrs->too_much ? 0 : -1;
}

enum ladle_status
h5_attrs_add(hid_t id, struct catalog *catalog, uint32_t object, uint64_t *budget,
		struct ladle_error *err)
{
	struct attrs attrs = {.catalog = catalog, .object = object, .budget = budget};
	const char *path = catalog->objects[object].path;
	if (H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_attr, &attrs) >= 0)
		return LADLE_OK;
	if (attrs.too_much)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"the attributes of %s are too large or too many", path);
	return ladle_fail(err, LADLE_E_INPUT, NULL, "the attributes of %s cannot be read", path);
}
