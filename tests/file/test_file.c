#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "file/reader.h"
#include "made_h5.h"

/* ---- reading --------------------------------------------------------------------------------- */

static void
every_storage_reads_the_same(void **state)
{
	static const char *const PATHS[] = {"/contiguous", "/big_endian", "/chunked", "/packed"};
	struct file *file = must_open(*state, matrices(*state, "matrices.h5"));
	for (size_t i = 0; i < 4; i++) {
		assert_reads(file, PATHS[i], 0, NUMBERS);
		assert_reads(file, PATHS[i], 0, 0);
		assert_reads(file, PATHS[i], NUMBERS, 0);
		assert_reads(file, PATHS[i], 7, 1);
		assert_reads(file, PATHS[i], 299, 2);
		assert_reads(file, PATHS[i], 123, 45678);
		assert_reads(file, PATHS[i], NUMBERS - 1, 1);
	}
	file_close(file);
}

static void
storage_is_listed(void **state)
{
	struct file *file = must_open(*state, matrices(*state, "matrices.h5"));
	const struct catalog_object *object = object_at(file, "/contiguous");
	assert_int_equal(object->storage, CATALOG_CONTIGUOUS);
	assert_int_equal(object->stored, NUMBERS * 4);
	assert_int_equal(object->rank, 2);
	assert_int_equal(object->dims[0], ROWS);
	assert_int_equal(object->dims[1], COLUMNS);
	assert_false(object->type.big_endian);
	assert_true(object_at(file, "/big_endian")->type.big_endian);
	assert_int_equal(object_at(file, "/packed")->storage, CATALOG_CHUNKED);
	assert_true(object_at(file, "/packed")->stored < NUMBERS * 4);
	file_close(file);
}

struct reading {
	struct file *file;
	const char *path;
	bool same;
};

static void *
read_in_pieces(void *arg)
{
	enum { PIECE = 1237 };
	struct reading *reading = arg;
	float numbers[PIECE];
	reading->same = true;
	for (int first = 0; first < NUMBERS; first += PIECE) {
		int count = NUMBERS - first < PIECE ? NUMBERS - first : PIECE;
		uint32_t object = catalog_find(file_catalog(reading->file), reading->path);
		if (file_read(reading->file, object, (uint64_t)first, (uint64_t)count, numbers,
				    NULL))
			reading->same = false;
		for (int i = 0; i < count; i++)
			reading->same &= numbers[i] == number(first + i);
	}
	return NULL;
}

