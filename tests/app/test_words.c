#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/command.h"
#include "app/words.h"
#include "base/buf.h"

static void
expect_words(const char *line, const char *const *expected, int count)
{
	struct words words;

	assert_int_equal(words_split(&words, line, NULL), LADLE_OK);
	assert_int_equal(words.count, count);
	for (int i = 0; i < count; i++)
		assert_string_equal(words.word[i], expected[i]);
	words_free(&words);
}

static void
blanks_separate_and_quotes_join(void **state)
{
	(void)state;
	expect_words("  mix\tA=.6   B=.4 ", (const char *[]){"mix", "A=.6", "B=.4"}, 3);
	expect_words("open 'my run.h5' as A", (const char *[]){"open", "my run.h5", "as", "A"}, 4);
	expect_words("a\\ b 'it''s' \"x \\\"y\\\"\"", (const char *[]){"a b", "its", "x \"y\""}, 3);
	expect_words("\"a\\n\\t\\x41\\q\" ''", (const char *[]){"a\n\tAq", ""}, 2);
	expect_words("'a\\n'", (const char *[]){"a\\n"}, 1);
}

static void
a_comment_begins_with_a_word(void **state)
{
	(void)state;
	expect_words("# all of it", NULL, 0);
	expect_words("mix A=1 # why", (const char *[]){"mix", "A=1"}, 2);
	expect_words("open run#2.h5", (const char *[]){"open", "run#2.h5"}, 2);
	expect_words("skip '#x'", (const char *[]){"skip", "#x"}, 2);
}

static void
columns_count_from_one(void **state)
{
	struct words words;

	(void)state;
	assert_int_equal(words_split(&words, "  mix  'A b'=1 on", NULL), LADLE_OK);
	assert_int_equal(words.column[0], 3);
	assert_int_equal(words.column[1], 8);
	assert_int_equal(words.column[2], 16);
	words_free(&words);
}

static void
an_open_quote_is_an_error_with_its_column(void **state)
{
	struct ladle_error error;
	struct words words = {0};

	(void)state;
	assert_int_equal(words_split(&words, "open 'run1.h5 as A", &error), LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "column 6"));
	assert_int_equal(words_split(&words, "open \"a\\", &error), LADLE_E_USAGE);
	assert_null(words.word);
}

static void
plain_words_are_not_quoted(void **state)
{
	static const char *const plain[] = {
			"dense*", "block/conv_1", "A=.5", "h\xc3\xa9", "re:^a[0-9]+$"};
	struct buf quoted;

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		buf_init(&quoted);
		words_quote(&quoted, plain[i]);
		assert_string_equal(buf_string(&quoted), plain[i]);
		buf_done(&quoted);
	}
}

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
expect_quote_returns(const char *word)
{
	struct words words;
	struct buf line;

	buf_init(&line);
	words_quote(&line, word);
	for (size_t i = 0; i < line.length; i++)
		assert_true((unsigned char)line.data[i] >= ' ' && line.data[i] != 0x7f);
	buf_text(&line, " end");
	assert_int_equal(words_split(&words, buf_string(&line), NULL), LADLE_OK);
	assert_int_equal(words.count, 2);
	assert_string_equal(words.word[0], word);
	words_free(&words);
	buf_done(&line);
}

static void
every_byte_string_survives_quoting(void **state)
{
	static const char likely[] = " '\"\\#\n\t*x41n\xc3\xa9\xe2\x82";
	uint32_t random = 2463534242u;

	(void)state;
	for (int n = 0; n < 20000; n++) {
		char word[24];
		int length = (int)(next_random(&random) % 23);
		for (int i = 0; i < length; i++) {
			uint32_t r = next_random(&random);
			char any = (char)(r >> 8);
			word[i] = r & 1         ? likely[(r >> 8) % (sizeof(likely) - 1)]
				  : any == '\0' ? '0'
						: any;
		}
		word[length] = '\0';
		expect_quote_returns(word);
	}
}

static void
the_nearest_word_is_the_least_edit_away(void **state)
{
	struct nearest nearest;

	(void)state;
	nearest_init(&nearest, "normalize", 9);
	nearest_offer(&nearest, "mute");
	nearest_offer(&nearest, "normalise");
	nearest_offer(&nearest, "template");
	assert_string_equal(nearest.best, "normalise");
	nearest_init(&nearest, "zzzzzzzz", 8);
	nearest_offer(&nearest, "mix");
	assert_null(nearest.best);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(blanks_separate_and_quotes_join),
			cmocka_unit_test(a_comment_begins_with_a_word),
			cmocka_unit_test(columns_count_from_one),
			cmocka_unit_test(an_open_quote_is_an_error_with_its_column),
			cmocka_unit_test(plain_words_are_not_quoted),
			cmocka_unit_test(every_byte_string_survives_quoting),
			cmocka_unit_test(the_nearest_word_is_the_least_edit_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
