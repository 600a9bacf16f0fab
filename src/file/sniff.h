/* What a file is by its first and last bytes. */
#ifndef FILE_SNIFF_H
#define FILE_SNIFF_H

#include <stdbool.h>
#include <stdint.h>

/* SNIFF_INDEX: of a sharded checkpoint. */
enum sniffed { SNIFF_H5, SNIFF_ZIP, SNIFF_INDEX, SNIFF_OTHER };

/* SNIFF_OTHER comes with a sentence that begins with a verb: what it is, and what helps. */
enum sniffed sniff_file(int fd, uint64_t size, const char *path, const char **why);
/* What a path is that no file has, or NULL: TensorFlow's checkpoints go by a common beginning. */
const char *sniff_missing(const char *path);
/* What a folder is, and what helps. */
const char *sniff_folder(int fd);

#endif
