/* The tree of states: undo goes to the parent, redo to the child that was gone to last, and no
 * branch is lost by a new change. */
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "base/err.h"

/* With more, the oldest that is neither the present state nor above it goes. */
enum { MOST_STATES = 1000 };

/* ---- states ---- */

/* What it holds of the session; where it stands in the tree stays. */
static void
step_empty(struct step *step)
{
	setup_free(&step->setup);
	pairing_release(step->pairing);
	pairing_release(step->suggestion);
	ladle_mix_free(step->mix);
	free(step->frozen);
	step->frozen = NULL;
	step->setup = (struct setup){0};
	step->pairing = step->suggestion = NULL;
	step->mix = NULL;
}

static void
step_free(struct step *step)
{
	step_empty(step);
	free(step->text);
	free(step);
}

/* The present state into the step that stands for it. */
static enum ladle_status
step_keep(struct session *session, struct ladle_error *err)
{
	struct step *step = session->history.now;
	bool good = setup_copy(&step->setup, &session->setup);

	if (session->mix != NULL)
		step->mix = ladle_mix_copy(session->mix);
	step->pairing = pairing_keep(session->pairing);
	step->suggestion = pairing_keep(session->suggestion.pairing);
	step->id = session->id;
	if (good && (session->mix == NULL || step->mix != NULL))
		return LADLE_OK;
	step_empty(step);
	return session_out_of_memory(err);
}

/* A step below the present one; NULL: no memory. */
static struct step *
step_add(struct history *history, const char *text)
{
	struct step **grown = realloc(
			history->steps, ((size_t)history->count + 1) * sizeof(struct step *));
	struct step *step = calloc(1, sizeof(*step));
	char *copy = strdup(text);

	if (grown != NULL)
		history->steps = grown;
	if (grown == NULL || step == NULL || copy == NULL) {
		free(step);
		free(copy);
		return NULL;
	}
	*step = (struct step){.text = copy,
			.parent = history->now,
			.number = history->made++,
			.fader = LADLE_NONE};
	history->steps[history->count++] = step;
	return step;
}

bool
history_init(struct history *history)
{
	*history = (struct history){0};
	history->now = step_add(history, "");
	return history->now != NULL;
}

void
history_free(struct history *history)
{
	for (int i = 0; i < history->count; i++)
		step_free(history->steps[i]);
	free(history->steps);
	*history = (struct history){0};
}

static struct step *
newest_child(const struct history *history, const struct step *step)
{
	for (int i = history->count; i-- > 0;)
		if (history->steps[i]->parent == step)
			return history->steps[i];
	return NULL;
}

/* A step without children. */
static void
step_remove(struct history *history, struct step *step)
{
	struct step *parent = step->parent;
	int i = 0;

	while (history->steps[i] != step)
		i++;
	history->count--;
	memmove(history->steps + i, history->steps + i + 1,
			(size_t)(history->count - i) * sizeof(struct step *));
	if (parent != NULL && parent->next == step)
		parent->next = newest_child(history, parent);
	step_free(step);
}

static bool
is_above(const struct step *step, const struct step *below)
{
	while (below != NULL && below != step)
		below = below->parent;
	return below == step;
}

/* The oldest branch first; where there is none, the beginning. */
static void
history_bound(struct history *history)
{
	int i = 0;

	if (history->count <= MOST_STATES)
		return;
	while (i < history->count && (history->steps[i]->next != NULL ||
						     is_above(history->steps[i], history->now)))
		i++;
	if (i < history->count) {
		step_remove(history, history->steps[i]);
		return;
	}
	struct step *root = history->steps[0], *child = root->next;
	child->parent = NULL;
	root->next = NULL;
	step_remove(history, root);
}

/* ---- changes ---- */

/* Is this one more move of the fader that the newest change moved? The state before it is kept
 * then. */
static bool
continues(const struct session *session, uint32_t fader)
{
	const struct step *now = session->history.now;

	return fader != LADLE_NONE && now->next == NULL && now->parent != NULL &&
	       now->fader == fader && now->parent->pairing == session->pairing;
}

static enum ladle_status
rename_newest(struct session *session, const char *text, struct ladle_error *err)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return session_out_of_memory(err);
	free(session->history.now->text);
	session->history.now->text = copy;
	session->id = ++session->last_id;
	return LADLE_OK;
}

