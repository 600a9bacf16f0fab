#include "file/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/os.h"
#include "file/nursery_wire.h"
#include "file/wire.h"

/* The nursery is a fork of the caller made before it had threads, so that forking from it is safe
 * at any time, and quick: it holds little memory. It has one socket to the caller, CONTROL, and the
 * library that jobs have loaded. It ends when that socket closes, and with it every worker. It is
 * leader of its own process group, so that what is typed at the terminal does not reach it. */

enum { CONTROL = 3, FIRST_FREE = 4, STOP_TRIES = 100 };

/* A worker as the nursery process knows it. */
struct child {
	struct child *next;
	uint32_t id;
	pid_t pid; /* 0: has been reaped, or never was */
	struct nursery_fate fate;
};

struct brood {
	const struct worker_job *jobs;
	bool sandbox;
	struct child *children;
};

/* ---- the process ----------------------------------------------------------------------------- */

static void
on_child(int number)
{
	(void)number; /* only there to interrupt pselect */
}

/* The caller may have handlers that make no sense here. */
static void
reset_signals(void)
{
	static const int SIGNALS[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
			SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGPROF, SIGABRT, SIGBUS,
			SIGFPE, SIGILL, SIGSEGV};
	for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
		signal(SIGNALS[i], SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
close_stdio(void)
{
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < CONTROL; fd++)
		dup2(null, fd);
	if (null >= CONTROL)
		close(null);
}

static struct child *
find_child(const struct brood *brood, uint32_t id)
{
	struct child *child = brood->children;
	while (child && child->id != id)
		child = child->next;
	return child;
}

static void
settle(struct child *child, int status)
{
	child->pid = 0;
	if (WIFSIGNALED(status))
		child->fate = (struct nursery_fate){FATE_SIGNAL, WTERMSIG(status)};
	else
		child->fate = (struct nursery_fate){FATE_EXIT, WEXITSTATUS(status)};
}

/* Workers that die unasked become no zombies; how they died waits for NURSERY_FATE. */
static void
reap(struct brood *brood)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct child *child = brood->children; child; child = child->next)
			if (child->pid == pid)
				settle(child, status);
}

static _Noreturn void
become_worker(const struct brood *brood, const struct nursery_request *request, const int *fds,
		int count)
{
	close(CONTROL);
	signal(SIGCHLD, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	brood->jobs[request->kind].serve(fds[0], fds + 1, count - 1, brood->sandbox);
	_exit(0);
}

static void
spawn(struct brood *brood, const struct nursery_request *request, const int *fds, int count)
{
	struct child *child = calloc(1, sizeof *child);
	if (!child || count < 1 || request->kind >= WORKER_KINDS) {
		free(child);
		return; /* the caller finds its wire closed, and no fate */
	}
	pid_t nursery = getpid();
	child->id = request->id;
	child->pid = fork();
	if (child->pid == 0) {
		os_die_with_parent(nursery);
		become_worker(brood, request, fds, count);
	}
	if (child->pid < 0) {
		child->pid = 0;
		child->fate = (struct nursery_fate){FATE_NO_FORK, errno};
	}
	child->next = brood->children;
	brood->children = child;
}

/* A worker whose wire closed is dead or dying: its status stands before its descriptors close, so
 * SIGKILL changes it only if the worker lives on by intent. */
static void
tell_fate(struct brood *brood, uint32_t id)
{
	struct nursery_fate fate = {FATE_NO_FORK, ENOMEM};
	struct child *child = find_child(brood, id);
	if (child && child->pid) {
		int status;
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, &status, 0) < 0)
			if (errno != EINTR)
				break;
		settle(child, status);
	}
	if (child)
		fate = child->fate;
	wire_write(CONTROL, &fate, sizeof fate);
}

static void
end(struct child *child)
{
	if (child && child->pid)
		kill(child->pid, SIGKILL);
	if (child)
		child->id = 0; /* the next reap frees it */
}

