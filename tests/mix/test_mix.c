#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/fake_table.h"

enum { K = 3 };

/* 0 dense/kernel, 1 dense/bias, 2 out/kernel (not in A), 3 seed/state (never averaged). */
static struct fake fake;

struct desk {
	struct ladle_mix *mix;
	double w[K];
	struct ladle_weights from;
};

static int
setup(void **state)
{
	static const float zero;
	static const uint32_t seed[2];
	const void *const all[] = {&zero, &zero, &zero}, *const two[] = {NULL, &zero, &zero};
	const void *const seeds[] = {seed, seed, seed};

	(void)state;
	fake_init(&fake, K);
	fake_layer(&fake, "dense", "Dense", LADLE_NONE);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT32, 2, 1, all);
	fake_row(&fake, "dense/bias", LADLE_FLOAT32, 1, 1, all);
	fake_layer(&fake, "out", "Dense", LADLE_NONE);
	fake_row(&fake, "out/kernel", LADLE_FLOAT32, 2, 1, two);
	fake_layer(&fake, "seed", "SeedGenerator", LADLE_NONE);
	fake_row(&fake, "seed/state", LADLE_UINT32, 1, 2, seeds);
	return 0;
}

static struct desk
new_desk(void)
{
	struct desk desk = {.mix = NULL};

	assert_int_equal(ladle_mix_new(&desk.mix, K, NULL), LADLE_OK);
	return desk;
}

static enum ladle_status
rule(struct desk *desk, const char *pattern, bool skip, double a, double b, double c,
		struct ladle_error *err)
{
	const double set[K] = {a, b, c};

	return ladle_mix_add_rule(desk->mix, &fake.table, pattern, skip, set, "as typed", err);
}

static void
expect_weights(struct desk *desk, uint32_t row, double a, double b, double c, double sum)
{
	desk->from = ladle_mix_weights(desk->mix, &fake.table, row, desk->w);
	assert_true(desk->w[0] == a && desk->w[1] == b && desk->w[2] == c);
	assert_true(desk->from.sum == sum);
}

static void
all_count_alike_at_first(void **state)
{
	struct desk desk = new_desk();
	double w[K];

	(void)state;
	assert_true(ladle_mix_normalised(desk.mix));
	assert_int_equal(ladle_mix_template(desk.mix), 0);
	assert_true(ladle_mix_fader_weights(desk.mix, w) == 3);
	expect_weights(&desk, 0, 1, 1, 1, 3);
	assert_int_equal(desk.from.source, LADLE_W_FADERS);
	assert_true(desk.from.rule == LADLE_NONE);
	ladle_mix_free(desk.mix);
	ladle_mix_free(NULL);
}

static void
mute_and_solo_keep_what_was_set(void **state)
{
	struct desk desk = new_desk();

	(void)state;
	for (uint32_t k = 0; k < K; k++)
		ladle_mix_fader(desk.mix, k)->set = k + 1;
	ladle_mix_fader(desk.mix, 1)->mute = true;
	expect_weights(&desk, 0, 1, 0, 3, 4);
	ladle_mix_fader(desk.mix, 1)->solo = true; /* solo wins over mute */
	expect_weights(&desk, 0, 0, 2, 0, 2);
	ladle_mix_fader(desk.mix, 2)->solo = true;
	expect_weights(&desk, 0, 0, 2, 3, 5);
	ladle_mix_fader(desk.mix, 1)->solo = ladle_mix_fader(desk.mix, 2)->solo = false;
	ladle_mix_fader(desk.mix, 1)->mute = false;
	expect_weights(&desk, 0, 1, 2, 3, 6);
	assert_true(ladle_mix_fader_const(desk.mix, 1)->set == 2);
	ladle_mix_free(desk.mix);
}

static void
without_normalise_the_sum_is_one(void **state)
{
	struct desk desk = new_desk();

	(void)state;
	ladle_mix_set_normalised(desk.mix, false);
	expect_weights(&desk, 0, 1, 1, 1, 1);
	ladle_mix_free(desk.mix);
}

static void
the_later_rule_wins(void **state)
{
	struct desk desk = new_desk();

	(void)state;
	assert_int_equal(rule(&desk, "dense*", false, 1, 0, 0, NULL), LADLE_OK);
	assert_int_equal(rule(&desk, "dense/bias", false, 0, 0, 5, NULL), LADLE_OK);
	assert_int_equal(ladle_mix_rule_count(desk.mix), 2);
	assert_int_equal(ladle_mix_rule_rows(desk.mix, 0), 2);
	assert_int_equal(ladle_mix_rule_rows(desk.mix, 1), 1);
	expect_weights(&desk, 0, 1, 0, 0, 1);
	assert_int_equal(desk.from.source, LADLE_W_RULE);
	assert_int_equal(desk.from.rule, 0);
	expect_weights(&desk, 1, 0, 0, 5, 5);
	assert_int_equal(desk.from.rule, 1);
	expect_weights(&desk, 2, 1, 1, 1, 3);
	ladle_mix_remove_rule(desk.mix, 1);
	expect_weights(&desk, 1, 1, 0, 0, 1);
	ladle_mix_remove_rule(desk.mix, 0);
	expect_weights(&desk, 1, 1, 1, 1, 3);
	ladle_mix_free(desk.mix);
}

