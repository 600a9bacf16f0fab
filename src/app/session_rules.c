#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "base/err.h"

/* ---- faders ---- */

static void
fader_text(struct buf *text, const char *id, const struct ladle_fader *old,
		const struct ladle_fader *new)
{
	const char *separator = "";

	if (new->set != old->set) {
		buf_format(text, "mix %s=", id);
		number_append(text, new->set);
		separator = "; ";
	}
	if (new->mute != old->mute) {
		buf_format(text, "%smute %s %s", separator, id, new->mute ? "on" : "off");
		separator = "; ";
	}
	if (new->solo != old->solo) {
		buf_format(text, "%ssolo %s %s", separator, id, new->solo ? "on" : "off");
		separator = "; ";
	}
	if (new->lock != old->lock)
		buf_format(text, "%slock %s %s", separator, id, new->lock ? "on" : "off");
}

static enum ladle_status
move_fader(struct session *session, uint32_t column, const struct ladle_fader *fader,
		const char *text, bool moves_alone, struct ladle_error *err)
{
	struct ladle_mix *draft;
	enum ladle_status status = LADLE_OK;

	TRY(session_edit(session, &draft, err));
	struct ladle_fader *present = ladle_mix_fader(draft, column);
	if (fader->set != present->set)
		status = ladle_mix_move(draft, column, fader->set, err);
	if (status != LADLE_OK) {
		ladle_mix_free(draft);
		return status;
	}
	present->mute = fader->mute;
	present->solo = fader->solo;
	present->lock = fader->lock;
	return session_commit(session, draft, text, moves_alone ? column : LADLE_NONE, err);
}

enum ladle_status
session_fader(struct session *session, uint32_t column, const struct ladle_fader *fader,
		struct ladle_error *err)
{
	struct buf text;

	if (session->mix == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "there is no table of layers yet");
	TRY(session_check_weight(session, fader->set, err));
	const struct ladle_fader old = *ladle_mix_fader_const(session->mix, column);
	buf_init(&text);
	fader_text(&text, session->pairing->columns.item[column]->id, &old, fader);
	bool moves_alone = fader->mute == old.mute && fader->solo == old.solo &&
			   fader->lock == old.lock;
	enum ladle_status status = LADLE_OK;
	if (text.length > 0)
		status = move_fader(session, column, fader, buf_string(&text), moves_alone, err);
	buf_done(&text);
	return status;
}

/* ---- rules for rows that were chosen by hand ---- */

/* A glob that matches this text alone; with a colon it might be another kind of pattern. */
static void
escape_glob(struct buf *out, const char *text)
{
	if (strchr(text, ':') != NULL)
		buf_char(out, '\\');
	for (; *text != '\0'; text++) {
		if (strchr("*?[]\\", *text) != NULL)
			buf_char(out, '\\');
		buf_char(out, *text);
	}
}

struct choice {
	struct session *session;
	const struct ladle_table *table;
	struct ladle_mix *draft;
	bool *chosen; /* [rows] */
	uint32_t count;
	bool skip;
	double *set; /* [K]; NaN for skip */
	struct buf pattern, text;
	uint32_t rules; /* added */
};

static enum ladle_status
choice_init(struct choice *choice, struct session *session, const uint32_t *rows, uint32_t count,
		struct ladle_error *err)
{
	*choice = (struct choice){.session = session};
	buf_init(&choice->pattern);
	buf_init(&choice->text);
	TRY(session_edit(session, &choice->draft, err));
	choice->table = session->pairing->table;
	choice->chosen = calloc((size_t)choice->table->row_count + 1, sizeof(bool));
	choice->set = calloc(choice->table->checkpoint_count, sizeof(double));
	if (choice->chosen == NULL || choice->set == NULL)
		return session_out_of_memory(err);
	for (uint32_t i = 0; i < count; i++) {
		choice->count += !choice->chosen[rows[i]];
		choice->chosen[rows[i]] = true;
	}
	return LADLE_OK;
}

static void
choice_done(struct choice *choice)
{
	ladle_mix_free(choice->draft);
	free(choice->chosen);
	free(choice->set);
	buf_done(&choice->pattern);
	buf_done(&choice->text);
}

/* An older rule with the same pattern cannot decide anything any more. */
static void
remove_older(struct ladle_mix *mix, uint32_t newest)
{
	for (uint32_t i = newest; i-- > 0;)
		if (strcmp(ladle_mix_rule(mix, i)->pattern, ladle_mix_rule(mix, newest)->pattern) ==
				0) {
			ladle_mix_remove_rule(mix, i);
			newest--;
		}
}

/* The pattern has no wildcard, so that only a name that stands for several rows, such as a nested
 * layer's and an outer one's, can make it match more than `count`. */
