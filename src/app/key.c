#include "app/key.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int key;
} names[] = {{"Enter", CODE_ENTER}, {"Space", CODE_SPACE}, {"Tab", CODE_TAB}, {"Esc", CODE_ESC},
#define X(id, name, bytes) {name, CODE_##id},
		SPECIAL_KEYS(X)
#undef X
};

static const char *const special_bytes[] = {
#define X(id, name, bytes) bytes,
		SPECIAL_KEYS(X)
#undef X
};

/* Decodes the one character that `text` is; 0 when it is more or less than one. */
static int
decode(const char *text, size_t length)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t need = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	int code = need == 1 ? s[0] : s[0] & (0xff >> (need + 1));

	if (length != need)
		return 0;
	for (size_t i = 1; i < need; i++)
		code = code << 6 | (s[i] & 0x3f);
	return code;
}

static size_t
encode(char *dst, int code)
{
	size_t extra = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

	if (extra == 0) {
		dst[0] = (char)code;
		return 1;
	}
	dst[0] = (char)((0xff << (7 - extra) & 0xff) | code >> 6 * extra);
	for (size_t i = 1; i <= extra; i++)
		dst[i] = (char)(0x80 | (code >> 6 * (extra - i) & 0x3f));
	return extra + 1;
}

bool
key_parse(const char *name, size_t length, int *key)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == length && memcmp(names[i].name, name, length) == 0) {
			*key = names[i].key;
			return true;
		}
	if (length == 3 && name[0] == 'C' && name[1] == '-') {
		*key = CODE_CTRL(name[2]);
		return true;
	}
	*key = length == 0 ? 0 : decode(name, length);
	return *key != 0;
}

const char *
key_name_at(int i)
{
	return i < (int)(sizeof(names) / sizeof(names[0])) ? names[i].name : NULL;
}

void
key_text(char dst[16], int key)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].key == key) {
			snprintf(dst, 16, "%s", names[i].name);
			return;
		}
	if (key < 32)
		snprintf(dst, 16, "C-%c", key | 0x60);
	else
		dst[encode(dst, key)] = '\0';
}

size_t
key_bytes(char dst[16], int key)
{
	size_t n = 0;

	if (key > CODE_FIRST && key < CODE_LAST) {
		const char *bytes = special_bytes[key - CODE_FIRST - 1];

		n = strlen(bytes);
		memcpy(dst, bytes, n);
		return n;
	}
	if (key & CODE_META)
		dst[n++] = '\033';
	return n + encode(dst + n, key & ~CODE_META);
}
