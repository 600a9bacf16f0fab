/* Sessions that were kept: opened by name, offered by their files, and the command about them. */
#include <stdlib.h>
#include <string.h>

#include "app/keep.h"
#include "app/state.h"
#include "app/text_file.h"
#include "app/words.h"
#include "base/err.h"

/* ---- a session that was kept ---- */

static char *
text_of(const struct buf *buf)
{
	return buf->failed ? NULL : strdup(buf_string(buf));
}

/* The session of a file and its journal; no states: there is none. */
static enum ladle_status
read_kept(struct keep *keep, struct saved *out, int *changes, struct ladle_error *err)
{
	struct buf text, records;
	struct ladle_error cause = {0};
	bool found;

	buf_init(&text);
	buf_init(&records);
	enum ladle_status status = text_file_read(keep->path, SAVED_LARGEST, &text, &found, &cause);
	if (status == LADLE_OK && found)
		status = saved_read(out, buf_string(&text), text.length, &cause);
	if (status == LADLE_OK && found && keep->journal != NULL)
		status = journal_read(keep->journal, &text, &records, &cause);
	if (status == LADLE_OK && found)
		*changes = saved_replay(out, buf_string(&records), records.length, NULL);
	if (status != LADLE_OK)
		ladle_fail(err, status, keep->path, "%s%s%s", cause.path[0] ? "" : keep->path,
				cause.path[0] ? "" : ": ", cause.text);
	buf_done(&records);
	buf_done(&text);
	return status;
}

static void
say_restored(struct session *session, int changes)
{
	const char *verb = changes == 1 ? " is" : "s are", *what = changes == 1 ? "it" : "them";

	if (changes > 0)
		session_say(session, false,
				"the last session ended without saving; %d change%s restored, u "
				"undoes %s",
				changes, verb, what);
	else
		session_say(session, false, "the session is restored (undo %d deep)",
				session_undo_depth(session));
}

/* Takes `saved` over, on success only. */
static enum ladle_status
take_saved(struct session *session, struct saved *saved, int changes, struct ladle_error *err)
{
	struct keep *keep = session->keep;

	keep->held = true;
	keep->restored = true;
	enum ladle_status status = session_restore(session, saved, err);
	keep->held = false;
	if (status != LADLE_OK)
		return status;
	saved_free(&keep->doc);
	keep->doc = *saved;
	saved_init(saved);
	buf_clear(&keep->face);
	buf_text(&keep->face, buf_string(&keep->doc.face));
	keep->changed = keep->changed || changes > 0;
	keep->begun = false;
	say_restored(session, changes);
	session_record(session, SAVED_AMEND);
	return LADLE_OK;
}

bool
session_offers(const struct session *session, struct buf *question)
{
	const struct keep *keep = session->keep;

	if (keep == NULL || !keep_is_worth(&keep->offer))
		return false;
	if (question == NULL)
		return true;
	if (keep->offer_changes > 0)
		buf_format(question, "the last session of these files ended without saving: "
				     "restore it?");
	else
		buf_format(question, "restore the last session of these files (undo %d deep)?",
				keep->offer.present);
	return true;
}

enum ladle_status
session_take_offer(struct session *session, struct ladle_error *err)
{
	struct keep *keep = session->keep;

	if (keep == NULL || keep->offer.count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"no earlier session of these files is kept");
	return take_saved(session, &keep->offer, keep->offer_changes, err);
}

void
session_keep_by_files(struct session *session)
{
	struct keep *keep = keep_of(session);
	struct ladle_error err;
	struct buf path;
	bool locked = false;

	if (keep == NULL)
		return;
	buf_init(&path);
	keep_path_of(session, &path);
	keep->path = path.length == 0 ? NULL : text_of(&path);
	buf_done(&path);
	if (keep->path == NULL)
		return;
	enum ladle_status status = journal_open(&keep->journal, keep->path, false, &locked, &err);
	keep->barred = locked;
	if (status == LADLE_OK && locked)
		status = keep_fail_locked(keep->path, &err);
	if (status != LADLE_OK) {
		keep_stop(session, &err);
		return;
	}
	if (read_kept(keep, &keep->offer, &keep->offer_changes, &err) != LADLE_OK)
		session_say(session, true, "the last session is not offered: %s", err.text);
}

/* ---- a file that a person named ---- */

/* Files named beside it must be those that it holds. */
static enum ladle_status
check_files(const struct session *session, const struct saved *saved, const char *path,
		struct ladle_error *err)
{
	struct session *scratch;
	struct buf named, held;

