/* Dispatch: from the arguments to one function, from its error to an exit status. */
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
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
#include "cli/interrupt.h"
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
	for (int i = SUBCOMMAND_SCREEN + 1; i < SUBCOMMAND_COUNT; i++) {
		if (strcmp(word, subcommands[i].word))
			continue;
		*out = (enum subcommand_id)i;
		return true;
	}
	return false;
}

/* ---- one run ---- */

static enum ladle_status
check_count(const struct options *options, struct ladle_error *err)
{
	const struct subcommand *subcommand = subcommand_of(options->subcommand);
	/* The branches of one file are several checkpoints. */
	int least = options_has(options, OPTION_BRANCHES) && subcommand->least > 1
				    ? 1
				    : subcommand->least;

	if (options->file_count < least)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "%s takes %s; %d given",
				subcommand->word, subcommand->arguments, options->file_count);
	if (options->file_count > subcommand->most)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "%s takes %s; %s is too many",
				subcommand->word,
				*subcommand->arguments ? subcommand->arguments : "no operands",
				options->files[subcommand->most].path);
	return LADLE_OK;
}

static enum ladle_status
thread_count(const struct options *options, int *out, struct ladle_error *err)
{
	enum { MOST = 256 };
	const char *text = options_value(options, OPTION_THREADS);
	char *end;
	long count;

	*out = 0;
	if (!text)
		return LADLE_OK;
	count = strtol(text, &end, 10);
	if (*end || end == text || count < 1 || count > MOST)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "-j %s is not a number from 1 to %d",
				text, MOST);
	*out = (int)count;
	return LADLE_OK;
}

/* The library first: its workers are forks of a process that has no threads yet. Then signals:
 * from here on there is something to take away. */
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
	interrupt_catch(run->job);
	TRY(session_new(&run->session, run->library, wake, NULL, err));
	if (options_has(&run->options, OPTION_NO_CONFIG))
		return LADLE_OK;
	return session_read_config(run->session, err);
}

/* What needs no session comes first: help works where ladle_open does not. */
static int
run_all(struct cli_run *run, void (*wake)(void *), struct ladle_error *err)
{
	enum ladle_status status;

	if (options_has(&run->options, OPTION_VERSION))
		return print_version(run), 0;
	if (options_has(&run->options, OPTION_HELP))
		return cli_help(run, err);
	status = check_count(&run->options, err);
	if (status == LADLE_OK)
		status = open_session(run, wake, err);
	return status == LADLE_OK ? subcommand_of(run->options.subcommand)->function(run, err)
				  : ladle_status_exit(status);
}

/* Signals first: their handler holds the job. */
static void
run_close(struct cli_run *run)
{
	interrupt_release();
	session_free(run->session);
	ladle_job_free(run->job);
	ladle_close(run->library);
	options_free(&run->options);
}

/* ---- the end of a run ---- */

void
print_failure(const struct cli_run *run, const struct ladle_error *err)
{
	struct buf line;

	buf_init(&line);
	format_error(&line, err, run->ascii);
	fprintf(stderr, "ladle: %s\n", buf_string(&line));
	buf_done(&line);
}

/* A person who pressed Ctrl-C knows why nothing came; a program that reads JSON may not. An output
 * that stands in spite of the signal is told of as ever. */
static int
fail(const struct cli_run *run, const struct ladle_error *err, int result)
{
	int number = interrupt_signal();
	bool interrupted = number && err->status != LADLE_E_OUTPUT;

	if (interrupted)
		result = 128 + number;
	else
		print_failure(run, err);
	if (run->json)
		json_print_error(err, result);
	return result;
}

/* Has the reader of a pipe gone? */
static bool
has_no_reader(int fd)
{
	struct pollfd look = {.fd = fd, .events = POLLOUT};

	return poll(&look, 1, 0) > 0 && look.revents & (POLLERR | POLLHUP);
}

/* Did the results arrive? A reader that has gone (`| head`) is told nothing. */
static int
flush_results(int result)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return result;
	if (errno == EPIPE || has_no_reader(STDOUT_FILENO))
		return 128 + SIGPIPE;
	fprintf(stderr, "ladle: standard output: %s\n",
			errno ? strerror(errno) : "not all was written");
	return ladle_status_exit(LADLE_E_OUTPUT);
}

/* --json may stand behind the word that could not be parsed. */
static bool
wants_json(const struct options *options, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return options_has(options, OPTION_JSON);
}

int
cli_main(int argc, char **argv, bool (*screen_possible)(bool), void (*wake)(void *),
		struct cli_screen *screen)
{
	struct cli_run run = {.screen = screen, .screen_possible = screen_possible};
	struct ladle_error err = {.status = LADLE_OK};
	enum ladle_status status = options_parse(&run.options, argc, argv, &err);
	int result = ladle_status_exit(status);

	run.json = status == LADLE_OK ? options_has(&run.options, OPTION_JSON)
				      : wants_json(&run.options, argc, argv);
	run.quiet = options_has(&run.options, OPTION_QUIET);
	run.ascii = options_has(&run.options, OPTION_ASCII) || !text_locale_is_utf8();
	if (status == LADLE_OK)
		result = run_all(&run, wake, &err);
	if (result == CLI_SCREEN) { /* which takes over session and library */
		interrupt_release();
		ladle_job_free(run.job);
		options_free(&run.options);
		return CLI_SCREEN;
	}
	if (err.status != LADLE_OK)
		result = fail(&run, &err, result);
	result = flush_results(result);
	run_close(&run);
	return result;
}
