#include "keras/hand.h"

#define CONFIG(layers) \
	"{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\",\"layers\":[" layers "]}}"
#define LAYER(name, class) \
	"{\"class_name\":\"" class "\",\"name\":\"" name "\",\"config\":{\"name\":\"" name "\"}}"

static void
full_model_in_order_of_layer_names(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.15.0\n"
			"/ @backend:tensorflow\n"
			"/model_weights @layer_names=image,conv_10,conv_2,flatten\n"
			"/model_weights/image @weight_names=\n"
			"/model_weights/conv_10 @weight_names=conv_10/kernel:0,conv_10/bias:0\n"
			"/model_weights/conv_10/conv_10/bias:0 8\n"
			"/model_weights/conv_10/conv_10/kernel:0 3x3x1x8\n"
			"/model_weights/conv_2 @weight_names=conv_2/kernel:0\n"
			"/model_weights/conv_2/conv_2/kernel:0 3x3x8x4\n"
			"/model_weights/flatten @weight_names=\n"
			"/model_weights/top_level_model_weights @weight_names=\n"
			"/optimizer_weights @weight_names=Adam/iter:0\n"
			"/optimizer_weights/Adam/iter:0 scalar int64\n",
			CONFIG(LAYER("image", "InputLayer") "," LAYER(
					"conv_10", "Conv2D") "," LAYER("conv_2",
					"Conv2D") "," LAYER("flatten", "Flatten")));

	(void)state;
	assert_int_equal(c->format, LADLE_LEGACY_FULL);
	assert_string_equal(c->keras_version, "2.15.0");
	assert_string_equal(c->backend, "tensorflow");
	assert_string_equal(c->model_class, "Functional");
	assert_layers(c, "image:InputLayer; conv_10:Conv2D kernel bias; conv_2:Conv2D kernel; "
			 "flatten:Flatten");
	assert_string_equal(c->tensors[0].object, "/model_weights/conv_10/conv_10/kernel:0");
	assert_int_equal(c->parameters, 72 + 8 + 288);
	assert_string_equal(c->layers[1].path, "conv_10");
	assert_int_equal(c->finding_count, 0);
	hand_done(&hand);
}

static void
split_attributes_are_joined(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.4.0\n"
			"/ @backend:tensorflow\n"
			"/ @layer_names0=b,a\n"
			"/ @layer_names1=c\n"
			"/a @weight_names0=a/kernel:0\n"
			"/a @weight_names1=a/bias:0\n"
			"/a/a/kernel:0 2x3\n"
			"/a/a/bias:0 3\n"
			"/b @weight_names=\n"
			"/c @weight_names=\n",
			NULL);

	(void)state;
	assert_int_equal(c->format, LADLE_LEGACY_WEIGHTS);
	assert_layers(c, "b:; a: kernel bias; c:");
	hand_done(&hand);
}

static void
keras_1_names_have_roles(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @layer_names=dense_1,batchnormalization_1,lstm_1,embedding_1\n"
			"/dense_1 @weight_names=dense_1_W:0,dense_1_b:0\n"
			"/dense_1/dense_1_W:0 4x2\n"
			"/dense_1/dense_1_b:0 2\n"
			"/batchnormalization_1 @weight_names=batchnormalization_1_gamma,"
			"batchnormalization_1_beta,batchnormalization_1_running_mean,"
			"batchnormalization_1_running_std\n"
			"/batchnormalization_1/batchnormalization_1_gamma 2\n"
			"/batchnormalization_1/batchnormalization_1_beta 2\n"
			"/batchnormalization_1/batchnormalization_1_running_mean 2\n"
			"/batchnormalization_1/batchnormalization_1_running_std 2\n"
			"/lstm_1 @weight_names=lstm_1_W_i,lstm_1_U_i,lstm_1_b_i\n"
			"/lstm_1/lstm_1_W_i 2x3\n"
			"/lstm_1/lstm_1_U_i 3x3\n"
			"/lstm_1/lstm_1_b_i 3\n"
			"/embedding_1 @weight_names=embedding_1_W\n"
			"/embedding_1/embedding_1_W 9x2\n",
			NULL);

	(void)state;
	assert_layers(c, "dense_1:Dense W=kernel b=bias; "
			 "batchnormalization_1:BatchNormalization gamma beta "
			 "running_mean=moving_mean "
			 "running_std=moving_variance; "
			 "lstm_1:LSTM W_i=kernel U_i=recurrent_kernel b_i=bias; "
			 "embedding_1:Embedding W=embeddings");
	hand_done(&hand);
}

