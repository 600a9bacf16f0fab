/* A byte string that grows; the first failure to grow sticks and later appends do nothing. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* always NUL-terminated once something was appended */
	size_t length, capacity;
	bool failed;
};

void buf_init(struct buf *);
void buf_done(struct buf *);
void buf_clear(struct buf *);
void buf_append(struct buf *, const void *data, size_t size);
void buf_text(struct buf *, const char *text);
void buf_char(struct buf *, char c);
void buf_format(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text, "" when nothing was appended. */
const char *buf_string(const struct buf *);

#endif
