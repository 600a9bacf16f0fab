#include "write/layout.h"

#include <hdf5.h>

#include "base/dtype.h"
#include "keras/hand.h"
#include "write/write_files.h"

/* What h5py makes of numpy's types, by name of ours, in the order that siblings have. */
static const struct {
	const char *dtype;
	H5T_class_t class;
	size_t size;
} kinds[] = {
		{"bfloat16", H5T_OPAQUE, 2},
		{"bool", H5T_ENUM, 1},
		{"float16", H5T_FLOAT, 2},
		{"float32", H5T_FLOAT, 4},
		{"float64", H5T_FLOAT, 8},
		{"int16", H5T_INTEGER, 2},
		{"int32", H5T_INTEGER, 4},
		{"int64", H5T_INTEGER, 8},
		{"int8", H5T_INTEGER, 1},
		{"uint16", H5T_INTEGER, 2},
		{"uint32", H5T_INTEGER, 4},
		{"uint64", H5T_INTEGER, 8},
		{"uint8", H5T_INTEGER, 1},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* A tree laid out in a file of the scratch folder. */
struct laid {
	struct hand hand;
	struct catalog made;
	const char *path;
	int fd;
};

static void
laid_init(struct laid *laid, struct scratch *scratch, const char *lines, uint64_t base)
{
	struct ladle_error err = {0};

	hand_init(&laid->hand);
	hand_write(&laid->hand, lines);
	for (uint32_t i = 0; i < laid->hand.catalog.object_count; i++)
		laid->hand.catalog.objects[i].storage = CATALOG_UNALLOCATED;
	laid->path = scratch_path(scratch, "tree.h5");
	laid->fd = open(laid->path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(laid->fd >= 0);
	catalog_init(&laid->made);
	if (layout_make(&laid->made, scratch->library->nursery, laid->fd, base, &laid->hand.catalog,
			    "tree.h5", &err) != LADLE_OK)
		fail_msg("%s", err.text);
}

static void
laid_done(struct laid *laid)
{
	catalog_done(&laid->made);
	hand_done(&laid->hand);
	close(laid->fd);
}

static const struct catalog_object *
laid_object(const struct laid *laid, const char *path)
{
	uint32_t object = catalog_find(&laid->made, path);

	assert_int_not_equal(object, LADLE_NONE);
	return &laid->made.objects[object];
}

/* The stock driver of libhdf5 in this process is the independent reader. */
static void
every_type_is_what_h5py_writes(void **state)
{
	struct laid laid;
	char lines[1024] = "";
	hid_t file;

	for (int i = 0; i < KINDS; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "/%s 3 %s\n",
				kinds[i].dtype, kinds[i].dtype);
	laid_init(&laid, *state, lines, 0);
	file = H5Fopen(laid.path, H5F_ACC_RDONLY, H5P_DEFAULT);
	assert_true(file >= 0);
	for (int i = 0; i < KINDS; i++) {
		hid_t dataset = H5Dopen2(file, kinds[i].dtype, H5P_DEFAULT);
		hid_t type = H5Dget_type(dataset), plist = H5Dget_create_plist(dataset);

		assert_int_equal(H5Tget_class(type), kinds[i].class);
		assert_int_equal(H5Tget_size(type), kinds[i].size);
		if (kinds[i].class == H5T_INTEGER)
			assert_int_equal(H5Tget_sign(type),
					*kinds[i].dtype == 'u' ? H5T_SGN_NONE : H5T_SGN_2);
		if (kinds[i].class == H5T_FLOAT ||
				(kinds[i].class == H5T_INTEGER && kinds[i].size > 1))
			assert_int_equal(H5Tget_order(type), H5T_ORDER_LE);
		assert_int_equal(H5Pget_layout(plist), H5D_CONTIGUOUS);
		assert_int_equal(H5Pget_external_count(plist), 0);
		H5Pclose(plist);
		H5Tclose(type);
		H5Dclose(dataset);
	}
	H5Fclose(file);
	laid_done(&laid);
}

static void
half_is_the_ieee_type(void **state)
{
	size_t sign, exponent, exponent_size, mantissa, mantissa_size;
	struct laid laid;
	hid_t file, dataset, type;

	laid_init(&laid, *state, "/h 3 float16\n", 0);
	file = H5Fopen(laid.path, H5F_ACC_RDONLY, H5P_DEFAULT);
	dataset = H5Dopen2(file, "h", H5P_DEFAULT);
	type = H5Dget_type(dataset);
	assert_true(H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa,
				    &mantissa_size) >= 0);
	assert_int_equal(sign, 15);
	assert_int_equal(exponent, 10);
	assert_int_equal(exponent_size, 5);
	assert_int_equal(mantissa, 0);
	assert_int_equal(mantissa_size, 10);
	assert_int_equal(H5Tget_ebias(type), 15);
	H5Tclose(type);
	H5Dclose(dataset);
	H5Fclose(file);
	laid_done(&laid);
}

static void
values_written_at_the_places_are_read_by_libhdf5(void **state)
{
	const float matrix[] = {1, 2, 3, 4, 5, 6}, scalar = 7;
	const char *const names[] = {"/a/k", "/s"};
	float got[6];
	struct laid laid;
	hid_t file, dataset;

	laid_init(&laid, *state, "/a/k 2x3\n/s scalar\n", 0);
	assert_int_equal(laid_object(&laid, "/a/k")->stored, sizeof(matrix));
	assert_int_equal(laid_object(&laid, "/s")->stored, sizeof(scalar));
	assert_int_equal(pwrite(laid.fd, matrix, sizeof(matrix),
					 (off_t)laid_object(&laid, "/a/k")->offset),
			sizeof(matrix));
	assert_int_equal(pwrite(laid.fd, &scalar, sizeof(scalar),
					 (off_t)laid_object(&laid, "/s")->offset),
			sizeof(scalar));
	file = H5Fopen(laid.path, H5F_ACC_RDONLY, H5P_DEFAULT);
	for (int i = 0; i < 2; i++) {
		dataset = H5Dopen2(file, names[i], H5P_DEFAULT);
		assert_true(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
					    got) >= 0);
		H5Dclose(dataset);
		if (i == 0)
			assert_memory_equal(got, matrix, sizeof(matrix));
		else
			assert_true(got[0] == scalar);
	}
	H5Fclose(file);
	laid_done(&laid);
}

