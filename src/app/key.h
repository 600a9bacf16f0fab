/* Keys as the screen knows them: a character is its own code, the others follow CODE_FIRST. */
#ifndef APP_KEY_H
#define APP_KEY_H

#include <stdbool.h>
#include <stddef.h>

/* X(id, name in command.def, bytes that readline understands) */
#define SPECIAL_KEYS(X)                   \
	X(UP, "Up", "\033[A")             \
	X(DOWN, "Down", "\033[B")         \
	X(RIGHT, "Right", "\033[C")       \
	X(LEFT, "Left", "\033[D")         \
	X(HOME, "Home", "\033[H")         \
	X(END, "End", "\033[F")           \
	X(DELETE, "Delete", "\033[3~")    \
	X(BACKSPACE, "Backspace", "\177") \
	X(SHIFT_TAB, "S-Tab", "\033[Z")   \
	X(PAGE_UP, "PgUp", "")            \
	X(PAGE_DOWN, "PgDn", "")          \
	X(F1, "F1", "")                   \
	X(F2, "F2", "")                   \
	X(F3, "F3", "")                   \
	X(F4, "F4", "")                   \
	X(F5, "F5", "")                   \
	X(F6, "F6", "")                   \
	X(F7, "F7", "")                   \
	X(F8, "F8", "")                   \
	X(F9, "F9", "")                   \
	X(F10, "F10", "")                 \
	X(F11, "F11", "")                 \
	X(F12, "F12", "")

enum {
	CODE_TAB = 9,
	CODE_ENTER = 13,
	CODE_ESC = 27,
	CODE_SPACE = 32,
	CODE_FIRST = 0x110000, /* one past Unicode */
#define X(id, name, bytes) CODE_##id,
	SPECIAL_KEYS(X)
#undef X
			CODE_LAST,
	CODE_META = 0x400000 /* or-ed to a character that came right after ESC */
};

#define CODE_CTRL(c) ((c)&0x1f)

/* One key as command.def writes it: "j", "Down", "C-d". False when it is not one key. */
bool key_parse(const char *name, size_t length, int *key);
/* The names of keys that are no characters; NULL behind the last. */
const char *key_name_at(int i);
/* The same the other way round. */
void key_text(char dst[16], int key);
/* What readline reads for this key; returns the number of bytes, 0: nothing. */
size_t key_bytes(char dst[16], int key);

#endif
