/* Unpacked .keras archives. */
#include "made_h5.h"

#define CONFIG "{\"class_name\": \"Functional\"}"
#define METADATA "{\"keras_version\": \"3.15.1\"}"

/* Path of a file in the folder; holds until the next call. */
static const char *
inside(const struct fixture *fixture, const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/model/%s", fixture->folder, name);
	return path;
}

static void
put_text(const struct fixture *fixture, const char *name, const char *text)
{
	put_file(inside(fixture, name), text, strlen(text));
}

/* What Keras writes with zipped=False, and a vocabulary of a lookup layer. */
static const char *
make_folder(const struct fixture *fixture)
{
	static const char *const FOLDERS[] = {"", "assets", "assets/lookup"};
	for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++)
		assert_int_equal(mkdir(inside(fixture, FOLDERS[i]), 0700), 0);
	put_text(fixture, "config.json", CONFIG);
	put_text(fixture, "metadata.json", METADATA);
	put_text(fixture, "assets/lookup/vocabulary.txt", "hello\n");
	put_text(fixture, "README.md", "a model");
	hid_t file = create(inside(fixture, "model.weights.h5"));
	write_matrix(file, "x", H5T_IEEE_F32LE, H5P_DEFAULT);
	H5Fclose(file);
	return scratch(fixture, "model");
}

static int
remove_made(void **state)
{
	static const char *const FOLDERS[] = {"assets/lookup", "assets", ""};
	for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++)
		remove_folder(inside(*state, FOLDERS[i]));
	return 0;
}

static void
a_folder_opens_as_the_archive_that_it_would_be(void **state)
{
	static const char *const MEMBERS[] = {"assets/lookup/vocabulary.txt", "config.json",
			"metadata.json", "model.weights.h5"};
	struct file *file = must_open(*state, make_folder(*state));
	const struct catalog *catalog = file_catalog(file);
	struct stat st;
	assert_int_equal(catalog->container, CATALOG_FOLDER);
	assert_string_equal(catalog->config, CONFIG);
	assert_int_equal(catalog->config_length, strlen(CONFIG));
	assert_string_equal(catalog->metadata, METADATA);
	assert_string_equal(catalog->note, "");
	assert_int_equal(catalog->member_count, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_string_equal(catalog->members[i].name, MEMBERS[i]);
	assert_int_equal(catalog->members[0].size, 6);
	assert_int_equal(stat(inside(*state, "model.weights.h5"), &st), 0);
	assert_int_equal(file_size(file),
			(size_t)st.st_size + 6 + strlen(CONFIG) + strlen(METADATA));
	assert_reads(file, "/x", 0, NUMBERS);
	file_close(file);
}

/* The checksum is that of Info-ZIP for these six bytes. */
static void
assets_are_read_with_their_checksum(void **state)
{
	struct file *file = must_open(*state, make_folder(*state));
	char text[7] = "";
	uint32_t crc;
	assert_int_equal(file_read_member(file, 0, 0, 6, text, NULL), LADLE_OK);
	assert_string_equal(text, "hello\n");
	assert_int_equal(file_read_member(file, 0, 2, 3, text, NULL), LADLE_OK);
	assert_memory_equal(text, "llo", 3);
	assert_int_equal(file_member_crc(file, 0, &crc, NULL), LADLE_OK);
	assert_int_equal(crc, 0x363a3020);
	file_close(file);
}

static void
metadata_and_assets_may_be_missing(void **state)
{
	const char *folder = make_folder(*state);
	unlink(inside(*state, "metadata.json"));
	unlink(inside(*state, "assets/lookup/vocabulary.txt"));
	rmdir(inside(*state, "assets/lookup"));
	rmdir(inside(*state, "assets"));
	struct file *file = must_open(*state, folder);
	assert_null(file_catalog(file)->metadata);
	assert_int_equal(file_catalog(file)->member_count, 2);
	file_close(file);
}

static void
what_is_missing_or_bad_is_named(void **state)
{
	const char *folder = make_folder(*state);
	put_text(*state, "model.weights.h5", "hello");
	assert_refused(*state, folder, LADLE_E_INPUT, "its model.weights.h5 is text");
	put_text(*state, "model.weights.h5", "\x89HDF\r\n\x1a\n nothing else");
	assert_refused(*state, folder, LADLE_E_INPUT, "its model.weights.h5: truncated");
	unlink(inside(*state, "config.json"));
	assert_refused(*state, folder, LADLE_E_INPUT, "open the model.weights.h5 in it");
	unlink(inside(*state, "model.weights.h5"));
	assert_refused(*state, folder, LADLE_E_INPUT, "is a folder, not a file");
}

static void
a_folder_is_each_file_in_it(void **state)
{
	static const char *const NAMES[] = {"config.json", "metadata.json", "model.weights.h5",
			"assets/lookup/vocabulary.txt"};
	struct file *file = must_open(*state, make_folder(*state));
	struct stat st;
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
		assert_int_equal(stat(inside(*state, NAMES[i]), &st), 0);
		assert_true(file_is(file, (uint64_t)st.st_dev, (uint64_t)st.st_ino));
	}
	assert_int_equal(stat(inside(*state, "README.md"), &st), 0);
	assert_false(file_is(file, (uint64_t)st.st_dev, (uint64_t)st.st_ino));
	file_close(file);
}