static void
a_dataset_of_no_elements_has_its_extent_and_no_place(void **state)
{
	hsize_t dims[2];
	struct laid laid;
	hid_t file, dataset, space;

	laid_init(&laid, *state, "/none 0x5\n/one 1\n", 0);
	assert_int_equal(laid_object(&laid, "/none")->stored, 0);
	assert_int_equal(laid_object(&laid, "/none")->storage, CATALOG_UNALLOCATED);
	file = H5Fopen(laid.path, H5F_ACC_RDONLY, H5P_DEFAULT);
	dataset = H5Dopen2(file, "none", H5P_DEFAULT);
	space = H5Dget_space(dataset);
	assert_int_equal(H5Sget_simple_extent_dims(space, dims, NULL), 2);
	assert_int_equal(dims[0], 0);
	assert_int_equal(dims[1], 5);
	H5Sclose(space);
	H5Dclose(dataset);
	H5Fclose(file);
	laid_done(&laid);
}

static void
assert_string_attribute(hid_t file, const char *name, htri_t variable, H5T_cset_t cset,
		H5S_class_t space_class)
{
	hid_t attr = H5Aopen(file, name, H5P_DEFAULT), type = H5Aget_type(attr),
	      space = H5Aget_space(attr);

	assert_true(attr >= 0);
	assert_int_equal(H5Tget_class(type), H5T_STRING);
	assert_int_equal(H5Tis_variable_str(type), variable);
	assert_int_equal(H5Tget_cset(type), cset);
	assert_int_equal(H5Sget_simple_extent_type(space), space_class);
	H5Sclose(space);
	H5Tclose(type);
	H5Aclose(attr);
}

