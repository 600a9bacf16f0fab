/* The command line. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

struct session;

/* What main needs to know to open the screen, filled by cli_main when it hands over. */
struct cli_screen {
	struct session *session;
	struct ladle *library;
	const char *color, *keys;
	bool ascii, no_mouse, print_selection;
};

enum { CLI_SCREEN = -1 };

/* Parses the arguments and does what they say. Returns the exit status, or CLI_SCREEN with *screen
 * filled: then main opens the screen (screen_possible says whether it could; prints: though
 * standard output is no terminal). `wake` is what the session calls from its threads. */
int cli_main(int argc, char **argv, bool (*screen_possible)(bool prints), void (*wake)(void *),
		struct cli_screen *screen);

#endif
