#include "cli/options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
	struct options *out;
	struct ladle_error *err;
};

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
	if (id == OPTION_NAME) {
		const char *equals = strchr(value, '=');

		if (!equals || equals == value || !equals[1])
			return ladle_fail(parsing->err, LADLE_E_USAGE, NULL, "%s is not NAME=FILE",
					value);
		out->files[out->file_count++] =
				(struct given_file){value, (size_t)(equals - value), equals + 1};
		return LADLE_OK;
	}
	out->given[out->given_count++] = (struct given_option){id, value};
	return LADLE_OK;
}

/* Number of changes that make one word of the other (Levenshtein), capped. */
static int
distance(const char *a, const char *b)
{
	enum { MOST = 32 };
	int row[MOST + 1];
	int length = (int)strlen(b);

	if (length > MOST || strlen(a) > MOST)
		return MOST;
	for (int j = 0; j <= length; j++)
		row[j] = j;
	for (int i = 0; a[i]; i++) {
		int corner = row[0];

		row[0] = i + 1;
		for (int j = 0; j < length; j++) {
			int change = corner + (a[i] != b[j]),
			    least = row[j] < row[j + 1] ? row[j] : row[j + 1];

			corner = row[j + 1];
			row[j + 1] = change < least + 1 ? change : least + 1;
		}
	}
	return row[length];
}

static const char *
nearest_option(const char *name)
{
	const char *best = options[0].name;
	int least = INT32_MAX;

	for (int i = 0; i < OPTION_COUNT; i++) {
		int apart = distance(name, options[i].name);

		if (apart < least) {
			least = apart;
			best = options[i].name;
		}
	}
	return best;
}

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
	return ladle_fail(parsing->err, LADLE_E_USAGE, NULL, "unknown option %s; nearest is --%s",
			word, nearest_option(name));
}

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

static void
take_file(struct options *out, const char *path)
{
	out->files[out->file_count++] = (struct given_file){.path = path};
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

static enum ladle_status
parse(struct parsing *parsing)
{
	bool only_files = false;

	if (parsing->argc > 1 && subcommand_find(parsing->argv[1], &parsing->out->subcommand))
		parsing->at++;
	while (parsing->at < parsing->argc) {
		const char *word = parsing->argv[parsing->at++];

		if (only_files || word[0] != '-' || !word[1])
			take_file(parsing->out, word);
		else if (!strcmp(word, "--"))
			only_files = true;
		else if (word[1] == '-')
			TRY(take_long(parsing, word));
		else
			TRY(take_letters(parsing, word));
	}
	return LADLE_OK;
}

enum ladle_status
options_parse(struct options *out, int argc, char **argv, struct ladle_error *err)
{
	struct parsing parsing = {.argc = argc, .at = 1, .argv = argv, .out = out, .err = err};
	size_t most = 1;
	enum ladle_status status;

	for (int i = 0; i < argc; i++)
		most += strlen(argv[i]); /* a cluster of letters is an option each */
	*out = (struct options){.subcommand = SUBCOMMAND_SCREEN};
	out->given = calloc(most, sizeof(*out->given));
	out->files = calloc((size_t)argc + 1, sizeof(*out->files));
	if (!out->given || !out->files)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the arguments");
	status = parse(&parsing);
	/* Help and version are for those who do not know yet what goes with what. */
	if (status != LADLE_OK || options_has(out, OPTION_HELP) || options_has(out, OPTION_VERSION))
		return status;
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
