#define GROUPED_GAUGE
#include "align/grouped.h"

#define INPUT "x|InputLayer||\"batch_shape\":[null,8]|\n"
#define IMAGE "x|InputLayer||\"batch_shape\":[null,6,6,4]|\n"
#define SERIES "x|InputLayer||\"batch_shape\":[null,5,8]|\n"
#define DENSE(name, from, activation, in, out)                            \
	name "|Dense|" from "|\"activation\":\"" activation "\"|kernel " in "x" out ",bias " out "\n"
#define A(activation) DENSE("a", "x", activation, "8", "4")
#define OUT(from) DENSE("o", from, "softmax", "4", "2")
#define SCALED "scale a/kernel:1 a/bias:0 / o/kernel:0\n"
#define SIGNED "sign a/kernel:1 a/bias:0 / o/kernel:0\n"

static void
relu_lets_positive_factors_pass(void **state)
{
	(void)state;
	assert_groups(INPUT A("relu") OUT("a"), SCALED);
	assert_groups(INPUT A("leaky_relu") OUT("a"), SCALED);
	assert_groups(INPUT A("linear") OUT("a"), SCALED);
}

static void
odd_functions_let_signs_pass(void **state)
{
	(void)state;
	assert_groups(INPUT A("tanh") OUT("a"), SIGNED);
	assert_groups(INPUT A("softsign") OUT("a"), SIGNED);
}

static void
other_functions_let_nothing_pass(void **state)
{
	static const char *const names[] = {"gelu", "sigmoid", "elu", "relu6", "softmax", "silu",
			"selu", "softplus"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char lines[1024];

		snprintf(lines, sizeof(lines), INPUT A("%s") OUT("a"), names[i]);
		assert_groups(lines, "none\n");
	}
}

static void
limits_of_a_relu_let_nothing_pass(void **state)
{
	(void)state;
	assert_groups(INPUT A("linear") "r|ReLU|a|\"max_value\":null,\"threshold\":0.0,"
					"\"negative_slope\":0.1|\n" OUT("r"),
			SCALED);
	assert_groups(INPUT A("linear") "r|ReLU|a|\"max_value\":6.0|\n" OUT("r"), "none\n");
	assert_groups(INPUT A("linear") "r|ReLU|a|\"threshold\":0.5|\n" OUT("r"), "none\n");
}

static void
every_function_on_the_way_counts(void **state)
{
	(void)state;
	assert_groups(INPUT A("linear") "r|Activation|a|\"activation\":\"tanh\"|\n" OUT("r"),
			SIGNED);
	assert_groups(INPUT A("relu") "r|Activation|a|\"activation\":\"tanh\"|\n" OUT("r"),
			"none\n");
	assert_groups(INPUT A("relu") "d|Dropout|a||\nb|Activation|a|\"activation\":\"sigmoid\"|\n"
				      "p|Dense|b||kernel 4x3\n" DENSE("q", "d", "linear", "4", "3")
				      "s|Add|p,q||\n",
			"none\n");
}

static void
normalisation_lets_nothing_pass(void **state)
{
	(void)state;
	assert_groups(INPUT A("linear") "n|BatchNormalization|a||gamma 4,beta 4,moving_mean 4,"
					"moving_variance 4\nr|ReLU|n||\n" OUT("r"),
			"none\n");
}

static void
slopes_of_prelu_stay(void **state)
{
	(void)state;
	assert_groups(INPUT A("linear") "r|PReLU|a||alpha 4\n" OUT("r"), SCALED);
}

static void
convolutions_pass_through_pooling_and_flattening(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Conv2D|x|\"kernel_size\":[3,3],\"padding\":\"same\","
			    "\"activation\":\"relu\"|kernel 3x3x4x5,bias 5\n"
			    "m|MaxPooling2D|a|\"pool_size\":[2,2]|\n"
			    "f|Flatten|m||\n" DENSE("o", "f", "linear", "45", "2"),
			"scale a/kernel:3 a/bias:0 / o/kernel:0*9*1+0\n");
	assert_groups(IMAGE "a|Conv2D|x|\"kernel_size\":[3,3],\"padding\":\"same\","
			    "\"activation\":\"tanh\"|kernel 3x3x4x5,bias 5\n"
			    "m|AveragePooling2D|a|\"pool_size\":[2,2]|\n"
			    "f|GlobalAveragePooling2D|m||\n" DENSE("o", "f", "linear", "5", "2"),
			"sign a/kernel:3 a/bias:0 / o/kernel:0\n");
	assert_groups(IMAGE "a|Conv2D|x|\"kernel_size\":[3,3],\"padding\":\"same\","
			    "\"activation\":\"tanh\"|kernel 3x3x4x5,bias 5\n"
			    "f|GlobalMaxPooling2D|a||\n" DENSE("o", "f", "linear", "5", "2"),
			"none\n");
}

