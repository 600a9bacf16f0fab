/* Weight matching against what was planted: a copy in another order, with noise on every tensor. */
#include <math.h>

#include "align/copies.h"
#include "base/job.h"

#define MLP \
	"a/kernel 20x24,a/bias 24,b/kernel 24x16,b/bias 16,c/kernel 16x8,c/bias 8"
#define MLP_GROUPS                           \
	"24 a/kernel:1 a/bias:0 b/kernel:0\n" \
	"16 b/kernel:1 b/bias:0 c/kernel:0\n"
static const struct ladle_match_options with_defaults = {.restarts = -1};

struct test {
	struct copies_model model, copy;
	struct copies_groups groups;
	struct copies_pair pair;
};

static void
add_noise(struct copies_model *model, double size, uint64_t seed)
{
	for (uint32_t t = 0; t < model->count; t++)
		for (uint64_t i = 0; i < model->list[t].count; i++)
			model->list[t].data[i] += size * fake_random(&seed);
}

/* A model and a copy of it whose every value is off by up to `noise` of the largest. */
static void
make(struct test *test, const char *model, const char *groups, double noise, uint64_t seed)
{
	copies_make(&test->model, model, seed);
	copies_read_groups(&test->groups, &test->model, groups);
	copies_clone(&test->copy, &test->model);
	add_noise(&test->copy, noise, seed + 1);
	copies_shuffle(&test->copy, &test->groups, seed + 2);
}

static enum ladle_status
try_match(struct test *test, struct ladle *ladle, const struct ladle_match_options *options,
		struct ladle_job *job, struct ladle_error *err)
{
	const struct copies_model *const models[] = {&test->model, &test->copy};

	return copies_match_all(
			&test->pair, ladle, &test->groups, models, 2, options, job, err);
}

static void
match(struct test *test, struct ladle *ladle, const struct ladle_match_options *options)
{
	struct ladle_error err = {.status = LADLE_OK};

	if (try_match(test, ladle, options, NULL, &err) != LADLE_OK)
		fail_msg("%s", err.text);
}

static void
done(struct test *test)
{
	copies_close(&test->pair);
	copies_free(&test->model);
	copies_free(&test->copy);
}

/* Every value is that of the model but for the noise. */
static void
assert_recovered(const struct test *test, double noise)
{
	for (uint32_t r = 0; r < test->pair.table->row_count; r++) {
		double *a = copies_read(&test->pair, r, 0), *b = copies_read(&test->pair, r, 1);

		for (uint64_t i = 0; i < test->pair.table->rows[r].count; i++)
			if (fabs(a[i] - b[i]) > noise * 1.001)
				fail_msg("%s: element %llu is off by %g",
						test->pair.table->rows[r].label,
						(unsigned long long)i, fabs(a[i] - b[i]));
		free(a);
		free(b);
	}
}

static void
come_back(struct ladle *ladle, const char *model, const char *groups, double noise)
{
	for (uint64_t seed = 0; seed < 5; seed++) {
		struct test test;

		make(&test, model, groups, noise, seed * 10);
		match(&test, ladle, &with_defaults);
		assert_recovered(&test, noise);
		for (uint32_t g = 0; g < test.groups.pub.count; g++) {
			const struct ladle_match *found = &test.pair.matches[g];

			assert_false(found->exact);
			assert_true(found->cosine_matched > .9);
			assert_true(found->cosine_matched > found->cosine_null);
		}
		done(&test);
	}
}

static void
a_chain_comes_back(void **state)
{
	come_back(*state, MLP, MLP_GROUPS, .3);
}

static void
convolutions_and_what_flattens_them_come_back(void **state)
{
	come_back(*state,
			"a/kernel 3x3x2x12,a/bias 12,n/gamma 12,n/moving_mean 12,"
			"b/kernel 3x3x12x10,c/kernel 40x9,d/kernel 9x4",
			"12 a/kernel:3 a/bias:0 n/gamma:0 n/moving_mean:0 b/kernel:2\n"
			"10 b/kernel:3 c/kernel:0*4*1+0\n"
			"9 c/kernel:1 d/kernel:0\n",
			.3);
}