static void
keras_1_scopes_do_not_hide_the_name(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @layer_names=dense_2\n"
			"/dense_2 "
			"@weight_names=global/policy_net/dense_2_W:0,global/policy_net/"
			"dense_2_b:0\n"
			"/dense_2/global/policy_net/dense_2_W:0 4x2\n"
			"/dense_2/global/policy_net/dense_2_b:0 2\n",
			NULL);

	(void)state;
	assert_layers(c, "dense_2:Dense W=kernel b=bias");
	hand_done(&hand);
}

static void
layer_names_with_slashes_are_paths(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.0.5\n"
			"/ @backend:tensorflow\n"
			"/ @layer_names=conv1/conv,conv1,conv1/bn\n"
			"/conv1/conv @weight_names=conv1/conv/kernel:0\n"
			"/conv1/conv/conv1/conv/kernel:0 3x3x3x8\n"
			"/conv1 @weight_names=conv1/bias:0\n"
			"/conv1/conv1/bias:0 8\n"
			"/conv1/bn @weight_names=conv1/bn/gamma:0\n"
			"/conv1/bn/conv1/bn/gamma:0 8\n",
			NULL);

	(void)state;
	assert_layers(c, "conv1/conv: kernel; conv1: bias; conv1/bn: gamma");
	assert_string_equal(c->tensors[0].object, "/conv1/conv/conv1/conv/kernel:0");
	assert_int_equal(c->finding_count, 0);
	hand_done(&hand);
}

/* Section 1.5: first all trainable weights, then all others; freezing moves them. */
#define NESTED_WEIGHTS                          \
	"/backbone/in_bn/beta:0 8\n"            \
	"/backbone/in_bn/gamma:0 8\n"           \
	"/backbone/in_bn/moving_mean:0 8\n"     \
	"/backbone/in_bn/moving_variance:0 8\n" \
	"/backbone/in_conv/bias:0 8\n"          \
	"/backbone/in_conv/kernel:0 3x3x1x8\n"  \
	"/backbone/in_conv2/kernel:0 3x3x8x8\n"
#define NESTED_HEAD "/ @keras_version:2.15.0\n/ @backend:tensorflow\n/ @layer_names=backbone\n"

static void
nested_model_is_split_by_names(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			NESTED_HEAD
			"/backbone "
			"@weight_names=in_conv/kernel:0,in_conv/bias:0,in_bn/gamma:0,in_bn/beta:0,"
			"in_conv2/kernel:0,in_bn/moving_mean:0,in_bn/"
			"moving_variance:0\n" NESTED_WEIGHTS,
			NULL);

	(void)state;
	assert_layers(c, "backbone: (in_conv: kernel bias, in_bn: gamma beta moving_mean "
			 "moving_variance, in_conv2: kernel)");
	assert_string_equal(c->layers[1].path, "backbone/in_conv");
	hand_done(&hand);
}

static void
nested_model_follows_its_config(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			NESTED_HEAD
			"/backbone @weight_names=in_conv2/kernel:0,in_bn/gamma:0,in_bn/beta:0,"
			"in_conv/kernel:0,in_conv/bias:0,in_bn/moving_mean:0,in_bn/"
			"moving_variance:0\n" NESTED_WEIGHTS,
			CONFIG("{\"class_name\":\"Sequential\",\"config\":{\"name\":\"backbone\","
			       "\"layers\":[" LAYER("in_conv", "Conv2D") "," LAYER(
					       "in_flat", "Flatten") "," LAYER("in_bn",
					       "BatchNormalization") "," LAYER("in_conv2",
					       "Conv2D") "]}}"));

	(void)state;
	assert_layers(c, "backbone:Sequential (in_conv:Conv2D kernel bias, in_flat:Flatten, "
			 "in_bn:BatchNormalization gamma beta moving_mean moving_variance, "
			 "in_conv2:Conv2D kernel)");
	hand_done(&hand);
}

