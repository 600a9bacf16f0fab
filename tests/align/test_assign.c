#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "align/assign.h"
#include "align/assign_loops.h"
#include "align/costs.h"
#include "base/job.h"

static const struct assign_how least = {0}, most = {.maximise = true};

static float *
costs_new(uint32_t n)
{
	return calloc((size_t)n * n + 1, sizeof(float));
}

static void
expect_permutation(const uint32_t *column_of, uint32_t n)
{
	char *seen = calloc(n + 1, 1);

	for (uint32_t i = 0; i < n; i++) {
		assert_true(column_of[i] < n);
		assert_false(seen[column_of[i]]);
		seen[column_of[i]] = 1;
	}
	free(seen);
}

static void
expect_identity(const uint32_t *column_of, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(column_of[i], i);
}

/* Solves in fresh scratch and looks at the duals; returns the sum. */
static double
solve(const float *c, uint32_t n, const struct assign_how *how, uint32_t *column_of)
{
	struct assign *s;
	struct assign_proof proof;
	double off = 1e-9 + n * how->tie;

	assert_int_equal(assign_new(&s, n, NULL), LADLE_OK);
	assert_int_equal(assign_solve(s, c, how, column_of, NULL, NULL), LADLE_OK);
	proof = assign_prove(s);
	assign_free(s);
	expect_permutation(column_of, n);
	off *= proof.largest;
	if (!(proof.slack >= -off) || !(fabs(proof.gap) <= off))
		fail_msg("n %u: slack %g, gap %g of %g", n, proof.slack, proof.gap, proof.largest);
	return assign_value(c, n, column_of);
}

/* The best sum of all assignments: rows one after the other, over all sets of columns taken. */
static double
best_of_all(const float *c, uint32_t n, bool maximise)
{
	double sign = maximise ? -1 : 1, *sum = malloc(((size_t)1 << n) * sizeof(*sum)), best;

	sum[0] = 0;
	for (uint32_t set = 1; set < 1u << n; set++) {
		uint32_t row = (uint32_t)__builtin_popcount(set) - 1;

		sum[set] = INFINITY;
		for (uint32_t j = 0; j < n; j++)
			if (set >> j & 1)
				sum[set] = fmin(sum[set],
						sum[set ^ 1u << j] + sign * (double)c[row * n + j]);
	}
	best = sign * sum[(1u << n) - 1];
	free(sum);
	return best;
}

static double
size_of(const float *c, uint32_t n)
{
	double size = 0;

	for (size_t k = 0; k < (size_t)n * n; k++)
		size = fmax(size, fabs((double)c[k]));
	return size;
}

static void
expect_best(const float *c, uint32_t n)
{
	uint32_t column_of[12];

	for (int maximise = 0; maximise < 2; maximise++) {
		double got = solve(c, n, maximise ? &most : &least, column_of);
		double best = best_of_all(c, n, maximise);

		if (fabs(got - best) > 1e-12 * size_of(c, n))
			fail_msg("n %u: %.17g is not %.17g", n, got, best);
	}
}

static void
no_assignment_of_few_is_better(void **state)
{
	uint64_t seed = 1;
	float c[12 * 12];

	(void)state;
	for (uint32_t n = 1; n <= 12; n++) {
		for (int kind = 0; kind < COSTS_KINDS; kind++) {
			for (int times = 0; times < (n <= 8 ? 40 : 4); times++) {
				costs_kinds[kind](c, n, &seed);
				expect_best(c, n);
			}
		}
	}
}

/* scipy's documentation has the first; the sums of the others are easily seen. */
static void
known_costs_give_known_assignments(void **state)
{
	static const float three[] = {4, 1, 3, 2, 0, 5, 3, 2, 2};
	static const float greedy_fails[] = {1, 2, 2, 100};
	static const float offsets[] = {5, 1, 9, 6, 2, 10, 7, 3, 11};
	uint32_t column_of[3];

	(void)state;
	assert_true(solve(three, 3, &least, column_of) == 5);
	assert_true(column_of[0] == 1 && column_of[1] == 0 && column_of[2] == 2);
	assert_true(solve(three, 3, &most, column_of) == 11);
	assert_true(solve(greedy_fails, 2, &least, column_of) == 4);
	assert_true(column_of[0] == 1 && column_of[1] == 0);
	assert_true(solve(offsets, 3, &least, column_of) == 18);
	expect_identity(column_of, 3);
}

