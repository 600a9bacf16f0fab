/* The same work as in session_jobs.c, done before the call returns: for the command line, and for
 * changes of the list of files whose files are open already. */
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "app/words.h"
#include "base/err.h"
#include "base/pool.h"

/* ---- another setup, now ---- */

/* All that can fail comes first; then the session takes over the setup, the table and the mix. */
enum ladle_status
session_commit_setup(struct session *session, struct setup *setup, struct pairing *pairing,
		const char *text, struct ladle_error *err)
{
	struct ladle_mix *mix = NULL;
	struct buf lost;

	buf_init(&lost);
	enum ladle_status status = mix_carry(
			&mix, session, pairing, session->mix, session->pairing, &lost, err);
	if (status == LADLE_OK && !session->reading_recipe)
		status = mix_check(mix, pairing, err);
	if (status == LADLE_OK)
		status = session_remember(session, text, LADLE_NONE, err);
	if (status != LADLE_OK) {
		ladle_mix_free(mix);
		goto out;
	}
	setup_free(&session->setup);
	session->setup = *setup;
	ladle_mix_free(session->mix);
	session->mix = mix;
	session_take_pairing(session, pairing_keep(pairing));
	if (lost.length > 0)
		session_say(session, false, "dropped, matches nothing now: %s", buf_string(&lost));
	session_record(session, SAVED_STEP);
out:
	buf_done(&lost);
	return status;
}

/* Is a file still to be opened: any, or one that stands for a column of the table? */
static bool
is_opening(const struct source_list *sources, const struct pairing *pairing)
{
	for (uint32_t i = 0; i < sources->count; i++)
		if (sources->item[i]->pub.state == COLUMN_OPENING &&
				(pairing == NULL ||
						source_list_index(&pairing->columns,
								sources->item[i]) != LADLE_NONE))
			return true;
	return false;
}

/* Is there to be another table, now that all its files are open? */
static bool
pairs_again(const struct session *session, const struct setup *setup,
		const struct source_list *open)
{
	bool other = !hand_list_same(&session->setup.hands, &setup->hands) ||
		     !lineup_list_same(&session->setup.lineups, &setup->lineups);

	if (session->mode == MODE_NEW || open->count == 0 ||
			is_opening(&setup->sources, session->pairing))
		return false;
	return other ||
	       (session->pairing != NULL && !source_list_same(open, &session->pairing->columns));
}

/* What can be wrong with files and pairs by hand is said at once, and then nothing has changed. */
static enum ladle_status
make_first(struct pairing *pairing, const struct making *making, struct ladle_error *err)
{
	while (pairing->before != NULL)
		pairing = pairing->before;
	return pairing_make(pairing, making, err);
}

/* The state is then the new one, and its table follows from session_settle. */
static enum ladle_status
set_setup(struct session *session, struct setup *setup, const char *text, struct ladle_error *err)
{
	if (session->mode != MODE_NEW)
		TRY(session_remember(session, text, LADLE_NONE, err));
	setup_free(&session->setup);
	session->setup = *setup;
	session_changed(session);
	session_record(session, SAVED_STEP);
	return LADLE_OK;
}

/* Matching may take long: behind, where somebody looks at a screen meanwhile. */
static enum ladle_status
pair_again(struct session *session, const struct source_list *open, const char *text,
		struct setup *setup, struct ladle_error *err)
{
	const struct making making = session_making(session, session->job);
	struct pairing *pairing = session_pairing_for(
			session, open, &setup->hands, &setup->lineups);

	if (pairing == NULL)
		return session_out_of_memory(err);
	enum ladle_status status = make_first(pairing, &making, err);
	bool behind = session->mode == MODE_LIVE && !pairing_is_made(pairing);
	bool same_rows = status == LADLE_OK && session->pairing != NULL &&
			 pairing_last_made(pairing)->stored == session->pairing->stored;
	if (status == LADLE_OK && !behind)
		status = pairing_make(pairing, &making, err);
	if (status == LADLE_OK && !behind)
		status = session_commit_setup(session, setup, pairing, text, err);
	else if (status == LADLE_OK && same_rows)
		status = session_match_behind(session, setup, pairing, text, err);
	else if (status == LADLE_OK)
		status = set_setup(session, setup, text, err);
	pairing_release(pairing);
	return status;
}

