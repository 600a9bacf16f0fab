#include "app/saved.h"

#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/line_difference.h"
#include "app/words.h"
#include "base/err.h"

static const char title[] = "# ladle session ", version[] = "1";

/* What a screen's place consists of: commands that look, and none that writes or leaves. */
static const enum command_id face_commands[] = {COMMAND_SORT, COMMAND_REVERSE, COMMAND_FILTER,
		COMMAND_UNFOLD, COMMAND_FOLD, COMMAND_UNFOLD_ALL, COMMAND_FOLD_ALL, COMMAND_TAG,
		COMMAND_SCROLL_RIGHT, COMMAND_GO, COMMAND_LAYERS, COMMAND_DETAIL, COMMAND_MATCH,
		COMMAND_MIXER, COMMAND_EXPORT, COMMAND_PROFILE};

static const char *const change_words[] = {
		[SAVED_STEP] = "step",
		[SAVED_AMEND] = "amend",
		[SAVED_UNDO] = "undo",
		[SAVED_REDO] = "redo",
};

static enum ladle_status
no_memory(struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
}

void
saved_init(struct saved *saved)
{
	*saved = (struct saved){.count = 0};
	buf_init(&saved->settings);
	buf_init(&saved->face);
}

static void
drop_states(struct saved *saved, int from)
{
	while (saved->count > from) {
		free(saved->states[--saved->count].change);
		free(saved->states[saved->count].lines);
	}
}

void
saved_free(struct saved *saved)
{
	drop_states(saved, 0);
	free(saved->states);
	buf_done(&saved->settings);
	buf_done(&saved->face);
	saved_init(saved);
}

const char *
saved_present(const struct saved *saved)
{
	return saved->count == 0 ? "" : saved->states[saved->present].lines;
}

/* ---- states ---- */

static void
forget_oldest(struct saved *saved)
{
	free(saved->states[0].lines);
	free(saved->states[0].change);
	memmove(saved->states, saved->states + 1,
			(size_t)--saved->count * sizeof(*saved->states));
	saved->states[0].change[0] = '\0';
	saved->present--;
}

/* The state after the present one; what redo reached is gone. Takes lines over. */
static bool
push_state(struct saved *saved, const char *change, char *lines)
{
	size_t count = (size_t)saved->count + 1;
	char *copy = strdup(change);
	struct saved_state *grown = realloc(saved->states, count * sizeof(*grown));

	if (grown != NULL)
		saved->states = grown;
	if (grown == NULL || copy == NULL || lines == NULL) {
		free(copy);
		free(lines);
		return false;
	}
	drop_states(saved, saved->count == 0 ? 0 : saved->present + 1);
	saved->present = saved->count;
	saved->states[saved->count++] = (struct saved_state){copy, lines, 0};
	if (saved->count > SAVED_STATES)
		forget_oldest(saved);
	return true;
}

static bool
replace_state(struct saved *saved, const char *change, char *lines)
{
	struct saved_state *state = &saved->states[saved->present];
	char *copy = saved->present == 0 ? strdup("") : strdup(change);

	if (copy == NULL || lines == NULL) {
		free(copy);
		free(lines);
		return false;
	}
	free(state->change);
	free(state->lines);
	*state = (struct saved_state){copy, lines, 0};
	return true;
}

bool
saved_begin(struct saved *saved, const char *lines)
{
	struct saved fresh = {.count = 0};

	if (!push_state(&fresh, "", strdup(lines))) {
		free(fresh.states);
		return false;
	}
	drop_states(saved, 0);
	free(saved->states);
	saved->states = fresh.states;
	saved->count = 1;
	saved->present = 0;
	return true;
}

/* ---- records, out ---- */

static void
record_between(struct buf *out, const char *old, enum saved_change kind, const char *change,
		const char *new)
{
	buf_text(out, change_words[kind]);
	if (kind == SAVED_UNDO || kind == SAVED_REDO)
		return;
	buf_char(out, ' ');
	words_quote(out, change);
	lines_write_difference(out, old, new);
}

void
saved_record(struct buf *out, const struct saved *saved, enum saved_change kind, const char *change,
		const char *lines)
{
	record_between(out, saved_present(saved), kind, change, lines);
}

