/* The few bytes of an HDF5 superblock that explain why a file cannot be opened. */
#ifndef FILE_SUPERBLOCK_H
#define FILE_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct superblock {
	uint64_t at;  /* of the signature: 0, 512, 1024, ... */
	uint64_t end; /* where the file says it ends, from the window's start; 0 unknown */
	bool cut;     /* the file ends within the superblock */
	bool writing; /* marked as open for writing */
};

/* Looks for the signature where the format allows it. false: there is none. */
bool superblock_read(int fd, uint64_t base, uint64_t length, struct superblock *out);

#endif
