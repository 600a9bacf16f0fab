#include "align/copies.h"

#include <math.h>

static const char MLP[] = "a/kernel 6x16,a/bias 16,b/kernel 16x12,b/bias 12,c/kernel 12x3,c/bias 3";
static const char MLP_GROUPS[] = "16 a/kernel:1 a/bias:0 b/kernel:0\n"
				 "12 b/kernel:1 b/bias:0 c/kernel:0\n";

struct test {
	struct copies_model model, copy;
	struct copies_groups groups;
	struct copies_pair pair;
};

static void
make(struct test *test, const char *model, const char *groups, uint64_t seed)
{
	copies_make(&test->model, model, seed);
	copies_read_groups(&test->groups, &test->model, groups);
}

static void
match(struct test *test, struct ladle *ladle)
{
	copies_match(&test->pair, ladle, &test->groups, &test->model, &test->copy);
}

static void
assert_all_exact(const struct test *test)
{
	for (uint32_t g = 0; g < test->groups.pub.count; g++)
		if (!test->pair.matches[g].exact)
			fail_msg("group %u is not exact", g);
	for (uint32_t t = 0; t < test->model.count; t++)
		if (!copies_equal(&test->pair, test->model.list[t].name))
			fail_msg("%s differs", test->model.list[t].name);
}

static void
done(struct test *test)
{
	copies_close(&test->pair);
	copies_free(&test->model);
	copies_free(&test->copy);
}

/* What begins with zeros cannot be told apart by its first lines. */
static void
hide_first_lines(struct copies_model *model)
{
	for (uint32_t t = 0; t < model->count; t++) {
		struct copies_tensor *tensor = &model->list[t];

		if (tensor->rank == 1 || tensor->count == 0)
			memset(tensor->data, 0, tensor->count * sizeof(double));
		else
			memset(tensor->data, 0, tensor->count / tensor->shape[0] *
							(tensor->shape[0] > 5 ? 4 : 1) *
							sizeof(double));
	}
}

static void
come_back(struct ladle *ladle, const char *model, const char *groups)
{
	for (uint64_t seed = 0; seed < 6; seed++) {
		struct test test;

		make(&test, model, groups, seed);
		if (seed % 2 == 1)
			hide_first_lines(&test.model);
		copies_clone(&test.copy, &test.model);
		copies_shuffle(&test.copy, &test.groups, seed + 100);
		match(&test, ladle);
		assert_all_exact(&test);
		done(&test);
	}
}

static void
units_of_a_chain_come_back(void **state)
{
	come_back(*state, MLP, MLP_GROUPS);
}

static void
units_that_repeat_along_an_axis_come_back(void **state)
{
	come_back(*state, "a/kernel 6x32,a/recurrent 8x32,a/bias 2x32,b/kernel 48x3",
			"8 a/kernel:1*4*1+0 a/recurrent:0 a/recurrent:1*4*1+0 a/bias:1*4*1+0 "
			"b/kernel:0*2*3+0\n");
}

static void
units_of_a_concatenation_come_back(void **state)
{
	come_back(*state, "a/kernel 7x5,b/kernel 7x9,n/gamma 14,c/kernel 14x6,d/kernel 6x2",
			"5 a/kernel:1 n/gamma:0 c/kernel:0\n"
			"9 b/kernel:1 n/gamma:0*1*1+5 c/kernel:0*1*1+5\n"
			"6 c/kernel:1 d/kernel:0\n");
}

static void
heads_come_back_and_units_within_them(void **state)
{
	come_back(*state,
			"q/kernel 10x3x4,q/bias 3x4,k/kernel 10x3x4,k/bias 3x4,v/kernel 10x3x5,"
			"v/bias 3x5,o/kernel 3x5x10",
			"3 q/kernel:1 q/bias:0 k/kernel:1 k/bias:0 v/kernel:1 v/bias:0 "
			"o/kernel:0\n"
			"4 q/kernel:2[1=0] q/bias:1[0=0] k/kernel:2[1=0] k/bias:1[0=0]\n"
			"4 q/kernel:2[1=1] q/bias:1[0=1] k/kernel:2[1=1] k/bias:1[0=1]\n"
			"4 q/kernel:2[1=2] q/bias:1[0=2] k/kernel:2[1=2] k/bias:1[0=2]\n"
			"5 v/kernel:2[1=0] v/bias:1[0=0] o/kernel:1[0=0]\n"
			"5 v/kernel:2[1=1] v/bias:1[0=1] o/kernel:1[0=1]\n"
			"5 v/kernel:2[1=2] v/bias:1[0=2] o/kernel:1[0=2]\n");
}

