/* Sessions that outlive the program: what comes back, from a file and its journal. */
#include "app_files.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>

#include "app/keep.h"
#include "app/text_file.h"

enum { MANY = 160 };

static char folder[64], path[96], journal[112];

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ladle-keep-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/soup.session", folder);
	snprintf(journal, sizeof(journal), "%s.journal", path);
	return 0;
}

static int
remove_folder(void **state)
{
	char command[160];

	(void)state;
	snprintf(command, sizeof(command), "chmod -R u+w %s && rm -rf %s", folder, folder);
	return system(command);
}

static void
expect_ok(enum ladle_status status, const struct ladle_error *error)
{
	if (status != LADLE_OK)
		fail_msg("%s", error->text);
}

/* A live session, settled; files 0: those that the file names. */
static struct session *
live(int files)
{
	struct session *session = new_session();
	struct ladle_error error = {0};

	assert_int_equal(session_set(session, "match", "off", "test", NULL), LADLE_OK);
	add_shared(session, seeds, files);
	expect_ok(session_keep_in(session, path, &error), &error);
	expect_ok(session_start(session, &error), &error);
	session_wait(session);
	assert_non_null(session_table(session));
	return session;
}

/* As a signal that nothing can catch ends it. */
static void
crash(struct session *session)
{
	session_free(session);
}

static void
finish(struct session *session)
{
	struct ladle_error error = {0};

	expect_ok(session_keep_end(session, &error), &error);
	session_free(session);
}

static char *
text_at(const char *name, size_t *length)
{
	struct buf text;
	bool found;

	buf_init(&text);
	assert_int_equal(text_file_read(name, 1 << 26, &text, &found, NULL), LADLE_OK);
	*length = text.length;
	return found ? text.data : NULL;
}

static void
write_file(const char *name, const char *text, size_t length)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

/* Without the names of files, which are from the root where a session is opened again. */
static char *
mix_of(const struct session *session)
{
	char *recipe = recipe_of(session), *at = recipe, *last = recipe;

	while ((at = strstr(at, "open ")) != NULL)
		last = at = strchr(at, '\n') + 1;
	memmove(recipe, last, strlen(last) + 1);
	if ((at = strstr(recipe, "write ")) != NULL)
		*at = '\0';
	return recipe;
}

/* Every state that undo and redo reach is the same in both, from one end to the other. */
static void
expect_same_history(struct session *a, struct session *b)
{
	assert_int_equal(session_undo_depth(a), session_undo_depth(b));
	assert_int_equal(session_redo_depth(a), session_redo_depth(b));
	while (session_undo_depth(a) > 0) {
		assert_string_equal(session_last_change(a), session_last_change(b));
		expect_run(a, "undo");
		expect_run(b, "undo");
		session_wait(a);
		session_wait(b);
	}
	for (bool more = true; more;) {
		char *first = mix_of(a), *second = mix_of(b);
		struct weights weights = weights_of(a);
		assert_string_equal(first, second);
		expect_same_weights(b, &weights);
		free(weights.values);
		free(first);
		free(second);
		more = session_redo_depth(a) > 0;
		if (!more)
			break;
		expect_run(a, "redo");
		expect_run(b, "redo");
		session_wait(a);
		session_wait(b);
	}
}

/* ---- what a person does ---- */

static const char *const changes[] = {"mix A=.5 B=.3 C=.2", "mix A=0.1 B=1e-3",
		"mix A=1 B=0 on *kernel", "mix C=.7 on re:^conv.*bias$", "skip class:Dense",
		"normalise off", "normalise on", "template B", "lock A", "mute C", "solo B", "lock A off",
		"mute C off", "solo B off", "equal", "unrule 1", "optimizer keep", "optimizer drop",
		"repair bn", "repair none", "undo", "undo", "undo", "redo", "redo", "mix B=2 on digits",
		"scene save one", "scene save two", "scene one", "toggle-scene", "scene drop two"};

static unsigned long long random_state = 20;

static unsigned
next_random(unsigned below)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(random_state >> 33) % below;
}

static void
do_something(struct session *session)
{
	struct ladle_fader fader;

	if (next_random(5) == 0) {
		uint32_t column = next_random(3);
		fader = *ladle_mix_fader_const(session_mix(session), column);
		fader.set = 1 + next_random(100) / 7.0;
		session_fader(session, column, &fader, NULL);
		return;
	}
	session_run(session, changes[next_random(sizeof(changes) / sizeof(changes[0]))], NULL);
}

