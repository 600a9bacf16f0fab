/* map, unmap: the keys of the screen, which the config file may set before there is one. */
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "app/words.h"

const struct keymap *
session_keymap(const struct session *session)
{
	return &session->keymap;
}

static void
say_map(struct session *session, const struct words *words, const struct buf *note)
{
	struct buf line;

	buf_init(&line);
	words_join(&line, words);
	session_say(session, false, "%s%s", buf_string(&line), buf_string(note));
	buf_done(&line);
}

static enum ladle_status
change_keys(struct session *session, const struct words *words,
		enum ladle_status (*change)(struct keymap *, const struct words *, struct buf *,
				struct ladle_error *),
		struct ladle_error *err)
{
	enum ladle_status status;
	struct buf note;

	buf_init(&note);
	status = change(&session->keymap, words, &note, err);
	if (status == LADLE_OK)
		say_map(session, words, &note);
	buf_done(&note);
	session->generation++;
	return status;
}

enum ladle_status
session_run_map(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct buf text;

	if (words->count > 1)
		return change_keys(session, words, keymap_map, err);
	buf_init(&text);
	keymap_text(&text, &session->keymap);
	session_say(session, false, "%s", buf_string(&text));
	buf_done(&text);
	return LADLE_OK;
}

enum ladle_status
session_run_unmap(struct session *session, const struct words *words, struct ladle_error *err)
{
	return change_keys(session, words, keymap_unmap, err);
}
