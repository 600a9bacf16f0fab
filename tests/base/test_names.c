#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ladle.h>

/* cli.md's contract with scripts: these words and numbers never change. */
static void
statuses_have_their_codes_and_exits(void **state)
{
	static const struct {
		enum ladle_status status;
		const char *code;
		int exit_status;
	} table[] = {
			{LADLE_OK, "ok", 0},
			{LADLE_E_USAGE, "usage", 2},
			{LADLE_E_INPUT, "input", 3},
			{LADLE_E_WORKER, "worker", 3},
			{LADLE_E_CHANGED, "changed", 3},
			{LADLE_E_VALUE, "value", 3},
			{LADLE_E_PAIR, "pair", 4},
			{LADLE_E_OUTPUT, "output", 5},
			{LADLE_E_MEMORY, "memory", 3},
			{LADLE_E_CANCELED, "canceled", 130},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_string_equal(ladle_status_code(table[i].status), table[i].code);
		assert_int_equal(ladle_status_exit(table[i].status), table[i].exit_status);
	}
}

static void
findings_have_their_codes_letters_and_weight(void **state)
{
	static const struct {
		enum ladle_finding_code finding;
		const char *code;
		char letter;
		bool blocks;
	} table[] = {
			{LADLE_F_PERMUTED, "permuted", 'P', true},
			{LADLE_F_RENAMED, "renamed", 'R', false},
			{LADLE_F_SHAPE, "shape", 'S', true},
			{LADLE_F_MISSING, "missing", 'M', true},
			{LADLE_F_NONFINITE, "non-finite", 'N', true},
			{LADLE_F_SCALED, "scaled", 'Z', false},
			{LADLE_F_BATCHNORM, "batch-norm", 'B', false},
			{LADLE_F_UNREADABLE, "unreadable", '!', true},
			{LADLE_F_PICKLE, "lambda", 'F', false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_string_equal(ladle_finding_code_name(table[i].finding), table[i].code);
		assert_int_equal(ladle_finding_letter(table[i].finding), table[i].letter);
		assert_int_equal(ladle_finding_blocks(table[i].finding), table[i].blocks);
	}
}

static void
formats_and_states_have_their_words(void **state)
{
	(void)state;
	assert_string_equal(ladle_format_name(LADLE_LEGACY_FULL), "legacy-full");
	assert_string_equal(ladle_format_name(LADLE_LEGACY_WEIGHTS), "legacy-weights");
	assert_string_equal(ladle_format_name(LADLE_WEIGHTS), "weights");
	assert_string_equal(ladle_format_name(LADLE_KERAS), "keras");
	assert_string_equal(ladle_format_name(LADLE_PLAIN), "plain");
	assert_string_equal(ladle_paired_by_name(LADLE_BY_NAME), "name");
	assert_string_equal(ladle_paired_by_name(LADLE_BY_ORDER), "order");
	assert_string_equal(ladle_paired_by_name(LADLE_BY_GRAPH), "graph");
	assert_string_equal(ladle_paired_by_name(LADLE_BY_HAND), "hand");
	assert_string_equal(ladle_state_name(LADLE_PENDING), "pending");
	assert_string_equal(ladle_state_name(LADLE_ALIKE), "alike");
	assert_string_equal(ladle_state_name(LADLE_DRIFT), "drift");
	assert_string_equal(ladle_state_name(LADLE_DIFFER), "differ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(statuses_have_their_codes_and_exits),
			cmocka_unit_test(findings_have_their_codes_letters_and_weight),
			cmocka_unit_test(formats_and_states_have_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
