#include "keras/hand.h"

#define MODEL(class, layers) \
	"{\"class_name\":\"" class "\",\"config\":{\"name\":\"m\",\"layers\":[" layers "]}}"
#define LAYER(name, class) "{\"class_name\":\"" class "\",\"config\":{\"name\":\"" name "\"}}"
#define OP(name, class)                                                                          \
	"{\"module\":\"keras.src.ops.numpy\",\"class_name\":\"" class "\",\"config\":{\"name\":" \
								      "\"" name "\"}}"

static void
variables_are_sorted_as_numbers(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers/custom/vars/0 1\n"
			"/layers/custom/vars/1 1\n"
			"/layers/custom/vars/10 1\n"
			"/layers/custom/vars/2 1\n"
			"/layers/custom/vars/idf_weights 1\n"
			"/vars\n",
			NULL);

	(void)state;
	assert_int_equal(c->format, LADLE_WEIGHTS);
	assert_layers(c, "custom: 0= 1= 2= 10= !idf_weights");
	hand_done(&hand);
}

static void
without_a_config_paths_tell_class_and_order(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers/conv2d/vars/0 3x3x1x8\n"
			"/layers/conv2d/vars/1 8\n"
			"/layers/conv2d_1/vars/0 3x3x8x8\n"
			"/layers/conv2d_10/vars/0 3x3x8x8\n"
			"/layers/conv2d_2/vars/0 3x3x8x8\n"
			"/layers/max_pooling2d/vars\n"
			"/layers/p_re_lu/vars/0 6\n"
			"/optimizer/vars/0 scalar int64\n"
			"/metrics/mean/vars/0 scalar\n"
			"/vars\n",
			NULL);

	(void)state;
	assert_layers(c,
			"conv2d:Conv2D kernel bias; conv2d_1:Conv2D kernel; conv2d_2:Conv2D "
			"kernel; "
			"conv2d_10:Conv2D kernel; max_pooling2d:MaxPooling2D; p_re_lu:PReLU alpha");
	assert_string_equal(c->layers[1].path, "layers/conv2d_1");
	assert_string_equal(c->tensors[0].object, "/layers/conv2d/vars/0");
	hand_done(&hand);
}

static void
names_come_from_the_file(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers/conv2d/vars/0 3x3x1x8\n"
			"/layers/conv2d/vars @name:stem\n"
			"/vars @name:cnn\n",
			NULL);

	(void)state;
	assert_layers(c, "stem:Conv2D kernel");
	assert_string_equal(c->model_name, "cnn");
	hand_done(&hand);
}

#define STORE                                    \
	"/layers/batch_normalization/vars/0 8\n" \
	"/layers/batch_normalization/vars/1 8\n" \
	"/layers/batch_normalization/vars/2 8\n" \
	"/layers/conv2d/vars/0 3x3x1x8\n"        \
	"/layers/conv2d_1/vars/0 3x3x8x8\n"      \
	"/layers/dense/vars/0 8x2\n"             \
	"/layers/dense/vars/1 2\n"               \
	"/layers/input_layer/vars\n"             \
	"/vars\n"

static void
the_config_gives_order_names_and_classes(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand, STORE,
			MODEL("Functional",
					LAYER("image", "InputLayer") "," LAYER("stem",
							"Conv2D") ","
								  "{\"class_name\":"
								  "\"BatchNormalization\","
								  "\"config\":{\"name\":\"bn\","
								  "\"scale\":false}}," OP("add",
										  "Add") "," LAYER("body",
										  "Conv2D") "," LAYER("head",
										  "Dense")));

	(void)state;
	assert_layers(c, "image:InputLayer; stem:Conv2D kernel; "
			 "bn:BatchNormalization beta moving_mean moving_variance; body:Conv2D "
			 "kernel; "
			 "head:Dense kernel bias");
	hand_done(&hand);
}

