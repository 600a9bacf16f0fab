#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/pool.h"

enum { PIECES = 1000, THREADS = 4 };

struct seen {
	atomic_int runs[PIECES];
	atomic_int most_worker, calls, blocked_calls;
	size_t stop_at;
	pthread_t caller;
};

static bool
see(size_t piece, int worker, void *arg)
{
	struct seen *seen = arg;

	atomic_fetch_add(&seen->runs[piece], 1);
	atomic_fetch_add(&seen->calls, 1);
	if (worker > atomic_load(&seen->most_worker))
		atomic_store(&seen->most_worker, worker);
	return piece != seen->stop_at;
}

static void
every_piece_runs_once(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 8; threads *= 2) {
		struct seen seen = {.stop_at = PIECES};

		assert_true(pool_run(threads, PIECES, see, &seen));
		for (int i = 0; i < PIECES; i++)
			assert_int_equal(atomic_load(&seen.runs[i]), 1);
		assert_in_range(atomic_load(&seen.most_worker), 0, threads - 1);
	}
}

static void
nothing_to_do_is_done(void **state)
{
	struct seen seen = {.stop_at = PIECES};

	(void)state;
	assert_true(pool_run(THREADS, 0, see, &seen));
	assert_int_equal(atomic_load(&seen.calls), 0);
}

static void
one_thread_takes_pieces_in_order_until_one_stops(void **state)
{
	struct seen seen = {.stop_at = 10};

	(void)state;
	assert_false(pool_run(1, PIECES, see, &seen));
	for (int i = 0; i < PIECES; i++)
		assert_int_equal(atomic_load(&seen.runs[i]), i <= 10);
}

static void
a_stop_leaves_unclaimed_pieces_out(void **state)
{
	struct seen seen = {.stop_at = 0};

	(void)state;
	assert_false(pool_run(THREADS, PIECES, see, &seen));
	assert_int_equal(atomic_load(&seen.runs[0]), 1);
	for (int i = 0; i < PIECES; i++)
		assert_in_range(atomic_load(&seen.runs[i]), 0, 1);
}

static bool
look_at_mask(size_t piece, int worker, void *arg)
{
	struct seen *seen = arg;
	sigset_t mask;

	(void)piece;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	atomic_fetch_add(&seen->calls, 1);
	if (worker == 0)
		assert_true(pthread_equal(pthread_self(), seen->caller));
	else if (sigismember(&mask, SIGINT) && sigismember(&mask, SIGWINCH))
		atomic_fetch_add(&seen->blocked_calls, 1);
	else
		return false;
	return true;
}

static void
signals_reach_only_the_caller(void **state)
{
	struct seen seen = {.caller = pthread_self()};
	sigset_t mask;

	(void)state;
	assert_true(pool_run(THREADS, PIECES, look_at_mask, &seen));
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGINT));
}

static void
there_is_a_processor(void **state)
{
	(void)state;
	assert_in_range(pool_processors(), 1, 256);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(every_piece_runs_once),
			cmocka_unit_test(nothing_to_do_is_done),
			cmocka_unit_test(one_thread_takes_pieces_in_order_until_one_stops),
			cmocka_unit_test(a_stop_leaves_unclaimed_pieces_out),
			cmocka_unit_test(signals_reach_only_the_caller),
			cmocka_unit_test(there_is_a_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
