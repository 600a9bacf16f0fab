/* Mutators that know what they change, so that most inputs get behind the decoder and the parser.
 * Only linked into fuzzers. */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own mutator; it knows the dictionary. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

/* Numbers for one mutation. */
struct dice {
	uint64_t state;
};

/* 0 to below `sides`, which is not 0. */
uint32_t dice_roll(struct dice *, uint32_t sides);

/* Moves, repeats, wraps or replaces one value of a JSON text; returns the new length, at most
 * `most`. */
size_t mutate_json(char *text, size_t size, size_t most, struct dice *);

#endif
