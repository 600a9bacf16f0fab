/* The members of a .keras archive; in a worker. */
#ifndef FILE_ZIP_READ_H
#define FILE_ZIP_READ_H

#include "file/catalog.h"

/* Lists the archive of `size` bytes behind fd into the catalog, with the texts of config.json and
 * metadata.json and the window of its HDF5 member. A compressed HDF5 member is inflated into
 * `scratch`. Refuses what hides something: names that are there twice or lead elsewhere, members
 * that overlap, encryption, directories that disagree. */
enum ladle_status zip_read(
		int fd, uint64_t size, int scratch, struct catalog *, struct ladle_error *);

#endif
