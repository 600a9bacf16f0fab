#include "align/exact_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct unit {
	uint64_t colour;
	uint32_t index;
};

static int
compare_units(const void *left, const void *right)
{
	const struct unit *a = left, *b = right;

	if (a->colour != b->colour)
		return a->colour < b->colour ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* ---- colours ---- */

static void
add_use(const struct exact_row *row, const struct ladle_use *use, const struct exact_side *side,
		struct unit *units, uint32_t count)
{
	uint64_t tag = exact_mix(row->row, (uint64_t)use->axis);
	uint64_t from = use->where < 0 ? 0 : use->index;
	uint64_t end = use->where < 0 ? exact_places(row, use->axis) : use->index + 1;

	for (uint64_t x = 0; x < use->outer * count * use->inner; x++) {
		uint64_t *into = &units[x / use->inner % count].colour;

		for (uint64_t place = from; place < end; place++)
			*into += exact_mix(tag, side->sums[exact_entry(
							row, use->axis, place, use->offset + x)]);
	}
}

/* New colours of the units of a group; returns by how many uses. `units` is memory for them. */
static uint32_t
colour(const struct exact_pair *pair, uint32_t group, const struct exact_side *side,
		struct unit *units)
{
	const struct ladle_group *from = &pair->groups->list[group];
	uint64_t *colours = side->colours + pair->states[group].first;
	uint32_t uses = 0;

	for (uint32_t c = 0; c < from->units; c++)
		units[c] = (struct unit){0, c};
	for (uint32_t u = 0; u < from->use_count; u++) {
		const struct exact_row *row = &pair->rows[pair->row_at[from->uses[u].row]];

		if (!row->agrees)
			continue;
		add_use(row, &from->uses[u], side, units, from->units);
		uses++;
	}
	for (uint32_t c = 0; c < from->units; c++)
		colours[c] = exact_mix(colours[c], units[c].colour);
	return uses;
}

/* ---- orders ---- */

struct ordering {
	struct exact_pair *pair;
	struct unit *units[EXACT_SIDES]; /* [most units] */
	uint32_t *order;
	struct ladle_error *err;
};

/* Number of colours, or 0 where they do not correspond. */
static uint32_t
count_classes(const struct unit *a, const struct unit *b, uint32_t count)
{
	uint32_t classes = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (a[i].colour != b[i].colour)
			return 0;
		classes += i == 0 || a[i].colour != a[i - 1].colour;
	}
	return classes;
}

/* Units of one colour, both sides in order of index: those that both have keep their place. */
static void
order_class(uint32_t *order, const struct unit *a, const struct unit *b, uint32_t count)
{
	uint32_t i = 0, j = 0;

	for (uint32_t n = 0, m = 0; n < count && m < count;) {
		if (a[n].index == b[m].index) {
			order[a[n].index] = b[m].index;
			n++, m++;
		} else if (a[n].index < b[m].index) {
			n++;
		} else {
			m++;
		}
	}
	for (;; i++, j++) {
		while (i < count && order[a[i].index] != LADLE_NONE)
			i++;
		while (j < count && order[b[j].index] == b[j].index)
			j++;
		if (i == count || j == count)
			break;
		order[a[i].index] = b[j].index;
	}
}

static enum ladle_status
close_group(struct ordering *all, uint32_t group)
{
	struct exact_group *state = &all->pair->states[group];
	const struct unit *a = all->units[0], *b = all->units[1];

	memset(all->order, 0xff, state->units * sizeof(*all->order));
	for (uint32_t i = 0, n; i < state->units; i += n) {
		for (n = 1; i + n < state->units && a[i + n].colour == a[i].colour;)
			n++;
		order_class(all->order, a + i, b + i, n);
	}
	state->open = false;
	return aligned_set(
			all->pair->aligned, all->pair->column, group, all->order, NULL, all->err);
}

static void
sort_colours(const struct ordering *all, uint32_t group)
{
	const struct exact_group *state = &all->pair->states[group];

	for (int s = 0; s < EXACT_SIDES; s++) {
		for (uint32_t c = 0; c < state->units; c++)
			all->units[s][c] = (struct unit){
					all->pair->side[s].colours[state->first + c], c};
		qsort(all->units[s], state->units, sizeof(struct unit), compare_units);
	}
}

static enum ladle_status
close_unique(struct ordering *all, uint32_t group, uint32_t *classes)
{
	uint32_t units = all->pair->states[group].units;

	sort_colours(all, group);
	*classes = count_classes(all->units[0], all->units[1], units);
	return *classes == units ? close_group(all, group) : LADLE_OK;
}

