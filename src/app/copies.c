#include "app/copies.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* A limit of ours: kernels of one lineage have a cosine of at least .9, those of strangers at most
 * .03. */
#define APART .3

static bool
is_kernel_of(const struct ladle_table *table, uint32_t row, uint32_t a, uint32_t b)
{
	const struct ladle_tensor *left = ladle_row_tensor(table, row, a);
	const struct ladle_tensor *right = ladle_row_tensor(table, row, b);

	return table->rows[row].is_kernel && left != NULL && right != NULL &&
	       left->count == right->count && left->dtype == right->dtype &&
	       left->refused == NULL && right->refused == NULL;
}

enum { SAMPLES = 4, SAMPLE = 1024 };

/* Some runs of elements of a float32 or float64 tensor; how many were read. */
static uint32_t
read_sample(const struct ladle_table *table, uint32_t row, uint32_t column, double *out)
{
	const struct ladle_tensor *tensor = ladle_row_tensor(table, row, column);
	const struct ladle_checkpoint *from = table->checkpoints[column];
	bool is_double = tensor->dtype == LADLE_FLOAT64;
	uint64_t length = tensor->count < SAMPLE ? tensor->count : SAMPLE;
	uint32_t read = 0;
	double block[SAMPLE];

	if (!is_double && tensor->dtype != LADLE_FLOAT32)
		return 0;
	for (uint64_t i = 0; i < SAMPLES; i++) {
		uint64_t first = (tensor->count - length) * i / (SAMPLES - 1);
		if (ladle_tensor_read(from, tensor, first, length, block, NULL) != LADLE_OK)
			return 0;
		for (uint64_t j = 0; j < length; j++)
			out[read++] = is_double ? block[j] : (double)((const float *)block)[j];
	}
	return read;
}

/* Of samples, where rows are not measured. NaN: not known. */
static double
sampled_cosine(const struct ladle_table *table, uint32_t row, uint32_t a, uint32_t b)
{
	double left[SAMPLES * SAMPLE], right[SAMPLES * SAMPLE], aa = 0, bb = 0, ab = 0;
	uint32_t count = read_sample(table, row, a, left);

	if (count == 0 || read_sample(table, row, b, right) != count)
		return NAN;
	for (uint32_t i = 0; i < count; i++) {
		aa += left[i] * left[i];
		bb += right[i] * right[i];
		ab += left[i] * right[i];
	}
	return ab / sqrt(aa * bb);
}

bool
copies_are_apart(const struct ladle_table *table, const struct ladle_measurement *measurement,
		uint32_t a, uint32_t b)
{
	for (uint32_t row = 0; row < table->row_count; row++) {
		const struct ladle_figures *figures = ladle_figures(measurement, row);
		if (!is_kernel_of(table, row, a, b))
			continue;
		double cosine = figures != NULL ? ladle_cosine(figures, a, b)
						: sampled_cosine(table, row, a, b);
		if (fabs(cosine) < APART)
			return true;
	}
	return false;
}

/* ---- values in another order ---- */

enum { SMALL = 1 << 16 }; /* elements of a tensor that is read whole */

/* What the values of a tensor are, whatever their order. */
struct bag {
	uint64_t sum;
	bool known, constant;
};

static struct bag
bag_of(const struct ladle_table *table, uint32_t row, uint32_t column)
{
	const struct ladle_tensor *tensor = ladle_row_tensor(table, row, column);
	struct bag bag = {.constant = true};

	if (tensor == NULL || tensor->refused != NULL || tensor->count > SMALL)
		return bag;
	size_t size = tensor->dtype == LADLE_FLOAT64   ? 8
		      : tensor->dtype == LADLE_FLOAT32 ? 4
						       : 0;
	char *data = size == 0 ? NULL : malloc(tensor->count * size + 1);
	bag.known = data != NULL && ladle_tensor_read(table->checkpoints[column], tensor, 0,
						    tensor->count, data, NULL) == LADLE_OK;
	for (uint64_t i = 0; bag.known && i < tensor->count; i++) {
		bag.sum += hash_bytes(data + i * size, size, 0);
		bag.constant = bag.constant && memcmp(data + i * size, data, size) == 0;
	}
	free(data);
	return bag;
}

/* Values that are all the same, such as biases that begin at 0, tell nothing. */
static bool
is_possible(const struct ladle_table *table, const struct ladle_group *group, uint32_t a,
		uint32_t b)
{
	for (uint32_t u = 0; u < group->use_count; u++) {
		struct bag one = bag_of(table, group->uses[u].row, a);
		struct bag two = bag_of(table, group->uses[u].row, b);
		if (!one.known || !two.known || (one.constant && two.constant))
			continue;
		if (one.sum != two.sum)
			return false;
	}
	return true;
}

bool
copies_are_possible(const struct ladle_table *table, const struct ladle_groups *groups, uint32_t a,
		uint32_t b)
{
	for (uint32_t g = 0; g < groups->count; g++)
		if (is_possible(table, &groups->list[g], a, b))
			return true;
	return false;
}
