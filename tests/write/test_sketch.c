#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "write/sketch.h"

struct drawing {
	struct arena arena;
	struct sketch sketch;
	struct catalog catalog;
	uint32_t *source;
};

static void
drawing_init(struct drawing *drawing)
{
	memset(drawing, 0, sizeof(*drawing));
	arena_init(&drawing->arena);
	drawing->sketch.arena = &drawing->arena;
	catalog_init(&drawing->catalog);
}

static void
drawing_done(struct drawing *drawing)
{
	free(drawing->source);
	catalog_done(&drawing->catalog);
	arena_done(&drawing->arena);
}

static void
add_dataset(struct drawing *drawing, const char *path, uint32_t source)
{
	const struct catalog_type type = {.dtype = LADLE_FLOAT32, .size = 4};
	static const uint64_t dims[] = {2, 3};

	assert_non_null(sketch_dataset(&drawing->sketch, path, type, 2, dims, source));
}

static enum ladle_status
finish(struct drawing *drawing, struct ladle_error *err)
{
	return sketch_finish(&drawing->sketch, &drawing->catalog, &drawing->source, "out.h5", err);
}

/* Parents first, siblings by name, groups between made. */
static void
objects_come_out_sorted_whatever_their_order(void **state)
{
	static const char *const expected[] = {
			"/", "/a", "/a/b", "/a/b/w", "/a/x", "/a_1", "/a_1/w", "/z"};
	struct drawing drawing;
	struct ladle_error err;

	(void)state;
	drawing_init(&drawing);
	assert_non_null(sketch_group(&drawing.sketch, "/z"));
	add_dataset(&drawing, "/a_1/w", 7);
	add_dataset(&drawing, "/a/x", 8);
	add_dataset(&drawing, "/a/b/w", 9);
	assert_non_null(sketch_group(&drawing.sketch, "/a"));
	assert_int_equal(finish(&drawing, &err), LADLE_OK);
	assert_int_equal(drawing.catalog.object_count, 8);
	for (uint32_t i = 0; i < 8; i++)
		assert_string_equal(drawing.catalog.objects[i].path, expected[i]);
	assert_int_equal(drawing.source[0], LADLE_NONE);
	assert_int_equal(drawing.source[3], 9);
	assert_int_equal(drawing.source[4], 8);
	assert_int_equal(drawing.source[6], 7);
	assert_int_equal(drawing.catalog.objects[3].dims[1], 3);
	drawing_done(&drawing);
}

static void
a_path_that_is_there_twice_is_refused(void **state)
{
	struct drawing drawing;
	struct ladle_error err = {0};

	(void)state;
	drawing_init(&drawing);
	add_dataset(&drawing, "/a/w", 1);
	add_dataset(&drawing, "/a/w", 2);
	assert_int_equal(finish(&drawing, &err), LADLE_E_USAGE);
	assert_non_null(strstr(err.text, "/a/w"));
	drawing_done(&drawing);
}

static const struct catalog_attr *
listed(struct drawing *drawing, const char *name, const char *const *strings, uint32_t count)
{
	struct sketch_object *group = sketch_group(&drawing->sketch, "/g");
	struct ladle_error err;

	assert_true(sketch_list(&drawing->sketch, group, "names", strings, count));
	assert_int_equal(finish(drawing, &err), LADLE_OK);
	return catalog_attr(&drawing->catalog.objects[1], name);
}

/* As h5py stores an empty list. */
static void
an_empty_list_is_float64_of_no_elements(void **state)
{
	const struct catalog_attr *attr;
	struct drawing drawing;

	(void)state;
	drawing_init(&drawing);
	attr = listed(&drawing, "names", NULL, 0);
	assert_non_null(attr);
	assert_int_equal(attr->type.dtype, LADLE_FLOAT64);
	assert_int_equal(attr->rank, 1);
	assert_int_equal(attr->count, 0);
	drawing_done(&drawing);
}

static void
a_list_has_fixed_strings_as_long_as_the_longest(void **state)
{
	static const char *const strings[] = {"dense", "dense_1", "d"};
	const struct catalog_attr *attr;
	struct drawing drawing;

	(void)state;
	drawing_init(&drawing);
	attr = listed(&drawing, "names", strings, 3);
	assert_int_equal(attr->type.size, 7);
	assert_int_equal(attr->count, 3);
	assert_false(attr->type.variable);
	assert_string_equal(attr->strings[1], "dense_1");
	drawing_done(&drawing);
}

/* Keras's save_attributes_to_hdf5_group: 700 names of 200 bytes are 140,000 bytes; three parts of
 * 46,800, 46,600 and 46,600 bytes are the fewest of at most 64,512 (numpy.array_split). */
static void
a_long_list_is_split_as_keras_splits_it(void **state)
{
	static char texts[700][201];
	const char *strings[700];
	const struct catalog_attr *attr;
	struct drawing drawing;

	(void)state;
	for (int i = 0; i < 700; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%0200d", i);
		strings[i] = texts[i];
	}
	drawing_init(&drawing);
	assert_null(listed(&drawing, "names", strings, 700));
	attr = catalog_attr(&drawing.catalog.objects[1], "names0");
	assert_int_equal(attr->count, 234);
	attr = catalog_attr(&drawing.catalog.objects[1], "names1");
	assert_int_equal(attr->count, 233);
	assert_string_equal(attr->strings[0], texts[234]);
	attr = catalog_attr(&drawing.catalog.objects[1], "names2");
	assert_int_equal(attr->count, 233);
	assert_string_equal(attr->strings[232], texts[699]);
	assert_null(catalog_attr(&drawing.catalog.objects[1], "names3"));
	drawing_done(&drawing);
}

static void
a_name_too_long_for_any_attribute_is_refused(void **state)
{
	static char text[64514];
	const char *strings[] = {text};
	struct drawing drawing;
	struct sketch_object *group;

	(void)state;
	memset(text, 'x', 64513);
	drawing_init(&drawing);
	group = sketch_group(&drawing.sketch, "/g");
	assert_false(sketch_list(&drawing.sketch, group, "names", strings, 1));
	text[64512] = '\0';
	assert_true(sketch_list(&drawing.sketch, group, "names", strings, 1));
	drawing_done(&drawing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(objects_come_out_sorted_whatever_their_order),
			cmocka_unit_test(a_path_that_is_there_twice_is_refused),
			cmocka_unit_test(an_empty_list_is_float64_of_no_elements),
			cmocka_unit_test(a_list_has_fixed_strings_as_long_as_the_longest),
			cmocka_unit_test(a_long_list_is_split_as_keras_splits_it),
			cmocka_unit_test(a_name_too_long_for_any_attribute_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
