/* What is asked for, and the table that comes of it. */
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "base/err.h"

bool
setup_copy(struct setup *out, const struct setup *setup)
{
	struct setup copy = {.config = setup->config,
			.ema = setup->ema,
			.keep_optimizer = setup->keep_optimizer,
			.repair = setup->repair};

	if (copy.config != NULL)
		copy.config->refs++;
	if (source_list_copy(&copy.sources, &setup->sources) &&
			hand_list_copy(&copy.hands, &setup->hands) &&
			lineup_list_copy(&copy.lineups, &setup->lineups, setup->lineups.count) &&
			scene_list_copy(&copy.scenes, &setup->scenes)) {
		*out = copy;
		return true;
	}
	setup_free(&copy);
	return false;
}

void
setup_free(struct setup *setup)
{
	source_list_free(&setup->sources);
	hand_list_free(&setup->hands);
	lineup_list_free(&setup->lineups);
	scene_list_free(&setup->scenes);
	source_release(setup->config);
	*setup = (struct setup){0};
}

struct ladle_open_how
setup_how(const struct setup *setup)
{
	return (struct ladle_open_how){
			.config = setup->config == NULL ? NULL : setup->config->checkpoint,
			.ema = setup->ema};
}

/* Columns are kept open by their references for as long as the table is. */
struct pairing *
pairing_new(const struct source_list *columns, const struct hand_list *hands,
		const struct lineup_list *lineups, struct pairing *before)
{
	struct pairing *pairing = calloc(1, sizeof(*pairing));

	if (pairing == NULL) {
		pairing_release(before);
		return NULL;
	}
	pairing->refs = 1;
	pairing->before = before;
	atomic_init(&pairing->rows, 0);
	if (!source_list_copy(&pairing->columns, columns) ||
			!hand_list_copy(&pairing->hands, hands) ||
			!lineup_list_copy(&pairing->lineups, lineups, lineups->count)) {
		pairing_release(pairing);
		return NULL;
	}
	return pairing;
}

/* Each member with the first that is a column: the library pairs two at a time. */
static uint32_t
place_hand(const struct pairing *pairing, const struct hand *hand, struct ladle_hand_pair *out)
{
	const struct hand_member *first = NULL;
	uint32_t first_column = LADLE_NONE, count = 0;

	for (uint32_t i = 0; i < hand->count; i++) {
		const struct hand_member *member = &hand->member[i];
		uint32_t column = source_list_find(&pairing->columns, member->id);
		if (column == LADLE_NONE)
			continue;
		if (first == NULL) {
			first = member;
			first_column = column;
			continue;
		}
		out[count++] = (struct ladle_hand_pair){.a = first_column,
				.b = column,
				.layer_a = first->layer,
				.layer_b = member->layer};
	}
	return count;
}

static enum ladle_status
pair_columns(struct pairing *pairing, const struct ladle_checkpoint **checkpoints,
		struct ladle_error *err)
{
	uint32_t k = pairing->columns.count, count = 0;
	size_t most = (size_t)pairing->hands.count * k + 1;
	struct ladle_hand_pair *pairs = calloc(most, sizeof(*pairs));

	if (pairs == NULL)
		return session_out_of_memory(err);
	for (uint32_t i = 0; i < pairing->hands.count; i++)
		count += place_hand(pairing, pairing->hands.item[i], pairs + count);
	enum ladle_status status =
			ladle_pair_with(&pairing->stored, checkpoints, k, pairs, count, err);
	free(pairs);
	return status;
}

/* Which column's config says how units belong together: the first that has one. Without any, a
 * plain chain is told by its shapes. */
static void
find_groups(struct pairing *pairing)
{
	uint32_t column = 0, k = pairing->columns.count;

	while (column < k && pairing->columns.item[column]->checkpoint->graph == NULL)
		column++;
	if (k > 1)
		ladle_groups_find(&pairing->groups, pairing->stored, column == k ? 0 : column,
				&pairing->no_groups);
}

static enum ladle_status
pair_stored(struct pairing *pairing, struct ladle_error *err)
{
	uint32_t k = pairing->columns.count;
	const struct ladle_checkpoint **checkpoints = calloc(k, sizeof(*checkpoints));

	if (checkpoints == NULL)
		return session_out_of_memory(err);
	for (uint32_t i = 0; i < k; i++)
		checkpoints[i] = pairing->columns.item[i]->checkpoint;
	enum ladle_status status = pair_columns(pairing, checkpoints, err);
	free(checkpoints);
	if (status == LADLE_OK)
		find_groups(pairing);
	pairing->table = pairing->stored;
	return status;
}

