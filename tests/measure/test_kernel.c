#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "measure/kernel_loops.h"
#include "measure/plan.h"
#include "support/fake_table.h"

enum { MAX_N = 18, MAX_COUNT = 3000 };

/* The inputs of a block, and the sums that an obvious loop in long double gives. */
struct twin {
	uint32_t n;
	size_t count;
	double data[MAX_N][MAX_COUNT];
	float single[MAX_N][MAX_COUNT];
	long double norm2[MAX_N], distance2[MAX_N][MAX_N], max_abs[MAX_N][MAX_N];
	uint64_t nonfinite[MAX_N];
};

static struct twin twin; /* too large for a stack */

static bool
all_finite(size_t at)
{
	for (uint32_t k = 0; k < twin.n; k++)
		if (!isfinite(twin.data[k][at]))
			return false;
	return true;
}

static void
add_element(size_t at)
{
	for (uint32_t i = 0; i < twin.n; i++) {
		long double x = twin.data[i][at];

		twin.norm2[i] += x * x;
		for (uint32_t j = 0; j < twin.n; j++) {
			long double d = x - (long double)twin.data[j][at];

			twin.distance2[i][j] += d * d;
			twin.max_abs[i][j] = fmaxl(twin.max_abs[i][j], fabsl(d));
		}
	}
}

static void
twin_sum(void)
{
	memset(twin.norm2, 0, sizeof(twin.norm2));
	memset(twin.distance2, 0, sizeof(twin.distance2));
	memset(twin.max_abs, 0, sizeof(twin.max_abs));
	memset(twin.nonfinite, 0, sizeof(twin.nonfinite));
	for (size_t at = 0; at < twin.count; at++) {
		for (uint32_t k = 0; k < twin.n; k++)
			twin.nonfinite[k] += !isfinite(twin.data[k][at]);
		if (all_finite(at))
			add_element(at);
	}
}

/* Values that a float holds, so that one twin serves both element types. */
static void
twin_fill(uint32_t n, size_t count)
{
	uint64_t seed = n * 1000 + count;

	twin.n = n;
	twin.count = count;
	for (uint32_t k = 0; k < n; k++)
		for (size_t i = 0; i < count; i++)
			twin.data[k][i] = twin.single[k][i] = (float)fake_random(&seed);
}

static struct sums
measure(enum ladle_dtype dtype, void **memory, bool with_moments)
{
	const void *data[MAX_N];
	double *scratch = malloc(kernel_scratch(twin.n) * sizeof(*scratch));
	struct sums sums;

	*memory = malloc(sums_size(twin.n, with_moments));
	sums = sums_at(*memory, twin.n, with_moments);
	for (uint32_t k = 0; k < twin.n; k++)
		data[k] = dtype == LADLE_FLOAT32 ? (void *)twin.single[k] : (void *)twin.data[k];
	kernel_block(&sums, dtype, data, twin.count, scratch);
	free(scratch);
	return sums;
}

static void
expect_near(double got, long double expected)
{
	if (fabsl((long double)got - expected) > 1e-14L * fabsl(expected))
		fail_msg("%.17g is not %.17Lg", got, expected);
}

static void
expect_twin(enum ladle_dtype dtype)
{
	void *memory;
	struct sums sums = measure(dtype, &memory, false);
	uint32_t n = twin.n;

	for (uint32_t i = 0; i < n; i++) {
		expect_near(sums.norm2[i], twin.norm2[i]);
		assert_true(sums.nonfinite[i] == (double)twin.nonfinite[i]);
		for (uint32_t j = i + 1; j < n; j++) {
			expect_near(sums.distance2[i * n + j], twin.distance2[i][j]);
			expect_near(sums.max_abs[i * n + j], twin.max_abs[i][j]);
		}
	}
	free(memory);
}

static const size_t counts[] = {0, 1, 7, 8, 9, 511, 512, 513, 1024, 2999};
static const uint32_t inputs[] = {1, 2, 3, 4, 18};

