/* `ladle ls`: each file alone, in the order of its model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/err.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/listed.h"
#include "cli/run.h"
#include "cli/table.h"

/* ---- one file ---- */

const struct ladle_stats *
listed_stats(const struct listed *listed, uint32_t tensor)
{
	const struct ladle_figures *figures;

	if (!listed->row_of || listed->row_of[tensor] == LADLE_NONE)
		return NULL;
	figures = ladle_figures(listed->measurement, listed->row_of[tensor]);
	return figures ? figures->stats : NULL;
}

static void
listed_close(struct listed *listed)
{
	ladle_branches_free(listed->branches);
	free(listed->row_of);
	ladle_measurement_free(listed->measurement);
	ladle_table_free(listed->table);
	ladle_checkpoint_close(listed->checkpoint);
}

/* Rows are what is measured, tensors what is listed. */
static enum ladle_status
find_rows(struct listed *listed, struct ladle_error *err)
{
	uint32_t count = listed->checkpoint->tensor_count;

	listed->row_of = malloc((count + 1) * sizeof(*listed->row_of));
	if (!listed->row_of)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for %u tensors", count);
	for (uint32_t tensor = 0; tensor < count; tensor++)
		listed->row_of[tensor] = LADLE_NONE;
	for (uint32_t row = 0; row < listed->table->row_count; row++)
		if (listed->table->rows[row].index[0] != LADLE_NONE)
			listed->row_of[listed->table->rows[row].index[0]] = row;
	return LADLE_OK;
}

static enum ladle_status
measure_work(struct cli_run *run, void *arg, struct ladle_error *err)
{
	struct listed *listed = arg;

	return ladle_measure(listed->measurement, run->library, run->job, NULL, NULL, err);
}

/* A table of one column, for its statistics. */
static enum ladle_status
listed_measure(struct cli_run *run, struct listed *listed, struct ladle_error *err)
{
	const struct ladle_checkpoint *checkpoint = listed->checkpoint;

	TRY(ladle_pair(&listed->table, &checkpoint, 1, err));
	TRY(ladle_measurement_new(&listed->measurement, listed->table, LADLE_MEASURE_STATS, err));
	TRY(find_rows(listed, err));
	return progress_during(run, "measuring", false, measure_work, listed, err);
}

/* ---- print ---- */

/* Widths of what stands before the statistics; names with their indent. */
struct columns {
	int names, shape;
	bool stats;
};

static const struct {
	const char *title;
	int columns;
} stats_titles[] = {{"MIN", 10}, {"MAX", 10}, {"MEAN", 10}, {"SD", 10}, {"NORM", 10}, {"ZEROS", 8},
		{"NAN", 5}, {"INF", 5}};

static void
print_stats(const struct ladle_stats *stats)
{
	const double values[] = {stats->min, stats->max, stats->mean, stats->sd, stats->norm,
			(double)stats->zeros, (double)stats->nan, (double)stats->inf};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		print_number(i < 5 ? "%*.4g" : "%*.0f", stats_titles[i].columns, values[i]);
}

static int
depth_of(const struct ladle_checkpoint *checkpoint, uint32_t layer)
{
	int depth = 0;

	while ((layer = checkpoint->layers[layer].parent) != LADLE_NONE)
		depth++;
	return depth;
}

static struct columns
measure_columns(const struct cli_run *run, const struct ladle_checkpoint *checkpoint, bool stats)
{
	struct columns columns = {.names = 0, .shape = (int)strlen("SHAPE"), .stats = stats};
	int others = 10, longest = 0;

	for (uint32_t i = 0; i < checkpoint->layer_count; i++) {
		int wide = 2 * depth_of(checkpoint, i) +
			   clean_columns(run, checkpoint->layers[i].name);

		longest = wide > longest ? wide : longest;
	}
	for (uint32_t i = 0; i < checkpoint->tensor_count; i++) {
		const struct ladle_tensor *tensor = &checkpoint->tensors[i];
		int wide = 2 * depth_of(checkpoint, tensor->layer) + 2 +
			   clean_columns(run, tensor->name);
		int shape = shape_columns(tensor->rank, tensor->shape);

		longest = wide > longest ? wide : longest;
		columns.shape = shape > columns.shape ? shape : columns.shape;
	}
	for (size_t i = 0; stats && i < sizeof(stats_titles) / sizeof(stats_titles[0]); i++)
		others += stats_titles[i].columns + 1;
	columns.names = name_columns(longest, others + columns.shape);
	return columns;
}

static void
print_tensor(const struct cli_run *run, const struct listed *listed, uint32_t index, int indent,
		const struct columns *columns)
{
	const struct ladle_tensor *tensor = &listed->checkpoint->tensors[index];
	const struct ladle_stats *stats = listed_stats(listed, index);

	printf("%*s", indent, "");
	print_fit(run, tensor->name, columns->names - indent);
	print_shape(columns->shape, tensor->rank, tensor->shape);
	printf(stats || tensor->refused ? " %-8s" : " %s", ladle_dtype_name(tensor->dtype));
	if (stats)
		print_stats(stats);
	if (tensor->refused) {
		fputs("  ! ", stdout);
		print_clean(run, tensor->refused);
	}
	putchar('\n');
}

/* Names deeper than the column is wide begin at its end. */
static int
indent_of(int depth, const struct columns *columns)
{
	int most = columns->names / 2;

	return 2 * depth > most ? most : 2 * depth;
}

