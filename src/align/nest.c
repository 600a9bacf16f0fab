#include "align/nest.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"

/* A use with its group, by row. */
struct at {
	const struct ladle_use *use;
	uint32_t group;
};

/* A group inside a unit of another one. */
struct child {
	uint32_t parent, slot, group;
	uint64_t kind; /* equal in groups that are alike but for the slot */
};

struct finding {
	const struct ladle_groups *groups;
	struct nest *nest;
	struct arena *arena;
	struct at *uses; /* by row */
	size_t count;
	struct child *children; /* by group; parent LADLE_NONE: none */
};

enum touch { APART, WITHIN, ACROSS };

/* ---- who lies in whose unit ---- */

static uint64_t
length_of(const struct ladle_use *use, uint32_t units)
{
	return use->outer * units * use->inner;
}

/* Indices first..last of the axis, in the units of a use. */
static enum touch
place_in(const struct ladle_use *of, uint32_t units, uint64_t first, uint64_t last, uint32_t *slot)
{
	uint64_t end = of->offset + length_of(of, units);

	if (last < of->offset || first >= end)
		return APART;
	if (first < of->offset || last >= end || last - first >= of->inner)
		return ACROSS;
	*slot = (uint32_t)((first - of->offset) / of->inner % units);
	return (last - of->offset) / of->inner % units == *slot ? WITHIN : ACROSS;
}

/* How the use `in` lies in the units of the use `of`, on one row. */
static enum touch
touch(const struct finding *find, const struct at *in, const struct at *of, uint32_t *slot)
{
	uint32_t units = find->groups->list[of->group].units;
	uint64_t length = length_of(in->use, find->groups->list[in->group].units);

	if (of->use->where >= 0)
		return APART;
	if (in->use->where == of->use->axis)
		return place_in(of->use, units, in->use->index, in->use->index, slot);
	if (in->use->axis == of->use->axis && in->use->where < 0)
		return place_in(of->use, units, in->use->offset, in->use->offset + length - 1,
				slot);
	return APART;
}

/* Is the group in one and the same unit of `parent` wherever they meet? */
static enum touch
compare_groups(const struct finding *find, uint32_t group, uint32_t parent, uint32_t *slot)
{
	const struct ladle_group *in = &find->groups->list[group];
	const struct ladle_group *of = &find->groups->list[parent];
	enum touch all = APART;

	for (uint32_t i = 0; i < in->use_count; i++) {
		for (uint32_t j = 0; j < of->use_count; j++) {
			const struct at a = {&in->uses[i], group}, b = {&of->uses[j], parent};
			uint32_t here = 0;
			enum touch one;

			if (a.use->row != b.use->row)
				continue;
			one = touch(find, &a, &b, &here);
			if (one == ACROSS || (one == WITHIN && all == WITHIN && here != *slot))
				return ACROSS;
			if (one == WITHIN) {
				all = WITHIN;
				*slot = here;
			}
		}
	}
	return all;
}

/* What a group is but for the slot it is in. */
static uint64_t
kind_of(const struct finding *find, const struct child *child)
{
	const struct ladle_group *group = &find->groups->list[child->group];
	uint64_t kind = group->units;

	for (uint32_t u = 0; u < group->use_count; u++) {
		const struct ladle_use *use = &group->uses[u];
		const uint64_t words[] = {use->row, (uint64_t)use->axis, use->outer, use->inner,
				(uint64_t)(use->where + 1)};

		kind = hash_bytes(words, sizeof(words), kind);
	}
	return kind;
}

static void
look_for_parent(struct finding *find, uint32_t group, uint32_t parent)
{
	struct child *child = &find->children[group];
	uint32_t slot = 0;

	if (group == parent || child->parent == parent)
		return;
	if (compare_groups(find, group, parent, &slot) != WITHIN)
		return;
	if (child->parent != LADLE_NONE) { /* of two: neither is understood */
		find->nest->stuck[parent] = find->nest->stuck[child->parent] = true;
		return;
	}
	*child = (struct child){.parent = parent, .slot = slot, .group = group};
	child->kind = kind_of(find, child);
}