static void
units_that_repeat_inside_come_back(void **state)
{
	come_back(*state, "a/kernel 9x8,d/kernel 3x3x8x2,n/gamma 16,c/kernel 16x6",
			"8 a/kernel:1 d/kernel:2 n/gamma:0*1*2+0 c/kernel:0*1*2+0\n", .3);
}

/* The recurrent kernel moves along both axes at once. */
static void
recurrent_units_come_back(void **state)
{
	come_back(*state, "a/kernel 6x64,a/recurrent 16x64,a/bias 64,b/kernel 16x4",
			"16 a/kernel:1*4*1+0 a/recurrent:0 a/recurrent:1*4*1+0 a/bias:0*4*1+0 "
			"b/kernel:0\n",
			.3);
}

/* Nothing but the recurrent kernel tells: no start is good by itself. */
static void
recurrent_units_come_back_without_an_anchor(void **state)
{
	come_back(*state, "a/recurrent 12x12", "12 a/recurrent:0 a/recurrent:1\n", .02);
}

static void
concatenated_units_come_back(void **state)
{
	come_back(*state, "a/kernel 17x9,b/kernel 17x8,n/gamma 17,c/kernel 17x16,d/kernel 16x7",
			"9 a/kernel:1 n/gamma:0 c/kernel:0\n"
			"8 b/kernel:1 n/gamma:0*1*1+9 c/kernel:0*1*1+9\n"
			"16 c/kernel:1 d/kernel:0\n",
			.3);
}

static void
heads_come_back_with_what_is_in_them(void **state)
{
	come_back(*state,
			"q/kernel 12x3x4,q/bias 3x4,k/kernel 12x3x4,k/bias 3x4,v/kernel 12x3x5,"
			"v/bias 3x5,o/kernel 3x5x12",
			"3 q/kernel:1 q/bias:0 k/kernel:1 k/bias:0 v/kernel:1 v/bias:0 "
			"o/kernel:0\n"
			"4 q/kernel:2[1=0] q/bias:1[0=0] k/kernel:2[1=0] k/bias:1[0=0]\n"
			"4 q/kernel:2[1=1] q/bias:1[0=1] k/kernel:2[1=1] k/bias:1[0=1]\n"
			"4 q/kernel:2[1=2] q/bias:1[0=2] k/kernel:2[1=2] k/bias:1[0=2]\n"
			"5 v/kernel:2[1=0] v/bias:1[0=0] o/kernel:1[0=0]\n"
			"5 v/kernel:2[1=1] v/bias:1[0=1] o/kernel:1[0=1]\n"
			"5 v/kernel:2[1=2] v/bias:1[0=2] o/kernel:1[0=2]\n",
			.3);
}

static void
channels_of_grouped_convolutions_come_back(void **state)
{
	come_back(*state, "a/kernel 12x8,g/kernel 5x4x6,g/bias 6,b/kernel 6x9",
			"4 a/kernel:1 g/kernel:1[2=0] g/kernel:1[2=1] g/kernel:1[2=2]\n"
			"4 a/kernel:1*1*1+4 g/kernel:1[2=3] g/kernel:1[2=4] g/kernel:1[2=5]\n"
			"3 g/kernel:2 g/bias:0 b/kernel:0\n"
			"3 g/kernel:2*1*1+3 g/bias:0*1*1+3 b/kernel:0*1*1+3\n",
			.3);
}

static void
both_objectives_find_what_is_planted(void **state)
{
	for (enum ladle_objective o = LADLE_RAW; o <= LADLE_NORMALISED; o++) {
		const struct ladle_match_options options = {.objective = o, .seed = 5};
		struct test test;

		make(&test, MLP, MLP_GROUPS, .3, 7);
		match(&test, *state, &options);
		assert_recovered(&test, .3);
		assert_int_equal(test.pair.alignment->objective, o);
		done(&test);
	}
}

/* Units of one training run stay where they are, even where another order would be a little
 * better. */
