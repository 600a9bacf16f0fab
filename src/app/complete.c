/* What can stand at a place of a line is read from the table of commands: its `arguments`. */
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/key.h"
#include "app/keymap.h"
#include "app/layer.h"
#include "app/roles.h"
#include "app/state.h"
#include "app/words.h"

static const char *const views[] = {
		"any",
#define VIEW(id, bit, name) name,
#include "app/view.def"
#undef VIEW
};

enum { VIEW_KINDS = sizeof(views) / sizeof(views[0]) };

struct completion {
	const struct session *session;
	char *prefix; /* of the word at the point, without its quotes */
	char **list;
	size_t count;
};

/* Takes the choice when it goes on from the prefix, quoted as the line needs it. */
static void
offer(struct completion *completion, const char *choice)
{
	char **grown;
	struct buf quoted;

	if (strncmp(choice, completion->prefix, strlen(completion->prefix)) != 0)
		return;
	for (size_t i = 0; i < completion->count; i++)
		if (strcmp(completion->list[i], choice) == 0)
			return;
	buf_init(&quoted);
	words_quote(&quoted, choice);
	grown = realloc(completion->list, (completion->count + 2) * sizeof(*grown));
	if (grown != NULL)
		completion->list = grown;
	char *copy = grown == NULL || quoted.failed ? NULL : strdup(buf_string(&quoted));
	buf_done(&quoted);
	if (copy == NULL)
		return;
	completion->list[completion->count++] = copy;
	completion->list[completion->count] = NULL;
}

static void
offer_joined(struct completion *completion, const char *first, const char *second)
{
	struct buf text;

	buf_init(&text);
	buf_format(&text, "%s%s", first, second);
	offer(completion, buf_string(&text));
	buf_done(&text);
}

/* ---- kinds of words ---- */

static void
offer_commands(struct completion *completion)
{
	for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++)
		offer(completion, command_of((enum command_id)id)->word);
}

static void
offer_names(struct completion *completion, const char *suffix)
{
	for (uint32_t i = 0; i < session_file_count(completion->session); i++)
		offer_joined(completion, session_file(completion->session, i)->id, suffix);
}

/* Layers, their tensors once a '/' was typed, and classes. */
static void
offer_patterns(struct completion *completion)
{
	const struct ladle_table *table = session_table(completion->session);

	if (table == NULL)
		return;
	for (uint32_t i = 0; i < table->row_count; i++) {
		const struct ladle_row *row = &table->rows[i];
		char *layer = strndup(row->label, strlen(row->label) - strlen(row->tensor) - 1);
		if (layer != NULL)
			offer(completion, layer);
		free(layer);
		if (strchr(completion->prefix, '/') != NULL)
			offer(completion, row->label);
	}
	for (uint32_t i = 0; i < table->layer_count; i++)
		if (*table->layers[i].class_name != '\0')
			offer_joined(completion, "class:", table->layers[i].class_name);
}

/* "on|off" offers on and off, each behind `before`; NAME in it the checkpoints' names. */
static void
offer_choices(struct completion *completion, const char *before, const char *choices, size_t length)
{
	while (length > 0) {
		size_t word = strcspn(choices, "|");
		word = word < length ? word : length;
		char *choice = strndup(choices, word);
		if (choice != NULL && strcmp(choice, "NAME") == 0)
			offer_names(completion, "");
		else if (choice != NULL)
			offer_joined(completion, before, choice);
		free(choice);
		word += word < length;
		choices += word;
		length -= word;
	}
}

/* NAME=, and behind it its values. */
static void
offer_settings(struct completion *completion)
{
	bool named = strchr(completion->prefix, '=') != NULL;

	for (int i = 0; setting_name(i) != NULL; i++) {
		const char *values = setting_values(i);
		struct buf name;
		buf_init(&name);
		buf_format(&name, "%s=", setting_name(i));
		if (!named)
			offer(completion, buf_string(&name));
		else if (strchr(values, '|') != NULL)
			offer_choices(completion, buf_string(&name), values, strlen(values));
		buf_done(&name);
	}
}

/* NAME:, and behind it the layers of that checkpoint that hold tensors. */
static void
offer_layers(struct completion *completion)
{
	const char *colon = strchr(completion->prefix, ':');
	const struct session_file *file = NULL;
	struct buf word;

	if (colon == NULL) {
		offer_names(completion, ":");
		return;
	}
	for (uint32_t i = 0; i < session_file_count(completion->session); i++) {
		const struct session_file *other = session_file(completion->session, i);
		if (strncmp(completion->prefix, other->id, (size_t)(colon - completion->prefix)) ==
						0 &&
				other->id[colon - completion->prefix] == '\0')
			file = other;
	}
	if (file == NULL || file->checkpoint == NULL)
		return;
	buf_init(&word);
	for (uint32_t i = 0; i < file->checkpoint->layer_count; i++) {
		if (file->checkpoint->layers[i].tensor_count == 0)
			continue;
		buf_clear(&word);
		buf_format(&word, "%s:", file->id);
		layer_unique_name(&word, file->checkpoint, i);
		offer(completion, buf_string(&word));
	}
	buf_done(&word);
}

