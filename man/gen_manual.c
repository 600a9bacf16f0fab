/* Writes the manual's tables and the completions from the lists that the program is made of.
 *
 * gen_manual mdoc TEMPLATE    the manual: lines `@options`, `@commands`, `@keys`, `@settings`,
 *                             `@subcommands` of the template are replaced by the tables
 * gen_manual bash|zsh|fish    completions */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "cli/options.h"

static const struct option_row options[] = {
#define OPTION(id, name, letter, argument, subcommands, help)                                      \
	{name, letter, argument, subcommands, help},
#include "app/option.def"
#undef OPTION
};

static const struct command commands[] = {
#define COMMAND(id, word, arguments, keys, where, kind, help)                                      \
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

static void
print_options(void)
{
	for (size_t i = 0; i < COUNT(options); i++) {
		char word[64];

		if (options[i].letter)
			snprintf(word, sizeof(word), "-%c, --%s", options[i].letter, options[i].name);
		else
			snprintf(word, sizeof(word), "--%s", options[i].name);
		print_item("Sy", word, options[i].argument, options[i].help);
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
		{LAYERS, "layers"}, {MIXER, "mixer"}, {EXPORT, "export"}, {HELP, "help"}};

static const char *
view_of(unsigned where)
{
	for (size_t i = 0; i < COUNT(views); i++)
		if (where & views[i].where)
			return views[i].name;
	return "";
}

static void
print_keys(void)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		const struct command *command = &commands[i];

		if (*command->keys)
			print_item("Sy", command->keys, view_of(command->where), command->help);
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

struct section {
	const char *name;
	void (*print)(void);
};

static const struct section sections[] = {
		{"@options\n", print_options},         {"@commands\n", print_commands},
		{"@keys\n", print_keys},               {"@settings\n", print_settings},
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

static int
print_bash(void)
{
	puts("# bash completion for ladle; made from the program's tables by `make manual`");
	puts("_ladle() {\n\tlocal word=${COMP_WORDS[COMP_CWORD]}");
	fputs("\tif [[ $word == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W '", stdout);
	for (size_t i = 0; i < COUNT(options); i++)
		printf("%s--%s", i ? " " : "", options[i].name);
	puts("' -- \"$word\"))\n\t\treturn\n\tfi\n\tCOMPREPLY=($(compgen -f -- \"$word\"))");
	fputs("\tif ((COMP_CWORD == 1)); then\n\t\tCOMPREPLY+=($(compgen -W '", stdout);
	for (size_t i = 0; i < COUNT(subcommands); i++)
		printf("%s%s", i > 1 ? " " : "", subcommands[i].word);
	puts("' -- \"$word\"))\n\tfi\n}\ncomplete -o filenames -F _ladle ladle");
	return 0;
}

/* Text between single quotes of a shell. */
static void
print_quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (*text == '[' || *text == ']' || *text == ':')
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static int
print_zsh(void)
{
	puts("#compdef ladle\n# made from the program's tables by `make manual`\n_arguments -s \\");
	for (size_t i = 0; i < COUNT(options); i++) {
		printf("\t'--%s[", options[i].name);
		print_quoted(options[i].help);
		printf("]%s' \\\n", options[i].argument ? ":value:_files" : "");
	}
	fputs("\t'1:command or file:_alternative \"commands:command:(", stdout);
	for (size_t i = 0; i < COUNT(subcommands); i++)
		printf("%s%s", i > 1 ? " " : "", subcommands[i].word);
	puts(")\" \"files:file:_files\"' \\\n\t'*:file:_files'");
	return 0;
}

static int
print_fish(void)
{
	puts("# fish completion for ladle; made from the program's tables by `make manual`");
	for (size_t i = 0; i < COUNT(subcommands); i++) {
		if (!*subcommands[i].word)
			continue;
		printf("complete -c ladle -n __fish_use_subcommand -a %s -d '", subcommands[i].word);
		print_quoted(subcommands[i].help);
		puts("'");
	}
	for (size_t i = 0; i < COUNT(options); i++) {
		printf("complete -c ladle -l %s%s", options[i].name, options[i].argument ? " -r" : "");
		if (options[i].letter)
			printf(" -s %c", options[i].letter);
		fputs(" -d '", stdout);
		print_quoted(options[i].help);
		puts("'");
	}
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
