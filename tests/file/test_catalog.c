#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "file/catalog.h"

static const struct catalog_type FLOAT = {.dtype = LADLE_FLOAT32, .size = 4};
static const struct catalog_type TEXT = {.dtype = LADLE_STRING, .size = 5, .padding = 1};

static void
count_is_the_product_of_extents(void **state)
{
	(void)state;
	assert_int_equal(catalog_count(0, NULL), 1);
	assert_int_equal(catalog_count(3, (uint64_t[]){3, 4, 5}), 60);
	assert_int_equal(catalog_count(2, (uint64_t[]){7, 0}), 0);
}

static void
count_that_overflows_is_the_largest_number(void **state)
{
	(void)state;
	uint64_t half = UINT64_C(1) << 32;
	assert_true(catalog_count(2, (uint64_t[]){half, half}) == UINT64_MAX);
	assert_true(catalog_count(3, (uint64_t[]){half, half, 4}) == UINT64_MAX);
	assert_true(catalog_count(1, (uint64_t[]){UINT64_MAX}) == UINT64_MAX);
	/* an extent of 0 wins, wherever it stands */
	assert_int_equal(catalog_count(3, (uint64_t[]){half, half, 0}), 0);
	assert_true(catalog_count(1, (uint64_t[]){UINT64_MAX - 1}) == UINT64_MAX - 1);
}

static void
objects_are_found_by_path(void **state)
{
	(void)state;
	struct catalog catalog;
	catalog_init(&catalog);
	uint32_t root = catalog_add_group(&catalog, LADLE_NONE, "");
	uint32_t a = catalog_add_group(&catalog, root, "a");
	uint32_t b = catalog_add_group(&catalog, a, "b");
	uint32_t x = catalog_add_dataset(&catalog, b, "x:0", FLOAT, 2, (uint64_t[]){2, 3});
	uint32_t c = catalog_add_group(&catalog, root, "c");
	assert_int_equal(catalog_find(&catalog, "/"), root);
	assert_int_equal(catalog_find(&catalog, "/a"), a);
	assert_int_equal(catalog_find(&catalog, "/a/b/x:0"), x);
	assert_int_equal(catalog_find(&catalog, "/c"), c);
	assert_string_equal(catalog.objects[x].path, "/a/b/x:0");
	assert_string_equal(catalog.objects[x].name, "x:0");
	assert_string_equal(catalog.objects[root].path, "/");
	assert_int_equal(catalog.objects[x].count, 6);
	catalog_done(&catalog);
}

static void
what_is_not_there_is_not_found(void **state)
{
	(void)state;
	struct catalog catalog;
	catalog_init(&catalog);
	assert_int_equal(catalog_find(&catalog, "/"), LADLE_NONE);
	uint32_t root = catalog_add_group(&catalog, LADLE_NONE, "");
	uint32_t ab = catalog_add_group(&catalog, root, "ab");
	assert_int_equal(catalog_find(&catalog, "/a"), LADLE_NONE);
	assert_int_equal(catalog_find(&catalog, "/abc"), LADLE_NONE);
	assert_int_equal(catalog_find(&catalog, "/ab/c"), LADLE_NONE);
	assert_int_equal(catalog_find(&catalog, "ab"), LADLE_NONE);
	assert_int_equal(catalog_find(&catalog, ""), LADLE_NONE);
	assert_int_equal(catalog_child(&catalog, ab, "ab"), LADLE_NONE);
	assert_int_equal(catalog_child(&catalog, LADLE_NONE, "ab"), LADLE_NONE);
	catalog_done(&catalog);
}

static void
a_child_may_be_a_relative_path(void **state)
{
	(void)state;
	struct catalog catalog;
	catalog_init(&catalog);
	uint32_t root = catalog_add_group(&catalog, LADLE_NONE, "");
	uint32_t layer = catalog_add_group(&catalog, root, "dense_1");
	uint32_t inner = catalog_add_group(&catalog, layer, "dense_1");
	uint32_t kernel = catalog_add_dataset(&catalog, inner, "kernel:0", FLOAT, 0, NULL);
	assert_int_equal(catalog_child(&catalog, layer, "dense_1/kernel:0"), kernel);
	assert_int_equal(catalog_child(&catalog, layer, "dense_1//kernel:0"), kernel);
	assert_int_equal(catalog_child(&catalog, layer, "dense_1/"), inner);
	assert_int_equal(catalog_child(&catalog, layer, "dense_1/bias:0"), LADLE_NONE);
	catalog_done(&catalog);
}

