/* The two atomics by which a long piece of work is seen and stopped. */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include <stdatomic.h>

#include <ladle.h>

struct ladle_job {
	_Atomic uint64_t done, total;
	atomic_bool canceled;
};

/* All accept NULL: work that nobody watches. */
void job_expect(struct ladle_job *, uint64_t total);
void job_advance(struct ladle_job *, uint64_t bytes);
/* The same where the total is a guess: it grows with what is done; a part is always left. */
void job_advance_guessed(struct ladle_job *, uint64_t steps);
bool job_canceled(const struct ladle_job *);

#endif
