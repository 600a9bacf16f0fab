/* Small files of text that are read whole and written whole. */
#ifndef APP_TEXT_FILE_H
#define APP_TEXT_FILE_H

#include <ladle.h>

#include "base/buf.h"

/* A file's text, at most `largest` bytes. *found false: there is none. */
enum ladle_status text_file_read(const char *path, size_t largest, struct buf *out, bool *found,
		struct ladle_error *);
/* The file appears whole, with mode 600; `replace` false: E_OUTPUT where something stands. durable:
 * it is on the disk when this returns. */
enum ladle_status text_file_write(const char *path, const struct buf *, bool replace, bool durable,
		struct ladle_error *);
/* A new file for others to read as the user's umask has it; E_OUTPUT where something stands, for no
 * typing error may cost a checkpoint. */
enum ladle_status text_file_create(const char *path, const struct buf *, struct ladle_error *);

#endif
