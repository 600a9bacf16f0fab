/* Recurrent layers whose kernels have one shape and another layout: what cuDNN trained, and GRUs
 * that reset at another place. Keras converts them when it loads; shapes of biases tell them apart.
 * Section 1.7 of the format. */
#include "pair/rows.h"

#include <string.h>

static const struct kind {
	struct recurrent_kind public;
	uint64_t gates;
	int bias_rank;
	uint64_t bias; /* elements, in units */
} kinds[] = {
		{{"an LSTM", 1}, 4, 1, 4},
		{{"a CuDNNLSTM", 1}, 4, 1, 8},
		{{"a GRU without reset_after", 2}, 3, 1, 3},
		{{"a GRU with reset_after", 3}, 3, 2, 6},
		{{"a CuDNNGRU", 3}, 3, 1, 6},
};

/* Length of what stands before the tensor's own name: "forward_lstm/" of a Bidirectional. */
static size_t
prefix_of(const struct ladle_tensor *tensor)
{
	const char *slash = strrchr(tensor->name, '/');

	return slash == NULL ? 0 : (size_t)(slash - tensor->name) + 1;
}

static const struct ladle_tensor *
sibling(const struct ladle_checkpoint *file, const struct ladle_tensor *tensor, const char *role)
{
	const struct ladle_layer *layer = &file->layers[tensor->layer];
	size_t prefix = prefix_of(tensor);

	for (uint32_t i = 0; i < layer->tensor_count; i++) {
		const struct ladle_tensor *other = &file->tensors[layer->first_tensor + i];

		if (strcmp(other->role, role) == 0 && prefix_of(other) == prefix &&
				strncmp(other->name, tensor->name, prefix) == 0)
			return other;
	}
	return NULL;
}

const struct recurrent_kind *
recurrent_kind(const struct ladle_checkpoint *file, const struct ladle_tensor *tensor)
{
	const struct ladle_tensor *recurrent = sibling(file, tensor, "recurrent_kernel");
	const struct ladle_tensor *bias = recurrent == NULL ? NULL : sibling(file, tensor, "bias");
	uint64_t units;

	if (bias == NULL || recurrent->rank != 2)
		return NULL;
	units = recurrent->shape[0];
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (recurrent->shape[1] / kinds[i].gates == units &&
				recurrent->shape[1] % kinds[i].gates == 0 &&
				bias->rank == kinds[i].bias_rank &&
				bias->count / kinds[i].bias == units &&
				bias->count % kinds[i].bias == 0)
			return &kinds[i].public;
	return NULL;
}
