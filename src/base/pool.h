/* Runs independent pieces on threads. What the pieces compute must not depend on who runs them. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

/* Calls run(piece, worker, arg) for piece 0..pieces-1, claimed in that order by `threads` threads
 * (worker 0..threads-1; the caller's thread is worker 0). All signals are blocked in the others.
 * run returns false to stop: pieces that nobody claimed yet are left out. Returns true when every
 * piece ran and returned true. Fewer threads run when the system gives fewer. */
bool pool_run(int threads, size_t pieces, bool (*run)(size_t piece, int worker, void *arg),
		void *arg);
/* Processors that are online, at least 1. */
int pool_processors(void);

#endif
