#include "app_files.h"

#include <sys/stat.h>

static char folder[] = "/tmp/ladle-test-XXXXXX";

static int
set_up(void **state)
{
	return mkdtemp(folder) == NULL ? -1 : open_library(state);
}

static int
tear_down(void **state)
{
	rmdir(folder);
	return close_library(state);
}

static void
path_of(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", folder, name);
}

static void
write_line(char line[160], const char *command, const char *name)
{
	snprintf(line, 160, "%s %s/%s", command, folder, name);
}

static char *
read_file(const char *path, size_t *size)
{
	struct stat info;
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &info), 0);
	*size = (size_t)info.st_size;
	char *bytes = malloc(*size + 1);
	assert_int_equal(fread(bytes, 1, *size, file), *size);
	fclose(file);
	return bytes;
}

static void
an_export_behind_writes_the_file_and_says_so(void **state)
{
	struct session *session = load_seeds(2);
	char path[128], line[160];

	(void)state;
	path_of(path, "soup.keras");
	write_line(line, "write", "soup.keras");
	expect_run(session, "mix A=.25 B=.75");
	assert_true(session_unsaved(session));
	assert_int_equal(session_export(session).state, EXPORT_IDLE);
	expect_run(session, line);
	assert_int_equal(session_export(session).state, EXPORT_RUNNING);
	expect_refused(session, "write", "is being written");
	session_wait(session);
	struct session_export export = session_export(session);
	assert_int_equal(export.state, EXPORT_DONE);
	assert_string_equal(export.path, path);
	assert_true(export.report.averaged > 0);
	assert_int_equal(export.report.averaged + export.report.copied, export.report.tensors);
	assert_int_equal(strlen(export.report.sha256), 64);
	assert_false(session_unsaved(session));
	assert_false(session_message_is_error(session));
	assert_non_null(strstr(session_message(session), "wrote "));
	assert_int_equal(unlink(path), 0);
	session_free(session);
}

/* The recipe inside, replayed under another name, writes the same bytes. */
static void
the_recipe_inside_makes_the_same_bytes(void **state)
{
	struct session *session = load_seeds(3), *reader = new_session(), *again = new_session();
	struct ladle_export_options options = {.format = -1};
	struct ladle_export_report report;
	char first[128], second[128], line[160];
	size_t first_size, second_size;

	(void)state;
	path_of(first, "first.keras");
	path_of(second, "second.keras");
	write_line(line, "write", "first.keras");
	expect_run(session, "mix A=.5 B=.3 C=.2");
	expect_run(session, "mix A=1 B=0 C=0 on conv_a");
	expect_run(session, "skip *bias");
	expect_run(session, line);
	session_wait(session);
	assert_int_equal(session_export(session).state, EXPORT_DONE);

	assert_int_equal(session_add(reader, NULL, first, NULL), LADLE_OK);
	assert_int_equal(session_load(reader, NULL), LADLE_OK);
	const char *recipe = ladle_checkpoint_recipe(session_file(reader, 0)->checkpoint);
	assert_non_null(recipe);
	assert_null(strstr(recipe, "\nwrite "));
	assert_int_equal(session_read_recipe(again, recipe, NULL, NULL), LADLE_OK);
	assert_int_equal(session_load(again, NULL), LADLE_OK);
	options.path = second;
	assert_int_equal(session_export_now(again, &options, NULL, &report, NULL), LADLE_OK);
	assert_string_equal(report.sha256, session_export(session).report.sha256);
	char *a = read_file(first, &first_size), *b = read_file(second, &second_size);
	assert_int_equal(first_size, second_size);
	assert_memory_equal(a, b, first_size);
	free(a);
	free(b);
	unlink(first);
	unlink(second);
	session_free(session);
	session_free(reader);
	session_free(again);
}

static void
exporting_now_gives_the_figures_of_the_same_pass(void **state)
{
	struct session *session = load_seeds(2);
	struct ladle_export_options options = {.format = -1};
	struct ladle_export_report report;
	char path[128];

	(void)state;
	path_of(path, "now.keras");
	options.path = path;
	assert_int_equal(session_verdict(session).state, LADLE_PENDING);
	assert_int_equal(session_export_now(session, &options, NULL, &report, NULL), LADLE_OK);
	assert_int_equal(session_verdict(session).pending, 0);
	assert_int_equal(session_verdict(session).state, LADLE_DIFFER);
	unlink(path);
	session_free(session);
}

static void
a_canceled_export_leaves_a_whole_file_or_none(void **state)
{
	char path[128], line[160];
	struct stat info;

	(void)state;
	path_of(path, "canceled.keras");
	write_line(line, "write", "canceled.keras");
	for (int i = 0; i < 5; i++) {
		struct session *session = load_seeds(3);
		expect_run(session, line);
		expect_run(session, "cancel");
		session_wait(session);
		struct session_export export = session_export(session);
		if (export.state == EXPORT_DONE) {
			assert_int_equal(unlink(path), 0);
		} else {
			assert_int_equal(export.state, EXPORT_FAILED);
			assert_int_equal(export.error.status, LADLE_E_CANCELED);
			assert_int_equal(stat(path, &info), -1);
		}
		expect_run(session, "mix A=.5");
		session_free(session);
	}
}