static void
what_is_alike_is_not_moved(void **state)
{
	struct test test;

	make(&test, MLP, "", .3, 7);
	copies_read_groups(&test.groups, &test.model, MLP_GROUPS);
	for (uint64_t i = 0; i < 20; i++) { /* two units become nearly equal */
		double *kernel = copies_tensor(&test.model, "a/kernel")->data;

		kernel[i * 24 + 3] = kernel[i * 24 + 4];
	}
	match(&test, *state, &with_defaults);
	for (uint32_t g = 0; g < 2; g++) {
		assert_null(test.pair.matches[g].order);
		assert_int_equal(test.pair.matches[g].moved, 0);
		assert_true(test.pair.matches[g].cosine_raw > .9);
	}
	done(&test);
}

/* Kernels that are somewhat alike where they stand, and biases that are each other's opposite: these
 * pull at the units, but no order may leave the kernels less alike than they were. */
static void
kernels_are_left_no_less_alike(void **state)
{
	for (uint64_t seed = 0; seed < 5; seed++) {
		struct test test;
		double raw = 0, matched = 0;

		make(&test, MLP, "", 1, seed * 10);
		copies_read_groups(&test.groups, &test.model, MLP_GROUPS);
		for (uint32_t t = 1; t < test.copy.count; t += 2)
			for (uint64_t i = 0; i < test.copy.list[t].count; i++)
				test.copy.list[t].data[i] = -test.model.list[t].data[i];
		match(&test, *state, &with_defaults);
		for (uint32_t g = 0; g < 2; g++) {
			raw += test.pair.matches[g].cosine_raw;
			matched += test.pair.matches[g].cosine_matched;
		}
		assert_true(raw > 1);
		assert_true(matched >= raw - 1e-6);
		done(&test);
	}
}

/* Where nothing corresponds, matching reaches what the baseline says that it reaches. */
static void
strangers_reach_the_baseline(void **state)
{
	double matched = 0, null = 0;

	for (uint64_t seed = 0; seed < 8; seed++) {
		struct test test;

		make(&test, MLP, MLP_GROUPS, 0, seed);
		copies_free(&test.copy);
		copies_make(&test.copy, MLP, seed + 1000);
		match(&test, *state, &with_defaults);
		for (uint32_t g = 0; g < 2; g++) {
			matched += test.pair.matches[g].cosine_matched / 16;
			null += test.pair.matches[g].cosine_null / 16;
		}
		done(&test);
	}
	assert_true(matched > .2);
	assert_true(fabs(matched - null) < .05);
}

static void
equal_seeds_give_equal_orders(void **state)
{
	struct test one, two;

	make(&one, MLP, MLP_GROUPS, 1.5, 3);
	make(&two, MLP, MLP_GROUPS, 1.5, 3);
	match(&one, *state, &with_defaults);
	((struct ladle *)*state)->threads = 3;
	match(&two, *state, &with_defaults);
	((struct ladle *)*state)->threads = 1;
	for (uint32_t g = 0; g < 2; g++)
		assert_memory_equal(one.pair.matches[g].order, two.pair.matches[g].order,
				one.groups.list[g].group.units * sizeof(uint32_t));
	done(&one);
	done(&two);
}

/* From the values themselves: two kernels, each unit a column of one and a row of the other. */
static double
unit_cosine(struct copies_model *a, uint32_t i, struct copies_model *b, uint32_t j)
{
	double sum = 0;

	for (int k = 0; k < 2; k++) {
		const struct copies_tensor *x = copies_tensor(a, k ? "b/kernel" : "a/kernel");
		const struct copies_tensor *y = copies_tensor(b, k ? "b/kernel" : "a/kernel");
		uint64_t n = k ? x->shape[1] : x->shape[0], step = k ? 1 : x->shape[1];
		uint64_t unit = k ? x->shape[1] : 1;
		double xy = 0, xx = 0, yy = 0;

		for (uint64_t l = 0; l < n; l++) {
			double v = x->data[i * unit + l * step], w = y->data[j * unit + l * step];

			xy += v * w;
			xx += v * v;
			yy += w * w;
		}
		sum += xy / sqrt(xx * yy) / 2;
	}
	return sum;
}

