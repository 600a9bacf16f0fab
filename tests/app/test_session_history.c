#include "app_files.h"

static void
undo_returns_and_redo_repeats(void **state)
{
	static const char *const lines[] = {"mix A=0.2 B=0.8", "mix A=1 B=0 on *kernel",
			"skip *bias", "mute C", "solo B", "lock A", "normalise off", "template C",
			"unrule 1", "equal"};
	enum { LINES = sizeof(lines) / sizeof(lines[0]) };
	struct session *session = load_seeds(3);
	struct weights weights[LINES + 1];
	char *recipes[LINES + 1];

	(void)state;
	weights[0] = weights_of(session);
	recipes[0] = recipe_of(session);
	for (int i = 0; i < LINES; i++) {
		expect_run(session, lines[i]);
		assert_string_equal(session_last_change(session), lines[i]);
		weights[i + 1] = weights_of(session);
		recipes[i + 1] = recipe_of(session);
	}
	assert_int_equal(session_undo_depth(session), LINES);
	for (int round = 0; round < 2; round++) {
		for (int i = LINES - 1; i >= 0; i--) {
			expect_run(session, "undo");
			expect_same_weights(session, &weights[i]);
			char *recipe = recipe_of(session);
			assert_string_equal(recipe, recipes[i]);
			free(recipe);
		}
		assert_int_equal(session_redo_depth(session), LINES);
		assert_false(session_unsaved(session));
		for (int i = 1; i <= LINES; i++) {
			expect_run(session, "redo");
			expect_same_weights(session, &weights[i]);
		}
		assert_true(session_unsaved(session));
	}
	for (int i = 0; i <= LINES; i++) {
		free(weights[i].values);
		free(recipes[i]);
	}
	session_free(session);
}

static void
a_change_after_undo_ends_what_could_be_redone(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_run(session, "mix A=.2");
	expect_run(session, "undo");
	expect_run(session, "mix A=.3");
	assert_int_equal(session_redo_depth(session), 0);
	expect_refused(session, "redo", "nothing to redo");
	session_free(session);
}

/* The tree as text: two blanks for each lane, then "!" for the present state, the number, what made
 * it. */
static void
expect_tree(const struct session *session, const char *expected)
{
	int count = session_change_count(session);
	struct session_change *list = calloc((size_t)count, sizeof(*list));
	struct buf text;

	assert_non_null(list);
	buf_init(&text);
	session_changes(session, list);
	for (int i = 0; i < count; i++)
		buf_format(&text, "%*s%s%d %s\n", 2 * list[i].lane, "", list[i].now ? "!" : "",
				list[i].number, list[i].text);
	assert_string_equal(buf_string(&text), expected);
	buf_done(&text);
	free(list);
}

static void
no_branch_is_lost_by_a_new_change(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_run(session, "mix A=0.2");
	expect_run(session, "mute B");
	expect_run(session, "undo");
	expect_run(session, "undo");
	expect_run(session, "mix A=0.3");
	expect_run(session, "solo A");
	expect_tree(session, "0 as opened\n  1 mix A=0.2\n  2 mute B\n3 mix A=0.3\n!4 solo A\n");
	expect_run(session, "undo 2");
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == .2);
	assert_true(ladle_mix_fader_const(session_mix(session), 1)->mute);
	expect_tree(session, "0 as opened\n  3 mix A=0.3\n  4 solo A\n1 mix A=0.2\n!2 mute B\n");
	/* Undo and redo stay on the branch that was gone to. */
	expect_run(session, "undo");
	expect_run(session, "undo");
	expect_run(session, "redo");
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == .2);
	expect_run(session, "undo 0");
	assert_int_equal(session_undo_depth(session), 0);
	assert_false(session_unsaved(session));
	expect_refused(session, "undo 9", "no state 9; `changes` shows those that are kept, 0 to 4");
	expect_refused(session, "undo x", "column 6: `x` is no number of a state");
	session_free(session);
}