static void
a_crash_at_any_moment_loses_nothing(void **state)
{
	struct session *session = live(3);

	(void)state;
	for (int i = 0; i < MANY; i++) {
		do_something(session);
		session_wait(session);
	}
	size_t file_length, length;
	char *file = text_at(path, &file_length), *records = text_at(journal, &length);
	assert_non_null(file);
	assert_non_null(records);
	/* The lock is this process's own, so the copy stands elsewhere. */
	strcat(path, "2");
	strcat(journal, "");
	write_file(path, file, file_length);
	snprintf(journal, sizeof(journal), "%s.journal", path);
	write_file(journal, records, length);
	struct session *again = live(0);
	expect_same_history(session, again);
	crash(session);
	crash(again);
	free(file);
	free(records);
}

/* Across branches, several states down at once. */
static void
a_jump_in_the_tree_is_replayed(void **state)
{
	struct session *session = live(3);
	struct ladle_error error = {0};

	(void)state;
	expect_run(session, "mix A=.5");
	expect_run(session, "lock A");
	expect_run(session, "normalise off");
	expect_run(session, "undo");
	expect_run(session, "undo");
	expect_run(session, "undo");
	expect_run(session, "mix A=.25");
	expect_run(session, "lock B");
	expect_ok(session_go_change(session, 3, &error), &error);
	assert_int_equal(session_undo_depth(session), 3);
	char *mix = mix_of(session);
	crash(session);
	session = live(0);
	char *again = mix_of(session);
	assert_string_equal(mix, again);
	assert_int_equal(session_undo_depth(session), 3);
	assert_string_equal(session_last_change(session), "normalise off");
	expect_run(session, "undo");
	assert_string_equal(session_last_change(session), "lock A");
	expect_run(session, "undo");
	assert_string_equal(session_last_change(session), "mix A=0.5");
	crash(session);
	free(mix);
	free(again);
}

static void
every_command_comes_back(void **state)
{
	static const char *const lines[] = {"mix A=.5", "mix A=1 on conv*", "skip digits",
			"normalise off", "template B", "mute C", "solo A", "lock B", "equal", "unrule 1",
			"optimizer keep", "repair bn", "pair A:hidden B:hidden", "unpair 1",
			"align B to A", "unalign B", "ema on", "ema off", "drop C",
			"open sample-data/seed13.keras as Z", "mix Z=.25", "set extrapolate=on",
			"scene save first", "mix A=-.125 B=.7", "scene save \"second one\"",
			"scene first", "mix A=-.125 B=.7", "epochs B A", "write soup.keras"};

	(void)state;
	struct session *session = live(3);
	assert_int_equal(session_set_output(session, "soup.keras", -1, false, NULL), LADLE_OK);
	for (size_t i = 0; i + 1 < sizeof(lines) / sizeof(lines[0]); i++) {
		expect_run(session, lines[i]);
		session_wait(session);
	}
	char *recipe = mix_of(session);
	finish(session);
	struct session *again = live(0);
	char *second = mix_of(again);
	size_t length;
	char *before = text_at(path, &length);
	assert_non_null(strstr(second, "mix A=-0.125 B=0.7 Z=0.25\n"));
	assert_string_equal(recipe, second);
	assert_non_null(strstr(before, "\nepochs B A\n"));
	assert_non_null(strstr(before, "\nwrite /"));
	assert_string_equal(strrchr(session_export_options(again)->path, '/'), "/soup.keras");
	assert_int_equal(session_undo_depth(again), 26);
	finish(again);
	size_t length_after;
	char *after = text_at(path, &length_after);
	assert_string_equal(before, after);
	free(before);
	free(after);
	free(recipe);
	free(second);
}

