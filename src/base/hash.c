#include "base/hash.h"

#include <string.h>

/* Stafford's variant 13 of the MurmurHash3 finaliser, as used by SplitMix64. */
static uint64_t
mix64(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* Four lanes, so that the multiplications of one do not wait for those of another. */
uint64_t
hash_bytes(const void *data, size_t size, uint64_t seed)
{
	const unsigned char *at = data;
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t lane[4] = {seed, seed ^ odd, seed + odd, ~seed};
	uint64_t word[4], out = size;
	size_t left = size;

	for (; left >= sizeof(word); at += sizeof(word), left -= sizeof(word)) {
		memcpy(word, at, sizeof(word));
		for (int i = 0; i < 4; i++) {
			lane[i] = (lane[i] ^ word[i]) * odd;
			lane[i] ^= lane[i] >> 29;
		}
	}
	memset(word, 0, sizeof(word));
	if (left)
		memcpy(word, at, left);
	for (int i = 0; i < 4; i++)
		out = mix64(out + odd + (lane[i] ^ mix64(word[i])));
	return out;
}

uint64_t
hash_text(const char *text)
{
	return hash_bytes(text, strlen(text), 0);
}
