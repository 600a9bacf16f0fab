/* Attention: heads are units, and so are the dimensions inside each head. */
#include <string.h>

#include "align/rules.h"

/* ---- what attends to what ---- */

struct streams {
	struct value query, key, value;
};

/* By name, else by place: query, value, key. Anything else is a mask. */
static bool
take_streams(struct call *call, struct streams *out)
{
	static const char *const names[] = {"query", "value", "key"};
	struct value *at[] = {&out->query, &out->value, &out->key};
	bool found[] = {false, false, false};
	uint32_t place = 0;

	for (uint32_t i = 0; i < call->input_count; i++) {
		uint32_t which = 0;

		while (which < 3 && !call_names(call, i, names[which]))
			which++;
		if (which == 3 && (call_names(call, i, "") || call_names(call, i, "inputs")))
			which = place++;
		if (which >= 3) {
			value_freeze(call->find, call->inputs[i]);
			continue;
		}
		if (!value_reach(call->find, &call->inputs[i], 2))
			return false;
		*at[which] = call->inputs[i];
		found[which] = true;
	}
	if (!found[2])
		out->key = out->value;
	return found[0] && found[1];
}

static struct axis
last_of(struct value value)
{
	return value.axes[value.rank - 1];
}

/* Where what attends stands keeps its order: masks and causality know of it. */
static void
mix_places(struct call *call, const struct streams *s)
{
	const struct value *all[] = {&s->query, &s->key, &s->value};

	for (int k = 0; k < 3; k++)
		for (int i = 0; i + 1 < all[k]->rank; i++)
			call_mix(call, all[k]->axes[i]);
}

