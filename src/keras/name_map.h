/* A table from names to numbers. Names are borrowed. */
#ifndef KERAS_NAME_MAP_H
#define KERAS_NAME_MAP_H

#include <ladle.h>

#include "base/arena.h"

struct name_map {
	struct name_slot *slots;
	uint32_t mask;
};

/* For at most `count` names; false without memory. */
bool name_map_init(struct name_map *, struct arena *, uint32_t count);
/* Adds the name unless it is there; returns the number that it has now. */
uint32_t name_map_add(struct name_map *, const char *name, uint32_t number);
/* LADLE_NONE: not there. */
uint32_t name_map_get(const struct name_map *, const char *name);
void name_map_set(struct name_map *, const char *name, uint32_t number);

/* Gives every name once: a name that was given before gets a number behind it. */
struct unique_names {
	struct arena *arena;
	struct name_map used, next; /* next: the number to try for a name */
};

bool unique_names_init(struct unique_names *, struct arena *, uint32_t count);
/* The name itself or `<name><between><number>`, from 2 on; NULL without memory. */
const char *unique_name(struct unique_names *, const char *name, char between);

#endif