static void
a_torn_journal_gives_its_whole_lines(void **state)
{
	struct session *session = live(3);

	(void)state;
	expect_run(session, "mix A=.5");
	expect_run(session, "mix A=0 B=1 on conv*");
	expect_run(session, "undo");
	expect_run(session, "skip \"digits*\"");
	size_t file_length, length;
	char *file = text_at(path, &file_length), *records = text_at(journal, &length);
	assert_non_null(records);
	crash(session);
	const char *second = strchr(records, '\n') + 1;
	for (size_t cut = 0; cut <= length; cut++) {
		struct saved saved;
		struct buf text, whole;
		int lines = 0;
		for (size_t i = (size_t)(second - records); i < cut; i++)
			lines += records[i] == '\n';
		write_file(journal, records, cut);
		buf_init(&text);
		buf_init(&whole);
		buf_append(&text, file, file_length);
		struct journal *opened;
		bool locked;
		assert_int_equal(journal_open(&opened, path, false, &locked, NULL), LADLE_OK);
		assert_int_equal(journal_read(opened, &text, &whole, NULL), LADLE_OK);
		assert_int_equal(saved_read(&saved, file, file_length, NULL), LADLE_OK);
		assert_int_equal(saved_replay(&saved, buf_string(&whole), whole.length, NULL), lines);
		assert_int_equal(saved.count, lines < 3 ? lines + 1 : 3);
		assert_int_equal(saved.present, lines == 3 ? 1 : lines == 4 ? 2 : lines);
		journal_close(opened, false);
		saved_free(&saved);
		buf_done(&text);
		buf_done(&whole);
	}
	free(file);
	free(records);
}

static void
a_journal_of_another_file_is_not_read(void **state)
{
	struct session *session = live(2);

	(void)state;
	expect_run(session, "mix A=.5");
	expect_run(session, "mix A=.25");
	size_t length, file_length;
	char *records = text_at(journal, &length), *file = text_at(path, &file_length);
	assert_int_equal(session_keep_end(session, NULL), LADLE_OK);
	session_free(session);
	assert_int_equal(access(journal, F_OK), -1);
	write_file(journal, records, length); /* the end came before it was taken away */
	session = live(0);
	assert_string_equal(session_last_change(session), "mix A=0.25");
	assert_int_equal(session_undo_depth(session), 2);
	crash(session);
	free(records);
	free(file);
}

static void
a_file_that_is_no_session_is_left_alone(void **state)
{
	static const char text[] = "dear diary\n";
	struct session *session = new_session();
	struct ladle_error error = {0};

	(void)state;
	write_file(path, text, sizeof(text) - 1);
	add_shared(session, seeds, 2);
	assert_int_equal(session_keep_in(session, path, &error), LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "line 1"));
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	char line[128];
	snprintf(line, sizeof(line), "session save %s", path);
	assert_int_equal(session_run(session, line, &error), LADLE_E_OUTPUT);
	size_t length;
	char *now = text_at(path, &length);
	assert_string_equal(now, text);
	free(now);
	session_free(session);
}

static void
a_wrong_line_is_named_and_nothing_is_done(void **state)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
			{"# ladle session 2\nopen a.h5 as A\n", "line 1"},
			{"# ladle session 1\nopen a.h5 as A\nbrew tea\n", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\nquit\n", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\ndump /tmp/x\n", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\ngo x\nmix A=1\n", "line 4"},
			{"# ladle session 1\nopen a.h5 as A\nmix Q=1\n", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\nstep x 1 9\n", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\nstep x 2 0 'mix Q=1'\n", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\nstep x 2 0 'quit'\n", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\nstep x 2 0 \"mix A=1\\nquit\"\n", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\nundo\n", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\nundo", "line 3"},
			{"# ladle session 1\nopen a.h5 as A\nmix A=\x1b[2J\n", "line 3"},
			{"# ladle session 1\nset sort=name\n", "no file"},
			{"# ladle session 1\nset sort=nonsense\nopen a.h5 as A\n", "sort"},
			{"# ladle session 1\n\xff\xfe\x01\n", "line 2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct session *session = new_session();
		struct ladle_error error = {0};
		write_file(path, wrong[i].text, strlen(wrong[i].text));
		if (session_keep_in(session, path, &error) != LADLE_E_USAGE)
			fail_msg("taken: %s", wrong[i].text);
		if (strstr(error.text, wrong[i].says) == NULL)
			fail_msg("%s\nsays: %s", wrong[i].text, error.text);
		for (const char *at = error.text; *at != '\0'; at++)
			assert_true((unsigned char)*at >= ' ');
		assert_int_equal(session_file_count(session), 0);
		session_free(session);
	}
}

