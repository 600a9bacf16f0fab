/* Indexes, merged catalogs, and shards that libhdf5 makes here as Keras makes them. */
#include "file/merge.h"
#include "file/shard_index.h"
#include "made_h5.h"

/* ---- the index ------------------------------------------------------------------------------- */

static enum ladle_status
read_index(struct shard_index *index, const char *text, struct ladle_error *err)
{
	return shard_index_read(index, text, strlen(text), "m.weights.json", err);
}

static void
an_index_names_each_shard_once(void **state)
{
	(void)state;
	struct shard_index index;
	const char *text = "{\"metadata\": {\"total_size\": 4352.5}, \"weight_map\": {"
			   "\"/layers/dense/vars\": \"m_00001.weights.h5\","
			   "\"/vars\": [\"m_00000.weights.h5\", \"m_00001.weights.h5\"]}}";
	assert_int_equal(read_index(&index, text, NULL), LADLE_OK);
	assert_int_equal(index.shard_count, 2);
	assert_string_equal(index.shards[0], "m_00000.weights.h5");
	assert_string_equal(index.shards[1], "m_00001.weights.h5");
	assert_true(index.bytes == 4352.5);
	assert_int_equal(index.entry_count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(index.entries[i].shard,
				i == 1 && !strcmp(index.entries[1].group, "/vars") ? 0 : 1);
	shard_index_done(&index);
}

/* Indexes that no Keras wrote, with the words of the refusal. */
static const struct {
	const char *text, *reason;
} BAD_INDEXES[] = {
		{"{\"weight_map\": ", "is no valid JSON"},
		{"{\"weight_map\": []}", "without a map of weights"},
		{"[\"weight_map\"]", "without a map of weights"},
		{"{\"weight_map\": {}}", "names no shard"},
		{"{\"weight_map\": {\"/vars\": []}}", "names no shard"},
		{"{\"weight_map\": {\"/vars\": 7}}", "gives /vars the JSON int instead of"},
		{"{\"weight_map\": {\"/vars\": null}}", "gives /vars the JSON null instead of"},
		{"{\"weight_map\": {\"/vars\": [[\"a.weights.h5\"]]}}",
				"the JSON array instead of"},
		{"{\"weight_map\": {\"/vars\": \"\"}}", "is no file of its folder"},
		{"{\"weight_map\": {\"/vars\": \".weights.h5\"}}", "is no file of its folder"},
		{"{\"weight_map\": {\"/vars\": \"..\"}}", "is no file of its folder: .."},
		{"{\"weight_map\": {\"/vars\": \"../a.weights.h5\"}}", "../a.weights.h5"},
		{"{\"weight_map\": {\"/vars\": \"/tmp/a.weights.h5\"}}", "/tmp/a.weights.h5"},
		{"{\"weight_map\": {\"/vars\": \"a\\u0000.weights.h5\"}}", "is no file of its"},
		{"{\"weight_map\": {\"/vars\": \"m.weights.json\"}}", "is no file of its folder"},
		{"{\"weight_map\": {\"/x\": \"m-00001-of-00002.safetensors\"}}",
				"is the index of .safetensors files"},
		{"{\"weight_map\": {\"x.weight\": \"a.weights.h5\"}}", "x.weight is no group"},
		{"{\"weight_map\": {\"\": \"a.weights.h5\"}}", "did not write"},
		{"{\"weight_map\": [[[[[[[[[[]]]]]]]]]]}", "is no valid JSON"},
};

static void
an_index_is_not_trusted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof BAD_INDEXES / sizeof *BAD_INDEXES; i++) {
		struct shard_index index;
		struct ladle_error err = {0};
		assert_int_equal(read_index(&index, BAD_INDEXES[i].text, &err), LADLE_E_INPUT);
		assert_string_equal(err.path, "m.weights.json");
		if (!strstr(err.text, BAD_INDEXES[i].reason))
			fail_msg("%s: \"%s\" instead of \"%s\"", BAD_INDEXES[i].text, err.text,
					BAD_INDEXES[i].reason);
	}
}

/* `count` shards, in the list of one group or each of a group of its own. */
static enum ladle_status
read_long_index(struct shard_index *index, int count, bool listed)
{
	struct buf text;
	buf_init(&text);
	buf_text(&text, listed ? "{\"weight_map\": {\"/v\": [" : "{\"weight_map\": {");
	for (int i = 0; i < count; i++) {
		buf_text(&text, i ? "," : "");
		if (!listed)
			buf_format(&text, "\"/%d\":", i);
		buf_format(&text, "\"x_%05d.weights.h5\"", i);
	}
	buf_text(&text, listed ? "]}}" : "}}");
	enum ladle_status status = read_index(index, buf_string(&text), NULL);
	buf_done(&text);
	return status;
}

