#include "tui/tui_test.h"

#include <stdio.h>
#include <string.h>

#include "app/key.h"
#include "app/keymap.h"
#include "base/buf.h"

static struct keymap map;

static int
make_map(void **state)
{
	(void)state;
	return keymap_init(&map) ? 0 : -1;
}

static int
free_map(void **state)
{
	(void)state;
	keymap_done(&map);
	return 0;
}

/* Types single characters; returns the command, with *count, of the last. */
static enum command_id
type(unsigned where, const char *keys, long *count)
{
	struct keymap_state keymap = {0, 0};
	const struct binding *binding = NULL;

	for (; *keys != '\0'; keys++)
		if (keymap_feed(&map, &keymap, where, *keys, &binding, count) == KEYMAP_UNKNOWN)
			return COMMAND_NONE;
	return binding == NULL ? COMMAND_NONE : binding->command;
}

static void
sequences_and_counts_are_read(void **state)
{
	long count;

	(void)state;
	assert_int_equal(type(LAYERS, "j", &count), COMMAND_DOWN);
	assert_int_equal(count, 0);
	assert_int_equal(type(LAYERS, "15j", &count), COMMAND_DOWN);
	assert_int_equal(count, 15);
	assert_int_equal(type(LAYERS, "gg", &count), COMMAND_TOP);
	assert_int_equal(type(LAYERS, "10gg", &count), COMMAND_TOP);
	assert_int_equal(count, 10);
	assert_int_equal(type(LAYERS, "]c", &count), COMMAND_NEXT);
	assert_int_equal(type(HELP, "]c", &count), COMMAND_NONE);
	assert_int_equal(type(LAYERS, "gx", &count), COMMAND_NONE);
}

static void
digits_are_faders_in_the_mixer(void **state)
{
	struct keymap_state keymap = {0, 0};
	const struct binding *binding;
	long count;

	(void)state;
	assert_int_equal(keymap_feed(&map, &keymap, MIXER, '5', &binding, &count), KEYMAP_FOUND);
	assert_int_equal(binding->command, COMMAND_FADER);
	assert_int_equal(keymap_feed(&map, &keymap, LAYERS, '5', &binding, &count), KEYMAP_PENDING);
}

static void
a_key_means_what_its_view_says(void **state)
{
	long count;

	(void)state;
	assert_int_equal(type(LAYERS, "x", &count), COMMAND_COPY_ROW);
	assert_int_equal(type(MIXER, "x", &count), COMMAND_TOGGLE_LOCK);
	assert_int_equal(type(LAYERS, "sk", &count), COMMAND_SORT_KEEP);
	assert_int_equal(type(MIXER, "s", &count), COMMAND_TOGGLE_SOLO);
	assert_int_equal(type(EXPORT, "s", &count), COMMAND_NONE);
}

static void
counts_do_not_overflow(void **state)
{
	long count;

	(void)state;
	assert_int_equal(type(LAYERS, "99999999999999999999999999j", &count), COMMAND_DOWN);
	assert_int_equal(count, 1000000);
}

/* Two commands on one key in one view would hide one of them. */
static void
no_key_is_bound_twice_in_a_view(void **state)
{
	(void)state;
	for (int i = 0; i < map.count; i++)
		for (int k = 0; k < i; k++) {
			const struct binding *a = &map.bindings[i], *b = &map.bindings[k];

			if (a->key != b->key || a->second != b->second)
				continue;
			if (a->where & b->where)
				fail_msg("%s and %s", command_of(a->command)->word,
						command_of(b->command)->word);
		}
}

/* tui.md: terminals steal F1, F10, F11, so that every F-key needs a twin. */
static void
every_function_key_has_a_twin(void **state)
{
	(void)state;
	for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++) {
		const char *keys = command_of((enum command_id)id)->keys, *f = strchr(keys, 'F');

		if (f != NULL && f[1] >= '0' && f[1] <= '9')
			assert_non_null(strchr(keys, ' '));
	}
}

/* Runs a line `map` or `unmap` on a map of its own. */
static struct keymap own;

static enum ladle_status
change(const char *line, struct buf *note, struct ladle_error *err)
{
	struct words words;
	enum ladle_status status;

	assert_int_equal(words_split(&words, line, NULL), LADLE_OK);
	buf_clear(note);
	status = strcmp(words.word[0], "map") == 0 ? keymap_map(&own, &words, note, err)
						   : keymap_unmap(&own, &words, note, err);
	words_free(&words);
	return status;
}

/* What a key gives in a view, as a line. */
static const char *
given(unsigned where, const char *keys)
{
	struct keymap_state state = {0, 0};
	const struct binding *binding = NULL;
	long count;

	for (; *keys != '\0'; keys++)
		if (keymap_feed(&own, &state, where, *keys, &binding, &count) == KEYMAP_UNKNOWN)
			return "";
	if (binding == NULL)
		return "..";
	return binding->line != NULL ? binding->line : command_of(binding->command)->word;
}

