/* What nursery.c (the process) and worker.c (its client) say to each other. */
#ifndef FILE_NURSERY_WIRE_H
#define FILE_NURSERY_WIRE_H

#include <pthread.h>
#include <sys/types.h>

#include "file/nursery.h"

/* The caller's side. */
struct nursery {
	int control; /* stream socket to the process */
	pid_t pid;
	pthread_mutex_t lock; /* of control and next_id */
	uint32_t next_id;
};

enum nursery_op {
	NURSERY_SPAWN, /* with the worker's end of the wire, then its descriptors */
	NURSERY_FATE, /* answered by a struct nursery_fate: the worker is ended first if it lives */
	NURSERY_END,  /* no answer */
};

struct nursery_request {
	uint32_t op, id, kind;
};

enum fate_kind { FATE_EXIT, FATE_SIGNAL, FATE_NO_FORK };

struct nursery_fate {
	uint32_t kind;
	int32_t value; /* exit status, signal or errno */
};

#endif
