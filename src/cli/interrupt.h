/* SIGINT, SIGTERM and SIGHUP cancel the run's job, so that what it began can be taken away. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

struct ladle_job;

/* From now on; SIGPIPE and SIGXFSZ are ignored for good: writing fails instead. */
void interrupt_catch(struct ladle_job *);
/* Puts back what was there before; then the job may be freed. */
void interrupt_release(void);
/* The signal that came, or 0. */
int interrupt_signal(void);
/* Waits until fd can be read, or for a signal: false. A signal that comes just before the wait ends
 * it too. */
bool interrupt_wait_readable(int fd);

#endif
