#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "keras/model_config.h"

struct fixture {
	struct arena arena;
	struct config config;
};

static void
read_text(struct fixture *f, const char *text)
{
	struct ladle_error err;

	arena_init(&f->arena);
	assert_int_equal(config_read(&f->config, &f->arena, text, strlen(text), &err), LADLE_OK);
}

static const struct config_layer *
nth(const struct config_layer *parent, int n)
{
	const struct config_layer *layer = parent->first_child;

	while (n-- > 0)
		layer = layer->next;
	return layer;
}

static void
sequential_of_keras_1_is_a_plain_list(void **state)
{
	struct fixture f;

	(void)state;
	read_text(&f, "{\"class_name\":\"Sequential\",\"config\":["
		      "{\"class_name\":\"Dense\",\"config\":{\"name\":\"dense_1\",\"bias\":false}},"
		      "{\"class_name\":\"Activation\",\"config\":{\"name\":\"activation_1\"}}]}");
	assert_true(f.config.model->is_model);
	assert_int_equal(f.config.layer_count, 2);
	assert_string_equal(nth(f.config.model, 1)->name, "activation_1");
	assert_int_equal(nth(f.config.model, 0)->option[OPTION_USE_BIAS], 0);
	assert_int_equal(nth(f.config.model, 1)->option[OPTION_USE_BIAS], -1);
	arena_done(&f.arena);
}

static void
names_and_policies_of_every_generation(void **state)
{
	struct fixture f;

	(void)state;
	read_text(&f, "{\"module\":\"keras\",\"class_name\":\"Functional\",\"config\":{\"name\":"
		      "\"m\",\"layers\":["
		      "{\"class_name\":\"Dense\",\"name\":\"outer\",\"config\":{\"dtype\":"
		      "\"float16\"}},"
		      "{\"class_name\":\"Dense\",\"config\":{\"name\":\"inner\",\"dtype\":{\"class_"
		      "name\":"
		      "\"DTypePolicy\",\"config\":{\"name\":\"mixed_float16\"}}}},"
		      "{\"module\":\"keras.src.ops.numpy\",\"class_name\":\"Add\",\"config\":{"
		      "\"name\":\"add\"}}]}}");
	assert_string_equal(f.config.model->name, "m");
	assert_string_equal(nth(f.config.model, 0)->name, "outer");
	assert_string_equal(nth(f.config.model, 0)->dtype, "float16");
	assert_string_equal(nth(f.config.model, 1)->dtype, "mixed_float16");
	assert_true(nth(f.config.model, 2)->is_operation);
	assert_false(nth(f.config.model, 1)->is_operation);
	arena_done(&f.arena);
}

static void
nested_models_and_wrappers_have_children(void **state)
{
	struct fixture f;
	const struct config_layer *td, *rnn;

	(void)state;
	read_text(&f, "{\"class_name\":\"Model\",\"config\":{\"name\":\"m\",\"layers\":["
		      "{\"class_name\":\"TimeDistributed\",\"config\":{\"name\":\"td\",\"layer\":"
		      "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["
		      "{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\"}}]}}}},"
		      "{\"class_name\":\"RNN\",\"config\":{\"name\":\"r\",\"cell\":{\"class_name\":"
		      "\"StackedRNNCells\",\"config\":{\"cells\":[{\"class_name\":\"LSTMCell\","
		      "\"config\":{}},"
		      "{\"class_name\":\"GRUCell\",\"config\":{}}]}}}}]}}");
	td = nth(f.config.model, 0);
	rnn = nth(f.config.model, 1);
	assert_false(td->is_model);
	assert_string_equal(config_members(td)->name, "d");
	assert_string_equal(rnn->first_child->part, "cell");
	assert_string_equal(nth(rnn->first_child, 1)->class_name, "GRUCell");
	assert_null(config_members(rnn->first_child->first_child));
	assert_int_equal(f.config.layer_count, 7);
	arena_done(&f.arena);
}

static void
nan_and_infinity_are_numbers(void **state)
{
	struct fixture f;

	(void)state;
	read_text(&f, "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["
		      "{\"class_name\":\"ReLU\",\"config\":{\"name\":\"r\",\"max_value\":Infinity,"
		      "\"a\":NaN,"
		      "\"b\":-Infinity}}]}}");
	assert_non_null(f.config.model);
	assert_int_equal(f.config.layer_count, 1);
	arena_done(&f.arena);
}

static void
code_is_counted_and_never_run(void **state)
{
	struct fixture f;

	(void)state;
	read_text(&f, "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["
		      "{\"class_name\":\"Lambda\",\"config\":{\"name\":\"a\",\"function\":["
		      "\"4wEA\",null,null],"
		      "\"function_type\":\"lambda\"}},"
		      "{\"class_name\":\"Lambda\",\"config\":{\"name\":\"b\",\"function\":\"relu\","
		      "\"function_type\":\"function\"}},"
		      "{\"class_name\":\"Lambda\",\"config\":{\"name\":\"c\",\"function\":{\"class_"
		      "name\":"
		      "\"__lambda__\",\"config\":{\"code\":\"4wEA\"}}}}]}}");
	assert_int_equal(f.config.code_count, 2);
	assert_true(nth(f.config.model, 0)->has_code);
	assert_false(nth(f.config.model, 1)->has_code);
	arena_done(&f.arena);
}

static void
what_is_no_model_says_why(void **state)
{
	static const char *const texts[] = {"", "{", "[1,2]", "null", "{\"class_name\":\"Dense\"}",
			"\"x\"", "{\"class_name\":1,\"config\":null}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fixture f;

		read_text(&f, texts[i]);
		assert_null(f.config.model);
		assert_non_null(f.config.problem);
		arena_done(&f.arena);
	}
}

static void
wrong_types_are_taken_as_absent(void **state)
{
	struct fixture f;

	(void)state;
	read_text(&f, "{\"class_name\":[],\"config\":{\"name\":{},\"layers\":[null,1,\"x\",{"
		      "\"config\":[1]},"
		      "{\"class_name\":\"Dense\",\"config\":{\"name\":7,\"use_bias\":null}}]}}");
	assert_string_equal(f.config.model->class_name, "");
	assert_int_equal(f.config.layer_count, 2);
	assert_string_equal(nth(f.config.model, 1)->name, "");
	assert_int_equal(nth(f.config.model, 1)->option[OPTION_USE_BIAS], 0);
	arena_done(&f.arena);
}

static void
depth_is_limited(void **state)
{
	char text[4096] = "";
	struct fixture f;

	(void)state;
	for (int i = 0; i < 200; i++)
		strcat(text, "{\"config\":");
	strcat(text, "1");
	for (int i = 0; i < 200; i++)
		strcat(text, "}");
	read_text(&f, text);
	assert_null(f.config.model);
	assert_non_null(f.config.problem);
	arena_done(&f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(sequential_of_keras_1_is_a_plain_list),
			cmocka_unit_test(names_and_policies_of_every_generation),
			cmocka_unit_test(nested_models_and_wrappers_have_children),
			cmocka_unit_test(nan_and_infinity_are_numbers),
			cmocka_unit_test(code_is_counted_and_never_run),
			cmocka_unit_test(what_is_no_model_says_why),
			cmocka_unit_test(wrong_types_are_taken_as_absent),
			cmocka_unit_test(depth_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
