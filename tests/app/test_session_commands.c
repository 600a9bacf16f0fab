#include "app_files.h"

#include <math.h>

static double
set_of(const struct session *session, uint32_t column)
{
	return ladle_mix_fader_const(session_mix(session), column)->set;
}

static void
mix_sets_the_named_and_keeps_the_others(void **state)
{
	struct session *session = load_seeds(3);

	(void)state;
	expect_run(session, "mix A=.6 B=2.5");
	assert_true(set_of(session, 0) == .6 && set_of(session, 1) == 2.5 &&
			set_of(session, 2) == 1);
	expect_run(session, "mix C=0");
	assert_true(set_of(session, 0) == .6 && set_of(session, 2) == 0);
	expect_run(session, "equal");
	assert_true(set_of(session, 0) == 1 && set_of(session, 1) == 1 && set_of(session, 2) == 1);
	session_free(session);
}

static void
a_rule_keeps_the_faders_of_the_unnamed(void **state)
{
	struct session *session = load_seeds(3);
	double w[3];

	(void)state;
	expect_run(session, "mix A=.5 B=.25 C=.25");
	expect_run(session, "mix B=0 on *kernel");
	const struct ladle_rule *rule = ladle_mix_rule(session_mix(session), 0);
	assert_string_equal(rule->text, "mix B=0 on *kernel");
	assert_true(isnan(rule->set[0]) && rule->set[1] == 0 && isnan(rule->set[2]));
	uint32_t row = row_of(session, "conv_a/kernel");
	ladle_mix_weights(session_mix(session), session_table(session), row, w);
	assert_true(w[0] == .5 && w[1] == 0 && w[2] == .25);
	session_free(session);
}

static void
the_later_rule_wins(void **state)
{
	struct session *session = load_seeds(2);
	double w[2];

	(void)state;
	expect_run(session, "mix A=1 B=0 on *");
	expect_run(session, "mix A=0 B=1 on *kernel");
	uint32_t row = row_of(session, "conv_a/kernel");
	struct ladle_weights weights =
			ladle_mix_weights(session_mix(session), session_table(session), row, w);
	assert_true(w[0] == 0 && w[1] == 1);
	assert_int_equal(weights.rule, 1);
	expect_run(session, "unrule 2");
	ladle_mix_weights(session_mix(session), session_table(session), row, w);
	assert_true(w[0] == 1 && w[1] == 0);
	session_free(session);
}

static void
switches_are_on_unless_they_say_off(void **state)
{
	struct session *session = load_seeds(3);
	const struct ladle_mix *mix;

	(void)state;
	expect_run(session, "mute A");
	expect_run(session, "solo B on");
	expect_run(session, "lock C");
	mix = session_mix(session);
	assert_true(ladle_mix_fader_const(mix, 0)->mute);
	assert_true(ladle_mix_fader_const(mix, 1)->solo);
	assert_true(ladle_mix_fader_const(mix, 2)->lock);
	expect_run(session, "mute A off");
	expect_run(session, "solo B off");
	expect_run(session, "lock C off");
	mix = session_mix(session);
	assert_false(ladle_mix_fader_const(mix, 0)->mute);
	assert_false(ladle_mix_fader_const(mix, 1)->solo);
	assert_false(ladle_mix_fader_const(mix, 2)->lock);
	expect_run(session, "normalise off");
	assert_false(ladle_mix_normalised(session_mix(session)));
	expect_run(session, "template C");
	assert_int_equal(ladle_mix_template(session_mix(session)), 2);
	session_free(session);
}

static void
lines_without_words_do_nothing(void **state)
{
	struct session *session = load_seeds(1);

	(void)state;
	expect_run(session, "");
	expect_run(session, "   ");
	expect_run(session, "# mix A=0");
	assert_int_equal(session_undo_depth(session), 0);
	session_free(session);
}

