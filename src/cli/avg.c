/* `ladle avg`, and what `ladle run` shares with it: the export and its report. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/matched.h"
#include "cli/run.h"

struct format_word {
	const char *word;
	enum ladle_format format;
};

static const struct format_word format_words[] = {
		{"h5", LADLE_LEGACY_FULL},
		{"legacy-weights", LADLE_LEGACY_WEIGHTS},
		{"weights", LADLE_WEIGHTS},
		{"keras", LADLE_KERAS},
};

/* The table of options has let no other word through. */
static int
find_format(const char *word, int otherwise)
{
	for (size_t i = 0; word && i < sizeof(format_words) / sizeof(format_words[0]); i++)
		if (!strcmp(word, format_words[i].word))
			return (int)format_words[i].format;
	return otherwise;
}

struct exporting {
	struct ladle_export_options options;
	struct ladle_export_report report;
};

static enum ladle_status
export_work(struct cli_run *run, void *arg, struct ladle_error *err)
{
	struct exporting *exporting = arg;

	return session_export_now(
			run->session, &exporting->options, run->job, &exporting->report, err);
}

/* ---- the recipe beside the output ---- */

static bool
is_same_file(const char *a, const char *b)
{
	struct stat one, other;

	return !stat(a, &one) && !stat(b, &other) && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

static enum ladle_status
fail_same(const char *recipe, struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_USAGE, NULL,
			"%s: the recipe and the output are the same file", recipe);
}

/* Before the output: a recipe that cannot be written shows at once, not after a long export.
 * *made: it was not there before. */
static enum ladle_status
write_recipe(struct cli_run *run, const struct ladle_export_options *options, const char *recipe,
		bool *made, struct ladle_error *err)
{
	if (!strcmp(recipe, options->path) || is_same_file(recipe, options->path))
		return fail_same(recipe, err);
	TRY(session_set_output(run->session, options->path, options->format, options->force, err));
	*made = access(recipe, F_OK) && errno == ENOENT;
	TRY(session_save_recipe(run->session, recipe, err));
	return is_same_file(recipe, options->path) ? fail_same(recipe, err) : LADLE_OK;
}

/* ---- the report ---- */

/* The faders' shares; rules stand below them. */
static void
append_weights(struct buf *out, const struct session *session)
{
	const struct ladle_mix *mix = session_mix(session);
	uint32_t count = session_table(session)->checkpoint_count;
	double *w = calloc(count + 1, sizeof(*w)), sum;

	if (!w)
		return;
	sum = ladle_mix_fader_weights(mix, w);
	buf_text(out, "weights");
	for (uint32_t k = 0; k < count; k++)
		buf_format(out, "  %s %.4g", session_column(session, k)->id,
				ladle_mix_normalised(mix) ? w[k] / sum : w[k]);
	buf_char(out, '\n');
	free(w);
}

static void
append_rules(struct buf *out, const struct session *session, bool ascii)
{
	const struct ladle_mix *mix = session_mix(session);

	for (uint32_t i = 0; i < ladle_mix_rule_count(mix); i++) {
		uint32_t rows = ladle_mix_rule_rows(mix, i);

		text_clean_append(out, ladle_mix_rule(mix, i)->text, ascii);
		buf_format(out, "  (%u row%s)\n", rows, rows == 1 ? "" : "s");
	}
}

/* "repair bn  bn_a/moving_variance  estimated: .." for each row. */
static void
append_repair(struct buf *out, const struct session *session, bool ascii)
{
	const struct ladle_repair *repair = session_repair(session);

	for (uint32_t i = 0; repair && i < repair->count; i++) {
		const struct ladle_correction *one = &repair->list[i];

		buf_format(out, "repair %s  ", ladle_repair_name(one->kind));
		text_clean_append(out, session_table(session)->rows[one->row].label, ascii);
		buf_text(out, "  ");
		text_clean_append(out, one->text, ascii);
		buf_char(out, '\n');
	}
	if (repair && repair->notes)
		buf_format(out, "repair: %s\n", repair->notes);
	if (repair && repair->applied)
		buf_text(out, "repair: estimates from the weights alone; on your own data better: "
			      "`ladle help repair`\n");
}

/* "wrote OUT  legacy-full  12 tensors, 10 averaged, 2 copied  96.2 kB" and the checksum. */
static void
append_written(struct buf *out, const struct exporting *exporting, bool ascii)
{
	const struct ladle_export_report *report = &exporting->report;
	char bytes[16];

	buf_text(out, exporting->options.dry_run ? "would write " : "wrote ");
	text_clean_append(out, exporting->options.path, ascii);
	buf_format(out, "  %s  %u tensors, %u averaged, %u copied",
			ladle_format_name(report->format), report->tensors, report->averaged,
			report->copied);
	if (exporting->options.dry_run)
		return;
	format_bytes(bytes, report->bytes);
	buf_format(out, "  %s\nsha256 %s", bytes, report->sha256);
}

