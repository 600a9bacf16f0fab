/* What the commands need of words beyond command.h. */
#ifndef APP_WORDS_H
#define APP_WORDS_H

#include <stddef.h>

struct buf;
struct words;

/* All words, quoted, with one blank between: words_split gives the same words again. */
void words_join(struct buf *, const struct words *);

/* The valid word that a wrong one was probably meant to be, by edit distance. */
struct nearest {
	const char *word; /* the wrong one */
	size_t length;
	const char *best; /* NULL: nothing is near */
	int distance;
};
void nearest_init(struct nearest *, const char *word, size_t length);
void nearest_offer(struct nearest *, const char *choice);

#endif
