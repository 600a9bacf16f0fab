/* What runs behind, in this order: every file is opened, the open ones are paired, the rows
 * measured. session_settle compares what there is with what the list of files asks for and
 * starts what is missing, so that a file opened, dropped or brought back at any moment needs no
 * case of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cache.h"
#include "app/state.h"
#include "base/err.h"

enum { OPEN_AT_ONCE = 4 };

void
session_take_pairing(struct session *session, struct pairing *pairing)
{
	if (session->pairing != pairing) {
		session->events |= SESSION_PAIRED;
		session_wake(session);
	}
	pairing_release(session->pairing);
	session->pairing = pairing;
	for (uint32_t i = 0; i < session->setup.sources.count; i++)
		session->setup.sources.item[i]->pub.column = LADLE_NONE;
	for (uint32_t k = 0; pairing != NULL && k < pairing->columns.count; k++)
		pairing->columns.item[k]->pub.column = k;
	session->rows_seen = 0;
	suggestion_clear(session);
	session_changed(session);
}

/* ---- opening behind ---- */

struct opening {
	struct source *source;
	struct source *config; /* of `how`, or NULL */
	struct ladle_open_how how;
	struct ladle *library;
	struct ladle_checkpoint *checkpoint;
};

static void
open_run(struct task *task)
{
	struct opening *opening = task->payload;

	task->status = ladle_checkpoint_open_how(&opening->checkpoint, opening->library,
			opening->source->path, &opening->how, &task->error);
	if (task->status == LADLE_OK)
		ladle_checkpoint_look(opening->checkpoint);
}

static void
open_done(struct task *task)
{
	struct opening *opening = task->payload;
	struct source *source = opening->source;

	source->opening = false;
	if (task->status == LADLE_OK && task->canceled) {
		ladle_checkpoint_close(opening->checkpoint);
		task->status = ladle_fail(&task->error, LADLE_E_CANCELED, source->path,
				"%s: canceled", source->path);
	}
	if (task->status == LADLE_OK) {
		source_set_open(source, opening->checkpoint);
	} else {
		source_set_failed(source, &task->error);
		session_say_error(task->session, &task->error);
	}
	task->session->events |= SESSION_OPENED;
	source_release(source);
	source_release(opening->config);
	free(opening);
}

static void
open_describe(const struct task *task, struct buf *out)
{
	const struct opening *opening = task->payload;

	buf_format(out, "opening %s", opening->source->path);
}

static enum ladle_status
start_opening(struct session *session, struct source *source, struct ladle_error *err)
{
	struct opening *opening = malloc(sizeof(*opening));

	if (opening == NULL)
		return session_out_of_memory(err);
	*opening = (struct opening){.source = source,
			.config = session->setup.config,
			.how = session_how(session),
			.library = session->library};
	struct task model = {.kind = TASK_OPEN,
			.run = open_run,
			.done = open_done,
			.describe = open_describe,
			.payload = opening};
	enum ladle_status status = task_start(session, &model, err);
	if (status != LADLE_OK) {
		free(opening);
		return status;
	}
	source->refs++;
	if (opening->config != NULL)
		opening->config->refs++;
	source->opening = true;
	return LADLE_OK;
}

/* Is every file open or failed? Starts those that are not, as many at once as may be. */
static bool
open_all(struct session *session)
{
	bool complete = true;

	for (uint32_t i = 0; i < session->setup.sources.count; i++) {
		struct source *source = session->setup.sources.item[i];
		struct ladle_error error;
		if (source->pub.state != COLUMN_OPENING)
			continue;
		complete = false;
		if (source->opening || tasks_count(session, TASK_OPEN) >= OPEN_AT_ONCE)
			continue;
		if (start_opening(session, source, &error) != LADLE_OK)
			source_set_failed(source, &error);
	}
	return complete;
}

/* ---- pairing ---- */

static void
log_table(struct session *session, const struct ladle_table *table)
{
	char text[96];

	snprintf(text, sizeof(text), "side by side: %u %s, %u layers, %u rows",
			table->checkpoint_count, table->checkpoint_count == 1 ? "model" : "models",
			table->layer_count, table->row_count);
	session_log_add(session, false, text);
}

