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

/* ---- changes of the mix alone ---- */

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