enum ladle_status
session_remember(struct session *session, const char *text, uint32_t fader, struct ladle_error *err)
{
	struct history *history = &session->history;

	if (session->initial) {
		session->id = ++session->last_id;
		return LADLE_OK;
	}
	session->recorded = continues(session, fader) ? SAVED_AMEND : SAVED_STEP;
	if (session->recorded == SAVED_AMEND)
		return rename_newest(session, text, err);
	TRY(step_keep(session, err));
	struct step *step = step_add(history, text);
	if (step == NULL) {
		step_empty(history->now);
		return session_out_of_memory(err);
	}
	step->fader = fader;
	history->recorded_redo = 0;
	history->now->next = step;
	history->now = step;
	history_bound(history);
	session->id = ++session->last_id;
	session_log_add(session, false, text);
	return LADLE_OK;
}

/* ---- going to a state ---- */

/* The step's references become the session's. A table that is not what the setup asks for (a file
 * was opened after the step was made) is replaced behind. */
static void
restore(struct session *session, struct step *step)
{
	struct pairing *pairing = step->pairing, *suggestion = step->suggestion;

	setup_free(&session->setup);
	session->setup = step->setup;
	ladle_mix_free(session->mix);
	session->mix = step->mix;
	session->id = step->id;
	step->setup = (struct setup){0};
	step->mix = NULL;
	step->pairing = step->suggestion = NULL;
	session->history.now = step;
	session_take_pairing(session, pairing);
	if (suggestion != NULL)
		suggestion_take(session, suggestion, NULL);
	session_changed(session);
	session_settle(session);
}

/* To a neighbour in the tree. One that is known as lines is made of these; where they fail, the
 * session is as before. */
static enum ladle_status
go_to(struct session *session, struct step *target, struct ladle_error *err)
{
	struct step *before = session->history.now;
	uint64_t id = target->id;

	TRY(step_keep(session, err));
	if (target->frozen == NULL) {
		restore(session, target);
		return LADLE_OK;
	}
	enum ladle_status status = session_thaw(session, target->frozen, err);
	if (status != LADLE_OK) {
		restore(session, before);
		return status;
	}
	step_empty(target);
	session->id = id;
	session->history.now = target;
	return LADLE_OK;
}

static enum ladle_status
go_up(struct session *session, struct ladle_error *err)
{
	struct step *now = session->history.now;

	TRY(go_to(session, now->parent, err));
	now->parent->next = now;
	session->history.recorded_redo++;
	session_record(session, SAVED_UNDO);
	return LADLE_OK;
}

/* A branch that the journal does not know is a new change to it. */
static enum ladle_status
go_down(struct session *session, struct step *child, struct ladle_error *err)
{
	struct history *history = &session->history;
	bool known = history->recorded_redo > 0 && child->parent->next == child;

	TRY(go_to(session, child, err));
	child->parent->next = child;
	history->recorded_redo = known ? history->recorded_redo - 1 : 0;
	session_record(session, known ? SAVED_REDO : SAVED_STEP);
	return LADLE_OK;
}

/* Step by step, so that a journal can follow. */
static enum ladle_status
walk_to(struct session *session, struct step *target, struct ladle_error *err)
{
	while (!is_above(session->history.now, target))
		TRY(go_up(session, err));
	while (session->history.now != target) {
		struct step *child = target;
		while (child->parent != session->history.now)
			child = child->parent;
		TRY(go_down(session, child, err));
	}
	return LADLE_OK;
}

enum ladle_status
session_undo(struct session *session, struct ladle_error *err)
{
	struct step *now = session->history.now;

	if (now->parent == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"nothing to undo: this is the state that was opened");
	TRY(go_up(session, err));
	session_say(session, false, "undone: %s (undo %d deep)", now->text,
			session_undo_depth(session));
	return LADLE_OK;
}

enum ladle_status
session_redo(struct session *session, struct ladle_error *err)
{
	struct step *next = session->history.now->next;

	if (next == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"nothing to redo: this is the end of its branch; `changes` shows "
				"the others");
	TRY(go_down(session, next, err));
	session_say(session, false, "redone: %s", next->text);
	return LADLE_OK;
}

