/* Pieces of plain tables on stdout. What came from files is cleaned; names are cut only where a
 * terminal is too narrow for them, since what reads a pipe may look for them. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <ladle.h>

struct cli_run;

/* The raw name in exactly `columns`. */
void print_fit(const struct cli_run *, const char *raw, int columns);
/* What has room on the line, behind `before` columns. */
void print_fit_line(const struct cli_run *, const char *raw, int before);
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
/* "aux: why", or the why alone where it names the layer. */
void print_why(const struct cli_run *, const char *name, const char *why);
/* A line for each column of the session's table, with the findings about its file. */
void print_checkpoints(const struct cli_run *);
/* The id of the column that it is about, or NULL: all. */
const char *finding_id(const struct cli_run *, const struct ladle_finding *);
void print_findings(const struct cli_run *, const struct ladle_finding *, uint32_t count);
/* Those that must be decided; the others have their letter in a table. row: that it is about. */
void print_blocking(const struct cli_run *, const struct ladle_finding *, uint32_t count,
		const char *row);
/* What the longest name gets when `others` columns of a line are taken. */
int name_columns(int longest, int others);
/* Would a short name fit? */
bool has_room(int others);
/* Of a line; INT_MAX where it is no terminal. */
int line_columns(void);

#endif