/* Sorted against each other: sum i (n + 1 - i). */
static void
products_of_numbers_are_sorted_against_each_other(void **state)
{
	uint32_t n = 300, column_of[300];
	float *c = costs_new(n);

	(void)state;
	costs_products(c, n, NULL);
	assert_true(solve(c, n, &least, column_of) == n * (n + 1.) * (n + 2.) / 6);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(column_of[i], n - 1 - i);
	assert_true(solve(c, n, &most, column_of) == n * (n + 1.) * (2 * n + 1.) / 6);
	expect_identity(column_of, n);
	free(c);
}

static void
duals_prove_a_thousand_assignments(void **state)
{
	uint64_t seed = 2;
	uint32_t column_of[200];
	float *c = costs_new(200);

	(void)state;
	for (int times = 0; times < 1000; times++) {
		uint32_t n = (uint32_t)draw(&seed, 1, 201);

		costs_kinds[times % COSTS_KINDS](c, n, &seed);
		solve(c, n, times % 2 ? &most : &least, column_of);
	}
	free(c);
}

/* A permutation hidden in costs where all else is worse, at the edges of blocks. */
static void
any_size_finds_a_planted_permutation(void **state)
{
	static const uint32_t sizes[] = {1, 2, 63, 64, 65, 127, 128, 129, 191, 500};
	uint64_t seed = 3;
	uint32_t column_of[500];
	float *c = costs_new(500);

	(void)state;
	for (size_t t = 0; t < sizeof(sizes) / sizeof(sizes[0]); t++) {
		uint32_t n = sizes[t], step = n % 7 ? 7 : 5;

		costs_uniform(c, n, &seed);
		for (uint32_t i = 0; i < n; i++)
			c[(size_t)i * n + (i * step + 3) % n] += 4;
		solve(c, n, &most, column_of);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(column_of[i], (i * step + 3) % n);
	}
	free(c);
}

static void
none_and_one_are_assigned(void **state)
{
	uint32_t column_of[1] = {7};
	float one = -3;

	(void)state;
	assert_true(solve(&one, 0, &least, column_of) == 0);
	assert_int_equal(column_of[0], 7);
	assert_true(solve(&one, 1, &least, column_of) == -3);
	assert_int_equal(column_of[0], 0);
}

static void
equal_costs_give_the_identity(void **state)
{
	uint64_t seed = 4;
	uint32_t column_of[200];
	float *c = costs_new(200);

	(void)state;
	for (uint32_t n = 1; n <= 200; n += 7) {
		costs_constant(c, n, &seed);
		solve(c, n, &least, column_of);
		expect_identity(column_of, n);
		costs_offsets_alone(c, n, &seed);
		for (size_t k = 0; k < (size_t)n * n; k++)
			c[k] += 20; /* nothing cancels: equal but for rounding */
		solve(c, n, &(struct assign_how){true, 1e-6, NULL}, column_of);
		expect_identity(column_of, n);
	}
	free(c);
}

/* Products of units with each other, every unit `copies` times in a row. */
static void
products_with_itself(float *c, uint32_t n, uint32_t copies, int extent, uint64_t *seed)
{
	double *a = malloc(n * (size_t)extent * sizeof(*a));

	for (size_t k = 0; k < n * (size_t)extent; k++)
		a[k] = fake_random(seed);
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < n; j++) {
			double sum = 0;

			for (int l = 0; l < extent; l++)
				sum += a[i / copies * (size_t)extent + l] *
				       a[j / copies * (size_t)extent + l];
			c[(size_t)i * n + j] = (float)sum;
		}
	}
	free(a);
}

static void
a_model_with_itself_gives_the_identity(void **state)
{
	uint64_t seed = 5;
	uint32_t column_of[150];
	float *c = costs_new(150);

	(void)state;
	for (int extent = 1; extent <= 27; extent += 2) {
		for (uint32_t copies = 1; copies <= 5; copies++) {
			products_with_itself(c, 150, copies, extent, &seed);
			solve(c, 150, &most, column_of);
			expect_identity(column_of, 150);
		}
	}
	free(c);
}

