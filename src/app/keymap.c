#include "app/keymap.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/key.h"
#include "app/keymap_parts.h"
#include "base/buf.h"

enum { COUNT_MAX = 1000000 };

struct binding *
keymap_add(struct keymap *map)
{
	int capacity = map->capacity == 0 ? 256 : map->capacity * 2;
	struct binding *grown;

	if (map->count == map->capacity) {
		grown = realloc(map->bindings, (size_t)capacity * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		map->bindings = grown;
		map->capacity = capacity;
	}
	map->bindings[map->count] = (struct binding){0};
	return &map->bindings[map->count++];
}

static bool
bind(struct keymap *map, const struct command *command, const char *text, size_t length)
{
	struct binding *binding = keymap_add(map);

	if (binding == NULL)
		return false;
	binding->where = command->where;
	binding->command = command->id;
	if (key_parse(text, length, &binding->key))
		return true;
	assert(length == 2);
	binding->key = text[0];
	binding->second = text[1];
	return true;
}

bool
keymap_init(struct keymap *map)
{
	bool good = true;

	*map = (struct keymap){0};
	for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++) {
		const struct command *command = command_of((enum command_id)id);
		const char *s = command->keys;

		while (good && *s != '\0') {
			size_t length = strcspn(s, " ");

			good = bind(map, command, s, length);
			s += length;
			s += strspn(s, " ");
		}
	}
	if (!good)
		keymap_done(map);
	return good;
}

void
keymap_done(struct keymap *map)
{
	for (int i = 0; i < map->count; i++)
		free(map->bindings[i].line);
	free(map->bindings);
	*map = (struct keymap){0};
}

/* The greatest wins: a person's bindings over the program's, among these a view's own over those
 * that hold everywhere. 0: the binding says nothing about the view. */
static int
rank_of(const struct binding *binding, unsigned where)
{
	bool own = (binding->where & where & ~(unsigned)ANY) != 0;

	if (!own && !(binding->where & ANY))
		return 0;
	return 1 + own + 2 * binding->by_user;
}

const struct binding *
keymap_look_up(const struct keymap *map, unsigned where, int key, int second)
{
	const struct binding *found = NULL;
	int best = 0;

	for (int i = 0; i < map->count; i++) {
		const struct binding *binding = &map->bindings[i];
		int rank = rank_of(binding, where);

		if (binding->key != key || binding->second != second || rank <= best)
			continue;
		found = binding;
		best = rank;
	}
	return found == NULL || found->command == COMMAND_NONE ? NULL : found;
}

static bool
begins_sequence(const struct keymap *map, unsigned where, int key)
{
	for (int i = 0; i < map->count; i++) {
		const struct binding *binding = &map->bindings[i];

		if (binding->key == key && binding->second != 0 &&
				keymap_look_up(map, where, key, binding->second) != NULL)
			return true;
	}
	return false;
}

static bool
add_digit(struct keymap_state *state, int key)
{
	if (key < '0' || key > '9' || (key == '0' && state->count == 0))
		return false;
	state->count = state->count * 10 + (key - '0');
	if (state->count > COUNT_MAX)
		state->count = COUNT_MAX;
	return true;
}

enum keymap_result
keymap_feed(const struct keymap *map, struct keymap_state *state, unsigned where, int key,
		const struct binding **binding, long *count)
{
	int first = state->first;
	const struct binding *found =
			keymap_look_up(map, where, first != 0 ? first : key, first != 0 ? key : 0);

	if (found == NULL && first == 0 && begins_sequence(map, where, key)) {
		state->first = key;
		return KEYMAP_PENDING;
	}
	if (found == NULL && first == 0 && add_digit(state, key))
		return KEYMAP_PENDING;
	*count = state->count;
	*state = (struct keymap_state){0, 0};
	if (found == NULL)
		return KEYMAP_UNKNOWN;
	*binding = found;
	return KEYMAP_FOUND;
}

/* ---- as text ---- */

void
keymap_binding_text(char dst[32], const struct binding *binding)
{
	char first[16], second[16] = "";

	key_text(first, binding->key);
	if (binding->second != 0)
		key_text(second, binding->second);
	snprintf(dst, 32, "%s%s", first, second);
}

/* Does the binding give the command, and does no other hide it? */
static bool
gives(const struct keymap *map, const struct binding *binding, const struct command *command,
		unsigned where)
{
	return binding->command == command->id && binding->line == NULL &&
	       keymap_look_up(map, where, binding->key, binding->second) == binding;
}

void
keymap_keys(struct buf *out, const struct keymap *map, const struct command *command,
		unsigned where)
{
	const char *between = "";
	char text[32];

	for (int i = 0; i < map->count; i++) {
		if (!gives(map, &map->bindings[i], command, where))
			continue;
		keymap_binding_text(text, &map->bindings[i]);
		buf_format(out, "%s%s", between, text);
		between = " ";
	}
}

void
keymap_key_text(char dst[16], const struct keymap *map, const struct command *command,
		unsigned where)
{
	char text[32] = "";

	for (int i = 0; i < map->count && text[0] == '\0'; i++)
		if (gives(map, &map->bindings[i], command, where))
			keymap_binding_text(text, &map->bindings[i]);
	snprintf(dst, 16, "%.15s", text);
}