static void
print_layers(const struct cli_run *run, const struct listed *listed, const struct columns *columns)
{
	const struct ladle_checkpoint *checkpoint = listed->checkpoint;

	for (uint32_t i = 0; i < checkpoint->layer_count; i++) {
		const struct ladle_layer *layer = &checkpoint->layers[i];
		int depth = depth_of(checkpoint, i), indent = indent_of(depth, columns);

		printf("%*s", indent, "");
		print_fit(run, layer->name, columns->names - indent);
		printf(" %*s ", columns->shape, "");
		print_clean(run, layer->class_name);
		putchar('\n');
		for (uint32_t t = 0; t < layer->tensor_count; t++)
			print_tensor(run, listed, layer->first_tensor + t,
					indent_of(depth + 1, columns), columns);
	}
}

/* What is unknown is left out rather than shown as empty. */
static void
print_title(const struct cli_run *run, const struct listed *listed)
{
	const struct ladle_checkpoint *checkpoint = listed->checkpoint;
	char parameters[16], bytes[16];

	format_count(parameters, checkpoint->parameters);
	format_bytes(bytes, checkpoint->bytes);
	printf("%s  ", listed->id);
	print_clean(run, checkpoint->path);
	printf("  %s", ladle_format_name(checkpoint->format));
	if (*checkpoint->keras_version) {
		fputs("  Keras ", stdout);
		print_clean(run, checkpoint->keras_version);
	}
	if (*checkpoint->model_name) {
		fputs("  ", stdout);
		print_clean(run, checkpoint->model_name);
	}
	printf("  %u layers  %u tensors  %s parameters  %s\n", checkpoint->layer_count,
			checkpoint->tensor_count, parameters, bytes);
	for (uint32_t i = 0; i < checkpoint->finding_count; i++)
		print_finding(run, &checkpoint->findings[i], NULL, NULL, 3);
}

static void
print_listed(const struct cli_run *run, const struct listed *listed, bool stats)
{
	struct columns columns = measure_columns(run, listed->checkpoint, stats);

	print_title(run, listed);
	if (listed->with_branches) {
		print_branches(run, listed);
		return;
	}
	printf("%-*s %*s %s", columns.names, "LAYER / TENSOR", columns.shape, "SHAPE",
			stats ? "DTYPE   " : "DTYPE");
	for (size_t i = 0; stats && i < sizeof(stats_titles) / sizeof(stats_titles[0]); i++)
		printf(" %*s", stats_titles[i].columns, stats_titles[i].title);
	putchar('\n');
	print_layers(run, listed, &columns);
}

/* ---- all files ---- */

/* After a failure to measure, or without branches, what there is is listed all the same. */
static enum ladle_status
list_file(struct cli_run *run, const struct session_file *file, struct json_object *document,
		struct ladle_error *err)
{
	bool stats = options_has(&run->options, OPTION_STATS);
	struct listed listed = {.id = file->id,
			.with_branches = options_has(&run->options, OPTION_BRANCHES)};
	const struct ladle_open_how how = session_how(run->session);
	enum ladle_status status = ladle_checkpoint_open_how(
			&listed.checkpoint, run->library, file->path, &how, err);

	if (status != LADLE_OK)
		return status;
	ladle_checkpoint_look(listed.checkpoint);
	if (listed.with_branches)
		status = ladle_branches_find(&listed.branches, listed.checkpoint, err);
	if (stats && status == LADLE_OK)
		status = listed_measure(run, &listed, err);
	if (run->json)
		json_add_listed(document, &listed);
	else
		print_listed(run, &listed, stats);
	listed_close(&listed);
	return status;
}

/* A file that cannot be read hides none of the others; the first failure is the result. Returns
 * how many could be listed. */
static uint32_t
list_files(struct cli_run *run, struct json_object *document, struct ladle_error *first)
{
	uint32_t count = session_file_count(run->session), listed = 0;

	for (uint32_t i = 0; i < count && !interrupt_signal(); i++) {
		struct ladle_error err = {.status = LADLE_OK};

		if (list_file(run, session_file(run->session, i), document, &err) == LADLE_OK)
			listed++;
		else if (first->status == LADLE_OK)
			*first = err;
		else if (!interrupt_signal())
			print_failure(run, &err);
	}
	if (interrupt_signal() && first->status == LADLE_OK)
		ladle_fail(first, LADLE_E_CANCELED, NULL, "canceled");
	return listed;
}

/* One document: with what could be listed, and the first failure, if any. */
static int
list_as_json(struct cli_run *run, struct ladle_error *err)
{
	struct json_object *document = json_ls();
	int result;

	if (!list_files(run, document, err)) {
		json_free(document);
		return ladle_status_exit(err->status);
	}
	result = ladle_status_exit(err->status);
	if (err->status != LADLE_OK && !interrupt_signal())
		print_failure(run, err);
	json_print_ls(document, err);
	err->status = LADLE_OK; /* it has been said */
	return result && interrupt_signal() ? 128 + interrupt_signal() : result;
}

int
cli_ls(struct cli_run *run, struct ladle_error *err)
{
	enum ladle_status status = run_add_files(run, err);

	if (status != LADLE_OK)
		return ladle_status_exit(status);
	if (run->json)
		return list_as_json(run, err);
	list_files(run, NULL, err);
	return ladle_status_exit(err->status);
}
