#include "pair/hand.h"

#include <string.h>

#include "base/err.h"
#include "keras/name_map.h"
#include "pair/sequence.h"

struct resolving {
	struct hand *hand;
	struct arena *arena;
	const struct ladle_checkpoint *const *checkpoints;
	const char ***names; /* [K] full names of the layers, NULL until they are needed */
	uint64_t marks;      /* given so far */
	struct ladle_error *err;
};

static enum ladle_status
no_memory(const struct resolving *all)
{
	return ladle_fail(all->err, LADLE_E_MEMORY, NULL, "no memory for pairs by hand");
}

/* By full name, else by path, else by the name alone where that is one layer's. */
static enum ladle_status
find_layer(struct resolving *all, uint32_t column, const char *text, uint32_t *out)
{
	const struct ladle_checkpoint *checkpoint = all->checkpoints[column];
	uint32_t named = LADLE_NONE, count = 0;

	if (all->names[column] == NULL)
		all->names[column] = layer_full_names(checkpoint, all->arena);
	if (all->names[column] == NULL)
		return no_memory(all);
	for (uint32_t i = 0; i < checkpoint->layer_count; i++) {
		if (strcmp(all->names[column][i], text) == 0 ||
				strcmp(checkpoint->layers[i].path, text) == 0) {
			*out = i;
			return LADLE_OK;
		}
		if (strcmp(checkpoint->layers[i].name, text) == 0) {
			named = i;
			count++;
		}
	}
	if (count != 1)
		return ladle_fail(all->err, LADLE_E_USAGE, checkpoint->path,
				count == 0 ? "%s has no layer %s"
					   : "%s: several layers are called %s; give it with what "
					     "it is nested in",
				checkpoint->path, text);
	*out = named;
	return LADLE_OK;
}

/* ---- marks ---- */

/* Two layers that are one by hand get one mark, and what was marked before goes with them. */
static void
mark(struct resolving *all, const struct hand_pair *pair)
{
	uint64_t *a = &all->hand->marks[pair->a][pair->layer_a];
	uint64_t *b = &all->hand->marks[pair->b][pair->layer_b];

	if (*a == 0 && *b == 0)
		*a = ++all->marks;
	else if (*a == 0)
		*a = *b;
	*b = *a;
}

static enum ladle_status
check_new(const struct resolving *all, const struct hand_pair *pair)
{
	for (uint32_t i = 0; i < all->hand->count; i++) {
		const struct hand_pair *known = &all->hand->list[i];
		bool same_a = known->layer_a == pair->layer_a,
		     same_b = known->layer_b == pair->layer_b;

		if (known->a != pair->a || known->b != pair->b || same_a == same_b)
			continue;
		return ladle_fail(all->err, LADLE_E_USAGE, all->checkpoints[pair->b]->path,
				"%s in %s is paired by hand already",
				same_a ? all->names[pair->a][pair->layer_a]
				       : all->names[pair->b][pair->layer_b],
				all->checkpoints[same_a ? pair->a : pair->b]->path);
	}
	return LADLE_OK;
}

static enum ladle_status
add(struct resolving *all, struct hand_pair pair)
{
	struct hand *hand = all->hand;

	TRY(check_new(all, &pair));
	if (hand->count == hand->room) {
		uint32_t room = hand->room == 0 ? 16 : hand->room * 2;
		struct hand_pair *list = arena_array(all->arena, room, sizeof(*list));

		if (list == NULL)
			return no_memory(all);
		if (hand->count > 0)
			memcpy(list, hand->list, hand->count * sizeof(*list));
		hand->list = list;
		hand->room = room;
	}
	hand->list[hand->count++] = pair;
	mark(all, &pair);
	return LADLE_OK;
}

/* ---- one pair ---- */

static bool
is_inside(const struct ladle_checkpoint *checkpoint, uint32_t layer, uint32_t outer)
{
	while (layer != LADLE_NONE && layer != outer)
		layer = checkpoint->layers[layer].parent;
	return layer == outer;
}

