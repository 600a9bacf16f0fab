/* Reading an HDF5 window in a worker: the catalog, and elements of chunked or compact datasets.
 * For reader.c, which does not know hdf5.h. */
#ifndef FILE_H5_READ_H
#define FILE_H5_READ_H

#include "file/catalog.h"

/* Lives until its worker ends. */
struct h5_source;

void h5_read_prepare(void);
enum ladle_status h5_source_open(struct h5_source **out, int fd, uint64_t base, uint64_t length,
		struct ladle_error *);
/* Adds all objects and attributes of the file. Once for each source. */
enum ladle_status h5_source_list(struct h5_source *, struct catalog *, struct ladle_error *);
/* Elements in the file's own byte order; dst holds count * size bytes. `object` is an index into
 * the catalog that was listed. */
enum ladle_status h5_source_read(struct h5_source *, uint32_t object, uint64_t first,
		uint64_t count, void *dst, struct ladle_error *);

#endif
