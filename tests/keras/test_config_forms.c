#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "keras/config_forms.h"

static void
assert_archived(const char *text, const char *class_name, const char *module, int major,
		const char *expected)
{
	const struct config_layer model = {.class_name = class_name, .module = module};
	struct buf out;

	buf_init(&out);
	config_for_archive(&out, text, strlen(text), &model, major);
	assert_string_equal(buf_string(&out), expected);
	buf_done(&out);
}

/* Modules as Keras 2.15 and 3.15 write them themselves; nothing else of the text changes. */
static void
an_archive_says_where_the_model_s_class_is(void **state)
{
	(void)state;
	assert_archived(" {\"class_name\": \"Functional\", \"config\": {\"x\": 1e-03}}",
			"Functional", "", 2,
			" {\"module\": \"keras.src.engine.functional\", \"class_name\": "
			"\"Functional\", \"config\": {\"x\": 1e-03}}");
	assert_archived("{\"class_name\": \"Sequential\"}", "Sequential", "", 3,
			"{\"module\": \"keras.src.models.sequential\", \"class_name\": "
			"\"Sequential\"}");
	assert_archived("{\"class_name\": \"Mine\"}", "Mine", "", 3,
			"{\"module\": null, \"class_name\": \"Mine\"}");
	assert_archived("{\"module\": \"keras\"}", "Functional", "keras", 3,
			"{\"module\": \"keras\"}");
}

static void
assert_legacy(const char *text, int major, const char *expected)
{
	struct buf out;

	buf_init(&out);
	config_for_legacy(&out, text, strlen(text), major);
	assert_string_equal(buf_string(&out), expected);
	buf_done(&out);
}

#define REGISTERED(class_name)                                                                    \
	"{\"config\":{\"layers\":[{\"class_name\":\"" class_name "\",\"config\":{\"rate\":1e-03," \
	"\"most\":Infinity},\"registered_name\":\"Custom>Block\"}]}}"

static void
keras_2_finds_a_registered_class_by_package_and_name(void **state)
{
	(void)state;
	assert_legacy(REGISTERED("Block"), 2,
			"{\"config\":{\"layers\":[{\"class_name\":\"Custom>Block\","
			"\"config\":{\"rate\":1e-03,\"most\":Infinity}}]}}");
	assert_legacy(REGISTERED("Block"), 3, REGISTERED("Block"));
	/* what is no JSON is for Keras to complain about */
	assert_legacy("{\"a\": >", 2, "{\"a\": >");
}

/* Else Keras 3 takes an entry for its own and finds no "axis": [3] that it understands. */
static void
keras_2_lists_layers_without_their_modules(void **state)
{
	(void)state;
	assert_legacy("{\"module\":\"m\",\"config\":{\"layers\":[{\"module\":\"keras.layers\","
		      "\"config\":{\"layers\":[{\"build_config\":{},\"name\":\"a\"}],"
		      "\"layer\":{\"module\":\"stays\"}}}]}}",
			2,
			"{\"config\":{\"layers\":[{\"config\":{\"layers\":[{\"name\":\"a\"}],"
			"\"layer\":{\"module\":\"stays\"}}}]}}");
}

static void
metadata_name_the_version_and_a_fixed_date(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out);
	config_metadata(&out, "3.15.1", 3);
	assert_string_equal(buf_string(&out), "{\"keras_version\": \"3.15.1\", "
					      "\"date_saved\": \"1980-01-01@00:00:00\"}");
	buf_clear(&out);
	config_metadata(&out, "\"}", 2);
	assert_non_null(strstr(buf_string(&out), "\"2.15.0\""));
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_archive_says_where_the_model_s_class_is),
			cmocka_unit_test(keras_2_finds_a_registered_class_by_package_and_name),
			cmocka_unit_test(keras_2_lists_layers_without_their_modules),
			cmocka_unit_test(metadata_name_the_version_and_a_fixed_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