static void
siblings_are_linked_in_the_order_they_came(void **state)
{
	(void)state;
	struct catalog catalog;
	catalog_init(&catalog);
	uint32_t root = catalog_add_group(&catalog, LADLE_NONE, "");
	uint32_t a = catalog_add_group(&catalog, root, "a");
	uint32_t inside = catalog_add_group(&catalog, a, "inside");
	uint32_t b = catalog_add_group(&catalog, root, "b");
	assert_int_equal(catalog.objects[root].first_child, a);
	assert_int_equal(catalog.objects[a].next_sibling, b);
	assert_int_equal(catalog.objects[b].next_sibling, LADLE_NONE);
	assert_int_equal(catalog.objects[a].first_child, inside);
	assert_int_equal(catalog.objects[inside].parent, a);
	catalog_done(&catalog);
}

static void
many_objects_are_all_found(void **state)
{
	(void)state;
	enum { MANY = 20000 };
	struct catalog catalog;
	char name[32];
	catalog_init(&catalog);
	uint32_t root = catalog_add_group(&catalog, LADLE_NONE, "");
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "d%u", (unsigned)i);
		assert_int_equal(catalog_add_dataset(&catalog, root, name, FLOAT, 0, NULL), i + 1);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "/d%u", (unsigned)i);
		assert_int_equal(catalog_find(&catalog, name), i + 1);
	}
	catalog_done(&catalog);
}

static void
attributes_are_found_by_name(void **state)
{
	(void)state;
	struct catalog catalog;
	static const char *const NAMES[] = {"conv", "dense"};
	catalog_init(&catalog);
	uint32_t root = catalog_add_group(&catalog, LADLE_NONE, "");
	assert_true(catalog_add_strings(&catalog, root, "layer_names", TEXT, 1, NAMES, 2));
	assert_true(catalog_add_strings(
			&catalog, root, "backend", TEXT, 0, &(const char *){"jax"}, 1));
	assert_true(catalog_add_strings(&catalog, root, "empty", TEXT, 1, NULL, 0));
	const struct catalog_object *object = &catalog.objects[root];
	assert_int_equal(object->attr_count, 3);
	assert_string_equal(catalog_attr_text(object, "backend"), "jax");
	assert_string_equal(catalog_attr(object, "layer_names")->strings[1], "dense");
	assert_int_equal(catalog_attr(object, "layer_names")->lengths[1], 5);
	assert_null(catalog_attr_text(object, "empty"));
	assert_null(catalog_attr(object, "layer_name"));
	catalog_done(&catalog);
}

static void
names_are_limited_together(void **state)
{
	(void)state;
	/* 64 levels of 4 KiB make paths of 256 KiB: 600 of them pass 64 MiB. */
	char name[CATALOG_MAX_NAME + 1];
	struct catalog catalog;
	catalog_init(&catalog);
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	uint32_t at = catalog_add_group(&catalog, LADLE_NONE, "");
	for (int i = 0; i < 40; i++)
		at = catalog_add_group(&catalog, at, name);
	uint32_t last = at;
	int added = 0;
	for (; last != LADLE_NONE && added < 2000; added++) {
		char leaf[16];
		snprintf(leaf, sizeof leaf, "%d", added);
		last = catalog_add_group(&catalog, at, leaf);
	}
	assert_int_equal(last, LADLE_NONE);
	assert_in_range(added, 100, 500);
	catalog_done(&catalog);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(count_is_the_product_of_extents),
			cmocka_unit_test(count_that_overflows_is_the_largest_number),
			cmocka_unit_test(objects_are_found_by_path),
			cmocka_unit_test(what_is_not_there_is_not_found),
			cmocka_unit_test(a_child_may_be_a_relative_path),
			cmocka_unit_test(siblings_are_linked_in_the_order_they_came),
			cmocka_unit_test(many_objects_are_all_found),
			cmocka_unit_test(attributes_are_found_by_name),
			cmocka_unit_test(names_are_limited_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
