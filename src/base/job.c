#include "base/job.h"

#include <stdlib.h>

struct ladle_job *
ladle_job_new(void)
{
	return calloc(1, sizeof(struct ladle_job));
}

void
ladle_job_free(struct ladle_job *job)
{
	free(job);
}

void
ladle_job_cancel(struct ladle_job *job)
{
	atomic_store(&job->canceled, true);
}

void
ladle_job_progress(const struct ladle_job *job, uint64_t *done, uint64_t *total)
{
	*total = atomic_load(&job->total);
	*done = atomic_load(&job->done);
}

void
job_expect(struct ladle_job *job, uint64_t total)
{
	if (job)
		atomic_store(&job->total, total);
}

void
job_advance(struct ladle_job *job, uint64_t bytes)
{
	if (job)
		atomic_fetch_add_explicit(&job->done, bytes, memory_order_relaxed);
}

void
job_advance_guessed(struct ladle_job *job, uint64_t steps)
{
	uint64_t done, total;

	job_advance(job, steps);
	if (!job)
		return;
	done = atomic_load(&job->done);
	total = atomic_load(&job->total);
	if (done + done / 8 >= total)
		atomic_store(&job->total, done + done / 4 + 1);
}

bool
job_canceled(const struct ladle_job *job)
{
	return job && atomic_load_explicit(&job->canceled, memory_order_relaxed);
}
