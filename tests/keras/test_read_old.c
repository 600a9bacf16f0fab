#include "keras/hand.h"

#include "keras/opened.h"

static void
layers_stand_in_numeric_order(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @nb_layers=12\n"
			"/layer_0/param_0 32x1x3x3\n"
			"/layer_0/param_1 32\n"
			"/layer_1\n"
			"/layer_10/param_0 8x10\n"
			"/layer_10/param_1 10\n"
			"/layer_2/param_0 16x4x5x1\n"
			"/layer_2/param_1 16\n",
			NULL);

	(void)state;
	assert_int_equal(c->format, LADLE_LEGACY_WEIGHTS);
	assert_layers(c, "layer_0:Conv2D kernel bias; layer_1:; layer_2:Conv1D kernel bias; "
			 "layer_10:Dense kernel bias");
	assert_string_equal(c->tensors[0].object, "/layer_0/param_0");
	assert_true(hand_finds(c, LADLE_F_FORMAT, "Keras 0.x"));
	hand_done(&hand);
}

static void
shapes_tell_classes_and_roles(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/ @nb_layers=5\n"
			"/layer_0/param_0 100x8\n"
			"/layer_1/param_0 4\n"
			"/layer_1/param_1 4\n"
			"/layer_1/param_2 4\n"
			"/layer_1/param_3 4\n"
			"/layer_2/param_0 8x4\n"
			"/layer_2/param_1 4x4\n"
			"/layer_2/param_2 4\n"
			"/layer_3/param_0 3x3x3\n"
			"/layer_4/param_0 8x4\n"
			"/layer_4/param_1 4x4\n"
			"/layer_4/param_2 5\n",
			NULL);

	(void)state;
	assert_layers(c, "layer_0:Embedding embeddings; "
			 "layer_1:BatchNormalization gamma beta moving_mean moving_variance; "
			 "layer_2:SimpleRNN kernel recurrent_kernel bias; "
			 "layer_3: param_0=; layer_4: param_0= param_1= param_2=");
	hand_done(&hand);
}

/* param_10 and param_11 come before param_2 in the catalog: the gates would be mixed up. */
static void
twelve_arrays_are_the_gates_of_an_lstm(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c;
	char lines[2048] = "/ @nb_layers=1\n";

	(void)state;
	for (int i = 0; i < 12; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
				"/layer_0/param_%d %s\n", i,
				i % 3 == 0   ? "7x4"
				: i % 3 == 1 ? "4x4"
					     : "4");
	c = hand_make(&hand, lines, NULL);
	assert_layers(c, "layer_0:LSTM W_i=kernel U_i=recurrent_kernel b_i=bias W_c=kernel "
			 "U_c=recurrent_kernel b_c=bias W_f=kernel U_f=recurrent_kernel b_f=bias "
			 "W_o=kernel U_o=recurrent_kernel b_o=bias");
	assert_string_equal(c->tensors[11].object, "/layer_0/param_11");
	hand_done(&hand);
}

static void
a_graph_model_is_one_list_of_weights(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/graph @nb_params=3\n/graph/param_0 4x2\n/graph/param_1 2\n"
			"/graph/param_2 2x2\n",
			NULL);

	(void)state;
	assert_int_equal(c->format, LADLE_LEGACY_WEIGHTS);
	assert_layers(c, "graph: param_0= param_1= param_2=");
	hand_done(&hand);
}

/* A config gives names and classes when it has as many layers as the file. */
static void
another_files_config_names_the_layers(void **state)
{
	static const char config[] =
			"{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"Dense\","
			"\"config\":{\"name\":\"first\"}},{\"class_name\":\"Activation\","
			"\"config\":{\"name\":\"act\"}}]}";
	const char *lines[] = {
			"/ @nb_layers=2\n/layer_0/param_0 4x2\n/layer_0/param_1 2\n/layer_1\n",
			"/ @nb_layers=1\n/layer_0/param_0 4x2\n/layer_0/param_1 2\n"};
	const char *expected[] = {
			"first:Dense kernel bias; act:Activation", "layer_0:Dense kernel bias"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct hand hand;

		hand_init(&hand);
		hand_write(&hand, lines[i]);
		assert_int_equal(keras_read_with(&hand.checkpoint, &hand.catalog, config,
						 sizeof(config) - 1, &hand.arena, NULL),
				LADLE_OK);
		assert_layers(&hand.checkpoint, expected[i]);
		hand_done(&hand);
	}
}

/* h5py: 12 layers, those with weights are 0, 2, 7 and 10. */
static void
a_real_file_is_read(void **state)
{
	struct ladle_checkpoint *c = opened_checkpoint(*state,
			"checkpoints/NeuromorphicProcessorProject__snn_toolbox/"
			"snntoolbox__tests__example__mnist__cnn__99.06__INI__ann_99.06.h5");

	assert_int_equal(c->layer_count, 12);
	assert_int_equal(c->tensor_count, 8);
	assert_int_equal(c->parameters, 320 + 9248 + 589952 + 1290);
	assert_string_equal(c->layers[2].class_name, "Conv2D");
	assert_string_equal(c->layers[10].class_name, "Dense");
	assert_string_equal(c->layers[10].name, "layer_10");
	ladle_checkpoint_close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(layers_stand_in_numeric_order),
			cmocka_unit_test(shapes_tell_classes_and_roles),
			cmocka_unit_test(twelve_arrays_are_the_gates_of_an_lstm),
			cmocka_unit_test(a_graph_model_is_one_list_of_weights),
			cmocka_unit_test(another_files_config_names_the_layers),
			cmocka_unit_test(a_real_file_is_read),
	};

	return cmocka_run_group_tests(tests, opened_start, opened_stop);
}