/* What `align` cannot take from the second file: seeds, counters, tables. */
static void
append_template_s(struct buf *out, const struct cli_run *run)
{
	const struct session *session = run->session;
	const struct ladle_table *table = session_table(session);
	const struct ladle_judgement *rows = session_judgements(run->session);
	uint32_t template_ = ladle_mix_template(session_mix(session));

	for (uint32_t row = 0; rows && row < table->row_count; row++) {
		if (!(rows[row].flags >> LADLE_F_COPIED & 1))
			continue;
		text_clean_append(out, table->rows[row].label, run->ascii);
		buf_format(out, " differs and is %s's: it is not averaged by its nature\n",
				session_column(session, template_)->id);
	}
}

static void
print_report(struct cli_run *run, const struct exporting *exporting)
{
	struct buf text;

	if (session_alignment(run->session))
		print_moves(run, session_alignment(run->session));
	buf_init(&text);
	if (run->options.subcommand == SUBCOMMAND_ALIGN) {
		append_template_s(&text, run);
	} else {
		format_verdict(&text, run->session, run->ascii, false);
		buf_char(&text, '\n');
		append_weights(&text, run->session);
		append_rules(&text, run->session, run->ascii);
		append_repair(&text, run->session, run->ascii);
	}
	append_written(&text, exporting, run->ascii);
	puts(buf_string(&text));
	buf_done(&text);
}

/* ---- avg ---- */

enum ladle_status
run_export(struct cli_run *run, const char *path, int format, struct ladle_error *err)
{
	const struct options *options = &run->options;
	const char *recipe = options_value(options, OPTION_RECIPE);
	bool made = false;
	struct exporting exporting = {
			.options = {
					.path = path,
					.format = find_format(options_value(options, OPTION_FORMAT),
							format),
					.config = session_export_config(run->session),
					.force = options_has(options, OPTION_FORCE),
					.dry_run = options_has(options, OPTION_DRY_RUN),
					.keep_optimizer = session_keeps_optimizer(run->session),
			}};
	enum ladle_status status = LADLE_OK;

	if (recipe)
		status = write_recipe(run, &exporting.options, recipe, &made, err);
	if (status == LADLE_OK)
		status = progress_during(run, exporting.options.dry_run ? "reading" : "writing",
				false, export_work, &exporting, err);
	if (status != LADLE_OK && made)
		unlink(recipe); /* a failure leaves nothing */
	TRY(status);
	if (run->json && options->subcommand == SUBCOMMAND_ALIGN)
		json_print_align(run->session, &exporting.options, &exporting.report);
	else if (run->json)
		json_print_export(run->session, subcommand_of(options->subcommand)->word,
				&exporting.options, &exporting.report);
	else if (!run->quiet)
		print_report(run, &exporting);
	return LADLE_OK;
}

/* Is every group that moves in this column an exact copy? */
static bool
is_copy(const struct session *session, uint32_t column)
{
	const struct ladle_alignment *alignment = session_suggested(session);
	bool some = false;

	for (uint32_t g = 0; alignment && g < alignment->groups->count; g++)
		some |= session_moves(session, column, g);
	return some;
}

/* Before anything is written. */
static void
warn_of_copies(const struct cli_run *run)
{
	const struct ladle_alignment *alignment = session_suggested(run->session);

	if (run->quiet || !alignment || !session_permuted_count(run->session))
		return;
	for (uint32_t k = 0; k < alignment->table->checkpoint_count; k++)
		if (is_copy(run->session, k))
			fprintf(stderr,
					"ladle: %s is a permuted copy of %s: --align lines it up "
					"first\n",
					session_column(run->session, k)->id,
					session_column(run->session, alignment->reference)->id);
}

/* After the report: nothing is repaired unless asked for. */
static void
suggest_repair(struct cli_run *run)
{
	struct buf text;

	buf_init(&text);
	if (!run->quiet && !session_permuted_count(run->session) &&
			session_suggest_repair(run->session, run->job, &text))
		fprintf(stderr, "ladle: %s\n", buf_string(&text));
	buf_done(&text);
}

static enum ladle_status
average(struct cli_run *run, struct ladle_error *err)
{
	const char *path = options_value(&run->options, OPTION_OUTPUT);

	if (!path)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "avg needs -o OUT");
	TRY(run_load(run, err));
	TRY(run_find_copies(run, err));
	warn_of_copies(run);
	TRY(run_export(run, path, -1, err));
	suggest_repair(run);
	return LADLE_OK;
}

int
cli_avg(struct cli_run *run, struct ladle_error *err)
{
	return ladle_status_exit(average(run, err));
}
