/* Files that changed on disk: noticed, and read again on request. Until then, and when they cannot
 * be read, what was opened stays: its figures, and its bytes where they are still there. */
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

/* ---- noticing ---- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

/* Is it another answer than last time? */
static bool
look_at(struct source *source)
{
	struct ladle_error now = {.status = LADLE_OK};
	const struct ladle_error *then = &source->pub.changed;

	if (source->pub.state == COLUMN_OPEN)
		ladle_checkpoint_stands(source->checkpoint, &now);
	if (now.status == then->status && strcmp(now.text, then->text) == 0)
		return false;
	source->pub.changed = now;
	return true;
}

static void
say_changed(struct session *session, const struct source *source, uint32_t count)
{
	const char *text = source->pub.changed.text;

	if (count > 1)
		session_say(session, true, "%u files changed on disk; :reload reads them again",
				count);
	else if (source->pub.changed.status == LADLE_E_CHANGED)
		session_say(session, true, "%s %s %s; :reload reads it again", source->id,
				base_name(source->path), text);
	else
		session_say(session, true, "%s %s %s", source->id, base_name(source->path), text);
}

void
session_look(struct session *session)
{
	const struct source_list *sources = &session->setup.sources;
	const struct source *last = NULL;
	uint32_t news = 0, changed = 0;

	for (uint32_t i = 0; i < sources->count; i++) {
		struct source *source = sources->item[i];

		if (!look_at(source))
			continue;
		news++;
		changed += source->pub.changed.status != LADLE_OK;
		last = source->pub.changed.status != LADLE_OK ? source : last;
	}
	if (news == 0)
		return;
	session->events |= SESSION_CHANGED;
	if (changed > 0)
		say_changed(session, last, changed);
}

enum ladle_status
session_check_unchanged(struct session *session, struct ladle_error *err)
{
	const struct source_list *columns = &session->pairing->columns;

	session_look(session);
	for (uint32_t k = 0; k < columns->count; k++) {
		const struct session_file *file = &columns->item[k]->pub;

		if (file->changed.status == LADLE_E_CHANGED)
			return ladle_fail(err, LADLE_E_CHANGED, file->path,
					"%s; `reload %s` reads it again, and then it can be "
					"written",
					file->changed.text, file->id);
	}
	return LADLE_OK;
}

/* ---- reading again ---- */

struct reloading {
	struct source_list sources; /* that take the place of those of the same name */
	struct source *config;      /* of `how`, or NULL */
	struct ladle_open_how how;
	struct ladle *library;
	char *text; /* the line */
};

static void
reloading_free(struct reloading *reloading)
{
	if (reloading == NULL)
		return;
	source_list_free(&reloading->sources);
	source_release(reloading->config);
	free(reloading->text);
	free(reloading);
}

/* The first that cannot be read again is the result. */
static void
reload_run(struct task *task)
{
	struct reloading *reloading = task->payload;

	for (uint32_t i = 0; i < reloading->sources.count && task->status == LADLE_OK; i++) {
		struct source *source = reloading->sources.item[i];
		struct ladle_checkpoint *checkpoint;

		task->status = ladle_checkpoint_open_how(&checkpoint, reloading->library,
				source->path, &reloading->how, &task->error);
		if (task->status != LADLE_OK)
			continue;
		ladle_checkpoint_look(checkpoint);
		source_set_open(source, checkpoint);
	}
}

/* What was dropped meanwhile stays dropped. */
static enum ladle_status
take_place(struct session *session, const struct reloading *reloading, struct ladle_error *err)
{
	struct setup setup;

	if (!setup_copy(&setup, &session->setup))
		return session_out_of_memory(err);
	for (uint32_t i = 0; i < reloading->sources.count; i++) {
		struct source *source = reloading->sources.item[i];
		uint32_t at = source_list_index(&setup.sources, source);

		if (at == LADLE_NONE)
			continue;
		source_release(setup.sources.item[at]);
		setup.sources.item[at] = source;
		source->refs++;
	}
	enum ladle_status status = session_change_setup(session, &setup, reloading->text, err);
	if (status != LADLE_OK)
		setup_free(&setup);
	return status;
}