enum { COUNTS = sizeof(counts) / sizeof(counts[0]), INPUTS = sizeof(inputs) / sizeof(inputs[0]) };

static void
sums_are_those_of_the_obvious_loop(void **state)
{
	(void)state;
	for (int n = 0; n < INPUTS; n++) {
		for (int c = 0; c < COUNTS; c++) {
			twin_fill(inputs[n], counts[c]);
			twin_sum();
			expect_twin(LADLE_FLOAT32);
			expect_twin(LADLE_FLOAT64);
		}
	}
}

static void
elements_that_are_not_finite_leave_all_inputs(void **state)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY};

	(void)state;
	for (int n = 0; n < INPUTS; n++) {
		for (int c = 1; c < COUNTS; c++) {
			twin_fill(inputs[n], counts[c]);
			for (int b = 0; b < 3; b++) {
				uint32_t k = (uint32_t)b % twin.n;
				size_t at = twin.count - 1 - (size_t)b % twin.count;

				twin.data[k][at] = bad[b];
				twin.single[k][at] = (float)bad[b];
			}
			twin_sum();
			expect_twin(LADLE_FLOAT32);
			expect_twin(LADLE_FLOAT64);
		}
	}
}

/* A plain Gram of doubles would lose such distances wholly. */
static void
distances_are_exact_one_ulp_apart(void **state)
{
	(void)state;
	for (int n = 1; n < INPUTS; n++) {
		twin_fill(inputs[n], 2999);
		for (uint32_t k = 1; k < twin.n; k++)
			for (size_t i = 0; i < twin.count; i++) {
				twin.single[k][i] = nextafterf(twin.single[k - 1][i], 2);
				twin.data[k][i] = nextafter(twin.data[k - 1][i], 2);
			}
		twin_sum();
		expect_twin(LADLE_FLOAT64);
		for (uint32_t k = 0; k < twin.n; k++)
			for (size_t i = 0; i < twin.count; i++)
				twin.data[k][i] = (double)twin.single[k][i];
		twin_sum();
		expect_twin(LADLE_FLOAT32);
	}
}

/* Large doubles whose squares overflow are finite all the same. */
static void
huge_values_are_not_counted_as_infinite(void **state)
{
	void *memory;
	struct sums sums;

	(void)state;
	twin_fill(2, 100);
	twin.data[0][50] = 1e200;
	sums = measure(LADLE_FLOAT64, &memory, false);
	assert_true(sums.nonfinite[0] == 0 && sums.nonfinite[1] == 0);
	assert_true(sums.max_abs[1] == 1e200 - twin.data[1][50]);
	free(memory);
}

static void
expect_moments(const struct moments *got, uint32_t k)
{
	long double sum = 0, m2 = 0;
	double n = 0, zeros = 0, nan = 0, inf = 0, min = INFINITY, max = -INFINITY;

	for (size_t i = 0; i < twin.count; i++) {
		double x = twin.data[k][i];

		nan += isnan(x) != 0;
		inf += isinf(x) != 0;
		if (!isfinite(x))
			continue;
		n++;
		sum += (long double)x;
		zeros += x == 0;
		min = fmin(min, x);
		max = fmax(max, x);
	}
	for (size_t i = 0; i < twin.count; i++) {
		long double d = (long double)twin.data[k][i] - sum / (long double)n;

		if (isfinite(twin.data[k][i]))
			m2 += d * d;
	}
	assert_true(got->n == n && got->zeros == zeros && got->nan == nan && got->inf == inf);
	assert_true(got->min == min && got->max == max);
	if (n > 0 && fabsl((long double)got->mean - sum / (long double)n) >
					1e-15L * (1 + fabsl(sum)))
		fail_msg("mean %.17g is not %.17Lg", got->mean, sum / (long double)n);
	if (fabsl((long double)got->m2 - m2) > 1e-13L * m2)
		fail_msg("m2 %.17g is not %.17Lg", got->m2, m2);
}

