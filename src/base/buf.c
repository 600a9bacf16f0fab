#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *buf)
{
	*buf = (struct buf){0};
}

void
buf_done(struct buf *buf)
{
	free(buf->data);
	buf_init(buf);
}

void
buf_clear(struct buf *buf)
{
	buf->length = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

/* Room for `more` bytes and the NUL. */
static bool
buf_reserve(struct buf *buf, size_t more)
{
	size_t capacity = buf->capacity ? buf->capacity : 64;
	char *data;

	if (buf->failed || more >= SIZE_MAX / 2 - buf->length)
		return !(buf->failed = true);
	while (capacity < buf->length + more + 1)
		capacity *= 2;
	if (capacity == buf->capacity)
		return true;
	data = realloc(buf->data, capacity);
	if (!data)
		return !(buf->failed = true);
	buf->data = data;
	buf->capacity = capacity;
	return true;
}

void
buf_append(struct buf *buf, const void *data, size_t size)
{
	if (!buf_reserve(buf, size))
		return;
	if (size)
		memcpy(buf->data + buf->length, data, size);
	buf->length += size;
	buf->data[buf->length] = '\0';
}

void
buf_text(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void
buf_char(struct buf *buf, char c)
{
	buf_append(buf, &c, 1);
}

void
buf_format(struct buf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || !buf_reserve(buf, (size_t)len))
		return;
	va_start(args, format);
	vsnprintf(buf->data + buf->length, (size_t)len + 1, format, args);
	va_end(args);
	buf->length += (size_t)len;
}

const char *
buf_string(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}