enum ladle_status
session_change_setup(struct session *session, struct setup *setup, const char *text,
		struct ladle_error *err)
{
	struct source_list open;

	if (!source_list_open(&open, &setup->sources))
		return session_out_of_memory(err);
	enum ladle_status status = pairs_again(session, setup, &open)
						   ? pair_again(session, &open, text, setup, err)
						   : set_setup(session, setup, text, err);
	source_list_free(&open);
	if (status == LADLE_OK)
		session_settle(session);
	return status;
}

/* ---- opening now ---- */

struct loading {
	struct session *session;
	struct ladle_open_how how;
	struct ladle_checkpoint **checkpoints;
	struct ladle_error *errors;
	enum ladle_status *statuses;
};

static bool
load_piece(size_t piece, int worker, void *arg)
{
	struct loading *loading = arg;

	(void)worker;
	if (loading->session->setup.sources.item[piece]->checkpoint != NULL)
		return true;
	loading->statuses[piece] = ladle_checkpoint_open_how(&loading->checkpoints[piece],
			loading->session->library,
			loading->session->setup.sources.item[piece]->path, &loading->how,
			&loading->errors[piece]);
	if (loading->statuses[piece] != LADLE_OK)
		return false;
	ladle_checkpoint_look(loading->checkpoints[piece]);
	return true;
}

/* Pieces are claimed in order, so the first failure is the same for any number of threads. */
static enum ladle_status
load_results(struct loading *loading, struct ladle_error *err)
{
	enum ladle_status first = LADLE_OK;

	for (uint32_t i = 0; i < loading->session->setup.sources.count; i++) {
		struct source *source = loading->session->setup.sources.item[i];
		if (loading->checkpoints[i] != NULL)
			source_set_open(source, loading->checkpoints[i]);
		if (loading->statuses[i] == LADLE_OK)
			continue;
		source_set_failed(source, &loading->errors[i]);
		if (first == LADLE_OK && err != NULL)
			*err = loading->errors[i];
		if (first == LADLE_OK)
			first = loading->statuses[i];
	}
	return first;
}

static enum ladle_status
load_files(struct session *session, struct ladle_error *err)
{
	uint32_t count = session->setup.sources.count;
	enum ladle_status status = LADLE_OK;
	struct loading loading = {.session = session,
			.how = session_how(session),
			.checkpoints = calloc(count, sizeof(*loading.checkpoints)),
			.errors = calloc(count, sizeof(*loading.errors)),
			.statuses = calloc(count, sizeof(*loading.statuses))};

	if (loading.checkpoints == NULL || loading.errors == NULL || loading.statuses == NULL) {
		status = session_out_of_memory(err);
	} else {
		pool_run(ladle_threads(session->library), count, load_piece, &loading);
		status = load_results(&loading, err);
	}
	free(loading.checkpoints);
	free(loading.errors);
	free(loading.statuses);
	return status;
}

static enum ladle_status
load_pairing(struct session *session, struct ladle_error *err)
{
	const struct setup *setup = &session->setup;
	const struct making making = session_making(session, session->job);
	struct pairing *pairing = session_pairing_for(
			session, &setup->sources, &setup->hands, &setup->lineups);

	if (pairing == NULL)
		return session_out_of_memory(err);
	enum ladle_status status = pairing_make(pairing, &making, err);
	if (status == LADLE_OK)
		status = session_publish(session, pairing, err);
	pairing_release(pairing);
	return status;
}

