/* Normalisation: statistics and scales along axes that pass through. */
#include <string.h>

#include "align/rules.h"

/* Places of the axes of the config; 0: none that are known. */
static int
places(struct call *call, const char *key, long usual, int *out)
{
	long axes[LADLE_MAX_RANK];
	int count = config_integers(&call->values, key, axes, LADLE_MAX_RANK);

	if (count == 0) {
		axes[0] = usual;
		count = 1;
	}
	for (int i = 0; i < count; i++) {
		out[i] = value_place(call->find, &call->inputs[0], axes[i]);
		if (out[i] < 0)
			return 0;
	}
	return count < 0 ? 0 : count;
}

/* All weights have one axis for each of these, or, with several axes, all axes of the input. */
static bool
describe_all(struct call *call, const int *at, int count)
{
	for (uint32_t t = call->first; t < call->first + call->count; t++) {
		int rank = weight_rank(call, t);

		if (rank == 0) {
			weight_describe_fixed(call, t);
		} else if (rank == count) {
			for (int i = 0; i < count; i++)
				weight_describe(call, t, i, call->inputs[0].axes[at[i]]);
		} else if (rank == call->inputs[0].rank) {
			for (int i = 0; i < count; i++)
				weight_describe(call, t, at[i], call->inputs[0].axes[at[i]]);
		} else {
			return false;
		}
	}
	return true;
}

static void
normalise(struct call *call, const char *key, long usual)
{
	int at[LADLE_MAX_RANK], count;

	if (!call_takes(call, 1)) {
		call_refuse(call, WHY_CALL);
		return;
	}
	count = places(call, key, usual, at);
	if (count == 0 || !describe_all(call, at, count)) {
		call_refuse(call, count == 0 ? WHY_CALL : WHY_SHAPE);
		return;
	}
	call_give(call, call->inputs[0]);
}

void
rule_axis_normalization(struct call *call)
{
	normalise(call, "axis", -1);
}

/* The mean over the axes does not depend on the order along them. */
void
rule_axes_normalization(struct call *call)
{
	normalise(call, "axis", -1);
}

/* Statistics of the input that the config may hold itself. */
void
rule_normalization(struct call *call)
{
	bool scalar = call->count > 0 && weight_rank(call, call->first) == 0;

	if (config_is_list(&call->values, "mean") || config_is_list(&call->values, "variance")) {
		call_refuse(call, WHY_CALL);
		return;
	}
	for (uint32_t t = call->first; t < call->first + call->count && scalar; t++)
		weight_describe_fixed(call, t);
	if (scalar)
		rule_same(call);
	else
		normalise(call, "axis", -1);
}

/* Units stay within the group of channels whose mean they share. */
static void
describe_parts(struct call *call, struct value *out, int at, uint64_t parts)
{
	struct axes *axes = &call->find->axes;
	uint64_t extent = axes_extent(out->axes[at]);
	struct axis *list;

	if (extent == EXTENT_UNKNOWN || parts == 0 || parts > SLICES_MOST || extent % parts != 0) {
		call_mix(call, out->axes[at]);
		return;
	}
	list = finder_array(call->find, parts, sizeof(*list));
	for (uint64_t i = 0; i < parts && list != NULL; i++)
		list[i] = axes_part(axes, out->axes[at], i * (extent / parts), extent / parts);
	if (list != NULL)
		out->axes[at] = axes_join(axes, list, (uint32_t)parts);
}

void
rule_group_normalization(struct call *call)
{
	long groups = config_integer(&call->values, "groups", 32);
	struct value out = value_copy(call->find, call->inputs[0]);
	int at = value_place(call->find, &out, config_integer(&call->values, "axis", -1));

	if (!call_takes(call, 1) || at < 0) {
		call_refuse(call, WHY_CALL);
		return;
	}
	/* One part, or parts of one channel, know no order. */
	if (groups > 1 && (uint64_t)groups < axes_extent(out.axes[at]))
		describe_parts(call, &out, at, (uint64_t)groups);
	for (uint32_t t = call->first; t < call->first + call->count; t++)
		weight_describe(call, t, 0, out.axes[at]);
	call_give(call, out);
}

/* The kernel's largest singular value does not depend on an order; vector_u stands along its last
 * axis. */
void
rule_spectral_normalization(struct call *call)
{
	uint32_t kernel = weight_find(call, "kernel"), again = weight_find(call, "wrapped_kernel");
	uint32_t vector = weight_find(call, "vector_u");
	struct weight *weight;
	int rank;

	if (kernel == LADLE_NONE)
		kernel = weight_find(call, "embeddings");
	rule_wrapper(call);
	if (call->unknown || kernel == LADLE_NONE)
		return;
	rank = weight_rank(call, kernel);
	weight = &call->find->weights[kernel];
	for (int i = 0; i < rank && weight->axes != NULL; i++) {
		struct described *axis = &weight->axes[i];

		if (axis->count > 0)
			weight_describe_slices(
					call, again, i, axis->where, axis->slices, axis->count);
	}
	weight_describe_fixed(call, again);
	weight_describe_fixed(call, vector);
	if (rank > 0 && weight->axes != NULL && weight->axes[rank - 1].where < 0 &&
			weight->axes[rank - 1].count > 0)
		weight_describe(call, vector, -1, weight->axes[rank - 1].slices[0]);
}