void
saved_record_lines(struct buf *out, const char *word, const char *lines)
{
	buf_text(out, word);
	lines_quote(out, lines, strlen(lines));
}

/* ---- what may stand where ---- */

enum { LINE_OF_STATE = 1, LINE_OF_SETTINGS = 2, LINE_OF_FACE = 4 };

static unsigned
kinds_of(const struct command *command)
{
	unsigned kinds = command->kind == RECIPE ? LINE_OF_STATE : 0;

	if (command->id == COMMAND_SET)
		kinds |= LINE_OF_STATE | LINE_OF_SETTINGS;
	if (command->id == COMMAND_WRITE || command->id == COMMAND_EPOCHS)
		kinds |= LINE_OF_SETTINGS;
	for (size_t i = 0; i < sizeof(face_commands) / sizeof(face_commands[0]); i++)
		if (face_commands[i] == command->id)
			kinds |= LINE_OF_FACE;
	return kinds;
}

/* What may stand in a session: commands that make a state, set something, or place the screen. */
static enum ladle_status
check_words(const struct words *words, unsigned *kinds, struct ladle_error *err)
{
	if (words->count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "there is no command");
	const struct command *command = command_find_at(
			words->word[0], strlen(words->word[0]), words->column[0], err);
	if (command == NULL)
		return LADLE_E_USAGE;
	*kinds = kinds_of(command);
	if (*kinds == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` has no place in a session",
				command->word);
	return LADLE_OK;
}

static enum ladle_status
check_line(const char *line, unsigned *kinds, struct ladle_error *err)
{
	struct words words;

	for (const char *at = line; *at != '\0'; at++)
		if (((unsigned char)*at < ' ' && *at != '\t') || *at == 0x7f)
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"a control character (0x%02x)", (unsigned char)*at);
	TRY(words_split(&words, line, err));
	enum ladle_status status = check_words(&words, kinds, err);
	words_free(&words);
	return status;
}

/* ---- records ---- */

/* A whole number without a sign; false: it is none, or it is larger than any file has lines. */
static bool
read_count(const char *word, int *out)
{
	size_t digits = strspn(word, "0123456789");

	*out = atoi(word);
	return digits > 0 && digits < 9 && word[digits] == '\0';
}

static enum ladle_status
append_lines(struct buf *out, const struct words *words, int from, unsigned kind,
		struct ladle_error *err)
{
	for (int i = from; i < words->count; i++) {
		unsigned kinds;
		TRY(check_line(words->word[i], &kinds, err));
		if (!(kinds & kind))
			return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` has no place here",
					words->word[i]);
		buf_format(out, "%s\n", words->word[i]);
	}
	return out->failed ? no_memory(err) : LADLE_OK;
}

/* The present lines up to `at`, those of the record, and what stands `gone` lines later. */
static enum ladle_status
splice(struct buf *out, const char *lines, const struct words *words, struct ladle_error *err)
{
	int at, gone;

	if (!read_count(words->word[2], &at) || !read_count(words->word[3], &gone) || at < 1)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` is: %s CHANGE AT GONE LINE...",
				words->word[0], words->word[0]);
	const char *rest = lines;
	while (--at > 0 && *rest != '\0')
		rest += lines_first_length(rest);
	buf_append(out, lines, (size_t)(rest - lines));
	for (; gone > 0 && *rest != '\0'; gone--)
		rest += lines_first_length(rest);
	if (at > 0 || gone > 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "the state before has only %d lines",
				lines_count(lines, strlen(lines)));
	TRY(append_lines(out, words, 4, LINE_OF_STATE, err));
	buf_text(out, rest);
	return out->failed ? no_memory(err) : LADLE_OK;
}

static enum ladle_status
take_step(struct saved *saved, const struct words *words, bool amend, struct ladle_error *err)
{
	struct buf lines;

	if (words->count < 4)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` is: %s CHANGE AT GONE LINE...",
				words->word[0], words->word[0]);
	buf_init(&lines);
	enum ladle_status status = splice(&lines, saved_present(saved), words, err);
	char *copy = status == LADLE_OK ? strdup(buf_string(&lines)) : NULL;
	buf_done(&lines);
	if (status != LADLE_OK)
		return status;
	bool good = amend ? replace_state(saved, words->word[1], copy)
			  : push_state(saved, words->word[1], copy);
	return good ? LADLE_OK : no_memory(err);
}

