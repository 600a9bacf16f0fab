/* The index of a sharded checkpoint. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "file/shard_index.h"

/* Names lead to files of the same folder, each once, in order. */
static void
walk(const struct shard_index *index)
{
	for (uint32_t i = 0; i < index->shard_count; i++)
		if (index->shards[i][0] == '\0' || strchr(index->shards[i], '/') != NULL ||
				strcmp(index->shards[i], "..") == 0 ||
				(i > 0 && strcmp(index->shards[i - 1], index->shards[i]) >= 0))
			abort();
	for (uint32_t i = 0; i < index->entry_count; i++)
		if (index->entries[i].shard >= index->shard_count ||
				strlen(index->entries[i].group) == 0)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shard_index index;
	struct ladle_error err;

	heap_begin();
	if (shard_index_read(&index, (const char *)data, size, "x.weights.json", &err) ==
			LADLE_OK) {
		walk(&index);
		shard_index_done(&index);
	}
	heap_check(HEAP_PER_BYTE * size + HEAP_BASE, "index");
	return 0;
}
