#include "app/roles.h"
#include "app_files.h"

#include <sys/stat.h>

static char folder[] = "/tmp/ladle-test-XXXXXX";

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	setenv("XDG_CONFIG_HOME", folder, 1);
	return open_library(state);
}

static void
write_config(const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/ladle", folder);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/ladle/config", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int
tear_down(void **state)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/ladle/config", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/ladle", folder);
	rmdir(path);
	rmdir(folder);
	return close_library(state);
}

static void
defaults_hold_until_something_is_set(void **state)
{
	struct session *session = new_session();

	(void)state;
	assert_string_equal(session_setting(session, "escdelay"), "25");
	assert_string_equal(session_setting(session, "sort"), "file");
	assert_false(session_setting_on(session, "extrapolate"));
	assert_true(session_setting_on(session, "mouse"));
	assert_null(session_setting(session, "no-such"));
	assert_false(session_setting_on(session, "no-such"));
	session_free(session);
}

static void
the_source_of_a_value_is_kept(void **state)
{
	struct session *session = new_session();
	struct buf text;

	(void)state;
	write_config("# mine\nset sort=keep\nset escdelay=100\n");
	assert_int_equal(session_read_config(session, NULL), LADLE_OK);
	expect_run(session, "set escdelay=50");
	buf_init(&text);
	session_settings(session, &text);
	assert_non_null(strstr(buf_string(&text), "sort         keep   config"));
	assert_non_null(strstr(buf_string(&text), "escdelay     50     command"));
	assert_non_null(strstr(buf_string(&text), "mouse        on     default"));
	buf_done(&text);
	session_free(session);
}

static void
the_word_of_older_configs_holds(void **state)
{
	struct session *session = new_session();

	(void)state;
	write_config("set ascii=on\n");
	assert_int_equal(session_read_config(session, NULL), LADLE_OK);
	assert_string_equal(session_setting(session, "glyphs"), "ascii");
	assert_non_null(strstr(session_message(session), "glyphs=ascii, from config"));
	expect_run(session, "set ascii=off");
	assert_string_equal(session_setting(session, "glyphs"), "auto");
	expect_run(session, "set glyphs=braille");
	assert_string_equal(session_setting(session, "glyphs"), "braille");
	assert_int_equal(session_set(session, "ascii", "maybe", "command", NULL), LADLE_E_USAGE);
	session_free(session);
}

static void
no_config_is_no_error(void **state)
{
	struct session *session = new_session();

	(void)state;
	setenv("XDG_CONFIG_HOME", "/tmp/ladle-no-such-folder", 1);
	assert_int_equal(session_read_config(session, NULL), LADLE_OK);
	setenv("XDG_CONFIG_HOME", folder, 1);
	session_free(session);
}

static void
an_error_in_the_config_names_file_and_line(void **state)
{
	struct session *session = new_session();
	struct ladle_error error;

	(void)state;
	write_config("set sort=keep\n\nset sort=size\n");
	assert_int_equal(session_read_config(session, &error), LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "line 3: sort cannot be `size`"));
	assert_non_null(strstr(error.path, "/ladle/config"));
	write_config("color differ bold 196\ncolor difer red\n");
	assert_int_equal(session_read_config(session, &error), LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "line 2: column 7: `difer` is no part of the screen"));
	assert_int_equal(session_roles(session)->own[ROLE_DIFFER].look.color, 196);
	session_free(session);
}

static void
a_value_must_be_one_of_the_values(void **state)
{
	static const struct {
		const char *name, *value;
		enum ladle_status status;
	} cases[] = {
			{"mouse", "on", LADLE_OK},
			{"mouse", "yes", LADLE_E_USAGE},
			{"mouse", "", LADLE_E_USAGE},
			{"mouse", "on|off", LADLE_E_USAGE},
			{"color", "16", LADLE_OK},
			{"color", "1", LADLE_E_USAGE},
			{"escdelay", "0", LADLE_OK},
			{"escdelay", "12x", LADLE_E_USAGE},
			{"escdelay", "", LADLE_E_USAGE},
			{"escdelay", "9999999", LADLE_E_USAGE},
	};
	struct session *session = new_session();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(session_set(session, cases[i].name, cases[i].value, "command",
						 NULL),
				cases[i].status);
	session_free(session);
}

static void
lines_of_the_config_wait_for_the_table(void **state)
{
	struct session *session = new_session();

	(void)state;
	write_config("skip *bias\n");
	assert_int_equal(session_read_config(session, NULL), LADLE_OK);
	add_shared(session, seeds, 2);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	assert_int_equal(session_undo_depth(session), 0);
	session_free(session);
}

/* What a person asked for on the command line, or by NO_COLOR, holds for the whole run. */
static void
a_session_does_not_change_what_an_option_fixed(void **state)
{
	static const struct {
		const char *source, *after;
	} cases[] = {{"--color", "never"}, {"NO_COLOR", "never"}, {"config", "256"},
			{"command", "256"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct session *session = new_session();
		assert_int_equal(session_set(session, "color", "never", cases[i].source, NULL),
				LADLE_OK);
		assert_int_equal(session_set(session, "color", "256", "session", NULL), LADLE_OK);
		assert_string_equal(session_setting(session, "color"), cases[i].after);
		assert_int_equal(session_set(session, "color", "16", "command", NULL), LADLE_OK);
		assert_string_equal(session_setting(session, "color"), "16");
		session_free(session);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(defaults_hold_until_something_is_set),
			cmocka_unit_test(the_source_of_a_value_is_kept),
			cmocka_unit_test(the_word_of_older_configs_holds),
			cmocka_unit_test(no_config_is_no_error),
			cmocka_unit_test(an_error_in_the_config_names_file_and_line),
			cmocka_unit_test(a_value_must_be_one_of_the_values),
			cmocka_unit_test(lines_of_the_config_wait_for_the_table),
			cmocka_unit_test(a_session_does_not_change_what_an_option_fixed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
