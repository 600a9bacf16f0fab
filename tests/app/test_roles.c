#include "app/command.h"
#include "app/roles.h"
#include "app_files.h"

static struct roles own;

static enum ladle_status
set(const char *line, struct ladle_error *err)
{
	struct words words;
	enum ladle_status status;

	assert_int_equal(words_split(&words, line, NULL), LADLE_OK);
	status = roles_set(&own, &words, err);
	words_free(&words);
	return status;
}

static int
begin(void **state)
{
	(void)state;
	own = (struct roles){0};
	return 0;
}

static void
expect_look(enum role role, const char *theme, int colors, unsigned attributes, int color)
{
	struct role_look look = roles_look(&own, role, theme, colors);

	assert_int_equal(look.attributes, attributes);
	assert_int_equal(look.color, color);
}

static void
what_is_named_replaces_the_theme(void **state)
{
	(void)state;
	expect_look(ROLE_DIFFER, "default", 256, LOOK_BOLD | LOOK_REVERSE, 1);
	assert_int_equal(set("color differ underline dim 196", NULL), LADLE_OK);
	expect_look(ROLE_DIFFER, "default", 256, LOOK_UNDERLINE | LOOK_DIM, 196);
	expect_look(ROLE_DIFFER, "light", 256, LOOK_UNDERLINE | LOOK_DIM, 196);
	assert_int_equal(own.made, 1);
}

static void
what_is_not_named_stays(void **state)
{
	(void)state;
	assert_int_equal(set("color differ bright-green", NULL), LADLE_OK);
	expect_look(ROLE_DIFFER, "default", 256, LOOK_BOLD | LOOK_REVERSE, 10);
	assert_int_equal(set("color drift plain", NULL), LADLE_OK);
	expect_look(ROLE_DRIFT, "default", 256, 0, 3);
	expect_look(ROLE_DRIFT, "colour-blind", 256, 0, 214);
}

static void
the_role_alone_goes_back_to_the_theme(void **state)
{
	(void)state;
	assert_int_equal(set("color differ plain default", NULL), LADLE_OK);
	expect_look(ROLE_DIFFER, "light", 256, 0, -1);
	assert_int_equal(set("color differ", NULL), LADLE_OK);
	expect_look(ROLE_DIFFER, "light", 256, LOOK_BOLD | LOOK_REVERSE, 124);
}

static void
attributes_stay_where_colours_cannot_be(void **state)
{
	(void)state;
	assert_int_equal(set("color alike underline 200", NULL), LADLE_OK);
	expect_look(ROLE_ALIKE, "default", 16, LOOK_UNDERLINE, 6);
	expect_look(ROLE_ALIKE, "default", 8, LOOK_UNDERLINE, 6);
	expect_look(ROLE_ALIKE, "default", 0, LOOK_UNDERLINE, -1);
	expect_look(ROLE_ALIKE, "mono", 256, LOOK_UNDERLINE, -1);
	assert_int_equal(set("color alike bright-cyan", NULL), LADLE_OK);
	expect_look(ROLE_ALIKE, "default", 8, 0, 6);
}

static void
errors_name_column_word_and_nearest(void **state)
{
	static const struct {
		const char *line, *text;
	} cases[] = {
			{"color", "`color` needs ROLE [ATTRIBUTE ...] [COLOUR]"},
			{"color difer red", "column 7: `difer` is no part of the screen, which "
					    "`color` alone lists; the nearest is `differ`"},
			{"color differ rad", "column 14: `rad` is no attribute, colour or number "
					     "up to 255; the nearest is `red`"},
			{"color differ blod", "column 14: `blod` is no attribute, colour or number "
					      "up to 255; the nearest is `bold`"},
			{"color differ 256", "column 14: `256` is no attribute"},
			{"color differ -1", "column 14: `-1` is no attribute"},
			{"color differ 1x", "column 14: `1x` is no attribute"},
			{"color differ red bold blue", "column 23: `blue` is one word too many: "
						       "the colour is the last"},
	};
	struct ladle_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(set(cases[i].line, &error), LADLE_E_USAGE);
		if (strstr(error.text, cases[i].text) == NULL)
			fail_msg("%s: %s", cases[i].line, error.text);
	}
	assert_int_equal(own.made, 0);
	expect_look(ROLE_DIFFER, "default", 256, LOOK_BOLD | LOOK_REVERSE, 1);
}

/* What `color` lists can be typed again, and gives the same look. */
static void
lines_give_the_look_that_they_show(void **state)
{
	(void)state;
	assert_int_equal(set("color title underline bold 77", NULL), LADLE_OK);
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct role_look before = roles_look(&own, (enum role)i, "light", 256);
		struct buf line;
		char *end;

		buf_init(&line);
		roles_line(&line, &own, (enum role)i, "light", 256);
		assert_int_equal(line.data[0], i == ROLE_TITLE ? '*' : ' ');
		end = line.data + 2 + strlen("color ") + 8 + 22;
		assert_int_equal(*end, ' ');
		*end = '\0';
		own.own[i] = (struct own_look){0};
		assert_int_equal(set(line.data + 2, NULL), LADLE_OK);
		expect_look((enum role)i, "light", 256, before.attributes, before.color);
		buf_done(&line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup(what_is_named_replaces_the_theme, begin),
			cmocka_unit_test_setup(what_is_not_named_stays, begin),
			cmocka_unit_test_setup(the_role_alone_goes_back_to_the_theme, begin),
			cmocka_unit_test_setup(attributes_stay_where_colours_cannot_be, begin),
			cmocka_unit_test_setup(errors_name_column_word_and_nearest, begin),
			cmocka_unit_test_setup(lines_give_the_look_that_they_show, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
