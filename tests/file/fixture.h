/* What the tests of this folder share: a scratch folder, a nursery of readers, descriptors counted. */
#ifndef TESTS_FILE_FIXTURE_H
#define TESTS_FILE_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "file/file.h"
#include "file/nursery.h"

struct fixture {
	char folder[256];
	struct nursery *nursery;
};

static const struct worker_job READERS[WORKER_KINDS] = {
		[WORKER_READER] = {.prepare = reader_prepare, .serve = reader_serve}};

/* Group setup: before any test has a thread. */
static inline int
fixture_make(void **state)
{
	static struct fixture fixture;
	const char *tmp = getenv("TMPDIR");
	snprintf(fixture.folder, sizeof fixture.folder, "%s/ladle-test-XXXXXX",
			tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(fixture.folder) ||
			nursery_start(&fixture.nursery, READERS, true, NULL) != LADLE_OK)
		return -1;
	*state = &fixture;
	return 0;
}

static inline void
remove_folder(const char *folder)
{
	char path[1024];
	DIR *dir = opendir(folder);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && unlink(path) != 0)
			rmdir(path);
	}
	if (dir)
		closedir(dir);
	rmdir(folder);
}

static inline int
fixture_remove(void **state)
{
	struct fixture *fixture = *state;
	nursery_stop(fixture->nursery);
	remove_folder(fixture->folder);
	return 0;
}

/* Path of a file in the scratch folder; holds until the next call but three. */
static inline const char *
scratch(const struct fixture *fixture, const char *name)
{
	static char paths[4][512];
	static int next;
	char *path = paths[next = (next + 1) % 4];
	snprintf(path, sizeof paths[0], "%s/%s", fixture->folder, name);
	return path;
}

static inline void
put_file(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

/* The whole file; yours to free. */
static inline char *
get_file(const char *path, size_t *size)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	char *data = malloc((size_t)st.st_size + 1);
	assert_non_null(data);
	*size = fread(data, 1, (size_t)st.st_size, f);
	assert_int_equal(*size, st.st_size);
	fclose(f);
	return data;
}

static inline int
count_descriptors(void)
{
	int count = 0;
	for (int fd = 0; fd < 4096; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Opens what must open. */
static inline struct file *
must_open(const struct fixture *fixture, const char *path)
{
	struct file *file = NULL;
	struct ladle_error err = {0};
	if (file_open(&file, fixture->nursery, path, &err) != LADLE_OK)
		fail_msg("%s: %s", path, err.text);
	return file;
}

/* The reason why it must not. */
static inline void
assert_refused(const struct fixture *fixture, const char *path, enum ladle_status status,
		const char *reason)
{
	struct file *file = NULL;
	struct ladle_error err = {0};
	enum ladle_status got = file_open(&file, fixture->nursery, path, &err);
	if (got == LADLE_OK)
		fail_msg("%s opened, and must be refused: %s", path, reason);
	assert_null(file);
	assert_int_equal(got, status);
	assert_int_equal(err.status, status);
	assert_string_equal(err.path, path);
	if (!strstr(err.text, reason))
		fail_msg("%s: refused with \"%s\" instead of \"%s\"", path, err.text, reason);
	assert_null(strchr(err.text, '\n'));
}

#endif