static void
units_are_compared_as_stored_and_as_matched(void **state)
{
	static float stored[24 * 24], matched[24 * 24];
	struct test test;

	make(&test, MLP, MLP_GROUPS, .3, 7);
	match(&test, *state, &with_defaults);
	assert_int_equal(ladle_unit_cosines(stored, *state, test.pair.alignment, 0, 0, 1, false,
					 NULL),
			LADLE_OK);
	assert_int_equal(ladle_unit_cosines(matched, *state, test.pair.alignment, 0, 0, 1, true,
					 NULL),
			LADLE_OK);
	for (uint32_t i = 0; i < 24; i++) {
		assert_true(matched[i * 24 + i] > .9f);
		for (uint32_t j = 0; j < 24; j++)
			assert_true(fabs((double)stored[i * 24 + j] -
					    unit_cosine(&test.model, i, &test.copy, j)) < 1e-5);
	}
	done(&test);
}

/* The first column stands as it is stored, the others as it does. */
static void
expect_all_alike(const struct copies_pair *pair, uint32_t row, double noise)
{
	double *first = copies_read(pair, row, 0);

	assert_null(ladle_row_tensor(pair->alignment->table, row, 0)->view);
	for (uint32_t k = 1; k < 3; k++) {
		double *other = copies_read(pair, row, k);

		for (uint64_t i = 0; i < pair->table->rows[row].count; i++)
			if (fabs(first[i] - other[i]) > noise)
				fail_msg("%s of column %u is off by %g",
						pair->table->rows[row].label, k,
						fabs(first[i] - other[i]));
		free(other);
	}
	free(first);
}

/* Three columns in orders of their own, all alike but for noise, in the order of the first. */
static void
many_are_matched_together(void **state)
{
	static const char *const models[][2] = {
			{MLP, MLP_GROUPS},
			{"a/kernel 6x64,a/recurrent 16x64,a/bias 64,b/kernel 16x4",
					"16 a/kernel:1*4*1+0 a/recurrent:0 a/recurrent:1*4*1+0 "
					"a/bias:0*4*1+0 b/kernel:0\n"},
			{"q/kernel 12x2x4,k/kernel 12x2x4,v/kernel 12x2x5,o/kernel 2x5x12",
					"2 q/kernel:1 k/kernel:1 v/kernel:1 o/kernel:0\n"
					"4 q/kernel:2[1=0] k/kernel:2[1=0]\n"
					"4 q/kernel:2[1=1] k/kernel:2[1=1]\n"
					"5 v/kernel:2[1=0] o/kernel:1[0=0]\n"
					"5 v/kernel:2[1=1] o/kernel:1[0=1]\n"},
	};

	for (size_t m = 0; m < sizeof(models) / sizeof(*models); m++) {
		struct copies_model model, other[3];
		struct copies_groups groups;
		const struct copies_model *const list[] = {&other[0], &other[1], &other[2]};
		const struct ladle_match_options options = {.restarts = -1, .together = true};
		struct ladle_error err = {.status = LADLE_OK};
		struct copies_pair pair;

		copies_make(&model, models[m][0], m);
		copies_read_groups(&groups, &model, models[m][1]);
		for (uint64_t k = 0; k < 3; k++) {
			copies_clone(&other[k], &model);
			add_noise(&other[k], .2, 10 * m + k);
			copies_shuffle(&other[k], &groups, 30 * m + k);
		}
		assert_int_equal(copies_match_all(&pair, *state, &groups, list, 3, &options, NULL,
						 &err),
				LADLE_OK);
		for (uint32_t r = 0; r < pair.table->row_count; r++)
			expect_all_alike(&pair, r, .401);
		copies_close(&pair);
		copies_free(&model);
		for (int k = 0; k < 3; k++)
			copies_free(&other[k]);
	}
}

/* A model, and two that are matched with it: the second of them as `wanted` says. */
static void
match_three(struct ladle *ladle, const char *third, bool wanted, struct copies_pair *pair)
{
	const bool columns[] = {false, true, wanted};
	const struct ladle_match_options options = {
			.restarts = -1, .together = true, .wanted = columns};
	struct copies_model model, other[2];
	struct copies_groups groups;
	const struct copies_model *const list[] = {&model, &other[0], &other[1]};
	struct ladle_error err = {.status = LADLE_OK};

	copies_make(&model, MLP, 3);
	copies_read_groups(&groups, &model, MLP_GROUPS);
	copies_clone(&other[0], &model);
	add_noise(&other[0], .2, 1);
	copies_shuffle(&other[0], &groups, 30);
	copies_make(&other[1], third, 4);
	assert_int_equal(copies_match_all(pair, ladle, &groups, list, 3, &options, NULL, &err),
			LADLE_OK);
	for (uint32_t g = 0; g < 2; g++) {
		assert_null(pair->alignment->matches[g].order);
		assert_non_null(pair->alignment->matches[2 + g].order);
	}
	copies_free(&model);
	copies_free(&other[0]);
	copies_free(&other[1]);
}