static void
sequential_prefix_of_keras_3_is_dropped(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:3.11.1\n"
			"/ @backend:jax\n"
			"/ @layer_names=dense\n"
			"/dense @weight_names=sequential/dense/kernel,sequential/dense/bias\n"
			"/dense/sequential/dense/kernel 4x2\n"
			"/dense/sequential/dense/bias 2\n",
			NULL);

	(void)state;
	assert_layers(c, "dense:Dense kernel bias");
	hand_done(&hand);
}

static void
wrappers_are_one_layer(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.15.0\n"
			"/ @backend:tensorflow\n"
			"/ @layer_names=both,mha,stack\n"
			"/both "
			"@weight_names=both/forward_lstm/lstm_cell/kernel:0,both/forward_lstm/"
			"lstm_cell/"
			"bias:0,both/backward_lstm/lstm_cell/kernel:0,both/backward_lstm/lstm_cell/"
			"bias:0\n"
			"/both/both/forward_lstm/lstm_cell/kernel:0 5x12\n"
			"/both/both/forward_lstm/lstm_cell/bias:0 12\n"
			"/both/both/backward_lstm/lstm_cell/kernel:0 5x12\n"
			"/both/both/backward_lstm/lstm_cell/bias:0 12\n"
			"/mha "
			"@weight_names=mha/query/kernel:0,mha/key/kernel:0,mha/attention_output/"
			"bias:0\n"
			"/mha/mha/query/kernel:0 8x2x4\n"
			"/mha/mha/key/kernel:0 8x2x4\n"
			"/mha/mha/attention_output/bias:0 8\n"
			"/stack @weight_names=stack/stacked_rnn_cells/lstm_cell/kernel:0,"
			"stack/stacked_rnn_cells/gru_cell/kernel:0\n"
			"/stack/stack/stacked_rnn_cells/lstm_cell/kernel:0 5x12\n"
			"/stack/stack/stacked_rnn_cells/gru_cell/kernel:0 3x12\n",
			NULL);

	(void)state;
	assert_layers(c, "both: forward_lstm/kernel=kernel forward_lstm/bias=bias "
			 "backward_lstm/kernel=kernel backward_lstm/bias=bias; "
			 "mha: query/kernel=kernel key/kernel=kernel bias; "
			 "stack: lstm_cell/kernel=kernel gru_cell/kernel=kernel");
	hand_done(&hand);
}

static void
name_in_the_graph_may_differ_from_the_layer(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.0.5\n"
			"/ @backend:tensorflow\n"
			"/ @layer_names=conv2d_10\n"
			"/conv2d_10 @weight_names=conv2d_10_1/kernel:0\n"
			"/conv2d_10/conv2d_10_1/kernel:0 3x3x1x8\n",
			NULL);

	(void)state;
	assert_layers(c, "conv2d_10:Conv2D kernel");
	hand_done(&hand);
}

static void
lists_that_name_nothing_are_findings(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.2.4\n"
			"/ @backend:tensorflow\n"
			"/ @layer_names=dense,gone,dense\n"
			"/dense @weight_names=dense/kernel:0,dense/lost:0,dense/kernel:0\n"
			"/dense/dense/kernel:0 4x2\n",
			NULL);

	(void)state;
	assert_layers(c, "dense:Dense kernel; gone:; dense:Dense");
	assert_true(hand_finds(c, LADLE_F_FORMAT, "lists gone, but there is no such group"));
	assert_true(hand_finds(c, LADLE_F_FORMAT,
			"weight_names of /dense lists dense/lost:0, but there is no such dataset"));
	assert_true(hand_finds(
			c, LADLE_F_FORMAT, "weight_names of /dense lists dense/kernel:0 again"));
	assert_true(hand_finds(c, LADLE_F_FORMAT, "layer_names of / lists dense again"));
	assert_string_not_equal(c->layers[0].path, c->layers[2].path);
	hand_done(&hand);
}

