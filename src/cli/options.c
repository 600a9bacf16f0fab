#include "cli/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/words.h"
#include "base/err.h"
#include "cli/run.h"

static const struct option_row options[OPTION_COUNT] = {
#define OPTION(id, name, letter, argument, subcommands, help) \
	[OPTION_##id] = {name, letter, argument, subcommands, help},
#include "app/option.def"
#undef OPTION
};

const struct option_row *
option_of(enum option_id id)
{
	return &options[id];
}

/* What is left to parse, and what was found. */
struct parsing {
	int argc, at;
	char **argv;
	bool has_operand;
	struct options *out;
	struct ladle_error *err;
};

/* ---- options ---- */

/* Is value one of the words of "auto|never|16"? */
static bool
is_one_of(const char *words, const char *value)
{
	size_t length = strlen(value);

	while (*words) {
		size_t word = strcspn(words, "|");

		if (word == length && !strncmp(words, value, length))
			return true;
		words += word + (words[word] == '|');
	}
	return false;
}

static enum ladle_status
check_value(struct parsing *parsing, const struct option_row *row, const char *value)
{
	/* An argument in small letters is itself the list of what it may be. */
	bool listed = row->argument && row->argument[0] >= 'a' && row->argument[0] <= 'z';

	if (!listed || is_one_of(row->argument, value))
		return LADLE_OK;
	return ladle_fail(parsing->err, LADLE_E_USAGE, NULL, "--%s %s is not known; there is %s",
			row->name, value, row->argument);
}

/* The name may hold no `=`, the file may. */
static enum ladle_status
take_named_file(struct parsing *parsing, const char *value)
{
	struct options *out = parsing->out;
	const char *equals = strchr(value, '=');

	if (!equals || equals == value || !equals[1])
		return ladle_fail(parsing->err, LADLE_E_USAGE, NULL,
				"-n %s is not of the form NAME=FILE", value);
	out->files[out->file_count++] =
			(struct given_file){value, (size_t)(equals - value), equals + 1};
	return LADLE_OK;
}

/* shown: how it was written, for messages. value: behind `=` or in the same word; NULL: the next
 * word, whatever it begins with, since weights may be negative. */
static enum ladle_status
take_option(struct parsing *parsing, enum option_id id, const char *shown, const char *value)
{
	const struct option_row *row = option_of(id);
	struct options *out = parsing->out;

	if (row->argument && !value && parsing->at == parsing->argc)
		return ladle_fail(parsing->err, LADLE_E_USAGE, NULL, "%s needs %s", shown,
				row->argument);
	if (row->argument && !value)
		value = parsing->argv[parsing->at++];
	TRY(check_value(parsing, row, value));
	if (id == OPTION_NAME)
		TRY(take_named_file(parsing, value));
	out->given[out->given_count++] = (struct given_option){id, value};
	return LADLE_OK;
}

static enum ladle_status
fail_unknown(struct parsing *parsing, const char *word, size_t length)
{
	struct nearest nearest;

	nearest_init(&nearest, word + 2, length);
	for (int i = 0; i < OPTION_COUNT; i++)
		nearest_offer(&nearest, options[i].name);
	if (nearest.best)
		return ladle_fail(parsing->err, LADLE_E_USAGE, NULL,
				"unknown option %s; the nearest is --%s", word, nearest.best);
	return ladle_fail(parsing->err, LADLE_E_USAGE, NULL,
			"unknown option %s; `ladle help` lists them", word);
}

/* Beginnings of names are not taken: a script must not change its meaning with a new option. */
static enum ladle_status
take_long(struct parsing *parsing, const char *word)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);

	for (int i = 0; i < OPTION_COUNT; i++) {
		if (strlen(options[i].name) != length || strncmp(options[i].name, name, length))
			continue;
		if (equals && !options[i].argument)
			return ladle_fail(parsing->err, LADLE_E_USAGE, NULL, "--%s takes no value",
					options[i].name);
		return take_option(parsing, (enum option_id)i, word, equals ? equals + 1 : NULL);
	}
	return fail_unknown(parsing, word, length);
}

