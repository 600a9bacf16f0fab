/* An attribute has at most 64 KiB, so Keras splits a long list into name0, name1, ...; the plain
 * name is then absent. What is split is not told by the version: both forms are always looked for
 * (section 1.3 of the format). */
#include "keras/text_list.h"

#include <string.h>

#include "file/limits.h"

/* An empty list is stored as float64 of extent 0. */
static bool
is_text(const struct catalog_attr *attr)
{
	return attr->count == 0 || (attr->type.dtype == LADLE_STRING && attr->strings != NULL);
}

static bool
is_readable(const struct catalog_attr *attr)
{
	return attr->refused == NULL && is_text(attr);
}

/* The number behind `name`, as "%u" writes it; `below` when there is none below that. */
static uint32_t
part_number(const char *text, const char *name, uint32_t below)
{
	size_t length = strlen(name);
	uint64_t number = 0;

	if (strncmp(text, name, length) != 0 || text[length] == '\0' ||
			(text[length] == '0' && text[length + 1] != '\0'))
		return below;
	for (text += length; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || number >= below)
			return below;
		number = number * 10 + (uint64_t)(*text - '0');
	}
	return number < below ? (uint32_t)number : below;
}

/* The parts in their order, up to the first that is not there; NULL without memory. There are no
 * more of them than attributes, and each of these is looked at once. */
static const struct catalog_attr **
parts_of(struct arena *arena, const struct catalog_object *object, const char *name)
{
	uint32_t count = object->attr_count;
	const struct catalog_attr **parts = arena_array(arena, (size_t)count + 1, sizeof(*parts));

	for (uint32_t i = 0; parts != NULL && i < count; i++) {
		uint32_t part = part_number(object->attrs[i].name, name, count);

		if (part < count && parts[part] == NULL)
			parts[part] = &object->attrs[i];
	}
	return parts;
}

/* Room is made for what the parts hold, not for what they claim. */
static bool
join(struct text_list *out, struct arena *arena, const struct catalog_attr *const *parts)
{
	const char **strings;
	uint64_t total = 0;

	out->found = true;
	for (uint32_t i = 0; parts[i] != NULL; i++)
		total += is_readable(parts[i]) ? parts[i]->count : 0;
	if (total > LAYERS_MAX_LISTED) {
		out->problem = "it has too many entries";
		return true;
	}
	strings = arena_array(arena, (size_t)total + 1, sizeof(*strings));
	if (strings == NULL)
		return false;
	for (uint32_t i = 0; parts[i] != NULL; i++)
		for (uint64_t s = 0; is_readable(parts[i]) && s < parts[i]->count; s++)
			strings[out->count++] = parts[i]->strings[s];
	out->strings = strings;
	return true;
}

bool
text_list_read(struct text_list *out, struct arena *arena, const struct catalog_object *object,
		const char *name)
{
	const struct catalog_attr *attr = catalog_attr(object, name), **parts;

	*out = (struct text_list){.found = attr != NULL};
	if (attr == NULL) {
		parts = parts_of(arena, object, name);
		return parts != NULL && (parts[0] == NULL || join(out, arena, parts));
	}
	if (!is_readable(attr))
		out->problem = attr->refused != NULL ? attr->refused : "it is no list of names";
	else if (attr->count > LAYERS_MAX_LISTED)
		out->problem = "it has too many entries";
	else {
		out->strings = attr->strings;
		out->count = (uint32_t)attr->count;
	}
	return true;
}
