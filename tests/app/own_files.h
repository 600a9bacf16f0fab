/* Checkpoints that a test may change: copies in a folder of its own. */
#ifndef TESTS_APP_OWN_FILES_H
#define TESTS_APP_OWN_FILES_H

#include "app_files.h"

/* A folder for each test: two checkpoints that are its own, and what is kept of them. */
struct place {
	char folder[64], cache[96], a[96], b[96];
};

static inline void
copy_file(const char *from, const char *to)
{
	char path[512], block[65536];
	size_t got;

	shared_path(path, from);
	FILE *in = fopen(path, "rb"), *out = fopen(to, "wb");
	assert_true(in != NULL && out != NULL);
	while ((got = fread(block, 1, sizeof(block), in)) > 0)
		assert_int_equal(fwrite(block, 1, got, out), got);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

static inline struct place
make_place(void)
{
	struct place place;

	strcpy(place.folder, "/tmp/ladle-cache-XXXXXX");
	assert_non_null(mkdtemp(place.folder));
	snprintf(place.cache, sizeof(place.cache), "%s/not/there/yet", place.folder);
	snprintf(place.a, sizeof(place.a), "%s/a.h5", place.folder);
	snprintf(place.b, sizeof(place.b), "%s/b.h5", place.folder);
	copy_file("sample-data/run-epoch06.h5", place.a);
	copy_file("sample-data/run-epoch08.h5", place.b);
	return place;
}

static inline void
remove_place(const struct place *place)
{
	char line[160];

	snprintf(line, sizeof(line), "rm -rf '%s'", place->folder);
	assert_int_equal(system(line), 0);
}

#endif
