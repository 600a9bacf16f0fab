/* From one text of whole lines to another: where lines go, and those that come in their place. */
#ifndef APP_LINE_DIFFERENCE_H
#define APP_LINE_DIFFERENCE_H

#include <stddef.h>

struct buf;

/* Bytes of the first line, its newline included. */
size_t lines_first_length(const char *text);
int lines_count(const char *text, size_t length);
/* Each line as one quoted word, a blank before it. */
void lines_quote(struct buf *, const char *text, size_t length);
/* " AT GONE LINE...": what `step` of app/saved.h says. */
void lines_write_difference(struct buf *, const char *old, const char *new);

#endif