enum ladle_status
session_publish(struct session *session, struct pairing *pairing, struct ladle_error *err)
{
	struct ladle_mix *mix;
	struct buf lost;

	buf_init(&lost);
	enum ladle_status status = mix_carry(
			&mix, session, pairing, session->mix, session->pairing, &lost, err);
	if (status == LADLE_OK) {
		ladle_mix_free(session->mix);
		session->mix = mix;
		session_take_pairing(session, pairing_keep(pairing));
		log_table(session, pairing->table);
		if (lost.length > 0)
			session_say(session, false, "dropped, matches nothing now: %s",
					buf_string(&lost));
	}
	buf_done(&lost);
	return status;
}

/* While a table was being made, files may have come and gone. */
bool
session_wants(const struct session *session, const struct pairing *pairing)
{
	const struct setup *setup = &session->setup;
	struct source_list open;

	if (pairing == NULL || !source_list_open(&open, &setup->sources))
		return false;
	bool same = pairing_is_for(pairing, &open, &setup->hands, &setup->lineups);
	source_list_free(&open);
	return same;
}

struct pair_job {
	struct pairing *pairing;
	struct making making;
};

static void
pair_run(struct task *task)
{
	struct pair_job *pair = task->payload;

	task->status = pairing_make(pair->pairing, &pair->making, &task->error);
}

/* What could not be matched, or was canceled, stays as it is stored. */
static struct pairing *
take_what_is_made(struct session *session, struct pairing *pairing)
{
	struct pairing *made = pairing_last_made(pairing);
	struct lineup_list kept;

	if (made == NULL || made == pairing)
		return made;
	if (!lineup_list_copy(&kept, &made->lineups, made->lineups.count))
		return NULL;
	lineup_list_free(&session->setup.lineups);
	session->setup.lineups = kept;
	return made;
}

static void
take_pair(struct task *task, struct pairing *pairing)
{
	struct session *session = task->session;
	struct pairing *made = take_what_is_made(session, pairing);

	if (task->status != LADLE_OK)
		session_say_error(session, &task->error);
	task->status = LADLE_OK;
	if (made != NULL)
		task->status = session_publish(session, made, &task->error);
	if (made != NULL && task->status == LADLE_OK)
		task->status = session_run_waiting(session, &task->error);
	if (task->status != LADLE_OK)
		session_say_error(session, &task->error);
	if (made != NULL)
		return;
	pairing_release(session->refused);
	session->refused = pairing_keep(pairing);
	session->events |= SESSION_PAIRED;
}

static void
pair_done(struct task *task)
{
	struct pair_job *pair = task->payload;

	if (session_wants(task->session, pair->pairing))
		take_pair(task, pair->pairing);
	pairing_release(pair->pairing);
	free(pair);
}

static void
pair_describe(const struct task *task, struct buf *out)
{
	const struct pair_job *pair = task->payload;

	buf_format(out, "pairing the layers of %u checkpoints", pair->pairing->columns.count);
}

static enum ladle_status
start_pair_job(struct session *session, const struct source_list *open, struct ladle_error *err)
{
	struct task model = {.kind = TASK_PAIR,
			.run = pair_run,
			.done = pair_done,
			.describe = pair_describe,
			.job = ladle_job_new()};
	struct pair_job *pair = malloc(sizeof(*pair));
	enum ladle_status status = LADLE_E_MEMORY;

	if (pair != NULL)
		*pair = (struct pair_job){
				.pairing = session_pairing_for(session, open, &session->setup.hands,
						&session->setup.lineups),
				.making = session_making(session, model.job)};
	model.payload = pair;
	if (pair != NULL && pair->pairing != NULL && model.job != NULL)
		status = task_start(session, &model, err);
	else
		session_out_of_memory(err);
	if (status == LADLE_OK)
		return LADLE_OK;
	if (pair != NULL)
		pairing_release(pair->pairing);
	free(pair);
	ladle_job_free(model.job);
	return status;
}

/* What could not be paired once is not tried again until something else is asked for. */
static void
start_pairing(struct session *session)
{
	struct source_list open;
	struct ladle_error error;

	if (!source_list_open(&open, &session->setup.sources))
		return;
	if (open.count > 0 && !session_wants(session, session->refused) &&
			start_pair_job(session, &open, &error) != LADLE_OK)
		session_say_error(session, &error);
	source_list_free(&open);
}

/* ---- measuring ---- */

struct measuring {
	struct pairing *pairing;
	struct cache cache; /* without a folder: nothing is kept */
};

/* On a thread of the pool. */
static void
on_row(uint32_t row, void *arg)
{
	struct task *task = arg;
	struct measuring *measuring = task->payload;

	(void)row;
	atomic_fetch_add(&measuring->pairing->rows, 1);
	session_wake(task->session);
}

