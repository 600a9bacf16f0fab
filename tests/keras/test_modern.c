#include "keras/hand.h"

#include "keras/modern.h"
#include "keras/tensor_view.h"

/* A file by hand and its twin. */
struct twin {
	struct hand hand;
	struct ladle_checkpoint modern;
	uint32_t form;
};

static void
twin_make(struct twin *twin, const char *lines, const char *config)
{
	const struct ladle_checkpoint *c = hand_make(&twin->hand, lines, config);
	struct ladle_error err;

	twin->modern = *c;
	assert_int_equal(modern_make(&twin->modern, &twin->form, c, &twin->hand.catalog,
					 &twin->hand.arena, &err),
			LADLE_OK);
}

/* "lstm_1/kernel 3x8 <- 0 2 1 3" : the tensor, its shape, the places of its sources among the
 * file's tensors. */
static const char *
print_tensor(const struct twin *twin, uint32_t index)
{
	static char text[512];
	const struct ladle_tensor *t = &twin->modern.tensors[index];
	size_t at = (size_t)snprintf(
			text, sizeof(text), "%s/%s ", twin->modern.layers[t->layer].name, t->name);

	for (int a = 0; a < t->rank; a++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d", a == 0 ? "" : "x",
				(int)t->shape[a]);
	for (uint32_t p = 0; t->view != NULL && p < t->view->part_count; p++) {
		uint32_t source = 0;

		while (twin->hand.checkpoint.tensors[source].dataset != t->view->parts[p].dataset)
			source++;
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u", p == 0 ? " <- " : " ",
				source);
	}
	return text;
}

#define SEQUENTIAL(layers) "{\"class_name\":\"Sequential\",\"config\":[" layers "]}"
#define LAYER(name, class, more) \
	"{\"class_name\":\"" class "\",\"config\":{\"name\":\"" name "\"" more "}}"

/* One layer `a` with a kernel W of this shape and six filters. */
static void
twin_of_kernel(struct twin *twin, const char *shape, const char *config)
{
	char lines[512];

	snprintf(lines, sizeof(lines),
			"/ @layer_names=a\n/a @weight_names=a_W,a_b\n/a/a_W %s\n/a/a_b 6\n", shape);
	twin_make(twin, lines, config);
}

static void
gates_are_joined_in_keras_2s_order(void **state)
{
	struct twin twin;

	(void)state;
	twin_make(&twin,
			"/ @layer_names=lstm_1\n"
			"/lstm_1 "
			"@weight_names=lstm_1_W_i,lstm_1_U_i,lstm_1_b_i,lstm_1_W_c,lstm_1_U_"
			"c,"
			"lstm_1_b_c,lstm_1_W_f,lstm_1_U_f,lstm_1_b_f,lstm_1_W_o,lstm_1_U_o,lstm_1_"
			"b_"
			"o\n"
			"/lstm_1/lstm_1_W_i 3x2\n/lstm_1/lstm_1_U_i 2x2\n/lstm_1/lstm_1_b_i 2\n"
			"/lstm_1/lstm_1_W_c 3x2\n/lstm_1/lstm_1_U_c 2x2\n/lstm_1/lstm_1_b_c 2\n"
			"/lstm_1/lstm_1_W_f 3x2\n/lstm_1/lstm_1_U_f 2x2\n/lstm_1/lstm_1_b_f 2\n"
			"/lstm_1/lstm_1_W_o 3x2\n/lstm_1/lstm_1_U_o 2x2\n/lstm_1/lstm_1_b_o 2\n",
			NULL);
	assert_int_not_equal(twin.form, 0);
	assert_layers(&twin.modern, "lstm_1:LSTM kernel recurrent_kernel bias");
	assert_string_equal(print_tensor(&twin, 0), "lstm_1/kernel 3x8 <- 0 6 3 9");
	assert_string_equal(print_tensor(&twin, 1), "lstm_1/recurrent_kernel 2x8 <- 1 7 4 10");
	assert_string_equal(print_tensor(&twin, 2), "lstm_1/bias 8 <- 2 8 5 11");
	assert_int_equal(twin.modern.tensors[0].count, 24);
	assert_int_equal(twin.modern.tensors[0].dataset, LADLE_NONE);
	assert_true(hand_finds(&twin.modern, LADLE_F_FORMAT, "the gates of recurrent layers"));
	hand_done(&twin.hand);
}

