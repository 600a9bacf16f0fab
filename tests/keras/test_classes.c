#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "keras/classes.h"
#include "keras/naming.h"

struct pair {
	const char *name, *snake;
};

/* Names and paths as Keras 3.15 gives them (naming.to_snake_case). */
static const struct pair keras_3[] = {{"Conv2DTranspose", "conv2d_transpose"}, {"LSTM", "lstm"},
		{"PReLU", "p_re_lu"}, {"LeakyReLU", "leaky_re_lu"}, {"ReLU", "re_lu"},
		{"ELU", "elu"}, {"SimpleRNN", "simple_rnn"}, {"ConvLSTM2D", "conv_lstm2d"},
		{"GRUCell", "gru_cell"}, {"StackedRNNCells", "stacked_rnn_cells"},
		{"STFTSpectrogram", "stft_spectrogram"}, {"RMSNormalization", "rms_normalization"},
		{"UpSampling2D", "up_sampling2d"}, {"MaxPooling1D", "max_pooling1d"},
		{"DepthwiseConv2D", "depthwise_conv2d"},
		{"GlobalAveragePooling3D", "global_average_pooling3d"},
		{"InputLayer", "input_layer"}, {"EinsumDense", "einsum_dense"},
		{"TextVectorization", "text_vectorization"},
		{"GroupedQueryAttention", "grouped_query_attention"}};

static void
snake_case_is_that_of_keras(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < sizeof(keras_3) / sizeof(keras_3[0]); i++) {
		assert_string_equal(snake_case(&arena, keras_3[i].name), keras_3[i].snake);
		assert_string_equal(class_find(keras_3[i].name)->snake, keras_3[i].snake);
		assert_ptr_equal(class_of_component(keras_3[i].snake), class_find(keras_3[i].name));
	}
	assert_string_equal(snake_case(&arena, "MyBlock2DReLU"), "my_block2d_re_lu");
	arena_done(&arena);
}

/* The whole table obeys the same function, but for names that Keras itself spells otherwise. */
static void
every_row_has_its_own_snake_case(void **state)
{
	static const char *const names[] = {
#define CLASS(name, snake, kind, ...) name,
#include "keras/classes.def"
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct class_row *row = class_find(names[i]);

		assert_string_equal(row->name, names[i]);
		assert_ptr_equal(class_of_component(row->snake), row);
		/* Keras 1 classes whose paths no store has ever held */
		if (strcmp(names[i], "ParametricSoftplus") != 0 && strcmp(names[i], "SReLU") != 0)
			assert_string_equal(snake_case(&arena, names[i]), row->snake);
	}
	arena_done(&arena);
}

static void
counters_are_cut_from_components(void **state)
{
	(void)state;
	assert_string_equal(class_of_component("conv2d_17")->name, "Conv2D");
	assert_string_equal(class_of_component("batchnormalization_1")->name, "BatchNormalization");
	assert_null(class_of_component("conv_a"));
	assert_null(class_of_component("dense_x"));
	assert_int_equal(class_stem("dense_12"), 5);
	assert_int_equal(class_stem("fc1"), 3);
	assert_int_equal(class_stem("_1"), 2);
}

static void
old_names_of_a_class_are_that_class(void **state)
{
	(void)state;
	assert_true(class_agree("Convolution2D", "Conv2D"));
	assert_true(class_agree("GroupQueryAttention", "GroupedQueryAttention"));
	assert_true(class_agree("", "Dense"));
	assert_true(class_agree("MyLayer", "MyLayer"));
	assert_false(class_agree("Conv2D", "Conv2DTranspose"));
	assert_false(class_agree("MyLayer", "YourLayer"));
}

struct roles {
	const char *class_name;
	signed char scale, center, use_bias;
	uint32_t count;
	const char *roles[8];
};

static void
roles_follow_the_config_else_the_count(void **state)
{
	static const struct roles cases[] = {
			{"Dense", -1, -1, -1, 2, {"kernel", "bias"}},
			{"Dense", -1, -1, 0, 1, {"kernel"}},
			{"Dense", -1, -1, -1, 1, {"kernel"}},
			{"BatchNormalization", 0, 1, -1, 3,
					{"beta", "moving_mean", "moving_variance"}},
			{"BatchNormalization", 1, 0, -1, 3,
					{"gamma", "moving_mean", "moving_variance"}},
			{"BatchNormalization", -1, -1, -1, 3,
					{"", "moving_mean", "moving_variance"}},
			{"BatchNormalization", -1, -1, -1, 2, {"moving_mean", "moving_variance"}},
			{"BatchNormalization", -1, -1, -1, 7,
					{"gamma", "beta", "moving_mean", "moving_variance",
							"moving_stddev", "renorm_mean",
							"renorm_stddev"}},
			{"LayerNormalization", -1, -1, -1, 1, {""}},
			{"LayerNormalization", 1, 0, -1, 1, {"gamma"}},
			{"SeparableConv2D", -1, -1, -1, 2,
					{"depthwise_kernel", "pointwise_kernel"}},
			{"Unknown", -1, -1, -1, 2, {"", ""}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *roles[8];
		signed char option[CONFIG_OPTION_COUNT];

		memset(option, -1, sizeof(option));
		option[OPTION_SCALE] = cases[i].scale;
		option[OPTION_CENTER] = cases[i].center;
		option[OPTION_USE_BIAS] = cases[i].use_bias;
		class_roles(class_find(cases[i].class_name), option, cases[i].count, roles);
		for (uint32_t r = 0; r < cases[i].count; r++)
			assert_string_equal(roles[r], cases[i].roles[r]);
	}
}

static void
keras_1_names_are_found_behind_their_layer(void **state)
{
	(void)state;
	assert_string_equal(weight_old_name("dense_1_W"), "W");
	assert_string_equal(weight_old_name("lstm_1_W_i"), "W_i");
	assert_string_equal(weight_old_name("bn_running_std"), "running_std");
	assert_null(weight_old_name("param_0"));
	assert_null(weight_old_name("kernel"));
	assert_string_equal(weight_role("running_std"), "moving_variance");
	assert_string_equal(weight_role("mystery"), "");
}

static void
only_floats_that_mean_something_are_averaged(void **state)
{
	(void)state;
	assert_null(weight_copied("Dense", "kernel", LADLE_FLOAT32));
	assert_null(weight_copied("", "", LADLE_BFLOAT16));
	assert_null(weight_copied("BatchNormalization", "moving_variance", LADLE_FLOAT32));
	assert_null(weight_copied("MyLayer", "mean", LADLE_FLOAT32));
	assert_non_null(weight_copied("Normalization", "mean", LADLE_FLOAT32));
	assert_non_null(weight_copied("Dense", "kernel", LADLE_INT8));
	assert_non_null(weight_copied("Dense", "lora_a", LADLE_FLOAT32));
	assert_non_null(weight_copied("Dense", "kernel_scale", LADLE_FLOAT32));
	assert_non_null(weight_copied("TextVectorization", "idf_weights", LADLE_FLOAT32));
	assert_non_null(weight_copied("", "", LADLE_BOOL));
	assert_non_null(weight_copied("", "", LADLE_OTHER));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(snake_case_is_that_of_keras),
			cmocka_unit_test(every_row_has_its_own_snake_case),
			cmocka_unit_test(counters_are_cut_from_components),
			cmocka_unit_test(old_names_of_a_class_are_that_class),
			cmocka_unit_test(roles_follow_the_config_else_the_count),
			cmocka_unit_test(keras_1_names_are_found_behind_their_layer),
			cmocka_unit_test(only_floats_that_mean_something_are_averaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