enum ladle_status
session_load(struct session *session, struct ladle_error *err)
{
	if (session->setup.sources.count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "no file is named");
	TRY(load_files(session, err));
	TRY(load_pairing(session, err));
	session->mode = MODE_LOADED;
	return session_run_waiting(session, err);
}

static void
measured_now(uint32_t row, void *arg)
{
	struct pairing *pairing = arg;

	(void)row;
	atomic_fetch_add(&pairing->rows, 1);
}

enum ladle_status
session_measure(struct session *session, unsigned flags, struct ladle_job *job,
		struct ladle_error *err)
{
	struct pairing *pairing = session->pairing;

	if (pairing == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "there is no table of layers yet");
	if (session_busy(session))
		return ladle_fail(err, LADLE_E_USAGE, NULL, "another job runs");
	if ((pairing->flags | flags) != pairing->flags) {
		struct ladle_measurement *measurement;
		TRY(ladle_measurement_new(&measurement, pairing->table, flags, err));
		ladle_measurement_free(pairing->measurement);
		pairing->measurement = measurement;
		pairing->flags = flags;
		atomic_store(&pairing->rows, 0);
	}
	enum ladle_status status = ladle_measure(
			pairing->measurement, session->library, job, measured_now, pairing, err);
	pairing->measured = status == LADLE_OK;
	session_changed(session);
	return status;
}

/* ---- lines that wait for the table ---- */

enum ladle_status
session_defer(struct session *session, const struct words *words, struct ladle_error *err)
{
	size_t count = (size_t)session->waiting_count + 1;
	struct waiting *grown = realloc(session->waiting, count * sizeof(*grown));
	struct buf line;

	if (grown == NULL)
		return session_out_of_memory(err);
	session->waiting = grown;
	buf_init(&line);
	words_join(&line, words);
	char *text = line.failed ? NULL : strdup(buf_string(&line));
	buf_done(&line);
	if (text == NULL)
		return session_out_of_memory(err);
	grown[session->waiting_count++] = (struct waiting){.line = text,
			.number = session->recipe_line,
			.recipe = session->reading_recipe,
			.undoable = session->mode != MODE_NEW && !session->initial};
	return LADLE_OK;
}

static enum ladle_status
run_waiting(struct session *session, const struct waiting *waiting, struct ladle_error *err)
{
	struct ladle_error cause;

	session->reading_recipe = waiting->recipe;
	session->initial = !waiting->undoable;
	enum ladle_status status = session_run(session, waiting->line, &cause);
	session->reading_recipe = false;
	session->initial = false;
	if (status == LADLE_OK)
		return LADLE_OK;
	if (waiting->number > 0)
		return session_fail_line(err, waiting->number, &cause);
	if (err != NULL)
		*err = cause;
	return status;
}

/* Lines given before the start, and those that make a state again, belong to that state: there is
 * nothing to undo. A recipe's sums are looked at once, since its lines may pass through a mix in
 * which nothing counts. */
enum ladle_status
session_run_waiting(struct session *session, struct ladle_error *err)
{
	struct waiting *list = session->waiting;
	int count = session->waiting_count;
	bool recipe = false, undoable = false, was_saved = !session_unsaved(session);
	enum ladle_status status = LADLE_OK;

	session->waiting = NULL;
	session->waiting_count = 0;
	for (int i = 0; i < count; i++) {
		if (list[i].undoable)
			session_record(session, SAVED_AMEND); /* what is not stands before */
		if (status == LADLE_OK)
			status = run_waiting(session, &list[i], err);
		recipe = recipe || list[i].recipe;
		undoable = undoable || list[i].undoable;
		free(list[i].line);
	}
	free(list);
	if (status == LADLE_OK && recipe)
		status = mix_check(session->mix, session->pairing, err);
	if (was_saved && !undoable)
		session->saved_id = session->id;
	if (status != LADLE_OK && !undoable)
		session_bar_keeping(session);
	session_record(session, SAVED_AMEND);
	return status;
}
