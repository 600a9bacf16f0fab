/* Commands that say how models are read: their config, their optimizer, which layers belong
 * together, which branches they have. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

/* The words of a line remember what it did. */
static enum ladle_status
change(struct session *session, struct setup *setup, const struct words *words,
		struct ladle_error *err)
{
	struct buf text;

	buf_init(&text);
	words_join(&text, words);
	enum ladle_status status = session_change_setup(session, setup, buf_string(&text), err);
	buf_done(&text);
	if (status != LADLE_OK)
		setup_free(setup);
	return status;
}

static enum ladle_status
copy_setup(struct setup *out, const struct session *session, struct ladle_error *err)
{
	return setup_copy(out, &session->setup) ? LADLE_OK : session_out_of_memory(err);
}

/* ---- pair, unpair ---- */

/* *wait: it is still being opened. */
static enum ladle_status
check_member(const struct session *session, const char *word, int column, bool *wait,
		struct ladle_error *err)
{
	size_t length;
	const char *layer;
	uint32_t source;

	TRY(hand_read_member(word, column, &length, &layer, err));
	TRY(session_find_id(session, word, length, column, &source, err));
	const struct session_file *file = &session->setup.sources.item[source]->pub;
	if (file->state == COLUMN_FAILED)
		return ladle_fail(err, LADLE_E_USAGE, file->path, "%s is not open: %s", file->id,
				file->error.text);
	*wait = *wait || file->state == COLUMN_OPENING;
	return LADLE_OK;
}

/* Will there soon be a table that is not there yet? */
static bool
is_being_paired(const struct session *session)
{
	if (session->mode != MODE_LIVE || session->pairing != NULL)
		return false;
	return tasks_count(session, TASK_OPEN) + tasks_count(session, TASK_PAIR) > 0;
}

/* Do both say what of some checkpoint belongs to this layer? */
static bool
say_both(const struct hand *known, const struct hand *hand, const struct hand_member *member)
{
	if (!hand_has(known, member->id, member->layer))
		return false;
	for (uint32_t i = 0; i < hand->count; i++)
		if (&hand->member[i] != member && hand_has(known, hand->member[i].id, NULL))
			return true;
	return false;
}

static enum ladle_status
check_unpaired(const struct session *session, const struct hand *hand, struct ladle_error *err)
{
	const struct hand_list *hands = &session->setup.hands;

	for (uint32_t i = 0; i < hands->count; i++)
		for (uint32_t n = 0; n < hand->count; n++) {
			struct buf text;
			if (!say_both(hands->item[i], hand, &hand->member[n]))
				continue;
			buf_init(&text);
			hand_text(&text, hands->item[i]);
			ladle_fail(err, LADLE_E_USAGE, NULL,
					"%s:%s is paired by `%s`: `unpair %u` takes that back",
					hand->member[n].id, hand->member[n].layer,
					buf_string(&text), i + 1);
			buf_done(&text);
			return LADLE_E_USAGE;
		}
	return LADLE_OK;
}

static enum ladle_status
add_hand(struct session *session, struct hand *hand, const struct words *words,
		struct ladle_error *err)
{
	struct setup setup;

	TRY(check_unpaired(session, hand, err));
	TRY(copy_setup(&setup, session, err));
	if (hand_list_append(&setup.hands, hand))
		return change(session, &setup, words, err);
	setup_free(&setup);
	return session_out_of_memory(err);
}

enum ladle_status
session_run_pair(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct hand *hand = NULL;
	bool wait = false;

	if (words->count < 3)
		return session_fail_needs(words->word[0], COMMAND_PAIR, err);
	for (int i = 1; i < words->count; i++)
		TRY(check_member(session, words->word[i], words->column[i], &wait, err));
	if (session->mode == MODE_LIVE && (wait || is_being_paired(session)))
		return session_defer(session, words, err);
	TRY(hand_read(&hand, words, err));
	enum ladle_status status = add_hand(session, hand, words, err);
	hand_release(hand);
	return status;
}

/* The line that names this layer; the list's count when none does. */
static uint32_t
find_hand(const struct hand_list *hands, const char *id, const char *layer)
{
	uint32_t i = 0;

	while (i < hands->count && !hand_has(hands->item[i], id, layer))
		i++;
	return i;
}

/* Which line "2" or "A:dense" means. */
static enum ladle_status
read_hand(const struct session *session, const struct words *words, uint32_t *out,
		struct ladle_error *err)
{
	const struct hand_list *hands = &session->setup.hands;
	const char *word = words->word[1], *layer;
	size_t length;
	double number;

	if (number_parse(word, &number)) {
		if (number < 1 || number > hands->count || number != floor(number))
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"column %d: no pair `%s`: there are %u", words->column[1],
					word, hands->count);
		*out = (uint32_t)number - 1;
		return LADLE_OK;
	}
	TRY(hand_read_member(word, words->column[1], &length, &layer, err));
	char *id = strndup(word, length);
	if (id == NULL)
		return session_out_of_memory(err);
	*out = find_hand(hands, id, layer);
	free(id);
	if (*out == hands->count)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: no `pair` names %s",
				words->column[1], word);
	return LADLE_OK;
}

