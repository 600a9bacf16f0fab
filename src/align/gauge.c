#include "align/gauge.h"

#include <string.h>

#include "align/rules.h"

/* What a class lets pass, and under which condition (NULL: always). */
struct passing {
	const char *class_name;
	unsigned passes;
	unsigned (*condition)(const struct call *);
};

/* ---- conditions ---- */

/* Homogeneous functions f(s x) = s f(x) for s > 0, and odd ones. */
static unsigned
activation_passes(const struct call *call)
{
	static const struct passing activations[] = {{"linear", GAUGE_ANY, NULL},
			{"relu", GAUGE_SCALE, NULL}, {"leaky_relu", GAUGE_SCALE, NULL},
			{"tanh", GAUGE_SIGN, NULL}, {"softsign", GAUGE_SIGN, NULL},
			{"hard_tanh", GAUGE_SIGN, NULL}, {"tanh_shrink", GAUGE_SIGN, NULL},
			{"soft_shrink", GAUGE_SIGN, NULL}, {"hard_shrink", GAUGE_SIGN, NULL}};
	const char *name = config_named(&call->values, "activation", "linear");

	if (config_is_list(&call->values, "activation"))
		return 0;
	if (strncmp(name, "keras.activations.", 18) == 0)
		name += 18;
	for (size_t i = 0; i < sizeof(activations) / sizeof(activations[0]); i++)
		if (strcmp(activations[i].class_name, name) == 0)
			return activations[i].passes;
	return 0;
}

/* Neither a limit nor a threshold, which are lengths of their own. */
static unsigned
relu_passes(const struct call *call)
{
	bool plain = !config_has(&call->values, "max_value") &&
		     (!config_has(&call->values, "threshold") ||
				     config_integer(&call->values, "threshold", 1) == 0);

	return plain ? GAUGE_SCALE : 0;
}

/* What is broadcast has no factor for each unit. */
static unsigned
merge_passes(const struct call *call)
{
	const struct value *first = &call->inputs[0];

	for (uint32_t i = 1; i < call->input_count; i++) {
		const struct value *other = &call->inputs[i];

		if (other->rank != first->rank || other->open != first->open)
			return 0;
		for (int a = 0; a < first->rank; a++)
			if (axes_extent(other->axes[a]) != axes_extent(first->axes[a]))
				return 0;
	}
	return GAUGE_ANY;
}

static const struct passing passing[] = {
		{"Dense", GAUGE_ANY, activation_passes},
		{"Conv1D", GAUGE_ANY, activation_passes},
		{"Conv2D", GAUGE_ANY, activation_passes},
		{"Conv3D", GAUGE_ANY, activation_passes},
		{"Conv1DTranspose", GAUGE_ANY, activation_passes},
		{"Conv2DTranspose", GAUGE_ANY, activation_passes},
		{"Conv3DTranspose", GAUGE_ANY, activation_passes},
		{"Activation", GAUGE_ANY, activation_passes},
		{"ReLU", GAUGE_ANY, relu_passes},
		{"LeakyReLU", GAUGE_SCALE, NULL},
		{"PReLU", GAUGE_SCALE, NULL},
		{"ActivityRegularization", GAUGE_ANY, NULL},
		{"AlphaDropout", GAUGE_ANY, NULL},
		{"Dropout", GAUGE_ANY, NULL},
		{"GaussianDropout", GAUGE_ANY, NULL},
		{"GaussianNoise", GAUGE_ANY, NULL},
		{"Identity", GAUGE_ANY, NULL},
		{"SpatialDropout1D", GAUGE_ANY, NULL},
		{"SpatialDropout2D", GAUGE_ANY, NULL},
		{"SpatialDropout3D", GAUGE_ANY, NULL},
		{"Add", GAUGE_ANY, merge_passes},
		{"Average", GAUGE_ANY, merge_passes},
		{"Subtract", GAUGE_ANY, merge_passes},
		{"Maximum", GAUGE_SCALE, merge_passes},
		{"Minimum", GAUGE_SCALE, merge_passes},
		{"Concatenate", GAUGE_ANY, NULL},
		{"Flatten", GAUGE_ANY, NULL},
		{"Permute", GAUGE_ANY, NULL},
		{"RepeatVector", GAUGE_ANY, NULL},
		{"Reshape", GAUGE_ANY, NULL},
		{"AveragePooling1D", GAUGE_ANY, NULL},
		{"AveragePooling2D", GAUGE_ANY, NULL},
		{"AveragePooling3D", GAUGE_ANY, NULL},
		{"MaxPooling1D", GAUGE_SCALE, NULL},
		{"MaxPooling2D", GAUGE_SCALE, NULL},
		{"MaxPooling3D", GAUGE_SCALE, NULL},
		{"GlobalAveragePooling1D", GAUGE_ANY, NULL},
		{"GlobalAveragePooling2D", GAUGE_ANY, NULL},
		{"GlobalAveragePooling3D", GAUGE_ANY, NULL},
		{"GlobalMaxPooling1D", GAUGE_SCALE, NULL},
		{"GlobalMaxPooling2D", GAUGE_SCALE, NULL},
		{"GlobalMaxPooling3D", GAUGE_SCALE, NULL},
		{"Cropping1D", GAUGE_ANY, NULL},
		{"Cropping2D", GAUGE_ANY, NULL},
		{"Cropping3D", GAUGE_ANY, NULL},
		{"ZeroPadding1D", GAUGE_ANY, NULL},
		{"ZeroPadding2D", GAUGE_ANY, NULL},
		{"ZeroPadding3D", GAUGE_ANY, NULL},
		{"UpSampling1D", GAUGE_ANY, NULL},
		{"UpSampling2D", GAUGE_ANY, NULL},
		{"UpSampling3D", GAUGE_ANY, NULL},
		{"TimeDistributed", GAUGE_ANY, NULL}, /* the layer in it has a call of its own */
};

