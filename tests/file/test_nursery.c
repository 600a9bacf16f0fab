#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"
#include "file/nursery.h"

/* ---- a worker that does what the first byte of a request says -------------------------------- */

static bool
obey(int wire, const int *fds, int count, const struct buf *request)
{
	static const char TEXT[] = "it said no";
	char bytes[16] = {0};
	pid_t pids[] = {getpid(), getppid()};
	switch (request->data[0]) {
	case 's':
		signal(SIGSEGV, SIG_DFL); /* a sanitizer may have set it */
		raise(SIGSEGV);
		return false;
	case 'k':
		raise(SIGKILL);
		return false;
	case 't': /* what a timer of processor time does */
		raise(SIGPROF);
		return false;
	case 'e':
		_exit(7);
	case 'h':
		for (;;)
			pause();
	case 'c': /* closes the wire and lives on */
		close(wire);
		for (;;)
			pause();
	case 'f':
		return wire_send(wire, LADLE_E_INPUT, TEXT, sizeof TEXT - 1);
	case 'p':
		return wire_send(wire, LADLE_OK, pids, sizeof pids);
	case 'r':
		if (count < 1 || pread(fds[0], bytes, sizeof bytes, 0) < 0)
			return false;
		return wire_send(wire, LADLE_OK, bytes, sizeof bytes);
	case 'x': /* an answer whose status is unknown */
		return wire_send(wire, (enum ladle_status)200, NULL, 0);
	case 'i': { /* which descriptors are open beside stdio, the wire and fds */
		int others = 0;
		for (int fd = 3; fd < 256; fd++)
			others += fd != wire && (count < 1 || fd != fds[0]) &&
				  fcntl(fd, F_GETFD) >= 0;
		return wire_send(wire, LADLE_OK, &others, sizeof others);
	}
	default:
		return wire_send(wire, LADLE_OK, request->data, request->length);
	}
}

static void
serve(int wire, const int *fds, int count, bool sandbox)
{
	(void)sandbox;
	struct buf request;
	buf_init(&request);
	while (wire_receive(wire, &request) && obey(wire, fds, count, &request))
		;
	buf_done(&request);
}

static const struct worker_job JOBS[WORKER_KINDS] = {{.serve = serve}, {.serve = serve}};

static int
start(void **state)
{
	return nursery_start((struct nursery **)state, JOBS, false, NULL) == LADLE_OK ? 0 : -1;
}

static int
stop(void **state)
{
	nursery_stop(*state);
	return 0;
}

static struct worker *
spawn(struct nursery *nursery)
{
	struct worker *worker = NULL;
	assert_int_equal(worker_spawn(&worker, nursery, WORKER_READER, NULL, 0, "run1.h5", NULL),
			LADLE_OK);
	return worker;
}

static void
assert_dies(struct nursery *nursery, const char *request, const char *reason)
{
	struct buf reply;
	struct ladle_error err = {0};
	struct worker *worker = spawn(nursery);
	buf_init(&reply);
	for (int i = 0; i < 2; i++) { /* and stays dead of the same */
		assert_int_equal(worker_ask(worker, request, 1, &reply, &err), LADLE_E_WORKER);
		assert_string_equal(err.text, reason);
		assert_string_equal(err.path, "run1.h5");
	}
	worker_close(worker);
	buf_done(&reply);
}

static void
assert_answers(struct nursery *nursery)
{
	struct buf reply;
	struct worker *worker = spawn(nursery);
	buf_init(&reply);
	assert_int_equal(worker_ask(worker, "Hello", 5, &reply, NULL), LADLE_OK);
	worker_close(worker);
	buf_done(&reply);
}

/* ---- rules ----------------------------------------------------------------------------------- */

static void
a_request_is_answered(void **state)
{
	struct buf reply;
	struct worker *worker = spawn(*state);
	buf_init(&reply);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(worker_ask(worker, "Hello", 5, &reply, NULL), LADLE_OK);
		assert_int_equal(reply.length, 5);
		assert_string_equal(buf_string(&reply), "Hello");
	}
	worker_close(worker);
	buf_done(&reply);
}

static void
a_large_answer_arrives_whole(void **state)
{
	enum { SIZE = 5000000 };
	struct buf reply;
	char *large = malloc(SIZE);
	assert_non_null(large);
	for (int i = 0; i < SIZE; i++)
		large[i] = (char)('A' + i % 23);
	struct worker *worker = spawn(*state);
	buf_init(&reply);
	assert_int_equal(worker_ask(worker, large, SIZE, &reply, NULL), LADLE_OK);
	assert_int_equal(reply.length, SIZE);
	assert_memory_equal(reply.data, large, SIZE);
	worker_close(worker);
	buf_done(&reply);
	free(large);
}

