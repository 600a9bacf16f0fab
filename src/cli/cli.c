#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/run.h"

static const struct subcommand subcommands[SUBCOMMAND_COUNT] = {
#define SUBCOMMAND(id, word, arguments, least, most, function, help) \
	[SUBCOMMAND_##id] = {word, arguments, least, most, function, help},
#include "cli/subcommand.def"
#undef SUBCOMMAND
};

const struct subcommand *
subcommand_of(enum subcommand_id id)
{
	return &subcommands[id];
}

bool
subcommand_find(const char *word, enum subcommand_id *out)
{
	for (int i = 0; i < SUBCOMMAND_COUNT; i++) {
		if (!*subcommands[i].word || strcmp(word, subcommands[i].word))
			continue;
		*out = (enum subcommand_id)i;
		return true;
	}
	return false;
}

int
run_fail(enum ladle_status status)
{
	return ladle_status_exit(status);
}

/* ---- signals ---- */

/* What the handlers may touch: the job's flag is an atomic. */
static struct ladle_job *signal_job;
static volatile sig_atomic_t signal_caught;

static void
on_signal(int number)
{
	signal_caught = number;
	if (signal_job)
		ladle_job_cancel(signal_job);
}

static void
catch_signals(struct ladle_job *job)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal};

	signal_job = job;
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		struct sigaction old;

		sigaction(caught[i], NULL, &old);
		if (old.sa_handler != SIG_IGN) /* nohup stays in force */
			sigaction(caught[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static void
release_signals(void)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		signal(caught[i], SIG_DFL);
	signal_job = NULL;
}

/* ---- one run ---- */

enum ladle_status
run_add_files(struct cli_run *run, struct ladle_error *err)
{
	const struct options *options = &run->options;

	for (int i = 0; i < options->file_count; i++) {
		const struct given_file *file = &options->files[i];
		char *name = file->name ? strndup(file->name, file->name_length) : NULL;
		enum ladle_status status = session_add(run->session, name, file->path, err);

		free(name);
		TRY(status);
	}
	return LADLE_OK;
}

/* -w .5,.3,.2 as a line of commands: "mix A=.5 B=.3 C=.2". */
enum ladle_status
run_weigh(struct cli_run *run, const char *list, struct ladle_error *err)
{
	struct buf line;
	uint32_t count = 1, files = session_file_count(run->session), file = 0;
	enum ladle_status status;

	for (const char *at = list; *at; at++)
		count += *at == ',';
	if (count != files)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "-w has %u weights for %u checkpoints",
				count, files);
	buf_init(&line);
	buf_text(&line, "mix");
	for (const char *at = list; file < files; file++) {
		size_t length = strcspn(at, ",");

		buf_format(&line, " %s=%.*s", session_file(run->session, file)->id, (int)length,
				at);
		at += length + (at[length] == ',');
	}
	status = session_run(run->session, buf_string(&line), err);
	buf_done(&line);
	return status;
}

static enum ladle_status
run_command(struct cli_run *run, const char *word, const char *arguments, struct ladle_error *err)
{
	struct buf line;
	enum ladle_status status;

	buf_init(&line);
	buf_format(&line, "%s %s", word, arguments);
	status = session_run(run->session, buf_string(&line), err);
	buf_done(&line);
	return status;
}

static enum ladle_status
apply(struct cli_run *run, const struct given_option *given, struct ladle_error *err)
{
	if (given->id == OPTION_WEIGHTS)
		return run_weigh(run, given->value, err);
	if (given->id == OPTION_NO_NORMALISE)
		return session_run(run->session, "normalise off", err);
	if (given->id == OPTION_MIX)
		return run_command(run, "mix", given->value, err);
	if (given->id == OPTION_SKIP)
		return run_command(run, "skip", given->value, err);
	if (given->id == OPTION_TEMPLATE)
		return run_command(run, "template", given->value, err);
	return LADLE_OK;
}

enum ladle_status
run_load(struct cli_run *run, struct ladle_error *err)
{
	TRY(run_add_files(run, err));
	TRY(session_load(run->session, err));
	for (int i = 0; i < run->options.given_count; i++)
		TRY(apply(run, &run->options.given[i], err));
	return LADLE_OK;
}

static enum ladle_status
measure_work(struct cli_run *run, void *arg, struct ladle_error *err)
{
	return session_measure(run->session, *(unsigned *)arg, run->job, err);
}

