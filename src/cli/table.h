/* Pieces of plain tables on stdout. What came from files is cleaned; names are cut only where a
 * terminal is too narrow for them, since what reads a pipe may look for them. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <ladle.h>

struct cli_run;

/* The raw name in exactly `columns`. */
void print_fit(const struct cli_run *, const char *raw, int columns);
void print_clean(const struct cli_run *, const char *raw);
int clean_columns(const struct cli_run *, const char *raw);
/* Right-aligned, behind a blank. */
void print_shape(int columns, int rank, const uint64_t *shape);
int shape_columns(int rank, const uint64_t *shape);
/* A number behind a blank, "-" where it is none. format: one "%*.." conversion of a double. */
void print_number(const char *format, int columns, double value);
/* "S B: text". id: of the checkpoint that it is about, or NULL. row: that it is about, or NULL;
 * named where the text does not. */
void print_finding(const struct cli_run *, const struct ladle_finding *, const char *id,
		const char *row, int indent);
/* What the longest name gets when `others` columns of a line are taken. */
int name_columns(int longest, int others);
/* Would a short name fit? */
bool has_room(int others);

#endif
