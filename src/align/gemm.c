#include "align/gemm.h"

#include <assert.h>
#include <limits.h>

#ifdef HAVE_OPENBLAS
#include <cblas.h>
#endif

#include "base/clones.h"

#ifdef HAVE_OPENBLAS

static void
check(const struct gemm *g)
{
	assert(g->m <= INT_MAX && g->n <= INT_MAX && g->k <= INT_MAX);
	assert(g->a_stride <= INT_MAX && g->b_stride <= INT_MAX && g->c_stride <= INT_MAX);
}

/* BLAS refuses an empty matrix whose stride is 0. */
static bool
is_empty(const struct gemm *g)
{
	return g->m == 0 || g->n == 0 || g->k == 0;
}

void
gemm_float(const struct gemm *g)
{
	bool first = g->form == GEMM_TN;

	check(g);
	if (!is_empty(g))
		cblas_sgemm(CblasRowMajor, first ? CblasTrans : CblasNoTrans,
				first ? CblasNoTrans : CblasTrans, (int)g->m, (int)g->n, (int)g->k,
				(float)g->scale, g->a, (int)g->a_stride, g->b, (int)g->b_stride, 1,
				g->c, (int)g->c_stride);
}

void
gemm_double(const struct gemm *g)
{
	bool first = g->form == GEMM_TN;

	check(g);
	if (!is_empty(g))
		cblas_dgemm(CblasRowMajor, first ? CblasTrans : CblasNoTrans,
				first ? CblasNoTrans : CblasTrans, (int)g->m, (int)g->n, (int)g->k,
				g->scale, g->a, (int)g->a_stride, g->b, (int)g->b_stride, 1, g->c,
				(int)g->c_stride);
}

bool
gemm_is_fast(void)
{
	return true;
}

int
gemm_threads(int threads)
{
	int before = openblas_get_num_threads();

	openblas_set_num_threads(threads);
	return before;
}

#else

/* Lanes of a sum that the compiler may keep in one register. */
enum { LANES = 8 };

CLONES static void
add_scaled_float(float *restrict c, const float *restrict b, float scale, size_t n)
{
	for (size_t j = 0; j < n; j++)
		c[j] += scale * b[j];
}

CLONES static void
add_scaled_double(double *restrict c, const double *restrict b, double scale, size_t n)
{
	for (size_t j = 0; j < n; j++)
		c[j] += scale * b[j];
}

CLONES static float
dot_float(const float *a, const float *b, size_t k)
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

CLONES static double
dot_double(const double *a, const double *b, size_t k)
{
	double lane[LANES] = {0}, sum = 0;
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

void
gemm_float(const struct gemm *g)
{
	const float *a = g->a, *b = g->b;
	float *c = g->c, scale = (float)g->scale;

	for (size_t i = 0; i < g->m && g->form == GEMM_TN; i++)
		for (size_t l = 0; l < g->k; l++)
			add_scaled_float(c + i * g->c_stride, b + l * g->b_stride,
					scale * a[l * g->a_stride + i], g->n);
	for (size_t i = 0; i < g->m && g->form == GEMM_NT; i++)
		for (size_t j = 0; j < g->n; j++)
			c[i * g->c_stride + j] +=
					scale *
					dot_float(a + i * g->a_stride, b + j * g->b_stride, g->k);
}

void
gemm_double(const struct gemm *g)
{
	const double *a = g->a, *b = g->b;
	double *c = g->c;

	for (size_t i = 0; i < g->m && g->form == GEMM_TN; i++)
		for (size_t l = 0; l < g->k; l++)
			add_scaled_double(c + i * g->c_stride, b + l * g->b_stride,
					g->scale * a[l * g->a_stride + i], g->n);
	for (size_t i = 0; i < g->m && g->form == GEMM_NT; i++)
		for (size_t j = 0; j < g->n; j++)
			c[i * g->c_stride + j] +=
					g->scale *
					dot_double(a + i * g->a_stride, b + j * g->b_stride, g->k);
}

bool
gemm_is_fast(void)
{
	return false;
}

int
gemm_threads(int threads)
{
	(void)threads;
	return 1;
}

#endif
