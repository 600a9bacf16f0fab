#include "file/json_text.h"

#include <limits.h>
#include <stdbool.h>

#include "file/limits.h"

/* Brackets inside strings count too: no text that Keras writes has so many of these. */
static bool
has_too_many_containers(const char *text, size_t length)
{
	size_t count = 0, most = JSON_FIRST_CONTAINERS + length / JSON_BYTES_EACH;

	for (size_t i = 0; i < length; i++)
		count += text[i] == '{' || text[i] == '[';
	return count > most || count > JSON_MAX_CONTAINERS;
}

struct json_object *
json_text_parse(const char *text, size_t length, int depth, const char **problem)
{
	struct json_tokener *tokener = json_tokener_new_ex(depth);
	struct json_object *object = NULL;

	if (tokener == NULL) {
		*problem = "there is no memory for it";
	} else if (length >= INT_MAX) {
		*problem = "it is too long";
	} else if (has_too_many_containers(text, length)) {
		*problem = "it has too many objects and lists for its length";
	} else {
		object = json_tokener_parse_ex(tokener, text, (int)length);
		*problem = json_tokener_get_error(tokener) == json_tokener_success
					   ? "it is null"
					   : json_tokener_error_desc(
							     json_tokener_get_error(tokener));
	}
	if (tokener != NULL)
		json_tokener_free(tokener);
	return object;
}
