/* A list of strings in the attributes of an object, whole or in parts. */
#ifndef KERAS_TEXT_LIST_H
#define KERAS_TEXT_LIST_H

#include "base/arena.h"
#include "file/catalog.h"

struct text_list {
	const char *const *strings;
	uint32_t count;
	bool found;
	const char *problem; /* why it is found and empty, or NULL */
};

/* `name`, or name0, name1, ... joined. False without memory. */
bool text_list_read(struct text_list *out, struct arena *, const struct catalog_object *,
		const char *name);

#endif
