/* The inside of reading a comparison: comparison.c reads columns, layers and the table,
 * comparison_rows.c rows and their figures. */
#ifndef MEASURE_COMPARISON_STATE_H
#define MEASURE_COMPARISON_STATE_H

#include "file/json_field.h"
#include "keras/checkpoint.h"

struct reading {
	struct ladle_comparison pub; /* first: a public pointer is one of these */
	struct arena arena;          /* of ids and recipe */
	struct json_object *document;
	struct json_field root, columns, layers, rows;
	uint32_t k;
	/* Being filled: of each column its layers and tensors; of the table its rows. */
	struct checkpoint **checkpoints;
	struct arena *table_arena;
	struct ladle_layer_row *layer_rows;
	struct ladle_row *row_list;
	uint32_t row_count;
};

#define X(...) +1
enum { COMPARISON_DTYPES = 0 LADLE_DTYPES(X) };
#undef X

enum ladle_status comparison_fail_memory(const struct reading *, struct ladle_error *);
/* The index i below count for which the field's text is name(i). */
enum ladle_status comparison_read_word(int *out, const struct json_field *, const char *key,
		int count, const char *(*name)(int), struct ladle_error *);
const char *comparison_dtype_word(int);
enum ladle_status comparison_copy_text(const char **out, struct arena *, const struct json_field *,
		const char *key, struct ladle_error *);
/* {"A": .., "C": ..}: fields[k].value is NULL where there is none of this kind. */
enum ladle_status comparison_by_column(const struct reading *, struct json_field *fields,
		const struct json_field *row, const char *key, enum json_type,
		struct ladle_error *);
/* Elements first..end of a list. */
enum ladle_status comparison_read_findings(const struct reading *, const struct ladle_finding **out,
		uint32_t *count, struct arena *, const struct json_field *list, size_t first,
		size_t end, struct ladle_error *);

/* K lists of K numbers; to NULL: only the lists are looked for. */
enum ladle_status comparison_read_matrix(const struct reading *, double *to,
		const struct json_field *row, const char *key, struct ladle_error *);
enum ladle_status comparison_read_row(
		struct reading *, uint32_t index, uint32_t layer, struct ladle_error *);
/* After all rows. */
enum ladle_status comparison_read_figures(struct reading *, uint32_t index,
		const struct json_field *row, struct ladle_error *);

#endif
