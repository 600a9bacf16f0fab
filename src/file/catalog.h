/* What the bytes of a file contain, before anyone asks what Keras meant. Made by a worker, checked
 * again by the process that receives it; also what an output is laid out from. */
#ifndef FILE_CATALOG_H
#define FILE_CATALOG_H

#include <ladle.h>

#include "base/arena.h"
#include "base/buf.h"
#include "file/limits.h"

/* One HDF5 file; a .keras archive; the same unpacked; HDF5 files that are one store together. */
enum catalog_container { CATALOG_H5, CATALOG_ZIP, CATALOG_FOLDER, CATALOG_SHARDS };

struct catalog_type {
	enum ladle_dtype dtype;
	uint32_t size; /* bytes of an element as stored; of a fixed-length string */
	bool big_endian;
	bool variable, utf8; /* strings: variable length; character set UTF-8 */
	uint8_t padding;     /* strings: H5T_str_t, 0 NULLTERM, 1 NULLPAD, 2 SPACEPAD */
	bool opaque;         /* stored as opaque bytes: bfloat16 as Keras writes it */
};

struct catalog_attr {
	const char *name;
	struct catalog_type type;
	int rank; /* 0: scalar */
	const uint64_t *dims;
	uint64_t count;
	const char *const *strings; /* [count], NUL-terminated, of dtype STRING */
	const size_t *lengths;      /* [count] bytes of each string */
	const void *numbers;        /* [count] elements in native order, of the other types */
	const char *refused;        /* why the value is absent, or NULL */
};

enum catalog_kind { CATALOG_GROUP, CATALOG_DATASET };
enum catalog_storage { CATALOG_CONTIGUOUS, CATALOG_CHUNKED, CATALOG_COMPACT, CATALOG_UNALLOCATED };

struct catalog_object {
	const char *path; /* "/layers/dense/vars/0"; "/" for the root */
	const char *name; /* last component, inside path */
	enum catalog_kind kind;
	const char *shard; /* the file that holds it, of several; NULL: there is one */
	uint32_t parent, first_child, last_child, next_sibling; /* LADLE_NONE: none */
	struct catalog_attr *attrs;
	uint32_t attr_count;
	/* datasets */
	struct catalog_type type;
	int rank;
	const uint64_t *dims;
	uint64_t count; /* product of dims; UINT64_MAX (and refused) when it overflows */
	enum catalog_storage storage;
	uint64_t offset;     /* contiguous: of the first byte, from the start of the HDF5 part */
	uint64_t stored;     /* bytes in the file */
	const char *refused; /* why its values cannot be read (or, of a group, its children);
				       NULL: numbers that file_read reads */
};

struct catalog_member { /* of an archive */
	const char *name;
	uint64_t offset, stored; /* of its data in the archive file */
	uint64_t size;           /* uncompressed */
	uint32_t method, crc;
};

struct catalog {
	struct arena arena;
	enum catalog_container container;
	bool inflated;         /* the HDF5 part was compressed and lies in the scratch file */
	uint64_t base, length; /* window of the HDF5 part, in the file or in the scratch file */
	struct catalog_object *objects; /* pre-order; 0 is the root; siblings in name order */
	uint32_t object_count;
	struct catalog_member *members;
	uint32_t member_count;
	const char *config, *metadata; /* texts of config.json and metadata.json, or NULL */
	size_t config_length, metadata_length;
	const char *note; /* "" or what a person must know: trailing bytes, repacked */
	/* for catalog.c alone */
	uint32_t object_capacity, member_capacity;
	uint32_t *index, index_size; /* hash table of object + 1, keyed by (parent, name) */
	uint64_t text_bytes;         /* of all paths, bounded by CATALOG_MAX_NAMES */
};

void catalog_init(struct catalog *);
void catalog_done(struct catalog *);
/* The object at an absolute path, or LADLE_NONE. Constant time for each component. */
uint32_t catalog_find(const struct catalog *, const char *path);
/* A child by name, or LADLE_NONE. `name` may hold '/': it is resolved as a relative path. */
uint32_t catalog_child(const struct catalog *, uint32_t object, const char *name);
const struct catalog_attr *catalog_attr(const struct catalog_object *, const char *name);
/* The first string of a string attribute, or NULL. */
const char *catalog_attr_text(const struct catalog_object *, const char *name);

/* product of dims, UINT64_MAX when it overflows */
uint64_t catalog_count(int rank, const uint64_t *dims);

/* Building one (from a file, for an output, for a test): parents first, in pre-order; the root is
 * the group "" of parent LADLE_NONE. What pointers point to is copied into the arena. Pointers to
 * objects and attributes hold until the next one is added. Return LADLE_NONE / NULL without memory
 * or beyond CATALOG_MAX_OBJECTS and CATALOG_MAX_NAMES. */
uint32_t catalog_add_group(struct catalog *, uint32_t parent, const char *name);
uint32_t catalog_add_dataset(struct catalog *, uint32_t parent, const char *name,
		struct catalog_type, int rank, const uint64_t *dims);
/* Appends to the object that was added last. */
struct catalog_attr *catalog_add_attr(struct catalog *, uint32_t object, const char *name,
		struct catalog_type, int rank, const uint64_t *dims);
bool catalog_add_strings(struct catalog *, uint32_t object, const char *name, struct catalog_type,
		int rank, const char *const *strings, uint64_t count);
struct catalog_member *catalog_add_member(struct catalog *, const char *name);

/* To the wire and back. Decoding trusts nothing: it checks counts, indices, extents, lengths. */
void catalog_encode(const struct catalog *, struct buf *);
enum ladle_status catalog_decode(
		struct catalog *, const void *data, size_t size, struct ladle_error *);

#endif