/* A column that the rule does not name keeps the fader's weight, muted or not; one that it names
 * has the rule's, whatever the mixer mutes. */
static void
a_rule_takes_only_the_columns_that_it_names(void **state)
{
	struct desk desk = new_desk();

	(void)state;
	ladle_mix_fader(desk.mix, 1)->set = .25;
	ladle_mix_fader(desk.mix, 2)->mute = true;
	rule(&desk, "dense", false, 4, NAN, NAN, NULL);
	expect_weights(&desk, 0, 4, .25, 0, 4.25);
	ladle_mix_fader(desk.mix, 0)->mute = true;
	expect_weights(&desk, 0, 4, .25, 0, 4.25);
	ladle_mix_free(desk.mix);
}

static void
a_rule_that_matches_nothing_is_refused_and_named(void **state)
{
	struct desk desk = new_desk();
	struct ladle_error err;

	(void)state;
	assert_int_equal(rule(&desk, "lstm*", false, 1, 0, 0, &err), LADLE_E_USAGE);
	assert_non_null(strstr(err.text, "lstm*"));
	assert_int_equal(rule(&desk, "re:(", false, 1, 0, 0, &err), LADLE_E_USAGE);
	assert_int_equal(ladle_mix_rule_count(desk.mix), 0);
	expect_weights(&desk, 0, 1, 1, 1, 3);
	ladle_mix_free(desk.mix);
}

static void
a_rule_remembers_its_words(void **state)
{
	struct desk desk = new_desk();
	char pattern[] = "dense", text[] = "mix A=1 B=0 on dense";
	double set[K] = {1, 0, NAN};
	const struct ladle_rule *kept;

	(void)state;
	ladle_mix_add_rule(desk.mix, &fake.table, pattern, false, set, text, NULL);
	memset(pattern, '#', 5);
	memset(text, '#', 5);
	set[0] = 9;
	kept = ladle_mix_rule(desk.mix, 0);
	assert_string_equal(kept->pattern, "dense");
	assert_string_equal(kept->text, "mix A=1 B=0 on dense");
	assert_false(kept->skip);
	assert_true(kept->set[0] == 1 && kept->set[1] == 0 && isnan(kept->set[2]));
	ladle_mix_free(desk.mix);
}

static void
skipped_and_copied_rows_are_the_templates(void **state)
{
	struct desk desk = new_desk();

	(void)state;
	ladle_mix_set_template(desk.mix, 1);
	rule(&desk, "dense/bias", true, NAN, NAN, NAN, NULL);
	expect_weights(&desk, 1, 0, 1, 0, 1);
	assert_int_equal(desk.from.source, LADLE_W_SKIPPED);
	expect_weights(&desk, 3, 0, 1, 0, 1);
	assert_int_equal(desk.from.source, LADLE_W_COPIED);
	rule(&desk, "*", false, 1, 1, 1, NULL);
	expect_weights(&desk, 3, 0, 1, 0, 1); /* no rule averages a seed */
	assert_int_equal(desk.from.source, LADLE_W_COPIED);
	ladle_mix_free(desk.mix);
}

static void
a_row_that_the_template_lacks_comes_from_the_next(void **state)
{
	struct desk desk = new_desk();

	(void)state;
	rule(&desk, "out", true, NAN, NAN, NAN, NULL);
	expect_weights(&desk, 2, 0, 1, 0, 1);
	ladle_mix_free(desk.mix);
}

static void
a_copy_lives_its_own_life(void **state)
{
	struct desk desk = new_desk(), old;

	(void)state;
	ladle_mix_fader(desk.mix, 0)->lock = true;
	rule(&desk, "dense", false, 1, 0, 0, NULL);
	ladle_mix_set_normalised(desk.mix, false);
	ladle_mix_set_template(desk.mix, 2);
	old.mix = ladle_mix_copy(desk.mix);
	ladle_mix_remove_rule(desk.mix, 0);
	ladle_mix_fader(desk.mix, 0)->set = 7;
	ladle_mix_set_normalised(desk.mix, true);
	ladle_mix_free(desk.mix);
	expect_weights(&old, 0, 1, 0, 0, 1);
	assert_string_equal(ladle_mix_rule(old.mix, 0)->pattern, "dense");
	assert_int_equal(ladle_mix_rule_rows(old.mix, 0), 2);
	assert_int_equal(ladle_mix_template(old.mix), 2);
	assert_false(ladle_mix_normalised(old.mix));
	assert_true(ladle_mix_fader_const(old.mix, 0)->lock);
	assert_true(ladle_mix_fader_const(old.mix, 0)->set == 1);
	ladle_mix_free(old.mix);
}