static void
what_exists_is_replaced_only_by_force(void **state)
{
	struct session *session = load_seeds(2);
	char path[128], line[160];

	(void)state;
	path_of(path, "twice.keras");
	write_line(line, "write", "twice.keras");
	expect_run(session, line);
	session_wait(session);
	assert_int_equal(session_export(session).state, EXPORT_DONE);
	expect_run(session, "w");
	session_wait(session);
	assert_int_equal(session_export(session).state, EXPORT_FAILED);
	assert_int_equal(session_export(session).error.status, LADLE_E_OUTPUT);
	assert_true(session_message_is_error(session));
	expect_run(session, "w!");
	session_wait(session);
	assert_int_equal(session_export(session).state, EXPORT_DONE);
	assert_int_equal(unlink(path), 0);
	session_free(session);
}

static void
copy_file(const char *from, const char *to)
{
	size_t size;
	char *bytes = read_file(from, &size);
	FILE *file = fopen(to, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	free(bytes);
}

static void
an_input_is_never_written(void **state)
{
	struct session *session = new_session();
	char line[160], path[128];

	(void)state;
	path_of(path, "input.keras");
	copy_file(seeds[0], path);
	assert_int_equal(session_add(session, NULL, path, NULL), LADLE_OK);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	write_line(line, "write!", "input.keras");
	expect_run(session, line);
	session_wait(session);
	assert_int_equal(session_export(session).state, EXPORT_FAILED);
	assert_int_equal(session_export(session).error.status, LADLE_E_OUTPUT);
	assert_int_equal(unlink(path), 0);
	session_free(session);
}

static void
a_dry_run_writes_nothing(void **state)
{
	struct session *session = load_seeds(2);
	struct stat info;
	char path[128];

	(void)state;
	path_of(path, "dry.keras");
	assert_int_equal(session_set_output(session, path, -1, false, NULL), LADLE_OK);
	expect_run(session, "mix A=.5");
	assert_int_equal(session_export_start(session, true, NULL), LADLE_OK);
	session_wait(session);
	assert_int_equal(session_export(session).state, EXPORT_DONE);
	assert_string_equal(session_export(session).report.sha256, "");
	assert_int_equal(stat(path, &info), -1);
	assert_true(session_unsaved(session));
	assert_non_null(strstr(session_message(session), "dry run"));
	session_free(session);
}

static void
the_mix_may_change_while_it_is_written(void **state)
{
	struct session *session = new_session();
	char path[128], line[160];

	(void)state;
	add_shared(session, seeds, 3);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	while (session_table(session) == NULL)
		session_poll(session);
	path_of(path, "moving.keras");
	write_line(line, "write", "moving.keras");
	expect_run(session, line);
	for (int i = 1; i <= 100; i++) {
		struct ladle_fader fader = {.set = i / 100.0};
		assert_int_equal(session_fader(session, 1, &fader, NULL), LADLE_OK);
		session_poll(session);
		session_verdict(session);
	}
	expect_run(session, "drop C");
	session_wait(session);
	assert_int_equal(session_export(session).state, EXPORT_DONE);
	assert_true(session_unsaved(session));
	assert_int_equal(unlink(path), 0);
	session_free(session);
}

static void
the_suggested_name_says_what_is_in_it(void **state)
{
	struct session *session = load_seeds(3);
	struct buf name;

	(void)state;
	buf_init(&name);
	expect_run(session, "mix A=.5 B=.25 C=.25");
	session_suggest_output(session, &name);
	assert_string_equal(buf_string(&name), "mix-A50-B25-C25.keras");
	buf_clear(&name);
	expect_run(session, "mute B");
	session_suggest_output(session, &name);
	assert_string_equal(buf_string(&name), "mix-A67-C33.keras");
	buf_done(&name);
	session_free(session);
}

static void
an_output_that_cannot_be_is_refused_at_once(void **state)
{
	static const char *const epochs[] = {
			"epochs-k2/weights.07-0.27.hdf5", "epochs-k2/weights.08-0.20.hdf5"};
	struct session *session = new_session();

	(void)state;
	add_shared(session, epochs, 2);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	/* A weights file has no config, without which no .keras can be written. */
	assert_int_equal(session_set_output(session, "soup.keras", -1, false, NULL), LADLE_E_USAGE);
	assert_int_equal(session_set_output(session, "", -1, false, NULL), LADLE_E_USAGE);
	assert_null(session_export_options(session)->path);
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_export_behind_writes_the_file_and_says_so),
			cmocka_unit_test(the_recipe_inside_makes_the_same_bytes),
			cmocka_unit_test(exporting_now_gives_the_figures_of_the_same_pass),
			cmocka_unit_test(a_canceled_export_leaves_a_whole_file_or_none),
			cmocka_unit_test(what_exists_is_replaced_only_by_force),
			cmocka_unit_test(an_input_is_never_written),
			cmocka_unit_test(a_dry_run_writes_nothing),
			cmocka_unit_test(the_mix_may_change_while_it_is_written),
			cmocka_unit_test(the_suggested_name_says_what_is_in_it),
			cmocka_unit_test(an_output_that_cannot_be_is_refused_at_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
