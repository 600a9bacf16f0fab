/* JSON of a file, as a tree of json-c. */
#ifndef FILE_JSON_TEXT_H
#define FILE_JSON_TEXT_H

#include <json-c/json.h>
#include <stddef.h>

/* Within the limits of JSON; NaN and Infinity, which Python writes, are numbers. NULL for the text
 * "null" and, with *problem in words, for what is no JSON or beyond a limit. */
struct json_object *json_text_parse(
		const char *text, size_t length, int depth, const char **problem);

#endif