/* ---- one call ---- */

static void
mark(struct finder *find, struct axis axis, unsigned passes)
{
	struct gauge_mark *one;

	if (passes == GAUGE_ANY || !axes_free(&find->axes, axis))
		return;
	one = finder_array(find, 1, sizeof(*one));
	if (one == NULL)
		return;
	*one = (struct gauge_mark){axis, passes, find->marks};
	find->marks = one;
}

static void
mark_value(struct finder *find, struct value value, unsigned passes)
{
	for (int a = 0; a < value.rank; a++)
		mark(find, value.axes[a], passes);
}

static bool
is_among(struct axis axis, const struct value *value)
{
	for (int a = 0; a < value->rank; a++)
		if (value->axes[a].list == axis.list)
			return true;
	return false;
}

/* What is summed over, or told from others by its number, has no factors. */
static void
mark_gone(struct call *call)
{
	const struct value *in = &call->inputs[0];

	if (call->output_count == 1 && strncmp(call->layer->class_name, "Global", 6) == 0)
		for (int a = 0; a < in->rank; a++)
			if (!is_among(in->axes[a], &call->outputs[0]))
				mark(call->find, in->axes[a], 0);
	if (!call->layer->is_model && call->layer->first_child != NULL && in->rank > 0)
		mark(call->find, in->axes[0], 0);
}

static void
set_gauge(struct call *call, uint32_t tensor, int axis, int gauge)
{
	struct described *axes =
			tensor == LADLE_NONE ? NULL : call->find->weights[tensor].axes;

	if (axes != NULL)
		axes[axis < 0 ? weight_rank(call, tensor) + axis : axis].gauge = gauge;
}

static bool
is_transposed(const struct call *call)
{
	return strstr(call->layer->class_name, "Transpose") != NULL ||
	       strncmp(call->layer->class_name, "Deconv", 6) == 0;
}

/* The axis that a kernel sums over is taken; factors along any other would have to pass a bias. */
static void
note_kernel(struct call *call, uint32_t kernel)
{
	int out = is_transposed(call) ? -2 : -1, in = is_transposed(call) ? -1 : -2;
	const struct described *axes = call->find->weights[kernel].axes;
	struct axis taken = {NULL, 0};

	if (axes == NULL || weight_rank(call, kernel) < 2)
		return;
	set_gauge(call, kernel, out, GAUGE_MAKES);
	set_gauge(call, kernel, in, GAUGE_TAKES);
	set_gauge(call, weight_find(call, "bias"), 0, GAUGE_MAKES);
	if (axes[weight_rank(call, kernel) + in].count == 1)
		taken = axes[weight_rank(call, kernel) + in].slices[0];
	for (int a = 0; a < call->inputs[0].rank; a++)
		if (call->inputs[0].axes[a].list != taken.list)
			mark(call->find, call->inputs[0].axes[a], 0);
}

