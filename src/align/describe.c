/* Axes of weights, as the rules describe them. */
#include "align/finder.h"

#include <string.h>

#include "align/gauge.h"

static const struct ladle_tensor *
tensor_at(const struct call *call, uint32_t tensor)
{
	return &call->find->checkpoint->tensors[tensor];
}

uint32_t
weight_find(const struct call *call, const char *role)
{
	for (uint32_t t = call->first; t < call->first + call->count; t++)
		if (strcmp(tensor_at(call, t)->role, role) == 0)
			return t;
	return LADLE_NONE;
}

/* "query/kernel" or ".../query/kernel" */
static bool
stands_in(const char *name, const char *part)
{
	const char *leaf = strrchr(name, '/');
	size_t length = strlen(part);

	if (leaf == NULL || (size_t)(leaf - name) < length)
		return false;
	return memcmp(leaf - length, part, length) == 0 &&
	       ((size_t)(leaf - name) == length || leaf[-(ptrdiff_t)length - 1] == '/');
}

uint32_t
weight_find_in(const struct call *call, const char *part, const char *role)
{
	for (uint32_t t = call->first; t < call->first + call->count; t++)
		if (strcmp(tensor_at(call, t)->role, role) == 0 &&
				stands_in(tensor_at(call, t)->name, part))
			return t;
	return LADLE_NONE;
}

int
weight_rank(const struct call *call, uint32_t tensor)
{
	return tensor == LADLE_NONE ? 0 : tensor_at(call, tensor)->rank;
}

static int
place_of(const struct call *call, uint32_t tensor, int axis)
{
	int rank = weight_rank(call, tensor);

	axis = axis < 0 ? rank + axis : axis;
	return axis < 0 || axis >= rank ? -1 : axis;
}

uint64_t
weight_extent(const struct call *call, uint32_t tensor, int axis)
{
	axis = place_of(call, tensor, axis);
	return axis < 0 ? 0 : tensor_at(call, tensor)->shape[axis];
}

static void
mark_bad(struct call *call, uint32_t tensor, enum why why)
{
	struct axes_reason *bad = &call->find->bad[tensor_at(call, tensor)->layer];

	if (bad->kind == 0)
		*bad = (struct axes_reason){why, call->layer->index};
}

static struct described *
open_weight(struct call *call, uint32_t tensor)
{
	struct finder *find = call->find;
	struct weight *weight = &find->weights[tensor];
	int rank = weight_rank(call, tensor);

	if (weight->axes == NULL) {
		weight->axes = finder_array(find, (size_t)rank + 1, sizeof(*weight->axes));
		weight->visit = find->visits++;
		for (int i = 0; i < rank && weight->axes != NULL; i++)
			weight->axes[i].where = -1;
	}
	return weight->axes;
}

void
weight_describe_fixed(struct call *call, uint32_t tensor)
{
	if (tensor != LADLE_NONE)
		open_weight(call, tensor);
}

static void
refuse_weight(struct call *call, uint32_t tensor, struct axis *slices, uint64_t count)
{
	struct axes *axes = &call->find->axes;
	struct axes_reason usual = axes->reason;

	mark_bad(call, tensor, WHY_SHAPE);
	axes->reason = (struct axes_reason){WHY_SHAPE, call->layer->index};
	for (uint64_t i = 0; i < count; i++)
		axes_freeze(axes, slices[i]);
	axes->reason = usual;
}

/* The same weight at another call, or another name of it: both must move alike. */
static void
describe_again(struct call *call, uint32_t tensor, struct described *old, int where,
		struct axis *slices, uint64_t count)
{
	if (old->where != where || old->count != count) {
		refuse_weight(call, tensor, old->slices, old->count);
		refuse_weight(call, tensor, slices, count);
		return;
	}
	for (uint64_t i = 0; i < count; i++)
		if (!axes_unite(&call->find->axes, old->slices[i], slices[i]))
			mark_bad(call, tensor, WHY_SHAPE);
}

void
weight_describe_slices(struct call *call, uint32_t tensor, int axis, int where, struct axis *slices,
		uint64_t count)
{
	struct described *at;
	uint64_t extent = weight_extent(call, tensor, axis);

	if (tensor == LADLE_NONE)
		return;
	axis = place_of(call, tensor, axis);
	at = open_weight(call, tensor);
	if (axis < 0 || at == NULL || (where >= 0 && weight_extent(call, tensor, where) != count)) {
		refuse_weight(call, tensor, slices, count);
		return;
	}
	for (uint64_t i = 0; i < count; i++) {
		if (axes_extent(slices[i]) == EXTENT_UNKNOWN) {
			axes_freeze(&call->find->axes, slices[i]);
			slices[i] = axes_fixed(&call->find->axes, extent);
		} else if (axes_extent(slices[i]) != extent) {
			refuse_weight(call, tensor, slices, count);
			return;
		}
	}
	if (at[axis].count > 0)
		describe_again(call, tensor, &at[axis], where, slices, count);
	else
		at[axis] = (struct described){slices, count, where, GAUGE_UNKNOWN};
}

void
weight_describe(struct call *call, uint32_t tensor, int axis, struct axis described)
{
	struct axis *slice =
			tensor == LADLE_NONE ? NULL : finder_array(call->find, 1, sizeof(*slice));

	if (slice == NULL)
		return;
	*slice = described;
	weight_describe_slices(call, tensor, axis, -1, slice, 1);
}

void
weight_describe_like(struct call *call, uint32_t tensor, struct value value)
{
	int rank = weight_rank(call, tensor);

	if (tensor == LADLE_NONE)
		return;
	weight_describe_fixed(call, tensor);
	if (!value_reach(call->find, &value, rank)) {
		mark_bad(call, tensor, WHY_SHAPE);
		return;
	}
	for (int i = 0; i < rank; i++) {
		struct axis axis = value.axes[value.rank - rank + i];

		if (weight_extent(call, tensor, i) != 1 || axes_extent(axis) == 1)
			weight_describe(call, tensor, i, axis);
	}
}
