/* scene: going to named mixes, naming the present one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

/* ---- a mix of lines ---- */

struct making_scene {
	struct session *session;
	struct ladle_mix *mix;
	double *set;   /* [columns] */
	bool strict;   /* what is not there is an error, not left out */
	uint32_t lost; /* lines, or words of lines, that were left out */
};

/* The column of a checkpoint; LADLE_NONE: it is left out. */
static enum ladle_status
find_column(struct making_scene *making, const char *id, size_t length, int column, uint32_t *out,
		struct ladle_error *err)
{
	const struct source_list *columns = &making->session->pairing->columns;
	uint32_t source;

	*out = LADLE_NONE;
	for (uint32_t k = 0; k < columns->count; k++)
		if (strlen(columns->item[k]->id) == length &&
				memcmp(columns->item[k]->id, id, length) == 0)
			*out = k;
	if (*out != LADLE_NONE)
		return LADLE_OK;
	making->lost++;
	return making->strict ? session_find_id(making->session, id, length, column, &source, err)
			      : LADLE_OK;
}

static enum ladle_status
read_weight(struct making_scene *making, const char *word, int column, struct ladle_error *err)
{
	const char *equals = strchr(word, '=');
	double value;
	uint32_t k;

	if (equals == NULL || !number_parse(equals + 1, &value))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `%s` is no NAME=WEIGHT, as in A=.5", column, word);
	TRY(session_check_weight(making->session, value, err));
	TRY(find_column(making, word, (size_t)(equals - word), column, &k, err));
	if (k != LADLE_NONE)
		making->set[k] = value;
	return LADLE_OK;
}

static enum ladle_status
add_rule(struct making_scene *making, const char *pattern, bool skip, struct ladle_error *err)
{
	const struct pairing *pairing = making->session->pairing;
	bool named = skip;
	struct buf text;

	for (uint32_t k = 0; k < pairing->columns.count; k++)
		named = named || !isnan(making->set[k]);
	if (!named)
		return LADLE_OK;
	buf_init(&text);
	mix_rule_text(&text, &pairing->columns, making->set, pattern, skip);
	enum ladle_status status = ladle_mix_add_rule(making->mix, pairing->table, pattern, skip,
			making->set, buf_string(&text), err);
	buf_done(&text);
	if (status != LADLE_E_USAGE || making->strict)
		return status;
	making->lost++;
	return LADLE_OK;
}

static enum ladle_status
make_mix(struct making_scene *making, const struct words *words, struct ladle_error *err)
{
	uint32_t k = making->session->pairing->columns.count;
	int i = 1;

	for (; i < words->count && strcmp(words->word[i], "on") != 0; i++)
		TRY(read_weight(making, words->word[i], words->column[i], err));
	if (i == 1 || (i < words->count && i + 2 != words->count))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: a line `mix` is mix NAME=WEIGHT ... [on PATTERN]",
				words->column[0]);
	if (i < words->count)
		return add_rule(making, words->word[i + 1], false, err);
	for (uint32_t c = 0; c < k; c++)
		if (!isnan(making->set[c]))
			ladle_mix_fader(making->mix, c)->set = making->set[c];
	return LADLE_OK;
}

static enum ladle_status
make_switch(struct making_scene *making, const struct words *words, enum command_id id,
		struct ladle_error *err)
{
	bool on = words->count < 3 || strcmp(words->word[2], "on") == 0;
	uint32_t k;

	if (words->count < 2 || words->count > 3)
		return session_fail_needs(words->word[0], id, err);
	TRY(find_column(making, words->word[1], strlen(words->word[1]), words->column[1], &k, err));
	if (k == LADLE_NONE)
		return LADLE_OK;
	struct ladle_fader *fader = ladle_mix_fader(making->mix, k);
	if (id == COMMAND_MUTE)
		fader->mute = on;
	else if (id == COMMAND_SOLO)
		fader->solo = on;
	else
		fader->lock = on;
	return LADLE_OK;
}

static enum ladle_status
make_line(struct making_scene *making, const struct words *words, struct ladle_error *err)
{
	const struct command *command = command_find_at(
			words->word[0], strlen(words->word[0]), words->column[0], err);

	if (command == NULL)
		return LADLE_E_USAGE;
	for (uint32_t k = 0; k < making->session->pairing->columns.count; k++)
		making->set[k] = NAN;
	switch (command->id) {
	case COMMAND_MIX:
		return make_mix(making, words, err);
	case COMMAND_MUTE:
	case COMMAND_SOLO:
	case COMMAND_LOCK:
		return make_switch(making, words, command->id, err);
	case COMMAND_SKIP:
		if (words->count != 2)
			return session_fail_needs(words->word[0], COMMAND_SKIP, err);
		return add_rule(making, words->word[1], true, err);
	case COMMAND_NORMALISE:
		if (words->count != 2)
			return session_fail_needs(words->word[0], COMMAND_NORMALISE, err);
		ladle_mix_set_normalised(making->mix, strcmp(words->word[1], "off") != 0);
		return LADLE_OK;
	default:
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: a scene holds no `%s`: mix, mute, solo, lock, skip, "
				"normalise",
				words->column[0], command->word);
	}
}

