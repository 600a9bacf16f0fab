#include "write/tree.h"

#include "base/err.h"
#include "keras/hand.h"

/* What a legacy whole model of one Dense layer holds, with an optimizer and an empty layer. */
#define LEGACY_LAYERS                                                      \
	"/model_weights @layer_names=input,dense\n"                        \
	"/model_weights @backend:tensorflow\n"                             \
	"/model_weights @keras_version:2.15.0\n"                           \
	"/model_weights/input @weight_names=\n"                            \
	"/model_weights/dense @weight_names=dense/kernel:0,dense/bias:0\n" \
	"/model_weights/dense/dense/kernel:0 4x2\n"                        \
	"/model_weights/dense/dense/bias:0 2\n"                            \
	"/model_weights/top_level_model_weights @weight_names=\n"

static const char legacy_full[] = LEGACY_LAYERS "/optimizer_weights @weight_names=iter:0\n"
						"/optimizer_weights/iter:0 scalar int64\n";

static const char store[] = "/layers/dense/vars/0 4x2\n"
			    "/layers/dense/vars/1 2\n"
			    "/layers/dense/vars @name:dense\n"
			    "/layers/flatten/vars\n"
			    "/optimizer/vars/0 scalar int32\n";

/* A template written by hand. */
struct source {
	struct hand hand;
	struct checkpoint checkpoint;
};

static void
source_init(struct source *source, const char *lines)
{
	struct ladle_checkpoint *pub = hand_make(&source->hand, lines, NULL);

	source->checkpoint = (struct checkpoint){.pub = *pub, .catalog = &source->hand.catalog};
}

static void
source_add_root(struct source *source, const char *name, const char *text)
{
	struct catalog_type type = {.dtype = LADLE_STRING, .variable = true};

	assert_true(catalog_add_strings(&source->hand.catalog, 0, name, type, 0, &text, 1));
}

/* The root's attributes stand before all else, as catalogs are built. */
static void
source_init_full(struct source *source, const char *lines, const char *version)
{
	hand_init(&source->hand);
	source_add_root(source, "keras_version", version);
	source_add_root(source, "model_config", "{\"class_name\": \"Sequential\"}");
	source_add_root(source, "training_config", "{\"loss\": \"mse\"}");
	source_add_root(source, "ladle_recipe", "an older recipe");
	hand_write(&source->hand, lines);
	hand_read(&source->hand);
	source->checkpoint = (struct checkpoint){
			.pub = source->hand.checkpoint, .catalog = &source->hand.catalog};
}

static void
source_done(struct source *source)
{
	hand_done(&source->hand);
}

static void
must_make(struct tree *tree, const struct source *source, enum ladle_format format,
		const struct tree_request *more)
{
	struct tree_request request = more ? *more : (struct tree_request){0};
	struct ladle_error err = {0};

	request.template_ = &source->checkpoint;
	request.format = format;
	if (tree_make(tree, &request, &err) != LADLE_OK)
		fail_msg("%s", err.text);
}

