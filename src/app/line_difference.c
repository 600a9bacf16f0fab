#include "app/line_difference.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/buf.h"

size_t
lines_first_length(const char *at)
{
	size_t length = strcspn(at, "\n");

	return length + (at[length] == '\n');
}

int
lines_count(const char *at, size_t length)
{
	int count = 0;

	for (size_t i = 0; i < length; i++)
		count += at[i] == '\n';
	return count;
}

/* Bytes of whole lines that both begin with. */
static size_t
common_start(const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] != '\0') {
		size_t length = lines_first_length(a + at);
		if (strncmp(a + at, b + at, length) != 0)
			break;
		at += length;
	}
	return at;
}

/* Bytes of whole lines that both end with, beyond what they begin with. */
static size_t
common_end(const char *a, const char *b, size_t start)
{
	size_t a_length = strlen(a) - start, b_length = strlen(b) - start, same = 0, whole = 0;

	a += start;
	b += start;
	while (same < a_length && same < b_length &&
			a[a_length - 1 - same] == b[b_length - 1 - same]) {
		same++;
		bool a_begins = same == a_length || a[a_length - 1 - same] == '\n';
		bool b_begins = same == b_length || b[b_length - 1 - same] == '\n';
		if (a_begins && b_begins)
			whole = same;
	}
	return whole;
}

void
lines_quote(struct buf *out, const char *lines, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t line = lines_first_length(lines + at);
		char *copy = strndup(lines + at, line - (lines[at + line - 1] == '\n'));
		if (copy == NULL)
			out->failed = true;
		buf_char(out, ' ');
		words_quote(out, copy == NULL ? "" : copy);
		free(copy);
		at += line;
	}
}

void
lines_write_difference(struct buf *out, const char *old, const char *new)
{
	size_t start = common_start(old, new), end = common_end(old, new, start);

	buf_format(out, " %d %d", lines_count(old, start) + 1,
			lines_count(old + start, strlen(old) - start - end));
	lines_quote(out, new + start, strlen(new) - start - end);
}
