/* Writes the manual's tables and the completions from the lists that the program is made of.
 *
 * gen_manual mdoc TEMPLATE    the manual: lines `@options`, `@commands`, `@keys`, `@settings`,
 *                             `@roles`, `@subcommands` of the template are replaced by the tables
 * gen_manual bash|zsh|fish    completions */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "cli/options.h"

static const struct option_row options[] = {
#define OPTION(id, name, letter, argument, subcommands, help) \
	{name, letter, argument, subcommands, help},
#include "app/option.def"
#undef OPTION
};

static const struct command commands[] = {
#define COMMAND(id, word, arguments, keys, where, kind, help) \
	{COMMAND_##id, word, arguments, keys, where, kind, help},
#include "app/command.def"
#undef COMMAND
};

struct word_row {
	const char *word, *arguments, *help;
};

static const struct word_row subcommands[] = {
#define SUBCOMMAND(id, word, arguments, least, most, function, help) {word, arguments, help},
#include "cli/subcommand.def"
#undef SUBCOMMAND
};

static const struct word_row settings[] = {
#define SETTING(id, name, values, initial, help) {name, values "; " initial, help},
#include "app/setting.def"
#undef SETTING
};

static const struct word_row roles[] = {
#define ROLE(id, name, letter, attributes, of16, of256, on_white, help) {name, NULL, help},
#include "app/role.def"
#undef ROLE
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Text for a macro line: what roff reads as its own is escaped, words of one argument quoted. */
static void
print_roff(const char *text)
{
	if (strchr(".':?!;,()[]|", *text))
		fputs("\\&", stdout); /* else roff takes it for a request or for punctuation */
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '"')
			fputs("\\(dq", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\'')
			fputs("\\(aq", stdout);
		else if (*text == '^')
			fputs("\\(ha", stdout);
		else if (*text == '~')
			fputs("\\(ti", stdout);
		else
			putchar(*text);
	}
}

static void
print_item(const char *macro, const char *word, const char *arguments, const char *help)
{
	printf(".It %s \"", macro);
	print_roff(word);
	putchar('"');
	if (arguments && *arguments) {
		fputs(" Ar \"", stdout);
		print_roff(arguments);
		putchar('"');
	}
	putchar('\n');
	print_roff(help);
	putchar('\n');
}

/* "(avg, diff)"; nothing when all take it. */
static void
print_takers(const struct option_row *option)
{
	const char *between = "(";

	if (option->subcommands == ALL)
		return;
	for (size_t i = 0; i < COUNT(subcommands); i++) {
		if (!(option->subcommands >> i & 1))
			continue;
		printf("%s%s", between, i ? subcommands[i].word : "the screen");
		between = ", ";
	}
	puts(")");
}

static void
print_options(void)
{
	for (size_t i = 0; i < COUNT(options); i++) {
		char word[64];

		if (options[i].letter)
			snprintf(word, sizeof(word), "-%c, --%s", options[i].letter,
					options[i].name);
		else
			snprintf(word, sizeof(word), "--%s", options[i].name);
		print_item("Sy", word, options[i].argument, options[i].help);
		print_takers(&options[i]);
	}
}

static void
print_commands(void)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (commands[i].kind != FACE)
			print_item("Ic", commands[i].word, commands[i].arguments, commands[i].help);
}

struct view_row {
	unsigned where;
	const char *name;
};

static const struct view_row views[] = {
#define VIEW(id, bit, name) {bit, name},
#include "app/view.def"
#undef VIEW
};

/* "layers, help"; "" for all. */
static void
append_views(char *out, size_t size, unsigned where)
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < COUNT(views); i++)
		if (where & views[i].where)
			length += (size_t)snprintf(out + length, size - length, "%s%s",
					length ? ", " : "", views[i].name);
}

static void
print_keys(void)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		const struct command *command = &commands[i];
		char where[64];

		append_views(where, sizeof(where), command->where);
		if (*command->keys)
			print_item("Sy", command->keys, where, command->help);
	}
}

static void
print_subcommands(void)
{
	for (size_t i = 0; i < COUNT(subcommands); i++) {
		char word[32];

		snprintf(word, sizeof(word), "ladle %s", subcommands[i].word);
		print_item("Ic", word, subcommands[i].arguments, subcommands[i].help);
	}
}

