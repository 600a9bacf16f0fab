/* The screen is drawn on the terminal, also where standard output or input is none. */
#ifndef TUI_STREAMS_H
#define TUI_STREAMS_H

#include <stdbool.h>

/* Standard input and output as they were; -1: it is the terminal itself. */
struct streams {
	int in, out;
};

/* Could both be the terminal? output: standard output may be something else. */
bool streams_possible(bool output);
/* Puts the terminal in their place. False with errno. */
bool streams_take(struct streams *);
void streams_give_back(struct streams *);

#endif
