/* 64-bit hashes: of names for tables, of blocks to compare what was written with what is read. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *data, size_t size, uint64_t seed);
uint64_t hash_text(const char *text);

#endif
