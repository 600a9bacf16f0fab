#include "app/session.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "base/err.h"

enum ladle_status
session_out_of_memory(struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
}

enum ladle_status
session_fail_line(struct ladle_error *err, int line, const struct ladle_error *cause)
{
	bool unsaid = *cause->path != '\0' && strstr(cause->text, cause->path) == NULL;

	return ladle_fail(err, cause->status, NULL, "line %d: %s%s%s", line,
			unsaid ? cause->path : "", unsaid ? ": " : "", cause->text);
}

void
session_say(struct session *session, bool error, const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	buf_clear(&session->message);
	buf_text(&session->message, line);
	session->message_is_error = error;
	session->events |= SESSION_MESSAGE;
	session_log_add(session, error, line);
}

void
session_say_error(struct session *session, const struct ladle_error *error)
{
	if (*error->path != '\0' && strstr(error->text, error->path) == NULL)
		session_say(session, true, "%s: %s", error->path, error->text);
	else
		session_say(session, true, "%s", error->text);
}

/* Called by any thread, with no lock held. One wake until the owner polls is enough. */
void
session_wake(struct session *session)
{
	if (session->wake != NULL && !atomic_exchange(&session->woken, true))
		session->wake(session->wake_arg);
}

void
session_changed(struct session *session)
{
	session->generation++;
}

enum ladle_status
session_new(struct session **out, struct ladle *library, void (*wake)(void *arg), void *arg,
		struct ladle_error *err)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return session_out_of_memory(err);
	session->library = library;
	session->wake = wake;
	session->wake_arg = arg;
	session->setting_source = "command";
	session->output.format = -1;
	session->export_options.format = -1;
	buf_init(&session->message);
	atomic_init(&session->woken, false);
	if (!keymap_init(&session->keymap) || !history_init(&session->history)) {
		keymap_done(&session->keymap);
		free(session);
		return session_out_of_memory(err);
	}
	pthread_mutex_init(&session->lock, NULL);
	pthread_cond_init(&session->finished, NULL);
	*out = session;
	return LADLE_OK;
}

/* Nothing new may start while the last ones end. */
static void
stop_tasks(struct session *session)
{
	for (struct task *task = session->tasks; task != NULL; task = task->next)
		task_cancel(task);
	session->mode = MODE_NEW;
	while (session->tasks != NULL) {
		tasks_wait(session);
		tasks_reap(session);
	}
}

void
session_free(struct session *session)
{
	if (session == NULL)
		return;
	stop_tasks(session);
	session_keep_free(session);
	unit_maps_free(session);
	pictures_free(session);
	suggestion_clear(session);
	history_free(&session->history);
	ladle_mix_free(session->mix);
	pairing_release(session->pairing);
	pairing_release(session->refused);
	setup_free(&session->setup);
	for (int i = 0; i < session->waiting_count; i++)
		free(session->waiting[i].line);
	free(session->waiting);
	free(session->judgements);
	free(session->cache);
	free(session->epochs);
	settings_free(session);
	keymap_done(&session->keymap);
	export_free(session);
	jobs_free(session);
	buf_done(&session->message);
	pthread_cond_destroy(&session->finished);
	pthread_mutex_destroy(&session->lock);
	free(session);
}

/* ---- events ---- */

static void
look_at_figures(struct session *session)
{
	if (session->pairing == NULL)
		return;
	uint32_t rows = atomic_load(&session->pairing->rows);
	if (rows == session->rows_seen)
		return;
	session->rows_seen = rows;
	session->events |= SESSION_FIGURES;
	session_changed(session);
}

/* The flag is lowered first: what finishes after that wakes again. */
unsigned
session_poll(struct session *session)
{
	atomic_store(&session->woken, false);
	tasks_reap(session);
	session_settle(session);
	look_at_figures(session);
	if (session->tasks != NULL)
		session->events |= SESSION_JOB;
	unsigned events = session->events;
	session->events = 0;
	return events;
}

unsigned
session_wait(struct session *session)
{
	unsigned events = session_poll(session);

	while (session_busy(session)) {
		tasks_wait(session);
		events |= session_poll(session);
	}
	return events;
}

bool
session_busy(const struct session *session)
{
	return session->tasks != NULL;
}

/* ---- what is open ---- */

