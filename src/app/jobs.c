/* What runs and what ran, and the log of what was said. */
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/state.h"

enum { JOBS_KEPT = 50, LOG_KEPT = 500 };

struct past_job {
	struct session_job pub;
	char *text;
};

struct log_line {
	struct session_log pub;
	char *text;
};

/* ---- jobs ---- */

void
job_begin(struct session *session, struct task *task)
{
	task->number = ++session->last_job;
	task->begun = clock_seconds();
}

static struct session_job
job_of(const struct task *task)
{
	struct session_job job = {.id = task->number,
			.state = JOB_RUNNING,
			.bytes = task->kind == TASK_MEASURE || task->kind == TASK_EXPORT,
			.seconds = clock_seconds() - task->begun};

	if (task->job != NULL)
		ladle_job_progress(task->job, &job.done, &job.total);
	return job;
}

static void
past_free(struct past_job *past)
{
	free(past->text);
	*past = (struct past_job){0};
}

/* Jobs end in another order than they began; the one that began first makes room. */
static void
keep(struct session *session, const struct past_job *past)
{
	int at = session->past_count;

	if (session->past == NULL)
		session->past = calloc(JOBS_KEPT + 1, sizeof(*session->past));
	if (session->past == NULL) {
		free(past->text);
		return;
	}
	for (; at > 0 && session->past[at - 1].pub.id > past->pub.id; at--)
		session->past[at] = session->past[at - 1];
	session->past[at] = *past;
	if (++session->past_count <= JOBS_KEPT)
		return;
	past_free(&session->past[0]);
	session->past_count--;
	memmove(session->past, session->past + 1, JOBS_KEPT * sizeof(*session->past));
}

/* Made of whatever is looked at: keeping them would push the others out. */
static bool
is_passing(const struct task *task)
{
	return task->kind == TASK_UNITS || task->kind == TASK_PICTURE;
}

void
job_end(struct session *session, struct task *task)
{
	struct past_job past = {.pub = job_of(task)};
	struct buf text;

	buf_init(&text);
	task->describe(task, &text);
	task->done(task);
	past.pub.state = task->status == LADLE_E_CANCELED || task->canceled ? JOB_CANCELED
			 : task->status == LADLE_OK                         ? JOB_DONE
									    : JOB_FAILED;
	if (!is_passing(task))
		past.text = strdup(buf_string(&text));
	if (past.text != NULL)
		keep(session, &past);
	buf_done(&text);
}

int
session_job_count(const struct session *session)
{
	return session->past_count + session_job_running(session);
}

int
session_job_running(const struct session *session)
{
	int count = 0;

	for (const struct task *task = session->tasks; task != NULL; task = task->next)
		count++;
	return count;
}

/* Those that run stand first, the newest of them at the top. */
struct session_job
session_job(const struct session *session, int job, struct buf *text)
{
	int running = session_job_running(session), at = running - 1 - job;
	const struct task *task = session->tasks;

	if (at < 0) {
		const struct past_job *past =
				&session->past[session->past_count - 1 - (job - running)];

		buf_text(text, past->text);
		return past->pub;
	}
	for (; at > 0; at--)
		task = task->next;
	task->describe(task, text);
	return job_of(task);
}

static void
stop(struct task *task)
{
	task->stopped = true;
	task_cancel(task);
}

bool
session_cancel_job(struct session *session, uint64_t id)
{
	for (struct task *task = session->tasks; task != NULL; task = task->next)
		if (task->number == id && !task->canceled) {
			stop(task);
			return true;
		}
	return false;
}

void
session_cancel(struct session *session)
{
	struct task *newest = NULL;

	for (struct task *task = session->tasks; task != NULL; task = task->next)
		if (!task->canceled)
			newest = task;
	if (newest != NULL)
		stop(newest);
}

/* ---- log ---- */

void
session_log_add(struct session *session, bool error, const char *text)
{
	struct log_line line = {{clock_wall(), error, NULL}, strdup(text)};

	if (session->log == NULL)
		session->log = calloc(LOG_KEPT, sizeof(*session->log));
	if (session->log == NULL || line.text == NULL) {
		free(line.text);
		return;
	}
	if (session->log_count == LOG_KEPT) {
		free(session->log[0].text);
		memmove(session->log, session->log + 1, (LOG_KEPT - 1) * sizeof(*session->log));
		session->log_count--;
	}
	line.pub.text = line.text;
	session->log[session->log_count++] = line;
}

int
session_log_count(const struct session *session)
{
	return session->log_count;
}

const struct session_log *
session_log(const struct session *session, int line)
{
	return &session->log[line].pub;
}

void
jobs_free(struct session *session)
{
	for (int i = 0; i < session->past_count; i++)
		past_free(&session->past[i]);
	for (int i = 0; i < session->log_count; i++)
		free(session->log[i].text);
	free(session->past);
	free(session->log);
}
