#include "support/on_pty.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS = 64 };

static char program[PATH_MAX];

const char *
on_pty_program(void)
{
	return program;
}

int
on_pty_set_up(void **state)
{
	const char *given = getenv("LADLE");
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 16);

	(void)state;
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("XDG_CACHE_HOME", "/dev/null", 1);
	setenv("INPUTRC", "/dev/null", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	if (given != NULL) {
		snprintf(program, sizeof(program), "%s", given);
		return 0;
	}
	if (n < 0)
		return -1;
	program[n] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(program, '/') = '\0';
	strcat(program, "/ladle");
	return access(program, X_OK);
}

bool
on_pty_begin(struct vterm_pty *pty, const char *arguments, const char *term, int columns, int rows)
{
	static char no_config[] = "--no-config", copy[4096];
	char *argv[ARGUMENTS] = {program, no_config}, *save = NULL;
	int count = 2;

	snprintf(copy, sizeof(copy), "%s", arguments);
	for (char *word = strtok_r(copy, " ", &save); word != NULL && count < ARGUMENTS - 1;
			word = strtok_r(NULL, " ", &save))
		argv[count++] = word;
	return vterm_pty_start(pty, argv, term, columns, rows);
}

bool
on_pty_start(struct vterm_pty *pty, const char *arguments, const char *term, int columns, int rows)
{
	if (!on_pty_begin(pty, arguments, term, columns, rows) ||
			!vterm_pty_wait(pty, "LAYER / TENSOR", ON_PTY_MS))
		return false;
	/* The answer to a key that is none comes after all work. */
	vterm_pty_send(pty, ":wait idle\r");
	vterm_pty_send(pty, "\030");
	return vterm_pty_wait(pty, "C-x: no command on this key", ON_PTY_MS);
}

size_t
on_pty_key(struct vterm_pty *pty, const char *key)
{
	size_t before = pty->received;

	vterm_pty_send(pty, key);
	if (!vterm_pty_wait_frames(pty, pty->frames, 1, ON_PTY_MS))
		return 0;
	return pty->received - before;
}
