/* A session without its files: what `ladle diff --json` wrote of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

/* ---- what takes more than figures ---- */

static bool
takes_files(enum command_id id)
{
	static const enum command_id ids[] = {COMMAND_OPEN, COMMAND_DROP, COMMAND_CONFIG,
			COMMAND_EMA, COMMAND_PAIR, COMMAND_UNPAIR, COMMAND_ALIGN, COMMAND_UNALIGN,
			COMMAND_OPTIMIZER, COMMAND_REPAIR, COMMAND_WRITE, COMMAND_RELOAD,
			COMMAND_EPOCHS};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (ids[i] == id)
			return true;
	return false;
}

static enum ladle_status
fail_needs_files(const struct session *session, const char *what, struct ladle_error *err)
{
	const struct source_list *sources = &session->setup.sources;
	struct buf paths;

	buf_init(&paths);
	for (uint32_t i = 0; i < sources->count; i++)
		buf_format(&paths, "%s%s", i == 0 ? "" : ", ", sources->item[i]->path);
	ladle_fail(err, LADLE_E_USAGE, NULL, "%s needs the files: %s", what, buf_string(&paths));
	buf_done(&paths);
	return LADLE_E_USAGE;
}

enum ladle_status
session_check_files(const struct session *session, const struct command *command,
		struct ladle_error *err)
{
	char what[64];

	if (!session->told || !takes_files(command->id))
		return LADLE_OK;
	snprintf(what, sizeof(what), "`%s`", command->word);
	return fail_needs_files(session, what, err);
}

/* ---- taking it over ---- */

static enum ladle_status
add_sources(struct session *session, struct ladle_comparison *from, struct ladle_error *err)
{
	struct source_list *sources = &session->setup.sources;

	for (uint32_t k = 0; k < from->count; k++) {
		struct source *source;

		TRY(source_new(&source, sources, from->ids[k], from->checkpoints[k]->path, NULL,
				err));
		source_set_open(source, from->checkpoints[k]);
		from->checkpoints[k] = NULL;
		bool added = source_list_append(sources, source);
		source_release(source);
		if (!added)
			return session_out_of_memory(err);
	}
	return LADLE_OK;
}

static enum ladle_status
take_table(struct session *session, struct ladle_comparison *from, struct ladle_error *err)
{
	const struct setup *setup = &session->setup;
	struct pairing *pairing =
			pairing_new(&setup->sources, &setup->hands, &setup->lineups, NULL);

	if (pairing == NULL)
		return session_out_of_memory(err);
	pairing->table = pairing->stored = from->table;
	pairing->measurement = from->measurement;
	from->table = NULL;
	from->measurement = NULL;
	pairing->measured = true;
	atomic_store(&pairing->rows, pairing->table->row_count);
	fail_needs_files(session, "what takes values", &pairing->no_groups);
	enum ladle_status status = session_publish(session, pairing, err);
	pairing_release(pairing);
	return status;
}

static enum ladle_status
run_recipe_line(struct session *session, const char *line, struct ladle_error *err)
{
	struct words words;
	enum ladle_status status = LADLE_OK;

	TRY(words_split(&words, line, err));
	if (words.count > 0) {
		const struct command *command =
				command_find(words.word[0], strlen(words.word[0]), err);
		if (command == NULL || command->kind != RECIPE)
			status = command == NULL ? LADLE_E_USAGE : LADLE_OK;
		else if (command->id == COMMAND_ALIGN)
			session->told_aligned = true;
		else if (!takes_files(command->id))
			status = session_execute(session, command, &words, err);
	}
	words_free(&words);
	return status;
}

/* Those lines of it that are about the mix. */
static enum ladle_status
run_recipe(struct session *session, const char *recipe, struct ladle_error *err)
{
	char *copy = strdup(recipe);
	enum ladle_status status = LADLE_OK;

	if (copy == NULL)
		return session_out_of_memory(err);
	session->reading_recipe = session->initial = true;
	for (char *line = copy; line != NULL && status == LADLE_OK;) {
		char *end = strchr(line, '\n');
		if (end != NULL)
			*end = '\0';
		status = run_recipe_line(session, line, err);
		line = end == NULL ? NULL : end + 1;
	}
	session->reading_recipe = session->initial = false;
	free(copy);
	return status == LADLE_OK ? mix_check(session->mix, session->pairing, err) : status;
}

enum ladle_status
session_take_comparison(struct session *session, const char *json, size_t length, const char *name,
		struct ladle_error *err)
{
	struct ladle_comparison *from = NULL;
	struct ladle_error cause;

	TRY(ladle_comparison_read(&from, json, length, name, err));
	enum ladle_status status = add_sources(session, from, err);
	session->told = true;
	if (status == LADLE_OK)
		status = take_table(session, from, err);
	session->mode = MODE_LOADED;
	if (status == LADLE_OK && run_recipe(session, from->recipe, &cause) != LADLE_OK)
		status = ladle_fail(err, LADLE_E_INPUT, name, "recipe: %s", cause.text);
	ladle_comparison_free(from);
	session_forget_changes(session);
	return status;
}

bool
session_is_told(const struct session *session)
{
	return session->told;
}