enum ladle_status
run_measure(struct cli_run *run, unsigned flags, struct ladle_error *err)
{
	return progress_during(run, "measuring", measure_work, &flags, err);
}

static enum ladle_status
check_count(const struct options *options, struct ladle_error *err)
{
	const struct subcommand *subcommand = subcommand_of(options->subcommand);

	if (options->file_count < subcommand->least)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "%s takes %s; %d given",
				subcommand->word, subcommand->arguments, options->file_count);
	if (subcommand->most && options->file_count > subcommand->most)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "%s takes %s; %s is too many",
				subcommand->word, subcommand->arguments,
				options->files[subcommand->most].path);
	return LADLE_OK;
}

static enum ladle_status
thread_count(const struct options *options, int *out, struct ladle_error *err)
{
	const char *text = options_value(options, OPTION_THREADS);
	char *end;
	long count;

	*out = 0;
	if (!text)
		return LADLE_OK;
	count = strtol(text, &end, 10);
	if (*end || end == text || count < 1 || count > 256)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "-j %s is not a number from 1 to 256",
				text);
	*out = (int)count;
	return LADLE_OK;
}

static enum ladle_status
open_session(struct cli_run *run, void (*wake)(void *), struct ladle_error *err)
{
	struct ladle_options options = {
			.no_sandbox = options_has(&run->options, OPTION_NO_SANDBOX)};

	TRY(thread_count(&run->options, &options.threads, err));
	TRY(ladle_open(&run->library, &options, err));
	if (options.no_sandbox && !run->quiet)
		fputs("ladle: the workers are not confined\n", stderr);
	run->job = ladle_job_new();
	if (!run->job)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory");
	catch_signals(run->job);
	TRY(session_new(&run->session, run->library, wake, NULL, err));
	if (options_has(&run->options, OPTION_CONFIG))
		TRY(session_set_config(
				run->session, options_value(&run->options, OPTION_CONFIG), err));
	if (options_has(&run->options, OPTION_NO_CONFIG))
		return LADLE_OK;
	return session_read_config(run->session, err);
}

static void
print_failure(const struct cli_run *run, const struct ladle_error *err)
{
	struct buf line;

	buf_init(&line);
	format_error(&line, err, run->ascii);
	fprintf(stderr, "ladle: %s\n", buf_string(&line));
	buf_done(&line);
	if (run->json)
		json_print_error(err);
}

static void
run_close(struct cli_run *run)
{
	session_free(run->session);
	release_signals();
	ladle_job_free(run->job);
	ladle_close(run->library);
}

static int
run_all(struct cli_run *run, void (*wake)(void *), struct ladle_error *err)
{
	const struct subcommand *subcommand = subcommand_of(run->options.subcommand);
	enum ladle_status status = check_count(&run->options, err);

	if (status == LADLE_OK)
		status = open_session(run, wake, err);
	return status == LADLE_OK ? subcommand->function(run, err) : run_fail(status);
}

static bool
wants_ascii(const struct options *options)
{
	return options_has(options, OPTION_ASCII) || !text_locale_is_utf8();
}

int
cli_main(int argc, char **argv, bool (*screen_possible)(void), void (*wake)(void *),
		struct cli_screen *screen)
{
	struct cli_run run = {.screen = screen, .screen_possible = screen_possible};
	struct ladle_error err = {.status = LADLE_OK};
	enum ladle_status status = options_parse(&run.options, argc, argv, &err);
	int result;

	run.json = run.options.given && options_has(&run.options, OPTION_JSON);
	run.quiet = run.options.given && options_has(&run.options, OPTION_QUIET);
	run.ascii = run.options.given ? wants_ascii(&run.options) : true;
	if (status != LADLE_OK)
		result = run_fail(status);
	else if (options_has(&run.options, OPTION_VERSION))
		result = (print_version(), 0);
	else if (options_has(&run.options, OPTION_HELP))
		result = cli_help(&run, &err);
	else
		result = run_all(&run, wake, &err);
	if (result == CLI_SCREEN) {
		release_signals();
		ladle_job_free(run.job);
		options_free(&run.options);
		return CLI_SCREEN;
	}
	if (signal_caught)
		result = 128 + signal_caught;
	if (err.status != LADLE_OK && !(signal_caught && err.status == LADLE_E_CANCELED))
		print_failure(&run, &err);
	run_close(&run);
	options_free(&run.options);
	if (fflush(stdout) && result == 0)
		result = 5; /* the results did not arrive */
	return result;
}
