#include "pair/match.h"

#include <assert.h>
#include <string.h>

#include "keras/classes.h"

/* Order matters: the first that pairs everything decides. */
static void (*const whole[])(struct match *) = {match_same_graph, match_same_names,
		match_same_paths, match_same_order, match_class_order};
/* Each takes what is certain to it and leaves the rest; order first speaks once, and again when
 * more names have narrowed the gaps. */
static void (*const partial[])(struct match *) = {match_chosen_names, match_graph, match_names,
		match_gaps, match_counted_names, match_gaps, match_unique_shapes,
		match_names_of_other_shape};

bool
match_init(struct match *match, struct arena *arena, const struct sequence *rows,
		const struct sequence *layers)
{
	*match = (struct match){.arena = arena, .rows = rows, .layers = layers};
	match->row_of = arena_array(arena, layers->count + 1, sizeof(*match->row_of));
	match->by = arena_array(arena, layers->count + 1, sizeof(*match->by));
	match->unsure = arena_array(arena, layers->count + 1, sizeof(*match->unsure));
	match->taken = arena_array(arena, rows->count + 1, sizeof(*match->taken));
	if (match->row_of == NULL || match->by == NULL || match->unsure == NULL ||
			match->taken == NULL)
		return false;
	memset(match->row_of, 0xff, layers->count * sizeof(*match->row_of));
	return true;
}

/* Equal names are told as such however they were found: the person sees no difference. */
void
match_pair(struct match *match, uint32_t row, uint32_t layer, enum ladle_paired_by by)
{
	const char *a = match->rows->items[row].name, *b = match->layers->items[layer].name;

	assert(!match->taken[row] && match->row_of[layer] == LADLE_NONE);
	match->taken[row] = true;
	match->row_of[layer] = row;
	match->by[layer] = strcmp(a, b) == 0 ? LADLE_BY_NAME : by;
	match->paired++;
	if (match->by[layer] != LADLE_BY_NAME && class_counts_name(a) && class_counts_name(b))
		match->renumbered = true;
}

bool
match_whole(struct match *match)
{
	if (match->rows->count != match->layers->count)
		return false;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]) && match->paired == 0; i++)
		whole[i](match);
	return match->paired == match->layers->count;
}

void
match_parts(struct match *match)
{
	for (size_t i = 0; i < sizeof(partial) / sizeof(partial[0]) && !match->failed; i++)
		if (match->paired < match->layers->count && match->paired < match->rows->count)
			partial[i](match);
}