/* Rows 0 and 1 hold the only good columns of each other, the equal rest stays. */
static void
rows_that_may_stay_do_though_others_move(void **state)
{
	enum { N = 70 };
	uint32_t column_of[N];
	float *c = costs_new(N);

	(void)state;
	c[1] = c[N] = 1;
	solve(c, N, &most, column_of);
	assert_true(column_of[0] == 1 && column_of[1] == 0);
	for (uint32_t i = 2; i < N; i++)
		assert_int_equal(column_of[i], i);
	free(c);
}

/* What a tie lets pass: costs that differ by rounding alone, and no more than that. */
static void
the_tie_says_what_counts_as_equal(void **state)
{
	static const float near[] = {1, 1.0000001f, 1.0000001f, 1};
	static const float far[] = {1, 1.0001f, 1.0001f, 1};
	uint32_t column_of[2];

	(void)state;
	solve(near, 2, &most, column_of);
	assert_int_equal(column_of[0], 1);
	solve(near, 2, &(struct assign_how){true, 1e-6, NULL}, column_of);
	expect_identity(column_of, 2);
	solve(far, 2, &(struct assign_how){true, 1e-6, NULL}, column_of);
	assert_int_equal(column_of[0], 1);
}

/* The best is better by rounding alone: unit 0 may stay when 2 takes its place, and 1 must move. */
static void
a_unit_stays_that_another_can_replace(void **state)
{
	static const float c[] = {1, 1.0000001f, 0, 0, 0, 1, 1.0000001f, 1, 0};
	uint32_t column_of[3];

	(void)state;
	solve(c, 3, &most, column_of);
	assert_true(column_of[0] == 1 && column_of[1] == 2 && column_of[2] == 0);
	solve(c, 3, &(struct assign_how){true, 1e-6, NULL}, column_of);
	assert_true(column_of[0] == 0 && column_of[1] == 2 && column_of[2] == 1);
}

/* No two units can be exchanged, but all of a cycle may stay at once. */
static void
a_cycle_stays_as_a_whole(void **state)
{
	enum { N = 7 };
	float c[N * N] = {0};
	uint32_t column_of[N];

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		c[i * N + i] = 1;
		c[i * N + (i + 1) % N] = 1.0000001f;
	}
	solve(c, N, &most, column_of);
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(column_of[i], (i + 1) % N);
	solve(c, N, &(struct assign_how){true, 1e-6, NULL}, column_of);
	expect_identity(column_of, N);
}

static void
costs_that_are_not_finite_are_refused_by_place(void **state)
{
	static const float bad[] = {NAN, INFINITY, -INFINITY};
	enum { N = 67 };
	static const size_t places[] = {0, 3, N * N - 1, 5 * N + 66, 40 * N + 64};
	uint32_t column_of[N] = {9};
	float *c = costs_new(N);
	struct assign *s;

	(void)state;
	assert_int_equal(assign_new(&s, N, NULL), LADLE_OK);
	for (size_t k = 0; k < 3 * 5; k++) {
		struct ladle_error err = {0};
		char expected[64];
		size_t at = places[k % 5];

		c[at] = bad[k / 5];
		assert_int_equal(assign_solve(s, c, &least, column_of, NULL, &err), LADLE_E_VALUE);
		c[at] = 0;
		snprintf(expected, sizeof(expected), "unit %zu beside unit %zu is", at / N, at % N);
		assert_non_null(strstr(err.text, expected));
		assert_int_equal(column_of[0], 9);
	}
	assert_int_equal(assign_solve(s, c, &least, column_of, NULL, NULL), LADLE_OK);
	assign_free(s);
	free(c);
}

static void
largest_floats_do_not_overflow(void **state)
{
	uint64_t seed = 6;
	uint32_t column_of[90];
	float *c = costs_new(90);

	(void)state;
	for (size_t k = 0; k < 90 * 90; k++)
		c[k] = fake_random(&seed) < 0 ? -FLT_MAX : FLT_MAX;
	assert_true(solve(c, 90, &most, column_of) > 80 * (double)FLT_MAX);
	free(c);
}