/* Kernels of groups have slices, of which nothing is said; what Keras 1 stored in another form has
 * its axes elsewhere. */
static bool
has_plain_kernel(const struct call *call)
{
	return config_integer(&call->values, "groups", 1) == 1 &&
	       call->find->checkpoint->modern == NULL;
}

static const struct passing *
passing_of(const struct call *call)
{
	const struct class_row *row = class_find(call->layer->class_name);
	const char *name = row == NULL ? call->layer->class_name : row->name;

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strcmp(passing[i].class_name, name) == 0)
			return &passing[i];
	return NULL;
}

/* From what it takes to what it gives. */
static unsigned
passes_through(const struct call *call)
{
	const struct passing *one = passing_of(call);

	if (call->unknown || call->layer->is_operation)
		return 0;
	if (call->layer->is_model)
		return GAUGE_ANY;
	if (one == NULL)
		return 0;
	return one->passes & (one->condition == NULL ? GAUGE_ANY : one->condition(call));
}

static void
note_weights(struct call *call)
{
	uint32_t kernel = weight_find(call, "kernel");

	if (kernel != LADLE_NONE && has_plain_kernel(call))
		note_kernel(call, kernel);
	else if (kernel != LADLE_NONE)
		mark_value(call->find, call->inputs[0], 0);
	else
		for (uint32_t t = call->first; t < call->first + call->count; t++)
			for (int a = 0; a < weight_rank(call, t); a++)
				set_gauge(call, t, a, GAUGE_BESIDE);
}

/* A kernel takes factors whatever function comes behind it. */
static bool
is_known(const struct call *call)
{
	if (call->unknown || call->layer->is_operation)
		return false;
	return passes_through(call) != 0 || (passing_of(call) != NULL &&
			weight_find(call, "kernel") != LADLE_NONE);
}

void
gauge_note(struct call *call)
{
	unsigned passes = passes_through(call);
	bool nested = call->layer->is_model || call->layer->first_child != NULL;

	for (uint32_t i = 0; i < call->output_count; i++)
		mark_value(call->find, call->outputs[i], passes);
	for (uint32_t i = 0; i < call->input_count && !is_known(call); i++)
		mark_value(call->find, call->inputs[i], 0);
	if (call->input_count > 0)
		mark_gone(call);
	if (!nested && is_known(call))
		note_weights(call);
}

/* ---- all calls ---- */

void
gauge_collect(struct finder *find, unsigned char *passes)
{
	memset(passes, GAUGE_ANY, find->axes.count);
	for (const struct gauge_mark *one = find->marks; one != NULL; one = one->next) {
		struct axis axis = axes_resolve(&find->axes, one->axis);

		for (uint32_t i = 0; i < axis.count; i++)
			if (axis.list[i].group != LADLE_NONE)
				passes[axis.list[i].group] &= (unsigned char)one->passes;
	}
}

enum ladle_gauge
gauge_settle(unsigned passes, struct ladle_use *uses, uint32_t count)
{
	bool makes = false, takes = false, known = true;
	enum ladle_gauge gauge = passes & GAUGE_SCALE  ? LADLE_GAUGE_SCALE
				 : passes & GAUGE_SIGN ? LADLE_GAUGE_SIGN
						       : LADLE_GAUGE_NONE;

	for (uint32_t i = 0; i < count; i++) {
		makes |= uses[i].gauge == GAUGE_MAKES;
		takes |= uses[i].gauge == GAUGE_TAKES;
		known &= uses[i].gauge != GAUGE_UNKNOWN && uses[i].where < 0;
	}
	if (!makes || !takes || !known)
		gauge = LADLE_GAUGE_NONE;
	for (uint32_t i = 0; i < count; i++)
		if (gauge == LADLE_GAUGE_NONE || uses[i].gauge == GAUGE_BESIDE)
			uses[i].gauge = 0;
	return gauge;
}