/* The next layer with tensors in `outer`, from `from` on; LADLE_NONE: none. */
static uint32_t
next_inside(const struct ladle_checkpoint *checkpoint, uint32_t outer, uint32_t from)
{
	for (uint32_t i = from; i < checkpoint->layer_count; i++)
		if (checkpoint->layers[i].tensor_count > 0 && is_inside(checkpoint, i, outer))
			return i;
	return LADLE_NONE;
}

static enum ladle_status
fail_inside(const struct resolving *all, const struct hand_pair *pair, const char *what)
{
	return ladle_fail(all->err, LADLE_E_USAGE, all->checkpoints[pair->b]->path,
			"%s in %s and %s in %s %s", all->names[pair->a][pair->layer_a],
			all->checkpoints[pair->a]->path, all->names[pair->b][pair->layer_b],
			all->checkpoints[pair->b]->path, what);
}

/* Of two models what is in them, one after another. */
static enum ladle_status
add_all(struct resolving *all, const struct hand_pair *pair)
{
	const struct ladle_checkpoint *a = all->checkpoints[pair->a],
				      *b = all->checkpoints[pair->b];
	uint32_t i = next_inside(a, pair->layer_a, pair->layer_a);
	uint32_t j = next_inside(b, pair->layer_b, pair->layer_b);

	if (i == LADLE_NONE || j == LADLE_NONE)
		return fail_inside(all, pair, "cannot be paired: one of them holds no tensor");
	while (i != LADLE_NONE && j != LADLE_NONE) {
		TRY(add(all, (struct hand_pair){pair->a, i, pair->b, j}));
		i = next_inside(a, pair->layer_a, i + 1);
		j = next_inside(b, pair->layer_b, j + 1);
	}
	if (i != j)
		return fail_inside(
				all, pair, "cannot be paired: they hold other numbers of layers");
	return LADLE_OK;
}

static enum ladle_status
resolve(struct resolving *all, const struct ladle_hand_pair *given, uint32_t columns)
{
	struct hand_pair pair = {.a = given->a, .b = given->b};

	if (given->a >= columns || given->b >= columns || given->a == given->b)
		return ladle_fail(all->err, LADLE_E_USAGE, NULL,
				"%s and %s: a pair is of two checkpoints", given->layer_a,
				given->layer_b);
	TRY(find_layer(all, given->a, given->layer_a, &pair.layer_a));
	TRY(find_layer(all, given->b, given->layer_b, &pair.layer_b));
	if (pair.a > pair.b)
		pair = (struct hand_pair){pair.b, pair.layer_b, pair.a, pair.layer_a};
	return add_all(all, &pair);
}

static bool
make_marks(struct hand *hand, struct arena *arena,
		const struct ladle_checkpoint *const *checkpoints, uint32_t count)
{
	hand->marks = arena_array(arena, count, sizeof(*hand->marks));
	for (uint32_t k = 0; hand->marks != NULL && k < count; k++) {
		hand->marks[k] = arena_array(
				arena, checkpoints[k]->layer_count + 1, sizeof(**hand->marks));
		if (hand->marks[k] == NULL)
			return false;
	}
	return hand->marks != NULL;
}

enum ladle_status
hand_resolve(struct hand *out, struct arena *arena,
		const struct ladle_checkpoint *const *checkpoints, uint32_t count,
		const struct ladle_hand_pair *pairs, uint32_t hand_count, struct ladle_error *err)
{
	struct resolving all = {out, arena, checkpoints, NULL, 0, err};

	*out = (struct hand){.count = 0};
	if (hand_count == 0)
		return LADLE_OK;
	all.names = arena_array(arena, count, sizeof(*all.names));
	if (all.names == NULL || !make_marks(out, arena, checkpoints, count))
		return no_memory(&all);
	for (uint32_t i = 0; i < hand_count; i++)
		TRY(resolve(&all, &pairs[i], count));
	return LADLE_OK;
}