static void
heads_that_share_keys_come_back(void **state)
{
	come_back(*state, "q/kernel 10x4x3,k/kernel 10x2x3,v/kernel 10x2x3,o/kernel 4x3x10",
			"2 q/kernel:1*1*2+0 k/kernel:1 v/kernel:1 o/kernel:0*1*2+0\n"
			"2 q/kernel:1 o/kernel:0\n"
			"2 q/kernel:1*1*1+2 o/kernel:0*1*1+2\n"
			"3 q/kernel:2[1=0] q/kernel:2[1=1] k/kernel:2[1=0]\n"
			"3 q/kernel:2[1=2] q/kernel:2[1=3] k/kernel:2[1=1]\n");
}

/* Each filter of a grouped convolution takes the channels of its part alone. */
static void
channels_of_grouped_convolutions_come_back(void **state)
{
	come_back(*state, "a/kernel 6x8,g/kernel 3x4x6,g/bias 6,b/kernel 6x2",
			"4 a/kernel:1 g/kernel:1[2=0] g/kernel:1[2=1] g/kernel:1[2=2]\n"
			"4 a/kernel:1*1*1+4 g/kernel:1[2=3] g/kernel:1[2=4] g/kernel:1[2=5]\n"
			"3 g/kernel:2 g/bias:0 b/kernel:0\n"
			"3 g/kernel:2*1*1+3 g/bias:0*1*1+3 b/kernel:0*1*1+3\n");
}

static void
all_floats_are_compared_by_their_bits(void **state)
{
	const hid_t types[] = {H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE, H5Tcopy(H5T_IEEE_F32LE)};

	H5Tset_fields(types[2], 15, 10, 5, 0, 10);
	H5Tset_size(types[2], 2);
	H5Tset_ebias(types[2], 15);
	for (int i = 0; i < 3; i++) {
		struct test test;

		make(&test, MLP, MLP_GROUPS, 1);
		test.model.type = types[i];
		copies_clone(&test.copy, &test.model);
		copies_shuffle(&test.copy, &test.groups, 2);
		match(&test, *state);
		assert_all_exact(&test);
		done(&test);
	}
	H5Tclose(types[2]);
}

static void
another_dtype_is_no_exact_copy(void **state)
{
	struct test test;

	make(&test, MLP, MLP_GROUPS, 1);
	copies_clone(&test.copy, &test.model);
	test.copy.type = H5T_NATIVE_DOUBLE;
	match(&test, *state);
	assert_false(test.pair.matches[0].exact);
	assert_null(test.pair.matches[0].order);
	done(&test);
}

static void
a_third_file_of_another_dtype_does_not_matter(void **state)
{
	const hid_t types[] = {H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE};

	for (int i = 0; i < 2; i++) {
		struct test test;
		struct copies_model first;
		const struct copies_model *const models[] = {&first, &test.model, &test.copy};

		make(&test, MLP, MLP_GROUPS, 1);
		copies_clone(&first, &test.model);
		first.type = types[1 - i];
		test.model.type = types[i];
		copies_clone(&test.copy, &test.model);
		copies_shuffle(&test.copy, &test.groups, 2);
		copies_match_last(&test.pair, *state, &test.groups, models);
		assert_all_exact(&test);
		done(&test);
		copies_free(&first);
	}
}

static void
tensors_without_elements_are_no_obstacle(void **state)
{
	come_back(*state, "a/kernel 6x16,a/bias 16,e/kernel 0x16,b/kernel 16x3",
			"16 a/kernel:1 a/bias:0 e/kernel:1 b/kernel:0\n");
	come_back(*state, "e/kernel 0x16,a/kernel 6x16,a/bias 16,b/kernel 16x3",
			"16 e/kernel:1 a/kernel:1 a/bias:0 b/kernel:0\n");
}

