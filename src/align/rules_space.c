/* Layers with axes in space and no weights: pooling, padding, cropping, upsampling. */
#include <string.h>

#include "align/rules.h"
#include "align/space.h"

const char *const space_strides[] = {"strides", "subsample", "subsample_length", "stride", NULL};
const char *const space_dilations[] = {"dilation_rate", "atrous_rate", NULL};
const char *const space_kernels[] = {"kernel_size", "filter_length", NULL};
const char *const space_pools[] = {"pool_size", "pool_length", NULL};
const char *const space_sizes[] = {"size", "length", NULL};
const char *const space_output_paddings[] = {"output_padding", NULL};

int
space_of_class(const char *class_name)
{
	const char *digit = strpbrk(class_name, "123");

	return digit == NULL ? 0 : *digit - '0';
}

bool
space_find(struct call *call, int count, struct space *out)
{
	struct value *in = &call->inputs[0];
	bool first = call->layer->channels_first == 1;

	if (count == 0 || !value_reach(call->find, in, count + 1))
		return false;
	out->value = value_copy(call->find, *in);
	out->count = count;
	out->first = in->rank - count - !first;
	out->channel = first ? in->rank - count - 1 : in->rank - 1;
	return out->value.rank == in->rank;
}

uint64_t
space_extent(const struct space *space, int axis)
{
	return axes_extent(space->value.axes[space->first + axis]);
}

void
space_read(const struct call *call, const char *const *keys, int count, uint64_t usual,
		uint64_t *out)
{
	long list[SPACE_MAX];
	int found = 0;

	for (int k = 0; keys[k] != NULL && found == 0; k++)
		found = config_integers(&call->values, keys[k], list, SPACE_MAX);
	for (int i = 0; i < count; i++) {
		long value = found == count ? list[i] : found == 1 ? list[0] : -1;

		out[i] = value >= 0 ? (uint64_t)value : found == 0 ? usual : EXTENT_UNKNOWN;
	}
}

enum padding
space_padding(const struct call *call)
{
	const char *old = config_string(&call->values, "border_mode", "valid");

	return padding_of(config_string(&call->values, "padding", old));
}

void
space_mix(struct call *call, struct space *space, int axis, uint64_t extent)
{
	call_mix(call, space->value.axes[space->first + axis]);
	space->value.axes[space->first + axis] = axes_fixed(&call->find->axes, extent);
}

void
space_give(struct call *call, struct space *space, struct axis channels)
{
	space->value.axes[space->channel] = channels;
	call_give(call, space->value);
}

/* These take just so many axes, where a convolution takes more. */
static bool
open_space(struct call *call, struct space *space)
{
	int count = space_of_class(call->layer->class_name);

	if (call_takes(call, 1) && value_has_rank(call->find, &call->inputs[0], count + 1) &&
			space_find(call, count, space))
		return true;
	call_refuse(call, WHY_CALL);
	return false;
}

static void
give_as_it_was(struct call *call, struct space *space)
{
	space_give(call, space, space->value.axes[space->channel]);
}

void
rule_pooling(struct call *call)
{
	struct space space;
	uint64_t size[SPACE_MAX], stride[SPACE_MAX];

	if (!open_space(call, &space))
		return;
	space_read(call, space_pools, space.count, 2, size);
	space_read(call, space_strides, space.count, 0, stride);
	for (int i = 0; i < space.count; i++)
		space_mix(call, &space, i,
				extent_windows(space_extent(&space, i), size[i],
						stride[i] == 0 ? size[i] : stride[i],
						space_padding(call)));
	give_as_it_was(call, &space);
}

/* All places are treated alike, so that their order does not matter. */
void
rule_global_pooling(struct call *call)
{
	bool kept = config_truth(&call->values, "keepdims", false);
	struct space space;
	struct value out;
	int rank = 0;

	if (!open_space(call, &space))
		return;
	out = value_new(call->find, space.value.rank);
	for (int i = 0; i < space.value.rank && out.rank > 0; i++) {
		bool in_space = i >= space.first && i < space.first + space.count;

		if (!in_space)
			out.axes[rank++] = space.value.axes[i];
		else if (kept)
			out.axes[rank++] = axes_fixed(&call->find->axes, 1);
	}
	out.rank = rank;
	out.open = space.value.open;
	call_give(call, out);
}

/* Both ends of each axis, from one number, one for each axis or one for each end. */
static void
read_ends(const struct call *call, const char *key, int count, uint64_t usual, uint64_t *both)
{
	long list[2 * SPACE_MAX];
	int found = config_integers(&call->values, key, list, 2 * SPACE_MAX);

	for (int i = 0; i < count; i++) {
		both[i] = found == 0 ? 2 * usual : EXTENT_UNKNOWN;
		if (found == 2 * count && list[2 * i] >= 0 && list[2 * i + 1] >= 0)
			both[i] = (uint64_t)list[2 * i] + (uint64_t)list[2 * i + 1];
		else if (found == count && list[i] >= 0)
			both[i] = 2 * (uint64_t)list[i];
		else if (found == 1 && list[0] >= 0)
			both[i] = 2 * (uint64_t)list[0];
	}
}

void
rule_zero_padding(struct call *call)
{
	struct space space;
	uint64_t more[SPACE_MAX];

	if (!open_space(call, &space))
		return;
	read_ends(call, "padding", space.count, 1, more);
	for (int i = 0; i < space.count; i++)
		space_mix(call, &space, i, extent_plus(space_extent(&space, i), more[i]));
	give_as_it_was(call, &space);
}

void
rule_cropping(struct call *call)
{
	struct space space;
	uint64_t less[SPACE_MAX];

	if (!open_space(call, &space))
		return;
	read_ends(call, "cropping", space.count, space.count == 2 ? 0 : 1, less);
	for (int i = 0; i < space.count; i++)
		space_mix(call, &space, i, extent_minus(space_extent(&space, i), less[i]));
	give_as_it_was(call, &space);
}

void
rule_up_sampling(struct call *call)
{
	struct space space;
	uint64_t times[SPACE_MAX];

	if (!open_space(call, &space))
		return;
	space_read(call, space_sizes, space.count, 2, times);
	for (int i = 0; i < space.count; i++)
		space_mix(call, &space, i, extent_times(space_extent(&space, i), times[i]));
	give_as_it_was(call, &space);
}
