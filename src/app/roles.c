#include "app/roles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/words.h"
#include "base/buf.h"
#include "base/err.h"

static const struct {
	const char *name, *help;
	unsigned attributes;
	short of16, of256, on_white;
} roles_known[ROLE_COUNT] = {
#define ROLE(id, name, letter, attributes, of16, of256, on_white, help) \
	{name, help, (unsigned)(attributes), of16, of256, on_white},
#include "app/role.def"
#undef ROLE
};

enum { PLAIN = 0, COLOR_LARGEST = 255 };

static const struct {
	const char *word;
	unsigned attribute;
} attributes[] = {
		{"bold", LOOK_BOLD},
		{"underline", LOOK_UNDERLINE},
		{"reverse", LOOK_REVERSE},
		{"dim", LOOK_DIM},
		{"plain", PLAIN},
};

/* By number; `default` is the terminal's own. */
static const char *const colors_known[] = {"black", "red", "green", "yellow", "blue", "magenta",
		"cyan", "white", "bright-black", "bright-red", "bright-green", "bright-yellow",
		"bright-blue", "bright-magenta", "bright-cyan", "bright-white"};

enum {
	ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]),
	COLORS_KNOWN = sizeof(colors_known) / sizeof(colors_known[0])
};

const char *
role_name(int i)
{
	return i < ROLE_COUNT ? roles_known[i].name : NULL;
}

const char *
look_word(int i)
{
	if (i < ATTRIBUTES)
		return attributes[i].word;
	if (i < ATTRIBUTES + COLORS_KNOWN)
		return colors_known[i - ATTRIBUTES];
	return i == ATTRIBUTES + COLORS_KNOWN ? "default" : NULL;
}

/* ---- lines ---- */

static enum ladle_status
fail_word(const struct words *words, int i, const char *(*choice)(int), const char *what,
		struct ladle_error *err)
{
	const char *word = words->word[i];
	struct nearest nearest;

	nearest_init(&nearest, word, strlen(word));
	for (int k = 0; choice(k) != NULL; k++)
		nearest_offer(&nearest, choice(k));
	if (nearest.best == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: `%s` is no %s",
				words->column[i], word, what);
	return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: `%s` is no %s; the nearest is `%s`",
			words->column[i], word, what, nearest.best);
}

static enum ladle_status
read_role(const struct words *words, int *role, struct ladle_error *err)
{
	for (*role = 0; *role < ROLE_COUNT; (*role)++)
		if (strcmp(roles_known[*role].name, words->word[1]) == 0)
			return LADLE_OK;
	return fail_word(words, 1, role_name, "part of the screen, which `color` alone lists", err);
}

static bool
read_attribute(const char *word, struct own_look *own)
{
	for (int i = 0; i < ATTRIBUTES; i++)
		if (strcmp(attributes[i].word, word) == 0) {
			own->look.attributes |= attributes[i].attribute;
			own->has_attributes = true;
			return true;
		}
	return false;
}

static bool
read_color(const char *word, short *color)
{
	size_t digits = strspn(word, "0123456789");

	for (int i = 0; i < COLORS_KNOWN; i++)
		if (strcmp(colors_known[i], word) == 0) {
			*color = (short)i;
			return true;
		}
	*color = -1;
	if (strcmp(word, "default") == 0)
		return true;
	if (digits == 0 || digits > 3 || word[digits] != '\0' || atoi(word) > COLOR_LARGEST)
		return false;
	*color = (short)atoi(word);
	return true;
}

enum ladle_status
roles_set(struct roles *roles, const struct words *words, struct ladle_error *err)
{
	struct own_look own = {.look = {0, -1}};
	int role;

	if (words->count < 2)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"`%s` needs ROLE [ATTRIBUTE ...] [COLOUR], as in color differ bold "
				"red",
				words->word[0]);
	TRY(read_role(words, &role, err));
	for (int i = 2; i < words->count; i++) {
		if (read_attribute(words->word[i], &own))
			continue;
		if (own.has_color)
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"column %d: `%s` is one word too many: the colour is the "
					"last",
					words->column[i], words->word[i]);
		if (!read_color(words->word[i], &own.look.color))
			return fail_word(words, i, look_word,
					"attribute, colour or number up to 255", err);
		own.has_color = true;
	}
	roles->own[role] = own;
	roles->made++;
	return LADLE_OK;
}

/* ---- looks ---- */

/* The steps of a map need more than the terminal's own 16 in every theme. */
static short
theme_color(enum role role, const char *theme, int colors)
{
	bool light = strcmp(theme, "light") == 0;
	bool own = !light && strcmp(theme, "colour-blind") != 0;

	if (colors < 256 || (own && role < ROLE_HEAT0))
		return roles_known[role].of16;
	return light ? roles_known[role].on_white : roles_known[role].of256;
}

struct role_look
roles_look(const struct roles *roles, enum role role, const char *theme, int colors)
{
	const struct own_look *own = &roles->own[role];
	struct role_look look = {roles_known[role].attributes, -1};

	if (own->has_attributes)
		look.attributes = own->look.attributes;
	if (colors < 8 || strcmp(theme, "mono") == 0)
		return look;
	look.color = own->has_color && own->look.color < colors ? own->look.color
								: theme_color(role, theme, colors);
	return look;
}

static void
look_text(struct buf *out, struct role_look look)
{
	for (int i = 0; i < ATTRIBUTES; i++)
		if (look.attributes == attributes[i].attribute ||
				(look.attributes & attributes[i].attribute))
			buf_format(out, "%s ", attributes[i].word);
	if (look.color < 0)
		buf_text(out, "default");
	else if (look.color < COLORS_KNOWN)
		buf_text(out, colors_known[look.color]);
	else
		buf_format(out, "%d", look.color);
}

void
roles_line(struct buf *out, const struct roles *roles, enum role role, const char *theme,
		int colors)
{
	const struct own_look *own = &roles->own[role];
	struct buf look;

	buf_init(&look);
	look_text(&look, roles_look(roles, role, theme, colors));
	buf_format(out, "%c color %-7s %-22s %s", own->has_attributes || own->has_color ? '*' : ' ',
			roles_known[role].name, buf_string(&look), roles_known[role].help);
	out->failed = out->failed || look.failed;
	buf_done(&look);
}
