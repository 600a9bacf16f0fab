#include "tui/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/key.h"
#include "base/buf.h"

void
script_init(struct script *script)
{
	*script = (struct script){0};
}

void
script_done(struct script *script)
{
	free(script->keys);
}

static bool
add_key(struct script *script, int key)
{
	int *keys = realloc(script->keys, (script->count + 1) * sizeof(*keys));

	if (keys == NULL)
		return false;
	script->keys = keys;
	keys[script->count++] = key;
	return true;
}

/* Every character of text as a key. */
static bool
add_typed(struct script *script, const char *text, size_t length)
{
	for (size_t i = 0, size; i < length; i += size) {
		int key;

		for (size = 1; i + size < length && ((unsigned char)text[i + size] & 0xc0) == 0x80;)
			size++;
		if (text[i] == ' ')
			key = CODE_SPACE;
		else if (!key_parse(text + i, size, &key))
			continue;
		if (!add_key(script, key))
			return false;
	}
	return true;
}

static bool
add_word(struct script *script, const char *word, size_t length)
{
	int key;

	return key_parse(word, length, &key) ? add_key(script, key)
					     : add_typed(script, word, length);
}

static bool
add_line(struct script *script, const char *line, size_t length)
{
	size_t end;

	if (length > 1 && line[1] != ' ' && strchr(":/&*", line[0]) != NULL)
		return add_typed(script, line, length) && add_key(script, CODE_ENTER);
	for (size_t i = 0; i < length && line[0] != '#'; i = end + 1) {
		for (end = i; end < length && line[end] != ' ';)
			end++;
		if (end > i && !add_word(script, line + i, end - i))
			return false;
	}
	return true;
}

bool
script_add(struct script *script, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		if (!add_line(script, text, length))
			return false;
		text += length + (text[length] == '\n');
	}
	return true;
}

bool
script_read(struct script *script, const char *path)
{
	FILE *file = fopen(path, "r");
	char block[4096];
	struct buf text;
	size_t n;
	bool done;

	if (file == NULL)
		return false;
	buf_init(&text);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_append(&text, block, n);
	done = !ferror(file) && !text.failed && script_add(script, buf_string(&text));
	fclose(file);
	buf_done(&text);
	return done;
}

int
script_next(struct script *script)
{
	return script->next < script->count ? script->keys[script->next++] : 0;
}