static void
names_of_the_file_overrule_counters(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers/dense/vars/0 8x2\n"
			"/layers/dense/vars @name:second\n"
			"/layers/dense_1/vars/0 4x8\n"
			"/layers/dense_1/vars @name:first\n",
			MODEL("Functional", LAYER("first", "Dense") "," LAYER("second", "Dense")));

	(void)state;
	assert_layers(c, "first:Dense kernel; second:Dense kernel");
	assert_string_equal(c->tensors[0].object, "/layers/dense_1/vars/0");
	hand_done(&hand);
}

static void
with_three_vectors_only_the_statistics_are_certain(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand, STORE, NULL);

	(void)state;
	assert_layers(c, "batch_normalization:BatchNormalization 0= moving_mean moving_variance; "
			 "conv2d:Conv2D kernel; conv2d_1:Conv2D kernel; dense:Dense kernel bias; "
			 "input_layer:InputLayer");
	hand_done(&hand);
}

/* 2.12 and 2.13 count layers with weights in steps of two; section 4. */
static void
old_counters_map_by_rank(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/_layer_checkpoint_dependencies/dense/vars/0 4x8\n"
			"/_layer_checkpoint_dependencies/dense_2/vars/0 8x8\n"
			"/_layer_checkpoint_dependencies/dense_4/vars/0 8x2\n"
			"/_layer_checkpoint_dependencies/dropout/vars\n"
			"/_layer_checkpoint_dependencies/dropout_1/vars\n"
			"/vars\n",
			MODEL("Functional", LAYER("a", "Dense") "," LAYER("x", "Dropout") "," LAYER(
							    "b", "Dense") "," LAYER("y",
							    "Dropout") "," LAYER("c", "Dense")));

	(void)state;
	assert_layers(c, "a:Dense kernel; x:Dropout; b:Dense kernel; y:Dropout; c:Dense kernel");
	hand_done(&hand);
}

static void
backslashes_of_windows_are_separators(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers\\dense/vars/0 4x8\n"
			"/layers\\sequential/vars\n"
			"/layers\\sequential\\layers\\dense/vars/0 8x2\n"
			"/layers\\sequential\\layers\\dense/vars/1 2\n"
			"/vars\n",
			NULL);

	(void)state;
	assert_int_equal(c->format, LADLE_WEIGHTS);
	assert_layers(c, "dense:Dense kernel; sequential:Sequential (dense:Dense kernel bias)");
	assert_string_equal(c->tensors[0].object, "/layers\\dense/vars/0");
	hand_done(&hand);
}

static void
a_sequential_config_lists_an_input_that_the_store_has_not(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers/dense/vars/0 4x8\n"
			"/layers/dense_1/vars/0 8x2\n"
			"/vars\n",
			MODEL("Sequential", LAYER("in", "InputLayer") "," LAYER(
							    "a", "Dense") "," LAYER("b", "Dense")));

	(void)state;
	assert_layers(c, "a:Dense kernel; b:Dense kernel");
	assert_string_equal(c->model_class, "Sequential");
	hand_done(&hand);
}

static void
nested_models_are_layers_with_layers(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers/dense/vars/0 8x2\n"
			"/layers/functional/layers/conv2d/vars/0 3x3x1x8\n"
			"/layers/functional/layers/dense/vars/0 4x8\n"
			"/layers/functional/vars\n"
			"/vars\n",
			MODEL("Functional",
					"{\"class_name\":\"Functional\",\"config\":{\"name\":"
					"\"backbone\","
					"\"layers\":[" LAYER("fc", "Dense") "," LAYER("in_conv",
							"Conv2D") "]}}," LAYER("head", "Dense")));

	(void)state;
	assert_layers(c, "backbone:Functional (fc:Dense kernel, in_conv:Conv2D kernel); head:Dense "
			 "kernel");
	assert_int_equal(c->layers[1].parent, 0);
	assert_string_equal(c->layers[1].path, "layers/functional/layers/dense");
	hand_done(&hand);
}