static enum ladle_status
make_lines(struct making_scene *making, const char *lines, struct ladle_error *err)
{
	enum ladle_status status = LADLE_OK;

	for (const char *at = lines; status == LADLE_OK && *at != '\0';) {
		size_t length = strcspn(at, "\n");
		struct words words = {0};
		char *line = strndup(at, length);
		status = line == NULL ? session_out_of_memory(err) : words_split(&words, line, err);
		if (status == LADLE_OK && words.count > 0)
			status = make_line(making, &words, err);
		words_free(&words);
		free(line);
		at += length + (at[length] == '\n');
	}
	return status;
}

/* What the lines make; a checkpoint that they do not name counts as 0, as it did when they were
 * written. The template stays. `line`, or NULL: this one in place of the lines, strictly. */
static enum ladle_status
make_scene(struct session *session, const char *lines, const struct words *line,
		struct ladle_mix **out, uint32_t *lost, struct ladle_error *err)
{
	uint32_t columns = session->pairing->columns.count;
	struct making_scene making = {.session = session, .strict = line != NULL};

	TRY(session_edit(session, &making.mix, err));
	making.set = calloc(columns + 1, sizeof(*making.set));
	while (ladle_mix_rule_count(making.mix) > 0)
		ladle_mix_remove_rule(making.mix, 0);
	for (uint32_t k = 0; k < columns; k++)
		*ladle_mix_fader(making.mix, k) = (struct ladle_fader){.set = 0};
	ladle_mix_set_normalised(making.mix, true);
	enum ladle_status status = LADLE_OK;
	if (making.set == NULL)
		status = session_out_of_memory(err);
	else if (line != NULL)
		status = make_line(&making, line, err);
	else
		status = make_lines(&making, lines, err);
	free(making.set);
	*lost = making.lost;
	if (status == LADLE_OK)
		*out = making.mix;
	else
		ladle_mix_free(making.mix);
	return status;
}

static void
mix_lines(struct buf *out, const struct session *session, const struct ladle_mix *mix)
{
	buf_format(out, "normalise %s\n", ladle_mix_normalised(mix) ? "on" : "off");
	recipe_write_faders(out, mix, &session->pairing->columns);
}

/* ---- the command ---- */

static enum ladle_status
fail_scene(const struct session *session, const struct words *words, int i, struct ladle_error *err)
{
	const struct scene_list *list = &session->setup.scenes;
	struct nearest nearest;

	nearest_init(&nearest, words->word[i], strlen(words->word[i]));
	for (uint32_t n = 0; n < list->count; n++)
		nearest_offer(&nearest, list->item[n]->name);
	if (list->count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"there is no scene yet: `scene save %s` names the present mix",
				words->word[i]);
	return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: no scene `%s`; %s `%s`",
			words->column[i], words->word[i],
			nearest.best == NULL ? "there is" : "the nearest is",
			nearest.best == NULL ? list->item[0]->name : nearest.best);
}

static enum ladle_status
go_to(struct session *session, struct scene *scene, const char *text, struct ladle_error *err)
{
	struct ladle_mix *mix;
	uint32_t lost;

	TRY(make_scene(session, scene->lines, NULL, &mix, &lost, err));
	TRY(session_commit(session, mix, text, LADLE_NONE, err));
	scene_list_enter(&session->setup.scenes, scene);
	session_say(session, false,
			lost == 0 ? "scene %s%s" : "scene %s, without what is not open%s",
			scene->name, "");
	return LADLE_OK;
}

/* The scenes change, the mix does not. */
static enum ladle_status
put(struct session *session, const char *name, const char *lines, bool enter, const char *text,
		struct ladle_error *err)
{
	TRY(session_remember(session, text, LADLE_NONE, err));
	struct scene *scene = scene_list_put(&session->setup.scenes, name, lines);
	if (scene == NULL)
		return session_out_of_memory(err);
	if (enter)
		scene_list_enter(&session->setup.scenes, scene);
	session_changed(session);
	session_record(session, session->recorded);
	return LADLE_OK;
}

static enum ladle_status
save(struct session *session, const char *name, const char *text, struct ladle_error *err)
{
	struct buf lines;

	buf_init(&lines);
	mix_lines(&lines, session, session->mix);
	enum ladle_status status =
			lines.failed ? session_out_of_memory(err)
				     : put(session, name, buf_string(&lines), true, text, err);
	buf_done(&lines);
	if (status == LADLE_OK)
		session_say(session, false, "this mix is scene %s", name);
	return status;
}

