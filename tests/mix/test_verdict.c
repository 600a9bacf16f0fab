#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/fake_table.h"

/* Two values each: the angle between two tensors is plain to see. */
static const float east[] = {1, 0}, north[] = {0, 1}, far_east[] = {1.5f, 0}, west[] = {-1, 0};
static const float near_east[] = {.96f, .28f}; /* of length 1, cosine .96 with east */
static const float spoiled[] = {1, NAN};

struct scene {
	struct fake fake;
	struct ladle_mix *mix;
	struct ladle_measurement *measurement;
};

static void
begin(struct scene *scene, uint32_t columns)
{
	fake_init(&scene->fake, columns);
	assert_int_equal(ladle_mix_new(&scene->mix, columns, NULL), LADLE_OK);
	scene->measurement = NULL;
}

static uint32_t
add_pair(struct scene *scene, const char *label, int rank, const float *a, const float *b)
{
	const void *const data[] = {a, b};

	return fake_row(&scene->fake, label, LADLE_FLOAT32, rank, 2, data);
}

static void
measure(struct scene *scene)
{
	scene->measurement = fake_measure(&scene->fake, 1, 0);
}

static struct ladle_judgement
judge(const struct scene *scene, uint32_t row)
{
	return ladle_judge(&scene->fake.table, scene->measurement, scene->mix, row);
}

static struct ladle_verdict
verdict(const struct scene *scene)
{
	return ladle_verdict(&scene->fake.table, scene->measurement, scene->mix);
}

static void
end(struct scene *scene)
{
	ladle_mix_free(scene->mix);
	ladle_measurement_free(scene->measurement);
}

static bool
has_flag(struct ladle_judgement judgement, enum ladle_finding_code code)
{
	return judgement.flags >> code & 1;
}

/* The average of two unit vectors with cosine c has length sqrt((1 + c) / 2). */
static void
rows_are_judged_by_what_the_average_keeps(void **state)
{
	struct scene s;
	struct ladle_judgement one;

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, east, east);
	add_pair(&s, "b/kernel", 2, east, near_east);
	add_pair(&s, "c/kernel", 2, east, north);
	measure(&s);
	one = judge(&s, 0);
	assert_int_equal(one.state, LADLE_ALIKE);
	assert_true(one.keep > 1 - 1e-15 && one.flags == 0);
	one = judge(&s, 1);
	assert_int_equal(one.state, LADLE_ALIKE); /* sqrt(.98) */
	assert_true(fabs(one.keep - sqrt(.98)) < 1e-7);
	one = judge(&s, 2);
	assert_int_equal(one.state, LADLE_DIFFER);
	assert_true(fabs(one.keep - M_SQRT1_2) < 1e-15 && fabs(one.floor - M_SQRT1_2) < 1e-15);
	assert_true(has_flag(one, LADLE_F_UNRELATED));
	ladle_mix_fader(s.mix, 1)->set = 9; /* sqrt(82) / 10 = .9055 */
	one = judge(&s, 2);
	assert_int_equal(one.state, LADLE_DRIFT);
	assert_true(fabs(one.keep - sqrt(82) / 10) < 1e-15);
	ladle_mix_fader(s.mix, 0)->mute = true;
	one = judge(&s, 2);
	assert_int_equal(one.state, LADLE_ALIKE);
	assert_true(one.keep == 1 && one.floor == 1 && one.flags == 0);
	end(&s);
}

/* Two unit vectors at angle 2 acos(keep) keep that much; a thousandth on either side tells. */
static void
states_change_at_98_and_at_90_percent(void **state)
{
	static const struct {
		double keep;
		enum ladle_state state;
	} table[] = {
			{.981, LADLE_ALIKE},
			{.979, LADLE_DRIFT},
			{.901, LADLE_DRIFT},
			{.899, LADLE_DIFFER},
	};
	struct scene s;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		double angle = 2 * acos(table[i].keep);
		const float turned[] = {(float)cos(angle), (float)sin(angle)};

		begin(&s, 2);
		add_pair(&s, "a/kernel", 2, east, turned);
		measure(&s);
		assert_true(fabs(judge(&s, 0).keep - table[i].keep) < 1e-6);
		assert_int_equal(judge(&s, 0).state, table[i].state);
		assert_int_equal(verdict(&s).state, table[i].state);
		end(&s);
	}
}