static enum ladle_status
add_choice_rule(struct choice *choice, uint32_t count, struct ladle_error *err)
{
	const char *pattern = buf_string(&choice->pattern);

	if (choice->pattern.failed)
		return session_out_of_memory(err);
	buf_clear(&choice->text);
	mix_rule_text(&choice->text, &choice->session->pairing->columns, choice->set, pattern,
			choice->skip);
	TRY(ladle_mix_add_rule(choice->draft, choice->table, pattern, choice->skip, choice->set,
			buf_string(&choice->text), err));
	uint32_t newest = ladle_mix_rule_count(choice->draft) - 1;
	if (ladle_mix_rule_rows(choice->draft, newest) != count) {
		ladle_mix_remove_rule(choice->draft, newest);
		return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` is the name of other rows too",
				pattern);
	}
	remove_older(choice->draft, newest);
	choice->rules++;
	return LADLE_OK;
}

/* A layer's name in patterns: a row's label without "/tensor". */
static size_t
layer_length(const struct ladle_row *row)
{
	return strlen(row->label) - strlen(row->tensor) - 1;
}

static enum ladle_status
choose_layer(struct choice *choice, const struct ladle_layer_row *layer, struct ladle_error *err)
{
	const struct ladle_row *row = &choice->table->rows[layer->first_row];
	char *name = strndup(row->label, layer_length(row));

	if (name == NULL)
		return session_out_of_memory(err);
	buf_clear(&choice->pattern);
	escape_glob(&choice->pattern, name);
	free(name);
	return add_choice_rule(choice, layer->row_count, err);
}

static enum ladle_status
choose_row(struct choice *choice, uint32_t row, struct ladle_error *err)
{
	buf_clear(&choice->pattern);
	escape_glob(&choice->pattern, choice->table->rows[row].label);
	return add_choice_rule(choice, 1, err);
}

/* A layer of one tensor is named by the tensor: the rule then says what was chosen. */
static bool
is_whole(const struct choice *choice, const struct ladle_layer_row *layer)
{
	for (uint32_t i = 0; i < layer->row_count; i++)
		if (!choice->chosen[layer->first_row + i])
			return false;
	return layer->row_count > 1;
}

static enum ladle_status
choose_in_layer(struct choice *choice, const struct ladle_layer_row *layer, struct ladle_error *err)
{
	if (is_whole(choice, layer) && choose_layer(choice, layer, NULL) == LADLE_OK)
		return LADLE_OK;
	for (uint32_t i = 0; i < layer->row_count; i++)
		if (choice->chosen[layer->first_row + i])
			TRY(choose_row(choice, layer->first_row + i, err));
	return LADLE_OK;
}

static enum ladle_status
choose_all(struct choice *choice, struct ladle_error *err)
{
	if (choice->count == choice->table->row_count) {
		buf_clear(&choice->pattern);
		buf_char(&choice->pattern, '*');
		return add_choice_rule(choice, choice->count, err);
	}
	for (uint32_t i = 0; i < choice->table->layer_count; i++)
		TRY(choose_in_layer(choice, &choice->table->layers[i], err));
	return LADLE_OK;
}

static enum ladle_status
commit_choice(struct choice *choice, struct ladle_error *err)
{
	struct ladle_mix *draft = choice->draft;

	if (choice->rules > 1)
		buf_format(&choice->text, " and %u more", choice->rules - 1);
	choice->draft = NULL;
	return session_commit(choice->session, draft, buf_string(&choice->text), LADLE_NONE, err);
}

enum ladle_status
session_rule_rows(struct session *session, const uint32_t *rows, uint32_t count, bool skip,
		const double *set, struct ladle_error *err)
{
	struct choice choice;

	if (count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "no row is chosen");
	enum ladle_status status = choice_init(&choice, session, rows, count, err);
	choice.skip = skip;
	for (uint32_t k = 0; status == LADLE_OK && k < session->pairing->columns.count; k++) {
		choice.set[k] = skip ? NAN : set[k];
		if (!isnan(choice.set[k]))
			status = session_check_weight(session, set[k], err);
	}
	if (status == LADLE_OK)
		status = choose_all(&choice, err);
	if (status == LADLE_OK)
		status = commit_choice(&choice, err);
	choice_done(&choice);
	return status;
}

/* ---- taking them back ---- */

enum reach { REACH_NONE, REACH_INSIDE, REACH_BEYOND };

/* Which rows a rule matches: none of the chosen, only chosen ones, or others as well. */
static enum reach
rule_reach(const struct choice *choice, const struct ladle_rule *rule)
{
	bool inside = false, beyond = false;

	for (uint32_t i = 0; i < choice->table->row_count; i++) {
		if (!ladle_pattern_matches(rule->pattern, choice->table, i))
			continue;
		if (choice->chosen[i])
			inside = true;
		else
			beyond = true;
	}
	return !inside ? REACH_NONE : beyond ? REACH_BEYOND : REACH_INSIDE;
}

static enum ladle_status
clear_rules(struct choice *choice, struct ladle_error *err)
{
	const char *wider = NULL;

	for (uint32_t i = ladle_mix_rule_count(choice->draft); i-- > 0;) {
		const struct ladle_rule *rule = ladle_mix_rule(choice->draft, i);
		enum reach reach = rule_reach(choice, rule);
		if (reach == REACH_BEYOND)
			wider = wider == NULL ? ladle_mix_rule(choice->session->mix, i)->text
					      : wider;
		if (reach != REACH_INSIDE)
			continue;
		buf_clear(&choice->text);
		buf_format(&choice->text, "clear %s", rule->pattern);
		ladle_mix_remove_rule(choice->draft, i);
		choice->rules++;
	}
	if (choice->rules > 0)
		return LADLE_OK;
	if (wider != NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"`%s` is for other rows too: take it back in the "
				"mixer",
				wider);
	return ladle_fail(err, LADLE_E_USAGE, NULL, "no rule is for these rows");
}

enum ladle_status
session_clear_rows(struct session *session, const uint32_t *rows, uint32_t count,
		struct ladle_error *err)
{
	struct choice choice;

	enum ladle_status status = choice_init(&choice, session, rows, count, err);
	if (status == LADLE_OK)
		status = clear_rules(&choice, err);
	if (status == LADLE_OK)
		status = commit_choice(&choice, err);
	choice_done(&choice);
	return status;
}
