#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/text_file.h"
#include "app/user_folder.h"
#include "base/buf.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The specification of XDG base directories: the defaults, and "all paths must be absolute". */
static void
the_folder_is_the_one_of_the_environment(void **state)
{
	static const struct {
		enum user_folder kind;
		const char *variable, *value, *home, *folder;
	} cases[] = {
			{FOLDER_CACHE, "XDG_CACHE_HOME", "/c", "/h", "/c/ladle"},
			{FOLDER_CACHE, "XDG_CACHE_HOME", NULL, "/h", "/h/.cache/ladle"},
			{FOLDER_CACHE, "XDG_CACHE_HOME", "c", "/h", "/h/.cache/ladle"},
			{FOLDER_CACHE, "XDG_CACHE_HOME", "", "h", NULL},
			{FOLDER_CACHE, "XDG_CACHE_HOME", NULL, NULL, NULL},
			{FOLDER_STATE, "XDG_STATE_HOME", "/s", "/h", "/s/ladle"},
			{FOLDER_STATE, "XDG_STATE_HOME", "", "/h", "/h/.local/state/ladle"},
			{FOLDER_CONFIG, "XDG_CONFIG_HOME", "/o", NULL, "/o/ladle"},
			{FOLDER_CONFIG, "XDG_CONFIG_HOME", "../o", "/h", "/h/.config/ladle"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf folder;

		unsetenv(cases[i].variable);
		unsetenv("HOME");
		if (cases[i].value != NULL)
			setenv(cases[i].variable, cases[i].value, 1);
		if (cases[i].home != NULL)
			setenv("HOME", cases[i].home, 1);
		buf_init(&folder);
		assert_int_equal(user_folder(&folder, cases[i].kind), cases[i].folder != NULL);
		assert_string_equal(buf_string(&folder),
				cases[i].folder == NULL ? "" : cases[i].folder);
		buf_done(&folder);
	}
}

static void
folders_above_are_made_for_their_owner_alone(void **state)
{
	char top[] = "/tmp/ladle-folder-XXXXXX", a[64], file[64];
	struct stat found;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(a, sizeof(a), "%s/a", top);
	snprintf(file, sizeof(file), "%s/a/file", top);
	user_folder_make_above(file);
	assert_int_equal(stat(a, &found), 0);
	assert_int_equal(found.st_mode, S_IFDIR | 0700);
	assert_int_equal(access(file, F_OK), -1);
	rmdir(a);
	rmdir(top);
}

/* What somebody dumps or yanks is like any file that a program makes, and never over another. */
static void
a_new_file_has_the_users_mode_and_replaces_nothing(void **state)
{
	char top[] = "/tmp/ladle-folder-XXXXXX", path[64];
	struct ladle_error err = {0};
	struct buf text, read;
	struct stat found;
	bool there;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/new", top);
	buf_init(&text);
	buf_init(&read);
	buf_text(&text, "one\n");
	mode_t mask = umask(027);
	assert_int_equal(text_file_create(path, &text, &err), LADLE_OK);
	umask(mask);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode, S_IFREG | 0640);
	buf_text(&text, "two\n");
	assert_int_equal(text_file_create(path, &text, &err), LADLE_E_OUTPUT);
	assert_non_null(strstr(err.text, "name another file"));
	assert_int_equal(text_file_read(path, 100, &read, &there, &err), LADLE_OK);
	assert_string_equal(buf_string(&read), "one\n");
	unlink(path);
	rmdir(top);
	buf_done(&read);
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_folder_is_the_one_of_the_environment),
			cmocka_unit_test(folders_above_are_made_for_their_owner_alone),
			cmocka_unit_test(a_new_file_has_the_users_mode_and_replaces_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
