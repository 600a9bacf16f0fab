/* Layers that lay the same numbers out in another way. */
#include <string.h>

#include "align/rules.h"

/* Axes from `first` to `last` as one, row-major. One of them at most can stay free: the last. */
static struct axis
merge_axes(struct finder *find, const struct axis *list, int first, int last)
{
	struct axes *axes = &find->axes;
	uint64_t before = 1, after = 1;
	int kept = -1;

	for (int i = last; i >= first; i--) {
		if (kept < 0 && axes_free(axes, list[i]))
			kept = i;
		else if (kept >= 0)
			axes_freeze(axes, list[i]);
	}
	for (int i = first; i <= last; i++) {
		if (i < kept)
			before = extent_times(before, axes_extent(list[i]));
		else if (i != kept)
			after = extent_times(after, axes_extent(list[i]));
	}
	return kept < 0 ? axes_fixed(axes, after) : axes_scale(axes, list[kept], before, after);
}

static struct value
value_of_extents(struct finder *find, const uint64_t *extents, int count)
{
	struct value out = value_new(find, count);

	for (int i = 0; i < out.rank; i++)
		out.axes[i] = axes_fixed(&find->axes, extents[i]);
	return out;
}

/* Runs of axes on both sides that hold equally many numbers. False where they do not come out. */
static bool
fold_runs(struct finder *find, struct value in, const uint64_t *extents, struct value out)
{
	int i = 0, j = 0;

	while (i < in.rank && j < out.rank) {
		int first = i, start = j;
		uint64_t p = axes_extent(in.axes[i++]), q = extents[j++];

		while (p != q) {
			if (p == EXTENT_UNKNOWN || q == EXTENT_UNKNOWN ||
					(p < q ? i == in.rank : j == out.rank))
				return false;
			if (p < q)
				p = extent_times(p, axes_extent(in.axes[i++]));
			else
				q = extent_times(q, extents[j++]);
		}
		if (p == EXTENT_UNKNOWN || p == 0)
			return false;
		axes_fold(&find->axes, merge_axes(find, in.axes, first, i - 1), extents + start,
				j - start, out.axes + start);
	}
	for (; i < in.rank; i++)
		if (axes_extent(in.axes[i]) != 1)
			return false;
	for (; j < out.rank; j++)
		if (extents[j] != 1)
			return false;
	return true;
}

struct value
value_reshape(struct finder *find, struct value in, const uint64_t *extents, int count)
{
	struct value out = value_of_extents(find, extents, count);

	if (!in.open && out.rank == count && fold_runs(find, in, extents, out))
		return out;
	value_freeze(find, in);
	value_freeze(find, out);
	return out;
}

void
rule_flatten(struct call *call)
{
	struct value in = call->inputs[0], out;

	if (!call_takes(call, 1)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	if (call->layer->channels_first == 1 && in.rank > 1 && !in.open) {
		in = value_copy(call->find, in);
		for (int i = 0; i + 1 < in.rank; i++)
			in.axes[i] = call->inputs[0].axes[i + 1];
		in.axes[in.rank - 1] = call->inputs[0].axes[0];
	}
	if (in.open && in.rank != 1)
		value_freeze(call->find, in);
	out = value_new(call->find, 1);
	if (!in.open && in.rank > 0 && out.rank == 1)
		out.axes[0] = merge_axes(call->find, in.axes, 0, in.rank - 1);
	else if (in.rank == 1)
		value_freeze(call->find, in);
	call_give(call, out);
}

/* -1 is what the other extents leave. */
static void
fill_in(struct value in, const long *target, int count, uint64_t *extents)
{
	uint64_t all = in.open ? EXTENT_UNKNOWN : 1, known = 1;

	for (int i = 0; i < in.rank; i++)
		all = extent_times(all, axes_extent(in.axes[i]));
	for (int i = 0; i < count; i++)
		if (target[i] >= 0)
			known = extent_times(known, (uint64_t)target[i]);
	for (int i = 0; i < count; i++)
		extents[i] = target[i] >= 0 ? (uint64_t)target[i]
			     : all == EXTENT_UNKNOWN || known == EXTENT_UNKNOWN || known == 0
					     ? EXTENT_UNKNOWN
					     : all / known;
}

void
rule_reshape(struct call *call)
{
	long target[LADLE_MAX_RANK];
	uint64_t extents[LADLE_MAX_RANK];
	int count = config_integers(&call->values, "target_shape", target, LADLE_MAX_RANK);

	if (count < 1 || !call_takes(call, 1)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	fill_in(call->inputs[0], target, count, extents);
	call_give(call, value_reshape(call->find, call->inputs[0], extents, count));
}

void
rule_permute(struct call *call)
{
	long dims[LADLE_MAX_RANK];
	int count = config_integers(&call->values, "dims", dims, LADLE_MAX_RANK);
	struct value out;

	if (count < 1 || !call_takes(call, 1) ||
			!value_has_rank(call->find, &call->inputs[0], count)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	out = value_copy(call->find, call->inputs[0]);
	for (int i = 0; i < out.rank; i++) {
		if (dims[i] < 1 || dims[i] > count) {
			call_refuse(call, WHY_CALL);
			return;
		}
		out.axes[i] = call->inputs[0].axes[dims[i] - 1];
	}
	call_give(call, out);
}

void
rule_repeat_vector(struct call *call)
{
	long times = config_integer(&call->values, "n", -1);
	struct value out;

	if (!call_takes(call, 1) || !value_has_rank(call->find, &call->inputs[0], 1)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	out = value_new(call->find, 2);
	if (out.rank == 2) {
		out.axes[0] = axes_fixed(
				&call->find->axes, times < 0 ? EXTENT_UNKNOWN : (uint64_t)times);
		out.axes[1] = call->inputs[0].axes[0];
	}
	call_give(call, out);
}
