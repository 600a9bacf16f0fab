/* Keeping a session: the text of it beside the session itself, and the file and the journal that
 * say the same. Each change is one record, which makes the new text of the old one here as it will
 * when the journal is read. */
#include <stdlib.h>
#include <string.h>

#include "app/keep.h"
#include "app/state.h"
#include "app/text_file.h"
#include "app/user_folder.h"
#include "app/words.h"
#include "base/err.h"

enum { JOURNAL_LONG = 1 << 20 /* bytes, after which the file is written anew */ };

struct keep *
keep_of(struct session *session)
{
	struct keep *keep = session->keep;

	if (keep != NULL)
		return keep;
	keep = calloc(1, sizeof(*keep));
	if (keep == NULL)
		return NULL;
	saved_init(&keep->doc);
	saved_init(&keep->offer);
	buf_init(&keep->face);
	session->keep = keep;
	return keep;
}

void
session_keep_free(struct session *session)
{
	struct keep *keep = session->keep;

	if (keep == NULL)
		return;
	journal_close(keep->journal, false);
	saved_free(&keep->doc);
	saved_free(&keep->offer);
	buf_done(&keep->face);
	free(keep->path);
	free(keep);
	session->keep = NULL;
}

bool
session_is_kept(const struct session *session)
{
	return session->keep != NULL && session->keep->named && !session->keep->stopped;
}

void
session_use_face(struct session *session, void (*write)(void *, struct buf *), void *arg)
{
	struct keep *keep = keep_of(session);

	if (keep == NULL)
		return;
	keep->write_face = write;
	keep->face_arg = arg;
}

/* ---- the file ---- */

enum ladle_status
keep_fail_locked(const char *path, struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_OUTPUT, path,
			"another ladle has it open; `session save FILE` keeps this one elsewhere");
}

static enum ladle_status
lock(struct keep *keep, struct ladle_error *err)
{
	bool locked;

	if (keep->journal != NULL)
		return LADLE_OK;
	TRY(journal_open(&keep->journal, keep->path, true, &locked, err));
	return locked ? keep_fail_locked(keep->path, err) : LADLE_OK;
}

/* A session of any version may be replaced, nothing else. */
static enum ladle_status
check_place(const char *path, bool *exists, struct ladle_error *err)
{
	struct buf text;

	buf_init(&text);
	enum ladle_status status = text_file_read(path, SAVED_LARGEST, &text, exists, err);
	if (status == LADLE_E_USAGE ||
			(status == LADLE_OK && *exists &&
					!saved_is_session(buf_string(&text), text.length)))
		status = ladle_fail(
				err, LADLE_E_OUTPUT, path, "%s: exists and is no session", path);
	buf_done(&text);
	return status;
}

static enum ladle_status
write_to(const struct saved *doc, const char *path, bool durable, struct buf *text,
		struct ladle_error *err)
{
	bool exists = false;

	TRY(check_place(path, &exists, err));
	saved_write(doc, text);
	return text_file_write(path, text, exists, durable, err);
}

/* What was offered and not taken gives its place up, and is not lost. */
static void
set_offer_aside(struct keep *keep)
{
	struct buf path, text;

	if (keep->named || keep->offer.count == 0)
		return;
	buf_init(&path);
	buf_init(&text);
	buf_format(&path, "%s.before", keep->path);
	write_to(&keep->offer, buf_string(&path), false, &text, NULL);
	buf_done(&text);
	buf_done(&path);
}

/* The lock comes first, and the journal last: until it names the new text, the old is read. */
enum ladle_status
keep_save(struct keep *keep, bool durable, struct ladle_error *err)
{
	struct buf text;

	if (!keep->named)
		user_folder_make_above(keep->path);
	TRY(lock(keep, err));
	if (!keep->begun)
		set_offer_aside(keep);
	buf_init(&text);
	enum ladle_status status = write_to(&keep->doc, keep->path, durable, &text, err);
	if (status == LADLE_OK)
		status = journal_begin(keep->journal, &text, err);
	buf_done(&text);
	keep->begun = status == LADLE_OK;
	if (status == LADLE_OK && !keep->named)
		keep_prune(keep->path);
	return status;
}

void
keep_stop(struct session *session, const struct ladle_error *err)
{
	struct keep *keep = session->keep;
	size_t path = strlen(err->path);
	bool named = path > 0 && strncmp(err->text, err->path, path) == 0 &&
		     strncmp(err->text + path, ": ", 2) == 0;

	/* The reason first: a path may be longer than the line. */
	if (named)
		session_say(session, true, "this session is not kept: %s: %s",
				err->text + path + 2, err->path);
	else
		session_say(session, true, "this session is not kept: %s", err->text);
	keep->stopped = true;
	keep->begun = false;
	journal_close(keep->journal, false);
	keep->journal = NULL;
}

/* ---- records ---- */

static bool
is_written(const struct keep *keep)
{
	return keep->changed && !keep->stopped && keep->path != NULL;
}

/* The file has what was before the first change, so that all of them are the journal's. */
static void
begin(struct session *session)
{
	struct keep *keep = session->keep;
	struct ladle_error err;

	if (is_written(keep) && !keep->begun && keep_save(keep, false, &err) != LADLE_OK)
		keep_stop(session, &err);
}

static void
tell(struct session *session, const char *record)
{
	struct keep *keep = session->keep;
	struct ladle_error err;
	enum ladle_status status;

	if (!is_written(keep))
		return;
	if (keep->begun && journal_size(keep->journal) < JOURNAL_LONG)
		status = journal_append(keep->journal, record, &err);
	else
		status = keep_save(keep, false, &err);
	if (status != LADLE_OK)
		keep_stop(session, &err);
}

