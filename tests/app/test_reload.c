/* Files that change on disk while they are open. */
#include "app_files.h"
#include "own_files.h"

#include <fcntl.h>
#include <sys/stat.h>

static struct session *
open_place(const struct place *place)
{
	struct session *session = new_session();

	assert_int_equal(session_add(session, NULL, place->a, NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, place->b, NULL), LADLE_OK);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	return session;
}

/* As a training job saves: another file takes the name. */
static void
replace(const struct place *place, const char *by)
{
	char other[128];

	snprintf(other, sizeof(other), "%s.new", place->b);
	copy_file(by, other);
	assert_int_equal(rename(other, place->b), 0);
}

static void
rewrite(const struct place *place)
{
	copy_file("sample-data/run-restart.h5", place->b);
}

static void
cut(const struct place *place)
{
	assert_int_equal(truncate(place->b, 1000), 0);
}

static void
rename_over(const struct place *place)
{
	replace(place, "sample-data/run-restart.h5");
}

static void
delete(const struct place *place)
{
	assert_int_equal(unlink(place->b), 0);
}

static void
touch(const struct place *place)
{
	const struct timespec times[2] = {{5, 0}, {5, 7}};

	assert_int_equal(utimensat(AT_FDCWD, place->b, times, 0), 0);
}

static double
keep_of(struct session *session)
{
	return session_verdict(session).keep;
}

