/* The commands that take units in another order, and the matching that they ask for. */
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

/* ---- pairings that are known ---- */

/* In a chain, the one for these. */
static struct pairing *
find_in_chain(struct pairing *pairing, const struct source_list *columns,
		const struct hand_list *hands, const struct lineup_list *lineups)
{
	for (; pairing != NULL; pairing = pairing->before)
		if (pairing_is_made(pairing) &&
				pairing_is_for(pairing, columns, hands, lineups))
			return pairing;
	return NULL;
}

static struct pairing *
find_in_history(const struct history *history, const struct source_list *columns,
		const struct hand_list *hands, const struct lineup_list *lineups)
{
	struct pairing *found = NULL;

	for (int i = history->count; found == NULL && i-- > 0;) {
		const struct step *step = history->steps[i];
		found = find_in_chain(step->pairing, columns, hands, lineups);
		if (found == NULL)
			found = find_in_chain(step->suggestion, columns, hands, lineups);
	}
	return found;
}

/* Steps of undo keep their pairings, so that what was matched once is not matched again. */
static struct pairing *
find_pairing(const struct session *session, const struct source_list *columns,
		const struct hand_list *hands, const struct lineup_list *lineups)
{
	struct pairing *found = find_in_chain(session->pairing, columns, hands, lineups);

	if (found == NULL)
		found = find_in_chain(session->suggestion.pairing, columns, hands, lineups);
	if (found == NULL)
		found = find_in_history(&session->history, columns, hands, lineups);
	return found;
}

struct pairing *
session_pairing_for(const struct session *session, const struct source_list *columns,
		const struct hand_list *hands, const struct lineup_list *lineups)
{
	struct pairing *known = find_pairing(session, columns, hands, lineups), *before = NULL;
	struct lineup_list earlier;

	if (known != NULL)
		return pairing_keep(known);
	if (lineups->count > 0) {
		if (!lineup_list_copy(&earlier, lineups, lineups->count - 1))
			return NULL;
		before = session_pairing_for(session, columns, hands, &earlier);
		lineup_list_free(&earlier);
		if (before == NULL)
			return NULL;
	}
	return pairing_new(columns, hands, lineups, before);
}

struct making
session_making(const struct session *session, struct ladle_job *job)
{
	return (struct making){.library = session->library,
			.job = job,
			.memory = session_setting_size(session, "match-memory"),
			.no_null = !session_setting_on(session, "match-null")};
}

/* ---- matching behind ---- */

struct matching {
	struct pairing *from, *to;
	struct lineup_list lineups; /* of the setup that is asked for */
	struct making making;
	char *text;
	bool initial; /* asked for before the start */
};

static void
matching_free(struct matching *matching)
{
	if (matching == NULL)
		return;
	pairing_release(matching->from);
	pairing_release(matching->to);
	lineup_list_free(&matching->lineups);
	free(matching->text);
	free(matching);
}

static void
match_run(struct task *task)
{
	struct matching *matching = task->payload;

	task->status = pairing_make(matching->to, &matching->making, &task->error);
}

static enum ladle_status
take_matched(struct session *session, struct matching *matching, struct ladle_error *err)
{
	struct setup setup;

	if (!setup_copy(&setup, &session->setup))
		return session_out_of_memory(err);
	lineup_list_free(&setup.lineups);
	setup.lineups = matching->lineups;
	matching->lineups = (struct lineup_list){0};
	bool saved = !session_unsaved(session);
	session->initial = matching->initial;
	enum ladle_status status = session_commit_setup(
			session, &setup, matching->to, matching->text, err);
	session->initial = false;
	if (status != LADLE_OK)
		setup_free(&setup);
	else if (matching->initial && saved)
		session->saved_id = session->id;
	return status;
}

/* A person who cancels has the session as it was; one who changes the table meanwhile is told. */
static void
match_done(struct task *task)
{
	struct session *session = task->session;
	struct matching *matching = task->payload;
	bool stale = matching->from != session->pairing;

	if (task->status == LADLE_OK && !task->canceled && !stale)
		task->status = take_matched(session, matching, &task->error);
	else if (task->status == LADLE_OK || task->status == LADLE_E_CANCELED)
		task->status = ladle_fail(&task->error, LADLE_E_CANCELED, NULL, "%s: canceled%s",
				matching->text, stale ? ", the table is another one now" : "");
	if (task->status != LADLE_OK)
		session_say_error(session, &task->error);
	matching_free(matching);
	if (session_run_waiting(session, &task->error) != LADLE_OK)
		session_say_error(session, &task->error);
}

