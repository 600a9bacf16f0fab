/* Re-ordered reading against the definition, element by element. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "keras/reorder.h"

static float values[1 << 20];
static uint64_t elements_read;

static enum ladle_status
read_values(void *arg, const struct ladle_tensor *tensor, uint64_t first, uint64_t count, void *dst,
		struct ladle_error *err)
{
	(void)arg;
	(void)err;
	assert_true(first + count <= tensor->count);
	elements_read += count;
	memcpy(dst, values + first, count * sizeof(float));
	return LADLE_OK;
}

static uint32_t
random_below(uint32_t n)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % n;
}

static void
shuffle(uint32_t *order, uint64_t n)
{
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	for (uint32_t i = (uint32_t)n; i > 1; i--) {
		uint32_t j = random_below(i), kept = order[j];

		order[j] = order[i - 1];
		order[i - 1] = kept;
	}
}

/* `moved`: bit per axis. `where_axis` takes its order by the index along `where`. */
static const struct shape {
	int rank;
	uint64_t shape[4];
	int moved, where_axis, where, scaled;
} shapes[] = {
		{1, {257}, 1, -1, -1, -1},
		{1, {257}, 0, -1, -1, 0},
		{2, {300, 10}, 1, -1, -1, -1},
		{2, {300, 10}, 2, -1, -1, 1},
		{2, {300, 1500}, 1, -1, -1, -1},
		{2, {300, 1500}, 3, -1, -1, 0},
		{4, {3, 3, 64, 130}, 4, -1, -1, -1},
		{4, {3, 3, 64, 130}, 12, -1, -1, -1},
		{3, {20, 8, 16}, 7, 2, 1, -1}, /* within each head */
		{4, {3, 2, 6, 40}, 8 + 4, 2, 3, -1}, /* within each filter */
};

static void
fill(const struct shape *shape, struct reorder_axis *axes)
{
	for (int a = 0; a < shape->rank; a++) {
		uint64_t extent = shape->shape[a];
		bool within = a == shape->where_axis;
		uint64_t places = within ? shape->shape[shape->where] : 1;
		uint32_t *order = malloc(places * extent * sizeof(*order));

		axes[a] = (struct reorder_axis){.where = within ? shape->where : -1};
		for (uint64_t place = 0; place < places; place++)
			shuffle(order + place * extent, extent);
		if (shape->moved >> a & 1)
			axes[a].order = order;
		else
			free(order);
		if (a == shape->scaled) {
			double *scale = malloc(extent * sizeof(*scale));

			for (uint64_t x = 0; x < extent; x++)
				scale[x] = 1 + (double)random_below(7);
			axes[a].scale = scale;
		}
	}
}

/* By the words of the declaration alone. */
static float
expected(const struct shape *shape, const struct reorder_axis *axes, uint64_t number)
{
	uint64_t index[4], at = 0;
	double scale = 1;

	for (int a = shape->rank - 1; a >= 0; a--) {
		index[a] = number % shape->shape[a];
		number /= shape->shape[a];
	}
	for (int a = 0; a < shape->rank; a++) {
		uint64_t place = axes[a].where < 0 ? 0 : index[axes[a].where];
		uint64_t x = axes[a].order == NULL
					     ? index[a]
					     : axes[a].order[place * shape->shape[a] + index[a]];

		at = at * shape->shape[a] + x;
		scale *= axes[a].scale == NULL ? 1 : axes[a].scale[index[a]];
	}
	return (float)(scale * (double)values[at]);
}

static void
check(const struct shape *shape, uint64_t piece)
{
	const struct reorder_source source = {read_values, NULL};
	struct reorder_axis axes[4];
	struct ladle_tensor tensor = {.name = "kernel",
			.dtype = LADLE_FLOAT32,
			.rank = shape->rank,
			.shape = shape->shape,
			.count = 1};
	struct reorder how = {&tensor, axes};
	float *out;

	for (int a = 0; a < shape->rank; a++)
		tensor.count *= shape->shape[a];
	fill(shape, axes);
	out = malloc(piece * sizeof(*out));
	for (uint64_t first = 0; first < tensor.count; first += piece) {
		uint64_t count = tensor.count - first < piece ? tensor.count - first : piece;

		assert_int_equal(reorder_read(&how, &source, first, count, out, NULL), LADLE_OK);
		for (uint64_t i = 0; i < count; i++)
			assert_float_equal(out[i], expected(shape, axes, first + i), 0);
	}
	free(out);
	for (int a = 0; a < shape->rank; a++) {
		free((void *)(uintptr_t)axes[a].order);
		free((void *)(uintptr_t)axes[a].scale);
	}
}

static void
elements_come_in_the_order_asked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		values[i] = (float)i;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		check(&shapes[i], 32768);
		check(&shapes[i], 331);
		check(&shapes[i], 1);
	}
}

/* A block of a kernel with moved rows reads these rows, not all that lies between them. */
static void
long_lines_are_read_one_by_one(void **state)
{
	enum { ROWS = 128, LENGTH = 8192 };
	const uint64_t extents[] = {ROWS, LENGTH};
	const struct reorder_source source = {read_values, NULL};
	uint32_t order[ROWS];
	struct reorder_axis axes[2] = {{.order = order, .where = -1}, {.where = -1}};
	struct ladle_tensor tensor = {.name = "kernel",
			.dtype = LADLE_FLOAT32,
			.rank = 2,
			.shape = extents,
			.count = ROWS * LENGTH};
	struct reorder how = {&tensor, axes};
	float *out = malloc(4 * LENGTH * sizeof(*out));

	(void)state;
	for (uint32_t i = 0; i < ROWS; i++)
		order[i] = (i * 37 + 5) % ROWS;
	elements_read = 0;
	assert_int_equal(reorder_read(&how, &source, 0, 4 * LENGTH, out, NULL), LADLE_OK);
	assert_int_equal(elements_read, 4 * LENGTH);
	assert_memory_equal(out + LENGTH, values + 42 * LENGTH, LENGTH * sizeof(*out));
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(elements_come_in_the_order_asked_for),
			cmocka_unit_test(long_lines_are_read_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