static void
moments_are_those_of_the_finite_elements(void **state)
{
	(void)state;
	for (int c = 0; c < COUNTS; c++) {
		for (int spoiled = 0; spoiled < 2; spoiled++) {
			void *memory;
			struct sums sums;

			twin_fill(3, counts[c]);
			for (size_t i = 0; i < twin.count; i++)
				twin.data[2][i] += 1000; /* a mean far from 0 */
			for (size_t i = 0; i < twin.count; i += 5)
				twin.data[0][i] = i % 2 ? 0. : -0.;
			for (size_t i = 2; spoiled && i < twin.count; i += 700)
				twin.data[1][i] = i % 3 ? (double)NAN : (double)-INFINITY;
			sums = measure(LADLE_FLOAT64, &memory, true);
			for (uint32_t k = 0; k < 3; k++)
				expect_moments(&sums.moments[k], k);
			free(memory);
		}
	}
}

/* Both tables of loops give the same bits, where this processor has both. */
static void
every_processor_gives_the_same_bits(void **state)
{
	(void)state;
#ifdef HAVE_KERNEL_AVX2
	const struct kernel_loops *a = kernel_loops_plain(), *b = kernel_loops_avx2();
	struct pair_sums p, q;
	struct moments m = {0}, o = {0};
	double x = 0, y = 0;

	if (!__builtin_cpu_supports("avx2"))
		skip();
	twin_fill(2, 2048);
	a->pair_float(&p, twin.single[0], twin.single[1], twin.count);
	b->pair_float(&q, twin.single[0], twin.single[1], twin.count);
	assert_memory_equal(&p, &q, sizeof(p));
	a->pair_double(&p, twin.data[0], twin.data[1], twin.count);
	b->pair_double(&q, twin.data[0], twin.data[1], twin.count);
	assert_memory_equal(&p, &q, sizeof(p));
	assert_true(a->square(twin.data[0], twin.count) == b->square(twin.data[0], twin.count));
	assert_true(a->distance(twin.data[0], twin.data[1], twin.count, &x) ==
			b->distance(twin.data[0], twin.data[1], twin.count, &y));
	assert_true(x == y && x > 0);
	a->range(&m, twin.data[0], twin.count);
	b->range(&o, twin.data[0], twin.count);
	assert_memory_equal(&m, &o, sizeof(m));
	assert_true(a->spread(twin.data[0], twin.count, m.mean) ==
			b->spread(twin.data[0], twin.count, m.mean));
#else
	skip();
#endif
}

static void
folded_blocks_are_the_whole(void **state)
{
	void *memory, *first, *second;
	struct sums whole, a, b;

	(void)state;
	twin_fill(2, 2048);
	whole = measure(LADLE_FLOAT64, &memory, true);
	twin.count = 1024;
	a = measure(LADLE_FLOAT64, &first, true);
	for (uint32_t k = 0; k < 2; k++)
		memmove(twin.data[k], twin.data[k] + 1024, 1024 * sizeof(double));
	b = measure(LADLE_FLOAT64, &second, true);
	sums_fold(&a, &b);
	expect_near(a.norm2[0], (long double)whole.norm2[0]);
	expect_near(a.distance2[1], (long double)whole.distance2[1]);
	assert_true(a.max_abs[1] == whole.max_abs[1]);
	assert_true(a.moments[1].n == 2048 && a.moments[1].min == whole.moments[1].min);
	expect_near(a.moments[1].m2, (long double)whole.moments[1].m2);
	free(memory);
	free(first);
	free(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(sums_are_those_of_the_obvious_loop),
			cmocka_unit_test(elements_that_are_not_finite_leave_all_inputs),
			cmocka_unit_test(distances_are_exact_one_ulp_apart),
			cmocka_unit_test(huge_values_are_not_counted_as_infinite),
			cmocka_unit_test(moments_are_those_of_the_finite_elements),
			cmocka_unit_test(every_processor_gives_the_same_bits),
			cmocka_unit_test(folded_blocks_are_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
