#include "align/copies.h"

#include <math.h>

static const char MLP[] = "a/kernel 30x64,a/bias 64,b/kernel 64x48,b/bias 48,c/kernel 48x3,c/bias 3";
static const char GROUPS[] = "64s a/kernel:1> a/bias:0> b/kernel:0<\n"
			     "48s b/kernel:1> b/bias:0> c/kernel:0<\n";

/* All that a relation is made from. */
struct related {
	struct ladle_measurement *stored, *aligned;
	struct ladle_relation relation;
	char text[512];
};

static struct ladle_measurement *
measured(struct ladle *ladle, const struct ladle_table *table)
{
	struct ladle_measurement *measurement;

	assert_int_equal(ladle_measurement_new(&measurement, table, 0, NULL), LADLE_OK);
	assert_int_equal(ladle_measure(measurement, ladle, NULL, NULL, NULL, NULL), LADLE_OK);
	return measurement;
}

static void
relate(struct related *out, struct ladle *ladle, const struct ladle_table *table,
		const struct ladle_alignment *alignment)
{
	const struct ladle_relating how = {1, 0, "B", "A"};

	out->stored = measured(ladle, table);
	out->aligned = alignment == NULL ? NULL : measured(ladle, alignment->table);
	out->relation = ladle_relate(table, out->stored, alignment, out->aligned, &how, out->text,
			sizeof(out->text));
	ladle_measurement_free(out->stored);
	ladle_measurement_free(out->aligned);
}

/* ---- real files ---- */

static void
assert_real(struct ladle *ladle, const char *a, const char *b, enum ladle_relation_kind kind,
		const char *text)
{
	const struct ladle_match_options options = {.exact_only = kind != LADLE_REL_UNRELATED};
	struct ladle_checkpoint *pair[2] = {
			opened_checkpoint(ladle, a), opened_checkpoint(ladle, b)};
	struct ladle_table *table;
	struct ladle_groups *groups = NULL;
	struct ladle_alignment *alignment = NULL;
	struct related related;

	assert_int_equal(ladle_pair(&table, (const struct ladle_checkpoint *const *)pair, 2, NULL),
			LADLE_OK);
	if (ladle_groups_find(&groups, table, 0, NULL) == LADLE_OK)
		assert_int_equal(ladle_match(&alignment, ladle, table, groups, &options, NULL, NULL),
				LADLE_OK);
	relate(&related, ladle, table, alignment);
	if (related.relation.kind != kind)
		fail_msg("%s, %s: %s", a, b, related.text);
	if (strstr(related.text, text) == NULL)
		fail_msg("%s does not hold: %s", related.text, text);
	ladle_alignment_free(alignment);
	ladle_groups_free(groups);
	ladle_table_free(table);
	ladle_checkpoint_close(pair[0]);
	ladle_checkpoint_close(pair[1]);
}

static void
layouts_of_one_set_of_weights_are_identical(void **state)
{
	assert_real(*state, "keras/layouts/k3.keras", "keras/layouts/k3.h5", LADLE_REL_IDENTICAL,
			"B is A: all ");
	assert_real(*state, "keras/layouts/k2.h5", "keras/layouts/k2.weights.h5",
			LADLE_REL_IDENTICAL, "B is A: all ");
}

/* As facts-keras3.json counts them. */
static void
permuted_copies_are_known(void **state)
{
	assert_real(*state, "keras/permuted/mlp.keras", "keras/permuted/mlp-permuted.keras",
			LADLE_REL_PERMUTED,
			"B is A with the units of 3 groups in another order (764 move); "
			"nothing else differs");
	assert_real(*state, "keras/permuted/cnn.keras", "keras/permuted/cnn-permuted.keras",
			LADLE_REL_PERMUTED, "(220 move)");
	assert_real(*state, "keras/permuted-k2/lstm.h5", "keras/permuted-k2/lstm-permuted.h5",
			LADLE_REL_PERMUTED, "the units of 2 groups");
}

static void
epochs_of_one_run_are_known(void **state)
{
	assert_real(*state, "keras/epochs/w.07.weights.h5", "keras/epochs/w.08.weights.h5",
			LADLE_REL_SAME_RUN, "B and A are of one run");
	assert_real(*state, "keras/epochs/w.01.weights.h5", "keras/epochs/w.08.weights.h5",
			LADLE_REL_SAME_START, "conv_a/kernel, has cosine 0.965");
}

