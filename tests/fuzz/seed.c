/* seed FOLDER FILES: writes the catalog and the config of each file into FOLDER/catalog and
 * FOLDER/config, as inputs of the fuzz targets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file/file.h"
#include "file/nursery.h"
#include "file/reader.h"
#include "keras/keras.h"

static void
no_prepare(void)
{
}

static void
no_serve(int wire, const int *fds, int count, bool sandbox)
{
	(void)wire;
	(void)fds;
	(void)count;
	(void)sandbox;
}

static void
put(const char *folder, const char *kind, int number, const void *data, size_t size)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/seed-%d", folder, kind, number);
	file = fopen(path, "wb");
	if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

static void
put_file(const char *folder, int number, const struct catalog *catalog)
{
	size_t length;
	const char *config = keras_config(catalog, &length);
	struct buf bytes;

	buf_init(&bytes);
	catalog_encode(catalog, &bytes);
	put(folder, "catalog", number, bytes.data, bytes.length);
	if (config != NULL)
		put(folder, "config", number, config, length);
	buf_done(&bytes);
}

int
main(int argc, char **argv)
{
	const struct worker_job jobs[WORKER_KINDS] = {
			[WORKER_READER] = {reader_prepare, reader_serve},
			[WORKER_LAYOUT] = {no_prepare, no_serve},
	};
	struct nursery *nursery;
	struct ladle_error err;

	if (argc < 3 || nursery_start(&nursery, jobs, true, &err) != LADLE_OK)
		return 2;
	for (int i = 2; i < argc; i++) {
		struct file *file;

		if (file_open(&file, nursery, argv[i], &err) != LADLE_OK) {
			fprintf(stderr, "%s: %s\n", argv[i], err.text);
			continue;
		}
		put_file(argv[1], i, file_catalog(file));
		file_close(file);
	}
	nursery_stop(nursery);
	return 0;
}