enum ladle_status
session_go_change(struct session *session, int number, struct ladle_error *err)
{
	struct history *history = &session->history;
	struct step *target = NULL;

	for (int i = 0; i < history->count && target == NULL; i++)
		if (history->steps[i]->number == number)
			target = history->steps[i];
	if (target == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"no state %d; `changes` shows those that are kept, %d to %d",
				number, history->steps[0]->number, history->made - 1);
	TRY(walk_to(session, target, err));
	session_say(session, false, "state %d: %s (undo %d deep)", number,
			target->parent == NULL ? "as opened" : target->text,
			session_undo_depth(session));
	return LADLE_OK;
}

/* What is undone so was never there. */
void
session_rewind(struct session *session, int depth)
{
	while (session_undo_depth(session) > depth) {
		struct step *undone = session->history.now;
		if (go_to(session, undone->parent, NULL) != LADLE_OK)
			return;
		step_remove(&session->history, undone);
	}
}

void
session_forget_changes(struct session *session)
{
	struct history *history = &session->history;
	struct step *now = history->now;

	for (int i = 0; i < history->count; i++)
		if (history->steps[i] != now)
			step_free(history->steps[i]);
	now->parent = now->next = NULL;
	now->number = 0;
	now->fader = LADLE_NONE;
	now->text[0] = '\0';
	history->steps[0] = now;
	history->count = history->made = 1;
	session->saved_id = session->id;
}

/* ---- states of a session that was opened again ---- */

static struct step *
add_frozen(struct session *session, const struct saved_state *state)
{
	struct step *step = step_add(&session->history, state->change);

	if (step == NULL)
		return NULL;
	step->id = ++session->last_id;
	step->frozen = strdup(state->lines);
	if (step->parent != NULL)
		step->parent->next = step;
	session->history.now = step;
	return step->frozen == NULL ? NULL : step;
}

/* The present state stands for the one of `saved` that is. */
enum ladle_status
session_freeze_history(struct session *session, const struct saved *saved, struct ladle_error *err)
{
	struct history *history = &session->history;
	struct step *present = NULL;
	bool good = true;

	history_free(history);
	for (int i = 0; good && i < saved->count; i++) {
		struct step *step = add_frozen(session, &saved->states[i]);
		good = step != NULL;
		if (i != saved->present || step == NULL)
			continue;
		present = step;
		step_empty(step);
	}
	session->saved_id = session->id;
	if (!good || present == NULL) {
		history_free(history);
		history_init(history);
		return session_out_of_memory(err);
	}
	history->now = present;
	history->recorded_redo = saved->count - 1 - saved->present;
	return LADLE_OK;
}

/* ---- what is shown ---- */

int
session_undo_depth(const struct session *session)
{
	int depth = 0;

	for (const struct step *step = session->history.now; step->parent != NULL;
			step = step->parent)
		depth++;
	return depth;
}

int
session_redo_depth(const struct session *session)
{
	int depth = 0;

	for (const struct step *step = session->history.now->next; step != NULL; step = step->next)
		depth++;
	return depth;
}

const char *
session_last_change(const struct session *session)
{
	return session->history.now->text;
}

bool
session_unsaved(const struct session *session)
{
	return session->id != session->saved_id;
}

int
session_change_count(const struct session *session)
{
	return session->history.count;
}

/* One branch: the chain of children that were gone to last, and behind each state the branches
 * that leave it. Returns where the next one goes. */
static struct session_change *
list_branch(const struct session *session, const struct step *step, int lane,
		struct session_change *out)
{
	const struct history *history = &session->history;

	for (bool first = lane > 0; step != NULL; step = step->next, first = false) {
		uint64_t id = step == history->now ? session->id : step->id;
		*out++ = (struct session_change){.number = step->number,
				.text = step->parent == NULL ? "as opened" : step->text,
				.lane = lane,
				.leaves = first,
				.now = step == history->now,
				.in_force = is_above(step, history->now),
				.saved = step->parent != NULL && id == session->saved_id};
		for (int i = 0; i < history->count; i++)
			if (history->steps[i]->parent == step && history->steps[i] != step->next)
				out = list_branch(session, history->steps[i], lane + 1, out);
	}
	return out;
}

void
session_changes(const struct session *session, struct session_change *out)
{
	const struct step *root = session->history.now;

	while (root->parent != NULL)
		root = root->parent;
	list_branch(session, root, 0, out);
}
