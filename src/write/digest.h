/* Checksums of a finished file. */
#ifndef WRITE_DIGEST_H
#define WRITE_DIGEST_H

#include <ladle.h>

/* SHA-256 of bytes 0..size of fd, as 64 hex digits and NUL. false: it could not be read. */
bool digest_sha256(int fd, uint64_t size, char hex[65]);
/* CRC-32 as zip has it, of `size` bytes from `first`, by `threads` threads. */
bool digest_crc32(int fd, uint64_t first, uint64_t size, int threads, uint32_t *out);

#endif
