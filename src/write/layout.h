/* An HDF5 file laid out before its values are there: a worker creates the tree of a catalog with
 * every dataset contiguous and allocated, and says where each begins. The values are then written
 * at those places by several threads, without libhdf5. */
#ifndef WRITE_LAYOUT_H
#define WRITE_LAYOUT_H

#include "file/catalog.h"

struct nursery;

/* Creates `tree` in the file behind fd, from byte `base` on. `out` is an initialised catalog that
 * gets the tree as it was laid out; objects come back in the order of `tree`, with offset and
 * stored set (from base). `label` names the output in errors. */
enum ladle_status layout_make(struct catalog *out, struct nursery *, int fd, uint64_t base,
		const struct catalog *tree, const char *label, struct ladle_error *);

/* The worker's side, for the table of jobs. */
void layout_prepare(void);
void layout_serve(int wire, const int *fds, int count, bool sandbox);

/* h5_layout.c: creates the tree and sets offset, stored and storage of its datasets. */
enum ladle_status h5_layout_create(
		struct catalog *tree, int fd, uint64_t base, struct ladle_error *);
void h5_layout_prepare(void);

#endif