static void
say_failed(struct session *session, const struct ladle_error *error)
{
	bool unsaid = *error->path != '\0' && strstr(error->text, error->path) == NULL;

	session_say(session, true, "%s%s%s; what was open stays", unsaid ? error->path : "",
			unsaid ? ": " : "", error->text);
}

static void
reload_done(struct task *task)
{
	struct session *session = task->session;
	struct reloading *reloading = task->payload;

	if (task->canceled && task->status == LADLE_OK)
		task->status = ladle_fail(&task->error, LADLE_E_CANCELED, NULL, "reload canceled");
	if (task->status == LADLE_OK)
		task->status = take_place(session, reloading, &task->error);
	session->events |= SESSION_OPENED;
	if (task->status != LADLE_OK)
		say_failed(session, &task->error);
	reloading_free(reloading);
}

static void
reload_describe(const struct task *task, struct buf *out)
{
	const struct reloading *reloading = task->payload;

	if (reloading->sources.count == 1)
		buf_format(out, "reading %s again", reloading->sources.item[0]->path);
	else
		buf_format(out, "reading %u files again", reloading->sources.count);
}

static bool
is_stale(const struct source *source)
{
	return source->pub.state == COLUMN_FAILED || source->pub.changed.status != LADLE_OK;
}

/* only: LADLE_NONE, or this one in any case. */
static enum ladle_status
choose(struct reloading *reloading, const struct session *session, uint32_t only,
		struct ladle_error *err)
{
	const struct source_list *sources = &session->setup.sources;

	for (uint32_t i = 0; i < sources->count; i++) {
		struct source *again;

		if (only == LADLE_NONE ? !is_stale(sources->item[i]) : i != only)
			continue;
		TRY(source_again(&again, sources->item[i], err));
		bool kept = source_list_append(&reloading->sources, again);
		source_release(again);
		if (!kept)
			return session_out_of_memory(err);
	}
	if (reloading->sources.count > 0)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, NULL,
			"no file changed on disk; `reload %s` reads one again all the same",
			sources->count > 0 ? sources->item[0]->id : "A");
}

static enum ladle_status
reloading_new(struct reloading **out, const struct session *session, uint32_t only,
		const struct words *words, struct ladle_error *err)
{
	struct reloading *reloading = calloc(1, sizeof(*reloading));
	struct buf text;

	if (reloading == NULL)
		return session_out_of_memory(err);
	buf_init(&text);
	words_join(&text, words);
	*reloading = (struct reloading){.config = session->setup.config,
			.how = session_how(session),
			.library = session->library,
			.text = text.failed ? NULL : strdup(buf_string(&text))};
	buf_done(&text);
	if (reloading->config != NULL)
		reloading->config->refs++;
	enum ladle_status status = reloading->text == NULL ? session_out_of_memory(err)
							   : choose(reloading, session, only, err);
	if (status == LADLE_OK)
		*out = reloading;
	else
		reloading_free(reloading);
	return status;
}

/* At once for the command line, behind for a screen. */
static enum ladle_status
start_reloading(struct session *session, struct reloading *reloading, struct ladle_error *err)
{
	struct task model = {.kind = TASK_RELOAD,
			.session = session,
			.run = reload_run,
			.done = reload_done,
			.describe = reload_describe,
			.payload = reloading};
	enum ladle_status status = LADLE_OK;

	if (session->mode == MODE_LIVE) {
		status = task_start(session, &model, err);
		if (status != LADLE_OK)
			reloading_free(reloading);
		return status;
	}
	reload_run(&model);
	status = model.status;
	if (status == LADLE_OK)
		status = take_place(session, reloading, &model.error);
	if (status != LADLE_OK && err != NULL)
		*err = model.error;
	reloading_free(reloading);
	return status;
}

enum ladle_status
session_run_reload(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct reloading *reloading = NULL;
	uint32_t only = LADLE_NONE;

	if (words->count > 2)
		return session_fail_needs(words->word[0], COMMAND_RELOAD, err);
	if (words->count == 2)
		TRY(session_read_checkpoint(session, words, 1, &only, err));
	if (session->mode == MODE_NEW || tasks_count(session, TASK_OPEN) > 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "files are still being opened");
	if (tasks_count(session, TASK_RELOAD) > 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "files are being read again already");
	session_look(session);
	TRY(reloading_new(&reloading, session, only, words, err));
	return start_reloading(session, reloading, err);
}
