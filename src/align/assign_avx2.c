/* For x86-64 processors with AVX2; assign.c asks before it uses this. */
#include "align/assign_loops.h"

#ifdef HAVE_ASSIGN_AVX2
#define WIDTH 4
#define LOOP __attribute__((target("avx2")))
#define LOOPS assign_loops_avx2
#include "align/assign_body.h"
#endif
