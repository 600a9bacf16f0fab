/* Wording of verdicts and reasons: facts, the number, its place, and only keys that exist. */
#include "app_files.h"

#include "app/format.h"

static void
expect_verdict(struct session *session, bool with_keys, const char *const *parts, int count)
{
	struct buf text;

	buf_init(&text);
	format_verdict(&text, session, true, with_keys);
	const char *at = buf_string(&text);
	for (int i = 0; i < count; i++) {
		const char *found = strstr(at, parts[i]);
		if (found == NULL)
			fail_msg("no `%s` (in this order) in `%s`", parts[i], buf_string(&text));
		at = found + strlen(parts[i]);
	}
	assert_null(strstr(buf_string(&text), "safe"));
	buf_done(&text);
}

static void
expect_reason(struct session *session, const char *row, const char *part, const char *not_part)
{
	struct buf text;

	buf_init(&text);
	format_reason(&text, session, row_of(session, row), true, true);
	if (strstr(buf_string(&text), part) == NULL)
		fail_msg("no `%s` in `%s`", part, buf_string(&text));
	if (not_part != NULL && strstr(buf_string(&text), not_part) != NULL)
		fail_msg("`%s` in `%s`", not_part, buf_string(&text));
	buf_done(&text);
}

static struct session *
measured(const char *const *names, int count)
{
	struct session *session = new_session();

	add_shared(session, names, count);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	return session;
}

static void
strangers_differ_and_the_line_says_where(void **state)
{
	struct session *session = measured(seeds, 3);

	(void)state;
	/* floor of three equal weights: 1/sqrt(3) = 57.7 % */
	expect_verdict(session, true,
			(const char *[]){"X DIFFER  worst KEEP ", "/kernel (floor 58)",
					"a=take one model", "unrelated or permuted", " ok"},
			5);
	expect_reason(session, "hidden/kernel", "unrelated or permuted; a=take one model", "safe");
	expect_reason(session, "bn_a/moving_mean", "re-estimate", "a=take");
	session_free(session);
}

static void
without_keys_no_key_is_named(void **state)
{
	struct session *session = measured(seeds, 2);
	struct buf text;

	(void)state;
	buf_init(&text);
	format_verdict(&text, session, true, false);
	format_reason(&text, session, row_of(session, "hidden/kernel"), true, false);
	assert_null(strstr(buf_string(&text), "a="));
	assert_null(strstr(buf_string(&text), "]c"));
	buf_done(&text);
	session_free(session);
}

static void
epochs_of_one_run_are_alike(void **state)
{
	static const char *const epochs[] = {
			"epochs-k2/weights.07-0.27.hdf5", "epochs-k2/weights.08-0.20.hdf5"};
	struct session *session = measured(epochs, 2);

	(void)state;
	expect_verdict(session, true,
			(const char *[]){"ok ALIKE  worst KEEP 9", "(floor 71)", " ok"}, 3);
	session_free(session);
}

static void
rules_are_the_reason_of_their_rows(void **state)
{
	struct session *session = measured(seeds, 2);

	(void)state;
	expect_run(session, "skip conv_a/bias");
	expect_run(session, "mix A=1 B=0 on hidden/kernel");
	expect_reason(session, "conv_a/bias", "copied from A by `skip conv_a/bias`; d=take it back",
			"KEEP");
	expect_reason(session, "hidden/kernel", "by `mix A=1 B=0 on hidden/kernel`; all from A",
			"KEEP");
	session_free(session);
}

static void
what_is_not_measured_yet_is_pending(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_verdict(session, true, (const char *[]){".. 0/", " measured"}, 2);
	expect_reason(session, "hidden/kernel", "not measured yet", "KEEP");
	session_free(session);
}

static void
identical_files_are_said_to_be_so(void **state)
{
	static const char *const same[] = {
			"sample-data/seed11.keras", "sample-data/seed11.weights.h5"};
	struct session *session = measured(same, 2);

	(void)state;
	expect_verdict(session, true, (const char *[]){"ok ALIKE  worst KEEP 100% "}, 1);
	expect_reason(session, "hidden/kernel", "identical in all", "differ");
	session_free(session);
}

static void
shapes_that_do_not_fit_name_both(void **state)
{
	static const char *const other[] = {
			"sample-data/run-epoch08.h5", "sample-data/mismatch.h5"};
	struct session *session = measured(other, 2);

	(void)state;
	expect_verdict(session, true, (const char *[]){"X DIFFER", "a=take one model", " differ"}, 3);
	expect_reason(session, "hidden/kernel", "384x24", NULL);
	expect_reason(session, "hidden/kernel", "384x32", NULL);
	expect_reason(session, "hidden/kernel", "x=copy", NULL);
	session_free(session);
}

static void
one_model_has_nothing_to_compare(void **state)
{
	struct session *session = measured(seeds, 1);

	(void)state;
	expect_verdict(session, true, (const char *[]){"one model", ":open FILE"}, 2);
	session_free(session);
}

static void
a_file_that_is_not_open_is_said_first(void **state)
{
	struct session *session = new_session();

	(void)state;
	add_shared(session, seeds, 2);
	assert_int_equal(session_add(session, NULL, "no/such.h5", NULL), LADLE_OK);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	expect_verdict(session, true, (const char *[]){"X DIFFER  1 file is not open  worst KEEP "},
			1);
	session_free(session);
}

/* A model twice and its unit-permuted copy: the copy is the one apart. */
static void
the_odd_one_out_is_named(void **state)
{
	static const char *const three[] = {
			"permuted/cnn.keras", "permuted/cnn-permuted.keras", "permuted/cnn.keras"};
	struct session *session = measured(three, 3);
	const struct ladle_table *table = session_table(session);
	struct buf text;

	(void)state;
	buf_init(&text);
	for (uint32_t i = 0; i < table->row_count; i++)
		if (table->rows[i].is_kernel)
			format_reason(&text, session, i, true, true);
	assert_non_null(strstr(buf_string(&text), "; B is apart from the others, cos "));
	assert_null(strstr(buf_string(&text), "; A is apart"));
	assert_null(strstr(buf_string(&text), "; C is apart"));
	buf_done(&text);
	session_free(session);
}

static void
weights_are_shares_of_the_sum(void **state)
{
	struct session *session = load_seeds(2);
	struct buf text;

	(void)state;
	buf_init(&text);
	expect_run(session, "mix A=3 B=1");
	format_weights(&text, session, row_of(session, "hidden/kernel"));
	assert_string_equal(buf_string(&text), "A seed11 75.0%  B seed12 25.0%");
	buf_done(&text);
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(strangers_differ_and_the_line_says_where),
			cmocka_unit_test(without_keys_no_key_is_named),
			cmocka_unit_test(epochs_of_one_run_are_alike),
			cmocka_unit_test(rules_are_the_reason_of_their_rows),
			cmocka_unit_test(what_is_not_measured_yet_is_pending),
			cmocka_unit_test(identical_files_are_said_to_be_so),
			cmocka_unit_test(shapes_that_do_not_fit_name_both),
			cmocka_unit_test(one_model_has_nothing_to_compare),
			cmocka_unit_test(a_file_that_is_not_open_is_said_first),
			cmocka_unit_test(the_odd_one_out_is_named),
			cmocka_unit_test(weights_are_shares_of_the_sum),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