static void
a_refusal_becomes_the_error(void **state)
{
	struct buf reply;
	struct ladle_error err = {0};
	struct worker *worker = spawn(*state);
	buf_init(&reply);
	assert_int_equal(worker_ask(worker, "f", 1, &reply, &err), LADLE_E_INPUT);
	assert_string_equal(err.text, "it said no");
	assert_string_equal(err.path, "run1.h5");
	assert_int_equal(worker_ask(worker, "Hello", 5, &reply, &err), LADLE_OK);
	worker_close(worker);
	buf_done(&reply);
}

static void
a_death_is_named_and_the_next_worker_works(void **state)
{
	assert_dies(*state, "s", "worker crashed (SIGSEGV)");
	assert_answers(*state);
	assert_dies(*state, "k", "worker crashed (SIGKILL)");
	assert_answers(*state);
	assert_dies(*state, "e", "worker ended with status 7");
	assert_answers(*state);
	assert_dies(*state, "t", "worker used up its processor time (SIGPROF)");
	assert_answers(*state);
}

static void
a_worker_that_closes_its_wire_is_ended(void **state)
{
	assert_dies(*state, "c", "worker crashed (SIGKILL)");
	assert_answers(*state);
}

static void
an_answer_of_unknown_status_is_refused(void **state)
{
	struct buf reply;
	struct ladle_error err = {0};
	struct worker *worker = spawn(*state);
	buf_init(&reply);
	assert_int_equal(worker_ask(worker, "x", 1, &reply, &err), LADLE_E_WORKER);
	assert_string_equal(err.text, "worker gave no valid answer");
	worker_close(worker);
	buf_done(&reply);
}

static void
descriptors_arrive_and_no_others_are_open(void **state)
{
	struct buf reply;
	struct worker *worker = NULL, *other = spawn(*state);
	int fd = os_anonymous_file("test", 16), strangers = -1;
	assert_int_equal(pwrite(fd, "sixteen bytes ok", 16, 0), 16);
	assert_int_equal(worker_spawn(&worker, *state, WORKER_LAYOUT, &fd, 1, "x", NULL), LADLE_OK);
	close(fd);
	buf_init(&reply);
	assert_int_equal(worker_ask(worker, "r", 1, &reply, NULL), LADLE_OK);
	assert_memory_equal(reply.data, "sixteen bytes ok", 16);
	assert_int_equal(worker_ask(worker, "i", 1, &reply, NULL), LADLE_OK);
	memcpy(&strangers, reply.data, sizeof strangers);
	assert_int_equal(strangers, 0);
	worker_close(worker);
	worker_close(other);
	buf_done(&reply);
}

static double
seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* true when the process is gone, reaped, within two seconds */
static bool
is_gone(pid_t pid)
{
	for (double end = seconds() + 2; seconds() < end;) {
		if (kill(pid, 0) != 0 && errno == ESRCH)
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return false;
}

static bool
is_zombie(pid_t pid)
{
	char path[64], state = 0;
	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	FILE *f = fopen(path, "r");
	if (!f)
		return false;
	bool found = fscanf(f, "%*d (%*[^)]) %c", &state) == 1 && state == 'Z';
	fclose(f);
	return found;
}

/* An orphan has ended when it is gone or waits for a reaper that is not ours. */
static bool
has_ended(pid_t pid)
{
	for (double end = seconds() + 2; seconds() < end;) {
		if ((kill(pid, 0) != 0 && errno == ESRCH) || is_zombie(pid))
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return false;
}

struct pids {
	pid_t worker, nursery;
};

static struct pids
ask_pids(struct worker *worker)
{
	struct buf reply;
	struct pids pids;
	buf_init(&reply);
	assert_int_equal(worker_ask(worker, "p", 1, &reply, NULL), LADLE_OK);
	memcpy(&pids, reply.data, sizeof pids);
	buf_done(&reply);
	return pids;
}

static void *
ask_to_hang(void *arg)
{
	struct buf reply;
	buf_init(&reply);
	worker_ask(arg, "h", 1, &reply, NULL);
	buf_done(&reply);
	return NULL;
}

static void
closing_ends_a_worker_and_leaves_no_zombie(void **state)
{
	struct worker *worker = spawn(*state);
	struct pids pids = ask_pids(worker);
	assert_int_equal(kill(pids.worker, 0), 0);
	worker_close(worker);
	assert_true(is_gone(pids.worker));
	worker = spawn(*state);
	pids = ask_pids(worker);
	kill(pids.worker, SIGKILL); /* dies unasked: reaped although nobody closes it */
	assert_true(is_gone(pids.worker));
	worker_close(worker);
	assert_answers(*state);
}

static void
closing_does_not_wait_for_a_busy_worker(void **state)
{
	struct worker *worker = spawn(*state);
	struct pids pids = ask_pids(worker);
	kill(pids.worker, SIGSTOP);
	double before = seconds();
	worker_close(worker);
	assert_true(seconds() - before < .5);
	assert_true(is_gone(pids.worker));
}

static void
a_worker_killed_in_mid_request_is_named(void **state)
{
	pthread_t thread;
	struct buf reply;
	struct ladle_error err = {0};
	struct worker *worker = spawn(*state);
	struct pids pids = ask_pids(worker);
	assert_int_equal(pthread_create(&thread, NULL, ask_to_hang, worker), 0);
	kill(pids.worker, SIGKILL);
	pthread_join(thread, NULL);
	buf_init(&reply);
	assert_int_equal(worker_ask(worker, "Hello", 5, &reply, &err), LADLE_E_WORKER);
	assert_string_equal(err.text, "worker crashed (SIGKILL)");
	worker_close(worker);
	buf_done(&reply);
	assert_answers(*state);
}

static void *
spawn_and_ask_often(void *nursery)
{
	for (int i = 0; i < 50; i++)
		assert_answers(nursery);
	return NULL;
}

static void
workers_may_be_used_from_several_threads(void **state)
{
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, spawn_and_ask_often, *state), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void
stopping_ends_everything(void **state)
{
	(void)state;
	struct nursery *nursery = NULL;
	assert_int_equal(nursery_start(&nursery, JOBS, false, NULL), LADLE_OK);
	struct worker *worker = spawn(nursery);
	struct pids pids = ask_pids(worker);
	kill(pids.worker, SIGSTOP);
	worker_close(worker);
	nursery_stop(nursery);
	assert_true(is_gone(pids.nursery));
	assert_true(is_gone(pids.worker));
}

/* A program that starts a nursery and a worker, tells who they are, and dies. */
static void
live_shortly(int tell)
{
	struct nursery *nursery = NULL;
	if (nursery_start(&nursery, JOBS, false, NULL) != LADLE_OK)
		_exit(1);
	struct pids pids = ask_pids(spawn(nursery));
	_exit(write(tell, &pids, sizeof pids) == sizeof pids ? 0 : 1);
}

static void
the_death_of_the_program_ends_everything(void **state)
{
	(void)state;
	int pipes[2], status;
	struct pids pids;
	assert_int_equal(pipe(pipes), 0);
	pid_t program = fork();
	if (program == 0)
		live_shortly(pipes[1]);
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &pids, sizeof pids), sizeof pids);
	close(pipes[0]);
	assert_int_equal(waitpid(program, &status, 0), program);
	assert_int_equal(status, 0);
	assert_true(has_ended(pids.worker));
	assert_true(has_ended(pids.nursery));
}

