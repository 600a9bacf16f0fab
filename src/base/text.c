#include "base/text.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"

enum { MAX_COMBINING = 2, ESCAPE_SIZE = 16 };

struct range {
	uint32_t first, last;
};

/* Characters that print nothing, or move or reorder what stands around them. */
static const struct range hidden[] = {
		{0x0000, 0x001f},   /* C0 */
		{0x007f, 0x009f},   /* DEL, C1 */
		{0x00ad, 0x00ad},   /* soft hyphen */
		{0x061c, 0x061c},   /* Arabic letter mark */
		{0x115f, 0x1160},   /* Hangul fillers */
		{0x180e, 0x180e},   /* Mongolian vowel separator */
		{0x200b, 0x200f},   /* zero-width space and joiners, direction marks */
		{0x2028, 0x202e},   /* line and paragraph separator, bidi embeddings */
		{0x2060, 0x206f},   /* word joiner, bidi isolates, invisible operators */
		{0x3164, 0x3164},   /* Hangul filler */
		{0xfe00, 0xfe0f},   /* variation selectors: they change widths */
		{0xfeff, 0xfeff},   /* zero-width no-break space */
		{0xffa0, 0xffa0},   /* halfwidth Hangul filler */
		{0xfff0, 0xfffb},   /* specials, interlinear annotation */
		{0xfffe, 0xffff},   /* no characters */
		{0xe000, 0xf8ff},   /* private use: every font draws them as it likes */
		{0xe0000, 0xe0fff}, /* tags, variation selectors supplement */
		{0xf0000, 0x10ffff},
};

/* Two columns wide (Unicode's East Asian Width W and F, in the blocks that matter). */
static const struct range wide[] = {
		{0x1100, 0x115e},
		{0x231a, 0x231b},
		{0x2329, 0x232a},
		{0x23e9, 0x23ec},
		{0x23f0, 0x23f0},
		{0x23f3, 0x23f3},
		{0x25fd, 0x25fe},
		{0x2614, 0x2615},
		{0x2648, 0x2653},
		{0x267f, 0x267f},
		{0x2693, 0x2693},
		{0x26a1, 0x26a1},
		{0x26aa, 0x26ab},
		{0x26bd, 0x26be},
		{0x26c4, 0x26c5},
		{0x26ce, 0x26ce},
		{0x26d4, 0x26d4},
		{0x26ea, 0x26ea},
		{0x26f2, 0x26f3},
		{0x26f5, 0x26f5},
		{0x26fa, 0x26fa},
		{0x26fd, 0x26fd},
		{0x2705, 0x2705},
		{0x270a, 0x270b},
		{0x2728, 0x2728},
		{0x274c, 0x274c},
		{0x274e, 0x274e},
		{0x2753, 0x2755},
		{0x2757, 0x2757},
		{0x2795, 0x2797},
		{0x27b0, 0x27b0},
		{0x27bf, 0x27bf},
		{0x2b1b, 0x2b1c},
		{0x2b50, 0x2b50},
		{0x2b55, 0x2b55},
		{0x2e80, 0x303e},
		{0x3041, 0x3163},
		{0x3165, 0x33ff},
		{0x3400, 0x4dbf},
		{0x4e00, 0x9fff},
		{0xa000, 0xa4cf},
		{0xa960, 0xa97f},
		{0xac00, 0xd7a3},
		{0xf900, 0xfaff},
		{0xfe30, 0xfe6f},
		{0xff01, 0xff60},
		{0xffe0, 0xffe6},
		{0x16fe0, 0x18cff},
		{0x1b000, 0x1b2ff},
		{0x1f004, 0x1f004},
		{0x1f0cf, 0x1f0cf},
		{0x1f18e, 0x1f18e},
		{0x1f191, 0x1f19a},
		{0x1f200, 0x1f265},
		{0x1f300, 0x1f320},
		{0x1f32d, 0x1f335},
		{0x1f337, 0x1f37c},
		{0x1f37e, 0x1f393},
		{0x1f3a0, 0x1f3ca},
		{0x1f3cf, 0x1f3d3},
		{0x1f3e0, 0x1f3f0},
		{0x1f3f4, 0x1f3f4},
		{0x1f3f8, 0x1f43e},
		{0x1f440, 0x1f440},
		{0x1f442, 0x1f4fc},
		{0x1f4ff, 0x1f53d},
		{0x1f54b, 0x1f54e},
		{0x1f550, 0x1f567},
		{0x1f57a, 0x1f57a},
		{0x1f595, 0x1f596},
		{0x1f5a4, 0x1f5a4},
		{0x1f5fb, 0x1f64f},
		{0x1f680, 0x1f6c5},
		{0x1f6cc, 0x1f6cc},
		{0x1f6d0, 0x1f6d7},
		{0x1f6dc, 0x1f6df},
		{0x1f6eb, 0x1f6ec},
		{0x1f6f4, 0x1f6fc},
		{0x1f7e0, 0x1f7f0},
		{0x1f90c, 0x1f9ff},
		{0x1fa70, 0x1faff},
		{0x20000, 0x3fffd},
};

