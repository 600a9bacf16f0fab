/* How each kind of cell looks: role.def's themes, and what lines `color` made of them. */
#ifndef APP_ROLES_H
#define APP_ROLES_H

#include <stdbool.h>

#include <ladle.h>

struct buf;
struct words;

enum role {
#define ROLE(id, ...) ROLE_##id,
#include "app/role.def"
#undef ROLE
	ROLE_COUNT
};

enum look_attribute { LOOK_BOLD = 1, LOOK_UNDERLINE = 2, LOOK_REVERSE = 4, LOOK_DIM = 8 };

struct role_look {
	unsigned attributes; /* enum look_attribute, or-ed */
	short color;         /* -1: the terminal's own */
};

/* What a person said of a role; the theme says the rest. */
struct own_look {
	struct role_look look;
	bool has_attributes, has_color;
};

struct roles {
	struct own_look own[ROLE_COUNT];
	unsigned made; /* changes so far */
};

/* `color ROLE [ATTRIBUTE ...] [COLOUR]`, word 0 being the command; with ROLE alone it looks as the
 * theme has it again. E_USAGE names word, column and the nearest. */
enum ladle_status roles_set(struct roles *, const struct words *, struct ladle_error *);
/* theme: a value of `set theme`; colors: that the terminal has. */
struct role_look roles_look(const struct roles *, enum role, const char *theme, int colors);
/* The line `color ..` that gives the role the look that it has, marked where it is a person's own,
 * and what the role is for. */
void roles_line(struct buf *, const struct roles *, enum role, const char *theme, int colors);
/* The i-th word of each kind; NULL behind the last. */
const char *role_name(int i);
const char *look_word(int i);

#endif
