/* The plain tables of ls and diff. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/run.h"

enum { NAME_LEAST = 16, NAME_MOST = 60, SHAPE_COLUMNS = 16 };

static void
print_fit(const struct cli_run *run, const char *raw, int columns, enum text_side side)
{
	size_t size = text_fit_size(columns);
	char *cell = malloc(size);

	if (!cell)
		return;
	text_fit(cell, size, raw, columns, side, run->ascii ? ".." : "\xe2\x80\xa6", run->ascii);
	fputs(cell, stdout);
	free(cell);
}

static void
print_clean(const struct cli_run *run, const char *raw)
{
	struct buf clean;

	buf_init(&clean);
	text_clean_append(&clean, raw, run->ascii);
	fputs(buf_string(&clean), stdout);
	buf_done(&clean);
}

static void
print_finding(const struct cli_run *run, const struct ladle_finding *finding, int indent)
{
	printf("%*s%c ", indent, "", ladle_finding_letter(finding->code));
	if (finding->checkpoint != LADLE_NONE)
		printf("%s: ", session_column(run->session, finding->checkpoint)->id);
	print_clean(run, finding->text);
	putchar('\n');
}

static int
clean_columns(const struct cli_run *run, const char *raw)
{
	struct buf clean;
	int columns;

	buf_init(&clean);
	text_clean_append(&clean, raw, run->ascii);
	columns = text_width(buf_string(&clean));
	buf_done(&clean);
	return columns;
}

/* Wide enough for the longest name, within limits. */
static int
name_columns(const struct cli_run *run, const struct ladle_table *table)
{
	int most = NAME_LEAST;

	for (uint32_t row = 0; row < table->row_count; row++) {
		int columns = clean_columns(run, table->rows[row].label);

		most = columns > most ? columns : most;
	}
	return most > NAME_MOST ? NAME_MOST : most;
}

static void
print_shape(int rank, const uint64_t *shape)
{
	struct buf text;

	buf_init(&text);
	format_shape_of(&text, rank, shape);
	printf(" %*s", SHAPE_COLUMNS, buf_string(&text));
	buf_done(&text);
}

/* ---- diff ---- */

/* Two checkpoints have one distance; more have a cosine each with the mix. */
static void
print_number(const char *format, int columns, double value)
{
	if (isfinite(value))
		printf(format, columns, value);
	else
		printf(" %*s", columns, "-");
}

static void
print_pair(const struct ladle_figures *figures)
{
	print_number(" %*.5f", 8, figures ? ladle_cosine(figures, 0, 1) : (double)NAN);
	print_number(" %*.2e", 9, figures ? ladle_relative_l2(figures, 0, 1) : (double)NAN);
	print_number(" %*.2e", 9, figures ? figures->max_abs[1] : (double)NAN);
}

static void
print_cosines(const struct cli_run *run, uint32_t row, const struct ladle_figures *figures)
{
	const struct ladle_table *table = session_table(run->session);
	uint32_t count = table->checkpoint_count;
	double *w = calloc(count + 1, sizeof(*w));

	if (w)
		ladle_mix_weights(session_mix(run->session), table, row, w);
	for (uint32_t k = 0; k < count; k++) {
		char cell[8];

		format_cosine(cell, w && figures ? ladle_cosine_mix(figures, w, k) : (double)NAN);
		printf(" %4s", table->rows[row].index[k] == LADLE_NONE ? "-" : cell);
	}
	free(w);
}

static void
print_row(struct cli_run *run, uint32_t row, int name)
{
	const struct ladle_table *table = session_table(run->session);
	const struct ladle_row *from = &table->rows[row];
	const struct ladle_judgement *judgement = &session_judgements(run->session)[row];
	const struct ladle_figures *figures = ladle_figures(session_measurement(run->session), row);
	char keep[8], flags[16];

	print_fit(run, from->label, name, TEXT_LEFT);
	print_shape(from->rank, from->shape);
	format_percent(keep, judgement->keep);
	if (from->averaged)
		printf(" %5s", keep);
	else
		printf(" %5s", "copy");
	if (table->checkpoint_count == 2)
		print_pair(figures);
	else
		print_cosines(run, row, figures);
	format_flags(flags, judgement->flags);
	printf("  %-6s %s\n", ladle_state_name(judgement->state), flags);
}

static void
print_header(const struct cli_run *run, int name)
{
	const struct ladle_table *table = session_table(run->session);

	printf("%-*s %*s %5s", name, "LAYER/TENSOR", SHAPE_COLUMNS, "SHAPE", "KEEP");
	if (table->checkpoint_count == 2)
		printf(" %8s %9s %9s", "COSINE", "REL L2", "MAX |D|");
	for (uint32_t k = 0; table->checkpoint_count > 2 && k < table->checkpoint_count; k++)
		printf(" %4s", session_column(run->session, k)->id);
	printf("  %-6s FLAGS\n", "STATE");
}

static void
print_columns(const struct cli_run *run)
{
	const struct ladle_table *table = session_table(run->session);

	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const struct ladle_checkpoint *checkpoint = table->checkpoints[k];
		char parameters[16];

		format_count(parameters, checkpoint->parameters);
		printf("%s  ", session_column(run->session, k)->id);
		print_clean(run, checkpoint->path);
		printf("  %s  %s parameters\n", ladle_format_name(checkpoint->format), parameters);
		for (uint32_t i = 0; i < checkpoint->finding_count; i++)
			print_finding(run, &checkpoint->findings[i], 3);
	}
}

