/* The document of `ladle avg` and `ladle run`. */
#include <json-c/json.h>
#include <stdlib.h>

#include "app/session.h"
#include "cli/json.h"
#include "cli/matched.h"

/* What the faders give; rules stand beside them. */
static struct json_object *
weights_value(struct session *session)
{
	struct json_object *out = json_object_new_object();
	uint32_t count = session_table(session)->checkpoint_count;
	double *w = calloc(count + 1, sizeof(*w)), sum;

	if (!w)
		return out;
	sum = ladle_mix_fader_weights(session_mix(session), w);
	if (!ladle_mix_normalised(session_mix(session)))
		sum = 1;
	for (uint32_t k = 0; k < count; k++)
		json_add_number(out, session_column(session, k)->id, w[k] / sum);
	free(w);
	return out;
}

static struct json_object *
rules_value(struct session *session)
{
	const struct ladle_mix *mix = session_mix(session);
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < ladle_mix_rule_count(mix); i++) {
		struct json_object *one = json_object_new_object();

		json_add_text(one, "rule", ladle_mix_rule(mix, i)->text);
		json_add_count(one, "rows", ladle_mix_rule_rows(mix, i));
		json_object_array_add(list, one);
	}
	return list;
}

/* By nature or by `skip`; rows that the template lacks are not in the output. */
static struct json_object *
copied_value(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *list = json_object_new_array();
	double *w = calloc(table->checkpoint_count + 1, sizeof(*w));
	uint32_t template_ = ladle_mix_template(session_mix(session));

	for (uint32_t row = 0; w && row < table->row_count; row++) {
		struct ladle_weights from = ladle_mix_weights(session_mix(session), table, row, w);
		bool copied = from.source == LADLE_W_COPIED || from.source == LADLE_W_SKIPPED;

		if (copied && table->rows[row].index[template_] != LADLE_NONE)
			json_object_array_add(list, json_text(table->rows[row].label));
	}
	free(w);
	return list;
}

static struct json_object *
repaired_value(struct session *session)
{
	const struct ladle_repair *repair = session_repair(session);
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; repair && i < repair->count; i++) {
		const struct ladle_correction *one = &repair->list[i];
		struct json_object *value = json_object_new_object();

		json_add_text(value, "row", session_table(session)->rows[one->row].label);
		json_add_text(value, "kind", ladle_repair_name(one->kind));
		json_add(value, "applied", json_object_new_boolean(one->values || one->factors));
		json_add_number(value, "ratio", one->ratio);
		json_add_text(value, "text", one->text);
		json_object_array_add(list, value);
	}
	return list;
}

static struct json_object *
wrote_value(const struct ladle_export_report *report)
{
	struct json_object *out = json_object_new_object();

	json_add_count(out, "tensors", report->tensors);
	if (!*report->sha256) /* after a dry run nobody knows more */
		return out;
	json_add_count(out, "bytes", report->bytes);
	json_add_text(out, "sha256", report->sha256);
	return out;
}

void
json_print_export(struct session *session, const char *command,
		const struct ladle_export_options *options,
		const struct ladle_export_report *report)
{
	struct json_object *out = json_document(command);
	/* Figures came with the writing; what is known of the order of units, before. */
	struct ladle_verdict verdict = session_verdict(session);

	json_add_text(out, "output", options->path);
	json_add_text(out, "method", "mean");
	json_add(out, "weights", weights_value(session));
	json_add(out, "rules", rules_value(session));
	json_add_text(out, "verdict", ladle_state_name(verdict.state));
	json_add(out, "headline", json_headline(session, &verdict));
	json_add(out, "copied", copied_value(session));
	json_add(out, "findings", json_all_findings(session));
	json_add(out, "repaired", repaired_value(session));
	if (session_alignment(session))
		json_add_groups(out, session);
	json_add(out, "wrote", options->dry_run ? NULL : wrote_value(report));
	if (options->dry_run)
		json_add(out, "would_write", wrote_value(report));
	json_print(out);
}

/* Tensors that no `align` moves are the template's where they are no floats; those that differ are
 * named. */
static struct json_object *
kept_value(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	const struct ladle_judgement *rows = session_judgements(session);
	struct json_object *list = json_object_new_array();

	for (uint32_t row = 0; rows && row < table->row_count; row++)
		if (rows[row].flags >> LADLE_F_COPIED & 1)
			json_object_array_add(list, json_text(table->rows[row].label));
	return list;
}

void
json_print_align(struct session *session, const struct ladle_export_options *options,
		const struct ladle_export_report *report)
{
	struct json_object *out = json_document("align");

	json_add_text(out, "output", options->path);
	json_add_groups(out, session);
	json_add(out, "wrote", options->dry_run ? NULL : wrote_value(report));
	if (options->dry_run)
		json_add(out, "would_write", wrote_value(report));
	json_add(out, "differ_in_template", kept_value(session));
	json_add(out, "findings", json_pairing_findings(session));
	json_print(out);
}
