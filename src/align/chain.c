#include "align/chain.h"

#include <string.h>

#include "base/err.h"

/* One tensor's part in the chain. */
enum part {
	PART_KERNEL, /* (..., in, out) */
	PART_UNITS,  /* a vector along the units that came last */
	PART_BESIDE, /* of no account */
	PART_NONE
};

struct chain {
	struct arena *arena, *work;
	const struct ladle_table *table;
	uint32_t column;
	struct ladle_group *groups; /* the last one is still open */
	struct ladle_use *uses;     /* of all groups, one behind the other */
	uint32_t group_count, use_count, first_use;
	uint32_t *row_of;
	int last_rank; /* of the kernel that came last; 0: none did */
};

/* Layers through which units pass as they are; a file may list them though they have no weights. */
static bool
passes(const char *class_name)
{
	static const char *const names[] = {"", "InputLayer", "Dense", "Conv1D", "Conv2D", "Conv3D",
			"BatchNormalization", "Flatten", "Activation", "ReLU", "LeakyReLU", "ELU",
			"Softmax", "Dropout", "SpatialDropout1D", "SpatialDropout2D",
			"SpatialDropout3D", "GaussianNoise", "GaussianDropout", "MaxPooling1D",
			"MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D",
			"AveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
			"GlobalMaxPooling3D", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
			"GlobalAveragePooling3D", "ZeroPadding1D", "ZeroPadding2D",
			"ZeroPadding3D"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], class_name) == 0)
			return true;
	return false;
}

static enum part
part_of(const struct ladle_tensor *tensor)
{
	static const char *const vectors[] = {
			"bias", "gamma", "beta", "moving_mean", "moving_variance"};

	if (strcmp(tensor->role, "seed") == 0)
		return PART_BESIDE;
	if (strcmp(tensor->role, "kernel") == 0 && tensor->rank >= 2)
		return PART_KERNEL;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		if (strcmp(tensor->role, vectors[i]) == 0 && tensor->rank == 1)
			return PART_UNITS;
	return PART_NONE;
}

static void
add_use(struct chain *chain, uint32_t tensor, int axis, uint64_t outer)
{
	chain->uses[chain->use_count++] = (struct ladle_use){.row = chain->row_of[tensor],
			.axis = axis,
			.outer = outer,
			.inner = 1,
			.where = -1};
}

static void
close_group(struct chain *chain)
{
	struct ladle_group *group = &chain->groups[chain->group_count];

	group->uses = chain->uses + chain->first_use;
	group->use_count = chain->use_count - chain->first_use;
	chain->group_count += group->units >= 2;
	chain->first_use = chain->use_count;
}

/* Only convolutions are flattened; one channel would fit anything. */
static bool
follows(const struct chain *chain, const struct ladle_tensor *t)
{
	uint64_t in = t->shape[t->rank - 2], units = chain->groups[chain->group_count].units;

	if (in == units)
		return true;
	return t->rank == 2 && chain->last_rank > 2 && units > 1 && in % units == 0;
}

/* What the kernel takes are the units that came last, at each place where they were flattened. */
static bool
add_kernel(struct chain *chain, uint32_t tensor)
{
	const struct ladle_tensor *t = &chain->table->checkpoints[chain->column]->tensors[tensor];
	uint64_t in = t->shape[t->rank - 2], out = t->shape[t->rank - 1];

	if (out == 0 || out >= UINT32_MAX || (chain->last_rank > 0 && !follows(chain, t)))
		return false;
	if (chain->last_rank > 0) {
		add_use(chain, tensor, t->rank - 2, in / chain->groups[chain->group_count].units);
		close_group(chain);
	}
	chain->last_rank = t->rank;
	chain->groups[chain->group_count].units = (uint32_t)out;
	add_use(chain, tensor, t->rank - 1, 1);
	return true;
}

static bool
add_units(struct chain *chain, uint32_t tensor)
{
	const struct ladle_tensor *t = &chain->table->checkpoints[chain->column]->tensors[tensor];

	if (chain->last_rank == 0)
		return true; /* it normalises the input */
	if (t->shape[0] != chain->groups[chain->group_count].units)
		return false;
	add_use(chain, tensor, 0, 1);
	return true;
}

static bool
add_layer(struct chain *chain, const struct ladle_layer *layer)
{
	const struct ladle_checkpoint *c = chain->table->checkpoints[chain->column];

	if (layer->parent != LADLE_NONE || !passes(layer->class_name))
		return false;
	for (uint32_t t = layer->first_tensor; t < layer->first_tensor + layer->tensor_count; t++) {
		enum part part = part_of(&c->tensors[t]);

		if (part == PART_NONE || chain->row_of[t] == LADLE_NONE ||
				(part == PART_KERNEL && !add_kernel(chain, t)) ||
				(part == PART_UNITS && !add_units(chain, t)))
			return false;
	}
	return true;
}

static bool
open_chain(struct chain *chain)
{
	const struct ladle_checkpoint *c = chain->table->checkpoints[chain->column];
	size_t count = c->tensor_count;

	chain->groups = arena_array(chain->arena, count + 1, sizeof(*chain->groups));
	chain->uses = arena_array(chain->arena, 2 * count + 1, sizeof(*chain->uses));
	chain->row_of = arena_array(chain->work, count + 1, sizeof(*chain->row_of));
	if (chain->groups == NULL || chain->uses == NULL || chain->row_of == NULL)
		return false;
	memset(chain->row_of, 0xff, count * sizeof(*chain->row_of));
	for (uint32_t r = 0; r < chain->table->row_count; r++)
		if (chain->table->rows[r].index[chain->column] < count)
			chain->row_of[chain->table->rows[r].index[chain->column]] = r;
	return true;
}

/* The units that come last are the model's outputs, which are fixed. */
enum ladle_status
chain_find(struct ladle_groups *out, struct arena *arena, struct arena *work,
		const struct ladle_table *table, uint32_t column, struct ladle_error *err)
{
	const struct ladle_checkpoint *c = table->checkpoints[column];
	struct chain chain = {.arena = arena, .work = work, .table = table, .column = column};

	if (!open_chain(&chain))
		return ladle_fail(err, LADLE_E_MEMORY, c->path, "no memory for groups of units");
	for (uint32_t i = 0; i < c->layer_count; i++)
		if (!add_layer(&chain, &c->layers[i]))
			return ladle_fail(err, LADLE_E_INPUT, c->path,
					"the file has no config, and `%s` does not continue a "
					"plain "
					"chain of Dense, Conv and BatchNorm layers: give the "
					"model's "
					"config by --config",
					c->layers[i].name);
	*out = (struct ladle_groups){
			.list = chain.groups, .count = chain.group_count, .inferred = true};
	return LADLE_OK;
}