static void
a_dead_nursery_is_an_error(void **state)
{
	(void)state;
#ifndef __linux__
	skip(); /* elsewhere a worker lives on until its wire closes */
#endif
	struct nursery *nursery = NULL;
	struct worker *worker = NULL, *late = NULL;
	struct ladle_error err = {0};
	struct buf reply;
	assert_int_equal(nursery_start(&nursery, JOBS, false, NULL), LADLE_OK);
	worker = spawn(nursery);
	struct pids pids = ask_pids(worker);
	kill(pids.nursery, SIGKILL);
	assert_true(has_ended(pids.worker)); /* it does not outlive the one that watches it */
	buf_init(&reply);
	assert_int_equal(worker_ask(worker, "Hello", 5, &reply, &err), LADLE_E_WORKER);
	assert_string_equal(err.text, "the process that starts workers is gone");
	assert_int_equal(worker_spawn(&late, nursery, WORKER_READER, NULL, 0, "b.h5", &err),
			LADLE_E_WORKER);
	assert_null(late);
	worker_close(worker);
	nursery_stop(nursery);
	buf_done(&reply);
}

static int
count_descriptors(void)
{
	int count = 0;
	for (int fd = 0; fd < 4096; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void
no_descriptor_is_left(void **state)
{
	int before = count_descriptors();
	for (int i = 0; i < 200; i++) {
		assert_answers(*state);
		if (i % 20 == 0)
			assert_dies(*state, "e", "worker ended with status 7");
	}
	assert_int_equal(count_descriptors(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_request_is_answered),
			cmocka_unit_test(a_large_answer_arrives_whole),
			cmocka_unit_test(a_refusal_becomes_the_error),
			cmocka_unit_test(a_death_is_named_and_the_next_worker_works),
			cmocka_unit_test(a_worker_that_closes_its_wire_is_ended),
			cmocka_unit_test(an_answer_of_unknown_status_is_refused),
			cmocka_unit_test(descriptors_arrive_and_no_others_are_open),
			cmocka_unit_test(closing_ends_a_worker_and_leaves_no_zombie),
			cmocka_unit_test(closing_does_not_wait_for_a_busy_worker),
			cmocka_unit_test(a_worker_killed_in_mid_request_is_named),
			cmocka_unit_test(workers_may_be_used_from_several_threads),
			cmocka_unit_test(stopping_ends_everything),
			cmocka_unit_test(the_death_of_the_program_ends_everything),
			cmocka_unit_test(a_dead_nursery_is_an_error),
			cmocka_unit_test(no_descriptor_is_left),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
