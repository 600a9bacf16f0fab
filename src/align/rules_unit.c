/* Layers in which each unit stands for itself. */
#include <string.h>

#include "align/rules.h"

/* keras.activations, and jax.nn's and tf.nn's names of the same. Softmax and its like treat all
 * units alike. Not glu: it takes the two halves of an axis for different things. */
bool
activation_is_elementwise(const char *name)
{
	static const char *const names[] = {"linear", "relu", "relu6", "leaky_relu", "elu", "selu",
			"celu", "gelu", "silu", "swish", "hard_silu", "hard_swish", "mish",
			"sigmoid", "hard_sigmoid", "hard_tanh", "tanh", "tanh_shrink",
			"hard_shrink", "soft_shrink", "softshrink", "sparse_plus", "squareplus",
			"softplus", "softsign", "exponential", "exp", "log_sigmoid", "threshold",
			"softmax", "log_softmax", "sparsemax", "sparse_sigmoid", "ReLU",
			"LeakyReLU", "ELU", "Softmax", "ThresholdedReLU", "Activation"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

bool
activation_is_known(const struct config_values *values, const char *key)
{
	const char *name = config_named(values, key, "linear");

	if (strncmp(name, "keras.activations.", 18) == 0)
		name += 18;
	return activation_is_elementwise(name);
}

void
rule_same(struct call *call)
{
	if (call_takes(call, 1))
		call_give(call, call->inputs[0]);
	else
		call_refuse(call, WHY_CALL);
}

void
rule_activation(struct call *call)
{
	if (activation_is_known(&call->values, "activation"))
		rule_same(call);
	else
		call_refuse(call, WHY_CALL);
}

/* A list would scale each channel by itself. */
void
rule_rescaling(struct call *call)
{
	if (!config_is_list(&call->values, "scale") && !config_is_list(&call->values, "offset"))
		rule_same(call);
	else
		call_refuse(call, WHY_CALL);
}

/* Weights of the shape of what comes in, 1 along axes that share them. */
void
rule_scaled(struct call *call)
{
	if (!call_takes(call, 1) || call->count == 0) {
		call_refuse(call, WHY_CALL);
		return;
	}
	for (uint32_t t = call->first; t < call->first + call->count; t++) {
		if (!value_has_rank(call->find, &call->inputs[0], weight_rank(call, t))) {
			call_refuse(call, WHY_SHAPE);
			return;
		}
		weight_describe_like(call, t, call->inputs[0]);
	}
	call_give(call, call->inputs[0]);
}

/* ---- dense ---- */

/* Takes the last axis and gives another in its place; false where the weights are not there. */
static bool
take_last(struct call *call, uint32_t kernel, struct axis *last)
{
	struct value *in = &call->inputs[0];

	if (!call_takes(call, 1) || kernel == LADLE_NONE || !value_reach(call->find, in, 1) ||
			in->rank == 0) {
		call_refuse(call, kernel == LADLE_NONE ? WHY_WEIGHT : WHY_CALL);
		return false;
	}
	*last = in->axes[in->rank - 1];
	return true;
}

static void
give_last(struct call *call, struct axis last)
{
	call_give(call, value_with_last(call->find, call->inputs[0], last));
	if (!activation_is_known(&call->values, "activation"))
		call_refuse(call, WHY_CALL);
}

void
rule_dense(struct call *call)
{
	uint32_t kernel = weight_find(call, "kernel");
	struct axis in, out;

	if (!take_last(call, kernel, &in))
		return;
	out = axes_fresh(&call->find->axes, weight_extent(call, kernel, 1));
	weight_describe(call, kernel, 0, in);
	weight_describe(call, kernel, 1, out);
	weight_describe(call, weight_find(call, "bias"), 0, out);
	give_last(call, out);
}

/* max over axis 0 of the kernel, so that its order does not matter. */
void
rule_maxout_dense(struct call *call)
{
	uint32_t kernel = weight_find(call, "kernel"), bias = weight_find(call, "bias");
	struct axis in, out, pieces;

	if (!take_last(call, kernel, &in))
		return;
	pieces = axes_fresh(&call->find->axes, weight_extent(call, kernel, 0));
	out = axes_fresh(&call->find->axes, weight_extent(call, kernel, 2));
	weight_describe(call, kernel, 0, pieces);
	weight_describe(call, kernel, 1, in);
	weight_describe(call, kernel, 2, out);
	weight_describe(call, bias, 0, pieces);
	weight_describe(call, bias, 1, out);
	give_last(call, out);
}

/* Gates what comes in against a function of it: one axis throughout. */
void
rule_highway(struct call *call)
{
	static const char *const kernels[] = {"kernel", "carry_kernel"};
	static const char *const biases[] = {"bias", "carry_bias"};
	struct axis in;

	if (!take_last(call, weight_find(call, "kernel"), &in))
		return;
	for (int i = 0; i < 2; i++) {
		weight_describe(call, weight_find(call, kernels[i]), 0, in);
		weight_describe(call, weight_find(call, kernels[i]), 1, in);
		weight_describe(call, weight_find(call, biases[i]), 0, in);
	}
	give_last(call, in);
}

/* What comes in are indices, whose order stays as it is. */
void
rule_embedding(struct call *call)
{
	uint32_t table = weight_find(call, "embeddings");
	struct value in = call->inputs[0], out;
	struct axis units;

	if (table == LADLE_NONE)
		table = weight_find(call, "kernel");
	if (!call_takes(call, 1) || table == LADLE_NONE || weight_rank(call, table) != 2) {
		call_refuse(call, WHY_CALL);
		return;
	}
	units = axes_fresh(&call->find->axes, weight_extent(call, table, 1));
	weight_describe(call, table, 1, units);
	out = value_new(call->find, in.rank + 1);
	for (int i = 0; i < in.rank && out.rank > 0; i++)
		out.axes[i] = in.axes[i];
	if (out.rank > 0)
		out.axes[in.rank] = units;
	out.open = in.open;
	call_give(call, out);
}
