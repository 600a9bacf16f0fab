#include "align/axes.h"

#include <assert.h>
#include <string.h>

#include "align/axis_run.h"

static const struct segment no_extent = {LADLE_NONE, EXTENT_UNKNOWN, 1, 1};

void
axes_init(struct axes *axes, struct arena *arena)
{
	memset(axes, 0, sizeof(*axes));
	axes->arena = arena;
}

uint64_t
extent_times(uint64_t a, uint64_t b)
{
	uint64_t product;

	if (a == EXTENT_UNKNOWN || b == EXTENT_UNKNOWN || __builtin_mul_overflow(a, b, &product))
		return EXTENT_UNKNOWN;
	return product;
}

uint64_t
extent_plus(uint64_t a, uint64_t b)
{
	uint64_t sum;

	if (a == EXTENT_UNKNOWN || b == EXTENT_UNKNOWN || __builtin_add_overflow(a, b, &sum))
		return EXTENT_UNKNOWN;
	return sum;
}

uint64_t
segment_extent(const struct segment *s)
{
	return extent_times(extent_times(s->size, s->outer), s->inner);
}

uint64_t
axes_extent(struct axis axis)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < axis.count; i++)
		sum = extent_plus(sum, segment_extent(&axis.list[i]));
	return sum;
}

/* ---- lists that grow ---- */

static void
run_grow(struct run *run)
{
	uint32_t room = run->room == 0 ? 4 : run->room * 2;
	struct segment *list = NULL;

	if (run->room < AXES_MAX_SEGMENTS && run->axes->segments < AXES_MAX_TOTAL) {
		list = arena_array(run->axes->arena, room, sizeof(*list));
		run->axes->failed |= list == NULL;
		run->axes->segments += room;
	}
	run->full = list == NULL;
	if (run->full)
		return;
	if (run->count > 0)
		memcpy(list, run->list, run->count * sizeof(*list));
	run->list = list;
	run->room = room;
}

void
run_add(struct run *run, struct segment s)
{
	struct segment *last = run->count == 0 ? NULL : &run->list[run->count - 1];
	bool fixed = s.group == LADLE_NONE;

	if (run->full || segment_extent(&s) == 0)
		return;
	if (fixed && last != NULL && last->group == LADLE_NONE) {
		last->size = extent_plus(last->size, s.size);
		return;
	}
	if (run->count == run->room)
		run_grow(run);
	if (!run->full)
		run->list[run->count++] = s;
}

static void
run_add_fixed(struct run *run, uint64_t extent)
{
	run_add(run, (struct segment){LADLE_NONE, extent, 1, 1});
}

struct axis
axes_fixed(struct axes *axes, uint64_t extent)
{
	struct segment *s = arena_array(axes->arena, 1, sizeof(*s));

	axes->failed |= s == NULL;
	axes->segments++;
	if (s == NULL)
		return (struct axis){&no_extent, 1};
	*s = (struct segment){LADLE_NONE, extent, 1, 1};
	return (struct axis){s, 1};
}

struct axis
run_end(struct run *run, struct axis whole, uint64_t extent)
{
	if (!run->full)
		return (struct axis){run->list, run->count};
	axes_freeze(run->axes, whole);
	return axes_fixed(run->axes, extent);
}

/* ---- groups ---- */

static uint32_t
root_of(const struct axes *axes, uint32_t group)
{
	while (axes->groups[group].parent != group) {
		uint32_t *parent = &axes->groups[group].parent;

		*parent = axes->groups[*parent].parent;
		group = *parent;
	}
	return group;
}

static uint32_t
new_group(struct axes *axes, uint64_t size, uint32_t depth)
{
	struct axes_group *group;

	if (axes->count == axes->room) {
		uint32_t room = axes->room == 0 ? 64 : axes->room * 2;
		struct axes_group *list = arena_array(axes->arena, room, sizeof(*list));

		axes->failed |= list == NULL;
		if (list == NULL)
			return LADLE_NONE;
		if (axes->count > 0)
			memcpy(list, axes->groups, axes->count * sizeof(*list));
		axes->groups = list;
		axes->room = room;
	}
	group = &axes->groups[axes->count];
	*group = (struct axes_group){.size = size,
			.parent = axes->count,
			.left = LADLE_NONE,
			.right = LADLE_NONE,
			.block = LADLE_NONE,
			.depth = depth};
	return axes->count++;
}

