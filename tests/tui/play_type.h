/* What random games are played with: chance, and what a person or a terminal might send. */
#ifndef TESTS_TUI_PLAY_TYPE_H
#define TESTS_TUI_PLAY_TYPE_H

#include <stddef.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(random, array) ((array)[below(random, COUNT(array))])

/* The next number, by splitmix64. */
uint64_t draw(uint64_t *random);
/* 0 to limit - 1. */
unsigned below(uint64_t *random, size_t limit);
/* Appends to text in dst: a key of a command, a `:` line, a report of the mouse, a paste, noise, a
 * sequence that no key sends. */
void type_anything(uint64_t *random, char *dst, size_t size);

#endif
