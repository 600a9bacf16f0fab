#include <fcntl.h>
#include <hdf5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"
#include "file/h5_window.h"

enum { COUNT = 1000, BASE = 134 };

static int
prepare(void **state)
{
	(void)state;
	h5_prepare();
	return 0;
}

static int
scratch_file(void)
{
	int fd = os_scratch_file();
	assert_true(fd >= 0);
	return fd;
}

/* Writes /x = 0..COUNT-1 from `base` on. Returns the file's size. */
static uint64_t
write_numbers(int fd, uint64_t base)
{
	float numbers[COUNT];
	struct stat st;
	for (int i = 0; i < COUNT; i++)
		numbers[i] = (float)i;
	hid_t file = h5_window_create(fd, base);
	assert_true(file >= 0);
	hid_t space = H5Screate_simple(1, (hsize_t[]){COUNT}, NULL);
	hid_t set = H5Dcreate2(
			file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0);
	H5Dclose(set);
	H5Sclose(space);
	assert_true(H5Fclose(file) >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_size;
}

static void
assert_reads_numbers(hid_t file)
{
	float numbers[COUNT];
	hid_t set = H5Dopen2(file, "x", H5P_DEFAULT);
	assert_true(set >= 0);
	assert_true(H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0);
	for (int i = 0; i < COUNT; i++)
		assert_true(numbers[i] == (float)i);
	H5Dclose(set);
}

static void
what_is_written_at_a_base_is_read_there(void **state)
{
	(void)state;
	char before[BASE], after[BASE];
	int fd = scratch_file();
	memset(before, 'z', sizeof before);
	assert_int_equal(pwrite(fd, before, sizeof before, 0), sizeof before);
	uint64_t size = write_numbers(fd, BASE);
	hid_t file = h5_window_open(fd, BASE, size - BASE);
	assert_true(file >= 0);
	assert_reads_numbers(file);
	H5Fclose(file);
	assert_int_equal(pread(fd, after, sizeof after, 0), sizeof after);
	assert_memory_equal(after, before, sizeof before);
	close(fd);
}

static void
a_window_at_0_is_an_ordinary_file(void **state)
{
	(void)state;
	char path[] = "/tmp/ladle-test-window-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	write_numbers(fd, 0);
	hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
	assert_true(file >= 0);
	assert_reads_numbers(file);
	H5Fclose(file);
	close(fd);
	unlink(path);
}

static void
two_writings_give_the_same_bytes(void **state)
{
	(void)state;
	int a = scratch_file(), b = scratch_file();
	uint64_t size = write_numbers(a, 0);
	assert_int_equal(write_numbers(b, 0), size);
	char *x = malloc(size), *y = malloc(size);
	assert_int_equal(pread(a, x, size, 0), size);
	assert_int_equal(pread(b, y, size, 0), size);
	/* but for the time of change that a dataset keeps unless told not to */
	size_t different = 0;
	for (size_t i = 0; i < size; i++)
		different += x[i] != y[i];
	assert_in_range(different, 0, 4);
	free(x);
	free(y);
	close(a);
	close(b);
}

static void
a_window_that_ends_early_does_not_open(void **state)
{
	(void)state;
	char text[200] = "";
	int fd = scratch_file();
	uint64_t size = write_numbers(fd, 0);
	for (uint64_t cut = 1; cut < size; cut += 97)
		assert_true(h5_window_open(fd, 0, size - cut) < 0);
	h5_error_text(text, sizeof text);
	assert_true(strlen(text) > 0);
	assert_string_not_equal(text, "no reason given");
	close(fd);
}

static void
a_file_cut_while_open_reads_as_an_error_not_as_zeros(void **state)
{
	(void)state;
	float numbers[COUNT];
	int fd = scratch_file();
	uint64_t size = write_numbers(fd, 0);
	hid_t file = h5_window_open(fd, 0, size);
	hid_t set = H5Dopen2(file, "x", H5P_DEFAULT);
	assert_true(set >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size - 100), 0);
	assert_true(H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) < 0);
	H5Dclose(set);
	H5Fclose(file);
	close(fd);
}

static void
a_read_only_window_cannot_be_written(void **state)
{
	(void)state;
	int fd = scratch_file();
	uint64_t size = write_numbers(fd, 0);
	hid_t file = h5_window_open(fd, 0, size);
	assert_true(H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) < 0);
	H5Fclose(file);
	close(fd);
}

static void
absurd_windows_are_refused(void **state)
{
	(void)state;
	int fd = scratch_file();
	write_numbers(fd, 0);
	assert_true(h5_window_open(fd, UINT64_MAX, 10) < 0);
	assert_true(h5_window_open(fd, 10, UINT64_MAX) < 0);
	assert_true(h5_window_open(fd, INT64_MAX, INT64_MAX) < 0);
	assert_true(h5_window_create(fd, UINT64_MAX) < 0);
	assert_true(h5_window_open(-1, 0, 4096) < 0);
	close(fd);
}

/* A full disk. */
static void
a_failed_write_is_reported(void **state)
{
	(void)state;
	int fd = open("/dev/full", O_RDWR);
	if (fd < 0)
		skip();
	hid_t file = h5_window_create(fd, 0);
	bool failed = file < 0 || H5Fclose(file) < 0;
	assert_true(failed);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(what_is_written_at_a_base_is_read_there),
			cmocka_unit_test(a_window_at_0_is_an_ordinary_file),
			cmocka_unit_test(two_writings_give_the_same_bytes),
			cmocka_unit_test(a_window_that_ends_early_does_not_open),
			cmocka_unit_test(a_file_cut_while_open_reads_as_an_error_not_as_zeros),
			cmocka_unit_test(a_read_only_window_cannot_be_written),
			cmocka_unit_test(absurd_windows_are_refused),
			cmocka_unit_test(a_failed_write_is_reported),
	};
	return cmocka_run_group_tests(tests, prepare, NULL);
}
