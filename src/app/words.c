#include "app/command.h"

#include <stdlib.h>
#include <string.h>

#include "app/words.h"
#include "base/buf.h"
#include "base/err.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* After a backslash inside "...": \n \t \xHH, any other character stands for itself. */
static const char *
take_escape(struct buf *word, const char *at)
{
	if (*at == 'x' && hex_value(at[1]) >= 0 && hex_value(at[2]) >= 0) {
		buf_char(word, (char)(hex_value(at[1]) * 16 + hex_value(at[2])));
		return at + 3;
	}
	if (*at != '\0')
		buf_char(word, *at == 'n' ? '\n' : *at == 't' ? '\t' : *at);
	return *at == '\0' ? at : at + 1;
}

/* `at` is behind the opening quote. NULL: the line ends inside the quotes. */
static const char *
take_quoted(struct buf *word, const char *at, char quote)
{
	while (*at != quote) {
		if (*at == '\0')
			return NULL;
		if (*at == '\\' && quote == '"') {
			at = take_escape(word, at + 1);
			continue;
		}
		buf_char(word, *at++);
	}
	return at + 1;
}

/* One word that begins at `at`; NULL when a quote is left open. */
static const char *
take_word(struct buf *word, const char *at)
{
	while (*at != '\0' && !is_blank(*at)) {
		if (*at == '"' || *at == '\'') {
			at = take_quoted(word, at + 1, *at);
			if (at == NULL)
				return NULL;
			continue;
		}
		if (*at == '\\' && at[1] != '\0')
			at++;
		buf_char(word, *at++);
	}
	return at;
}

static bool
add_word(struct words *words, const struct buf *word, int column)
{
	size_t count = (size_t)words->count + 1;
	char **grown = realloc(words->word, count * sizeof(*grown));

	if (grown == NULL)
		return false;
	words->word = grown;
	int *columns = realloc(words->column, count * sizeof(*columns));
	if (columns == NULL)
		return false;
	words->column = columns;
	words->word[words->count] = strdup(buf_string(word));
	words->column[words->count] = column;
	if (word->failed || words->word[words->count] == NULL)
		return false;
	words->count++;
	return true;
}

static enum ladle_status
split(struct words *words, const char *line, struct buf *word, struct ladle_error *err)
{
	for (const char *at = line;;) {
		while (is_blank(*at))
			at++;
		if (*at == '\0' || *at == '#')
			return LADLE_OK;
		int column = (int)(at - line) + 1;
		buf_clear(word);
		at = take_word(word, at);
		if (at == NULL)
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"the quote that opens in column %d is not closed", column);
		if (!add_word(words, word, column))
			return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
	}
}

enum ladle_status
words_split(struct words *out, const char *line, struct ladle_error *err)
{
	struct words words = {0};
	struct buf word;

	buf_init(&word);
	enum ladle_status status = split(&words, line, &word, err);
	buf_done(&word);
	if (status == LADLE_OK)
		*out = words;
	else
		words_free(&words);
	return status;
}

void
words_free(struct words *words)
{
	for (int i = 0; i < words->count; i++)
		free(words->word[i]);
	free(words->word);
	free(words->column);
	*words = (struct words){0};
}

/* Bytes of the UTF-8 character at text, 0 where there is none (RFC 3629: no surrogates, no
 * overlong forms). */
static int
utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char first, last, low, high; /* lead bytes; range of the second byte */
		int length;
	} forms[] = {
			{0xc2, 0xdf, 0x80, 0xbf, 2},
			{0xe0, 0xe0, 0xa0, 0xbf, 3},
			{0xe1, 0xec, 0x80, 0xbf, 3},
			{0xed, 0xed, 0x80, 0x9f, 3},
			{0xee, 0xef, 0x80, 0xbf, 3},
			{0xf0, 0xf0, 0x90, 0xbf, 4},
			{0xf1, 0xf3, 0x80, 0xbf, 4},
			{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (text[0] < forms[i].first || text[0] > forms[i].last)
			continue;
		if (text[1] < forms[i].low || text[1] > forms[i].high)
			return 0;
		for (int n = 2; n < forms[i].length; n++)
			if ((text[n] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

static bool
is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* Inside "...": printable ASCII and whole UTF-8 characters as they are, all else escaped, so that
 * a recipe is one line a command and valid UTF-8 whatever bytes a name holds. */
static void
quote_double(struct buf *out, const char *word)
{
	buf_char(out, '"');
	while (*word != '\0') {
		int length = utf8_length((const unsigned char *)word);
		if (length > 0) {
			buf_append(out, word, (size_t)length);
			word += length;
			continue;
		}
		if (!is_printable(*word))
			buf_format(out, "\\x%02x", (unsigned char)*word);
		else if (*word == '"' || *word == '\\')
			buf_format(out, "\\%c", *word);
		else
			buf_char(out, *word);
		word++;
	}
	buf_char(out, '"');
}

/* 0: needs no quotes, 1: single quotes will do, 2: needs escapes. */
static int
quote_need(const char *word)
{
	int need = *word == '\0' || *word == '#' ? 1 : 0;

	while (*word != '\0') {
		int length = utf8_length((const unsigned char *)word);
		if (length == 0 && (!is_printable(*word) || *word == '\''))
			return 2;
		if (length == 0 && strchr(" \"\\", *word) != NULL)
			need = 1;
		word += length > 0 ? length : 1;
	}
	return need;
}

void
words_quote(struct buf *out, const char *word)
{
	switch (quote_need(word)) {
	case 0:
		buf_text(out, word);
		break;
	case 1:
		buf_char(out, '\'');
		buf_text(out, word);
		buf_char(out, '\'');
		break;
	default:
		quote_double(out, word);
	}
}

void
words_join(struct buf *out, const struct words *words)
{
	for (int i = 0; i < words->count; i++) {
		if (i > 0)
			buf_char(out, ' ');
		words_quote(out, words->word[i]);
	}
}

enum { NEAREST_LONGEST = 64 };

static int
least(int a, int b, int c)
{
	int least_of_two = a < b ? a : b;

	return least_of_two < c ? least_of_two : c;
}

/* Levenshtein's distance; a swap of neighbours counts as two. */
static int
edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int row[NEAREST_LONGEST + 1];

	if (a_length > NEAREST_LONGEST || b_length > NEAREST_LONGEST)
		return NEAREST_LONGEST;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= a_length; i++) {
		int diagonal = row[0];
		row[0] = (int)i;
		for (size_t j = 1; j <= b_length; j++) {
			int above = row[j];
			row[j] = least(above + 1, row[j - 1] + 1,
					diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_length];
}

void
nearest_init(struct nearest *nearest, const char *word, size_t length)
{
	*nearest = (struct nearest){
			.word = word, .length = length, .distance = (int)length / 3 + 3};
}

void
nearest_offer(struct nearest *nearest, const char *choice)
{
	int distance = edit_distance(nearest->word, nearest->length, choice, strlen(choice));

	if (distance >= nearest->distance)
		return;
	nearest->distance = distance;
	nearest->best = choice;
}
