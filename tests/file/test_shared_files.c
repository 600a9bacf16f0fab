/* Real checkpoints, and files that crashed libhdf5; both lie outside the project. */
#include <hdf5.h>
#include <stdint.h>
#include <time.h>

#include "base/dtype.h"
#include "fixture.h"

enum { PIECE = 100003 }; /* elements read at once: no divisor of anything */

static const char *
shared_folder(const char *name)
{
	static char path[1024];
	struct stat st;
	const char *shared = getenv("LADLE_SHARED");
	snprintf(path, sizeof path, "%s/%s", shared && *shared ? shared : "../shared", name);
	if (stat(path, &st) == 0)
		return path;
	const char *ci = getenv("CI");
	if (ci && !strcmp(ci, "true"))
		fail_msg("%s is missing", path);
	skip();
	return NULL;
}

struct visit {
	const struct fixture *fixture;
	int opened, html;
};

/* Calls see() for each file below the folder. */
static void
walk(const char *folder, struct visit *visit, void (*see)(struct visit *, const char *path))
{
	char path[2048];
	struct stat st;
	DIR *dir = opendir(folder);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] == '.' || stat(path, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode))
			walk(path, visit, see);
		else
			see(visit, path);
	}
	closedir(dir);
}

/* ---- what libhdf5 itself reads, in this process: only for files that are known to be sound --- */

static void
assert_same_values(struct file *file, const struct catalog_object *object, hid_t from)
{
	size_t size = object->type.size;
	uint32_t index = (uint32_t)(object - file_catalog(file)->objects);
	char *expected = malloc(object->count * size + 1), *got = malloc(PIECE * size);
	hid_t set = H5Dopen2(from, object->path, H5P_DEFAULT);
	assert_true(set >= 0);
	hid_t type = H5Dget_type(set);
	assert_int_equal(H5Tget_size(type), size);
	assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, expected) >= 0);
	if (H5Tget_class(type) != H5T_OPAQUE && H5Tget_order(type) == H5T_ORDER_BE)
		dtype_swap(expected, size, object->count);
	for (uint64_t first = 0; first < object->count; first += PIECE) {
		uint64_t n = object->count - first < PIECE ? object->count - first : PIECE;
		assert_int_equal(file_read(file, index, first, n, got, NULL), LADLE_OK);
		if (memcmp(got, expected + first * size, n * size))
			fail_msg("%s of %s is read differently", object->path, file_path(file));
	}
	H5Tclose(type);
	H5Dclose(set);
	free(expected);
	free(got);
}

static herr_t
count_object(hid_t id, const char *name, const H5O_info_t *info, void *count)
{
	(void)id;
	(void)name;
	(void)info;
	++*(uint32_t *)count;
	return 0;
}

static void
assert_same_object(struct file *file, const struct catalog_object *object, hid_t from)
{
	H5O_info_t info;
	assert_null(object->refused);
	assert_true(H5Oget_info_by_name2(from, object->path, &info, H5O_INFO_ALL, H5P_DEFAULT) >=
			0);
	assert_int_equal(object->attr_count, info.num_attrs);
	assert_int_equal(object->kind == CATALOG_DATASET, info.type == H5O_TYPE_DATASET);
	for (uint32_t i = 0; i < object->attr_count; i++)
		assert_null(object->attrs[i].refused);
	if (object->kind == CATALOG_DATASET)
		assert_same_values(file, object, from);
}

static void
assert_same(struct file *file, const char *h5)
{
	uint32_t count = 0;
	const struct catalog *catalog = file_catalog(file);
	hid_t from = H5Fopen(h5, H5F_ACC_RDONLY, H5P_DEFAULT);
	assert_true(from >= 0);
	assert_true(H5Ovisit2(from, H5_INDEX_NAME, H5_ITER_NATIVE, count_object, &count,
				    H5O_INFO_BASIC) >= 0);
	assert_int_equal(catalog->object_count, count);
	for (uint32_t i = 0; i < catalog->object_count; i++) {
		const struct catalog_object *object = &catalog->objects[i];
		if (object->type.dtype != LADLE_STRING)
			assert_same_object(file, object, from);
	}
	H5Fclose(from);
}

