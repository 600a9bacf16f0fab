#include "pair/match.h"

#include <string.h>

#include "keras/classes.h"
#include "pair/ranked.h"

/* ---- the whole order ---- */

/* Class and shapes agree from the first to the last layer. */
void
match_same_order(struct match *match)
{
	const struct sequence *rows = match->rows, *layers = match->layers;

	if (!rows->ordered || !layers->ordered || rows->count != layers->count)
		return;
	for (uint32_t i = 0; i < layers->count; i++)
		if (!item_agree(&rows->items[i], &layers->items[i]))
			return;
	for (uint32_t i = 0; i < layers->count; i++)
		match_pair(match, i, i, LADLE_BY_ORDER);
}

/* ---- the order within classes ---- */

/* Items sorted by a key, those of equal keys in their order. */
static struct ranked *
rank(struct match *match, const struct sequence *list, const uint32_t *only, uint32_t count,
		bool by_ranks)
{
	struct ranked *ranked = arena_array(match->arena, count + 1, sizeof(*ranked));

	if (ranked == NULL) {
		match->failed = true;
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = only == NULL ? i : only[i];
		const struct item *item = &list->items[index];

		ranked[i] = (struct ranked){by_ranks ? item->ranks : item->shapes, index};
	}
	ranked_sort(ranked, count);
	return ranked;
}

/* Within a run of equal keys, the order of a store is known only when all are of one class. */
static bool
is_one_class(const struct sequence *list, const struct ranked *run, uint32_t count)
{
	if (list->ordered)
		return true;
	for (uint32_t i = 0; i < count; i++) {
		const char *first = list->items[run[0].index].class_name;
		const char *class_name = list->items[run[i].index].class_name;

		if (class_name[0] == '\0' || strcmp(class_name, first) != 0)
			return count == 1;
	}
	return true;
}

static bool
runs_agree(const struct match *match, const struct ranked *a, const struct ranked *b,
		uint32_t count)
{
	for (uint32_t first = 0, end; first < count; first = end) {
		for (end = first; end < count && a[end].key == a[first].key; end++)
			if (!item_agree(&match->rows->items[a[end].index],
					    &match->layers->items[b[end].index]))
				return false;
		if (!is_one_class(match->rows, a + first, end - first) ||
				!is_one_class(match->layers, b + first, end - first))
			return false;
	}
	return true;
}

/* A v3 store without a config numbers the layers of each class: the k-th Conv2D is the k-th.
 * Layers are told apart by the ranks of their tensors, since the other side may not know classes.
 */
void
match_class_order(struct match *match)
{
	const struct sequence *rows = match->rows, *layers = match->layers;
	struct ranked *a, *b;

	if ((rows->ordered && layers->ordered) || rows->count != layers->count)
		return;
	a = rank(match, rows, NULL, rows->count, true);
	b = rank(match, layers, NULL, layers->count, true);
	if (match->failed || !runs_agree(match, a, b, layers->count))
		return;
	for (uint32_t i = 0; i < layers->count; i++)
		match_pair(match, a[i].index, b[i].index, LADLE_BY_ORDER);
}

/* ---- between neighbours that are paired ---- */

struct gap {
	struct match *match;
	uint32_t *rows, *layers; /* what is unpaired on both sides */
	uint32_t row_count, layer_count;
};

/* The same argument as for the whole order, between two neighbours that are certain. */
static bool
gap_agrees(const struct gap *gap)
{
	const struct match *match = gap->match;

	if (gap->row_count != gap->layer_count || !match->rows->ordered || !match->layers->ordered)
		return false;
	for (uint32_t i = 0; i < gap->row_count; i++)
		if (!item_agree(&match->rows->items[gap->rows[i]],
				    &match->layers->items[gap->layers[i]]))
			return false;
	return true;
}

/* Pairs what has shapes that nothing else has on either side of the gap. */
static void
pair_unique(struct gap *gap)
{
	struct match *match = gap->match;
	struct ranked *a = rank(match, match->rows, gap->rows, gap->row_count, false);
	struct ranked *b = rank(match, match->layers, gap->layers, gap->layer_count, false);
	uint32_t i = 0, j = 0;

	while (!match->failed && i < gap->row_count && j < gap->layer_count) {
		uint32_t i_end = ranked_end(a, gap->row_count, i),
			 j_end = ranked_end(b, gap->layer_count, j);
		uint64_t x = a[i].key, y = b[j].key;

		if (x == y && i_end == i + 1 && j_end == j + 1 &&
				item_agree(&match->rows->items[a[i].index],
						&match->layers->items[b[j].index]))
			match_pair(match, a[i].index, b[j].index, LADLE_BY_ORDER);
		if (x <= y)
			i = i_end;
		if (y <= x)
			j = j_end;
	}
}

