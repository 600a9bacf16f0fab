/* The journal beside a session file: a record a line, appended at once, so that what was done
 * outlives the process.
 *
 * A journal begins with a line that names the session file that it continues by a hash of its
 * text. One that continues another text, because the process ended between the two writes of a
 * save, says nothing that the file does not say, and is not read. Records survive the process as
 * soon as they are written; a thread brings them to the disk within about a second, so that no key
 * waits for it. */
#ifndef APP_JOURNAL_H
#define APP_JOURNAL_H

#include <ladle.h>

#include "base/buf.h"

struct journal;

/* Opens and locks the journal of a session file. create: makes it where there is none. *out is NULL
 * where there is none, or *locked: another process has it. E_OUTPUT with the reason. */
enum ladle_status journal_open(struct journal **out, const char *session_path, bool create,
		bool *locked, struct ladle_error *);
/* Ends the thread and the lock. forget: nothing is left to be replayed, the journal goes. */
void journal_close(struct journal *, bool forget);
/* The whole records that continue this text of a session file; none when it continues another. */
enum ladle_status journal_read(const struct journal *, const struct buf *session, struct buf *out,
		struct ladle_error *);
/* Begins anew, after the session file was written. */
enum ladle_status journal_begin(
		struct journal *, const struct buf *session, struct ladle_error *);
/* A record without its newline. On failure the journal is as before. */
enum ladle_status journal_append(struct journal *, const char *record, struct ladle_error *);
uint64_t journal_size(const struct journal *);

#endif