static void
a_column_that_nobody_named_stays(void **state)
{
	struct copies_pair pair;

	match_three(*state, MLP, false, &pair);
	assert_null(pair.matches[0].order);
	assert_null(pair.matches[1].order);
	copies_close(&pair);
}

static void
a_column_that_cannot_follow_holds_up_no_other(void **state)
{
	struct copies_pair pair;

	match_three(*state,
			"a/kernel 20x24,a/bias 24,b/kernel 24x17,b/bias 17,c/kernel 17x8,c/bias 8",
			true, &pair);
	assert_non_null(pair.matches[0].order);
	assert_non_null(pair.matches[1].why);
	copies_close(&pair);
}

static void
what_takes_too_much_memory_is_refused_by_name(void **state)
{
	const struct ladle_match_options options = {.memory = 1 << 20};
	struct ladle_error err = {.status = LADLE_OK};
	struct test test;

	make(&test, MLP, MLP_GROUPS, .3, 7);
	assert_int_equal(try_match(&test, *state, &options, NULL, &err),
			LADLE_E_MEMORY);
	assert_non_null(strstr(err.text, "a/kernel"));
	assert_non_null(strstr(err.text, "24 units"));
	done(&test);
}

static void
a_part_is_left_while_the_end_is_a_guess(void **state)
{
	struct ladle_job *job = ladle_job_new();
	uint64_t done, total;

	(void)state;
	job_expect(job, 10);
	for (int i = 1; i <= 1000; i++) {
		job_advance_guessed(job, 1);
		ladle_job_progress(job, &done, &total);
		assert_int_equal(done, i);
		assert_true(total > done && (i > 8 || total == 10));
	}
	assert_true(total < 1300);
	ladle_job_free(job);
}

static void
a_job_is_canceled(void **state)
{
	struct ladle_job *job = ladle_job_new();
	struct ladle_error err = {.status = LADLE_OK};
	struct test test;

	make(&test, MLP, MLP_GROUPS, .3, 7);
	ladle_job_cancel(job);
	assert_int_equal(try_match(&test, *state, &with_defaults, job, &err),
			LADLE_E_CANCELED);
	ladle_job_free(job);
	done(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_chain_comes_back),
			cmocka_unit_test(convolutions_and_what_flattens_them_come_back),
			cmocka_unit_test(units_that_repeat_inside_come_back),
			cmocka_unit_test(recurrent_units_come_back),
			cmocka_unit_test(recurrent_units_come_back_without_an_anchor),
			cmocka_unit_test(concatenated_units_come_back),
			cmocka_unit_test(heads_come_back_with_what_is_in_them),
			cmocka_unit_test(channels_of_grouped_convolutions_come_back),
			cmocka_unit_test(both_objectives_find_what_is_planted),
			cmocka_unit_test(what_is_alike_is_not_moved),
			cmocka_unit_test(kernels_are_left_no_less_alike),
			cmocka_unit_test(strangers_reach_the_baseline),
			cmocka_unit_test(equal_seeds_give_equal_orders),
			cmocka_unit_test(units_are_compared_as_stored_and_as_matched),
			cmocka_unit_test(many_are_matched_together),
			cmocka_unit_test(a_column_that_nobody_named_stays),
			cmocka_unit_test(a_column_that_cannot_follow_holds_up_no_other),
			cmocka_unit_test(what_takes_too_much_memory_is_refused_by_name),
			cmocka_unit_test(a_part_is_left_while_the_end_is_a_guess),
			cmocka_unit_test(a_job_is_canceled),
	};

	return cmocka_run_group_tests(tests, opened_start, opened_stop);
}