/* Ride on the character before them. */
static const struct range combining[] = {
		{0x0300, 0x036f},
		{0x0483, 0x0489},
		{0x0591, 0x05bd},
		{0x05bf, 0x05bf},
		{0x05c1, 0x05c2},
		{0x05c4, 0x05c5},
		{0x05c7, 0x05c7},
		{0x0610, 0x061a},
		{0x064b, 0x065f},
		{0x0670, 0x0670},
		{0x06d6, 0x06dc},
		{0x06df, 0x06e4},
		{0x06e7, 0x06e8},
		{0x06ea, 0x06ed},
		{0x0711, 0x0711},
		{0x0730, 0x074a},
		{0x0900, 0x0902},
		{0x093a, 0x093a},
		{0x093c, 0x093c},
		{0x0941, 0x0948},
		{0x094d, 0x094d},
		{0x0951, 0x0957},
		{0x0981, 0x0981},
		{0x0e31, 0x0e31},
		{0x0e34, 0x0e3a},
		{0x0e47, 0x0e4e},
		{0x1ab0, 0x1aff},
		{0x1dc0, 0x1dff},
		{0x20d0, 0x20ff},
		{0x302a, 0x302d},
		{0x3099, 0x309a},
		{0xfe20, 0xfe2f},
};

#define IN(table, code) in_ranges(table, sizeof(table) / sizeof((table)[0]), code)

static bool
in_ranges(const struct range *table, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++)
		if (code >= table[i].first && code <= table[i].last)
			return true;
	return false;
}

