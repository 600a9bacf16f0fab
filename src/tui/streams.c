#include "tui/streams.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char terminal[] = "/dev/tty";

/* Opening tells: /dev/tty exists also for a process without a terminal. */
bool
streams_possible(bool output)
{
	int fd;

	if (!output && !isatty(STDOUT_FILENO))
		return false;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return true;
	fd = open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The descriptor that stood there before; -1: it was a terminal. */
static bool
replace(int standard, int with, int *before)
{
	*before = -1;
	if (isatty(standard))
		return true;
	*before = fcntl(standard, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return *before >= 0 && dup2(with, standard) == standard;
}

bool
streams_take(struct streams *streams)
{
	int fd;

	*streams = (struct streams){-1, -1};
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return true;
	fd = open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool good = replace(STDIN_FILENO, fd, &streams->in) &&
		    replace(STDOUT_FILENO, fd, &streams->out);
	close(fd);
	return good;
}

static void
give_back(int standard, int before)
{
	if (before < 0)
		return;
	dup2(before, standard);
	close(before);
}

void
streams_give_back(struct streams *streams)
{
	fflush(stdout);
	give_back(STDIN_FILENO, streams->in);
	give_back(STDOUT_FILENO, streams->out);
	*streams = (struct streams){-1, -1};
}