/* `-qw1,1`: the first letter that takes a value takes the rest of the word. */
static enum ladle_status
take_letters(struct parsing *parsing, const char *word)
{
	for (const char *letter = word + 1; *letter; letter++) {
		char shown[] = {'-', *letter, '\0'};
		int id = 0;

		while (id < OPTION_COUNT && options[id].letter != *letter)
			id++;
		if (id == OPTION_COUNT)
			return ladle_fail(parsing->err, LADLE_E_USAGE, NULL,
					"unknown option -%c in %s; `ladle help` lists them",
					*letter, word);
		if (options[id].argument)
			return take_option(parsing, (enum option_id)id, shown,
					letter[1] ? letter + 1 : NULL);
		TRY(take_option(parsing, (enum option_id)id, shown, NULL));
	}
	return LADLE_OK;
}

/* ---- operands ---- */

static enum ladle_status
fail_no_command(struct parsing *parsing, const char *word)
{
	struct nearest nearest;

	nearest_init(&nearest, word, strlen(word));
	for (int i = SUBCOMMAND_SCREEN + 1; i < SUBCOMMAND_COUNT; i++)
		nearest_offer(&nearest, subcommand_of((enum subcommand_id)i)->word);
	if (nearest.best && nearest.distance <= 2)
		return ladle_fail(parsing->err, LADLE_E_USAGE, NULL,
				"%s is neither a command nor a file; the nearest command is %s",
				word, nearest.best);
	return ladle_fail(parsing->err, LADLE_E_USAGE, NULL,
			"%s is neither a command nor a file; `ladle help` lists the commands",
			word);
}

/* `ladle dif a b` is a slip of the hand; `ladle run1 run2` names two files, there or not. */
static bool
looks_like_command(const char *word)
{
	return word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] == '\0' && *word;
}

/* The first operand is the subcommand when it is called like one. */
static enum ladle_status
take_operand(struct parsing *parsing, const char *word)
{
	struct options *out = parsing->out;
	bool first = !parsing->has_operand && out->file_count == 0;

	parsing->has_operand = true;
	if (first && subcommand_find(word, &out->subcommand))
		return LADLE_OK;
	if (first && looks_like_command(word) && access(word, F_OK))
		return fail_no_command(parsing, word);
	out->files[out->file_count++] = (struct given_file){.path = word};
	return LADLE_OK;
}

static enum ladle_status
parse(struct parsing *parsing)
{
	while (parsing->at < parsing->argc) {
		const char *word = parsing->argv[parsing->at++];

		if (word[0] != '-' || !word[1])
			TRY(take_operand(parsing, word));
		else if (!strcmp(word, "--"))
			break;
		else if (word[1] == '-')
			TRY(take_long(parsing, word));
		else
			TRY(take_letters(parsing, word));
	}
	while (parsing->at < parsing->argc)
		parsing->out->files[parsing->out->file_count++] =
				(struct given_file){.path = parsing->argv[parsing->at++]};
	return LADLE_OK;
}

static enum ladle_status
check_allowed(const struct options *out, struct ladle_error *err)
{
	const struct subcommand *subcommand = subcommand_of(out->subcommand);

	for (int i = 0; i < out->given_count; i++) {
		const struct option_row *row = option_of(out->given[i].id);

		if (!(row->subcommands >> out->subcommand & 1))
			return ladle_fail(err, LADLE_E_USAGE, NULL, "%s does not take --%s",
					*subcommand->word ? subcommand->word : "the screen",
					row->name);
	}
	return LADLE_OK;
}

enum ladle_status
options_parse(struct options *out, int argc, char **argv, struct ladle_error *err)
{
	struct parsing parsing = {.argc = argc, .at = 1, .argv = argv, .out = out, .err = err};
	size_t most = 1;

	for (int i = 0; i < argc; i++)
		most += strlen(argv[i]); /* a cluster of letters is an option each */
	*out = (struct options){.subcommand = SUBCOMMAND_SCREEN};
	out->given = calloc(most, sizeof(*out->given));
	out->files = calloc((size_t)argc + 1, sizeof(*out->files));
	if (!out->given || !out->files)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the arguments");
	TRY(parse(&parsing));
	/* Help and version are for those who do not know yet what goes with what. */
	if (options_has(out, OPTION_HELP) || options_has(out, OPTION_VERSION))
		return LADLE_OK;
	return check_allowed(out, err);
}

void
options_free(struct options *out)
{
	free(out->given);
	free(out->files);
}

bool
options_has(const struct options *out, enum option_id id)
{
	for (int i = 0; i < out->given_count; i++)
		if (out->given[i].id == id)
			return true;
	return false;
}

const char *
options_value(const struct options *out, enum option_id id)
{
	const char *value = NULL;

	for (int i = 0; i < out->given_count; i++)
		if (out->given[i].id == id)
			value = out->given[i].value;
	return value;
}
