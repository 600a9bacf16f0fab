/* Axes made of axes. */
#include "align/axes.h"

#include "align/axis_run.h"

struct axis
axes_scale(struct axes *axes, struct axis axis, uint64_t outer, uint64_t inner)
{
	struct run run = {.axes = axes};
	uint64_t extent = extent_times(extent_times(axes_extent(axis), outer), inner);

	axis = axes_resolve(axes, axis);
	if (extent == EXTENT_UNKNOWN || !axes_free(axes, axis)) {
		axes_freeze(axes, axis);
		return axes_fixed(axes, extent);
	}
	if (axis.count == 1) {
		struct segment s = axis.list[0];

		run_add(&run, (struct segment){s.group, s.size, s.outer * outer, s.inner * inner});
		return run_end(&run, axis, extent);
	}
	run.full = outer > AXES_MAX_SEGMENTS;
	for (uint64_t i = 0; i < outer && !run.full; i++)
		for (uint32_t k = 0; k < axis.count; k++) {
			struct segment s = axis.list[k];

			if (s.group == LADLE_NONE)
				s.size *= inner;
			else
				s.inner *= inner;
			run_add(&run, s);
		}
	return run_end(&run, axis, extent);
}

struct axis
axes_join(struct axes *axes, const struct axis *list, uint32_t count)
{
	struct run run = {.axes = axes};
	uint64_t extent = 0;

	for (uint32_t k = 0; k < count; k++) {
		extent = extent_plus(extent, axes_extent(list[k]));
		for (uint32_t i = 0; i < list[k].count; i++)
			run_add(&run, list[k].list[i]);
	}
	if (!run.full && extent != EXTENT_UNKNOWN)
		return (struct axis){run.list, run.count};
	for (uint32_t k = 0; k < count; k++)
		axes_freeze(axes, list[k]);
	return axes_fixed(axes, extent);
}

/* Splits what stands across `border`; true while something changed. */
static bool
split_at(struct axes *axes, struct axis axis, uint64_t border)
{
	uint64_t from = 0;

	for (uint32_t i = 0; i < axis.count; i++) {
		const struct segment *s = &axis.list[i];
		uint64_t length = segment_extent(s), in = border - from;

		if (border <= from || s->group == LADLE_NONE || border >= from + length) {
			from += length;
			continue;
		}
		if (in % (s->size * s->inner) == 0)
			return false; /* between repetitions */
		if (in % s->inner == 0)
			axes_split(axes, s->group, in / s->inner % s->size);
		else
			axes_freeze_group(axes, s->group);
		return true;
	}
	return false;
}

struct axis
axes_part(struct axes *axes, struct axis axis, uint64_t first, uint64_t length)
{
	struct run run = {.axes = axes};
	uint64_t from = 0;

	if (axes_extent(axis) == EXTENT_UNKNOWN || !axes_free(axes, axis)) {
		axes_freeze(axes, axis);
		return axes_fixed(axes, length);
	}
	while (split_at(axes, axes_resolve(axes, axis), first) ||
			split_at(axes, axes_resolve(axes, axis), first + length)) {
	}
	axis = axes_resolve(axes, axis);
	for (uint32_t i = 0; i < axis.count; i++) {
		struct segment s = axis.list[i];
		uint64_t end = from + segment_extent(&s);
		uint64_t low = from > first ? from : first;
		uint64_t high = end < first + length ? end : first + length;

		from = end;
		if (high <= low)
			continue;
		if (s.group == LADLE_NONE)
			s.size = high - low;
		else
			s.outer = (high - low) / (s.size * s.inner);
		run_add(&run, s);
	}
	return run_end(&run, axis, length);
}

/* ---- one axis into several ---- */

/* Is a segment, the only one, free in extent `place` alone? Its units are then those there. */
static bool
fits(const struct segment *s, const uint64_t *extents, int count, int place, struct segment *out)
{
	uint64_t before = 1, after = 1;

	for (int i = 0; i < place; i++)
		before = extent_times(before, extents[i]);
	for (int i = place + 1; i < count; i++)
		after = extent_times(after, extents[i]);
	if (before == EXTENT_UNKNOWN || after == EXTENT_UNKNOWN || before == 0 || after == 0 ||
			s->outer % before != 0 || s->inner % after != 0)
		return false;
	*out = (struct segment){s->group, s->size, s->outer / before, s->inner / after};
	return segment_extent(out) == extents[place];
}

/* An axis that is cut anew moves in blocks, those of the last part. */
static void
cut_anew(struct axes *axes, struct axis axis, const uint64_t *extents, int count, struct axis *out)
{
	int last = count - 1;

	while (last > 0 && extents[last] == 1)
		last--;
	out[last] = axes_fresh(axes, extents[last]);
	axes_unite(axes, axis,
			axes_scale(axes, out[last], axes_extent(axis) / extents[last], 1));
}

static bool
fold_one(struct axes *axes, const struct segment *s, const uint64_t *extents, int count,
		struct axis *out)
{
	struct segment *part = arena_array(axes->arena, 1, sizeof(*part));

	axes->failed |= part == NULL;
	for (int i = count - 1; i >= 0 && part != NULL; i--)
		if (extents[i] > 1 && fits(s, extents, count, i, part)) {
			out[i] = (struct axis){part, 1};
			return true;
		}
	return false;
}

void
axes_fold(struct axes *axes, struct axis axis, const uint64_t *extents, int count, struct axis *out)
{
	uint64_t product = 1;

	for (int i = 0; i < count; i++) {
		out[i] = axes_fixed(axes, extents[i]);
		product = extent_times(product, extents[i]);
	}
	axis = axes_resolve(axes, axis);
	for (int i = 0; i < count; i++)
		if (extents[i] == axes_extent(axis) && product == extents[i]) {
			out[i] = axis;
			return;
		}
	if (!axes_free(axes, axis) || product != axes_extent(axis) || product == 0)
		axes_freeze(axes, axis);
	else if (axis.count != 1 || !fold_one(axes, &axis.list[0], extents, count, out))
		cut_anew(axes, axis, extents, count, out);
}