static void
a_transposed_kernel_has_its_axes_exchanged(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Conv2D|x|\"kernel_size\":[1,1],\"activation\":\"relu\"|"
			    "kernel 1x1x4x5,bias 5\n"
			    "b|Conv2DTranspose|a|\"kernel_size\":[2,2],\"activation\":\"relu\"|"
			    "kernel 2x2x3x5,bias 3\n"
			    "o|Conv2D|b|\"kernel_size\":[1,1]|kernel 1x1x3x2\n",
			"scale a/kernel:3 a/bias:0 / b/kernel:3\n"
			"scale b/kernel:2 b/bias:0 / o/kernel:2\n");
}

static void
sums_and_concatenations_pass_what_all_pass(void **state)
{
	(void)state;
	assert_groups(INPUT A("relu") DENSE("b", "x", "relu", "8", "4") "s|Add|a,b||\n" OUT("s"),
			"scale a/kernel:1 a/bias:0 b/kernel:1 b/bias:0 / o/kernel:0\n");
	assert_groups(INPUT A("relu") DENSE("b", "x", "tanh", "8", "4") "s|Add|a,b||\n" OUT("s"),
			"none\n");
	assert_groups(INPUT A("relu") DENSE("b", "x", "relu", "8", "4")
				      "s|Multiply|a,b||\n" OUT("s"),
			"none\n");
	assert_groups(INPUT A("relu") DENSE("b", "x", "relu", "8", "1") "s|Add|a,b||\n" OUT("s"),
			"none\n");
	assert_groups(INPUT A("relu") DENSE("b", "x", "tanh", "8", "3")
				      "s|Concatenate|a,b||\n" DENSE("o", "s", "linear", "7", "2"),
			"scale a/kernel:1 a/bias:0 / o/kernel:0\n"
			"sign b/kernel:1 b/bias:0 / o/kernel:0*1*1+4\n");
}

static void
a_kernel_along_another_axis_lets_nothing_pass(void **state)
{
	(void)state;
	assert_groups(SERIES "a|Dense|x|\"activation\":\"relu\"|kernel 8x4,bias 4\n"
			     "p|Permute|a|\"dims\":[2,1]|\n"
			     "b|Dense|p||kernel 5x3,bias 3\n"
			     "q|Permute|b|\"dims\":[2,1]|\n"
			     "o|Dense|q||kernel 4x2\n",
			"none\n");
}

static void
layers_of_other_kinds_let_nothing_pass(void **state)
{
	(void)state;
	assert_groups("x|InputLayer||\"batch_shape\":[null,5]|\n"
		      "e|Embedding|x||embeddings 9x4\no|Dense|e||kernel 4x2\n",
			"none\n");
	assert_groups(SERIES "a|Dense|x|\"activation\":\"relu\"|kernel 8x4,bias 4\n"
			     "l|SimpleRNN|a||kernel 4x3,recurrent_kernel 3x3,bias 3\n"
			     "o|Dense|l||kernel 3x2\n",
			"none\nnone\n");
}

static void
steps_pass_like_the_layer_in_them(void **state)
{
	(void)state;
	assert_groups(SERIES
			"a|TimeDistributed|x|\"layer\":{\"class_name\":\"Dense\",\"config\":{"
			"\"name\":\"i\",\"activation\":\"relu\"}}|kernel 8x4,bias 4\n"
			"o|Dense|a||kernel 4x2\n",
			SCALED);
}

static void
without_a_config_nothing_passes(void **state)
{
	char *text = grouped_text(INPUT A("relu") OUT("a"), true, false);

	(void)state;
	assert_string_equal(text, "inferred\nnone\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(relu_lets_positive_factors_pass),
			cmocka_unit_test(odd_functions_let_signs_pass),
			cmocka_unit_test(other_functions_let_nothing_pass),
			cmocka_unit_test(limits_of_a_relu_let_nothing_pass),
			cmocka_unit_test(every_function_on_the_way_counts),
			cmocka_unit_test(normalisation_lets_nothing_pass),
			cmocka_unit_test(slopes_of_prelu_stay),
			cmocka_unit_test(convolutions_pass_through_pooling_and_flattening),
			cmocka_unit_test(a_transposed_kernel_has_its_axes_exchanged),
			cmocka_unit_test(sums_and_concatenations_pass_what_all_pass),
			cmocka_unit_test(a_kernel_along_another_axis_lets_nothing_pass),
			cmocka_unit_test(layers_of_other_kinds_let_nothing_pass),
			cmocka_unit_test(steps_pass_like_the_layer_in_them),
			cmocka_unit_test(without_a_config_nothing_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