enum ladle_status
session_run_unpair(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct setup setup;
	uint32_t hand = 0;

	if (words->count != 2)
		return session_fail_needs(words->word[0], COMMAND_UNPAIR, err);
	if (is_being_paired(session))
		return session_defer(session, words, err);
	TRY(read_hand(session, words, &hand, err));
	TRY(copy_setup(&setup, session, err));
	hand_list_remove(&setup.hands, hand);
	return change(session, &setup, words, err);
}

/* ---- config, ema ---- */

static enum ladle_status
open_config(struct session *session, const char *path, struct source **out, struct ladle_error *err)
{
	const struct source_list none = {0};
	struct ladle_checkpoint *checkpoint;
	struct source *config;

	TRY(source_new(&config, &none, NULL, path, session->folder, err));
	enum ladle_status status =
			ladle_checkpoint_open(&checkpoint, session->library, config->path, err);
	if (status == LADLE_OK) {
		source_set_open(config, checkpoint);
		if (!checkpoint->has_config)
			status = ladle_fail(err, LADLE_E_INPUT, config->path,
					"has no config of a model");
	}
	if (status == LADLE_OK)
		*out = config;
	else
		source_release(config);
	return status;
}

/* A checkpoint with a config of its own does not ask for another. */
static bool
reads_config(const struct source *source)
{
	return source->pub.state != COLUMN_OPEN || !source->checkpoint->has_config;
}

/* All of them, or those that read the config; undo has the old ones. */
static enum ladle_status
open_again(struct session *session, struct setup *setup, bool all, struct ladle_error *err)
{
	for (uint32_t i = 0; session->mode != MODE_NEW && i < setup->sources.count; i++) {
		struct source *again;
		if (!all && !reads_config(setup->sources.item[i]))
			continue;
		TRY(source_again(&again, setup->sources.item[i], err));
		source_release(setup->sources.item[i]);
		setup->sources.item[i] = again;
		TRY(session_open_now(session, again, setup, err));
	}
	return LADLE_OK;
}

static enum ladle_status
change_opening(struct session *session, struct setup *setup, bool all, const struct words *words,
		struct ladle_error *err)
{
	enum ladle_status status = open_again(session, setup, all, err);

	if (status == LADLE_OK)
		return change(session, setup, words, err);
	setup_free(setup);
	return status;
}

enum ladle_status
session_run_config(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct source *config;
	struct setup setup;

	if (words->count != 2)
		return session_fail_needs(words->word[0], COMMAND_CONFIG, err);
	TRY(open_config(session, words->word[1], &config, err));
	enum ladle_status status = copy_setup(&setup, session, err);
	if (status != LADLE_OK) {
		source_release(config);
		return status;
	}
	source_release(setup.config);
	setup.config = config;
	return change_opening(session, &setup, false, words, err);
}

enum ladle_status
session_run_ema(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct setup setup;
	bool on = words->count == 2 && strcmp(words->word[1], "on") == 0;

	if (words->count != 2 || (!on && strcmp(words->word[1], "off") != 0))
		return session_fail_needs(words->word[0], COMMAND_EMA, err);
	if (session->setup.ema == on)
		return LADLE_OK;
	TRY(copy_setup(&setup, session, err));
	setup.ema = on;
	return change_opening(session, &setup, true, words, err);
}

/* ---- optimizer ---- */

enum ladle_status
session_run_optimizer(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct setup setup;
	bool keep = words->count == 2 && strcmp(words->word[1], "keep") == 0;

	if (words->count != 2 || (!keep && strcmp(words->word[1], "drop") != 0))
		return session_fail_needs(words->word[0], COMMAND_OPTIMIZER, err);
	TRY(copy_setup(&setup, session, err));
	setup.keep_optimizer = keep;
	return change(session, &setup, words, err);
}

/* ---- repair ---- */

enum ladle_status
session_run_repair(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct setup setup;
	unsigned kinds;

	if (words->count != 2)
		return session_fail_needs(words->word[0], COMMAND_REPAIR, err);
	TRY(repair_kinds_read(words->word[1], words->column[1], &kinds, err));
	TRY(copy_setup(&setup, session, err));
	setup.repair = kinds;
	return change(session, &setup, words, err);
}

/* ---- branches ---- */

static enum ladle_status
add_branch(struct session *session, const char *path, const char *name, struct ladle_error *err)
{
	struct buf whole;

	buf_init(&whole);
	buf_format(&whole, "%s#%s", path, name);
	enum ladle_status status =
			whole.failed ? session_out_of_memory(err)
				     : session_add(session, NULL, buf_string(&whole), err);
	buf_done(&whole);
	return status;
}

enum ladle_status
session_add_branches(
		struct session *session, const char *path, bool *found, struct ladle_error *err)
{
	const struct ladle_open_how how = session_how(session);
	struct ladle_checkpoint *checkpoint;
	struct ladle_branches *branches;

	TRY(ladle_checkpoint_open_how(&checkpoint, session->library, path, &how, err));
	enum ladle_status status = ladle_branches_find(&branches, checkpoint, err);
	if (status == LADLE_OK) {
		*found = true;
		for (uint32_t i = 0; status == LADLE_OK && i < branches->count; i++)
			status = add_branch(session, path, branches->list[i].name, err);
		ladle_branches_free(branches);
	} else if (status == LADLE_E_INPUT) {
		status = session_add(session, NULL, path, err);
	}
	ladle_checkpoint_close(checkpoint);
	return status;
}