static void
the_headline_is_the_kernel_with_the_least_keep(void **state)
{
	struct scene s;
	struct ladle_verdict all;

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, east, east);
	add_pair(&s, "a/bias", 1, east, north); /* rank 1: never the headline */
	add_pair(&s, "b/kernel", 2, east, near_east);
	measure(&s);
	all = verdict(&s);
	assert_int_equal(all.row, 2);
	assert_true(fabs(all.keep - sqrt(.98)) < 1e-7 && fabs(all.floor - M_SQRT1_2) < 1e-15);
	assert_int_equal(all.state, LADLE_DRIFT); /* the bias alone differs */
	assert_int_equal(all.alike, 2);
	assert_int_equal(all.differ, 1);
	assert_int_equal(all.drift + all.pending + all.missing, 0);
	end(&s);
}

static void
pending_rows_keep_the_verdict_open(void **state)
{
	struct scene s;
	struct ladle_verdict all;

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, east, east);
	assert_int_equal(judge(&s, 0).state, LADLE_PENDING);
	assert_true(isnan(judge(&s, 0).keep));
	all = verdict(&s);
	assert_int_equal(all.state, LADLE_PENDING);
	assert_int_equal(all.pending, 1);
	assert_true(all.row == LADLE_NONE);
	fake_finding(&s.fake, 0, LADLE_F_SHAPE, 1);
	assert_int_equal(verdict(&s).state, LADLE_DIFFER); /* what blocks needs no figures */
	end(&s);
}

static void
findings_of_a_model_without_weight_do_not_count(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, east, NULL);
	fake_finding(&s.fake, 0, LADLE_F_MISSING, 1);
	measure(&s);
	assert_int_equal(judge(&s, 0).state, LADLE_DIFFER);
	assert_true(has_flag(judge(&s, 0), LADLE_F_MISSING));
	assert_int_equal(verdict(&s).missing, 1);
	ladle_mix_fader(s.mix, 1)->set = 0;
	assert_int_equal(judge(&s, 0).state, LADLE_ALIKE);
	assert_int_equal(verdict(&s).missing, 0);
	assert_int_equal(verdict(&s).state, LADLE_ALIKE);
	end(&s);
}

static void
nan_blocks_where_it_has_weight(void **state)
{
	struct scene s;
	struct ladle_finding found[4];
	char texts[512];

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, east, spoiled);
	measure(&s);
	assert_int_equal(judge(&s, 0).state, LADLE_DIFFER);
	assert_true(has_flag(judge(&s, 0), LADLE_F_NONFINITE));
	assert_int_equal(ladle_row_findings(&s.fake.table, s.measurement, s.mix, 0, found, 4, texts,
					 sizeof(texts)),
			1);
	assert_int_equal(found[0].code, LADLE_F_NONFINITE);
	assert_int_equal(found[0].checkpoint, 1);
	assert_string_equal(found[0].text, "B.h5 has 1 values that are NaN or infinite");
	ladle_mix_fader(s.mix, 1)->mute = true;
	assert_int_equal(judge(&s, 0).state, LADLE_ALIKE);
	assert_int_equal(ladle_row_findings(&s.fake.table, s.measurement, s.mix, 0, found, 4, texts,
					 sizeof(texts)),
			0);
	end(&s);
}

