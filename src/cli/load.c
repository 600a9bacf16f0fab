/* From options to a session that holds the files and the mix: each option is a line of the same
 * language as recipes, so that the recipe comes out by itself. */
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/run.h"

/* ---- lines ---- */

/* "skip 'my layer'": the shell has cut the words already. */
static enum ladle_status
run_word(struct cli_run *run, const char *command, const char *word, struct ladle_error *err)
{
	struct buf line;
	enum ladle_status status;

	buf_init(&line);
	buf_format(&line, "%s ", command);
	words_quote(&line, word);
	status = session_run(run->session, buf_string(&line), err);
	buf_done(&line);
	return status;
}

/* The value of --mix or --pair is the rest of a line, with its own words. */
static enum ladle_status
run_rest(struct cli_run *run, const char *command, const char *rest, struct ladle_error *err)
{
	struct buf line;
	enum ladle_status status;

	buf_init(&line);
	buf_format(&line, "%s %s", command, rest);
	status = session_run(run->session, buf_string(&line), err);
	buf_done(&line);
	return status;
}

/* ---- files ---- */

static enum ladle_status
set_matching(struct cli_run *run, struct ladle_error *err)
{
	const char *memory = options_value(&run->options, OPTION_MATCH_MEMORY);

	if (memory)
		TRY(session_set(run->session, "match-memory", memory, "option", err));
	/* Who replays a recipe is shown no figures of matching. */
	if (options_has(&run->options, OPTION_NO_NULL) ||
			run->options.subcommand == SUBCOMMAND_RUN)
		TRY(session_set(run->session, "match-null", "off", "option", err));
	return LADLE_OK;
}

enum ladle_status
run_prepare(struct cli_run *run, struct ladle_error *err)
{
	const char *config = options_value(&run->options, OPTION_CONFIG);

	if (config)
		TRY(run_word(run, "config", config, err));
	if (options_has(&run->options, OPTION_EMA))
		TRY(session_run(run->session, "ema on", err));
	if (options_has(&run->options, OPTION_KEEP_OPTIMIZER))
		TRY(session_run(run->session, "optimizer keep", err));
	if (options_has(&run->options, OPTION_REPAIR))
		TRY(run_word(run, "repair", options_value(&run->options, OPTION_REPAIR), err));
	return set_matching(run, err);
}

static enum ladle_status
add_branches(struct cli_run *run, const struct given_file *file, bool *found,
		struct ladle_error *err)
{
	if (file->name)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"-n names one checkpoint, --branches makes several of %s",
				file->path);
	return session_add_branches(run->session, file->path, found, err);
}

static enum ladle_status
add_all_branches(struct cli_run *run, struct ladle_error *err)
{
	const struct options *options = &run->options;
	bool found = false;

	for (int i = 0; i < options->file_count; i++)
		TRY(add_branches(run, &options->files[i], &found, err));
	if (found || !options->file_count)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_INPUT, options->files[0].path,
			"no branches were found; `ladle ls --branches` says why");
}

/* `ls` lists branches, it does not open them. */
enum ladle_status
run_add_files(struct cli_run *run, struct ladle_error *err)
{
	const struct options *options = &run->options;

	TRY(run_prepare(run, err));
	if (options_has(options, OPTION_BRANCHES) && options->subcommand != SUBCOMMAND_LS)
		return add_all_branches(run, err);
	for (int i = 0; i < options->file_count; i++) {
		const struct given_file *file = &options->files[i];
		char *name = file->name ? strndup(file->name, file->name_length) : NULL;
		enum ladle_status status = session_add(run->session, name, file->path, err);

		free(name);
		TRY(status);
	}
	return LADLE_OK;
}

/* ---- the mix ---- */

static uint32_t
count_weights(const char *list)
{
	uint32_t count = 1;

	for (; *list; list++)
		count += *list == ',';
	return count;
}

/* Else a weight with a blank would become two words of the line. */
static enum ladle_status
check_number(const char *text, size_t length, struct ladle_error *err)
{
	char *end;

	strtod(text, &end);
	if (length > 0 && end == text + length)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, NULL, "-w: `%.*s` is no number", (int)length, text);
}

/* -w .5,.3,.2 as a line of commands: "mix A=.5 B=.3 C=.2". */
enum ladle_status
run_weigh(struct cli_run *run, const char *list, struct ladle_error *err)
{
	uint32_t count = count_weights(list), files = session_file_count(run->session);
	struct buf line;
	enum ladle_status status = LADLE_OK;

	if (count != files)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "-w has %u weights for %u checkpoints",
				count, files);
	buf_init(&line);
	buf_text(&line, "mix");
	for (uint32_t file = 0; file < files && status == LADLE_OK; file++) {
		size_t length = strcspn(list, ",");

		status = check_number(list, length, err);
		buf_format(&line, " %s=%.*s", session_file(run->session, file)->id, (int)length,
				list);
		list += length + (list[length] == ',');
	}
	if (status == LADLE_OK)
		status = session_run(run->session, buf_string(&line), err);
	buf_done(&line);
	return status;
}

static enum ladle_status
apply(struct cli_run *run, const struct given_option *given, struct ladle_error *err)
{
	if (given->id == OPTION_WEIGHTS)
		return run_weigh(run, given->value, err);
	if (given->id == OPTION_MIX)
		return run_rest(run, "mix", given->value, err);
	if (given->id == OPTION_SKIP)
		return run_word(run, "skip", given->value, err);
	if (given->id == OPTION_TEMPLATE)
		return run_word(run, "template", given->value, err);
	return LADLE_OK;
}

enum ladle_status
run_load(struct cli_run *run, struct ladle_error *err)
{
	const struct options *options = &run->options;

	TRY(run_add_files(run, err));
	for (int i = 0; i < options->given_count; i++)
		if (options->given[i].id == OPTION_PAIR)
			TRY(run_rest(run, "pair", options->given[i].value, err));
	TRY(run_open(run, err));
	/* First, since it decides whether weights may sum to 0. */
	if (options_has(options, OPTION_NO_NORMALISE))
		TRY(session_run(run->session, "normalise off", err));
	for (int i = 0; i < options->given_count; i++)
		TRY(apply(run, &options->given[i], err));
	return run_align(run, err);
}

static enum ladle_status
measure_work(struct cli_run *run, void *arg, struct ladle_error *err)
{
	(void)arg;
	return session_measure(run->session, 0, run->job, err);
}

static enum ladle_status
relate_work(struct cli_run *run, void *arg, struct ladle_error *err)
{
	(void)arg;
	return session_measure_both(run->session, run->job, err);
}

enum ladle_status
run_relate(struct cli_run *run, struct ladle_error *err)
{
	return progress_during(run, "measuring", false, relate_work, NULL, err);
}

enum ladle_status
run_measure(struct cli_run *run, struct ladle_error *err)
{
	return progress_during(run, "measuring", false, measure_work, NULL, err);
}
