/* What each checkpoint is to the reference, as `ladle match` says it. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "app/session.h"
#include "cli/json.h"
#include "cli/matched.h"
#include "cli/run.h"
#include "cli/table.h"

enum { SENTENCE = 1024 };

static uint32_t
reference_of(const struct session *session)
{
	const struct ladle_alignment *alignment = session_alignment(session);

	return alignment ? alignment->reference : ladle_mix_template(session_mix(session));
}

void
print_relations(const struct cli_run *run)
{
	uint32_t count = session_table(run->session)->checkpoint_count;
	char text[SENTENCE];

	for (uint32_t k = 0; k < count; k++) {
		if (k == reference_of(run->session))
			continue;
		session_relate(run->session, k, text, sizeof(text));
		print_clean(run, text);
		putchar('\n');
	}
}

static struct json_object *
relation_value(const struct session *session, uint32_t column)
{
	char text[SENTENCE];
	struct ladle_relation relation = session_relate(session, column, text, sizeof(text));
	struct json_object *out = json_object_new_object();

	json_add_text(out, "checkpoint", session_column(session, column)->id);
	json_add_text(out, "kind", ladle_relation_name(relation.kind));
	json_add_text(out, "text", text);
	json_add_number(out, "cosine", relation.cosine);
	json_add_number(out, "relative_l2", relation.distance);
	json_add_number(out, "cosine_aligned", relation.aligned);
	json_add_count(out, "groups_moved", relation.groups);
	json_add_count(out, "units_moved", relation.moved);
	json_add_count(out, "tensors_differ", relation.differ);
	return out;
}

void
json_add_relations(struct json_object *to, const struct session *session)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t k = 0; k < session_table(session)->checkpoint_count; k++)
		if (k != reference_of(session))
			json_object_array_add(list, relation_value(session, k));
	json_add(to, "relations", list);
}
