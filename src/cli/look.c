/* The subcommands that only look: the screen's twin, ls, diff. */
#include <stdio.h>

#include "app/session.h"
#include "base/err.h"
#include "cli/json.h"
#include "cli/run.h"

/* One file is listed alone: pairing strangers is no business of ls. */
int
cli_ls(struct cli_run *run, struct ladle_error *err)
{
	bool stats = options_has(&run->options, OPTION_STATS);
	enum ladle_status status = run_load(run, err);

	if (status == LADLE_OK && stats)
		status = run_measure(run, LADLE_MEASURE_STATS, err);
	if (status != LADLE_OK)
		return run_fail(status);
	if (run->json)
		json_print_ls(run->session, stats);
	else
		print_ls(run, stats);
	return 0;
}

static enum ladle_status
compare(struct cli_run *run, struct ladle_error *err)
{
	TRY(run_load(run, err));
	TRY(run_measure(run, 0, err));
	if (run->json)
		json_print_diff(run->session);
	else
		print_diff(run);
	return LADLE_OK;
}

int
cli_diff(struct cli_run *run, struct ladle_error *err)
{
	enum ladle_status status = compare(run, err);
	struct ladle_verdict verdict;

	if (status != LADLE_OK)
		return run_fail(status);
	verdict = session_verdict(run->session);
	return verdict.drift || verdict.differ || verdict.pending;
}

static int
print_instead(struct cli_run *run, struct ladle_error *err)
{
	enum ladle_status status;

	if (run->options.file_count == 1)
		return cli_ls(run, err);
	status = compare(run, err);
	return status == LADLE_OK ? 0 : run_fail(status);
}

static enum ladle_status
name_files(struct cli_run *run, struct ladle_error *err)
{
	const char *weights = options_value(&run->options, OPTION_WEIGHTS);

	TRY(run_add_files(run, err));
	return weights ? run_weigh(run, weights, err) : LADLE_OK;
}

int
cli_screen(struct cli_run *run, struct ladle_error *err)
{
	const struct options *options = &run->options;
	enum ladle_status status;

	if (!options->file_count)
		return run_fail(ladle_fail(err, LADLE_E_USAGE, NULL,
				"name a checkpoint, or a command: `ladle help` lists them"));
	if (run->json || options_has(options, OPTION_PLAIN) || !run->screen_possible())
		return print_instead(run, err);
	status = name_files(run, err);
	if (status != LADLE_OK)
		return run_fail(status);
	*run->screen = (struct cli_screen){
			.session = run->session,
			.library = run->library,
			.color = options_value(options, OPTION_COLOR),
			.keys = options_value(options, OPTION_KEYS),
			.ascii = options_has(options, OPTION_ASCII),
			.no_mouse = options_has(options, OPTION_NO_MOUSE),
	};
	return CLI_SCREEN;
}
