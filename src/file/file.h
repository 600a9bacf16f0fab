/* An open input: its descriptor, its worker, its catalog. */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include "file/catalog.h"

struct nursery;
struct file;

/* Opens read-only without a lock, starts a worker, receives the catalog. The index of a sharded
 * checkpoint opens its shards, each with a worker of its own, as one; a folder opens where it is an
 * unpacked .keras. Refuses by name what ladle does not read (empty, text, TensorFlow, ...). */
enum ladle_status file_open(
		struct file **out, struct nursery *, const char *path, struct ladle_error *);
/* The same over a descriptor that stays the caller's (an output that has no name yet). */
enum ladle_status file_open_fd(struct file **out, struct nursery *, int fd, const char *label,
		struct ladle_error *);
void file_close(struct file *);
const struct catalog *file_catalog(const struct file *);
const char *file_path(const struct file *);
uint64_t file_size(const struct file *); /* of all that it is made of */
/* The same device and inode as `stat` found, of the file or of any that it is made of? */
bool file_is(const struct file *, uint64_t device, uint64_t inode);
/* Elements first..first+count of dataset `object` into dst, in native byte order. Contiguous data
 * is read by pread here, all other by the worker through shared memory. Thread-safe. The path of
 * the object is named in errors. E_CHANGED when the file was overwritten since it was opened. */
enum ladle_status file_read(struct file *, uint32_t object, uint64_t first, uint64_t count,
		void *dst, struct ladle_error *);
/* Raw bytes of an archive member as stored (compressed ones stay so). */
enum ladle_status file_read_member(struct file *, uint32_t member, uint64_t first, size_t size,
		void *dst, struct ladle_error *);
/* CRC-32 of these bytes; of a folder's file it is computed now. */
enum ladle_status file_member_crc(
		struct file *, uint32_t member, uint32_t *crc, struct ladle_error *);
enum ladle_status file_check(const struct file *, struct ladle_error *);
/* The same of what stands under its name now: E_INPUT when nothing can be found there. */
enum ladle_status file_stands(const struct file *, struct ladle_error *);
/* Appends what tells it from other files and from other versions of itself: what `stat` found of
 * all that it is made of when it was opened, and hashes of blocks at fixed places. */
enum ladle_status file_identify(const struct file *, struct buf *, struct ladle_error *);
/* Asks a new worker what holds it. */
enum ladle_status file_probe_sandbox(
		struct nursery *, struct ladle_sandbox *out, struct ladle_error *);

/* The reader's side, for the table of jobs. */
void reader_prepare(void);
void reader_serve(int wire, const int *fds, int count, bool sandbox);

#endif
