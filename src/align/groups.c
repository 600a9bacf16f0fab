/* From described axes to groups and their uses, and why the rest is fixed. */
#include <stdlib.h>
#include <string.h>

#include "align/chain.h"
#include "align/finder.h"
#include "align/gauge.h"
#include "base/err.h"

struct groups {
	struct ladle_groups pub; /* first: a public pointer is one of these */
	struct arena arena;
};

enum {
	CALLS_FIRST = 4096, /* that any model may make */
	CALLS_EACH = 16     /* for each layer of the config beside these */
};

void *
finder_array(struct finder *find, size_t count, size_t size)
{
	void *array = find->failed ? NULL : arena_array(find->arena, count, size);

	find->failed |= array == NULL;
	return array;
}

/* ---- before the walk ---- */

/* Where an entry of the config describes two layers of the file, neither is known by it. */
static void
map_layers(struct finder *find)
{
	const struct ladle_checkpoint *c = find->checkpoint;
	uint32_t count = find->graph->config.layer_count;

	for (uint32_t i = 0; i <= count; i++)
		find->layer_of[i] = LADLE_NONE;
	for (uint32_t i = 0; i < c->layer_count; i++) {
		uint32_t entry = c->layers[i].config;

		if (entry > count)
			continue;
		if (find->complained[entry] == 2)
			find->layer_of[entry] = LADLE_NONE;
		else
			find->layer_of[entry] = i;
		find->complained[entry] = 2;
	}
	memset(find->complained, 0, count + 1);
}

static bool
open_finder(struct finder *find, struct arena *arena, const struct ladle_checkpoint *checkpoint)
{
	uint32_t entries = checkpoint->graph->config.layer_count;

	*find = (struct finder){.arena = arena,
			.checkpoint = checkpoint,
			.graph = checkpoint->graph,
			.inner_end = &find->inner,
			.complaints_end = &find->complaints,
			.calls_left = CALLS_FIRST + (uint64_t)CALLS_EACH * entries};
	axes_init(&find->axes, arena);
	find->weights = finder_array(find, checkpoint->tensor_count + 1, sizeof(*find->weights));
	find->layer_of = finder_array(find, entries + 1, sizeof(*find->layer_of));
	find->complained = finder_array(find, entries + 1, 1);
	find->bad = finder_array(find, checkpoint->layer_count + 1, sizeof(*find->bad));
	if (!find->failed)
		map_layers(find);
	return !find->failed;
}

/* ---- behind the walk ---- */

/* A weight of no account to how units stand: the state of a random generator. */
static bool
is_beside(const struct ladle_tensor *tensor)
{
	return strcmp(tensor->role, "seed") == 0;
}

static bool
is_named(const struct finder *find, const struct ladle_layer *layer)
{
	for (uint32_t i = 0; i < layer->tensor_count; i++)
		if (find->weights[layer->first_tensor + i].axes != NULL)
			return true;
	return false;
}

/* Its weights moved only in part would change what it computes. */
static void
check_layer(struct finder *find, uint32_t index)
{
	const struct ladle_layer *layer = &find->checkpoint->layers[index];
	bool named = is_named(find, layer);

	for (uint32_t i = 0; i < layer->tensor_count; i++) {
		uint32_t tensor = layer->first_tensor + i;

		if (find->weights[tensor].axes == NULL && named &&
				!is_beside(&find->checkpoint->tensors[tensor]) &&
				find->bad[index].kind == 0)
			find->bad[index] = (struct axes_reason){WHY_WEIGHT, layer->config};
	}
}

static void
freeze_weight(struct finder *find, uint32_t tensor)
{
	const struct weight *weight = &find->weights[tensor];
	int rank = find->checkpoint->tensors[tensor].rank;

	for (int a = 0; a < rank && weight->axes != NULL; a++)
		for (uint64_t i = 0; i < weight->axes[a].count; i++)
			axes_freeze(&find->axes, weight->axes[a].slices[i]);
}

static void
check_layers(struct finder *find)
{
	for (uint32_t i = 0; i < find->checkpoint->layer_count; i++) {
		const struct ladle_layer *layer = &find->checkpoint->layers[i];

		check_layer(find, i);
		find->axes.reason = find->bad[i];
		for (uint32_t t = 0; t < layer->tensor_count && find->bad[i].kind != 0; t++)
			freeze_weight(find, layer->first_tensor + t);
	}
}