static void
trainings_from_other_seeds_are_strangers(void **state)
{
	assert_real(*state, "keras/seeds/mlp/seed0.keras", "keras/seeds/mlp/seed1.keras",
			LADLE_REL_UNRELATED, "; with units matched kernels have 0.");
	assert_real(*state, "keras/seeds/cnn/seed0.keras", "keras/seeds/cnn/seed1.keras",
			LADLE_REL_UNRELATED, "B and A are strangers");
}

/* ---- made ones ---- */

struct made {
	struct copies_model model, copy;
	struct copies_groups groups;
	struct copies_pair pair;
	struct related related;
};

static void
make(struct made *made)
{
	copies_make(&made->model, MLP, 7);
	copies_read_groups(&made->groups, &made->model, GROUPS);
	copies_clone(&made->copy, &made->model);
}

static void
check(struct made *made, struct ladle *ladle, enum ladle_relation_kind kind, const char *text)
{
	copies_match(&made->pair, ladle, &made->groups, &made->model, &made->copy);
	relate(&made->related, ladle, made->pair.table, made->pair.alignment);
	if (made->related.relation.kind != kind)
		fail_msg("%s", made->related.text);
	assert_string_equal(made->related.text, text);
	copies_close(&made->pair);
	copies_free(&made->model);
	copies_free(&made->copy);
}

static void
add_noise(struct copies_model *model, const char *name, double size)
{
	struct copies_tensor *tensor = copies_tensor(model, name);
	uint64_t seed = 99;

	for (uint64_t i = 0; i < tensor->count; i++)
		tensor->data[i] += size * fake_random(&seed);
}

static void
a_copy_in_half_precision_is_rounded(void **state)
{
	struct made made;
	hid_t half = H5Tcopy(H5T_IEEE_F32LE);

	H5Tset_fields(half, 15, 10, 5, 0, 10);
	H5Tset_size(half, 2);
	H5Tset_ebias(half, 15);
	make(&made);
	made.copy.type = half;
	copies_match(&made.pair, *state, &made.groups, &made.model, &made.copy);
	relate(&made.related, *state, made.pair.table, made.pair.alignment);
	assert_int_equal(made.related.relation.kind, LADLE_REL_ROUNDED);
	assert_non_null(strstr(made.related.text, "B is A rounded to float16: "));
	copies_close(&made.pair);
	copies_free(&made.model);
	copies_free(&made.copy);
	H5Tclose(half);
}

static double
to_bfloat16(double number)
{
	float value = (float)number;
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
	memcpy(&value, &bits, sizeof(bits));
	return value;
}

static void
what_was_once_rounded_to_bfloat16_is_rounded(void **state)
{
	struct made made;

	make(&made);
	for (uint32_t t = 0; t < made.copy.count; t++)
		for (uint64_t i = 0; i < made.copy.list[t].count; i++)
			made.copy.list[t].data[i] = to_bfloat16(made.copy.list[t].data[i]);
	copies_match(&made.pair, *state, &made.groups, &made.model, &made.copy);
	relate(&made.related, *state, made.pair.table, made.pair.alignment);
	assert_int_equal(made.related.relation.kind, LADLE_REL_ROUNDED);
	assert_non_null(strstr(made.related.text, "B is A rounded to bfloat16: "));
	copies_close(&made.pair);
	copies_free(&made.model);
	copies_free(&made.copy);
}

/* Every unit moves, as these seeds have it. */
static uint32_t
rotate(struct made *made, uint32_t group)
{
	uint32_t order[COPIES_UNITS], units = made->groups.list[group].group.units;

	for (uint32_t i = 0; i < units; i++)
		order[i] = (i + 5) % units;
	copies_permute(&made->copy, &made->groups, group, order);
	return units;
}

static void
one_group_may_be_permuted_alone(void **state)
{
	struct made made;

	make(&made);
	rotate(&made, 1);
	check(&made, *state, LADLE_REL_PERMUTED,
			"B is A with the units of 1 group in another order (48 move); nothing else "
			"differs");
}

static void
a_rescaled_copy_is_known(void **state)
{
	double factor[COPIES_UNITS];
	struct made made;

	make(&made);
	for (uint32_t c = 0; c < COPIES_UNITS; c++)
		factor[c] = 1 + c / 10.;
	copies_rescale(&made.copy, &made.groups, 0, factor);
	rotate(&made, 1);
	check(&made, *state, LADLE_REL_RESCALED,
			"B is A with the units of 1 group in another order (48 move) and those of 1 "
			"group rescaled or of other signs; nothing else differs but by rounding");
}

