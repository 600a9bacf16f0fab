#include "file/json_field.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

struct json_field
json_root(const char *document, struct json_object *value)
{
	return (struct json_field){.document = document, .value = value};
}

enum ladle_status
json_fail(const struct json_field *field, struct ladle_error *err, const char *why)
{
	return ladle_fail(err, LADLE_E_INPUT, field->document, "%s: %s",
			*field->where == '\0' ? "the document" : field->where, why);
}

static enum ladle_status
check_kind(const struct json_field *field, enum json_type kind, struct ladle_error *err)
{
	static const struct {
		enum json_type kind;
		const char *why;
	} kinds[] = {{json_type_object, "is no object"}, {json_type_array, "is no list"},
			{json_type_string, "is no text"}, {json_type_boolean, "is no boolean"}};

	if (kind == json_type_null || json_object_get_type(field->value) == kind)
		return LADLE_OK;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == kind)
			return json_fail(field, err, kinds[i].why);
	return json_fail(field, err, "is of another kind");
}

enum ladle_status
json_get(struct json_field *out, const struct json_field *in, const char *key, enum json_type kind,
		struct ladle_error *err)
{
	struct json_field field = {.document = in->document};

	snprintf(field.where, sizeof(field.where), "%.100s%s%.40s", in->where,
			*in->where == '\0' ? "" : ".", key);
	if (!json_object_object_get_ex(in->value, key, &field.value))
		return json_fail(&field, err,
				"is missing; write it with `ladle diff --json` of this version");
	*out = field;
	return check_kind(out, kind, err);
}

enum ladle_status
json_at(struct json_field *out, const struct json_field *in, size_t i, enum json_type kind,
		struct ladle_error *err)
{
	struct json_field field = {
			.document = in->document, .value = json_object_array_get_idx(in->value, i)};

	snprintf(field.where, sizeof(field.where), "%.120s[%zu]", in->where, i);
	*out = field;
	return check_kind(out, kind, err);
}

enum ladle_status
json_text_of(const char **out, const struct json_field *in, const char *key,
		struct ladle_error *err)
{
	struct json_field field;

	TRY(json_get(&field, in, key, json_type_string, err));
	*out = json_object_get_string(field.value);
	return LADLE_OK;
}

enum ladle_status
json_whole(uint64_t *out, const struct json_field *field, struct ladle_error *err)
{
	if (json_object_get_type(field->value) != json_type_int ||
			(json_object_get_int64(field->value) < 0))
		return json_fail(field, err, "is no whole number from 0 on");
	*out = json_object_get_uint64(field->value);
	return LADLE_OK;
}

enum ladle_status
json_count_of(uint64_t *out, const struct json_field *in, const char *key, struct ladle_error *err)
{
	struct json_field field;

	TRY(json_get(&field, in, key, json_type_null, err));
	return json_whole(out, &field, err);
}

enum ladle_status
json_double(double *out, const struct json_field *field, struct ladle_error *err)
{
	enum json_type kind = json_object_get_type(field->value);

	if (kind != json_type_null && kind != json_type_double && kind != json_type_int)
		return json_fail(field, err, "is no number");
	*out = kind == json_type_null ? (double)NAN : json_object_get_double(field->value);
	return LADLE_OK;
}