/* The stored weights of an archive as a file of their own. */
static const char *
unpacked(const struct visit *visit, struct file *file)
{
	const char *path = scratch(visit->fixture, "unpacked.h5");
	const struct catalog *catalog = file_catalog(file);
	for (uint32_t i = 0; i < catalog->member_count; i++) {
		const struct catalog_member *member = &catalog->members[i];
		if (strcmp(member->name, "model.weights.h5"))
			continue;
		char *bytes = malloc(member->stored + 1);
		assert_int_equal(file_read_member(file, i, 0, member->stored, bytes, NULL),
				LADLE_OK);
		put_file(path, bytes, member->stored);
		free(bytes);
		return path;
	}
	fail_msg("%s has no model.weights.h5", file_path(file));
	return NULL;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && !strcmp(text + n - m, end);
}

static void
see_checkpoint(struct visit *visit, const char *path)
{
	struct file *file = NULL;
	struct ladle_error err = {0};
	if (!ends_with(path, ".h5") && !ends_with(path, ".hdf5") && !ends_with(path, ".keras"))
		return;
	if (file_open(&file, visit->fixture->nursery, path, &err) != LADLE_OK) {
		if (!strstr(err.text, "is an HTML page"))
			fail_msg("%s: %s", path, err.text);
		visit->html++;
		return;
	}
	bool is_archive = file_catalog(file)->container == CATALOG_ZIP;
	assert_same(file, is_archive ? unpacked(visit, file) : path);
	if (strstr(path, "-shards_0"))
		assert_non_null(strstr(file_catalog(file)->note, "one shard of several"));
	else
		assert_string_equal(file_catalog(file)->note, "");
	file_close(file);
	visit->opened++;
}

static void
checkpoints_of_others_read_as_libhdf5_reads_them(void **state)
{
	struct visit visit = {.fixture = *state};
	walk(shared_folder("checkpoints"), &visit, see_checkpoint);
	assert_true(visit.opened > 200);
	assert_int_equal(visit.html, 1);
}

static void
checkpoints_of_real_keras_read_as_libhdf5_reads_them(void **state)
{
	struct visit visit = {.fixture = *state};
	walk(shared_folder("keras"), &visit, see_checkpoint);
	assert_true(visit.opened > 50);
	assert_int_equal(visit.html, 0);
}

/* ---- files that crash libhdf5 ---------------------------------------------------------------- */

static double
seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void
read_all(struct file *file)
{
	double *piece = malloc(PIECE * sizeof *piece);
	const struct catalog *catalog = file_catalog(file);
	for (uint32_t i = 0; i < catalog->object_count; i++) {
		const struct catalog_object *object = &catalog->objects[i];
		if (object->kind != CATALOG_DATASET || object->refused)
			continue;
		for (uint64_t first = 0; first < object->count; first += PIECE) {
			uint64_t n = object->count - first < PIECE ? object->count - first : PIECE;
			struct ladle_error err = {0};
			enum ladle_status status = file_read(file, i, first, n, piece, &err);
			if (status == LADLE_OK)
				continue;
			assert_true(status == LADLE_E_INPUT || status == LADLE_E_WORKER);
			assert_non_null(strstr(err.text, object->path));
			break;
		}
	}
	free(piece);
}

static void
see_hostile(struct visit *visit, const char *path)
{
	struct file *file = NULL;
	struct ladle_error err = {0};
	double before = seconds();
	enum ladle_status status = file_open(&file, visit->fixture->nursery, path, &err);
	if (status == LADLE_OK) {
		read_all(file);
		file_close(file);
	} else {
		assert_true(status == LADLE_E_INPUT || status == LADLE_E_WORKER);
		assert_true(strlen(err.text) > 0);
	}
	visit->opened++;
	if (seconds() - before > 10)
		fail_msg("%s took %.0f s", path, seconds() - before);
}

static void
hostile_files_are_answered(void **state)
{
	struct visit visit = {.fixture = *state};
	int before = count_descriptors();
	walk(shared_folder("hostile"), &visit, see_hostile);
	assert_true(visit.opened >= 133);
	assert_int_equal(count_descriptors(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(checkpoints_of_others_read_as_libhdf5_reads_them),
			cmocka_unit_test(checkpoints_of_real_keras_read_as_libhdf5_reads_them),
			cmocka_unit_test(hostile_files_are_answered),
	};
	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