/* The columns that the last line re-orders; of files that are not open it says nothing. */
static uint32_t
mark_wanted(const struct pairing *pairing, const struct lineup *lineup, bool *wanted)
{
	uint32_t count = 0;

	for (uint32_t k = 0; k < pairing->columns.count; k++) {
		wanted[k] = lineup_moves(lineup, pairing->columns.item[k]->id);
		count += wanted[k];
	}
	return count;
}

static enum ladle_status
line_up(struct pairing *pairing, const struct making *making, struct ladle_error *err)
{
	const struct lineup *lineup = pairing->lineups.item[pairing->lineups.count - 1];
	uint32_t reference = source_list_find(&pairing->columns, lineup->to);
	bool *wanted = calloc(pairing->columns.count, sizeof(*wanted));

	if (wanted == NULL)
		return session_out_of_memory(err);
	uint32_t count = reference == LADLE_NONE ? 0 : mark_wanted(pairing, lineup, wanted);
	const struct ladle_match_options options = {
			.reference = reference == LADLE_NONE ? 0 : reference,
			.wanted = wanted,
			.together = count > 1,
			.objective = lineup->objective,
			.seed = lineup->seed,
			.restarts = -1,
			.exact_only = lineup->exact,
			.no_null = making->no_null,
			.no_cosines = making->no_cosines,
			.memory = making->memory,
			.after = pairing->before->alignment};
	enum ladle_status status = ladle_match(&pairing->alignment, making->library,
			pairing->stored, pairing->groups, &options, making->job, err);
	free(wanted);
	return status;
}

static enum ladle_status
align_stored(struct pairing *pairing, const struct making *making, struct ladle_error *err)
{
	TRY(pairing_make(pairing->before, making, err));
	pairing->stored = pairing->before->stored;
	pairing->groups = pairing->before->groups;
	pairing->no_groups = pairing->before->no_groups;
	if (pairing->groups == NULL)
		return ladle_fail(err, LADLE_E_INPUT, pairing->no_groups.path,
				"units cannot be lined up: %s", pairing->no_groups.text);
	TRY(line_up(pairing, making, err));
	pairing->table = pairing->alignment->table;
	return LADLE_OK;
}

enum ladle_status
pairing_make(struct pairing *pairing, const struct making *making, struct ladle_error *err)
{
	if (pairing_is_made(pairing))
		return LADLE_OK;
	if (pairing->before == NULL)
		TRY(pair_stored(pairing, err));
	else
		TRY(align_stored(pairing, making, err));
	return ladle_measurement_new(&pairing->measurement, pairing->table, pairing->flags, err);
}

bool
pairing_is_made(const struct pairing *pairing)
{
	return pairing->measurement != NULL;
}

struct pairing *
pairing_last_made(struct pairing *pairing)
{
	while (pairing != NULL && !pairing_is_made(pairing))
		pairing = pairing->before;
	return pairing;
}

/* Do both re-order the same of these columns, and alike? "align" and "align B to A" are one where A
 * and B are all there is. */
static bool
is_same_lineup(const struct source_list *columns, const struct lineup *a, const struct lineup *b)
{
	if (strcmp(a->to, b->to) != 0 || a->exact != b->exact || a->objective != b->objective ||
			a->seed != b->seed)
		return false;
	for (uint32_t k = 0; k < columns->count; k++)
		if (lineup_moves(a, columns->item[k]->id) != lineup_moves(b, columns->item[k]->id))
			return false;
	return true;
}

static bool
are_same_lineups(const struct source_list *columns, const struct lineup_list *a,
		const struct lineup_list *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (!is_same_lineup(columns, a->item[i], b->item[i]))
			return false;
	return true;
}

bool
pairing_is_for(const struct pairing *pairing, const struct source_list *columns,
		const struct hand_list *hands, const struct lineup_list *lineups)
{
	return source_list_same(columns, &pairing->columns) &&
	       hand_list_same(hands, &pairing->hands) &&
	       are_same_lineups(columns, lineups, &pairing->lineups);
}

struct pairing *
pairing_keep(struct pairing *pairing)
{
	if (pairing != NULL)
		pairing->refs++;
	return pairing;
}

void
pairing_release(struct pairing *pairing)
{
	if (pairing == NULL || --pairing->refs > 0)
		return;
	struct pairing *before = pairing->before;
	ladle_measurement_free(pairing->measurement);
	ladle_alignment_free(pairing->alignment);
	if (before == NULL) {
		ladle_groups_free(pairing->groups);
		ladle_table_free(pairing->stored);
	}
	source_list_free(&pairing->columns);
	hand_list_free(&pairing->hands);
	lineup_list_free(&pairing->lineups);
	free(pairing);
	pairing_release(before);
}
