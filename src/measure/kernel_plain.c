/* For any processor: registers of two doubles, or what the compiler makes of them. */
#define WIDTH 2
#define LOOP
#define LOOPS kernel_loops_plain
#include "measure/kernel_body.h"
