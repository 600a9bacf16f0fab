#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"

static void
expect_clean(const char *raw, size_t len, bool ascii, const char *expected, int columns)
{
	char got[256];

	assert_int_equal(text_clean(got, sizeof(got), raw, len, ascii), columns);
	assert_string_equal(got, expected);
	assert_int_equal(text_width(got), columns);
}

static void
plain_text_passes(void **state)
{
	(void)state;
	expect_clean("dense_1/kernel:0", 16, false, "dense_1/kernel:0", 16);
	expect_clean("", 0, false, "", 0);
	expect_clean("caf\xc3\xa9", 5, false, "caf\xc3\xa9", 4);
	expect_clean("\xe5\xb1\x82", 3, false, "\xe5\xb1\x82", 2);         /* a wide character */
	expect_clean("\xf0\x9f\x98\x80", 4, false, "\xf0\x9f\x98\x80", 2); /* an emoji */
}

/* Every byte alone: what prints in ASCII stays, everything else becomes \xHH. */
static void
single_bytes_print_or_are_escaped(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char raw = (char)byte, expected[8];

		if (byte >= 0x20 && byte <= 0x7e)
			snprintf(expected, sizeof(expected), "%c", byte);
		else
			snprintf(expected, sizeof(expected), "\\x%02x", byte);
		expect_clean(&raw, 1, false, expected, (int)strlen(expected));
		expect_clean(&raw, 1, true, expected, (int)strlen(expected));
	}
}