static void
a_branch_of_a_branch_stands_behind_its_state(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	expect_run(session, "mix A=0.1");
	expect_run(session, "mix B=0.1");
	expect_run(session, "undo");
	expect_run(session, "mix B=0.2");
	expect_run(session, "undo 0");
	expect_run(session, "mix A=0.9");
	expect_tree(session, "0 as opened\n  1 mix A=0.1\n    2 mix B=0.1\n  3 mix B=0.2\n"
			     "!4 mix A=0.9\n");
	session_free(session);
}

/* Of 1500 changes the newest thousand states stay, and a branch goes before the beginning does. */
static void
the_oldest_states_go_when_there_are_too_many(void **state)
{
	struct session *session = load_seeds(2);
	char line[32];

	(void)state;
	expect_run(session, "mix A=0.5");
	expect_run(session, "undo");
	for (int i = 0; i < 998; i++) {
		snprintf(line, sizeof(line), "mix A=%d", i % 7 + 2);
		expect_run(session, line);
	}
	assert_int_equal(session_change_count(session), 1000);
	assert_int_equal(session_undo_depth(session), 998);
	expect_run(session, "mix B=3");
	assert_int_equal(session_change_count(session), 1000);
	assert_int_equal(session_undo_depth(session), 999);
	expect_refused(session, "undo 1", "no state 1");
	expect_run(session, "mix B=4");
	assert_int_equal(session_change_count(session), 1000);
	assert_int_equal(session_undo_depth(session), 999);
	expect_refused(session, "undo 0", "no state 0");
	session_free(session);
}

static void
move(struct session *session, uint32_t column, double set)
{
	struct ladle_fader fader = *ladle_mix_fader_const(session_mix(session), column);

	fader.set = set;
	assert_int_equal(session_fader(session, column, &fader, NULL), LADLE_OK);
}

static void
a_run_of_moves_of_one_fader_is_one_step(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	for (int i = 1; i <= 50; i++)
		move(session, 0, i / 100.0);
	assert_int_equal(session_undo_depth(session), 1);
	assert_string_equal(session_last_change(session), "mix A=0.5");
	move(session, 1, .25);
	move(session, 0, .75);
	assert_int_equal(session_undo_depth(session), 3);
	expect_run(session, "undo");
	expect_run(session, "undo");
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == .5);
	move(session, 0, .6); /* undone in between: a new run */
	expect_run(session, "undo");
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == .5);
	expect_run(session, "undo");
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == 1);
	session_free(session);
}

static void
a_fader_that_does_not_move_is_no_change(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	move(session, 0, 1);
	assert_int_equal(session_undo_depth(session), 0);
	session_free(session);
}

static void
a_switch_of_a_fader_is_its_own_step(void **state)
{
	struct session *session = load_seeds(2);
	struct ladle_fader fader = {.set = 1, .mute = true};

	(void)state;
	move(session, 0, .5);
	fader.set = .5;
	assert_int_equal(session_fader(session, 0, &fader, NULL), LADLE_OK);
	assert_string_equal(session_last_change(session), "mute A on");
	assert_int_equal(session_undo_depth(session), 2);
	expect_run(session, "undo");
	assert_false(ladle_mix_fader_const(session_mix(session), 0)->mute);
	assert_true(ladle_mix_fader_const(session_mix(session), 0)->set == .5);
	session_free(session);
}

static void
a_locked_fader_keeps_its_share(void **state)
{
	struct session *session = load_seeds(3);
	double w[3];

	(void)state;
	expect_run(session, "mix A=2 B=1 C=1");
	expect_run(session, "lock A");
	move(session, 1, 3);
	double sum = ladle_mix_fader_weights(session_mix(session), w);
	assert_true(w[1] == 3);
	assert_true(w[0] / sum > .4999999 && w[0] / sum < .5000001);
	session_free(session);
}

