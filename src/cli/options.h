/* The arguments of the program, parsed by the table of options. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <ladle.h>

enum subcommand_id {
#define SUBCOMMAND(id, ...) SUBCOMMAND_##id,
#include "cli/subcommand.def"
#undef SUBCOMMAND
	SUBCOMMAND_COUNT
};

/* The column `subcommands` of option.def is made of these. */
enum subcommand_mask {
#define SUBCOMMAND(id, ...) id = 1 << SUBCOMMAND_##id,
#include "cli/subcommand.def"
#undef SUBCOMMAND
	ALL = ~0
};

enum option_id {
#define OPTION(id, ...) OPTION_##id,
#include "app/option.def"
#undef OPTION
	OPTION_COUNT
};

struct option_row {
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* NULL: takes none */
	int subcommands;      /* enum subcommand_mask, or-ed */
	const char *help;
};

const struct option_row *option_of(enum option_id);

struct given_option {
	enum option_id id;
	const char *value; /* NULL: takes none */
};

/* A file, or NAME=FILE of -n. */
struct given_file {
	const char *name; /* NULL: the next letter; else not ended by NUL but name_length long */
	size_t name_length;
	const char *path;
};

struct options {
	enum subcommand_id subcommand;
	struct given_option *given;
	int given_count;
	struct given_file *files; /* in the order of the command line; all operands */
	int file_count;
};

/* Strings are borrowed from argv. E_USAGE names the word and the nearest one that is valid; what
 * was parsed until then stands in *out. Free it in any case. */
enum ladle_status options_parse(struct options *out, int argc, char **argv, struct ladle_error *);
void options_free(struct options *);
bool options_has(const struct options *, enum option_id);
/* The last value given, or NULL. */
const char *options_value(const struct options *, enum option_id);

#endif
