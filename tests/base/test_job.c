#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/job.h"

static void
progress_is_what_was_expected_and_done(void **state)
{
	struct ladle_job *job = ladle_job_new();
	uint64_t done = 7, total = 7;

	(void)state;
	ladle_job_progress(job, &done, &total);
	assert_true(done == 0 && total == 0);
	job_expect(job, UINT64_C(1) << 40);
	job_advance(job, 5);
	job_advance(job, UINT64_C(1) << 33);
	ladle_job_progress(job, &done, &total);
	assert_true(total == UINT64_C(1) << 40);
	assert_true(done == (UINT64_C(1) << 33) + 5);
	ladle_job_free(job);
}

static void
cancel_is_seen(void **state)
{
	struct ladle_job *job = ladle_job_new();

	(void)state;
	assert_false(job_canceled(job));
	ladle_job_cancel(job);
	assert_true(job_canceled(job));
	ladle_job_free(job);
}

static void
work_may_go_unwatched(void **state)
{
	(void)state;
	job_expect(NULL, 1);
	job_advance(NULL, 1);
	assert_false(job_canceled(NULL));
	ladle_job_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(progress_is_what_was_expected_and_done),
			cmocka_unit_test(cancel_is_seen),
			cmocka_unit_test(work_may_go_unwatched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
