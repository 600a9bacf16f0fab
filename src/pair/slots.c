#include "pair/slots.h"

#include <string.h>

#include "pair/match.h"

/* A column while it is added. */
struct column {
	struct slots *slots;
	struct arena *arena; /* freed when the column is done */
	uint32_t k;
	const struct ladle_checkpoint *checkpoint;
	const struct sequence *layers;
	uint32_t *slot_of; /* [layers of the checkpoint] */
	bool *wanted;      /* [layers of the checkpoint] needs a row of its own */
	bool *unsure;      /* [layers of the checkpoint] could be one of several rows */
};

const struct ladle_layer *
slot_layer(const struct slots *slots, uint32_t slot, uint32_t column)
{
	uint32_t layer = slots->list[slot].index[column];

	return layer == LADLE_NONE ? NULL : &slots->checkpoints[column]->layers[layer];
}

/* ---- the tree ----
 *
 * Slots are numbers into one array that moves when it grows; a list in each parent keeps the
 * order, so that a later file's layer can be put where it belongs. */

static uint32_t
slot_new(struct slots *slots, uint32_t column)
{
	size_t bytes = slots->checkpoint_count * sizeof(uint32_t);

	if (slots->count == slots->room) {
		uint32_t room = slots->room == 0 ? 64 : slots->room * 2;
		struct slot *list = arena_array(slots->arena, room, sizeof(*list));

		if (list == NULL)
			return LADLE_NONE;
		if (slots->count > 0)
			memcpy(list, slots->list, slots->count * sizeof(*list));
		slots->list = list;
		slots->room = room;
	}
	slots->list[slots->count] = (struct slot){.first_column = column, .parent = LADLE_NONE};
	slots->list[slots->count].first_child = slots->list[slots->count].last_child = LADLE_NONE;
	slots->list[slots->count].index =
			arena_array(slots->arena, slots->checkpoint_count, sizeof(uint32_t));
	slots->list[slots->count].by = arena_array(
			slots->arena, slots->checkpoint_count, sizeof(enum ladle_paired_by));
	if (slots->list[slots->count].index == NULL || slots->list[slots->count].by == NULL)
		return LADLE_NONE;
	memset(slots->list[slots->count].index, 0xff, bytes);
	return slots->count++;
}

/* Puts the slot below `parent`, behind `previous`, or in front of all when that is LADLE_NONE. */
static void
slot_insert(struct slots *slots, uint32_t slot, uint32_t parent, uint32_t previous)
{
	struct slot *list = slots->list;
	uint32_t *first = parent == LADLE_NONE ? &slots->first : &list[parent].first_child;
	uint32_t *last = parent == LADLE_NONE ? &slots->last : &list[parent].last_child;
	uint32_t *before = previous == LADLE_NONE ? first : &list[previous].next;

	list[slot].parent = parent;
	list[slot].next = *before;
	*before = slot;
	if (list[slot].next == LADLE_NONE)
		*last = slot;
}

/* Parents first, siblings in order, without recursion. */
static bool
order_slots(struct slots *slots, struct arena *arena)
{
	uint32_t at = slots->first;

	slots->order = arena_array(arena, slots->count + 1, sizeof(*slots->order));
	if (slots->order == NULL)
		return false;
	for (uint32_t i = 0; at != LADLE_NONE; i++) {
		slots->order[i] = at;
		if (slots->list[at].first_child != LADLE_NONE) {
			at = slots->list[at].first_child;
			continue;
		}
		while (at != LADLE_NONE && slots->list[at].next == LADLE_NONE)
			at = slots->list[at].parent;
		at = at == LADLE_NONE ? LADLE_NONE : slots->list[at].next;
	}
	return true;
}

/* ---- one column ---- */

/* What is not paired and holds tensors, and what such layers are nested in. */
static void
want_rows(struct column *column)
{
	const struct ladle_checkpoint *checkpoint = column->checkpoint;

	for (uint32_t i = checkpoint->layer_count; i-- > 0;) {
		const struct ladle_layer *layer = &checkpoint->layers[i];
		bool missing = layer->tensor_count > 0 && column->slot_of[i] == LADLE_NONE;

		column->wanted[i] = column->wanted[i] || missing;
		if (layer->parent != LADLE_NONE && column->wanted[i])
			column->wanted[layer->parent] = true;
	}
}

static void
assign(struct column *column, uint32_t layer, uint32_t slot, enum ladle_paired_by by)
{
	struct slot *to = &column->slots->list[slot];

	to->index[column->k] = layer;
	to->by[column->k] = by;
	column->slot_of[layer] = slot;
	column->slots->by[column->k][by] = true;
}