static void
print_verdict(struct cli_run *run)
{
	struct buf line;

	buf_init(&line);
	format_verdict(&line, run->session, run->ascii, false);
	puts(buf_string(&line));
	buf_done(&line);
}

void
print_diff(struct cli_run *run)
{
	const struct ladle_table *table = session_table(run->session);
	int name = name_columns(run, table);

	print_verdict(run);
	print_columns(run);
	for (uint32_t i = 0; i < table->finding_count; i++)
		print_finding(run, &table->findings[i], 0);
	print_header(run, name);
	for (uint32_t row = 0; row < table->row_count; row++)
		print_row(run, row, name);
	for (uint32_t row = 0; row < table->row_count; row++)
		for (uint32_t i = 0; i < table->rows[row].finding_count; i++)
			if (ladle_finding_blocks(table->rows[row].findings[i].code))
				print_finding(run, &table->rows[row].findings[i], 0);
}

/* ---- ls ---- */

static void
print_stats(const struct ladle_stats *stats)
{
	const double values[] = {stats->min, stats->max, stats->mean, stats->sd, stats->norm};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		printf(" %10.4g", values[i]);
	printf(" %7llu %5llu %5llu", (unsigned long long)stats->zeros,
			(unsigned long long)stats->nan, (unsigned long long)stats->inf);
}

static void
print_tensor(struct cli_run *run, uint32_t column, const struct ladle_tensor *tensor, uint32_t row,
		int indent, int name, bool stats)
{
	const struct ladle_figures *figures =
			stats && row != LADLE_NONE
					? ladle_figures(session_measurement(run->session), row)
					: NULL;

	printf("%*s", indent, "");
	print_fit(run, tensor->name, name - indent, TEXT_LEFT);
	print_shape(tensor->rank, tensor->shape);
	printf(" %-8s", ladle_dtype_name(tensor->dtype));
	if (figures && figures->stats)
		print_stats(&figures->stats[column]);
	if (tensor->refused) {
		fputs("  ", stdout);
		print_clean(run, tensor->refused);
	}
	putchar('\n');
}

static int
depth_of(const struct ladle_checkpoint *checkpoint, uint32_t layer)
{
	int depth = 0;

	while ((layer = checkpoint->layers[layer].parent) != LADLE_NONE)
		depth++;
	return depth;
}

static uint32_t
row_of(const struct ladle_table *table, uint32_t column, uint32_t tensor, uint32_t *from)
{
	/* Rows stand in the order of the file, nearly always: look on from the last one. */
	for (uint32_t i = 0; i < table->row_count; i++) {
		uint32_t row = (*from + i) % table->row_count;

		if (table->rows[row].index[column] != tensor)
			continue;
		*from = row + 1;
		return row;
	}
	return LADLE_NONE;
}

static void
print_checkpoint(struct cli_run *run, uint32_t column, bool stats, int name)
{
	const struct ladle_table *table = session_table(run->session);
	const struct ladle_checkpoint *checkpoint = table->checkpoints[column];
	uint32_t next = 0;

	for (uint32_t i = 0; i < checkpoint->layer_count; i++) {
		const struct ladle_layer *layer = &checkpoint->layers[i];
		int indent = 2 * depth_of(checkpoint, i);

		printf("%*s", indent, "");
		print_fit(run, layer->name, name - indent, TEXT_LEFT);
		printf(" %*s ", SHAPE_COLUMNS, "");
		print_clean(run, layer->class_name);
		putchar('\n');
		for (uint32_t t = 0; t < layer->tensor_count; t++) {
			uint32_t tensor = layer->first_tensor + t;

			print_tensor(run, column, &checkpoint->tensors[tensor],
					row_of(table, column, tensor, &next), indent + 2, name,
					stats);
		}
	}
}

static void
print_title(const struct cli_run *run, uint32_t column)
{
	const struct ladle_checkpoint *checkpoint =
			session_table(run->session)->checkpoints[column];
	char parameters[16], bytes[16];

	format_count(parameters, checkpoint->parameters);
	format_bytes(bytes, checkpoint->bytes);
	printf("%s  ", session_column(run->session, column)->id);
	print_clean(run, checkpoint->path);
	printf("  %s", ladle_format_name(checkpoint->format));
	if (*checkpoint->keras_version)
		print_clean(run, "  Keras "), print_clean(run, checkpoint->keras_version);
	if (*checkpoint->model_name)
		print_clean(run, "  "), print_clean(run, checkpoint->model_name);
	printf("  %u layers  %u tensors  %s parameters  %s\n", checkpoint->layer_count,
			checkpoint->tensor_count, parameters, bytes);
	for (uint32_t i = 0; i < checkpoint->finding_count; i++)
		print_finding(run, &checkpoint->findings[i], 3);
}

void
print_ls(struct cli_run *run, bool stats)
{
	const struct ladle_table *table = session_table(run->session);
	int name = name_columns(run, table);

	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		print_title(run, k);
		printf("%-*s %*s %-8s", name, "LAYER / TENSOR", SHAPE_COLUMNS, "SHAPE", "DTYPE");
		if (stats)
			printf(" %10s %10s %10s %10s %10s %7s %5s %5s", "MIN", "MAX", "MEAN", "SD",
					"NORM", "ZEROS", "NAN", "INF");
		putchar('\n');
		print_checkpoint(run, k, stats, name);
	}
}
