/* What a person maps: lines `map` and `unmap`. */
#include <stdlib.h>
#include <string.h>

#include "app/key.h"
#include "app/keymap.h"
#include "app/keymap_parts.h"
#include "app/words.h"
#include "base/buf.h"
#include "base/err.h"

static const struct {
	unsigned where;
	const char *name;
} views[] = {
#define VIEW(id, bit, name) {bit, name},
#include "app/view.def"
#undef VIEW
};

enum { VIEW_KINDS = sizeof(views) / sizeof(views[0]) };

unsigned
command_where_of(const char *name)
{
	for (int i = 0; i < VIEW_KINDS; i++)
		if (strcmp(views[i].name, name) == 0)
			return views[i].where;
	return strcmp(name, "any") == 0 ? ANY : 0;
}

void
keymap_where_text(struct buf *out, unsigned where)
{
	const char *between = "";

	if (where & ANY) {
		buf_text(out, "any");
		return;
	}
	for (int i = 0; i < VIEW_KINDS; i++) {
		if (!(where & views[i].where))
			continue;
		buf_format(out, "%s%s", between, views[i].name);
		between = " ";
	}
}

/* What the words before the command say. */
struct place {
	struct binding binding;
	unsigned asked; /* the view that was named, or ANY */
	int key;        /* the word that is the key */
};

static enum ladle_status
fail_key(const struct words *words, int i, struct ladle_error *err)
{
	const char *word = words->word[i];
	struct nearest nearest;

	nearest_init(&nearest, word, strlen(word));
	for (int k = 0; k < VIEW_KINDS; k++)
		nearest_offer(&nearest, views[k].name);
	for (int key = 0; key_name_at(key) != NULL; key++)
		nearest_offer(&nearest, key_name_at(key));
	if (nearest.best == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: no key `%s`; keys are written as help shows them: x, "
				"gx, C-x, F2, Down",
				words->column[i], word);
	return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: no key `%s`; the nearest is `%s`",
			words->column[i], word, nearest.best);
}

/* One key, or two characters that are a sequence. */
static bool
read_key(const char *word, struct binding *binding)
{
	size_t length = strlen(word);

	if (key_parse(word, length, &binding->key))
		return binding->key >= CODE_SPACE || binding->key == CODE_TAB ||
		       binding->key == CODE_ENTER || binding->key == CODE_ESC ||
		       (length == 3 && word[1] == '-');
	if (length != 2 || word[0] <= ' ' || word[1] <= ' ' || word[0] >= 127 || word[1] >= 127)
		return false;
	binding->key = word[0];
	binding->second = word[1];
	return true;
}

static enum ladle_status
read_place(const struct words *words, struct place *place, struct ladle_error *err)
{
	unsigned where = words->count > 2 ? command_where_of(words->word[1]) : 0;

	*place = (struct place){.asked = where == 0 ? ANY : where, .key = where == 0 ? 1 : 2};
	place->binding.where = place->asked;
	place->binding.by_user = true;
	if (words->count <= place->key)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` needs %s", words->word[0],
				strcmp(words->word[0], "map") == 0 ? "[VIEW] KEY COMMAND"
								   : "[VIEW] KEY");
	if (!read_key(words->word[place->key], &place->binding))
		return fail_key(words, place->key, err);
	return LADLE_OK;
}

/* ---- what it does to others ---- */

/* The views in which a binding holds. */
static bool
holds_in(unsigned where, int view)
{
	return (where & (ANY | views[view].where)) != 0;
}

/* A sequence can be typed only where its first key does nothing alone. */
static enum ladle_status
check_sequence(const struct keymap *map, const struct binding *binding, struct buf *note,
		struct ladle_error *err)
{
	const struct binding *hiding = NULL;
	struct buf hidden;
	int open = 0;

	if (binding->second == 0)
		return LADLE_OK;
	buf_init(&hidden);
	for (int i = 0; i < VIEW_KINDS; i++) {
		const struct binding *alone = keymap_look_up(map, views[i].where, binding->key, 0);
		if (!holds_in(binding->where, i))
			continue;
		open += alone == NULL;
		if (alone == NULL)
			continue;
		hiding = alone;
		buf_format(&hidden, "%s%s", hidden.length > 0 ? ", " : "", views[i].name);
	}
	if (hiding != NULL && open > 0)
		buf_format(note, "; not in %s, where %c is a command alone", buf_string(&hidden),
				binding->key);
	buf_done(&hidden);
	if (hiding == NULL || open > 0)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, NULL,
			"`%c%c` can never be typed: `%c` alone is `%s`; `unmap %c` first",
			binding->key, binding->second, binding->key,
			command_of(hiding->command)->word, binding->key);
}

/* "; before: copy (layers), toggle-lock (mixer)" */
static void
note_replaced(const struct keymap *map, const struct binding *binding, struct buf *note)
{
	const char *between = "; before: ";

	for (int i = 0; i < VIEW_KINDS; i++) {
		const struct binding *old =
				keymap_look_up(map, views[i].where, binding->key, binding->second);
		if (old == NULL || !holds_in(binding->where, i))
			continue;
		buf_format(note, "%s%s (%s)", between,
				old->line == NULL ? command_of(old->command)->word : old->line,
				views[i].name);
		between = ", ";
	}
}

/* "; hides gg gl": a key that is a command of its own begins no sequence any more. */
static void
note_hidden(const struct keymap *map, const struct binding *binding, struct buf *note)
{
	const char *between = "; hides ";

	for (int i = 0; i < map->count; i++) {
		const struct binding *other = &map->bindings[i];
		bool hidden = false;

		if (binding->second != 0 || other->second == 0 || other->key != binding->key)
			continue;
		for (int k = 0; k < VIEW_KINDS; k++)
			hidden = hidden ||
				 (holds_in(binding->where, k) &&
						 keymap_look_up(map, views[k].where, other->key,
								 other->second) == other);
		if (!hidden)
			continue;
		buf_format(note, "%s%c%c", between, other->key, other->second);
		between = " ";
	}
}

/* ---- map, unmap ---- */

static int
find_users(const struct keymap *map, const struct binding *binding, unsigned where)
{
	for (int i = 0; i < map->count; i++) {
		const struct binding *old = &map->bindings[i];
		if (old->by_user && old->key == binding->key && old->second == binding->second &&
				old->where == where)
			return i;
	}
	return -1;
}

static void
remove_at(struct keymap *map, int index)
{
	free(map->bindings[index].line);
	map->count--;
	memmove(map->bindings + index, map->bindings + index + 1,
			(size_t)(map->count - index) * sizeof(*map->bindings));
}

/* Takes the line over, on success only. */
static enum ladle_status
put(struct keymap *map, const struct binding *binding, struct ladle_error *err)
{
	int old = find_users(map, binding, binding->where);
	struct binding *added;

	if (old >= 0)
		remove_at(map, old);
	added = keymap_add(map);
	if (added == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
	*added = *binding;
	return LADLE_OK;
}

/* A command that works in some views is mapped in these alone. */
static enum ladle_status
check_views(struct place *place, const struct command *command, struct ladle_error *err)
{
	struct buf where;

	if (command->where & ANY || command->kind != FACE)
		return LADLE_OK;
	place->binding.where = place->asked == ANY ? command->where : place->asked & command->where;
	if (place->binding.where != 0)
		return LADLE_OK;
	buf_init(&where);
	keymap_where_text(&where, command->where);
	ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` works in %s only", command->word,
			buf_string(&where));
	buf_done(&where);
	return LADLE_E_USAGE;
}

