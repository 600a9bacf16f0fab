#include "write/publish.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "write/write_files.h"

/* The device and inode of a path, as the guard's argument. */
struct identity {
	uint64_t device, inode;
};

static struct identity
identity_of(const char *path)
{
	struct stat found;

	assert_int_equal(stat(path, &found), 0);
	return (struct identity){(uint64_t)found.st_dev, (uint64_t)found.st_ino};
}

static bool
is_same(uint64_t device, uint64_t inode, void *arg)
{
	const struct identity *input = arg;

	return input->device == device && input->inode == inode;
}

static void
assert_refused(const char *path, bool force, const struct publish_guard *guard, const char *why)
{
	struct ladle_error err = {0};

	assert_int_equal(publish_check(path, force, guard, &err), LADLE_E_OUTPUT);
	assert_contains(err.text, why);
	assert_string_equal(err.path, path);
}

static void
check_lets_a_new_name_pass(void **state)
{
	assert_int_equal(
			publish_check(scratch_path(*state, "new.h5"), false, NULL, NULL), LADLE_OK);
}

static void
check_names_what_cannot_be_an_output(void **state)
{
	const char *fifo = scratch_path(*state, "fifo");

	assert_refused(((struct scratch *)*state)->folder, true, NULL, "is a directory");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_refused(fifo, true, NULL, "is not a regular file");
	assert_refused("/dev/full", true, NULL, "is not a regular file");
	assert_refused(scratch_path(*state, "no/such/folder.h5"), false, NULL, "No such file");
	assert_refused(scratch_path(*state, "fifo/below.h5"), false, NULL, "Not a directory");
	assert_refused(scratch_path(*state, ""), false, NULL, "names no file");
}

static void
an_existing_file_needs_force(void **state)
{
	const char *path = scratch_path(*state, "old.h5");

	put_text(path, "old");
	assert_refused(path, false, NULL, "exists; --force replaces it");
	assert_int_equal(publish_check(path, true, NULL, NULL), LADLE_OK);
}

static void
a_link_to_nothing_exists_too(void **state)
{
	const char *path = scratch_path(*state, "dangling.h5");

	assert_int_equal(symlink("nowhere", path), 0);
	assert_refused(path, false, NULL, "exists");
	assert_int_equal(publish_check(path, true, NULL, NULL), LADLE_OK);
}

static void
an_input_is_refused_through_every_link(void **state)
{
	const char *input = scratch_path(*state, "input.h5");
	const char *soft = scratch_path(*state, "soft.h5"), *hard = scratch_path(*state, "hard.h5");
	struct identity identity;
	const struct publish_guard guard = {is_same, &identity};

	put_text(input, "input");
	identity = identity_of(input);
	assert_int_equal(symlink(input, soft), 0);
	assert_int_equal(link(input, hard), 0);
	assert_refused(input, true, &guard, "is one of the inputs");
	assert_refused(soft, true, &guard, "is one of the inputs");
	assert_refused(hard, true, &guard, "is one of the inputs");
}

static void
a_folder_that_may_not_be_written_is_named(void **state)
{
	const char *folder = scratch_path(*state, "closed"),
		   *path = scratch_path(*state, "closed/x.h5");
	bool root = geteuid() == 0;

	assert_int_equal(mkdir(folder, 0555), 0);
	assert_int_equal(chmod(((struct scratch *)*state)->folder, 0755), 0);
	assert_int_equal(root ? seteuid(65534) : 0, 0);
	assert_refused(path, false, NULL, "Permission denied");
	assert_int_equal(root ? seteuid(0) : 0, 0);
}

/* Writes `text` and gives it the name. */
static enum ladle_status
publish_text(const char *path, bool force, const char *text, struct ladle_error *err)
{
	struct publication to;
	enum ladle_status status = publish_begin(&to, path, force, err);

	if (status != LADLE_OK)
		return status;
	status = publish_write(&to, text, strlen(text), 0, err);
	if (status == LADLE_OK)
		status = publish_sync(&to, err);
	if (status == LADLE_OK)
		return publish_commit(&to, NULL, err);
	publish_abort(&to);
	return status;
}

