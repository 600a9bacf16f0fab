/* All bytes of a place in a file, or none: interrupted and short calls go on. */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* false with errno; errno is 0 when the file ends before `size` bytes. */
bool io_read_at(int fd, void *dst, size_t size, uint64_t offset);
/* false with errno. */
bool io_write_at(int fd, const void *data, size_t size, uint64_t offset);

#endif
