#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "align/gemm.h"
#include "support/fake_table.h"

enum { MAX = 70, ROOM = MAX * (MAX + 3) };

/* Operands with gaps between their rows, as doubles and as the floats that hold the same. */
static struct operands {
	double a[ROOM], b[ROOM], c[ROOM], twin[ROOM];
	float fa[ROOM], fb[ROOM], fc[ROOM];
} op;

static void
fill(uint64_t seed)
{
	for (int k = 0; k < ROOM; k++) {
		op.a[k] = op.fa[k] = (float)fake_random(&seed);
		op.b[k] = op.fb[k] = (float)fake_random(&seed);
		op.c[k] = op.twin[k] = op.fc[k] = (float)fake_random(&seed);
	}
}

static void
multiply_twin(const struct gemm *g)
{
	bool first = g->form == GEMM_TN;

	for (size_t i = 0; i < g->m; i++) {
		for (size_t j = 0; j < g->n; j++) {
			long double sum = 0;

			for (size_t l = 0; l < g->k; l++)
				sum += (long double)op.a[first ? l * g->a_stride + i
							       : i * g->a_stride + l] *
				       (long double)op.b[first ? l * g->b_stride + j
							       : j * g->b_stride + l];
			op.twin[i * g->c_stride + j] += (double)(sum * (long double)g->scale);
		}
	}
}

static bool
in_block(const struct gemm *g, size_t at)
{
	return at / g->c_stride < g->m && at % g->c_stride < g->n;
}

/* Between the rows of C and behind the last one nothing changes. */
static void
expect_product(const struct gemm *g)
{
	double room = 2 * (double)g->k + 2;

	for (size_t at = 0; at < ROOM; at++) {
		double off = fabs(op.c[at] - op.twin[at]);
		double float_off = fabs((double)op.fc[at] - op.twin[at]);

		if (in_block(g, at) ? off > room * 1e-15 || float_off > room * 1e-6
				    : off > 0 || float_off > 0)
			fail_msg("%zu x %zu x %zu: %g and %g are not %g", g->m, g->n, g->k,
					op.c[at], (double)op.fc[at], op.twin[at]);
	}
}

static void
check(enum gemm_form form, size_t m, size_t n, size_t k, size_t gap, double scale)
{
	struct gemm g = {form, m, n, k, scale, op.a, op.b, .c = op.c, .c_stride = n + gap};

	g.a_stride = (form == GEMM_TN ? m : k) + gap;
	g.b_stride = (form == GEMM_TN ? n : k) + gap;
	g.c_stride += g.c_stride == 0;
	fill(m * 100 + n * 10 + k);
	multiply_twin(&g);
	gemm_double(&g);
	g.a = op.fa;
	g.b = op.fb;
	g.c = op.fc;
	gemm_float(&g);
	expect_product(&g);
}

static void
products_are_added_to_what_is_there(void **state)
{
	static const size_t extents[] = {0, 1, 2, 7, 8, 9, 64, MAX};
	const size_t count = sizeof(extents) / sizeof(extents[0]);

	(void)state;
	for (size_t at = 0; at < count * count * count; at++) {
		size_t m = extents[at % count], n = extents[at / count % count];
		size_t k = extents[at / count / count];

		check(GEMM_TN, m, n, k, 0, 1);
		check(GEMM_NT, m, n, k, 3, .25);
		check(GEMM_TN, m, n, k, 2, -1.5);
	}
}

static void
a_vector_is_a_matrix_of_one_row(void **state)
{
	float x[] = {1, 2, 3}, y[] = {10, 20}, c[6] = {0};
	const struct gemm outer = {GEMM_TN, 3, 2, 1, 2, x, y, 3, 2, c, 2};

	(void)state;
	gemm_float(&outer);
	assert_true(c[0] == 20 && c[1] == 40 && c[4] == 60 && c[5] == 120);
}

static void
threads_are_the_callers_to_set(void **state)
{
	int before = gemm_threads(1);

	(void)state;
	assert_true(before >= 1);
	assert_int_equal(gemm_threads(before), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(products_are_added_to_what_is_there),
			cmocka_unit_test(a_vector_is_a_matrix_of_one_row),
			cmocka_unit_test(threads_are_the_callers_to_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