static void
scales_and_moving_statistics_are_told(void **state)
{
	struct scene s;
	struct ladle_finding found[4];
	char texts[512];

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, east, far_east);
	add_pair(&s, "bn/moving_mean", 1, east, near_east);
	add_pair(&s, "bn/moving_variance", 1, east, east);
	measure(&s);
	assert_int_equal(judge(&s, 0).state, LADLE_ALIKE);
	assert_true(judge(&s, 0).flags == 1u << LADLE_F_SCALED);
	assert_int_equal(ladle_row_findings(&s.fake.table, s.measurement, s.mix, 0, found, 4, texts,
					 sizeof(texts)),
			1);
	assert_string_equal(found[0].text, "the norm in B.h5 is 1.5, in A.h5 1");
	assert_true(judge(&s, 1).flags == 1u << LADLE_F_BATCHNORM);
	assert_int_equal(ladle_row_findings(&s.fake.table, s.measurement, s.mix, 1, found, 4, texts,
					 sizeof(texts)),
			1);
	assert_non_null(strstr(found[0].text, "re-estimate"));
	assert_int_equal(judge(&s, 2).flags, 0);
	end(&s);
}

static void
opposite_kernels_are_unrelated_with_numbers(void **state)
{
	struct scene s;
	struct ladle_finding found[4];
	char texts[512];

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, east, west);
	measure(&s);
	assert_true(judge(&s, 0).keep == 0);
	assert_int_equal(ladle_row_findings(&s.fake.table, s.measurement, s.mix, 0, found, 4, texts,
					 sizeof(texts)),
			1);
	assert_int_equal(found[0].code, LADLE_F_UNRELATED);
	assert_non_null(strstr(found[0].text, "0.0%"));
	assert_non_null(strstr(found[0].text, "70.7%"));
	end(&s);
}

static void
sentences_stop_where_the_room_ends(void **state)
{
	struct scene s;
	struct ladle_finding found[4];
	char texts[10];

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, spoiled, spoiled);
	measure(&s);
	assert_int_equal(ladle_row_findings(&s.fake.table, s.measurement, s.mix, 0, found, 1, texts,
					 sizeof(texts)),
			1);
	assert_string_equal(found[0].text, "A.h5 has ");
	assert_int_equal(ladle_row_findings(&s.fake.table, s.measurement, s.mix, 0, found, 4, texts,
					 sizeof(texts)),
			1);
	assert_int_equal(ladle_row_findings(&s.fake.table, s.measurement, s.mix, 0, found, 0, texts,
					 sizeof(texts)),
			0);
	end(&s);
}

static void
copied_rows_are_alike_only_when_identical(void **state)
{
	static const uint32_t seed[] = {7, 1}, other[] = {7, 2};
	const void *const same[] = {seed, seed}, *const apart[] = {seed, other};
	const void *const texts[] = {"a", "a"};
	struct ladle_finding found[4];
	char buf[512];
	struct scene s;

	(void)state;
	begin(&s, 2);
	fake_row(&s.fake, "seed/state", LADLE_UINT32, 1, 2, same);
	fake_row(&s.fake, "seed2/state", LADLE_UINT32, 1, 2, apart);
	fake_row(&s.fake, "lookup/table", LADLE_STRING, 1, 1, texts);
	measure(&s);
	assert_int_equal(judge(&s, 0).state, LADLE_ALIKE);
	assert_true(isnan(judge(&s, 0).keep) && isnan(judge(&s, 0).floor));
	assert_int_equal(judge(&s, 1).state, LADLE_DRIFT);
	assert_true(judge(&s, 1).flags == 1u << LADLE_F_COPIED);
	assert_int_equal(ladle_row_findings(&s.fake.table, s.measurement, s.mix, 1, found, 4, buf,
					 sizeof(buf)),
			1);
	assert_non_null(strstr(found[0].text, "it differs"));
	ladle_row_findings(&s.fake.table, s.measurement, s.mix, 2, found, 4, buf, sizeof(buf));
	assert_non_null(strstr(found[0].text, "not compared"));
	assert_int_equal(verdict(&s).state, LADLE_DRIFT);
	assert_true(verdict(&s).row == LADLE_NONE);
	end(&s);
}

