/* States that are known as lines: what they make of a session, and whether they could be made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/keep.h"
#include "app/state.h"
#include "base/err.h"

void
session_state_lines(const struct session *session, struct buf *out)
{
	recipe_write(session, out, RECIPE_STATE | RECIPE_ABSOLUTE);
	session_matching_lines(session, out);
}

/* ---- files that are open already ---- */

static bool
is_same_file(const struct source *a, const struct source *b)
{
	return a != NULL && b != NULL && strcmp(a->id, b->id) == 0 && strcmp(a->path, b->path) == 0;
}

/* Opened in the same way: what a file holds hangs on the config and on `ema`. */
static bool
opens_alike(const struct setup *a, const struct setup *b)
{
	return a->ema == b->ema &&
	       ((a->config == NULL && b->config == NULL) || is_same_file(a->config, b->config));
}

static void
replace(struct source **place, struct source *known)
{
	known->refs++;
	source_release(*place);
	*place = known;
}

/* Files of `setup` that stand in `known` too are that one's; one that failed is tried again. */
static void
adopt_from(struct setup *setup, const struct setup *known)
{
	if (!opens_alike(setup, known))
		return;
	if (known->config != NULL && known->config->pub.state == COLUMN_OPEN)
		replace(&setup->config, known->config);
	for (uint32_t i = 0; i < setup->sources.count; i++) {
		struct source **source = &setup->sources.item[i];
		uint32_t other = source_list_index(&known->sources, *source);
		if ((*source)->pub.state == COLUMN_OPEN || other == LADLE_NONE ||
				known->sources.item[other]->pub.state == COLUMN_FAILED)
			continue;
		replace(source, known->sources.item[other]);
	}
}

static void
adopt_from_history(struct setup *setup, const struct history *history)
{
	for (int i = history->count; i-- > 0;)
		adopt_from(setup, &history->steps[i]->setup);
}

/* ---- making a state ---- */

static void
forget_state(struct session *session)
{
	setup_free(&session->setup);
	session->setup = (struct setup){.ema = false};
	ladle_mix_free(session->mix);
	session->mix = NULL;
	session_take_pairing(session, NULL);
	while (session->waiting_count > 0)
		free(session->waiting[--session->waiting_count].line);
}

/* As before the start: files are named, the other lines wait for their table. */
static enum ladle_status
read_lines(struct session *session, const char *lines, struct ladle_error *err)
{
	enum session_mode mode = session->mode;
	const char *source = session->setting_source;

	session->mode = MODE_NEW;
	session->initial = true;
	session->setting_source = "recipe";
	enum ladle_status status = session_read_recipe(session, lines, NULL, err);
	session->initial = false;
	session->setting_source = source;
	session->mode = mode;
	return status;
}

static bool
is_open(const struct source_list *sources)
{
	for (uint32_t i = 0; i < sources->count; i++)
		if (sources->item[i]->pub.state == COLUMN_OPENING)
			return false;
	return true;
}

/* A table that is known is shown at once. */
static enum ladle_status
show_known(struct session *session, struct ladle_error *err)
{
	const struct setup *setup = &session->setup;
	struct source_list open;
	enum ladle_status status = LADLE_OK;

	if (!is_open(&setup->sources))
		return LADLE_OK;
	if (!source_list_open(&open, &setup->sources))
		return session_out_of_memory(err);
	struct pairing *pairing =
			session_pairing_for(session, &open, &setup->hands, &setup->lineups);
	if (pairing != NULL && open.count > 0 && pairing_is_made(pairing)) {
		status = session_publish(session, pairing, err);
		if (status == LADLE_OK)
			status = session_run_waiting(session, err);
	}
	pairing_release(pairing);
	source_list_free(&open);
	return status;
}

static enum ladle_status
thaw(struct session *session, const char *lines, struct ladle_error *err)
{
	enum ladle_status status;

	forget_state(session);
	TRY(read_lines(session, lines, err));
	adopt_from_history(&session->setup, &session->history);
	if (session->mode == MODE_LOADED)
		return session_load(session, err);
	if (session->mode == MODE_NEW)
		return LADLE_OK;
	status = show_known(session, err);
	session_changed(session);
	session_settle(session);
	return status;
}

/* Whoever asked for it records it when it is done. */
enum ladle_status
session_thaw(struct session *session, const char *lines, struct ladle_error *err)
{
	struct keep *keep = session->keep;
	bool held = keep != NULL && keep->held;

	if (keep != NULL)
		keep->held = true;
	enum ladle_status status = thaw(session, lines, err);
	if (keep != NULL)
		keep->held = held;
	return status;
}