static double
share(const struct ladle_mix *mix, uint32_t column)
{
	double sum = 0;

	for (uint32_t k = 0; k < K; k++)
		sum += ladle_mix_fader_const(mix, k)->set;
	return ladle_mix_fader_const(mix, column)->set / sum;
}

static void
locked_faders_keep_their_share(void **state)
{
	struct desk desk = new_desk();

	(void)state;
	ladle_mix_fader(desk.mix, 0)->set = 2; /* one half */
	ladle_mix_fader(desk.mix, 0)->lock = true;
	assert_int_equal(ladle_mix_move(desk.mix, 1, 3, NULL), LADLE_OK);
	assert_true(ladle_mix_fader_const(desk.mix, 1)->set == 3);
	assert_true(ladle_mix_fader_const(desk.mix, 2)->set == 1);
	assert_true(fabs(share(desk.mix, 0) - .5) < 1e-15);
	ladle_mix_fader(desk.mix, 0)->lock = false;
	ladle_mix_move(desk.mix, 0, 0, NULL);
	assert_true(ladle_mix_fader_const(desk.mix, 0)->set == 0);
	assert_true(ladle_mix_fader_const(desk.mix, 1)->set == 3);
	ladle_mix_free(desk.mix);
}

static void
locks_that_leave_nothing_are_refused(void **state)
{
	struct desk desk = new_desk();
	struct ladle_error err;

	(void)state;
	ladle_mix_fader(desk.mix, 0)->lock = true;
	assert_int_equal(ladle_mix_move(desk.mix, 0, 2, &err), LADLE_E_USAGE);
	ladle_mix_fader(desk.mix, 1)->set = ladle_mix_fader(desk.mix, 2)->set = 0;
	assert_int_equal(ladle_mix_move(desk.mix, 1, 1, &err), LADLE_E_USAGE);
	assert_true(ladle_mix_fader_const(desk.mix, 0)->set == 1);
	assert_true(ladle_mix_fader_const(desk.mix, 1)->set == 0);
	ladle_mix_fader(desk.mix, 1)->set = 1;
	assert_int_equal(ladle_mix_move(desk.mix, 1, 0, &err), LADLE_E_USAGE);
	assert_true(ladle_mix_fader_const(desk.mix, 1)->set == 1);
	ladle_mix_free(desk.mix);
}

/* The divisor of numpy.average for the weights 1/7, 2/7, .. k/7, numpy 2.4. */
static void
many_weights_add_as_numpy_adds(void **state)
{
	static const struct {
		uint32_t k;
		double sum;
	} table[] = {
			{2, 0x1.b6db6db6db6dbp-2},
			{3, 0x1.b6db6db6db6dbp-1},
			{7, 0x1.0000000000000p+2},
			{8, 0x1.4924924924925p+2},  /* not in plain order */
			{9, 0x1.9b6db6db6db6ep+2},  /* not in plain order */
			{17, 0x1.5db6db6db6db7p+4}, /* not in plain order */
			{18, 0x1.86db6db6db6dcp+4}, /* not in plain order */
			{50, 0x1.6c49249249249p+7},
			{128, 0x1.26db6db6db6dcp+10}, /* not in plain order */
			{129, 0x1.2b76db6db6db6p+10},
			{200, 0x1.66edb6db6db6ep+11},
	};
	struct ladle_mix *mix;
	double w[200];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(ladle_mix_new(&mix, table[i].k, NULL), LADLE_OK);
		for (uint32_t k = 0; k < table[i].k; k++)
			ladle_mix_fader(mix, k)->set = (k + 1) / 7.;
		assert_true(ladle_mix_fader_weights(mix, w) == table[i].sum);
		ladle_mix_free(mix);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(all_count_alike_at_first),
			cmocka_unit_test(mute_and_solo_keep_what_was_set),
			cmocka_unit_test(without_normalise_the_sum_is_one),
			cmocka_unit_test(the_later_rule_wins),
			cmocka_unit_test(a_rule_takes_only_the_columns_that_it_names),
			cmocka_unit_test(a_rule_that_matches_nothing_is_refused_and_named),
			cmocka_unit_test(a_rule_remembers_its_words),
			cmocka_unit_test(skipped_and_copied_rows_are_the_templates),
			cmocka_unit_test(a_row_that_the_template_lacks_comes_from_the_next),
			cmocka_unit_test(a_copy_lives_its_own_life),
			cmocka_unit_test(locked_faders_keep_their_share),
			cmocka_unit_test(locks_that_leave_nothing_are_refused),
			cmocka_unit_test(many_weights_add_as_numpy_adds),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
