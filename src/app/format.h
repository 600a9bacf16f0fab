/* Numbers, shapes and reasons as both faces print them. Everything here is clean text. */
#ifndef APP_FORMAT_H
#define APP_FORMAT_H

#include <ladle.h>

struct buf;
struct session;
struct session_job;

void format_shape(struct buf *, const struct ladle_row *); /* "3x3x3x32", "scalar" */
void format_shape_of(struct buf *, int rank, const uint64_t *shape);
void format_percent(char dst[8], double fraction); /* " 78.9", "  100", "   .." */
void format_cosine(char dst[8], double cosine);    /* " .98", " 1.0", "-.33", "  .." */
void format_count(char dst[16], uint64_t);         /* "10.3M" */
void format_bytes(char dst[16], uint64_t);         /* "41.0 MB" */
void format_flags(char dst[16], uint32_t flags);   /* "BR", "-" */
/* "X DIFFER  worst KEEP 78.9% dense/kernel (floor 50)  2 missing  9 ok": facts, the number, its
 * place, its floor, and the key that helps. Raw names are cleaned. */
void format_verdict(struct buf *, struct session *, bool ascii, bool with_keys);
/* Why the row is as it is, in plain words, with the key that helps. */
void format_reason(struct buf *, struct session *, uint32_t row, bool ascii, bool with_keys);
/* "A run1 50.0%" for each column. */
void format_weights(struct buf *, const struct session *, uint32_t row);
/* "61%  26.7 of 41.0 MB  312 MB/s  0:01 left", "41.0 MB in 0.4 s": as far as it is
 * known. */
void format_job(struct buf *, const struct session_job *);
/* One line for an error, as stderr and the message line show it. */
void format_error(struct buf *, const struct ladle_error *, bool ascii);

#endif