static void
what_became_of_a_file_is_said(void **state)
{
	static const struct {
		void (*change)(const struct place *);
		enum ladle_status status;
		const char *message;
	} cases[] = {
			{rename_over, LADLE_E_CHANGED,
					"B b.h5 was replaced on disk; :reload reads it again"},
			{cut, LADLE_E_CHANGED, "B b.h5 changed on disk: it had"},
			{rewrite, LADLE_E_CHANGED, "B b.h5 changed on disk"},
			{touch, LADLE_E_CHANGED,
					"B b.h5 changed on disk; :reload reads it again"},
			{delete, LADLE_E_INPUT,
					"B b.h5 is gone from disk: No such file or directory"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place place = make_place();
		struct session *session = open_place(&place);
		double keep = keep_of(session);

		session_look(session);
		assert_false(session_poll(session) & SESSION_CHANGED);
		cases[i].change(&place);
		session_look(session);
		assert_true(session_poll(session) & SESSION_CHANGED);
		assert_int_equal(session_file(session, 0)->changed.status, LADLE_OK);
		assert_int_equal(session_file(session, 1)->changed.status, cases[i].status);
		if (strstr(session_message(session), cases[i].message) == NULL)
			fail_msg("`%s`", session_message(session));
		/* Once; and what was read stays. */
		session_look(session);
		assert_false(session_poll(session) & SESSION_CHANGED);
		assert_true(keep_of(session) == keep);
		session_free(session);
		remove_place(&place);
	}
}

static void
a_file_that_comes_back_is_no_news_any_more(void **state)
{
	struct place place = make_place();
	struct session *session = open_place(&place);
	char aside[128];

	(void)state;
	snprintf(aside, sizeof(aside), "%s.aside", place.b);
	assert_int_equal(rename(place.b, aside), 0);
	session_look(session);
	assert_int_equal(session_file(session, 1)->changed.status, LADLE_E_INPUT);
	/* A link more, a name less: the bytes are the same. */
	assert_int_equal(link(aside, place.b), 0);
	session_look(session);
	assert_int_equal(session_file(session, 1)->changed.status, LADLE_OK);
	session_free(session);
	remove_place(&place);
}

static void
reload_reads_the_new_file_and_keeps_the_mix(void **state)
{
	struct place place = make_place();
	struct session *session = open_place(&place), *fresh;

	(void)state;
	expect_run(session, "mix A=.25 B=.75");
	expect_run(session, "skip *bias");
	double old = keep_of(session);
	rename_over(&place);
	expect_run(session, "reload");
	session_wait(session);
	assert_int_equal(session_file(session, 1)->changed.status, LADLE_OK);
	assert_true(ladle_mix_fader_const(session_mix(session), 1)->set == .75);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	fresh = open_place(&place);
	expect_run(fresh, "mix A=.25 B=.75");
	assert_true(keep_of(session) == keep_of(fresh));
	assert_true(keep_of(session) != old);
	/* What was open before is still there. */
	expect_run(session, "undo");
	session_wait(session);
	assert_true(keep_of(session) == old);
	session_free(fresh);
	session_free(session);
	remove_place(&place);
}

static void
reload_takes_what_changed_or_failed_or_is_named(void **state)
{
	struct place place = make_place();
	struct session *session = open_place(&place);
	const struct ladle_table *table = session_table(session);

	(void)state;
	expect_refused(session, "reload", "no file changed on disk");
	expect_refused(session, "reload C", "no checkpoint `C`");
	expect_refused(session, "reload A B", "reload [NAME]");
	assert_ptr_equal(session_table(session), table);
	const struct ladle_checkpoint *a = session_file(session, 0)->checkpoint;
	expect_run(session, "reload B");
	session_wait(session);
	assert_ptr_equal(session_file(session, 0)->checkpoint, a);
	assert_true(session_table(session) != table);
	session_free(session);
	cut(&place);
	session = open_place(&place);
	assert_int_equal(session_file(session, 1)->state, COLUMN_FAILED);
	copy_file("sample-data/run-epoch08.h5", place.b);
	expect_run(session, "reload");
	session_wait(session);
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	session_free(session);
	remove_place(&place);
}

/* A training job that is not done with saving. */
static void
what_cannot_be_read_again_stays_as_it_was(void **state)
{
	struct place place = make_place();
	struct session *session = open_place(&place);
	const struct ladle_table *table = session_table(session);
	double keep = keep_of(session);

	(void)state;
	replace(&place, "sample-data/run-epoch08.h5");
	cut(&place);
	expect_run(session, "reload");
	session_wait(session);
	assert_non_null(strstr(session_message(session), place.b));
	assert_non_null(strstr(session_message(session), "; what was open stays"));
	assert_true(session_message_is_error(session));
	assert_ptr_equal(session_table(session), table);
	assert_true(keep_of(session) == keep);
	assert_int_equal(session_file(session, 1)->state, COLUMN_OPEN);
	assert_int_equal(session_file(session, 1)->changed.status, LADLE_E_CHANGED);
	session_free(session);
	remove_place(&place);
}

/* ---- export ---- */

static struct session_export
export_to(struct session *session, const struct place *place, const char *name,
		struct ladle_error *error)
{
	char line[128];

	snprintf(line, sizeof(line), "%s/%s", place->folder, name);
	assert_int_equal(session_set_output(session, line, -1, true, NULL), LADLE_OK);
	*error = (struct ladle_error){.status = LADLE_OK};
	if (session_export_start(session, false, error) != LADLE_OK)
		return (struct session_export){.state = EXPORT_FAILED};
	session_wait(session);
	return session_export(session);
}

static void
two_versions_are_never_mixed(void **state)
{
	static void (*const changes[])(const struct place *) = {rename_over, cut, rewrite, touch};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct place place = make_place();
		struct session *session = open_place(&place);
		struct ladle_error error;
		char out[128];

		changes[i](&place);
		struct session_export done = export_to(session, &place, "out.h5", &error);
		assert_int_equal(done.state, EXPORT_FAILED);
		assert_int_equal(error.status, LADLE_E_CHANGED);
		assert_string_equal(error.path, place.b);
		assert_non_null(strstr(error.text, "`reload B` reads it again"));
		snprintf(out, sizeof(out), "%s/out.h5", place.folder);
		assert_int_equal(access(out, F_OK), -1);
		session_free(session);
		remove_place(&place);
	}
}

/* All bytes of what was opened are still there, and no others. */
static void
what_is_gone_can_still_be_exported(void **state)
{
	struct place place = make_place();
	struct session *session = open_place(&place);
	struct ladle_error error;

	(void)state;
	struct session_export before = export_to(session, &place, "before.h5", &error);
	assert_int_equal(before.state, EXPORT_DONE);
	delete (&place);
	struct session_export after = export_to(session, &place, "after.h5", &error);
	assert_int_equal(after.state, EXPORT_DONE);
	assert_string_equal(before.report.sha256, after.report.sha256);
	session_free(session);
	remove_place(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(what_became_of_a_file_is_said),
			cmocka_unit_test(a_file_that_comes_back_is_no_news_any_more),
			cmocka_unit_test(reload_reads_the_new_file_and_keeps_the_mix),
			cmocka_unit_test(reload_takes_what_changed_or_failed_or_is_named),
			cmocka_unit_test(what_cannot_be_read_again_stays_as_it_was),
			cmocka_unit_test(two_versions_are_never_mixed),
			cmocka_unit_test(what_is_gone_can_still_be_exported),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