static int
compare_rows(const void *left, const void *right)
{
	const struct at *a = left, *b = right;

	if (a->use->row != b->use->row)
		return a->use->row < b->use->row ? -1 : 1;
	return a->group < b->group ? -1 : a->group > b->group;
}

/* Groups that meet on a row, each pair once for a row. */
static void
find_children(struct finding *find)
{
	for (size_t first = 0, end; first < find->count; first = end) {
		for (end = first; end < find->count &&
				  find->uses[end].use->row == find->uses[first].use->row;)
			end++;
		for (size_t i = first; i < end; i++) {
			uint32_t group = find->uses[i].group, last = LADLE_NONE;

			if (i > first && find->uses[i - 1].group == group)
				continue;
			for (size_t j = first; j < end; j++) {
				if (find->uses[j].group != last)
					look_for_parent(find, group, find->uses[j].group);
				last = find->uses[j].group;
			}
		}
	}
}

/* ---- families ---- */

static int
compare_children(const void *left, const void *right)
{
	const struct child *a = left, *b = right;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	return a->group < b->group ? -1 : a->group > b->group;
}

/* `count` children of one kind: a family where each unit of the parent has one. */
static bool
add_family(struct finding *find, const struct child *list, uint32_t count)
{
	struct nest *nest = find->nest;
	struct family *family = &nest->families[nest->count];
	uint32_t units = find->groups->list[list->parent].units;
	bool whole = count == units;

	for (uint32_t i = 0; i < count && whole; i++)
		whole = list[i].slot == i;
	if (!whole) {
		nest->stuck[list->parent] = true;
		return true;
	}
	*family = (struct family){.parent = list->parent,
			.group = arena_array(find->arena, units, sizeof(*family->group)),
			.units = find->groups->list[list->group].units};
	for (uint32_t i = 0; i < count && family->group != NULL; i++)
		family->group[i] = list[i].group;
	nest->count++;
	return family->group != NULL;
}

static bool
find_families(struct finding *find)
{
	uint32_t count = find->groups->count, first = 0;

	qsort(find->children, count, sizeof(*find->children), compare_children);
	while (first < count && find->children[first].parent != LADLE_NONE) {
		uint32_t end = first;

		while (end < count && find->children[end].parent == find->children[first].parent &&
				find->children[end].kind == find->children[first].kind)
			end++;
		if (!add_family(find, find->children + first, end - first))
			return false;
		first = end;
	}
	return true;
}

static bool
list_uses(struct finding *find)
{
	size_t count = 0;

	for (uint32_t g = 0; g < find->groups->count; g++)
		count += find->groups->list[g].use_count;
	find->uses = arena_array(find->arena, count + 1, sizeof(*find->uses));
	for (uint32_t g = 0; g < find->groups->count && find->uses != NULL; g++)
		for (uint32_t u = 0; u < find->groups->list[g].use_count; u++)
			find->uses[find->count++] = (struct at){&find->groups->list[g].uses[u], g};
	if (find->uses != NULL)
		qsort(find->uses, count, sizeof(*find->uses), compare_rows);
	return find->uses != NULL;
}

bool
nest_find(struct nest *nest, const struct ladle_groups *groups, struct arena *arena)
{
	struct finding find = {.groups = groups, .nest = nest, .arena = arena};
	size_t count = (size_t)groups->count + 1;

	*nest = (struct nest){.families = arena_array(arena, count, sizeof(*nest->families)),
			.stuck = arena_array(arena, count, sizeof(*nest->stuck))};
	find.children = arena_array(arena, count, sizeof(*find.children));
	if (nest->families == NULL || nest->stuck == NULL || find.children == NULL ||
			!list_uses(&find))
		return false;
	for (uint32_t g = 0; g < groups->count; g++)
		find.children[g].parent = LADLE_NONE;
	find_children(&find);
	return find_families(&find);
}

const struct family *
nest_families(const struct nest *nest, uint32_t parent, uint32_t *count)
{
	const struct family *first = NULL;

	*count = 0;
	for (uint32_t i = 0; i < nest->count; i++) {
		if (nest->families[i].parent != parent)
			continue;
		first = first == NULL ? &nest->families[i] : first;
		++*count;
	}
	return first;
}