/* Keras 0.x stores them under numbers: the order is that of Keras 1. */
static void
gates_of_keras_0_are_joined(void **state)
{
	struct twin twin;
	char lines[2048] = "/ @nb_layers=1\n";

	(void)state;
	for (int i = 0; i < 9; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
				"/layer_0/param_%d %s\n", i,
				i % 3 == 0   ? "7x4"
				: i % 3 == 1 ? "4x4"
					     : "4");
	twin_make(&twin, lines, NULL);
	assert_layers(&twin.modern, "layer_0:GRU kernel recurrent_kernel bias");
	assert_string_equal(print_tensor(&twin, 0), "layer_0/kernel 7x12 <- 0 3 6");
	hand_done(&twin.hand);
}

/* Two gates of different size are no gates of one layer. */
static void
gates_that_do_not_fit_stay(void **state)
{
	struct twin twin;

	(void)state;
	twin_make(&twin,
			"/ @layer_names=g\n"
			"/g @weight_names=g_W_z,g_U_z,g_b_z,g_W_r,g_U_r,g_b_r,g_W_h,g_U_h,g_b_h\n"
			"/g/g_W_z 3x2\n/g/g_U_z 2x2\n/g/g_b_z 2\n/g/g_W_r 3x2\n/g/g_U_r 2x2\n"
			"/g/g_b_r 2\n/g/g_W_h 4x2\n/g/g_U_h 2x2\n/g/g_b_h 2\n",
			NULL);
	assert_int_equal(twin.form, 0);
	hand_done(&twin.hand);
}

