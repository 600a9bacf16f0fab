/* HDF5 files that the tests of this folder make with libhdf5 itself. */
#ifndef TESTS_FILE_MADE_H5_H
#define TESTS_FILE_MADE_H5_H

#include <hdf5.h>
#include <math.h>

#include "fixture.h"

enum { ROWS = 200, COLUMNS = 300, NUMBERS = ROWS * COLUMNS };

static inline float
number(int i)
{
	return (float)i * .25f - 1000;
}

static inline void
fill(float *numbers)
{
	for (int i = 0; i < NUMBERS; i++)
		numbers[i] = number(i);
}

static inline hid_t
create(const char *path)
{
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(file >= 0);
	return file;
}

static inline void
write_matrix(hid_t file, const char *name, hid_t type, hid_t plist)
{
	static float numbers[NUMBERS];
	fill(numbers);
	hid_t space = H5Screate_simple(2, (hsize_t[]){ROWS, COLUMNS}, NULL);
	hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
	assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0);
	H5Dclose(set);
	H5Sclose(space);
}

static inline hid_t
chunked(hsize_t rows, hsize_t columns)
{
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_chunk(plist, 2, (hsize_t[]){rows, columns});
	return plist;
}

/* A file with one matrix of every storage that is read. */
static inline const char *
matrices(const struct fixture *fixture, const char *name)
{
	const char *path = scratch(fixture, name);
	hid_t file = create(path), plain = chunked(33, 70), packed = chunked(64, 64);
	H5Pset_shuffle(packed);
	H5Pset_deflate(packed, 6);
	H5Pset_fletcher32(packed);
	write_matrix(file, "contiguous", H5T_IEEE_F32LE, H5P_DEFAULT);
	write_matrix(file, "big_endian", H5T_IEEE_F32BE, H5P_DEFAULT);
	write_matrix(file, "chunked", H5T_IEEE_F32LE, plain);
	write_matrix(file, "packed", H5T_IEEE_F32BE, packed);
	H5Pclose(plain);
	H5Pclose(packed);
	H5Fclose(file);
	return path;
}

static inline uint32_t
find(const struct file *file, const char *path)
{
	uint32_t object = catalog_find(file_catalog(file), path);
	if (object == LADLE_NONE)
		fail_msg("%s is not listed", path);
	return object;
}

static inline const struct catalog_object *
object_at(const struct file *file, const char *path)
{
	return &file_catalog(file)->objects[find(file, path)];
}

static inline void
assert_reads(struct file *file, const char *path, int first, int count)
{
	static float numbers[NUMBERS];
	struct ladle_error err = {0};
	memset(numbers, 0xff, sizeof numbers);
	if (file_read(file, find(file, path), (uint64_t)first, (uint64_t)count, numbers, &err) !=
			LADLE_OK)
		fail_msg("%s: %s", path, err.text);
	for (int i = 0; i < count; i++)
		if (numbers[i] != number(first + i))
			fail_msg("%s: element %d is %g", path, first + i, (double)numbers[i]);
	if (count < NUMBERS)
		assert_true(isnan(numbers[count])); /* nothing is written behind */
}

#endif
