/* One source for all processors: the compiler makes a second body for AVX2 and the loader picks
 * one. Both give the same bits, since contraction is off and sums have fixed lanes. */
#ifndef BASE_CLONES_H
#define BASE_CLONES_H

#include <limits.h> /* any header of the C library: it defines __GLIBC__ */

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) &&             \
		!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
		!defined(__clang__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

#endif