struct axis
axes_fresh(struct axes *axes, uint64_t units)
{
	struct segment *s;
	uint32_t group = units == 0 || units >= UINT32_MAX ? LADLE_NONE : new_group(axes, units, 0);

	s = group == LADLE_NONE ? NULL : arena_array(axes->arena, 1, sizeof(*s));
	if (s == NULL)
		return axes_fixed(axes, units);
	axes->segments++;
	*s = (struct segment){group, units, 1, 1};
	return (struct axis){s, 1};
}

/* Depth is bounded by AXES_MAX_DEPTH, as every split and every block is one deeper. */
void
axes_freeze_group(struct axes *axes, uint32_t group)
{
	struct axes_group *g = &axes->groups[root_of(axes, group)];

	if (g->left != LADLE_NONE) {
		axes_freeze_group(axes, g->left);
		axes_freeze_group(axes, g->right);
	} else if (g->block != LADLE_NONE) {
		axes_freeze_group(axes, g->block);
	} else {
		if (!g->fixed || g->why.kind == 0)
			g->why = axes->reason;
		g->fixed = true;
	}
}

void
axes_freeze(struct axes *axes, struct axis axis)
{
	for (uint32_t i = 0; i < axis.count; i++)
		if (axis.list[i].group != LADLE_NONE)
			axes_freeze_group(axes, axis.list[i].group);
}

static struct axes_reason
why_group(const struct axes *axes, uint32_t group)
{
	const struct axes_group *g = &axes->groups[root_of(axes, group)];
	struct axes_reason why;

	if (g->block != LADLE_NONE)
		return why_group(axes, g->block);
	if (g->left == LADLE_NONE)
		return g->why;
	why = why_group(axes, g->left);
	return why.kind != 0 ? why : why_group(axes, g->right);
}

struct axes_reason
axes_why(const struct axes *axes, struct axis axis)
{
	struct axes_reason why = {0, 0};

	for (uint32_t i = 0; i < axis.count && why.kind == 0; i++)
		if (axis.list[i].group != LADLE_NONE)
			why = why_group(axes, axis.list[i].group);
	return why;
}

static bool
is_too_deep(struct axes *axes, uint32_t root)
{
	if (axes->groups[root].depth < AXES_MAX_DEPTH && !axes->failed)
		return false;
	axes_freeze_group(axes, root);
	return true;
}

void
axes_split(struct axes *axes, uint32_t root, uint64_t at)
{
	uint64_t size = axes->groups[root].size;
	uint32_t depth = axes->groups[root].depth + 1, left, right;

	assert(at > 0 && at < size);
	if (is_too_deep(axes, root))
		return;
	left = new_group(axes, at, depth);
	right = left == LADLE_NONE ? left : new_group(axes, size - at, depth);
	if (right == LADLE_NONE) {
		axes_freeze_group(axes, root);
		return;
	}
	axes->groups[root].left = left;
	axes->groups[root].right = right;
}

void
axes_make_blocks(struct axes *axes, uint32_t root, uint32_t part, uint64_t outer, uint64_t inner)
{
	struct axes_group *group = &axes->groups[root], *made_of = &axes->groups[part];

	assert(made_of->size * outer * inner == group->size && root != part);
	if (made_of->depth <= group->depth)
		made_of->depth = group->depth + 1;
	if (is_too_deep(axes, part)) {
		axes_freeze_group(axes, root);
		return;
	}
	group->block = part;
	group->outer = outer;
	group->inner = inner;
}

