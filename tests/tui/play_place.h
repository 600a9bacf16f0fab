/* Where games are played: a scratch folder with a copy of the program and of all files. */
#ifndef TESTS_TUI_PLAY_PLACE_H
#define TESTS_TUI_PLAY_PLACE_H

#include <limits.h>
#include <stdint.h>

enum { FILES_MAX = 48, SETS = 8 };

/* What one game opens. */
struct files {
	const char *name;
	char *path[FILES_MAX + 1];
	uint64_t hash[FILES_MAX];
	int count;
	int games, failures, unjudged;
};

extern struct files sets[SETS];
/* The scratch folder's own program, and the folder of sanitizers' reports. */
extern char program[PATH_MAX + 16], reports[PATH_MAX + 16];

/* Makes it all, sets the environment and goes to the home of whoever plays, as nobody where it was
 * root. The files given are one more set. */
void place_make(const char *built, int given, char **path);
/* 0 where there is no such file. */
uint64_t hash_of(const char *path);

#endif