static enum ladle_status
read_command(const struct words *words, struct place *place, struct ladle_error *err)
{
	int i = place->key + 1;
	const struct words rest = {words->word + i, words->column + i, words->count - i};
	struct buf line;

	if (rest.count < 1)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `%s` needs a command behind it, as in map %s next",
				words->column[place->key], words->word[place->key],
				words->word[place->key]);
	const struct command *command =
			command_find_at(rest.word[0], strlen(rest.word[0]), rest.column[0], err);
	if (command == NULL)
		return LADLE_E_USAGE;
	place->binding.command = command->id;
	TRY(check_views(place, command, err));
	if (rest.count == 1 && strcmp(rest.word[0], command->word) == 0)
		return LADLE_OK;
	buf_init(&line);
	words_join(&line, &rest);
	place->binding.line = line.failed ? NULL : strdup(buf_string(&line));
	buf_done(&line);
	if (place->binding.line == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
	return LADLE_OK;
}

enum ladle_status
keymap_map(struct keymap *map, const struct words *words, struct buf *note, struct ladle_error *err)
{
	struct place place;
	enum ladle_status status;

	TRY(read_place(words, &place, err));
	TRY(read_command(words, &place, err));
	status = check_sequence(map, &place.binding, note, err);
	if (status == LADLE_OK) {
		note_replaced(map, &place.binding, note);
		note_hidden(map, &place.binding, note);
		status = put(map, &place.binding, err);
	}
	if (status != LADLE_OK)
		free(place.binding.line);
	return status;
}

/* A person's own binding goes, and what was there before comes back; without one the program's is
 * switched off. */
enum ladle_status
keymap_unmap(struct keymap *map, const struct words *words, struct buf *note,
		struct ladle_error *err)
{
	struct place place;
	int old = -1;

	TRY(read_place(words, &place, err));
	if (words->count > place.key + 1)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: `%s` is one word too many",
				words->column[place.key + 1], words->word[place.key + 1]);
	for (int i = map->count; i-- > 0 && old < 0;) {
		const struct binding *binding = &map->bindings[i];
		if (binding->by_user && binding->key == place.binding.key &&
				binding->second == place.binding.second &&
				(place.asked == ANY || binding->where == place.asked))
			old = i;
	}
	if (old >= 0) {
		remove_at(map, old);
		note_replaced(map, &place.binding, note);
		return LADLE_OK;
	}
	note_replaced(map, &place.binding, note);
	if (note->length == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: no command is on `%s`; `map` lists yours, `help` all",
				words->column[place.key], words->word[place.key]);
	return put(map, &place.binding, err);
}

void
keymap_text(struct buf *out, const struct keymap *map)
{
	char key[32];

	for (int i = 0; i < map->count; i++) {
		const struct binding *binding = &map->bindings[i];
		bool off = binding->command == COMMAND_NONE;

		if (!binding->by_user)
			continue;
		for (int k = -1; k < VIEW_KINDS; k++) {
			unsigned bit = k < 0 ? ANY : views[k].where;
			if (!(binding->where & bit))
				continue;
			buf_text(out, off ? "unmap " : "map ");
			if (k >= 0)
				buf_format(out, "%s ", views[k].name);
			keymap_binding_text(key, binding);
			words_quote(out, key);
			if (!off)
				buf_format(out, " %s",
						binding->line == NULL
								? command_of(binding->command)->word
								: binding->line);
			buf_char(out, '\n');
		}
	}
}
