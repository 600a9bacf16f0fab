/* Branches of a file without a config: from shapes that repeat under names that count.
 *
 * Keras lists the layers of a model by depth, so that what is the same in N branches stands side
 * by side: conv_0, conv_1, ..., then bn_0, bn_1, ... A run of layers of one shape whose names
 * differ in one number that grows is a level; the length that explains most levels is the number
 * of branches. */
#include "keras/branches.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "file/limits.h"

/* One layer at the top, with all that is nested in it. */
struct unit {
	uint32_t layer, end; /* index of it and of the next unit */
	uint64_t kind;       /* shapes and names without numbers */
	unsigned long number;
	bool numbered, weighted;
};

struct level {
	uint32_t first, count; /* units */
	bool weighted;
};

struct inferring {
	struct branches *out;
	struct unit *units;
	uint32_t unit_count;
	struct level *levels;
	uint32_t level_count;
};

/* The last number of a name counts; what stands around it is the same in a level. */
static uint64_t
split_name(const char *name, struct unit *unit)
{
	size_t end = strlen(name), start;
	uint64_t hash;

	while (end > 0 && !isdigit((unsigned char)name[end - 1]))
		end--;
	for (start = end; start > 0 && isdigit((unsigned char)name[start - 1]);)
		start--;
	unit->numbered = end > 0;
	if (end == 0)
		return hash_text(name); /* "dense" comes before "dense_1" */
	unit->number = strtoul(name + start, NULL, 10);
	hash = hash_text(name + end);
	if (name[end] == '\0' && start > 0 && name[start - 1] == '_')
		start--;
	return end == strlen(name) ? hash_bytes(name, start, 0) : hash_bytes(name, start, hash);
}

/* A layer without tensors counts too: branches list as many layers as one another. */
static uint64_t
hash_shapes(const struct ladle_checkpoint *checkpoint, const struct ladle_layer *layer,
		uint64_t hash)
{
	hash = hash_bytes(&layer->tensor_count, sizeof(layer->tensor_count), hash);
	for (uint32_t t = 0; t < layer->tensor_count; t++) {
		const struct ladle_tensor *tensor = &checkpoint->tensors[layer->first_tensor + t];

		hash = hash_bytes(&tensor->rank, sizeof(tensor->rank), hash);
		hash = hash_bytes(
				tensor->shape, (size_t)tensor->rank * sizeof(*tensor->shape), hash);
	}
	return hash;
}

static bool
list_units(struct inferring *all, struct arena *arena)
{
	const struct ladle_checkpoint *checkpoint = all->out->checkpoint;

	all->units = arena_array(arena, checkpoint->layer_count + 1, sizeof(*all->units));
	all->levels = arena_array(arena, checkpoint->layer_count + 1, sizeof(*all->levels));
	for (uint32_t i = 0, end; all->units != NULL && i < checkpoint->layer_count; i = end) {
		struct unit *unit = &all->units[all->unit_count];

		*unit = (struct unit){.layer = i};
		unit->kind = split_name(checkpoint->layers[i].name, unit);
		for (end = i; end == i ||
				(end < checkpoint->layer_count &&
						checkpoint->layers[end].parent != LADLE_NONE);
				end++) {
			unit->kind = hash_shapes(checkpoint, &checkpoint->layers[end], unit->kind);
			unit->weighted = unit->weighted || checkpoint->layers[end].tensor_count > 0;
		}
		unit->end = end;
		all->unit_count++;
	}
	return all->units != NULL && all->levels != NULL;
}

static bool
continues(const struct unit *before, const struct unit *unit)
{
	if (before->kind != unit->kind || !unit->numbered)
		return false;
	return !before->numbered || before->number < unit->number;
}

static void
list_levels(struct inferring *all)
{
	for (uint32_t i = 0, end; i < all->unit_count; i = end) {
		for (end = i + 1; end < all->unit_count &&
				  continues(&all->units[end - 1], &all->units[end]);)
			end++;
		if (end - i > 1)
			all->levels[all->level_count++] =
					(struct level){i, end - i, all->units[i].weighted};
	}
}