static void
join(struct axes *axes, uint32_t a, uint32_t b)
{
	struct axes_group *to = &axes->groups[a < b ? a : b], *from = &axes->groups[a < b ? b : a];

	if (a == b)
		return;
	from->parent = a < b ? a : b;
	if (from->depth > to->depth)
		to->depth = from->depth;
	if (from->fixed && (!to->fixed || to->why.kind == 0)) {
		to->fixed = true;
		to->why = from->why;
	}
}

/* ---- what stands today ---- */

static void
emit(struct run *run, uint32_t group, uint64_t outer, uint64_t inner)
{
	const struct axes_group *g = &run->axes->groups[root_of(run->axes, group)];

	while (g->left != LADLE_NONE || g->block != LADLE_NONE) {
		if (g->block != LADLE_NONE) {
			outer = extent_times(outer, g->outer);
			inner = extent_times(inner, g->inner);
			g = &run->axes->groups[root_of(run->axes, g->block)];
			continue;
		}
		run->full |= outer > AXES_MAX_SEGMENTS;
		for (uint64_t i = 1; i < outer && !run->full; i++) {
			emit(run, g->left, 1, inner);
			emit(run, g->right, 1, inner);
		}
		emit(run, g->left, 1, inner);
		outer = 1;
		g = &run->axes->groups[root_of(run->axes, g->right)];
	}
	if (g->fixed)
		run_add_fixed(run, extent_times(extent_times(g->size, outer), inner));
	else
		run_add(run, (struct segment){g->parent, g->size, outer, inner});
}

static bool
stands(const struct axes *axes, const struct segment *s)
{
	const struct axes_group *g;

	if (s->group == LADLE_NONE)
		return true;
	g = &axes->groups[s->group];
	return g->parent == s->group && g->left == LADLE_NONE && g->block == LADLE_NONE &&
	       !g->fixed;
}

struct axis
axes_resolve(struct axes *axes, struct axis axis)
{
	struct run run = {.axes = axes};
	uint32_t stale = 0;

	while (stale < axis.count && stands(axes, &axis.list[stale]))
		stale++;
	if (stale == axis.count)
		return axis;
	for (uint32_t i = 0; i < axis.count && !run.full; i++) {
		const struct segment *s = &axis.list[i];

		if (s->group == LADLE_NONE)
			run_add(&run, *s);
		else
			emit(&run, s->group, s->outer, s->inner);
	}
	return run_end(&run, axis, axes_extent(axis));
}

bool
axes_free(struct axes *axes, struct axis axis)
{
	axis = axes_resolve(axes, axis);
	for (uint32_t i = 0; i < axis.count; i++)
		if (axis.list[i].group != LADLE_NONE)
			return true;
	return false;
}

/* ---- uniting ---- */

struct cursor {
	struct axis axis;
	uint32_t at;
	uint64_t used; /* of the segment: whole repetitions where it is free */
};

struct head {
	struct segment s; /* what is left, with the root of its group; LADLE_NONE: fixed */
	uint64_t length;
};

/* As many whole repetitions of a free segment as are not longer than this. */
static void
trim(struct head *head, uint64_t length)
{
	uint64_t each = head->s.size * head->s.inner;

	if (head->s.group == LADLE_NONE || each > length)
		return;
	head->s.outer = length / each;
	head->length = head->s.outer * each;
}

static struct head
head_of(const struct axes *axes, const struct cursor *cursor)
{
	struct head head = {.s = cursor->axis.list[cursor->at]};

	head.length = segment_extent(&head.s) - cursor->used;
	if (head.s.group != LADLE_NONE) {
		head.s.group = root_of(axes, head.s.group);
		if (axes->groups[head.s.group].fixed)
			head.s.group = LADLE_NONE;
	}
	trim(&head, head.length);
	return head;
}

static void
advance(struct cursor *cursor, uint64_t length)
{
	cursor->used += length;
	if (cursor->used == segment_extent(&cursor->axis.list[cursor->at])) {
		cursor->at++;
		cursor->used = 0;
	}
}

