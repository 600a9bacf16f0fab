/* The commands that change the mix. Each reads all its words first, so that a wrong one is
 * refused at once even while the table is still being made; then it waits for the table, or
 * edits a copy of the mix and commits it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

/* ---- reading words ---- */

static enum ladle_status
check_count(const struct words *words, int least, int most, struct ladle_error *err)
{
	const char *word = words->word[0];

	if (words->count - 1 < least)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` needs %s", word,
				command_find(word, strlen(word), NULL)->arguments);
	if (words->count - 1 > most)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: `%s` is one word too many",
				words->column[most + 1], words->word[most + 1]);
	return LADLE_OK;
}

static enum ladle_status
fail_checkpoint(const struct session *session, const char *id, size_t length, int column,
		struct ladle_error *err)
{
	struct nearest nearest;

	nearest_init(&nearest, id, length);
	for (uint32_t i = 0; i < session->setup.sources.count; i++)
		nearest_offer(&nearest, session->setup.sources.item[i]->id);
	if (nearest.best == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: no checkpoint `%.*s`",
				column, (int)length, id);
	return ladle_fail(err, LADLE_E_USAGE, NULL,
			"column %d: no checkpoint `%.*s`; the nearest is `%s`", column, (int)length,
			id, nearest.best);
}

static uint32_t
find_id(const struct session *session, const char *id, size_t length)
{
	for (uint32_t i = 0; i < session->setup.sources.count; i++) {
		const char *known = session->setup.sources.item[i]->id;
		if (strlen(known) == length && memcmp(known, id, length) == 0)
			return i;
	}
	return LADLE_NONE;
}

enum ladle_status
session_find_id(const struct session *session, const char *id, size_t length, int column,
		uint32_t *out, struct ladle_error *err)
{
	uint32_t source = find_id(session, id, length);

	if (source == LADLE_NONE)
		return fail_checkpoint(session, id, length, column, err);
	*out = source;
	return LADLE_OK;
}

enum ladle_status
session_read_checkpoint(const struct session *session, const struct words *words, int i,
		uint32_t *out, struct ladle_error *err)
{
	const char *id = words->word[i];

	return session_find_id(session, id, strlen(id), words->column[i], out, err);
}

/* "on", "off"; on when the word is absent. */
static enum ladle_status
read_switch(const struct words *words, int i, bool *out, struct ladle_error *err)
{
	bool on = words->count <= i || strcmp(words->word[i], "on") == 0;

	if (!on && strcmp(words->word[i], "off") != 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `%s` is neither `on` nor `off`", words->column[i],
				words->word[i]);
	*out = on;
	return LADLE_OK;
}

/* One NAME=WEIGHT into set[sources], in which NaN says that none was read. */
static enum ladle_status
read_weight(const struct session *session, const char *word, int column, double *set,
		struct ladle_error *err)
{
	const char *equals = strchr(word, '=');
	double value;

	if (equals == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `%s` is no NAME=WEIGHT, as in A=.5", column, word);
	size_t length = (size_t)(equals - word);
	uint32_t source;
	TRY(session_find_id(session, word, length, column, &source, err));
	column += (int)length + 1;
	if (!number_parse(equals + 1, &value))
		return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: `%s` is no number", column,
				equals + 1);
	if (!isnan(set[source]))
		return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: %.*s is named twice",
				column, (int)length, word);
	set[source] = value;
	return session_check_weight(session, value, err);
}

enum ladle_status
session_check_weight(const struct session *session, double value, struct ladle_error *err)
{
	if (!isfinite(value))
		return ladle_fail(err, LADLE_E_USAGE, NULL, "a weight is no finite number");
	/* A state that stood once may stand again. */
	if (value < 0 && !session->initial && !session_setting_on(session, "extrapolate"))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"a weight below 0 extrapolates: `set extrapolate` allows it");
	return LADLE_OK;
}

/* ---- mix, skip ---- */

struct mix_words {
	double *set;         /* [sources] */
	double *columns;     /* [columns of the pairing] */
	const char *pattern; /* NULL: the faders */
	int named;
};

static enum ladle_status
read_mix(const struct session *session, const struct words *words, struct mix_words *out,
		struct ladle_error *err)
{
	int i = 1;

	for (; i < words->count && strcmp(words->word[i], "on") != 0; i++, out->named++)
		TRY(read_weight(session, words->word[i], words->column[i], out->set, err));
	if (out->named == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"`mix` needs NAME=WEIGHT, as in mix A=.6 B=.4");
	if (i == words->count)
		return LADLE_OK;
	if (i + 1 == words->count)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `on` needs a pattern, as in dense*", words->column[i]);
	if (i + 2 < words->count)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: `%s` is one word too many",
				words->column[i + 2], words->word[i + 2]);
	out->pattern = words->word[i + 1];
	return LADLE_OK;
}

/* From sources to columns. *wait: one that is named is still being opened. */
static enum ladle_status
place_weights(const struct session *session, struct mix_words *mix, bool *wait,
		struct ladle_error *err)
{
	for (uint32_t k = 0; k < session->pairing->columns.count; k++)
		mix->columns[k] = NAN;
	for (uint32_t i = 0; i < session->setup.sources.count; i++) {
		const struct session_file *file = &session->setup.sources.item[i]->pub;
		if (isnan(mix->set[i]))
			continue;
		if (file->state == COLUMN_FAILED)
			return ladle_fail(err, LADLE_E_USAGE, file->path, "%s is not open: %s",
					file->id, file->error.text);
		if (file->column == LADLE_NONE)
			*wait = true;
		else
			mix->columns[file->column] = mix->set[i];
	}
	return LADLE_OK;
}

static bool
has_locks(const struct ladle_mix *mix, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++)
		if (ladle_mix_fader_const(mix, i)->lock)
			return true;
	return false;
}

/* One fader alone moves as by hand, so that locked ones keep their share; several are set as they
 * are written. */
static enum ladle_status
set_faders(struct ladle_mix *draft, const struct mix_words *mix, uint32_t k,
		struct ladle_error *err)
{
	bool by_hand = mix->named == 1 && has_locks(draft, k);

	for (uint32_t i = 0; i < k; i++) {
		if (isnan(mix->columns[i]))
			continue;
		if (by_hand)
			return ladle_mix_move(draft, i, mix->columns[i], err);
		ladle_mix_fader(draft, i)->set = mix->columns[i];
	}
	return LADLE_OK;
}

static enum ladle_status
edit_mix(struct session *session, const struct mix_words *mix, const char *text,
		struct ladle_error *err)
{
	struct ladle_mix *draft;
	enum ladle_status status;

	TRY(session_edit(session, &draft, err));
	if (mix->pattern == NULL)
		status = set_faders(draft, mix, session->pairing->columns.count, err);
	else
		status = ladle_mix_add_rule(draft, session->pairing->table, mix->pattern, false,
				mix->columns, text, err);
	if (status != LADLE_OK) {
		ladle_mix_free(draft);
		return status;
	}
	return session_commit(session, draft, text, LADLE_NONE, err);
}

static void
faders_text(struct buf *text, const struct session *session, const double *columns)
{
	buf_text(text, "mix");
	for (uint32_t k = 0; k < session->pairing->columns.count; k++) {
		if (isnan(columns[k]))
			continue;
		buf_format(text, " %s=", session->pairing->columns.item[k]->id);
		number_append(text, columns[k]);
	}
}

static enum ladle_status
place_and_edit(struct session *session, const struct words *words, struct mix_words *mix,
		struct ladle_error *err)
{
	struct buf text;
	bool wait = false;

	if (session->pairing == NULL)
		return session_defer(session, words, err);
	TRY(place_weights(session, mix, &wait, err));
	if (wait)
		return session_defer(session, words, err);
	buf_init(&text);
	if (mix->pattern == NULL)
		faders_text(&text, session, mix->columns);
	else
		mix_rule_text(&text, &session->pairing->columns, mix->columns, mix->pattern, false);
	enum ladle_status status = text.failed ? session_out_of_memory(err)
					       : edit_mix(session, mix, buf_string(&text), err);
	buf_done(&text);
	return status;
}

static enum ladle_status
run_mix(struct session *session, const struct words *words, struct ladle_error *err)
{
	uint32_t count = session->setup.sources.count;
	uint32_t columns = session->pairing == NULL ? 0 : session->pairing->columns.count;
	struct mix_words mix = {.set = malloc(((size_t)count + columns + 1) * sizeof(double))};

	if (mix.set == NULL)
		return session_out_of_memory(err);
	mix.columns = mix.set + count;
	for (uint32_t i = 0; i < count; i++)
		mix.set[i] = NAN;
	enum ladle_status status = read_mix(session, words, &mix, err);
	if (status == LADLE_OK)
		status = place_and_edit(session, words, &mix, err);
	free(mix.set);
	return status;
}

static enum ladle_status
edit_skip(struct session *session, const char *pattern, const double *keep, const char *text,
		struct ladle_error *err)
{
	struct ladle_mix *draft;

	TRY(session_edit(session, &draft, err));
	enum ladle_status status = ladle_mix_add_rule(
			draft, session->pairing->table, pattern, true, keep, text, err);
	if (status == LADLE_OK)
		return session_commit(session, draft, text, LADLE_NONE, err);
	ladle_mix_free(draft);
	return status;
}

static enum ladle_status
run_skip(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct buf text;

	TRY(check_count(words, 1, 1, err));
	if (session->pairing == NULL)
		return session_defer(session, words, err);
	uint32_t k = session->pairing->columns.count;
	double *keep = malloc(k * sizeof(*keep));
	if (keep == NULL)
		return session_out_of_memory(err);
	for (uint32_t i = 0; i < k; i++)
		keep[i] = NAN;
	buf_init(&text);
	mix_rule_text(&text, &session->pairing->columns, keep, words->word[1], true);
	enum ladle_status status = edit_skip(session, words->word[1], keep, buf_string(&text), err);
	buf_done(&text);
	free(keep);
	return status;
}

static enum ladle_status
run_unrule(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct ladle_mix *draft;
	struct buf text;
	double number;

	TRY(check_count(words, 1, 1, err));
	if (session->pairing == NULL)
		return session_defer(session, words, err);
	uint32_t count = ladle_mix_rule_count(session->mix);
	if (!number_parse(words->word[1], &number) || number < 1 || number > count ||
			number != floor(number))
		return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: no rule `%s`: there are %u",
				words->column[1], words->word[1], count);
	TRY(session_edit(session, &draft, err));
	buf_init(&text);
	buf_format(&text, "unrule %s", words->word[1]);
	ladle_mix_remove_rule(draft, (uint32_t)number - 1);
	enum ladle_status status =
			session_commit(session, draft, buf_string(&text), LADLE_NONE, err);
	buf_done(&text);
	return status;
}

/* ---- one column ---- */

/* Its place in the table; *wait when it has none yet. */
static enum ladle_status
read_column(const struct session *session, const struct words *words, uint32_t *column, bool *wait,
		struct ladle_error *err)
{
	uint32_t source;

	TRY(session_read_checkpoint(session, words, 1, &source, err));
	const struct session_file *file = &session->setup.sources.item[source]->pub;
	if (file->state == COLUMN_FAILED)
		return ladle_fail(err, LADLE_E_USAGE, file->path, "%s is not open: %s", file->id,
				file->error.text);
	*wait = session->pairing == NULL || file->column == LADLE_NONE;
	*column = file->column;
	return LADLE_OK;
}

static enum ladle_status
commit_words(struct session *session, struct ladle_mix *draft, const struct words *words,
		struct ladle_error *err)
{
	struct buf text;

	buf_init(&text);
	words_join(&text, words);
	enum ladle_status status =
			session_commit(session, draft, buf_string(&text), LADLE_NONE, err);
	buf_done(&text);
	return status;
}

static enum ladle_status
switch_fader(struct session *session, const struct words *words,
		void (*change)(struct ladle_fader *, bool), struct ladle_error *err)
{
	struct ladle_mix *draft;
	uint32_t column;
	bool on, wait;

	TRY(check_count(words, 1, 2, err));
	TRY(read_column(session, words, &column, &wait, err));
	TRY(read_switch(words, 2, &on, err));
	if (wait)
		return session_defer(session, words, err);
	TRY(session_edit(session, &draft, err));
	change(ladle_mix_fader(draft, column), on);
	return commit_words(session, draft, words, err);
}

static void
set_mute(struct ladle_fader *fader, bool on)
{
	fader->mute = on;
}

static void
set_solo(struct ladle_fader *fader, bool on)
{
	fader->solo = on;
}

static void
set_lock(struct ladle_fader *fader, bool on)
{
	fader->lock = on;
}

static enum ladle_status
run_mute(struct session *session, const struct words *words, struct ladle_error *err)
{
	return switch_fader(session, words, set_mute, err);
}

static enum ladle_status
run_solo(struct session *session, const struct words *words, struct ladle_error *err)
{
	return switch_fader(session, words, set_solo, err);
}

static enum ladle_status
run_lock(struct session *session, const struct words *words, struct ladle_error *err)
{
	return switch_fader(session, words, set_lock, err);
}

static enum ladle_status
run_template(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct ladle_mix *draft;
	uint32_t column;
	bool wait;

	TRY(check_count(words, 1, 1, err));
	TRY(read_column(session, words, &column, &wait, err));
	if (wait)
		return session_defer(session, words, err);
	TRY(session_edit(session, &draft, err));
	ladle_mix_set_template(draft, column);
	return commit_words(session, draft, words, err);
}

/* ---- all columns ---- */

static enum ladle_status
run_normalise(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct ladle_mix *draft;
	bool on;

	TRY(check_count(words, 1, 1, err));
	TRY(read_switch(words, 1, &on, err));
	if (session->pairing == NULL)
		return session_defer(session, words, err);
	TRY(session_edit(session, &draft, err));
	ladle_mix_set_normalised(draft, on);
	return commit_words(session, draft, words, err);
}

static enum ladle_status
run_equal(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct ladle_mix *draft;

	TRY(check_count(words, 0, 0, err));
	if (session->pairing == NULL)
		return session_defer(session, words, err);
	TRY(session_edit(session, &draft, err));
	for (uint32_t k = 0; k < session->pairing->columns.count; k++)
		ladle_mix_fader(draft, k)->set = 1;
	return commit_words(session, draft, words, err);
}

/* ---- the table ---- */

static session_handler *const handlers[COMMAND_COUNT] = {
		[COMMAND_OPEN] = session_run_open,
		[COMMAND_DROP] = session_run_drop,
		[COMMAND_CONFIG] = session_run_config,
		[COMMAND_EMA] = session_run_ema,
		[COMMAND_OPTIMIZER] = session_run_optimizer,
		[COMMAND_REPAIR] = session_run_repair,
		[COMMAND_PAIR] = session_run_pair,
		[COMMAND_UNPAIR] = session_run_unpair,
		[COMMAND_ALIGN] = session_run_align,
		[COMMAND_UNALIGN] = session_run_unalign,
		[COMMAND_MIX] = run_mix,
		[COMMAND_SKIP] = run_skip,
		[COMMAND_NORMALISE] = run_normalise,
		[COMMAND_TEMPLATE] = run_template,
		[COMMAND_MUTE] = run_mute,
		[COMMAND_SOLO] = run_solo,
		[COMMAND_LOCK] = run_lock,
		[COMMAND_EQUAL] = run_equal,
		[COMMAND_UNRULE] = run_unrule,
		[COMMAND_WRITE] = session_run_write,
		[COMMAND_SET] = session_run_set,
		[COMMAND_SCENE] = session_run_scene,
		[COMMAND_TOGGLE_SCENE] = session_run_toggle_scene,
		[COMMAND_MAP] = session_run_map,
		[COMMAND_UNMAP] = session_run_unmap,
		[COMMAND_COLOR] = session_run_color,
		[COMMAND_RELOAD] = session_run_reload,
		[COMMAND_UNDO] = session_run_undo,
		[COMMAND_REDO] = session_run_redo,
		[COMMAND_CANCEL] = session_run_cancel,
		[COMMAND_RECIPE] = session_run_recipe,
		[COMMAND_REPORT] = session_run_report,
		[COMMAND_PLOT] = session_run_plot,
		[COMMAND_EPOCHS] = session_run_epochs,
		[COMMAND_SESSION] = session_run_session,
};

enum ladle_status
session_execute(struct session *session, const struct command *command, const struct words *words,
		struct ladle_error *err)
{
	session_handler *handler = handlers[command->id];

	if (handler == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `%s` works on the screen only", words->column[0],
				command->word);
	TRY(session_check_files(session, command, err));
	return handler(session, words, err);
}

enum ladle_status
session_run(struct session *session, const char *line, struct ladle_error *err)
{
	struct words words;
	enum ladle_status status = LADLE_OK;

	TRY(words_split(&words, line, err));
	if (words.count > 0) {
		const char *word = words.word[0];
		const struct command *command =
				command_find_at(word, strlen(word), words.column[0], err);
		status = command == NULL ? LADLE_E_USAGE
					 : session_execute(session, command, &words, err);
	}
	words_free(&words);
	return status;
}
