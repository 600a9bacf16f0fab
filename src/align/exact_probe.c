#include "align/exact_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { LINES = 4 }; /* of a kernel: float32 numbers of one may repeat among thousands of units */

/* All that is not moved by its group is where the reference has it. */
static bool
is_anchored(const struct exact_pair *pair, const struct exact_row *row, const struct ladle_use *use,
		uint32_t group)
{
	if (!row->agrees || use->axis != row->rank - 1 ||
			pair->table->rows[row->row].count == 0)
		return false;
	for (uint32_t u = 0; u < row->use_count; u++) {
		const struct exact_use *other = &row->uses[u];

		if (pair->states[other->group].open &&
				(other->group != group || other->use->axis != use->axis ||
						other->coarse))
			return false;
	}
	return true;
}

/* The axis along which lines are taken, or -1: there is one line. */
static int
axis_of_lines(const struct exact_row *row, const struct ladle_use *use)
{
	for (int a = 0; a < row->rank - 1; a++)
		if (a != use->where && row->shape[a] > 1)
			return a;
	return -1;
}

static uint64_t
line_at(const struct exact_row *row, const struct ladle_use *use, int axis, uint64_t i)
{
	uint64_t line = 0;

	for (int a = 0; a < row->rank - 1; a++)
		line = line * row->shape[a] + (a == axis ? i : a == use->where ? use->index : 0);
	return line;
}

static void
add_line(uint64_t *colours, uint32_t units, const struct ladle_use *use, uint64_t tag,
		const unsigned char *line, size_t size)
{
	for (uint64_t x = 0; x < use->outer * units * use->inner; x++) {
		uint64_t *colour = &colours[x / use->inner % units], bits = 0;

		memcpy(&bits, line + (use->offset + x) * size, size);
		*colour = exact_mix(*colour, exact_mix(tag, bits));
	}
}

struct probing {
	struct exact_pair *pair;
	uint32_t group;
	unsigned char *line; /* one, of the longest last axis */
};

static enum ladle_status
probe_line(const struct probing *probing, const struct exact_row *row, const struct ladle_use *use,
		uint64_t line, struct ladle_error *err)
{
	struct exact_pair *pair = probing->pair;
	uint64_t length = row->shape[row->rank - 1];

	for (int s = 0; s < EXACT_SIDES; s++) {
		const struct exact_group *state = &pair->states[probing->group];
		uint32_t column = s == EXACT_REFERENCE ? pair->how->reference : pair->column;

		TRY(ladle_tensor_read(pair->side[s].checkpoint,
				ladle_row_tensor(pair->table, row->row, column), line * length,
				length, probing->line, err));
		add_line(pair->side[s].colours + state->first, state->units, use,
				exact_mix(row->row, line), probing->line, row->size);
	}
	return LADLE_OK;
}

static enum ladle_status
probe_use(const struct probing *probing, const struct exact_row *row, const struct ladle_use *use,
		struct ladle_error *err)
{
	int axis = axis_of_lines(row, use);
	uint64_t lines = axis < 0 ? 1 : row->shape[axis];

	for (uint64_t i = 0; i < lines && i < LINES; i++)
		TRY(probe_line(probing, row, use, line_at(row, use, axis, i), err));
	return LADLE_OK;
}

static void
forget_colours(struct exact_pair *pair, uint32_t group)
{
	const struct exact_group *state = &pair->states[group];

	for (int s = 0; s < EXACT_SIDES; s++)
		memset(pair->side[s].colours + state->first, 0,
				state->units * sizeof(*pair->side[s].colours));
}

/* Takes in one use after another until all units differ. */
static enum ladle_status
probe_group(const struct probing *probing, struct ladle_error *err)
{
	struct exact_pair *pair = probing->pair;
	const struct ladle_group *from = &pair->groups->list[probing->group];
	const struct exact_group *state = &pair->states[probing->group];
	uint32_t classes = 1;

	forget_colours(pair, probing->group);
	for (uint32_t u = 0; u < from->use_count && classes > 0 && state->open; u++) {
		const struct exact_row *row = &pair->rows[pair->row_at[from->uses[u].row]];

		if (!is_anchored(pair, row, &from->uses[u], probing->group))
			continue;
		TRY(probe_use(probing, row, &from->uses[u], err));
		TRY(exact_close(pair, probing->group, &classes, err));
	}
	if (state->open)
		forget_colours(pair, probing->group);
	return LADLE_OK;
}

static enum ladle_status
probe_groups(struct probing *probing, bool *some, struct ladle_error *err)
{
	struct exact_pair *pair = probing->pair;

	*some = false;
	for (bool progress = true; progress;) {
		progress = false;
		exact_find_ready(pair);
		for (uint32_t g = 0; g < pair->groups->count; g++) {
			if (!pair->states[g].open || !pair->states[g].ready)
				continue;
			probing->group = g;
			TRY(probe_group(probing, err));
			progress |= !pair->states[g].open;
		}
		*some |= progress;
	}
	return LADLE_OK;
}

enum ladle_status
exact_probe(struct exact_pair *pair, bool *some, struct ladle_error *err)
{
	struct probing probing = {.pair = pair};
	uint64_t most = 1;
	enum ladle_status status;

	for (uint32_t r = 0; r < pair->row_count; r++) {
		uint64_t length = pair->rows[r].shape[pair->rows[r].rank - 1];

		most = length > most ? length : most;
	}
	probing.line = malloc(most * sizeof(uint64_t));
	if (probing.line == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to look for exact copies");
	status = probe_groups(&probing, some, err);
	free(probing.line);
	return status;
}
