/* Commands that are about the session rather than the mix: files, output, settings, undo. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/report.h"
#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

enum ladle_status
session_fail_needs(const char *word, enum command_id id, struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` is: %s %s", word, command_of(id)->word,
			command_of(id)->arguments);
}

static void
join(struct buf *text, const struct words *words)
{
	buf_init(text);
	words_join(text, words);
}

/* ---- open, drop ---- */

enum ladle_status
session_open_now(struct session *session, struct source *source, const struct setup *setup,
		struct ladle_error *err)
{
	const struct ladle_open_how how = setup_how(setup);
	struct ladle_checkpoint *checkpoint;

	if (session->mode != MODE_LOADED)
		return LADLE_OK;
	TRY(ladle_checkpoint_open_how(&checkpoint, session->library, source->path, &how, err));
	ladle_checkpoint_look(checkpoint);
	source_set_open(source, checkpoint);
	return LADLE_OK;
}

static enum ladle_status
add_source(struct session *session, const char *name, const char *path, const char *text,
		struct ladle_error *err)
{
	struct source *source;
	struct setup setup = {0};

	TRY(source_new(&source, &session->setup.sources, name, path, session->folder, err));
	enum ladle_status status = session_open_now(session, source, &session->setup, err);
	if (status == LADLE_OK && !(setup_copy(&setup, &session->setup) &&
						  source_list_append(&setup.sources, source)))
		status = session_out_of_memory(err);
	if (status == LADLE_OK)
		status = session_change_setup(session, &setup, text, err);
	if (status != LADLE_OK)
		setup_free(&setup);
	source_release(source);
	return status;
}

enum ladle_status
session_add(struct session *session, const char *name, const char *path, struct ladle_error *err)
{
	return add_source(session, name, path, "open", err);
}

enum ladle_status
session_run_open(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct buf text;
	bool named = words->count == 4 && strcmp(words->word[2], "as") == 0;

	if (words->count != 2 && !named)
		return session_fail_needs(words->word[0], COMMAND_OPEN, err);
	join(&text, words);
	enum ladle_status status = add_source(session, named ? words->word[3] : NULL,
			words->word[1], buf_string(&text), err);
	buf_done(&text);
	return status;
}

static uint32_t
count_open(const struct source_list *list)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < list->count; i++)
		count += list->item[i]->pub.state == COLUMN_OPEN;
	return count;
}

/* What was said about its layers goes with it. */
static enum ladle_status
drop_source(struct session *session, uint32_t index, const char *text, struct ladle_error *err)
{
	struct setup setup;
	enum ladle_status status = LADLE_OK;

	if (!setup_copy(&setup, &session->setup))
		return session_out_of_memory(err);
	if (!hand_list_forget(&setup.hands, setup.sources.item[index]->id) ||
			!lineup_list_forget(&setup.lineups, setup.sources.item[index]->id))
		status = session_out_of_memory(err);
	source_list_remove(&setup.sources, index);
	if (setup.sources.count == 0 ||
			(session->pairing != NULL && count_open(&setup.sources) == 0))
		status = ladle_fail(err, LADLE_E_USAGE, NULL, "the last checkpoint stays");
	if (status == LADLE_OK)
		status = session_change_setup(session, &setup, text, err);
	if (status != LADLE_OK)
		setup_free(&setup);
	return status;
}

enum ladle_status
session_run_drop(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct buf text;
	uint32_t index;

	if (words->count != 2)
		return session_fail_needs(words->word[0], COMMAND_DROP, err);
	TRY(session_read_checkpoint(session, words, 1, &index, err));
	join(&text, words);
	enum ladle_status status = drop_source(session, index, buf_string(&text), err);
	buf_done(&text);
	return status;
}

/* ---- write, recipe, report, plot ---- */

enum ladle_status
session_run_write(struct session *session, const struct words *words, struct ladle_error *err)
{
	size_t length = strlen(words->word[0]);
	bool force = words->word[0][length - 1] == '!';

	if (words->count > 2)
		return session_fail_needs(words->word[0], COMMAND_WRITE, err);
	if (words->count == 2)
		TRY(session_set_output(
				session, words->word[1], session->output.format, force, err));
	if (session->reading_recipe)
		return LADLE_OK;
	if (session->output.path == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "name the output, as in write soup.h5");
	session->output.force = session->output.force || force;
	session->export_options.force = session->output.force;
	return session_export_start(session, false, err);
}

