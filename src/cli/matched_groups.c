/* Which axes one permutation would move together, as `ladle match` says it. */
#include <inttypes.h>
#include <stdio.h>

#include <json-c/json.h>

#include "app/session.h"
#include "base/buf.h"
#include "cli/json.h"
#include "cli/matched.h"
#include "cli/run.h"
#include "cli/table.h"

/* ---- the table ---- */

/* "conv_b/kernel 2", and where the units repeat or begin further on, "x16", "+24". */
static void
use_text(struct buf *out, const struct ladle_table *table, const struct ladle_use *use)
{
	buf_format(out, "%s %d", table->rows[use->row].label, use->axis);
	if (use->outer > 1)
		buf_format(out, " x%" PRIu64, use->outer);
	if (use->inner > 1)
		buf_format(out, " of %" PRIu64, use->inner);
	if (use->offset > 0)
		buf_format(out, " +%" PRIu64, use->offset);
	if (use->where >= 0)
		buf_format(out, " in %d:%" PRIu64, use->where, use->index);
}

/* One use a line, the size of the group before the first. */
static void
print_group(const struct cli_run *run, const struct ladle_group *group)
{
	const struct ladle_table *table = session_table(run->session);
	struct buf text;

	buf_init(&text);
	for (uint32_t i = 0; i < group->use_count; i++) {
		buf_clear(&text);
		use_text(&text, table, &group->uses[i]);
		if (i == 0)
			printf("%5u ", group->units);
		else
			printf("%5s ", "");
		print_fit_line(run, buf_string(&text), 6);
		putchar('\n');
	}
	buf_done(&text);
}

static void
print_ungrouped(const struct cli_run *run, const struct ladle_ungrouped *layer)
{
	struct buf name;

	buf_init(&name);
	matched_name(&name, session_table(run->session), layer->layer, LADLE_NONE);
	print_why(run, buf_string(&name), layer->why);
	buf_done(&name);
}

void
print_groups(const struct cli_run *run, const struct ladle_groups *groups)
{
	puts("UNITS AXES THAT ONE PERMUTATION MOVES TOGETHER");
	for (uint32_t i = 0; i < groups->count; i++)
		print_group(run, &groups->list[i]);
	for (uint32_t i = 0; i < groups->ungrouped_count; i++)
		print_ungrouped(run, &groups->ungrouped[i]);
	if (groups->inferred)
		puts("inferred from shapes: the file has no config; --config FILE gives one");
}

/* ---- JSON ---- */

static struct json_object *
layer_value(const struct ladle_table *table, uint32_t layer)
{
	struct json_object *out;
	struct buf name;

	buf_init(&name);
	matched_name(&name, table, layer, LADLE_NONE);
	out = json_text(buf_string(&name));
	buf_done(&name);
	return out;
}

static struct json_object *
use_value(const struct ladle_table *table, const struct ladle_use *use)
{
	struct json_object *out = json_object_new_object(), *where;

	json_add(out, "layer", layer_value(table, table->rows[use->row].layer));
	json_add_text(out, "tensor", table->rows[use->row].tensor);
	json_add_count(out, "axis", (uint64_t)use->axis);
	json_add_count(out, "outer", use->outer);
	json_add_count(out, "inner", use->inner);
	json_add_count(out, "offset", use->offset);
	if (use->where >= 0) {
		where = json_object_new_object();
		json_add_count(where, "axis", (uint64_t)use->where);
		json_add_count(where, "index", use->index);
		json_add(out, "where", where);
	}
	return out;
}

static struct json_object *
matches_value(const struct session *session, uint32_t group)
{
	const struct ladle_alignment *alignment = session_alignment(session);
	struct json_object *list = json_object_new_array();

	for (uint32_t k = 0; alignment && k < alignment->table->checkpoint_count; k++)
		if (session_lined_up_to(session, k))
			json_object_array_add(list, json_match_value(session, k, group));
	return list;
}

static struct json_object *
group_value(const struct session *session, uint32_t group)
{
	const struct ladle_group *from = &session_groups(session, NULL)->list[group];
	struct json_object *out = json_object_new_object(), *uses = json_object_new_array();

	json_add_count(out, "units", from->units);
	for (uint32_t i = 0; i < from->use_count; i++)
		json_object_array_add(uses, use_value(session_table(session), &from->uses[i]));
	json_add(out, "uses", uses);
	json_add(out, "matches", matches_value(session, group));
	return out;
}

void
json_add_groups(struct json_object *to, const struct session *session)
{
	const struct ladle_groups *groups = session_groups(session, NULL);
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; groups && i < groups->count; i++)
		json_object_array_add(list, group_value(session, i));
	json_add(to, "groups", list);
}

void
json_add_ungrouped(struct json_object *to, const struct session *session)
{
	const struct ladle_groups *groups = session_groups(session, NULL);
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; groups && i < groups->ungrouped_count; i++) {
		struct json_object *one = json_object_new_object();

		json_add(one, "layer",
				layer_value(session_table(session), groups->ungrouped[i].layer));
		json_add_text(one, "why", groups->ungrouped[i].why);
		json_object_array_add(list, one);
	}
	json_add(to, "ungrouped", list);
	json_add_bool(to, "inferred", groups && groups->inferred);
}