static void
print_settings(void)
{
	for (size_t i = 0; i < COUNT(settings); i++)
		print_item("Ic", settings[i].word, settings[i].arguments, settings[i].help);
}

static void
print_roles(void)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		print_item("Ic", roles[i].word, roles[i].arguments, roles[i].help);
}

struct section {
	const char *name;
	void (*print)(void);
};

static const struct section sections[] = {
		{"@options\n", print_options},
		{"@commands\n", print_commands},
		{"@keys\n", print_keys},
		{"@settings\n", print_settings},
		{"@roles\n", print_roles},
		{"@subcommands\n", print_subcommands},
};

static int
print_mdoc(const char *template_)
{
	FILE *file = fopen(template_, "r");
	char line[1024];

	if (!file)
		return perror(template_), 1;
	while (fgets(line, sizeof(line), file)) {
		size_t i = 0;

		while (i < COUNT(sections) && strcmp(line, sections[i].name))
			i++;
		if (i < COUNT(sections))
			sections[i].print();
		else
			fputs(line, stdout);
	}
	fclose(file);
	return 0;
}

/* ---- completions ---- */

static bool
takes(const struct option_row *option, size_t subcommand)
{
	return option->subcommands >> subcommand & 1;
}

/* "h5|weights|keras": an argument in small letters is the list of what it may be. */
static bool
is_list(const char *argument)
{
	return argument && *argument >= 'a' && *argument <= 'z';
}

static bool
is_file(const char *argument)
{
	return argument && (!strcmp(argument, "FILE") || !strcmp(argument, "OUT"));
}

/* The words of "a|b|c" with blanks between. */
static void
print_list(const char *words)
{
	for (; *words; words++)
		putchar(*words == '|' ? ' ' : *words);
}

static void
print_subcommand_words(void)
{
	for (size_t i = 1; i < COUNT(subcommands); i++)
		printf("%s%s", i > 1 ? " " : "", subcommands[i].word);
}

static void
print_command_words(void)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		printf("%s%s", i ? " " : "", commands[i].word);
}

static void
print_bash_case(const struct option_row *option)
{
	if (!option->argument)
		return;
	fputs("\t", stdout);
	if (option->letter)
		printf("-%c | ", option->letter);
	printf("--%s) ", option->name);
	if (is_list(option->argument)) {
		fputs("words='", stdout);
		print_list(option->argument);
		fputs("' ;;\n", stdout);
	} else {
		puts(is_file(option->argument) ? "files=1 ;;" : ";;");
	}
}

static void
print_bash_options(size_t subcommand)
{
	printf("\t\t%s) words='", subcommand ? subcommands[subcommand].word : "*");
	for (size_t i = 0; i < COUNT(options); i++)
		if (takes(&options[i], subcommand))
			printf("--%s ", options[i].name);
	puts("' ;;");
}

static int
print_bash(void)
{
	puts("# bash completion for ladle; made from the program's tables by `make manual`");
	puts("_ladle() {");
	puts("\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words= "
	     "files=");
	puts("\tcase $before in");
	for (size_t i = 0; i < COUNT(options); i++)
		print_bash_case(&options[i]);
	puts("\t*)\n\t\tfiles=1\n\t\t[[ $word != -* ]] || case ${COMP_WORDS[1]} in");
	for (size_t i = 1; i < COUNT(subcommands); i++)
		print_bash_options(i);
	print_bash_options(0);
	fputs("\t\tesac\n\t\t[[ $word == -* || $COMP_CWORD != 1 ]] || words='", stdout);
	print_subcommand_words();
	fputs("'\n\t\t[[ ${COMP_WORDS[1]} != help || $COMP_CWORD != 2 ]] || words='", stdout);
	print_subcommand_words();
	putchar(' ');
	print_command_words();
	puts("' files=\n\t\t;;\n\tesac");
	puts("\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))");
	puts("\t[[ -z $files ]] || COMPREPLY+=($(compgen -f -- \"$word\"))\n}");
	puts("complete -o filenames -F _ladle ladle");
	return 0;
}

