/* Pictures of one row: how its values lie and what its kernel looks like, computed behind and kept
 * while they are looked at. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "base/err.h"

enum { PICTURES_KEPT = 12, RUNNING_MOST = 3 };

/* What is asked for. */
struct picture_key {
	struct pairing *pairing; /* held by the picture */
	uint32_t row;
	bool is_window;
	struct ladle_window window;
};

struct picture {
	struct picture *next;
	struct picture_key key;
	double *w; /* [K] of the mix, not divided by `sum` */
	double sum;
	struct ladle_histogram *histogram;
	double *cells;
	bool known;
	struct ladle_error error; /* status LADLE_OK: none */
};

static void
picture_free(struct picture *picture)
{
	if (picture == NULL)
		return;
	pairing_release(picture->key.pairing);
	ladle_histogram_free(picture->histogram);
	free(picture->cells);
	free(picture->w);
	free(picture);
}

void
pictures_free(struct session *session)
{
	while (session->pictures != NULL) {
		struct picture *picture = session->pictures;
		session->pictures = picture->next;
		picture_free(picture);
	}
}

/* ---- behind ---- */

static void
picture_run(struct task *task)
{
	struct picture *picture = task->payload;
	const struct picture_key *key = &picture->key;
	const struct ladle_window *window = &key->window;
	size_t cells = (size_t)window->down * window->across;

	if (!key->is_window) {
		task->status = ladle_row_histogram(&picture->histogram, task->session->library,
				key->pairing->table, key->row, picture->w, picture->sum,
				SESSION_BINS, task->job, &task->error);
		return;
	}
	picture->cells = malloc(
			(key->pairing->table->checkpoint_count + 1) * cells * sizeof(double));
	task->status = picture->cells == NULL
				       ? session_out_of_memory(&task->error)
				       : ladle_row_window(picture->cells, task->session->library,
							 key->pairing->table, key->row, picture->w,
							 picture->sum, window, task->job,
							 &task->error);
}

static void
keep_few(struct session *session)
{
	struct picture **at = &session->pictures;

	for (int kept = 0; *at != NULL; kept++) {
		struct picture *picture = *at;
		if (picture->key.pairing == session->pairing && kept < PICTURES_KEPT) {
			at = &picture->next;
			continue;
		}
		*at = picture->next;
		picture_free(picture);
	}
}

static void
keep(struct session *session, struct picture *picture)
{
	picture->next = session->pictures;
	session->pictures = picture;
	keep_few(session);
}

/* One that failed, or that a person stopped, is kept as well, so that it is not tried again at
 * every frame; what nobody looks at any more is not. */
static void
picture_done(struct task *task)
{
	struct picture *picture = task->payload;

	task->session->events |= SESSION_PICTURES;
	if (task->canceled && !task->stopped) {
		picture_free(picture);
		return;
	}
	if (task->status != LADLE_OK)
		picture->error = task->error;
	picture->known = task->status == LADLE_OK;
	keep(task->session, picture);
}

static void
picture_describe(const struct task *task, struct buf *out)
{
	const struct picture_key *key = &((const struct picture *)task->payload)->key;

	buf_format(out, "reading the values of %s", key->pairing->table->rows[key->row].label);
}

/* ---- asking ---- */

static bool
is_same_key(const struct picture_key *a, const struct picture_key *b)
{
	const struct ladle_window *v = &a->window, *w = &b->window;

	return a->pairing == b->pairing && a->row == b->row && a->is_window == b->is_window &&
	       v->top == w->top && v->left == w->left && v->height == w->height &&
	       v->width == w->width && v->down == w->down && v->across == w->across;
}

static bool
is_of_mix(const struct picture *picture, const double *w, double sum)
{
	uint32_t columns = picture->key.pairing->table->checkpoint_count;

	return picture->sum == sum && memcmp(picture->w, w, columns * sizeof(*w)) == 0;
}

/* Of this mix, or else of another one: all but its average is the same. */
static struct picture *
find_picture(const struct session *session, const struct picture_key *key, const double *w,
		double sum)
{
	struct picture *other = NULL;

	for (struct picture *at = session->pictures; at != NULL; at = at->next) {
		if (!is_same_key(&at->key, key))
			continue;
		if (is_of_mix(at, w, sum))
			return at;
		if (other == NULL && at->known)
			other = at;
	}
	return other;
}

/* Lets go of what was asked for before, and says whether this is under way. */
static bool
is_running(struct session *session, const struct picture_key *key, const double *w, double sum)
{
	bool running = false;

	for (struct task *task = session->tasks; task != NULL; task = task->next) {
		const struct picture *picture = task->payload;
		if (task->kind != TASK_PICTURE || task->canceled ||
				picture->key.is_window != key->is_window)
			continue;
		if (is_same_key(&picture->key, key) && is_of_mix(picture, w, sum))
			running = true;
		else
			task_cancel(task);
	}
	return running;
}

/* Takes w over. */
static void
start_picture(struct session *session, const struct picture_key *key, double *w, double sum)
{
	struct task model = {.kind = TASK_PICTURE,
			.run = picture_run,
			.done = picture_done,
			.describe = picture_describe,
			.job = ladle_job_new()};
	struct picture *picture = model.job == NULL ? NULL : calloc(1, sizeof(*picture));

	if (picture == NULL) {
		ladle_job_free(model.job);
		free(w);
		return;
	}
	picture->key = *key;
	picture->w = w;
	picture->sum = sum;
	pairing_keep(key->pairing);
	model.payload = picture;
	if (task_start(session, &model, &picture->error) != LADLE_OK) {
		ladle_job_free(model.job);
		picture_free(picture);
	}
}

static const struct picture *
ask(struct session *session, const struct picture_key *key, bool *mixed, const char **why)
{
	const struct ladle_table *table = session_table(session);
	struct picture *found;

	*why = session->told ? session->pairing->no_groups.text : "";
	*mixed = false;
	if (session->told)
		return NULL;
	double *w = malloc(((size_t)table->checkpoint_count + 1) * sizeof(*w));
	if (w == NULL)
		return NULL;
	double sum = ladle_mix_weights(session->mix, table, key->row, w).sum;
	found = find_picture(session, key, w, sum);
	*mixed = found != NULL && is_of_mix(found, w, sum);
	if (!*mixed && !is_running(session, key, w, sum) &&
			tasks_count(session, TASK_PICTURE) < RUNNING_MOST)
		start_picture(session, key, w, sum);
	else
		free(w);
	if (found != NULL && !found->known)
		*why = found->error.text;
	return found != NULL && found->known ? found : NULL;
}

const struct ladle_histogram *
session_histogram(struct session *session, uint32_t row, bool *mixed, const char **why)
{
	const struct picture_key key = {.pairing = session->pairing, .row = row};
	const struct picture *picture = ask(session, &key, mixed, why);

	return picture == NULL ? NULL : picture->histogram;
}

const double *
session_window(struct session *session, uint32_t row, const struct ladle_window *window,
		bool *mixed, const char **why)
{
	const struct picture_key key = {session->pairing, row, true, *window};
	const struct picture *picture = ask(session, &key, mixed, why);

	return picture == NULL ? NULL : picture->cells;
}