static void
say_lines(struct session *session, struct buf *text)
{
	if (text->length == 0)
		return;
	for (size_t i = 0; i + 1 < text->length; i++)
		if (text->data[i] == '\n')
			text->data[i] = ';';
	session_say(session, false, "%.*s", (int)text->length - 1, buf_string(text));
}

enum ladle_status
session_run_recipe(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct buf text;

	if (words->count > 2)
		return session_fail_needs(words->word[0], COMMAND_RECIPE, err);
	if (words->count == 2)
		return session_save_recipe(session, words->word[1], err);
	buf_init(&text);
	session_recipe(session, &text);
	say_lines(session, &text);
	buf_done(&text);
	return LADLE_OK;
}

enum ladle_status
session_run_report(struct session *session, const struct words *words, struct ladle_error *err)
{
	if (words->count != 2)
		return session_fail_needs(words->word[0], COMMAND_REPORT, err);
	return report_save(REPORT_PAGE, session, words->word[1], err);
}

enum ladle_status
session_run_plot(struct session *session, const struct words *words, struct ladle_error *err)
{
	if (words->count != 2)
		return session_fail_needs(words->word[0], COMMAND_PLOT, err);
	return report_save(REPORT_PLOT, session, words->word[1], err);
}

/* ---- set ---- */

static void
say_setting(struct session *session, const char *name)
{
	struct buf text;

	buf_init(&text);
	session_setting_text(session, name, &text);
	session_say(session, false, "%s", buf_string(&text));
	buf_done(&text);
}

static bool
is_switch(const char *name)
{
	for (int i = 0; setting_name(i) != NULL; i++)
		if (strcmp(setting_name(i), name) == 0)
			return strcmp(setting_values(i), "on|off") == 0;
	return false;
}

/* NAME=VALUE, NAME! (the other), NAME? (show), NAME (on; shows what is no switch). */
static enum ladle_status
set_by(struct session *session, char *name, const char *value, struct ladle_error *err)
{
	size_t length = strlen(name);
	char last = length > 0 ? name[length - 1] : '\0';

	if (value == NULL && (last == '!' || last == '?'))
		name[length - 1] = '\0';
	if (value == NULL && last == '!' && is_switch(name))
		value = session_setting_on(session, name) ? "off" : "on";
	else if (value == NULL && last != '?' && is_switch(name))
		value = "on";
	if (value == NULL && session_setting(session, name) != NULL) {
		say_setting(session, name);
		return LADLE_OK;
	}
	TRY(session_set(session, name, value == NULL ? "" : value, session->setting_source, err));
	say_setting(session, name);
	return LADLE_OK;
}

enum ladle_status
session_run_set(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct buf text;

	if (words->count == 1) {
		buf_init(&text);
		session_settings(session, &text);
		say_lines(session, &text);
		buf_done(&text);
		return LADLE_OK;
	}
	if (words->count > 3)
		return session_fail_needs(words->word[0], COMMAND_SET, err);
	char *name = strdup(words->word[1]);
	if (name == NULL)
		return session_out_of_memory(err);
	char *equals = words->count == 2 ? strchr(name, '=') : NULL;
	const char *value = words->count == 3 ? words->word[2] : NULL;
	if (equals != NULL) {
		*equals = '\0';
		value = equals + 1;
	}
	enum ladle_status status = set_by(session, name, value, err);
	free(name);
	return status;
}

/* ---- undo, redo, cancel ---- */

enum ladle_status
session_run_undo(struct session *session, const struct words *words, struct ladle_error *err)
{
	double number;

	if (words->count > 2)
		return session_fail_needs(words->word[0], COMMAND_UNDO, err);
	if (words->count == 1)
		return session_undo(session, err);
	if (!number_parse(words->word[1], &number) || number < 0 || number > INT_MAX ||
			number != floor(number))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `%s` is no number of a state; `changes` shows them",
				words->column[1], words->word[1]);
	return session_go_change(session, (int)number, err);
}

enum ladle_status
session_run_redo(struct session *session, const struct words *words, struct ladle_error *err)
{
	if (words->count > 1)
		return session_fail_needs(words->word[0], COMMAND_REDO, err);
	return session_redo(session, err);
}

enum ladle_status
session_run_cancel(struct session *session, const struct words *words, struct ladle_error *err)
{
	if (words->count > 1)
		return session_fail_needs(words->word[0], COMMAND_CANCEL, err);
	if (session->tasks == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "no job runs");
	session_cancel(session);
	return LADLE_OK;
}
