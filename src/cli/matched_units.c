/* Which units move, and what that is worth. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/format.h"
#include "app/lineup.h"
#include "app/session.h"
#include "base/buf.h"
#include "cli/json.h"
#include "cli/matched.h"
#include "cli/run.h"
#include "cli/table.h"

static const struct ladle_match *
match_of(const struct ladle_alignment *alignment, uint32_t column, uint32_t group)
{
	return &alignment->matches[(size_t)column * alignment->groups->count + group];
}

static bool
is_in_order(const struct ladle_match *match)
{
	return !match->order && !match->scale;
}

/* ---- the table ---- */

enum state { NOT_MATCHED, SAME_ORDER, EXACT_COPY, RESCALED_COPY, MATCHED, NEAR_NULL, UNRELATED,
	STATES };

static const char *const state_words[STATES] = {"not matched", "same order", "exact copy",
		"rescaled copy", "matched", "near null", "unrelated"};

#define APART .3 /* below it, kernels that stay where they are have nothing in common */

static enum state
state_of(const struct ladle_match *match)
{
	if (match->why)
		return NOT_MATCHED;
	if (is_in_order(match))
		return match->exact || !(match->cosine_matched < APART) ? SAME_ORDER : UNRELATED;
	if (match->exact)
		return match->scale ? RESCALED_COPY : EXACT_COPY;
	return lineup_is_evident(match) ? MATCHED : NEAR_NULL;
}

/* "conv_a, bn_a": each layer once. */
static void
layers_text(struct buf *out, const struct ladle_table *table, const struct ladle_group *group)
{
	uint32_t last = LADLE_NONE;

	for (uint32_t i = 0; i < group->use_count; i++) {
		uint32_t layer = table->rows[group->uses[i].row].layer;

		if (layer == last)
			continue;
		if (last != LADLE_NONE)
			buf_text(out, ", ");
		matched_name(out, table, layer, LADLE_NONE);
		last = layer;
	}
}

static void
print_cosine(double cosine)
{
	char text[8];

	format_cosine(text, cosine);
	printf(" %5s", isnan(cosine) ? "-" : text);
}

static void
print_one(const struct cli_run *run, const struct ladle_alignment *alignment, uint32_t column,
		uint32_t group)
{
	enum { BEFORE = 53 };
	const struct ladle_group *from = &alignment->groups->list[group];
	const struct ladle_match *match = match_of(alignment, column, group);
	struct buf layers;

	buf_init(&layers);
	layers_text(&layers, alignment->table, from);
	printf("%5u %-4.4s %6u", from->units, session_column(run->session, column)->id,
			match->moved);
	print_cosine(match->cosine_raw);
	print_cosine(match->cosine_matched);
	print_cosine(match->cosine_null);
	printf("  %-13s ", state_words[state_of(match)]);
	print_fit_line(run, buf_string(&layers), BEFORE);
	putchar('\n');
	buf_done(&layers);
	if (match->why)
		print_why(run, session_column(run->session, column)->id, match->why);
}

void
print_matches(const struct cli_run *run, const struct ladle_alignment *alignment)
{
	if (alignment->groups->count > 0)
		puts("UNITS       MOVED   RAW  THEN  NULL  STATE         LAYERS");
	for (uint32_t g = 0; g < alignment->groups->count; g++)
		for (uint32_t k = 0; k < alignment->table->checkpoint_count; k++)
			if (session_lined_up_to(run->session, k))
				print_one(run, alignment, k, g);
	print_moves(run, alignment);
}

static void
append_states(struct buf *out, const uint32_t *counts)
{
	const char *separator = "";

	for (int state = 0; state < STATES; state++) {
		if (!counts[state])
			continue;
		buf_format(out, "%s %u %s", separator, counts[state], state_words[state]);
		separator = ",";
	}
}

static void
print_move(const struct cli_run *run, const struct ladle_alignment *alignment, uint32_t column)
{
	uint32_t counts[STATES] = {0}, groups = alignment->groups->count;
	uint64_t moved = 0, units = 0;
	const char *to = session_lined_up_to(run->session, column);
	const char *id = session_column(run->session, column)->id;
	struct buf states;

	for (uint32_t g = 0; g < groups; g++) {
		const struct ladle_match *match = match_of(alignment, column, g);

		counts[state_of(match)]++;
		moved += match->moved;
		units += alignment->groups->list[g].units;
	}
	if (counts[SAME_ORDER] == groups) {
		printf("%s stands in the order of %s: nothing moves\n", id, to);
		return;
	}
	buf_init(&states);
	append_states(&states, counts);
	printf("%s to the order of %s: %llu of %llu units move; groups:%s\n", id, to,
			(unsigned long long)moved, (unsigned long long)units,
			buf_string(&states));
	buf_done(&states);
}

void
print_moves(const struct cli_run *run, const struct ladle_alignment *alignment)
{
	for (uint32_t k = 0; k < alignment->table->checkpoint_count; k++)
		if (session_lined_up_to(run->session, k))
			print_move(run, alignment, k);
}

/* ---- JSON ---- */

static struct json_object *
order_value(const struct ladle_match *match, uint32_t units)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < units; i++)
		json_object_array_add(list,
				json_object_new_int64(match->order ? match->order[i] : i));
	return list;
}

static struct json_object *
scale_value(const struct ladle_match *match, uint32_t units)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < units; i++)
		json_object_array_add(list, json_number(match->scale[i]));
	return list;
}

struct json_object *
json_match_value(const struct session *session, uint32_t column, uint32_t group)
{
	const struct ladle_alignment *alignment = session_alignment(session);
	const struct ladle_match *match = match_of(alignment, column, group);
	uint32_t units = alignment->groups->list[group].units;
	struct json_object *out = json_object_new_object();

	json_add_text(out, "checkpoint", session_column(session, column)->id);
	json_add_bool(out, "exact", match->exact);
	json_add_count(out, "units_moved", match->moved);
	json_add(out, "permutation", order_value(match, units));
	json_add_number(out, "cosine_raw", match->cosine_raw);
	json_add_number(out, "cosine_matched", match->cosine_matched);
	json_add_number(out, "cosine_null", match->cosine_null);
	json_add_text(out, "state", state_words[state_of(match)]);
	if (match->scale)
		json_add(out, "scale", scale_value(match, units));
	if (match->why)
		json_add_text(out, "why", match->why);
	return out;
}