static void
assert_text(const char *path, const char *text)
{
	size_t size;
	char *data = file_bytes(path, &size);

	assert_int_equal(size, strlen(text));
	assert_memory_equal(data, text, size);
	free(data);
}

static void
nothing_is_there_until_the_commit(void **state)
{
	struct scratch *scratch = *state;
	const char *path = scratch_path(scratch, "out.h5");
	struct publication to;

	assert_int_equal(publish_begin(&to, path, false, NULL), LADLE_OK);
	assert_int_equal(publish_write(&to, "abc", 3, 0, NULL), LADLE_OK);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(publish_commit(&to, NULL, NULL), LADLE_OK);
	assert_text(path, "abc");
	assert_int_equal(folder_files(scratch->folder, false), 1);
}

static void
abort_leaves_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct publication to;

	assert_int_equal(
			publish_begin(&to, scratch_path(scratch, "out.h5"), false, NULL), LADLE_OK);
	assert_int_equal(publish_write(&to, "abc", 3, 0, NULL), LADLE_OK);
	publish_abort(&to);
	assert_int_equal(folder_files(scratch->folder, false), 0);
}

static void
a_name_taken_meanwhile_is_not_replaced(void **state)
{
	struct scratch *scratch = *state;
	const char *path = scratch_path(scratch, "out.h5");
	struct publication to;
	struct ladle_error err;

	assert_int_equal(publish_begin(&to, path, false, NULL), LADLE_OK);
	put_text(path, "of another");
	assert_int_equal(publish_commit(&to, NULL, &err), LADLE_E_OUTPUT);
	assert_contains(err.text, "exists");
	assert_text(path, "of another");
	assert_int_equal(folder_files(scratch->folder, false), 1);
}

static void
an_input_put_there_meanwhile_is_not_replaced(void **state)
{
	const char *path = scratch_path(*state, "out.h5"),
		   *input = scratch_path(*state, "input.h5");
	struct identity identity;
	const struct publish_guard guard = {is_same, &identity};
	struct publication to;
	struct ladle_error err;

	put_text(input, "input");
	identity = identity_of(input);
	assert_int_equal(publish_begin(&to, path, true, NULL), LADLE_OK);
	assert_int_equal(rename(input, path), 0);
	assert_int_equal(publish_commit(&to, &guard, &err), LADLE_E_OUTPUT);
	assert_contains(err.text, "is one of the inputs");
	assert_text(path, "input");
}

static void
force_replaces_and_leaves_no_second_name(void **state)
{
	struct scratch *scratch = *state;
	const char *path = scratch_path(scratch, "out.h5");

	put_text(path, "old");
	assert_int_equal(publish_text(path, true, "new", NULL), LADLE_OK);
	assert_text(path, "new");
	assert_int_equal(folder_files(scratch->folder, false), 1);
}

static void
force_replaces_a_link_and_not_what_it_leads_to(void **state)
{
	const char *path = scratch_path(*state, "out.h5"),
		   *other = scratch_path(*state, "other.h5");
	struct stat found;

	put_text(other, "other");
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(publish_text(path, true, "new", NULL), LADLE_OK);
	assert_text(path, "new");
	assert_text(other, "other");
	assert_int_equal(lstat(path, &found), 0);
	assert_true(S_ISREG(found.st_mode));
}

static void
the_mode_is_that_of_any_new_file(void **state)
{
	static const mode_t masks[] = {0, 022, 027, 077};
	const char *path = scratch_path(*state, "mode.h5");
	mode_t before = umask(0);
	struct stat found;

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		umask(masks[i]);
		assert_int_equal(publish_text(path, false, "x", NULL), LADLE_OK);
		assert_int_equal(stat(path, &found), 0);
		assert_int_equal(found.st_mode & 07777, 0666 & ~masks[i]);
		assert_int_equal(umask(masks[i]), masks[i]);
		assert_int_equal(unlink(path), 0);
	}
	umask(before);
}