	if (session->setup.sources.count == 0)
		return LADLE_OK;
	TRY(session_new(&scratch, session->library, NULL, NULL, err));
	buf_init(&named);
	buf_init(&held);
	enum ladle_status status =
			session_read_recipe(scratch, saved_present(saved), NULL, err);
	keep_files_of(session, &named);
	keep_files_of(scratch, &held);
	if (status == LADLE_OK && strcmp(buf_string(&named), buf_string(&held)) != 0)
		status = ladle_fail(err, LADLE_E_USAGE, path,
				"%s holds a session of other files: leave the names of files out, "
				"or name another session",
				path);
	buf_done(&held);
	buf_done(&named);
	session_free(scratch);
	return status;
}

static enum ladle_status
open_kept(struct session *session, struct saved *saved, int changes, struct ladle_error *err)
{
	const char *path = session->keep->path;
	struct ladle_error cause = {0};

	TRY(check_files(session, saved, path, err));
	enum ladle_status status = take_saved(session, saved, changes, &cause);
	if (status != LADLE_OK)
		ladle_fail(err, status, path, "%s: %s", path, cause.text);
	return status;
}

static enum ladle_status
begin_kept(const struct session *session, struct ladle_error *err)
{
	if (session->setup.sources.count > 0)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, session->keep->path,
			"%s: no such session; name checkpoints to begin one",
			session->keep->path);
}

enum ladle_status
session_keep_in(struct session *session, const char *path, struct ladle_error *err)
{
	struct keep *keep = keep_of(session);
	struct saved saved;
	struct ladle_error locked_err;
	bool locked = false;
	int changes = 0;

	if (keep == NULL || (keep->path = strdup(path)) == NULL)
		return session_out_of_memory(err);
	keep->named = true;
	saved_init(&saved);
	/* A folder that cannot be written still has sessions to be read. */
	enum ladle_status status =
			journal_open(&keep->journal, path, false, &locked, &locked_err);
	keep->barred = locked;
	if (status == LADLE_OK && locked)
		status = keep_fail_locked(path, &locked_err);
	bool stops = status != LADLE_OK;
	status = read_kept(keep, &saved, &changes, err);
	if (status == LADLE_OK)
		status = saved.count > 0 ? open_kept(session, &saved, changes, err)
					 : begin_kept(session, err);
	saved_free(&saved);
	if (status == LADLE_OK && stops)
		keep_stop(session, &locked_err);
	return status;
}

/* ---- the command ---- */

static void
say_where(struct session *session)
{
	const struct keep *keep = session->keep;

	if (keep == NULL || keep->path == NULL)
		session_say(session, false,
				"this session is kept nowhere; `session save FILE` keeps it");
	else if (keep->stopped)
		session_say(session, true,
				"not kept; `session save [FILE]` keeps it: %s",
				keep->path);
	else
		session_say(session, false, "this session is kept%s in %s",
				keep->changed ? "" : ", from the first change on,", keep->path);
}

/* From now on it is kept there; where it was kept before it stands as it was then. */
static enum ladle_status
move_to(struct session *session, const char *path, struct ladle_error *err)
{
	struct keep *keep = session->keep;
	struct keep moved = *keep;

	moved.path = strdup(path);
	if (moved.path == NULL)
		return session_out_of_memory(err);
	moved.named = true;
	moved.begun = false;
	moved.stopped = moved.barred = false;
	moved.journal = NULL;
	enum ladle_status status = keep_save(&moved, true, err);
	if (status != LADLE_OK) {
		journal_close(moved.journal, false);
		free(moved.path);
		return status;
	}
	if (keep->begun)
		keep_save(keep, false, NULL);
	journal_close(keep->journal, keep->begun);
	free(keep->path);
	*keep = moved;
	return LADLE_OK;
}

static enum ladle_status
save_as(struct session *session, const char *path, struct ladle_error *err)
{
	struct keep *keep = session->keep;

	if (keep == NULL || keep->doc.count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "no session is open yet");
	keep_look(session);
	if (path == NULL && keep->path == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"name the file, as in session save soup.session");
	if (path != NULL && (keep->path == NULL || strcmp(path, keep->path) != 0))
		TRY(move_to(session, path, err));
	else
		TRY(keep_save(keep, true, err));
	keep->stopped = keep->barred = false;
	keep->changed = true;
	session->saved_id = session->id;
	session_say(session, false, "the session is saved in %s", keep->path);
	return LADLE_OK;
}

enum ladle_status
session_run_session(struct session *session, const struct words *words, struct ladle_error *err)
{
	const char *verb = words->count > 1 ? words->word[1] : "";

	if (words->count == 1)
		return say_where(session), LADLE_OK;
	if (strcmp(verb, "save") == 0 && words->count <= 3)
		return save_as(session, words->count == 3 ? words->word[2] : NULL, err);
	if (strcmp(verb, "restore") == 0 && words->count == 2)
		return session_take_offer(session, err);
	return session_fail_needs(words->word[0], COMMAND_SESSION, err);
}
