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

/* Operands with gaps between their rows. */
static struct operands {
	float a[ROOM], b[ROOM], c[ROOM];
	double twin[ROOM];
} op;
static struct blas *fast;

static void
fill(uint64_t seed)
{
	for (int k = 0; k < ROOM; k++) {
		op.a[k] = (float)fake_random(&seed);
		op.b[k] = (float)fake_random(&seed);
		op.c[k] = (float)fake_random(&seed);
		op.twin[k] = op.c[k];
	}
}

static void
multiply_twin(const struct gemm *g)
{
	bool first = g->form == GEMM_TN, second = g->form == GEMM_NT;

	for (size_t i = 0; i < g->m; i++) {
		for (size_t j = 0; j < g->n; j++) {
			long double sum = 0;

			for (size_t l = 0; l < g->k; l++)
				sum += (long double)op.a[first ? l * g->a_stride + i
							       : i * g->a_stride + l] *
				       (long double)op.b[second ? j * g->b_stride + l
								: l * g->b_stride + j];
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
		double off = fabs((double)op.c[at] - op.twin[at]);

		if (in_block(g, at) ? off > room * 1e-6 : off > 0)
			fail_msg("%zu x %zu x %zu: %g is not %g", g->m, g->n, g->k,
					(double)op.c[at], op.twin[at]);
	}
}

static void
check(const struct blas *blas, enum gemm_form form, size_t m, size_t n, size_t k, size_t gap,
		double scale)
{
	struct gemm g = {form, m, n, k, scale, op.a, op.b, .c = op.c, .c_stride = n + gap};

	g.a_stride = (form == GEMM_TN ? m : k) + gap;
	g.b_stride = (form == GEMM_NT ? k : n) + gap;
	g.c_stride += g.c_stride == 0;
	fill(m * 100 + n * 10 + k);
	multiply_twin(&g);
	gemm(blas, &g);
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

		for (int plain = 0; plain < 2; plain++) {
			check(plain ? NULL : fast, GEMM_TN, m, n, k, 0, 1);
			check(plain ? NULL : fast, GEMM_NT, m, n, k, 3, .25);
			check(plain ? NULL : fast, GEMM_TN, m, n, k, 2, -1.5);
			check(plain ? NULL : fast, GEMM_NN, m, n, k, 1, 2);
		}
	}
}

static void
a_vector_is_a_matrix_of_one_row(void **state)
{
	float x[] = {1, 2, 3}, y[] = {10, 20}, c[6] = {0};
	const struct gemm outer = {GEMM_TN, 3, 2, 1, 2, x, y, 3, 2, c, 2};

	(void)state;
	gemm(fast, &outer);
	assert_true(c[0] == 20 && c[1] == 40 && c[4] == 60 && c[5] == 120);
}

/* Stripes of rows are what one product of each would be. */
static void
threads_change_no_bit(void **state)
{
	enum { M = 300, N = 200, K = 150 };
	float *a = malloc(K * M * sizeof(*a)), *b = malloc(K * N * sizeof(*b));
	float *one = calloc(M * N, sizeof(*one)), *three = calloc(M * N, sizeof(*three));
	struct gemm g = {GEMM_TN, M, N, K, 1, a, b, M, N, one, N};
	uint64_t seed = 7;
	double sum = 0;

	(void)state;
	for (int i = 0; i < K * M; i++)
		a[i] = (float)fake_random(&seed);
	for (int i = 0; i < K * N; i++)
		b[i] = (float)fake_random(&seed);
	gemm_run(fast, &g, 1);
	g.c = three;
	gemm_run(fast, &g, 3);
	assert_memory_equal(one, three, M * N * sizeof(*one));
	for (int l = 0; l < K; l++)
		sum += (double)a[l * M + 299] * (double)b[l * N + 17];
	assert_true(fabs((double)one[299 * N + 17] - sum) < 1e-3);
	free(a);
	free(b);
	free(one);
	free(three);
}

static int
open_fast(void **state)
{
	(void)state;
	fast = blas_open();
	if (fast == NULL)
		print_message("no OpenBLAS here: the plain loops are tested alone\n");
	return 0;
}

static int
close_fast(void **state)
{
	(void)state;
	blas_close(fast);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(products_are_added_to_what_is_there),
			cmocka_unit_test(a_vector_is_a_matrix_of_one_row),
			cmocka_unit_test(threads_change_no_bit),
	};

	return cmocka_run_group_tests(tests, open_fast, close_fast);
}
