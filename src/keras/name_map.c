#include "keras/name_map.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

struct name_slot {
	const char *name;
	uint64_t hash;
	uint32_t number;
};

bool
name_map_init(struct name_map *map, struct arena *arena, uint32_t count)
{
	uint32_t size = 8;

	while (size / 2 < count && size < UINT32_C(1) << 31)
		size *= 2;
	map->slots = arena_array(arena, size, sizeof(*map->slots));
	map->mask = size - 1;
	return map->slots != NULL;
}

static struct name_slot *
slot_of(const struct name_map *map, const char *name)
{
	uint64_t hash = hash_text(name);
	uint32_t at = (uint32_t)hash & map->mask;

	while (map->slots[at].name != NULL) {
		if (map->slots[at].hash == hash && strcmp(map->slots[at].name, name) == 0)
			return &map->slots[at];
		at = (at + 1) & map->mask;
	}
	map->slots[at].hash = hash;
	return &map->slots[at];
}

uint32_t
name_map_add(struct name_map *map, const char *name, uint32_t number)
{
	struct name_slot *slot = slot_of(map, name);

	if (slot->name == NULL) {
		slot->name = name;
		slot->number = number;
	}
	return slot->number;
}

uint32_t
name_map_get(const struct name_map *map, const char *name)
{
	const struct name_slot *slot = slot_of(map, name);

	return slot->name == NULL ? LADLE_NONE : slot->number;
}

void
name_map_set(struct name_map *map, const char *name, uint32_t number)
{
	struct name_slot *slot = slot_of(map, name);

	slot->name = name;
	slot->number = number;
}

bool
unique_names_init(struct unique_names *names, struct arena *arena, uint32_t count)
{
	names->arena = arena;
	return name_map_init(&names->used, arena, count) &&
	       name_map_init(&names->next, arena, count);
}

/* Remembers where it stopped, so that many equal names do not cost the square of their number. */
const char *
unique_name(struct unique_names *names, const char *name, char between)
{
	const char *text = name;
	uint32_t number = name_map_get(&names->next, name);

	if (number == LADLE_NONE)
		number = 2;
	while (text != NULL && name_map_get(&names->used, text) != LADLE_NONE)
		text = arena_format(names->arena, "%s%c%u", name, between, number++);
	if (text == NULL)
		return NULL;
	name_map_set(&names->next, name, number);
	name_map_set(&names->used, text, 0);
	return text;
}
