/* `ladle diff`: how far each row diverges under the weights given. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/report.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/run.h"
#include "cli/table.h"

enum {
	COSINE_COLUMNS = 4,
	ID_LONGEST = 12,
	FIXED_COLUMNS = 22 /* KEEP, STATE, FLAGS */
};

/* ---- two checkpoints have one distance each; more have a cosine each with the mix ---- */

static double
cosine(const struct ladle_figures *figures)
{
	return ladle_cosine(figures, 0, 1);
}

static double
relative_l2(const struct ladle_figures *figures)
{
	return ladle_relative_l2(figures, 0, 1);
}

static double
max_abs(const struct ladle_figures *figures)
{
	return figures->max_abs[1];
}

static const struct {
	const char *title;
	int columns;
	const char *format;
	double (*of)(const struct ladle_figures *);
} pair_figures[] = {{"COSINE", 8, "%*.5f", cosine}, {"REL L2", 9, "%*.2e", relative_l2},
		{"MAX |D|", 9, "%*.2e", max_abs}};

enum { PAIR_FIGURES = sizeof(pair_figures) / sizeof(pair_figures[0]) };

/* Widths; and how many of the pair's figures a terminal has room for, in their order. */
struct columns {
	int names, shape, figures;
};

static int
id_columns(const struct cli_run *run, uint32_t column)
{
	int length = (int)strlen(session_column(run->session, column)->id);

	if (length > ID_LONGEST)
		length = ID_LONGEST;
	return length < COSINE_COLUMNS ? COSINE_COLUMNS : length;
}

/* What a line takes beside name and shape. */
static int
other_columns(const struct cli_run *run, int figures)
{
	uint32_t count = session_table(run->session)->checkpoint_count;
	int others = FIXED_COLUMNS;

	for (int i = 0; count == 2 && i < figures; i++)
		others += 1 + pair_figures[i].columns;
	for (uint32_t k = 0; count != 2 && k < count; k++)
		others += 1 + id_columns(run, k);
	return others;
}

static struct columns
measure_columns(const struct cli_run *run)
{
	const struct ladle_table *table = session_table(run->session);
	struct columns columns = {.names = (int)strlen("LAYER/TENSOR"),
			.shape = (int)strlen("SHAPE"),
			.figures = PAIR_FIGURES};

	for (uint32_t row = 0; row < table->row_count; row++) {
		int name = clean_columns(run, table->rows[row].label);
		int shape = shape_columns(table->rows[row].rank, table->rows[row].shape);

		columns.names = name > columns.names ? name : columns.names;
		columns.shape = shape > columns.shape ? shape : columns.shape;
	}
	while (columns.figures > 1 &&
			!has_room(columns.shape + other_columns(run, columns.figures)))
		columns.figures--;
	columns.names = name_columns(
			columns.names, columns.shape + other_columns(run, columns.figures));
	return columns;
}

static void
print_pair(const struct ladle_figures *figures, int count)
{
	for (int i = 0; i < count; i++)
		print_number(pair_figures[i].format, pair_figures[i].columns,
				figures ? pair_figures[i].of(figures) : (double)NAN);
}

/* Each checkpoint with the mix, as on the screen; "-": it lacks the row. */
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
		printf(" %*s", id_columns(run, k),
				table->rows[row].index[k] == LADLE_NONE ? "-" : cell);
	}
	free(w);
}

static void
print_row(struct cli_run *run, uint32_t row, const struct columns *columns)
{
	const struct ladle_table *table = session_table(run->session);
	const struct ladle_row *from = &table->rows[row];
	const struct ladle_judgement *judgement = &session_judgements(run->session)[row];
	const struct ladle_figures *figures = ladle_figures(session_measurement(run->session), row);
	char keep[8], flags[16];

	print_fit(run, from->label, columns->names);
	print_shape(columns->shape, from->rank, from->shape);
	format_percent(keep, judgement->keep);
	printf(" %5s", from->averaged ? keep : "copy");
	if (table->checkpoint_count == 2)
		print_pair(figures, columns->figures);
	else
		print_cosines(run, row, figures);
	format_flags(flags, judgement->flags);
	printf("  %-6s %s\n", ladle_state_name(judgement->state), flags);
}