/* Frees those that were ended and reaped. */
static void
sweep(struct brood *brood)
{
	struct child **link = &brood->children;
	while (*link) {
		struct child *child = *link;
		if (child->id || child->pid) {
			link = &child->next;
			continue;
		}
		*link = child->next;
		free(child);
	}
}

static bool
serve_request(struct brood *brood)
{
	struct nursery_request request;
	int fds[WIRE_MAX_FDS], count = 0;
	if (!wire_read_fds(CONTROL, &request, sizeof request, fds, &count))
		return false;
	if (request.op == NURSERY_SPAWN)
		spawn(brood, &request, fds, count);
	else if (request.op == NURSERY_FATE)
		tell_fate(brood, request.id);
	else
		end(find_child(brood, request.id));
	for (int i = 0; i < count; i++)
		close(fds[i]);
	return true;
}

/* A worker that hangs in the kernel (a dead network disk) must not hold the program's exit, so that
 * this waits a tenth of a second at most; init reaps the rest. */
static void
end_all(struct brood *brood)
{
	for (struct child *child = brood->children; child; child = child->next)
		end(child);
	for (int i = 0; i < STOP_TRIES && brood->children; i++) {
		reap(brood);
		sweep(brood);
		if (brood->children)
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
}

/* SIGCHLD is let in only while pselect waits, so that no death is missed between reap and wait. */
static void
watch(struct brood *brood)
{
	sigset_t blocked, none;
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = on_child}, NULL);
	for (;;) {
		fd_set readable;
		FD_ZERO(&readable);
		FD_SET(CONTROL, &readable);
		int n = pselect(CONTROL + 1, &readable, NULL, NULL, NULL, &none);
		reap(brood);
		sweep(brood);
		if (n > 0 && !serve_request(brood))
			break;
	}
}

static _Noreturn void
run_nursery(int control, const struct worker_job *jobs, bool sandbox)
{
	struct brood brood = {.jobs = jobs, .sandbox = sandbox};
	setpgid(0, 0);
	if (chdir("/") != 0) /* else the folder could not be unmounted; a failure does no harm */
		errno = 0;
	reset_signals();
	if (control != CONTROL)
		dup2(control, CONTROL);
	os_close_from(FIRST_FREE);
	close_stdio();
	for (int i = 0; i < WORKER_KINDS; i++)
		if (jobs[i].prepare)
			jobs[i].prepare();
	watch(&brood);
	end_all(&brood);
	_exit(0);
}

/* ---- the caller's side ----------------------------------------------------------------------- */

enum ladle_status
nursery_start(struct nursery **out, const struct worker_job jobs[WORKER_KINDS], bool sandbox,
		struct ladle_error *err)
{
	int pair[2];
	struct nursery *nursery = calloc(1, sizeof *nursery);
	if (!nursery)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory");
	if (os_socketpair(pair) != 0) {
		free(nursery);
		return ladle_fail(err, LADLE_E_WORKER, NULL, "no socket pair: %s", strerror(errno));
	}
	nursery->pid = fork();
	if (nursery->pid == 0)
		run_nursery(pair[1], jobs, sandbox);
	int error = errno;
	close(pair[1]);
	if (nursery->pid < 0) {
		close(pair[0]);
		free(nursery);
		return ladle_fail(err, LADLE_E_WORKER, NULL, "cannot fork: %s", strerror(error));
	}
	nursery->control = pair[0];
	nursery->next_id = 1;
	pthread_mutex_init(&nursery->lock, NULL);
	*out = nursery;
	return LADLE_OK;
}

void
nursery_stop(struct nursery *nursery)
{
	if (!nursery)
		return;
	close(nursery->control);
	while (waitpid(nursery->pid, NULL, 0) < 0 && errno == EINTR)
		;
	pthread_mutex_destroy(&nursery->lock);
	free(nursery);
}