static void
a_change_in_the_folder_is_noticed(void **state)
{
	static const char *const NAMES[] = {"config.json", "assets/lookup/vocabulary.txt"};
	const char *folder = make_folder(*state);
	for (size_t i = 0; i < 2; i++) {
		struct ladle_error err = {0};
		struct file *file = must_open(*state, folder);
		assert_int_equal(file_check(file, NULL), LADLE_OK);
		put_text(*state, NAMES[i], "{}");
		assert_int_equal(file_check(file, &err), LADLE_E_CHANGED);
		assert_non_null(strstr(err.text, NAMES[i]));
		file_close(file);
	}
	struct file *file = must_open(*state, folder);
	char text[2];
	put_text(*state, NAMES[1], "other words");
	assert_int_equal(file_read_member(file, 0, 0, 2, text, NULL), LADLE_E_CHANGED);
	file_close(file);
}

/* Hubs keep the files in a store and link to them. What is copied into outputs is another matter:
 * a link among the assets may lead to anything. */
static void
links_are_followed_to_weights_and_config_alone(void **state)
{
	const char *folder = make_folder(*state), *store = scratch(*state, "store");
	struct ladle_error err = {0};
	char text[4];
	assert_int_equal(rename(inside(*state, "config.json"), store), 0);
	assert_int_equal(symlink(store, inside(*state, "config.json")), 0);
	assert_int_equal(symlink(store, inside(*state, "assets/link")), 0);
	assert_int_equal(symlink("/nowhere", inside(*state, "assets/loose")), 0);
	assert_int_equal(symlink("/", inside(*state, "assets/folder")), 0);
	assert_int_equal(mkfifo(inside(*state, "assets/fifo"), 0600), 0);
	struct file *file = must_open(*state, folder);
	assert_string_equal(file_catalog(file)->config, CONFIG);
	assert_int_equal(file_catalog(file)->member_count, 7);
	assert_string_equal(file_catalog(file)->members[1].name, "assets/link");
	assert_int_equal(file_read_member(file, 1, 0, 4, text, &err), LADLE_E_INPUT);
	assert_non_null(strstr(err.text, "its assets/link is a link, which is not followed"));
	file_close(file);
}

static void
folders_leave_no_descriptor(void **state)
{
	const char *folder = make_folder(*state);
	file_close(must_open(*state, folder));
	int before = count_descriptors();
	for (int i = 0; i < 50; i++)
		file_close(must_open(*state, folder));
	unlink(inside(*state, "config.json"));
	for (int i = 0; i < 50; i++)
		assert_refused(*state, folder, LADLE_E_INPUT, "model.weights.h5");
	assert_int_equal(count_descriptors(), before);
}

#define MADE(test) cmocka_unit_test_teardown(test, remove_made)

int
main(void)
{
	const struct CMUnitTest tests[] = {
			MADE(a_folder_opens_as_the_archive_that_it_would_be),
			MADE(assets_are_read_with_their_checksum),
			MADE(metadata_and_assets_may_be_missing),
			MADE(what_is_missing_or_bad_is_named),
			MADE(a_folder_is_each_file_in_it),
			MADE(a_change_in_the_folder_is_noticed),
			MADE(links_are_followed_to_weights_and_config_alone),
			MADE(folders_leave_no_descriptor),
	};
	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