/* ---- uses ---- */

/* A use of a group, before groups have numbers. */
struct found {
	uint64_t order; /* of the group: when its first weight was visited */
	uint32_t root;
	struct ladle_use use;
};

struct gathering {
	struct finder *find;
	const uint32_t *row_of; /* [tensors] */
	struct found *list;     /* NULL: only counts */
	size_t count;
	uint64_t *first; /* [groups] least order of a use */
};

static void
add_found(struct gathering *all, const struct segment *s, struct ladle_use use, uint64_t order)
{
	if (s->size < 2)
		return;
	if (all->list != NULL)
		all->list[all->count] = (struct found){.root = s->group, .use = use};
	if (order < all->first[s->group])
		all->first[s->group] = order;
	all->count++;
}

/* Units along the axis of an index that has none of its own repeat it. */
static void
gather_axis(struct gathering *all, uint32_t tensor, int axis)
{
	const struct weight *weight = &all->find->weights[tensor];
	const struct described *described = &weight->axes[axis];

	for (uint64_t i = 0; i < described->count; i++) {
		struct axis list = axes_resolve(&all->find->axes, described->slices[i]);
		uint64_t offset = 0;

		for (uint32_t k = 0; k < list.count; k++) {
			const struct segment *s = &list.list[k];

			if (s->group != LADLE_NONE)
				add_found(all, s,
						(struct ladle_use){.row = all->row_of[tensor],
								.axis = axis,
								.outer = s->outer,
								.inner = s->inner,
								.offset = offset,
								.where = described->where,
								.index = described->where < 0 ? 0
											      : i,
								.gauge = described->gauge},
						((uint64_t)weight->visit << 32) +
								(uint64_t)axis * 65536 +
								(k < 65535 ? k : 65535));
			offset += s->size * s->outer * s->inner;
		}
	}
}

static void
gather(struct gathering *all)
{
	const struct ladle_checkpoint *c = all->find->checkpoint;

	all->count = 0;
	for (uint32_t t = 0; t < c->tensor_count; t++)
		for (int a = 0; a < c->tensors[t].rank; a++)
			if (all->find->weights[t].axes != NULL && all->row_of[t] != LADLE_NONE)
				gather_axis(all, t, a);
}

