#include "keras/naming.h"

#include <ctype.h>
#include <string.h>

#include "keras/classes.h"

static bool
breaks_word(const char *text, size_t i)
{
	unsigned char before = i == 0 ? 0 : (unsigned char)text[i - 1], at = (unsigned char)text[i];

	if (before == 0 || !isupper(at))
		return false;
	/* "([a-z])([A-Z])", then "(.)([A-Z][a-z]+)" */
	return islower(before) || islower((unsigned char)text[i + 1]);
}

const char *
snake_case(struct arena *arena, const char *class_name)
{
	size_t length = strlen(class_name), count = 0;
	char *snake = arena_array(arena, 2 * length + 1, 1);

	for (size_t i = 0; snake != NULL && i < length; i++) {
		if (!isalnum((unsigned char)class_name[i]) && class_name[i] != '_')
			continue;
		if (breaks_word(class_name, i) && count > 0)
			snake[count++] = '_';
		snake[count++] = (char)tolower((unsigned char)class_name[i]);
	}
	return snake;
}

/* The table knows classes whose Python name is not their public one: GroupQueryAttention. Legacy
 * configs call a registered class "package>Name". */
const char *
naming_snake(struct arena *arena, const char *class_name)
{
	const struct class_row *row = class_find(class_name);
	const char *package = strrchr(class_name, '>');

	if (row != NULL)
		return row->snake;
	return snake_case(arena, package == NULL ? class_name : package + 1);
}

const char *
naming_numbered(struct arena *arena, const char *stem, uint32_t number)
{
	return number == 0 ? stem : arena_format(arena, "%s_%u", stem, number);
}

uint32_t
naming_count(struct name_map *map, const char *stem)
{
	uint32_t before = name_map_get(map, stem);

	before = before == LADLE_NONE ? 0 : before;
	name_map_set(map, stem, before + 1);
	return before;
}

const char *
naming_counted(struct arena *arena, struct name_map *counts, const char *class_name)
{
	const char *stem = naming_snake(arena, class_name);

	return stem == NULL ? NULL : naming_numbered(arena, stem, naming_count(counts, stem));
}