static void
weights_of_the_model_itself_come_last(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.15.0\n"
			"/ @backend:tensorflow\n"
			"/ @layer_names=dense\n"
			"/dense @weight_names=dense/kernel:0\n"
			"/dense/dense/kernel:0 4x2\n"
			"/top_level_model_weights @weight_names=positions:0\n"
			"/top_level_model_weights/positions:0 10x4\n",
			NULL);

	(void)state;
	assert_layers(c, "dense:Dense kernel; top_level_model_weights: positions=");
	hand_done(&hand);
}

static void
what_is_no_weight_is_copied(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:3.9.0\n"
			"/ @backend:jax\n"
			"/ @layer_names=dropout,norm,lora,sn\n"
			"/dropout @weight_names=dropout/seed_generator/seed_generator_state\n"
			"/dropout/dropout/seed_generator/seed_generator_state 2 uint32\n"
			"/norm @weight_names=norm/mean,norm/variance,norm/count\n"
			"/norm/norm/mean 4\n"
			"/norm/norm/variance 4\n"
			"/norm/norm/count scalar int32\n"
			"/lora "
			"@weight_names=lora/bias,lora/lora_kernel_a,lora/lora_kernel_b,lora/"
			"kernel\n"
			"/lora/lora/bias 3\n"
			"/lora/lora/lora_kernel_a 4x1\n"
			"/lora/lora/lora_kernel_b 1x3\n"
			"/lora/lora/kernel 4x3\n"
			"/sn @weight_names=sn/inner/kernel,sn/vector_u\n"
			"/sn/sn/inner/kernel 4x3\n"
			"/sn/sn/vector_u 1x3\n",
			CONFIG(LAYER("dropout", "Dropout") "," LAYER(
					"norm", "Normalization") "," LAYER("lora",
					"Dense") "," LAYER("sn", "SpectralNormalization")));

	(void)state;
	assert_layers(c, "dropout:Dropout !seed_generator_state=seed; "
			 "norm:Normalization !mean !variance !count; "
			 "lora:Dense bias !lora_kernel_a=lora_a !lora_kernel_b=lora_b kernel; "
			 "sn:SpectralNormalization vector_u kernel");
	hand_done(&hand);
}

static void
a_quantised_layer_is_copied_as_a_whole(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:3.9.0\n"
			"/ @backend:jax\n"
			"/ @layer_names=dense\n"
			"/dense @weight_names=dense/kernel,dense/bias,dense/kernel_scale\n"
			"/dense/dense/kernel 4x3 int8\n"
			"/dense/dense/bias 3\n"
			"/dense/dense/kernel_scale 3\n",
			NULL);

	(void)state;
	for (uint32_t i = 0; i < c->tensor_count; i++)
		assert_false(c->tensors[i].averaged);
	assert_int_equal(c->tensor_count, 3);
	hand_done(&hand);
}

static void
theano_is_a_finding(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.1.3\n/ @backend:theano\n/ @layer_names=a\n"
			"/a @weight_names=a/kernel:0\n/a/a/kernel:0 3x3x1x8\n",
			NULL);

	(void)state;
	assert_true(hand_finds(c, LADLE_F_FORMAT, "Theano"));
	hand_done(&hand);
}

static void
a_class_that_the_name_only_promises_is_dropped(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.1.3\n"
			"/ @backend:tensorflow\n"
			"/ @layer_names=dense\n"
			"/dense @weight_names=dense/gamma:0,dense/beta:0\n"
			"/dense/dense/gamma:0 4\n"
			"/dense/dense/beta:0 4\n",
			NULL);

	(void)state;
	assert_layers(c, "dense: gamma beta");
	hand_done(&hand);
}

#define MODEL(name, layers)                                                                 \
	"{\"class_name\":\"Functional\",\"name\":\"" name "\",\"config\":{\"name\":\"" name \
	"\",\"layers\":[" layers "]}}"

