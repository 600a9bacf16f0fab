/* What file.c asks of the reading worker. */
#ifndef FILE_READER_H
#define FILE_READER_H

#include "file/file.h"

/* Descriptors that a reader is given, in this order. */
enum reader_fd { READER_FILE, READER_SLAB, READER_SCRATCH };

/* What passes through shared memory at once. */
enum { READER_SLAB_BYTES = 8 << 20 };

enum reader_op {
	READER_LIST,  /* `count`: bytes of the file, `first`: 1 for an archive -> encoded catalog */
	READER_READ,  /* elements of `object` into the slab, as stored -> nothing */
	READER_PROBE, /* -> struct reader_probe */
};

struct reader_request {
	uint32_t op, object;
	uint64_t first, count;
};

/* What a worker is told when it tries what it must not do: an errno each, 0 where it worked. */
struct reader_probe {
	struct ladle_sandbox sandbox;
	int32_t open, socket, fork, exec, kill;
};

enum ladle_status reader_probe(struct nursery *, struct reader_probe *out, struct ladle_error *);

#endif
