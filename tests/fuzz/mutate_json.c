#include "mutate.h"

#include <string.h>

enum { MAX_SPANS = 4096, MAX_NESTING = 256 };

struct span {
	size_t begin, end;
};

struct spans {
	struct span list[MAX_SPANS];
	uint32_t count;
};

uint32_t
dice_roll(struct dice *dice, uint32_t sides)
{
	/* Marsaglia's xorshift64; a state of 0 would stay. */
	dice->state |= dice->state == 0;
	dice->state ^= dice->state << 13;
	dice->state ^= dice->state >> 7;
	dice->state ^= dice->state << 17;
	return (uint32_t)(dice->state >> 32) % sides;
}

static const char *const values[] = {"{}", "[]", "null", "true", "false", "0", "1", "-1", "1e9",
		"NaN", "\"\"", "\"dense\"", "\"model\"", "\"bidirectional\"", "\"Functional\"",
		"\"Sequential\"", "\"Model\"", "\"Bidirectional\"", "\"TimeDistributed\"",
		"\"InputLayer\"", "\"Add\"", "\"Average\"", "\"Lambda\"", "[\"dense\",0,0]",
		"[\"dense\",1,0,{}]", "[[[\"dense\",0,0,{}]]]",
		"{\"args\":[{\"class_name\":\"__keras_tensor__\",\"config\":{\"shape\":[null,4],"
		"\"keras_history\":[\"dense\",0,0]}}],\"kwargs\":{}}",
		"{\"class_name\":\"Dense\",\"config\":{\"name\":\"dense\"}}",
		"{\"class_name\":\"Dense\",\"config\":{\"name\":\"dense_1\"},\"inbound_nodes\":[[["
		"\"dense\",0,0,{}]]]}",
		"{\"class_name\":\"Sequential\",\"config\":{\"name\":\"model\",\"layers\":[]}}",
		"{\"class_name\":\"Functional\",\"config\":{\"name\":\"model\",\"layers\":[],"
		"\"input_layers\":[],\"output_layers\":[[\"dense\",0,0]]}}"};

static const char *const wraps[][2] = {{"[", "]"}, {"[[", "]]"}, {"{\"config\":", "}"},
		{"{\"class_name\":\"Bidirectional\",\"config\":{\"name\":\"bidirectional\","
		 "\"layer\":",
				"}}"},
		{"{\"class_name\":\"Functional\",\"config\":{\"name\":\"model\",\"layers\":[",
				"]}}"},
		{"{\"class_name\":\"RNN\",\"config\":{\"cells\":[", "]}}"}};

static size_t
string_end(const char *text, size_t size, size_t at)
{
	for (at++; at < size && text[at] != '"'; at++)
		at += text[at] == '\\';
	return at < size ? at + 1 : size;
}

static size_t
scalar_end(const char *text, size_t size, size_t at)
{
	while (at < size && strchr("{}[],:\" \t\r\n", text[at]) == NULL)
		at++;
	return at;
}

static void
add(struct spans *spans, size_t begin, size_t end)
{
	if (spans->count < MAX_SPANS)
		spans->list[spans->count++] = (struct span){begin, end};
}

/* Values and keys; what is not closed is none. */
static void
find_spans(struct spans *spans, const char *text, size_t size)
{
	size_t open[MAX_NESTING];
	uint32_t depth = 0;

	for (size_t at = 0; at < size;) {
		size_t end = at + 1;

		if (text[at] == '{' || text[at] == '[') {
			if (depth < MAX_NESTING)
				open[depth] = at;
			depth++;
		} else if ((text[at] == '}' || text[at] == ']') && depth > 0) {
			if (--depth < MAX_NESTING)
				add(spans, open[depth], end);
		} else if (text[at] == '"') {
			end = string_end(text, size, at);
			add(spans, at, end);
		} else if (strchr(",:]} \t\r\n", text[at]) == NULL) {
			end = scalar_end(text, size, at);
			add(spans, at, end);
		}
		at = end > at ? end : at + 1;
	}
}

/* text[begin, end) becomes `with`, where there is room. */
static size_t
replace(char *text, size_t size, size_t most, struct span span, const char *with, size_t length)
{
	size_t left = size - span.end;

	if (size - (span.end - span.begin) + length > most)
		return size;
	memmove(text + span.begin + length, text + span.end, left);
	memcpy(text + span.begin, with, length);
	return span.begin + length + left;
}

static size_t
insert(char *text, size_t size, size_t most, size_t at, const char *what, size_t length)
{
	return replace(text, size, most, (struct span){at, at}, what, length);
}

static size_t
wrap(char *text, size_t size, size_t most, struct span span, struct dice *dice)
{
	const char *const *around = wraps[dice_roll(dice, sizeof(wraps) / sizeof(wraps[0]))];

	if (size + strlen(around[0]) + strlen(around[1]) > most)
		return size;
	size = insert(text, size, most, span.end, around[1], strlen(around[1]));
	return insert(text, size, most, span.begin, around[0], strlen(around[0]));
}

size_t
mutate_json(char *text, size_t size, size_t most, struct dice *dice)
{
	static struct spans spans;
	static char copy[1 << 16];
	struct span at, from;
	size_t length;
	const char *value = values[dice_roll(dice, sizeof(values) / sizeof(values[0]))];

	spans.count = 0;
	find_spans(&spans, text, size);
	if (spans.count == 0)
		return insert(text, size, most, 0, value, strlen(value));
	at = spans.list[dice_roll(dice, spans.count)];
	from = spans.list[dice_roll(dice, spans.count)];
	length = from.end - from.begin;
	length = length < sizeof(copy) - 1 ? length : sizeof(copy) - 1;
	memcpy(copy, text + from.begin, length);
	copy[length] = ',';
	switch (dice_roll(dice, 5)) {
	case 0:
		return replace(text, size, most, at, copy, length);
	case 1:
		return insert(text, size, most, at.begin, copy, length + 1);
	case 2:
		return replace(text, size, most, at, value, strlen(value));
	case 3:
		return wrap(text, size, most, at, dice);
	default:
		return replace(text, size, most,
				(struct span){at.begin,
						at.end + (at.end < size && text[at.end] == ',')},
				"", 0);
	}
}
