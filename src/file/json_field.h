/* Fields of JSON by name and kind. Errors name the document and the place: "rows[3].gram". */
#ifndef FILE_JSON_FIELD_H
#define FILE_JSON_FIELD_H

#include <ladle.h>

#include "file/json_text.h"

/* A value and where it stands. */
struct json_field {
	const char *document;
	char where[160];
	struct json_object *value;
};

struct json_field json_root(const char *document, struct json_object *);
/* A field that must be there and of this kind; json_type_null: of any kind, null included. */
enum ladle_status json_get(struct json_field *out, const struct json_field *, const char *key,
		enum json_type, struct ladle_error *);
/* Element i, which there is, of this kind. */
enum ladle_status json_at(struct json_field *out, const struct json_field *, size_t i,
		enum json_type, struct ladle_error *);
enum ladle_status json_text_of(
		const char **out, const struct json_field *, const char *key, struct ladle_error *);
enum ladle_status json_count_of(
		uint64_t *out, const struct json_field *, const char *key, struct ladle_error *);
/* A number; null is NaN. */
enum ladle_status json_double(double *out, const struct json_field *, struct ladle_error *);
/* A whole number from 0 on. */
enum ladle_status json_whole(uint64_t *out, const struct json_field *, struct ladle_error *);
enum ladle_status json_fail(const struct json_field *, struct ladle_error *, const char *why);

#endif
