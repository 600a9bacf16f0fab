/* The subcommands that write: avg and run. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/run.h"

enum { RECIPE_LARGEST = 1 << 20 };

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

static enum ladle_status
find_format(const char *word, int *out, struct ladle_error *err)
{
	*out = -1;
	for (size_t i = 0; word && i < sizeof(format_words) / sizeof(format_words[0]); i++)
		if (!strcmp(word, format_words[i].word))
			*out = format_words[i].format;
	if (word && *out < 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"--format %s is none of h5, weights, legacy-weights, keras", word);
	return LADLE_OK;
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

static void
print_report(struct cli_run *run, const struct exporting *exporting)
{
	const struct ladle_export_report *report = &exporting->report;
	struct buf line;
	char bytes[16];

	buf_init(&line);
	format_verdict(&line, run->session, run->ascii, false);
	buf_text(&line, exporting->options.dry_run ? "\nwould write " : "\nwrote ");
	text_clean_append(&line, exporting->options.path, run->ascii);
	format_bytes(bytes, report->bytes);
	buf_format(&line, "  %s  %u tensors, %u averaged, %u copied",
			ladle_format_name(report->format), report->tensors, report->averaged,
			report->copied);
	if (!exporting->options.dry_run)
		buf_format(&line, "  %s\nsha256 %s", bytes, report->sha256);
	puts(buf_string(&line));
	buf_done(&line);
}

/* What avg and run have in common once the session holds the mix. */
static enum ladle_status
export_mix(struct cli_run *run, const char *path, struct ladle_error *err)
{
	const struct options *options = &run->options;
	const char *recipe = options_value(options, OPTION_RECIPE);
	struct exporting exporting = {
			.options = {
					.path = path,
					.config = options_value(options, OPTION_CONFIG),
					.force = options_has(options, OPTION_FORCE),
					.dry_run = options_has(options, OPTION_DRY_RUN),
					.keep_optimizer =
							options_has(options, OPTION_KEEP_OPTIMIZER),
			}};

	TRY(find_format(options_value(options, OPTION_FORMAT), &exporting.options.format, err));
	TRY(progress_during(run, exporting.options.dry_run ? "reading" : "writing", export_work,
			&exporting, err));
	if (recipe) {
		TRY(session_set_output(run->session, path, exporting.options.format,
				exporting.options.force, err));
		TRY(session_save_recipe(run->session, recipe, err));
	}
	if (run->json)
		json_print_avg(run->session, path, exporting.options.dry_run, &exporting.report);
	else if (!run->quiet)
		print_report(run, &exporting);
	return LADLE_OK;
}

static enum ladle_status
check_method(const struct options *options, struct ladle_error *err)
{
	const char *method = options_value(options, OPTION_METHOD);

	if (method && strcmp(method, "mean"))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"--method %s is not known; there is mean", method);
	return LADLE_OK;
}

static enum ladle_status
average(struct cli_run *run, struct ladle_error *err)
{
	const char *path = options_value(&run->options, OPTION_OUTPUT);

	if (!path)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "avg needs -o OUT");
	TRY(check_method(&run->options, err));
	TRY(run_load(run, err));
	return export_mix(run, path, err);
}

int
cli_avg(struct cli_run *run, struct ladle_error *err)
{
	enum ladle_status status = average(run, err);

	return status == LADLE_OK ? 0 : run_fail(status);
}

/* ---- run ---- */

static bool
is_checkpoint(FILE *file)
{
	char head[8] = {0};
	size_t got = fread(head, 1, sizeof(head), file);

	rewind(file);
	return got == sizeof(head) &&
	       (!memcmp(head, "\x89HDF\r\n\x1a\n", 8) || !memcmp(head, "PK\3\4", 4));
}

static enum ladle_status
read_text(FILE *file, const char *path, struct buf *text, struct ladle_error *err)
{
	char block[4096];
	size_t got;

	while ((got = fread(block, 1, sizeof(block), file)) > 0) {
		buf_append(text, block, got);
		if (text->length > RECIPE_LARGEST)
			return ladle_fail(
					err, LADLE_E_INPUT, path, "is larger than a recipe may be");
	}
	if (ferror(file))
		return ladle_fail(err, LADLE_E_INPUT, path, "cannot be read: %s", strerror(errno));
	if (text->length != strlen(buf_string(text)))
		return ladle_fail(err, LADLE_E_INPUT, path,
				"is neither a recipe nor an output of ladle");
	return LADLE_OK;
}

static enum ladle_status
read_embedded(struct cli_run *run, const char *path, struct buf *text, struct ladle_error *err)
{
	struct ladle_checkpoint *checkpoint;
	const char *recipe;

	TRY(ladle_checkpoint_open(&checkpoint, run->library, path, err));
	recipe = ladle_checkpoint_recipe(checkpoint);
	if (recipe)
		buf_text(text, recipe);
	ladle_checkpoint_close(checkpoint);
	return recipe ? LADLE_OK
		      : ladle_fail(err, LADLE_E_INPUT, path,
					"carries no recipe: ladle did not write it");
}

/* Names in a text file are seen from its folder; those in an output from the current one, since the
 * output may have been moved and knows nothing of where it was made. */
static enum ladle_status
read_recipe(struct cli_run *run, const char *path, struct ladle_error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : NULL;
	FILE *file = fopen(path, "r");
	struct buf text;
	enum ladle_status status;

	buf_init(&text);
	if (!file)
		status = ladle_fail(
				err, LADLE_E_INPUT, path, "cannot be opened: %s", strerror(errno));
	else if (is_checkpoint(file))
		status = read_embedded(run, path, &text, err);
	else
		status = read_text(file, path, &text, err);
	if (status == LADLE_OK)
		status = session_read_recipe(run->session, buf_string(&text),
				file && !is_checkpoint(file) ? folder : NULL, err);
	if (status != LADLE_OK && err && !*err->path)
		snprintf(err->path, sizeof(err->path), "%s", path);
	if (file)
		fclose(file);
	free(folder);
	buf_done(&text);
	return status;
}

static enum ladle_status
replay(struct cli_run *run, struct ladle_error *err)
{
	const char *path = options_value(&run->options, OPTION_OUTPUT);

	TRY(read_recipe(run, run->options.files[0].path, err));
	TRY(session_load(run->session, err));
	if (!path)
		path = session_export_options(run->session)->path;
	if (!path)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"the recipe names no output: give -o OUT, or a line `write OUT`");
	return export_mix(run, path, err);
}

int
cli_run(struct cli_run *run, struct ladle_error *err)
{
	enum ladle_status status = replay(run, err);

	return status == LADLE_OK ? 0 : run_fail(status);
}
