/* The directory of a zip archive, read distrustfully. Written here because minizip 1.1 misreads the
 * 64-bit sizes that Python writes for members above 2 GiB. */
#ifndef FILE_ZIP_DIRECTORY_H
#define FILE_ZIP_DIRECTORY_H

#include "file/catalog.h"

struct zip_source {
	int fd;
	uint64_t size;
};

enum { ZIP_STORED = 0, ZIP_DEFLATED = 8 };

bool zip_read_at(const struct zip_source *, uint64_t at, void *data, size_t size);
/* Adds all members. Refuses names that are there twice or lead elsewhere, members that overlap or
 * end outside, encryption, other methods than stored and deflated, and a directory that is
 * contradicted by the members' own headers. Notes bytes behind the archive. */
enum ladle_status zip_list(const struct zip_source *, struct catalog *, struct ladle_error *);

#endif
