/* Costs of tensors that do not fit a tile, against sums in doubles. */
#include <math.h>

#include "align/copies.h"
#include "align/cost.h"

/* Its uses of one row; rows of a million elements and more are read in pieces. */
static const struct shape {
	const char *model, *groups;
} shapes[] = {
		{"a/kernel 30x70000", "30 a/kernel:0\n"},            /* panels of columns */
		{"a/kernel 70000x30", "30 a/kernel:1\n"},            /* pieces of lines */
		{"a/kernel 3x20x30x900", "30 a/kernel:2\n"},         /* slabs */
		{"a/kernel 3x20x30x900", "20 a/kernel:1\n"},         /* units of several lines */
		{"a/kernel 60x40000", "20 a/kernel:0*3*1+0\n"},      /* panels, repeated */
		{"a/kernel 64x40000", "20 a/kernel:0*1*3+4\n"},      /* panels of several lines */
		{"a/kernel 20000x4x16", "16 a/kernel:2[1=3]\n"},     /* one head */
		{"a/kernel 4x16x20000", "16 a/kernel:1[0=3]\n"},     /* the same of an output */
		{"a/kernel 5x7x40x16", "16 a/kernel:3[1=3]\n"},     /* not side by side */
		{"a/kernel 9x50x40", "50 a/kernel:1[2=3] a/kernel:1[2=5]\n"},
};

static uint64_t
unit_of(const struct ladle_use *use, uint32_t units, const uint64_t *index)
{
	uint64_t x = index[use->axis];

	if ((use->where >= 0 && index[use->where] != use->index) || x < use->offset ||
			x >= use->offset + use->outer * units * use->inner)
		return LADLE_NONE;
	return (x - use->offset) / use->inner % units;
}

/* Where unit i of the use has what unit 0 has here. */
static uint64_t
twin_of(const struct copies_tensor *tensor, const struct ladle_use *use, const uint64_t *index,
		uint64_t from, uint64_t unit)
{
	uint64_t there[4];

	memcpy(there, index, sizeof(there));
	there[use->axis] += (unit - from) * use->inner;
	return copies_place(tensor, there);
}

/* Sum over all places that unit 0 has; c[i][j] of units i of a and j of b. */
static void
add_expected(const struct copies_tensor *a, const struct copies_tensor *b,
		const struct ladle_use *use, uint32_t units, double *c)
{
	for (uint64_t n = 0; n < a->count; n++) {
		uint64_t index[4], left = n;

		for (int axis = a->rank - 1; axis >= 0; left /= a->shape[axis--])
			index[axis] = left % a->shape[axis];
		if (unit_of(use, units, index) != 0)
			continue;
		for (uint64_t i = 0; i < units; i++)
			for (uint64_t j = 0; j < units; j++)
				c[i * units + j] += a->data[twin_of(a, use, index, 0, i)] *
						    b->data[twin_of(b, use, index, 0, j)];
	}
}

static void
check(struct ladle *ladle, const struct shape *shape)
{
	const struct ladle_match_options options = {.exact_only = true};
	struct copies_model model, other;
	struct copies_groups groups;
	struct copies_pair pair;
	struct ladle_error err = {.status = LADLE_OK};
	const struct copies_model *const models[] = {&model, &other};
	const uint32_t columns[] = {0, 1};
	const double weight[] = {.5};
	struct cost cost;
	uint32_t units;
	double *expected;
	float *c;

	copies_make(&model, shape->model, 1);
	copies_make(&other, shape->model, 2);
	copies_read_groups(&groups, &model, shape->groups);
	assert_int_equal(copies_match_all(&pair, ladle, &groups, models, 2, &options, NULL, &err),
			LADLE_OK);
	cost = (struct cost){.groups = &groups.pub,
			.a = {.table = pair.table, .columns = &columns[0], .count = 1},
			.b = {.table = pair.table, .columns = &columns[1], .count = 1},
			.weight = weight,
			.threads = 2,
			.tile_a = malloc(cost_tile_floats(pair.table) * sizeof(float)),
			.tile_b = malloc(cost_tile_floats(pair.table) * sizeof(float))};
	units = groups.list[0].group.units;
	c = calloc((size_t)units * units, sizeof(*c));
	expected = calloc((size_t)units * units, sizeof(*expected));
	assert_int_equal(cost_add(&cost, 0, c, &err), LADLE_OK);
	for (uint32_t u = 0; u < groups.list[0].group.use_count; u++)
		add_expected(&model.list[0], &other.list[0], &groups.list[0].uses[u], units,
				expected);
	for (size_t i = 0; i < (size_t)units * units; i++)
		if (fabs((double)c[i] - .5 * expected[i]) > 2e-6 * (double)model.list[0].count / units)
			fail_msg("%s, %s: %g is not %g", shape->model, shape->groups, (double)c[i],
					.5 * expected[i]);
	free(c);
	free(expected);
	free(cost.tile_a);
	free(cost.tile_b);
	copies_close(&pair);
	copies_free(&model);
	copies_free(&other);
}

static void
pieces_add_up(void **state)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		check(*state, &shapes[i]);
}

/* Each unit keeps its values, none keeps them in order, and every way of reading shuffles alike. */
static void
a_shuffle_keeps_units_and_tears_them_from_each_other(void **state)
{
	enum { LINES = 600, UNITS = 8 };
	const uint64_t extents[] = {LINES, UNITS};
	struct ladle_row row = {.label = "a/kernel", .rank = 2, .shape = extents};
	struct ladle_table table = {.rows = &row, .row_count = 1};
	struct side side = {.table = &table, .shuffled = true, .seed = 3};
	static float values[LINES * UNITS], parts[LINES * UNITS];
	double sum[UNITS] = {0};
	int stayed = 0;

	(void)state;
	for (int i = 0; i < LINES * UNITS; i++)
		values[i] = parts[i] = (float)(i / UNITS);
	side_shuffle(&side, 0, values, 0, LINES, 0, UNITS);
	for (int i = 0; i < LINES * UNITS; i++) {
		sum[i % UNITS] += (double)values[i];
		stayed += (int)values[i] == i / UNITS;
	}
	for (int u = 0; u < UNITS; u++)
		assert_true(sum[u] == LINES * (LINES - 1) / 2.);
	assert_true(stayed < 60);
	for (uint64_t first = 0, end; first < LINES; first = end) {
		end = side_end(&side, &row, first, 300);
		side_shuffle(&side, 0, parts + first * UNITS, first, end - first, 0, UNITS);
	}
	assert_memory_equal(values, parts, sizeof(values));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(pieces_add_up),
			cmocka_unit_test(a_shuffle_keeps_units_and_tears_them_from_each_other),
	};

	return cmocka_run_group_tests(tests, opened_start, opened_stop);
}