static void
a_thousand_shards_are_read_and_no_more(void **state)
{
	(void)state;
	for (int listed = 0; listed < 2; listed++) {
		struct shard_index index;
		assert_int_equal(read_long_index(&index, 1000, listed), LADLE_OK);
		assert_int_equal(index.shard_count, 1000);
		shard_index_done(&index);
		assert_int_equal(read_long_index(&index, 1001, listed), LADLE_E_INPUT);
	}
}

static void
names_of_shards_and_their_index_are_keras_s(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	assert_string_equal(shard_name(&arena, "d/m.weights.json", 12), "m_00012.weights.h5");
	assert_null(shard_name(&arena, "d/m.json", 0));
	assert_null(shard_name(&arena, ".weights.json", 0));
	assert_string_equal(shard_index_name(&arena, "d/m_00003.weights.h5"), "d/m.weights.json");
	assert_null(shard_index_name(&arena, "m.weights.h5"));
	assert_null(shard_index_name(&arena, "m_0000x.weights.h5"));
	assert_null(shard_index_name(&arena, "m-00003.weights.h5"));
	assert_null(shard_index_name(&arena, "_00003.weights.h5"));
	arena_done(&arena);
}

/* ---- merged catalogs ------------------------------------------------------------------------- */

static const struct catalog_type FLOATS = {.dtype = LADLE_FLOAT32, .size = 4};
static const struct catalog_type TEXT = {.dtype = LADLE_STRING, .variable = true, .utf8 = true};

/* Adds "/a/b/c", its groups as needed; a dataset of `count` elements, or a group where it is 0. */
static uint32_t
put(struct catalog *catalog, const char *path, uint64_t count)
{
	char name[64];
	uint32_t at = catalog->object_count ? 0 : catalog_add_group(catalog, LADLE_NONE, "");
	while (*path) {
		size_t length = strcspn(++path, "/");
		snprintf(name, sizeof name, "%.*s", (int)length, path);
		path += length;
		uint32_t next = catalog_child(catalog, at, name);
		if (next == LADLE_NONE && !*path && count)
			next = catalog_add_dataset(catalog, at, name, FLOATS, 1, &count);
		else if (next == LADLE_NONE)
			next = catalog_add_group(catalog, at, name);
		at = next;
	}
	return at;
}

static enum ladle_status
merge_two(struct catalog *out, const struct merge_source **sources, struct catalog parts[2],
		struct ladle_error *err)
{
	const struct merge_part two[] = {{&parts[0], "one"}, {&parts[1], "two"}};
	catalog_init(out);
	return merge_catalogs(out, sources, two, 2, err);
}

static void
init_two(struct catalog parts[2])
{
	catalog_init(&parts[0]);
	catalog_init(&parts[1]);
}

static void
done_two(struct catalog *out, struct catalog parts[2])
{
	catalog_done(out);
	catalog_done(&parts[0]);
	catalog_done(&parts[1]);
}

/* Names that sort on both sides of '/': '!' is before it, '0' behind. */
static void
parts_are_merged_by_path_in_order(void **state)
{
	(void)state;
	static const char *const EXPECTED[] = {"/", "/layers", "/layers/d", "/layers/d/vars",
			"/layers/d/vars/0", "/layers/d/vars/1", "/layers/d!", "/layers/d!/vars",
			"/layers/d0", "/layers/d0/vars", "/layers/d0/vars/0"};
	struct catalog parts[2], out;
	const struct merge_source *sources;
	init_two(parts);
	put(&parts[0], "/layers/d/vars/0", 3);
	put(&parts[0], "/layers/d!/vars", 0);
	put(&parts[1], "/layers/d/vars/1", 5);
	put(&parts[1], "/layers/d0/vars/0", 7);
	assert_int_equal(merge_two(&out, &sources, parts, NULL), LADLE_OK);
	assert_int_equal(out.object_count, 11);
	for (uint32_t i = 0; i < 11; i++) {
		assert_string_equal(out.objects[i].path, EXPECTED[i]);
		assert_int_equal(catalog_find(&out, EXPECTED[i]), i);
	}
	uint32_t last = catalog_find(&out, "/layers/d0/vars/0");
	assert_int_equal(out.objects[last].count, 7);
	assert_string_equal(out.objects[last].shard, "two");
	assert_int_equal(sources[last].part, 1);
	assert_int_equal(sources[last].object, catalog_find(&parts[1], "/layers/d0/vars/0"));
	assert_string_equal(out.objects[4].shard, "one");
	assert_string_equal(out.objects[5].shard, "two");
	done_two(&out, parts);
}