uint32_t
session_file_count(const struct session *session)
{
	return session->setup.sources.count;
}

const struct session_file *
session_file(const struct session *session, uint32_t file)
{
	return &session->setup.sources.item[file]->pub;
}

const struct session_file *
session_column(const struct session *session, uint32_t column)
{
	return &session->pairing->columns.item[column]->pub;
}

uint32_t
session_find(const struct session *session, const char *id)
{
	return source_list_find(&session->setup.sources, id);
}

struct ladle_open_how
session_how(const struct session *session)
{
	return setup_how(&session->setup);
}

const char *
session_config_path(const struct session *session)
{
	return session->setup.config == NULL ? NULL : session->setup.config->path;
}

/* A branch has had its config cut out of that file's. */
const char *
session_export_config(const struct session *session)
{
	if (session->mix == NULL)
		return session_config_path(session);
	const struct source_list *columns = &session->pairing->columns;
	const struct ladle_checkpoint *template_ =
			columns->item[ladle_mix_template(session->mix)]->checkpoint;
	return template_->format == LADLE_BRANCH && template_->has_config
			       ? NULL
			       : session_config_path(session);
}

bool
session_keeps_optimizer(const struct session *session)
{
	return session->setup.keep_optimizer;
}

uint32_t
session_hand_count(const struct session *session)
{
	return session->setup.hands.count;
}

void
session_hand_text(const struct session *session, uint32_t hand, struct buf *out)
{
	hand_text(out, session->setup.hands.item[hand]);
}

const struct ladle_table *
session_table(const struct session *session)
{
	return session->pairing == NULL ? NULL : session->pairing->table;
}

const struct ladle_measurement *
session_measurement(const struct session *session)
{
	return session->pairing == NULL ? NULL : session->pairing->measurement;
}

const struct ladle_mix *
session_mix(const struct session *session)
{
	return session->mix;
}

struct ladle *
session_library(const struct session *session)
{
	return session->library;
}

uint64_t
session_generation(const struct session *session)
{
	return session->generation;
}

const char *
session_message(const struct session *session)
{
	return buf_string(&session->message);
}

bool
session_message_is_error(const struct session *session)
{
	return session->message_is_error;
}

/* ---- judgements ---- */

/* The same table and mix, judged before: only rows that had no figures can have changed. */
static bool
only_figures_came(const struct session *session)
{
	return session->judgements != NULL && session->judged_pairing == session->pairing &&
	       session->judged_suggestion == session->suggestion.pairing &&
	       session->judged_mix == session->mix && session->judged_id == session->id;
}

static void
judge_all(struct session *session)
{
	const struct pairing *pairing = session->pairing;
	bool pending_alone = only_figures_came(session);

	for (uint32_t i = 0; i < pairing->table->row_count; i++) {
		if (pending_alone && session->judgements[i].state != LADLE_PENDING &&
				!isnan(session->judgements[i].keep))
			continue;
		session->judgements[i] = ladle_judge(
				pairing->table, pairing->measurement, session->mix, i);
		session_judge_order(session, i, &session->judgements[i]);
	}
	session->verdict = ladle_verdict_of(pairing->table, session->judgements);
	session->judged_pairing = session->pairing;
	session->judged_mix = session->mix;
	session->judged_suggestion = session->suggestion.pairing;
	session->judged_id = session->id;
	session->judged_generation = session->generation;
}

const struct ladle_judgement *
session_judgements(struct session *session)
{
	if (session->pairing == NULL)
		return NULL;
	if (session->judgements != NULL && session->judged_pairing == session->pairing &&
			session->judged_generation == session->generation)
		return session->judgements;
	if (session->judgements == NULL || session->judged_pairing != session->pairing) {
		size_t rows = (size_t)session->pairing->table->row_count + 1;
		free(session->judgements);
		session->judgements = calloc(rows, sizeof(*session->judgements));
		session->judged_pairing = NULL;
		if (session->judgements == NULL)
			return NULL;
	}
	judge_all(session);
	return session->judgements;
}

struct ladle_verdict
session_verdict(struct session *session)
{
	if (session_judgements(session) == NULL)
		return (struct ladle_verdict){.state = LADLE_PENDING, .row = LADLE_NONE};
	return session->verdict;
}
