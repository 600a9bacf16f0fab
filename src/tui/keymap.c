#include "tui/keymap.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tui/key.h"

enum { COUNT_MAX = 1000000 };

static void
bind(struct keymap *map, const struct command *command, const char *text, size_t length)
{
	struct binding *binding = &map->bindings[map->count++];

	assert(map->count <= (int)(sizeof(map->bindings) / sizeof(map->bindings[0])));
	binding->where = command->where;
	binding->command = command->id;
	binding->second = 0;
	if (key_parse(text, length, &binding->key))
		return;
	assert(length == 2);
	binding->key = text[0];
	binding->second = text[1];
}

void
keymap_init(struct keymap *map)
{
	map->count = 0;
	for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++) {
		const struct command *command = command_of((enum command_id)id);
		const char *s = command->keys;

		while (*s != '\0') {
			size_t length = strcspn(s, " ");

			bind(map, command, s, length);
			s += length;
			s += strspn(s, " ");
		}
	}
}

/* The view's own bindings win over those that hold everywhere. */
static const struct binding *
look_up(const struct keymap *map, unsigned where, int key, int second)
{
	const struct binding *found = NULL;

	for (int i = 0; i < map->count; i++) {
		const struct binding *binding = &map->bindings[i];

		if (binding->key != key || binding->second != second)
			continue;
		if (binding->where & where)
			return binding;
		if (binding->where & ANY)
			found = binding;
	}
	return found;
}

static bool
begins_sequence(const struct keymap *map, unsigned where, int key)
{
	for (int i = 0; i < map->count; i++) {
		const struct binding *binding = &map->bindings[i];

		if (binding->key == key && binding->second != 0 && (binding->where & (where | ANY)))
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
		enum command_id *command, long *count)
{
	int first = state->first;
	const struct binding *found =
			look_up(map, where, first != 0 ? first : key, first != 0 ? key : 0);

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
	*command = found->command;
	return KEYMAP_FOUND;
}

void
keymap_key_text(char dst[16], const struct command *command)
{
	size_t length = strcspn(command->keys, " ");

	snprintf(dst, 16, "%.*s", (int)length, command->keys);
}
