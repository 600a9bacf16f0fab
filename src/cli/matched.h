/* What `ladle match` says of a layer, in the table and in JSON. */
#ifndef CLI_MATCHED_H
#define CLI_MATCHED_H

#include <ladle.h>

struct buf;
struct cli_run;
struct json_object;

/* Layers without tensors, and nested models, have nothing to pair. */
bool matched_holds_tensors(const struct ladle_layer_row *);
/* In how many checkpoints it is. */
uint32_t matched_columns(const struct ladle_table *, uint32_t layer);
/* Its name in a checkpoint that has it, with the layers it is nested in; LADLE_NONE: in the first
 * that has it. Raw bytes. */
void matched_name(struct buf *, const struct ladle_table *, uint32_t layer, uint32_t column);

/* The groups of units, one use a line, and why a layer is in none. */
void print_groups(const struct cli_run *, const struct ladle_groups *);
/* "groups", "ungrouped" and "inferred"; empty ones where `groups` is NULL. */
void json_add_groups(struct json_object *, const struct ladle_table *, const struct ladle_groups *);

#endif