static void
match_describe(const struct task *task, struct buf *out)
{
	const struct matching *matching = task->payload;

	buf_format(out, "matching units: %s", matching->text);
}

static struct matching *
matching_new(struct session *session, const struct setup *setup, struct pairing *to,
		const char *text, struct ladle_job *job)
{
	struct matching *matching = calloc(1, sizeof(*matching));

	if (matching == NULL)
		return NULL;
	*matching = (struct matching){.from = pairing_keep(session->pairing),
			.to = pairing_keep(to),
			.making = session_making(session, job),
			.text = strdup(text),
			.initial = session->initial};
	if (matching->text != NULL && lineup_list_copy(&matching->lineups, &setup->lineups,
						      setup->lineups.count))
		return matching;
	matching_free(matching);
	return NULL;
}

enum ladle_status
session_match_behind(struct session *session, struct setup *setup, struct pairing *to,
		const char *text, struct ladle_error *err)
{
	struct task model = {.kind = TASK_MATCH,
			.run = match_run,
			.done = match_done,
			.describe = match_describe,
			.job = ladle_job_new()};
	struct matching *matching = matching_new(session, setup, to, text, model.job);
	enum ladle_status status = LADLE_E_MEMORY;

	model.payload = matching;
	if (model.job != NULL && matching != NULL)
		status = task_start(session, &model, err);
	else
		session_out_of_memory(err);
	if (status == LADLE_OK) {
		setup_free(setup);
		return LADLE_OK;
	}
	matching_free(matching);
	ladle_job_free(model.job);
	return status;
}

bool
session_matching(const struct session *session)
{
	return tasks_count(session, TASK_MATCH) > 0;
}

void
session_matching_lines(const struct session *session, struct buf *out)
{
	for (const struct task *task = session->tasks; task != NULL; task = task->next) {
		const struct matching *matching = task->payload;
		if (task->kind == TASK_MATCH && matching->initial && !task->canceled)
			buf_format(out, "%s\n", matching->text);
	}
}

/* ---- align, unalign ---- */

/* *wait: it is still being opened. */
static enum ladle_status
check_id(const struct session *session, const struct words *words, const char *id, bool *wait,
		struct ladle_error *err)
{
	uint32_t source;
	int i = words->count - 1;

	while (i > 0 && strcmp(words->word[i], id) != 0)
		i--;
	TRY(session_find_id(session, id, strlen(id), words->column[i], &source, err));
	const struct session_file *file = &session->setup.sources.item[source]->pub;
	if (file->state == COLUMN_FAILED)
		return ladle_fail(err, LADLE_E_USAGE, file->path, "%s is not open: %s", file->id,
				file->error.text);
	*wait = *wait || file->state == COLUMN_OPENING;
	return LADLE_OK;
}

static enum ladle_status
check_ids(const struct session *session, const struct words *words, const struct lineup *lineup,
		bool *wait, struct ladle_error *err)
{
	TRY(check_id(session, words, lineup->to, wait, err));
	for (uint32_t i = 0; i < lineup->count; i++)
		TRY(check_id(session, words, lineup->id[i], wait, err));
	return LADLE_OK;
}

static enum ladle_status
change(struct session *session, struct setup *setup, const struct buf *text,
		struct ladle_error *err)
{
	enum ladle_status status =
			text->failed ? session_out_of_memory(err)
				     : session_change_setup(session, setup, buf_string(text), err);

	if (status != LADLE_OK)
		setup_free(setup);
	return status;
}

static enum ladle_status
add_lineup(struct session *session, struct lineup *lineup, struct ladle_error *err)
{
	struct setup setup;
	struct buf text;

	if (!setup_copy(&setup, &session->setup))
		return session_out_of_memory(err);
	if (!lineup_list_append(&setup.lineups, lineup)) {
		setup_free(&setup);
		return session_out_of_memory(err);
	}
	buf_init(&text);
	lineup_text(&text, lineup);
	enum ladle_status status = change(session, &setup, &text, err);
	buf_done(&text);
	return status;
}