/* Sets *progress where more is known of the group than before. */
static enum ladle_status
order_group(struct ordering *all, uint32_t group, bool *progress)
{
	struct exact_group *state = &all->pair->states[group];
	uint32_t uses = 0, classes = 0;

	for (int s = 0; s < EXACT_SIDES; s++)
		uses = colour(all->pair, group, &all->pair->side[s], all->units[s]);
	if (uses > 0)
		TRY(close_unique(all, group, &classes));
	*progress |= classes != state->classes || classes == 0;
	state->classes = classes;
	state->open &= classes > 0;
	return LADLE_OK;
}

/* Shares a row with a group that was closed just now: its colours tell less than they could. */
static bool
is_beside(const struct exact_pair *pair, uint32_t group, const bool *touched)
{
	const struct ladle_group *from = &pair->groups->list[group];

	for (uint32_t u = 0; u < from->use_count; u++)
		if (touched[pair->row_at[from->uses[u].row]])
			return true;
	return false;
}

static void
touch(const struct exact_pair *pair, uint32_t group, bool *touched)
{
	const struct ladle_group *from = &pair->groups->list[group];

	for (uint32_t u = 0; u < from->use_count; u++)
		if (pair->rows[pair->row_at[from->uses[u].row]].agrees)
			touched[pair->row_at[from->uses[u].row]] = true;
}

/* Nothing tells the units of one colour apart: any order is as good. What is decided for one group
 * may tell the units of others apart, so those beside it wait. */
static enum ladle_status
break_ties(struct ordering *all)
{
	struct exact_pair *pair = all->pair;
	bool *touched = calloc((size_t)pair->row_count + 1, sizeof(*touched));
	enum ladle_status status = LADLE_OK;

	if (touched == NULL)
		return ladle_fail(all->err, LADLE_E_MEMORY, NULL, "no memory to align units");
	for (uint32_t g = 0; g < pair->groups->count && status == LADLE_OK; g++) {
		if (!pair->states[g].ready || !pair->states[g].open || is_beside(pair, g, touched))
			continue;
		sort_colours(all, g);
		status = close_group(all, g);
		touch(pair, g, touched);
	}
	free(touched);
	return status;
}

bool
exact_is_open(const struct exact_pair *pair)
{
	for (uint32_t g = 0; g < pair->groups->count; g++)
		if (pair->states[g].open)
			return true;
	return false;
}

static enum ladle_status
order_groups(struct ordering *all, bool *open)
{
	struct exact_pair *pair = all->pair;
	bool progress = false;

	for (uint32_t g = 0; g < pair->groups->count; g++)
		if (pair->states[g].ready)
			TRY(order_group(all, g, &progress));
	if (!progress)
		TRY(break_ties(all));
	*open = exact_is_open(pair);
	return LADLE_OK;
}

static enum ladle_status
ordering_init(struct ordering *all, struct exact_pair *pair, struct ladle_error *err)
{
	uint32_t most = 0;

	*all = (struct ordering){.pair = pair, .err = err};
	for (uint32_t g = 0; g < pair->groups->count; g++)
		most = pair->states[g].units > most ? pair->states[g].units : most;
	all->order = malloc(((size_t)most + 1) * sizeof(*all->order));
	for (int s = 0; s < EXACT_SIDES; s++)
		all->units[s] = malloc(((size_t)most + 1) * sizeof(*all->units[s]));
	return all->order != NULL && all->units[0] != NULL && all->units[1] != NULL
			       ? LADLE_OK
			       : ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
}

static void
ordering_done(struct ordering *all)
{
	free(all->order);
	free(all->units[0]);
	free(all->units[1]);
}

enum ladle_status
exact_order(struct exact_pair *pair, bool *open, struct ladle_error *err)
{
	struct ordering all;
	enum ladle_status status = ordering_init(&all, pair, err);

	if (status == LADLE_OK)
		status = order_groups(&all, open);
	ordering_done(&all);
	return status;
}

enum ladle_status
exact_close(struct exact_pair *pair, uint32_t group, uint32_t *classes, struct ladle_error *err)
{
	struct ordering all;
	enum ladle_status status = ordering_init(&all, pair, err);

	if (status == LADLE_OK)
		status = close_unique(&all, group, classes);
	ordering_done(&all);
	return status;
}