/* The four kinds of keras-formats: scalar and list, variable and fixed, ASCII and UTF-8. */
static void
strings_keep_their_kind(void **state)
{
	const struct catalog_type ascii = {.dtype = LADLE_STRING, .variable = true};
	const struct catalog_type utf8 = {.dtype = LADLE_STRING, .variable = true, .utf8 = true};
	const struct catalog_type fixed = {.dtype = LADLE_STRING, .size = 5, .padding = 1};
	static const char *const words[] = {"dense", "b"};
	struct scratch *scratch = *state;
	struct laid laid;
	char packed[10];
	hid_t file, attr, type;

	hand_init(&laid.hand);
	assert_true(catalog_add_strings(&laid.hand.catalog, 0, "one", ascii, 0, words, 1));
	assert_true(catalog_add_strings(&laid.hand.catalog, 0, "text", utf8, 0, words, 1));
	assert_true(catalog_add_strings(&laid.hand.catalog, 0, "list", ascii, 1, words, 2));
	assert_true(catalog_add_strings(&laid.hand.catalog, 0, "fixed", fixed, 1, words, 2));
	catalog_init(&laid.made);
	laid.path = scratch_path(scratch, "strings.h5");
	laid.fd = open(laid.path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(layout_make(&laid.made, scratch->library->nursery, laid.fd, 0,
					 &laid.hand.catalog, "strings.h5", NULL),
			LADLE_OK);
	file = H5Fopen(laid.path, H5F_ACC_RDONLY, H5P_DEFAULT);
	assert_string_attribute(file, "one", true, H5T_CSET_ASCII, H5S_SCALAR);
	assert_string_attribute(file, "text", true, H5T_CSET_UTF8, H5S_SCALAR);
	assert_string_attribute(file, "list", true, H5T_CSET_ASCII, H5S_SIMPLE);
	assert_string_attribute(file, "fixed", false, H5T_CSET_ASCII, H5S_SIMPLE);
	attr = H5Aopen(file, "fixed", H5P_DEFAULT);
	type = H5Aget_type(attr);
	assert_int_equal(H5Tget_strpad(type), H5T_STR_NULLPAD);
	assert_true(H5Aread(attr, type, packed) >= 0);
	assert_memory_equal(packed, "denseb\0\0\0\0", 10); /* the longest has no NUL */
	H5Tclose(type);
	H5Aclose(attr);
	H5Fclose(file);
	laid_done(&laid);
}

/* As h5py's libver earliest: superblock 0 and symbol tables, which every Keras reads. */
static void
the_file_is_of_the_classic_format(void **state)
{
	static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 0};
	unsigned char head[sizeof(signature)];
	struct laid laid;
	H5O_info_t info;
	hid_t file;

	laid_init(&laid, *state, "/g/d 4\n", 0);
	assert_int_equal(pread(laid.fd, head, sizeof(head), 0), sizeof(head));
	assert_memory_equal(head, signature, sizeof(signature));
	file = H5Fopen(laid.path, H5F_ACC_RDONLY, H5P_DEFAULT);
	assert_true(H5Oget_info_by_name(file, "/g/d", &info, H5P_DEFAULT) >= 0);
	assert_int_equal(info.mtime, 0);
	assert_int_equal(info.ctime, 0);
	assert_int_equal(info.hdr.version, 1);
	H5Fclose(file);
	laid_done(&laid);
}

static void
a_tree_behind_a_base_is_the_same_file(void **state)
{
	enum { BASE = 1234 };
	static const char lines[] = "/a/k 2x3\n/a @names=x,y\n/s scalar\n";
	struct laid plain, behind;
	size_t size, other;
	char *one, *two;

	laid_init(&plain, *state, lines, 0);
	one = file_bytes(plain.path, &size);
	laid_init(&behind, *state, lines, BASE);
	two = file_bytes(behind.path, &other);
	assert_int_equal(other, size + BASE);
	assert_memory_equal(two + BASE, one, size);
	assert_int_equal(behind.made.base, BASE);
	assert_int_equal(laid_object(&behind, "/a/k")->offset, laid_object(&plain, "/a/k")->offset);
	free(one);
	free(two);
	laid_done(&plain);
	laid_done(&behind);
}

static void
a_failing_layout_says_what_failed(void **state)
{
	struct scratch *scratch = *state;
	int read_only = open("/dev/null", O_RDONLY);
	struct ladle_error err = {0};
	struct catalog made;
	struct hand hand;

	hand_init(&hand);
	catalog_init(&made);
	assert_int_equal(layout_make(&made, scratch->library->nursery, read_only, 0, &hand.catalog,
					 "out.h5", &err),
			LADLE_E_OUTPUT);
	assert_contains(err.text, "out.h5 cannot be laid out");
	catalog_done(&made);
	hand_done(&hand);
	close(read_only);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(every_type_is_what_h5py_writes),
			cmocka_unit_test(half_is_the_ieee_type),
			cmocka_unit_test(values_written_at_the_places_are_read_by_libhdf5),
			cmocka_unit_test(a_dataset_of_no_elements_has_its_extent_and_no_place),
			cmocka_unit_test(strings_keep_their_kind),
			cmocka_unit_test(the_file_is_of_the_classic_format),
			cmocka_unit_test(a_tree_behind_a_base_is_the_same_file),
			cmocka_unit_test(a_failing_layout_says_what_failed),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
