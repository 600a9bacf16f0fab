#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "base/err.h"

void
mix_rule_text(struct buf *out, const struct source_list *columns, const double *set,
		const char *pattern, bool skip)
{
	buf_text(out, skip ? "skip " : "mix ");
	for (uint32_t k = 0; !skip && k < columns->count; k++) {
		if (isnan(set[k]))
			continue;
		buf_format(out, "%s=", columns->item[k]->id);
		number_append(out, set[k]);
		buf_char(out, ' ');
	}
	if (!skip)
		buf_text(out, "on ");
	words_quote(out, pattern);
}

/* ---- carrying a mix over to other columns ---- */

struct carry {
	const struct pairing *to, *old;
	const struct ladle_mix *from;
	struct ladle_mix *mix;
	double *set; /* [columns of to] */
	struct buf text;
	struct buf *lost;
};

/* Where a column that joins stands: neither drowned by the others nor drowning them. */
static double
mean_fader(const struct carry *carry)
{
	double sum = 0;
	uint32_t count = carry->old->columns.count;

	for (uint32_t k = 0; k < count; k++)
		sum += ladle_mix_fader_const(carry->from, k)->set;
	return sum / count;
}

static void
carry_faders(struct carry *carry)
{
	const struct source_list *to = &carry->to->columns;

	for (uint32_t k = 0; k < to->count; k++) {
		uint32_t old = source_list_index(&carry->old->columns, to->item[k]);
		struct ladle_fader *fader = ladle_mix_fader(carry->mix, k);
		if (old != LADLE_NONE)
			*fader = *ladle_mix_fader_const(carry->from, old);
		else
			fader->set = mean_fader(carry);
	}
	ladle_mix_set_normalised(carry->mix, ladle_mix_normalised(carry->from));
	const struct source *template_ = carry->old->columns.item[ladle_mix_template(carry->from)];
	uint32_t column = source_list_index(to, template_);
	ladle_mix_set_template(carry->mix, column == LADLE_NONE ? 0 : column);
}

/* Does it say anything about the new columns? */
static bool
carry_set(struct carry *carry, const struct ladle_rule *rule)
{
	const struct source_list *to = &carry->to->columns;
	bool named = rule->skip;

	for (uint32_t k = 0; k < to->count; k++) {
		uint32_t old = source_list_index(&carry->old->columns, to->item[k]);
		carry->set[k] = old == LADLE_NONE || rule->skip ? NAN : rule->set[old];
		named = named || !isnan(carry->set[k]);
	}
	return named;
}

static enum ladle_status
carry_rule(struct carry *carry, const struct ladle_rule *rule, struct ladle_error *err)
{
	enum ladle_status status = LADLE_E_USAGE;

	if (carry_set(carry, rule)) {
		buf_clear(&carry->text);
		mix_rule_text(&carry->text, &carry->to->columns, carry->set, rule->pattern,
				rule->skip);
		status = ladle_mix_add_rule(carry->mix, carry->to->table, rule->pattern, rule->skip,
				carry->set, buf_string(&carry->text), err);
	}
	if (status != LADLE_E_USAGE)
		return status;
	if (carry->lost != NULL)
		buf_format(carry->lost, "%s`%s`", carry->lost->length > 0 ? ", " : "", rule->text);
	return LADLE_OK;
}

static enum ladle_status
carry_all(struct carry *carry, struct ladle_error *err)
{
	carry_faders(carry);
	for (uint32_t i = 0; i < ladle_mix_rule_count(carry->from); i++)
		TRY(carry_rule(carry, ladle_mix_rule(carry->from, i), err));
	return LADLE_OK;
}

enum ladle_status
mix_carry(struct ladle_mix **out, const struct session *session, const struct pairing *to,
		const struct ladle_mix *from, const struct pairing *old, struct buf *lost,
		struct ladle_error *err)
{
	struct carry carry = {.to = to, .old = old, .from = from, .lost = lost};

	TRY(ladle_mix_new(&carry.mix, to->columns.count, err));
	if (from == NULL) {
		ladle_mix_set_normalised(carry.mix,
				session->from_recipe || session_setting_on(session, "normalise"));
		*out = carry.mix;
		return LADLE_OK;
	}
	buf_init(&carry.text);
	carry.set = calloc(to->columns.count, sizeof(*carry.set));
	enum ladle_status status =
			carry.set == NULL ? session_out_of_memory(err) : carry_all(&carry, err);
	free(carry.set);
	buf_done(&carry.text);
	if (status == LADLE_OK)
		*out = carry.mix;
	else
		ladle_mix_free(carry.mix);
	return status;
}

/* ---- sums of weights ---- */

/* A row that a checkpoint lacks is a finding, not a wrong mix. */
static bool
is_complete(const struct ladle_row *row, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++)
		if (row->index[i] == LADLE_NONE)
			return false;
	return true;
}

