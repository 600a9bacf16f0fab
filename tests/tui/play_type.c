#include "tui/play_type.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- chance ---- */

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t
draw(uint64_t *random)
{
	uint64_t z = *random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned
below(uint64_t *random, size_t limit)
{
	return (unsigned)(draw(random) % limit);
}

/* ---- what is typed ---- */

static const struct {
	const char *word, *keys;
} commands[] = {
#define COMMAND(id, word, arguments, keys, ...) {word, keys},
#include "app/command.def"
#undef COMMAND
};

static const struct {
	const char *name, *values;
} settings[] = {
#define SETTING(id, name, values, ...) {name, values},
#include "app/setting.def"
#undef SETTING
};

/* Names of keys in command.def, and the forms that terminals send. */
static const struct {
	const char *name, *bytes;
} named_keys[] = {
		{"Up", "\033[A"},
		{"Up", "\033OA"},
		{"Down", "\033[B"},
		{"Down", "\033OB"},
		{"Right", "\033[C"},
		{"Left", "\033OD"},
		{"Home", "\033[1~"},
		{"Home", "\033OH"},
		{"End", "\033[F"},
		{"PgUp", "\033[5~"},
		{"PgDn", "\033[6~"},
		{"Enter", "\r"},
		{"Space", " "},
		{"Tab", "\t"},
		{"S-Tab", "\033[Z"},
		{"Esc", "\033"},
		{"F1", "\033OP"},
		{"F2", "\033OQ"},
		{"F3", "\033[13~"},
		{"F4", "\033OS"},
		{"F5", "\033[15~"},
		{"F6", "\033[17~"},
};

static const char *const odd_bytes[] = {"\033[1;5q", "\033[?64;1c", "\033[99;1x", "\033[>1q",
		"\033]0;x\a", "\033P1$r0m\033\\", "\033[", "\033O", "\033[<", "\033[<0;",
		"\033[<0;1;", "\033[200~", "\033[201~", "\033[3~", "\177", "\b", "\033x",
		"\033\033", "\302\233A", "\377\376", "\360\237\221\251", "\xe6\xbc", "\xa2",
		"\033[I", "\033[O", "\033[27;5;9~", "\033[97;5u", "\003", "\007", "\022caf\xc3\xa9",
		"\022k\003", "\020", "\016", "\001", "\005", "\013", "\031", "\027", "\025", "\030",
		"9999999999", "0", "gg", "]c", "[c"};

static const char *const arguments[] = {"A", "B", "C", "Z", "A=1", "B=0", "A=.5", "C=-1", "A=nan",
		"A=1e309", "A=1 B=0 on conv*", "on", "off", "to", "by exact", "by raw", "seed 3",
		"conv*", "*", "*kernel*", "[", "(", "\\", "'", "\"", "\"\\x00\"", "\"\\xff\\n\"",
		"!bias", "1", "2", "0", "-1", "99999999999999999999", "A:conv_a B:conv_b",
		"B:conv_a A:digits", "idle", "keep", "drop", "name", "file", "bn,norm", "none",
		"flag=X", "state=drift", "out.h5", "out.keras", "deep/er/out.h5", "out.html",
		"out.svg", "recipe", "漢字", "e\xcc\x81", "\xff\xfe", "../inputs/run-epoch06.h5",
		"../inputs/none.h5", "..", ".", "#", "as Q", "~", "../inputs/seed11.keras",
		"../inputs/Makefile"};

static const char *const pasted[] = {"q", ":q!\r", "conv*", "A=.25 B=.75", "line\nline\n",
		"\033[31m", "漢字 e\xcc\x81", "\xff\xfe", "", "a\tb", "../inputs/run-epoch08.h5"};

static void
add(char *dst, size_t size, const char *format, ...)
{
	size_t used = strlen(dst);
	va_list args;

	va_start(args, format);
	vsnprintf(dst + used, size - used, format, args);
	va_end(args);
}

/* One of words divided by `divider`. */
static void
pick_word(uint64_t *random, char *dst, size_t size, const char *words, char divider)
{
	int count = 1, chosen;

	for (const char *s = words; *s != '\0'; s++)
		count += *s == divider;
	for (chosen = (int)below(random, (size_t)count); chosen > 0; chosen--)
		words = strchr(words, divider) + 1;
	snprintf(dst, size, "%.*s", (int)strcspn(words, (char[]){divider, '\0'}), words);
}

/* A key of some command, as bytes. */
static void
type_key(uint64_t *random, char *dst, size_t size)
{
	unsigned start = below(random, COUNT(named_keys));
	char key[32];

	do
		pick_word(random, key, sizeof(key), PICK(random, commands).keys, ' ');
	while (key[0] == '\0');
	for (size_t i = 0; i < COUNT(named_keys); i++) {
		size_t at = (i + start) % COUNT(named_keys);

		if (strcmp(key, named_keys[at].name) == 0) {
			snprintf(dst, size, "%s", named_keys[at].bytes);
			return;
		}
	}
	/* Leaving again and again would make short games. */
	if (strcmp(key, "q") == 0 && below(random, 8) > 0)
		strcpy(key, "j");
	if (strncmp(key, "C-", 2) == 0)
		snprintf(dst, size, "%c", key[2] & 0x1f);
	else
		snprintf(dst, size, "%s", key);
	if (below(random, 10) == 0)
		add(dst, size, "%s", dst);
}

static void
type_set(uint64_t *random, char *dst, size_t size)
{
	unsigned which = below(random, COUNT(settings));
	char value[64];

	pick_word(random, value, sizeof(value), settings[which].values, '|');
	if (below(random, 6) == 0)
		snprintf(value, sizeof(value), "%u", below(random, 3) * 77777777);
	add(dst, size, ":set %s=%s\r", settings[which].name, value);
}

/* A command with arguments that may fit. The first word may be a beginning; some lines are never
 * finished. */
static void
type_line(uint64_t *random, char *dst, size_t size)
{
	const char *word = PICK(random, commands).word;

	if (below(random, 6) == 0) {
		type_set(random, dst, size);
		return;
	}
	if (strcmp(word, "quit") == 0 && below(random, 8) > 0)
		word = "mix";
	add(dst, size, ":%s", word);
	for (unsigned left = below(random, 4); left > 0; left--)
		add(dst, size, " %s", PICK(random, arguments));
	switch (below(random, 12)) {
	case 0:
		add(dst, size, "\t\t");
		return;
	case 1:
		add(dst, size, "\033");
		return;
	default:
		add(dst, size, "\r");
	}
}

static void
type_mouse(uint64_t *random, char *dst, size_t size)
{
	static const int buttons[] = {
			0, 0, 0, 1, 2, 32, 32, 35, 64, 65, 66, 67, 4, 8, 16, 128, 999};

	for (unsigned left = below(random, 4) + 1; left > 0; left--)
		add(dst, size, "\033[<%d;%u;%u%c", PICK(random, buttons), below(random, 420),
				below(random, 60), below(random, 3) == 0 ? 'm' : 'M');
}

static void
type_noise(uint64_t *random, char *dst, size_t size)
{
	for (unsigned left = below(random, 12); left > 0; left--)
		add(dst, size, "%c", below(random, 255) + 1);
}

static void
type_paste(uint64_t *random, char *dst, size_t size)
{
	add(dst, size, "\033[200~%s%s", PICK(random, pasted),
			below(random, 9) == 0 ? "" : "\033[201~");
}

static void
type_odd(uint64_t *random, char *dst, size_t size)
{
	add(dst, size, "%s", PICK(random, odd_bytes));
}

void
type_anything(uint64_t *random, char *dst, size_t size)
{
	static void (*const types[])(uint64_t *, char *, size_t) = {type_key, type_key, type_key,
			type_key, type_key, type_key, type_line, type_line, type_mouse, type_noise,
			type_paste, type_odd};

	PICK(random, types)(random, dst, size);
}
