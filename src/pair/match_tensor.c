/* Within two layers that are paired: which tensor is which. */
#include "pair/rows.h"

#include <string.h>

#include "keras/name_map.h"

struct tensors {
	struct arena *arena;
	const struct ladle_tensor *const *rows;
	const struct ladle_tensor *list;
	uint32_t row_count, count;
	uint32_t *row_of;
	bool *taken;
};

static bool
same_shape(const struct ladle_tensor *a, const struct ladle_tensor *b)
{
	return a->rank == b->rank &&
			(a->rank == 0 || memcmp(a->shape, b->shape, (size_t)a->rank * sizeof(*a->shape)) == 0);
}

static bool
by_equal_names(struct tensors *all)
{
	if (all->row_count != all->count)
		return false;
	for (uint32_t i = 0; i < all->count; i++)
		if (strcmp(all->rows[i]->name, all->list[i].name) != 0)
			return false;
	for (uint32_t i = 0; i < all->count; i++)
		all->row_of[i] = i;
	return true;
}

static void
take(struct tensors *all, uint32_t tensor, uint32_t row)
{
	all->row_of[tensor] = row;
	all->taken[row] = true;
}

static bool
by_name(struct tensors *all)
{
	struct name_map map;

	if (!name_map_init(&map, all->arena, all->row_count))
		return false;
	for (uint32_t i = 0; i < all->row_count; i++)
		name_map_add(&map, all->rows[i]->name, i);
	for (uint32_t i = 0; i < all->count; i++) {
		uint32_t row = name_map_get(&map, all->list[i].name);

		if (row != LADLE_NONE && !all->taken[row])
			take(all, i, row);
	}
	return true;
}

/* Where a role is left once on either side. */
static bool
by_role(struct tensors *all)
{
	struct name_map rows, list;

	if (!name_map_init(&rows, all->arena, all->row_count) ||
			!name_map_init(&list, all->arena, all->count))
		return false;
	for (uint32_t i = 0; i < all->row_count; i++)
		if (!all->taken[i] && name_map_add(&rows, all->rows[i]->role, i) != i)
			name_map_set(&rows, all->rows[i]->role, LADLE_NONE);
	for (uint32_t i = 0; i < all->count; i++)
		if (all->row_of[i] == LADLE_NONE && name_map_add(&list, all->list[i].role, i) != i)
			name_map_set(&list, all->list[i].role, LADLE_NONE);
	for (uint32_t i = 0; i < all->count; i++) {
		const char *role = all->list[i].role;
		uint32_t row = name_map_get(&rows, role);

		if (role[0] != '\0' && row != LADLE_NONE && name_map_get(&list, role) == i)
			take(all, i, row);
	}
	return true;
}

/* What is left, in its order, as long as shapes and roles agree. */
static void
by_place(struct tensors *all)
{
	uint32_t row = 0;

	for (uint32_t i = 0; i < all->count; i++) {
		if (all->row_of[i] != LADLE_NONE)
			continue;
		while (row < all->row_count && all->taken[row])
			row++;
		if (row == all->row_count)
			return;
		if (same_shape(all->rows[row], &all->list[i]) &&
				(all->rows[row]->role[0] == '\0' || all->list[i].role[0] == '\0' ||
						strcmp(all->rows[row]->role, all->list[i].role) == 0))
			take(all, i, row);
		row++;
	}
}

bool
tensors_match(struct arena *arena, const struct ladle_tensor *const *rows, uint32_t row_count,
		const struct ladle_tensor *tensors, uint32_t count, uint32_t *row_of)
{
	struct tensors all = {arena, rows, tensors, row_count, count, row_of, NULL};

	for (uint32_t i = 0; i < count; i++)
		row_of[i] = LADLE_NONE;
	if (by_equal_names(&all))
		return true;
	all.taken = arena_array(arena, row_count + 1, sizeof(*all.taken));
	if (all.taken == NULL || !by_name(&all) || !by_role(&all))
		return false;
	by_place(&all);
	return true;
}