static void
a_replaced_file_keeps_its_mode(void **state)
{
	const char *path = scratch_path(*state, "mode.h5");
	struct stat found;

	put_text(path, "old");
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(publish_text(path, true, "new", NULL), LADLE_OK);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0640);
}

static void
relative_names_are_of_the_present_folder(void **state)
{
	struct scratch *scratch = *state;
	char before[4096];

	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(scratch->folder), 0);
	assert_int_equal(publish_text("bare.h5", false, "x", NULL), LADLE_OK);
	assert_int_equal(chdir(before), 0);
	assert_text(scratch_path(scratch, "bare.h5"), "x");
}

/* The limit's signal would end the process and leave what it had written. */
static void
a_file_beyond_its_limit_is_an_error_and_no_signal(void **state)
{
	struct scratch *scratch = *state;
	struct rlimit before, little;
	struct publication to;
	struct ladle_error err = {0};
	sigset_t pending;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(
			publish_begin(&to, scratch_path(scratch, "big.h5"), false, NULL), LADLE_OK);
	little = (struct rlimit){4096, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	assert_int_equal(publish_reserve(&to, 1 << 20, &err), LADLE_E_OUTPUT);
	assert_contains(err.text, strerror(EFBIG));
	assert_int_equal(publish_write(&to, "x", 1, 1 << 20, &err), LADLE_E_OUTPUT);
	assert_contains(err.text, strerror(EFBIG));
	publish_abort(&to);
	assert_int_equal(sigpending(&pending), 0);
	assert_false(sigismember(&pending, SIGXFSZ));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(folder_files(scratch->folder, false), 0);
}

static void
a_full_disk_is_found_when_room_is_taken(void **state)
{
	const char *folder = scratch_path(*state, "tmpfs"),
		   *path = scratch_path(*state, "tmpfs/x.h5");
	struct publication to;
	struct ladle_error err = {0};

	assert_int_equal(mkdir(folder, 0700), 0);
#ifdef __linux__
	if (mount("tmpfs", folder, "tmpfs", 0, "size=1m")) {
		print_message("a file system may not be mounted here\n");
		skip();
	}
	assert_int_equal(publish_begin(&to, path, false, NULL), LADLE_OK);
	assert_int_equal(publish_reserve(&to, 2 << 20, &err), LADLE_E_OUTPUT);
	assert_contains(err.text, strerror(ENOSPC));
	publish_abort(&to);
	assert_int_equal(folder_files(folder, false), 0);
	assert_int_equal(umount(folder), 0);
#else
	(void)to;
	(void)err;
	(void)path;
	print_message("a file system may not be mounted here\n");
	skip();
#endif
}

#define TEST(name) cmocka_unit_test_setup(name, scratch_clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(check_lets_a_new_name_pass),
			TEST(check_names_what_cannot_be_an_output),
			TEST(an_existing_file_needs_force),
			TEST(a_link_to_nothing_exists_too),
			TEST(an_input_is_refused_through_every_link),
			TEST(a_folder_that_may_not_be_written_is_named),
			TEST(nothing_is_there_until_the_commit),
			TEST(abort_leaves_nothing),
			TEST(a_name_taken_meanwhile_is_not_replaced),
			TEST(an_input_put_there_meanwhile_is_not_replaced),
			TEST(force_replaces_and_leaves_no_second_name),
			TEST(force_replaces_a_link_and_not_what_it_leads_to),
			TEST(the_mode_is_that_of_any_new_file),
			TEST(a_replaced_file_keeps_its_mode),
			TEST(relative_names_are_of_the_present_folder),
			TEST(a_file_beyond_its_limit_is_an_error_and_no_signal),
			TEST(a_full_disk_is_found_when_room_is_taken),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
