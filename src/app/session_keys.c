/* map, unmap, color: keys and looks of the screen, which the config file may set before there is
 * one. */
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

const struct keymap *
session_keymap(const struct session *session)
{
	return &session->keymap;
}

static void
say_words(struct session *session, const struct words *words, const char *note)
{
	struct buf line;

	buf_init(&line);
	words_join(&line, words);
	session_say(session, false, "%s%s", buf_string(&line), note);
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
		say_words(session, words, buf_string(&note));
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

/* ---- looks ---- */

const struct roles *
session_roles(const struct session *session)
{
	return &session->roles;
}

/* A terminal of 256 colours, as far as the settings let it. */
void
session_role_text(const struct session *session, int role, struct buf *out)
{
	const char *color = session_setting(session, "color");
	int colors = strcmp(color, "never") == 0 ? 0 : strcmp(color, "16") == 0 ? 16 : 256;

	roles_line(out, &session->roles, (enum role)role, session_setting(session, "theme"),
			colors);
}

static void
say_roles(struct session *session)
{
	struct buf text;

	buf_init(&text);
	for (int i = 0; i < ROLE_COUNT; i++) {
		session_role_text(session, i, &text);
		buf_char(&text, '\n');
	}
	session_say(session, false, "%s", buf_string(&text));
	buf_done(&text);
}

enum ladle_status
session_run_color(struct session *session, const struct words *words, struct ladle_error *err)
{
	if (words->count == 1) {
		say_roles(session);
		return LADLE_OK;
	}
	TRY(roles_set(&session->roles, words, err));
	say_words(session, words, "");
	session->generation++;
	return LADLE_OK;
}
