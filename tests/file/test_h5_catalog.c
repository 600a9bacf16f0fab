#include "made_h5.h"

static void
assert_object_refused(struct file *file, const char *path, const char *reason)
{
	char byte;
	struct ladle_error err = {0};
	const struct catalog_object *object = object_at(file, path);
	assert_non_null(object->refused);
	if (!strstr(object->refused, reason))
		fail_msg("%s is refused with \"%s\" instead of \"%s\"", path, object->refused,
				reason);
	if (object->kind != CATALOG_DATASET)
		return;
	assert_int_equal(file_read(file, find(file, path), 0, 1, &byte, &err), LADLE_E_INPUT);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, reason));
}

static void
make_dataset(hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims, hid_t plist)
{
	hid_t space = H5Screate_simple(rank, dims, NULL);
	hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
	assert_true(set >= 0);
	H5Dclose(set);
	H5Sclose(space);
}

static void
add_outsiders(hid_t file)
{
	hsize_t ten = 10;
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &ten, NULL);
	H5Pset_external(plist, "/etc/passwd", 0, 40);
	make_dataset(file, "external", H5T_IEEE_F32LE, 1, &ten, plist);
	H5Pclose(plist);
	plist = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_virtual(plist, space, "other.h5", "x", space);
	make_dataset(file, "virtual", H5T_IEEE_F32LE, 1, &ten, plist);
	H5Pclose(plist);
	H5Sclose(space);
	H5Lcreate_external("other.h5", "/x", file, "elsewhere", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_soft("/good", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_soft("/nowhere", file, "dangling", H5P_DEFAULT, H5P_DEFAULT);
}

static void
what_leads_outside_is_listed_and_refused(void **state)
{
	const char *path = scratch(*state, "outside.h5");
	hid_t file = create(path);
	write_matrix(file, "good", H5T_IEEE_F32LE, H5P_DEFAULT);
	add_outsiders(file);
	H5Fclose(file);
	struct file *opened = must_open(*state, path);
	assert_object_refused(opened, "/external", "external storage");
	assert_object_refused(opened, "/virtual", "virtual dataset");
	assert_object_refused(opened, "/elsewhere", "link to another file");
	assert_object_refused(opened, "/soft", "soft link");
	assert_object_refused(opened, "/dangling", "soft link");
	assert_reads(opened, "/good", 0, NUMBERS);
	file_close(opened);
}

static void
add_bombs(hid_t file)
{
	hsize_t huge[] = {UINT64_C(1) << 32, UINT64_C(1) << 32, 4}, chunk[] = {64, 64, 4};
	hsize_t wide = UINT64_C(1) << 30, wide_chunk = UINT64_C(1) << 28, some = 100, ten = 10;
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_chunk(plist, 3, chunk);
	make_dataset(file, "overflow", H5T_IEEE_F32LE, 3, huge, plist);
	H5Pset_chunk(plist, 1, &wide_chunk);
	H5Pset_deflate(plist, 9);
	make_dataset(file, "wide_chunk", H5T_IEEE_F32LE, 1, &wide, plist);
	H5Pset_chunk(plist, 1, &ten);
	make_dataset(file, "no_chunk", H5T_IEEE_F32LE, 1, &some, plist);
	H5Pclose(plist);
	make_dataset(file, "unwritten", H5T_IEEE_F32LE, 1, &some, H5P_DEFAULT);
}

/* One chunk of ten is written: the others would read as zeros. */
static void
add_partial(hid_t file)
{
	hsize_t hundred = 100, ten = 10, zero = 0;
	float numbers[10] = {1};
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &hundred, NULL);
	H5Pset_chunk(plist, 1, &ten);
	hid_t memory = H5Screate_simple(1, &ten, NULL);
	hid_t set = H5Dcreate2(
			file, "partial", H5T_IEEE_F32LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
	H5Sselect_hyperslab(space, H5S_SELECT_SET, &zero, NULL, &ten, NULL);
	assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, numbers) >= 0);
	H5Dclose(set);
	H5Sclose(memory);
	H5Sclose(space);
	H5Pclose(plist);
}

