/* help, version and doctor. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/command.h"
#include "base/err.h"
#include "base/text.h"
#include "cli/run.h"

enum { LEFT = 34 };

static void
print_entry(const char *left, const char *right)
{
	if (strlen(left) > LEFT - 1)
		printf("  %s\n  %*s %s\n", left, LEFT, "", right);
	else
		printf("  %-*s %s\n", LEFT, left, right);
}

static void
print_option(const struct option_row *row)
{
	char left[96];
	int at = row->letter ? snprintf(left, sizeof(left), "-%c, ", row->letter) : 0;

	snprintf(left + at, sizeof(left) - (size_t)at, "--%s%s%s", row->name,
			row->argument ? " " : "", row->argument ? row->argument : "");
	print_entry(left, row->help);
}

static void
print_options(int mask)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (option_of((enum option_id)i)->subcommands & mask)
			print_option(option_of((enum option_id)i));
}

static void
print_subcommand(const struct subcommand *subcommand)
{
	char left[96];

	snprintf(left, sizeof(left), "ladle %s%s%s", subcommand->word, *subcommand->word ? " " : "",
			subcommand->arguments);
	print_entry(left, subcommand->help);
}

static void
print_command(const struct command *command)
{
	char left[96];

	snprintf(left, sizeof(left), "%s %s", command->word, command->arguments);
	print_entry(left, command->help);
	if (*command->keys)
		printf("  %*s keys: %s\n", LEFT, "", command->keys);
}

static void
print_overview(void)
{
	puts("ladle looks into Keras checkpoints, compares them side by side and averages them.\n");
	for (int i = 0; i < SUBCOMMAND_COUNT; i++)
		print_subcommand(subcommand_of((enum subcommand_id)i));
	puts("\nOptions");
	print_options(ALL);
	puts("\nCommands of recipes and of the : line (`ladle help COMMAND`)");
	for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++)
		if (command_of((enum command_id)i)->kind == RECIPE)
			print_command(command_of((enum command_id)i));
	puts("\nExit status: 0 done or alike, 1 different, 2 usage, 3 an input is refused or "
	     "unreadable,\n"
	     "4 the models cannot be paired, 5 the output is not written or not durable, 128+N "
	     "signal N.");
}

static enum ladle_status
print_one(const char *word, struct ladle_error *err)
{
	enum subcommand_id id;
	const struct command *command;

	if (subcommand_find(word, &id)) {
		print_subcommand(subcommand_of(id));
		print_options(1 << id);
		return LADLE_OK;
	}
	command = command_find(word, strlen(word), err);
	if (!command)
		return LADLE_E_USAGE;
	print_command(command);
	return LADLE_OK;
}

int
cli_help(struct cli_run *run, struct ladle_error *err)
{
	const struct options *options = &run->options;
	const char *word = subcommand_of(options->subcommand)->word;
	enum ladle_status status = LADLE_OK;

	if (options->subcommand == SUBCOMMAND_MANUAL && options->file_count)
		status = print_one(options->files[0].path, err);
	else if (*word && options->subcommand != SUBCOMMAND_MANUAL)
		status = print_one(word, err);
	else
		print_overview();
	return status == LADLE_OK ? 0 : run_fail(status);
}

void
print_version(void)
{
	printf("ladle %s\nlibhdf5 %s\n", LADLE_VERSION, ladle_hdf5_version());
}

/* ---- doctor ---- */

static void
print_fact(const char *what, bool works, const char *text)
{
	printf("%-3s %-12s %s\n", works ? "ok" : "!", what, text);
}

static void
print_sandbox(const struct ladle_sandbox *sandbox)
{
	char text[96];

	print_fact("rlimits", sandbox->rlimits,
			sandbox->rlimits ? "a worker's memory, time and files are limited"
					 : "not in force");
	snprintf(text, sizeof(text), "a worker opens no file (ABI %d)", sandbox->landlock_abi);
	print_fact("landlock", sandbox->landlock,
			sandbox->landlock ? text : "this kernel has none; rlimits remain");
	print_fact("seccomp", sandbox->seccomp,
			sandbox->seccomp ? "a worker's system calls are filtered"
					 : "not in force; rlimits remain");
}

static void
print_hdf5(void)
{
	unsigned major = 0, minor = 0, release = 0;
	char text[128];

	sscanf(ladle_hdf5_version(), "%u.%u.%u", &major, &minor, &release);
	snprintf(text, sizeof(text), "%s%s", ladle_hdf5_version(),
			major == 1 && (minor < 14 || (minor == 14 && release < 6))
					? "  (has known faults with damaged files; workers contain "
					  "them)"
					: "");
	print_fact("libhdf5", true, text);
}

static void
print_terminal(bool possible)
{
	const char *term = getenv("TERM");
	struct winsize size = {0};
	char text[128], clean[64];

	text_clean(clean, sizeof(clean), term ? term : "", term ? strlen(term) : 0, true);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		snprintf(text, sizeof(text), "TERM=%s, standard output is no terminal", clean);
	else
		snprintf(text, sizeof(text), "TERM=%s, %ux%u, %s", clean, size.ws_col, size.ws_row,
				possible ? "able to show the screen"
					 : "not able to show the screen");
	print_fact("terminal", possible, text);
	print_fact("encoding", true,
			text_locale_is_utf8() ? "UTF-8" : "not UTF-8: ASCII glyphs are used");
}

int
cli_doctor(struct cli_run *run, struct ladle_error *err)
{
	struct ladle_sandbox sandbox;
	enum ladle_status status = ladle_probe_sandbox(run->library, &sandbox, err);
	char text[32];

	if (status != LADLE_OK)
		return run_fail(status);
	print_fact("ladle", true, LADLE_VERSION);
	print_hdf5();
	print_sandbox(&sandbox);
	snprintf(text, sizeof(text), "%d", ladle_threads(run->library));
	print_fact("threads", true, text);
	print_terminal(run->screen_possible());
	return 0;
}
