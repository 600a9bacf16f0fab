/* The inside of an open file, for file.c and for what makes one of several files. */
#ifndef FILE_FILE_INSIDE_H
#define FILE_FILE_INSIDE_H

#include <pthread.h>
#include <sys/stat.h>

#include "file/file.h"
#include "file/merge.h"

struct worker;

/* The worker lives only while something needs it. After the listing of a file that Keras wrote,
 * nothing does: all its tensors are contiguous, so that an open checkpoint costs one descriptor and
 * no process. Chunked and compact datasets keep the worker and the slab. */
struct file {
	char *path;
	int fd, slab, scratch; /* slab and scratch are -1 where nothing needs them */
	struct stat opened;
	struct worker *worker; /* NULL when the parent can read everything itself */
	pthread_mutex_t lock;  /* of the slab */
	struct catalog catalog;
	/* An index: its shards, and where each object of the catalog stands. */
	struct file **parts;
	uint32_t part_count;
	const struct merge_source *sources;
	/* An unpacked archive: its folder (else -1), and each member as it was when opened. */
	int folder;
	struct stat *members;
};

/* Takes over a descriptor of one file that is HDF5, no index and no folder. */
enum ladle_status file_open_part(struct file **out, struct nursery *, int fd, const char *path,
		struct ladle_error *);
/* Lists `file`, whose descriptor is of HDF5 or of an archive. */
enum ladle_status file_list(struct file *, struct nursery *, bool is_archive, struct ladle_error *);
/* All of a text file of at most `most` bytes, ended by NUL, in the arena. */
enum ladle_status file_text(int fd, struct arena *, uint64_t most, const char **text,
		size_t *length, const char *path, struct ladle_error *);
/* Is what `stat` finds the file that it found then, unchanged? */
bool file_same(const struct stat *then, const struct stat *now);
/* Adds to what a person must know. */
void file_note(struct file *, const char *note);

/* shards.c: `file` is an index; opens its shards and makes their catalogs one. */
enum ladle_status shards_open(struct file *, struct nursery *, struct ladle_error *);

/* folder.c: the descriptor of `file` is of a folder; it becomes that of the weights in it. */
enum ladle_status folder_open(struct file *, struct nursery *, struct ladle_error *);
enum ladle_status folder_check(const struct file *, struct ladle_error *);
uint64_t folder_size(const struct file *);
bool folder_holds(const struct file *, uint64_t device, uint64_t inode);
enum ladle_status folder_read(const struct file *, uint32_t member, uint64_t first, size_t size,
		void *dst, struct ladle_error *);

#endif