static void
print_header(const struct cli_run *run, const struct columns *columns)
{
	const struct ladle_table *table = session_table(run->session);

	printf("%-*s %*s %5s", columns->names, "LAYER/TENSOR", columns->shape, "SHAPE", "KEEP");
	for (int i = 0; table->checkpoint_count == 2 && i < columns->figures; i++)
		printf(" %*s", pair_figures[i].columns, pair_figures[i].title);
	for (uint32_t k = 0; table->checkpoint_count > 2 && k < table->checkpoint_count; k++)
		printf(" %*.*s", id_columns(run, k), ID_LONGEST,
				session_column(run->session, k)->id);
	printf("  %-6s FLAGS\n", "STATE");
}

/* What a letter in FLAGS cannot say: which file, which values. */
static void
print_reasons(struct cli_run *run, uint32_t row)
{
	enum { MOST = 32, TEXTS = 4096 };
	const struct ladle_table *table = session_table(run->session);
	const struct ladle_row *from = &table->rows[row];
	struct ladle_finding found[MOST];
	char texts[TEXTS];
	uint32_t first = 0, count = session_row_findings(run->session, row, found, MOST, texts,
					    sizeof(texts));

	/* Units are said of kernels: what else moves with them has the letter. */
	for (uint32_t i = 0; i < from->finding_count; i++)
		if (from->is_kernel || from->findings[i].code != LADLE_F_PERMUTED)
			print_blocking(run, &from->findings[i], 1, from->label);
	while (!from->is_kernel && first < count && found[first].code == LADLE_F_PERMUTED)
		first++;
	print_blocking(run, found + first, count - first, from->label);
}

static void
print_diff(struct cli_run *run)
{
	const struct ladle_table *table = session_table(run->session);
	struct columns columns = measure_columns(run);
	struct buf verdict;

	buf_init(&verdict);
	format_verdict(&verdict, run->session, run->ascii, false);
	puts(buf_string(&verdict));
	buf_done(&verdict);
	print_checkpoints(run);
	print_findings(run, table->findings, table->finding_count);
	print_header(run, &columns);
	for (uint32_t row = 0; row < table->row_count; row++)
		print_row(run, row, &columns);
	for (uint32_t row = 0; row < table->row_count; row++)
		print_reasons(run, row);
}

void
run_print(struct cli_run *run)
{
	if (run->json)
		json_print_diff(run->session);
	else
		print_diff(run);
}

enum ladle_status
run_compare(struct cli_run *run, struct ladle_error *err)
{
	TRY(run_load(run, err));
	TRY(run_measure(run, err));
	TRY(run_find_copies(run, err));
	run_print(run);
	return LADLE_OK;
}

/* With what the session says about it, on stderr. */
static enum ladle_status
write_page(struct cli_run *run, const char *page, struct ladle_error *err)
{
	struct buf text;

	TRY(report_save(REPORT_PAGE, run->session, page, err));
	buf_init(&text);
	text_clean_append(&text, session_message(run->session), run->ascii);
	if (!run->quiet)
		fprintf(stderr, "ladle: %s\n", buf_string(&text));
	buf_done(&text);
	return LADLE_OK;
}

/* By every row, not by the headline: biases that drift make files different, too. */
int
cli_diff(struct cli_run *run, struct ladle_error *err)
{
	const char *page = options_value(&run->options, OPTION_HTML);
	enum ladle_status status = page ? report_check(REPORT_PAGE, page, err) : LADLE_OK;
	struct ladle_verdict verdict;

	if (status == LADLE_OK)
		status = run_compare(run, err);
	if (status == LADLE_OK && page)
		status = write_page(run, page, err);
	if (status != LADLE_OK)
		return ladle_status_exit(status);
	verdict = session_verdict(run->session);
	return verdict.drift || verdict.differ || verdict.pending;
}
