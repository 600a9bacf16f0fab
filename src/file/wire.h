/* What the two ends of a wire share: bytes over a stream socket, and messages with a length. */
#ifndef FILE_WIRE_H
#define FILE_WIRE_H

#include <stdint.h>

#include "base/buf.h"

/* false: the other end is gone. Never raises SIGPIPE. */
bool wire_write(int wire, const void *data, size_t size);
bool wire_read(int wire, void *data, size_t size);
/* A message is its length and its bytes. Memory grows with what arrives, not with what the length
 * claims; a message of more than `limit` bytes is taken for a broken wire. */
bool wire_put(int wire, const void *data, size_t size);
bool wire_get(int wire, struct buf *, uint64_t limit);
/* The same with descriptors beside it (copies arrive); count <= WIRE_MAX_FDS. */
enum { WIRE_MAX_FDS = 8 };
bool wire_write_fds(int wire, const void *data, size_t size, const int *fds, int count);
bool wire_read_fds(int wire, void *data, size_t size, int *fds, int *count);

#endif