/* What a paired layer is nested in belongs to what its row is nested in. */
static void
assign_parents(struct column *column, uint32_t layer, uint32_t slot, enum ladle_paired_by by)
{
	for (;;) {
		const char *name;

		layer = column->checkpoint->layers[layer].parent;
		slot = column->slots->list[slot].parent;
		if (layer == LADLE_NONE || slot == LADLE_NONE ||
				column->slot_of[layer] != LADLE_NONE ||
				column->slots->list[slot].index[column->k] != LADLE_NONE ||
				column->checkpoint->layers[layer].tensor_count > 0)
			return;
		name = slot_layer(column->slots, slot, column->slots->list[slot].first_column)
				       ->name;
		assign(column, layer, slot,
				strcmp(name, column->checkpoint->layers[layer].name) == 0
						? LADLE_BY_NAME
						: by);
	}
}

/* The rows that a column has, as it knows them. */
static bool
column_rows(struct column *column, struct sequence *out, uint32_t of_column)
{
	struct slots *slots = column->slots;
	const struct sequence *own = &slots->sequences[of_column];

	*out = *own;
	out->items = arena_array(column->arena, own->count + 1, sizeof(*out->items));
	for (uint32_t i = 0; out->items != NULL && i < own->count; i++) {
		out->items[i] = own->items[i];
		out->items[i].id = slots->of_layer[of_column][own->items[i].id];
	}
	return out->items != NULL;
}

/* All rows there are, each as the first column that has it knows it. */
static bool
all_rows(struct column *column, struct sequence *out)
{
	struct slots *slots = column->slots;
	struct sequence part;
	uint32_t *place = arena_array(column->arena, slots->count + 1, sizeof(*place));

	*out = (struct sequence){.ordered = true};
	out->items = arena_array(column->arena, slots->count + 1, sizeof(*out->items));
	if (out->items == NULL || place == NULL || !order_slots(slots, column->arena))
		return false;
	for (uint32_t i = 0; i < slots->count; i++) {
		const struct slot *slot = &slots->list[slots->order[i]];

		place[slots->order[i]] = LADLE_NONE;
		if (slot_layer(slots, slots->order[i], slot->first_column)->tensor_count > 0)
			place[slots->order[i]] = out->count++;
	}
	for (uint32_t j = 0; j < column->k; j++) {
		if (!column_rows(column, &part, j))
			return false;
		out->ordered = out->ordered && part.ordered;
		for (uint32_t i = 0; i < part.count; i++)
			if (slots->list[part.items[i].id].first_column == j)
				out->items[place[part.items[i].id]] = part.items[i];
	}
	return true;
}

/* Layers with tensors first: what they are nested in follows from them. */
static void
take_pairs(struct column *column, const struct match *match)
{
	for (uint32_t i = 0; i < match->layers->count; i++) {
		uint32_t row = match->row_of[i];

		if (row != LADLE_NONE)
			assign(column, match->layers->items[i].id, match->rows->items[row].id,
					match->by[i]);
	}
	for (uint32_t i = 0; i < match->layers->count; i++) {
		uint32_t row = match->row_of[i];

		if (row != LADLE_NONE)
			assign_parents(column, match->layers->items[i].id,
					match->rows->items[row].id, match->by[i]);
	}
}

/* ---- by hand ---- */

/* Items by the slot or the layer that they stand for. */
static uint32_t *
items_by_id(struct arena *arena, const struct sequence *list, uint32_t ids)
{
	uint32_t *item = arena_array(arena, ids + 1, sizeof(*item));

	if (item == NULL)
		return NULL;
	memset(item, 0xff, ids * sizeof(*item));
	for (uint32_t i = 0; i < list->count; i++)
		item[list->items[i].id] = i;
	return item;
}

/* Of two pairs that lead to one row the first stands. */
static bool
match_hand(struct column *column, struct match *match)
{
	const struct slots *slots = column->slots;
	uint32_t *row_of = items_by_id(column->arena, match->rows, slots->count);
	uint32_t *item_of =
			items_by_id(column->arena, match->layers, column->checkpoint->layer_count);

	if (row_of == NULL || item_of == NULL)
		return false;
	for (uint32_t i = 0; i < slots->hand->count; i++) {
		const struct hand_pair *pair = &slots->hand->list[i];
		uint32_t row, item;

		if (pair->b != column->k)
			continue;
		row = row_of[slots->of_layer[pair->a][pair->layer_a]];
		item = item_of[pair->layer_b];
		if (!match->taken[row] && match->row_of[item] == LADLE_NONE)
			match_pair(match, row, item, LADLE_BY_HAND);
	}
	return true;
}

static bool
has_hand(const struct column *column)
{
	const struct hand *hand = column->slots->hand;

	for (uint32_t i = 0; i < hand->count; i++)
		if (hand->list[i].b == column->k)
			return true;
	return false;
}

/* Both sides of what could not be told. */
static void
note_unsure(struct column *column, const struct match *match)
{
	for (uint32_t i = 0; i < match->layers->count; i++)
		if (match->unsure[i])
			column->unsure[match->layers->items[i].id] = true;
}