/* The table of Keras 2's preprocess_weights_for_loading. */
static void
kernels_are_turned_by_class_and_order(void **state)
{
	static const struct {
		const char *class_name, *more, *shape, *expected;
		int64_t stride[5];
	} cases[] = {
			{"Convolution2D", ",\"dim_ordering\":\"th\"", "6x4x3x2", "a/kernel 3x2x4x6",
					{2, 1, 6, 24}},
			{"Convolution3D", ",\"dim_ordering\":\"th\"", "6x4x3x2x5",
					"a/kernel 3x2x5x4x6", {10, 5, 1, 30, 120}},
			{"Deconvolution2D", ",\"dim_ordering\":\"tf\"", "3x2x4x6",
					"a/kernel 3x2x6x4", {48, 24, 1, 6}},
			{"Deconvolution2D", ",\"dim_ordering\":\"th\"", "6x4x3x2",
					"a/kernel 3x2x6x4", {2, 1, 24, 6}},
			{"Convolution1D", "", "3x1x4x6", "a/kernel 3x4x6", {24, 6, 1}},
			{"Convolution1D", "", "6x4x3x1", "a/kernel 3x4x6", {1, 3, 12}},
			{"Convolution2D", ",\"dim_ordering\":\"tf\"", "3x2x4x6", NULL, {0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct twin twin;
		char config[512];

		snprintf(config, sizeof(config), SEQUENTIAL(LAYER("a", "%s", "%s")),
				cases[i].class_name, cases[i].more);
		twin_of_kernel(&twin, cases[i].shape, config);
		if (cases[i].expected == NULL) {
			assert_int_equal(twin.form, 0);
			hand_done(&twin.hand);
			continue;
		}
		assert_int_not_equal(twin.form, 0);
		assert_memory_equal(print_tensor(&twin, 0), cases[i].expected,
				strlen(cases[i].expected));
		for (int a = 0; a < twin.modern.tensors[0].rank; a++)
			assert_int_equal(twin.modern.tensors[0].view->parts[0].stride[a],
					cases[i].stride[a]);
		hand_done(&twin.hand);
	}
}

/* Without a config the number of filters tells, unless it stands on both ends. */
static void
shapes_tell_the_order_where_they_can(void **state)
{
	struct twin twin;

	(void)state;
	twin_of_kernel(&twin, "6x4x3x3", NULL);
	assert_memory_equal(print_tensor(&twin, 0), "a/kernel 3x3x4x6", 16);
	hand_done(&twin.hand);
	twin_of_kernel(&twin, "6x4x3x6", NULL);
	assert_null(twin.modern.tensors[0].view);
	assert_true(hand_finds(&twin.modern, LADLE_F_FORMAT, "give --config FILE"));
	hand_done(&twin.hand);
	twin_of_kernel(&twin, "6x4x3x1", NULL);
	assert_null(twin.modern.tensors[0].view);
	hand_done(&twin.hand);
}

/* What a wrapper wraps decides. */
static void
wrapped_kernels_are_turned(void **state)
{
	struct twin twin;

	(void)state;
	twin_of_kernel(&twin, "6x4x3x2",
			SEQUENTIAL(LAYER("a", "TimeDistributed",
					",\"layer\":" LAYER("c", "Convolution2D",
							",\"dim_ordering\":\"th\""))));
	assert_memory_equal(print_tensor(&twin, 0), "a/kernel 3x2x4x6", 16);
	hand_done(&twin.hand);
}

static void
files_of_keras_2_have_no_twin(void **state)
{
	struct twin twin;

	(void)state;
	twin_make(&twin,
			"/ @layer_names=a\n/ @keras_version:2.0.4\n/ @backend:tensorflow\n"
			"/a @weight_names=a/kernel:0\n/a/a/kernel:0 6x4x3x2\n",
			NULL);
	assert_int_equal(twin.form, 0);
	hand_done(&twin.hand);
	/* no version, but the names are not those of Keras 1 */
	twin_make(&twin,
			"/ @layer_names=a\n/a @weight_names=a/kernel,a/bias\n"
			"/a/a/kernel 6x4x3x2\n/a/a/bias 6\n",
			NULL);
	assert_int_equal(twin.form, 0);
	hand_done(&twin.hand);
}

/* numpy: kernel[::-1, ::-1], conv_utils.convert_kernel. */
static void
kernels_of_theano_are_flipped(void **state)
{
	struct twin twin;
	const struct view_part *part;

	(void)state;
	twin_make(&twin,
			"/ @layer_names=a,d\n/ @keras_version:2.0.4\n/ @backend:theano\n"
			"/a @weight_names=a/kernel,a/bias\n/a/a/kernel 3x2x4x6\n/a/a/bias 6\n"
			"/d @weight_names=d/kernel\n/d/d/kernel 4x6\n",
			NULL);
	part = twin.modern.tensors[0].view->parts;
	assert_int_equal(part->origin, 5 * 24);
	assert_int_equal(part->stride[0], -48);
	assert_int_equal(part->stride[1], -24);
	assert_int_equal(part->stride[2], 6);
	assert_int_equal(part->stride[3], 1);
	assert_null(twin.modern.tensors[1].view);
	assert_null(twin.modern.tensors[2].view);
	hand_done(&twin.hand);
}

static void
kernels_that_are_too_large_stay(void **state)
{
	struct twin twin;

	(void)state;
	twin_make(&twin,
			"/ @layer_names=a\n/a @weight_names=a_W,a_b\n/a/a_W 4096x512x7x7\n"
			"/a/a_b 4096\n",
			NULL);
	assert_null(twin.modern.tensors[0].view);
	assert_true(hand_finds(&twin.modern, LADLE_F_FORMAT, "too large"));
	hand_done(&twin.hand);
}

/* ---- which columns are replaced ---- */

struct column {
	const char *backend;
	uint32_t form;
	bool replaced;
};

static void
check_columns(const struct column *columns, uint32_t count)
{
	struct ladle_checkpoint files[4], twins[4];
	const struct ladle_checkpoint *list[4];

	memset(files, 0, sizeof(files));
	for (uint32_t k = 0; k < count; k++) {
		files[k].format = LADLE_LEGACY_FULL;
		files[k].backend = columns[k].backend;
		files[k].form = columns[k].form;
		files[k].modern = columns[k].form != 0 ? &twins[k] : NULL;
		list[k] = &files[k];
	}
	modern_columns(list, count);
	for (uint32_t k = 0; k < count; k++)
		assert_ptr_equal(list[k], columns[k].replaced ? &twins[k] : &files[k]);
}

static void
alike_files_stay_as_they_are_stored(void **state)
{
	static const struct column one[] = {{"", 1, false}};
	static const struct column two[] = {{"", 1, false}, {"", 1, false}};
	static const struct column mixed[] = {
			{"", 1, true}, {"tensorflow", 0, false}, {"", 3, true}};

	(void)state;
	check_columns(one, 1);
	check_columns(two, 2);
	check_columns(mixed, 3);
}

/* Bit 6 is FLIPPED: only a file that is known not to be Theano's asks for it. */
static void
theano_is_flipped_beside_other_backends(void **state)
{
	static const struct column with_keras_1[] = {{"theano", 64, false}, {"", 1, true}};
	static const struct column with_other[] = {
			{"theano", 64, true}, {"tensorflow", 0, false}, {"", 1, true}};

	(void)state;
	check_columns(with_keras_1, 2);
	check_columns(with_other, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(gates_are_joined_in_keras_2s_order),
			cmocka_unit_test(gates_of_keras_0_are_joined),
			cmocka_unit_test(gates_that_do_not_fit_stay),
			cmocka_unit_test(kernels_are_turned_by_class_and_order),
			cmocka_unit_test(shapes_tell_the_order_where_they_can),
			cmocka_unit_test(wrapped_kernels_are_turned),
			cmocka_unit_test(files_of_keras_2_have_no_twin),
			cmocka_unit_test(kernels_of_theano_are_flipped),
			cmocka_unit_test(kernels_that_are_too_large_stay),
			cmocka_unit_test(alike_files_stay_as_they_are_stored),
			cmocka_unit_test(theano_is_flipped_beside_other_backends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
