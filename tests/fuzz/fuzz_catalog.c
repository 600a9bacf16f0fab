/* A catalog as a worker sends it, to layers and to rows. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct catalog catalog;
	struct ladle_error err;

	heap_begin();
	if (catalog_decode(&catalog, data, size, &err) != LADLE_OK) {
		heap_check(HEAP_PER_BYTE * size + HEAP_BASE, "decoding");
		return 0;
	}
	walk_catalog(&catalog);
	fuzz_keras(&catalog, size, NULL, 0);
	catalog_done(&catalog);
	return 0;
}