/* Layers with weights in all levels that this many branches can share. */
static uint32_t
covered(const struct inferring *all, uint32_t count)
{
	uint32_t layers = 0;

	for (uint32_t i = 0; i < all->level_count; i++)
		if (all->levels[i].weighted && all->levels[i].count % count == 0)
			layers += all->levels[i].count;
	return layers;
}

/* The length of a level that explains most; two equal layers of a head are not two branches. */
static uint32_t
branch_count(const struct inferring *all)
{
	uint32_t best = 0, count = 0;

	for (uint32_t i = 0; i < all->level_count && i < BRANCHES_MAX_LEVELS; i++) {
		uint32_t layers = all->levels[i].weighted ? covered(all, all->levels[i].count) : 0;

		if (layers > best || (layers == best && all->levels[i].count < count)) {
			best = layers;
			count = layers == 0 ? count : all->levels[i].count;
		}
	}
	return count;
}

/* Only levels that this many branches share. */
static void
keep_levels(struct inferring *all, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t l = 0; l < all->level_count; l++)
		if (all->levels[l].count % count == 0)
			all->levels[kept++] = all->levels[l];
	all->level_count = kept;
}

/* Level after level: branch b has unit b, b + N, ... of each. Every layer is in one branch, so that
 * all of them share one array. */
static void
fill_branch(const struct inferring *all, struct ladle_branch *branch, uint32_t *layers, uint32_t b,
		uint32_t count)
{
	const struct ladle_checkpoint *checkpoint = all->out->checkpoint;

	branch->layers = layers;
	for (uint32_t l = 0; l < all->level_count; l++) {
		for (uint32_t u = b; u < all->levels[l].count; u += count) {
			const struct unit *unit = &all->units[all->levels[l].first + u];

			if (branch->name == NULL && unit->weighted)
				branch->name = checkpoint->layers[unit->layer].name;
			for (uint32_t i = unit->layer; i < unit->end; i++)
				layers[branch->layer_count++] = i;
		}
	}
}

static bool
fill(struct inferring *all, uint32_t count)
{
	struct branches *out = all->out;
	struct ladle_branch *list = arena_array(&out->arena, count, sizeof(*list));
	uint32_t *layers =
			arena_array(&out->arena, out->checkpoint->layer_count + 1, sizeof(*layers));

	if (list == NULL || layers == NULL)
		return false;
	keep_levels(all, count);
	for (uint32_t b = 0; b < count; b++) {
		fill_branch(all, &list[b], layers, b, count);
		layers += list[b].layer_count;
	}
	out->pub.list = list;
	out->pub.count = count;
	return true;
}

static bool
list_shared(struct inferring *all)
{
	struct branches *out = all->out;
	uint32_t count = out->checkpoint->layer_count;
	bool *inside = arena_array(&out->arena, count + 1, sizeof(*inside));
	uint32_t *shared = arena_array(&out->arena, count + 1, sizeof(*shared));

	if (inside == NULL || shared == NULL)
		return false;
	for (uint32_t b = 0; b < out->pub.count; b++)
		for (uint32_t i = 0; i < out->pub.list[b].layer_count; i++)
			inside[out->pub.list[b].layers[i]] = true;
	for (uint32_t i = 0; i < count; i++)
		if (!inside[i] && out->checkpoint->layers[i].tensor_count > 0)
			shared[out->pub.shared_count++] = i;
	out->pub.shared = shared;
	return true;
}

enum ladle_status
branches_infer(struct branches *out, struct ladle_error *err)
{
	struct inferring all = {.out = out};
	uint32_t count = 0;
	bool done = list_units(&all, &out->arena);

	if (done) {
		list_levels(&all);
		count = branch_count(&all);
	}
	out->pub.inferred = true;
	out->pub.merge = "";
	if (done && count > 1)
		done = fill(&all, count) && list_shared(&all);
	if (!done)
		return ladle_fail(err, LADLE_E_MEMORY, out->checkpoint->path,
				"no memory to look for branches");
	return LADLE_OK;
}
