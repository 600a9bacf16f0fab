#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <sys/select.h>

#include <ladle.h>

enum { CAUGHT_COUNT = 3 };

static const int caught[CAUGHT_COUNT] = {SIGINT, SIGTERM, SIGHUP};

/* All that the handler touches: the job's flag is an atomic. */
static struct ladle_job *volatile job_to_cancel;
static volatile sig_atomic_t signal_number;

static struct sigaction before[CAUGHT_COUNT];

static void
on_signal(int number)
{
	struct ladle_job *job = job_to_cancel;

	signal_number = number;
	if (job)
		ladle_job_cancel(job);
}

void
interrupt_catch(struct ladle_job *job)
{
	/* No SA_RESTART: a read from a pipe or a terminal must end too. */
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	job_to_cancel = job;
	for (size_t i = 0; i < CAUGHT_COUNT; i++) {
		sigaction(caught[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN) /* nohup stays in force */
			sigaction(caught[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void
interrupt_release(void)
{
	for (size_t i = 0; job_to_cancel && i < CAUGHT_COUNT; i++)
		sigaction(caught[i], &before[i], NULL);
	job_to_cancel = NULL;
}

int
interrupt_signal(void)
{
	return signal_number;
}

bool
interrupt_wait_readable(int fd)
{
	sigset_t blocked, old;
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	sigemptyset(&blocked);
	for (size_t i = 0; i < CAUGHT_COUNT; i++)
		sigaddset(&blocked, caught[i]);
	sigprocmask(SIG_BLOCK, &blocked, &old);
	/* From here a signal waits for pselect, which lets it in and ends. */
	if (!signal_number)
		pselect(fd + 1, &set, NULL, NULL, NULL, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return !signal_number;
}