/* What `unpair` takes: the numbers of the pairs, and each layer that one of them names. */
static void
offer_hands(struct completion *completion)
{
	for (uint32_t i = 0; i < session_hand_count(completion->session); i++) {
		struct words words;
		struct buf text;
		buf_init(&text);
		session_hand_text(completion->session, i, &text);
		if (words_split(&words, buf_string(&text), NULL) == LADLE_OK) {
			for (int n = 1; n < words.count; n++)
				offer(completion, words.word[n]);
			words_free(&words);
		}
		buf_clear(&text);
		buf_format(&text, "%u", i + 1);
		offer(completion, buf_string(&text));
		buf_done(&text);
	}
}

/* FILE#: the branches of its model. The file is opened to be asked, as `open` would. */
static bool
offer_branches(struct completion *completion)
{
	const char *mark = source_branch_of(completion->prefix);
	struct ladle_checkpoint *checkpoint = NULL;
	struct ladle_branches *branches = NULL;
	const struct ladle_open_how how = session_how(completion->session);
	char *path = strndup(completion->prefix, (size_t)(mark - completion->prefix));

	if (*mark == '\0' || path == NULL) {
		free(path);
		return false;
	}
	if (ladle_checkpoint_open_how(&checkpoint, session_library(completion->session), path, &how,
			    NULL) == LADLE_OK &&
			ladle_branches_find(&branches, checkpoint, NULL) == LADLE_OK) {
		for (uint32_t i = 0; i < branches->count; i++) {
			struct buf word;
			buf_init(&word);
			buf_format(&word, "%s#%s", path, branches->list[i].name);
			offer(completion, buf_string(&word));
			buf_done(&word);
		}
		ladle_branches_free(branches);
	}
	ladle_checkpoint_close(checkpoint);
	free(path);
	return true;
}

/* ---- the place in the line ---- */

/* The i-th word (from 1) of the arguments, without brackets; NULL when there are fewer. */
static const char *
argument_at(const char *arguments, int i, size_t *length)
{
	for (const char *at = arguments; *at != '\0';) {
		at += strspn(at, " [");
		*length = strcspn(at, " ]");
		if (i-- == 1)
			return at;
		at += *length;
		at += strspn(at, "]");
	}
	return NULL;
}

static bool
is_argument(const char *argument, size_t length, const char *name)
{
	return argument != NULL && strlen(name) == length && memcmp(argument, name, length) == 0;
}

static void
offer_argument(struct completion *completion, const char *argument, size_t length, bool *files)
{
	if (argument == NULL)
		return;
	if (is_argument(argument, length, "FILE"))
		*files = !offer_branches(completion);
	else if (is_argument(argument, length, "OUT"))
		*files = true;
	else if (is_argument(argument, length, "NAME"))
		offer_names(completion, "");
	else if (is_argument(argument, length, "PATTERN"))
		offer_patterns(completion);
	else if (is_argument(argument, length, "COMMAND"))
		offer_commands(completion);
	else if (memchr(argument, '|', length) != NULL)
		offer_choices(completion, "", argument, length);
}

/* Behind `mix` and its like: NAME=, and after the first one `on`, and behind that a pattern. */
static void
offer_weights(struct completion *completion, const struct command *command,
		const struct words *before)
{
	bool pattern = strstr(command->arguments, "[on ") != NULL;

	if (strcmp(before->word[before->count - 1], "on") == 0) {
		offer_patterns(completion);
		return;
	}
	offer_names(completion, "=");
	if (pattern && before->count > 1)
		offer(completion, "on");
}

/* Behind `align`: names and `to`, then a name, `by`, `seed`. */
static void
offer_lineup(struct completion *completion, const struct words *before)
{
	static const char *const ways[] = {"selected", "raw", "normalised", "exact"};
	const char *last = before->word[before->count - 1];
	bool to = false;

	for (int i = 1; i < before->count; i++)
		to = to || strcmp(before->word[i], "to") == 0;
	if (strcmp(last, "seed") == 0)
		return;
	for (size_t i = 0; strcmp(last, "by") == 0 && i < sizeof(ways) / sizeof(ways[0]); i++)
		offer(completion, ways[i]);
	if (strcmp(last, "by") == 0)
		return;
	if (!to || strcmp(last, "to") == 0)
		offer_names(completion, "");
	if (strcmp(last, "to") == 0)
		return;
	if (before->count == 1)
		offer(completion, "all");
	if (!to && before->count > 1)
		offer(completion, "to");
	offer(completion, "by");
	offer(completion, "seed");
}

static void offer_next(struct completion *, const struct words *before, bool *files);