static void
what_is_declared_and_not_stored_is_refused(void **state)
{
	const char *path = scratch(*state, "bombs.h5");
	hid_t file = create(path);
	add_bombs(file);
	add_partial(file);
	H5Fclose(file);
	struct file *opened = must_open(*state, path);
	assert_object_refused(opened, "/overflow", "more elements than any file");
	assert_object_refused(opened, "/wide_chunk", "has chunks of 268435456 elements");
	assert_object_refused(opened, "/no_chunk", "has only 0 of its 10 chunks stored");
	assert_object_refused(opened, "/partial", "has only 1 of its 10 chunks stored");
	assert_object_refused(opened, "/unwritten", "declares 400 bytes, none of them is stored");
	file_close(opened);
}

static void
other_filters_are_refused_by_number(void **state)
{
	const char *path = scratch(*state, "filters.h5");
	hsize_t ten = 10;
	int32_t numbers[10] = {3, 1, 2};
	hid_t file = create(path), plist = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_chunk(plist, 1, &ten);
	H5Pset_scaleoffset(plist, H5Z_SO_INT, 0);
	hid_t space = H5Screate_simple(1, &ten, NULL);
	hid_t set = H5Dcreate2(file, "x", H5T_STD_I32LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
	assert_true(H5Dwrite(set, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0);
	H5Dclose(set);
	H5Sclose(space);
	H5Pclose(plist);
	H5Fclose(file);
	struct file *opened = must_open(*state, path);
	assert_object_refused(opened, "/x", "filter 6");
	file_close(opened);
}

static void
cycles_of_groups_end(void **state)
{
	const char *path = scratch(*state, "cycle.h5");
	hid_t file = create(path);
	hid_t group = H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_hard(file, "/", group, "root", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_hard(group, ".", group, "self", H5P_DEFAULT, H5P_DEFAULT);
	H5Gclose(group);
	H5Fclose(file);
	struct file *opened = must_open(*state, path);
	assert_int_equal(file_catalog(opened)->object_count, 4);
	assert_object_refused(opened, "/g/root", "second link to a group");
	assert_object_refused(opened, "/g/self", "second link to a group");
	file_close(opened);
}

static void
nest(const char *path, int depth)
{
	hid_t file = create(path);
	hid_t group = H5Gopen2(file, "/", H5P_DEFAULT);
	for (int i = 0; i < depth; i++) {
		hid_t inner = H5Gcreate2(group, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
		H5Gclose(group);
		group = inner;
	}
	H5Gclose(group);
	H5Fclose(file);
}

static void
deep_nesting_is_refused(void **state)
{
	const char *path = scratch(*state, "deep.h5");
	nest(path, CATALOG_MAX_DEPTH - 1);
	file_close(must_open(*state, path));
	nest(path, 2000);
	assert_refused(*state, path, LADLE_E_INPUT, "nested more than 64 deep");
}

/* Old metadata has no checksums, so that what a changed byte says may be believed; it must only be
 * answered, and by this process. */
static void
changed_bytes_are_answered(void **state)
{
	const struct fixture *fixture = *state;
	static float numbers[NUMBERS];
	size_t size;
	char *whole = get_file(matrices(fixture, "matrices.h5"), &size);
	const char *path = scratch(fixture, "flip.h5");
	uint64_t random = 88172645463325252u;
	for (int i = 0; i < 400; i++) {
		struct file *file = NULL;
		random = random * 6364136223846793005u + 1442695040888963407u;
		size_t at = (size_t)(random >> 33) % 4096; /* where the metadata lies */
		char before = whole[at];
		whole[at] ^= (char)(1 << (random >> 61));
		put_file(path, whole, size);
		if (file_open(&file, fixture->nursery, path, NULL) == LADLE_OK) {
			const struct catalog *catalog = file_catalog(file);
			for (uint32_t o = 0; o < catalog->object_count; o++)
				if (!catalog->objects[o].refused && catalog->objects[o].count &&
						catalog->objects[o].kind == CATALOG_DATASET)
					file_read(file, o, 0, 1, numbers, NULL);
			file_close(file);
		}
		whole[at] = before;
	}
	free(whole);
}

/* ---- types and attributes -------------------------------------------------------------------- */

static void
add_types(hid_t file)
{
	hsize_t two = 2;
	hid_t half = H5Tcopy(H5T_IEEE_F32LE), brain = H5Tcreate(H5T_OPAQUE, 2);
	hid_t boolean = H5Tenum_create(H5T_STD_I8LE), other = H5Tenum_create(H5T_STD_I8LE);
	H5Tset_fields(half, 15, 10, 5, 0, 10);
	H5Tset_size(half, 2);
	H5Tset_ebias(half, 15);
	H5Tenum_insert(boolean, "FALSE", &(signed char){0});
	H5Tenum_insert(boolean, "TRUE", &(signed char){1});
	H5Tenum_insert(other, "RED", &(signed char){0});
	hid_t pair = H5Tcreate(H5T_COMPOUND, 8);
	H5Tinsert(pair, "r", 0, H5T_IEEE_F32LE);
	H5Tinsert(pair, "i", 4, H5T_IEEE_F32LE);
	const struct {
		const char *name;
		hid_t type;
	} types[] = {{"f16", half}, {"bf16", brain}, {"f64", H5T_IEEE_F64BE}, {"bool", boolean},
			{"enum", other}, {"pair", pair}, {"i8", H5T_STD_I8LE},
			{"u64", H5T_STD_U64BE}, {"vax", H5T_VAX_F32}, {"bits", H5T_STD_B8LE},
			{"text", H5T_C_S1}};
	hid_t early = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_alloc_time(early, H5D_ALLOC_TIME_EARLY);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		make_dataset(file, types[i].name, types[i].type, 1, &two, early);
	H5Pclose(early);
}

static void
types_are_told_apart(void **state)
{
	static const struct {
		const char *path, *dtype, *refused;
	} EXPECTED[] = {{"/f16", "float16", NULL}, {"/bf16", "bfloat16", NULL},
			{"/f64", "float64", NULL}, {"/bool", "bool", NULL}, {"/i8", "int8", NULL},
			{"/u64", "uint64", NULL}, {"/enum", "other", "enumeration"},
			{"/pair", "other", "compound"}, {"/vax", "other", "unusual layout"},
			{"/bits", "other", "bit fields"}, {"/text", "string", "text"}};
	const char *path = scratch(*state, "types.h5");
	hid_t file = create(path);
	add_types(file);
	H5Fclose(file);
	struct file *opened = must_open(*state, path);
	for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++) {
		const struct catalog_object *object = object_at(opened, EXPECTED[i].path);
		assert_string_equal(ladle_dtype_name(object->type.dtype), EXPECTED[i].dtype);
		if (EXPECTED[i].refused)
			assert_object_refused(opened, EXPECTED[i].path, EXPECTED[i].refused);
		else
			assert_null(object->refused);
	}
	assert_true(object_at(opened, "/bf16")->type.opaque);
	file_close(opened);
}

static void
add_attr(hid_t file, const char *name, hid_t type, hid_t space, const void *value)
{
	hid_t attr = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(attr >= 0);
	if (value)
		assert_true(H5Awrite(attr, type, value) >= 0);
	H5Aclose(attr);
}

/* The kinds of strings that h5py has written over the years, and what else Keras keeps. */
static void
add_attrs(hid_t file)
{
	static const char *const NAMES[] = {"conv2d", "", "gr\xc3\xbc\xc3\x9f"};
	static const char PADDED[] = "dense\0\0\0\0dropout\0\0longest_9";
	hid_t scalar = H5Screate(H5S_SCALAR), three = H5Screate_simple(1, (hsize_t[]){3}, NULL);
	hid_t none = H5Screate_simple(1, (hsize_t[]){0}, (hsize_t[]){0});
	hid_t ascii = H5Tcopy(H5T_C_S1), utf8 = H5Tcopy(H5T_C_S1), fixed = H5Tcopy(H5T_C_S1);
	hid_t blank = H5Tcopy(H5T_C_S1);
	H5Tset_size(ascii, H5T_VARIABLE);
	H5Tset_size(utf8, H5T_VARIABLE);
	H5Tset_cset(utf8, H5T_CSET_UTF8);
	H5Tset_size(fixed, 9);
	H5Tset_strpad(fixed, H5T_STR_NULLPAD);
	H5Tset_size(blank, 5);
	H5Tset_strpad(blank, H5T_STR_SPACEPAD);
	add_attr(file, "vlen_scalar", utf8, scalar, &NAMES[2]);
	add_attr(file, "vlen_list", ascii, three, NAMES);
	add_attr(file, "fixed_list", fixed, three, PADDED);
	add_attr(file, "fixed_blank", blank, scalar, "ab   ");
	add_attr(file, "empty", H5T_IEEE_F64LE, none, NULL);
	add_attr(file, "number", H5T_STD_I16BE, three, (const int16_t[]){0x0100, 0x0200, 0x0300});
	add_attr(file, "reference", H5T_STD_REF_OBJ, scalar, NULL);
}

static void
attributes_of_every_kind_are_read(void **state)
{
	const char *path = scratch(*state, "attrs.h5");
	hid_t file = create(path);
	add_attrs(file);
	H5Fclose(file);
	struct file *opened = must_open(*state, path);
	const struct catalog_object *root = object_at(opened, "/");
	assert_int_equal(root->attr_count, 7);
	assert_string_equal(catalog_attr_text(root, "vlen_scalar"), "gr\xc3\xbc\xc3\x9f");
	assert_true(catalog_attr(root, "vlen_scalar")->type.utf8);
	assert_int_equal(catalog_attr(root, "vlen_scalar")->rank, 0);
	const struct catalog_attr *list = catalog_attr(root, "vlen_list");
	assert_int_equal(list->count, 3);
	assert_true(list->type.variable);
	assert_string_equal(list->strings[0], "conv2d");
	assert_string_equal(list->strings[1], "");
	list = catalog_attr(root, "fixed_list");
	assert_false(list->type.variable);
	assert_int_equal(list->type.size, 9);
	assert_int_equal(list->type.padding, H5T_STR_NULLPAD);
	assert_string_equal(list->strings[0], "dense");
	assert_string_equal(list->strings[2], "longest_9"); /* no NUL ends it in the file */
	assert_int_equal(list->lengths[2], 9);
	assert_string_equal(catalog_attr_text(root, "fixed_blank"), "ab");
	const struct catalog_attr *empty = catalog_attr(root, "empty");
	assert_int_equal(empty->type.dtype, LADLE_FLOAT64);
	assert_int_equal(empty->count, 0);
	assert_null(empty->refused);
	int16_t numbers[3];
	memcpy(numbers, catalog_attr(root, "number")->numbers, sizeof numbers);
	assert_int_equal(numbers[0], 1); /* big-endian 0x0001, written through the same type */
	assert_int_equal(numbers[2], 3);
	assert_non_null(catalog_attr(root, "reference")->refused);
	file_close(opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(what_leads_outside_is_listed_and_refused),
			cmocka_unit_test(what_is_declared_and_not_stored_is_refused),
			cmocka_unit_test(other_filters_are_refused_by_number),
			cmocka_unit_test(cycles_of_groups_end),
			cmocka_unit_test(deep_nesting_is_refused),
			cmocka_unit_test(changed_bytes_are_answered),
			cmocka_unit_test(types_are_told_apart),
			cmocka_unit_test(attributes_of_every_kind_are_read),
	};
	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