static void
what_moves_or_hides_is_escaped(void **state)
{
	static const struct {
		const char *raw, *clean;
	} table[] = {
			{"\xc2\x9b", "\\u{009B}"},          /* C1: CSI */
			{"\xc2\x80", "\\u{0080}"},          /* C1, the first */
			{"\xd8\x9c", "\\u{061C}"},          /* Arabic letter mark */
			{"\xe2\x80\x8b", "\\u{200B}"},      /* zero-width space */
			{"\xe2\x80\x8d", "\\u{200D}"},      /* zero-width joiner */
			{"\xe2\x80\x8f", "\\u{200F}"},      /* right-to-left mark */
			{"\xe2\x80\xa8", "\\u{2028}"},      /* line separator */
			{"\xe2\x80\xae", "\\u{202E}"},      /* right-to-left override */
			{"\xe2\x81\xa0", "\\u{2060}"},      /* word joiner */
			{"\xe2\x81\xa6", "\\u{2066}"},      /* left-to-right isolate */
			{"\xe2\x81\xa9", "\\u{2069}"},      /* pop isolate */
			{"\xef\xbb\xbf", "\\u{FEFF}"},      /* byte order mark */
			{"\xf3\xa0\x81\x81", "\\u{E0041}"}, /* a tag */
			{"\xef\xbf\xbe", "\\u{FFFE}"},      /* no character */
			{"\xc2\xad", "\\u{00AD}"},          /* soft hyphen */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		expect_clean(table[i].raw, strlen(table[i].raw), false, table[i].clean,
				(int)strlen(table[i].clean));
}

static void
malformed_utf8_is_escaped_byte_by_byte(void **state)
{
	static const struct {
		const char *raw, *clean;
	} table[] = {
			{"\xc0\xaf", "\\xc0\\xaf"},                   /* overlong '/' */
			{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},          /* overlong, 3 bytes */
			{"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
			{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
			{"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
			{"\xe5\xb1", "\\xe5\\xb1"}, /* cut off */
			{"a\xe5"
			 "b",
					"a\\xe5"
					"b"},
			{"\x9b\x33\x31m", "\\x9b31m"}, /* raw 8-bit CSI */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		expect_clean(table[i].raw, strlen(table[i].raw), false, table[i].clean,
				(int)strlen(table[i].clean));
}

/* No sequence of bytes makes a byte below space, DEL, or a malformed character come out. */
static void
clean_text_is_clean_whatever_came_in(void **state)
{
	uint32_t seed = 1;
	char raw[40], clean[700], again[1400];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(raw); i++) {
			seed = seed * 1664525 + 1013904223;
			raw[i] = (char)(seed >> 24);
		}
		int columns = text_clean(clean, sizeof(clean), raw, sizeof(raw), false);

		for (const char *at = clean; *at; at++)
			assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
		assert_int_equal(text_width(clean), columns);
		text_clean(again, sizeof(again), clean, strlen(clean), false);
		assert_string_equal(again, clean);
		text_clean(clean, sizeof(clean), raw, sizeof(raw), true);
		for (const char *at = clean; *at; at++)
			assert_true(*at >= 0x20 && *at < 0x7f);
	}
}

static void
combining_marks_are_limited_to_two(void **state)
{
	(void)state;
	expect_clean("e\xcc\x81\xcc\x82", 5, false, "e\xcc\x81\xcc\x82", 1);
	expect_clean("e\xcc\x81\xcc\x82\xcc\x83", 7, false, "e\xcc\x81\xcc\x82\\u{0303}", 9);
	expect_clean("\xcc\x81"
		     "e",
			3, false, "\\u{0301}e", 9); /* with no base */
}

static void
ascii_escapes_what_is_not_ascii(void **state)
{
	(void)state;
	expect_clean("caf\xc3\xa9", 5, true, "caf\\u{00E9}", 11);
}

static void
a_short_buffer_cuts_whole_characters(void **state)
{
	char got[8];

	(void)state;
	for (size_t size = 1; size <= sizeof(got); size++) {
		memset(got, '#', sizeof(got));
		text_clean(got, size, "a\xe5\xb1\x82\x01", 5, false);
		assert_string_equal(got, size < 2 ? "" : size < 5 ? "a" : "a\xe5\xb1\x82");
	}
	got[0] = '#';
	text_clean(got, 0, "a", 1, false);
	assert_int_equal(got[0], '#');
}

static void
widths_do_not_depend_on_the_locale(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_ALL, "C"));
	assert_int_equal(text_width("\xe5\xb1\x82\xe5\xb1\x82"), 4);
	assert_int_equal(text_width("\xed\x95\x9c"), 2); /* Hangul */
	assert_int_equal(text_width("\xef\xbc\xa1"), 2); /* fullwidth A */
	assert_int_equal(text_width("\xe2\x94\x80"), 1); /* a box line */
	assert_int_equal(text_width("\xc2\xb7"), 1);
	assert_int_equal(text_width("\xe2\x80\xa6"), 1); /* an ellipsis */
}

static size_t
encode(uint32_t code, char *to)
{
	size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = size - 1; i > 0; i--, code >>= 6)
		to[i] = (char)(0x80 | (code & 0x3f));
	to[0] = (char)(lead[size] | code);
	return size;
}

/* Every character of Unicode after an `e`: it takes the columns that the system gives it, or it is
 * escaped. */
static void
widths_are_those_of_the_system(void **state)
{
	char raw[8] = "e", clean[32];

	(void)state;
	if (!setlocale(LC_ALL, "C.UTF-8") && !setlocale(LC_ALL, "en_US.UTF-8"))
		skip();
	for (uint32_t code = 1; code < 0x110000; code++) {
		size_t len = 1 + encode(code, raw + 1);
		int columns = text_clean(clean, sizeof(clean), raw, len, false) - 1;

		if (clean[1] == '\\' && code != '\\')
			assert_int_equal(columns, strlen(clean) - 1);
		else if (columns != wcwidth((wchar_t)code))
			fail_msg("U+%04X takes %d columns, not %d", (unsigned)code, columns,
					wcwidth((wchar_t)code));
	}
	setlocale(LC_ALL, "C");
}

static void
expect_fit(const char *raw, int columns, enum text_side side, const char *expected)
{
	char got[256];

	assert_true(text_fit_size(columns) <= sizeof(got));
	text_fit(got, text_fit_size(columns), raw, columns, side, "..", false);
	assert_string_equal(got, expected);
	assert_int_equal(text_width(got), columns);
}

