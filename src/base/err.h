#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <ladle.h>

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* The one macro that returns: passes a failure on. */
#define TRY(call)                                      \
	do {                                           \
		enum ladle_status try_status = (call); \
		if (try_status != LADLE_OK)            \
			return try_status;             \
	} while (0)

/* Fills err (may be NULL) and returns status, so that to fail is one line. `path` is the file it
 * is about, or NULL; it is not part of the text by itself. */
enum ladle_status ladle_fail(struct ladle_error *err, enum ladle_status status, const char *path,
		const char *format, ...) PRINTF_LIKE(4, 5);

#endif