static void
measure_run(struct task *task)
{
	struct measuring *measuring = task->payload;
	struct pairing *pairing = measuring->pairing;
	struct ladle_key key;
	bool keeps = measuring->cache.folder != NULL &&
		     ladle_measurement_key(&key, pairing->measurement, NULL) == LADLE_OK;

	if (keeps && cache_load(&measuring->cache, &key, pairing->measurement)) {
		atomic_store(&pairing->rows, pairing->table->row_count);
		return;
	}
	task->status = ladle_measure(pairing->measurement, task->session->library, task->job,
			on_row, task, &task->error);
	if (keeps && task->status == LADLE_OK)
		cache_save(&measuring->cache, &key, pairing->measurement);
}

static void
measuring_free(struct measuring *measuring)
{
	if (measuring == NULL)
		return;
	pairing_release(measuring->pairing);
	free(measuring->cache.folder);
	free(measuring);
}

static void
measure_done(struct task *task)
{
	struct session *session = task->session;
	struct measuring *measuring = task->payload;
	struct pairing *pairing = measuring->pairing;

	session->events |= SESSION_FIGURES;
	session_changed(session);
	/* When it was canceled because another table came, it goes on after undo returns to
	 * this one. */
	if (task->status != LADLE_E_CANCELED || task->stopped)
		pairing->measured = true;
	if (task->status == LADLE_E_CANCELED && task->stopped)
		session_say(session, true, "measuring canceled: %u of %u rows",
				atomic_load(&pairing->rows), pairing->table->row_count);
	else if (task->status != LADLE_OK && task->status != LADLE_E_CANCELED)
		session_say_error(session, &task->error);
	measuring_free(measuring);
}

static void
measure_describe(const struct task *task, struct buf *out)
{
	const struct measuring *measuring = task->payload;
	struct pairing *pairing = measuring->pairing;

	buf_format(out, "measuring %u of %u rows", atomic_load(&pairing->rows),
			pairing->table->row_count);
}

/* Cancels the measuring of other tables. Is this one being measured? */
static bool
is_measuring(struct session *session, const struct pairing *pairing)
{
	bool found = false;

	for (struct task *task = session->tasks; task != NULL; task = task->next) {
		if (task->kind != TASK_MEASURE)
			continue;
		if (((struct measuring *)task->payload)->pairing == pairing)
			found = true;
		else if (!task->canceled)
			task_cancel(task);
	}
	return found;
}

/* What the settings say now: a thread has no business with them. */
static struct measuring *
measuring_new(const struct session *session)
{
	struct measuring *measuring = calloc(1, sizeof(*measuring));

	if (measuring == NULL)
		return NULL;
	measuring->pairing = pairing_keep(session->pairing);
	measuring->cache.limit = session_setting_size(session, "cache-size");
	if (session->cache != NULL && session_setting_on(session, "cache"))
		measuring->cache.folder = strdup(session->cache);
	return measuring;
}

static void
start_measuring(struct session *session)
{
	struct ladle_error error;
	struct task model = {.kind = TASK_MEASURE,
			.run = measure_run,
			.done = measure_done,
			.describe = measure_describe,
			.job = ladle_job_new()};
	struct measuring *measuring = measuring_new(session);

	model.payload = measuring;
	if (model.job != NULL && measuring != NULL &&
			task_start(session, &model, &error) == LADLE_OK)
		return;
	if (model.job != NULL && measuring != NULL)
		session_say_error(session, &error);
	ladle_job_free(model.job);
	measuring_free(measuring);
}

enum ladle_status
session_keep_figures(struct session *session, const char *folder, struct ladle_error *err)
{
	char *copy = folder == NULL ? NULL : strdup(folder);

	if (folder != NULL && copy == NULL)
		return session_out_of_memory(err);
	free(session->cache);
	session->cache = copy;
	return LADLE_OK;
}

void
session_settle(struct session *session)
{
	if (session->mode != MODE_LIVE)
		return;
	if (open_all(session) && tasks_count(session, TASK_PAIR) == 0 &&
			!session_wants(session, session->pairing))
		start_pairing(session);
	if (session->pairing != NULL && !is_measuring(session, session->pairing) &&
			!session->pairing->measured)
		start_measuring(session);
	session_settle_suggestion(session);
}

enum ladle_status
session_start(struct session *session, struct ladle_error *err)
{
	if (session->setup.sources.count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "no file is named");
	session->mode = MODE_LIVE;
	session_record(session, SAVED_AMEND);
	session_settle(session);
	return LADLE_OK;
}
