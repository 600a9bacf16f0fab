/* Checkpoints made by libhdf5 in the test itself, and outputs compared whole. */
#ifndef TESTS_WRITE_MADE_FILES_H
#define TESTS_WRITE_MADE_FILES_H

#include <hdf5.h>
#include <math.h>

#include "base/dtype.h"
#include "write/write_files.h"

static inline bool
is_optimizer(const char *path)
{
	return !strncmp(path, "/optimizer", strlen("/optimizer"));
}

static inline void
assert_same_values(struct ladle_checkpoint *got, struct ladle_checkpoint *expected, uint32_t object,
		uint32_t other)
{
	const struct catalog_object *a = &checkpoint_of(got)->catalog->objects[object];
	const struct catalog_object *b = &checkpoint_of(expected)->catalog->objects[other];
	size_t size = dtype_size(b->type.dtype) * (size_t)b->count;
	char *one = malloc(size + 1), *two = malloc(size + 1);

	assert_int_equal(a->type.dtype, b->type.dtype);
	assert_int_equal(a->rank, b->rank);
	for (int i = 0; i < a->rank; i++)
		assert_true(a->dims[i] == b->dims[i]);
	assert_int_equal(file_read(checkpoint_of(got)->file, object, 0, a->count, one, NULL),
			LADLE_OK);
	assert_int_equal(file_read(checkpoint_of(expected)->file, other, 0, b->count, two, NULL),
			LADLE_OK);
	if (memcmp(one, two, size))
		fail_msg("%s: %s differs from %s", got->path, a->path, expected->path);
	free(one);
	free(two);
}

/* Every dataset of `expected_path`, optimizer state apart, is in the other file bit for bit. */
static inline uint32_t
assert_same_datasets(struct ladle *library, const char *got_path, const char *expected_path)
{
	struct ladle_checkpoint *got = must_open(library, got_path);
	struct ladle_checkpoint *expected = must_open(library, expected_path);
	const struct catalog *catalog = checkpoint_of(expected)->catalog;
	uint32_t count = 0;

	for (uint32_t i = 0; i < catalog->object_count; i++) {
		uint32_t object =
				catalog_find(checkpoint_of(got)->catalog, catalog->objects[i].path);

		if (is_optimizer(catalog->objects[i].path))
			continue;
		if (object == LADLE_NONE)
			fail_msg("%s has no %s", got_path, catalog->objects[i].path);
		if (catalog->objects[i].kind != CATALOG_DATASET)
			continue;
		assert_same_values(got, expected, object, i);
		count++;
	}
	ladle_checkpoint_close(got);
	ladle_checkpoint_close(expected);
	return count;
}

static inline void
assert_same_bytes(const char *path, const char *other)
{
	size_t size, other_size;
	char *one = file_bytes(path, &size), *two = file_bytes(other, &other_size);

	assert_int_equal(size, other_size);
	assert_memory_equal(one, two, size);
	free(one);
	free(two);
}

enum { TALL = 100000 }; /* four blocks */

/* A legacy weights file of one dense layer and, where asked, an integer beside it. */
static inline void
write_weights(const char *path, hsize_t rows, float (*value)(size_t), bool counter)
{
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	hid_t names = H5Tcopy(H5T_C_S1), group, attr, dataset;
	hid_t space = H5Screate_simple(1, &rows, NULL);
	const hsize_t two = 2;
	hid_t list = H5Screate_simple(1, counter ? &two : (const hsize_t[]){1}, NULL);
	hid_t one = H5Screate_simple(1, (const hsize_t[]){1}, NULL);
	float *data = malloc((size_t)rows * sizeof(*data));
	const long long count = 41;

	for (size_t i = 0; i < rows; i++)
		data[i] = value(i);
	H5Tset_size(names, 8);
	attr = H5Acreate2(file, "layer_names", names, one, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(H5Awrite(attr, names, "dense\0\0\0") >= 0);
	H5Aclose(attr);
	group = H5Gcreate2(file, "dense", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	attr = H5Acreate2(group, "weight_names", names, list, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(H5Awrite(attr, names, "kernel\0\0count\0\0\0") >= 0);
	H5Aclose(attr);
	dataset = H5Dcreate2(group, "kernel", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT,
			H5P_DEFAULT);
	assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
	H5Dclose(dataset);
	if (counter) {
		dataset = H5Dcreate2(group, "count", H5T_STD_I64LE, one, H5P_DEFAULT, H5P_DEFAULT,
				H5P_DEFAULT);
		assert_true(H5Dwrite(dataset, H5T_NATIVE_LLONG, H5S_ALL, H5S_ALL, H5P_DEFAULT,
					    &count) >= 0);
		H5Dclose(dataset);
	}
	H5Gclose(group);
	H5Sclose(space);
	H5Sclose(list);
	H5Sclose(one);
	H5Tclose(names);
	H5Fclose(file);
	free(data);
}

static inline float
rising(size_t i)
{
	return (float)i;
}

static inline float
falling(size_t i)
{
	return -2.f * (float)i + 3;
}

static inline float
with_nan(size_t i)
{
	return i == 70000 ? NAN : 1;
}

static inline float
largest(size_t i)
{
	(void)i;
	return 3e38f;
}

/* The export fails, says `words` (ends with NULL) and leaves the folder and the report as they were. */
static inline void
assert_export_fails(struct scratch *scratch, const struct mixing *mixing,
		const struct ladle_export_options *options, enum ladle_status status,
		const char *const *words)
{
	int before = folder_files(scratch->folder, false);
	struct ladle_export_report report = {.tensors = 77};
	struct ladle_error err = {0};

	assert_int_equal(mixing_export(mixing, options, &report, &err), status);
	assert_int_equal(report.tensors, 77);
	for (; *words; words++)
		assert_contains(err.text, *words);
	assert_int_equal(folder_files(scratch->folder, false), before);
}

#define TEST(name) cmocka_unit_test_setup(name, scratch_clean)

#endif
