/* What runs behind: opening, pairing and measuring while the owner's thread changes the mix. */
#include "app_files.h"

#include <poll.h>
#include <stdatomic.h>

static struct session *
start_seeds(int count)
{
	struct session *session = new_session();

	add_shared(session, seeds, count);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	return session;
}

static void
open_line(char line[600], int seed)
{
	char path[512];

	shared_path(path, seeds[seed]);
	snprintf(line, 600, "open %s", path);
}

static void
lines_typed_before_the_table_wait_for_it(void **state)
{
	struct session *session = start_seeds(2);

	(void)state;
	expect_run(session, "mix A=.25 B=.75");
	expect_run(session, "skip *bias");
	expect_refused(session, "mix A=x", "no number");
	expect_refused(session, "mix Q=1", "no checkpoint `Q`");
	session_wait(session);
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == .25);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	/* They were typed by a person: undone one by one. */
	assert_int_equal(session_undo_depth(session), 2);
	session_free(session);
}

static void
lines_given_before_the_start_are_no_change(void **state)
{
	struct session *session = new_session();

	(void)state;
	add_shared(session, seeds, 2);
	expect_run(session, "mix A=.25 B=.75");
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == .25);
	assert_int_equal(session_undo_depth(session), 0);
	assert_false(session_unsaved(session));
	session_free(session);
}

static void
a_waiting_line_that_fails_is_a_message(void **state)
{
	struct session *session = start_seeds(2);

	(void)state;
	expect_run(session, "skip nothing*");
	session_wait(session);
	assert_true(session_message_is_error(session));
	assert_non_null(strstr(session_message(session), "nothing*"));
	assert_non_null(session_table(session));
	session_free(session);
}

static void
a_file_opened_later_joins_the_table(void **state)
{
	struct session *session = start_seeds(2);
	char line[600];

	(void)state;
	session_wait(session);
	const struct ladle_table *before = session_table(session);
	expect_run(session, "mix A=.5");
	open_line(line, 2);
	expect_run(session, line);
	assert_int_equal(session_file(session, 2)->state, COLUMN_OPENING);
	assert_ptr_equal(session_table(session), before); /* the old one is shown meanwhile */
	expect_run(session, "mix B=.125");
	expect_run(session, "mix C=2"); /* waits */
	unsigned events = session_wait(session);
	assert_true((events & SESSION_PAIRED) != 0);
	assert_int_equal(session_table(session)->checkpoint_count, 3);
	const struct ladle_mix *mix = session_mix(session);
	assert_true(ladle_mix_fader_const(mix, 0)->set == .5);
	assert_true(ladle_mix_fader_const(mix, 1)->set == .125);
	assert_true(ladle_mix_fader_const(mix, 2)->set == 2);
	assert_int_equal(session_verdict(session).pending, 0);
	session_free(session);
}

static void
opening_is_undone_and_redone_at_any_time(void **state)
{
	char line[600];

	(void)state;
	open_line(line, 2);
	for (int wait = 0; wait < 2; wait++) {
		struct session *session = start_seeds(2);
		session_wait(session);
		const struct ladle_table *two = session_table(session);
		expect_run(session, line);
		if (wait)
			session_wait(session);
		expect_run(session, "undo");
		assert_int_equal(session_file_count(session), 2);
		session_wait(session);
		assert_ptr_equal(session_table(session), two);
		assert_int_equal(session_verdict(session).pending, 0);
		expect_run(session, "redo");
		session_wait(session);
		assert_int_equal(session_file_count(session), 3);
		assert_int_equal(session_table(session)->checkpoint_count, 3);
		assert_int_equal(session_verdict(session).pending, 0);
		session_free(session);
	}
}

static void
a_dropped_file_comes_back_with_its_figures(void **state)
{
	struct session *session = start_seeds(3);

	(void)state;
	session_wait(session);
	const struct ladle_table *three = session_table(session);
	expect_run(session, "drop B");
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	session_wait(session);
	assert_int_equal(session_verdict(session).pending, 0);
	expect_run(session, "undo");
	assert_ptr_equal(session_table(session), three);
	assert_int_equal(session_verdict(session).pending, 0);
	assert_false(session_busy(session));
	session_free(session);
}

static void
a_drop_while_measuring_does_not_wait(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct session *session = start_seeds(3);
		while (session_table(session) == NULL)
			session_poll(session);
		expect_run(session, "drop C");
		expect_run(session, "undo");
		expect_run(session, i % 2 == 0 ? "redo" : "mix A=.5");
		session_wait(session);
		assert_int_equal(session_verdict(session).pending, 0);
		session_free(session);
	}
}

static void
canceling_stops_measuring_and_says_so(void **state)
{
	struct session *session = start_seeds(3);

	(void)state;
	while (session_table(session) == NULL)
		session_poll(session);
	if (session_busy(session))
		session_cancel(session);
	session_wait(session);
	assert_false(session_busy(session));
	expect_refused(session, "cancel", "no job");
	expect_run(session, "mix A=.5");
	session_free(session);
}

