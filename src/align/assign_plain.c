/* For any processor: registers of two doubles, or what the compiler makes of them. */
#define WIDTH 2
#define LOOP
#define LOOPS assign_loops_plain
#include "align/assign_body.h"