/* Lines wait for the table, and for one another. */
static bool
must_wait(const struct session *session)
{
	return session->pairing == NULL || session_matching(session) ||
	       tasks_count(session, TASK_PAIR) > 0;
}

static const char *
template_id(const struct session *session)
{
	if (session->mix == NULL)
		return session->setup.sources.count == 0 ? ""
							 : session->setup.sources.item[0]->id;
	return session->pairing->columns.item[ladle_mix_template(session->mix)]->id;
}

enum ladle_status
session_run_align(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct lineup *lineup;
	bool wait = must_wait(session);

	TRY(lineup_read(&lineup, words, template_id(session), err));
	enum ladle_status status = check_ids(session, words, lineup, &wait, err);
	if (status == LADLE_OK)
		status = wait ? session_defer(session, words, err)
			      : add_lineup(session, lineup, err);
	lineup_release(lineup);
	return status;
}

/* The names of all that is open, for a line that means all others. */
static bool
release_units(const struct session *session, struct lineup_list *lineups, const char *id)
{
	const struct source_list *sources = &session->setup.sources;
	const char **names = calloc((size_t)sources->count + 1, sizeof(*names));

	if (names == NULL)
		return false;
	for (uint32_t i = 0; i < sources->count; i++)
		names[i] = sources->item[i]->id;
	bool good = lineup_list_release(lineups, id, names, sources->count);
	free(names);
	return good;
}

static bool
is_moved(const struct lineup_list *lineups, const char *id)
{
	for (uint32_t i = 0; i < lineups->count; i++)
		if (lineup_moves(lineups->item[i], id))
			return true;
	return false;
}

static enum ladle_status
take_back(struct session *session, const struct words *words, struct ladle_error *err)
{
	const char *id = words->count == 2 ? words->word[1] : NULL;
	struct setup setup;
	struct buf text;
	bool good = true;

	if (id == NULL ? session->setup.lineups.count == 0
		       : !is_moved(&session->setup.lineups, id))
		return ladle_fail(err, LADLE_E_USAGE, NULL, "no `align` moves units of %s",
				id == NULL ? "any checkpoint" : id);
	if (!setup_copy(&setup, &session->setup))
		return session_out_of_memory(err);
	if (id == NULL)
		lineup_list_free(&setup.lineups);
	else
		good = release_units(session, &setup.lineups, id);
	if (!good) {
		setup_free(&setup);
		return session_out_of_memory(err);
	}
	buf_init(&text);
	words_join(&text, words);
	enum ladle_status status = change(session, &setup, &text, err);
	buf_done(&text);
	return status;
}

enum ladle_status
session_run_unalign(struct session *session, const struct words *words, struct ladle_error *err)
{
	uint32_t source;

	if (words->count > 2)
		return session_fail_needs(words->word[0], COMMAND_UNALIGN, err);
	if (words->count == 2)
		TRY(session_read_checkpoint(session, words, 1, &source, err));
	if (must_wait(session))
		return session_defer(session, words, err);
	return take_back(session, words, err);
}

/* ---- what others ask ---- */

const struct ladle_groups *
session_groups(const struct session *session, const char **why)
{
	const struct pairing *pairing = session->pairing;

	if (why != NULL)
		*why = pairing == NULL	       ? "there is no table of layers yet"
		       : pairing->groups == NULL ? pairing->no_groups.text
						 : "";
	return pairing == NULL ? NULL : pairing->groups;
}

bool
session_is_aligned(const struct session *session)
{
	return session->told_aligned || session_alignment(session) != NULL;
}

const struct ladle_alignment *
session_alignment(const struct session *session)
{
	return session->pairing == NULL ? NULL : session->pairing->alignment;
}

const char *
session_lined_up_to(const struct session *session, uint32_t column)
{
	const struct pairing *pairing = session->pairing;

	for (uint32_t i = pairing->lineups.count; i-- > 0;)
		if (lineup_moves(pairing->lineups.item[i], pairing->columns.item[column]->id))
			return pairing->lineups.item[i]->to;
	return NULL;
}

uint32_t
session_lineup_count(const struct session *session)
{
	return session->setup.lineups.count;
}

void
session_lineup_text(const struct session *session, uint32_t lineup, struct buf *out)
{
	lineup_text(out, session->setup.lineups.item[lineup]);
}

void
session_use_job(struct session *session, struct ladle_job *job)
{
	session->job = job;
}
