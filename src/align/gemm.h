/* Products of matrices of floats, by OpenBLAS where it is there when the program runs, else by
 * plain loops. It is loaded when it is first wanted, since loading it takes longer than `ladle ls`
 * does. */
#ifndef ALIGN_GEMM_H
#define ALIGN_GEMM_H

#include <stdbool.h>
#include <stddef.h>

/* Who multiplies; one for as many threads as like. */
struct blas;

/* NULL where there is no OpenBLAS, which all take for the plain loops. OpenBLAS uses no threads of
 * its own from then on, in the whole process: the callers' threads give bits that do not depend on
 * how many there are. */
struct blas *blas_open(void);
void blas_close(struct blas *);

enum gemm_form {
	GEMM_TN, /* A is k x m, B is k x n: C += scale A' B, for tensors whose last axis pairs */
	GEMM_NT, /* A is m x k, B is n x k: C += scale A B', for those whose first axis does */
	GEMM_NN  /* A is m x k, B is k x n: C += scale A B */
};

/* C is m x n. All are stored row by row; a stride is the distance of two rows in elements. C
 * overlaps neither A nor B. Any extent may be 0. */
struct gemm {
	enum gemm_form form;
	size_t m, n, k; /* m, n, k and strides below 2^31 */
	double scale;
	const float *a, *b;
	size_t a_stride, b_stride;
	float *c;
	size_t c_stride;
};

void gemm(const struct blas *, const struct gemm *);
/* The same by `threads`, in pieces that do not depend on them. */
void gemm_run(const struct blas *, const struct gemm *, int threads);

#endif
