/* The zip archive of a `.keras` file, written around a member whose bytes are filled in place.
 * Format: PKWARE APPNOTE 6.3; all times are 1980-01-01, as Keras writes them. */
#ifndef WRITE_ARCHIVE_H
#define WRITE_ARCHIVE_H

#include "base/buf.h"
#include "write/publish.h"

struct archive {
	const struct publication *to;
	uint64_t at;          /* where the next member begins */
	struct buf directory; /* the central directory so far */
	uint32_t count;
};

/* What a header says of a member. */
struct archive_entry {
	const char *name;
	uint32_t crc;
	uint16_t method; /* 0 stored, 8 deflated */
	bool zip64;      /* both sizes in 64 bits; must be set where one of them needs it */
	uint64_t stored, size;
};

/* Is a member of so many bytes written with 64-bit sizes? */
bool archive_is_large(uint64_t size);

void archive_init(struct archive *, const struct publication *);
void archive_done(struct archive *);
/* Bytes of the local header of a member: where its data begins, less where it does. */
size_t archive_header_size(const char *name, bool zip64);
/* Writes the header at archive->at; its data lies or will lie right behind it. Moves on behind.
 * E_OUTPUT when a size does not fit the header. */
enum ladle_status archive_add(struct archive *, const struct archive_entry *, struct ladle_error *);
/* The same with the data, stored. */
enum ladle_status archive_add_text(struct archive *, const char *name, const char *text,
		size_t length, struct ladle_error *);
/* Writes the central directory. */
enum ladle_status archive_end(struct archive *, struct ladle_error *);

#endif