/* Every line is refused with the given words, and the session is as it was. */
static void
what_fails_changes_nothing(void **state)
{
	static const struct {
		const char *line, *part;
	} wrong[] = {
			{"mxi A=1", "nearest is `mix`"},
			{"  mxi A=1", "column 3"},
			{"layers", "screen only"},
			{"mix", "needs NAME=WEIGHT"},
			{"mix A", "column 5: `A`"},
			{"mix A= B=1", "column 7: `` is no number"},
			{"mix A=1 b=2", "column 9: no checkpoint `b`"},
			{"mix D=1", "nearest is `"},
			{"mix A=1 A=2", "A is named twice"},
			{"mix A=1x", "column 7: `1x`"},
			{"mix A=nan", "`nan` is no number"},
			{"mix A=inf", "`inf` is no number"},
			{"mix A=0x1", "`0x1` is no number"},
			{"mix A=-.5 B=1", "set extrapolate"},
			{"mix A=0 B=0 C=0", "sum to 0"},
			{"mix A=0 B=0 C=0 on *", "sum to 0"},
			{"mix A=1 on", "`on` needs a pattern"},
			{"mix A=1 on x* y", "column 15: `y`"},
			{"mix on x*", "needs NAME=WEIGHT"},
			{"mix A=1 on no-such-layer*", "no-such-layer"},
			{"mix A=1 on re:(", "("},
			{"skip", "PATTERN"},
			{"skip no-such-layer", "no-such-layer"},
			{"skip a b", "column 8"},
			{"normalise", "on|off"},
			{"normalise maybe", "`maybe` is neither"},
			{"template X", "no checkpoint `X`"},
			{"template", "NAME"},
			{"mute A maybe", "`maybe`"},
			{"mute", "NAME"},
			{"equal 2", "`2` is one word too many"},
			{"unrule 1", "there are 0"},
			{"unrule x", "no rule `x`"},
			{"unrule 0", "no rule `0`"},
			{"open", "FILE [as NAME]"},
			{"open x.h5 as", "FILE [as NAME]"},
			{"open x.h5 to B", "FILE [as NAME]"},
			{"drop Q", "no checkpoint `Q`"},
			{"write", "name the output"},
			{"set nothing=1", "no setting `nothing`"},
			{"set sort=size", "sort cannot be `size`"},
			{"set escdelay=-1", "whole number"},
			{"undo", "nothing to undo"},
			{"redo", "nothing to redo"},
			{"undo 2 3", "`undo` is: undo [N]"},
			{"cancel", "no job"},
			{"mix 'A=1", "not closed"},
	};
	struct session *session = load_seeds(3);
	char *before = recipe_of(session);
	uint64_t generation = session_generation(session);

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		expect_refused(session, wrong[i].line, wrong[i].part);
		char *after = recipe_of(session);
		assert_string_equal(after, before);
		free(after);
		assert_int_equal(session_undo_depth(session), 0);
		assert_true(session_generation(session) == generation);
	}
	free(before);
	session_free(session);
}

static void
muting_the_last_that_counts_is_refused(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_run(session, "mute A");
	expect_refused(session, "mute B", "sum to 0");
	assert_false(ladle_mix_fader_const(session_mix(session), 1)->mute);
	session_free(session);
}

static void
extrapolation_is_a_setting(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_run(session, "set extrapolate");
	expect_run(session, "mix A=1.5 B=-.5");
	assert_true(set_of(session, 1) == -.5);
	expect_refused(session, "mix A=1 B=-1", "sum to 0");
	session_free(session);
}

static void
a_file_that_cannot_be_opened_is_no_column(void **state)
{
	struct session *session = load_seeds(2);
	struct ladle_error error;

	(void)state;
	assert_int_equal(session_run(session, "open no/such.h5 as C", &error), LADLE_E_INPUT);
	assert_int_equal(session_file_count(session), 2);
	assert_int_equal(session_undo_depth(session), 0);
	session_free(session);
}

