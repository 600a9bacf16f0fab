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
