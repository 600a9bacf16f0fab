/* By the place in the model's graph, which no renaming and no order of the file changes. */
#include "pair/match.h"

#include <string.h>

#include "base/hash.h"
#include "keras/name_map.h"
#include "pair/ranked.h"

/* What of a place is compared. A layer before which all is alike has its place although another
 * head was put on, and one behind which all is alike although the beginning is another. */
enum part { WHOLE_PLACE, BEFORE, AFTER, PARTS };

static uint64_t
key_of(const struct item *item, int view, enum part part)
{
	const struct graph_place *place = &item->places[view];
	uint64_t both[2] = {part == AFTER ? 0 : place->before, part == BEFORE ? 0 : place->after};

	return hash_bytes(both, sizeof(both), part);
}

/* Items without a partner that have a place, by key. */
struct keyed {
	struct ranked *list;
	uint32_t count;
};

static struct keyed
keyed_of(struct match *match, const struct sequence *list, bool rows, int view, enum part part)
{
	struct keyed keyed = {arena_array(match->arena, list->count + 1, sizeof(*keyed.list)), 0};

	match->failed |= keyed.list == NULL;
	for (uint32_t i = 0; i < list->count && keyed.list != NULL; i++) {
		bool paired = rows ? match->taken[i] : match->row_of[i] != LADLE_NONE;

		if (!paired && list->items[i].places != NULL)
			keyed.list[keyed.count++] =
					(struct ranked){key_of(&list->items[i], view, part), i};
	}
	if (keyed.list != NULL)
		ranked_sort(keyed.list, keyed.count);
	return keyed;
}

/* ---- all or none ---- */

/* Row of every layer, when the places of both sides are the same and each is one layer's. */
static bool
same_places(struct match *match, int view, uint32_t *row)
{
	struct keyed a = keyed_of(match, match->rows, true, view, WHOLE_PLACE);
	struct keyed b = keyed_of(match, match->layers, false, view, WHOLE_PLACE);

	if (match->failed || a.count != match->rows->count || b.count != a.count)
		return false;
	for (uint32_t i = 0; i < a.count; i++) {
		if (a.list[i].key != b.list[i].key ||
				(i > 0 && a.list[i].key == a.list[i - 1].key) ||
				!item_agree(&match->rows->items[a.list[i].index],
						&match->layers->items[b.list[i].index]))
			return false;
		row[b.list[i].index] = a.list[i].index;
	}
	return true;
}

/* A name that a person chose stands above the graph: two branches may be listed the other way
 * round where they meet. */
static bool
names_contradict(struct match *match, const uint32_t *row)
{
	struct name_map names;

	if (!name_map_init(&names, match->arena, match->rows->count)) {
		match->failed = true;
		return true;
	}
	for (uint32_t i = 0; i < match->rows->count; i++)
		name_map_add(&names, match->rows->items[i].name, i);
	for (uint32_t i = 0; i < match->layers->count; i++) {
		const struct item *item = &match->layers->items[i];
		uint32_t named = name_map_get(&names, item->name);

		if (named != LADLE_NONE && named != row[i] && !name_is_counted(item->name) &&
				item_agree(&match->rows->items[named], item))
			return true;
	}
	return false;
}

/* Where arguments may be exchanged, only their order tells such layers apart: that is said. */
static void
pair_places(struct match *match, int view, const uint32_t *row)
{
	bool *shared = arena_array(match->arena, match->layers->count + 1, sizeof(*shared));
	struct keyed b = keyed_of(match, match->layers, false, view & ~1, WHOLE_PLACE);

	match->failed |= shared == NULL;
	for (uint32_t i = 1; i < b.count && !match->failed; i++)
		if (b.list[i].key == b.list[i - 1].key)
			shared[b.list[i].index] = shared[b.list[i - 1].index] = true;
	for (uint32_t i = 0; i < match->layers->count && !match->failed; i++)
		match_pair(match, row[i], i, shared[i] ? LADLE_BY_ORDER : LADLE_BY_GRAPH);
}

void
match_same_graph(struct match *match)
{
	uint32_t *row = arena_array(match->arena, match->layers->count + 1, sizeof(*row));

	match->failed |= row == NULL;
	for (int view = 0; view < GRAPH_VIEWS && !match->failed; view++) {
		if (!same_places(match, view, row))
			continue;
		if (!names_contradict(match, row))
			pair_places(match, view, row);
		return;
	}
}

/* ---- what is certain ---- */

static bool
is_alone(const struct keyed *keyed, uint32_t at)
{
	return ranked_end(keyed->list, keyed->count, at) == at + 1;
}

/* Pairs where a key is one layer's on either side. */
static void
pair_unique(struct match *match, int view, enum part part)
{
	struct keyed a = keyed_of(match, match->rows, true, view, part);
	struct keyed b = keyed_of(match, match->layers, false, view, part);
	uint32_t i = 0, j = 0;

	while (!match->failed && i < a.count && j < b.count) {
		uint64_t x = a.list[i].key, y = b.list[j].key;

		if (x == y && is_alone(&a, i) && is_alone(&b, j) &&
				item_agree(&match->rows->items[a.list[i].index],
						&match->layers->items[b.list[j].index]))
			match_pair(match, a.list[i].index, b.list[j].index, LADLE_BY_GRAPH);
		if (x <= y)
			i = ranked_end(a.list, a.count, i);
		if (y <= x)
			j = ranked_end(b.list, b.count, j);
	}
}

/* What was paired by hand first: it may tell apart what nothing else does. */
void
match_graph(struct match *match)
{
	static const int views[] = {PLACE_MARKED + GRAPH_EXACT, PLACE_MARKED + GRAPH_LOOSE,
			GRAPH_EXACT, GRAPH_LOOSE};

	for (int part = 0; part < PARTS; part++)
		for (size_t i = 0; i < sizeof(views) / sizeof(views[0]) && !match->failed; i++)
			pair_unique(match, views[i], (enum part)part);
}