/* As a whole with one of the columns before, else in parts with all rows. */
static bool
match_column(struct column *column)
{
	struct sequence rows;
	struct match match;

	for (uint32_t j = 0; j < column->k && !has_hand(column); j++) {
		if (column->slots->sequences[j].count != column->layers->count)
			continue;
		if (!column_rows(column, &rows, j) ||
				!match_init(&match, column->arena, &rows, column->layers))
			return false;
		if (match_whole(&match) && !match.failed) {
			take_pairs(column, &match);
			return true;
		}
	}
	if (!all_rows(column, &rows) || !match_init(&match, column->arena, &rows, column->layers) ||
			!match_hand(column, &match))
		return false;
	match_parts(&match);
	take_pairs(column, &match);
	column->slots->ambiguous[column->k] = match_ambiguous(&match);
	note_unsure(column, &match);
	return !match.failed;
}

static bool
add_row(struct column *column, uint32_t layer, uint32_t parent, uint32_t previous)
{
	uint32_t slot = slot_new(column->slots, column->k);

	if (slot == LADLE_NONE)
		return false;
	slot_insert(column->slots, slot, parent, previous);
	column->slots->list[slot].unsure = column->unsure[layer];
	assign(column, layer, slot, LADLE_BY_NAME);
	return true;
}

/* Rows for what is not paired, each behind the layer that precedes it in its own file. */
static bool
add_rest(struct column *column)
{
	const struct ladle_checkpoint *checkpoint = column->checkpoint;
	struct slots *slots = column->slots;
	uint32_t *previous =
			arena_array(column->arena, checkpoint->layer_count + 1, sizeof(*previous));
	uint32_t top = LADLE_NONE;

	if (previous == NULL)
		return false;
	memset(previous, 0xff, checkpoint->layer_count * sizeof(*previous));
	for (uint32_t i = 0; i < checkpoint->layer_count; i++) {
		uint32_t above = checkpoint->layers[i].parent;
		uint32_t parent = above == LADLE_NONE ? LADLE_NONE : column->slot_of[above];
		uint32_t *before = above == LADLE_NONE ? &top : &previous[above];

		if (column->slot_of[i] == LADLE_NONE) {
			if (!column->wanted[i])
				continue;
			if (!add_row(column, i, parent, *before))
				return false;
		}
		if (slots->list[column->slot_of[i]].parent == parent)
			*before = column->slot_of[i];
	}
	return true;
}

/* Scratch memory is freed after every column: many files need no more of it than two. */
static bool
add_column(struct slots *slots, uint32_t k, struct arena *scratch)
{
	struct column column = {.slots = slots, .arena = scratch, .k = k};
	uint32_t layers = slots->checkpoints[k]->layer_count;

	column.checkpoint = slots->checkpoints[k];
	column.wanted = arena_array(scratch, layers + 1, sizeof(*column.wanted));
	column.unsure = arena_array(scratch, layers + 1, sizeof(*column.unsure));
	column.slot_of = arena_array(slots->arena, layers + 1, sizeof(*column.slot_of));
	column.layers = &slots->sequences[k];
	if (column.wanted == NULL || column.unsure == NULL || column.slot_of == NULL ||
			!sequence_of(&slots->sequences[k], column.checkpoint,
					slots->hand->marks == NULL ? NULL : slots->hand->marks[k],
					slots->arena))
		return false;
	memset(column.slot_of, 0xff, layers * sizeof(*column.slot_of));
	slots->of_layer[k] = column.slot_of;
	if (!match_column(&column))
		return false;
	want_rows(&column);
	return add_rest(&column);
}

bool
slots_make(struct slots *slots, struct arena *arena,
		const struct ladle_checkpoint *const *checkpoints, uint32_t count,
		const struct hand *hand)
{
	*slots = (struct slots){.arena = arena,
			.checkpoints = checkpoints,
			.checkpoint_count = count,
			.hand = hand};
	slots->first = slots->last = LADLE_NONE;
	slots->of_layer = arena_array(arena, count, sizeof(*slots->of_layer));
	slots->sequences = arena_array(arena, count, sizeof(*slots->sequences));
	slots->ambiguous = arena_array(arena, count, sizeof(*slots->ambiguous));
	slots->by = arena_array(arena, count, sizeof(*slots->by));
	if (slots->of_layer == NULL || slots->sequences == NULL || slots->ambiguous == NULL ||
			slots->by == NULL)
		return false;
	for (uint32_t k = 0; k < count; k++) {
		struct arena scratch;
		bool done;

		arena_init(&scratch);
		done = add_column(slots, k, &scratch);
		arena_done(&scratch);
		if (!done)
			return false;
	}
	return order_slots(slots, arena);
}
