/* One line on stderr while something long runs, taken away again at its end. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/format.h"
#include "cli/run.h"

enum { FIRST_MS = 400, EACH_MS = 100 };

/* Draws from a thread of its own until told to stop. */
struct drawing {
	const struct ladle_job *job;
	const char *what;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop, drawn, counts;
};

static void
draw(struct drawing *drawing)
{
	uint64_t done, total;
	char read[16], all[16];

	ladle_job_progress(drawing->job, &done, &total);
	if (!total)
		return;
	format_bytes(read, done);
	format_bytes(all, total);
	fprintf(stderr, "\r%s %3.0f%%", drawing->what, 100 * (double)done / (double)total);
	if (!drawing->counts)
		fprintf(stderr, "  %s of %s", read, all);
	fputs("\033[K", stderr);
	drawing->drawn = true;
}

static struct timespec
in_ms(int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_nsec += ms * 1000000L;
	at.tv_sec += at.tv_nsec / 1000000000L;
	at.tv_nsec %= 1000000000L;
	return at;
}

/* Sleeps on the condition, not by the clock: the end of the work ends it at once. */
static void *
draw_main(void *arg)
{
	struct drawing *drawing = arg;
	int ms = FIRST_MS; /* what is quick needs no bar */

	pthread_mutex_lock(&drawing->lock);
	while (!drawing->stop) {
		struct timespec until = in_ms(ms);

		if (pthread_cond_timedwait(&drawing->changed, &drawing->lock, &until))
			draw(drawing);
		ms = EACH_MS;
	}
	pthread_mutex_unlock(&drawing->lock);
	if (drawing->drawn)
		fputs("\r\033[K", stderr);
	return NULL;
}

/* The line is drawn over and over: a dumb terminal would show each of them. */
static bool
can_draw(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb");
}

enum ladle_status
progress_during(struct cli_run *run, const char *what, bool counts,
		enum ladle_status (*work)(struct cli_run *, void *arg, struct ladle_error *),
		void *arg, struct ladle_error *err)
{
	struct drawing drawing = {
			.job = run->job,
			.what = what,
			.counts = counts,
			.lock = PTHREAD_MUTEX_INITIALIZER,
			.changed = PTHREAD_COND_INITIALIZER,
	};
	bool shown = !run->quiet && can_draw();
	enum ladle_status status;
	pthread_t thread;

	shown = shown && !pthread_create(&thread, NULL, draw_main, &drawing);
	status = work(run, arg, err);
	if (!shown)
		return status;
	pthread_mutex_lock(&drawing.lock);
	drawing.stop = true;
	pthread_cond_signal(&drawing.changed);
	pthread_mutex_unlock(&drawing.lock);
	pthread_join(thread, NULL);
	return status;
}
