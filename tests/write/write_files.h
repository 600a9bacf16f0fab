/* What the tests of this folder share: a scratch folder, the library, real files, one export. */
#ifndef TESTS_WRITE_FILES_H
#define TESTS_WRITE_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ladle.h>

#include "keras/checkpoint.h"
#include "file/nursery.h"

struct scratch {
	char folder[256];
	struct ladle *library;
};

/* Group setup: before any test has a thread. */
static inline int
scratch_make(void **state)
{
	static struct scratch scratch;
	const char *tmp = getenv("TMPDIR");

	snprintf(scratch.folder, sizeof(scratch.folder), "%s/ladle-write-XXXXXX",
			tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(scratch.folder) || ladle_open(&scratch.library, NULL, NULL) != LADLE_OK)
		return -1;
	*state = &scratch;
	return 0;
}

/* Files in a folder, hidden ones too; removes them when asked. */
static inline int
folder_files(const char *folder, bool remove)
{
	char path[1024];
	DIR *dir = opendir(folder);
	int count = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		count++;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (remove && unlink(path))
			rmdir(path);
	}
	closedir(dir);
	return count;
}

/* Test setup: an empty folder. */
static inline int
scratch_clean(void **state)
{
	folder_files(((struct scratch *)*state)->folder, true);
	return 0;
}

static inline int
scratch_remove(void **state)
{
	struct scratch *scratch = *state;

	ladle_close(scratch->library);
	folder_files(scratch->folder, true);
	rmdir(scratch->folder);
	return 0;
}

/* A path in the scratch folder; holds until the eighth call after. */
static inline const char *
scratch_path(const struct scratch *scratch, const char *name)
{
	static char paths[8][512];
	static int next;
	char *path = paths[next = (next + 1) % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch->folder, name);
	return path;
}

/* A path below the folder of real checkpoints; holds until the 32nd call after. Skips the test where
 * there is none; fails in CI. */
static inline const char *
shared_path(const char *rest)
{
	static char paths[32][1024];
	static int next;
	const char *root = getenv("LADLE_SHARED"), *ci = getenv("CI");
	char *path = paths[next = (next + 1) % 32];

	root = root ? root : "../shared";
	if (access(root, R_OK)) {
		if (ci && !strcmp(ci, "true"))
			fail_msg("%s is not there", root);
		print_message("%s is not there\n", root);
		skip();
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", root, rest);
	return path;
}

static inline struct ladle_checkpoint *
must_open(struct ladle *library, const char *path)
{
	struct ladle_checkpoint *checkpoint = NULL;
	struct ladle_error err = {0};

	if (ladle_checkpoint_open(&checkpoint, library, path, &err) != LADLE_OK)
		fail_msg("%s: %s", path, err.text);
	return checkpoint;
}

/* The whole file; yours to free. */
static inline char *
file_bytes(const char *path, size_t *size)
{
	struct stat found;
	FILE *file = fopen(path, "rb");
	char *data;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &found), 0);
	data = malloc((size_t)found.st_size + 1);
	assert_non_null(data);
	*size = fread(data, 1, (size_t)found.st_size, file);
	assert_int_equal(*size, found.st_size);
	fclose(file);
	return data;
}

static inline void
put_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
}

static inline void
copy_file(const char *from, const char *to)
{
	size_t size;
	char *data = file_bytes(from, &size);
	FILE *file = fopen(to, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	free(data);
}

enum { MIX_MAX = 20 };

/* Checkpoints paired and mixed. */
struct mixing {
	struct ladle *library;
	struct ladle_checkpoint *checkpoints[MIX_MAX];
	uint32_t count;
	struct ladle_table *table;
	struct ladle_mix *mix;
};

/* `paths` ends with NULL; `weights` NULL: equal. */
static inline void
mixing_init(struct mixing *mixing, struct ladle *library, const char *const *paths,
		const double *weights)
{
	struct ladle_error err = {0};

	*mixing = (struct mixing){.library = library};
	for (; paths[mixing->count]; mixing->count++)
		mixing->checkpoints[mixing->count] = must_open(library, paths[mixing->count]);
	if (ladle_pair(&mixing->table, (const struct ladle_checkpoint *const *)mixing->checkpoints,
			    mixing->count, &err) != LADLE_OK)
		fail_msg("%s", err.text);
	assert_int_equal(ladle_mix_new(&mixing->mix, mixing->count, &err), LADLE_OK);
	for (uint32_t i = 0; weights && i < mixing->count; i++)
		ladle_mix_fader(mixing->mix, i)->set = weights[i];
}

static inline void
mixing_done(struct mixing *mixing)
{
	ladle_mix_free(mixing->mix);
	ladle_table_free(mixing->table);
	for (uint32_t i = 0; i < mixing->count; i++)
		ladle_checkpoint_close(mixing->checkpoints[i]);
}

static inline enum ladle_status
mixing_export(const struct mixing *mixing, const struct ladle_export_options *options,
		struct ladle_export_report *report, struct ladle_error *err)
{
	struct ladle_export_report unused;

	return ladle_export(mixing->library, mixing->table, mixing->mix, NULL, options, NULL,
			report ? report : &unused, err);
}

static inline void
must_export(const struct mixing *mixing, const char *path, struct ladle_export_report *report)
{
	const struct ladle_export_options options = {.path = path, .format = -1};
	struct ladle_error err = {0};

	if (mixing_export(mixing, &options, report, &err) != LADLE_OK)
		fail_msg("%s: %s", path, err.text);
}

#define assert_contains(text, part)                                             \
	do {                                                                    \
		if (!strstr(text, part))                                        \
			fail_msg("\"%s\" does not contain \"%s\"", text, part); \
	} while (0)

#endif
