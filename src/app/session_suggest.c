/* What matching would make of the table: looked for behind, or exact copies alone at once. */
#include <math.h>
#include <stdlib.h>

#include "app/copies.h"
#include "app/state.h"
#include "base/err.h"

/* Operations of a sweep over all pairs beyond which weights are not matched unasked: some 30
 * seconds of a processor in all. */
#define UNASKED 1e10

static bool
is_stopped(const struct session *session)
{
	return !session_setting_on(session, "match");
}

/* ---- whether to look ---- */

static uint32_t
template_of(const struct session *session)
{
	return ladle_mix_template(session->mix);
}

static bool
is_worth_looking(const struct session *session, bool exact)
{
	const struct pairing *pairing = session->pairing;
	uint32_t to = template_of(session);

	if (pairing->groups == NULL || pairing->groups->count == 0)
		return false;
	for (uint32_t k = 0; k < pairing->columns.count; k++) {
		if (k == to || session_lined_up_to(session, k) != NULL)
			continue;
		if (copies_are_apart(pairing->table, pairing->measurement, to, k) &&
				(!exact || copies_are_possible(
							   pairing->table, pairing->groups, to, k)))
			return true;
	}
	return false;
}

/* ---- what was found ---- */

void
suggestion_clear(struct session *session)
{
	struct suggestion *suggestion = &session->suggestion;

	if (suggestion->pairing != NULL)
		session->events |= SESSION_MATCHED;
	pairing_release(suggestion->pairing);
	free(suggestion->groups);
	free(suggestion->moves);
	*suggestion = (struct suggestion){0};
}

/* The group that a row is named with: that of its units rather than of its inputs. */
static void
mark_rows(struct suggestion *suggestion, uint32_t column, uint32_t group)
{
	const struct ladle_alignment *alignment = suggestion->pairing->alignment;
	const struct ladle_group *from = &alignment->groups->list[group];
	uint32_t k = alignment->table->checkpoint_count;

	for (uint32_t i = 0; i < from->use_count; i++) {
		const struct ladle_use *use = &from->uses[i];
		uint32_t *at = &suggestion->groups[(size_t)use->row * k + column];
		if (*at == LADLE_NONE || use->axis == alignment->table->rows[use->row].rank - 1)
			*at = group;
	}
}

enum ladle_status
suggestion_take(struct session *session, struct pairing *pairing, struct ladle_error *err)
{
	struct suggestion *suggestion = &session->suggestion;
	const struct ladle_alignment *alignment = pairing->alignment;
	uint32_t k = alignment->table->checkpoint_count, groups = alignment->groups->count;
	size_t cells = (size_t)alignment->table->row_count * k;

	suggestion_clear(session);
	suggestion->pairing = pairing;
	suggestion->groups = malloc((cells + 1) * sizeof(*suggestion->groups));
	suggestion->moves = calloc((size_t)k * groups + 1, sizeof(*suggestion->moves));
	if (suggestion->groups == NULL || suggestion->moves == NULL) {
		suggestion_clear(session);
		suggestion->state = SUGGESTION_FAILED;
		return session_out_of_memory(err);
	}
	for (size_t i = 0; i < cells; i++)
		suggestion->groups[i] = LADLE_NONE;
	for (uint32_t column = 0; column < k; column++)
		for (uint32_t g = 0; g < groups; g++) {
			size_t at = (size_t)column * groups + g;
			suggestion->moves[at] = lineup_is_evident(&alignment->matches[at]);
			if (suggestion->moves[at])
				mark_rows(suggestion, column, g);
		}
	suggestion->state = SUGGESTION_KNOWN;
	session->events |= SESSION_MATCHED;
	session_changed(session);
	return LADLE_OK;
}

/* All that are not lined up, to the template, after what the table has already. */
static struct pairing *
suggested_pairing(const struct session *session, bool exact)
{
	const struct pairing *from = session->pairing;
	struct lineup *all = lineup_all(from->columns.item[template_of(session)]->id, exact);
	struct lineup_list lineups = {0};
	struct pairing *to = NULL;

	if (all != NULL && lineup_list_copy(&lineups, &from->lineups, from->lineups.count) &&
			lineup_list_append(&lineups, all))
		to = session_pairing_for(session, &from->columns, &from->hands, &lineups);
	lineup_list_free(&lineups);
	lineup_release(all);
	return to;
}

/* ---- behind ---- */

struct suggesting {
	struct pairing *from, *to;
	struct making making;
};

static void
suggesting_free(struct suggesting *suggesting)
{
	if (suggesting == NULL)
		return;
	pairing_release(suggesting->from);
	pairing_release(suggesting->to);
	free(suggesting);
}

static void
suggest_run(struct task *task)
{
	struct suggesting *suggesting = task->payload;
	struct pairing *to = suggesting->to;

	task->status = pairing_make(to, &suggesting->making, &task->error);
	if (task->status == LADLE_OK)
		task->status = ladle_measure(to->measurement, suggesting->making.library, task->job,
				NULL, NULL, &task->error);
	to->measured = task->status == LADLE_OK;
	if (to->measured)
		atomic_store(&to->rows, to->table->row_count);
}

