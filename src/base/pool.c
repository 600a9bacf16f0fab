#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { POOL_MAX = 256 };

struct pool {
	atomic_size_t next, finished;
	atomic_bool stopped;
	size_t pieces;
	bool (*run)(size_t piece, int worker, void *arg);
	void *arg;
};

struct pool_thread {
	struct pool *pool;
	pthread_t id;
	int worker;
};

static void
pool_work(struct pool *pool, int worker)
{
	while (!atomic_load_explicit(&pool->stopped, memory_order_relaxed)) {
		size_t piece = atomic_fetch_add(&pool->next, 1);

		if (piece >= pool->pieces)
			return;
		if (pool->run(piece, worker, pool->arg))
			atomic_fetch_add(&pool->finished, 1);
		else
			atomic_store(&pool->stopped, true);
	}
}

static void *
pool_thread_main(void *arg)
{
	const struct pool_thread *thread = arg;

	pool_work(thread->pool, thread->worker);
	return NULL;
}

/* Threads inherit the mask that is in force when they are made. */
static int
pool_spawn(struct pool_thread *threads, int count, struct pool *pool)
{
	sigset_t all, before;
	int made = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; made < count; made++) {
		threads[made] = (struct pool_thread){.pool = pool, .worker = made + 1};
		if (pthread_create(&threads[made].id, NULL, pool_thread_main, &threads[made]))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return made;
}

bool
pool_run(int threads, size_t pieces, bool (*run)(size_t piece, int worker, void *arg), void *arg)
{
	struct pool_thread others[POOL_MAX];
	struct pool pool = {.pieces = pieces, .run = run, .arg = arg};
	int made;

	if (threads > POOL_MAX)
		threads = POOL_MAX;
	if (pieces < (size_t)threads)
		threads = (int)pieces;
	made = pool_spawn(others, threads - 1, &pool);
	pool_work(&pool, 0);
	for (int i = 0; i < made; i++)
		pthread_join(others[i].id, NULL);
	return atomic_load(&pool.finished) == pieces;
}

int
pool_processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > POOL_MAX ? POOL_MAX : (int)count;
}
