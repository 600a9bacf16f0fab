/* Help and versions, all from the tables. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "base/err.h"
#include "cli/json.h"
#include "cli/run.h"

enum { LEFT = 30 };

/* What is too long for its column stands on a line of its own. */
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

	snprintf(left, sizeof(left), "ladle%s%s%s%s", *subcommand->word ? " " : "",
			subcommand->word, *subcommand->arguments ? " " : "", subcommand->arguments);
	print_entry(left, subcommand->help);
}

static void
print_command(const struct command *command)
{
	char left[96];

	snprintf(left, sizeof(left), "%s%s%s", command->word, *command->arguments ? " " : "",
			command->arguments);
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
	puts("\nOptions (`ladle help SUBCOMMAND` lists those that one takes)");
	print_options(ALL);
	puts("\nCommands of recipes and of the : line (`ladle help COMMAND` explains any other "
	     "too)");
	for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++)
		if (command_of((enum command_id)i)->kind == RECIPE)
			print_command(command_of((enum command_id)i));
	puts("\nExit status: 0 done or alike, 1 different, 2 usage, 3 an input is refused or "
	     "unreadable,\n"
	     "4 the models cannot be paired, 5 the output is not written or not durable, 128+N "
	     "signal N.");
}

/* A subcommand, a command of recipes and the `:` line, or both where they have the word. */
static enum ladle_status
print_one(const char *word, struct ladle_error *err)
{
	enum subcommand_id id;
	const struct command *command;

	if (subcommand_find(word, &id)) {
		print_subcommand(subcommand_of(id));
		print_options(1 << id);
		command = command_find(word, strlen(word), NULL);
		if (!command || command->kind != RECIPE || strcmp(command->word, word))
			return LADLE_OK;
		puts("\nIn recipes and on the : line");
		print_command(command);
		return LADLE_OK;
	}
	command = command_find(word, strlen(word), err);
	if (!command)
		return LADLE_E_USAGE;
	print_command(command);
	if (command->id == COMMAND_REPAIR)
		help_repair();
	return LADLE_OK;
}

/* ---- for programs ---- */

static struct json_object *
entry_value(const char *name, const char *arguments, const char *help)
{
	struct json_object *out = json_object_new_object();

	json_add_text(out, "name", name);
	json_add_text(out, "arguments", arguments ? arguments : "");
	json_add_text(out, "help", help);
	return out;
}

static struct json_object *
option_value(const struct option_row *row)
{
	struct json_object *out = entry_value(row->name, row->argument, row->help);
	struct json_object *list = json_object_new_array();
	char letter[] = {row->letter, '\0'};

	for (int i = SUBCOMMAND_SCREEN + 1; i < SUBCOMMAND_COUNT; i++)
		if (row->subcommands >> i & 1)
			json_object_array_add(list,
					json_text(subcommand_of((enum subcommand_id)i)->word));
	json_add_text(out, "letter", letter);
	json_add(out, "subcommands", list);
	return out;
}

/* For those who make completions or manuals of their own. */
static void
print_tables_as_json(void)
{
	struct json_object *out = json_document("help");
	struct json_object *subcommands = json_object_new_array();
	struct json_object *options = json_object_new_array(), *commands = json_object_new_array();

	for (int i = SUBCOMMAND_SCREEN + 1; i < SUBCOMMAND_COUNT; i++) {
		const struct subcommand *row = subcommand_of((enum subcommand_id)i);

		json_object_array_add(
				subcommands, entry_value(row->word, row->arguments, row->help));
	}
	for (int i = 0; i < OPTION_COUNT; i++)
		json_object_array_add(options, option_value(option_of((enum option_id)i)));
	for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
		const struct command *row = command_of((enum command_id)i);
		struct json_object *one = entry_value(row->word, row->arguments, row->help);

		json_add_text(one, "keys", row->keys);
		json_object_array_add(commands, one);
	}
	json_add(out, "subcommands", subcommands);
	json_add(out, "options", options);
	json_add(out, "commands", commands);
	json_print(out);
}

/* `ladle help [WORD]`, and `ladle SUBCOMMAND --help`. */
int
cli_help(struct cli_run *run, struct ladle_error *err)
{
	const struct options *options = &run->options;
	const char *word = subcommand_of(options->subcommand)->word;

	if (options->subcommand == SUBCOMMAND_MANUAL)
		word = options->file_count ? options->files[0].path : "";
	if (run->json)
		return print_tables_as_json(), 0;
	if (*word)
		return ladle_status_exit(print_one(word, err));
	print_overview();
	return 0;
}

void
print_version(const struct cli_run *run)
{
	struct json_object *out;

	if (!run->json) {
		printf("ladle %s\nlibhdf5 %s\n", LADLE_VERSION, ladle_hdf5_version());
		return;
	}
	out = json_document("version");
	json_add_text(out, "ladle", LADLE_VERSION);
	json_add_text(out, "libhdf5", ladle_hdf5_version());
	json_print(out);
}
