/* Processes that touch untrusted bytes. The nursery is forked before any thread exists, has
 * libhdf5 loaded, and forks one worker for each open file; a worker's death is an answer. */
#ifndef FILE_NURSERY_H
#define FILE_NURSERY_H

#include <pthread.h>

#include <ladle.h>

#include "base/buf.h"

enum { WORKER_MAX_FDS = 4, WORKER_KINDS = 2 };
enum worker_kind { WORKER_READER, WORKER_LAYOUT };

/* Runs in the worker, already without signals handlers and with stdio on /dev/null: serves
 * requests on `wire` until it closes. fds are its own. Confines itself with os_confine. */
struct worker_job {
	void (*prepare)(void); /* once, in the nursery: load the library */
	void (*serve)(int wire, const int *fds, int count, bool sandbox);
};

struct nursery;

enum ladle_status nursery_start(struct nursery **out, const struct worker_job jobs[WORKER_KINDS],
		bool sandbox, struct ladle_error *);
/* All workers are closed before. */
void nursery_stop(struct nursery *);

/* A worker seen from outside; one request at a time, from any thread. */
struct worker;

/* Forks a worker with copies of fds. `label` names the file in errors. */
enum ladle_status worker_spawn(struct worker **out, struct nursery *, enum worker_kind,
		const int *fds, int count, const char *label, struct ladle_error *);
/* Ends the worker, whatever it is doing; does not wait for that. */
void worker_close(struct worker *);
/* Sends `size` bytes and receives the answer into `reply` (cleared first), at most
 * CATALOG_MAX_BYTES. E_WORKER with the signal's name when the worker died. The first byte of an
 * answer is an enum ladle_status, taken off when it is OK; else the rest is the text of the error
 * and becomes err. */
enum ladle_status worker_ask(struct worker *, const void *request, size_t size, struct buf *reply,
		struct ladle_error *);
/* For the serving side. false: the other end is gone. */
bool wire_receive(int wire, struct buf *);
bool wire_send(int wire, enum ladle_status, const void *data, size_t size);

/* The library's context; made by ladle_open in write/library.c. */
struct ladle {
	struct nursery *nursery;
	int threads;
};

#endif
