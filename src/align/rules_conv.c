/* Convolutions: channels are units, axes in space are fixed. */
#include <string.h>

#include "align/rules.h"
#include "align/space.h"

/* A convolution being described. */
struct convolution {
	struct call *call;
	uint32_t kernel, bias;
	int space, in_axis, out_axis; /* of the kernel */
	struct space at;
	struct axis in;
};

/* Keras 1 under Theano stored a kernel as (out, in, ...); such files are also read as Keras 2
 * stores them, and only the first of these two has another form. */
static bool
is_out_first(const struct call *call, int space)
{
	return space > 1 && call->layer->channels_first == 1 &&
	       config_has(&call->values, "dim_ordering") && call->find->checkpoint->modern != NULL;
}

static bool
open_convolution(struct convolution *c, struct call *call, const char *kernel)
{
	*c = (struct convolution){.call = call,
			.kernel = weight_find(call, kernel),
			.bias = weight_find(call, "bias"),
			.in_axis = -2,
			.out_axis = -1};
	c->space = space_of_class(call->layer->class_name);
	if (c->kernel == LADLE_NONE || weight_rank(call, c->kernel) < c->space + 2 ||
			!call_takes(call, 1) || !space_find(call, c->space, &c->at)) {
		call_refuse(call, c->kernel == LADLE_NONE ? WHY_WEIGHT : WHY_CALL);
		return false;
	}
	if (is_out_first(call, c->space)) {
		c->in_axis = 1;
		c->out_axis = 0;
	}
	c->in = c->at.value.axes[c->at.channel];
	return true;
}

static uint64_t
kernel_size(const struct convolution *c, int axis)
{
	return weight_extent(c->call, c->kernel, c->out_axis == 0 ? axis + 2 : axis);
}

static void
give(struct convolution *c, struct axis out, bool transposed)
{
	struct call *call = c->call;
	uint64_t stride[SPACE_MAX], dilation[SPACE_MAX], extra[SPACE_MAX];
	enum padding padding = space_padding(call);

	space_read(call, space_strides, c->space, 1, stride);
	space_read(call, space_dilations, c->space, 1, dilation);
	space_read(call, space_output_paddings, c->space, UINT64_MAX, extra);
	for (int i = 0; i < c->space; i++) {
		uint64_t size = extent_dilated(kernel_size(c, i), dilation[i]);
		uint64_t extent = space_extent(&c->at, i);

		extent = transposed ? extent_transposed(extent, size, stride[i], padding, extra[i])
				    : extent_windows(extent, size, stride[i], padding);
		space_mix(call, &c->at, i, extent);
	}
	space_give(call, &c->at, out);
	if (!activation_is_known(&call->values, "activation"))
		call_refuse(call, WHY_CALL);
}

/* Each group of filters sees its own part of the channels, so that units stay within a part. */
static struct axis
describe_groups(struct convolution *c, uint64_t groups)
{
	struct call *call = c->call;
	struct axes *axes = &call->find->axes;
	uint64_t filters = weight_extent(call, c->kernel, c->out_axis);
	uint64_t taken = weight_extent(call, c->kernel, c->in_axis), each = filters / groups;
	struct axis *slices = finder_array(call->find, filters, sizeof(*slices));
	struct axis *parts = finder_array(call->find, groups, sizeof(*parts));
	struct axis out;

	if (slices == NULL || parts == NULL)
		return axes_fixed(axes, filters);
	for (uint64_t g = 0; g < groups; g++) {
		struct axis in = axes_part(axes, c->in, g * taken, taken);

		for (uint64_t f = g * each; f < (g + 1) * each; f++)
			slices[f] = in;
		parts[g] = axes_fresh(axes, each);
	}
	out = axes_join(axes, parts, (uint32_t)groups);
	weight_describe_slices(call, c->kernel, c->in_axis,
			weight_rank(call, c->kernel) + c->out_axis, slices, filters);
	return out;
}

/* How many groups can be: what the kernel's shape says goes before the config. 0: they do not fit.
 */
static uint64_t
groups_of(struct convolution *c)
{
	long groups = config_integer(&c->call->values, "groups", 1);
	uint64_t filters = weight_extent(c->call, c->kernel, c->out_axis);
	uint64_t taken = weight_extent(c->call, c->kernel, c->in_axis);
	uint64_t extent = axes_extent(c->in);

	if (groups < 1 || taken == 0 || filters % (uint64_t)groups != 0 ||
			(uint64_t)groups > filters || (groups > 1 && filters > SLICES_MOST) ||
			(extent != EXTENT_UNKNOWN &&
					extent != extent_times(taken, (uint64_t)groups)))
		return 0;
	return (uint64_t)groups;
}

static struct axis
describe_filters(struct convolution *c, uint64_t groups)
{
	struct call *call = c->call;
	struct axes *axes = &call->find->axes;
	uint64_t filters = weight_extent(call, c->kernel, c->out_axis);

	if (groups == 1) {
		weight_describe(call, c->kernel, c->in_axis, c->in);
		return axes_fresh(axes, filters);
	}
	if (weight_extent(call, c->kernel, c->in_axis) == 1 && axes_free(axes, c->in))
		return axes_scale(axes, c->in, 1, filters / groups);
	return describe_groups(c, groups);
}

