/* `ladle match`: which layer is which. */
#include "cli/matched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/layer.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/json.h"
#include "cli/run.h"
#include "cli/table.h"

/* ---- what both outputs say ---- */

bool
matched_holds_tensors(const struct ladle_layer_row *layer)
{
	return layer->row_count > 0;
}

uint32_t
matched_columns(const struct ladle_table *table, uint32_t layer)
{
	uint32_t count = 0;

	for (uint32_t k = 0; k < table->checkpoint_count; k++)
		count += table->layers[layer].index[k] != LADLE_NONE;
	return count;
}

void
matched_name(struct buf *out, const struct ladle_table *table, uint32_t layer, uint32_t column)
{
	uint32_t k = column;

	for (k = k == LADLE_NONE ? 0 : k; table->layers[layer].index[k] == LADLE_NONE;)
		k++;
	layer_name(out, table->checkpoints[k], table->layers[layer].index[k]);
}

static bool
is_complete(const struct ladle_table *table, uint32_t layer)
{
	return matched_columns(table, layer) == table->checkpoint_count;
}

/* ---- the table ---- */

enum { HOW_COLUMNS = 7, CELL_LEAST = 8 };

/* LAYER and a column for each checkpoint. */
struct cells {
	int *columns; /* [1 + K] */
	uint32_t count;
};

/* What stands in a cell: the name, "=" where it is that of LAYER, "-" where there is none. */
static void
cell_text(struct buf *out, const struct ladle_table *table, uint32_t layer, uint32_t cell)
{
	struct buf first;

	if (cell == 0) {
		matched_name(out, table, layer, LADLE_NONE);
		return;
	}
	if (table->layers[layer].index[cell - 1] == LADLE_NONE) {
		buf_char(out, '-');
		return;
	}
	buf_init(&first);
	matched_name(&first, table, layer, LADLE_NONE);
	matched_name(out, table, layer, cell - 1);
	if (!strcmp(buf_string(&first), buf_string(out))) {
		buf_clear(out);
		buf_char(out, '=');
	}
	buf_done(&first);
}

static const char *
cell_title(const struct cli_run *run, uint32_t cell)
{
	return cell == 0 ? "LAYER" : session_column(run->session, cell - 1)->id;
}

/* The widest give way until the line fits. */
static void
shrink(struct cells *cells)
{
	int room = line_columns() - HOW_COLUMNS, total = 0;

	for (uint32_t i = 0; i < cells->count; i++)
		total += cells->columns[i] + 1;
	while (total > room) {
		uint32_t widest = 0;

		for (uint32_t i = 1; i < cells->count; i++)
			if (cells->columns[i] > cells->columns[widest])
				widest = i;
		if (cells->columns[widest] <= CELL_LEAST)
			return;
		cells->columns[widest]--;
		total--;
	}
}

static void
measure_cells(const struct cli_run *run, struct cells *cells)
{
	const struct ladle_table *table = session_table(run->session);
	struct buf text;

	buf_init(&text);
	for (uint32_t cell = 0; cell < cells->count; cell++) {
		cells->columns[cell] = (int)strlen(cell_title(run, cell));
		for (uint32_t i = 0; i < table->layer_count; i++) {
			int wide;

			if (!matched_holds_tensors(&table->layers[i]))
				continue;
			buf_clear(&text);
			cell_text(&text, table, i, cell);
			wide = clean_columns(run, buf_string(&text));
			if (wide > cells->columns[cell])
				cells->columns[cell] = wide;
		}
	}
	buf_done(&text);
	shrink(cells);
}

static void
print_layer(const struct cli_run *run, const struct cells *cells, uint32_t layer)
{
	const struct ladle_table *table = session_table(run->session);
	struct buf text;

	buf_init(&text);
	for (uint32_t cell = 0; cell < cells->count; cell++) {
		buf_clear(&text);
		cell_text(&text, table, layer, cell);
		print_fit(run, buf_string(&text), cells->columns[cell]);
		putchar(' ');
	}
	puts(matched_columns(table, layer) > 1
					? ladle_paired_by_name(table->layers[layer].paired_by)
					: "-");
	buf_done(&text);
}

/* "aux: B has no layer of this class and shape" */
static void
print_unmatched(const struct cli_run *run, uint32_t layer)
{
	const struct ladle_table *table = session_table(run->session);
	struct buf name;

	buf_init(&name);
	matched_name(&name, table, layer, LADLE_NONE);
	print_why(run, buf_string(&name), table->layers[layer].unpaired);
	buf_done(&name);
}

/* Why a layer has no counterpart; what stands against those that have. */
static void
print_reasons(const struct cli_run *run, uint32_t layer)
{
	const struct ladle_table *table = session_table(run->session);
	const struct ladle_layer_row *from = &table->layers[layer];

	if (!is_complete(table, layer)) {
		print_unmatched(run, layer);
		return;
	}
	for (uint32_t i = 0; i < from->row_count; i++) {
		const struct ladle_row *row = &table->rows[from->first_row + i];

		print_blocking(run, row->findings, row->finding_count, row->label);
	}
}

static void
print_table(const struct cli_run *run, const struct cells *cells)
{
	const struct ladle_table *table = session_table(run->session);

	for (uint32_t cell = 0; cell < cells->count; cell++)
		printf("%-*s ", cells->columns[cell], cell_title(run, cell));
	puts("HOW");
	for (uint32_t i = 0; i < table->layer_count; i++)
		if (matched_holds_tensors(&table->layers[i]))
			print_layer(run, cells, i);
	for (uint32_t i = 0; i < table->layer_count; i++)
		if (matched_holds_tensors(&table->layers[i]))
			print_reasons(run, i);
}

static enum ladle_status
print_match(const struct cli_run *run, struct ladle_error *err)
{
	const struct ladle_table *table = session_table(run->session);
	struct cells cells = {.count = table->checkpoint_count + 1};

	cells.columns = calloc(cells.count, sizeof(*cells.columns));
	if (!cells.columns)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory");
	measure_cells(run, &cells);
	print_checkpoints(run);
	print_findings(run, table->findings, table->finding_count);
	print_table(run, &cells);
	free(cells.columns);
	return LADLE_OK;
}

/* A model whose groups cannot be told is paired all the same. */
static enum ladle_status
match(struct cli_run *run, struct ladle_error *err)
{
	const struct ladle_groups *groups;
	const char *why;

	TRY(run_load(run, err));
	TRY(run_relate(run, err));
	if (run->json)
		return json_print_match(run->session), LADLE_OK;
	TRY(print_match(run, err));
	groups = session_groups(run->session, &why);
	if (groups)
		print_groups(run, groups);
	else
		print_why(run, "no groups of units", why);
	if (session_alignment(run->session))
		print_matches(run, session_alignment(run->session));
	print_relations(run);
	return LADLE_OK;
}

int
cli_match(struct cli_run *run, struct ladle_error *err)
{
	enum ladle_status status = match(run, err);
	const struct ladle_table *table;

	if (status != LADLE_OK)
		return ladle_status_exit(status);
	table = session_table(run->session);
	for (uint32_t i = 0; i < table->layer_count; i++)
		if (matched_holds_tensors(&table->layers[i]) && !is_complete(table, i))
			return 1;
	return 0;
}