static void
fitted_text_has_exactly_its_columns(void **state)
{
	(void)state;
	expect_fit("dense", 8, TEXT_LEFT, "dense   ");
	expect_fit("dense", 8, TEXT_RIGHT, "   dense");
	expect_fit("dense", 5, TEXT_LEFT, "dense");
	expect_fit("conv2d_transpose_17", 10, TEXT_LEFT, "conv..e_17");
	expect_fit("conv2d_transpose_17", 9, TEXT_LEFT, "conv.._17");
	expect_fit("conv2d_transpose_17", 2, TEXT_LEFT, "..");
	expect_fit("conv2d_transpose_17", 0, TEXT_LEFT, "");
	expect_fit("\xe5\xb1\x82\xe5\xb1\x82\xe5\xb1\x82\xe5\xb1\x82", 5, TEXT_LEFT,
			"\xe5\xb1\x82.. "); /* half a wide character is a blank */
}

static void
any_text_fits_any_width(void **state)
{
	static const char *const texts[] = {
			"",
			"a",
			"\x1b[31mred",
			"\xe5\xb1\x82\xe5\xb1\x82\xe5\xb1\x82",
			"e\xcc\x81\xcc\x82\xcc\x83\xcc\x84x",
			"\xff\xfe\xfd",
			"\xcc\x81\xcc\x81\xe5\xb1\x82"
			"abc\xe5\xb1\x82",
			"\xf0\x9f\x98\x80!",
	};
	static const char *const ellipses[] = {"..", "~", "\xe2\x80\xa6"};
	char got[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t e = 0; e < 3; e++)
			for (int columns = 0; columns < 40; columns++) {
				text_fit(got, text_fit_size(columns), texts[i], columns, TEXT_LEFT,
						ellipses[e], false);
				if (text_width(got) != columns)
					fail_msg("text %zu takes %d columns of %d: %s", i,
							text_width(got), columns, got);
			}
}

/* The reader's side of text_utf8_append. */
static size_t
decode(const char *text, size_t len, char *out)
{
	size_t size = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		if (text[i] == '\\' && i + 3 < len && text[i + 1] == 'x' &&
				sscanf(text + i + 2, "%2x", &byte) == 1) {
			out[size++] = (char)byte;
			i += 3;
		} else {
			out[size++] = text[i];
		}
	}
	return size;
}

static void
json_text_is_lossless(void **state)
{
	static const char alphabet[] = "\\x5c\xc3\xa9\xff\x80"
				       "0a\n";
	char raw[12], back[64];
	uint32_t seed = 7;
	struct buf text;

	(void)state;
	buf_init(&text);
	for (int round = 0; round < 50000; round++) {
		size_t len = (seed >> 8) % sizeof(raw);

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			raw[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		seed = seed * 1664525 + 1013904223;
		buf_clear(&text);
		text_utf8_append(&text, raw, len);
		assert_int_equal(decode(buf_string(&text), text.length, back), len);
		assert_memory_equal(back, raw, len);
	}
	buf_done(&text);
}

static void
json_text_keeps_valid_utf8_and_escapes_the_rest(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text);
	text_utf8_append(&text, "caf\xc3\xa9\xff a\\b \\x41", 15);
	assert_string_equal(buf_string(&text), "caf\xc3\xa9\\xff a\\b \\x5cx41");
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(plain_text_passes),
			cmocka_unit_test(single_bytes_print_or_are_escaped),
			cmocka_unit_test(what_moves_or_hides_is_escaped),
			cmocka_unit_test(malformed_utf8_is_escaped_byte_by_byte),
			cmocka_unit_test(clean_text_is_clean_whatever_came_in),
			cmocka_unit_test(combining_marks_are_limited_to_two),
			cmocka_unit_test(ascii_escapes_what_is_not_ascii),
			cmocka_unit_test(a_short_buffer_cuts_whole_characters),
			cmocka_unit_test(widths_do_not_depend_on_the_locale),
			cmocka_unit_test(widths_are_those_of_the_system),
			cmocka_unit_test(fitted_text_has_exactly_its_columns),
			cmocka_unit_test(any_text_fits_any_width),
			cmocka_unit_test(json_text_is_lossless),
			cmocka_unit_test(json_text_keeps_valid_utf8_and_escapes_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
