/* Memory that is freed all at once: names, extents, attributes of one checkpoint. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
};

void arena_init(struct arena *);
void arena_done(struct arena *);
/* Zeroed, aligned for any type; NULL without memory or when count * size overflows. */
void *arena_array(struct arena *, size_t count, size_t size);
void *arena_copy(struct arena *, const void *data, size_t size);
/* Copies len bytes and ends them with NUL. */
char *arena_text(struct arena *, const char *text, size_t len);
char *arena_format(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