static void
unsaved_follows_the_state_not_the_count(void **state)
{
	struct session *session = load_seeds(2);

	(void)state;
	assert_false(session_unsaved(session));
	expect_run(session, "mix A=.5");
	assert_true(session_unsaved(session));
	expect_run(session, "undo");
	assert_false(session_unsaved(session));
	expect_run(session, "redo");
	assert_true(session_unsaved(session));
	session_free(session);
}

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* What must hold whatever was typed. */
static void
expect_invariants(struct session *session)
{
	const struct ladle_table *table = session_table(session);
	uint32_t k = table->checkpoint_count;
	double w[8];

	assert_int_equal(session_file_count(session), k);
	assert_true(ladle_mix_template(session_mix(session)) < k);
	for (uint32_t i = 0; i < table->row_count; i++) {
		struct ladle_weights weights = ladle_mix_weights(session_mix(session), table, i, w);
		assert_true(weights.sum != 0);
	}
	for (uint32_t i = 0; i < k; i++) {
		assert_int_equal(session_file(session, i)->column, i);
		assert_ptr_equal(table->checkpoints[i], session_file(session, i)->checkpoint);
	}
	for (uint32_t i = 0; i < ladle_mix_rule_count(session_mix(session)); i++)
		assert_true(ladle_mix_rule_rows(session_mix(session), i) > 0);
}

static void
type_at_random(struct session *session, uint32_t *random, const char *third)
{
	static const char *const lines[] = {"mix A=0", "mix B=.3 C=.1", "mix A=1 B=0 on *kernel",
			"mix C=1 on conv*", "skip *bias", "skip class:BatchNormalization", "mute A",
			"mute B", "mute C", "mute A off", "mute B off", "solo A", "solo A off",
			"lock B", "lock B off", "equal", "normalise off", "normalise on",
			"template C", "unrule 1", "undo", "undo", "redo", "drop C", "drop A",
			"set extrapolate!", "mix B=-.1", "mix A=.1 B=.2 C=.7 on dense*"};
	enum { LINES = sizeof(lines) / sizeof(lines[0]) };
	uint32_t choice = next_random(random) % (LINES + 2);
	char line[600];

	if (choice < LINES)
		snprintf(line, sizeof(line), "%s", lines[choice]);
	else
		snprintf(line, sizeof(line), "open %s", third);
	int depth = session_undo_depth(session);
	char *before = recipe_of(session);
	if (session_run(session, line, NULL) != LADLE_OK) {
		char *after = recipe_of(session);
		assert_string_equal(after, before);
		assert_int_equal(session_undo_depth(session), depth);
		free(after);
	}
	free(before);
}

static void
random_commands_keep_the_invariants(void **state)
{
	uint32_t random = 20251124u;
	char third[512];

	(void)state;
	shared_path(third, seeds[2]);
	for (int run = 0; run < 4; run++) {
		struct session *session = load_seeds(3);
		struct weights first = weights_of(session);
		for (int i = 0; i < 150; i++) {
			type_at_random(session, &random, third);
			if (session_file_count(session) <= 8)
				expect_invariants(session);
			while (session_file_count(session) > 5)
				if (session_run(session, "undo", NULL) != LADLE_OK)
					break;
		}
		while (session_undo_depth(session) > 0)
			expect_run(session, "undo");
		expect_same_weights(session, &first);
		while (session_redo_depth(session) > 0)
			expect_run(session, "redo");
		expect_invariants(session);
		free(first.values);
		session_free(session);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(undo_returns_and_redo_repeats),
			cmocka_unit_test(a_change_after_undo_ends_what_could_be_redone),
			cmocka_unit_test(no_branch_is_lost_by_a_new_change),
			cmocka_unit_test(a_branch_of_a_branch_stands_behind_its_state),
			cmocka_unit_test(the_oldest_states_go_when_there_are_too_many),
			cmocka_unit_test(a_run_of_moves_of_one_fader_is_one_step),
			cmocka_unit_test(a_fader_that_does_not_move_is_no_change),
			cmocka_unit_test(a_switch_of_a_fader_is_its_own_step),
			cmocka_unit_test(a_locked_fader_keeps_its_share),
			cmocka_unit_test(unsaved_follows_the_state_not_the_count),
			cmocka_unit_test(random_commands_keep_the_invariants),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