/* Where the text cannot follow, since undo goes back further than it does, it begins anew. */
static void
follow(struct session *session, enum saved_change kind, const char *lines)
{
	struct keep *keep = session->keep;
	struct buf record;

	if (kind == SAVED_AMEND && strcmp(lines, saved_present(&keep->doc)) == 0)
		return;
	buf_init(&record);
	saved_record(&record, &keep->doc, kind, session_last_change(session), lines);
	keep->changed = keep->changed || kind != SAVED_AMEND;
	begin(session);
	if (record.failed || saved_apply(&keep->doc, buf_string(&record), NULL) != LADLE_OK) {
		saved_begin(&keep->doc, lines);
		keep->begun = false;
	}
	tell(session, buf_string(&record));
	buf_done(&record);
	if (kind == SAVED_UNDO || kind == SAVED_REDO)
		follow(session, SAVED_AMEND, lines);
}

void
session_record(struct session *session, enum saved_change kind)
{
	struct keep *keep = session->mode == MODE_LIVE ? session->keep : NULL;
	struct buf lines;

	if (keep == NULL || keep->held || session->initial)
		return;
	buf_init(&lines);
	session_state_lines(session, &lines);
	if (!lines.failed && keep->doc.count == 0)
		saved_begin(&keep->doc, buf_string(&lines));
	else if (!lines.failed)
		follow(session, kind, buf_string(&lines));
	buf_done(&lines);
}

void
session_bar_keeping(struct session *session)
{
	struct keep *keep = session->keep;

	if (keep == NULL || !keep->restored)
		return;
	keep->stopped = keep->barred = true;
	keep->begun = false;
}

/* ---- settings and the screen's place ---- */

static void
write_settings(const struct session *session, struct buf *out)
{
	for (int i = 0; setting_name(i) != NULL; i++) {
		const char *source = session->settings[i].source;
		if (source == NULL ||
				(strcmp(source, "command") != 0 && strcmp(source, "session") != 0))
			continue;
		buf_format(out, "set %s=", setting_name(i));
		words_quote(out, session->settings[i].value);
		buf_char(out, '\n');
	}
	if (session->epochs != NULL)
		buf_format(out, "epochs %s\n", session->epochs);
	if (session->output.given == NULL)
		return;
	buf_text(out, "write ");
	recipe_write_path(out, session->output.given, RECIPE_ABSOLUTE);
	buf_char(out, '\n');
}

/* Takes new lines over where they differ; returns whether they do. */
static bool
renew(struct buf *old, struct buf *new)
{
	bool differs = !new->failed && strcmp(buf_string(old), buf_string(new)) != 0;

	if (differs) {
		buf_done(old);
		*old = *new;
	} else {
		buf_done(new);
	}
	return differs;
}

static bool
renew_face(struct keep *keep)
{
	struct buf face;

	if (keep->write_face == NULL || keep->face.length > 0)
		return false;
	buf_init(&face);
	keep->write_face(keep->face_arg, &face);
	return renew(&keep->doc.face, &face);
}

static bool
renew_settings(struct session *session)
{
	struct buf settings;

	buf_init(&settings);
	write_settings(session, &settings);
	return renew(&session->keep->doc.settings, &settings);
}

static void
tell_lines(struct session *session, const char *word, const struct buf *lines)
{
	struct buf record;

	buf_init(&record);
	saved_record_lines(&record, word, buf_string(lines));
	if (session->keep->begun && !record.failed)
		tell(session, buf_string(&record));
	buf_done(&record);
}

void
session_keep_place(struct session *session)
{
	struct keep *keep = session->keep;

	if (keep == NULL || !keep->begun)
		return;
	if (renew_face(keep))
		tell_lines(session, "face", &keep->doc.face);
	if (renew_settings(session))
		tell_lines(session, "settings", &keep->doc.settings);
}

bool
session_take_face(struct session *session, struct buf *lines)
{
	struct keep *keep = session->keep;

	if (keep == NULL || keep->face.length == 0 || session->pairing == NULL)
		return false;
	buf_append(lines, keep->face.data, keep->face.length);
	buf_clear(&keep->face);
	return true;
}

/* ---- the end ---- */

/* Where the cursor stands is no reason to keep a session, or to ask for one. */
static bool
is_place_worth_keeping(const struct buf *face)
{
	for (const char *at = buf_string(face); *at != '\0';) {
		const struct command *command = command_find(at, strcspn(at, " \n"), NULL);
		if (command != NULL && command->id != COMMAND_GO && command->id != COMMAND_SORT &&
				!(command->where & ANY))
			return true;
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return false;
}

bool
keep_is_worth(const struct saved *saved)
{
	return saved->count > 1 || saved->settings.length > 0 ||
	       is_place_worth_keeping(&saved->face);
}

static bool
is_to_be_saved(const struct keep *keep)
{
	if (keep->path == NULL || keep->barred || keep->doc.count == 0)
		return false;
	if (keep->stopped)
		return keep->changed; /* there may be room again */
	return keep->named || keep->changed ||
	       (keep->offer.count == 0 && keep_is_worth(&keep->doc));
}

void
keep_look(struct session *session)
{
	renew_face(session->keep);
	renew_settings(session);
}

enum ladle_status
session_keep_end(struct session *session, struct ladle_error *err)
{
	struct keep *keep = session->keep;
	enum ladle_status status = LADLE_OK;

	if (keep == NULL)
		return LADLE_OK;
	keep_look(session);
	bool saves = is_to_be_saved(keep);
	if (saves)
		status = keep_save(keep, true, err);
	journal_close(keep->journal, saves && status == LADLE_OK);
	keep->journal = NULL;
	keep->begun = false;
	keep->stopped = keep->barred = true;
	return status;
}
