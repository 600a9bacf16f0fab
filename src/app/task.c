/* One thread for each piece of work behind. The list belongs to the owner's thread; a task's thread
 * touches its own task, and sets `finished` under the lock as its last word. */
#include <signal.h>
#include <stdlib.h>

#include "app/state.h"
#include "base/err.h"

static void *
task_main(void *arg)
{
	struct task *task = arg;
	struct session *session = task->session;

	task->run(task);
	pthread_mutex_lock(&session->lock);
	task->finished = true;
	pthread_cond_signal(&session->finished);
	pthread_mutex_unlock(&session->lock);
	session_wake(session);
	return NULL;
}

/* Signals belong to the owner's thread. */
static int
start_thread(struct task *task)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int failed = pthread_create(&task->thread, NULL, task_main, task);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return failed;
}

enum ladle_status
task_start(struct session *session, const struct task *model, struct ladle_error *err)
{
	struct task *task = malloc(sizeof(*task));

	if (task == NULL)
		return session_out_of_memory(err);
	*task = *model;
	task->session = session;
	job_begin(session, task);
	if (start_thread(task) != 0) {
		free(task);
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "the system gives no more threads");
	}
	struct task **end = &session->tasks;
	while (*end != NULL)
		end = &(*end)->next;
	*end = task;
	session->events |= SESSION_JOB;
	return LADLE_OK;
}

void
task_cancel(struct task *task)
{
	task->canceled = true;
	if (task->job != NULL)
		ladle_job_cancel(task->job);
}

/* Takes the oldest finished task out of the list, or NULL. */
static struct task *
take_finished(struct session *session)
{
	struct task *found = NULL;

	pthread_mutex_lock(&session->lock);
	for (struct task **at = &session->tasks; *at != NULL; at = &(*at)->next) {
		if (!(*at)->finished)
			continue;
		found = *at;
		*at = found->next;
		break;
	}
	pthread_mutex_unlock(&session->lock);
	return found;
}

void
tasks_reap(struct session *session)
{
	struct task *task;

	while ((task = take_finished(session)) != NULL) {
		pthread_join(task->thread, NULL);
		session->events |= SESSION_JOB;
		job_end(session, task);
		ladle_job_free(task->job);
		free(task);
	}
}

static bool
any_finished(const struct session *session)
{
	for (const struct task *task = session->tasks; task != NULL; task = task->next)
		if (task->finished)
			return true;
	return session->tasks == NULL;
}

void
tasks_wait(struct session *session)
{
	pthread_mutex_lock(&session->lock);
	while (!any_finished(session))
		pthread_cond_wait(&session->finished, &session->lock);
	pthread_mutex_unlock(&session->lock);
}

int
tasks_count(const struct session *session, enum task_kind kind)
{
	int count = 0;

	for (const struct task *task = session->tasks; task != NULL; task = task->next)
		count += task->kind == kind;
	return count;
}
