/* The lines `align ..` by themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "app/command.h"
#include "app/lineup.h"
#include "base/buf.h"

static struct lineup *
read_line(const char *line)
{
	struct lineup *lineup;
	struct words words;
	struct ladle_error error = {0};

	assert_int_equal(words_split(&words, line, NULL), LADLE_OK);
	if (lineup_read(&lineup, &words, "T", &error) != LADLE_OK)
		fail_msg("%s: %s", line, error.text);
	words_free(&words);
	return lineup;
}

static void
expect_text(const struct lineup *lineup, const char *expected)
{
	struct buf text;

	buf_init(&text);
	lineup_text(&text, lineup);
	assert_string_equal(buf_string(&text), expected);
	buf_done(&text);
}

static void
a_line_is_said_again_in_full(void **state)
{
	static const char *const lines[][2] = {
			{"align", "align all to T"},
			{"align all", "align all to T"},
			{"align all to A", "align all to A"},
			{"align B", "align B to T"},
			{"align B to A", "align B to A"},
			{"align B C to A by raw seed 7", "align B C to A by raw seed 7"},
			{"align B seed 0 by selected to A", "align B to A"},
			{"align by exact", "align all to T by exact"},
			{"align B by normalised seed 18446744073709551615",
					"align B to T by normalised seed 18446744073709551615"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct lineup *lineup = read_line(lines[i][0]);
		struct lineup *again = read_line(lines[i][1]);
		expect_text(lineup, lines[i][1]);
		assert_true(lineup_same(lineup, again));
		lineup_release(lineup);
		lineup_release(again);
	}
}

static void
a_wrong_line_is_refused_where_it_is_wrong(void **state)
{
	static const char *const lines[][2] = {
			{"align B to", "column 9"},
			{"align B by", "column 9"},
			{"align B to A by hand", "column 17"},
			{"align B to A seed", "column 14"},
			{"align B to A seed -1", "column 19"},
			{"align B to A seed 18446744073709551616", "column 19"},
			{"align B to A seed 1x", "column 19"},
			{"align B B to A", "column 9"},
			{"align A to A", "A cannot get its own order"},
			{"align T", "T cannot get its own order"},
			{"align B to A C", "column 14"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct lineup *lineup;
		struct words words;
		struct ladle_error error = {0};
		assert_int_equal(words_split(&words, lines[i][0], NULL), LADLE_OK);
		assert_int_equal(lineup_read(&lineup, &words, "T", &error), LADLE_E_USAGE);
		if (strstr(error.text, lines[i][1]) == NULL)
			fail_msg("%s: %s", lines[i][0], error.text);
		words_free(&words);
	}
}

static void
all_are_all_but_the_one_whose_order_it_is(void **state)
{
	struct lineup *all = read_line("align all to A"), *one = read_line("align B to A");

	(void)state;
	assert_true(lineup_moves(all, "B") && lineup_moves(all, "Z"));
	assert_false(lineup_moves(all, "A"));
	assert_true(lineup_moves(one, "B"));
	assert_false(lineup_moves(one, "A") || lineup_moves(one, "C"));
	lineup_release(all);
	lineup_release(one);
}

static struct lineup_list
list_of(const char *const *lines, uint32_t count)
{
	struct lineup_list list = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct lineup *lineup = read_line(lines[i]);
		assert_true(lineup_list_append(&list, lineup));
		lineup_release(lineup);
	}
	return list;
}

static void
expect_list(const struct lineup_list *list, const char *const *lines, uint32_t count)
{
	assert_int_equal(list->count, count);
	for (uint32_t i = 0; i < count; i++)
		expect_text(list->item[i], lines[i]);
}

static void
one_checkpoint_is_taken_out_of_all_lines(void **state)
{
	static const char *const lines[] = {"align all to A", "align B C to D", "align B to C",
			"align C to B seed 4"};
	static const char *const left[] = {
			"align C D to A", "align C to D", "align C to B seed 4"};
	static const char *const others[] = {"A", "B", "C", "D"};
	struct lineup_list list = list_of(lines, 4), copy;

	(void)state;
	assert_true(lineup_list_copy(&copy, &list, 4));
	assert_true(lineup_list_release(&list, "B", others, 4));
	expect_list(&list, left, 3);
	expect_list(&copy, lines, 4);
	assert_false(lineup_list_same(&list, &copy));
	lineup_list_free(&list);
	lineup_list_free(&copy);
}

static void
a_closed_checkpoint_takes_the_lines_to_its_order_with_it(void **state)
{
	static const char *const lines[] = {"align all to A", "align B C to D", "align B to C",
			"align C to B seed 4"};
	static const char *const left[] = {"align all to A", "align C to D"};
	struct lineup_list list = list_of(lines, 4);

	(void)state;
	assert_true(lineup_list_forget(&list, "B"));
	expect_list(&list, left, 2);
	lineup_list_free(&list);
}

/* The measured ranges of alignment.md 4.3: lazy, conv and rich networks, and a copy. */
static void
evidence_is_what_the_null_has_not(void **state)
{
	static const uint32_t order[] = {1, 0};
	static const struct {
		struct ladle_match match;
		bool evident;
	} cases[] = {
			{{.cosine_raw = 0, .cosine_matched = .1934, .cosine_null = .1918}, false},
			{{.cosine_raw = .01, .cosine_matched = .837, .cosine_null = .382}, true},
			{{.cosine_raw = .01, .cosine_matched = .494, .cosine_null = .322}, true},
			{{.cosine_raw = .95, .cosine_matched = .96, .cosine_null = .3}, false},
			{{.exact = true, .cosine_raw = NAN, .cosine_matched = NAN,
					 .cosine_null = NAN},
					true},
			{{.cosine_raw = NAN, .cosine_matched = NAN, .cosine_null = NAN}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ladle_match match = cases[i].match;
		assert_false(lineup_is_evident(&match));
		match.order = order;
		match.moved = 2;
		assert_int_equal(lineup_is_evident(&match), cases[i].evident);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_line_is_said_again_in_full),
			cmocka_unit_test(a_wrong_line_is_refused_where_it_is_wrong),
			cmocka_unit_test(all_are_all_but_the_one_whose_order_it_is),
			cmocka_unit_test(one_checkpoint_is_taken_out_of_all_lines),
			cmocka_unit_test(a_closed_checkpoint_takes_the_lines_to_its_order_with_it),
			cmocka_unit_test(evidence_is_what_the_null_has_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
