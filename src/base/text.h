/* The only door between bytes that came from a file and a screen, a log or a terminal.
 *
 * Clean text is valid UTF-8 in which every character prints and takes one or two columns (at most
 * two combining marks ride on a base). Everything else (C0, DEL, C1, bidi controls, zero-width,
 * tags, invalid bytes, what the locale's wcwidth counts otherwise) becomes \xHH or \u{HHHH}. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Cleans len raw bytes into dst (size bytes, NUL-terminated, cut at a whole character). Returns
 * the columns used. ascii: every character above 0x7e is escaped too. */
int text_clean(char *dst, size_t size, const char *raw, size_t len, bool ascii);
void text_clean_append(struct buf *, const char *raw, bool ascii);
/* Columns of clean text. */
int text_width(const char *clean);
/* Cleans raw and fits it to exactly `columns`: padded with blanks, or cut in the middle with
 * `ellipsis` (clean text of one or more columns). dst needs text_fit_size(columns) bytes. */
enum text_side { TEXT_LEFT, TEXT_RIGHT };
void text_fit(char *dst, size_t size, const char *raw, int columns, enum text_side,
		const char *ellipsis, bool ascii);
size_t text_fit_size(int columns);
/* Raw bytes as valid UTF-8 for JSON: bytes that are not valid UTF-8 become the four characters
 * \xNN, a backslash that would read as such an escape becomes \x5c. Lossless. */
void text_utf8_append(struct buf *, const char *raw, size_t len);
/* Is this locale's encoding UTF-8? (nl_langinfo) */
bool text_locale_is_utf8(void);

#endif
