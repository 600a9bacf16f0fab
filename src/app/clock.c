#include "app/clock.h"

#include <stdbool.h>

static bool is_fixed;
static time_t fixed;

double
clock_seconds(void)
{
	struct timespec now;

	if (is_fixed)
		return (double)fixed;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

time_t
clock_wall(void)
{
	return is_fixed ? fixed : time(NULL);
}

void
clock_fix(time_t seconds)
{
	is_fixed = true;
	fixed = seconds;
}
