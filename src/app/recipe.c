#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

static const char heading[] = "# ladle recipe\n";

/* ---- out ---- */

static bool
has_negative(const struct ladle_mix *mix, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++)
		if (ladle_mix_fader_const(mix, i)->set < 0)
			return true;
	for (uint32_t r = 0; r < ladle_mix_rule_count(mix); r++) {
		const struct ladle_rule *rule = ladle_mix_rule(mix, r);
		for (uint32_t i = 0; !rule->skip && i < k; i++)
			if (rule->set[i] < 0)
				return true;
	}
	return false;
}

/* Faders before locks, so that a lock does not move them; the sums in between do not matter, as a
 * recipe's are looked at after its last line. */
void
recipe_write_faders(struct buf *out, const struct ladle_mix *mix, const struct source_list *columns)
{
	buf_text(out, "mix");
	for (uint32_t k = 0; k < columns->count; k++) {
		buf_format(out, " %s=", columns->item[k]->id);
		number_append(out, ladle_mix_fader_const(mix, k)->set);
	}
	buf_char(out, '\n');
	for (uint32_t k = 0; k < columns->count; k++) {
		const struct ladle_fader *fader = ladle_mix_fader_const(mix, k);
		if (fader->solo)
			buf_format(out, "solo %s\n", columns->item[k]->id);
		if (fader->mute)
			buf_format(out, "mute %s\n", columns->item[k]->id);
		if (fader->lock)
			buf_format(out, "lock %s\n", columns->item[k]->id);
	}
	for (uint32_t i = 0; i < ladle_mix_rule_count(mix); i++)
		buf_format(out, "%s\n", ladle_mix_rule(mix, i)->text);
}

static void
write_mix(struct buf *out, const struct ladle_mix *mix, const struct source_list *columns,
		unsigned parts)
{
	if (!(parts & RECIPE_STATE) && has_negative(mix, columns->count))
		buf_text(out, "set extrapolate=on\n");
	buf_format(out, "normalise %s\n", ladle_mix_normalised(mix) ? "on" : "off");
	buf_format(out, "template %s\n", columns->item[ladle_mix_template(mix)]->id);
	recipe_write_faders(out, mix, columns);
}

void
recipe_write_path(struct buf *out, const char *path, unsigned parts)
{
	char folder[PATH_MAX];
	struct buf whole;

	buf_init(&whole);
	if (parts & RECIPE_ABSOLUTE && *path != '/' && getcwd(folder, sizeof(folder)) != NULL)
		buf_format(&whole, "%s/", folder);
	buf_text(&whole, path);
	words_quote(out, buf_string(&whole));
	out->failed = out->failed || whole.failed;
	buf_done(&whole);
}

/* Before there is a table only the files are known, and the lines that wait. */
void
recipe_write(const struct session *session, struct buf *out, unsigned parts)
{
	const struct source_list *list = session->pairing == NULL || parts & RECIPE_STATE
							 ? &session->setup.sources
							 : &session->pairing->columns;

	if (!(parts & RECIPE_STATE))
		buf_text(out, heading);
	if (session->setup.config != NULL) {
		buf_text(out, "config ");
		recipe_write_path(out, session->setup.config->given, parts);
		buf_char(out, '\n');
	}
	if (session->setup.ema)
		buf_text(out, "ema on\n");
	for (uint32_t i = 0; i < list->count; i++) {
		buf_text(out, "open ");
		recipe_write_path(out, list->item[i]->given, parts);
		buf_format(out, " as %s\n", list->item[i]->id);
	}
	for (uint32_t i = 0; i < session->setup.hands.count; i++) {
		hand_text(out, session->setup.hands.item[i]);
		buf_char(out, '\n');
	}
	for (uint32_t i = 0; i < session->setup.lineups.count; i++) {
		lineup_text(out, session->setup.lineups.item[i]);
		buf_char(out, '\n');
	}
	if (session->setup.keep_optimizer)
		buf_text(out, "optimizer keep\n");
	if (session->setup.repair != 0) {
		buf_text(out, "repair ");
		repair_kinds_text(out, session->setup.repair);
		buf_char(out, '\n');
	}
	if (session->mix != NULL)
		write_mix(out, session->mix, &session->pairing->columns, parts);
	if (parts & RECIPE_STATE)
		scenes_write(out, &session->setup.scenes);
	for (int i = 0; i < session->waiting_count; i++)
		buf_format(out, "%s\n", session->waiting[i].line);
	if (parts & RECIPE_OUTPUT && session->output.given != NULL) {
		buf_text(out, "write ");
		recipe_write_path(out, session->output.given, parts);
		buf_char(out, '\n');
	}
}

void
session_recipe(const struct session *session, struct buf *out)
{
	recipe_write(session, out, RECIPE_OUTPUT);
}

/* Does the file begin as one that was written here? */
static bool
is_recipe(const char *path)
{
	char start[sizeof(heading)] = "";
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return false;
	size_t got = fread(start, 1, sizeof(heading) - 1, file);
	fclose(file);
	return got == sizeof(heading) - 1 && strcmp(start, heading) == 0;
}