/* Keras 3 leaves `inner` out of the names; both models have a `dense`, `flip` is elsewhere too. */
static void
members_of_inner_models_are_found_by_their_own_names(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:3.15.1\n"
			"/ @layer_names=outer_1\n"
			"/outer_1 @weight_names=dense/kernel,flip/kernel,outer_1/dense/kernel,"
			"outer_1/last/kernel\n"
			"/outer_1/dense/kernel 1x2\n"
			"/outer_1/flip/kernel 2x3\n"
			"/outer_1/outer_1/dense/kernel 3x4\n"
			"/outer_1/outer_1/last/kernel 4x5\n",
			CONFIG(MODEL("outer_1",
					LAYER("flip", "Dropout") "," MODEL("outer",
							LAYER("dense", "Dense") "," LAYER("flip",
									"Dense")) "," LAYER("dense",
							"Dense") "," LAYER("last", "Dense"))));

	(void)state;
	assert_layers(c, "outer_1:Functional (flip:Dropout, outer:Functional (dense:Dense kernel, "
			 "flip:Dense kernel), dense:Dense kernel, last:Dense kernel)");
	assert_int_equal(c->tensors[0].shape[0], 1);
	assert_int_equal(c->tensors[2].shape[0], 3);
	hand_done(&hand);
}

static void
a_member_may_be_called_as_its_model(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:3.15.1\n"
			"/ @layer_names=net\n"
			"/net @weight_names=twin/lstm_cell/kernel,net/last/kernel\n"
			"/net/twin/lstm_cell/kernel 6x12\n"
			"/net/net/last/kernel 4x5\n",
			CONFIG(MODEL("net", MODEL("twin", LAYER("twin", "LSTM")) "," LAYER(
							    "last", "Dense"))));

	(void)state;
	assert_layers(c, "net:Functional (twin:Functional (twin:LSTM kernel), last:Dense kernel)");
	hand_done(&hand);
}

static void
names_with_slashes_are_found_in_models(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.15.0\n"
			"/ @layer_names=m1\n"
			"/m1 @weight_names=block/7/w/kernel:0,block/bias:0\n"
			"/m1/block/7/w/kernel:0 1x2\n"
			"/m1/block/bias:0 2\n",
			CONFIG(MODEL("m1",
					LAYER("block/7/w", "Dense") "," LAYER("block", "Dense"))));

	(void)state;
	assert_layers(c, "m1:Functional (block/7/w:Dense kernel, block:Dense bias)");
	hand_done(&hand);
}

static void
a_name_does_not_make_a_dense_of_a_convolution(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @keras_version:2.15.0\n"
			"/ @layer_names=dense_31,dense,conv1d\n"
			"/dense_31 @weight_names=dense_31/kernel:0\n"
			"/dense_31/dense_31/kernel:0 3x4x5\n"
			"/dense @weight_names=dense/kernel:0\n"
			"/dense/dense/kernel:0 4x5\n"
			"/conv1d @weight_names=conv1d/kernel:0\n"
			"/conv1d/conv1d/kernel:0 4x5\n",
			NULL);

	(void)state;
	assert_layers(c, "dense_31: kernel; dense:Dense kernel; conv1d: kernel");
	hand_done(&hand);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(full_model_in_order_of_layer_names),
			cmocka_unit_test(split_attributes_are_joined),
			cmocka_unit_test(keras_1_names_have_roles),
			cmocka_unit_test(keras_1_scopes_do_not_hide_the_name),
			cmocka_unit_test(layer_names_with_slashes_are_paths),
			cmocka_unit_test(nested_model_is_split_by_names),
			cmocka_unit_test(nested_model_follows_its_config),
			cmocka_unit_test(sequential_prefix_of_keras_3_is_dropped),
			cmocka_unit_test(wrappers_are_one_layer),
			cmocka_unit_test(name_in_the_graph_may_differ_from_the_layer),
			cmocka_unit_test(lists_that_name_nothing_are_findings),
			cmocka_unit_test(weights_of_the_model_itself_come_last),
			cmocka_unit_test(what_is_no_weight_is_copied),
			cmocka_unit_test(a_quantised_layer_is_copied_as_a_whole),
			cmocka_unit_test(theano_is_a_finding),
			cmocka_unit_test(members_of_inner_models_are_found_by_their_own_names),
			cmocka_unit_test(a_member_may_be_called_as_its_model),
			cmocka_unit_test(names_with_slashes_are_found_in_models),
			cmocka_unit_test(a_name_does_not_make_a_dense_of_a_convolution),
			cmocka_unit_test(a_class_that_the_name_only_promises_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