static void
assert_not_made(const struct source *source, enum ladle_format format, enum ladle_status status,
		const char *why)
{
	struct tree_request request = {.template_ = &source->checkpoint, .format = format};
	struct tree tree = {.source = NULL};
	struct ladle_error err = {0};

	assert_int_equal(tree_make(&tree, &request, &err), status);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static bool
has(const struct tree *tree, const char *path)
{
	return catalog_find(&tree->catalog, path) != LADLE_NONE;
}

static const char *
text_at(const struct tree *tree, const char *path, const char *name)
{
	uint32_t object = catalog_find(&tree->catalog, path);

	assert_int_not_equal(object, LADLE_NONE);
	return catalog_attr_text(&tree->catalog.objects[object], name);
}

static void
a_whole_model_keeps_what_keras_reads(void **state)
{
	struct source source;
	struct tree tree;

	(void)state;
	source_init_full(&source, legacy_full, "2.15.0");
	assert_int_equal(source.checkpoint.pub.format, LADLE_LEGACY_FULL);
	must_make(&tree, &source, LADLE_LEGACY_FULL, NULL);
	assert_string_equal(
			text_at(&tree, "/", "model_config"), "{\"class_name\": \"Sequential\"}");
	assert_string_equal(text_at(&tree, "/", "training_config"), "{\"loss\": \"mse\"}");
	assert_string_equal(text_at(&tree, "/model_weights", "layer_names"), "input");
	assert_string_equal(text_at(&tree, "/model_weights", "backend"), "tensorflow");
	assert_true(has(&tree, "/model_weights/input"));
	assert_true(has(&tree, "/model_weights/top_level_model_weights"));
	assert_true(has(&tree, "/model_weights/dense/dense/kernel:0"));
	tree_done(&tree);
	source_done(&source);
}

/* h5py stores an empty list as float64 of extent 0: the type must survive. */
static void
an_empty_list_of_names_keeps_its_odd_type(void **state)
{
	const struct catalog_attr *attr;
	struct source source;
	struct tree tree;

	(void)state;
	source_init_full(&source, legacy_full, "2.15.0");
	must_make(&tree, &source, LADLE_LEGACY_FULL, NULL);
	attr = catalog_attr(
			&tree.catalog.objects[catalog_find(&tree.catalog, "/model_weights/input")],
			"weight_names");
	assert_non_null(attr);
	assert_int_equal(attr->type.dtype, LADLE_FLOAT64);
	assert_int_equal(attr->rank, 1);
	assert_int_equal(attr->count, 0);
	tree_done(&tree);
	source_done(&source);
}

static void
every_dataset_knows_where_it_comes_from(void **state)
{
	struct source source;
	struct tree tree;
	uint32_t kernel;

	(void)state;
	source_init_full(&source, legacy_full, "2.15.0");
	must_make(&tree, &source, LADLE_LEGACY_WEIGHTS, NULL);
	kernel = catalog_find(&tree.catalog, "/dense/dense/kernel:0");
	assert_int_not_equal(kernel, LADLE_NONE);
	assert_int_equal(tree.source[kernel],
			catalog_find(&source.hand.catalog, "/model_weights/dense/dense/kernel:0"));
	assert_int_equal(tree.source[0], LADLE_NONE);
	assert_int_equal(tree.catalog.objects[kernel].rank, 2);
	assert_int_equal(tree.catalog.objects[kernel].dims[0], 4);
	assert_int_equal(tree.catalog.objects[kernel].dims[1], 2);
	tree_done(&tree);
	source_done(&source);
}

static void
optimizer_state_is_left_out_unless_asked_for(void **state)
{
	const struct tree_request keep = {.keep_optimizer = true};
	struct source source;
	struct tree tree;

	(void)state;
	source_init_full(&source, legacy_full, "2.15.0");
	must_make(&tree, &source, LADLE_LEGACY_FULL, NULL);
	assert_false(has(&tree, "/optimizer_weights"));
	tree_done(&tree);
	must_make(&tree, &source, LADLE_LEGACY_FULL, &keep);
	assert_true(has(&tree, "/optimizer_weights/iter:0"));
	tree_done(&tree);
	source_done(&source);
	source_init(&source, store);
	must_make(&tree, &source, LADLE_WEIGHTS, NULL);
	assert_false(has(&tree, "/optimizer"));
	tree_done(&tree);
	must_make(&tree, &source, LADLE_WEIGHTS, &keep);
	assert_true(has(&tree, "/optimizer/vars/0"));
	tree_done(&tree);
	source_done(&source);
}

static void
weights_of_a_whole_model_stand_at_the_root(void **state)
{
	struct source source;
	struct tree tree;

	(void)state;
	source_init_full(&source, legacy_full, "2.15.0");
	must_make(&tree, &source, LADLE_LEGACY_WEIGHTS, NULL);
	assert_string_equal(text_at(&tree, "/", "layer_names"), "input");
	assert_string_equal(text_at(&tree, "/", "keras_version"), "2.15.0");
	assert_null(text_at(&tree, "/", "model_config"));
	assert_null(text_at(&tree, "/", "training_config"));
	assert_false(has(&tree, "/model_weights"));
	assert_true(has(&tree, "/dense/dense/bias:0"));
	tree_done(&tree);
	source_done(&source);
}

static void
weights_become_a_whole_model_with_the_config_of_another(void **state)
{
	struct source weights, config;
	struct tree_request more = {.config = &config.checkpoint};
	struct tree tree;

	(void)state;
	source_init(&weights, "/ @layer_names=dense\n"
			      "/ @backend:tensorflow\n"
			      "/dense @weight_names=kernel\n"
			      "/dense/kernel 4x2\n");
	source_init_full(&config, legacy_full, "2.9.0");
	assert_int_equal(weights.checkpoint.pub.format, LADLE_LEGACY_WEIGHTS);
	assert_not_made(&weights, LADLE_LEGACY_FULL, LADLE_E_USAGE, "--config");
	must_make(&tree, &weights, LADLE_LEGACY_FULL, &more);
	assert_string_equal(text_at(&tree, "/", "keras_version"), "2.9.0");
	assert_string_equal(
			text_at(&tree, "/", "model_config"), "{\"class_name\": \"Sequential\"}");
	assert_null(text_at(&tree, "/", "layer_names"));
	assert_string_equal(text_at(&tree, "/model_weights", "layer_names"), "dense");
	assert_true(has(&tree, "/model_weights/dense/kernel"));
	tree_done(&tree);
	source_done(&weights);
	source_done(&config);
}

static void
a_config_that_is_given_goes_before_the_template_s(void **state)
{
	struct source source, config;
	struct tree_request more = {.config = &config.checkpoint};
	struct tree tree;

	(void)state;
	source_init_full(&source, legacy_full, "2.15.0");
	hand_init(&config.hand);
	source_add_root(&config, "model_config", "{\"class_name\": \"Functional\"}");
	config.checkpoint = (struct checkpoint){
			.pub.keras_version = "", .catalog = &config.hand.catalog};
	must_make(&tree, &source, LADLE_LEGACY_FULL, &more);
	assert_string_equal(
			text_at(&tree, "/", "model_config"), "{\"class_name\": \"Functional\"}");
	assert_string_equal(text_at(&tree, "/", "keras_version"), "2.15.0");
	tree_done(&tree);
	source_done(&source);
	source_done(&config);
}

static void
layouts_of_other_families_need_a_config(void **state)
{
	static const enum ladle_format pairs[][2] = {
			{LADLE_LEGACY_FULL, LADLE_WEIGHTS},
			{LADLE_LEGACY_FULL, LADLE_KERAS},
			{LADLE_LEGACY_WEIGHTS, LADLE_WEIGHTS},
			{LADLE_LEGACY_WEIGHTS, LADLE_KERAS},
			{LADLE_WEIGHTS, LADLE_LEGACY_FULL},
			{LADLE_WEIGHTS, LADLE_LEGACY_WEIGHTS},
			{LADLE_KERAS, LADLE_LEGACY_FULL},
			{LADLE_KERAS, LADLE_LEGACY_WEIGHTS},
	};
	struct ladle_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_int_equal(tree_check(pairs[i][0], pairs[i][1], true, "o.h5", &err),
				LADLE_OK);
		assert_int_equal(tree_check(pairs[i][0], pairs[i][1], false, "o.h5", &err),
				LADLE_E_USAGE);
		assert_non_null(strstr(err.text, ladle_format_name(pairs[i][0])));
		assert_non_null(strstr(err.text, ladle_format_name(pairs[i][1])));
		assert_non_null(strstr(err.text, "--config"));
	}
}

