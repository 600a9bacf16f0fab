/* What the h5_*.c files of the reader share. */
#ifndef FILE_H5_SOURCE_H
#define FILE_H5_SOURCE_H

#include <hdf5.h>

#include "file/h5_read.h"

struct h5_source {
	hid_t file;
	haddr_t *addresses; /* of each object of the catalog; HADDR_UNDEF: cannot be opened */
	uint32_t count, capacity;
	uint32_t open_object; /* the dataset that was read last stays open, with its chunk cache */
	hid_t open_dataset;
};

/* What the type is in the catalog's terms. Returns why its values are not read, or NULL. */
const char *h5_type_describe(hid_t type, struct catalog_type *out);
/* Extent of a dataspace. A null space becomes an extent of 0. Returns what is wrong, or NULL. */
const char *h5_extent(hid_t space, int *rank, uint64_t dims[LADLE_MAX_RANK]);
/* Type, extent and storage of an open dataset, and why it is refused. */
struct h5_dataset {
	struct catalog_type type;
	int rank;
	uint64_t dims[LADLE_MAX_RANK], count;
	enum catalog_storage storage;
	uint64_t offset, stored;
	const char *refused; /* a constant, or text[] */
	char text[160];
};
void h5_dataset_describe(hid_t dataset, struct h5_dataset *out);
/* Adds the attributes of `id` to the object that was added last. `budget` counts down the bytes
 * that all attributes of a file may have. */
enum ladle_status h5_attrs_add(hid_t id, struct catalog *, uint32_t object, uint64_t *budget,
		struct ladle_error *);

#endif
