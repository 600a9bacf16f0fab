/* The one place that asks what time it is, so that a test can say it. */
#ifndef APP_CLOCK_H
#define APP_CLOCK_H

#include <time.h>

/* Seconds since some moment; never goes back. */
double clock_seconds(void);
/* Since 1970. */
time_t clock_wall(void);
/* From now on both stand there; for tests, before any other thread runs. */
void clock_fix(time_t);

#endif
