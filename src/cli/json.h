/* The JSON documents of the command line, schema 1. NaN and infinities are null; names are valid
 * UTF-8. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <ladle.h>

struct json_object;
struct listed;
struct session;

void json_print_error(const struct ladle_error *, int exit_status);
/* The document of `ls`, grown file by file; printing frees it. err: LADLE_OK, or a file's
 * failure. */
struct json_object *json_ls(void);
void json_add_listed(struct json_object *, const struct listed *);
void json_print_ls(struct json_object *, const struct ladle_error *err);
void json_free(struct json_object *);
void json_print_diff(struct session *);
void json_print_match(struct session *);
/* wrote: by `align`. */
void json_print_align(struct session *, const struct ladle_export_options *,
		const struct ladle_export_report *);
/* command: the subcommand that wrote. */
void json_print_export(struct session *, const char *command, const struct ladle_export_options *,
		const struct ladle_export_report *);

/* ---- what documents are made of ---- */

/* {"schema":1,"command":command}; NULL: without. */
struct json_object *json_document(const char *command);
/* Prints on stdout and frees. */
void json_print(struct json_object *);
struct json_object *json_text(const char *raw);
struct json_object *json_number(double); /* NULL, which prints as null, where it is none */
struct json_object *json_shape(int rank, const uint64_t *shape);
void json_add(struct json_object *to, const char *key, struct json_object *);
void json_add_text(struct json_object *to, const char *key, const char *raw);
void json_add_number(struct json_object *to, const char *key, double);
void json_add_count(struct json_object *to, const char *key, uint64_t);
void json_add_bool(struct json_object *to, const char *key, bool);
/* row, checkpoint: NULL, then the key is left out. */
void json_append_finding(struct json_object *list, const struct ladle_finding *, const char *row,
		const char *checkpoint);
/* A row's findings of pairing and of figures. */
void json_append_row_findings(
		struct json_object *list, struct session *, uint32_t row, const char *row_name);
/* [{"id":"A","path":".."}] */
struct json_object *json_columns(const struct session *);
/* Findings of the checkpoints and of the models as a whole. */
struct json_object *json_pairing_findings(const struct session *);
/* Those, and of all rows. */
struct json_object *json_all_findings(struct session *);
struct json_object *json_error(const struct ladle_error *, int exit_status);
struct json_object *json_headline(struct session *, const struct ladle_verdict *);

#endif
