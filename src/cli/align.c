/* `ladle align`, and --align of others: options as a line of commands. */
#include <stdio.h>
#include <string.h>

#include "app/session.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/run.h"

/* ---- lining up ---- */

static bool
wants_alignment(const struct options *options)
{
	bool wanted = options->subcommand == SUBCOMMAND_ALIGN ||
		      options->subcommand == SUBCOMMAND_MATCH;

	for (int i = 0; i < options->given_count; i++)
		if (options->given[i].id == OPTION_ALIGN || options->given[i].id == OPTION_NO_ALIGN)
			wanted = options->given[i].id == OPTION_ALIGN;
	return wanted;
}

/* "align B to A", else "align all to A", A the template. */
static void
append_line(struct buf *line, const struct cli_run *run)
{
	const struct options *options = &run->options;
	const char *seed = options_value(options, OPTION_SEED);
	const char *objective = options_value(options, OPTION_OBJECTIVE);
	uint32_t template_ = ladle_mix_template(session_mix(run->session));

	if (options->subcommand == SUBCOMMAND_ALIGN)
		buf_format(line, "align %s to %s", session_file(run->session, 1)->id,
				session_file(run->session, 0)->id);
	else
		buf_format(line, "align all to %s", session_column(run->session, template_)->id);
	if (options_has(options, OPTION_EXACT))
		buf_text(line, " by exact");
	else if (objective)
		buf_format(line, " by %s", objective);
	if (seed)
		buf_format(line, " seed %s", seed);
}

static enum ladle_status
align_work(struct cli_run *run, void *arg, struct ladle_error *err)
{
	return session_run(run->session, buf_string(arg), err);
}

/* Digits alone, so that the line has the words that were meant. */
static enum ladle_status
check_seed(const struct options *options, struct ladle_error *err)
{
	const char *seed = options_value(options, OPTION_SEED);

	if (!seed || (*seed && !seed[strspn(seed, "0123456789")]))
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, NULL, "--seed %s is no whole number", seed);
}

enum ladle_status
run_align(struct cli_run *run, struct ladle_error *err)
{
	const struct options *options = &run->options;
	struct buf line;
	enum ladle_status status;

	TRY(check_seed(options, err));
	if (!wants_alignment(options) || session_table(run->session)->checkpoint_count < 2)
		return LADLE_OK;
	/* `match` pairs all the same, and says why. */
	if (options->subcommand == SUBCOMMAND_MATCH && !session_groups(run->session, NULL))
		return LADLE_OK;
	buf_init(&line);
	append_line(&line, run);
	status = progress_during(run, "matching", true, align_work, &line, err);
	buf_done(&line);
	return status;
}

static enum ladle_status
open_work(struct cli_run *run, void *arg, struct ladle_error *err)
{
	(void)arg;
	return session_load(run->session, err);
}

enum ladle_status
run_open(struct cli_run *run, struct ladle_error *err)
{
	session_use_job(run->session, run->job);
	return progress_during(run, "matching", true, open_work, NULL, err);
}

static enum ladle_status
copies_work(struct cli_run *run, void *arg, struct ladle_error *err)
{
	(void)arg;
	return session_find_copies(run->session, run->job, err);
}

enum ladle_status
run_find_copies(struct cli_run *run, struct ladle_error *err)
{
	if (session_alignment(run->session) || options_has(&run->options, OPTION_NO_ALIGN))
		return LADLE_OK;
	return progress_during(run, "looking for copies", true, copies_work, NULL, err);
}

/* ---- align ---- */

/* The values are the second file's alone. */
static enum ladle_status
weigh_second(struct cli_run *run, struct ladle_error *err)
{
	struct buf line;
	enum ladle_status status;

	buf_init(&line);
	buf_format(&line, "mix %s=0 %s=1", session_file(run->session, 0)->id,
			session_file(run->session, 1)->id);
	status = session_run(run->session, buf_string(&line), err);
	buf_done(&line);
	return status;
}

static enum ladle_status
align(struct cli_run *run, struct ladle_error *err)
{
	const char *path = options_value(&run->options, OPTION_OUTPUT);

	if (!path)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "align needs -o OUT");
	TRY(run_load(run, err));
	TRY(weigh_second(run, err));
	return run_export(run, path, -1, err);
}

int
cli_align(struct cli_run *run, struct ladle_error *err)
{
	return ladle_status_exit(align(run, err));
}
