#include "align/exact_state.h"

#include "base/clones.h"

/* Labels are random, so that few steps are enough: the products of halves are not linear in the
 * bits, which plain sums would be. */
#define HASH(bits)                                                               \
	do {                                                                     \
		for (size_t i = 0; i < count; i++) {                             \
			uint64_t x = (bits)*UINT64_C(0x9e3779b97f4a7c15);        \
                                                                                 \
			x += key[i] + prefix;                                    \
			x ^= x >> 29;                                            \
			x += (uint64_t)(uint32_t)x * ((x >> 32) ^ 0xd6e8feb8u); \
			into[i] += x;                                            \
			sum += x;                                                \
		}                                                                \
	} while (0)

CLONES static uint64_t
hash_short(uint64_t *restrict into, const uint16_t *restrict bits, size_t count, uint64_t prefix,
		const uint64_t *restrict key)
{
	uint64_t sum = 0;

	HASH(bits[i]);
	return sum;
}

CLONES static uint64_t
hash_word(uint64_t *restrict into, const uint32_t *restrict bits, size_t count, uint64_t prefix,
		const uint64_t *restrict key)
{
	uint64_t sum = 0;

	HASH(bits[i]);
	return sum;
}

CLONES static uint64_t
hash_long(uint64_t *restrict into, const uint64_t *restrict bits, size_t count, uint64_t prefix,
		const uint64_t *restrict key)
{
	uint64_t sum = 0;

	HASH(bits[i]);
	return sum;
}

uint64_t
exact_hash_line(uint64_t *into, const void *elements, size_t size, size_t count, uint64_t prefix,
		const uint64_t *key)
{
	if (size == sizeof(uint16_t))
		return hash_short(into, elements, count, prefix, key);
	if (size == sizeof(uint32_t))
		return hash_word(into, elements, count, prefix, key);
	return hash_long(into, elements, count, prefix, key);
}

#define DIFFER(type)                                                             \
	do {                                                                     \
		const type *x = a, *y = b;                                       \
		type all = 0;                                                    \
                                                                                 \
		for (size_t i = 0; i < count; i++)                               \
			all |= (type)(x[i] ^ y[order == NULL ? i : order[i]]); \
		return all != 0;                                                 \
	} while (0)

CLONES bool
exact_differs(const void *restrict a, const void *restrict b, const uint32_t *restrict order,
		size_t size, size_t count)
{
	if (size == sizeof(uint16_t))
		DIFFER(uint16_t);
	if (size == sizeof(uint32_t))
		DIFFER(uint32_t);
	DIFFER(uint64_t);
}