static void
plain_hdf5_is_neither_read_nor_written_as_a_layout(void **state)
{
	struct ladle_error err;

	(void)state;
	assert_int_equal(tree_check(LADLE_PLAIN, LADLE_PLAIN, true, "o.h5", &err), LADLE_E_USAGE);
	assert_int_equal(
			tree_check(LADLE_PLAIN, LADLE_WEIGHTS, true, "o.h5", &err), LADLE_E_USAGE);
	assert_int_equal(tree_check(LADLE_KERAS, LADLE_PLAIN, true, "o.h5", &err), LADLE_E_USAGE);
	assert_non_null(strstr(err.text, "keras"));
	assert_non_null(strstr(err.text, "plain"));
}

static void
the_recipe_is_a_root_attribute_and_replaces_an_older_one(void **state)
{
	const struct tree_request more = {.recipe = "open a.h5 as A\nwrite b.h5\n"};
	const struct catalog_attr *attr;
	struct source source;
	struct tree tree;

	(void)state;
	source_init_full(&source, legacy_full, "2.15.0");
	must_make(&tree, &source, LADLE_LEGACY_FULL, &more);
	attr = catalog_attr(&tree.catalog.objects[0], "ladle_recipe");
	assert_non_null(attr);
	assert_string_equal(attr->strings[0], more.recipe);
	assert_true(attr->type.variable && attr->type.utf8);
	assert_int_equal(attr->rank, 0);
	tree_done(&tree);
	must_make(&tree, &source, LADLE_LEGACY_FULL, NULL);
	assert_null(text_at(&tree, "/", "ladle_recipe"));
	tree_done(&tree);
	source_done(&source);
}

static void
a_store_keeps_names_and_empty_groups(void **state)
{
	struct source source;
	struct tree tree;

	(void)state;
	source_init(&source, store);
	must_make(&tree, &source, LADLE_WEIGHTS, NULL);
	assert_string_equal(text_at(&tree, "/layers/dense/vars", "name"), "dense");
	assert_true(has(&tree, "/layers/flatten/vars"));
	tree_done(&tree);
	source_done(&source);
}

static void
lists_of_names_that_are_split_stay_split(void **state)
{
	struct source source;
	struct tree tree;

	(void)state;
	source_init(&source, "/ @layer_names0=a\n"
			     "/ @layer_names1=b\n"
			     "/ @keras_version:2.2.4\n"
			     "/a @weight_names0=x\n"
			     "/a @weight_names1=y\n"
			     "/a/x 2\n"
			     "/a/y 2\n"
			     "/b @weight_names=\n");
	assert_int_equal(source.checkpoint.pub.format, LADLE_LEGACY_WEIGHTS);
	must_make(&tree, &source, LADLE_LEGACY_WEIGHTS, NULL);
	assert_string_equal(text_at(&tree, "/", "layer_names0"), "a");
	assert_string_equal(text_at(&tree, "/", "layer_names1"), "b");
	assert_string_equal(text_at(&tree, "/a", "weight_names1"), "y");
	tree_done(&tree);
	source_done(&source);
}