static void
a_huge_or_binary_file_is_refused(void **state)
{
	struct session *session = new_session();
	struct ladle_error error = {0};
	static const char binary[] = "# ladle session 1\nopen a.h5 as A\0\n";

	(void)state;
	write_file(path, binary, sizeof(binary) - 1);
	assert_int_equal(session_keep_in(session, path, &error), LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "line 2"));
	session_free(session);
	session = new_session();
	assert_int_equal(truncate(path, (off_t)SAVED_LARGEST + 1), 0);
	assert_int_equal(session_keep_in(session, path, &error), LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "larger than 16 MiB"));
	session_free(session);
}

static void
two_of_one_session_do_not_mix(void **state)
{
	struct session *first = live(2), *second;

	(void)state;
	expect_run(first, "mix A=.5");
	second = live(2);
	assert_non_null(strstr(session_message(second), "another ladle has it open"));
	expect_run(second, "mix A=.25");
	assert_int_equal(session_keep_end(second, NULL), LADLE_OK);
	session_free(second);
	finish(first);
	first = live(0);
	assert_string_equal(session_last_change(first), "mix A=0.5");
	session_free(first);
}

static void
a_place_that_cannot_be_written_is_said_once(void **state)
{
	struct session *session;

	(void)state;
	if (geteuid() == 0) /* whom no mode stops: a folder that is not there does */
		snprintf(path, sizeof(path), "%s/none/soup.session", folder);
	else
		assert_int_equal(chmod(folder, 0500), 0);
	session = live(2);
	expect_run(session, "mix A=.5");
	assert_non_null(strstr(session_message(session), "not kept"));
	assert_true(session_message_is_error(session));
	assert_true(session_poll(session) & SESSION_MESSAGE);
	expect_run(session, "mix A=.25");
	assert_false(session_poll(session) & SESSION_MESSAGE);
	assert_int_equal(session_undo_depth(session), 2);
	assert_int_equal(session_keep_end(session, NULL), LADLE_E_OUTPUT);
	session_free(session);
}

static void
files_that_are_named_must_be_those_of_the_session(void **state)
{
	struct session *session = live(2);
	struct ladle_error error = {0};

	(void)state;
	expect_run(session, "mix A=.5");
	finish(session);
	session = new_session();
	add_shared(session, seeds, 3);
	assert_int_equal(session_keep_in(session, path, &error), LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "other files"));
	session_free(session);
	session = live(2);
	assert_int_equal(session_undo_depth(session), 1);
	session_free(session);
}

static void
what_cannot_be_restored_whole_is_not_written_over(void **state)
{
	struct session *session = live(3);

	(void)state;
	expect_run(session, "mix A=.5 B=.25 C=1");
	finish(session);
	size_t length;
	char *text = text_at(path, &length), *third = strstr(text, "seed13");
	memcpy(third, "gone13", 6);
	write_file(path, text, length);
	session = live(0);
	expect_run(session, "mix A=1");
	assert_int_equal(session_keep_end(session, NULL), LADLE_OK);
	session_free(session);
	char *now = text_at(path, &length);
	assert_string_equal(now, text);
	free(now);
	free(text);
}

static void
a_session_file_is_its_owners_alone(void **state)
{
	struct session *session = live(2);
	struct stat found;

	(void)state;
	expect_run(session, "mix A=.5");
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
	assert_int_equal(stat(journal, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
	session_free(session);
}

int
main(void)
{
#define KEPT(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
			KEPT(a_crash_at_any_moment_loses_nothing),
			KEPT(a_jump_in_the_tree_is_replayed),
			KEPT(every_command_comes_back),
			KEPT(a_torn_journal_gives_its_whole_lines),
			KEPT(a_journal_of_another_file_is_not_read),
			KEPT(a_file_that_is_no_session_is_left_alone),
			KEPT(a_wrong_line_is_named_and_nothing_is_done),
			KEPT(a_huge_or_binary_file_is_refused),
			KEPT(two_of_one_session_do_not_mix),
			KEPT(a_place_that_cannot_be_written_is_said_once),
			KEPT(files_that_are_named_must_be_those_of_the_session),
			KEPT(what_cannot_be_restored_whole_is_not_written_over),
			KEPT(a_session_file_is_its_owners_alone),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
