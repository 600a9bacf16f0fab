/* Products of matrices by OpenBLAS, or by plain loops where that is not built in. */
#ifndef ALIGN_GEMM_H
#define ALIGN_GEMM_H

#include <stdbool.h>
#include <stddef.h>

enum gemm_form {
	GEMM_TN, /* A is k x m, B is k x n: C += scale A' B, for tensors whose last axis pairs */
	GEMM_NT, /* A is m x k, B is n x k: C += scale A B', for those whose first axis is */
};

/* C is m x n. All are stored row by row; a stride is the distance of two rows in elements. C
 * overlaps neither A nor B. Any extent may be 0. */
struct gemm {
	enum gemm_form form;
	size_t m, n, k; /* m, n, k and strides below 2^31 */
	double scale;
	const void *a, *b;
	size_t a_stride, b_stride;
	void *c;
	size_t c_stride;
};

void gemm_float(const struct gemm *);
void gemm_double(const struct gemm *);

/* Whether OpenBLAS is built in. */
bool gemm_is_fast(void);
/* How many threads a product may use from now on; returns how many it could before. OpenBLAS keeps
 * this for the whole process, so only who owns the process calls this, and while no product runs;
 * the products never do. 1, and threads of the caller's own, gives bits that do not depend on how
 * many there are. */
int gemm_threads(int threads);

#endif