static void
a_dropped_column_takes_its_words_out_of_the_rules(void **state)
{
	struct session *session = load_seeds(3);

	(void)state;
	expect_run(session, "mix A=.5 B=.3 C=.2");
	expect_run(session, "mix A=1 B=0 C=.5 on *kernel");
	expect_run(session, "mix B=2 on *bias");
	expect_run(session, "drop B");
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	assert_true(set_of(session, 0) == .5 && set_of(session, 1) == .2);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	assert_string_equal(
			ladle_mix_rule(session_mix(session), 0)->text, "mix A=1 C=0.5 on *kernel");
	assert_non_null(strstr(session_message(session), "mix B=2 on *bias"));
	expect_run(session, "undo");
	assert_int_equal(session_table(session)->checkpoint_count, 3);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 2);
	assert_string_equal(session_file(session, 1)->id, "B");
	assert_int_equal(session_file(session, 1)->column, 1);
	expect_run(session, "redo");
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	session_free(session);
}

static void
the_last_checkpoint_stays(void **state)
{
	struct session *session = load_seeds(1);

	(void)state;
	expect_refused(session, "drop A", "stays");
	session_free(session);
}

static void
what_is_left_by_a_drop_must_weigh_something(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_run(session, "mix A=1 B=0");
	expect_refused(session, "drop A", "sum to 0");
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	session_free(session);
}

static void
a_column_that_joins_keeps_the_mix(void **state)
{
	struct session *session = load_seeds(2);
	char path[512], line[600];

	(void)state;
	shared_path(path, seeds[2]);
	expect_run(session, "mix A=.6 B=.2");
	expect_run(session, "skip *bias");
	snprintf(line, sizeof(line), "open %s as swa", path);
	expect_run(session, line);
	assert_int_equal(session_table(session)->checkpoint_count, 3);
	assert_true(set_of(session, 0) == .6 && set_of(session, 1) == .2);
	assert_true(fabs(set_of(session, 2) - .4) < 1e-15); /* the mean of the others */
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	expect_run(session, "mix swa=0");
	expect_run(session, "undo");
	expect_run(session, "undo");
	assert_int_equal(session_table(session)->checkpoint_count, 2);
	session_free(session);
}

static void
settings_are_shown_and_switched(void **state)
{
	struct session *session = load_seeds(1);

	(void)state;
	expect_run(session, "set mouse!");
	assert_false(session_setting_on(session, "mouse"));
	expect_run(session, "set mouse!");
	assert_true(session_setting_on(session, "mouse"));
	expect_run(session, "set sort=keep");
	assert_string_equal(session_setting(session, "sort"), "keep");
	expect_run(session, "set sort");
	assert_string_equal(session_message(session),
			"sort=keep, from command; the default is file");
	expect_run(session, "set escdelay");
	assert_string_equal(session_message(session), "escdelay=25, the default");
	expect_run(session, "set mouse?");
	assert_string_equal(session_message(session),
			"mouse=on, from command; the default is on");
	assert_string_equal(session_setting(session, "sort"), "keep");
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(mix_sets_the_named_and_keeps_the_others),
			cmocka_unit_test(a_rule_keeps_the_faders_of_the_unnamed),
			cmocka_unit_test(the_later_rule_wins),
			cmocka_unit_test(switches_are_on_unless_they_say_off),
			cmocka_unit_test(lines_without_words_do_nothing),
			cmocka_unit_test(what_fails_changes_nothing),
			cmocka_unit_test(muting_the_last_that_counts_is_refused),
			cmocka_unit_test(extrapolation_is_a_setting),
			cmocka_unit_test(a_file_that_cannot_be_opened_is_no_column),
			cmocka_unit_test(a_dropped_column_takes_its_words_out_of_the_rules),
			cmocka_unit_test(the_last_checkpoint_stays),
			cmocka_unit_test(what_is_left_by_a_drop_must_weigh_something),
			cmocka_unit_test(a_column_that_joins_keeps_the_mix),
			cmocka_unit_test(settings_are_shown_and_switched),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
