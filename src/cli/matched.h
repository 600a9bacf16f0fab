/* What `ladle match` says of a layer, in the table and in JSON. */
#ifndef CLI_MATCHED_H
#define CLI_MATCHED_H

#include <ladle.h>

struct buf;
struct cli_run;
struct json_object;
struct session;

/* Layers without tensors, and nested models, have nothing to pair. */
bool matched_holds_tensors(const struct ladle_layer_row *);
/* In how many checkpoints it is. */
uint32_t matched_columns(const struct ladle_table *, uint32_t layer);
/* Its name in a checkpoint that has it, with the layers it is nested in; LADLE_NONE: in the first
 * that has it. Raw bytes. */
void matched_name(struct buf *, const struct ladle_table *, uint32_t layer, uint32_t column);

/* The groups of units, one use a line, and why a layer is in none. */
void print_groups(const struct cli_run *, const struct ladle_groups *);
/* Which units of each checkpoint move, and what that is worth: one group a line. */
void print_matches(const struct cli_run *, const struct ladle_alignment *);
/* "B to A: 510 of 640 units move; 3 groups are exact copies" a line for each column. */
void print_moves(const struct cli_run *, const struct ladle_alignment *);

/* What each checkpoint is to the reference, a sentence a line; after session_measure_both. */
void print_relations(const struct cli_run *);
/* "relations", likewise. */
void json_add_relations(struct json_object *, const struct session *);

/* "groups" with what the session's alignment says of each, empty where there are none. */
void json_add_groups(struct json_object *, const struct session *);
/* "ungrouped" and "inferred". */
void json_add_ungrouped(struct json_object *, const struct session *);
/* What a group's units are in one column. */
struct json_object *json_match_value(const struct session *, uint32_t column, uint32_t group);

#endif
