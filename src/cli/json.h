/* The JSON documents of cli.md, schema 1. NaN and infinities are null; names are valid UTF-8. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <ladle.h>

struct json_object;
struct session;

void json_print_error(const struct ladle_error *);
void json_print_ls(struct session *, bool stats);
void json_print_diff(struct session *);
void json_print_avg(struct session *, const char *output, bool dry_run,
		const struct ladle_export_report *);

#endif