static enum ladle_status
save_text(const char *path, const char *text, struct ladle_error *err)
{
	bool replace = is_recipe(path);
	FILE *file = fopen(path, replace ? "w" : "wx");

	if (file == NULL && errno == EEXIST)
		return ladle_fail(err, LADLE_E_OUTPUT, path, "exists and is no recipe");
	if (file == NULL)
		return ladle_fail(err, LADLE_E_OUTPUT, path, "%s", strerror(errno));
	bool good = fputs(text, file) >= 0;
	good = fclose(file) == 0 && good;
	if (good)
		return LADLE_OK;
	int cause = errno;
	if (!replace)
		remove(path);
	return ladle_fail(err, LADLE_E_OUTPUT, path, "%s", strerror(cause));
}

enum ladle_status
session_save_recipe(struct session *session, const char *path, struct ladle_error *err)
{
	struct buf text;

	buf_init(&text);
	/* A recipe in another folder is read from there, where relative names mean other files. */
	recipe_write(session, &text,
			strchr(path, '/') == NULL ? RECIPE_OUTPUT
						  : RECIPE_OUTPUT | RECIPE_ABSOLUTE);
	enum ladle_status status = text.failed ? session_out_of_memory(err)
					       : save_text(path, buf_string(&text), err);
	buf_done(&text);
	if (status != LADLE_OK)
		return status;
	session->saved_id = session->id;
	session_say(session, false, "wrote the recipe to %s", path);
	return LADLE_OK;
}

/* ---- in ---- */

static bool
may_stand_in_recipe(const struct command *command)
{
	return command->kind == RECIPE || command->id == COMMAND_WRITE ||
	       command->id == COMMAND_SET;
}

static enum ladle_status
run_words(struct session *session, const struct words *words, struct ladle_error *err)
{
	const char *word = words->word[0];
	const struct command *command = command_find_at(word, strlen(word), words->column[0], err);

	if (command == NULL)
		return LADLE_E_USAGE;
	if (!may_stand_in_recipe(command))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `%s` has no place in a recipe", words->column[0],
				command->word);
	return session_execute(session, command, words, err);
}

static enum ladle_status
run_line(struct session *session, const char *line, size_t length, struct ladle_error *err)
{
	struct words words = {0};
	struct ladle_error cause = {0};
	char *copy = strndup(line, length);

	if (copy == NULL)
		return session_out_of_memory(err);
	enum ladle_status status = words_split(&words, copy, &cause);
	if (status == LADLE_OK && words.count > 0)
		status = run_words(session, &words, &cause);
	words_free(&words);
	free(copy);
	if (status == LADLE_OK)
		return LADLE_OK;
	return session_fail_line(err, session->recipe_line, &cause);
}

static enum ladle_status
run_lines(struct session *session, const char *text, struct ladle_error *err)
{
	session->recipe_line = 1;
	for (const char *line = text; *line != '\0'; session->recipe_line++) {
		size_t length = strcspn(line, "\n");
		TRY(run_line(session, line, length, err));
		line += length + (line[length] == '\n');
	}
	if (session->mix != NULL)
		TRY(mix_check(session->mix, session->pairing, err));
	return LADLE_OK;
}

/* What reading a recipe may change beside the steps of undo. */
struct before {
	struct setup setup;
	int undo, waiting;
	struct output output;
};

static bool
copy_text(char **out, const char *text)
{
	*out = text == NULL ? NULL : strdup(text);
	return text == NULL || *out != NULL;
}

static void
before_free(struct before *before)
{
	setup_free(&before->setup);
	free(before->output.path);
	free(before->output.given);
}

static bool
before_take(struct before *before, const struct session *session)
{
	*before = (struct before){
			.undo = session_undo_depth(session), .waiting = session->waiting_count};
	before->output = session->output;
	before->output.path = before->output.given = NULL;
	return setup_copy(&before->setup, &session->setup) &&
	       copy_text(&before->output.path, session->output.path) &&
	       copy_text(&before->output.given, session->output.given);
}

/* A recipe that fails leaves the session as it was. */
static void
before_restore(struct before *before, struct session *session)
{
	session_rewind(session, before->undo);
	setup_free(&session->setup);
	session->setup = before->setup;
	while (session->waiting_count > before->waiting)
		free(session->waiting[--session->waiting_count].line);
	output_take(session, before->output);
	session_changed(session);
}

enum ladle_status
session_read_recipe(struct session *session, const char *text, const char *folder,
		struct ladle_error *err)
{
	struct before before;

	if (!before_take(&before, session)) {
		before_free(&before);
		return session_out_of_memory(err);
	}
	session->folder = folder;
	session->from_recipe = session->from_recipe || session->mode == MODE_NEW;
	session->reading_recipe = true;
	enum ladle_status status = run_lines(session, text, err);
	session->folder = NULL;
	session->reading_recipe = false;
	session->recipe_line = 0;
	if (status != LADLE_OK)
		before_restore(&before, session);
	else
		before_free(&before);
	return status;
}