static void
skipped_rows_are_one_model_s_own(void **state)
{
	static const double none[] = {NAN, NAN};
	struct scene s;

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, east, north);
	ladle_mix_add_rule(s.mix, &s.fake.table, "*", true, none, "skip *", NULL);
	measure(&s);
	assert_int_equal(judge(&s, 0).state, LADLE_ALIKE);
	assert_true(isnan(judge(&s, 0).keep));
	assert_true(verdict(&s).row == LADLE_NONE);
	assert_int_equal(verdict(&s).state, LADLE_ALIKE);
	end(&s);
}

static void
weights_that_sum_to_zero_make_no_average(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, 2);
	add_pair(&s, "a/kernel", 2, east, east);
	measure(&s);
	ladle_mix_fader(s.mix, 1)->set = -1;
	assert_int_equal(judge(&s, 0).state, LADLE_DIFFER);
	assert_true(isnan(judge(&s, 0).keep));
	assert_int_equal(verdict(&s).state, LADLE_DIFFER);
	ladle_mix_fader(s.mix, 0)->mute = ladle_mix_fader(s.mix, 1)->mute = true;
	assert_int_equal(judge(&s, 0).state, LADLE_DIFFER);
	ladle_mix_set_normalised(s.mix, false); /* all zeros is not an average either */
	assert_int_equal(judge(&s, 0).state, LADLE_DIFFER);
	ladle_mix_fader(s.mix, 0)->mute = ladle_mix_fader(s.mix, 1)->mute = false;
	assert_false(isnan(
			judge(&s, 0).keep)); /* a difference, not normalised, is what was asked */
	end(&s);
}

static void
one_model_alone_is_alike(void **state)
{
	const void *const data[] = {north};
	struct scene s;
	struct ladle_verdict all;

	(void)state;
	begin(&s, 1);
	fake_row(&s.fake, "a/kernel", LADLE_FLOAT32, 2, 2, data);
	measure(&s);
	all = verdict(&s);
	assert_int_equal(all.state, LADLE_ALIKE);
	assert_true(all.keep == 1 && all.floor == 1 && all.alike == 1);
	end(&s);
}

static void
many_columns_are_judged(void **state)
{
	const void *data[FAKE_COLUMNS];
	struct scene s;

	(void)state;
	begin(&s, FAKE_COLUMNS);
	for (int k = 0; k < FAKE_COLUMNS; k++)
		data[k] = k % 2 ? north : east;
	fake_row(&s.fake, "a/kernel", LADLE_FLOAT32, 2, 2, data);
	measure(&s);
	assert_true(fabs(judge(&s, 0).keep - M_SQRT1_2) < 1e-14);
	assert_true(fabs(judge(&s, 0).floor - sqrt(1. / FAKE_COLUMNS)) < 1e-14);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(rows_are_judged_by_what_the_average_keeps),
			cmocka_unit_test(states_change_at_98_and_at_90_percent),
			cmocka_unit_test(the_headline_is_the_kernel_with_the_least_keep),
			cmocka_unit_test(pending_rows_keep_the_verdict_open),
			cmocka_unit_test(findings_of_a_model_without_weight_do_not_count),
			cmocka_unit_test(nan_blocks_where_it_has_weight),
			cmocka_unit_test(scales_and_moving_statistics_are_told),
			cmocka_unit_test(opposite_kernels_are_unrelated_with_numbers),
			cmocka_unit_test(sentences_stop_where_the_room_ends),
			cmocka_unit_test(copied_rows_are_alike_only_when_identical),
			cmocka_unit_test(skipped_rows_are_one_model_s_own),
			cmocka_unit_test(weights_that_sum_to_zero_make_no_average),
			cmocka_unit_test(one_model_alone_is_alike),
			cmocka_unit_test(many_columns_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
