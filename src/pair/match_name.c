#include "pair/match.h"

#include <string.h>

#include "keras/classes.h"
#include "keras/name_map.h"

/* Of two rows with one key the first is found. */
static bool
index_rows(struct match *match, struct name_map *map, const char *(*key)(const struct item *))
{
	const struct sequence *rows = match->rows;

	if (!name_map_init(map, match->arena, rows->count)) {
		match->failed = true;
		return false;
	}
	for (uint32_t i = 0; i < rows->count; i++)
		if (!match->taken[i])
			name_map_add(map, key(&rows->items[i]), i);
	return true;
}

bool
name_is_counted(const char *name)
{
	const char *slash = strrchr(name, '/');

	return class_counts_name(slash == NULL ? name : slash + 1);
}

static const char *
name_of(const struct item *item)
{
	return item->name;
}

static const char *
path_of(const struct item *item)
{
	return item->path;
}

/* Pairs all when both sides have the same keys, and no class or shape contradicts. */
static void
pair_same(struct match *match, const char *(*key)(const struct item *), enum ladle_paired_by by)
{
	const struct sequence *layers = match->layers;
	uint32_t *row = arena_array(match->arena, layers->count + 1, sizeof(*row));
	struct name_map map;

	if (row == NULL || !index_rows(match, &map, key)) {
		match->failed = true;
		return;
	}
	for (uint32_t i = 0; i < layers->count; i++) {
		const struct item *item = &layers->items[i];

		row[i] = name_map_get(&map, key(item));
		if (key(item)[0] == '\0' || row[i] == LADLE_NONE ||
				!item_agree(&match->rows->items[row[i]], item))
			return;
		/* A second layer of the same name must not find the row again. */
		name_map_set(&map, key(item), LADLE_NONE);
	}
	for (uint32_t i = 0; i < layers->count; i++)
		match_pair(match, row[i], i, by);
}

void
match_same_names(struct match *match)
{
	pair_same(match, name_of, LADLE_BY_NAME);
}

/* Paths of a v3 store follow from the model alone, while names are counted on in one process. */
void
match_same_paths(struct match *match)
{
	pair_same(match, path_of, LADLE_BY_ORDER);
}

/* Do equal names that Keras counts up stand for layers of other shapes anywhere? Then a second
 * model in one process was numbered on, and `dense_2` need not be `dense_2`. */
static bool
trust_counters(const struct match *match, const struct name_map *map)
{
	for (uint32_t i = 0; i < match->layers->count; i++) {
		const struct item *item = &match->layers->items[i];
		uint32_t row = name_map_get(map, item->name);

		if (row != LADLE_NONE && name_is_counted(item->name) &&
				!item_agree(&match->rows->items[row], item))
			return false;
	}
	return true;
}

/* counted: also names that Keras counts up. any_shape: also where class or shapes contradict. */
static void
pair_names(struct match *match, const struct name_map *map, bool counted, bool any_shape)
{
	for (uint32_t i = 0; i < match->layers->count; i++) {
		const struct item *item = &match->layers->items[i];
		uint32_t row = name_map_get(map, item->name);

		if (match->row_of[i] != LADLE_NONE || row == LADLE_NONE || match->taken[row])
			continue;
		if (!counted && name_is_counted(item->name))
			continue;
		if (any_shape || item_agree(&match->rows->items[row], item))
			match_pair(match, row, i, LADLE_BY_NAME);
	}
}

/* A name that a person chose means the same layer in both files. */
void
match_chosen_names(struct match *match)
{
	struct name_map map;

	if (index_rows(match, &map, name_of))
		pair_names(match, &map, false, false);
}

/* Counted names too, where no shape contradicts one. */
void
match_names(struct match *match)
{
	struct name_map map;

	if (index_rows(match, &map, name_of))
		pair_names(match, &map, !match->renumbered && trust_counters(match, &map), false);
}

/* What the order left, where nothing says that the counters went on. */
void
match_counted_names(struct match *match)
{
	struct name_map map;

	if (!match->renumbered && index_rows(match, &map, name_of))
		pair_names(match, &map, true, false);
}

/* Same name, other shape: still a pair, and a finding. */
void
match_names_of_other_shape(struct match *match)
{
	struct name_map map;

	if (index_rows(match, &map, name_of))
		pair_names(match, &map, !match->renumbered, true);
}
