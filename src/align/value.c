/* Tensors on their way through the graph. */
#include "align/finder.h"

#include <string.h>

struct value
value_unknown(void)
{
	return (struct value){.open = true};
}

struct value
value_new(struct finder *find, int rank)
{
	struct value value = {.rank = rank};

	value.axes = finder_array(find, (size_t)rank + 1, sizeof(*value.axes));
	if (value.axes == NULL)
		return value_unknown();
	for (int i = 0; i < rank; i++)
		value.axes[i] = axes_fixed(&find->axes, EXTENT_UNKNOWN);
	return value;
}

struct value
value_copy(struct finder *find, struct value value)
{
	struct axis *axes = finder_array(find, (size_t)value.rank + 1, sizeof(*axes));

	if (axes == NULL)
		return value_unknown();
	if (value.rank > 0)
		memcpy(axes, value.axes, (size_t)value.rank * sizeof(*axes));
	value.axes = axes;
	return value;
}

bool
value_reach(struct finder *find, struct value *value, int rank)
{
	struct value longer;
	int more = rank - value->rank;

	if (more <= 0)
		return true;
	if (!value->open)
		return false;
	longer = value_new(find, rank);
	if (longer.rank != rank)
		return false;
	longer.open = true;
	for (int i = 0; i < value->rank; i++)
		longer.axes[more + i] = value->axes[i];
	*value = longer;
	return true;
}

bool
value_has_rank(struct finder *find, struct value *value, int rank)
{
	if (!value_reach(find, value, rank) || value->rank != rank)
		return false;
	value->open = false;
	return true;
}

int
value_place(struct finder *find, struct value *value, long axis)
{
	if (axis < 0 && axis >= -LADLE_MAX_RANK && value_reach(find, value, (int)-axis))
		return value->rank + (int)axis;
	if (axis > 0 && !value->open && axis <= value->rank)
		return (int)axis - 1;
	return -1;
}

struct value
value_with_last(struct finder *find, struct value value, struct axis last)
{
	if (!value_reach(find, &value, 1))
		return value_unknown();
	value = value_copy(find, value);
	if (value.rank > 0)
		value.axes[value.rank - 1] = last;
	return value;
}

void
value_freeze(struct finder *find, struct value value)
{
	for (int i = 0; i < value.rank; i++)
		axes_freeze(&find->axes, value.axes[i]);
}

static bool
names_group(struct axis axis)
{
	for (uint32_t i = 0; i < axis.count; i++)
		if (axis.list[i].group != LADLE_NONE)
			return true;
	return false;
}

/* What comes out is the one that names groups, though they be frozen: they know why. */
static struct axis
unite_axes(struct finder *find, struct axis a, struct axis b)
{
	if (axes_extent(a) == 1)
		return b;
	if (axes_extent(b) == 1)
		return a;
	axes_unite(&find->axes, a, b);
	return axes_extent(a) == EXTENT_UNKNOWN || !names_group(a) ? b : a;
}

/* Keras lines shapes up at the end. */
struct value
value_unite(struct finder *find, struct value a, struct value b)
{
	struct value *small = a.rank < b.rank ? &a : &b, *large = small == &a ? &b : &a;
	struct value out;
	int more = large->rank - small->rank;

	if (small->open && value_reach(find, small, large->rank))
		more = 0;
	out = value_copy(find, *large);
	out.open = a.open && b.open;
	if (large->open && !small->open)
		out.open = more == 0 ? false : true;
	for (int i = 0; i < small->rank && out.rank == large->rank; i++)
		out.axes[more + i] = unite_axes(find, large->axes[more + i], small->axes[i]);
	return out;
}

struct value
value_as_told(struct finder *find, struct value value, const struct config_tensor *told)
{
	if (told->shape == NULL)
		return value;
	value = value_copy(find, value);
	if (!value_has_rank(find, &value, told->rank - 1))
		return value;
	for (int i = 0; i < value.rank; i++)
		if (axes_extent(value.axes[i]) == EXTENT_UNKNOWN && told->shape[i + 1] >= 0)
			value.axes[i] = axes_fixed(&find->axes, (uint64_t)told->shape[i + 1]);
	return value;
}

bool
value_of_shape(struct finder *find, const struct config_values *values, const char *key,
		struct value *out)
{
	long shape[LADLE_MAX_RANK + 1];
	int count = config_integers(values, key, shape, LADLE_MAX_RANK + 1);

	if (count <= 0)
		return false;
	*out = value_new(find, count - 1);
	for (int i = 0; i < out->rank; i++)
		if (shape[i + 1] >= 0)
			out->axes[i] = axes_fixed(&find->axes, (uint64_t)shape[i + 1]);
	return true;
}
