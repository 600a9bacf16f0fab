/* Within two layers that are paired: which tensor is which. */
#include "pair/rows.h"

#include <string.h>

#include "base/hash.h"
#include "keras/name_map.h"
#include "pair/ranked.h"

/* Two layers: the tensors that stand for the rows, and those of the new column. */
struct tensors {
	struct arena *arena;
	const struct ladle_tensor *const *rows;
	const struct ladle_tensor *list;
	uint32_t row_count, count;
	uint32_t *row_of;
	bool *taken;
};

/* Nearly always: the same names in the same order. Needs no memory. */
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

static uint64_t
role_and_shape(const struct ladle_tensor *tensor)
{
	bool depthwise = strcmp(tensor->role, "depthwise_kernel") == 0;

	return hash_text(depthwise ? "kernel" : tensor->role) + tensor_shape_hash(tensor);
}

/* Two roles that are known and were not equal before are not equal here. */
static bool
is_unknown(const struct ladle_tensor *a, const struct ladle_tensor *b)
{
	return a->role[0] == '\0' || b->role[0] == '\0';
}

/* What is not paired on one side, sorted by a key; returns how many. */
static uint32_t
rank_left(const struct tensors *all, bool rows, uint64_t (*key)(const struct ladle_tensor *),
		struct ranked *out)
{
	uint32_t count = 0, size = rows ? all->row_count : all->count;

	for (uint32_t i = 0; i < size; i++) {
		const struct ladle_tensor *tensor = rows ? all->rows[i] : &all->list[i];

		if (rows ? !all->taken[i] : all->row_of[i] == LADLE_NONE)
			out[count++] = (struct ranked){key(tensor), i};
	}
	ranked_sort(out, count);
	return count;
}

/* What is left: the k-th of a key is the k-th of that key. */
static bool
by_place(struct tensors *all, uint64_t (*key)(const struct ladle_tensor *),
		bool (*may)(const struct ladle_tensor *, const struct ladle_tensor *))
{
	struct ranked *rows = arena_array(all->arena, all->row_count + 1, sizeof(*rows));
	struct ranked *list = arena_array(all->arena, all->count + 1, sizeof(*list));
	uint32_t m, n;

	if (rows == NULL || list == NULL)
		return false;
	m = rank_left(all, true, key, rows);
	n = rank_left(all, false, key, list);
	for (uint32_t i = 0, j = 0; i < m && j < n;) {
		uint64_t x = rows[i].key, y = list[j].key;

		if (x == y && may(all->rows[rows[i].index], &all->list[list[j].index]))
			take(all, list[j].index, rows[i].index);
		i += x <= y;
		j += y <= x;
	}
	return true;
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
	return all.taken != NULL && by_name(&all) && by_role(&all) &&
	       by_place(&all, role_and_shape, tensor_same_shape) &&
	       by_place(&all, tensor_shape_hash, is_unknown);
}