/* The line is tried first, on what the scene has. */
static enum ladle_status
add(struct session *session, const struct words *words, const char *text, struct ladle_error *err)
{
	const struct words line = {words->word + 3, words->column + 3, words->count - 3};
	const struct scene *old = scene_list_find(&session->setup.scenes, words->word[2]);
	struct ladle_mix *mix;
	struct buf lines, tried;
	uint32_t lost;

	buf_init(&lines);
	buf_init(&tried);
	words_join(&tried, &line);
	buf_format(&lines, "%s%s\n", old == NULL ? "" : old->lines, buf_string(&tried));
	enum ladle_status status = make_scene(session, "", &line, &mix, &lost, err);
	if (status == LADLE_OK) {
		ladle_mix_free(mix);
		status = put(session, words->word[2], buf_string(&lines), false, text, err);
	}
	buf_done(&lines);
	buf_done(&tried);
	return status;
}

static enum ladle_status
drop(struct session *session, struct scene *scene, const char *text, struct ladle_error *err)
{
	TRY(session_remember(session, text, LADLE_NONE, err));
	scene_list_drop(&session->setup.scenes, scene);
	session_changed(session);
	session_record(session, session->recorded);
	return LADLE_OK;
}

static enum ladle_status
run(struct session *session, const struct words *words, const char *text, struct ladle_error *err)
{
	const char *verb = words->word[1];
	bool to_save = strcmp(verb, "save") == 0, to_add = strcmp(verb, "add") == 0,
	     to_drop = strcmp(verb, "drop") == 0;
	int name = to_save || to_add || to_drop ? 2 : 1;

	if (words->count <= name || (to_add ? words->count < 4 : words->count != name + 1))
		return session_fail_needs(words->word[0], COMMAND_SCENE, err);
	if (session->pairing == NULL)
		return session_defer(session, words, err);
	if (to_save)
		return save(session, words->word[2], text, err);
	if (to_add)
		return add(session, words, text, err);
	struct scene *scene = scene_list_find(&session->setup.scenes, words->word[name]);
	if (scene == NULL)
		return fail_scene(session, words, name, err);
	return to_drop ? drop(session, scene, text, err) : go_to(session, scene, text, err);
}

enum ladle_status
session_run_scene(struct session *session, const struct words *words, struct ladle_error *err)
{
	struct buf text;

	if (words->count < 2)
		return session_fail_needs(words->word[0], COMMAND_SCENE, err);
	buf_init(&text);
	words_join(&text, words);
	enum ladle_status status = run(session, words, buf_string(&text), err);
	buf_done(&text);
	return status;
}

enum ladle_status
session_run_toggle_scene(
		struct session *session, const struct words *words, struct ladle_error *err)
{
	struct scene *before = session->setup.scenes.before;
	struct buf text;

	if (words->count > 1)
		return session_fail_needs(words->word[0], COMMAND_TOGGLE_SCENE, err);
	if (session->pairing == NULL || before == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"no two scenes yet: `scene save NAME` names this mix, once for "
				"each of two");
	buf_init(&text);
	buf_text(&text, "scene ");
	words_quote(&text, before->name);
	enum ladle_status status = go_to(session, before, buf_string(&text), err);
	buf_done(&text);
	return status;
}

/* ---- what is shown ---- */

uint32_t
session_scene_count(const struct session *session)
{
	return session->setup.scenes.count;
}

const char *
session_scene(const struct session *session, uint32_t scene, bool *now)
{
	const struct scene_list *list = &session->setup.scenes;

	if (now != NULL)
		*now = list->item[scene] == list->now;
	return list->item[scene]->name;
}

bool
session_is_scene_changed(struct session *session)
{
	const struct scene *now = session->setup.scenes.now;
	struct ladle_mix *mix;
	struct buf made, present;
	uint32_t lost;

	if (now == NULL || session->mix == NULL ||
			make_scene(session, now->lines, NULL, &mix, &lost, NULL) != LADLE_OK)
		return false;
	buf_init(&made);
	buf_init(&present);
	mix_lines(&made, session, mix);
	mix_lines(&present, session, session->mix);
	ladle_mix_free(mix);
	bool changed = strcmp(buf_string(&made), buf_string(&present)) != 0;
	buf_done(&made);
	buf_done(&present);
	return changed;
}

void
scenes_write(struct buf *out, const struct scene_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		for (const char *at = list->item[i]->lines; *at != '\0';) {
			size_t length = strcspn(at, "\n");
			buf_text(out, "scene add ");
			words_quote(out, list->item[i]->name);
			buf_format(out, " %.*s\n", (int)length, at);
			at += length + (at[length] == '\n');
		}
}
