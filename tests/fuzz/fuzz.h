/* What the fuzz targets share. A target reads its input as far as the program would, walks over
 * everything that came out, and holds the memory that it took against the size of the input. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <ladle.h>

#include "file/catalog.h"

/* libFuzzer's entry; replay.c calls it too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the heap ---- */

/* Counts from here. Only where a sanitizer tells of every block; elsewhere nothing is known. */
void heap_begin(void);
/* Aborts when more bytes were in use at once than that. */
void heap_check(size_t most, const char *what);

/* Memory of one file: it may grow with the input and with the names that are put together from it,
 * which have a limit of their own. The least of an object are 20 bytes, a node of JSON has 8. */
enum { HEAP_PER_BYTE = 128, HEAP_BASE = 1 << 20 };

/* ---- walking ----
 *
 * Each reads all that a pointer leads to, checks what the header promises, and aborts where that
 * does not hold. */

void walk_catalog(const struct catalog *);
void walk_checkpoint(const struct ladle_checkpoint *, const struct catalog *);
void walk_table(const struct ladle_table *);
void walk_groups(const struct ladle_groups *, const struct ladle_table *);
void walk_branches(const struct ladle_branches *, const struct ladle_checkpoint *);
/* Bytes of all names as they are shown: those of tensors behind those of their layers. */
size_t label_bytes(const struct ladle_checkpoint *);

/* Reads the catalog as the program does, with the config of another file or NULL, pairs the
 * result with that of a second reading, walks over both, and checks the heap. `input` are the bytes
 * that all of it came from. */
void fuzz_keras(const struct catalog *, size_t input, const char *config, size_t length);

#endif