static void
suggest_done(struct task *task)
{
	struct session *session = task->session;
	struct suggesting *suggesting = task->payload;
	bool current = suggesting->from == session->pairing;

	if (task->status == LADLE_OK && current)
		task->status = suggestion_take(session, pairing_keep(suggesting->to), &task->error);
	else if (task->status != LADLE_E_CANCELED || task->stopped)
		suggesting->from->unmatched = true;
	if (task->status != LADLE_OK && task->status != LADLE_E_CANCELED)
		session_say_error(session, &task->error);
	else if (task->status == LADLE_E_CANCELED && task->stopped)
		session_say(session, true, "matching canceled");
	if (current && task->status != LADLE_OK)
		session->suggestion.state = SUGGESTION_FAILED;
	suggesting_free(suggesting);
	session->events |= SESSION_MATCHED;
}

static void
suggest_describe(const struct task *task, struct buf *out)
{
	(void)task;
	buf_text(out, "looking for units in another order");
}

static enum ladle_status
start_suggesting(struct session *session, struct pairing *to, struct ladle_error *err)
{
	struct task model = {.kind = TASK_SUGGEST,
			.run = suggest_run,
			.done = suggest_done,
			.describe = suggest_describe,
			.job = ladle_job_new()};
	struct suggesting *suggesting = calloc(1, sizeof(*suggesting));
	enum ladle_status status = LADLE_E_MEMORY;

	if (suggesting != NULL)
		*suggesting = (struct suggesting){.from = pairing_keep(session->pairing),
				.to = pairing_keep(to),
				.making = session_making(session, model.job)};
	model.payload = suggesting;
	if (model.job != NULL && suggesting != NULL)
		status = task_start(session, &model, err);
	if (status == LADLE_OK) {
		session->suggestion.state = SUGGESTION_RUNNING;
		return LADLE_OK;
	}
	suggesting_free(suggesting);
	ladle_job_free(model.job);
	return status;
}

/* Minutes of all processors are not spent unasked: of large models only copies are looked for. */
static bool
is_large(const struct session *session)
{
	const struct pairing *pairing = session->pairing;
	double pairs = (double)pairing->columns.count * (pairing->columns.count - 1) / 2;

	return pairing->groups != NULL &&
	       pairs * ladle_match_operations(pairing->stored, pairing->groups) > UNASKED;
}

/* What is known is shown at once; what was measured before is not read again. */
static void
look_behind(struct session *session)
{
	bool exact = is_large(session);
	struct pairing *to = suggested_pairing(session, exact);
	struct ladle_error error;

	if (to == NULL)
		return;
	if (pairing_is_made(to) && to->measured)
		suggestion_take(session, pairing_keep(to), NULL);
	else if (start_suggesting(session, to, &error) != LADLE_OK)
		session->pairing->unmatched = true;
	else if (exact)
		session_say(session, false,
				"a large model: exact copies alone are looked for; `align` matches "
				"the others by their weights");
	pairing_release(to);
}

/* Looking is of less worth than a matching that was asked for, and than another table's. */
static void
cancel_stale(struct session *session)
{
	bool asked = session_matching(session);

	for (struct task *task = session->tasks; task != NULL; task = task->next) {
		const struct suggesting *suggesting = task->payload;
		if (task->kind == TASK_SUGGEST && !task->canceled &&
				(asked || suggesting->from != session->pairing ||
						is_stopped(session)))
			task_cancel(task);
	}
}

void
session_settle_suggestion(struct session *session)
{
	const struct pairing *pairing = session->pairing;

	cancel_stale(session);
	if (session->suggestion.pairing != NULL && is_stopped(session))
		suggestion_clear(session);
	if (pairing == NULL || is_stopped(session) || !pairing->measured || pairing->unmatched ||
			session->suggestion.state != SUGGESTION_NONE || session_matching(session) ||
			tasks_count(session, TASK_SUGGEST) > 0 ||
			session->suggestion.looked == template_of(session) + 1)
		return;
	session->suggestion.looked = template_of(session) + 1;
	if (is_worth_looking(session, false))
		look_behind(session);
}

/* ---- at once ---- */

enum ladle_status
session_find_copies(struct session *session, struct ladle_job *job, struct ladle_error *err)
{
	struct making making = session_making(session, job);

	making.no_cosines = true;
	if (session->pairing == NULL || session->suggestion.state != SUGGESTION_NONE ||
			is_stopped(session) || !is_worth_looking(session, true))
		return LADLE_OK;
	struct pairing *to = suggested_pairing(session, true);
	if (to == NULL)
		return session_out_of_memory(err);
	enum ladle_status status = pairing_make(to, &making, err);
	if (status == LADLE_OK)
		return suggestion_take(session, to, err);
	pairing_release(to);
	return status;
}