static void
a_mapped_key_wins_in_its_view_alone(void **state)
{
	struct buf note;

	(void)state;
	buf_init(&note);
	assert_true(keymap_init(&own));
	assert_int_equal(change("map mixer m mix A=1 B=0", &note, NULL), LADLE_OK);
	assert_string_equal(buf_string(&note), "; before: toggle-mute (mixer)");
	assert_string_equal(given(MIXER, "m"), "mix A=1 B=0");
	assert_string_equal(given(LAYERS, "m"), "");
	assert_int_equal(change("map x undo", &note, NULL), LADLE_OK);
	assert_string_equal(given(LAYERS, "x"), "undo");
	assert_string_equal(given(MIXER, "x"), "undo");
	assert_int_equal(change("unmap x", &note, NULL), LADLE_OK);
	assert_string_equal(given(LAYERS, "x"), "copy");
	assert_string_equal(given(MIXER, "x"), "toggle-lock");
	assert_int_equal(change("unmap mixer x", &note, NULL), LADLE_OK);
	assert_string_equal(given(LAYERS, "x"), "copy");
	assert_string_equal(given(MIXER, "x"), "");
	buf_done(&note);
	keymap_done(&own);
}

static void
sequences_and_their_beginnings_are_told_of(void **state)
{
	struct ladle_error err;
	struct buf note;

	(void)state;
	buf_init(&note);
	assert_true(keymap_init(&own));
	assert_int_equal(change("map layers g worst", &note, NULL), LADLE_OK);
	assert_non_null(strstr(buf_string(&note), "; hides "));
	assert_non_null(strstr(buf_string(&note), "gg"));
	assert_string_equal(given(LAYERS, "g"), "worst");
	assert_string_equal(given(HELP, "gg"), "top");
	assert_int_equal(change("map jx undo", &note, &err), LADLE_E_USAGE);
	assert_non_null(strstr(err.text, "`unmap j` first"));
	assert_int_equal(change("unmap j", &note, NULL), LADLE_OK);
	assert_int_equal(change("map jx undo", &note, NULL), LADLE_OK);
	assert_string_equal(given(LAYERS, "j"), "..");
	assert_string_equal(given(LAYERS, "jx"), "undo");
	/* s begins sequences in the table and is a command of the mixer. */
	assert_int_equal(change("map sx undo", &note, NULL), LADLE_OK);
	assert_non_null(strstr(buf_string(&note), "not in mixer"));
	buf_done(&note);
	keymap_done(&own);
}

static void
wrong_words_are_named_with_the_nearest(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
			{"map Dwn next", "column 5: no key `Dwn`; the nearest is `Down`"},
			{"map mixr X undo", "column 5: no key `mixr`; the nearest is `mixer`"},
			{"map X undoo", "column 7: no command `undoo`; the nearest is `undo`"},
			{"map X", "column 5: `X` needs a command behind it"},
			{"map mixer X unfold", "`unfold` works in layers only"},
			{"unmap Z", "column 7: no command is on `Z`"},
			{"unmap j k", "column 9: `k` is one word too many"},
	};
	struct ladle_error err;
	struct buf note;

	(void)state;
	buf_init(&note);
	assert_true(keymap_init(&own));
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(change(cases[i].line, &note, &err), LADLE_E_USAGE);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].line, err.text);
	}
	buf_done(&note);
	keymap_done(&own);
}

static void
the_lines_make_the_same_keys_again(void **state)
{
	static const char *const lines[] = {"map mixer Z mix A=1 B=0", "map '#' find 'a b'",
			"map C-e export", "map ]x next flag=P", "unmap layers S"};
	struct buf note, text, again;

	(void)state;
	buf_init(&note);
	buf_init(&text);
	buf_init(&again);
	assert_true(keymap_init(&own));
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_int_equal(change(lines[i], &note, NULL), LADLE_OK);
	keymap_text(&text, &own);
	keymap_done(&own);
	assert_true(keymap_init(&own));
	for (char *line = strtok(text.data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		assert_int_equal(change(line, &note, NULL), LADLE_OK);
		buf_format(&again, "%s\n", line);
	}
	buf_clear(&text);
	keymap_text(&text, &own);
	assert_string_equal(buf_string(&text), buf_string(&again));
	assert_non_null(strstr(buf_string(&text), "map mixer Z mix A=1 B=0\n"));
	assert_non_null(strstr(buf_string(&text), "unmap layers S\n"));
	buf_done(&note);
	buf_done(&text);
	buf_done(&again);
	keymap_done(&own);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(sequences_and_counts_are_read),
			cmocka_unit_test(digits_are_faders_in_the_mixer),
			cmocka_unit_test(a_key_means_what_its_view_says),
			cmocka_unit_test(counts_do_not_overflow),
			cmocka_unit_test(no_key_is_bound_twice_in_a_view),
			cmocka_unit_test(every_function_key_has_a_twin),
			cmocka_unit_test(a_mapped_key_wins_in_its_view_alone),
			cmocka_unit_test(sequences_and_their_beginnings_are_told_of),
			cmocka_unit_test(wrong_words_are_named_with_the_nearest),
			cmocka_unit_test(the_lines_make_the_same_keys_again),
	};

	return cmocka_run_group_tests(tests, make_map, free_map);
}