static void
known_composites_are_one_layer(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers/bidirectional/backward_layer/cell/vars/0 5x12\n"
			"/layers/bidirectional/backward_layer/cell/vars/1 3x12\n"
			"/layers/bidirectional/backward_layer/cell/vars/2 12\n"
			"/layers/bidirectional/backward_layer/vars\n"
			"/layers/bidirectional/forward_layer/cell/vars/0 5x12\n"
			"/layers/bidirectional/forward_layer/cell/vars/1 3x12\n"
			"/layers/bidirectional/forward_layer/cell/vars/2 12\n"
			"/layers/bidirectional/forward_layer/vars\n"
			"/layers/bidirectional/vars\n"
			"/layers/gru/cell/vars/0 5x12\n"
			"/layers/gru/cell/vars/1 4x12\n"
			"/layers/gru/cell/vars/2 2x12\n"
			"/layers/gru/vars\n"
			"/layers/multi_head_attention/_softmax/vars\n"
			"/layers/multi_head_attention/key_dense/vars/0 8x2x4\n"
			"/layers/multi_head_attention/key_dense/vars/1 2x4\n"
			"/layers/multi_head_attention/output_dense/vars/0 2x4x8\n"
			"/layers/multi_head_attention/output_dense/vars/1 8\n"
			"/layers/multi_head_attention/query_dense/vars/0 8x2x4\n"
			"/layers/multi_head_attention/query_dense/vars/1 2x4\n"
			"/layers/multi_head_attention/vars\n"
			"/layers/rnn/cell/cells/gru_cell/vars/0 3x12\n"
			"/layers/rnn/cell/cells/lstm_cell/vars/0 5x12\n"
			"/layers/rnn/cell/vars\n"
			"/layers/rnn/vars\n"
			"/layers/spectral_normalization/layer/vars/0 5x4\n"
			"/layers/spectral_normalization/layer/vars/1 4\n"
			"/layers/spectral_normalization/vars/0 5x4\n"
			"/layers/spectral_normalization/vars/1 1x4\n"
			"/layers/time_distributed/layer/vars/0 5x5\n"
			"/layers/time_distributed/layer/vars/1 5\n"
			"/layers/time_distributed/vars\n"
			"/vars\n",
			NULL);

	(void)state;
	assert_layers(c, "bidirectional:Bidirectional forward_layer/kernel=kernel "
			 "forward_layer/recurrent_kernel=recurrent_kernel forward_layer/bias=bias "
			 "backward_layer/kernel=kernel "
			 "backward_layer/recurrent_kernel=recurrent_kernel "
			 "backward_layer/bias=bias; "
			 "gru:GRU kernel recurrent_kernel bias; "
			 "multi_head_attention:MultiHeadAttention query/kernel=kernel "
			 "query/bias=bias "
			 "key/kernel=kernel key/bias=bias attention_output/kernel=kernel "
			 "attention_output/bias=bias; "
			 "rnn:RNN gru_cell/kernel=kernel lstm_cell/kernel=kernel; "
			 "spectral_normalization:SpectralNormalization wrapped_kernel vector_u "
			 "kernel bias; "
			 "time_distributed:TimeDistributed kernel bias");
	hand_done(&hand);
}

static void
subclassed_models_keep_their_attributes(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/blocks/transformer_block/att/key_dense/vars/0 8x2x4\n"
			"/blocks/transformer_block/att/query_dense/vars/0 8x2x4\n"
			"/blocks/transformer_block/att/vars\n"
			"/blocks/transformer_block/ffn/vars/0 8x8\n"
			"/blocks/transformer_block/ffn/vars/1 8\n"
			"/blocks/transformer_block/vars\n"
			"/layers/dense_1/vars/0 8x2\n"
			"/vars/0 10x8\n",
			NULL);

	(void)state;
	assert_layers(c, "blocks/transformer_block: (att: query/kernel=kernel key/kernel=kernel, "
			 "ffn: kernel bias); dense_1:Dense kernel; top_level_model_weights: 0=");
	hand_done(&hand);
}