static enum ladle_status
take_travel(struct saved *saved, const struct words *words, int step, struct ladle_error *err)
{
	int to = saved->present + step;

	if (words->count > 1 || to < 0 || to >= saved->count)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s`: there is nothing to %s",
				words->word[0], words->word[0]);
	saved->present = to;
	return LADLE_OK;
}

static enum ladle_status
take_lines(struct buf *old, const struct words *words, unsigned kind, struct ladle_error *err)
{
	struct buf lines;

	buf_init(&lines);
	enum ladle_status status = append_lines(&lines, words, 1, kind, err);
	if (status != LADLE_OK) {
		buf_done(&lines);
		return status;
	}
	buf_done(old);
	*old = lines;
	return LADLE_OK;
}

static enum ladle_status
take_words(struct saved *saved, const struct words *words, struct ladle_error *err)
{
	const char *word = words->count == 0 ? "" : words->word[0];

	if (strcmp(word, "step") == 0 || strcmp(word, "amend") == 0)
		return take_step(saved, words, *word == 'a', err);
	if (strcmp(word, "undo") == 0 || strcmp(word, "redo") == 0)
		return take_travel(saved, words, *word == 'u' ? -1 : 1, err);
	if (strcmp(word, "settings") == 0)
		return take_lines(&saved->settings, words, LINE_OF_SETTINGS, err);
	if (strcmp(word, "face") == 0)
		return take_lines(&saved->face, words, LINE_OF_FACE, err);
	return ladle_fail(err, LADLE_E_USAGE, NULL, "`%s` is no record of a session", word);
}

enum ladle_status
saved_apply(struct saved *saved, const char *record, struct ladle_error *err)
{
	struct words words;

	TRY(words_split(&words, record, err));
	enum ladle_status status = saved->count == 0
			? ladle_fail(err, LADLE_E_USAGE, NULL, "no file is opened before this")
			: take_words(saved, &words, err);
	words_free(&words);
	return status;
}

int
saved_replay(struct saved *saved, const char *journal, size_t length, bool *face)
{
	int changes = 0;

	for (const char *at = journal, *end; at < journal + length; at = end + 1) {
		end = memchr(at, '\n', (size_t)(journal + length - at));
		char *line = end == NULL ? NULL : strndup(at, (size_t)(end - at));
		bool good = line != NULL && strlen(line) == (size_t)(end - at) &&
			    saved_apply(saved, line, NULL) == LADLE_OK;
		bool other = good && (strncmp(line, "face", 4) == 0 ||
						     strncmp(line, "settings", 8) == 0);
		free(line);
		if (!good)
			break;
		changes += !other;
		if (other && face != NULL)
			*face = true;
	}
	return changes;
}

/* ---- in ---- */

bool
saved_is_session(const char *text, size_t length)
{
	return length >= sizeof(title) - 1 && memcmp(text, title, sizeof(title) - 1) == 0;
}

/* In the order of enum part: what stands before a line's own part is over. */
enum part { PART_SETTINGS, PART_STATE, PART_RECORDS, PART_FACE };

struct reading {
	struct saved *saved;
	struct buf state; /* the oldest, with its comments */
	int first, number; /* lines: where it begins, and the present one */
	enum part part;
};

static bool
is_record(const char *line)
{
	size_t length = strcspn(line, " ");

	return (length == 4 && (strncmp(line, "step", 4) == 0 || strncmp(line, "undo", 4) == 0));
}

static enum ladle_status
end_state(struct reading *reading, struct ladle_error *err)
{
	if (reading->part >= PART_RECORDS)
		return LADLE_OK;
	if (reading->part != PART_STATE)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "no file is opened before this");
	if (reading->state.failed || !saved_begin(reading->saved, buf_string(&reading->state)))
		return no_memory(err);
	reading->saved->states[0].line = reading->first;
	reading->part = PART_RECORDS;
	return LADLE_OK;
}

static enum ladle_status
read_command(struct reading *reading, const char *line, struct ladle_error *err)
{
	unsigned kinds;

	TRY(check_line(line, &kinds, err));
	if (reading->part == PART_SETTINGS && kinds & LINE_OF_SETTINGS) {
		buf_format(&reading->saved->settings, "%s\n", line);
	} else if (reading->part <= PART_STATE && kinds & LINE_OF_STATE) {
		if (reading->part == PART_SETTINGS)
			reading->first = reading->number;
		buf_format(&reading->state, "%s\n", line);
		reading->part = PART_STATE;
	} else if (kinds & LINE_OF_FACE) {
		TRY(end_state(reading, err));
		buf_format(&reading->saved->face, "%s\n", line);
		reading->part = PART_FACE;
	} else {
		return ladle_fail(err, LADLE_E_USAGE, NULL, "`%.*s` comes too late",
				(int)strcspn(line, " "), line);
	}
	return LADLE_OK;
}

static enum ladle_status
read_line(struct reading *reading, const char *line, struct ladle_error *err)
{
	if (*line == '\0' || *line == '#') {
		if (reading->part == PART_STATE)
			buf_format(&reading->state, "%s\n", line);
		return LADLE_OK;
	}
	if (!is_record(line))
		return read_command(reading, line, err);
	TRY(end_state(reading, err));
	if (reading->part != PART_RECORDS)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "`%.4s` comes too late", line);
	TRY(saved_apply(reading->saved, line, err));
	reading->saved->states[reading->saved->present].line = reading->number;
	return LADLE_OK;
}

static enum ladle_status
read_title(const char *text, size_t length, struct ladle_error *err)
{
	size_t before = sizeof(title) - 1, number = 0;

	if (!saved_is_session(text, length))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"line 1: no session of ladle: it does not begin with `%s%s`", title,
				version);
	while (before + number < length && text[before + number] != '\n')
		number++;
	if (number == sizeof(version) - 1 && memcmp(text + before, version, number) == 0)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, NULL,
			"line 1: a session of another version of ladle; this one reads version %s",
			version);
}

static enum ladle_status
fail_line(struct ladle_error *err, int number, const struct ladle_error *cause)
{
	return ladle_fail(err, cause->status, NULL, "line %d: %s", number, cause->text);
}

static enum ladle_status
read_lines(struct reading *reading, const char *text, size_t length, struct ladle_error *err)
{
	struct ladle_error cause = {0};
	int number = 1;

	for (const char *at = text, *end; at < text + length; at = end + 1, number++) {
		reading->number = number;
		end = memchr(at, '\n', (size_t)(text + length - at));
		if (end == NULL)
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"line %d: it has no end: the file is cut", number);
		if (memchr(at, '\0', (size_t)(end - at)) != NULL)
			return ladle_fail(err, LADLE_E_USAGE, NULL, "line %d: no text", number);
		char *line = strndup(at, (size_t)(end - at));
		enum ladle_status status = line == NULL ? no_memory(&cause)
							: read_line(reading, line, &cause);
		free(line);
		if (status != LADLE_OK)
			return fail_line(err, number, &cause);
	}
	if (end_state(reading, &cause) != LADLE_OK)
		return fail_line(err, number, &cause);
	return LADLE_OK;
}

enum ladle_status
saved_read(struct saved *out, const char *text, size_t length, struct ladle_error *err)
{
	struct reading reading = {.saved = out, .part = PART_SETTINGS};

	saved_init(out);
	buf_init(&reading.state);
	if (length > SAVED_LARGEST)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "no session is larger than %d MiB",
				SAVED_LARGEST >> 20);
	TRY(read_title(text, length, err));
	enum ladle_status status = read_lines(&reading, text, length, err);
	buf_done(&reading.state);
	if (status != LADLE_OK)
		saved_free(out);
	return status;
}

/* ---- out ---- */

void
saved_write(const struct saved *saved, struct buf *out)
{
	buf_format(out, "%s%s\n%s", title, version, buf_string(&saved->settings));
	for (int i = 0; i < saved->count; i++) {
		if (i == 0) {
			buf_text(out, saved->states[i].lines);
			continue;
		}
		record_between(out, saved->states[i - 1].lines, SAVED_STEP, saved->states[i].change,
				saved->states[i].lines);
		buf_char(out, '\n');
	}
	for (int i = saved->count - 1; i > saved->present; i--)
		buf_text(out, "undo\n");
	buf_text(out, buf_string(&saved->face));
}