/* Keras names a layer where its group was first made, which may hold nothing there. */
static void
attributes_come_from_the_first_part_that_has_them(void **state)
{
	(void)state;
	struct catalog parts[2], out;
	const struct merge_source *sources;
	const char *first = "kernel_owner", *second = "another", *third = "x";
	init_two(parts);
	uint32_t a = put(&parts[0], "/d/vars", 0);
	assert_true(catalog_add_strings(&parts[0], a, "name", TEXT, 0, &first, 1));
	uint32_t b = put(&parts[1], "/d/vars", 0);
	assert_true(catalog_add_strings(&parts[1], b, "name", TEXT, 0, &second, 1));
	assert_true(catalog_add_strings(&parts[1], b, "more", TEXT, 0, &third, 1));
	put(&parts[1], "/d/vars/0", 2);
	assert_int_equal(merge_two(&out, &sources, parts, NULL), LADLE_OK);
	const struct catalog_object *vars = &out.objects[catalog_find(&out, "/d/vars")];
	assert_int_equal(vars->attr_count, 2);
	assert_string_equal(catalog_attr_text(vars, "name"), "kernel_owner");
	assert_string_equal(catalog_attr_text(vars, "more"), "x");
	done_two(&out, parts);
}

static void
a_tensor_in_two_parts_is_refused(void **state)
{
	(void)state;
	struct ladle_error err = {0};
	struct catalog parts[2], out;
	const struct merge_source *sources;
	init_two(parts);
	put(&parts[0], "/d/vars/0", 2);
	put(&parts[1], "/d/vars/0", 2);
	assert_int_equal(merge_two(&out, &sources, parts, &err), LADLE_E_INPUT);
	assert_string_equal(err.text, "/d/vars/0 is in one and in two: they are not of one save");
	done_two(&out, parts);
}

static void
a_tensor_that_is_a_group_elsewhere_is_refused(void **state)
{
	(void)state;
	struct ladle_error err = {0};
	struct catalog parts[2], out;
	const struct merge_source *sources;
	init_two(parts);
	put(&parts[0], "/d/vars", 2);
	put(&parts[1], "/d/vars/0", 2);
	assert_int_equal(merge_two(&out, &sources, parts, &err), LADLE_E_INPUT);
	assert_non_null(strstr(err.text, "/d/vars is a tensor in one and a group in another"));
	done_two(&out, parts);
}

/* ---- files ----------------------------------------------------------------------------------- */

