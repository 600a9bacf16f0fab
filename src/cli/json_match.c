/* The document of `ladle match`. */
#include <json-c/json.h>

#include "app/session.h"
#include "base/buf.h"
#include "cli/json.h"
#include "cli/matched.h"

static void
add_name(struct json_object *to, const char *key, const struct ladle_table *table, uint32_t layer,
		uint32_t column)
{
	struct buf name;

	buf_init(&name);
	matched_name(&name, table, layer, column);
	json_add_text(to, key, buf_string(&name));
	buf_done(&name);
}

static struct json_object *
pair_value(const struct session *session, uint32_t layer)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *out = json_object_new_object(), *names = json_object_new_object();

	for (uint32_t k = 0; k < table->checkpoint_count; k++)
		if (table->layers[layer].index[k] != LADLE_NONE)
			add_name(names, session_column(session, k)->id, table, layer, k);
	add_name(out, "layer", table, layer, LADLE_NONE);
	json_add(out, "names", names);
	json_add_text(out, "paired_by", ladle_paired_by_name(table->layers[layer].paired_by));
	return out;
}

/* Each checkpoint that has the layer while another has not: there is none when all are paired. */
static void
append_unmatched(struct json_object *list, const struct session *session, uint32_t layer)
{
	const struct ladle_table *table = session_table(session);
	const struct ladle_layer_row *from = &table->layers[layer];

	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		struct json_object *one;

		if (from->index[k] == LADLE_NONE)
			continue;
		one = json_object_new_object();
		json_add_text(one, "checkpoint", session_column(session, k)->id);
		add_name(one, "layer", table, layer, k);
		json_add_text(one, "why", from->unpaired ? from->unpaired : "");
		json_object_array_add(list, one);
	}
}

void
json_print_match(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *out = json_document("match");
	struct json_object *pairs = json_object_new_array(), *unmatched = json_object_new_array();

	for (uint32_t i = 0; i < table->layer_count; i++) {
		uint32_t columns = matched_columns(table, i);

		if (!matched_holds_tensors(&table->layers[i]))
			continue;
		if (columns > 1)
			json_object_array_add(pairs, pair_value(session, i));
		if (columns < table->checkpoint_count)
			append_unmatched(unmatched, session, i);
	}
	json_add_text(out, "reference",
			session_column(session, ladle_mix_template(session_mix(session)))->id);
	json_add(out, "pairs", pairs);
	json_add(out, "unmatched", unmatched);
	json_add_groups(out, session);
	json_add_ungrouped(out, session);
	json_add_relations(out, session);
	json_add(out, "checkpoints", json_columns(session));
	json_add(out, "findings", json_pairing_findings(session));
	json_print(out);
}