static void
a_canceled_job_leaves_the_result_alone(void **state)
{
	uint64_t seed = 7;
	uint32_t column_of[100] = {9};
	float *c = costs_new(100);
	struct ladle_job *job = ladle_job_new();
	struct assign *s;

	(void)state;
	costs_rank_3(c, 100, &seed);
	ladle_job_cancel(job);
	assert_int_equal(assign_new(&s, 100, NULL), LADLE_OK);
	assert_int_equal(assign_solve(s, c, &least, column_of, job, NULL), LADLE_E_CANCELED);
	assert_int_equal(column_of[0], 9);
	assign_free(s);
	ladle_job_free(job);
	free(c);
}

static void
scratch_remembers_nothing(void **state)
{
	uint64_t seed = 8;
	uint32_t once[130], again[130];
	float *c = costs_new(130);
	struct assign *s;

	(void)state;
	assert_int_equal(assign_new(&s, 130, NULL), LADLE_OK);
	for (int times = 0; times < 5 * COSTS_KINDS; times++) {
		costs_kinds[times % COSTS_KINDS](c, 130, &seed);
		solve(c, 130, &most, once);
		assert_int_equal(assign_solve(s, c, &most, again, NULL, NULL), LADLE_OK);
		assert_memory_equal(once, again, sizeof(once));
	}
	assign_free(s);
	free(c);
}

/* Both tables of loops give the same bits, where this processor has both. */
static void
every_processor_takes_the_same_steps(void **state)
{
	(void)state;
#ifdef HAVE_ASSIGN_AVX2
	const struct assign_loops *a = assign_loops_plain(), *b = assign_loops_avx2();
	double v[BLOCK], x[2][BLOCK], distance[2][BLOCK];
	int64_t from[2][BLOCK] = {{0}};
	float c[BLOCK], low[2][BLOCK] = {{0}}, high[2][BLOCK] = {{0}};
	uint64_t seed = 9;

	if (!__builtin_cpu_supports("avx2"))
		skip();
	for (int j = 0; j < BLOCK; j++) {
		v[j] = fake_random(&seed);
		c[j] = (float)fake_random(&seed);
		distance[0][j] = distance[1][j] = j % 5 ? fake_random(&seed) : (double)NAN;
	}
	assert_true(a->reduce(x[0], c, -1, v) == b->reduce(x[1], c, -1, v));
	assert_memory_equal(x[0], x[1], sizeof(x[0]));
	assert_true(a->relax((struct reach){distance[0], from[0]}, 5, c, -1, v, .1) ==
			b->relax((struct reach){distance[1], from[1]}, 5, c, -1, v, .1));
	assert_memory_equal(distance[0], distance[1], sizeof(distance[0]));
	assert_memory_equal(from[0], from[1], sizeof(from[0]));
	assert_true(a->extend(low[0], high[0], c) && b->extend(low[1], high[1], c));
	assert_memory_equal(low[0], low[1], sizeof(low[0]));
	assert_memory_equal(high[0], high[1], sizeof(high[0]));
#else
	skip();
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(no_assignment_of_few_is_better),
			cmocka_unit_test(known_costs_give_known_assignments),
			cmocka_unit_test(products_of_numbers_are_sorted_against_each_other),
			cmocka_unit_test(duals_prove_a_thousand_assignments),
			cmocka_unit_test(any_size_finds_a_planted_permutation),
			cmocka_unit_test(none_and_one_are_assigned),
			cmocka_unit_test(equal_costs_give_the_identity),
			cmocka_unit_test(a_model_with_itself_gives_the_identity),
			cmocka_unit_test(rows_that_may_stay_do_though_others_move),
			cmocka_unit_test(the_tie_says_what_counts_as_equal),
			cmocka_unit_test(a_unit_stays_that_another_can_replace),
			cmocka_unit_test(a_cycle_stays_as_a_whole),
			cmocka_unit_test(costs_that_are_not_finite_are_refused_by_place),
			cmocka_unit_test(largest_floats_do_not_overflow),
			cmocka_unit_test(a_canceled_job_leaves_the_result_alone),
			cmocka_unit_test(scratch_remembers_nothing),
			cmocka_unit_test(every_processor_takes_the_same_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