/* The query's places, and what is attended to along the last axis. */
void
rule_dot_attention(struct call *call)
{
	struct streams s;

	if (!take_streams(call, &s)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	mix_places(call, &s);
	axes_unite(&call->find->axes, last_of(s.query), last_of(s.key));
	for (uint32_t t = call->first; t < call->first + call->count; t++) {
		weight_describe_fixed(call, t);
		if (weight_rank(call, t) == 1)
			weight_describe(call, t, 0, last_of(s.query));
	}
	call_give(call, value_with_last(call->find, s.query, last_of(s.value)));
}

/* ---- heads ---- */

struct heads {
	struct call *call;
	struct streams streams;
	uint64_t count, groups;       /* of the query; of key and value */
	struct axis all, grouped;     /* the axis of the heads; of those of key and value */
	struct axis *match, *content; /* [count] inside a head: query and key; value, output */
	struct axis *match_of, *content_of; /* [groups] */
};

static uint32_t
part(const struct heads *h, const char *name, const char *role)
{
	return weight_find_in(h->call, name, role);
}

/* A projection into heads: kernel (in, heads, inside), bias (heads, inside). */
static void
describe_into(struct heads *h, const char *name, struct axis in, bool grouped, struct axis *inside)
{
	uint32_t kernel = part(h, name, "kernel"), bias = part(h, name, "bias");
	uint64_t count = grouped ? h->groups : h->count;

	if (kernel == LADLE_NONE)
		return;
	weight_describe(h->call, kernel, 0, in);
	weight_describe(h->call, kernel, 1, grouped ? h->grouped : h->all);
	weight_describe_slices(h->call, kernel, 2, 1, inside, count);
	weight_describe(h->call, bias, 0, grouped ? h->grouped : h->all);
	if (bias != LADLE_NONE)
		weight_describe_slices(h->call, bias, 1, 0, inside, count);
}

/* Back from heads: kernel (heads, inside, out ...), bias (out ...). */
static void
describe_output(struct heads *h)
{
	struct call *call = h->call;
	uint32_t kernel = part(h, "attention_output", "kernel");
	uint32_t bias = part(h, "attention_output", "bias");
	struct value query = h->streams.query, out;
	int more = weight_rank(call, kernel) - 2;

	weight_describe(call, kernel, 0, h->all);
	weight_describe_slices(call, kernel, 1, 0, h->content, h->count);
	out = value_new(call->find, query.rank - 1 + more);
	out.open = query.open;
	for (int i = 0; i < query.rank - 1 && out.rank > 0; i++)
		out.axes[i] = query.axes[i];
	for (int i = 0; i < more && out.rank > 0; i++) {
		struct axis units =
				axes_fresh(&call->find->axes, weight_extent(call, kernel, 2 + i));

		weight_describe(call, kernel, 2 + i, units);
		weight_describe(call, bias, i, units);
		out.axes[query.rank - 1 + i] = units;
	}
	call_give(call, out);
}

/* The scores, (heads, places of the query, of the key), for who asks for them. */
static void
give_scores(struct heads *h)
{
	struct value scores = value_new(h->call->find, 3);

	if (scores.rank == 3)
		scores.axes[0] = h->all;
	if (scores.rank == 3 && h->streams.query.rank == 2 && h->streams.key.rank == 2) {
		scores.axes[1] = h->streams.query.axes[0];
		scores.axes[2] = h->streams.key.axes[0];
	}
	scores.open = h->streams.query.rank != 2 || h->streams.query.open;
	call_give(h->call, scores);
}

static struct axis *
fresh_list(struct heads *h, uint64_t count, uint64_t units)
{
	struct axis *list = finder_array(h->call->find, count, sizeof(*list));

	for (uint64_t i = 0; i < count && list != NULL; i++)
		list[i] = axes_fresh(&h->call->find->axes, units);
	return list;
}

/* Query head u listens to head u / each of key and value. */
static struct axis *
spread(struct heads *h, const struct axis *list)
{
	struct axis *out = finder_array(h->call->find, h->count, sizeof(*out));

	for (uint64_t i = 0; i < h->count && out != NULL; i++)
		out[i] = list[i / (h->count / h->groups)];
	return out;
}

static bool
open_heads(struct heads *h, struct call *call)
{
	uint32_t query, key, value, output;

	*h = (struct heads){.call = call};
	query = part(h, "query", "kernel");
	key = part(h, "key", "kernel");
	value = part(h, "value", "kernel");
	output = part(h, "attention_output", "kernel");
	h->count = weight_extent(call, query, 1);
	h->groups = weight_extent(call, key, 1);
	if (query == LADLE_NONE || key == LADLE_NONE || value == LADLE_NONE ||
			output == LADLE_NONE || weight_rank(call, query) != 3 ||
			weight_rank(call, key) != 3 || weight_rank(call, value) != 3 ||
			weight_rank(call, output) < 3 || h->groups == 0 ||
			h->count > SLICES_MOST || h->count % h->groups != 0 ||
			!take_streams(call, &h->streams))
		return false;
	h->grouped = axes_fresh(&call->find->axes, h->groups);
	h->all = axes_scale(&call->find->axes, h->grouped, 1, h->count / h->groups);
	h->match_of = fresh_list(h, h->groups, weight_extent(call, key, 2));
	h->content_of = fresh_list(h, h->groups, weight_extent(call, value, 2));
	h->match = h->match_of == NULL ? NULL : spread(h, h->match_of);
	h->content = h->content_of == NULL ? NULL : spread(h, h->content_of);
	return h->match != NULL && h->content != NULL;
}

static void
attend(struct heads *h)
{
	struct axis query = last_of(h->streams.query);

	mix_places(h->call, &h->streams);
	describe_into(h, "query", query, false, h->match);
	describe_into(h, "key", last_of(h->streams.key), true, h->match_of);
	describe_into(h, "value", last_of(h->streams.value), true, h->content_of);
	describe_into(h, "gate", query, false, h->content);
	describe_output(h);
	give_scores(h);
}

void
rule_multi_head_attention(struct call *call)
{
	struct heads h;

	if (!open_heads(&h, call) || h.count != h.groups)
		call_refuse(call, WHY_CALL);
	else
		attend(&h);
}

/* ---- query heads that share key and value ---- */

static void
add_use(struct inner_group *group, uint32_t tensor, int axis, uint64_t offset)
{
	if (tensor != LADLE_NONE)
		group->uses[group->use_count++] = (struct ladle_use){.row = tensor,
				.axis = axis,
				.outer = 1,
				.inner = 1,
				.offset = offset,
				.where = -1};
}

static void
add_block(struct heads *h, uint64_t block, uint64_t each)
{
	struct finder *find = h->call->find;
	struct inner_group *group = finder_array(find, 1, sizeof(*group));

	if (group != NULL)
		group->uses = finder_array(find, 5, sizeof(*group->uses));
	if (group == NULL || group->uses == NULL)
		return;
	group->units = (uint32_t)each;
	add_use(group, part(h, "query", "kernel"), 1, block * each);
	add_use(group, part(h, "query", "bias"), 0, block * each);
	add_use(group, part(h, "gate", "kernel"), 1, block * each);
	add_use(group, part(h, "gate", "bias"), 0, block * each);
	add_use(group, part(h, "attention_output", "kernel"), 0, block * each);
	*find->inner_end = group;
	find->inner_end = &group->next;
}

/* Heads of the query that listen to one head may change places among themselves too; once said of
 * a layer, however often it is called. */
void
rule_grouped_query_attention(struct call *call)
{
	struct heads h;
	uint64_t each;
	bool first;

	if (!open_heads(&h, call)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	first = call->find->weights[part(&h, "query", "kernel")].axes == NULL;
	attend(&h);
	each = h.count / h.groups;
	for (uint64_t i = 0; i < h.groups && first && each > 1; i++)
		add_block(&h, i, each);
}