enum step { STEP_ON, STEP_FROZEN, STEP_SPLIT };

/* `length` of what is fixed stands beside a free segment. */
static enum step
meet_fixed(struct axes *axes, uint64_t length, const struct head *free)
{
	if (length < free->s.size * free->s.inner && length % free->s.inner == 0) {
		axes_split(axes, free->s.group, length / free->s.inner);
		return STEP_SPLIT;
	}
	axes_freeze_group(axes, free->s.group);
	return length < free->length ? STEP_FROZEN : STEP_ON;
}

/* Is `a` made of blocks of `b`? */
static bool
divides(const struct head *a, const struct head *b)
{
	return a->s.group != b->s.group && a->length == b->length && b->s.outer % a->s.outer == 0 &&
	       b->s.inner % a->s.inner == 0;
}

static void
build_blocks(struct axes *axes, const struct head *a, const struct head *b)
{
	axes_make_blocks(axes, a->s.group, b->s.group, b->s.outer / a->s.outer,
			b->s.inner / a->s.inner);
}

/* What neither repeats nor is made of the other is split where the shorter repetition ends. */
static enum step
meet_free(struct axes *axes, const struct head *x, const struct head *y)
{
	uint64_t of_x = x->s.size * x->s.inner, of_y = y->s.size * y->s.inner;
	const struct head *big = of_x > of_y ? x : y;
	uint64_t border = of_x > of_y ? of_y : of_x;

	if (x->s.size == y->s.size && x->s.inner == y->s.inner) {
		join(axes, x->s.group, y->s.group);
		return STEP_ON;
	}
	if (divides(x, y) || divides(y, x)) {
		build_blocks(axes, divides(x, y) ? x : y, divides(x, y) ? y : x);
		return STEP_SPLIT;
	}
	if (of_x != of_y && border % big->s.inner == 0) {
		axes_split(axes, big->s.group, border / big->s.inner);
		return STEP_SPLIT;
	}
	axes_freeze_group(axes, x->s.group);
	axes_freeze_group(axes, y->s.group);
	return STEP_FROZEN;
}

static enum step
meet(struct axes *axes, struct cursor *a, struct cursor *b)
{
	struct head x = head_of(axes, a), y = head_of(axes, b);
	uint64_t length = x.length < y.length ? x.length : y.length;
	enum step step = STEP_ON;

	if (x.s.group != LADLE_NONE && y.s.group != LADLE_NONE) {
		trim(&x, length);
		trim(&y, length);
		length = x.length < y.length ? x.length : y.length;
	}
	if (x.s.group == LADLE_NONE && y.s.group != LADLE_NONE)
		step = meet_fixed(axes, x.length, &y);
	else if (x.s.group != LADLE_NONE && y.s.group == LADLE_NONE)
		step = meet_fixed(axes, y.length, &x);
	else if (x.s.group != LADLE_NONE)
		step = meet_free(axes, &x, &y);
	if (step == STEP_ON) {
		advance(a, length);
		advance(b, length);
	}
	return step;
}

/* A split changes both lists, so that they are read again; the parts that were united pass fast.
 * Every step that is not STEP_ON makes a group smaller or fixed, which ends. */
bool
axes_unite(struct axes *axes, struct axis a, struct axis b)
{
	uint64_t length = axes_extent(a);
	bool same = length == axes_extent(b);

	if (!same || length == EXTENT_UNKNOWN) {
		axes_freeze(axes, a);
		axes_freeze(axes, b);
		return same || length == EXTENT_UNKNOWN || axes_extent(b) == EXTENT_UNKNOWN;
	}
	for (enum step step = STEP_SPLIT; step == STEP_SPLIT && !axes->failed;) {
		struct cursor x = {.axis = axes_resolve(axes, a)};
		struct cursor y = {.axis = axes_resolve(axes, b)};

		step = STEP_ON;
		while (step != STEP_SPLIT && x.at < x.axis.count && y.at < y.axis.count)
			step = meet(axes, &x, &y);
	}
	return true;
}