void
rule_convolution(struct call *call)
{
	struct convolution c;
	struct axis out;
	uint64_t groups;

	if (!open_convolution(&c, call, "kernel"))
		return;
	groups = groups_of(&c);
	if (groups == 0) {
		call_refuse(call, WHY_SHAPE);
		return;
	}
	out = describe_filters(&c, groups);
	weight_describe(call, c.kernel, c.out_axis, out);
	weight_describe(call, c.bias, 0, out);
	give(&c, out, false);
}

/* The kernel is that of the convolution which it reverses: (..., out, in). */
void
rule_transposed(struct call *call)
{
	struct convolution c;
	struct axis out;

	if (!open_convolution(&c, call, "kernel"))
		return;
	if (config_has(&call->values, "nb_filter") || call->find->checkpoint->modern != NULL) {
		call_refuse(call, WHY_CALL);
		return;
	}
	out = axes_fresh(&call->find->axes, weight_extent(call, c.kernel, -2));
	weight_describe(call, c.kernel, -2, out);
	weight_describe(call, c.kernel, -1, c.in);
	weight_describe(call, c.bias, 0, out);
	give(&c, out, true);
}

/* Channel c gives channels c * multiplier + m. */
static struct axis
multiplied(struct convolution *c)
{
	weight_describe(c->call, c->kernel, -2, c->in);
	return axes_scale(&c->call->find->axes, c->in, 1, weight_extent(c->call, c->kernel, -1));
}

void
rule_depthwise(struct call *call)
{
	const char *name =
			weight_find(call, "kernel") == LADLE_NONE ? "depthwise_kernel" : "kernel";
	struct convolution c;
	struct axis out;

	if (!open_convolution(&c, call, name))
		return;
	out = multiplied(&c);
	weight_describe(call, c.bias, 0, out);
	give(&c, out, false);
}

void
rule_separable(struct call *call)
{
	uint32_t pointwise = weight_find(call, "pointwise_kernel");
	struct convolution c;
	struct axis out;

	if (!open_convolution(&c, call, "depthwise_kernel"))
		return;
	if (pointwise == LADLE_NONE || config_has(&call->values, "dim_ordering")) {
		call_refuse(call, WHY_WEIGHT);
		return;
	}
	weight_describe(call, pointwise, -2, multiplied(&c));
	out = axes_fresh(&call->find->axes, weight_extent(call, pointwise, -1));
	weight_describe(call, pointwise, -1, out);
	weight_describe(call, c.bias, 0, out);
	give(&c, out, false);
}

/* ---- another kernel at each place: (places, window * channels, filters) ---- */

static uint64_t
window_of(struct call *call, int space, uint64_t *size)
{
	uint64_t window = 1;

	space_read(call, space_kernels, space, 0, size);
	if (space == 2 && config_has(&call->values, "nb_row")) {
		size[0] = (uint64_t)config_integer(&call->values, "nb_row", 0);
		size[1] = (uint64_t)config_integer(&call->values, "nb_col", 0);
	}
	for (int i = 0; i < space; i++)
		window = extent_times(window, size[i]);
	return window;
}

static void
describe_places(struct call *call, uint32_t kernel, const struct space *at, uint64_t window,
		struct axis out)
{
	struct axes *axes = &call->find->axes;
	struct axis in = at->value.axes[at->channel];
	uint32_t bias = weight_find(call, "bias");
	bool first = at->channel < at->value.rank - 1;

	weight_describe(call, kernel, 1,
			first ? axes_scale(axes, in, 1, window) : axes_scale(axes, in, window, 1));
	weight_describe(call, kernel, 2, out);
	weight_describe(call, bias, -1, out);
}

void
rule_locally_connected(struct call *call)
{
	uint32_t kernel = weight_find(call, "kernel");
	uint64_t size[SPACE_MAX], stride[SPACE_MAX], window;
	int space = space_of_class(call->layer->class_name);
	struct space at;
	struct axis out;

	if (kernel == LADLE_NONE || weight_rank(call, kernel) != 3 || !call_takes(call, 1) ||
			!space_find(call, space, &at) ||
			(at.channel < at.value.rank - 1 &&
					config_has(&call->values, "dim_ordering"))) {
		call_refuse(call, WHY_CALL);
		return;
	}
	window = window_of(call, space, size);
	out = axes_fresh(&call->find->axes, weight_extent(call, kernel, 2));
	describe_places(call, kernel, &at, window, out);
	space_read(call, space_strides, space, 1, stride);
	for (int i = 0; i < space; i++)
		space_mix(call, &at, i,
				extent_windows(space_extent(&at, i), size[i], stride[i],
						space_padding(call)));
	space_give(call, &at, out);
	if (!activation_is_known(&call->values, "activation"))
		call_refuse(call, WHY_CALL);
}