static hid_t
sub_group(hid_t at, const char *name)
{
	hid_t group = H5Lexists(at, name, H5P_DEFAULT) > 0
				      ? H5Gopen2(at, name, H5P_DEFAULT)
				      : H5Gcreate2(at, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(group >= 0);
	return group;
}

/* Layer's variable `name`, three floats from `first` on; chunked where asked for. */
static void
write_variable(hid_t file, const char *layer, const char *name, float first, bool is_chunked)
{
	float numbers[3] = {first, first + 1, first + 2};
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
	if (is_chunked)
		H5Pset_chunk(plist, 1, (hsize_t[]){2});
	hid_t layers = sub_group(file, "layers"), owner = sub_group(layers, layer);
	hid_t vars = sub_group(owner, "vars");
	hid_t space = H5Screate_simple(1, (hsize_t[]){3}, NULL);
	hid_t set = H5Dcreate2(vars, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
	assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0);
	H5Dclose(set);
	H5Sclose(space);
	H5Gclose(vars);
	H5Gclose(owner);
	H5Gclose(layers);
	H5Pclose(plist);
}

/* What Keras 3.11 writes: `dense` is split over both, `out` lies in the second. */
static const char *
make_shards(const struct fixture *fixture)
{
	static const char INDEX[] = "{\"metadata\": {\"total_size\": 36.0}, \"weight_map\": {"
				    "\"/layers/dense/vars\": [\"m_00000.weights.h5\","
				    "\"m_00001.weights.h5\"],"
				    "\"/layers/out/vars\": \"m_00001.weights.h5\"}}";
	hid_t file = create(scratch(fixture, "m_00000.weights.h5"));
	write_variable(file, "dense", "0", 10, false);
	H5Fclose(file);
	file = create(scratch(fixture, "m_00001.weights.h5"));
	write_variable(file, "dense", "1", 20, true);
	write_variable(file, "out", "0", 30, false);
	H5Fclose(file);
	const char *path = scratch(fixture, "m.weights.json");
	put_file(path, INDEX, sizeof INDEX - 1);
	return path;
}

static void
assert_values(struct file *file, const char *path, float first)
{
	float numbers[3] = {0};
	struct ladle_error err = {0};
	if (file_read(file, find(file, path), 0, 3, numbers, &err) != LADLE_OK)
		fail_msg("%s: %s", path, err.text);
	for (int i = 0; i < 3; i++)
		assert_true(numbers[i] == first + (float)i);
}

static void
shards_open_as_one_file(void **state)
{
	struct file *file = must_open(*state, make_shards(*state));
	assert_int_equal(file_catalog(file)->container, CATALOG_SHARDS);
	assert_string_equal(file_catalog(file)->note, "");
	assert_values(file, "/layers/dense/vars/0", 10);
	assert_values(file, "/layers/dense/vars/1", 20); /* chunked: its shard's worker reads it */
	assert_values(file, "/layers/out/vars/0", 30);
	assert_string_equal(object_at(file, "/layers/dense/vars/1")->shard, "m_00001.weights.h5");
	file_close(file);
}

static void
a_file_of_shards_is_each_of_them(void **state)
{
	const char *index = make_shards(*state),
		   *names[] = {"m.weights.json", "m_00000.weights.h5", "m_00001.weights.h5"};
	struct file *file = must_open(*state, index);
	uint64_t size = 0;
	for (size_t i = 0; i < 3; i++) {
		struct stat st;
		assert_int_equal(stat(scratch(*state, names[i]), &st), 0);
		assert_true(file_is(file, (uint64_t)st.st_dev, (uint64_t)st.st_ino));
		size += (uint64_t)st.st_size;
	}
	struct stat other;
	assert_int_equal(stat("/", &other), 0);
	assert_false(file_is(file, (uint64_t)other.st_dev, (uint64_t)other.st_ino));
	assert_int_equal(file_size(file), size);
	file_close(file);
}

static void
a_shard_that_changes_is_noticed(void **state)
{
	float numbers[3];
	struct ladle_error err = {0};
	struct file *file = must_open(*state, make_shards(*state));
	assert_int_equal(file_check(file, NULL), LADLE_OK);
	assert_int_equal(truncate(scratch(*state, "m_00001.weights.h5"), 100), 0);
	assert_int_equal(file_check(file, &err), LADLE_E_CHANGED);
	assert_non_null(strstr(err.text, "its shard m_00001.weights.h5: was changed"));
	assert_non_null(strstr(err.path, "/m.weights.json"));
	assert_values(file, "/layers/dense/vars/0", 10);
	assert_int_equal(file_read(file, find(file, "/layers/out/vars/0"), 0, 3, numbers, &err),
			LADLE_E_CHANGED);
	file_close(file);
}

static void
a_shard_that_is_missing_or_bad_is_named(void **state)
{
	const char *index = make_shards(*state);
	const char *shard = scratch(*state, "m_00001.weights.h5");
	unlink(shard);
	assert_refused(*state, index, LADLE_E_INPUT,
			"its shard m_00001.weights.h5 cannot be opened: No such file");
	put_file(shard, "hello", 5);
	assert_refused(*state, index, LADLE_E_INPUT, "its shard m_00001.weights.h5: is text");
	unlink(shard);
	assert_int_equal(mkdir(shard, 0700), 0);
	assert_refused(*state, index, LADLE_E_INPUT, "m_00001.weights.h5: is no file");
	rmdir(shard);
	assert_int_equal(link(index, shard), 0); /* an index is no shard of itself */
	assert_refused(*state, index, LADLE_E_INPUT, "m_00001.weights.h5: is not HDF5");
	unlink(shard);
}

static void
a_shard_of_another_save_is_refused(void **state)
{
	const char *index = make_shards(*state);
	hid_t file = create(scratch(*state, "m_00001.weights.h5"));
	write_variable(file, "dense", "1", 0, false);
	H5Fclose(file);
	assert_refused(*state, index, LADLE_E_INPUT,
			"its shard m_00001.weights.h5 has no /layers/out/vars, which should be "
			"there: it is of another save");
	file = create(scratch(*state, "m_00001.weights.h5"));
	write_variable(file, "dense", "0", 0, false);
	write_variable(file, "out", "0", 0, false);
	H5Fclose(file);
	assert_refused(*state, index, LADLE_E_INPUT,
			"/layers/dense/vars/0 is in m_00000.weights.h5 and in m_00001.weights.h5");
}

static void
shards_that_hold_too_little_are_noted(void **state)
{
	const char *index = make_shards(*state);
	hid_t shard = create(scratch(*state, "m_00001.weights.h5"));
	write_variable(shard, "dense", "1", 0, false);
	hid_t layers = sub_group(shard, "layers"), out = sub_group(layers, "out");
	H5Gclose(sub_group(out, "vars"));
	H5Gclose(out);
	H5Gclose(layers);
	H5Fclose(shard);
	struct file *file = must_open(*state, index);
	assert_string_equal(file_catalog(file)->note,
			"the shards hold 24 bytes of tensors, their index says 36: they may be of "
			"two saves");
	file_close(file);
}

/* Keras 3.10 maps each layer to one shard, so that the second is named nowhere. */
static void
a_shard_that_the_map_forgot_is_found(void **state)
{
	static const char INDEX[] = "{\"metadata\": {\"total_size\": 36.0}, \"weight_map\": {"
				    "\"/layers/dense/vars\": \"m_00000.weights.h5\"}}";
	static const char ENOUGH[] = "{\"metadata\": {\"total_size\": 12.0}, \"weight_map\": {"
				     "\"/layers/dense/vars\": \"m_00000.weights.h5\"}}";
	const char *path = make_shards(*state);
	put_file(path, INDEX, sizeof INDEX - 1);
	struct file *file = must_open(*state, path);
	assert_values(file, "/layers/dense/vars/1", 20);
	assert_string_equal(file_catalog(file)->note, "");
	file_close(file);
	put_file(path, ENOUGH, sizeof ENOUGH - 1); /* the second is of an older, larger save */
	file = must_open(*state, path);
	assert_int_equal(catalog_find(file_catalog(file), "/layers/dense/vars/1"), LADLE_NONE);
	file_close(file);
}

static void
one_shard_alone_names_its_index(void **state)
{
	const char *index = make_shards(*state), *shard = scratch(*state, "m_00001.weights.h5");
	struct file *file = must_open(*state, shard);
	assert_values(file, "/layers/out/vars/0", 30);
	assert_non_null(strstr(file_catalog(file)->note, "one shard of several: open "));
	assert_non_null(strstr(file_catalog(file)->note, index));
	file_close(file);
	unlink(index);
	file = must_open(*state, shard);
	assert_string_equal(file_catalog(file)->note, "");
	file_close(file);
}

static void
shards_leave_no_descriptor(void **state)
{
	const char *index = make_shards(*state);
	file_close(must_open(*state, index));
	int before = count_descriptors();
	for (int i = 0; i < 50; i++)
		file_close(must_open(*state, index));
	assert_int_equal(truncate(scratch(*state, "m_00001.weights.h5"), 100), 0);
	for (int i = 0; i < 50; i++)
		assert_refused(*state, index, LADLE_E_INPUT, "its shard m_00001.weights.h5: trunc");
	assert_int_equal(count_descriptors(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_index_names_each_shard_once),
			cmocka_unit_test(an_index_is_not_trusted),
			cmocka_unit_test(a_thousand_shards_are_read_and_no_more),
			cmocka_unit_test(names_of_shards_and_their_index_are_keras_s),
			cmocka_unit_test(parts_are_merged_by_path_in_order),
			cmocka_unit_test(attributes_come_from_the_first_part_that_has_them),
			cmocka_unit_test(a_tensor_in_two_parts_is_refused),
			cmocka_unit_test(a_tensor_that_is_a_group_elsewhere_is_refused),
			cmocka_unit_test(shards_open_as_one_file),
			cmocka_unit_test(a_file_of_shards_is_each_of_them),
			cmocka_unit_test(a_shard_that_changes_is_noticed),
			cmocka_unit_test(a_shard_that_is_missing_or_bad_is_named),
			cmocka_unit_test(a_shard_of_another_save_is_refused),
			cmocka_unit_test(shards_that_hold_too_little_are_noted),
			cmocka_unit_test(a_shard_that_the_map_forgot_is_found),
			cmocka_unit_test(one_shard_alone_names_its_index),
			cmocka_unit_test(shards_leave_no_descriptor),
	};
	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
