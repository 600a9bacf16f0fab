#include "cli/json.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "base/buf.h"
#include "base/text.h"

struct json_object *
json_text(const char *raw)
{
	struct buf clean;
	struct json_object *out;

	buf_init(&clean);
	text_utf8_append(&clean, raw, strlen(raw));
	out = json_object_new_string(buf_string(&clean));
	buf_done(&clean);
	return out;
}

/* The shortest of 15 to 17 digits that reads back as the same double. */
struct json_object *
json_number(double value)
{
	char text[32];

	if (!isfinite(value))
		return NULL;
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return json_object_new_double_s(value, text);
}

struct json_object *
json_shape(int rank, const uint64_t *shape)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < rank; i++)
		json_object_array_add(list, json_object_new_uint64(shape[i]));
	return list;
}

void
json_add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

void
json_add_text(struct json_object *to, const char *key, const char *raw)
{
	json_add(to, key, json_text(raw));
}

void
json_add_number(struct json_object *to, const char *key, double value)
{
	json_add(to, key, json_number(value));
}

void
json_add_count(struct json_object *to, const char *key, uint64_t value)
{
	json_add(to, key, json_object_new_uint64(value));
}

void
json_add_bool(struct json_object *to, const char *key, bool value)
{
	json_add(to, key, json_object_new_boolean(value));
}

struct json_object *
json_document(const char *command)
{
	struct json_object *out = json_object_new_object();

	json_add_count(out, "schema", 1);
	if (command)
		json_add_text(out, "command", command);
	return out;
}

void
json_free(struct json_object *what)
{
	json_object_put(what);
}

void
json_print(struct json_object *what)
{
	puts(json_object_to_json_string_ext(
			what, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_free(what);
}

struct json_object *
json_error(const struct ladle_error *err, int exit_status)
{
	struct json_object *out = json_object_new_object();

	json_add_count(out, "status", (uint64_t)exit_status);
	json_add_text(out, "code", ladle_status_code(err->status));
	json_add_text(out, "path", err->path);
	json_add_text(out, "text", err->text);
	return out;
}

void
json_print_error(const struct ladle_error *err, int exit_status)
{
	struct json_object *out = json_document(NULL);

	json_add(out, "error", json_error(err, exit_status));
	json_print(out);
}

/* ---- findings ---- */

void
json_append_finding(struct json_object *list, const struct ladle_finding *from, const char *row,
		const char *checkpoint)
{
	struct json_object *one = json_object_new_object();

	json_add_text(one, "code", ladle_finding_code_name(from->code));
	if (row)
		json_add_text(one, "row", row);
	if (checkpoint)
		json_add_text(one, "checkpoint", checkpoint);
	json_add_text(one, "text", from->text);
	json_object_array_add(list, one);
}

static void
append_findings(struct json_object *list, const struct session *session,
		const struct ladle_finding *from, uint32_t count, const char *row)
{
	for (uint32_t i = 0; i < count; i++)
		json_append_finding(list, &from[i], row,
				from[i].checkpoint == LADLE_NONE
						? NULL
						: session_column(session, from[i].checkpoint)->id);
}

/* The texts of findings of figures live in the buffer here, until they are copied. */
void
json_append_row_findings(struct json_object *list, struct session *session, uint32_t row,
		const char *row_name)
{
	enum { MOST = 32, TEXTS = 4096 };
	const struct ladle_table *table = session_table(session);
	const struct ladle_row *from = &table->rows[row];
	struct ladle_finding found[MOST];
	char texts[TEXTS];
	uint32_t count = session_row_findings(session, row, found, MOST, texts, sizeof(texts));

	append_findings(list, session, from->findings, from->finding_count, row_name);
	append_findings(list, session, found, count, row_name);
}

struct json_object *
json_pairing_findings(const struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *list = json_object_new_array();

	for (uint32_t k = 0; k < table->checkpoint_count; k++)
		for (uint32_t i = 0; i < table->checkpoints[k]->finding_count; i++)
			json_append_finding(list, &table->checkpoints[k]->findings[i], NULL,
					session_column(session, k)->id);
	append_findings(list, session, table->findings, table->finding_count, NULL);
	return list;
}

struct json_object *
json_all_findings(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct json_object *list = json_pairing_findings(session);

	for (uint32_t row = 0; row < table->row_count; row++)
		json_append_row_findings(list, session, row, table->rows[row].label);
	return list;
}

struct json_object *
json_columns(const struct session *session)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t k = 0; k < session_table(session)->checkpoint_count; k++) {
		struct json_object *one = json_object_new_object();

		json_add_text(one, "id", session_column(session, k)->id);
		json_add_text(one, "path", session_column(session, k)->path);
		json_object_array_add(list, one);
	}
	return list;
}

struct json_object *
json_headline(struct session *session, const struct ladle_verdict *verdict)
{
	struct json_object *out;

	if (verdict->row == LADLE_NONE)
		return NULL;
	out = json_object_new_object();
	json_add_text(out, "row", session_table(session)->rows[verdict->row].label);
	json_add_number(out, "keep", verdict->keep * 100);
	json_add_number(out, "floor", verdict->floor * 100);
	return out;
}