/* ---- a whole session ---- */

/* `epochs` names checkpoints, so it comes after them; those that it names may be gone since. */
static bool
names_checkpoints(const char *line)
{
	return strncmp(line, "epochs ", 7) == 0;
}

static enum ladle_status
run_setting(struct session *session, const char *line, struct ladle_error *err)
{
	struct ladle_error cause = {0};
	enum ladle_status status = session_run(session, line, &cause);

	if (status == LADLE_OK)
		return LADLE_OK;
	return ladle_fail(err, status, NULL, "`%s`: %s", line, cause.text);
}

static enum ladle_status
run_settings(struct session *session, char *lines, bool after, struct ladle_error *err)
{
	char *end;

	for (char *line = lines; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		if (after && names_checkpoints(line))
			run_setting(session, line, NULL);
		else if (!after && !names_checkpoints(line))
			TRY(run_setting(session, line, err));
	}
	return LADLE_OK;
}

static enum ladle_status
restore_settings(struct session *session, const struct buf *lines, bool after,
		struct ladle_error *err)
{
	char *copy = strdup(buf_string(lines));

	if (copy == NULL)
		return session_out_of_memory(err);
	session->setting_source = "session";
	session->reading_recipe = true; /* a line `write` names the output and writes nothing */
	enum ladle_status status = run_settings(session, copy, after, err);
	session->reading_recipe = false;
	session->setting_source = "command";
	free(copy);
	return status;
}

/* The state before, as a step of undo, until the new one stands. */
enum ladle_status
session_restore(struct session *session, const struct saved *saved, struct ladle_error *err)
{
	TRY(session_check_saved(session, saved, err));
	session->recorded = SAVED_STEP;
	TRY(session_remember(session, "the session before", LADLE_NONE, err));
	enum ladle_status status = restore_settings(session, &saved->settings, false, err);
	if (status == LADLE_OK)
		status = session_thaw(session, saved_present(saved), err);
	if (status == LADLE_OK)
		status = restore_settings(session, &saved->settings, true, err);
	if (status == LADLE_OK)
		return session_freeze_history(session, saved, err);
	session_rewind(session, session_undo_depth(session) - 1);
	return status;
}

/* ---- before it ---- */

/* Without the lines that open a config, which would read a file for each state. */
static char *
without_config(const char *lines)
{
	char *copy = strdup(lines), *to = copy;

	for (const char *at = lines; copy != NULL && *at != '\0';) {
		size_t length = strcspn(at, "\n");
		length += at[length] == '\n';
		if (strncmp(at, "config ", 7) != 0) {
			memcpy(to, at, length);
			to += length;
		} else {
			*to++ = '\n'; /* so that lines keep their numbers */
		}
		at += length;
	}
	if (copy != NULL)
		*to = '\0';
	return copy;
}

static enum ladle_status
try_lines(struct session *scratch, const char *lines, struct ladle_error *err)
{
	char *copy = without_config(lines);

	if (copy == NULL)
		return session_out_of_memory(err);
	scratch->initial = true;
	enum ladle_status status = session_read_recipe(scratch, copy, NULL, err);
	free(copy);
	if (status != LADLE_OK)
		return status;
	return session_file_count(scratch) > 0 ? LADLE_OK
					       : ladle_fail(err, LADLE_E_USAGE, NULL,
							 "line 1: no file is opened");
}

/* "line 3: .." of the lines of a state is another line of the file: for the oldest, which stands
 * there line by line, the sum; for others that of their record. */
static enum ladle_status
fail_state(const struct saved_state *state, bool oldest, struct ladle_error *cause,
		struct ladle_error *err)
{
	int line = 1, used = 0;

	if (sscanf(cause->text, "line %d: %n", &line, &used) == 1)
		memmove(cause->text, cause->text + used, strlen(cause->text + used) + 1);
	if (state->line > 0)
		return session_fail_line(err, oldest ? state->line + line - 1 : state->line, cause);
	return ladle_fail(err, cause->status, NULL, "the state after `%s`: %s", state->change,
			cause->text);
}

enum ladle_status
session_check_saved(
		const struct session *session, const struct saved *saved, struct ladle_error *err)
{
	enum ladle_status status = LADLE_OK;

	for (int i = 0; status == LADLE_OK && i < saved->count; i++) {
		struct ladle_error cause = {0};
		struct session *scratch;
		TRY(session_new(&scratch, session->library, NULL, NULL, err));
		status = try_lines(scratch, saved->states[i].lines, &cause);
		session_free(scratch);
		if (status != LADLE_OK)
			fail_state(&saved->states[i], i == 0, &cause, err);
	}
	return status;
}