static void
a_counted_name_tells_the_class_of_an_attribute(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/block/norm/vars/0 8\n"
			"/block/norm/vars/1 8\n"
			"/block/norm/vars @name:layer_normalization_3\n"
			"/block/out/vars/0 8x2\n"
			"/block/out/vars @name:embedding\n"
			"/block/both/a/vars/0 8x2\n"
			"/block/both/b/vars/0 8x2\n"
			"/block/both/vars @name:bidirectional\n"
			"/block/vars\n"
			"/vars\n",
			NULL);

	(void)state;
	assert_layers(c, "block: (bidirectional: (a: 0=, b: 0=), "
			 "layer_normalization_3:LayerNormalization gamma beta, "
			 "embedding:Embedding embeddings)");
	hand_done(&hand);
}

static void
a_config_that_is_broken_is_a_finding(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c =
			hand_make(&hand, STORE, "{\"class_name\": \"Functional\", \"config\": [");

	(void)state;
	assert_false(c->has_config);
	assert_int_equal(c->layer_count, 5);
	assert_true(hand_finds(c, LADLE_F_FORMAT, "config cannot be read"));
	hand_done(&hand);
}

static void
code_in_a_lambda_is_a_finding(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand, "/layers/lambda/vars\n/vars\n",
			MODEL("Functional", "{\"class_name\":\"Lambda\",\"config\":{\"name\":\"l\","
					    "\"function\":"
					    "{\"class_name\":\"__lambda__\",\"config\":{\"code\":"
					    "\"4wEA\"}}}}"));

	(void)state;
	assert_layers(c, "l:Lambda");
	assert_true(hand_finds(c, LADLE_F_PICKLE, "1 Lambda layer"));
	hand_done(&hand);
}

static void
a_quantised_dense_layer_is_copied(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers/dense/vars/0 4x3 int8\n"
			"/layers/dense/vars/1 3\n"
			"/layers/dense/vars/2 3\n"
			"/vars\n",
			NULL);

	(void)state;
	assert_layers(c, "dense:Dense !kernel !bias !kernel_scale");
	hand_done(&hand);
}

static void
a_custom_class_of_a_known_name_is_not_taken_for_it(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/layers/attention/key/vars/0 4x4\n"
			"/layers/attention/proj/vars/0 4x4\n"
			"/layers/attention/vars\n"
			"/layers/embedding/vars/0 9x4\n"
			"/layers/embedding/vars/1 9x4\n"
			"/layers/embedding/vars/2 4\n"
			"/vars\n",
			NULL);

	(void)state;
	assert_layers(c, "attention: (key: 0=, proj: 0=); embedding: 0= 1= 2=");
	hand_done(&hand);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(variables_are_sorted_as_numbers),
			cmocka_unit_test(without_a_config_paths_tell_class_and_order),
			cmocka_unit_test(names_come_from_the_file),
			cmocka_unit_test(the_config_gives_order_names_and_classes),
			cmocka_unit_test(names_of_the_file_overrule_counters),
			cmocka_unit_test(with_three_vectors_only_the_statistics_are_certain),
			cmocka_unit_test(old_counters_map_by_rank),
			cmocka_unit_test(backslashes_of_windows_are_separators),
			cmocka_unit_test(a_sequential_config_lists_an_input_that_the_store_has_not),
			cmocka_unit_test(nested_models_are_layers_with_layers),
			cmocka_unit_test(known_composites_are_one_layer),
			cmocka_unit_test(subclassed_models_keep_their_attributes),
			cmocka_unit_test(a_counted_name_tells_the_class_of_an_attribute),
			cmocka_unit_test(a_config_that_is_broken_is_a_finding),
			cmocka_unit_test(code_in_a_lambda_is_a_finding),
			cmocka_unit_test(a_quantised_dense_layer_is_copied),
			cmocka_unit_test(a_custom_class_of_a_known_name_is_not_taken_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