/* Bytes of the well-formed UTF-8 character at `at`, 0 when there is none (Unicode table 3-7). */
static size_t
utf8_decode(const unsigned char *at, size_t left, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead = at[0];
	size_t size = lead < 0x80                  ? 1
		      : lead < 0xc2 || lead > 0xf4 ? 0
		      : lead < 0xe0                ? 2
		      : lead < 0xf0                ? 3
						   : 4;

	if (!size || size > left)
		return 0;
	*code = size == 1 ? at[0] : at[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (at[i] & 0x3fu);
	}
	if (*code < least[size] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return size;
}

static int
columns_of(uint32_t code)
{
	if (code < 0x300)
		return 1;
	return IN(combining, code) ? 0 : IN(wide, code) ? 2 : 1;
}

/* Curses and the terminal go by the system's table, which knows other characters than ours does:
 * what they disagree about would tear the line. A locale that is not UTF-8 knows none. */
static bool
system_agrees(uint32_t code, int columns)
{
	return code < 0x80 || wcwidth((wchar_t)code) == columns || wcwidth(0xe9) < 0;
}

/* One character as it may be shown. */
struct shown {
	char text[ESCAPE_SIZE];
	size_t size; /* bytes of text */
	int columns;
	size_t taken; /* bytes of the raw text */
};

static struct shown
escape(const unsigned char *at, size_t size, uint32_t code)
{
	struct shown shown = {.taken = size ? size : 1};
	int len = size < 2 ? snprintf(shown.text, ESCAPE_SIZE, "\\x%02x", at[0])
			   : snprintf(shown.text, ESCAPE_SIZE, "\\u{%04X}", (unsigned)code);

	shown.size = (size_t)len;
	shown.columns = len;
	return shown;
}

static struct shown
show(const unsigned char *at, size_t left, int *marks, bool ascii)
{
	struct shown shown = {.columns = 0};
	uint32_t code = 0;
	size_t size = utf8_decode(at, left, &code);
	int columns = size ? columns_of(code) : 1;
	bool plain = size && !IN(hidden, code) && !(ascii && code > 0x7e) &&
		     system_agrees(code, columns);

	*marks = columns ? 0 : *marks + 1;
	if (!plain || *marks > MAX_COMBINING)
		return escape(at, size, code);
	memcpy(shown.text, at, size);
	shown.size = shown.taken = size;
	shown.columns = columns;
	return shown;
}

int
text_clean(char *dst, size_t size, const char *raw, size_t len, bool ascii)
{
	const unsigned char *at = (const unsigned char *)raw;
	size_t used = 0;
	int columns = 0, marks = MAX_COMBINING; /* a mark with no base is escaped */

	while (len) {
		struct shown shown = show(at, len, &marks, ascii);

		if (used + shown.size + 1 > size)
			break;
		memcpy(dst + used, shown.text, shown.size);
		used += shown.size;
		columns += shown.columns;
		at += shown.taken;
		len -= shown.taken;
	}
	if (size)
		dst[used] = '\0';
	return columns;
}

void
text_clean_append(struct buf *buf, const char *raw, bool ascii)
{
	const unsigned char *at = (const unsigned char *)raw;
	size_t len = strlen(raw);
	int marks = MAX_COMBINING;

	while (len) {
		struct shown shown = show(at, len, &marks, ascii);

		buf_append(buf, shown.text, shown.size);
		at += shown.taken;
		len -= shown.taken;
	}
}

/* The longest beginning of clean text that takes at most `columns`; its bytes. */
static size_t
head(const char *clean, int columns, int *used)
{
	const unsigned char *at = (const unsigned char *)clean;
	size_t left = strlen(clean), bytes = 0;

	*used = 0;
	while (left) {
		uint32_t code = 0;
		size_t size = utf8_decode(at + bytes, left, &code);
		int width = size ? columns_of(code) : 1;

		size = size ? size : 1;
		if (*used + width > columns)
			break;
		*used += width;
		bytes += size;
		left -= size;
	}
	return bytes;
}

int
text_width(const char *clean)
{
	int used;

	head(clean, INT32_MAX, &used);
	return used;
}

size_t
text_fit_size(int columns)
{
	/* Each column holds a base of up to 4 bytes and MAX_COMBINING marks of up to 4. */
	return (size_t)(columns < 0 ? 0 : columns) * 4 * (1 + MAX_COMBINING) + 1;
}

/* Where the last `columns` columns of clean text begin. */
static const char *
tail(const char *clean, int columns, int *used)
{
	int skip = text_width(clean) - columns, skipped = 0;
	const char *at = clean + head(clean, skip, &skipped);

	while (text_width(at) > columns) {
		int one;
		size_t bytes = head(at, 2, &one);
		uint32_t code = 0;
		size_t first = utf8_decode((const unsigned char *)at, strlen(at), &code);

		at += first ? first : bytes;
	}
	*used = text_width(at);
	return at;
}

static void
put(char *dst, size_t size, size_t *at, const char *text, size_t len)
{
	if (*at + len < size) {
		memcpy(dst + *at, text, len);
		*at += len;
	}
	dst[*at] = '\0';
}

static void
pad(char *dst, size_t size, size_t *at, int columns)
{
	while (columns-- > 0)
		put(dst, size, at, " ", 1);
}

void
text_fit(char *dst, size_t size, const char *raw, int columns, enum text_side side,
		const char *ellipsis, bool ascii)
{
	struct buf clean;
	const char *text;
	size_t at = 0;
	int width, left, right;

	buf_init(&clean);
	text_clean_append(&clean, raw, ascii);
	text = buf_string(&clean);
	width = text_width(text);
	dst[0] = '\0';
	if (width <= columns) {
		pad(dst, size, &at, side == TEXT_RIGHT ? columns - width : 0);
		put(dst, size, &at, text, strlen(text));
		pad(dst, size, &at, side == TEXT_LEFT ? columns - width : 0);
	} else {
		int room = columns - text_width(ellipsis);
		size_t bytes = head(text, room < 0 ? 0 : (room + 1) / 2, &left);
		const char *end = tail(text, room < 0 ? 0 : room - left, &right);

		put(dst, size, &at, text, bytes);
		if (room >= 0)
			put(dst, size, &at, ellipsis, strlen(ellipsis));
		put(dst, size, &at, end, strlen(end));
		pad(dst, size, &at, (room < 0 ? columns : room) - left - right);
	}
	buf_done(&clean);
}

void
text_utf8_append(struct buf *buf, const char *raw, size_t len)
{
	const unsigned char *at = (const unsigned char *)raw;

	while (len) {
		uint32_t code = 0;
		size_t size = utf8_decode(at, len, &code);
		bool looks_escaped = len > 1 && at[0] == '\\' && at[1] == 'x';

		if (!size || looks_escaped)
			buf_format(buf, "\\x%02x", at[0]);
		else
			buf_append(buf, at, size);
		at += size ? size : 1;
		len -= size ? size : 1;
	}
}

bool
text_locale_is_utf8(void)
{
	const char *codeset = nl_langinfo(CODESET);

	return !strcmp(codeset, "UTF-8") || !strcmp(codeset, "utf8");
}
