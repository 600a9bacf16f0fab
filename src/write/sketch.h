/* The objects of an output while they are collected in any order; a catalog wants them sorted. */
#ifndef WRITE_SKETCH_H
#define WRITE_SKETCH_H

#include "base/arena.h"
#include "file/catalog.h"

struct sketch_attr {
	const char *name;
	struct catalog_type type;
	int rank; /* 0: a text, 1: a list */
	const char *const *strings;
	uint64_t count;
	struct sketch_attr *next;
};

struct sketch_object {
	const char *path; /* "/layers/dense/vars/0" */
	bool is_dataset;
	struct catalog_type type;
	int rank;
	const uint64_t *dims;
	uint32_t source;
	struct sketch_attr *attrs, *last_attr;
};

struct sketch {
	struct arena *arena; /* of all that is collected */
	struct sketch_object **objects;
	uint32_t count, room;
	bool failed; /* no memory; sticks */
};

/* Strings and extents are borrowed. NULL without memory. */
struct sketch_object *sketch_group(struct sketch *, const char *path);
struct sketch_object *sketch_dataset(struct sketch *, const char *path, struct catalog_type,
		int rank, const uint64_t *dims, uint32_t source);
/* A string or a list of a catalog. Others are left out: Keras keeps nothing in them. */
void sketch_attr(struct sketch *, struct sketch_object *, const struct catalog_attr *);
/* A scalar string of variable length. */
void sketch_text(struct sketch *, struct sketch_object *, const char *name, const char *text,
		bool utf8);
/* A list of names as Keras stores it: split where it is too long for one attribute, float64 where
 * it is empty. False when one name alone is too long. */
bool sketch_list(struct sketch *, struct sketch_object *, const char *name,
		const char *const *strings, uint32_t count);
/* Adds everything and the groups between to the catalog, which must be empty, and the sources to
 * *source[object], which is the caller's to free. E_MEMORY or E_USAGE: a path twice. */
enum ladle_status sketch_finish(struct sketch *, struct catalog *, uint32_t **source,
		const char *label, struct ladle_error *);

#endif