static void
a_job_is_known_while_it_runs_and_afterwards(void **state)
{
	struct session *session = start_seeds(2);
	struct session_job job;
	struct buf text;
	int count;

	(void)state;
	buf_init(&text);
	assert_true(session_job_running(session) > 0);
	job = session_job(session, 0, &text);
	assert_int_equal(job.state, JOB_RUNNING);
	assert_non_null(strstr(buf_string(&text), "opening "));
	session_wait(session);
	assert_int_equal(session_job_running(session), 0);
	count = session_job_count(session);
	assert_true(count >= 4); /* two files, the table, its figures */
	for (int i = 0; i < count; i++) {
		uint64_t newer = job.id;

		buf_clear(&text);
		job = session_job(session, i, &text);
		assert_int_equal(job.state, JOB_DONE);
		assert_true(i == 0 || job.id < newer);
	}
	assert_int_equal(job.id, 1);
	assert_non_null(strstr(buf_string(&text), "opening "));
	buf_done(&text);
	session_free(session);
}

static void
a_job_that_ended_cannot_be_canceled(void **state)
{
	struct session *session = start_seeds(2);

	(void)state;
	session_wait(session);
	assert_false(session_cancel_job(session, 1));
	assert_false(session_cancel_job(session, 99));
	session_free(session);
}

static void
a_file_that_fails_is_a_job_that_failed(void **state)
{
	struct session *session;
	struct buf text;

	(void)state;
	buf_init(&text);
	assert_int_equal(session_new(&session, library, NULL, NULL, NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, "none.h5", NULL), LADLE_OK);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	assert_int_equal(session_job(session, session_job_count(session) - 1, &text).state,
			JOB_FAILED);
	assert_int_equal(session_log_count(session), 1);
	assert_true(session_log(session, 0)->error);
	assert_string_equal(session_log(session, 0)->text, session_message(session));
	buf_done(&text);
	session_free(session);
}

static void
the_last_fifty_jobs_and_five_hundred_words_are_kept(void **state)
{
	struct session *session = start_seeds(2);
	struct buf text;
	char line[32];

	(void)state;
	buf_init(&text);
	session_wait(session);
	for (int i = 0; i < 60; i++) {
		expect_run(session, i % 2 ? "drop Z" : "open sample-data/seed11.keras as Z");
		session_wait(session);
	}
	assert_int_equal(session_job_count(session), 50);
	for (int i = 0; i < 600; i++) {
		snprintf(line, sizeof(line), "mix A=.%03d", i + 1);
		expect_run(session, line);
	}
	assert_int_equal(session_log_count(session), 500);
	assert_string_equal(session_log(session, 499)->text, "mix A=0.6");
	buf_done(&text);
	session_free(session);
}

static void
eighteen_files_of_one_run_open_at_once(void **state)
{
	struct session *session = new_session();

	(void)state;
	for (int i = 0; i < 18; i++)
		add_shared(session, seeds + i % 3, 1);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	assert_int_equal(session_table(session)->checkpoint_count, 18);
	assert_string_equal(session_column(session, 17)->id, "R");
	assert_int_equal(session_verdict(session).pending, 0);
	session_free(session);
}

/* The owner moves faders, drops, undoes and reads figures while everything runs behind. */
static void
the_owner_never_waits_for_what_runs_behind(void **state)
{
	char line[600];

	(void)state;
	open_line(line, 0);
	for (int round = 0; round < 3; round++) {
		struct session *session = start_seeds(3);
		for (int i = 0; i < 400 && (session_busy(session) || i < 100); i++) {
			session_poll(session);
			if (session_table(session) == NULL) {
				poll(NULL, 0, 1);
				continue;
			}
			struct ladle_fader fader = *ladle_mix_fader_const(session_mix(session), 0);
			fader.set = 1 + i / 100.0;
			assert_int_equal(session_fader(session, 0, &fader, NULL), LADLE_OK);
			assert_non_null(session_judgements(session));
			session_verdict(session);
			if (i % 40 == 5)
				expect_run(session, line);
			if (i % 40 == 25)
				expect_run(session, "undo");
			if (i % 40 == 35)
				session_run(session, "drop C", NULL);
		}
		session_wait(session);
		assert_int_equal(session_verdict(session).pending, 0);
		session_free(session);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(lines_typed_before_the_table_wait_for_it),
			cmocka_unit_test(lines_given_before_the_start_are_no_change),
			cmocka_unit_test(a_waiting_line_that_fails_is_a_message),
			cmocka_unit_test(a_file_opened_later_joins_the_table),
			cmocka_unit_test(opening_is_undone_and_redone_at_any_time),
			cmocka_unit_test(a_dropped_file_comes_back_with_its_figures),
			cmocka_unit_test(a_drop_while_measuring_does_not_wait),
			cmocka_unit_test(canceling_stops_measuring_and_says_so),
			cmocka_unit_test(a_job_is_known_while_it_runs_and_afterwards),
			cmocka_unit_test(a_job_that_ended_cannot_be_canceled),
			cmocka_unit_test(a_file_that_fails_is_a_job_that_failed),
			cmocka_unit_test(the_last_fifty_jobs_and_five_hundred_words_are_kept),
			cmocka_unit_test(eighteen_files_of_one_run_open_at_once),
			cmocka_unit_test(the_owner_never_waits_for_what_runs_behind),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
