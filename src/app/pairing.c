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
			.keep_optimizer = setup->keep_optimizer};

	if (copy.config != NULL)
		copy.config->refs++;
	if (source_list_copy(&copy.sources, &setup->sources) &&
			hand_list_copy(&copy.hands, &setup->hands)) {
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
pairing_new(const struct source_list *columns, const struct hand_list *hands)
{
	struct pairing *pairing = calloc(1, sizeof(*pairing));

	if (pairing == NULL)
		return NULL;
	pairing->refs = 1;
	atomic_init(&pairing->rows, 0);
	if (!source_list_copy(&pairing->columns, columns) ||
			!hand_list_copy(&pairing->hands, hands)) {
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
			ladle_pair_with(&pairing->table, checkpoints, k, pairs, count, err);
	free(pairs);
	return status;
}

enum ladle_status
pairing_make(struct pairing *pairing, unsigned flags, struct ladle_error *err)
{
	uint32_t k = pairing->columns.count;
	const struct ladle_checkpoint **checkpoints = calloc(k, sizeof(*checkpoints));

	if (checkpoints == NULL)
		return session_out_of_memory(err);
	for (uint32_t i = 0; i < k; i++)
		checkpoints[i] = pairing->columns.item[i]->checkpoint;
	enum ladle_status status = pair_columns(pairing, checkpoints, err);
	if (status == LADLE_OK)
		status = ladle_measurement_new(&pairing->measurement, pairing->table, flags, err);
	pairing->flags = flags;
	free(checkpoints);
	return status;
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
	ladle_measurement_free(pairing->measurement);
	ladle_table_free(pairing->table);
	source_list_free(&pairing->columns);
	hand_list_free(&pairing->hands);
	free(pairing);
}
