#include "pair/match.h"

#include <string.h>

#include "keras/classes.h"
#include "keras/name_map.h"

static bool
index_rows(struct match *match, struct name_map *map)
{
	const struct sequence *rows = match->rows;

	if (!name_map_init(map, match->arena, rows->count)) {
		match->failed = true;
		return false;
	}
	for (uint32_t i = 0; i < rows->count; i++)
		if (!match->taken[i])
			name_map_add(map, rows->items[i].name, i);
	return true;
}

/* The last component decides whether Keras counted the name up by itself. */
static bool
is_counted(const char *name)
{
	const char *slash = strrchr(name, '/');

	return class_counts_name(slash == NULL ? name : slash + 1);
}

/* Both sides have the same names, and no class or shape contradicts. */
void
match_same_names(struct match *match)
{
	const struct sequence *layers = match->layers;
	struct name_map map;
	uint32_t *row;

	row = arena_array(match->arena, layers->count + 1, sizeof(*row));
	if (row == NULL || !index_rows(match, &map)) {
		match->failed = true;
		return;
	}
	for (uint32_t i = 0; i < layers->count; i++) {
		row[i] = name_map_get(&map, layers->items[i].name);
		if (row[i] == LADLE_NONE ||
				!item_agree(&match->rows->items[row[i]], &layers->items[i]))
			return;
		/* A second layer of the same name must not find the row again. */
		name_map_set(&map, layers->items[i].name, LADLE_NONE);
	}
	for (uint32_t i = 0; i < layers->count; i++)
		match_pair(match, row[i], i, LADLE_BY_NAME);
}

/* Do equal names that Keras counts up stand for layers of other shapes anywhere? Then a second model
 * in one process was numbered on, and `dense_2` need not be `dense_2`. */
static bool
trust_counters(const struct match *match, const struct name_map *map)
{
	for (uint32_t i = 0; i < match->layers->count; i++) {
		const struct item *item = &match->layers->items[i];
		uint32_t row = name_map_get(map, item->name);

		if (row != LADLE_NONE && is_counted(item->name) &&
				!item_agree(&match->rows->items[row], item))
			return false;
	}
	return true;
}

static void
pair_names(struct match *match, const struct name_map *map, bool counted, bool any_shape)
{
	for (uint32_t i = 0; i < match->layers->count; i++) {
		const struct item *item = &match->layers->items[i];
		uint32_t row = name_map_get(map, item->name);

		if (match->row_of[i] != LADLE_NONE || row == LADLE_NONE || match->taken[row])
			continue;
		if (!counted && is_counted(item->name))
			continue;
		if (any_shape || item_agree(&match->rows->items[row], item))
			match_pair(match, row, i, LADLE_BY_NAME);
	}
}

void
match_names(struct match *match)
{
	struct name_map map;

	if (index_rows(match, &map))
		pair_names(match, &map, trust_counters(match, &map), false);
}

/* What the order left, where nothing says that the counters went on. */
void
match_counted_names(struct match *match)
{
	struct name_map map;

	if (!match->renumbered && index_rows(match, &map))
		pair_names(match, &map, true, false);
}

/* Same name, other shape: still a pair, and a finding. */
void
match_names_of_other_shape(struct match *match)
{
	struct name_map map;

	if (index_rows(match, &map))
		pair_names(match, &map, !match->renumbered, true);
}
