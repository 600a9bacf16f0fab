#include "app_files.h"

#include <math.h>

static const double only_a[] = {1, 0, 0};

static enum ladle_status
take(struct session *session, const uint32_t *rows, uint32_t count)
{
	return session_rule_rows(session, rows, count, false, only_a, NULL);
}

/* Exactly these rows take their weights from a rule. */
static void
expect_ruled(const struct session *session, const uint32_t *rows, uint32_t count)
{
	const struct ladle_table *table = session_table(session);

	for (uint32_t i = 0; i < table->row_count; i++) {
		double w[3];
		bool ruled = false;
		for (uint32_t r = 0; r < count; r++)
			ruled = ruled || rows[r] == i;
		struct ladle_weights weights = ladle_mix_weights(session_mix(session), table, i, w);
		assert_int_equal(weights.rule != LADLE_NONE, ruled);
		if (weights.source == LADLE_W_RULE)
			assert_true(w[0] == 1 && w[1] == 0 && w[2] == 0);
	}
}

static void
a_rule_for_every_row_is_exactly_that_row(void **state)
{
	struct session *session = load_seeds(3);
	const struct ladle_table *table = session_table(session);

	(void)state;
	for (uint32_t i = 0; i < table->row_count; i++) {
		assert_int_equal(take(session, &i, 1), LADLE_OK);
		expect_ruled(session, &i, 1);
		assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
		expect_run(session, "undo");
	}
	session_free(session);
}

static void
a_whole_layer_is_one_rule(void **state)
{
	struct session *session = load_seeds(3);
	const struct ladle_table *table = session_table(session);
	uint32_t row = row_of(session, "conv_a/");
	const struct ladle_layer_row *layer = &table->layers[table->rows[row].layer];
	uint32_t rows[16];

	(void)state;
	assert_in_range(layer->row_count, 2, 15);
	for (uint32_t i = 0; i < layer->row_count; i++)
		rows[i] = layer->first_row + i;
	rows[layer->row_count] = layer->first_row + layer->row_count; /* one of the next layer */
	assert_int_equal(take(session, rows, layer->row_count), LADLE_OK);
	expect_ruled(session, rows, layer->row_count);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	assert_string_equal(session_last_change(session), "mix A=1 B=0 C=0 on conv_a");
	assert_int_equal(take(session, rows, layer->row_count + 1), LADLE_OK);
	expect_ruled(session, rows, layer->row_count + 1);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 2);
	assert_int_equal(session_undo_depth(session), 2);
	session_free(session);
}

static void
all_rows_are_one_rule(void **state)
{
	struct session *session = load_seeds(3);
	uint32_t count = session_table(session)->row_count;
	uint32_t *rows = calloc(count, sizeof(*rows));

	(void)state;
	for (uint32_t i = 0; i < count; i++)
		rows[i] = count - 1 - i;
	assert_int_equal(take(session, rows, count), LADLE_OK);
	expect_ruled(session, rows, count);
	assert_string_equal(session_last_change(session), "mix A=1 B=0 C=0 on *");
	free(rows);
	session_free(session);
}

static void
a_newer_rule_for_the_same_row_takes_the_older_s_place(void **state)
{
	struct session *session = load_seeds(3);
	uint32_t row = row_of(session, "conv_a/kernel");
	const double set[] = {NAN, 2, NAN};
	double w[3];

	(void)state;
	assert_int_equal(take(session, &row, 1), LADLE_OK);
	assert_int_equal(session_rule_rows(session, &row, 1, false, set, NULL), LADLE_OK);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	ladle_mix_weights(session_mix(session), session_table(session), row, w);
	assert_true(w[0] == 1 && w[1] == 2 && w[2] == 1);
	assert_int_equal(session_rule_rows(session, &row, 1, true, NULL, NULL), LADLE_OK);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	assert_string_equal(session_last_change(session), "skip conv_a/kernel");
	session_free(session);
}

static void
rules_of_rows_are_taken_back(void **state)
{
	struct session *session = load_seeds(3);
	uint32_t row = row_of(session, "conv_a/kernel");
	struct ladle_error error;

	(void)state;
	assert_int_equal(session_clear_rows(session, &row, 1, &error), LADLE_E_USAGE);
	assert_int_equal(take(session, &row, 1), LADLE_OK);
	expect_run(session, "mix B=0 on *kernel");
	assert_int_equal(session_clear_rows(session, &row, 1, NULL), LADLE_OK);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 1);
	assert_int_equal(session_clear_rows(session, &row, 1, &error), LADLE_E_USAGE);
	assert_non_null(strstr(error.text, "mix B=0 on *kernel"));
	expect_run(session, "undo");
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 2);
	session_free(session);
}

static void
what_a_rule_may_not_say_changes_nothing(void **state)
{
	struct session *session = load_seeds(3);
	uint32_t row = row_of(session, "conv_a/kernel");
	const double negative[] = {-1, 2, 1}, zero[] = {0, 0, 0}, infinite[] = {INFINITY, 0, 0};

	(void)state;
	assert_int_equal(session_rule_rows(session, &row, 1, false, negative, NULL), LADLE_E_USAGE);
	assert_int_equal(session_rule_rows(session, &row, 1, false, zero, NULL), LADLE_E_USAGE);
	assert_int_equal(session_rule_rows(session, &row, 1, false, infinite, NULL), LADLE_E_USAGE);
	assert_int_equal(session_rule_rows(session, NULL, 0, false, only_a, NULL), LADLE_E_USAGE);
	assert_int_equal(session_undo_depth(session), 0);
	assert_int_equal(ladle_mix_rule_count(session_mix(session)), 0);
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_rule_for_every_row_is_exactly_that_row),
			cmocka_unit_test(a_whole_layer_is_one_rule),
			cmocka_unit_test(all_rows_are_one_rule),
			cmocka_unit_test(a_newer_rule_for_the_same_row_takes_the_older_s_place),
			cmocka_unit_test(rules_of_rows_are_taken_back),
			cmocka_unit_test(what_a_rule_may_not_say_changes_nothing),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
