#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

enum { BLOCK = 16 * 1024 };

void
arena_init(struct arena *arena)
{
	arena->blocks = NULL;
}

void
arena_done(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
}

static bool
block_add(struct arena *arena, size_t need)
{
	size_t size = need > BLOCK ? need : BLOCK;
	struct arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return false;
	/* What the arena hands out is zeroed; of large blocks the system has zero pages anyway. */
	block = calloc(1, sizeof(*block) + size);
	if (!block)
		return false;
	block->next = arena->blocks;
	block->size = size;
	arena->blocks = block;
	return true;
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
	const size_t align = alignof(max_align_t);
	size_t need;
	void *out;

	if (size && count > (SIZE_MAX - align) / size)
		return NULL;
	need = (count * size + align - 1) / align * align;
	if (!arena->blocks || arena->blocks->size - arena->blocks->used < need)
		if (!block_add(arena, need))
			return NULL;
	out = arena->blocks->data + arena->blocks->used;
	arena->blocks->used += need;
	return out;
}

void *
arena_copy(struct arena *arena, const void *data, size_t size)
{
	void *out = arena_array(arena, size, 1);

	if (out && size)
		memcpy(out, data, size);
	return out;
}

char *
arena_text(struct arena *arena, const char *text, size_t len)
{
	char *out = len < SIZE_MAX ? arena_array(arena, len + 1, 1) : NULL;

	if (out && len)
		memcpy(out, text, len);
	return out;
}

char *
arena_format(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *out;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	out = len < 0 ? NULL : arena_array(arena, (size_t)len + 1, 1);
	if (!out)
		return NULL;
	va_start(args, format);
	vsnprintf(out, (size_t)len + 1, format, args);
	va_end(args);
	return out;
}