/* Text between single quotes of a shell; zsh also has its own meaning for []:. */
static void
print_quoted(const char *text, const char *escaped)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr(escaped, *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void
print_zsh_argument(const struct option_row *option)
{
	if (!option->argument)
		return;
	fputs(":value:", stdout);
	if (is_list(option->argument)) {
		putchar('(');
		print_list(option->argument);
		putchar(')');
	} else if (is_file(option->argument)) {
		fputs("_files", stdout);
	}
}

/* Several --mix, --skip and -n may stand in a line. */
static bool
is_repeatable(const struct option_row *option)
{
	return !strcmp(option->name, "mix") || !strcmp(option->name, "skip") ||
	       !strcmp(option->name, "name");
}

static void
print_zsh_option(const struct option_row *option)
{
	const char *star = is_repeatable(option) ? "*" : "";

	if (option->letter)
		printf("\t\t'%s'{-%c,--%s}'[", star, option->letter, option->name);
	else
		printf("\t\t'%s--%s[", star, option->name);
	print_quoted(option->help, "[]:");
	putchar(']');
	print_zsh_argument(option);
	puts("'");
}

static void
print_zsh_case(size_t subcommand)
{
	printf("%s)\n\toptions+=(\n", subcommand ? subcommands[subcommand].word : "*");
	for (size_t i = 0; i < COUNT(options); i++)
		if (takes(&options[i], subcommand) && options[i].subcommands != ALL)
			print_zsh_option(&options[i]);
	puts("\t)\n\t;;");
}

static int
print_zsh(void)
{
	puts("#compdef ladle\n# made from the program's tables by `make manual`");
	puts("local -a options\noptions=(");
	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].subcommands == ALL)
			print_zsh_option(&options[i]);
	puts(")\ncase $words[2] in");
	for (size_t i = 1; i < COUNT(subcommands); i++)
		print_zsh_case(i);
	print_zsh_case(0);
	fputs("esac\nif [[ $words[2] == help ]]; then\n\toptions+=('2:command:(", stdout);
	print_subcommand_words();
	putchar(' ');
	print_command_words();
	puts(")')\nfi");
	fputs("_arguments -s $options '1:command or file:_alternative \"commands:command:(",
			stdout);
	print_subcommand_words();
	puts(")\" \"files:file:_files\"' '*:file:_files'");
	return 0;
}

/* A condition: one of the subcommands that take it was typed; for the screen's: none was. */
static void
print_fish_takers(const struct option_row *option)
{
	const char *between = "__fish_seen_subcommand_from";

	if (takes(option, 0)) {
		fputs("not __fish_seen_subcommand_from ", stdout);
		print_subcommand_words();
		between = "; or __fish_seen_subcommand_from";
	}
	for (size_t i = 1; i < COUNT(subcommands); i++) {
		if (!takes(option, i))
			continue;
		printf("%s %s", between, subcommands[i].word);
		between = "";
	}
}

static void
print_fish_option(const struct option_row *option)
{
	fputs("complete -c ladle", stdout);
	if (option->subcommands != ALL) {
		fputs(" -n '", stdout);
		print_fish_takers(option);
		putchar('\'');
	}
	printf(" -l %s", option->name);
	if (option->letter)
		printf(" -s %c", option->letter);
	if (is_list(option->argument)) {
		fputs(" -x -a '", stdout);
		print_list(option->argument);
		putchar('\'');
	} else if (option->argument) {
		fputs(is_file(option->argument) ? " -r" : " -x", stdout);
	}
	fputs(" -d '", stdout);
	print_quoted(option->help, "");
	puts("'");
}

static int
print_fish(void)
{
	puts("# fish completion for ladle; made from the program's tables by `make manual`");
	for (size_t i = 1; i < COUNT(subcommands); i++) {
		printf("complete -c ladle -n __fish_use_subcommand -a %s -d '",
				subcommands[i].word);
		print_quoted(subcommands[i].help, "");
		puts("'");
	}
	fputs("complete -c ladle -f -n '__fish_seen_subcommand_from help' -a '", stdout);
	print_command_words();
	puts("'");
	for (size_t i = 0; i < COUNT(options); i++)
		print_fish_option(&options[i]);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "mdoc"))
		return print_mdoc(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "bash"))
		return print_bash();
	if (argc == 2 && !strcmp(argv[1], "zsh"))
		return print_zsh();
	if (argc == 2 && !strcmp(argv[1], "fish"))
		return print_fish();
	fputs("usage: gen_manual mdoc TEMPLATE | bash | zsh | fish\n", stderr);
	return 2;
}
