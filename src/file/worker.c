#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/os.h"
#include "file/catalog.h"
#include "file/limits.h"
#include "file/nursery_wire.h"
#include "file/wire.h"

/* SIGVTALRM and the like never reach a worker. */
#define SIGNALS(X) \
	X(SIGABRT) \
	X(SIGBUS)  \
	X(SIGFPE) X(SIGILL) X(SIGKILL) X(SIGSEGV) X(SIGSYS) X(SIGTERM) X(SIGTRAP) X(SIGXFSZ)

struct worker {
	struct nursery *nursery;
	uint32_t id;
	int wire;
	pthread_mutex_t lock; /* one request at a time */
	char *label;
};

static const char *
signal_name(int number)
{
	static const struct {
		int number;
		const char *name;
	} NAMES[] = {
#define X(id) {id, #id},
			SIGNALS(X)
#undef X
	};
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
		if (NAMES[i].number == number)
			return NAMES[i].name;
	return "a signal";
}

static bool
tell_nursery(struct nursery *nursery, const struct nursery_request *request, const int *fds,
		int count)
{
	return wire_write_fds(nursery->control, request, sizeof *request, fds, count);
}

static bool
ask_fate(struct worker *worker, struct nursery_fate *fate)
{
	struct nursery *nursery = worker->nursery;
	struct nursery_request request = {.op = NURSERY_FATE, .id = worker->id};
	pthread_mutex_lock(&nursery->lock);
	bool done = tell_nursery(nursery, &request, NULL, 0) &&
		    wire_read(nursery->control, fate, sizeof *fate);
	pthread_mutex_unlock(&nursery->lock);
	return done;
}

/* A wire that closed or spoke nonsense means that the worker is lost. The nursery knows how it
 * died, and ends it if it did not. */
static enum ladle_status
fail_dead(struct worker *worker, struct ladle_error *err)
{
	struct nursery_fate fate;
	const char *path = worker->label;
	if (!ask_fate(worker, &fate))
		return ladle_fail(err, LADLE_E_WORKER, path,
				"the process that starts workers is gone");
	if (fate.kind == FATE_NO_FORK)
		return ladle_fail(err, LADLE_E_WORKER, path, "no worker could be started: %s",
				strerror(fate.value));
	if (fate.kind == FATE_EXIT)
		return ladle_fail(err, LADLE_E_WORKER, path, "worker ended with status %d",
				(int)fate.value);
	if (fate.value == SIGXCPU || fate.value == SIGPROF)
		return ladle_fail(err, LADLE_E_WORKER, path,
				"worker used up its processor time (%s)",
				fate.value == SIGPROF ? "SIGPROF" : "SIGXCPU");
	return ladle_fail(
			err, LADLE_E_WORKER, path, "worker crashed (%s)", signal_name(fate.value));
}

/* Not answered: should the fork fail, the wire closes and the fate says why. */
static bool
send_spawn(struct worker *worker, enum worker_kind kind, int wire, const int *fds, int count)
{
	int all[1 + WORKER_MAX_FDS] = {wire};
	struct nursery *nursery = worker->nursery;
	for (int i = 0; i < count; i++)
		all[1 + i] = fds[i];
	pthread_mutex_lock(&nursery->lock);
	worker->id = nursery->next_id++;
	if (nursery->next_id == 0)
		nursery->next_id = 1; /* 0 marks an ended worker */
	struct nursery_request request = {.op = NURSERY_SPAWN, .id = worker->id, .kind = kind};
	bool sent = tell_nursery(nursery, &request, all, 1 + count);
	pthread_mutex_unlock(&nursery->lock);
	return sent;
}

static struct worker *
new_worker(struct nursery *nursery, const char *label)
{
	struct worker *worker = calloc(1, sizeof *worker);
	if (!worker)
		return NULL;
	worker->nursery = nursery;
	worker->wire = -1;
	worker->label = strdup(label);
	pthread_mutex_init(&worker->lock, NULL);
	return worker;
}

static void
free_worker(struct worker *worker)
{
	if (worker->wire >= 0)
		close(worker->wire);
	pthread_mutex_destroy(&worker->lock);
	free(worker->label);
	free(worker);
}

enum ladle_status
worker_spawn(struct worker **out, struct nursery *nursery, enum worker_kind kind, const int *fds,
		int count, const char *label, struct ladle_error *err)
{
	int pair[2];
	struct worker *worker = new_worker(nursery, label);
	if (!worker || !worker->label) {
		if (worker)
			free_worker(worker);
		return ladle_fail(err, LADLE_E_MEMORY, label, "no memory");
	}
	if (os_socketpair(pair) != 0) {
		int error = errno;
		free_worker(worker);
		return ladle_fail(
				err, LADLE_E_WORKER, label, "no socket pair: %s", strerror(error));
	}
	worker->wire = pair[0];
	bool sent = send_spawn(worker, kind, pair[1], fds, count);
	close(pair[1]);
	if (!sent) {
		free_worker(worker);
		return ladle_fail(err, LADLE_E_WORKER, label,
				"the process that starts workers is gone");
	}
	*out = worker;
	return LADLE_OK;
}

void
worker_close(struct worker *worker)
{
	if (!worker)
		return;
	struct nursery *nursery = worker->nursery;
	struct nursery_request request = {.op = NURSERY_END, .id = worker->id};
	pthread_mutex_lock(&nursery->lock);
	tell_nursery(nursery, &request, NULL, 0);
	pthread_mutex_unlock(&nursery->lock);
	free_worker(worker);
}

/* The text of a failure was written by a process that may be hostile: it is data, cut to the size
 * of an error, and cleaned like any name before it is shown. */
static enum ladle_status
judge_reply(const struct worker *worker, struct buf *reply, struct ladle_error *err)
{
	uint8_t status = reply->length ? (uint8_t)reply->data[0] : UINT8_MAX;
	if (status > LADLE_E_CANCELED)
		return ladle_fail(
				err, LADLE_E_WORKER, worker->label, "worker gave no valid answer");
	if (status != LADLE_OK)
		return ladle_fail(err, (enum ladle_status)status, worker->label, "%.1000s",
				reply->data + 1);
	reply->length--;
	memmove(reply->data, reply->data + 1, reply->length + 1);
	return LADLE_OK;
}

enum ladle_status
worker_ask(struct worker *worker, const void *request, size_t size, struct buf *reply,
		struct ladle_error *err)
{
	pthread_mutex_lock(&worker->lock);
	bool answered = wire_put(worker->wire, request, size) &&
			wire_get(worker->wire, reply, CATALOG_MAX_BYTES);
	enum ladle_status status = answered        ? judge_reply(worker, reply, err)
				   : reply->failed ? ladle_fail(err, LADLE_E_MEMORY, worker->label,
								     "no memory")
						   : fail_dead(worker, err);
	pthread_mutex_unlock(&worker->lock);
	return status;
}