/* ---- ties ---- */

static void
clear_unit(struct copies_model *model, uint32_t unit)
{
	struct copies_tensor *in = copies_tensor(model, "a/kernel");
	struct copies_tensor *out = copies_tensor(model, "b/kernel");

	for (uint64_t i = 0; i < in->shape[0]; i++)
		in->data[i * in->shape[1] + unit] = 0;
	for (uint64_t i = 0; i < out->shape[1]; i++)
		out->data[unit * out->shape[1] + i] = 0;
	copies_tensor(model, "a/bias")->data[unit] = 0;
}

static void
dead_units_do_not_hide_the_others(void **state)
{
	struct test test;

	make(&test, MLP, MLP_GROUPS, 3);
	for (uint32_t unit = 2; unit < 16; unit += 3)
		clear_unit(&test.model, unit);
	copies_clone(&test.copy, &test.model);
	copies_shuffle(&test.copy, &test.groups, 4);
	match(&test, *state);
	assert_all_exact(&test);
	done(&test);
}

static void
equal_units_keep_their_place(void **state)
{
	static const uint32_t swapped[16] = {
			1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	struct test test;

	make(&test, MLP, MLP_GROUPS, 3);
	for (uint32_t unit = 2; unit < 16; unit++)
		clear_unit(&test.model, unit);
	copies_clone(&test.copy, &test.model);
	copies_permute(&test.copy, &test.groups, 0, swapped);
	match(&test, *state);
	assert_all_exact(&test);
	assert_memory_equal(test.pair.matches[0].order, swapped, sizeof(swapped));
	done(&test);
}

/* Units of both groups are alike but for whom they go with: what is decided for the first group
 * decides the second. */
static void
ties_that_hang_together_are_broken_together(void **state)
{
	for (uint64_t seed = 0; seed < 10; seed++) {
		struct test test;
		double *kernel;

		make(&test, "a/kernel 2x8,b/kernel 8x8,c/kernel 8x2",
				"8 a/kernel:1 b/kernel:0\n8 b/kernel:1 c/kernel:0\n", 0);
		for (uint32_t t = 0; t < test.model.count; t++)
			for (uint64_t i = 0; i < test.model.list[t].count; i++)
				test.model.list[t].data[i] = 1;
		kernel = copies_tensor(&test.model, "b/kernel")->data;
		for (uint32_t i = 0; i < 8; i++)
			kernel[i * 8 + (i + 3) % 8] = 2;
		copies_clone(&test.copy, &test.model);
		copies_shuffle(&test.copy, &test.groups, seed);
		match(&test, *state);
		assert_all_exact(&test);
		done(&test);
	}
}

/* ---- parts ---- */

static void
a_part_may_be_permuted(void **state)
{
	uint64_t seed = 5;
	uint32_t order[12];
	struct test test;

	make(&test, MLP, MLP_GROUPS, 3);
	copies_clone(&test.copy, &test.model);
	copies_random_order(order, 12, &seed);
	copies_permute(&test.copy, &test.groups, 1, order);
	match(&test, *state);
	assert_all_exact(&test);
	assert_null(test.pair.matches[0].order);
	assert_non_null(test.pair.matches[1].order);
	done(&test);
}

static void
add_noise(struct copies_model *model, const char *name)
{
	struct copies_tensor *tensor = copies_tensor(model, name);
	uint64_t seed = 77;

	for (uint64_t i = 0; i < tensor->count; i++)
		tensor->data[i] += 1e-3 * fake_random(&seed);
}

/* Orders are known from the other tensors of a group, which is not exact for all that. */
static void
an_edited_tensor_hides_no_order(void **state)
{
	static const char *const edited[] = {"c/kernel", "b/kernel", "a/kernel"};

	for (int i = 0; i < 3; i++) {
		struct test test;

		make(&test, MLP, MLP_GROUPS, 3);
		copies_clone(&test.copy, &test.model);
		add_noise(&test.copy, edited[i]);
		copies_shuffle(&test.copy, &test.groups, 4);
		match(&test, *state);
		assert_int_equal(test.pair.matches[0].exact, i == 0);
		assert_int_equal(test.pair.matches[1].exact, i == 2);
		for (uint32_t t = 0; t < test.model.count; t++)
			if (strcmp(test.model.list[t].name, edited[i]) != 0)
				assert_true(copies_equal(&test.pair, test.model.list[t].name));
		done(&test);
	}
}

static void
tensors_that_contradict_each_other_are_no_copy(void **state)
{
	uint64_t seed = 5;
	uint32_t order[16];
	struct test test;

	make(&test, MLP, MLP_GROUPS, 3);
	copies_clone(&test.copy, &test.model);
	copies_random_order(order, 16, &seed);
	copies_move(copies_tensor(&test.copy, "a/kernel"), &test.groups.list[0].uses[0], 16, order);
	match(&test, *state);
	assert_false(test.pair.matches[0].exact);
	assert_true(test.pair.matches[1].exact);
	done(&test);
}

static void
threads_change_nothing(void **state)
{
	struct ladle *ladle = *state;

	ladle->threads = 4;
	come_back(ladle, MLP, MLP_GROUPS);
	ladle->threads = 1;
}

/* ---- factors ---- */

static const char SCALED[] = "16s a/kernel:1> a/bias:0> b/kernel:0<\n"
			     "12s b/kernel:1> b/bias:0> c/kernel:0<\n";
static const char SIGNED[] = "16t a/kernel:1> a/bias:0> b/kernel:0<\n"
			     "12t b/kernel:1> b/bias:0> c/kernel:0<\n";

static void
random_factors(double *factor, uint32_t units, enum ladle_gauge gauge, uint64_t *seed)
{
	for (uint32_t c = 0; c < units; c++)
		factor[c] = gauge == LADLE_GAUGE_SCALE    ? exp(2 * fake_random(seed))
			    : gauge == LADLE_GAUGE_SIGN ? (fake_random(seed) < 0 ? -1 : 1)
							: 1;
}

static double
distance(const struct copies_pair *pair, uint32_t row)
{
	double *a = copies_read(pair, row, 0), *b = copies_read(pair, row, 1);
	double norm2 = 0, distance2 = 0;

	for (uint64_t i = 0; i < pair->table->rows[row].count; i++) {
		norm2 += a[i] * a[i];
		distance2 += (a[i] - b[i]) * (a[i] - b[i]);
	}
	free(a);
	free(b);
	return sqrt(distance2 / norm2);
}

static void
rescale(struct test *test, uint64_t seed)
{
	double factor[COPIES_UNITS];

	for (uint32_t g = 0; g < test->groups.pub.count; g++) {
		const struct ladle_group *group = &test->groups.list[g].group;

		random_factors(factor, group->units, group->gauge, &seed);
		copies_rescale(&test->copy, &test->groups, g, factor);
	}
}

static void
come_back_rescaled(struct ladle *ladle, const char *model, const char *groups, bool permuted)
{
	for (uint64_t seed = 0; seed < 6; seed++) {
		struct test test;

		make(&test, model, groups, seed);
		copies_clone(&test.copy, &test.model);
		rescale(&test, seed + 50);
		if (permuted)
			copies_shuffle(&test.copy, &test.groups, seed + 100);
		match(&test, ladle);
		for (uint32_t g = 0; g < test.groups.pub.count; g++) {
			assert_true(test.pair.matches[g].exact);
			assert_int_equal(test.pair.matches[g].scale != NULL,
					test.groups.shown[g].gauge != LADLE_GAUGE_NONE);
			assert_int_equal(test.pair.matches[g].order != NULL, permuted);
		}
		for (uint32_t r = 0; r < test.pair.table->row_count; r++)
			assert_true(distance(&test.pair, r) < 3e-7);
		done(&test);
	}
}

static void
rescaled_units_come_back_to_rounding(void **state)
{
	come_back_rescaled(*state, MLP, SCALED, false);
	come_back_rescaled(*state, MLP, SCALED, true);
}

static void
units_of_other_signs_come_back(void **state)
{
	come_back_rescaled(*state, MLP, SIGNED, false);
	come_back_rescaled(*state, MLP, SIGNED, true);
}

/* The first group is rescaled, the second may not be: what makes it is known but to rounding. */
static void
units_beside_rescaled_ones_come_back(void **state)
{
	static const char model[] = "a/kernel 6x16,a/bias 16,b/kernel 16x12,b/bias 12,"
				    "c/kernel 12x8,c/bias 8,d/kernel 8x3";

	come_back_rescaled(*state, model,
			"16s a/kernel:1> a/bias:0> b/kernel:0<\n"
			"12 b/kernel:1 b/bias:0 c/kernel:0\n"
			"8s c/kernel:1> c/bias:0> d/kernel:0<\n",
			true);
}

static void
slopes_stay_where_units_are_rescaled(void **state)
{
	come_back_rescaled(*state, "a/kernel 6x16,a/bias 16,p/alpha 16,b/kernel 32x3",
			"16s a/kernel:1> a/bias:0> p/alpha:0 b/kernel:0*2*1+0<\n", true);
}

static void
units_that_may_not_be_rescaled_are_no_copy_when_they_are(void **state)
{
	struct test test;

	make(&test, MLP, SCALED, 3);
	copies_clone(&test.copy, &test.model);
	rescale(&test, 9);
	for (uint32_t g = 0; g < 2; g++)
		test.groups.list[g].group.gauge = LADLE_GAUGE_SIGN;
	match(&test, *state);
	for (uint32_t g = 0; g < 2; g++) {
		assert_false(test.pair.matches[g].exact);
		assert_null(test.pair.matches[g].scale);
	}
	done(&test);
}

static void
strangers_are_not_rescaled(void **state)
{
	struct test test;

	make(&test, MLP, SCALED, 3);
	copies_make(&test.copy, MLP, 4);
	match(&test, *state);
	for (uint32_t g = 0; g < 2; g++) {
		assert_false(test.pair.matches[g].exact);
		assert_null(test.pair.matches[g].scale);
		assert_null(test.pair.matches[g].order);
	}
	done(&test);
}

/* One weight makes each unit: each is a multiple of every other. */
static void
units_that_all_have_one_direction_are_not_told_apart(void **state)
{
	struct test test;

	make(&test, "a/kernel 1x16,b/kernel 16x3", "16s a/kernel:1> b/kernel:0<\n", 3);
	copies_make(&test.copy, "a/kernel 1x16,b/kernel 16x3", 4);
	match(&test, *state);
	assert_false(test.pair.matches[0].exact);
	assert_null(test.pair.matches[0].scale);
	done(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(units_of_a_chain_come_back),
			cmocka_unit_test(units_that_repeat_along_an_axis_come_back),
			cmocka_unit_test(units_of_a_concatenation_come_back),
			cmocka_unit_test(heads_come_back_and_units_within_them),
			cmocka_unit_test(heads_that_share_keys_come_back),
			cmocka_unit_test(channels_of_grouped_convolutions_come_back),
			cmocka_unit_test(all_floats_are_compared_by_their_bits),
			cmocka_unit_test(another_dtype_is_no_exact_copy),
			cmocka_unit_test(a_third_file_of_another_dtype_does_not_matter),
			cmocka_unit_test(tensors_without_elements_are_no_obstacle),
			cmocka_unit_test(dead_units_do_not_hide_the_others),
			cmocka_unit_test(equal_units_keep_their_place),
			cmocka_unit_test(ties_that_hang_together_are_broken_together),
			cmocka_unit_test(a_part_may_be_permuted),
			cmocka_unit_test(an_edited_tensor_hides_no_order),
			cmocka_unit_test(tensors_that_contradict_each_other_are_no_copy),
			cmocka_unit_test(threads_change_nothing),
			cmocka_unit_test(rescaled_units_come_back_to_rounding),
			cmocka_unit_test(units_of_other_signs_come_back),
			cmocka_unit_test(units_beside_rescaled_ones_come_back),
			cmocka_unit_test(slopes_stay_where_units_are_rescaled),
			cmocka_unit_test(units_that_may_not_be_rescaled_are_no_copy_when_they_are),
			cmocka_unit_test(strangers_are_not_rescaled),
			cmocka_unit_test(units_that_all_have_one_direction_are_not_told_apart),
	};

	return cmocka_run_group_tests(tests, opened_start, opened_stop);
}
