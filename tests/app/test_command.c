#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/command.h"

static enum command_id
find(const char *word)
{
	const struct command *command = command_find(word, strlen(word), NULL);

	return command == NULL ? COMMAND_NONE : command->id;
}

static void
a_whole_word_wins_over_longer_ones(void **state)
{
	(void)state;
	assert_int_equal(find("mix"), COMMAND_MIX);
	assert_int_equal(find("mixer"), COMMAND_MIXER);
	assert_int_equal(find("sort"), COMMAND_SORT);
	assert_int_equal(find("tag"), COMMAND_TAG);
}

static void
a_unique_beginning_is_enough(void **state)
{
	(void)state;
	assert_int_equal(find("norm"), COMMAND_NORMALISE);
	assert_int_equal(find("und"), COMMAND_UNDO);
	assert_int_equal(find("templ"), COMMAND_TEMPLATE);
}

static void
the_words_of_vi_are_known(void **state)
{
	(void)state;
	assert_int_equal(find("w"), COMMAND_WRITE);
	assert_int_equal(find("w!"), COMMAND_WRITE);
	assert_int_equal(find("q"), COMMAND_QUIT);
	assert_int_equal(find("q!"), COMMAND_QUIT);
}

static void
only_the_given_length_is_read(void **state)
{
	(void)state;
	assert_int_equal(command_find("mix A=1", 3, NULL)->id, COMMAND_MIX);
	assert_null(command_find("", 0, NULL));
}

static void
an_ambiguous_beginning_names_what_it_may_be(void **state)
{
	struct ladle_error error;

	(void)state;
	assert_null(command_find("mu", 2, &error));
	assert_int_equal(error.status, LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "`mu`"));
	assert_non_null(strstr(error.text, "`mute`"));
	assert_non_null(strstr(error.text, "`much-less`"));
}

static void
an_unknown_word_names_the_nearest_and_its_column(void **state)
{
	struct ladle_error error;

	(void)state;
	assert_null(command_find_at("mxi", 3, 5, &error));
	assert_int_equal(error.status, LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "column 5"));
	assert_non_null(strstr(error.text, "`mxi`"));
	assert_non_null(strstr(error.text, "`mix`"));
}

static void
the_table_is_whole(void **state)
{
	(void)state;
	assert_string_equal(command_of(COMMAND_NONE)->word, "");
	for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++) {
		const struct command *command = command_of((enum command_id)id);
		assert_int_equal(command->id, id);
		assert_int_equal(find(command->word), id);
		assert_true(*command->help != '\0');
		assert_true(command->where != 0);
		assert_true(strchr(command->word, ' ') == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_whole_word_wins_over_longer_ones),
			cmocka_unit_test(a_unique_beginning_is_enough),
			cmocka_unit_test(the_words_of_vi_are_known),
			cmocka_unit_test(only_the_given_length_is_read),
			cmocka_unit_test(an_ambiguous_beginning_names_what_it_may_be),
			cmocka_unit_test(an_unknown_word_names_the_nearest_and_its_column),
			cmocka_unit_test(the_table_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
