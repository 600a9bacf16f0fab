/* For x86-64 processors with AVX2; kernel.c asks before it uses this. */
#include "measure/kernel_loops.h"

#ifdef HAVE_KERNEL_AVX2
#define WIDTH 4
#define LOOP __attribute__((target("avx2")))
#define LOOPS kernel_loops_avx2
#include "measure/kernel_body.h"
#endif