static int
by(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* By group, then by row. */
static int
compare_found(const void *left, const void *right)
{
	const struct found *a = left, *b = right;
	const int orders[] = {
			by(a->order, b->order),
			by(a->root, b->root),
			by(a->use.row, b->use.row),
			by((uint64_t)a->use.axis, (uint64_t)b->use.axis),
			by(a->use.index, b->use.index),
			by(a->use.offset, b->use.offset),
	};
	size_t i = 0;

	while (i + 1 < sizeof(orders) / sizeof(orders[0]) && orders[i] == 0)
		i++;
	return orders[i];
}

/* ---- what comes out ---- */

struct result {
	struct finder *find;
	struct groups *groups;
	const struct ladle_table *table;
	uint32_t column;
	uint32_t *row_of;   /* [tensors of the column] */
	uint32_t *layer_of; /* [layers of the column] its layer row */
	struct ladle_group *list;
	uint32_t count;
	struct ladle_ungrouped *ungrouped;
	uint32_t ungrouped_count;
	bool failed;
};

static bool
map_table(struct result *out)
{
	const struct ladle_table *table = out->table;
	const struct ladle_checkpoint *c = table->checkpoints[out->column];

	out->row_of = arena_array(out->find->arena, c->tensor_count + 1, sizeof(uint32_t));
	out->layer_of = arena_array(out->find->arena, c->layer_count + 1, sizeof(uint32_t));
	if (out->row_of == NULL || out->layer_of == NULL)
		return false;
	memset(out->row_of, 0xff, c->tensor_count * sizeof(uint32_t));
	memset(out->layer_of, 0xff, c->layer_count * sizeof(uint32_t));
	for (uint32_t r = 0; r < table->row_count; r++)
		if (table->rows[r].index[out->column] < c->tensor_count)
			out->row_of[table->rows[r].index[out->column]] = r;
	for (uint32_t l = 0; l < table->layer_count; l++)
		if (table->layers[l].index[out->column] < c->layer_count)
			out->layer_of[table->layers[l].index[out->column]] = l;
	return true;
}

/* An attention layer whose weights are fixed loses what is inside it too. */
static bool
stands(const struct result *out, const struct inner_group *inner)
{
	for (uint32_t i = 0; i < inner->use_count; i++) {
		uint32_t tensor = inner->uses[i].row;

		if (out->find->bad[out->find->checkpoint->tensors[tensor].layer].kind != 0 ||
				out->row_of[tensor] == LADLE_NONE)
			return false;
	}
	return true;
}

static uint32_t
count_groups(const struct result *out, const struct found *list, size_t count)
{
	uint32_t groups = 0;

	for (size_t i = 0; i < count; i++)
		groups += i == 0 || list[i].root != list[i - 1].root;
	for (const struct inner_group *g = out->find->inner; g != NULL; g = g->next)
		groups += stands(out, g);
	return groups;
}

static void
add_group(struct result *out, uint32_t units, unsigned passes, struct ladle_use *uses,
		uint32_t count)
{
	struct ladle_group *group = &out->list[out->count];

	group->units = units;
	group->use_count = count;
	group->gauge = gauge_settle(passes, uses, count);
	group->uses = arena_copy(&out->groups->arena, uses, count * sizeof(*uses));
	out->failed |= group->uses == NULL;
	out->count++;
}

static void
list_inner(struct result *out)
{
	for (struct inner_group *g = out->find->inner; g != NULL && !out->failed; g = g->next) {
		if (!stands(out, g))
			continue;
		for (uint32_t i = 0; i < g->use_count; i++)
			g->uses[i].row = out->row_of[g->uses[i].row];
		add_group(out, g->units, 0, g->uses, g->use_count);
	}
}

static void
list_groups(struct result *out, struct found *list, size_t count)
{
	struct ladle_use *uses = arena_array(out->find->arena, count + 1, sizeof(*uses));
	unsigned char *passes = arena_array(out->find->arena, out->find->axes.count + 1, 1);

	out->list = arena_array(&out->groups->arena, (size_t)count_groups(out, list, count) + 1,
			sizeof(*out->list));
	out->failed |= out->list == NULL || uses == NULL || passes == NULL;
	if (!out->failed)
		gauge_collect(out->find, passes);
	for (size_t i = 0; i < count && !out->failed;) {
		uint32_t of = 0;
		uint32_t root = list[i].root;

		for (; i < count && list[i].root == root; i++)
			uses[of++] = list[i].use;
		add_group(out, (uint32_t)out->find->axes.groups[root].size, passes[root], uses,
				of);
	}
	if (!out->failed)
		list_inner(out);
}

static void
make_groups(struct result *out)
{
	struct finder *find = out->find;
	struct gathering all = {.find = find, .row_of = out->row_of};

	all.first = arena_array(find->arena, (size_t)find->axes.count + 1, sizeof(uint64_t));
	if (all.first != NULL) {
		memset(all.first, 0xff, find->axes.count * sizeof(uint64_t));
		gather(&all);
		all.list = arena_array(find->arena, all.count + 1, sizeof(*all.list));
	}
	out->failed |= all.list == NULL;
	if (out->failed)
		return;
	gather(&all);
	for (size_t i = 0; i < all.count; i++)
		all.list[i].order = all.first[all.list[i].root];
	qsort(all.list, all.count, sizeof(*all.list), compare_found);
	list_groups(out, all.list, all.count);
}

/* ---- why not ---- */

static const char *
why_text(struct result *out, struct axes_reason reason)
{
	static const char *const texts[] = {
#define X(id, text) text,
			WHYS(X)
#undef X
	};
	const struct config *config = &out->find->graph->config;
	const struct config_layer *at =
			config->layers[reason.at <= config->layer_count ? reason.at : 0];
	const char *slot = strstr(texts[reason.kind], "%s"), *second = strstr(slot + 2, "%s");
	char *text = arena_format(&out->groups->arena, "%.*s%s%.*s%s%s",
			(int)(slot - texts[reason.kind]), texts[reason.kind], at->name,
			(int)(second - slot - 2), slot + 2, at->class_name, second + 2);

	out->failed |= text == NULL;
	return text;
}

static void
add_ungrouped(struct result *out, uint32_t layer, struct axes_reason reason)
{
	uint32_t row = layer == LADLE_NONE ? LADLE_NONE : out->layer_of[layer];

	if (row == LADLE_NONE || reason.kind == WHY_END)
		return;
	out->layer_of[layer] = LADLE_NONE; /* one reason is enough */
	out->ungrouped[out->ungrouped_count++] =
			(struct ladle_ungrouped){row, why_text(out, reason)};
}

static struct axes_reason
why_frozen(const struct finder *find, const struct ladle_layer *layer)
{
	struct axes_reason reason = {0, 0};

	for (uint32_t t = 0; t < layer->tensor_count && reason.kind == WHY_END; t++) {
		uint32_t tensor = layer->first_tensor + t;
		const struct weight *weight = &find->weights[tensor];
		int rank = find->checkpoint->tensors[tensor].rank;

		for (int a = 0; a < rank && weight->axes != NULL; a++)
			for (uint64_t i = 0; i < weight->axes[a].count && reason.kind == WHY_END;
					i++)
				reason = axes_why(&find->axes, weight->axes[a].slices[i]);
	}
	return reason;
}

static int
compare_ungrouped(const void *left, const void *right)
{
	const struct ladle_ungrouped *a = left, *b = right;

	return a->layer < b->layer ? -1 : a->layer > b->layer;
}

static void
make_ungrouped(struct result *out)
{
	const struct finder *find = out->find;
	const struct ladle_checkpoint *c = find->checkpoint;

	out->ungrouped = arena_array(
			&out->groups->arena, (size_t)c->layer_count + 1, sizeof(*out->ungrouped));
	out->failed |= out->ungrouped == NULL;
	if (out->failed)
		return;
	for (const struct complaint *one = find->complaints; one != NULL; one = one->next)
		add_ungrouped(out, one->layer, one->reason);
	for (uint32_t i = 0; i < c->layer_count; i++) {
		const struct ladle_layer *layer = &c->layers[i];

		add_ungrouped(out, i, find->bad[i]);
		add_ungrouped(out, i, why_frozen(find, layer));
		if (layer->tensor_count > 0 && !is_named(find, layer))
			add_ungrouped(out, i, (struct axes_reason){WHY_LOST, layer->config});
	}
	qsort(out->ungrouped, out->ungrouped_count, sizeof(*out->ungrouped), compare_ungrouped);
}

static void
find_groups(struct result *out)
{
	out->failed |= !map_table(out);
	if (out->failed)
		return;
	walk_root(out->find);
	check_layers(out->find);
	out->failed |= out->find->failed || out->find->axes.failed;
	if (!out->failed)
		make_groups(out);
	if (!out->failed)
		make_ungrouped(out);
	out->failed |= out->find->axes.failed;
}

static enum ladle_status
find_into(struct groups *groups, struct arena *work, const struct ladle_table *table,
		uint32_t column, struct ladle_error *err)
{
	const struct ladle_checkpoint *c = table->checkpoints[column];
	struct finder find;
	struct result out = {.find = &find, .groups = groups, .table = table, .column = column};

	if (c->graph == NULL || c->graph->config.model == NULL)
		return chain_find(&groups->pub, &groups->arena, work, table, column, err);
	out.failed = !open_finder(&find, work, c);
	find_groups(&out);
	if (out.failed)
		return ladle_fail(err, LADLE_E_MEMORY, c->path, "no memory for groups of units");
	groups->pub = (struct ladle_groups){.list = out.list,
			.count = out.count,
			.ungrouped = out.ungrouped,
			.ungrouped_count = out.ungrouped_count};
	return LADLE_OK;
}

enum ladle_status
ladle_groups_find(struct ladle_groups **out, const struct ladle_table *table, uint32_t column,
		struct ladle_error *err)
{
	struct groups *groups = calloc(1, sizeof(*groups));
	struct arena work;
	enum ladle_status status;

	if (groups == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for groups of units");
	arena_init(&groups->arena);
	arena_init(&work);
	status = find_into(groups, &work, table, column, err);
	arena_done(&work);
	groups->pub.column = column;
	if (status == LADLE_OK)
		*out = &groups->pub;
	else
		ladle_groups_free(&groups->pub);
	return status;
}

void
ladle_groups_free(struct ladle_groups *pub)
{
	struct groups *groups = (struct groups *)(void *)pub;

	if (groups == NULL)
		return;
	arena_done(&groups->arena);
	free(groups);
}
