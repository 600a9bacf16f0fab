#include "tui_test.h"

#include <stdio.h>
#include <string.h>

#include "tui/key.h"
#include "tui/keymap.h"

static struct keymap map;

static int
make_map(void **state)
{
	(void)state;
	keymap_init(&map);
	return 0;
}

/* Types single characters; returns the command, with *count, of the last. */
static enum command_id
type(unsigned where, const char *keys, long *count)
{
	struct keymap_state keymap = {0, 0};
	enum command_id command = COMMAND_NONE;

	for (; *keys != '\0'; keys++)
		if (keymap_feed(&map, &keymap, where, *keys, &command, count) == KEYMAP_UNKNOWN)
			return COMMAND_NONE;
	return command;
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
	enum command_id command;
	long count;

	(void)state;
	assert_int_equal(keymap_feed(&map, &keymap, MIXER, '5', &command, &count), KEYMAP_FOUND);
	assert_int_equal(command, COMMAND_FADER);
	assert_int_equal(keymap_feed(&map, &keymap, LAYERS, '5', &command, &count), KEYMAP_PENDING);
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
	};

	return cmocka_run_group_tests(tests, make_map, NULL);
}
