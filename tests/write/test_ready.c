#include "write/ready.h"

#include <math.h>

#include "write/write_files.h"

static enum ladle_status
format_of(enum ladle_format template_, const char *path, int format, bool has_config,
		enum ladle_format *out, struct ladle_error *err)
{
	const struct ladle_checkpoint checkpoint = {.path = "a.h5", .format = template_};

	return ladle_export_format(&checkpoint, path, format, has_config, out, err);
}

static void
the_suffix_chooses_among_the_template_s_layouts(void **state)
{
	static const struct {
		enum ladle_format template_;
		const char *path;
		int format;
		bool config;
		enum ladle_format expected;
	} cases[] = {
			{LADLE_LEGACY_FULL, "out.h5", -1, false, LADLE_LEGACY_FULL},
			{LADLE_LEGACY_FULL, "out.hdf5", -1, false, LADLE_LEGACY_FULL},
			{LADLE_LEGACY_WEIGHTS, "out.h5", -1, false, LADLE_LEGACY_WEIGHTS},
			{LADLE_WEIGHTS, "out.weights.h5", -1, false, LADLE_WEIGHTS},
			{LADLE_KERAS, "out.keras", -1, false, LADLE_KERAS},
			{LADLE_KERAS, "out.weights.h5", -1, false, LADLE_WEIGHTS},
			{LADLE_WEIGHTS, "out.keras", -1, true, LADLE_KERAS},
			/* from one family to the other: a model stays a model */
			{LADLE_KERAS, "out.h5", -1, true, LADLE_LEGACY_FULL},
			{LADLE_WEIGHTS, "out.hdf5", -1, true, LADLE_LEGACY_WEIGHTS},
			{LADLE_LEGACY_FULL, "out.keras", -1, true, LADLE_KERAS},
			{LADLE_LEGACY_FULL, "out.weights.h5", -1, true, LADLE_WEIGHTS},
			{LADLE_LEGACY_WEIGHTS, "out.weights.h5", -1, true, LADLE_WEIGHTS},
			{LADLE_LEGACY_WEIGHTS, "out.keras", -1, true, LADLE_KERAS},
			/* a suffix that says nothing: as the template */
			{LADLE_WEIGHTS, "out", -1, false, LADLE_WEIGHTS},
			{LADLE_LEGACY_FULL, "out.bin", -1, false, LADLE_LEGACY_FULL},
			/* --format decides where it is given */
			{LADLE_LEGACY_FULL, "out.h5", LADLE_LEGACY_WEIGHTS, false,
					LADLE_LEGACY_WEIGHTS},
			{LADLE_LEGACY_WEIGHTS, "out.h5", LADLE_LEGACY_FULL, true,
					LADLE_LEGACY_FULL},
			{LADLE_KERAS, "out", LADLE_WEIGHTS, false, LADLE_WEIGHTS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum ladle_format got = LADLE_PLAIN;
		struct ladle_error err = {0};

		if (format_of(cases[i].template_, cases[i].path, cases[i].format, cases[i].config,
				    &got, &err) != LADLE_OK)
			fail_msg("%s: %s", cases[i].path, err.text);
		assert_int_equal(got, cases[i].expected);
	}
}

static void
a_layout_that_is_not_written_is_named_with_the_template_s(void **state)
{
	static const struct {
		enum ladle_format template_;
		const char *path;
		int format;
		const char *words[3];
	} cases[] = {
			{LADLE_WEIGHTS, "out.hdf5", -1, {"out.hdf5", "weights", "--config"}},
			{LADLE_LEGACY_WEIGHTS, "out.weights.h5", -1,
					{"legacy-weights", "out.weights.h5", "--config"}},
			{LADLE_WEIGHTS, "out.keras", -1, {"weights", "keras", "--config"}},
			{LADLE_LEGACY_WEIGHTS, "o.h5", LADLE_LEGACY_FULL,
					{"legacy-weights", "legacy-full", "--config"}},
			{LADLE_LEGACY_FULL, "o.keras", LADLE_KERAS,
					{"legacy-full", "keras", "o.keras"}},
			{LADLE_PLAIN, "o.h5", -1, {"a.h5", "plain", "not written"}},
			{LADLE_KERAS, "o.h5", LADLE_PLAIN, {"keras", "plain", "o.h5"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum ladle_format got = LADLE_PLAIN;
		struct ladle_error err = {0};

		assert_int_equal(format_of(cases[i].template_, cases[i].path, cases[i].format,
						 false, &got, &err),
				LADLE_E_USAGE);
		assert_int_equal(got, LADLE_PLAIN);
		for (int w = 0; w < 3; w++)
			assert_contains(err.text, cases[i].words[w]);
	}
}

/* ---- rows ---- */

/* A table written by hand: one row, two checkpoints. */
struct hand_table {
	struct ladle_tensor tensors[2];
	struct ladle_checkpoint checkpoints[2];
	const struct ladle_checkpoint *columns[2];
	uint64_t shapes[2][2];
	uint32_t index[2];
	struct ladle_row row;
	struct ladle_layer_row layer;
	struct ladle_table table;
	struct ladle_mix *mix;
};

static void
hand_table_init(struct hand_table *hand)
{
	memset(hand, 0, sizeof(*hand));
	for (int k = 0; k < 2; k++) {
		hand->shapes[k][0] = 64;
		hand->shapes[k][1] = 10;
		hand->tensors[k] = (struct ladle_tensor){.name = "kernel",
				.dtype = LADLE_FLOAT32,
				.rank = 2,
				.shape = hand->shapes[k],
				.count = 640,
				.averaged = true};
		hand->checkpoints[k] = (struct ladle_checkpoint){.path = k ? "b.h5" : "a.h5",
				.tensors = &hand->tensors[k],
				.tensor_count = 1};
		hand->columns[k] = &hand->checkpoints[k];
	}
	hand->row = (struct ladle_row){.label = "dense/kernel",
			.tensor = "kernel",
			.role = "kernel",
			.index = hand->index,
			.dtype = LADLE_FLOAT32,
			.rank = 2,
			.shape = hand->shapes[0],
			.count = 640,
			.averaged = true};
	hand->layer = (struct ladle_layer_row){.name = "dense",
			.class_name = "Dense",
			.parent = LADLE_NONE,
			.index = hand->index,
			.row_count = 1};
	hand->table = (struct ladle_table){.checkpoint_count = 2,
			.checkpoints = hand->columns,
			.layers = &hand->layer,
			.layer_count = 1,
			.rows = &hand->row,
			.row_count = 1};
	assert_int_equal(ladle_mix_new(&hand->mix, 2, NULL), LADLE_OK);
}

static void
assert_not_ready(struct hand_table *hand, enum ladle_status status, const char *const *words)
{
	struct ladle_error err = {0};

	assert_int_equal(ready_check(&hand->table, hand->mix, &err), status);
	for (; *words; words++)
		assert_contains(err.text, *words);
}

static void
rows_that_fit_are_ready(void **state)
{
	struct hand_table hand;

	(void)state;
	hand_table_init(&hand);
	assert_int_equal(ready_check(&hand.table, hand.mix, NULL), LADLE_OK);
	ladle_mix_free(hand.mix);
}

static void
another_shape_is_refused_with_both(void **state)
{
	static const char *const words[] = {
			"b.h5", "dense/kernel", "128x10", "a.h5", "64x10", NULL};
	struct hand_table hand;

	(void)state;
	hand_table_init(&hand);
	hand.shapes[1][0] = 128;
	assert_not_ready(&hand, LADLE_E_PAIR, words);
	ladle_mix_fader(hand.mix, 1)->set = 0;
	assert_int_equal(ready_check(&hand.table, hand.mix, NULL), LADLE_OK);
	ladle_mix_free(hand.mix);
}

static void
a_row_that_a_model_lacks_is_refused_unless_it_weighs_nothing(void **state)
{
	static const char *const words[] = {"b.h5", "a.h5", "dense/kernel", NULL};
	struct hand_table hand;

	(void)state;
	hand_table_init(&hand);
	hand.index[1] = LADLE_NONE;
	assert_not_ready(&hand, LADLE_E_PAIR, words);
	ladle_mix_fader(hand.mix, 1)->mute = true;
	assert_int_equal(ready_check(&hand.table, hand.mix, NULL), LADLE_OK);
	ladle_mix_free(hand.mix);
}

static void
a_row_that_the_template_lacks_does_not_matter(void **state)
{
	struct hand_table hand;

	(void)state;
	hand_table_init(&hand);
	hand.index[1] = LADLE_NONE;
	ladle_mix_set_template(hand.mix, 1);
	assert_int_equal(ready_check(&hand.table, hand.mix, NULL), LADLE_OK);
	ladle_mix_free(hand.mix);
}

static void
a_skipped_row_need_not_fit(void **state)
{
	const double as_they_are[] = {NAN, NAN};
	struct hand_table hand;

	(void)state;
	hand_table_init(&hand);
	hand.shapes[1][0] = 128;
	assert_int_equal(ladle_mix_add_rule(hand.mix, &hand.table, "dense", true, as_they_are,
					 "skip dense", NULL),
			LADLE_OK);
	assert_int_equal(ready_check(&hand.table, hand.mix, NULL), LADLE_OK);
	ladle_mix_free(hand.mix);
}

static void
a_tensor_that_cannot_be_read_is_refused_with_why(void **state)
{
	static const char *const words[] = {"b.h5", "dense/kernel", "is stored elsewhere", NULL};
	struct hand_table hand;

	(void)state;
	hand_table_init(&hand);
	hand.tensors[1].refused = "is stored elsewhere";
	assert_not_ready(&hand, LADLE_E_INPUT, words);
	ladle_mix_free(hand.mix);
}

static void
weights_that_sum_to_nothing_are_refused(void **state)
{
	static const char *const words[] = {"dense/kernel", "sum to 0", NULL};
	struct hand_table hand;

	(void)state;
	hand_table_init(&hand);
	ladle_mix_fader(hand.mix, 0)->set = -1;
	assert_not_ready(&hand, LADLE_E_USAGE, words);
	ladle_mix_fader(hand.mix, 0)->set = 0;
	ladle_mix_fader(hand.mix, 1)->set = 0;
	assert_not_ready(&hand, LADLE_E_USAGE, words);
	ladle_mix_free(hand.mix);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_suffix_chooses_among_the_template_s_layouts),
			cmocka_unit_test(a_layout_that_is_not_written_is_named_with_the_template_s),
			cmocka_unit_test(rows_that_fit_are_ready),
			cmocka_unit_test(another_shape_is_refused_with_both),
			cmocka_unit_test(
					a_row_that_a_model_lacks_is_refused_unless_it_weighs_nothing),
			cmocka_unit_test(a_row_that_the_template_lacks_does_not_matter),
			cmocka_unit_test(a_skipped_row_need_not_fit),
			cmocka_unit_test(a_tensor_that_cannot_be_read_is_refused_with_why),
			cmocka_unit_test(weights_that_sum_to_nothing_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
