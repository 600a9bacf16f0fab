#include "app/layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"

/* A model in a model, and beside it a layer whose own name reads like the nested one's. */
static const struct ladle_layer layers[] = {
		{.name = "outer", .path = "/outer", .parent = LADLE_NONE},
		{.name = "dense", .path = "/outer/dense", .parent = 0},
		{.name = "dense", .path = "/dense", .parent = LADLE_NONE},
		{.name = "outer/dense", .path = "/odd", .parent = LADLE_NONE},
};
static const struct ladle_checkpoint checkpoint = {
		.layers = layers, .layer_count = sizeof(layers) / sizeof(layers[0])};

static void
expect_name(void (*name)(struct buf *, const struct ladle_checkpoint *, uint32_t), uint32_t layer,
		const char *expected)
{
	struct buf text;

	buf_init(&text);
	name(&text, &checkpoint, layer);
	assert_string_equal(buf_string(&text), expected);
	buf_done(&text);
}

static void
nested_layers_are_named_with_what_they_are_nested_in(void **state)
{
	(void)state;
	expect_name(layer_name, 0, "outer");
	expect_name(layer_name, 1, "outer/dense");
	expect_name(layer_name, 2, "dense");
}

static void
a_name_of_two_layers_gives_way_to_the_path(void **state)
{
	(void)state;
	expect_name(layer_unique_name, 0, "outer");
	expect_name(layer_unique_name, 1, "/outer/dense");
	expect_name(layer_unique_name, 2, "dense");
	expect_name(layer_unique_name, 3, "/odd");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(nested_layers_are_named_with_what_they_are_nested_in),
			cmocka_unit_test(a_name_of_two_layers_gives_way_to_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
