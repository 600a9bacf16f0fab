#include "keras/config_value.h"

#include "keras/hand.h"

static const char config_text[] =
		"{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\",\"layers\":["
		"{\"class_name\":\"Bidirectional\",\"name\":\"b\",\"config\":{\"name\":\"b\","
		"\"merge_mode\":\"ave\",\"layer\":{\"class_name\":\"LSTM\",\"config\":{"
		"\"name\":\"l\",\"units\":4,\"return_sequences\":true,\"activation\":null,"
		"\"kernel_initializer\":{\"class_name\":\"Zeros\",\"config\":{}}}}},"
		"\"inbound_nodes\":[]},"
		"{\"class_name\":\"Dense\",\"name\":\"d\",\"config\":{\"name\":\"d\",\"units\":3.0,"
		"\"pads\":[[1,2],[3,null]],\"axis\":-1,\"words\":[\"x\"],\"activation\":"
		"{\"class_name\":\"LeakyReLU\",\"config\":{\"negative_slope\":0.1}}},"
		"\"inbound_nodes\":[[[\"b\",0,0,{\"query\":[\"b\",0,1],\"training\":false}]]]},"
		"{\"module\":\"keras.src.ops.numpy\",\"class_name\":\"Multiply\",\"name\":\"o\","
		"\"config\":{\"name\":\"o\"},\"inbound_nodes\":[{\"args\":["
		"{\"class_name\":\"__keras_tensor__\",\"config\":{\"shape\":[null,3],"
		"\"keras_history\":[\"d\",0,0]}},2.5],\"kwargs\":{}},{\"args\":["
		"{\"class_name\":\"__keras_tensor__\",\"config\":{\"shape\":[null,3],"
		"\"keras_history\":[\"d\",0,0]}},[1,2]],\"kwargs\":{\"axis\":[1,-1],"
		"\"keepdims\":true,\"where\":{\"class_name\":\"__keras_tensor__\",\"config\":{"
		"\"keras_history\":[\"b\",0,0]}}}}]}]}}";

struct reading {
	struct arena arena;
	struct config config;
};

static const struct config_layer *
layer(const struct reading *read, uint32_t index)
{
	assert_true(index <= read->config.layer_count);
	return read->config.layers[index];
}

static int
setup(void **state)
{
	struct reading *read = calloc(1, sizeof(*read));

	arena_init(&read->arena);
	assert_int_equal(config_read(&read->config, &read->arena, config_text, strlen(config_text),
					 NULL),
			LADLE_OK);
	*state = read;
	return 0;
}

static int
teardown(void **state)
{
	struct reading *read = *state;

	arena_done(&read->arena);
	free(read);
	return 0;
}

static void
a_wrapper_keeps_its_own_values_not_those_of_the_layer_in_it(void **state)
{
	struct config_values values;

	assert_true(config_values_open(&values, layer(*state, 1)->own));
	assert_string_equal(config_string(&values, "merge_mode", ""), "ave");
	assert_null(strstr(layer(*state, 1)->own, "units"));
	config_values_close(&values);
	assert_true(config_values_open(&values, layer(*state, 2)->own));
	assert_int_equal(config_integer(&values, "units", 0), 4);
	assert_true(config_truth(&values, "return_sequences", false));
	assert_false(config_has(&values, "activation"));
	assert_null(strstr(layer(*state, 2)->own, "initializer"));
	config_values_close(&values);
}

static void
a_value_of_another_type_is_as_good_as_absent(void **state)
{
	struct config_values values;
	long list[4];

	assert_true(config_values_open(&values, layer(*state, 3)->own));
	assert_int_equal(config_integer(&values, "units", 7), 3); /* 3.0 */
	assert_int_equal(config_integer(&values, "pads", 7), 7);
	assert_string_equal(config_string(&values, "axis", "none"), "none");
	assert_int_equal(config_integers(&values, "words", list, 4), CONFIG_NO_LIST);
	assert_int_equal(config_integers(&values, "absent", list, 4), 0);
	config_values_close(&values);
}

static void
lists_in_lists_are_joined_and_a_number_is_a_list_of_one(void **state)
{
	struct config_values values;
	long list[4];

	assert_true(config_values_open(&values, layer(*state, 3)->own));
	assert_int_equal(config_integers(&values, "pads", list, 4), 4);
	assert_int_equal(list[2], 3);
	assert_int_equal(list[3], -1);
	assert_int_equal(config_integers(&values, "pads", list, 3), CONFIG_NO_LIST);
	assert_int_equal(config_integers(&values, "axis", list, 4), 1);
	assert_int_equal(list[0], -1);
	assert_string_equal(config_named(&values, "activation", ""), "LeakyReLU");
	config_values_close(&values);
}

static void
an_input_knows_under_which_name_it_is_passed(void **state)
{
	const struct config_call *call = &layer(*state, 3)->calls[0];

	assert_int_equal(call->count, 2);
	assert_string_equal(call->inputs[0].keyword, "");
	assert_string_equal(call->inputs[1].keyword, "query");
	call = &layer(*state, 4)->calls[1];
	assert_int_equal(call->count, 2);
	assert_string_equal(call->inputs[0].keyword, "");
	assert_string_equal(call->inputs[1].keyword, "where");
}

static void
a_call_with_a_list_of_numbers_is_not_plain(void **state)
{
	const struct config_layer *operation = layer(*state, 4);
	struct config_values call;
	long list[4];

	assert_true(config_values_open(&call, operation->calls[0].own));
	assert_true(config_call_is_plain(&call));
	assert_int_equal(config_call_integers(&call, "axis", list, 4), 0);
	config_values_close(&call);
	assert_true(config_values_open(&call, operation->calls[1].own));
	assert_false(config_call_is_plain(&call));
	assert_int_equal(config_call_integers(&call, "axis", list, 4), 2);
	assert_int_equal(list[1], -1);
	assert_true(config_call_truth(&call, "keepdims"));
	config_values_close(&call);
}

static void
what_is_too_long_is_not_kept(void **state)
{
	struct reading *read = *state;
	size_t size = 100 + (1 << 17);
	char *text = malloc(size);
	struct config config;
	struct config_values values;

	snprintf(text, size, "{\"class_name\":\"Dense\",\"config\":{\"units\":1,\"x\":\"%0*d\"}}",
			1 << 16, 0);
	assert_int_equal(config_read(&config, &read->arena, text, strlen(text), NULL), LADLE_OK);
	assert_null(config.model->own);
	assert_false(config_values_open(&values, config.model->own));
	assert_int_equal(config_integer(&values, "units", 5), 5);
	config_values_close(&values);
	free(text);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
			T(a_wrapper_keeps_its_own_values_not_those_of_the_layer_in_it),
			T(a_value_of_another_type_is_as_good_as_absent),
			T(lists_in_lists_are_joined_and_a_number_is_a_list_of_one),
			T(an_input_knows_under_which_name_it_is_passed),
			T(a_call_with_a_list_of_numbers_is_not_plain),
			T(what_is_too_long_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