/* The command that a line holds from its word i on. */
static void
offer_inner(struct completion *completion, const struct words *before, int i, bool *files)
{
	const struct words inner = {before->word + i, before->column + i, before->count - i};

	offer_next(completion, &inner, files);
}

/* [VIEW] KEY, then a command. */
static void
offer_keys(struct completion *completion, const struct words *before, bool *files)
{
	int key = before->count > 1 && command_where_of(before->word[1]) != 0 ? 2 : 1;

	if (before->count > key) {
		if (strcmp(before->word[0], "map") == 0)
			offer_inner(completion, before, key + 1, files);
		return;
	}
	for (int i = 0; i < VIEW_KINDS && key == 1; i++)
		offer(completion, views[i]);
	for (int i = 0; key_name_at(i) != NULL; i++)
		offer(completion, key_name_at(i));
}

/* A part of the screen, then how it looks. */
static void
offer_looks(struct completion *completion, const struct words *before)
{
	const char *(*choice)(int) = before->count == 1 ? role_name : look_word;

	for (int i = 0; choice(i) != NULL; i++)
		offer(completion, choice(i));
}

/* A name or what is done with one; behind `add` and a name a line. */
static void
offer_scenes(struct completion *completion, const struct words *before, bool *files)
{
	static const char *const verbs[] = {"save", "drop", "add"};
	bool add = before->count > 1 && strcmp(before->word[1], "add") == 0;

	if (before->count > 2 && add) {
		offer_inner(completion, before, 3, files);
		return;
	}
	for (size_t i = 0; before->count == 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		offer(completion, verbs[i]);
	for (uint32_t i = 0; i < session_scene_count(completion->session) && before->count < 3; i++)
		offer(completion, session_scene(completion->session, i, NULL));
}

/* The word behind those in `before`. */
static void
offer_next(struct completion *completion, const struct words *before, bool *files)
{
	size_t length = 0;

	if (before->count == 0) {
		offer_commands(completion);
		return;
	}
	const struct command *command =
			command_find(before->word[0], strlen(before->word[0]), NULL);
	if (command == NULL)
		return;
	const char *argument = argument_at(command->arguments, before->count, &length);
	if (command->id == COMMAND_SET)
		offer_settings(completion);
	else if (command->id == COMMAND_MAP || command->id == COMMAND_UNMAP)
		offer_keys(completion, before, files);
	else if (command->id == COMMAND_COLOR)
		offer_looks(completion, before);
	else if (command->id == COMMAND_SCENE)
		offer_scenes(completion, before, files);
	else if (command->id == COMMAND_PAIR)
		offer_layers(completion);
	else if (command->id == COMMAND_UNPAIR)
		offer_hands(completion);
	else if (command->id == COMMAND_ALIGN)
		offer_lineup(completion, before);
	else if (strstr(command->arguments, "A=N") != NULL)
		offer_weights(completion, command, before);
	else if (is_argument(argument, length, "as"))
		offer(completion, "as");
	else if (strstr(command->arguments, "NAME ...") != NULL &&
			(argument == NULL || is_argument(argument, length, "...")))
		offer_names(completion, "");
	else if (command->id != COMMAND_OPEN || before->count == 1)
		offer_argument(completion, argument, length, files);
}

/* Where the word that ends at the point begins: quotes and backslashes as words_split has them. */
static size_t
word_begin(const char *line, size_t point)
{
	size_t begin = 0;
	char quote = '\0';

	for (size_t i = 0; i < point; i++) {
		if (line[i] == '\\' && quote != '\'' && i + 1 < point)
			i++;
		else if (quote != '\0')
			quote = line[i] == quote ? '\0' : quote;
		else if (line[i] == '"' || line[i] == '\'')
			quote = line[i];
		else if (line[i] == ' ' || line[i] == '\t')
			begin = i + 1;
	}
	return begin;
}

/* The word as it would be read, its last quote open or not. */
static char *
read_prefix(const char *text, size_t length)
{
	static const char *const endings[] = {"", "\"", "'"};
	char *prefix = NULL;

	for (size_t i = 0; prefix == NULL && i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct words words;
		struct buf line;
		buf_init(&line);
		buf_append(&line, text, length);
		buf_text(&line, endings[i]);
		if (words_split(&words, buf_string(&line), NULL) == LADLE_OK) {
			prefix = strdup(words.count > 0 ? words.word[0] : "");
			words_free(&words);
		}
		buf_done(&line);
	}
	return prefix;
}

char **
command_complete(const struct session *session, const char *line, int point, bool *files)
{
	struct completion completion = {.session = session};
	struct words words = {0};
	size_t begin = word_begin(line, (size_t)point);
	char *before = strndup(line, begin);

	*files = false;
	completion.prefix = read_prefix(line + begin, (size_t)point - begin);
	if (before != NULL && completion.prefix != NULL &&
			words_split(&words, before, NULL) == LADLE_OK)
		offer_next(&completion, &words, files);
	words_free(&words);
	free(before);
	free(completion.prefix);
	return completion.list;
}
