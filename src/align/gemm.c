#include "align/gemm.h"

#include <assert.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>

#include "base/clones.h"
#include "base/pool.h"

/* ---- OpenBLAS ---- */

/* Numbers of the CBLAS interface (Netlib, cblas.h). */
enum { ROW_MAJOR = 101, AS_IT_IS = 111, TRANSPOSED = 112 };

typedef void cblas_sgemm_function(int order, int transpose_a, int transpose_b, int m, int n, int k,
		float alpha, const float *a, int lda, const float *b, int ldb, float beta, float *c,
		int ldc);

struct blas {
	void *library;
	cblas_sgemm_function *sgemm;
};

static const char *const libraries[] = {
		"libopenblas.so.0",
		"libopenblas.so",
		"libopenblas.0.dylib",
		"libopenblas.dylib",
};

struct blas *
blas_open(void)
{
	void (*set_threads)(int);
	struct blas *blas = calloc(1, sizeof(*blas));

	for (size_t i = 0; blas && !blas->library && i < sizeof(libraries) / sizeof(*libraries);
			i++)
		blas->library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
	if (!blas || !blas->library) {
		free(blas);
		return NULL;
	}
	*(void **)&blas->sgemm = dlsym(blas->library, "cblas_sgemm");
	*(void **)&set_threads = dlsym(blas->library, "openblas_set_num_threads");
	if (!blas->sgemm || !set_threads) {
		blas_close(blas);
		return NULL;
	}
	set_threads(1);
	return blas;
}

/* The library itself stays: its threads would not survive that its code goes. */
void
blas_close(struct blas *blas)
{
	free(blas);
}

static void
multiply_fast(const struct blas *blas, const struct gemm *g)
{
	assert(g->m <= INT_MAX && g->n <= INT_MAX && g->k <= INT_MAX);
	assert(g->a_stride <= INT_MAX && g->b_stride <= INT_MAX && g->c_stride <= INT_MAX);
	blas->sgemm(ROW_MAJOR, g->form == GEMM_TN ? TRANSPOSED : AS_IT_IS,
			g->form == GEMM_NT ? TRANSPOSED : AS_IT_IS, (int)g->m, (int)g->n, (int)g->k,
			(float)g->scale, g->a, (int)g->a_stride, g->b, (int)g->b_stride, 1, g->c,
			(int)g->c_stride);
}

/* ---- plain loops ---- */

/* Lanes of a sum that the compiler may keep in one register. */
enum { LANES = 8 };

CLONES static void
add_scaled(float *restrict c, const float *restrict b, float scale, size_t n)
{
	for (size_t j = 0; j < n; j++)
		c[j] += scale * b[j];
}

CLONES static float
dot(const float *a, const float *b, size_t k)
{
	float lane[LANES] = {0}, sum = 0;
	size_t whole = k / LANES * LANES;

	for (size_t l = 0; l < whole; l += LANES)
		for (size_t i = 0; i < LANES; i++)
			lane[i] += a[l + i] * b[l + i];
	for (size_t i = 0; i < LANES; i++)
		sum += lane[i];
	for (size_t l = whole; l < k; l++)
		sum += a[l] * b[l];
	return sum;
}

static void
multiply_plain(const struct gemm *g)
{
	size_t step_a = g->form == GEMM_TN ? g->a_stride : 1;
	size_t next_a = g->form == GEMM_TN ? 1 : g->a_stride;
	float scale = (float)g->scale;

	for (size_t i = 0; i < g->m && g->form != GEMM_NT; i++)
		for (size_t l = 0; l < g->k; l++)
			add_scaled(g->c + i * g->c_stride, g->b + l * g->b_stride,
					scale * g->a[l * step_a + i * next_a], g->n);
	for (size_t i = 0; i < g->m && g->form == GEMM_NT; i++)
		for (size_t j = 0; j < g->n; j++)
			g->c[i * g->c_stride + j] += scale * dot(g->a + i * g->a_stride,
								     g->b + j * g->b_stride, g->k);
}

/* BLAS refuses an empty matrix whose stride is 0. */
void
gemm(const struct blas *blas, const struct gemm *g)
{
	if (g->m == 0 || g->n == 0 || g->k == 0)
		return;
	if (blas)
		multiply_fast(blas, g);
	else
		multiply_plain(g);
}

/* ---- on threads ---- */

enum {
	STRIPE = 128,       /* rows of C that one thread computes at a time */
	WORTH_A_THREAD = 22 /* binary order of products below which one is enough */
};

struct stripes {
	const struct blas *blas;
	const struct gemm *whole;
};

static bool
run_stripe(size_t index, int worker, void *arg)
{
	const struct stripes *all = arg;
	struct gemm part = *all->whole;
	size_t first = index * STRIPE;

	(void)worker;
	part.m = part.m - first < STRIPE ? part.m - first : STRIPE;
	part.a += first * (part.form == GEMM_TN ? 1 : part.a_stride);
	part.c += first * part.c_stride;
	gemm(all->blas, &part);
	return true;
}

void
gemm_run(const struct blas *blas, const struct gemm *g, int threads)
{
	struct stripes all = {blas, g};

	if (g->m * g->n * g->k >> WORTH_A_THREAD == 0)
		threads = 1;
	pool_run(threads, (g->m + STRIPE - 1) / STRIPE, run_stripe, &all);
}