static void
several_threads_may_read(void **state)
{
	static const char *const PATHS[] = {"/contiguous", "/chunked", "/packed", "/chunked"};
	pthread_t threads[4];
	struct reading readings[4];
	struct file *file = must_open(*state, matrices(*state, "matrices.h5"));
	for (int i = 0; i < 4; i++) {
		readings[i] = (struct reading){.file = file, .path = PATHS[i]};
		assert_int_equal(
				pthread_create(&threads[i], NULL, read_in_pieces, &readings[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_true(readings[i].same);
	}
	file_close(file);
}

static void
more_than_a_slab_is_read_in_one_go(void **state)
{
	enum { MANY = 3 << 20 };
	const char *path = scratch(*state, "large.h5");
	double *numbers = malloc(MANY * sizeof *numbers);
	assert_non_null(numbers);
	for (int i = 0; i < MANY; i++)
		numbers[i] = i * .5;
	hid_t file = create(path), plist = chunked(500, 4096);
	hid_t space = H5Screate_simple(2, (hsize_t[]){MANY / 4096, 4096}, NULL);
	hid_t set = H5Dcreate2(file, "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
	assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0);
	H5Dclose(set);
	H5Sclose(space);
	H5Pclose(plist);
	H5Fclose(file);
	memset(numbers, 0, MANY * sizeof *numbers);
	struct file *opened = must_open(*state, path);
	assert_int_equal(file_read(opened, find(opened, "/x"), 0, MANY, numbers, NULL), LADLE_OK);
	for (int i = 0; i < MANY; i++)
		if (numbers[i] != i * .5)
			fail_msg("element %d is %g", i, numbers[i]);
	file_close(opened);
	free(numbers);
}

static void
offsets_count_from_the_start_even_behind_a_user_block(void **state)
{
	const char *path = scratch(*state, "userblock.h5");
	hid_t plist = H5Pcreate(H5P_FILE_CREATE);
	H5Pset_userblock(plist, 2048);
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, plist, H5P_DEFAULT);
	write_matrix(file, "x", H5T_IEEE_F32LE, H5P_DEFAULT);
	H5Fclose(file);
	H5Pclose(plist);
	struct file *opened = must_open(*state, path);
	assert_reads(opened, "/x", 0, NUMBERS);
	file_close(opened);
}

/* ---- others at the same file ----------------------------------------------------------------- */

static void
the_file_stays_free_for_writers(void **state)
{
	const char *path = matrices(*state, "writer.h5");
	struct file *opened = must_open(*state, path);
	hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
	assert_true(file >= 0);
	H5Fclose(file);
	file = create(path);
	H5Fclose(file);
	file_close(opened);
}

static void
a_file_overwritten_in_place_is_noticed(void **state)
{
	static const char *const PATHS[] = {"/contiguous", "/chunked"};
	static float numbers[NUMBERS];
	size_t size;
	for (int i = 0; i < 2; i++) {
		struct ladle_error err = {0};
		const char *path = matrices(*state, "overwritten.h5");
		struct file *opened = must_open(*state, path);
		assert_int_equal(file_check(opened, NULL), LADLE_OK);
		char *bytes = get_file(path, &size);
		bytes[size / 2] ^= 1;
		/* a clock that ticks coarsely may not show it within its tick */
		struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};
		put_file(path, bytes, size);
		assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
		uint32_t object = find(opened, PATHS[i]);
		assert_int_equal(file_read(opened, object, 0, NUMBERS, numbers, &err),
				LADLE_E_CHANGED);
		assert_string_equal(err.path, path);
		assert_int_equal(file_check(opened, NULL), LADLE_E_CHANGED);
		file_close(opened);
		free(bytes);
	}
}

static void
a_file_cut_while_open_is_noticed(void **state)
{
	static float numbers[NUMBERS];
	struct ladle_error err = {0};
	const char *path = matrices(*state, "cut-later.h5");
	struct file *opened = must_open(*state, path);
	assert_int_equal(truncate(path, 4096), 0);
	uint32_t object = find(opened, "/contiguous");
	assert_int_equal(file_read(opened, object, 0, NUMBERS, numbers, &err), LADLE_E_CHANGED);
	assert_non_null(strstr(err.text, "now 4096"));
	file_close(opened);
}

static void
a_file_replaced_by_another_stays_readable(void **state)
{
	const char *path = matrices(*state, "replaced.h5"), *other = scratch(*state, "other");
	struct file *opened = must_open(*state, path);
	put_file(other, "new", 3);
	assert_int_equal(rename(other, path), 0);
	assert_reads(opened, "/contiguous", 0, NUMBERS);
	assert_reads(opened, "/chunked", 0, NUMBERS);
	assert_int_equal(file_check(opened, NULL), LADLE_OK);
	file_close(opened);
}

static void
a_descriptor_without_a_name_can_be_opened(void **state)
{
	const struct fixture *fixture = *state;
	const char *path = matrices(fixture, "nameless.h5");
	struct file *opened = NULL;
	int fd = open(path, O_RDONLY);
	unlink(path);
	assert_int_equal(file_open_fd(&opened, fixture->nursery, fd, "the output", NULL), LADLE_OK);
	assert_string_equal(file_path(opened), "the output");
	assert_reads(opened, "/contiguous", 0, NUMBERS);
	file_close(opened);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	close(fd);
}

static void
a_file_knows_itself_by_other_names(void **state)
{
	struct stat st;
	const char *path = matrices(*state, "itself.h5"), *other = scratch(*state, "link.h5");
	struct file *opened = must_open(*state, path);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(stat(other, &st), 0);
	assert_true(file_is(opened, (uint64_t)st.st_dev, (uint64_t)st.st_ino));
	assert_false(file_is(opened, (uint64_t)st.st_dev, (uint64_t)st.st_ino + 1));
	assert_int_equal(file_size(opened), st.st_size);
	assert_int_equal(file_check(opened, NULL), LADLE_OK); /* a new name changes nothing */
	file_close(opened);
}

static void
a_thousand_files_leave_no_descriptor(void **state)
{
	const char *good = matrices(*state, "good.h5"), *bad = scratch(*state, "bad.h5");
	put_file(bad, "\x89HDF\r\n\x1a\n nothing else", 21);
	file_close(must_open(*state, good));
	int before = count_descriptors();
	for (int i = 0; i < 1000; i++) {
		if (i % 2)
			assert_refused(*state, bad, LADLE_E_INPUT, "truncated");
		else
			file_close(must_open(*state, good));
	}
	assert_int_equal(count_descriptors(), before);
}

/* ---- the sandbox, from inside ---------------------------------------------------------------- */

static void
a_reader_may_do_nothing_else(void **state)
{
	const struct fixture *fixture = *state;
	struct reader_probe probe;
	assert_int_equal(reader_probe(fixture->nursery, &probe, NULL), LADLE_OK);
	assert_true(probe.sandbox.rlimits);
	assert_int_not_equal(probe.open, 0);
	assert_int_not_equal(probe.socket, 0);
	if (!probe.sandbox.seccomp)
		skip(); /* rlimits alone do not bind root */
	assert_int_equal(probe.open, EPERM);
	assert_int_equal(probe.socket, EPERM);
	assert_int_equal(probe.fork, EPERM);
	assert_int_equal(probe.exec, EPERM);
	assert_int_equal(probe.kill, EPERM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(every_storage_reads_the_same),
			cmocka_unit_test(storage_is_listed),
			cmocka_unit_test(several_threads_may_read),
			cmocka_unit_test(more_than_a_slab_is_read_in_one_go),
			cmocka_unit_test(offsets_count_from_the_start_even_behind_a_user_block),
			cmocka_unit_test(the_file_stays_free_for_writers),
			cmocka_unit_test(a_file_overwritten_in_place_is_noticed),
			cmocka_unit_test(a_file_cut_while_open_is_noticed),
			cmocka_unit_test(a_file_replaced_by_another_stays_readable),
			cmocka_unit_test(a_descriptor_without_a_name_can_be_opened),
			cmocka_unit_test(a_file_knows_itself_by_other_names),
			cmocka_unit_test(a_thousand_files_leave_no_descriptor),
			cmocka_unit_test(a_reader_may_do_nothing_else),
	};
	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
