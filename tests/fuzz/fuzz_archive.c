/* The bytes of a file that the face's process looks at itself: what it is, its superblock, the
 * directory of an archive. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "file/sniff.h"
#include "file/superblock.h"
#include "file/zip_directory.h"

static void
put(int fd, const uint8_t *data, size_t size)
{
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
}

static void
list(const struct zip_source *source)
{
	struct catalog catalog;
	struct ladle_error err;

	catalog_init(&catalog);
	if (zip_list(source, &catalog, &err) == LADLE_OK)
		for (uint32_t i = 0; i < catalog.member_count; i++)
			if (catalog.members[i].offset > source->size ||
					catalog.members[i].stored >
							source->size - catalog.members[i].offset)
				abort();
	catalog_done(&catalog);
}

/* One file for all inputs, gone from its folder at once. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *file;
	struct superblock block;
	const char *why = NULL;
	int fd;

	if (file == NULL && (file = tmpfile()) == NULL)
		abort();
	fd = fileno(file);
	put(fd, data, size);
	heap_begin();
	if (sniff_file(fd, size, "fuzz.h5", &why) == SNIFF_OTHER && why == NULL)
		abort();
	if (superblock_read(fd, 0, size, &block) && block.at >= size)
		abort();
	list(&(struct zip_source){fd, size});
	heap_check(HEAP_PER_BYTE * size + HEAP_BASE, "archive");
	return 0;
}