static void
pair_gap(struct gap *gap)
{
	if (gap->row_count == 0 || gap->layer_count == 0)
		return;
	if (!gap_agrees(gap)) {
		pair_unique(gap);
		return;
	}
	for (uint32_t i = 0; i < gap->row_count; i++)
		match_pair(gap->match, gap->rows[i], gap->layers[i], LADLE_BY_ORDER);
}

/* Unpaired layers from `first` on; returns the index behind them. */
static uint32_t
take_layers(struct gap *gap, uint32_t first)
{
	uint32_t end = first;

	gap->layer_count = 0;
	while (end < gap->match->layers->count && gap->match->row_of[end] == LADLE_NONE)
		gap->layers[gap->layer_count++] = end++;
	return end;
}

/* Rows from `first` to `end`; false when one of them is paired: then the two neighbours of the
 * layers are no neighbours here. */
static bool
take_rows(struct gap *gap, uint32_t first, uint32_t end)
{
	gap->row_count = 0;
	for (uint32_t i = first; i < end; i++) {
		if (gap->match->taken[i])
			return false;
		gap->rows[gap->row_count++] = i;
	}
	return true;
}

/* Each gap ends at a layer that is paired; what it pairs lies behind the walk. */
void
match_gaps(struct match *match)
{
	struct gap gap = {.match = match};
	uint32_t left = 0, count = match->layers->count;

	gap.rows = arena_array(match->arena, match->rows->count + 1, sizeof(*gap.rows));
	gap.layers = arena_array(match->arena, count + 1, sizeof(*gap.layers));
	match->failed |= gap.rows == NULL || gap.layers == NULL;
	for (uint32_t i = 0; i < count && !match->failed;) {
		uint32_t end = take_layers(&gap, i), right = match->rows->count;

		if (end < count)
			right = match->row_of[end];
		if (gap.layer_count > 0 && take_rows(&gap, left, right))
			pair_gap(&gap);
		left = end < count ? right + 1 : left;
		i = end + 1;
	}
}

/* Everything that is unpaired on both sides. */
static bool
take_rest(struct gap *gap)
{
	struct match *match = gap->match;

	gap->rows = arena_array(match->arena, match->rows->count + 1, sizeof(*gap->rows));
	gap->layers = arena_array(match->arena, match->layers->count + 1, sizeof(*gap->layers));
	match->failed |= gap->rows == NULL || gap->layers == NULL;
	if (match->failed)
		return false;
	for (uint32_t i = 0; i < match->rows->count; i++)
		if (!match->taken[i])
			gap->rows[gap->row_count++] = i;
	for (uint32_t i = 0; i < match->layers->count; i++)
		if (match->row_of[i] == LADLE_NONE)
			gap->layers[gap->layer_count++] = i;
	return true;
}

/* Where both sides have as many layers, what has shapes that nothing else has: two files of one
 * model may list inner models in other orders. */
void
match_unique_shapes(struct match *match)
{
	struct gap gap = {.match = match};

	if (match->rows->count == match->layers->count && take_rest(&gap))
		pair_unique(&gap);
}

/* Shapes alone decide what could have been meant: a layer whose shapes no row has is new, not
 * ambiguous. */
uint32_t
match_ambiguous(struct match *match)
{
	struct gap gap = {.match = match};
	struct ranked *a, *b;
	uint32_t count = 0;

	if (!take_rest(&gap))
		return 0;
	a = rank(match, match->rows, gap.rows, gap.row_count, false);
	b = rank(match, match->layers, gap.layers, gap.layer_count, false);
	for (uint32_t i = 0, j = 0; !match->failed && i < gap.row_count && j < gap.layer_count;) {
		bool same = a[i].key == b[j].key;

		match->unsure[b[j].index] = same;
		count += same;
		if (a[i].key < b[j].key)
			i++;
		else
			j++;
	}
	return count;
}