static void
text_that_is_no_tensor_is_left_out(void **state)
{
	struct source source;
	struct tree tree;

	(void)state;
	source_init_full(&source, LEGACY_LAYERS "/notes 3 string\n", "2.15.0");
	source.hand.catalog.objects[catalog_find(&source.hand.catalog, "/notes")].type.size = 16;
	must_make(&tree, &source, LADLE_LEGACY_FULL, NULL);
	assert_false(has(&tree, "/notes"));
	assert_true(has(&tree, "/model_weights/dense/dense/kernel:0"));
	tree_done(&tree);
	source_done(&source);
}

static void
what_cannot_be_read_in_a_layer_is_refused_by_name(void **state)
{
	struct source source;
	uint32_t kernel;

	(void)state;
	source_init_full(&source, legacy_full, "2.15.0");
	kernel = catalog_find(&source.hand.catalog, "/model_weights/dense/dense/kernel:0");
	source.hand.catalog.objects[kernel].refused = "is stored in another file";
	assert_not_made(&source, LADLE_LEGACY_FULL, LADLE_E_INPUT,
			"/model_weights/dense/dense/kernel:0 is stored in another file");
	source_done(&source);
}

static void
names_that_cannot_be_read_are_refused_and_not_lost(void **state)
{
	struct source source;
	uint32_t layer;

	(void)state;
	source_init_full(&source, legacy_full, "2.15.0");
	layer = catalog_find(&source.hand.catalog, "/model_weights/dense");
	source.hand.catalog.objects[layer].attrs[0].refused = "has too many strings";
	assert_not_made(&source, LADLE_LEGACY_FULL, LADLE_E_INPUT,
			"attribute weight_names of /model_weights/dense has too many strings");
	source_done(&source);
}

/* Nobody knows what stands behind it, so nobody can say that it does not matter. */
static void
a_link_that_was_not_followed_is_refused_everywhere(void **state)
{
	struct source source;
	uint32_t link;

	(void)state;
	source_init(&source, "/layers/dense/vars/0 4x2\n/layers/dense/vars/1 2\n/alias 0 other\n");
	link = catalog_find(&source.hand.catalog, "/alias");
	source.hand.catalog.objects[link].refused = "is a soft link, which is never followed";
	assert_not_made(&source, LADLE_WEIGHTS, LADLE_E_INPUT, "/alias is a soft link");
	source_done(&source);
}

static void
big_endian_tensors_are_written_little_endian(void **state)
{
	struct source source;
	struct tree tree;
	uint32_t object;

	(void)state;
	source_init(&source, store);
	object = catalog_find(&source.hand.catalog, "/layers/dense/vars/0");
	source.hand.catalog.objects[object].type.big_endian = true;
	must_make(&tree, &source, LADLE_WEIGHTS, NULL);
	assert_false(tree.catalog.objects[catalog_find(&tree.catalog, "/layers/dense/vars/0")]
					.type.big_endian);
	tree_done(&tree);
	source_done(&source);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_whole_model_keeps_what_keras_reads),
			cmocka_unit_test(an_empty_list_of_names_keeps_its_odd_type),
			cmocka_unit_test(every_dataset_knows_where_it_comes_from),
			cmocka_unit_test(optimizer_state_is_left_out_unless_asked_for),
			cmocka_unit_test(weights_of_a_whole_model_stand_at_the_root),
			cmocka_unit_test(weights_become_a_whole_model_with_the_config_of_another),
			cmocka_unit_test(a_config_that_is_given_goes_before_the_template_s),
			cmocka_unit_test(layouts_of_other_families_need_a_config),
			cmocka_unit_test(plain_hdf5_is_neither_read_nor_written_as_a_layout),
			cmocka_unit_test(the_recipe_is_a_root_attribute_and_replaces_an_older_one),
			cmocka_unit_test(a_store_keeps_names_and_empty_groups),
			cmocka_unit_test(lists_of_names_that_are_split_stay_split),
			cmocka_unit_test(text_that_is_no_tensor_is_left_out),
			cmocka_unit_test(what_cannot_be_read_in_a_layer_is_refused_by_name),
			cmocka_unit_test(names_that_cannot_be_read_are_refused_and_not_lost),
			cmocka_unit_test(a_link_that_was_not_followed_is_refused_everywhere),
			cmocka_unit_test(big_endian_tensors_are_written_little_endian),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