/* ---- moving ---- */

/* out[i] = order[move[i]], NULL for the identity. */
static void
take(uint32_t *out, const uint32_t *order, const uint32_t *move, uint32_t units)
{
	for (uint32_t i = 0; i < units; i++) {
		uint32_t from = move == NULL ? i : move[i];

		out[i] = order == NULL ? from : order[from];
	}
}

/* The orders of a family, one after another, as each unit's comes from unit move[i]. */
static enum ladle_status
move_family(const struct family *family, uint32_t slots, struct aligned *aligned, uint32_t column,
		const uint32_t *move, struct ladle_error *err)
{
	size_t units = family->units;
	uint32_t *orders = malloc(slots * units * sizeof(*orders));
	enum ladle_status status = LADLE_OK;

	if (orders == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to move units");
	for (uint32_t i = 0; i < slots; i++)
		take(orders + i * units, aligned_order(aligned, column, family->group[move[i]]),
				NULL, family->units);
	for (uint32_t i = 0; i < slots && status == LADLE_OK; i++)
		status = aligned_set(aligned, column, family->group[i], orders + i * units, NULL,
				err);
	free(orders);
	return status;
}

enum ladle_status
nest_move(const struct nest *nest, struct aligned *aligned, uint32_t column, uint32_t group,
		const uint32_t *move, struct ladle_error *err)
{
	uint32_t units = aligned_groups(aligned)->list[group].units, count;
	const struct family *families = nest_families(nest, group, &count);
	uint32_t *order = malloc(units * sizeof(*order));
	enum ladle_status status;

	if (order == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to move units");
	take(order, aligned_order(aligned, column, group), move, units);
	status = aligned_set(aligned, column, group, order, NULL, err);
	free(order);
	for (uint32_t f = 0; f < count && status == LADLE_OK; f++)
		status = move_family(&families[f], units, aligned, column, move, err);
	return status;
}

static bool
is_in_family(const struct nest *nest, const struct ladle_groups *groups, uint32_t group)
{
	for (uint32_t f = 0; f < nest->count; f++)
		for (uint32_t i = 0; i < groups->list[nest->families[f].parent].units; i++)
			if (nest->families[f].group[i] == group)
				return true;
	return false;
}

/* What undoes the order that the group has in `frame` now; NULL in *out: nothing to undo. */
static enum ladle_status
find_undo(uint32_t **out, const struct aligned *aligned, uint32_t frame, uint32_t group,
		struct ladle_error *err)
{
	const uint32_t *order = aligned_order(aligned, frame, group);
	uint32_t units = aligned_groups(aligned)->list[group].units;

	*out = NULL;
	if (order == NULL)
		return LADLE_OK;
	*out = malloc(units * sizeof(**out));
	if (*out == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to move units");
	for (uint32_t i = 0; i < units; i++)
		(*out)[order[i]] = i;
	return LADLE_OK;
}

static enum ladle_status
undo_group(const struct nest *nest, struct aligned *aligned, const struct frame *frame,
		uint32_t group, struct ladle_error *err)
{
	uint32_t *undo;
	enum ladle_status status = find_undo(&undo, aligned, frame->reference, group, err);

	for (uint32_t i = 0; undo != NULL && i < frame->count; i++)
		if (status == LADLE_OK && aligned_why(aligned, frame->columns[i], group) == NULL)
			status = nest_move(nest, aligned, frame->columns[i], group, undo, err);
	free(undo);
	return status;
}

enum ladle_status
nest_rebase(const struct nest *nest, struct aligned *aligned, const struct frame *frame,
		struct ladle_error *err)
{
	const struct ladle_groups *groups = aligned_groups(aligned);

	for (int inner = 0; inner < 2; inner++)
		for (uint32_t g = 0; g < groups->count; g++)
			if (!nest->stuck[g] && is_in_family(nest, groups, g) == inner)
				TRY(undo_group(nest, aligned, frame, g, err));
	return LADLE_OK;
}