static bool
is_all_zero(const double *w, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++)
		if (w[i] != 0)
			return false;
	return true;
}

static enum ladle_status
fail_sum(const struct ladle_mix *mix, const struct ladle_row *row, uint32_t rule,
		struct ladle_error *err)
{
	if (rule == LADLE_NONE)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "the weights would sum to 0");
	return ladle_fail(err, LADLE_E_USAGE, NULL, "the weights of %s would sum to 0 by `%s`",
			row->label, ladle_mix_rule(mix, rule)->text);
}

static enum ladle_status
check_rows(const struct ladle_mix *mix, const struct ladle_table *table, double *w,
		struct ladle_error *err)
{
	uint32_t k = table->checkpoint_count;
	double sum = ladle_mix_fader_weights(mix, w);

	if (is_all_zero(w, k) || (ladle_mix_normalised(mix) && sum == 0))
		return fail_sum(mix, NULL, LADLE_NONE, err);
	if (ladle_mix_rule_count(mix) == 0)
		return LADLE_OK;
	for (uint32_t i = 0; i < table->row_count; i++) {
		const struct ladle_row *row = &table->rows[i];
		if (!row->averaged || !is_complete(row, k))
			continue;
		struct ladle_weights weights = ladle_mix_weights(mix, table, i, w);
		if (weights.sum == 0 || is_all_zero(w, k))
			return fail_sum(mix, row, weights.rule, err);
	}
	return LADLE_OK;
}

enum ladle_status
mix_check(const struct ladle_mix *mix, const struct pairing *pairing, struct ladle_error *err)
{
	double *w = calloc(pairing->columns.count, sizeof(*w));

	if (w == NULL)
		return session_out_of_memory(err);
	enum ladle_status status = check_rows(mix, pairing->table, w, err);
	free(w);
	return status;
}

/* ---- undo ---- */

static void
step_free(struct step *step)
{
	setup_free(&step->setup);
	pairing_release(step->pairing);
	pairing_release(step->suggestion);
	ladle_mix_free(step->mix);
	free(step->frozen);
	free(step->text);
}

static void
history_clear(struct history *history)
{
	while (history->count > 0)
		step_free(&history->steps[--history->count]);
}

void
history_free(struct history *history)
{
	history_clear(history);
	free(history->steps);
}