/* The head is another one: all that it touches differs. */
static void
a_copy_with_another_head_is_permuted_in_parts(void **state)
{
	uint64_t seed = 5;
	struct made made;

	make(&made);
	rotate(&made, 0);
	copies_fill(copies_tensor(&made.copy, "c/kernel"), &seed);
	check(&made, *state, LADLE_REL_PARTLY,
			"B has the units of 1 group in another order (64 move); 1 group is then "
			"A's, and 1 of 6 tensors differ besides");
}

static void
a_permuted_copy_that_was_trained_on_has_changed(void **state)
{
	struct made made;

	make(&made);
	rotate(&made, 0);
	add_noise(&made.copy, "c/kernel", .01);
	copies_match(&made.pair, *state, &made.groups, &made.model, &made.copy);
	relate(&made.related, *state, made.pair.table, made.pair.alignment);
	assert_int_equal(made.related.relation.kind, LADLE_REL_CHANGED);
	assert_true(made.related.relation.aligned > .999);
	assert_true(made.related.relation.cosine < .3);
	assert_int_equal(made.related.relation.differ, 1);
	copies_close(&made.pair);
	copies_free(&made.model);
	copies_free(&made.copy);
}

/* One kernel of three is new: what is left is not as strangers have it. */
static void
a_new_head_makes_no_stranger(void **state)
{
	uint64_t seed = 5;
	struct made made;

	make(&made);
	copies_fill(copies_tensor(&made.copy, "c/kernel"), &seed);
	copies_match(&made.pair, *state, &made.groups, &made.model, &made.copy);
	relate(&made.related, *state, made.pair.table, made.pair.alignment);
	assert_int_equal(made.related.relation.kind, LADLE_REL_RELATED);
	assert_non_null(strstr(made.related.text, "2 of 3 kernels are alike; the least alike "
						  "kernel, c/kernel, has cosine "));
	copies_close(&made.pair);
	copies_free(&made.model);
	copies_free(&made.copy);
}

static void
nothing_is_said_before_all_is_measured(void **state)
{
	const struct ladle_relating how = {1, 0, "B", "A"};
	struct ladle_measurement *none;
	struct ladle_relation relation;
	struct made made;
	char text[64];

	make(&made);
	copies_match(&made.pair, *state, &made.groups, &made.model, &made.copy);
	assert_int_equal(ladle_measurement_new(&none, made.pair.table, 0, NULL), LADLE_OK);
	relation = ladle_relate(made.pair.table, none, NULL, NULL, &how, text, sizeof(text));
	assert_int_equal(relation.kind, LADLE_REL_PENDING);
	assert_string_equal(text, "");
	ladle_measurement_free(none);
	copies_close(&made.pair);
	copies_free(&made.model);
	copies_free(&made.copy);
}

static void
a_sentence_is_cut_where_there_is_no_room(void **state)
{
	const struct ladle_relating how = {1, 0, "B", "A"};
	struct ladle_measurement *stored;
	struct made made;
	char text[6] = "......";

	make(&made);
	copies_match(&made.pair, *state, &made.groups, &made.model, &made.copy);
	stored = measured(*state, made.pair.table);
	ladle_relate(made.pair.table, stored, NULL, NULL, &how, text, 5);
	assert_memory_equal(text, "B is\0.", 6);
	ladle_measurement_free(stored);
	copies_close(&made.pair);
	copies_free(&made.model);
	copies_free(&made.copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(layouts_of_one_set_of_weights_are_identical),
			cmocka_unit_test(permuted_copies_are_known),
			cmocka_unit_test(epochs_of_one_run_are_known),
			cmocka_unit_test(trainings_from_other_seeds_are_strangers),
			cmocka_unit_test(a_copy_in_half_precision_is_rounded),
			cmocka_unit_test(what_was_once_rounded_to_bfloat16_is_rounded),
			cmocka_unit_test(one_group_may_be_permuted_alone),
			cmocka_unit_test(a_rescaled_copy_is_known),
			cmocka_unit_test(a_copy_with_another_head_is_permuted_in_parts),
			cmocka_unit_test(a_permuted_copy_that_was_trained_on_has_changed),
			cmocka_unit_test(a_new_head_makes_no_stranger),
			cmocka_unit_test(nothing_is_said_before_all_is_measured),
			cmocka_unit_test(a_sentence_is_cut_where_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, opened_start, opened_stop);
}
