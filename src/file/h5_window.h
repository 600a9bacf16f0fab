/* libhdf5's view of a window (fd, base, length) of a file: our own virtual file driver. Strict end
 * of file, no locks, no way to name another file. Written with designated initialisers so that
 * 1.10, 1.12, 1.14 and 2.x build. Used in workers only. */
#ifndef FILE_H5_WINDOW_H
#define FILE_H5_WINDOW_H

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

/* Silences error printing, forbids plugins and atexit. Before any other libhdf5 call. */
void h5_prepare(void);
/* Opens the window read-only; < 0 on failure. */
hid_t h5_window_open(int fd, uint64_t base, uint64_t length);
/* A new, empty HDF5 file from `base` on; the file behind fd grows as needed. */
hid_t h5_window_create(int fd, uint64_t base);
/* The innermost messages of libhdf5's error stack, into dst. */
void h5_error_text(char *dst, size_t size);

#endif