static bool
history_reserve(struct history *history)
{
	if (history->count < history->capacity)
		return true;
	int capacity = history->capacity == 0 ? 16 : history->capacity * 2;
	struct step *grown = realloc(history->steps, (size_t)capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	history->steps = grown;
	history->capacity = capacity;
	return true;
}

/* The present state, as a step with `text`. */
static bool
step_make(struct step *step, const struct session *session, const char *text, uint32_t fader)
{
	*step = (struct step){.id = session->id, .fader = fader, .text = strdup(text)};
	if (session->mix != NULL)
		step->mix = ladle_mix_copy(session->mix);
	bool good = step->text != NULL && (session->mix == NULL || step->mix != NULL) &&
		    setup_copy(&step->setup, &session->setup);
	step->pairing = pairing_keep(session->pairing);
	step->suggestion = pairing_keep(session->suggestion.pairing);
	if (!good)
		step_free(step);
	return good;
}

/* Is this one more move of the fader that the newest step moved? Its old state is kept then. */
static bool
continues(const struct session *session, uint32_t fader)
{
	const struct history *undo = &session->undo;

	return fader != LADLE_NONE && session->redo.count == 0 && undo->count > 0 &&
	       undo->steps[undo->count - 1].fader == fader &&
	       undo->steps[undo->count - 1].pairing == session->pairing;
}

static enum ladle_status
rename_newest(struct session *session, const char *text, struct ladle_error *err)
{
	struct step *newest = &session->undo.steps[session->undo.count - 1];
	char *copy = strdup(text);

	if (copy == NULL)
		return session_out_of_memory(err);
	free(newest->text);
	newest->text = copy;
	session->id = ++session->last_id;
	return LADLE_OK;
}

enum ladle_status
session_remember(struct session *session, const char *text, uint32_t fader, struct ladle_error *err)
{
	struct step step;

	if (session->initial) {
		session->id = ++session->last_id;
		return LADLE_OK;
	}
	session->recorded = continues(session, fader) ? SAVED_AMEND : SAVED_STEP;
	if (session->recorded == SAVED_AMEND)
		return rename_newest(session, text, err);
	if (!history_reserve(&session->undo) || !step_make(&step, session, text, fader))
		return session_out_of_memory(err);
	session->undo.steps[session->undo.count++] = step;
	history_clear(&session->redo);
	session->id = ++session->last_id;
	return LADLE_OK;
}

/* The step's references become the session's. A table that is not what the setup asks for (a file
 * was opened after the step was made) is replaced behind. */
static void
restore(struct session *session, struct step *step)
{
	setup_free(&session->setup);
	session->setup = step->setup;
	ladle_mix_free(session->mix);
	session->mix = step->mix;
	session_take_pairing(session, step->pairing);
	if (step->suggestion != NULL)
		suggestion_take(session, step->suggestion, NULL);
	session->id = step->id;
	free(step->text);
	session_changed(session);
	session_settle(session);
}

/* Takes the newest step of `from`; the present state becomes the newest of `to`. */
static enum ladle_status
travel(struct session *session, struct history *from, struct history *to, struct ladle_error *err)
{
	struct step step = from->steps[from->count - 1], now;

	if (!history_reserve(to) || !step_make(&now, session, step.text, step.fader))
		return session_out_of_memory(err);
	to->steps[to->count++] = now;
	from->count--;
	if (step.frozen == NULL) {
		restore(session, &step);
		return LADLE_OK;
	}
	session->id = step.id;
	enum ladle_status status = session_thaw(session, step.frozen, err);
	if (status == LADLE_OK) {
		step_free(&step);
		return LADLE_OK;
	}
	from->count++;
	to->count--;
	restore(session, &now);
	return status;
}

enum ladle_status
session_undo(struct session *session, struct ladle_error *err)
{
	if (session->undo.count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "nothing to undo");
	TRY(travel(session, &session->undo, &session->redo, err));
	session_record(session, SAVED_UNDO);
	const struct history *redo = &session->redo;
	session_say(session, false, "undone: %s (undo %d deep)", redo->steps[redo->count - 1].text,
			session->undo.count);
	return LADLE_OK;
}

enum ladle_status
session_redo(struct session *session, struct ladle_error *err)
{
	if (session->redo.count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "nothing to redo");
	TRY(travel(session, &session->redo, &session->undo, err));
	session_record(session, SAVED_REDO);
	session_say(session, false, "redone: %s", session_last_change(session));
	return LADLE_OK;
}

void
session_rewind(struct session *session, int depth)
{
	if (session->undo.count <= depth)
		return;
	while (session->undo.count > depth &&
			travel(session, &session->undo, &session->redo, NULL) == LADLE_OK)
		;
	history_clear(&session->redo);
}

void
session_forget_changes(struct session *session)
{
	history_clear(&session->undo);
	history_clear(&session->redo);
	session->saved_id = session->id;
}

enum ladle_status
session_edit(struct session *session, struct ladle_mix **draft, struct ladle_error *err)
{
	if (session->mix == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "there is no table of layers yet");
	struct ladle_mix *copy = ladle_mix_copy(session->mix);
	if (copy == NULL)
		return session_out_of_memory(err);
	*draft = copy;
	return LADLE_OK;
}

enum ladle_status
session_commit(struct session *session, struct ladle_mix *draft, const char *text, uint32_t fader,
		struct ladle_error *err)
{
	enum ladle_status status = LADLE_OK;

	if (!session->reading_recipe)
		status = mix_check(draft, session->pairing, err);
	if (status == LADLE_OK)
		status = session_remember(session, text, fader, err);
	if (status != LADLE_OK) {
		ladle_mix_free(draft);
		return status;
	}
	ladle_mix_free(session->mix);
	session->mix = draft;
	session_changed(session);
	session_record(session, session->recorded);
	return LADLE_OK;
}

/* ---- states of a session that was opened again ---- */

static bool
push_frozen(struct session *session, struct history *history, const char *lines, const char *change)
{
	struct step step = {.id = ++session->last_id,
			.fader = LADLE_NONE,
			.frozen = strdup(lines),
			.text = strdup(change)};

	if (step.frozen == NULL || step.text == NULL || !history_reserve(history)) {
		step_free(&step);
		return false;
	}
	history->steps[history->count++] = step;
	return true;
}

enum ladle_status
session_freeze_history(
		struct session *session, const struct saved *saved, struct ladle_error *err)
{
	const struct saved_state *states = saved->states;
	bool good = true;

	session_forget_changes(session);
	for (int i = 0; good && i < saved->present; i++)
		good = push_frozen(session, &session->undo, states[i].lines, states[i + 1].change);
	for (int i = saved->count; good && --i > saved->present;)
		good = push_frozen(session, &session->redo, states[i].lines, states[i].change);
	return good ? LADLE_OK : session_out_of_memory(err);
}

int
session_undo_depth(const struct session *session)
{
	return session->undo.count;
}

int
session_redo_depth(const struct session *session)
{
	return session->redo.count;
}

const char *
session_last_change(const struct session *session)
{
	return session->undo.count == 0 ? "" : session->undo.steps[session->undo.count - 1].text;
}

bool
session_unsaved(const struct session *session)
{
	return session->id != session->saved_id;
}
