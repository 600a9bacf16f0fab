/* Where a session is kept: the inside of what session_keep.c and its neighbours share. */
#ifndef APP_KEEP_H
#define APP_KEEP_H

#include "app/journal.h"
#include "app/saved.h"

struct session;

struct keep {
	struct saved doc; /* what the file and its journal say, or would */
	char *path;       /* NULL: nowhere */
	bool named;       /* by a person: else by the files that are open */
	struct journal *journal; /* locked; NULL: not yet, or never */
	bool begun;   /* the journal continues the file: records may be appended */
	bool changed; /* since the start: there is something to keep */
	bool stopped; /* nothing is written before the end any more, and that was said */
	bool barred;  /* nor at the end: it is another's, or could not be restored whole */
	bool restored; /* an earlier session was taken over */
	bool held;     /* while one is: nothing is recorded */
	struct saved offer; /* of the same files, from an earlier run; no states: none */
	int offer_changes;  /* that its journal had */
	struct buf face;    /* lines that the screen has not taken yet */
	void (*write_face)(void *arg, struct buf *);
	void *face_arg;
};

/* ---- session_keep.c ---- */

/* Made when it is first asked for; NULL: no memory. */
struct keep *keep_of(struct session *);
/* Writes the file and begins its journal. durable: it is on the disk then. */
enum ladle_status keep_save(struct keep *, bool durable, struct ladle_error *);
/* Nothing is written from now on; says why. */
void keep_stop(struct session *, const struct ladle_error *);
enum ladle_status keep_fail_locked(const char *path, struct ladle_error *);
/* Asks the screen where it stands, and the session what is set. */
void keep_look(struct session *);
/* Is there more in it than in a fresh start? */
bool keep_is_worth(const struct saved *);

/* ---- keep_place.c ---- */

/* The files that are named, a real path on each line. */
void keep_files_of(const struct session *, struct buf *);
/* The file for a session of just these files, or "": there is no home. The folder is not made. */
void keep_path_of(const struct session *, struct buf *);
/* Takes away the oldest of the sessions that are kept by their files, beyond a hundred. */
void keep_prune(const char *path);

#endif
